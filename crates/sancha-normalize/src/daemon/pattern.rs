//! The sentences of daemons as templates, and how a message is held against one.
//!
//! `bad password attempt for '{user}' from {src}` is found anywhere in a message; `^` at its beginning
//! holds it to the message's start. Letters of the literal parts match without regard to case.
//!
//! | mark | takes |
//! | --- | --- |
//! | `{src}` | an address with or without port and brackets, `name[address]`, or a host name |
//! | `{src:port}` | an address whose last colon comes before its port, for daemons that do not bracket IPv6 |
//! | `{user}` | a name, which may hold anything: it ends at the *last* place from which the rest fits |
//! | `{word}` | the same without a blank |
//! | `{count}` | digits: how many tries the line tells of |
//! | `{conn}` | letters and digits: the name of a connection, see [`super::peers`] |
//! | `{*}` | any text: it ends at the first place from which the rest fits |
//! | `{**}` | any text: it ends at the *last* such place, for what a client may have written |

use std::net::IpAddr;

use crate::scan;

/// Places that may be tried for one sentence and for one message: a line made to be slow is not read, it is still kept.
/// Of 166,000 messages of our samples, rules and corpora one needs 424, and nearly all need none.
const TRIES_OF_SENTENCE: usize = 200;
const TRIES: usize = 1_000;

#[derive(Debug)]
pub(super) enum Part {
    Literal(&'static [u8]),
    Source {
        port: bool,
    },
    /// `word`: without a blank.
    User {
        word: bool,
    },
    Count,
    Connection,
    Any,
    Last,
}

#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
    at_start: bool,
}

/// What a message told. Both are slices of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) source: Option<Host<'a>>,
    pub(super) user: Option<&'a [u8]>,
    pub(super) count: Option<&'a [u8]>,
    pub(super) connection: Option<&'a [u8]>,
}

/// A remote host: its text, the address when it is one, and the digits of its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Host<'a> {
    pub(super) text: &'a [u8],
    pub(super) address: Option<IpAddr>,
    pub(super) port: &'a [u8],
}

impl Pattern {
    pub(super) fn new(text: &'static str) -> Self {
        let (at_start, mut rest) = match text.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut parts = Vec::new();
        while let Some((before, mark, after)) = next_mark(rest) {
            if !before.is_empty() {
                parts.push(Part::Literal(before.as_bytes()));
            }
            parts.push(mark);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.as_bytes()));
        }
        Self { parts, at_start }
    }

    /// The literal parts; at least one has four bytes (a test sees to it).
    pub(super) fn literals(&self) -> impl Iterator<Item = &'static [u8]> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(text) => Some(*text),
            Part::Source { .. }
            | Part::User { .. }
            | Part::Count
            | Part::Connection
            | Part::Any
            | Part::Last => None,
        })
    }

    pub(super) fn has_source(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Source { .. }))
    }

    /// `search` is the one of the message, for all sentences it is held against.
    pub(super) fn find<'a>(&self, message: &'a [u8], search: &mut Search) -> Option<Found<'a>> {
        search.of_sentence = TRIES_OF_SENTENCE.min(search.left);
        let mut found = Found::default();
        if let (false, [Part::Source { port }, Part::Literal(next), ..]) =
            (self.at_start, &*self.parts)
        {
            return self.begun_by_source(message, *port, next, search);
        }
        if self.at_start || !matches!(self.parts.first(), Some(Part::Literal(_))) {
            return search.fits(&self.parts, message, &mut found).then_some(found);
        }
        let (Part::Literal(first), rest) = self.parts.split_first()? else { return None };
        let mut at = 0;
        while let Some(start) = position(message.get(at..)?, first) {
            let after = message.get(at + start + first.len()..)?;
            let mut found = Found::default();
            if search.fits(rest, after, &mut found) {
                return Some(found);
            }
            search.try_once()?;
            at += start + 1;
        }
        None
    }

    /// A sentence that begins with a host: the literal is searched, and what ends before it is read.
    fn begun_by_source<'a>(
        &self,
        message: &'a [u8],
        port: bool,
        next: &[u8],
        search: &mut Search,
    ) -> Option<Found<'a>> {
        let mut at = 0;
        while let Some(start) = message.get(at..).and_then(|rest| position(rest, next)) {
            let end = at + start;
            let begin = host_begin(message.get(..end)?);
            if let Some((host, after)) = host(message.get(begin..)?, port)
                && after.len() == message.len() - end
            {
                let mut found = Found { source: Some(host), ..Found::default() };
                if search.fits(self.parts.get(1..)?, after, &mut found) {
                    return Some(found);
                }
            }
            search.try_once()?;
            at = end + 1;
        }
        None
    }
}

