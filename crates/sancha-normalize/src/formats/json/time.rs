//! When a JSON line says that it happened.

use sancha_model::{Assumed, EventTime, ParseNoteKind, RowWriter};

use crate::{FileContext, Scratch, formats::access, json::Value, scan, stamp};

/// Microsoft 365 writes it in UTC without saying so (its "Management Activity API schema").
const CREATION_TIME: &[u8] = b"CreationTime";

/// Names that hold the time, the likeliest first.
pub(super) const TIMES: [&[u8]; 39] = [
    b"@timestamp",
    b"ts",
    b"timestamp",
    b"time",
    b"EventTime",
    b"TimeCreated",
    b"UtcTime",
    b"eventTime",
    b"time_iso8601",
    // The variable of nginx under its own name.
    b"time_local",
    b"start_time",
    b"started_at",
    b"timeStamp",
    b"datetime",
    b"date",
    b"requestReceivedTimestamp",
    b"t",
    // rsyslog's own names; Aliyun; Microsoft 365 and Entra; Okta; Google; Cloudflare; Traefik; Amazon.
    b"timereported",
    b"timegenerated",
    b"__time__",
    CREATION_TIME,
    b"CreationDate",
    b"createdDateTime",
    b"published",
    b"EdgeStartTimestamp",
    b"EdgeEndTimestamp",
    b"StartUTC",
    b"Datetime",
    b"eventtime",
    b"_time",
    b"local_time",
    b"date_time",
    b"dateTime",
    b"log_time",
    b"logTime",
    b"access_time",
    b"event_time",
    b"asctime",
    b"id",
];

pub(super) fn top_time(
    row: &mut RowWriter<'_>,
    name: Option<&[u8]>,
    value: Value<'_>,
    context: &FileContext,
    scratch: &mut Scratch,
) {
    if name == Some(CREATION_TIME)
        && let Some((stamp::Stamp::Local(civil), _)) = stamp::iso(value.raw())
    {
        return stamp::give(row, scratch.stated(context, civil, 0), value.raw());
    }
    set_time(row, value, context, scratch);
}

/// `/Date(1790000000000)/`, as PowerShell and ASP.NET write a time in JSON.
fn dated(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\\").unwrap_or(raw);
    let inner = raw.strip_prefix(b"/Date(").and_then(|rest| scan::until(rest, b')'));
    inner.map_or(raw, |(digits, _)| digits)
}

/// ISO text, the time of access logs, or a count since 1970 whose size tells its unit.
pub(in crate::formats) fn set_time(
    row: &mut RowWriter<'_>,
    value: Value<'_>,
    context: &FileContext,
    scratch: &mut Scratch,
) {
    let raw = value.raw();
    let since_epoch =
        epoch(dated(raw)).map(|time| (time.plus(context.clock_offset), Assumed::default()));
    let resolved = since_epoch.or_else(|| match stamp::iso_spaced(raw) {
        Some((stamp, _)) => stamp.resolve(context, scratch),
        None => {
            if let Some((civil, offset)) = access::clf_time(raw) {
                scratch.stated(context, civil, offset)
            } else {
                scratch.local(context, access::zoneless_time(raw)?)
            }
        }
    });
    match resolved {
        Some((time, assumed)) => row.time(time, assumed),
        None => row.note(ParseNoteKind::BadTime, raw),
    }
}

/// Seconds with or without a fraction, milliseconds, microseconds or nanoseconds since 1970. Seconds
/// have ten digits from 2001 to 2286.
pub(crate) fn epoch(raw: &[u8]) -> Option<EventTime> {
    let (whole, rest) = scan::digits(raw);
    let value = scan::number(whole)?;
    let unit = match whole.len() {
        9 | 10 => EventTime::SECOND,
        12 | 13 => 1_000_000,
        15 | 16 => 1_000,
        18 | 19 => 1,
        _ => return None,
    };
    let fraction = match rest.strip_prefix(b".") {
        Some(digits) => {
            let nine = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
            let digits = nine.map_while(|digit| char::from(digit).to_digit(10));
            digits.fold(0_i64, |value, digit| value * 10 + i64::from(digit))
        }
        None if rest.is_empty() => 0,
        None => return None,
    };
    let fraction = if unit == EventTime::SECOND { fraction } else { 0 };
    Some(EventTime::from_nanos(value.checked_mul(unit)?.checked_add(fraction)?))
}
