//! Headers that contradict each other or claim what only a proxy may claim: smuggled requests, borrowed addresses.

use super::path::names_inner_address;
use super::scan::{at, is_space};
use super::value::Examiner;
use super::{Kind, Layers, Part, Request};

/// Looks at the headers together.
pub(super) fn examine(request: &Request<'_>, examiner: &mut Examiner<'_>) {
    if request.headers.is_empty() && request.cookie.is_empty() {
        return;
    }
    let mut seen = Seen::default();
    for (name, value) in request.headers {
        let framing = seen.framing(name, value);
        raise(examiner, Kind::Protocol, framing, value);
        raise(examiner, Kind::AuthBypass, claim(name, value), value);
    }
    let both = if seen.encodings > 0 && seen.lengths > 0 { 0.6 } else { 0.0 };
    raise(examiner, Kind::Protocol, both, b"transfer-encoding, content-length");
    let doubled = if seen.lengths > 1 || seen.encodings > 1 || seen.hosts > 1 { 0.7 } else { 0.0 };
    raise(examiner, Kind::Protocol, doubled, b"a framing header twice");
    // RFC 2109's `$Version` makes some readers take the rest of the header for attributes.
    let versioned = request.cookie.trim_ascii().get(..8);
    if versioned.is_some_and(|head| head.eq_ignore_ascii_case(b"$version")) {
        examiner.raise(Kind::Protocol, 0.6, Part::Cookie, request.cookie, Layers::default());
    }
}

fn raise(examiner: &mut Examiner<'_>, kind: Kind, score: f32, evidence: &[u8]) {
    if score > 0.0 {
        examiner.raise(kind, score, Part::Header, evidence, Layers::default());
    }
}

/// How often the headers that delimit a request were seen.
#[derive(Default)]
struct Seen {
    lengths: u32,
    encodings: u32,
    hosts: u32,
}

impl Seen {
    /// Two readers must agree where a request ends (RFC 9112, clause 6.3); what they may read differently is odd.
    fn framing(&mut self, name: &[u8], value: &[u8]) -> f32 {
        let bare = name.trim_ascii();
        let is = |known: &[u8]| bare.eq_ignore_ascii_case(known);
        if is(b"transfer-encoding") {
            self.encodings += 1;
            return if bare.len() < name.len() || !is_coding(value) { 0.7 } else { 0.0 };
        }
        if is(b"content-length") {
            self.lengths += 1;
            let digits = !value.is_empty() && value.trim_ascii().iter().all(u8::is_ascii_digit);
            return if bare.len() < name.len() || !digits { 0.7 } else { 0.0 };
        }
        if is(b"host") {
            self.hosts += 1;
            return if value.iter().all(|b| is_authority(*b)) { 0.0 } else { 0.6 };
        }
        if is(b"range") {
            return ranges(value);
        }
        // Becomes `HTTP_PROXY` of a CGI program, which then fetches through whoever sent it.
        let borrowed = is(b"proxy") && !value.is_empty();
        let split = bare.iter().chain(value.trim_ascii()).any(|b| matches!(b, b'\r' | b'\n'));
        if borrowed || split || is(b"connection") && drops_others(value) {
            return 0.6;
        }
        let lookalike = is(b"transfer_encoding") || is(b"content_length");
        let cleartext = is(b"upgrade") && value.trim_ascii().eq_ignore_ascii_case(b"h2c");
        if lookalike || is(b"x-middleware-subrequest") {
            0.7
        } else if cleartext {
            0.5
        } else {
            0.0
        }
    }
}

/// Byte ranges that no reader asks for: many, backwards, or past any file's end (RFC 9110, clause 14.2).
fn ranges(value: &[u8]) -> f32 {
    /// A viewer of documents asks for a handful.
    const MANY: usize = 5;
    /// So many digits number more bytes than any disk has.
    const DIGITS: usize = 16;
    let Some((_, list)) = split_range(value) else { return 0.0 };
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|t| t.parse::<u64>().ok());
    let mut count = 0;
    for range in list.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
        count += 1;
        let mut ends = range.splitn(2, |b| *b == b'-');
        let (first, last) = (ends.next().unwrap_or_default(), ends.next().unwrap_or_default());
        let backwards = matches!((number(first), number(last)), (Some(a), Some(b)) if a > b);
        if backwards || first.len() > DIGITS || last.len() > DIGITS {
            return 0.6;
        }
    }
    if count > MANY { 0.5 } else { 0.0 }
}

fn split_range(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let place = value.iter().position(|b| *b == b'=')?;
    Some((value.get(..place)?, value.get(place + 1..)?))
}

/// `Connection: close, X-Forwarded-For` makes a proxy drop a header that the application behind it trusts.
fn drops_others(value: &[u8]) -> bool {
    let trusted = |token: &[u8]| {
        [&b"x-"[..], b"forwarded", b"cookie", b"authorization", b"host", b"content-", b"transfer-"]
            .iter()
            .any(|name| token.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name)))
    };
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii).any(trusted)
}

/// The registered codings, alone or in a list that ends in `chunked` (RFC 9112, clause 7).
fn is_coding(value: &[u8]) -> bool {
    let known = |coding: &[u8]| {
        [&b"chunked"[..], b"gzip", b"deflate", b"compress", b"x-gzip", b"trailers"]
            .iter()
            .any(|name| coding.eq_ignore_ascii_case(name))
    };
    let ordinary = |b: &u8| b.is_ascii_graphic() || *b == b' ';
    value.iter().all(ordinary)
        && !value.starts_with(b"  ")
        && value.split(|b| *b == b',').map(<[u8]>::trim_ascii).all(known)
}

/// Bytes of a host and port (RFC 3986, clause 3.2.2).
fn is_authority(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_' | b'%' | b' ' | b'~')
}

/// Claims of a client about itself that some applications believe: another path, an inner address.
fn claim(name: &[u8], value: &[u8]) -> f32 {
    /// Which path is meant, as a front end tells the application behind it.
    const PATHS: [&[u8]; 3] = [b"x-original-url", b"x-rewrite-url", b"x-override-url"];
    /// Where the client is. Proxies write the first two themselves, the others hardly any does.
    const USUAL: [&[u8]; 3] = [b"x-forwarded-for", b"x-real-ip", b"forwarded"];
    const UNUSUAL: [&[u8]; 12] = [
        b"x-client-ip",
        b"x-originating-ip",
        b"x-remote-ip",
        b"x-remote-addr",
        b"x-custom-ip-authorization",
        b"x-host",
        b"x-proxyuser-ip",
        b"true-client-ip",
        b"cluster-client-ip",
        b"client-ip",
        b"x-forwarded-host",
        b"x-cluster-client-ip",
    ];
    let name = name.trim_ascii();
    let is_one = |names: &[&[u8]]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if !matches!(at(name, 0), b'x' | b'X' | b't' | b'T' | b'c' | b'C' | b'f' | b'F') {
        return 0.0;
    }
    if is_one(&PATHS) && at(value.trim_ascii(), 0) == b'/' {
        return 0.7;
    }
    let first = value.split(|b| *b == b',').next().unwrap_or(value);
    let first = first.strip_prefix(b"for=").unwrap_or(first);
    let first = first.split(|b| is_space(*b) || matches!(b, b';' | b'"')).find(|p| !p.is_empty());
    let inner = first.is_some_and(names_inner_address);
    match inner {
        true if is_one(&UNUSUAL) => 0.7,
        true if is_one(&USUAL) => 0.5,
        _ => 0.0,
    }
}
