//! Runs a pattern over rows as they are stored, piece by piece: the fixed text of a template once for all rows
//! that share it, a value of a dictionary once for all rows that have it, and a number or time only where its
//! bytes could matter. No line is put together. What is found this way holds every row that has the pattern; it is
//! told whether some of them must be looked at.

mod machine;
#[cfg(test)]
mod tests;
mod thread;

use std::{collections::HashMap, ops::Range};

use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Int32Type;
use sancha_normalize::template::Template;

pub(crate) use self::machine::compile;
use self::{
    machine::{ABSENT, FOUND, Machine, State, UNSURE},
    thread::Thread,
};
use super::Needle;
use crate::{
    LakeError,
    columns::{self, COLUMNS},
    part::{Columns, Group},
};

/// Rows are left out of later readings in blocks of so many; of few in tests, whose row groups are small.
const BLOCK_ROWS: usize = if cfg!(test) { 4 } else { 1_024 };

/// Rows that can have a pattern.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    pub(super) rows: Vec<Range<usize>>,
    /// All of them have it.
    pub(super) is_certain: bool,
}

/// The rows of `ranges` that can have the pattern; `None`: it cannot be run this way.
pub(super) fn narrow(
    columns: &Columns,
    needle: &Needle,
    ranges: &[Range<usize>],
) -> Result<Option<Narrowed>, LakeError> {
    let Some(dfa) = needle.automaton() else { return Ok(None) };
    let mut machine = Machine::new(dfa);
    let mut kept = Narrowed { rows: Vec::new(), is_certain: true };
    for group in columns.groups(ranges)? {
        let mut rows = Rows::read(columns, &group, needle, &mut machine)?;
        let mut texts = Dictionaries::new(columns, &group);
        while rows.advance(&mut machine, &mut texts)? {
            rows.step(columns, &mut machine)?;
        }
        rows.keep(&mut kept);
    }
    Ok(Some(kept))
}

/// The rows of one row group, with what is known of each.
struct Rows {
    group: Group,
    /// By row of the group: which thread it follows; `u16::MAX`: none, its state is final.
    thread_of: Vec<u16>,
    states: Vec<State>,
    threads: Vec<Thread>,
}

const NO_THREAD: u16 = u16::MAX;

impl Rows {
    /// Reads which template each row has. Lines that are kept raw are searched at once.
    fn read(
        columns: &Columns,
        group: &Group,
        needle: &Needle,
        machine: &mut Machine<'_>,
    ) -> Result<Self, LakeError> {
        let len = group.rows.len();
        let mut rows = Self {
            group: group.clone(),
            thread_of: vec![NO_THREAD; len],
            states: vec![ABSENT; len],
            threads: Vec::new(),
        };
        let start = machine.start();
        let mut templates = Threads::default();
        let mut places = group.ranges.iter().cloned().flatten();
        for batch in columns.reader(&[columns::TEMPLATE, columns::RAW], &group.ranges)? {
            let batch = batch?;
            let keyed = batch.column_by_name(columns::TEMPLATE);
            let keyed = keyed.and_then(|column| column.as_dictionary_opt::<Int32Type>());
            let texts = keyed.and_then(|column| column.values().as_string_opt());
            let numbers = texts.map(|texts| templates.of(texts, start, &mut rows.threads));
            let raw = batch.column_by_name(columns::RAW).and_then(|c| c.as_binary_view_opt());
            for (at, place) in (0..batch.num_rows()).zip(places.by_ref()) {
                let row = place - group.rows.start;
                let key = keyed.and_then(|column| column.key(at));
                let thread = key.zip(numbers).and_then(|(key, numbers)| numbers.get(key)).copied();
                let state = match (thread, raw.filter(|raw| raw.is_valid(at))) {
                    (Some(_), None) => start,
                    (_, Some(line)) if needle.is_in(line.value(at)) => FOUND,
                    (_, Some(_)) => ABSENT,
                    // A row that makes no line is told where lines are written.
                    (None, None) => UNSURE,
                };
                let thread = if state == start { thread } else { None };
                if let (Some(of), Some(slot)) =
                    (rows.thread_of.get_mut(row), rows.states.get_mut(row))
                {
                    (*of, *slot) = (thread.unwrap_or(NO_THREAD), state);
                }
            }
        }
        Ok(rows)
    }

    /// Takes every thread to the next value that it must read. `false`: all are at their end.
    fn advance(
        &mut self,
        machine: &mut Machine<'_>,
        texts: &mut Dictionaries<'_>,
    ) -> Result<bool, LakeError> {
        let mut any = false;
        for thread in &mut self.threads {
            any |= thread.advance(machine, texts)?;
        }
        Ok(any)
    }

    /// Reads the values that threads wait for.
    fn step(&mut self, columns: &Columns, machine: &mut Machine<'_>) -> Result<(), LakeError> {
        let mut names: Vec<&str> = Vec::new();
        for thread in &mut self.threads {
            thread.begin(&mut names);
        }
        let ranges = self.waiting();
        let mut places = ranges.iter().cloned().flatten();
        for batch in columns.reader(&names, &ranges)? {
            let batch = batch?;
            self.values(&batch, &mut places, machine);
        }
        Ok(())
    }

