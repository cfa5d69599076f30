//! How long what is kept: which parts may go, what is missing, what a source's retention amounts to.
//!
//! In: what is known of the parts, the policies, the holds, and what day it is. Out: judgements. Of all code only
//! the retention job ([`Lake::retire`](crate::Lake::retire)) deletes what is sealed, after it has left a tombstone
//! in the log.
//!
//! A part counts from the later of its last record and of its acceptance. Old logs that somebody brings in
//! today are not gone tomorrow, and those of a device whose clock is wrong neither.

mod decide;
mod deleted;
mod gap;
mod hold;
mod job;
mod policy;
mod proof;
mod room;
mod space;
mod spans;
mod standing;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::{ToSpan as _, tz::TimeZone};
use sancha_model::EventTime;

pub use self::decide::{NewHold, NewWaiver, Refused};
pub use self::deleted::{Deleted, deleted};
pub use self::gap::{Gap, Interval, Rhythm, Silence, gaps};
pub use self::hold::{Hold, Release};
pub use self::job::{Going, Outcome, Plan};
pub use self::policy::{
    FLOOR_DAYS, FLOOR_MONTHS, KindRule, Period, Policies, Policy, Unfounded, Waiver,
};
pub use self::proof::{Holdings, RetentionProof, Verdict};
pub use self::room::Room;
pub(crate) use self::room::files_below;
pub use self::space::{DayOfData, Stance, Volume, bytes_per_day, full_on};
pub use self::spans::Spans;
pub use self::standing::Standing;

/// What retention has to know of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub source: String,
    /// First and last record; `None` when no record has a time.
    pub span: Option<Interval>,
    /// When the last line of it was accepted.
    pub accepted: EventTime,
    /// Kinds of record in it, such as those for which a rule asks a longer time.
    pub kinds: Vec<String>,
}

impl Kept {
    /// The last instant that its retention counts from.
    fn counts_from(&self) -> EventTime {
        self.span.map_or(self.accepted, |span| span.last.max(self.accepted))
    }
}

/// What may be done with a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing asks for it any more since that day.
    MayGo { since: Date, term: Term },
    /// Not before `until`; a hold has no such day.
    Stays { until: Option<Date>, because: Reason },
}

/// How long something is kept, and why so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub period: Period,
    pub because: Reason,
}

/// What a part is kept for. Of several the one that lasts longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The six calendar months that the law asks of every network log.
    Floor,
    /// The policy of its source, by where it is written.
    Policy(String),
    /// A waiver in force makes it shorter.
    Waiver { granted_by: String, until: Date },
    /// The rule for a kind of record, by what asks for it.
    Kind(String),
    /// A hold, by its name.
    Hold(String),
}

/// The rules, and the day on which they are asked.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    pub policies: &'a Policies,
    pub standing: &'a Standing,
    /// Days are those of the operator's place.
    pub zone: &'a TimeZone,
    pub now: EventTime,
}

impl Rules<'_> {
    /// What may be done with a part.
    pub fn fate(&self, part: &Kept) -> Fate {
        let mut holds = self.standing.holds.iter();
        if let Some(hold) = holds.find(|hold| hold.covers(part, self.zone)) {
            return Fate::Stays { until: None, because: Reason::Hold(hold.name.clone()) };
        }
        let (since, term) = self.due(part);
        if since <= self.today() {
            Fate::MayGo { since, term }
        } else {
            Fate::Stays { until: Some(since), because: term.because }
        }
    }

    /// The first day on which nothing asks for a part, holds aside, and what asks for it until then.
    pub fn due(&self, part: &Kept) -> (Date, Term) {
        let last = part.counts_from().date_in(self.zone);
        let kinds = self
            .policies
            .kinds
            .iter()
            .filter(|rule| part.kinds.iter().any(|kind| rule.kind.fits(kind.as_bytes())));
        let of_kinds = kinds
            .map(|rule| Term { period: rule.period, because: Reason::Kind(rule.basis.clone()) });
        let own = self.term(&part.source);
        let mut longest = (own.period.free_from(last), own);
        for term in of_kinds {
            let until = term.period.free_from(last);
            // Of equal ones the first, which is that of the source.
            if until > longest.0 {
                longest = (until, term);
            }
        }
        longest
    }

    /// What a source is kept for, kinds of record aside.
    pub fn term(&self, source: &str) -> Term {
        let asked = self.policies.of(source).and_then(|policy| Some((policy, policy.keep?)));
        let waiver = self.standing.waiver(source, self.today());
        let waived = |period: Period, waiver: &Waiver| Term {
            period,
            because: Reason::Waiver { granted_by: waiver.granted_by.clone(), until: waiver.until },
        };
        match (asked, waiver) {
            (Some((policy, keep)), _) if keep.meets_floor() => {
                Term { period: keep, because: Reason::Policy(policy.label.clone()) }
            }
            (Some((_, keep)), Some(waiver)) if keep.least_days() >= waiver.days => {
                waived(keep, waiver)
            }
            (None, Some(waiver)) => {
                waived(Period::Days(u16::try_from(waiver.days).unwrap_or(FLOOR_DAYS)), waiver)
            }
            _ => Term { period: Period::FLOOR, because: Reason::Floor },
        }
    }

    pub fn today(&self) -> Date {
        self.now.date_in(self.zone)
    }
}

/// The same day `months` earlier, or the last of that month where it is shorter.
fn months_before(day: Date, months: u16) -> Date {
    day.checked_sub(i32::from(months).months()).unwrap_or(Date::MIN)
}
