use sancha_model::{Assumed, Civil, EventTime, ParseNoteKind, RowWriter};

use crate::{FileContext, Scratch, scan};

/// A time as a line writes it, before what it lacks is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// With its offset from UTC, in seconds.
    Stated(Civil, i32),
    /// Without a zone.
    Local(Civil),
    /// Without year and zone; `year` of the civil time means nothing.
    Yearless(Civil),
}

impl Stamp {
    pub(crate) fn resolve(
        self,
        context: &FileContext,
        scratch: &mut Scratch,
    ) -> Option<(EventTime, Assumed)> {
        match self {
            Self::Stated(civil, offset) => scratch.stated(context, civil, offset),
            Self::Local(civil) => scratch.local(context, civil),
            Self::Yearless(civil) => scratch.yearless(context, civil),
        }
    }
}

/// Gives the row its time, or a note about `text` when there is no such time.
pub(crate) fn set(
    row: &mut RowWriter<'_>,
    stamp: Option<Stamp>,
    text: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) {
    give(row, stamp.and_then(|stamp| stamp.resolve(context, scratch)), text);
}

/// The same of a time to which nothing is lacking.
pub(crate) fn give(row: &mut RowWriter<'_>, told: Option<(EventTime, Assumed)>, text: &[u8]) {
    match told {
        Some((time, assumed)) => row.time(time, assumed),
        None => row.note(ParseNoteKind::BadTime, text),
    }
}

/// `2026-03-05T03:14:15.123456+08:00` and its kin (ISO 8601, RFC 3339): `T` or a blank between date and
/// time, a dot or comma before the fraction, `Z`, `+08:00`, `+0800`, `+08`, or no zone at all.
/// Returns what follows as well.
pub(crate) fn iso(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (date, rest) = date_and_time(bytes, b'-')?;
    let (nanosecond, rest) = fraction(rest);
    let civil = Civil { nanosecond, ..date };
    match offset(rest) {
        Some((seconds, rest)) => Some((Stamp::Stated(civil, seconds), rest)),
        None => Some((Stamp::Local(civil), rest)),
    }
}

/// The same, where the zone may stand behind a blank: `2026-11-28 05:56:22.726 UTC`, `2026-11-28 05:56:22 +0800`.
pub(crate) fn iso_spaced(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    match iso(bytes)? {
        (Stamp::Local(civil), rest) => Some(zoned(civil, rest)),
        stated => Some(stated),
    }
}

/// A civil time with the zone that may stand behind it.
fn zoned(civil: Civil, rest: &[u8]) -> (Stamp, &[u8]) {
    match apart(rest) {
        Some((seconds, rest)) => (Stamp::Stated(civil, seconds), rest),
        None => (Stamp::Local(civil), rest),
    }
}

/// A zone behind a blank. A hyphen and two digits may be a remark, so it takes all four.
fn apart(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let zone = bytes.strip_prefix(b" ")?;
    let named = [&b"UTC"[..], b"GMT"].iter().find_map(|name| zone.strip_prefix(*name));
    let (seconds, rest) = match named {
        Some(rest) => (0, rest),
        None => offset(zone).filter(|(seconds, rest)| {
            zone.len() - rest.len() >= b"+0800".len() && is_zone(*seconds)
        })?,
    };
    let ends = rest.first().is_none_or(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'+' | b'-'));
    ends.then_some((seconds, rest))
}

/// Zones are at most fourteen hours away, in quarters of an hour.
fn is_zone(seconds: i32) -> bool {
    seconds.abs() <= 14 * 3_600 && seconds % 900 == 0
}

/// `2026-06-17` and `03:14:15`, two fields of a line, in UTC.
pub(crate) fn between(date: &[u8], time: &[u8]) -> Option<Stamp> {
    let mut text = [b' '; 19];
    text.get_mut(..10)?.copy_from_slice(date.get(..10)?);
    text.get_mut(11..)?.copy_from_slice(time.get(..8)?);
    date_and_time(&text, b'-').map(|(civil, _)| Stamp::Stated(civil, 0))
}

