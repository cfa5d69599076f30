use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

use super::access;
use crate::{
    FileContext, Fit, Format, Head, Scratch, client, encoding, scan,
    stamp::{self, Stamp},
};

/// CloudFront's standard logs (Amazon, "Standard log file fields"): fields between tabs, in a fixed order, in UTC.
pub struct CloudFront;

pub(super) static CLOUDFRONT: CloudFront = CloudFront;

impl Format for CloudFront {
    fn name(&self) -> &str {
        "web/cloudfront"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        if !head.lines().any(|line| Entry::read(line).is_some()) {
            return Fit::No;
        }
        head.share(|line| line.starts_with(b"#") || Entry::read(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(entry) = Entry::read(line) else {
            if !line.starts_with(b"#") {
                row.note(ParseNoteKind::NotThisFormat, line);
            }
            return row.text(FieldId::MESSAGE, line);
        };
        row.class(EventClass::Web);
        stamp::set(row, entry.stamp, line, context, scratch);
        client::write(row, context, entry.client, b"");
        row.text(FieldId::HTTP_METHOD, entry.method);
        access::target_of(row, (entry.path, entry.query), scratch);
        for (field, digits) in
            [(FieldId::HTTP_STATUS, entry.status), (FieldId::HTTP_RESPONSE_BYTES, entry.size)]
        {
            if let Some(value) = scan::number(digits) {
                row.int(field, digits, value);
            }
        }
        for (field, text) in [
            (FieldId::URL_DOMAIN, entry.host),
            (FieldId::HTTP_REFERRER, entry.referer),
            (FieldId::USER_AGENT, entry.agent),
        ] {
            escaped(row, field, text, scratch);
        }
    }
}

struct Entry<'a> {
    stamp: Option<Stamp>,
    size: &'a [u8],
    client: &'a [u8],
    method: &'a [u8],
    host: &'a [u8],
    path: &'a [u8],
    status: &'a [u8],
    referer: &'a [u8],
    agent: &'a [u8],
    query: &'a [u8],
}

impl<'a> Entry<'a> {
    /// `date time edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)
    /// cs(User-Agent) cs-uri-query …`.
    fn read(line: &'a [u8]) -> Option<Self> {
        let mut parts = line.split(|byte| *byte == b'\t');
        let [date, time] = [parts.next()?, parts.next()?];
        if date.len() != 10 || time.len() != 8 {
            return None;
        }
        let stamp = stamp::between(date, time);
        let _edge = parts.next()?;
        let mut next = || parts.next();
        let entry = Self {
            stamp,
            size: next()?,
            client: next()?,
            method: next()?,
            host: next()?,
            path: next()?,
            status: next()?,
            referer: next()?,
            agent: next()?,
            query: next()?,
        };
        let fits = scan::address(entry.client).is_some() && entry.path.starts_with(b"/");
        fits.then_some(entry)
    }
}

/// CloudFront writes blanks and what is no plain ASCII as in a URL.
fn escaped(row: &mut RowWriter<'_>, field: FieldId, text: &[u8], scratch: &mut Scratch) {
    if matches!(text, b"-" | b"") {
        return;
    }
    if !text.contains(&b'%') {
        return row.text(field, text);
    }
    let mut shown = std::mem::take(&mut scratch.text);
    shown.clear();
    let mut rest = text;
    while let Some((before, after)) = scan::until(rest, b'%') {
        shown.extend_from_slice(before);
        match after.split_first_chunk::<2>().and_then(|(two, after)| Some((byte(two)?, after))) {
            Some((byte, after)) => {
                shown.push(byte);
                rest = after;
            }
            None => {
                shown.push(b'%');
                rest = after;
            }
        }
    }
    shown.extend_from_slice(rest);
    row.decoded(field, text, &shown);
    scratch.text = shown;
}

fn byte(digits: &[u8; 2]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let [high, low] = *digits;
    u8::try_from(value(high)? * 16 + value(low)?).ok()
}
