use std::net::IpAddr;

use serde::Serialize;

use crate::{EventTime, LocalText};

/// What was read, what was understood, which rules ran: the statement that stands beside every result.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    pub files: Vec<FileCoverage>,
    pub rules: RuleCoverage,
    /// Inputs that could not be read at all, and limits that were reached: path, reason, way out.
    pub problems: Vec<CoverageProblem>,
    /// Records that came later than the reorder window; matched singly, not correlated.
    pub late_records: u64,
    /// Correlation state given up for want of memory.
    pub evicted_entities: u64,
    /// Matches that the allow list kept apart, over all its entries.
    pub allowed_matches: u64,
    /// The entries of the allow list, in the order of their file, with what each kept apart.
    pub suppressions: Vec<SuppressionCoverage>,
    /// Clocks that disagree. Shown, never corrected by themselves.
    pub clocks: Vec<ClockRemark>,
    /// Private addresses that made most requests of a log: probably a proxy in front of it.
    pub single_clients: Vec<SingleClient>,
    /// Where only a period was asked for: records outside of it were read and not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedPeriod>,
    /// Where the logs were read from a lake: what of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lake: Option<LakeCoverage>,
}

/// The period that a run looks at; an end that is not given is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AskedPeriod {
    pub from: Option<EventTime>,
    /// Not included.
    pub until: Option<EventTime>,
}

impl Coverage {
    /// First and last record that was looked at, as far as times are known: those of the files, cut to the period
    /// that was asked for.
    pub fn looked_at(&self) -> (Option<EventTime>, Option<EventTime>) {
        let first = self.files.iter().filter_map(|file| file.first).min();
        let last = self.files.iter().filter_map(|file| file.last).max();
        let Some(AskedPeriod { from, until }) = self.asked else { return (first, last) };
        let cut = |time: EventTime| until.map_or(time, |until| time.min(until));
        (first.map(|first| from.map_or(first, |from| first.max(from))), last.map(cut))
    }
}

/// What of a lake was read. Its streams stand in the place of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LakeCoverage {
    /// Records from this instant on, and before the other, were asked for.
    pub from: Option<EventTime>,
    pub until: Option<EventTime>,
    /// Of which source, where one was named; `*` and `?` stand for text and a character.
    pub source: Option<String>,
    /// Parts that are kept, and how many of them were read.
    pub parts: u64,
    pub parts_read: u64,
    /// Bytes read that were accepted and not sealed yet.
    pub unsealed_bytes: u64,
    /// Entries and root of the sealed log that named the parts.
    pub log_entries: u64,
    pub log_root: String,
}

/// What is odd about the times of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClockRemark {
    /// Two logs recorded the same events, and the times of `path` are so many seconds later than those
    /// of `than`; of `of` events that both could have, `pairs` are that far apart.
    Differs { path: String, than: String, seconds: i64, pairs: u64, of: u64 },
    /// The last record is later than the *now* of the run.
    AfterNow { path: String, last: EventTime, seconds: i64 },
}

/// One private address that made more than half of the requests of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SingleClient {
    /// The log; rotated parts are counted together under the first of them.
    pub path: String,
    pub address: IpAddr,
    pub requests: u64,
    pub of: u64,
    /// It is configured as a trusted proxy, and the log does not say for whom it asked.
    pub trusted: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct CoverageProblem {
    pub path: String,
    pub kind: String,
    pub message: LocalText,
}

/// One file: every byte is in `bytes`, every record in exactly one of `parsed` and `rejected`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FileCoverage {
    pub path: String,
    pub format: String,
    pub bytes: u64,
    pub records: u64,
    pub parsed: u64,
    pub rejected: u64,
    /// Notes by kind, in the order of `ParseNoteKind::ALL`; zero counts are left out.
    pub notes: Vec<(String, u64)>,
    /// Line of the first rejected record.
    pub first_rejected_line: Option<u64>,
    pub first: Option<EventTime>,
    pub last: Option<EventTime>,
    pub without_time: u64,
    pub assumed_year: bool,
    pub assumed_zone: bool,
    pub late: u64,
    /// Longest stretches without a record, at most five, longest first.
    pub gaps: Vec<SourceSpan>,
    /// Stretches with records, an hour and more apart, in order.
    #[serde(skip)]
    pub stretches: Vec<SourceSpan>,
    /// SHA-256 of the bytes read, in hex.
    pub sha256: String,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SourceSpan {
    pub from: EventTime,
    pub until: EventTime,
}

/// One entry of the allow list: what it covers, who answers for it, what it kept apart.
#[derive(Clone, Debug, Serialize)]
pub struct SuppressionCoverage {
    /// File and line.
    pub entry: String,
    /// In the words of the file.
    pub scope: String,
    /// Always there in the exact form of the list.
    pub reason: Option<String>,
    pub owner: Option<String>,
    pub from: Option<EventTime>,
    /// The first instant at which it acts no more.
    pub until: Option<EventTime>,
    pub state: SuppressionState,
    /// Rules and fields it names that this run does not have.
    pub unknown: Vec<String>,
    pub matches: u64,
    /// Records of an address that the entry covers as a whole; they count for nothing.
    pub records: u64,
    pub findings: u64,
}

/// Whether an entry of the allow list acts at the *now* of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionState {
    Active,
    NotYet,
    Expired,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct RuleCoverage {
    pub loaded: u64,
    /// Loaded, but no file of this run has their log source.
    pub without_source: u64,
    pub not_loaded: Vec<RuleNotLoaded>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RuleNotLoaded {
    pub path: String,
    pub line: Option<u64>,
    pub reason: LocalText,
}