    fn values(
        &mut self,
        batch: &RecordBatch,
        places: &mut impl Iterator<Item = usize>,
        machine: &mut Machine<'_>,
    ) {
        let readings: Vec<_> =
            self.threads.iter_mut().map(|thread| thread.reading(batch)).collect();
        for (at, place) in (0..batch.num_rows()).zip(places) {
            let row = place - self.group.rows.start;
            let Some(of) = self.thread_of.get(row).copied().map(usize::from) else { continue };
            if let (Some(Some(reading)), Some(thread), Some(state)) =
                (readings.get(of), self.threads.get_mut(of), self.states.get_mut(row))
            {
                *state = thread.take(reading, *state, at, machine);
            }
        }
    }

    /// The rows whose threads wait, in blocks.
    fn waiting(&self) -> Vec<Range<usize>> {
        let is_waiting = |row: usize| {
            let of = self.thread_of.get(row).copied().map(usize::from);
            // Decided rows too: reading them is what writes down where fixed text has led them.
            of.and_then(|of| self.threads.get(of)).is_some_and(Thread::is_waiting)
        };
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for range in &self.group.ranges {
            let mut at = range.start;
            while at < range.end {
                let end = (at + BLOCK_ROWS).min(range.end);
                let first = self.group.rows.start;
                if (at..end).any(|place| is_waiting(place - first)) {
                    match ranges.last_mut() {
                        Some(last) if last.end == at => last.end = end,
                        _ => ranges.push(at..end),
                    }
                }
                at = end;
            }
        }
        ranges
    }

    /// Adds the rows that can have the pattern.
    fn keep(&self, kept: &mut Narrowed) {
        for range in &self.group.ranges {
            let rows = range.start - self.group.rows.start..range.end - self.group.rows.start;
            let of = self.thread_of.get(rows.clone()).unwrap_or_default();
            let states = self.states.get(rows).unwrap_or_default();
            for (place, (of, state)) in range.clone().zip(of.iter().zip(states)) {
                let thread = self.threads.get(usize::from(*of));
                let state = thread.map_or(*state, |thread| thread.before(*state));
                if state == ABSENT {
                    continue;
                }
                kept.is_certain &= state == FOUND;
                match kept.rows.last_mut() {
                    Some(last) if last.end == place => last.end += 1,
                    _ => kept.rows.push(place..place + 1),
                }
            }
        }
    }
}

/// The texts that columns of a row group have, read when they are first asked for.
struct Dictionaries<'a> {
    columns: &'a Columns,
    group: &'a Group,
    read: HashMap<&'static str, Option<StringArray>>,
    /// By column and the state before: many templates have the same columns.
    behind: HashMap<(&'static str, State), Vec<State>>,
}

/// Larger dictionaries are not gone through ahead of the rows, in bytes.
const MOST_TEXT_BYTES: usize = 16 << 20;

impl<'a> Dictionaries<'a> {
    fn new(columns: &'a Columns, group: &'a Group) -> Self {
        Self { columns, group, read: HashMap::new(), behind: HashMap::new() }
    }

    /// The states that the texts of a column lead to. `None`: the file does not tell its texts.
    fn behind(
        &mut self,
        name: &'static str,
        from: State,
        machine: &mut Machine<'_>,
    ) -> Result<Option<Vec<State>>, LakeError> {
        if let Some(behind) = self.behind.get(&(name, from)) {
            return Ok(Some(behind.clone()));
        }
        if !self.read.contains_key(name) {
            let texts = self.columns.dictionary(self.group, name)?;
            self.read.insert(name, texts.filter(|texts| texts.values().len() <= MOST_TEXT_BYTES));
        }
        let Some(Some(texts)) = self.read.get(name) else { return Ok(None) };
        let mut behind = Vec::new();
        for text in texts.iter().flatten() {
            let state = machine.step(from, text.as_bytes());
            if !behind.contains(&state) {
                behind.push(state);
            }
        }
        self.behind.insert((name, from), behind.clone());
        Ok(Some(behind))
    }
}

/// A line, or what stands last in it, without the line's end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The threads of a row group's templates.
#[derive(Default)]
struct Threads {
    by_text: HashMap<String, u16>,
    /// The dictionary last seen, and the thread of each of its templates.
    last: Option<(StringArray, Vec<u16>)>,
}

impl Threads {
    fn of(&mut self, texts: &StringArray, start: State, threads: &mut Vec<Thread>) -> &[u16] {
        let is_last = self.last.as_ref().is_some_and(|(last, _)| {
            last.len() == texts.len() && last.values().ptr_eq(texts.values())
        });
        if !is_last {
            let numbers = texts.iter().map(|text| self.number(text?, start, threads));
            let numbers = numbers.map(|number| number.unwrap_or(NO_THREAD)).collect();
            self.last = Some((texts.clone(), numbers));
        }
        self.last.as_ref().map_or(&[], |(_, numbers)| numbers)
    }

    /// `None`: it is no template that this program knows, or there are too many.
    fn number(&mut self, text: &str, start: State, threads: &mut Vec<Thread>) -> Option<u16> {
        if let Some(number) = self.by_text.get(text) {
            return Some(*number);
        }
        let number = u16::try_from(threads.len()).ok().filter(|number| *number != NO_THREAD)?;
        let place = |name: &str| COLUMNS.iter().position(|column| column.name == name);
        threads.push(Thread::new(&Template::parse(text, place)?, start));
        self.by_text.insert(text.to_owned(), number);
        Some(number)
    }
}
