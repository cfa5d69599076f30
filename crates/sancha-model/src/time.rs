use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// When something happened: nanoseconds since 1970-01-01T00:00:00Z, in UTC.
///
/// Covers 1677 to 2262. Serialized as RFC 3339 in UTC, so that equal instants are equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventTime(i64);

impl EventTime {
    pub const SECOND: i64 = 1_000_000_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;
    pub const HOUR: i64 = 60 * Self::MINUTE;
    pub const DAY: i64 = 24 * Self::HOUR;
    pub const MIN: Self = Self(i64::MIN);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(Self::SECOND))
    }

    pub const fn nanos(self) -> i64 {
        self.0
    }

    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(Self::SECOND)
    }

    /// Moves by `nanos`, stopping at the ends of the range.
    pub const fn plus(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Nanoseconds from `earlier` to `self`, negative when `self` comes first.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether it may be an instant by itself, and not the end of the range that one outside of it was moved to, give
    /// or take what zones and clocks are apart.
    pub const fn is_within_range(self) -> bool {
        const APART: i64 = 4 * EventTime::DAY;
        self.0 > i64::MIN + APART && self.0 < i64::MAX - APART
    }

    /// The instant as jiff knows it; the ends of the range stand for what jiff cannot hold.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// What lies outside of the range becomes its nearer end.
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        let nanos = timestamp.as_nanosecond();
        let end = if nanos < 0 { i64::MIN } else { i64::MAX };
        Self(i64::try_from(nanos).unwrap_or(end))
    }

    /// The calendar day in `zone`; duties are judged by the law of this day.
    pub fn date_in(self, zone: &TimeZone) -> Date {
        self.timestamp().to_zoned_datetime(zone.clone()).date()
    }

    /// `2026-03-05 03:14:15 +08:00`, for people.
    pub fn display_in(self, zone: &TimeZone) -> String {
        self.timestamp()
            .to_zoned_datetime(zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %:z")
            .to_string()
    }
}

impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for EventTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let nanos = Timestamp::deserialize(deserializer)?.as_nanosecond();
        i64::try_from(nanos).map(Self).map_err(|_| de::Error::custom("not from 1677 to 2262"))
    }
}

/// Turns civil time into UTC, remembering the offset of the last hour asked for.
///
/// Log lines come in runs of the same hour, and asking a time zone for each would cost more than the
/// rest of the line.
#[derive(Clone, Debug)]
pub struct DayCache {
    zone: TimeZone,
    /// The last hour asked for, if any: a civil time of zeros must not look like one.
    hour: Option<(i16, u8, u8, u8)>,
    hour_start: i64,
}

impl DayCache {
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, hour: None, hour_start: 0 }
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The instant of a civil time in this zone; `None` where the calendar has no such time.
    ///
    /// A time that the zone skips or repeats is read as the zone's rules before the change say.
    pub fn instant(&mut self, civil: Civil) -> Option<EventTime> {
        let hour = Some((civil.year, civil.month, civil.day, civil.hour));
        if hour != self.hour {
            let start = jiff::civil::DateTime::new(
                civil.year,
                i8::try_from(civil.month).ok()?,
                i8::try_from(civil.day).ok()?,
                i8::try_from(civil.hour).ok()?,
                0,
                0,
                0,
            )
            .ok()?;
            let zoned = self.zone.to_ambiguous_timestamp(start).compatible().ok()?;
            self.hour_start = EventTime::from_timestamp(zoned).nanos();
            self.hour = hour;
        }
        // A leap second is read as the first of the next minute.
        if civil.minute > 59 || civil.second > 60 {
            return None;
        }
        let inside = i64::from(civil.minute) * EventTime::MINUTE
            + i64::from(civil.second) * EventTime::SECOND
            + i64::from(civil.nanosecond);
        Some(EventTime(self.hour_start.saturating_add(inside)))
    }
}

/// A date and time of day without a zone, as a log line writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub nanosecond: u32,
}

