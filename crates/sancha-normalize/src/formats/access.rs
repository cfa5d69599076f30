mod quoted;

use std::net::IpAddr;

use sancha_model::{Assumed, Civil, EventClass, FieldId, Framing, ParseNoteKind, RowWriter};

use crate::{FileContext, Fit, Format, Head, Scratch, client, daemon, encoding, scan};

/// NCSA access logs: `combined` and `common`, as nginx and Apache write them by default.
pub struct Access {
    name: &'static str,
    /// Referer and user agent follow the size.
    combined: bool,
}

pub(super) static COMBINED: Access = Access { name: "web/combined", combined: true };
pub(super) static COMMON: Access = Access { name: "web/common", combined: false };

impl Format for Access {
    fn name(&self) -> &str {
        self.name
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| match split(line, b"") {
            Some(parts) => self.combined == parts.rest.starts_with(b" \""),
            None => false,
        })
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(parts) = split(line, scratch.stated_last.text()) else {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            // Error logs are joined to access logs here and there.
            let _ = daemon::read(row, b"", line);
            return;
        };
        write(row, &parts, context, scratch);
    }
}

#[inline]
fn write(row: &mut RowWriter<'_>, parts: &Parts<'_>, context: &FileContext, scratch: &mut Scratch) {
    row.class(EventClass::Web);
    match scratch.clf_time(context, parts.time) {
        Some(time) => row.time(time, Assumed::default()),
        None => match zoneless_time(parts.time).and_then(|civil| scratch.local(context, civil)) {
            Some((time, assumed)) => row.time(time, assumed),
            None => row.note(ParseNoteKind::BadTime, parts.time),
        },
    }
    let (referer, agent, extra) = quoted::trailer(parts.rest);
    client::write_read(row, context, (parts.client, parts.address), quoted::forwarded_for(extra));
    if parts.user != b"-" {
        row.text(FieldId::USER_NAME, parts.user);
    }
    request(row, parts.request);
    match scan::number(parts.status) {
        Some(status) => row.int(FieldId::HTTP_STATUS, parts.status, status),
        None => row.note(ParseNoteKind::BadValue, parts.status),
    }
    if let Some(size) = scan::number(parts.size) {
        row.int(FieldId::HTTP_RESPONSE_BYTES, parts.size, size);
    }
    if !referer.is_empty() && referer != b"-" {
        row.text(FieldId::HTTP_REFERRER, referer);
    }
    if !agent.is_empty() && agent != b"-" {
        row.text(FieldId::USER_AGENT, agent);
    }
}

/// `203.0.113.9:51212 - "GET / HTTP/1.1" 404`, as uvicorn tells of requests behind a time and its own name.
pub(super) fn brief(row: &mut RowWriter<'_>, said: &[u8], context: &FileContext) -> Option<()> {
    let at = memchr::memmem::find(said, b" - \"")?;
    let (before, rest) = said.split_at_checked(at)?;
    let peer =
        memchr::memrchr(b' ', before).map_or(before, |at| before.get(at + 1..).unwrap_or(b""));
    let (address, port) = peer.split_at_checked(memchr::memrchr(b':', peer)?)?;
    let value = scan::address(address)?;
    let (line, rest) = quoted::request(rest.get(3..)?)?;
    let (status, after) = scan::digits(rest.strip_prefix(b" ")?);
    let ends = after.is_empty() || after.starts_with(b" ");
    if status.len() != 3 || !ends || memchr::memmem::find(line, b" HTTP/").is_none() {
        return None;
    }
    row.class(EventClass::Web);
    client::write_read(row, context, (address, Some(value)), b"");
    if let Some(digits) = port.get(1..)
        && let Some(port) = scan::number(digits)
    {
        row.int(FieldId::SOURCE_PORT, digits, port);
    }
    request(row, line);
    row.int(FieldId::HTTP_STATUS, status, scan::number(status)?);
    Some(())
}

struct Parts<'a> {
    client: &'a [u8],
    /// What `client` is; nothing for a name.
    address: Option<IpAddr>,
    user: &'a [u8],
    time: &'a [u8],
    request: &'a [u8],
    status: &'a [u8],
    size: &'a [u8],
    rest: &'a [u8],
}

