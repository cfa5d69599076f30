//! Line breaks where a value should be one line: injected mail commands, mail headers, HTTP headers and requests.

use super::Kind;
use super::purpose::Purpose;
use super::scan::{at, from, is_space, skip_space, upto};
use super::value::{Role, Signs, View};

/// Commands of SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 3501) with what must stand behind.
const COMMANDS: [(&[u8], &[u8]); 22] = [
    (b"rcpt to", b":"),
    (b"mail from", b":"),
    (b"ehlo ", b""),
    (b"helo ", b""),
    (b"vrfy ", b""),
    (b"expn ", b""),
    (b"starttls", b""),
    (b"data", b"\n"),
    (b"quit", b"\n"),
    (b"rset", b"\n"),
    (b"noop", b"\n"),
    (b"help", b" "),
    (b"retr ", b""),
    (b"stat", b"\n"),
    (b"uidl", b"\n"),
    (b"capability", b"\n"),
    (b"authenticate ", b""),
    (b"fetch ", b""),
    (b"apop ", b""),
    (b"list", b"\n"),
    (b"user ", b"\n"),
    (b"pass ", b"\n"),
];

/// Headers whose injection splits a response or redirects a mail.
const HEADERS: [&[u8]; 14] = [
    b"set-cookie",
    b"location",
    b"content-type",
    b"content-length",
    b"content-disposition",
    b"transfer-encoding",
    b"bcc",
    b"cc",
    b"to",
    b"subject",
    b"reply-to",
    b"x-forwarded-for",
    b"refresh",
    b"link",
];

/// Looks behind every line break of a single-line value.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Document || !view.has_any(b"\r\n") {
        escaped(view, signs);
        request_line(view, signs);
        return;
    }
    // A text of several lines may quote a mail or a request; an injected line follows a short value.
    if view.is_composed() {
        if let Some(place) = splits_response(view.lower) {
            signs.raise(Kind::Protocol, 0.8, place);
        }
        request_line(view, signs);
        return;
    }
    // A message quoted whole begins with a header or boundary of its own.
    let first = view.lower.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty());
    let name = first.map_or(&b""[..], |line| line.split(|b| *b == b':').next().unwrap_or(line));
    let message = first.is_some_and(|line| line.starts_with(b"--") || name.len() < line.len())
        && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || name.starts_with(b"--"))
        && view.lower.first().is_some_and(|b| !is_space(*b));
    if message {
        return;
    }
    let lower = view.lower;
    let breaks = lower.iter().filter(|b| **b == b'\n').count();
    let (mut start, mut speaks) = (0, false);
    for index in memchr::memchr2_iter(b'\n', b'\r', lower) {
        // Breaks of one row have the same line behind them.
        if index >= start {
            start = skip_space(lower, index + 1);
            let line = from(lower, start);
            speaks = command(line) || tagged(line);
            header(view, start, breaks, signs);
            if breaks <= 4 && talks_to_a_store(from(view.text, start)) {
                signs.raise(Kind::Protocol, 0.7, start);
            }
            if is_request(line) || line.starts_with(b"http/1.") || line.starts_with(b"http/2") {
                signs.raise(Kind::Protocol, 0.8, start);
            }
        }
        let first = index == 0 || at(lower, index - 1) == b'\n';
        if speaks && (breaks <= 4 || first) {
            signs.raise(Kind::Mail, 0.7, start);
        }
    }
    request_line(view, signs);
}

/// A line break written out, `\\r\\nSet-Cookie: a=b`, which a program's string or a second reader turns into one.
fn escaped(view: &View<'_>, signs: &mut Signs) {
    if view.role != Role::Value || !view.has(b'\\') || view.is_composed() {
        return;
    }
    const NAMES: [&[u8]; 3] = [b"set-cookie:", b"location:", b"content-length:"];
    let place = NAMES.iter().find_map(|name| {
        memchr::memmem::find_iter(view.lower, name).find(|place| {
            // `dir\\n location: x` is a path and a remark.
            let before = upto(view.lower, *place);
            ends_in_written_break(before) && !(*name == b"location:" && before.ends_with(b" "))
        })
    });
    if let Some(place) = place {
        signs.raise(Kind::Protocol, 0.7, place);
    }
}

