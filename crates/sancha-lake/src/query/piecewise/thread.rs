//! All rows of one template on their way through its pieces.

use std::net::Ipv4Addr;

use datafusion::arrow::{
    array::{Array, AsArray, Int64Array, RecordBatch, StringArray, UInt32Array},
    datatypes::{Int64Type, UInt32Type},
};
use sancha_normalize::template::{self, Kind, Piece, Stamp, Template};

use super::{
    Dictionaries,
    machine::{Machine, State, UNSURE, is_decided},
};
use crate::{
    LakeError,
    columns::{self, COLUMNS, INTS, WORD_END, WORDS},
    part::{EventTimes, Texts},
};

/// Rows of a template stand before the same piece, in perhaps several states.
pub(super) struct Thread {
    pieces: Vec<Piece>,
    at: usize,
    /// Numbers and words so far.
    ints: usize,
    words: usize,
    /// States that rows are in, by state.
    seen: Vec<bool>,
    /// By state of a row: where the fixed pieces since then lead to.
    leads: Vec<State>,
    /// What is read next.
    slot: Option<Slot>,
    is_done: bool,
    known: Known,
}

/// A value in a line that must be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Time(Stamp),
    Address(&'static str),
    Int(&'static str, u8, usize),
    Text(&'static str),
    /// A word behind those that have columns.
    Rest(usize),
}

impl Thread {
    pub(super) fn new(template: &Template, start: State) -> Self {
        let mut pieces = template.pieces().to_vec();
        // The line's end is no part of the line.
        if let Some(Piece::Text(last)) = pieces.last_mut() {
            let len = super::without_end(last).len();
            last.truncate(len);
        }
        let mut thread = Self {
            pieces,
            at: 0,
            ints: 0,
            words: 0,
            seen: Vec::new(),
            leads: Vec::new(),
            slot: None,
            is_done: false,
            known: Known::default(),
        };
        thread.arrived(start);
        thread
    }

    /// Goes through all pieces whose bytes are known, or cannot matter, up to a value that must be read.
    /// `false`: the line is at its end.
    pub(super) fn advance(
        &mut self,
        machine: &mut Machine<'_>,
        texts: &mut Dictionaries<'_>,
    ) -> Result<bool, LakeError> {
        self.slot = None;
        if self.is_done {
            return Ok(false);
        }
        self.leads = (0..=State::MAX).take(self.seen.len()).collect();
        while let Some(piece) = self.pieces.get(self.at).cloned() {
            if self.now().all(is_decided) {
                break;
            }
            self.at += 1;
            if let Piece::Text(text) = &piece {
                self.lead(|state| machine.step(state, text));
                continue;
            }
            let slot = self.slot_of(&piece);
            match piece {
                Piece::Int { .. } => self.ints += 1,
                Piece::Word => self.words += 1,
                Piece::Text(_) | Piece::Time(_) | Piece::Cell(_) => (),
            }
            if !self.pass(slot, machine, texts)? {
                self.slot = Some(slot);
                return Ok(true);
            }
        }
        self.lead(|state| machine.end(state));
        self.is_done = true;
        Ok(false)
    }

    /// The states that rows would be in now.
    fn now(&self) -> impl Iterator<Item = State> {
        self.seen.iter().zip(&self.leads).filter(|(seen, _)| **seen).map(|(_, lead)| *lead)
    }

    fn lead(&mut self, mut to: impl FnMut(State) -> State) {
        for (lead, _) in self.leads.iter_mut().zip(&self.seen).filter(|(_, seen)| **seen) {
            *lead = to(*lead);
        }
    }

    fn slot_of(&self, piece: &Piece) -> Slot {
        match piece {
            Piece::Time(stamp) => Slot::Time(*stamp),
            Piece::Int { radix, width } => {
                Slot::Int(INTS.get(self.ints).copied().unwrap_or(""), *radix, *width)
            }
            Piece::Cell(column) => match COLUMNS.get(*column) {
                Some(column) if column.kind == Kind::Address => Slot::Address(column.name),
                Some(column) if column.kind == Kind::Int => Slot::Int(column.name, 10, 1),
                Some(column) => Slot::Text(column.name),
                None => Slot::Text(""),
            },
            Piece::Word => match WORDS.get(self.words) {
                Some(name) => Slot::Text(name),
                None => Slot::Rest(self.words - WORDS.len()),
            },
            Piece::Text(_) => Slot::Text(""),
        }
    }

    /// Passes over a value where all that it can be lead, with the text behind it, to the same state; then it need
    /// not be read.
    fn pass(
        &mut self,
        slot: Slot,
        machine: &mut Machine<'_>,
        texts: &mut Dictionaries<'_>,
    ) -> Result<bool, LakeError> {
        let next = match self.pieces.get(self.at) {
            Some(Piece::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let mut states: Vec<_> = self.now().filter(|state| !is_decided(*state)).collect();
        states.sort_unstable();
        states.dedup();
        let mut leads = Vec::new();
        for state in states {
            let behind = match slot {
                Slot::Text(name) => texts.behind(name, state, machine)?,
                Slot::Time(stamp) => Some(machine.reach_by_place(state, &stamp.places())),
                Slot::Address(_) => Some(machine.reach(state, b"0123456789abcdef:.")),
                Slot::Int(_, 16, _) => Some(machine.reach(state, b"0123456789abcdef")),
                Slot::Int(..) => Some(machine.reach(state, b"0123456789")),
                Slot::Rest(_) => None,
            };
            let Some(behind) = behind else { return Ok(false) };
            let text = next.as_deref().unwrap_or(&[]);
            let mut all = behind.into_iter().map(|state| machine.step(state, text));
            let Some(first) = all.next() else { return Ok(false) };
            if !all.all(|state| state == first) {
                return Ok(false);
            }
            leads.push((state, first));
        }
        self.lead(|state| {
            let lead = leads.iter().find(|(from, _)| *from == state);
            lead.map_or(state, |(_, to)| *to)
        });
        self.at += usize::from(next.is_some());
        Ok(true)
    }

    /// Names the columns of the value that is read next, and forgets where rows were.
    pub(super) fn begin(&mut self, names: &mut Vec<&'static str>) {
        let Some(slot) = self.slot else { return };
        self.seen.clear();
        self.known = Known::default();
        match slot {
            Slot::Time(_) => names.extend([columns::TIME, columns::TIME_NANOS]),
            Slot::Address(name) => names.extend([name, columns::six(name)]),
            Slot::Int(name, ..) | Slot::Text(name) => names.push(name),
            Slot::Rest(_) => names.push(columns::REST),
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.slot.is_some()
    }

    /// Where a row stands before the value that is read, by its state.
    pub(super) fn before(&self, state: State) -> State {
        self.leads.get(usize::from(state)).copied().unwrap_or(state)
    }

    /// Remembers that a row is in this state.
    fn arrived(&mut self, state: State) {
        let place = usize::from(state);
        if self.seen.len() <= place {
            self.seen.resize(place + 1, false);
        }
        if let Some(seen) = self.seen.get_mut(place) {
            *seen = true;
        }
    }

    /// What it waits for, in a batch; `None`: for nothing.
    pub(super) fn reading<'a>(&mut self, batch: &'a RecordBatch) -> Option<Reading<'a>> {
        let reading = Reading::new(self.slot?, batch);
        if let Reading::Text(Some(Texts::Keys { values, .. })) = &reading {
            self.known.meet(values);
        }
        Some(reading)
    }

    /// Takes a row over its value.
    pub(super) fn take(
        &mut self,
        reading: &Reading<'_>,
        state: State,
        row: usize,
        machine: &mut Machine<'_>,
    ) -> State {
        let before = self.before(state);
        let after = match is_decided(before) {
            true => before,
            false => self.known.read(reading, before, row, machine),
        };
        self.arrived(after);
        after
    }
}

/// The column of a value in a batch.
pub(super) enum Reading<'a> {
    Time(Stamp, EventTimes<'a>),
    Address(Option<&'a UInt32Array>, Option<Texts<'a>>),
    Int(Option<&'a Int64Array>, u8, usize),
    Text(Option<Texts<'a>>),
    Rest(Option<Texts<'a>>, usize),
}

impl<'a> Reading<'a> {
    fn new(slot: Slot, batch: &'a RecordBatch) -> Self {
        match slot {
            Slot::Time(stamp) => Self::Time(stamp, EventTimes::of(batch)),
            Slot::Address(name) => {
                let four = batch.column_by_name(name);
                let four = four.and_then(|column| column.as_primitive_opt::<UInt32Type>());
                Self::Address(four, Texts::of(batch, columns::six(name)))
            }
            Slot::Int(name, radix, width) => {
                let ints = batch.column_by_name(name);
                Self::Int(ints.and_then(|c| c.as_primitive_opt::<Int64Type>()), radix, width)
            }
            Slot::Text(name) => Self::Text(Texts::of(batch, name)),
            Slot::Rest(place) => Self::Rest(Texts::of(batch, columns::REST), place),
        }
    }

    /// The value as it stands in the line. `None`: there is none, which a line that can be put together has not.
    fn write(&self, row: usize, text: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Time(stamp, times) => stamp.write(times.get(row)?, text)?,
            Self::Address(four, six) => match four.filter(|four| four.is_valid(row)) {
                Some(four) => {
                    template::address_text(Ipv4Addr::from_bits(four.value(row)).into(), text);
                }
                None => text.extend_from_slice(six.as_ref()?.get(row)?.as_bytes()),
            },
            Self::Int(ints, radix, width) => {
                let ints = ints.filter(|ints| ints.is_valid(row))?;
                template::digits(ints.value(row).cast_unsigned(), *radix, *width, text);
            }
            Self::Text(texts) => text.extend_from_slice(texts.as_ref()?.get(row)?.as_bytes()),
            Self::Rest(texts, place) => {
                let word = texts.as_ref()?.get(row)?.split(WORD_END).nth(*place)?;
                text.extend_from_slice(word.as_bytes());
            }
        }
        Some(())
    }
}

/// What was learned of values: by state and place in the dictionary, the state behind.
#[derive(Default)]
struct Known {
    dictionary: Option<StringArray>,
    behind: Vec<Vec<State>>,
    text: Vec<u8>,
}

/// Nothing is known yet.
const UNKNOWN: State = State::MAX;

impl Known {
    fn read(
        &mut self,
        reading: &Reading<'_>,
        from: State,
        row: usize,
        machine: &mut Machine<'_>,
    ) -> State {
        if let Reading::Text(Some(Texts::Keys { keys, values })) = reading {
            let key = keys.is_valid(row).then(|| usize::try_from(keys.value(row)).ok()).flatten();
            return match key.and_then(|key| self.slot(from, key)) {
                Some(known) if *known != UNKNOWN => *known,
                Some(known) => {
                    let text = key.filter(|key| *key < values.len()).map(|key| values.value(key));
                    *known = text.map_or(UNSURE, |text| machine.step(from, text.as_bytes()));
                    *known
                }
                None => UNSURE,
            };
        }
        self.text.clear();
        match reading.write(row, &mut self.text) {
            Some(()) => machine.step(from, &self.text),
            None => UNSURE,
        }
    }

    /// Forgets what was learned of another dictionary than this.
    fn meet(&mut self, dictionary: &StringArray) {
        let is_same = self.dictionary.as_ref().is_some_and(|known| {
            known.len() == dictionary.len() && known.values().ptr_eq(dictionary.values())
        });
        if !is_same {
            self.behind.clear();
            self.dictionary = Some(dictionary.clone());
        }
    }

    #[inline]
    fn slot(&mut self, from: State, key: usize) -> Option<&mut State> {
        let from = usize::from(from);
        if self.behind.len() <= from {
            self.behind.resize_with(from + 1, Vec::new);
        }
        let table = self.behind.get_mut(from)?;
        if table.is_empty() {
            table.resize(self.dictionary.as_ref()?.len(), UNKNOWN);
        }
        table.get_mut(key)
    }
}
