//! Which days are working days, and how sure that is.

use jiff::{ToSpan, civil::Date, civil::Weekday};
use serde::Deserialize;

use crate::catalog::Confidence;

/// The calendars of the years in the data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workdays {
    pub source: String,
    pub years: Vec<Year>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    pub year: i16,
    /// A notice was published and is in the data.
    pub official: bool,
    pub confidence: Confidence,
    pub holidays: Vec<Date>,
    pub makeup_workdays: Vec<Date>,
}

/// A day reached by counting working days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub day: Date,
    /// Years that were counted through without an official calendar, in order. Not empty = provisional.
    pub without_calendar: Vec<i16>,
}

impl Workdays {
    fn year(&self, year: i16) -> Option<&Year> {
        self.years.iter().find(|known| known.year == year)
    }

    /// Whether an official calendar of the year is in the data.
    pub fn is_official(&self, year: i16) -> bool {
        self.year(year).is_some_and(|known| known.official)
    }

    /// A make-up day, or Monday to Friday and no listed holiday.
    pub fn is_workday(&self, day: Date) -> bool {
        let known = self.year(day.year());
        if known.is_some_and(|known| known.makeup_workdays.contains(&day)) {
            return true;
        }
        let holiday = known.is_some_and(|known| known.holidays.contains(&day));
        !holiday && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The `count`-th working day after `start`, the day of the start not counted.
    ///
    /// A year without an official calendar is counted with what is known of it and named in the answer.
    pub fn after(&self, start: Date, count: u16) -> Counted {
        let mut day = start;
        let mut left = count;
        let mut without_calendar: Vec<i16> = Vec::new();
        while left > 0 {
            let Ok(next) = day.checked_add(1.day()) else { break };
            day = next;
            if !self.is_official(day.year()) && without_calendar.last() != Some(&day.year()) {
                without_calendar.push(day.year());
            }
            left -= u16::from(self.is_workday(day));
        }
        Counted { day, without_calendar }
    }
}