/// `client ident user [time] "request" status size rest`. `last_time` is that of a line before: most lines
/// come within a second of another.
fn split<'a>(line: &'a [u8], last_time: &[u8]) -> Option<Parts<'a>> {
    let (client, address, rest) = client_of(line)?;
    // What nearly every line has needs no search.
    let (user, rest) = match rest.strip_prefix(b"- - [") {
        Some(rest) => (&b"-"[..], rest),
        None => {
            let (_ident, rest) = scan::until(rest, b' ')?;
            let (user, rest) = before_time(rest)?;
            (user, rest.get(2..)?)
        }
    };
    let (time, rest) = match rest.split_at_checked(last_time.len()) {
        Some((time, [b']', after @ ..])) if time == last_time && !time.is_empty() => (time, after),
        _ => scan::until(rest, b']')?,
    };
    let (request, rest) = quoted::request(rest.strip_prefix(b" ")?)?;
    let rest = rest.strip_prefix(b" ")?;
    let (status, rest) = rest.split_at_checked(3)?;
    let rest = rest.strip_prefix(b" ").filter(|_| !status.contains(&b' '))?;
    let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    let (size, rest) = rest.split_at_checked(end)?;
    Some(Parts { client, address, user, time, request, status, size, rest })
}

/// The client, what it is, and what follows it.
fn client_of(line: &[u8]) -> Option<(&[u8], Option<IpAddr>, &[u8])> {
    let (client, rest) = scan::until_near(line, b' ')?;
    let address = scan::address(client);
    if address.is_some() {
        return Some((client, address, rest));
    }
    // Apache's `vhost_combined` puts `name:port` first, others the bare name; the client follows it.
    let (next, after) = scan::until(rest, b' ')?;
    let next_address = scan::address(next);
    if next_address.is_some() || is_virtual_host(client) {
        return Some((next, next_address, after));
    }
    // A name has two words after it. More of them are what a forwarder put before the line.
    let (_ident, user) = scan::until(rest, b' ')?;
    let (user, _) = before_time(user)?;
    (!user.contains(&b' ')).then_some((client, None, rest))
}

/// `www.example.com:443`; a time has two colons.
fn is_virtual_host(word: &[u8]) -> bool {
    let port = scan::until(word, b':').map(|(_, port)| port);
    port.is_some_and(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit))
}

/// Servers that write access logs, as programs in syslog.
const SERVERS: [&[u8]; 6] = [b"nginx", b"apache", b"httpd", b"access", b"lighttpd", b"caddy"];

/// Whether a program's lines may be those of an access log.
pub(super) fn is_server(program: &[u8]) -> bool {
    SERVERS.iter().any(|server| program.starts_with(server))
}

/// A line of an access log inside another: what a container, a forwarder or syslog carries. Read only where
/// it begins with an address.
pub(super) fn inner(
    row: &mut RowWriter<'_>,
    said: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) -> bool {
    // A letter that is no digit of IPv6 tells at once, and most lines begin with one.
    if !said.first().is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':') {
        return false;
    }
    let begins =
        scan::until_near(said, b' ').is_some_and(|(word, _)| scan::address(word).is_some());
    begins && read(row, said, context, scratch)
}

/// The same for what a web server says.
pub(super) fn read(
    row: &mut RowWriter<'_>,
    said: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) -> bool {
    let Some(parts) = split(said, scratch.stated_last.text()) else { return false };
    write(row, &parts, context, scratch);
    true
}

/// A user name may hold blanks; the time in brackets cannot be missed.
fn before_time(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let brackets = memchr::memchr_iter(b'[', bytes);
    let blanks = brackets.filter_map(|bracket| bracket.checked_sub(1));
    let mut blanks = blanks.filter(|blank| bytes.get(*blank) == Some(&b' '));
    bytes.split_at_checked(blanks.next()?)
}

/// `GET /path?query HTTP/1.1`. What is no request line is kept as the target: scanners send such.
pub(crate) fn request(row: &mut RowWriter<'_>, request: &[u8]) {
    let split = scan::until_near(request, b' ');
    let Some((method, rest)) = split.filter(|(method, _)| is_method(method)) else {
        row.text(FieldId::URL_ORIGINAL, request);
        return;
    };
    let (target, version) = version_of(rest);
    row.text(FieldId::HTTP_METHOD, method);
    target_parts(row, target);
    if let Some(version) = version.strip_prefix(b" HTTP/") {
        row.text(FieldId::HTTP_VERSION, version);
    }
}

/// A request's target, and its version with the blank before it.
fn version_of(rest: &[u8]) -> (&[u8], &[u8]) {
    if let Some((target, version @ [b' ', b'H', b'T', b'T', b'P', b'/', one, b'.', two])) =
        rest.len().checked_sub(9).and_then(|at| rest.split_at_checked(at))
        && *one != b' '
        && *two != b' '
    {
        return (target, version);
    }
    match memchr::memrchr(b' ', rest).map(|at| rest.split_at(at)) {
        Some((target, version)) if version.starts_with(b" HTTP/") => (target, version),
        _ => (rest, &b""[..]),
    }
}

