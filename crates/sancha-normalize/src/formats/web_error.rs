use sancha_model::{Civil, EventClass, FieldId, ParseNoteKind, RowWriter};

use super::access;
use crate::{
    FileContext, Fit, Format, Head, Scratch, client, daemon, encoding, nearby, scan,
    stamp::{self, Stamp},
};

/// nginx' error log.
pub struct NginxError;

/// Apache httpd's error log, of 2.2 and of 2.4.
pub struct ApacheError;

pub(super) static NGINX: NginxError = NginxError;
pub(super) static APACHE: ApacheError = ApacheError;

impl Format for NginxError {
    fn name(&self) -> &str {
        "nginx/error"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| nginx(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(parts) = nginx(line).or_else(|| went_on(row, line)) else {
            return not_this_format(row);
        };
        begin(row, &parts, context, scratch);
        if nginx_fields(row, parts.said, context) {
            refused(row, parts.said);
        }
        answered(row, parts.said);
    }
}

impl Format for ApacheError {
    fn name(&self) -> &str {
        "apache/error"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| apache(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(parts) = apache(line) else { return not_this_format(row) };
        begin(row, &parts, context, scratch);
        apache_fields(row, parts.said);
        refused(row, parts.said);
    }
}

fn not_this_format(row: &mut RowWriter<'_>) {
    let line = encoding::line_of(row);
    row.note(ParseNoteKind::NotThisFormat, line);
    row.text(FieldId::MESSAGE, line);
    // Such as a line that went through syslog on its way.
    let _ = daemon::read(row, b"", line);
}

/// What the servers and their firewalls say of requests that they turned away.
fn refused(row: &mut RowWriter<'_>, said: &[u8]) {
    if !row.has(FieldId::EVENT_ACTION) {
        let _ = daemon::read(row, b"", said);
    }
}

struct Parts<'a> {
    stamp: Stamp,
    level: &'a [u8],
    pid: &'a [u8],
    said: &'a [u8],
}

fn begin(row: &mut RowWriter<'_>, parts: &Parts<'_>, context: &FileContext, scratch: &mut Scratch) {
    row.class(EventClass::WebError);
    let line = encoding::line_of(row);
    stamp::set(row, Some(parts.stamp), line, context, scratch);
    row.text(FieldId::LOG_LEVEL, parts.level);
    if let Some(pid) = scan::number(parts.pid) {
        row.int(FieldId::PROCESS_PID, parts.pid, pid);
    }
}

/// `2026/10/22 03:14:15 [error] 2035#2035: *9134 message, client: 203.0.113.9, server: …`.
fn nginx(line: &[u8]) -> Option<Parts<'_>> {
    let (stamp, rest) = stamp::slashed(line)?;
    let (level, rest) = scan::until(rest.strip_prefix(b" [")?, b']')?;
    let (pid, rest) = scan::digits(rest.strip_prefix(b" ")?);
    let (thread, said) = scan::split_once(rest.strip_prefix(b"#")?, b": ")?;
    thread.iter().all(u8::is_ascii_digit).then_some(Parts { stamp, level, pid, said })
}

/// What an application behind nginx said may take several lines: its trace, and then what nginx knows of the request.
/// All are of the time of the first.
fn went_on<'a>(row: &RowWriter<'a>, line: &'a [u8]) -> Option<Parts<'a>> {
    let begins = [&b"Stack trace:"[..], b"PHP message: ", b"  thrown in ", b"\tat ", b"    at "];
    let counts =
        |line: &[u8]| line.strip_prefix(b"#").is_some_and(|rest| !scan::digits(rest).0.is_empty());
    let ends =
        || memchr::memmem::find(line, b"\" while ").is_some() && split_client(line).is_some();
    if !(begins.iter().any(|begin| line.starts_with(begin)) || counts(line) || ends()) {
        return None;
    }
    nearby::nearest_before(row, nearby::FAR_OF_TRACE, nginx)
        .map(|first| Parts { said: line, ..first })
}

