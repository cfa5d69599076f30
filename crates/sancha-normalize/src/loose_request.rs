//! A request in a line of no known shape: formats that a site made up, what uWSGI, Rails and Django write, what
//! `docker compose` puts a name before.
//!
//! A line is one where a method and a target stand together with the answer's code behind them, and an address
//! somewhere. What else is known is found around these by what it looks like.

use std::net::IpAddr;

use sancha_model::{EventClass, FieldId, RowWriter};

use crate::{FileContext, Scratch, client, formats::access, formats::stamped, scan};

const METHODS: [&[u8]; 12] = [
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"PATCH",
    b"PROPFIND",
    b"CONNECT",
    b"TRACE",
    b"MKCOL",
    b"MOVE",
];
/// Slashes that are looked at, and words of which one may be an address.
const SLASHES: usize = 32;
const WORDS: usize = 64;
/// A time begins no later than here.
const LATEST_TIME: usize = 300;

/// A method with its target.
struct Asked<'a> {
    method: &'a [u8],
    target: &'a [u8],
    after: &'a [u8],
    /// What the line's parts are divided by.
    divider: u8,
}

struct Found<'a> {
    client: Option<(&'a [u8], IpAddr)>,
    method: &'a [u8],
    target: &'a [u8],
    /// Empty where a program tells of a request as it begins.
    status: &'a [u8],
    /// What follows the code.
    rest: &'a [u8],
    /// What the line's parts are divided by.
    divider: u8,
}

/// `None`: the line tells of no request.
pub(crate) fn read(
    row: &mut RowWriter<'_>,
    line: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) -> Option<()> {
    let found = find(line)?;
    row.class(EventClass::Web);
    if !row.has_time() {
        time(row, line, context, scratch);
    }
    if let Some((text, address)) = found.client {
        client::write_read(row, context, (text, Some(address)), b"");
    }
    row.text(FieldId::HTTP_METHOD, found.method);
    access::target_parts(row, found.target);
    if let Some(status) = scan::number(found.status) {
        row.int(FieldId::HTTP_STATUS, found.status, status);
    }
    let (size, _) = scan::digits(after_dividers(found.rest));
    if let Some(bytes) = scan::number(size) {
        row.int(FieldId::HTTP_RESPONSE_BYTES, size, bytes);
    }
    let parts = || parts(found.rest, found.divider);
    if let Some(referer) = parts().find(|part| is_link(part)) {
        row.text(FieldId::HTTP_REFERRER, referer);
    }
    if let Some(agent) = parts().find(|part| is_agent(part)) {
        row.text(FieldId::USER_AGENT, agent);
    }
    Some(())
}

fn find(line: &[u8]) -> Option<Found<'_>> {
    let mut slashes = memchr::memchr_iter(b'/', line).take(SLASHES);
    let Asked { method, target, after, divider } =
        slashes.find_map(|slash| asked_at(line, slash))?;
    let client = line
        .split(|byte| matches!(byte, b' ' | b'\t' | b'|' | b',' | b'"' | b'[' | b'(' | b'=' | b';'))
        .take(WORDS)
        .find_map(address);
    let found = |status, rest| Found { client, method, target, status, rest, divider };
    if let Some((version, answer)) = scan::split_once(after, b"HTTP/")
        && version.len() < 200
        && let Some((status, rest)) = code(after_dividers(answer.get(3..)?))
    {
        // Django's server for developers names no client.
        let is_next = version.iter().all(|byte| *byte == b' ');
        return (client.is_some() || is_next).then(|| found(status, rest));
    }
    client?;
    if let Some((status, rest)) = answer(after) {
        return Some(found(status, rest));
    }
    // `Started GET "/path" for 203.0.113.9 at`, as Rails writes it.
    let begun = after.strip_prefix(b"\" for ").and_then(|rest| scan::until(rest, b' '));
    let (peer, _) = begun?;
    address(peer).map(|_| found(&b""[..], &b""[..]))
}

