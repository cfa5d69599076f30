//! Splits a request into the values an application would read, each handed to the examiner once.

mod binary;
mod body;
mod packed;
mod polluted;
mod privilege;
mod torn;

use std::borrow::Cow;

use super::gate::{self, Place};
use super::purpose::Purpose;
use super::scan::{at, contains, from, split_once, upto};
use super::value::{Examiner, Role};
use super::{Ordinary, Part, Request, path, protocol};

/// Headers whose values have a grammar of their own and no way into an application's code.
const QUIET_HEADERS: [&[u8]; 22] = [
    b"host",
    b"accept",
    b"accept-language",
    b"accept-encoding",
    b"content-length",
    b"connection",
    b"content-type",
    b"cookie",
    b"user-agent",
    b"referer",
    b"cache-control",
    b"pragma",
    b"upgrade-insecure-requests",
    b"if-modified-since",
    b"if-none-match",
    b"sec-ch-ua",
    b"sec-ch-ua-platform",
    b"sec-ch-ua-mobile",
    b"dnt",
    b"te",
    b"date",
    b"keep-alive",
];

/// Hands every part of the request that passes the gate to the examiner. Returns what was ordinary.
pub(super) fn examine(
    request: &Request<'_>,
    mut known: Ordinary,
    examiner: &mut Examiner<'_>,
) -> Ordinary {
    known.path = known.path || !gate::opens(request.target, Place::Target);
    if !known.path {
        let before = examiner.raised;
        target(request, &mut known.path_text, examiner);
        known.path = examiner.raised == before;
    }
    // What a link or agent is does not depend on the request.
    let before = examiner.raised;
    if !known.referer && gate::opens(request.referer, Place::Header) {
        referer(request.referer, examiner);
    }
    known.referer = examiner.raised == before;
    let before = examiner.raised;
    if !known.agent {
        protocol::agent(request.user_agent, examiner);
        if gate::opens(request.user_agent, Place::Header) {
            examiner.value(Part::UserAgent, Role::Header, request.user_agent);
        }
    }
    known.agent = examiner.raised == before;
    if !request.cookie.is_empty() && gate::opens(request.cookie, Place::Value) {
        cookies(request.cookie, examiner);
    }
    for (name, value) in request.headers {
        let quiet = QUIET_HEADERS.iter().any(|quiet| name.eq_ignore_ascii_case(quiet));
        if if quiet { leaves_grammar(name, value) } else { gate::opens(value, Place::Value) } {
            examiner.value(Part::Header, Role::Value, value);
            credentials(name, value, examiner);
            if name.to_ascii_lowercase().ends_with(b"filename") {
                body::file_name(&value.to_ascii_lowercase(), examiner);
            }
        }
    }
    path::examine_sealed(request, examiner);
    if let Some(plain) = packed::unpack(request) {
        let request = Request { body: &plain, ..*request };
        body::examine(&request, examiner);
        privilege::examine(&request, examiner);
    } else {
        body::examine(request, examiner);
        privilege::examine(request, examiner);
    }
    known
}

/// Whether a header that has a grammar of its own holds what that grammar has no place for.
fn leaves_grammar(name: &[u8], value: &[u8]) -> bool {
    // Read in parts of their own, or by what they say of the request.
    // Browsers put odd signs on purpose into the names they give of themselves.
    const ELSEWHERE: [&[u8]; 7] = [
        b"host",
        b"cookie",
        b"user-agent",
        b"referer",
        b"content-length",
        b"sec-ch-ua",
        b"sec-ch-ua-platform",
    ];
    let odd = value.iter().any(|b| matches!(b, b'{' | b'<' | b'$' | b'\'' | b'|' | b'`' | b'\\'));
    (odd || contains(value, b"../"))
        && !ELSEWHERE.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Name and password of `Basic` (RFC 7617), which applications look up like any form's.
fn credentials(name: &[u8], value: &[u8], examiner: &mut Examiner<'_>) {
    let basic = name.eq_ignore_ascii_case(b"authorization")
        && value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
    if basic {
        examiner.value(Part::Header, Role::Value, from(value, 6).trim_ascii());
    }
}

fn target(request: &Request<'_>, path_text: &mut bool, examiner: &mut Examiner<'_>) {
    let (path, query) = split_once(request.target, b'?');
    // A proxy request names the scheme and host first.
    let path = match path.get(..7).is_some_and(|head| head.eq_ignore_ascii_case(b"http://")) {
        true => from(path, 7 + memchr::memchr(b'/', from(path, 7)).unwrap_or(0)),
        false => path,
    };
    if !*path_text {
        let before = examiner.raised;
        examiner.path_text(path);
        *path_text = examiner.raised == before;
    }
    let mut lower = Vec::new();
    super::decode::first_round(path, false, &mut lower);
    lower.make_ascii_lowercase();
    path::examine_path(request, &lower, examiner);
    if at(query, 0) != 0 {
        pairs(Part::Query, query, b"&", examiner);
    }
}

impl Examiner<'_> {
    /// The whole path, then each segment that could be a value of its own.
    fn path_text(&mut self, raw: &[u8]) {
        let inner = from(raw, 1);
        // The query alone may have opened the gate.
        if gate::opens(raw, Place::Target) {
            self.value(Part::Path, Role::Path, raw);
            if inner.len() >= 10 {
                self.value(Part::Path, Role::Value, inner);
            }
        }
        for segment in inner.split(|b| *b == b'/') {
            if segment.len() >= 10
                && segment.len() < inner.len()
                && gate::opens(segment, Place::Value)
            {
                self.value(Part::Path, Role::Value, segment);
            }
        }
    }
}