/// `2026/10/22 03:14:15`, as nginx writes it in its error log.
pub(crate) fn slashed(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (civil, rest) = date_and_time(bytes, b'/')?;
    Some((Stamp::Local(civil), rest))
}

/// `2026.10.22 03:14:15`, as stunnel writes it.
pub(crate) fn dotted(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (civil, rest) = date_and_time(bytes, b'.')?;
    Some((Stamp::Local(civil), rest))
}

/// `22-Oct-2026 03:14:15.372`, as BIND writes it, with slashes, as Django does, with blanks, as Redis does, and with a zone
/// behind it, as PHP does.
pub(crate) fn day_named(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<12>()?;
    let [d1, d2, b'-' | b'/' | b' ', m1, m2, m3, b'-' | b'/' | b' ', y1, y2, y3, y4, b' '] = head
    else {
        return None;
    };
    let year =
        i16::from(scan::two_digits(&[*y1, *y2])?) * 100 + i16::from(scan::two_digits(&[*y3, *y4])?);
    let (month, day) = (scan::month(&[*m1, *m2, *m3])?, scan::two_digits(&[*d1, *d2])?);
    clocked(rest, year, month, day).map(|(civil, rest)| zoned(civil, rest))
}

/// `Oct-22-26 03:14:15`, with two digits of the year.
pub(crate) fn named_dashed(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<10>()?;
    let [m1, m2, m3, b'-', d1, d2, b'-', y1, y2, b' '] = head else { return None };
    let year = 2_000 + i16::from(scan::two_digits(&[*y1, *y2])?);
    let (month, day) = (scan::month(&[*m1, *m2, *m3])?, scan::two_digits(&[*d1, *d2])?);
    clocked(rest, year, month, day).map(|(civil, rest)| (Stamp::Local(civil), rest))
}

/// `10-22 03:14:15.026`: month and day without a year.
pub(crate) fn month_day(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<6>()?;
    let [m1, m2, b'-', d1, d2, b' '] = head else { return None };
    let (month, day) = (scan::two_digits(&[*m1, *m2])?, scan::two_digits(&[*d1, *d2])?);
    clocked(rest, 0, month, day).map(|(civil, rest)| (Stamp::Yearless(civil), rest))
}

/// `20261022-03:14:15.372`, without marks in the date, as xrdp writes it.
pub(crate) fn compact(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<9>()?;
    let [y1, y2, y3, y4, m1, m2, d1, d2, b'-' | b'T' | b' '] = head else { return None };
    let year =
        i16::from(scan::two_digits(&[*y1, *y2])?) * 100 + i16::from(scan::two_digits(&[*y3, *y4])?);
    let (month, day) = (scan::two_digits(&[*m1, *m2])?, scan::two_digits(&[*d1, *d2])?);
    clocked(rest, year, month, day).map(|(civil, rest)| (Stamp::Local(civil), rest))
}

/// `2026-06-17 time=03:14:15`, as firewalls write it behind `date=`; either may stand in quotes.
pub(crate) fn keyed(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = head else { return None };
    let year =
        i16::from(scan::two_digits(&[*y1, *y2])?) * 100 + i16::from(scan::two_digits(&[*y3, *y4])?);
    let (month, day) = (scan::two_digits(&[*m1, *m2])?, scan::two_digits(&[*d1, *d2])?);
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest).strip_prefix(b" time=")?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let (civil, rest) = clocked(rest, year, month, day)?;
    Some((keyed_zone(civil, rest), rest))
}

