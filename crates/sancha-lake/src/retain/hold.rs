//! What is kept for a case, a court, an inspector, whatever its age.

use jiff::{civil::Date, tz::TimeZone};

use super::Kept;

/// Nothing that it touches goes until it is released. It holds from its entry in the log on, whatever day a
/// clock shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub name: String,
    /// Of all sources when none is named.
    pub source: Option<String>,
    /// First and last day, both with it; open where none is given.
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub placed_by: String,
    pub placed_at: String,
    pub reason: String,
    pub released: Option<Release>,
}

/// Who let go, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub by: String,
    pub at: String,
    pub reason: String,
}

impl Hold {
    /// Whether the hold keeps a part. One whose records have no time may be of any.
    pub fn covers(&self, part: &Kept, zone: &TimeZone) -> bool {
        let day = |at: sancha_model::EventTime| at.date_in(zone);
        let touches = |first: Date, last: Date| {
            self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first <= to)
        };
        let of_source = self.source.as_ref().is_none_or(|source| *source == part.source);
        let accepted = day(part.accepted);
        self.released.is_none()
            && of_source
            && (part.span.is_none_or(|span| touches(day(span.first), day(span.last)))
                || touches(accepted, accepted))
    }
}
