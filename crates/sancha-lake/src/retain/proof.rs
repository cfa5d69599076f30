//! What a source's retention amounts to, for an inspector and for the duty's probe.

use jiff::civil::Date;
use sancha_model::EventTime;
use serde::{Deserialize, Serialize};

use super::{Gap, Interval, Period, Rules, gaps};

/// What a lake holds of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    pub source: String,
    pub lines: u64,
    /// Of lines, as they came.
    pub raw_bytes: u64,
    pub stored_bytes: u64,
    /// Root of the log that names all parts, in hex, and its size.
    pub root: String,
    pub log_size: u64,
    /// Who vouches for that root outside of the lake, and when.
    pub anchors: Vec<String>,
}

/// The statement about one source on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionProof {
    #[serde(flatten)]
    pub holdings: Holdings,
    pub at: EventTime,
    /// What is kept by the rules in force.
    pub period: Period,
    /// The first day whose records have to be there by law, whatever a waiver says.
    pub needed_from: Date,
    pub span: Option<Interval>,
    /// Gaps that reach into the time since `needed_from`.
    pub gaps: Vec<Gap>,
    pub verdict: Verdict,
}

/// Whether the records reach back six calendar months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// From the day needed up to now, without a gap that needs an explanation.
    Met,
    /// They begin later. Whether there were older ones this lake cannot know.
    BeginsLater,
    HasGaps,
    /// The newest record is older than the source's pauses.
    EndsEarly,
    NoRecords,
    /// A waiver makes them shorter: a duty not met, by a decision.
    Waived,
}

impl RetentionProof {
    /// What `holdings` amount to. `spans` are the times with records, of parts whose content
    /// was checked; up to `quiet` nanoseconds without a record need no explanation.
    pub fn new(holdings: Holdings, spans: &[Interval], quiet: i64, rules: &Rules<'_>) -> Self {
        let day = |at: EventTime| at.date_in(rules.zone);
        let now = rules.now;
        let period = rules.period(&holdings.source);
        let needed_from = Period::Months(super::FLOOR_MONTHS).needed_from(day(now));
        let first = spans.iter().map(|span| span.first).min();
        let last = spans.iter().map(|span| span.last).max();
        let span = first.zip(last).map(|(first, last)| Interval { first, last });
        let gaps: Vec<Gap> = gaps(spans.iter().copied(), quiet)
            .into_iter()
            .filter(|gap| day(gap.before) > needed_from)
            .collect();
        let verdict = match span {
            None => Verdict::NoRecords,
            Some(_) if !period.meets_floor() => Verdict::Waived,
            Some(span) if day(span.first) > needed_from => Verdict::BeginsLater,
            Some(_) if !gaps.is_empty() => Verdict::HasGaps,
            Some(span) if now.since(span.last) > quiet => Verdict::EndsEarly,
            Some(_) => Verdict::Met,
        };
        Self { holdings, at: now, period, needed_from, span, gaps, verdict }
    }
}
