use sancha_model::{Assumed, EventTime, FieldId, RowWriter};

use super::{access, json};
use crate::{
    FileContext, Fit, Format, Head, Scratch,
    daemon::{self, Speaker},
    encoding, loose_request, program, scan,
    stamp::{self, Stamp},
};

/// A program's own log: lines with a time near their beginning, in any of the usual forms. What stands
/// around the time is free; the message is what follows it.
pub struct Stamped;

pub(super) static STAMPED: Stamped = Stamped;

impl Format for Stamped {
    fn name(&self) -> &str {
        "text/stamped"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        // Formats that know more of a line go first even where they know only two of three lines.
        match head.share(|line| !line.starts_with(b"{") && opening(line).is_some()) {
            Fit::Share(share) => Fit::Share(share - share / 3),
            other => other,
        }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let message = match opening(line) {
            Some(Opening { time, rest }) => {
                set(row, time, line, context, scratch);
                rest
            }
            // Loggers that are set to JSON later write both into one file.
            None if line.starts_with(b"{") => {
                if json::embedded(row, line, context, scratch).is_none() {
                    row.text(FieldId::MESSAGE, line);
                }
                return;
            }
            None => line,
        };
        if let Some(name) = device(message) {
            row.text(FieldId::HOST_NAME, name);
        }
        let is_request = access::inner(row, message, context, scratch)
            || access::brief(row, message, context).is_some();
        if !is_request {
            message_of(row, message, line, scratch);
            if !row.has(FieldId::EVENT_ACTION) {
                let _ = loose_request::read(row, line, context, scratch);
            }
        }
    }
}

/// `devname="FG100F-HQ" devid=…` right behind the time, as FortiGate writes it.
fn device(message: &[u8]) -> Option<&[u8]> {
    let rest = message.strip_prefix(b"devname=")?;
    let (name, rest) = match rest.strip_prefix(b"\"") {
        Some(quoted) => scan::until(quoted, b'"')?,
        None => scan::until(rest, b' ')?,
    };
    (!name.is_empty() && rest.trim_ascii_start().starts_with(b"devid=")).then_some(name)
}

/// Gives a record the first time that begins within so many bytes of its line, if there is one.
pub(crate) fn time_within(
    row: &mut RowWriter<'_>,
    line: &[u8],
    latest: usize,
    context: &FileContext,
    scratch: &mut Scratch,
) {
    if let Some(Opening { time, .. }) = opening_within(line, latest) {
        set(row, time, line, context, scratch);
    }
}

fn set(
    row: &mut RowWriter<'_>,
    time: Time,
    line: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) {
    match time {
        Time::Civil(stamp) => stamp::set(row, Some(stamp), line, context, scratch),
        Time::Instant(time) => row.time(time.plus(context.clock_offset), Assumed::default()),
    }
}

/// `program: message` and `program[pid]: message` where a program wrote through another's log; the whole
/// line for the daemons' sentences, for their marks may stand before the time.
fn message_of(row: &mut RowWriter<'_>, message: &[u8], line: &[u8], scratch: &mut Scratch) {
    row.text(FieldId::MESSAGE, message);
    if message.starts_with(b"pam_") || memchr::memmem::find(message, b": pam_").is_some() {
        let at = memchr::memmem::find(message, b"pam_").unwrap_or(0);
        if program::pam_message(row, message.get(at..).unwrap_or(message)).is_some() {
            return;
        }
    }
    let _ = daemon::read_beside(row, Speaker::default(), line, &mut scratch.peers);
}

enum Time {
    Civil(Stamp),
    Instant(EventTime),
}

struct Opening<'a> {
    time: Time,
    rest: &'a [u8],
}

/// A time begins no later than here; level, logger and process may stand before it.
const LATEST: usize = 64;

fn opening(line: &[u8]) -> Option<Opening<'_>> {
    opening_within(line, LATEST)
}

fn opening_within(line: &[u8], latest: usize) -> Option<Opening<'_>> {
    let mut before = b' ';
    for (at, byte) in line.iter().enumerate().take(latest) {
        let begins = byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'@';
        if begins && !before.is_ascii_alphanumeric() && !matches!(before, b'.' | b':') {
            let rest = line.get(at..)?;
            let read = if at == 0 {
                counted(rest).or_else(|| time(rest, before))
            } else {
                time(rest, before)
            };
            if let Some((time, rest)) = read {
                return Some(Opening { time, rest: trimmed(rest) });
            }
        }
        before = *byte;
    }
    None
}

fn time(text: &[u8], before: u8) -> Option<(Time, &[u8])> {
    let civil = |(stamp, rest)| (Time::Civil(stamp), rest);
    match text.first()? {
        b'@' => tai64n(text).map(|(time, rest)| (Time::Instant(time), rest)),
        b'A'..=b'Z' => {
            stamp::bsd(text).map(with_year).or_else(|| stamp::named_dashed(text)).map(civil)
        }
        _ => stamp::iso_spaced(text)
            .or_else(|| stamp::slashed(text))
            .or_else(|| stamp::dotted(text))
            .or_else(|| stamp::day_named(text))
            .or_else(|| stamp::month_day(text))
            .or_else(|| stamp::keyed(text))
            .or_else(|| stamp::compact(text))
            .map(civil)
            .or_else(|| epoch(text, before).map(|(time, rest)| (Time::Instant(time), rest))),
    }
}

