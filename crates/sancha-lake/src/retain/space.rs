//! Whether the disk holds what has to be kept, and what to do when it does not.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Period;

/// Days whose volume tells what the next ones bring.
const RECENT: usize = 28;
/// How far ahead is looked: two years, longer than which nobody plans a disk.
const HORIZON: usize = 730;

/// What one day of logs takes on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayOfData {
    pub day: Date,
    pub stored_bytes: u64,
}

/// What a source brings, and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    pub bytes_per_day: u64,
    pub period: Period,
}

impl Volume {
    /// What a whole period takes at that rate, `today` with it.
    pub fn bytes_for_period(&self, today: Date) -> u64 {
        self.bytes_for(self.period, today)
    }

    /// What any other period would take.
    pub fn bytes_for(&self, period: Period, today: Date) -> u64 {
        self.bytes_per_day.saturating_mul(length(period, today))
    }
}

/// What a day of a source brings: the median of its last four weeks with records, so that one flood does not
/// decide it. `days` in any order, those without data left out; today is not over and does not count.
pub fn bytes_per_day(days: &[DayOfData], today: Date) -> u64 {
    let mut past: Vec<DayOfData> = days.iter().filter(|data| data.day < today).copied().collect();
    past.sort_unstable();
    median(&past)
}

/// The first day on which there will be no room; `None` when there is for two years.
///
/// Looks ahead from `today`: each day brings what the recent ones brought, what is there goes on the days of
/// `releases`, and what comes goes when its period is over.
pub fn full_on(
    volumes: &[Volume],
    releases: &BTreeMap<Date, u64>,
    free: u64,
    today: Date,
) -> Option<Date> {
    let mut releases = releases.clone();
    let (mut free, mut day) = (free, today);
    for _ in 0..HORIZON {
        while let Some(due) = releases.first_entry().filter(|due| *due.key() <= day) {
            free = free.saturating_add(due.remove());
        }
        for volume in volumes {
            let Some(left) = free.checked_sub(volume.bytes_per_day) else { return Some(day) };
            free = left;
            *releases.entry(volume.period.free_from(day)).or_default() += volume.bytes_per_day;
        }
        day = day.tomorrow().ok()?;
    }
    None
}

/// Of the recent days, be they few.
fn median(days: &[DayOfData]) -> u64 {
    let recent = days.get(days.len().saturating_sub(RECENT)..).unwrap_or_default();
    let mut bytes: Vec<u64> = recent.iter().map(|data| data.stored_bytes).collect();
    bytes.sort_unstable();
    bytes.get(bytes.len() / 2).copied().unwrap_or(0)
}

/// Days that are there at once under a period: up to today, today with them.
fn length(period: Period, today: Date) -> u64 {
    let days = (today - period.needed_from(today)).get_days();
    u64::try_from(days).unwrap_or(0) + 1
}

/// What a lake does while there is so much room. It never deletes what has to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    Accept,
    /// Accept, but give up what can be made anew: caches, indexes, roll-ups.
    Shed,
    /// Accept nothing more, with an alarm: what was accepted needs the rest to be settled.
    Stop,
}

impl Stance {
    /// `reserve` is what settling the accepted takes. From twice that on it is time to shed.
    pub fn at(free: u64, reserve: u64) -> Self {
        match free {
            _ if free < reserve => Self::Stop,
            _ if free < reserve.saturating_mul(2) => Self::Shed,
            _ => Self::Accept,
        }
    }
}