/// Where the host begins that `text` ends with.
fn host_begin(text: &[u8]) -> usize {
    let open = match text.last() {
        Some(b']') => memchr::memrchr(b'[', text),
        _ => None,
    };
    let is_other = |byte: &u8| !(byte.is_ascii_alphanumeric() || b".:-_%/#[]".contains(byte));
    open.unwrap_or_else(|| text.iter().rposition(is_other).map_or(0, |at| at + 1))
}

/// What stands before the first mark, the mark, and what stands behind it. Other braces are text.
pub(super) fn next_mark(text: &'static str) -> Option<(&'static str, Part, &'static str)> {
    text.match_indices('{').find_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        let (name, after) = rest.split_once('}')?;
        let mark = match name {
            "{src" => Part::Source { port: false },
            "{src:port" => Part::Source { port: true },
            "{user" => Part::User { word: false },
            "{word" => Part::User { word: true },
            "{count" => Part::Count,
            "{conn" => Part::Connection,
            "{*" => Part::Any,
            "{**" => Part::Last,
            _ => return None,
        };
        Some((before, mark, after))
    })
}

/// What may still be tried.
pub(super) struct Search {
    of_sentence: usize,
    left: usize,
    /// A name before it may still end earlier, which leaves more text.
    behind_name: bool,
}

impl Search {
    pub(super) fn of_message() -> Self {
        Self { of_sentence: 0, left: TRIES, behind_name: false }
    }

    fn try_once(&mut self) -> Option<()> {
        self.of_sentence = self.of_sentence.checked_sub(1)?;
        self.left = self.left.saturating_sub(1);
        Some(())
    }

    fn fits<'a>(&mut self, parts: &[Part], text: &'a [u8], found: &mut Found<'a>) -> bool {
        let Some((part, rest)) = parts.split_first() else { return true };
        match part {
            Part::Literal(literal) => {
                starts(text, literal)
                    && self.fits(rest, text.get(literal.len()..).unwrap_or(&[]), found)
            }
            Part::Source { port } => {
                let Some((host, after)) = host(text, *port) else { return false };
                found.source = Some(host);
                self.fits(rest, after, found)
            }
            Part::User { word } => {
                let name = self.last_end(rest, text, *word, found);
                found.user = name.or(found.user);
                name.is_some()
            }
            Part::Last => self.last_end(rest, text, false, found).is_some(),
            Part::Count => {
                let (digits, after) = scan::digits(text);
                found.count = Some(digits);
                !digits.is_empty() && self.fits(rest, after, found)
            }
            Part::Connection => {
                let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric());
                let (name, after) =
                    text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, &[]));
                found.connection = Some(name);
                !name.is_empty() && self.fits(rest, after, found)
            }
            Part::Any => self.first_end(rest, text, found),
        }
    }

    /// A name ends at the last place from which the rest fits: it may itself imitate what follows.
    fn last_end<'a>(
        &mut self,
        rest: &[Part],
        text: &'a [u8],
        word: bool,
        found: &mut Found<'a>,
    ) -> Option<&'a [u8]> {
        let Some(Part::Literal(next)) = rest.first() else {
            let end = if word { text.iter().position(u8::is_ascii_whitespace) } else { None };
            return rest.is_empty().then(|| text.get(..end.unwrap_or(text.len())).unwrap_or(text));
        };
        let mut end = text.len();
        while let Some(at) = last_position(text.get(..end).unwrap_or(&[]), next) {
            let (name, after) = text.split_at_checked(at).unwrap_or((text, &[]));
            let before = std::mem::replace(&mut self.behind_name, true);
            let fits = !(word && name.contains(&b' ')) && self.fits(rest, after, found);
            self.behind_name = before;
            if fits {
                return Some(name);
            }
            self.try_once()?;
            end = (at + next.len()).saturating_sub(1);
        }
        None
    }

    fn first_end<'a>(&mut self, rest: &[Part], text: &'a [u8], found: &mut Found<'a>) -> bool {
        let Some(Part::Literal(next)) = rest.first() else { return rest.is_empty() };
        let mut at = 0;
        while let Some(start) = text.get(at..).and_then(|tail| position(tail, next)) {
            let after = text.get(at + start..).unwrap_or(&[]);
            if self.fits(rest, after, found) {
                return true;
            }
            if self.try_once().is_none() {
                return false;
            }
            at += start + 1;
        }
        if at == 0 && !self.behind_name {
            // It does not stand in what other places would leave, which is less.
            self.of_sentence = 0;
        }
        false
    }
}