/// Names and values of a query or form.
pub(super) fn pairs(part: Part, text: &[u8], separators: &[u8], examiner: &mut Examiner<'_>) {
    let mut whole = false;
    for pair in text.split(|b| separators.contains(b)) {
        let pair = unescaped(pair);
        let (name, value) = split_once(pair, b'=');
        whole |= value.is_empty();
        if gate::opens(name, Place::Value) {
            // What an operator in a name asks is told by its operand.
            let operator = name.contains(&b'$') || contains(name, b"%24");
            examiner.value(part, Role::Name, if operator { pair } else { name });
        }
        if gate::opens(value, Place::Value) {
            examiner.value_of(part, name, value);
        }
        if value.len() > 8 {
            path::examine_inclusion(part, name, value, examiner);
        }
    }
    polluted::examine(part, text, separators, examiner);
    // A value that was not encoded falls apart at its own `&` and `=`: read it once more in one piece.
    let torn = whole || text.iter().any(tears);
    if torn {
        let (before, query) = torn::at_query(text, separators);
        torn::examine(part, before, examiner);
        torn::examine(part, query, examiner);
    }
}

/// A pair without the rest of `&amp;` in front: whoever copies a link out of a page's source takes its `&` along as it is
/// written there, and crawlers do so more than once.
fn unescaped(mut pair: &[u8]) -> &[u8] {
    while let Some(rest) = pair.strip_prefix(b"amp;") {
        pair = rest;
    }
    pair
}

/// Signs that no query holds as it is sent, unless it was written by hand.
fn tears(byte: &u8) -> bool {
    matches!(byte, b'\'' | b'"' | b'<' | b'>' | b'(' | b'{' | b'|' | b';' | b' ' | b'`' | b'$')
}

fn referer(referer: &[u8], examiner: &mut Examiner<'_>) {
    examiner.value(Part::Referer, Role::Header, &without_searches(referer));
    let url = referer.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"http"));
    // Searches that led here quote whatever the visitor typed; only what follows `#` or a bare text is ours.
    if let Some(fragment) = memchr::memchr(b'#', referer).filter(|_| url) {
        pairs(Part::Referer, from(referer, fragment + 1), b"&", examiner);
    } else if !url {
        examiner.value(Part::Referer, Role::Value, referer);
    }
}

/// An address without the words that somebody searched for on its page.
fn without_searches(address: &[u8]) -> Cow<'_, [u8]> {
    let (page, query) = split_once(address, b'?');
    let is_search = |pair: &&[u8]| {
        let (name, value) = split_once(pair, b'=');
        let plain =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'+' | b'*' | b'-' | b'.');
        matches!(Purpose::of(name), Purpose::Search | Purpose::Query)
            && value.first().is_some_and(u8::is_ascii_alphabetic)
            && value.iter().all(plain)
    };
    if !query.split(|b| *b == b'&').any(|pair| is_search(&pair)) {
        return Cow::Borrowed(address);
    }
    let rest: Vec<&[u8]> = query.split(|b| *b == b'&').filter(|pair| !is_search(pair)).collect();
    Cow::Owned([page, &rest.join(&b'&')].join(&b'?'))
}

fn cookies(cookie: &[u8], examiner: &mut Examiner<'_>) {
    for pair in cookie.split(|b| *b == b';') {
        let pair = pair.trim_ascii();
        let (name, value) = split_once(pair, b'=');
        if gate::opens(name, Place::Value) {
            examiner.value(Part::Cookie, Role::Name, name);
        }
        if gate::opens(value, Place::Value) {
            examiner.value_of(Part::Cookie, name, value);
        }
    }
    let torn = cookie.iter().any(|b| matches!(b, b'<' | b'(' | b'{' | b'\'' | b'"'));
    if torn {
        examiner.value(Part::Cookie, Role::Value, upto(cookie, 8192));
    }
}