/// `Fri Oct 22 03:14:15 2026`, as C's `asctime` writes it.
fn with_year((stamp, rest): (Stamp, &[u8])) -> (Stamp, &[u8]) {
    let Stamp::Yearless(civil) = stamp else { return (stamp, rest) };
    let Some((digits @ [b'1' | b'2', _, _, _], after)) = rest.strip_prefix(b" ").map(scan::digits)
    else {
        return (stamp, rest);
    };
    match scan::number(digits).and_then(|year| i16::try_from(year).ok()) {
        Some(year) => (Stamp::Local(sancha_model::Civil { year, ..civil }), after),
        None => (stamp, rest),
    }
}

/// Seconds since 1970 in brackets, with or without a fraction.
fn epoch(text: &[u8], before: u8) -> Option<(EventTime, &[u8])> {
    let (seconds, rest) = scan::digits(text);
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => scan::digits(rest).1,
        None => rest,
    };
    let closed = before == b'[' && rest.starts_with(b"]");
    let seconds = scan::number(seconds).filter(|_| seconds.len() == 10 && closed)?;
    Some((EventTime::from_seconds(seconds), rest))
}

/// Seconds since 1970 that a line begins with: with a fraction and a blank, as Squid writes them, or with a
/// colon, as mosquitto does.
fn counted(text: &[u8]) -> Option<(Time, &[u8])> {
    let (seconds, rest) = scan::digits(text);
    if seconds.len() != 10 {
        return None;
    }
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => scan::digits(rest),
        None => (&b""[..], rest),
    };
    let ends = if fraction.is_empty() { b": ".as_slice() } else { b" " };
    let rest = rest.strip_prefix(ends)?;
    let counted = text.get(..text.len() - rest.len() - ends.len())?;
    json::epoch(counted).map(|time| (Time::Instant(time), rest))
}

/// `@400000004c91b044077a9e94`: TAI64N, as multilog writes it; ten leap seconds and those since then are
/// less than a log's clock is off.
fn tai64n(text: &[u8]) -> Option<(EventTime, &[u8])> {
    let digits = text.get(1..25)?;
    let text_digits = std::str::from_utf8(digits.get(..16)?).ok()?;
    let label = u64::from_str_radix(text_digits, 16).ok()?.checked_sub(1 << 62)?;
    let seconds = i64::try_from(label).ok()?.checked_sub(10)?;
    (seconds < 1 << 33).then_some((EventTime::from_seconds(seconds), text.get(25..)?))
}

fn trimmed(rest: &[u8]) -> &[u8] {
    let is_mark =
        |byte: &u8| matches!(byte, b' ' | b'\t' | b']' | b':' | b'|' | b'"' | b'-' | b',' | b')');
    let start = rest.iter().position(|byte| !is_mark(byte)).unwrap_or(rest.len());
    rest.get(start..).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_all_their_places() {
        for (line, rest) in [
            ("[2026-03-22 03:14:15] NOTICE[1] x", "NOTICE[1] x"),
            ("time=\"2026-03-22T03:14:15+08:00\" level=error", "level=error"),
            ("W, [2026-03-22T03:14:15.245 #1]  WARN", "#1]  WARN"),
            ("<W>2026-03-22 03:14:15.8 1 => x", "1 => x"),
            ("ERROR    2026-03-22T03:14:15 - no", "no"),
            ("22-Oct-2026 03:14:15.372 error: x", "error: x"),
            ("[22-Oct-2026 03:14:15 +0000]: <s0> x", "<s0> x"),
            ("[22-Oct-2026 03:14:15 UTC] PHP Warning: x", "PHP Warning: x"),
            ("Oct-22-26 03:14:15 [Worker] x", "[Worker] x"),
            ("2026.10.22 03:14:15 LOG3[1]: x", "LOG3[1]: x"),
            ("08-03 07:56:53.02 [WARN] x", "[WARN] x"),
            ("2026-03-22  3:14:15 8 [Warning] x", "8 [Warning] x"),
            ("WARN: [Jul  2 05:05:24.643] x", "x"),
            ("[1790000000] nsd[1]: x", "nsd[1]: x"),
            ("1790000000.123    456 192.0.2.1 TCP_DENIED/407", "456 192.0.2.1 TCP_DENIED/407"),
            ("1790000000: New connection", "New connection"),
            ("[20261022-03:14:15] [INFO ] x", "[INFO ] x"),
            ("<189>date=2026-06-17 time=03:14:15 devname=x", "devname=x"),
            (
                "device=\"SFW\" date=2026-06-17 time=03:14:15 timezone=\"UTC\" x",
                "timezone=\"UTC\" x",
            ),
            ("@400000006a1b2c3d077a9e94 imap: x", "imap: x"),
            ("2026-03-22 03:14:15.311 -05:00 [WRN] x", "[WRN] x"),
            ("Fri Oct 22 03:14:15 2026 10.0.0.1:1 x", "10.0.0.1:1 x"),
        ] {
            let opening = opening(line.as_bytes()).map(|opening| opening.rest);
            assert_eq!(opening, Some(rest.as_bytes()), "{line}");
        }
        for line in [
            "no time",
            "1790000000 plain",
            "17900000001: x",
            "1790000000.5x",
            "version 1.2.3 12:30",
            "[12345] x",
            "203.0.113.9 - x",
        ] {
            assert!(opening(line.as_bytes()).is_none(), "{line}");
        }
    }
}