/// The request target, its path and its query.
pub(crate) fn target_parts(row: &mut RowWriter<'_>, target: &[u8]) {
    row.text(FieldId::URL_ORIGINAL, target);
    match scan::until(target, b'?') {
        Some((path, query)) => {
            row.text(FieldId::URL_PATH, path_of(path));
            row.text(FieldId::URL_QUERY, query);
        }
        None => row.text(FieldId::URL_PATH, path_of(target)),
    }
}

/// Balancers and proxies write a target with its scheme and host (RFC 9112, 3.2.2).
fn path_of(target: &[u8]) -> &[u8] {
    if target.starts_with(b"/") {
        return target;
    }
    let schemes = [&b"https://"[..], b"http://"];
    let host = schemes.iter().find_map(|scheme| target.strip_prefix(*scheme));
    let path = host.and_then(|host| host.get(memchr::memchr(b'/', host)?..));
    path.unwrap_or(target)
}

/// The same of a path and a query that stand apart; `-` for none.
pub(super) fn target_of(
    row: &mut RowWriter<'_>,
    (path, query): (&[u8], &[u8]),
    scratch: &mut Scratch,
) {
    if matches!(query, b"-" | b"") {
        return target_parts(row, path);
    }
    let mut whole = std::mem::take(&mut scratch.text);
    whole.clear();
    whole.extend_from_slice(path);
    whole.push(b'?');
    whole.extend_from_slice(query);
    row.decoded(FieldId::URL_ORIGINAL, path, &whole);
    row.text(FieldId::URL_PATH, path);
    row.text(FieldId::URL_QUERY, query);
    scratch.text = whole;
}

fn is_method(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes.len() <= 20
        && bytes.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
}

/// `17/May/2015:10:05:03 +0000`: civil time and offset from UTC in seconds.
pub(crate) fn clf_time(bytes: &[u8]) -> Option<(Civil, i32)> {
    let [
        d1,
        d2,
        b'/',
        m1,
        m2,
        m3,
        b'/',
        y1,
        y2,
        y3,
        y4,
        b':',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b' ',
        sign,
        z1,
        z2,
        z3,
        z4,
    ] = bytes
    else {
        return None;
    };
    let year =
        i16::from(scan::two_digits(&[*y1, *y2])?) * 100 + i16::from(scan::two_digits(&[*y3, *y4])?);
    let civil = Civil {
        year,
        month: scan::month(&[*m1, *m2, *m3])?,
        day: scan::two_digits(&[*d1, *d2])?,
        hour: scan::two_digits(&[*h1, *h2])?,
        minute: scan::two_digits(&[*n1, *n2])?,
        second: scan::two_digits(&[*s1, *s2])?,
        nanosecond: 0,
    };
    let offset = i32::from(scan::two_digits(&[*z1, *z2])?) * 3_600
        + i32::from(scan::two_digits(&[*z3, *z4])?) * 60;
    match sign {
        b'+' => Some((civil, offset)),
        b'-' => Some((civil, -offset)),
        _ => None,
    }
}

/// `28/Nov/2026 05:38:25`, as servers for developers write it (Python's `http.server`, Werkzeug, Django).
pub(crate) fn zoneless_time(bytes: &[u8]) -> Option<Civil> {
    const LEN: usize = b"28/Nov/2026 05:38:25".len();
    let mut whole = *b"28/Nov/2026:05:38:25 +0000";
    let written = whole.get_mut(..LEN)?;
    if bytes.len() != LEN || !matches!(bytes.get(11), Some(b' ' | b':')) {
        return None;
    }
    written.copy_from_slice(bytes);
    *written.get_mut(11)? = b':';
    clf_time(&whole).map(|(civil, _)| civil)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_client() {
        let client = |line: &str| {
            split(line.as_bytes(), b"")
                .map(|parts| String::from_utf8_lossy(parts.client).into_owned())
        };
        let rest = r#"203.0.113.9 - - [02/Mar/2026:03:14:15 +0000] "GET / HTTP/1.1" 200 5"#;
        for before in ["", "www.example.com:443 ", "www.example.com "] {
            assert_eq!(
                client(&format!("{before}{rest}")).as_deref(),
                Some("203.0.113.9"),
                "{before}"
            );
        }
        let named = rest.replace("203.0.113.9", "host.example");
        assert_eq!(client(&named).as_deref(), Some("host.example"));
        for before in [
            "2026-11-20T11:30:05.250000123Z stdout F ",
            "<190>Nov 20 11:30:05 web01 nginx: ",
            "Nov 20 11:30:05 web01 nginx: ",
            "2026-11-20T11:30:05+00:00 web01 nginx: ",
        ] {
            assert_eq!(client(&format!("{before}{rest}")), None, "{before}");
        }
    }
}
