//! How long what is kept: which parts may go, what is missing, what a source's retention amounts to.
//!
//! In: what is known of the parts, the policies, the holds, and what day it is. Out: judgements. Nothing here
//! deletes; the retention job does, and leaves a tombstone in the log.
//!
//! A part counts from the later of its last record and of its acceptance. Old logs that somebody brings in
//! today are not gone tomorrow, and those of a device whose clock is wrong neither.

mod gap;
mod policy;
mod proof;
mod space;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::{ToSpan as _, tz::TimeZone};
use sancha_model::EventTime;
use serde::{Deserialize, Serialize};

pub use self::gap::{Gap, Interval, Rhythm, Silence, gaps};
pub use self::policy::{
    FLOOR_DAYS, FLOOR_MONTHS, Hold, KindRule, Period, Policy, Unfounded, Waiver,
};
pub use self::proof::{Holdings, RetentionProof, Verdict};
pub use self::space::{DayOfData, Forecast, Stance, forecast};

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
    /// Nothing asks for it any more.
    MayGo,
    /// Not before `until`; a hold has no such day.
    Stays { until: Option<Date>, because: Reason },
}

/// What a part is kept for. Of several the one that lasts longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The six calendar months that the law asks of every network log.
    Floor,
    /// The policy of its source.
    Policy,
    /// The rule for a kind of record.
    Kind(String),
    /// A hold, by its name.
    Hold(String),
}

/// The rules, and the day on which they are asked.
#[derive(Clone, Debug)]
pub struct Rules<'a> {
    pub policies: &'a [Policy],
    pub kinds: &'a [KindRule],
    pub holds: &'a [Hold],
    /// Days are those of the operator's place.
    pub zone: &'a TimeZone,
    pub now: EventTime,
}

impl Rules<'_> {
    /// What may be done with a part.
    pub fn fate(&self, part: &Kept) -> Fate {
        let today = self.today();
        if let Some(hold) = self.holds.iter().find(|hold| hold.covers(part, today)) {
            return Fate::Stays { until: None, because: Reason::Hold(hold.name.clone()) };
        }
        let last = part.counts_from().date_in(self.zone);
        let (until, because) = self
            .periods(part)
            .map(|(period, because)| (period.free_from(last), because))
            // Of equal ones the first, which is the law's.
            .fold(None, |longest: Option<(Date, Reason)>, next| match longest {
                Some(longest) if longest.0 >= next.0 => Some(longest),
                _ => Some(next),
            })
            .unwrap_or((Date::MAX, Reason::Floor));
        if until <= today { Fate::MayGo } else { Fate::Stays { until: Some(until), because } }
    }

    /// What a source is kept for, kinds of record aside.
    pub fn period(&self, source: &str) -> Period {
        let policy = self.policies.iter().find(|policy| policy.source == source);
        policy.map_or(Period::Months(FLOOR_MONTHS), |policy| policy.period_on(self.today()))
    }

    fn today(&self) -> Date {
        self.now.date_in(self.zone)
    }

    fn periods(&self, part: &Kept) -> impl Iterator<Item = (Period, Reason)> {
        let own = self.period(&part.source);
        let is_floor = own == Period::Months(FLOOR_MONTHS);
        let own = (own, if is_floor { Reason::Floor } else { Reason::Policy });
        let kinds = self.kinds.iter().filter(|rule| part.kinds.contains(&rule.kind));
        std::iter::once(own).chain(kinds.map(|rule| (rule.period, Reason::Kind(rule.kind.clone()))))
    }
}

/// The same day `months` earlier, or the last of that month where it is shorter.
fn months_before(day: Date, months: u16) -> Date {
    day.checked_sub(i32::from(months).months()).unwrap_or(Date::MIN)
}