fn starts(text: &[u8], literal: &[u8]) -> bool {
    text.get(..literal.len()).is_some_and(|head| head.eq_ignore_ascii_case(literal))
}

pub(super) fn position(text: &[u8], literal: &[u8]) -> Option<usize> {
    let first = literal.first()?;
    let (small, large) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(small, large, text)
        .find(|at| starts(text.get(*at..).unwrap_or(&[]), literal))
}

fn last_position(text: &[u8], literal: &[u8]) -> Option<usize> {
    let first = literal.first()?;
    let (small, large) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memrchr2_iter(small, large, text)
        .find(|at| starts(text.get(*at..).unwrap_or(&[]), literal))
}

/// A host at the beginning of `text`, and what follows it.
pub(super) fn host(text: &[u8], port: bool) -> Option<(Host<'_>, &[u8])> {
    let bare = without_transport(text);
    if let Some(inner) = bare.strip_prefix(b"[") {
        let (inside, after) = scan::until(inner, b']')?;
        let (host, _) = plain(without_transport(inside), port)?;
        return Some(with_port(host, after));
    }
    let (host, after) = plain(bare, port)?;
    if host.address.is_some() {
        return Some(with_port(host, after));
    }
    // `name[address]`, `name [address]`, `name(address)`: the address is what was seen, the name was asked.
    let (open, close) = match after.strip_prefix(b" ").unwrap_or(after).first() {
        Some(b'[') => (b'[', b']'),
        Some(b'(') => (b'(', b')'),
        _ => return is_name(host.text).then_some((host, after)),
    };
    let inside = scan::until(after, open).and_then(|(_, rest)| scan::until(rest, close));
    match inside.and_then(|(inside, rest)| Some((plain(without_transport(inside), port)?.0, rest)))
    {
        Some((seen, rest)) if seen.address.is_some() => Some(with_port(seen, rest)),
        _ => is_name(host.text).then_some((host, after)),
    }
}

/// `IPV4/UDP/192.0.2.1/5060`, `ipv4:192.0.2.1`, `IPv6:2001:db8::1`, `UDP:192.0.2.1:5060`.
fn without_transport(text: &[u8]) -> &[u8] {
    const WORDS: [&[u8]; 15] = [
        b"[af_inet]",
        b"[af_inet6]",
        b"ipv4/udp/",
        b"ipv4/tcp/",
        b"ipv4/tls/",
        b"ipv4/ws/",
        b"ipv4/wss/",
        b"ipv6/udp/",
        b"ipv6/tcp/",
        b"ipv6/tls/",
        b"ipv4:",
        b"ipv6:",
        b"udp:",
        b"tcp:",
        b"tls:",
    ];
    WORDS
        .iter()
        .find(|word| starts(text, word))
        .map_or(text, |word| text.get(word.len()..).unwrap_or(&[]))
}

/// The digits of a port that follow in one of the ways daemons write it.
fn with_port<'a>(host: Host<'a>, after: &'a [u8]) -> (Host<'a>, &'a [u8]) {
    if !host.port.is_empty() {
        return (host, after);
    }
    for mark in [&b":"[..], b"#", b"/", b" port "] {
        if let Some(rest) = after.strip_prefix(mark)
            && let (digits @ [_, ..], rest) = scan::digits(rest)
            && digits.len() <= 5
        {
            return (Host { port: digits, ..host }, rest);
        }
    }
    (host, after)
}

/// A run of bytes that addresses and names are made of.
fn plain(text: &[u8], port: bool) -> Option<(Host<'_>, &[u8])> {
    let is_part = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'%')
    };
    let end = text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len());
    let run = text.get(..end)?;
    let mut kept = run;
    while let Some((b'.' | b':' | b'-', less)) = kept.split_last() {
        kept = less;
    }
    let whole = scan::address(kept).filter(|_| !port);
    if let Some(address) = whole {
        let host = Host { text: kept, address: Some(address), port: b"" };
        return Some((host, text.get(kept.len()..)?));
    }
    if let Some(at) = memchr::memrchr(b':', kept)
        && let (Some(before), Some(digits)) = (kept.get(..at), kept.get(at + 1..))
        && let Some(address) = scan::address(before)
        && scan::number(digits).is_some()
    {
        let host = Host { text: before, address: Some(address), port: digits };
        return Some((host, text.get(kept.len()..)?));
    }
    if let Some(address) = scan::address(kept) {
        let host = Host { text: kept, address: Some(address), port: b"" };
        return Some((host, text.get(kept.len()..)?));
    }
    // `192.0.2.1.5060`, as Dante writes address and port.
    if let Some(at) = memchr::memrchr(b'.', kept)
        && let (Some(before), Some(digits)) = (kept.get(..at), kept.get(at + 1..))
        && let Some(address) = scan::address(before)
        && scan::number(digits).is_some()
    {
        let host = Host { text: before, address: Some(address), port: digits };
        return Some((host, text.get(kept.len()..)?));
    }
    let name_end = kept.iter().position(|byte| *byte == b':').unwrap_or(kept.len());
    let name = kept.get(..name_end).filter(|name| !name.is_empty())?;
    // `192.0.2.1: text` and `192.0.2.1:text` end at the colon.
    Some((Host { text: name, address: scan::address(name), port: b"" }, text.get(name.len()..)?))
}

