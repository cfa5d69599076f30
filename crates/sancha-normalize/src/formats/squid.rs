use sancha_model::{Assumed, EventClass, FieldId, ParseNoteKind, RowWriter};

use super::{access, json};
use crate::{FileContext, Fit, Format, Head, Scratch, client, daemon, encoding, scan};

/// Squid's own access log ("Features/LogFormat" of its wiki): seconds since 1970, milliseconds taken, client, result and
/// status, bytes, method, URL, user, where it came from, type.
pub struct Squid;

pub(super) static SQUID: Squid = Squid;

impl Format for Squid {
    fn name(&self) -> &str {
        "web/squid"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| Entry::read(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, _: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(entry) = Entry::read(line) else {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            return;
        };
        match json::epoch(entry.time) {
            Some(time) => row.time(time.plus(context.clock_offset), Assumed::default()),
            None => row.note(ParseNoteKind::BadTime, entry.time),
        }
        client::write(row, context, entry.client, b"");
        if let Some(bytes) = scan::number(entry.sent) {
            row.int(FieldId::HTTP_RESPONSE_BYTES, entry.sent, bytes);
        }
        if entry.user != b"-" {
            row.text(FieldId::USER_NAME, entry.user);
        }
        // A connection that brought no request has neither a method nor a status. Whom the proxy refused by itself is
        // what a daemon says.
        let refuses = entry.code.starts_with(b"TCP_DENIED") || entry.code.starts_with(b"NONE");
        if entry.request.starts_with(b"-") || refuses && daemon::read(row, b"", line).is_some() {
            row.text(FieldId::MESSAGE, line);
            return;
        }
        row.class(EventClass::Web);
        access::request(row, entry.request);
        if let Some(status) = scan::number(entry.status).filter(|status| *status > 0) {
            row.int(FieldId::HTTP_STATUS, entry.status, status);
        }
    }
}

struct Entry<'a> {
    time: &'a [u8],
    client: &'a [u8],
    /// `TCP_MISS`.
    code: &'a [u8],
    status: &'a [u8],
    sent: &'a [u8],
    /// Method and URL.
    request: &'a [u8],
    user: &'a [u8],
}

impl<'a> Entry<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let (time, rest) = scan::word(line);
        let (seconds, fraction) = scan::digits(time);
        if seconds.len() != 10 || fraction.len() != 4 || fraction.first() != Some(&b'.') {
            return None;
        }
        let (taken, rest) = scan::word(rest.trim_ascii_start());
        let (client, rest) = scan::word(rest);
        let (result, rest) = scan::word(rest);
        let (sent, rest) = scan::word(rest);
        let (code, status) = scan::until(result, b'/')?;
        let numbers = [taken, status, sent];
        if numbers.iter().any(|text| scan::number(text).is_none())
            || !code.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
        {
            return None;
        }
        let at = memchr::memchr(b' ', rest)?;
        let at = at + 1 + memchr::memchr(b' ', rest.get(at + 1..)?)?;
        let (request, rest) = rest.split_at_checked(at)?;
        let (user, rest) = scan::word(rest.get(1..)?);
        let (source, _) = scan::word(rest);
        source.contains(&b'/').then_some(Self { time, client, code, status, sent, request, user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_through_a_proxy_is_read() {
        let line = b"1795844429.292     17 198.51.100.9 TCP_MISS/404 391 GET http://shop.example/a.php?b=c anna HIER_DIRECT/203.0.113.1 text/html";
        let entry = Entry::read(line).unwrap();
        assert_eq!((entry.client, entry.status), (&b"198.51.100.9"[..], &b"404"[..]));
        assert_eq!(entry.request, b"GET http://shop.example/a.php?b=c");
        assert_eq!(entry.user, b"anna");
        for other in [
            &b"1795844429.292 hello 198.51.100.9 x"[..],
            b"1795844429 17 198.51.100.9 TCP_MISS/404 391 GET / - HIER_DIRECT/- -",
            b"1795844429.292 17 198.51.100.9 ok/404 391 GET / - HIER_DIRECT/- -",
            b"1795844429.292 17 198.51.100.9 TCP_MISS/404 391 GET /",
        ] {
            assert!(Entry::read(other).is_none(), "{}", String::from_utf8_lossy(other));
        }
    }
}
