use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use sancha_model::{EventTime, LocalText};

use crate::exit::UsageError;

/// The zone of times that neither a log nor the user states: all of mainland China keeps one.
pub(crate) const HOME_ZONE: &str = "Asia/Shanghai";

/// Reads `2026-11-02T09:10:00+08:00`, `2026-11-02 09:10`, `2026-11-02 09:10:30` or `2026-11-02`; forms
/// without an offset are in `zone`.
pub(crate) fn parse(option: &str, text: &str, zone: &TimeZone) -> Result<EventTime, UsageError> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(EventTime::from_timestamp(timestamp));
    }
    let civil = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| DateTime::strptime("%Y-%m-%d %H:%M", text).ok())
        .or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    civil
        .and_then(|civil| zone.to_ambiguous_timestamp(civil).compatible().ok())
        .map(EventTime::from_timestamp)
        .ok_or_else(|| unreadable(option, text, "2026-11-02 09:10"))
}

/// Reads `2026-11-02`.
pub(crate) fn parse_date(option: &str, text: &str) -> Result<Date, UsageError> {
    text.parse().map_err(|_| unreadable(option, text, "2026-11-02"))
}

/// A zone by its name, such as `Asia/Shanghai`, or an offset such as `+08:00`.
pub(crate) fn zone(text: &str) -> Result<TimeZone, UsageError> {
    let fixed = || {
        let sample = format!("2026-01-01T00:00:00{text}");
        let civil = jiff::fmt::temporal::Pieces::parse(&sample).ok()?.to_numeric_offset()?;
        Some(TimeZone::fixed(civil))
    };
    TimeZone::get(text).ok().or_else(fixed).ok_or_else(|| unreadable("--timezone", text, HOME_ZONE))
}

fn unreadable(option: &str, text: &str, example: &str) -> UsageError {
    UsageError(LocalText::new(
        format!("{option} 的值“{text}”无法识别；请写成 {example}"),
        format!("cannot read `{text}` as the value of {option}; write it like {example}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_the_zone() {
        let home = zone(HOME_ZONE).unwrap();
        for text in [
            "2026-11-02T01:10:00Z",
            "2026-11-02 09:10",
            "2026-11-02T09:10:00+08:00",
            "2026-11-02 09:10:00",
        ] {
            assert_eq!(
                parse("--at", text, &home).unwrap().to_string(),
                "2026-11-02T01:10:00Z",
                "{text}"
            );
        }
        assert_eq!(parse("--at", "2026-11-02", &home).unwrap().to_string(), "2026-11-01T16:00:00Z");
        assert!(parse("--at", "yesterday", &home).is_err());
        assert!(zone("+08:00").is_ok());
        assert!(zone("Mars/Base").is_err());
    }
}