/// `\\r\\n`, `\\r`, with blanks or a tab written out behind.
fn ends_in_written_break(text: &[u8]) -> bool {
    let text = text.strip_suffix(b" ").unwrap_or(text);
    let text = text.strip_suffix(b"\\t").unwrap_or(text);
    text.ends_with(b"\\r") || text.ends_with(b"\\n")
}

/// `x\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK`: a short value, headers that end, and a response of one's own.
fn splits_response(lower: &[u8]) -> Option<usize> {
    const SHORT: usize = 64;
    let first = lower.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or(lower);
    let short = first.len() <= SHORT && !first.contains(&b' ') && !first.contains(&b':');
    let responds = |place: &usize| {
        let headers = upto(lower, *place).strip_suffix(b"\n");
        let last = headers.and_then(|text| text.rsplit(|b| *b == b'\n').next());
        last.is_some_and(|line| line.trim_ascii().is_empty())
    };
    let mut responses = memchr::memmem::find_iter(lower, b"http/1.");
    responses.find(responds).filter(|_| short && first.len() < lower.len())
}

/// A command of IMAP with the tag that comes before it, `a2 logout`.
fn tagged(line: &[u8]) -> bool {
    const VERBS: [&[u8]; 9] = [
        b"logout",
        b"fetch",
        b"select",
        b"list",
        b"capability",
        b"examine",
        b"search",
        b"login",
        b"store",
    ];
    let mut words = upto(line, 40).split(|b| is_space(*b));
    let tag = words.next().unwrap_or_default();
    let verb = words.next().unwrap_or_default();
    (2..=6).contains(&tag.len())
        && tag.iter().all(u8::is_ascii_alphanumeric)
        && tag.last().is_some_and(u8::is_ascii_digit)
        && tag.first().is_some_and(u8::is_ascii_alphabetic)
        && VERBS.contains(&verb)
}

fn command(line: &[u8]) -> bool {
    COMMANDS.iter().any(|(name, tail)| {
        line.strip_prefix(*name).is_some_and(|rest| match *tail {
            b":" => at(rest, skip_space(rest, 0)) == b':',
            b"\n" => rest.is_empty() || matches!(rest.first(), Some(b'\n' | b'\r')),
            b" " => rest.first().is_some_and(|b| is_space(*b)) && rest.len() < 24,
            _ => rest.len() < 80 && rest.first().is_some_and(u8::is_ascii_alphanumeric),
        })
    })
}

fn header(view: &View<'_>, start: usize, breaks: usize, signs: &mut Signs) {
    let line = from(view.lower, start);
    let Some(name) =
        HEADERS.iter().find(|name| line.starts_with(name) && at(line, name.len()) == b':')
    else {
        // Any name with a hyphen, right behind a short value: headers of proxies and of browsers' policies.
        let name = line.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let hyphened = upto(line, name).iter().skip(1).any(|b| *b == b'-');
        let before = upto(upto(view.lower, start), 64).trim_ascii();
        // The end of a request's first line is a value's own, too: `x HTTP/1.1`.
        let before = before.strip_suffix(b" http/1.1").unwrap_or(before);
        let short = start <= 64 && !before.contains(&b' ');
        let known = asks_a_server(upto(line, name), from(line, name + 1));
        if (hyphened || known) && at(line, name) == b':' && breaks <= 4 && short {
            signs.raise(Kind::Protocol, 0.6, start);
        }
        return;
    };
    let mail = matches!(*name, b"bcc" | b"cc" | b"to" | b"subject" | b"reply-to");
    let address = upto(line, 120).contains(&b'@');
    match (mail, breaks <= 4) {
        (true, true) if address || *name == b"subject" => signs.raise(Kind::Mail, 0.6, start),
        (false, true) if !matches!(*name, b"location" | b"link") || view.role == Role::Path => {
            signs.raise(Kind::Protocol, 0.8, start)
        }
        (false, true) => signs.raise(Kind::Protocol, 0.6, start),
        _ => {}
    }
}