/// How nginx answers what it says this of (ngx_http_static_module, ngx_http_core_module and others).
fn answered(row: &mut RowWriter<'_>, said: &[u8]) {
    const BEGINNINGS: [(&[u8], &[u8]); 7] = [
        (b"access forbidden by rule", b"403"),
        (b"no user/password was provided", b"401"),
        (b"client intended to send too large ", b"413"),
        (b"client sent invalid request ", b"400"),
        (b"client sent invalid method ", b"400"),
        (b"rewrite or internal redirection cycle ", b"500"),
        (b"FastCGI sent in stderr: \"Primary script unknown\"", b"404"),
    ];
    // Behind the quoted name, which the client chose.
    const ENDS: [(&[u8], &[u8]); 5] = [
        (b"(2: No such file or directory)", b"404"),
        (b"(20: Not a directory)", b"404"),
        (b"(36: File name too long)", b"404"),
        (b"(13: Permission denied)", b"403"),
        (b" is forbidden", b"403"),
    ];
    let said = without_connection(said);
    let message = split_client(said).map_or(said, |parts| parts.message);
    let found = BEGINNINGS
        .iter()
        .find(|(words, _)| message.starts_with(words))
        .or_else(|| ENDS.iter().find(|(words, _)| message.ends_with(words)));
    if row.has(FieldId::HTTP_METHOD)
        && let Some((_, status)) = found
    {
        set_status(row, status);
    }
}

fn set_status(row: &mut RowWriter<'_>, digits: &[u8]) {
    if let Some(status) = scan::number(digits) {
        row.int(FieldId::HTTP_STATUS, digits, status);
    }
}

/// What nginx said, without the connection's number before it.
fn without_connection(said: &[u8]) -> &[u8] {
    match said.strip_prefix(b"*").map(scan::digits) {
        Some((_, rest)) => rest.strip_prefix(b" ").unwrap_or(rest),
        None => said,
    }
}

/// The context that nginx appends to its message. Whether a sentence may be asked who the client is: not where one is
/// named and not known, for it would find an address that the client wrote.
fn nginx_fields(row: &mut RowWriter<'_>, said: &[u8], context: &FileContext) -> bool {
    let is_cut = encoding::line_of(row).len() >= LONGEST;
    let said = without_connection(said);
    let Some(parts) = split_client(said) else {
        row.text(FieldId::MESSAGE, said);
        nginx_login(row, said);
        return !is_cut && memchr::memmem::find(said, CLIENT).is_none();
    };
    row.text(FieldId::MESSAGE, parts.message);
    let is_certain = parts.is_first || (parts.is_only && !is_cut);
    if is_certain {
        client::write(row, context, parts.address, b"");
    }
    if !is_certain || !parts.is_only {
        row.note(ParseNoteKind::BadValue, parts.address);
    }
    let rest = parts.rest;
    if let Some((_, request)) = scan::split_once(rest, b"request: \"") {
        let end = scan::split_once(request, b"\", ").map(|(request, _)| request);
        access::request(row, end.or_else(|| request.strip_suffix(b"\"")).unwrap_or(request));
    }
    for (mark, field) in [
        (&b", upstream: \""[..], FieldId::HTTP_UPSTREAM),
        (b", host: \"", FieldId::URL_DOMAIN),
        (b", referrer: \"", FieldId::HTTP_REFERRER),
        (b", login: \"", FieldId::USER_NAME),
    ] {
        if let Some(value) = scan::between(rest, mark, b"\"") {
            row.text(field, value);
        }
    }
    nginx_login(row, parts.message);
    row.has(FieldId::SOURCE_IP)
}

/// nginx cuts a line that is longer (`NGX_MAX_ERROR_STR` with its line end), and with it perhaps what names the client.
const LONGEST: usize = 2_047;

/// A message and the context behind it.
struct Said<'a> {
    message: &'a [u8],
    address: &'a [u8],
    rest: &'a [u8],
    /// Nothing that a client could have chosen stands before it.
    is_first: bool,
    /// No other address is called the client's.
    is_only: bool,
}

const CLIENT: &[u8] = b", client: ";

/// Splits at `, client: ADDRESS, server: `. nginx quotes file names before it, decoded, and the request and its headers
/// behind it, all as the client chose them: any of these may imitate it. So the first one is nginx' own where nothing
/// is quoted before it; of several others, none is known to be, and the last is taken for where the request follows.
fn split_client(said: &[u8]) -> Option<Said<'_>> {
    let mut found: Option<Said<'_>> = None;
    for at in memchr::memmem::find_iter(said, CLIENT) {
        let (message, rest) = (said.get(..at)?, said.get(at + CLIENT.len()..)?);
        let (address, rest) = scan::split_once(rest, b", ").unwrap_or((rest, b""));
        // A socket's client is `unix:`. What goes on behind the address goes on with the server.
        let is_address = scan::address(address).is_some() || address == b"unix:";
        if !is_address || !(rest.is_empty() || rest.starts_with(b"server: ")) {
            continue;
        }
        let is_only = found.as_ref().is_none_or(|known| known.is_only && known.address == address);
        match &mut found {
            Some(known) if known.is_first => known.is_only = is_only,
            Some(known) => *known = Said { message, address, rest, is_first: false, is_only },
            None => {
                let is_first = !message.contains(&b'"') && !speaks_freely(message);
                found = Some(Said { message, address, rest, is_first, is_only });
            }
        }
    }
    found
}

