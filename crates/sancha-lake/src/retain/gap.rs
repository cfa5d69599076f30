//! Times without a record: behind us they are gaps, up to now they are silence.

use sancha_model::EventTime;
use serde::{Deserialize, Serialize};

/// From one instant to another, both within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    pub first: EventTime,
    pub last: EventTime,
}

impl Interval {
    /// What of it is not behind an instant.
    pub fn until(self, end: EventTime) -> Option<Self> {
        (self.first <= end).then(|| Self { last: self.last.min(end), ..self })
    }
}

/// A time without records between two times with records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last record before it.
    pub after: EventTime,
    /// The first record behind it.
    pub before: EventTime,
}

impl Gap {
    pub fn nanos(&self) -> i64 {
        self.before.since(self.after)
    }
}

/// The times between spans with records that are longer than `quiet` nanoseconds. Spans come in any
/// order and may overlap.
pub fn gaps(spans: impl IntoIterator<Item = Interval>, quiet: i64) -> Vec<Gap> {
    between(spans).filter(|gap| gap.nanos() > quiet).collect()
}

fn between(spans: impl IntoIterator<Item = Interval>) -> impl Iterator<Item = Gap> {
    let mut spans: Vec<Interval> = spans.into_iter().collect();
    spans.sort_unstable();
    let mut reached: Option<EventTime> = None;
    spans.into_iter().filter_map(move |span| {
        let after = reached.filter(|reached| *reached < span.first);
        reached = Some(reached.map_or(span.last, |reached| reached.max(span.last)));
        after.map(|after| Gap { after, before: span.first })
    })
}

/// How long a source is quiet without anything being wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Rhythm {
    /// Somebody said so.
    Set { quiet: i64 },
    /// Its own past says so.
    Learned { quiet: i64 },
    /// Too little is known of it.
    Unknown,
}

impl Rhythm {
    /// A week has a weekend in it.
    const TO_LEARN_FROM: i64 = 7 * EventTime::DAY;
    /// Twice the longest pause: the next weekend may have a holiday beside it.
    const TIMES: i64 = 2;
    /// A restart, a rotation, a slow network.
    const SHORTEST: i64 = 15 * EventTime::MINUTE;
    /// As for a folder of logs: no quiet weekend lasts three days.
    const LONGEST: i64 = 3 * EventTime::DAY;

    /// What the times with records tell. An outage that is among them cannot raise it beyond three days.
    pub fn learned(spans: &[Interval]) -> Self {
        let first = spans.iter().map(|span| span.first).min();
        let last = spans.iter().map(|span| span.last).max();
        let Some((first, last)) = first.zip(last) else { return Self::Unknown };
        if last.since(first) < Self::TO_LEARN_FROM {
            return Self::Unknown;
        }
        let longest = between(spans.iter().copied()).map(|gap| gap.nanos()).max().unwrap_or(0);
        let quiet = longest.saturating_mul(Self::TIMES).clamp(Self::SHORTEST, Self::LONGEST);
        Self::Learned { quiet }
    }

    /// Nanoseconds after which silence is worth an alarm.
    pub fn quiet(self) -> i64 {
        match self {
            Self::Set { quiet } | Self::Learned { quiet } => quiet,
            Self::Unknown => Self::LONGEST,
        }
    }

    /// Whether a source whose last record was accepted at `last` has been silent for too long.
    ///
    /// Acceptance counts, not the records' own time: a source that sends records with a wrong clock sends.
    pub fn silence(self, last: EventTime, now: EventTime) -> Option<Silence> {
        let lasts = now.since(last);
        (lasts > self.quiet()).then_some(Silence { since: last, lasts, expected: self })
    }
}

/// A source that should have said something by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    pub since: EventTime,
    /// Nanoseconds.
    pub lasts: i64,
    pub expected: Rhythm,
}
