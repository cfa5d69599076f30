//! How long a source's logs are kept, and who answers for less.

use jiff::{ToSpan as _, civil::Date};
use sancha_model::EventTime;
use serde::{Deserialize, Serialize};

use super::{Interval, Kept, months_before};

/// Cybersecurity Law: network logs are kept for no less than six months. Calendar months, to the day.
pub const FLOOR_MONTHS: u16 = 6;
/// Where one number of days is needed: six calendar months are 181 to 184 days.
pub const FLOOR_DAYS: u16 = 184;

/// A time for which logs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Months(u16),
    Days(u16),
}

impl Period {
    /// The first day whose records have to be there on `today`.
    pub fn needed_from(self, today: Date) -> Date {
        match self {
            Self::Months(months) => months_before(today, months),
            Self::Days(days) => today.checked_sub(i32::from(days).days()).unwrap_or(Date::MIN),
        }
    }

    /// The first day on which records of `last` are not needed any more.
    ///
    /// Months differ in length: adding six to the 28th of February gives the 28th of August, but on the 31st of
    /// August the six months before reach back to that same day. So this looks from the later day.
    pub fn free_from(self, last: Date) -> Date {
        let earliest = match self {
            Self::Months(months) => last.checked_add(i32::from(months).months()),
            Self::Days(days) => last.checked_add(i32::from(days).days()),
        };
        let mut day = earliest.unwrap_or(Date::MAX);
        // At most four steps: from the 28th of February to the first of September.
        while self.needed_from(day) <= last {
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => return day,
            }
        }
        day
    }

    /// Whether on every day of the year it reaches as far back as six calendar months.
    pub fn meets_floor(self) -> bool {
        match self {
            Self::Months(months) => months >= FLOOR_MONTHS,
            Self::Days(days) => days >= FLOOR_DAYS,
        }
    }
}

/// How long one source is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub source: String,
    pub keep: Period,
    /// Needed for less than six calendar months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
}

/// Somebody answers for a shorter time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Name and post of who granted it.
    pub granted_by: String,
    pub reason: String,
    pub granted_on: Date,
    /// The last day on which it holds.
    pub until: Date,
}

/// Why a policy is not what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfounded {
    #[error(
        "less than six calendar months need a waiver: who grants it, why, from when, until when"
    )]
    NoWaiver,
    #[error("the waiver names nobody")]
    NobodyNamed,
    #[error("the waiver gives no reason")]
    NoReason,
    #[error("the waiver ends on {0}, before it begins")]
    EndsBeforeItBegins(Date),
}

impl Policy {
    /// Whether the policy may be taken into force.
    ///
    /// # Errors
    /// When it is shorter than the floor and nobody answers for it.
    pub fn check(&self) -> Result<(), Unfounded> {
        if self.keep.meets_floor() {
            return Ok(());
        }
        let waiver = self.waiver.as_ref().ok_or(Unfounded::NoWaiver)?;
        if waiver.granted_by.trim().is_empty() {
            return Err(Unfounded::NobodyNamed);
        }
        if waiver.reason.trim().is_empty() {
            return Err(Unfounded::NoReason);
        }
        if waiver.until < waiver.granted_on {
            return Err(Unfounded::EndsBeforeItBegins(waiver.until));
        }
        Ok(())
    }

    /// What is kept on a day: the floor, unless more is asked, or less and a waiver holds that day.
    pub fn period_on(&self, day: Date) -> Period {
        let holds = |waiver: &Waiver| (waiver.granted_on..=waiver.until).contains(&day);
        let is_waived = self.check().is_ok() && self.waiver.as_ref().is_some_and(holds);
        if self.keep.meets_floor() || is_waived { self.keep } else { Period::Months(FLOOR_MONTHS) }
    }
}

/// A kind of record is kept longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    pub kind: String,
    pub period: Period,
    /// The rule that asks for it.
    pub basis: String,
}

/// Nothing of this goes while it lasts, for a case, a court, an inspector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    pub name: String,
    pub reason: String,
    pub placed_by: String,
    pub placed_on: Date,
    /// The day from which it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_on: Option<Date>,
    /// All sources when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// All times when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Interval>,
}

impl Hold {
    /// Whether the hold keeps a part on a day. A part whose records have no time may be of any.
    pub fn covers(&self, part: &Kept, today: Date) -> bool {
        let lasts = self.placed_on <= today && self.lifted_on.is_none_or(|lifted| today < lifted);
        let of_source = self.sources.is_empty() || self.sources.contains(&part.source);
        let touches = |held: Interval| {
            part.span.is_none_or(|span| span.first <= held.last && held.first <= span.last)
                || held.contains(part.accepted)
        };
        lasts && of_source && self.span.is_none_or(touches)
    }
}

impl Interval {
    fn contains(&self, at: EventTime) -> bool {
        self.first <= at && at <= self.last
    }
}
