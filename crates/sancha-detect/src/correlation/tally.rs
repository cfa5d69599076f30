mod names;

use std::{collections::BTreeSet, net::IpAddr};

use sancha_model::{EventTime, Level, LocalText, Outcome, RecordId, Scenario, Text};

use super::packed::Line;
use crate::{
    MethodClass, Request, SignalKind,
    fetch::{fetch, fetch_at},
    signal::Seen,
};
pub(crate) use names::Names;

const FIRST_KEPT: usize = 20;
const LAST_KEPT: u8 = 20;
const FEW: usize = 4;
pub(super) const DECIDING_KEPT: usize = 10;

/// After this long without a record, what follows is a finding of its own.
pub(crate) const QUIET_GAP: i64 = EventTime::DAY;

/// What is counted of records that belong together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) first: Option<EventTime>,
    pub(crate) last: Option<EventTime>,
    pub(crate) count: u64,
    pub(crate) users: Names,
    pub(crate) hosts: Names,
    pub(crate) objects: Names,
    pub(crate) rules: BTreeSet<u32>,
    pub(crate) level: Option<Level>,
    /// All of it was done by somebody who had logged in.
    pub(crate) by_person: bool,
    /// Of all of it an interface's own record says that it was done.
    pub(crate) by_api: bool,
    /// Records that were HTTP requests.
    pub(crate) requests: u64,
    /// What tells a web shell from a script of the site's own.
    pub(crate) scripts: Option<Box<Scripts>>,
    /// Answers with a status below 400, and all others.
    pub(crate) answered: u64,
    pub(crate) refused: u64,
    newest: Option<RecordId>,
    first_records: Vec<(RecordId, u64)>,
    /// The latest, in a ring that begins at `oldest`.
    last_records: Vec<(RecordId, u64)>,
    oldest: u8,
    deciding: Vec<(RecordId, u64)>,
}

impl Tally {
    /// Adds a record; a second match on the same record adds its rule and is not counted again. Returns
    /// the place of its user in `users`, where it is kept.
    pub(crate) fn add(&mut self, signal: Seen<'_>, weight: u64) -> Option<usize> {
        if self.newest.replace(signal.at) == Some(signal.at) {
            self.add_match(signal);
            return None;
        }
        if signal.is_timed() {
            let stated = signal.stated;
            self.first = Some(self.first.map_or(stated, |first| first.min(stated)));
            self.last = self.last.max(Some(stated));
        }
        self.count += weight;
        let names = signal.names;
        let user = self.users.add(signal.texts, names.user);
        self.hosts.add(signal.texts, names.host);
        self.objects.add(signal.texts, names.object);
        self.add_match(signal);
        self.keep_record((signal.at, signal.line));
        user
    }

    fn keep_record(&mut self, record: (RecordId, u64)) {
        if self.first_records.len() < FIRST_KEPT {
            // Room for one, as most have, for few, then for as many as there can be.
            match self.first_records.len() {
                0 => self.first_records.reserve_exact(1),
                FEW => self.first_records.reserve_exact(FIRST_KEPT - FEW),
                _ => {}
            }
            self.first_records.push(record);
        } else if self.last_records.len() < usize::from(LAST_KEPT) {
            self.last_records.reserve_exact(usize::from(LAST_KEPT) - self.last_records.len());
            self.last_records.push(record);
        } else if let Some(oldest) = self.last_records.get_mut(usize::from(self.oldest)) {
            *oldest = record;
            self.oldest = (self.oldest + 1) % LAST_KEPT;
        }
    }

    /// What an analysis has counted by itself.
    pub(crate) fn summed(
        first: EventTime,
        last: EventTime,
        count: u64,
        records: impl Iterator<Item = (RecordId, u64)>,
    ) -> Self {
        Self {
            first: Some(first),
            last: Some(last),
            count,
            first_records: records.collect(),
            ..Self::default()
        }
    }

    /// Takes over what another counted, which begins no earlier.
    pub(crate) fn merge(&mut self, other: Self) {
        // What is last in time stays the last record.
        let latest = self.in_order().last().copied().filter(|_| self.last > other.last);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.level = self.level.max(other.level);
        self.answered += other.answered;
        self.refused += other.refused;
        self.rules.extend(&other.rules);
        let records: Vec<_> = other.evidence().collect();
        records.into_iter().chain(latest).for_each(|record| self.keep_record(record));
        self.users.merge(other.users);
        self.hosts.merge(other.hosts);
        self.objects.merge(other.objects);
    }

    /// Fetches all that [`Self::add`] will look at.
    pub(super) fn fetch(&self) {
        self.users.fetch();
        self.hosts.fetch();
        fetch_at(&self.last_records, usize::from(self.oldest));
        fetch(&self.count);
    }

    /// Bytes on the heap, about.
    pub(crate) fn bytes(&self) -> usize {
        let names = self.users.bytes() + self.hosts.bytes() + self.objects.bytes();
        let records = self.first_records.capacity() + self.last_records.capacity();
        let scripts = self.scripts.as_ref().map_or(0, |scripts| scripts.bytes());
        names + records * size_of::<(RecordId, u64)>() + self.rules.len() * 16 + scripts
    }