/// Where such a line states its zone: `tz="+0800"`, `timezone="UTC"`; abbreviations mean several.
fn keyed_zone(civil: Civil, rest: &[u8]) -> Stamp {
    let stated = [&b" tz="[..], b" timezone="].iter().find_map(|name| {
        let (_, value) = scan::split_once(rest, name)?;
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let is_universal = value.starts_with(b"UTC") || value.starts_with(b"GMT");
        offset(value).map(|(seconds, _)| seconds).or(is_universal.then_some(0))
    });
    stated.map_or(Stamp::Local(civil), |seconds| Stamp::Stated(civil, seconds))
}

fn clocked(bytes: &[u8], year: i16, month: u8, day: u8) -> Option<(Civil, &[u8])> {
    let (clock, rest) = bytes.split_first_chunk::<8>()?;
    let (hour, minute, second) = clock_time(clock)?;
    let (nanosecond, rest) = fraction(rest);
    Some((Civil { year, month, day, hour, minute, second, nanosecond }, rest))
}

fn date_and_time(bytes: &[u8], between: u8) -> Option<(Civil, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, s1, m1, m2, s2, d1, d2, t, clock @ ..] = head;
    if *s1 != between || *s2 != between || !matches!(t, b'T' | b' ' | b't') {
        return None;
    }
    let year =
        i16::from(scan::two_digits(&[*y1, *y2])?) * 100 + i16::from(scan::two_digits(&[*y3, *y4])?);
    let month = scan::two_digits(&[*m1, *m2])?;
    let day = scan::two_digits(&[*d1, *d2])?;
    let (hour, minute, second) = clock_time(clock)?;
    Some((Civil { year, month, day, hour, minute, second, nanosecond: 0 }, rest))
}

fn clock_time(bytes: &[u8; 8]) -> Option<(u8, u8, u8)> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = bytes else { return None };
    let hour = scan::two_digits(&[*h1, *h2])?;
    Some((hour, scan::two_digits(&[*m1, *m2])?, scan::two_digits(&[*s1, *s2])?))
}

