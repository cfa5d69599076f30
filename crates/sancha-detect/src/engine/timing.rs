//! When records of a batch happened, and what can be told of those that state no time.

use std::net::IpAddr;

use sancha_model::{Event, EventTime};

/// So many lines may belong to the one before them that states the time.
const MOST_CONTINUED: u32 = 64;
/// So many failures in a row are told of, without a time.
const TOLD_RUN: u32 = 5;

/// The records of a batch so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    /// Time of the last record that had one, and how many without one came since.
    last: Option<(EventTime, u32)>,
    failures: Run,
}

/// Failed logins of one source whose records state no time, in lines that follow one another directly. Nothing
/// tells how far apart they are; that nobody else's line stands between them is all that is known.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    source: Option<IpAddr>,
    line: u64,
    length: u32,
}

impl Timing {
    /// When a record happened: a line that states no time continues one that does. [`EventTime::MIN`] where
    /// nothing near it states one.
    pub(super) fn of(&mut self, event: Event<'_>) -> EventTime {
        match (event.time(), &mut self.last) {
            (Some(time), last) => {
                *last = Some((time, 0));
                // The very end of time stands for "no file brings more".
                time.min(EventTime::MAX.plus(-1))
            }
            (None, Some((time, since))) if *since < MOST_CONTINUED => {
                *since += 1;
                *time
            }
            (None, _) => EventTime::MIN,
        }
    }

    /// How many tries a failed login without a time adds to what is told.
    pub(super) fn failed(&mut self, event: Event<'_>, source: Option<IpAddr>) -> u32 {
        let Run { source: known, line, length } = self.failures;
        let follows = source.is_some() && source == known && event.line() == line + 1;
        let length = if follows { length + 1 } else { 1 };
        self.failures = Run { source, line: event.line(), length };
        match length {
            TOLD_RUN => TOLD_RUN,
            length if length > TOLD_RUN => 1,
            _ => 0,
        }
    }
}