/// Scripts inside nginx write what they like, without quotes.
fn speaks_freely(message: &[u8]) -> bool {
    message.starts_with(b"[lua]") || message.starts_with(b"js: ")
}

/// `user "x" was not found in "file"`, `user "x": password mismatch` (ngx_http_auth_basic_module).
fn nginx_login(row: &mut RowWriter<'_>, message: &[u8]) {
    let Some(rest) = message.strip_prefix(b"user \"") else { return };
    for (mark, reason) in
        [(&b"\" was not found in "[..], "invalid_user"), (b"\": password mismatch", "password")]
    {
        if let Some((name, _)) = scan::split_once(rest, mark) {
            login_failure(row, name, reason);
            return;
        }
    }
}

fn login_failure(row: &mut RowWriter<'_>, name: &[u8], reason: &'static str) {
    row.class(EventClass::Authentication);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    row.constant(FieldId::EVENT_ACTION, "login");
    row.constant(FieldId::EVENT_OUTCOME, "failure");
    row.constant(FieldId::EVENT_REASON, reason);
    row.constant(FieldId::AUTH_METHOD, "http");
    if !name.is_empty() {
        row.text(FieldId::USER_NAME, name);
    }
}

/// `[Fri Oct 08 17:08:41.203277 2021] [core:error] [pid 7005:tid 140] [client 203.0.113.9:14532] …`.
fn apache(line: &[u8]) -> Option<Parts<'_>> {
    let (time, rest) = scan::until(line.strip_prefix(b"[")?, b']')?;
    let stamp = apache_time(time)?;
    let (level, rest) = scan::until(rest.strip_prefix(b" [")?, b']')?;
    let (pid, said) = match rest.strip_prefix(b" [pid ").and_then(|rest| scan::until(rest, b']')) {
        Some((pid, rest)) => (scan::digits(pid).0, rest),
        None => (&b""[..], rest),
    };
    Some(Parts { stamp, level, pid, said: said.strip_prefix(b" ").unwrap_or(said) })
}

/// `Fri Oct 08 17:08:41.203277 2021`: a BSD time between the week day and the year.
fn apache_time(time: &[u8]) -> Option<Stamp> {
    let (_week_day, rest) = scan::until(time, b' ')?;
    let (stamp, rest) = stamp::bsd(rest)?;
    let year = i16::try_from(scan::number(rest.strip_prefix(b" ")?)?).ok()?;
    match stamp {
        Stamp::Yearless(civil) => Some(Stamp::Local(Civil { year, ..civil })),
        Stamp::Local(_) | Stamp::Stated(..) => None,
    }
}

fn apache_fields(row: &mut RowWriter<'_>, said: &[u8]) {
    // An error of the system may stand before the client: `(13)Permission denied: [client …] AH…`.
    let mut message = said;
    if let Some((before, rest)) = scan::split_once(said, b"[client ")
        && (before.is_empty() || before.starts_with(b"("))
        && let Some((peer, rest)) = scan::split_once(rest, b"] ")
    {
        apache_client(row, peer);
        message = rest;
    }
    if let Some((before, referer)) = scan::rsplit_once(message, b", referer: ") {
        row.text(FieldId::HTTP_REFERRER, referer);
        message = before;
    }
    row.text(FieldId::MESSAGE, message);
    if let Some((code, rest)) = scan::split_once(message, b": ")
        && let Some(digits) = code.strip_prefix(b"AH")
        && digits.len() == 5
    {
        row.text(FieldId::ERROR_CODE, code);
        message = rest;
    }
    apache_asked(row, message);
    apache_login(row, message);
}

