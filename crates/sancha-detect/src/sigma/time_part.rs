//! Parts of a time for `|minute`, `|hour`, `|day`, `|week`, `|month` and `|year`, in UTC.

use sancha_model::EventTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimePart {
    Minute,
    Hour,
    /// Of the month.
    Day,
    /// ISO 8601 week of the year.
    Week,
    Month,
    Year,
}

impl TimePart {
    pub(crate) fn of(self, time: EventTime) -> Option<i64> {
        let seconds = time.nanos().div_euclid(EventTime::SECOND);
        Some(self.of_seconds(seconds))
    }

    /// A count since 1970 in seconds, or in milliseconds when it is too large for them.
    pub(crate) fn of_count(self, count: i64) -> Option<i64> {
        Some(self.of_seconds(if count > 1_000_000_000_000 { count / 1000 } else { count }))
    }

    /// A text in ISO 8601, or the same with a blank between date and time.
    pub(crate) fn of_text(self, text: &[u8]) -> Option<i64> {
        let text = std::str::from_utf8(text).ok()?.trim();
        if let Ok(count) = text.parse() {
            return self.of_count(count);
        }
        let (date, time) = text.split_once(['T', ' ', 't'])?;
        let mut parts = date.split('-').map(str::parse::<i64>);
        let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
        if parts.next().is_some() || !is_date {
            return None;
        }
        let end = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
        let (clock, zone) = time.split_at_checked(end)?;
        let mut parts = clock.trim_end().split([':', '.', ',']).map(str::parse::<i64>);
        let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let second = parts.next().unwrap_or(Ok(0)).ok()?;
        let days = days_of(year, month, day);
        Some(self.of_seconds(days * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?))
    }

    fn of_seconds(self, seconds: i64) -> i64 {
        let days = seconds.div_euclid(86_400);
        let second = seconds.rem_euclid(86_400);
        let (year, month, day) = civil(days);
        match self {
            Self::Minute => second / 60 % 60,
            Self::Hour => second / 3_600,
            Self::Day => day,
            Self::Month => month,
            Self::Year => year,
            Self::Week => week(days),
        }
    }
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'-') => (-1, zone.get(1..)?),
        Some(_) => (1, zone.get(1..)?),
    };
    let digits = digits.replace(':', "");
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) =
        if digits.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    Some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar, by eras of 400 years.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    // Years begin in March, so that the leap day is the last one.
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// The ISO week: that of the Thursday of the same week.
fn week(days: i64) -> i64 {
    let weekday = (days + 3).rem_euclid(7);
    let thursday = days - weekday + 3;
    let (year, _, _) = civil(thursday);
    (thursday - days_of(year, 1, 1)) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, minute: i64, hour: i64, day: i64, week: i64, month: i64, year: i64) {
        use TimePart::{Day, Hour, Minute, Month, Week, Year};
        let parts = [Minute, Hour, Day, Week, Month, Year].map(|p| p.of_text(text.as_bytes()));
        assert_eq!(parts, [minute, hour, day, week, month, year].map(Some), "{text}");
    }

    #[test]
    fn parts_are_those_of_utc() {
        check("2026-03-01T23:59:30Z", 59, 23, 1, 9, 3, 2026);
        check("2026-01-01 00:10:00", 10, 0, 1, 1, 1, 2026);
        check("2021-01-03T12:00:00.123+08:00", 0, 4, 3, 53, 1, 2021);
        check("2024-02-29T20:30:00-0800", 30, 4, 1, 9, 3, 2024);
        check("1700000000", 13, 22, 14, 46, 11, 2023);
        check("1700000000000", 13, 22, 14, 46, 11, 2023);
    }

    #[test]
    fn what_is_no_time_has_no_parts() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "T", "1-2-3-4T0:0"] {
            assert_eq!(TimePart::Hour.of_text(text.as_bytes()), None, "{text}");
        }
    }
}
