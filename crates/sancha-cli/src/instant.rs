use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use sancha_model::{EventTime, LocalText};

use crate::{args::TimeArgs, exit::UsageError};

/// The zone of times that neither a log nor the user states: all of mainland China keeps one.
pub(crate) const HOME_ZONE: &str = "Asia/Shanghai";
const CLOCK: &str = "SANCHA_CLOCK";

/// The system clock, or the instant in `SANCHA_CLOCK`: what happens years later can be tried so.
pub(crate) fn now() -> EventTime {
    drill_clock().ok().flatten().unwrap_or_else(system)
}

#[expect(clippy::disallowed_methods, reason = "the one place where the program reads the clock")]
fn system() -> EventTime {
    EventTime::from_timestamp(Timestamp::now())
}

/// Whether the now of a command was set by hand, by `--at` or `SANCHA_CLOCK`: what proves something says so.
pub(crate) fn is_by_hand(at: Option<&str>) -> bool {
    at.is_some() || drill_clock().is_ok_and(|clock| clock.is_some())
}

/// Refuses to delete on a day that has not come yet, for what is deleted does not come back. It is the system clock that
/// counts: `SANCHA_CLOCK` is for trying things, and this is not to be tried.
pub(crate) fn not_ahead(at: EventTime) -> Result<(), UsageError> {
    if at <= system() {
        return Ok(());
    }
    Err(UsageError(LocalText::new(
        "--at 或 SANCHA_CLOCK 晚于系统时钟：将来才到期的不能现在删除；要预演请加 --dry-run",
        "--at or SANCHA_CLOCK is later than the system clock: what is due in the future is not deleted now; add --dry-run to try",
    )))
}

/// The instant in `SANCHA_CLOCK` (RFC 3339), where it is set. An instant that cannot be read is an error: a drill
/// would go by the real clock unseen.
fn drill_clock() -> Result<Option<EventTime>, UsageError> {
    let Ok(text) = std::env::var(CLOCK) else { return Ok(None) };
    let at = text.parse().map(EventTime::from_timestamp).map(Some);
    at.map_err(|_| unreadable(CLOCK, &text, "2026-11-02T09:10:00+08:00"))
}

/// The instant in `SANCHA_CLOCK` for people: whoever reads what a command wrote has to know that it is not the time.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn drill_clock_text() -> Result<Option<String>, UsageError> {
    let (at, home) = (drill_clock()?, zone(HOME_ZONE)?);
    Ok(at.map(|at| at.display_in(&home).to_string()))
}

/// Reads `2026-11-02T09:10:00+08:00`, `2026-11-02 09:10`, `2026-11-02 09:10:30` or `2026-11-02`; forms
/// without an offset are in `zone`.
pub(crate) fn parse(option: &str, text: &str, zone: &TimeZone) -> Result<EventTime, UsageError> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(EventTime::from_timestamp(timestamp));
    }
    // `2026-11-02T09:10[Europe/Paris]` would be read as if the zone were not there.
    let civil = Some(text)
        .filter(|text| !text.contains('['))
        .and_then(|text| text.parse::<DateTime>().ok())
        .or_else(|| DateTime::strptime("%Y-%m-%d %H:%M", text).ok())
        .or_else(|| Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0)));
    civil
        .and_then(|civil| zone.to_ambiguous_timestamp(civil).compatible().ok())
        .map(EventTime::from_timestamp)
        .ok_or_else(|| unreadable(option, text, "2026-11-02 09:10"))
}

/// The period of `--from` and `--to`, which begins before it ends.
pub(crate) fn period(
    time: &TimeArgs,
    zone: &TimeZone,
) -> Result<(Option<EventTime>, Option<EventTime>), UsageError> {
    let instant = |option, text: &Option<String>| {
        text.as_deref().map(|text| parse(option, text, zone)).transpose()
    };
    let (from, until) = (instant("--from", &time.from)?, instant("--to", &time.to)?);
    if let (Some(first), Some(end)) = (from, until)
        && first >= end
    {
        let (from, to) = (time.from.as_deref(), time.to.as_deref());
        let fill = |text: &str| {
            text.replace("{from}", from.unwrap_or("")).replace("{to}", to.unwrap_or(""))
        };
        return Err(UsageError(LocalText::new(
            fill(
                "--from {from} 不早于 --to {to}，这段时间是空的；--to 本身不含在内：查一整天，--to 请写次日",
            ),
            fill(
                "--from {from} is not before --to {to}, so no time is left; --to itself is not included: for a whole day give the day after",
            ),
        )));
    }
    Ok((from, until))
}

/// Reads `2026-11-02`.
pub(crate) fn parse_date(option: &str, text: &str) -> Result<Date, UsageError> {
    text.parse().map_err(|_| unreadable(option, text, "2026-11-02"))
}

/// A zone by its name, such as `Asia/Shanghai`, or an offset such as `+08:00`.
pub(crate) fn zone(text: &str) -> Result<TimeZone, UsageError> {
    let fixed = || {
        let sample = format!("2026-01-01T00:00:00{text}");
        let offset = jiff::fmt::temporal::Pieces::parse(&sample).ok()?.to_numeric_offset()?;
        (offset.seconds().abs() <= FARTHEST).then(|| TimeZone::fixed(offset))
    };
    TimeZone::get(text).ok().or_else(fixed).ok_or_else(|| unreadable("--timezone", text, HOME_ZONE))
}

/// No place on earth is farther from UTC, in seconds.
const FARTHEST: i32 = 14 * 3_600;

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
    fn a_zone_is_one_of_the_earth() {
        assert!(
            ["+08:00", "-12:00", "+14:00", "Asia/Shanghai"].iter().all(|text| zone(text).is_ok())
        );
        assert!(["+14:30", "+25:00", "Mars/Olympus"].iter().all(|text| zone(text).is_err()));
    }

    #[test]
    fn a_period_begins_before_it_ends() {
        let home = zone(HOME_ZONE).unwrap();
        let of = |from: &str, to: &str| {
            let time = TimeArgs { from: Some(from.to_owned()), to: Some(to.to_owned()) };
            period(&time, &home)
        };
        assert!(of("2026-11-02", "2026-11-03").is_ok());
        assert!(of("2026-11-02", "2026-11-02 00:01").is_ok());
        for (from, to) in [("2026-11-02", "2026-11-01"), ("2026-11-02", "2026-11-02")] {
            let error = of(from, to).unwrap_err();
            assert!(error.0.zh.contains(from) && error.0.en.contains("the day after"));
        }
        assert!(period(&TimeArgs { from: None, to: None }, &home).is_ok());
    }

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
