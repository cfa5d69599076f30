use jiff::{civil::Date, tz::TimeZone};
use sancha_model::{EventTime, LocalText};

use crate::profile::{Period, ProofCheck};

/// Why an entry of the profile does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Declared, no proof file named.
    NoProof,
    Missing,
    Unreadable,
    DigestMismatch,
    /// The proof was made after the day that is judged.
    TooLate,
    WrongKind,
    /// In force until this day only.
    Ended(Date),
    /// In force from this day on only.
    Begins(Date),
    /// Done on this day only, after the day that is judged.
    DoneLater(Date),
    /// Done on this day already, before the facts.
    DoneBefore(Date),
    /// The profile records no such act.
    NotRecorded,
    /// The contract does not bind to it.
    NotAgreed,
    /// The entry itself says that it was not done; no readable proof shows even that.
    NotDone,
    /// Older than the interval that the law or the unit's own plan sets.
    TooOld,
    /// The unit's plan names no interval, and the law has no number.
    NoInterval,
    /// A plan was started that was not in force then, or no plan can be told.
    PlanNotInForce {
        at: EventTime,
    },
    StartedUnaware {
        at: EventTime,
    },
    StartedBefore {
        at: EventTime,
        aware: EventTime,
    },
    /// The law says at once and has no number, and neither has the unit's plan: a person judges.
    StartNotJudged {
        at: EventTime,
        aware: EventTime,
    },
    /// Later than the unit's own plan says.
    StartedLate {
        at: EventTime,
        aware: EventTime,
        minutes: u32,
    },
}

impl Fault {
    /// What is wrong with a proof; `None` when nothing is.
    pub const fn of_check(check: &ProofCheck) -> Option<Self> {
        match check {
            ProofCheck::Good => None,
            ProofCheck::Missing => Some(Self::Missing),
            ProofCheck::Unreadable => Some(Self::Unreadable),
            ProofCheck::DigestMismatch => Some(Self::DigestMismatch),
            ProofCheck::TooLate => Some(Self::TooLate),
            ProofCheck::WrongKind => Some(Self::WrongKind),
        }
    }

    /// Why something in force over a time is not so on `day`; `None` when it is.
    pub fn of_period(period: Period, day: Date) -> Option<Self> {
        if day < period.from {
            return Some(Self::Begins(period.from));
        }
        period.until.filter(|until| *until < day).map(Self::Ended)
    }

    /// The days and times that a sentence about it names.
    pub fn values(self, zone: &TimeZone) -> Vec<(&'static str, LocalText)> {
        let time = |name, at: EventTime| (name, LocalText::same(at.display_in(zone)));
        match self {
            Self::Ended(date)
            | Self::Begins(date)
            | Self::DoneLater(date)
            | Self::DoneBefore(date) => vec![("date", LocalText::same(date.to_string()))],
            Self::PlanNotInForce { at } | Self::StartedUnaware { at } => vec![time("at", at)],
            Self::StartedBefore { at, aware } | Self::StartNotJudged { at, aware } => {
                vec![time("at", at), time("aware", aware)]
            }
            Self::StartedLate { at, aware, minutes } => {
                let minutes = ("minutes", LocalText::same(minutes.to_string()));
                vec![time("at", at), time("aware", aware), minutes]
            }
            Self::NoProof
            | Self::Missing
            | Self::Unreadable
            | Self::DigestMismatch
            | Self::TooLate
            | Self::WrongKind
            | Self::NotRecorded
            | Self::NotAgreed
            | Self::NotDone
            | Self::TooOld
            | Self::NoInterval => Vec::new(),
        }
    }
}
