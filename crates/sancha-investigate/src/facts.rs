use jiff::civil::Date;
use sancha_model::{EventTime, FindingId};

/// What the second and third investigation need to know of a case.
#[derive(Clone, Debug)]
pub struct CaseFacts {
    /// First and last day of the facts, in the operator's zone. The law in force on these days judges.
    pub first_day: Date,
    pub last_day: Date,
    /// A simulation: the law of this day judges the facts in place of that of their own days.
    pub law_day: Option<Date>,
    /// The case's first record.
    pub began: Option<EventTime>,
    /// Ids of the profile's systems that the case touched. Empty when no profile names them.
    pub systems: Vec<String>,
    /// Of these, those that hold personal information.
    pub personal_systems: Vec<String>,
    pub personal_information: Touched,
    /// When the unit became aware, where it said so. Never taken from a log.
    pub aware_at: Option<EventTime>,
    /// The *now* of every clock.
    pub at: EventTime,
    /// Findings of the case, in the order of its kill chain.
    pub findings: Vec<FindingId>,
}

impl CaseFacts {
    /// The days whose law judges.
    pub fn law_days(&self) -> (Date, Date) {
        self.law_day.map_or((self.first_day, self.last_day), |day| (day, day))
    }
}

/// Whether evidence shows that a kind of data was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    NotShown,
    Likely,
    Confirmed,
}
