use std::{fmt, net::IpAddr, sync::Arc};

use serde::{Serialize, Serializer};

use crate::{EventTime, FieldId, LocalText, RecordId, Scenario};

/// Sigma's five levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub const ALL: [Self; 5] =
        [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.id() == id)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// What came of an attempt. Success needs a second signal; `NotDeterminable` needs its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    NotDeterminable,
    Attempted,
    LikelySucceeded,
    Confirmed,
}

impl Outcome {
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotDeterminable => "not_determinable",
            Self::Attempted => "attempted",
            Self::LikelySucceeded => "likely_succeeded",
            Self::Confirmed => "confirmed",
        }
    }
}

/// One rule fired on one record. Times, fields and names are as the record gave them; masking and
/// paths are added when it is written out.
#[derive(Clone, Debug)]
pub struct Match {
    pub at: RecordId,
    pub line: u64,
    pub time: Option<EventTime>,
    /// Place in the plan's list of rules.
    pub rule: u32,
    pub scenario: Scenario,
    pub level: Level,
    /// 0 to 1.
    pub score: f32,
    pub record_id: Option<Box<str>>,
    pub source: Option<IpAddr>,
    pub host: Option<Box<str>>,
    pub user: Option<Box<str>>,
    /// The entry of the allow list that covers it, by place; such a match is no part of any finding.
    pub suppressed_by: Option<u32>,
    /// What the rule tested, 256 bytes each.
    pub fields: Vec<(FieldId, Box<[u8]>)>,
}

/// A record that shows something: path as given on the command line (or inside an archive) and line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EvidenceRef {
    pub path: Arc<str>,
    /// 1-based.
    pub line: u64,
}

/// Which records of a finding a reader should see before the others; `evidence` is in order of path and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TellingRecords {
    /// First and last in time.
    pub first: EvidenceRef,
    pub last: EvidenceRef,
    /// Those that decided the outcome, such as the login after the guesses.
    pub deciding: Vec<EvidenceRef>,
}

/// Stable over runs: made from rule, key and first record, never from a counter of the run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FindingId(pub String);

pub type Summary = LocalText;

/// What correlation yields: OCSF detection finding (class 2004). Not yet an incident.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub id: FindingId,
    pub scenario: Scenario,
    pub level: Level,
    pub outcome: Outcome,
    /// Why this outcome: the second signal, or what is missing for one.
    pub outcome_reason: LocalText,
    pub first: Option<EventTime>,
    pub last: Option<EventTime>,
    /// Records that belong to it, repeats expanded.
    pub count: u64,
    pub src: Vec<IpAddr>,
    pub hosts: Vec<String>,
    pub users: Vec<String>,
    /// Of these, those whose guessed password let somebody in; empty where none is known to have.
    #[serde(skip)]
    pub entered: Vec<String>,
    /// Of the hosts, those that somebody got into by it; empty where that is not known.
    #[serde(skip)]
    pub entered_hosts: Vec<String>,
    /// When a guess first let somebody in, where guessing did and the record has a time.
    #[serde(skip)]
    pub entered_at: Option<EventTime>,
    pub rules: Vec<String>,
    /// Up to 50 records: the first, the last, and those that decided the outcome.
    pub evidence: Vec<EvidenceRef>,
    /// A host's own records, of what somebody did who had logged in.
    #[serde(skip)]
    pub by_person: bool,
    /// An interface's own records, that it did what it was asked.
    #[serde(skip)]
    pub by_api: bool,
    /// An attack's answer was far larger than others of its path: data went out.
    #[serde(skip)]
    pub gave_data: bool,
    /// `None` where the records' order in time is not known.
    #[serde(skip)]
    pub telling: Option<Box<TellingRecords>>,
    /// What was touched: URL paths, files, tables; sorted, at most 50.
    pub objects: Vec<String>,
    pub summary: Summary,
}

impl Finding {
    /// Accounts that somebody acted as: those that were entered where some are known to be, not all that were tried.
    pub fn acting(&self) -> &[String] {
        if self.entered.is_empty() { &self.users } else { &self.entered }
    }
}