    fn add_match(&mut self, signal: Seen<'_>) {
        if let SignalKind::Match { rule, level, by_person, by_api, .. } = signal.kind {
            let is_first = self.rules.is_empty();
            self.by_person = by_person && (self.by_person || is_first);
            self.by_api = by_api && (self.by_api || is_first);
            self.rules.insert(rule);
            self.level = self.level.max(Some(level));
        }
    }

    pub(crate) fn answer(&mut self, status: u16) {
        match status {
            100..400 => self.answered += 1,
            400.. => self.refused += 1,
            _ => {}
        }
    }

    /// Marks a record that decided the outcome; it is always among the evidence.
    pub(crate) fn decide(&mut self, at: RecordId, line: u64) {
        if self.deciding.len() < DECIDING_KEPT && !self.deciding.contains(&(at, line)) {
            self.deciding.push((at, line));
        }
    }

    fn evidence(&self) -> impl Iterator<Item = (RecordId, u64)> {
        self.in_order().chain(&self.deciding).copied()
    }

    /// The first records and the last ones, as they came.
    fn in_order(&self) -> impl Iterator<Item = &(RecordId, u64)> + Clone {
        let (newer, older) =
            self.last_records.split_at_checked(usize::from(self.oldest)).unwrap_or_default();
        self.first_records.iter().chain(older).chain(newer)
    }

    /// File and line of the records kept, but for those that decided; in the order of time.
    pub(super) fn records(&self) -> impl Iterator<Item = Line> + Clone {
        self.in_order().map(|(at, line)| (at.file.0, *line))
    }

    pub(super) fn deciding(&self) -> impl Iterator<Item = Line> + Clone {
        self.deciding.iter().map(|(at, line)| (at.file.0, *line))
    }

    /// Whether a signal comes so late after the last one that it begins a new finding.
    pub(crate) fn is_over(&self, now: EventTime) -> bool {
        self.last.is_some_and(|last| now.since(last) > QUIET_GAP)
    }
}

/// A path of a site, by the marks of both.
pub(crate) type Script = (u32, u32);

/// The scripts that a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scripts {
    /// Those asked for; none where there were too many, or where one was sent something.
    pub(crate) read: Vec<Script>,
    /// Those whose answers decided, with the bytes of each answer.
    pub(crate) used: Vec<(Script, u32)>,
    /// So many findings stand before this one, which is told only where none of them is.
    pub(crate) instead_of: u64,
    not_only_read: bool,
}

/// Scripts that a finding names.
const SCRIPTS_KEPT: usize = 8;

impl Scripts {
    /// Of a script that an upload brought.
    pub(crate) fn of_use(script: Script, answer: u32, instead_of: u64) -> Self {
        Self { used: vec![(script, answer)], instead_of, ..Self::default() }
    }

    pub(crate) fn add(&mut self, request: Request) {
        let script = (request.site, request.path);
        let is_read = request.method() == MethodClass::Read;
        if self.not_only_read || is_read && self.read.contains(&script) {
            return;
        }
        if is_read && self.read.len() < SCRIPTS_KEPT {
            self.read.push(script);
        } else {
            self.read.clear();
            self.not_only_read = true;
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.read.capacity() * size_of::<Script>()
            + self.used.capacity() * size_of::<(Script, u32)>()
    }
}

/// A finding before paths and rule names are filled in.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) source: Option<IpAddr>,
    /// All sources, where one finding has several.
    pub(crate) sources: Vec<IpAddr>,
    pub(crate) scenario: Scenario,
    pub(crate) level: Level,
    pub(crate) outcome: Outcome,
    pub(crate) reason: Reason,
    /// A named analysis that is not a rule of the plan.
    pub(crate) analysis: Option<&'static str>,
    pub(crate) text: &'static Text,
    /// Values of the sentence that only this kind of finding has.
    pub(crate) values: Vec<(&'static str, LocalText)>,
    pub(crate) entered: Entered,
    pub(crate) tally: Tally,
}

/// What guessing led to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entered {
    /// Of the tally's users those whose guessed password let the source in.
    pub(crate) users: Names,
    /// Of the tally's hosts those that it did so on.
    pub(crate) hosts: Names,
    /// When a guess first did.
    pub(crate) at: Option<EventTime>,
}

/// Why an outcome is what it is: mostly a sentence of [`crate::texts`] as it stands.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    Plain(&'static Text),
    Filled(Box<LocalText>),
}

impl Reason {
    pub(crate) fn local(&self) -> LocalText {
        match self {
            Self::Plain(text) => text.local(),
            Self::Filled(text) => LocalText::clone(text),
        }
    }
}

impl From<&'static Text> for Reason {
    fn from(text: &'static Text) -> Self {
        Self::Plain(text)
    }
}

impl From<LocalText> for Reason {
    fn from(text: LocalText) -> Self {
        Self::Filled(text.into())
    }
}
