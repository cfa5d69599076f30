//! What a source's retention amounts to, for an inspector and for the duty's probe.

use jiff::civil::Date;
use sancha_model::EventTime;
use serde::{Deserialize, Serialize};

use super::{Deleted, Gap, Interval, Period, Rhythm, Rules, Silence, Waiver, gaps};

/// Up to so long without a record needs no explanation: a quiet weekend is shorter.
const LONGEST_QUIET: i64 = 3 * EventTime::DAY;

/// What a lake holds of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    pub source: String,
    pub lines: u64,
    /// Lines that tell a time behind the day of the statement: a clock was wrong, or a year was.
    #[serde(default, skip_serializing_if = "is_none")]
    pub future_lines: u64,
    /// Of lines, as they came.
    pub raw_bytes: u64,
    pub stored_bytes: u64,
    /// What was there and is deleted, by the tombstones in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Deleted>,
    /// Root of the log that names all parts, in hex, and its size.
    pub root: String,
    pub log_size: u64,
    /// Who vouches for that root outside of the lake, and when.
    pub anchors: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_none(lines: &u64) -> bool {
    *lines == 0
}

/// The statement about one source on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionProof {
    #[serde(flatten)]
    pub holdings: Holdings,
    pub at: EventTime,
    /// Whoever asked for it said what time it is, and not the system clock: for the caller to set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_by_hand: bool,
    /// What is kept by the rules in force.
    pub period: Period,
    /// The first day whose records have to be there by law, whatever a waiver says.
    pub needed_from: Date,
    pub span: Option<Interval>,
    /// Times without a record between the first and the last that are longer than a quiet weekend.
    pub gaps: Vec<Gap>,
    /// It should have said something by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
    /// Who answers for keeping it shorter, while that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
    /// Names of holds in force that touch the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
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
    /// What `holdings` amount to. `spans` are the times with records; what lies in the future shows nothing.
    pub fn new(holdings: Holdings, spans: &[Interval], rules: &Rules<'_>) -> Self {
        let day = |at: EventTime| at.date_in(rules.zone);
        let (now, source) = (rules.now, holdings.source.as_str());
        let spans: Vec<_> = spans.iter().filter_map(|span| span.until(now)).collect();
        let period = rules.term(source).period;
        let needed_from = Period::FLOOR.needed_from(day(now));
        let first = spans.iter().map(|span| span.first).min();
        let last = spans.iter().map(|span| span.last).max();
        let span = first.zip(last).map(|(first, last)| Interval { first, last });
        let gaps = gaps(spans, LONGEST_QUIET);
        let has_gaps = gaps.iter().any(|gap| day(gap.before) > needed_from);
        let verdict = match span {
            _ if !period.meets_floor() => Verdict::Waived,
            None => Verdict::NoRecords,
            Some(span) if day(span.first) > needed_from => Verdict::BeginsLater,
            Some(_) if has_gaps => Verdict::HasGaps,
            Some(span) if ended(span, now).is_some() => Verdict::EndsEarly,
            Some(_) => Verdict::Met,
        };
        let waiver = rules.standing.waiver(source, day(now)).cloned();
        let holds = rules.standing.holds_on(source).map(|hold| hold.name.clone()).collect();
        let silence = rules.silence(source);
        Self {
            at: now,
            clock_by_hand: false,
            period,
            needed_from,
            span,
            gaps,
            silence,
            waiver,
            holds,
            verdict,
            holdings,
        }
    }
}

impl RetentionProof {
    /// Nanoseconds since the last record, where that is longer than a quiet weekend; whatever else the verdict is
    /// about.
    pub fn ended_since(&self) -> Option<i64> {
        ended(self.span?, self.at)
    }
}

fn ended(span: Interval, now: EventTime) -> Option<i64> {
    let since = now.since(span.last);
    (since > LONGEST_QUIET).then_some(since)
}

impl Rules<'_> {
    /// Whether a source should have said something by now.
    ///
    /// Acceptance tells, not the records' own time: a source that sends records with a wrong clock sends. What is
    /// usual is what its policy says, or what the pauses between its arrivals tell.
    pub fn silence(&self, source: &str) -> Option<Silence> {
        let arrivals = self.standing.arrivals(source);
        let last = arrivals.last().copied()?;
        let set = self.policies.of(source).and_then(|policy| policy.quiet);
        let rhythm = match set {
            Some(quiet) => Rhythm::Set { quiet },
            None => Rhythm::learned(
                &arrivals.iter().map(|at| Interval { first: *at, last: *at }).collect::<Vec<_>>(),
            ),
        };
        rhythm.silence(last, self.now)
    }
}
