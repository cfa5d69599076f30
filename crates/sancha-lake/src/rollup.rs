//! Rows of a part, counted: by hour, by user, by source, each with the few values that records of a kind share.
//! Trends and lists of the most frequent are answered from the counts, without a row being read.
//!
//! Section of the companion, all numbers LEB128: how many combinations of shared values there are, then of each
//! its [`TEXTS`] but for the user, its status, and 1 where its rows have a time, else 0. Then the counts by hour, user and
//! source: 0 where there are too many to be worth keeping, else one more than there are, then each: place of its
//! combination, its value, its rows.
//!
//! A value is 0 for none, else one more than its length, then its bytes: UTF-8; numbers and hours since 1970
//! little-endian; addresses 4 or 16 bytes, most significant first.

mod read;
mod row;
mod tally;

#[cfg(test)]
mod tests;

pub(crate) use read::{ROWS, batch};
pub(crate) use row::{BatchRows, EventRow};
pub(crate) use tally::Tally;

use crate::columns;

/// Columns of text that rows are counted by. All but the last, the user, are told apart by every count, with
/// [`HTTP_STATUS`].
const TEXTS: [&str; 8] = [
    columns::CLASS,
    columns::FORMAT,
    "event_action",
    "event_outcome",
    "log_level",
    "auth_method",
    "http_method",
    USER_NAME,
];

/// Place of the user among them.
const USER: usize = TEXTS.len() - 1;

const HTTP_STATUS: &str = "http_status";
const SOURCE_IP: &str = "source_ip";
const USER_NAME: &str = "user_name";
const NANOS_OF_HOUR: i64 = 3_600_000_000_000;

/// What rows are counted by, beside the shared columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The hour of the event, in UTC.
    Hour,
    User,
    Source,
}

impl By {
    pub(crate) const ALL: [Self; 3] = [Self::Hour, Self::User, Self::Source];

    /// The columns that only these counts have.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Hour => &[],
            Self::User => &[USER_NAME],
            Self::Source => const { &[SOURCE_IP, columns::six(SOURCE_IP)] },
        }
    }

    /// Whether these counts tell rows apart by a column. Time is not among them.
    pub(crate) fn tells(self, name: &str) -> bool {
        let mut shared = TEXTS.iter().take(USER).chain([&HTTP_STATUS]);
        shared.any(|shared| *shared == name) || self.columns().contains(&name)
    }
}