impl Civil {
    /// The instant when the line itself gives the offset from UTC, in seconds.
    pub fn at_offset(self, offset_seconds: i32) -> Option<EventTime> {
        let days = days_from_civil(self.year, self.month, self.day)?;
        if self.hour > 23 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let seconds = days * 86_400
            + i64::from(self.hour) * 3_600
            + i64::from(self.minute) * 60
            + i64::from(self.second)
            - i64::from(offset_seconds);
        Some(EventTime::from_seconds(seconds).plus(i64::from(self.nanosecond)))
    }

    /// The date and time of day in UTC.
    pub fn of_utc(time: EventTime) -> Self {
        let seconds = time.seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let narrow = |value: i64| u8::try_from(value).unwrap_or(0);
        let of_day = seconds.rem_euclid(86_400);
        let nanosecond = u32::try_from(time.nanos().rem_euclid(EventTime::SECOND)).unwrap_or(0);
        let (hour, minute) = (narrow(of_day / 3_600), narrow(of_day / 60 % 60));
        Self { year, month, day, hour, minute, second: narrow(of_day % 60), nanosecond }
    }
}

/// Turns [`days_from_civil`] round.
fn civil_from_days(days: i64) -> (i16, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (
        i16::try_from(year).unwrap_or(i16::MAX),
        u8::try_from(month).unwrap_or(1),
        u8::try_from(day).unwrap_or(1),
    )
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day is its last; the formula is the common
/// one of Howard Hinnant's "chrono-compatible low-level date algorithms".
fn days_from_civil(year: i16, month: u8, day: u8) -> Option<i64> {
    const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let longest = *LENGTHS.get(usize::from(month).checked_sub(1)?)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if day == 0 || day > longest || (month == 2 && day == 29 && !leap) {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(year: i16, month: u8, day: u8, hour: u8) -> Civil {
        Civil { year, month, day, hour, minute: 5, second: 3, nanosecond: 0 }
    }

    #[test]
    fn offset_and_zone_agree_with_jiff() {
        for (year, month, day) in [(1970, 1, 1), (2000, 2, 29), (2015, 5, 17), (2026, 12, 31)] {
            let there = civil(year, month, day, 10).at_offset(8 * 3_600).unwrap();
            let zone = TimeZone::get("Asia/Shanghai").unwrap();
            assert_eq!(DayCache::new(zone).instant(civil(year, month, day, 10)), Some(there));
        }
    }

    #[test]
    fn a_civil_time_in_utc_is_the_same_instant() {
        let day = EventTime::DAY;
        for nanos in (-800 * day..1_000 * day).step_by(usize::try_from(day * 13 / 10).unwrap()) {
            for time in [EventTime::from_nanos(nanos), EventTime::from_nanos(nanos * 50 + 7)] {
                assert_eq!(Civil::of_utc(time).at_offset(0), Some(time));
            }
        }
    }

    #[test]
    fn what_was_serialized_is_read_again() {
        use serde::de::value::{Error, StrDeserializer};
        let read = |text: &str| EventTime::deserialize(StrDeserializer::<Error>::new(text));
        for nanos in [i64::MIN, -1, 0, 1_700_000_000_123_456_789, i64::MAX] {
            let time = EventTime::from_nanos(nanos);
            assert_eq!(read(&time.to_string()), Ok(time));
        }
        assert_eq!(read("1970-01-01T08:00:01+08:00"), Ok(EventTime::from_seconds(1)));
        for text in ["1600-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "yesterday", ""] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_civil_time_of_zeros_is_none_first_and_last() {
        let zero = Civil { minute: 0, second: 0, ..civil(0, 0, 0, 0) };
        let mut cache = DayCache::new(TimeZone::UTC);
        assert_eq!(cache.instant(zero), None);
        assert!(cache.instant(civil(2026, 3, 2, 0)).is_some());
        assert_eq!(cache.instant(zero), None);
    }

    #[test]
    fn an_instant_outside_of_the_range_is_its_nearer_end() {
        let of = |text: &str| EventTime::from_timestamp(text.parse().unwrap());
        assert_eq!(of("0001-01-01T00:00:00Z"), EventTime::MIN);
        assert_eq!(of("2300-01-01T00:00:00Z"), EventTime::MAX);
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for (year, month, day) in [(2025, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1)] {
            assert_eq!(civil(year, month, day, 0).at_offset(0), None, "{year}-{month}-{day}");
        }
    }
}