/// What was asked for, where the message says so: a file more often than a request.
fn apache_asked(row: &mut RowWriter<'_>, message: &[u8]) {
    const FILES: [(&[u8], &[u8], &[u8]); 7] = [
        (b"File does not exist: ", b"", b"404"),
        (b"script '", b"' not found or unable to stat", b"404"),
        (b"script not found or unable to stat: ", b"", b"404"),
        (b"client denied by server configuration: ", b"", b"403"),
        (b"Directory index forbidden by Options directive: ", b"", b"403"),
        (b"Directory index forbidden by rule: ", b"", b"403"),
        (b"attempt to invoke directory as script: ", b"", b"403"),
    ];
    if let Some(request) = message.strip_prefix(b"Invalid URI in request ") {
        access::request(row, request);
        return set_status(row, b"400");
    }
    if let Some(rest) = message.strip_prefix(b"invalid URI path (")
        && let Some((target, _)) = scan::rsplit_once(rest, b")")
    {
        access::target_parts(row, target);
        return set_status(row, b"400");
    }
    let found = FILES.iter().find_map(|(before, after, status)| {
        Some((message.strip_prefix(*before)?.strip_suffix(*after)?, *status))
    });
    if let Some((file, status)) = found {
        row.text(FieldId::FILE_PATH, file);
        set_status(row, status);
    }
}

/// 2.4 writes the port after the address, IPv6 without brackets; 2.2, which names no process, does not.
fn apache_client(row: &mut RowWriter<'_>, peer: &[u8]) {
    let split = memchr::memrchr(b':', peer).and_then(|at| peer.split_at_checked(at));
    if let Some((address, port)) = split
        && (address.ends_with(b"]")
            || !address.contains(&b':')
            || row.has(FieldId::PROCESS_PID)
            || scan::address(peer).is_none())
        && let (Some(value), Some(digits)) = (scan::address(address), port.get(1..))
    {
        row.ip(FieldId::SOURCE_IP, address, value);
        if let Some(port) = scan::number(digits) {
            row.int(FieldId::SOURCE_PORT, digits, port);
        }
        return;
    }
    match scan::address(peer) {
        Some(value) => row.ip(FieldId::SOURCE_IP, peer, value),
        None => row.text(FieldId::SOURCE_ADDRESS, peer),
    }
}

/// `user x not found: /`, `user x: authentication failure for "/": Password Mismatch` (mod_auth_basic),
/// ``user `x' in realm `y' not found: /`` (mod_auth_digest).
fn apache_login(row: &mut RowWriter<'_>, message: &[u8]) {
    let Some(rest) = message.strip_prefix(b"user ") else { return };
    let marks: [(&[u8], &str); 4] = [
        (b" in realm ", "invalid_user"),
        (b" not found: ", "invalid_user"),
        (b": authentication failure for ", "password"),
        (b": password mismatch", "password"),
    ];
    let found =
        marks.iter().find_map(|(mark, reason)| Some((scan::split_once(rest, mark)?.0, *reason)));
    if let Some((name, reason)) = found {
        let digest = name.strip_prefix(b"`").and_then(|name| name.strip_suffix(b"'"));
        login_failure(row, digest.unwrap_or(name), reason);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventClass, EventTime, FieldId, Fields};

    use crate::{FileContext, Formats, Head, Scratch, normalize};

    #[test]
    fn what_an_application_said_in_several_lines_is_of_one_time() {
        let lines = concat!(
            "2026/10/22 03:14:16 [error] 7#7: *78 FastCGI sent in stderr: \"PHP message: PHP Fatal error\n",
            "Stack trace:\n",
            "#0 /srv/www/item.php(1): PDO->query()\n",
            "  thrown in /srv/www/item.php on line 1\" while reading response header from upstream, ",
            "client: 203.0.113.9, server: a, request: \"GET /item.php?id=1%27 HTTP/1.1\", host: \"a\"\n",
            "nothing of the kind\n",
        );
        let formats = Formats::new(Vec::new());
        let bytes = lines.as_bytes().to_vec();
        let first = lines.lines().next().unwrap_or_default();
        let format = formats.detect(&Head::of(first.as_bytes(), "x.log"));
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new([])));
        let mut batch = Batch::default();
        batch.raw = bytes;
        let mut scratch = Scratch::new(&context);
        normalize(&mut batch, &formats, format, &context, &mut scratch);
        let events: Vec<_> = batch.events().collect();
        let (said, other) = events.split_at(4);
        assert!(said.iter().all(|event| event.class() == EventClass::WebError));
        assert!(
            said.iter().all(|event| event.time() == said[0].time() && event.notes().is_empty())
        );
        let request = said[3];
        assert_eq!(request.field_text(FieldId::URL_QUERY), b"id=1%27");
        assert_eq!(request.field_ip(FieldId::SOURCE_IP), "203.0.113.9".parse().ok());
        assert!(other[0].time().is_none() && !other[0].notes().is_empty());
    }
}