/// The target whose first slash is at `slash`.
fn asked_at(line: &[u8], slash: usize) -> Option<Asked<'_>> {
    let before = line.get(..slash)?;
    let bare = before_dividers(before);
    let gap = before.len() - bare.len();
    let begin = bare.iter().rposition(|byte| !byte.is_ascii_uppercase()).map_or(0, |at| at + 1);
    let (ahead, method) = bare.split_at_checked(begin)?;
    let is_word = !ahead.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if !(1..=3).contains(&gap) || !is_word || !METHODS.contains(&method) {
        return None;
    }
    let rest = line.get(slash..)?;
    // Between method and target; the line's own may stand around both.
    let between = *line.get(bare.len()).filter(|byte| **byte != b'"').unwrap_or(&b',');
    let divider = match ahead.last() {
        Some(around @ (b'|' | b'\t')) => *around,
        _ => between,
    };
    let is_quoted = ahead.last() == Some(&b'"') && between == b' ';
    let end = if is_quoted {
        // A target as it was sent may hold blanks.
        let quote = memchr::memchr(b'"', rest)?;
        let request = rest.get(..quote)?;
        memchr::memmem::rfind(request, b" HTTP/").unwrap_or(quote)
    } else if before.ends_with(b"\"") {
        memchr::memchr(b'"', rest)?
    } else {
        let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"') || *byte == between;
        rest.iter().position(ends).unwrap_or(rest.len())
    };
    let (target, after) = rest.split_at_checked(end)?;
    Some(Asked { method, target, after, divider })
}

fn before_dividers(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !is_divider(*byte)).map_or(0, |at| at + 1);
    text.get(..end).unwrap_or(text)
}

fn is_divider(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'|' | b',' | b'"')
}

fn after_dividers(text: &[u8]) -> &[u8] {
    let begin = text.iter().position(|byte| !is_divider(*byte)).unwrap_or(text.len());
    text.get(begin..).unwrap_or_default()
}

/// A code that `text` begins with, and what follows it.
fn code(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (digits, rest) = scan::digits(text);
    let ends = !rest.first().is_some_and(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'/' | b'_')
    });
    let is_code = digits.len() == 3 && matches!(digits.first(), Some(b'1'..=b'5'));
    (ends && is_code).then_some((digits, rest))
}

/// The first word that is a code.
fn answer(after: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut before = b' ';
    for (at, byte) in after.iter().enumerate() {
        let begins = byte.is_ascii_digit()
            && !before.is_ascii_alphanumeric()
            && !matches!(before, b'.' | b':' | b'-' | b'/' | b'_' | b'+');
        if begins && let Some(found) = code(after.get(at..)?) {
            return Some(found);
        }
        before = *byte;
    }
    None
}

/// A word that is an address, with or without a port.
fn address(word: &[u8]) -> Option<(&[u8], IpAddr)> {
    let word = word.strip_suffix(b"]").or_else(|| word.strip_suffix(b")")).unwrap_or(word);
    if let Some(address) = scan::address(word).filter(|_| word.len() > 2) {
        return Some((word, address));
    }
    let (host, port) = word.split_at_checked(memchr::memrchr(b':', word)?)?;
    let is_port = port.len() > 1 && port.iter().skip(1).all(u8::is_ascii_digit);
    scan::address(host).filter(|_| is_port && !host.is_empty()).map(|address| (host, address))
}

fn time(row: &mut RowWriter<'_>, line: &[u8], context: &FileContext, scratch: &mut Scratch) {
    let brackets = memchr::memchr_iter(b'[', line).take(8);
    let stated = brackets.filter_map(|at| line.get(at + 1..at + 27)).find_map(access::clf_time);
    if let Some((civil, offset)) = stated {
        if let Some((time, assumed)) = scratch.stated(context, civil, offset) {
            row.time(time, assumed);
        }
        return;
    }
    stamped::time_within(row, line, LATEST_TIME, context, scratch);
}

/// Parts of a line: by its divider, in quotes where that is a blank.
fn parts(rest: &[u8], divider: u8) -> impl Iterator<Item = &[u8]> {
    let mark = if divider == b' ' { b'"' } else { divider };
    rest.split(move |byte| *byte == mark).map(|part| {
        let part = part.trim_ascii();
        part.strip_prefix(b"\"").and_then(|part| part.strip_suffix(b"\"")).unwrap_or(part)
    })
}

