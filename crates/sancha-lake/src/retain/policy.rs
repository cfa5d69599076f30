//! How long a source's logs are kept, and who answers for less.

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Standing, months_before};
use crate::query::Glob;

/// Cybersecurity Law: network logs are kept for no less than six months. Calendar months, to the day.
pub const FLOOR_MONTHS: u16 = 6;
/// Where one number of days is needed: six calendar months are 181 to 184 days.
pub const FLOOR_DAYS: u16 = 184;

/// Days of so many months in a row at the least; those of one are a February's.
const SHORTEST_MONTHS: [u32; 6] = [0, 28, 59, 89, 120, 150];

/// A time for which logs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Months(u16),
    Days(u16),
}

impl Period {
    pub const FLOOR: Self = Self::Months(FLOOR_MONTHS);

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

    /// Days that it has at least, whatever months it reaches over.
    pub(super) fn least_days(self) -> u32 {
        match self {
            Self::Months(months) => {
                SHORTEST_MONTHS.get(usize::from(months)).copied().unwrap_or(u32::from(FLOOR_DAYS))
            }
            Self::Days(days) => u32::from(days),
        }
    }
}

/// How long sources are kept that fit a name.
#[derive(Clone, Debug)]
pub struct Policy {
    pub source: Glob,
    pub keep: Option<Period>,
    /// Nanoseconds of silence that are nothing unusual, where somebody says so.
    pub quiet: Option<i64>,
    /// Where it is written, such as `retention.toml:3`, and the line of it.
    pub label: String,
    pub line: usize,
}

/// A kind of record is kept longer.
#[derive(Clone, Debug)]
pub struct KindRule {
    /// Name of the format that the lines were read as.
    pub kind: Glob,
    pub period: Period,
    /// The rule that asks for it.
    pub basis: String,
}

/// What is kept how long. Without any, all is kept for six calendar months.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// What no other policy names.
    pub default: Option<Policy>,
    /// The first that fits a source counts.
    pub sources: Vec<Policy>,
    pub kinds: Vec<KindRule>,
}

impl Policies {
    /// The policy of a source: the first that fits its name, else the default.
    pub fn of(&self, source: &str) -> Option<&Policy> {
        let fits = |policy: &&Policy| policy.source.fits(source.as_bytes());
        self.sources.iter().find(fits).or(self.default.as_ref())
    }

    /// Policies that name a source and decide about none of `sources`.
    pub fn idle<'a>(&'a self, sources: &'a [&str]) -> impl Iterator<Item = &'a Policy> {
        let decides = |policy: &Policy, source: &&str| {
            self.of(source).is_some_and(|first| std::ptr::eq(first, policy))
        };
        let idle = move |policy: &&Policy| !sources.iter().any(|source| decides(policy, source));
        self.sources.iter().filter(idle)
    }

    /// Policies that nobody answers for: shorter than the floor, and no waiver in force that goes so far.
    /// `sources` are all that there are.
    pub fn unfounded(
        &self,
        sources: &[&str],
        standing: &Standing,
        today: Date,
    ) -> Vec<(usize, Unfounded)> {
        let is_short = |policy: &&Policy| policy.keep.is_some_and(|keep| !keep.meets_floor());
        let mut found: Vec<_> = self
            .default
            .iter()
            .filter(is_short)
            .map(|policy| (policy.line, Unfounded::Default))
            .collect();
        for policy in self.sources.iter().filter(is_short) {
            let Some(keep) = policy.keep else { continue };
            let own =
                |source: &&&str| self.of(source).is_some_and(|first| std::ptr::eq(first, policy));
            let mut named = sources.iter().filter(own).peekable();
            if named.peek().is_none() {
                found.push((policy.line, Unfounded::NoSource));
            }
            for source in named {
                let (source, days) = ((*source).to_owned(), keep.least_days());
                match standing.waiver(&source, today) {
                    None => found.push((policy.line, Unfounded::NoWaiver { source, days })),
                    Some(waiver) if waiver.days > days => {
                        let waived = waiver.days;
                        found.push((policy.line, Unfounded::Shorter { source, days, waived }));
                    }
                    Some(_) => (),
                }
            }
        }
        found
    }
}

/// Why a policy is not what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfounded {
    /// What holds for every source, those of tomorrow too, cannot be shorter than the floor.
    Default,
    /// It is shorter than the floor and fits no source, so that nobody can answer for it.
    NoSource,
    /// Shorter than the floor, and nobody answers for it.
    NoWaiver { source: String, days: u32 },
    /// The waiver in force does not go so far.
    Shorter { source: String, days: u32, waived: u32 },
}

/// Somebody answers for keeping a source shorter than the floor: a duty not met, by a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    pub source: String,
    pub days: u32,
    /// Name and post of who granted it.
    pub granted_by: String,
    pub reason: String,
    /// The instant at which it was entered into the log.
    pub granted_at: String,
    /// The last day on which it holds.
    pub until: Date,
}