/// `.123456` as nanoseconds; digits after the ninth are dropped.
fn fraction(bytes: &[u8]) -> (u32, &[u8]) {
    let Some(rest) = bytes.strip_prefix(b".").or_else(|| bytes.strip_prefix(b",")) else {
        return (0, bytes);
    };
    let (digits, rest) = scan::digits(rest);
    if digits.is_empty() {
        return (0, bytes);
    }
    let nine = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    (nine.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')), rest)
}

/// `Z`, `+08:00`, `+0800`, `+08` in seconds.
pub(crate) fn offset(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z', rest @ ..] => return Some((0, rest)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = rest.split_first_chunk::<2>()?;
    let hours = scan::two_digits(hours).filter(|_| hours[0] != b' ')?;
    let after_colon = rest.strip_prefix(b":").unwrap_or(rest);
    let (minutes, rest) = match after_colon.split_first_chunk::<2>() {
        Some((minutes, after)) => match scan::two_digits(minutes) {
            Some(value) if minutes[0] != b' ' => (value, after),
            _ => (0, rest),
        },
        None => (0, rest),
    };
    Some((sign * (i32::from(hours) * 3_600 + i32::from(minutes) * 60), rest))
}

/// `Oct 22 03:14:15`, the time of RFC 3164, section 4.1.2; also with one blank before a one-digit day,
/// with a year after the day, and with a fraction, which H3C writes behind a colon.
pub(crate) fn bsd(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<3>()?;
    let month = scan::month(name)?;
    let rest = rest.strip_prefix(b" ")?;
    let (digits, rest) = scan::digits(rest.strip_prefix(b" ").unwrap_or(rest));
    let day = u8::try_from(scan::number(digits)?).ok()?;
    let rest = rest.strip_prefix(b" ")?;
    let (year, rest) = match scan::digits(rest) {
        (year, after) if year.len() == 4 => {
            (i16::try_from(scan::number(year)?).ok(), after.strip_prefix(b" ")?)
        }
        _ => (None, rest),
    };
    let (clock, rest) = rest.split_first_chunk::<8>()?;
    let (hour, minute, second) = clock_time(clock)?;
    let (nanosecond, rest) = match rest {
        [b':', a, b, c, b' ', ..] if [a, b, c].iter().all(|d| d.is_ascii_digit()) => {
            let (thousandths, rest) = scan::digits(rest.get(1..)?);
            (u32::try_from(scan::number(thousandths)?).ok()? * 1_000_000, rest)
        }
        _ => fraction(rest),
    };
    // Switches of some makers write the year behind the clock.
    let (year, rest) = match rest {
        [b' ', b'2', a, b, c, b' ', ..]
            if year.is_none() && [a, b, c].iter().all(|d| d.is_ascii_digit()) =>
        {
            (
                scan::number(rest.get(1..5)?).and_then(|year| i16::try_from(year).ok()),
                rest.get(5..)?,
            )
        }
        _ => (year, rest),
    };
    let civil = Civil { year: year.unwrap_or(0), month, day, hour, minute, second, nanosecond };
    Some((if year.is_some() { Stamp::Local(civil) } else { Stamp::Yearless(civil) }, rest))
}

/// `11月 10 03:14:15` and ` 1月 05 03:14:15`, as `journalctl` writes a time where the system speaks Chinese, in UTF-8 or
/// GB18030; also without the blank, and with `日` behind the day.
pub(crate) fn chinese(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (digits, rest) = scan::digits(bytes.strip_prefix(b" ").unwrap_or(bytes));
    let month = u8::try_from(scan::number(digits)?).ok()?;
    let rest = without_sign(rest, "月".as_bytes(), b"\xD4\xC2")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let (digits, rest) = scan::digits(rest.strip_prefix(b" ").unwrap_or(rest));
    let day = u8::try_from(scan::number(digits)?).ok()?;
    let rest = without_sign(rest, "日".as_bytes(), b"\xC8\xD5").unwrap_or(rest);
    clocked(rest.strip_prefix(b" ")?, 0, month, day)
        .map(|(civil, rest)| (Stamp::Yearless(civil), rest))
}

/// What follows a sign in either encoding.
fn without_sign<'b>(bytes: &'b [u8], utf8: &[u8], gb18030: &[u8]) -> Option<&'b [u8]> {
    bytes.strip_prefix(utf8).or_else(|| bytes.strip_prefix(gb18030))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(read: Option<(Stamp, &[u8])>, want: &str) {
        let got = match read {
            None => "none".to_owned(),
            Some((stamp, rest)) => {
                let (kind, civil, offset) = match stamp {
                    Stamp::Stated(civil, offset) => ("stated", civil, offset),
                    Stamp::Local(civil) => ("local", civil, 0),
                    Stamp::Yearless(civil) => ("yearless", civil, 0),
                };
                let Civil { year, month, day, hour, minute, second, nanosecond } = civil;
                format!(
                    "{kind} {year}-{month}-{day} {hour}:{minute}:{second}.{nanosecond} {offset} [{}]",
                    String::from_utf8_lossy(rest)
                )
            }
        };
        assert_eq!(got, want);
    }

    #[test]
    fn iso_times() {
        for (text, want) in [
            (
                "2026-06-17T03:14:15.123456+08:00 host",
                "stated 2026-6-17 3:14:15.123456000 28800 [ host]",
            ),
            ("2026-06-17T03:14:15Z", "stated 2026-6-17 3:14:15.0 0 []"),
            ("2026-06-17 03:14:15,5 x", "local 2026-6-17 3:14:15.500000000 0 [ x]"),
            ("2026-06-17 03:14:15-0930", "stated 2026-6-17 3:14:15.0 -34200 []"),
            ("2026-06-17 03:14:15+08 x", "stated 2026-6-17 3:14:15.0 28800 [ x]"),
            ("2026-06-17 03:14:15. x", "local 2026-6-17 3:14:15.0 0 [. x]"),
            ("2026-06-17 03:14:15.1234567891Z", "stated 2026-6-17 3:14:15.123456789 0 []"),
            ("2026/10/22 03:14:15", "none"),
            ("2026-06-17", "none"),
            ("2026-1a-22 03:14:15", "none"),
        ] {
            check(iso(text.as_bytes()), want);
        }
    }

    #[test]
    fn bsd_times() {
        for (text, want) in [
            ("Oct 22 03:14:15 host", "yearless 0-10-22 3:14:15.0 0 [ host]"),
            ("Mar  5 21:44:43 srv", "yearless 0-3-5 21:44:43.0 0 [ srv]"),
            ("Dec 1 20:36:56 mail", "yearless 0-12-1 20:36:56.0 0 [ mail]"),
            ("Oct 27 2015 09:24:46 h", "local 2015-10-27 9:24:46.0 0 [ h]"),
            ("Oct 27 09:24:46 2015 h", "local 2015-10-27 9:24:46.0 0 [ h]"),
            ("Oct 27 09:24:46 2015", "yearless 0-10-27 9:24:46.0 0 [ 2015]"),
            ("Oct 27 09:24:46.25 h", "yearless 0-10-27 9:24:46.250000000 0 [ h]"),
            ("Oct 27 09:24:46:123 2015 h", "local 2015-10-27 9:24:46.123000000 0 [ h]"),
            ("Oct 27 09:24:46:1234 2015 h", "yearless 0-10-27 9:24:46.0 0 [:1234 2015 h]"),
            ("Oct 27", "none"),
            ("Foo 27 09:24:46", "none"),
            ("Oct 999 09:24:46", "none"),
        ] {
            check(bsd(text.as_bytes()), want);
        }
    }

    #[test]
    fn chinese_times() {
        for (text, want) in [
            ("11月 10 03:14:15 host", "yearless 0-11-10 3:14:15.0 0 [ host]"),
            (" 1月 05 03:14:15 host", "yearless 0-1-5 3:14:15.0 0 [ host]"),
            ("1月  5 03:14:15.25 host", "yearless 0-1-5 3:14:15.250000000 0 [ host]"),
            ("11月10日 03:14:15 host", "yearless 0-11-10 3:14:15.0 0 [ host]"),
            ("11月10 03:14:15 host", "yearless 0-11-10 3:14:15.0 0 [ host]"),
            ("11 10 03:14:15 host", "none"),
            ("月 10 03:14:15 host", "none"),
            ("999月 10 03:14:15 host", "none"),
            ("11月 10 今天", "none"),
        ] {
            check(chinese(text.as_bytes()), want);
        }
        check(chinese(b"11\xD4\xC2 10\xC8\xD5 03:14:15 h"), "yearless 0-11-10 3:14:15.0 0 [ h]");
    }

    #[test]
    fn times_of_firewalls_and_desktops() {
        for (text, want) in [
            (
                "2026-06-17 time=03:14:15 devname=\"FG\" tz=\"-0500\" x",
                "stated 2026-6-17 3:14:15.0 -18000 [ devname=\"FG\" tz=\"-0500\" x]",
            ),
            (
                "2026-06-17 time=03:14:15 timezone=\"UTC\"",
                "stated 2026-6-17 3:14:15.0 0 [ timezone=\"UTC\"]",
            ),
            (
                "2026-06-17 time=03:14:15 timezone=\"IST\"",
                "local 2026-6-17 3:14:15.0 0 [ timezone=\"IST\"]",
            ),
            ("2026-06-17\" time=\"03:14:15\"", "local 2026-6-17 3:14:15.0 0 [\"]"),
            ("2026-06-17 03:14:15", "none"),
        ] {
            check(keyed(text.as_bytes()), want);
        }
        check(
            compact(b"20260617-03:14:15] [INFO ] x"),
            "local 2026-6-17 3:14:15.0 0 [] [INFO ] x]",
        );
        check(compact(b"2026-06-17-03:14:15"), "none");
    }
}
