//! Whether the disk holds what has to be kept, and what to do when it does not.

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

/// How the disk will fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The median of the last four weeks: one flood does not decide it.
    pub bytes_per_day: u64,
    /// What the whole period takes at that rate.
    pub bytes_for_period: u64,
    /// The first day on which there will be no room; `None` when there is for two years.
    pub full_on: Option<Date>,
}

/// Looks ahead from `today`: each day brings as much as the recent ones, and what is older than `period` goes.
/// `days` in any order, those without data left out; today is not over and does not count.
pub fn forecast(days: &[DayOfData], free: u64, period: Period, today: Date) -> Forecast {
    let mut kept: Vec<DayOfData> = days.iter().filter(|data| data.day < today).copied().collect();
    kept.sort_unstable();
    let bytes_per_day = median(&kept);
    let mut forecast = Forecast {
        bytes_per_day,
        bytes_for_period: bytes_per_day.saturating_mul(length(period, today)),
        full_on: None,
    };
    let (mut free, mut day, mut gone) = (free, today, 0);
    for _ in 0..HORIZON {
        let needed_from = period.needed_from(day);
        while let Some(old) = kept.get(gone).filter(|data| data.day < needed_from) {
            free = free.saturating_add(old.stored_bytes);
            gone += 1;
        }
        let Some(left) = free.checked_sub(bytes_per_day) else {
            forecast.full_on = Some(day);
            return forecast;
        };
        free = left;
        kept.push(DayOfData { day, stored_bytes: bytes_per_day });
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    forecast
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