fn is_link(part: &[u8]) -> bool {
    part.starts_with(b"http://") || part.starts_with(b"https://")
}

/// `Mozilla/5.0 (…)`, `curl/8.5.0`: a name, a slash and a version.
fn is_agent(part: &[u8]) -> bool {
    let name = part.iter().position(|byte| *byte == b'/');
    name.is_some_and(|at| {
        let is_name = part.get(..at).is_some_and(|name| {
            name.first().is_some_and(u8::is_ascii_alphabetic)
                && name
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b' ' | b'.'))
        });
        is_name && part.get(at + 1).is_some_and(u8::is_ascii_digit) && !part.starts_with(b"HTTP/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<String> {
        let found = find(line.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let client = found.client.map_or_else(String::new, |(_, address)| address.to_string());
        let size = text(scan::digits(after_dividers(found.rest)).0);
        Some([client, text(found.method), text(found.target), text(found.status), size].join(" "))
    }

    #[test]
    fn requests_in_lines_of_many_shapes() {
        for (line, want) in [
            (
                "nginx-1  | 203.0.113.9 - - [18/Nov/2026:08:02:09 +0800] \"GET /a b?c=1 HTTP/1.1\" 200 1150 \"-\"",
                "203.0.113.9 GET /a b?c=1 200 1150",
            ),
            ("[18/Nov/2026 08:02:09] \"GET /a?b HTTP/1.1\" 404 179", " GET /a?b 404 179"),
            (
                "203.0.113.9|-|2026-11-18T08:02:09+08:00|shop.example|GET /a|b HTTP/1.1|200|1150|-|curl/8.5.0",
                "203.0.113.9 GET /a|b 200 1150",
            ),
            (
                "2026-11-18T08:02:09+08:00\t2001:db8::9\tshop.example\tPOST\t/a,b\t302\t5\t0.003",
                "2001:db8::9 POST /a,b 302 5",
            ),
            (
                "I, [2026-11-18T08:02:09 #8]  INFO -- : [ab] Started GET \"/a\" for 203.0.113.9 at 2026-11-18 08:02:09 +0800",
                "203.0.113.9 GET /a  ",
            ),
            (
                "[pid: 8|app: 0|req: 2/4] 203.0.113.9 () {40 vars in 812 bytes} [Wed Nov 18 08:02:09 2026] GET /a => generated 162 bytes in 12 msecs (HTTP/1.1 500) 5 headers in 163 bytes",
                "203.0.113.9 GET /a 500 ",
            ),
            ("INFO:     203.0.113.9:4411 - \"GET /a HTTP/1.1\" 200 OK", "203.0.113.9 GET /a 200 "),
            ("\"203.0.113.9\",\"GET\",\"/a\",\"404\",\"12\"", "203.0.113.9 GET /a 404 12"),
            ("ip=203.0.113.9 method GET /a status=200 size=12", "203.0.113.9 GET /a 200 "),
        ] {
            assert_eq!(told(line).as_deref(), Some(want), "{line}");
        }
    }

    #[test]
    fn other_lines_tell_of_none() {
        for line in [
            "GET /a",
            "203.0.113.9 asked for GET /a",
            "203.0.113.9 WIDGET /a 200",
            "open /var/log/x.log failed: 404 for 203.0.113.9",
            "[client 203.0.113.9:55] File does not exist: /var/www/x",
            "GET /a took 203.0.113.9",
            "retry GET /a in 200 ms",
            "",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }

    #[test]
    fn links_and_agents_by_what_they_look_like() {
        let rest = b" 1150 \"https://shop.example/cart\" \"Mozilla/5.0 (X11)\" 0.003";
        let all: Vec<&[u8]> = parts(rest, b' ').collect();
        assert!(all.iter().any(|part| is_link(part)));
        assert_eq!(all.iter().find(|part| is_agent(part)), Some(&&b"Mozilla/5.0 (X11)"[..]));
        assert!(!is_agent(b"HTTP/1.1") && !is_agent(b"/a/1") && !is_agent(b"12/24"));
    }
}