/// `x HTTP/1.1` and a header on the next line: the target that a request was to ask for ends here.
fn ends_target(lower: &[u8]) -> bool {
    let first = lower.split(|b| *b == b'\r').next().unwrap_or(lower);
    let target = first.strip_suffix(b" http/1.1").or_else(|| first.strip_suffix(b" http/1.0"));
    let next = from(lower, first.len()).trim_ascii_start();
    let name = next.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    target.is_some_and(|target| target.len() <= 64 && !target.contains(&b' '))
        && name > 0
        && at(next, name) == b':'
}

/// Headers of a request without a hyphen in their name, with a value that fits them.
fn asks_a_server(name: &[u8], rest: &[u8]) -> bool {
    let line = rest.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or(rest).trim_ascii();
    match name {
        b"host" => {
            !line.contains(&b' ') && line.iter().any(|b| matches!(b, b'.' | b':'))
                || line == b"localhost"
        }
        b"cookie" => line.contains(&b'='),
        b"authorization" => {
            [&b"basic "[..], b"bearer ", b"digest "].iter().any(|scheme| line.starts_with(scheme))
        }
        b"connection" => matches!(line, b"close" | b"keep-alive" | b"upgrade"),
        _ => false,
    }
}

/// Commands of Redis in the capitals its clients write, and of memcached with its three numbers.
fn talks_to_a_store(line: &[u8]) -> bool {
    const VERBS: [&[u8]; 9] = [
        b"SET",
        b"CONFIG",
        b"FLUSHALL",
        b"FLUSHDB",
        b"SLAVEOF",
        b"REPLICAOF",
        b"EVAL",
        b"MODULE",
        b"flushall",
    ];
    let whole = line.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or(line);
    // Names of dishes and titles are written in capitals, too, and end with their text.
    let ends = whole.len() < line.len();
    let line = whole;
    let mut words = upto(line, 120).split(|b| *b == b' ');
    let verb = words.next().unwrap_or_default();
    let said = matches!(verb, b"SET" | b"EVAL" | b"MODULE") && !ends;
    let bare = matches!(verb, b"FLUSHALL" | b"FLUSHDB" | b"flushall");
    let operands = words.clone().count();
    let stores = matches!(verb, b"set" | b"add" | b"replace" | b"append")
        && operands >= 4
        && words
            .skip(1)
            .take(3)
            .all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_digit));
    stores || !said && VERBS.contains(&verb) && (operands > 1 || bare && operands == 0)
}

/// A whole HTTP request inside a value: the second request of a smuggled pair (RFC 9112, clause 11.2).
fn request_line(view: &View<'_>, signs: &mut Signs) {
    if view.has(b'\r') && ends_target(view.lower) {
        signs.raise(Kind::Protocol, 0.6, 0);
    }
    for place in view.places(b" http/") {
        let version = from(view.lower, place + 6);
        let before = upto(view.lower, place);
        let method = before.iter().rposition(|b| is_space(*b)).map(|space| upto(before, space));
        let named = method.is_some_and(|m| {
            METHODS.iter().any(|known| m.strip_suffix(b" ").is_none() && m.ends_with(known))
        });
        if named && at(version, 0).is_ascii_digit() {
            // A message tells of a request, as a log does.
            let told = view.is_composed() || view.purpose == Purpose::Prose;
            signs.raise(Kind::Protocol, if told { 0.4 } else { 0.7 }, place);
        }
    }
}

const METHODS: [&[u8]; 9] =
    [b"get", b"post", b"head", b"put", b"delete", b"options", b"connect", b"trace", b"propfind"];

fn is_request(line: &[u8]) -> bool {
    let target = METHODS
        .iter()
        .find_map(|method| line.strip_prefix(*method))
        .and_then(|rest| rest.strip_prefix(b" "));
    target.is_some_and(|target| {
        (target.starts_with(b"/") || target.starts_with(b"http"))
            && super::scan::contains(upto(target, 512), b" http/")
    })
}