/// A host name has a dot and a letter; a bare word may be anything.
fn is_name(text: &[u8]) -> bool {
    text.contains(&b'.') && text.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &'static str, message: &str, want: Option<(&str, &str, &str)>) {
        let got = Pattern::new(pattern).find(message.as_bytes(), &mut Search::of_message()).map(
            |found| {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let source = found.source.map_or((String::new(), String::new()), |host| {
                    let shown =
                        host.address.map_or_else(|| text(host.text), |address| address.to_string());
                    (shown, text(host.port))
                });
                (source.0, source.1, text(found.user.unwrap_or(b"")))
            },
        );
        let got = got.as_ref().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str()));
        assert_eq!(got, want, "{message}");
    }

    #[test]
    fn hosts_in_all_their_spellings() {
        for (text, address, port) in [
            ("from 203.0.113.9", "203.0.113.9", ""),
            ("from 203.0.113.9:5543", "203.0.113.9", "5543"),
            ("from ::ffff:203.0.113.9:60495 x", "203.0.113.9", "60495"),
            ("from [2001:db8::1]:5060", "2001:db8::1", "5060"),
            ("from 203.0.113.9#4795: query", "203.0.113.9", "4795"),
            ("from a.example.net[203.0.113.9]", "203.0.113.9", ""),
            ("from unknown[203.0.113.9]: 454", "203.0.113.9", ""),
            ("from a.example.net [IPv6:2001:db8::1]", "2001:db8::1", ""),
            ("from a.example.net (203.0.113.9)", "203.0.113.9", ""),
            ("from IPV4/UDP/203.0.113.9/5070\"", "203.0.113.9", "5070"),
            ("from ipv4:203.0.113.9:62419]", "203.0.113.9", "62419"),
            ("from 2001:db8::9. Username: x", "2001:db8::9", ""),
            ("from 203.0.113.9: text", "203.0.113.9", ""),
            ("from 203.0.113.9->192.0.2.1", "203.0.113.9", ""),
            ("from a.example.net: text", "a.example.net", ""),
        ] {
            check("from {src}", text, Some((address, port, "")));
        }
        check("from {src}", "from cache", None);
        check("by {src:port}", "by 2001:db8::12:58430 x", Some(("2001:db8::12", "58430", "")));
    }

    #[test]
    fn a_name_may_imitate_what_follows_it() {
        let pattern = "failed for '{user}' from {src}";
        check(pattern, "FAILED for 'a' from 203.0.113.9", Some(("203.0.113.9", "", "a")));
        check(
            pattern,
            "failed for 'a' from 192.0.2.1' from 203.0.113.9",
            Some(("203.0.113.9", "", "a' from 192.0.2.1")),
        );
        check(pattern, "failed for 'a' from somewhere", None);
        check("^failed", "it failed", None);
        let pattern = "id=\"{user}\",s=\"{**}\",ip=\"{src}\"";
        let said = "id=\"a\",s=\"x\",ip=\"192.0.2.1\"\",ip=\"203.0.113.9\"";
        check(pattern, said, Some(("203.0.113.9", "", "a")));
    }

    #[test]
    fn a_message_is_tried_so_often_whatever_the_number_of_sentences() {
        let text = "[192.0.2.1] ".repeat(400);
        let pattern = Pattern::new("[{src}] rejected{*}");
        let mut search = Search::of_message();
        for sentences in 1..=10 {
            assert!(pattern.find(text.as_bytes(), &mut search).is_none());
            assert_eq!(TRIES - search.left, TRIES.min(sentences * TRIES_OF_SENTENCE));
        }
        // What fits where it is first looked for still does.
        let said = b"[192.0.2.1] rejected it";
        assert!(pattern.find(said, &mut search).is_some());
    }

    #[test]
    fn a_line_made_to_be_slow_is_given_up() {
        let text = "a b ".repeat(100_000);
        check("a {*} b {user} c {src}", &text, None);
    }
}
