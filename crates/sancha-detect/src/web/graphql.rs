//! Queries of GraphQL that ask for one thing many times, or for things in things without end.
//!
//! One request then guesses a hundred passwords, or takes a server down; limits per request do not see it.

use super::Kind;
use super::scan::{at, from, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};

/// A page asks for one field under a few names, for today and yesterday; hardly under so many.
const ALIASES: usize = 10;

/// Lists of lists of what belongs to what: clients' own queries stay under this.
const DEPTH: usize = 20;

/// Threads have answers to answers; a client asks for so many at once.
const REPEATS: usize = 6;

/// One field is skipped or included once, a page's fields a few times.
const DIRECTIVES: usize = 16;

/// Clients batch what one page needs.
pub(super) const BATCH: usize = 20;

/// Looks at a value that is a query.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.role != Role::Value || !view.has(b'{') || !view.has(b'}') || !is_query(view.lower) {
        return;
    }
    if asks_for_schema(view.lower) {
        signs.raise(Kind::Protocol, 0.5, 0);
    }
    let deep = deepest(view.lower) > DEPTH || most_nested(view.lower) >= REPEATS;
    let piled = view.places(b"@skip").count().max(view.places(b"@include").count()) >= DIRECTIVES;
    if deep || piled || most_asked(view.lower) >= ALIASES {
        signs.raise(Kind::Protocol, 0.5, 0);
    }
    if asks_by_operator(view.lower) {
        signs.raise(Kind::Nosql, 0.6, 0);
    }
}

/// `__schema {`, `__type(name:`, fragments on the types that describe a schema (GraphQL, section 4).
fn asks_for_schema(lower: &[u8]) -> bool {
    let field = |name: &[u8], sign: u8| {
        memchr::memmem::find_iter(lower, name)
            .any(|place| at(lower, skip_space(lower, place + name.len())) == sign)
    };
    field(b"__schema", b'{') || field(b"__type", b'(') || field(b" on __type", b'{')
}

fn is_query(lower: &[u8]) -> bool {
    let text = lower.trim_ascii();
    let keyword = [&b"query"[..], b"mutation", b"subscription", b"fragment"]
        .iter()
        .find_map(|keyword| text.strip_prefix(*keyword))
        .is_some_and(|rest| matches!(at(rest, 0), b' ' | b'{' | b'(' | b'\n'));
    let inner = from(text, skip_space(text, 1));
    let field = word(inner, 0);
    // A document of data quotes its names.
    let bare = at(text, 0) == b'{'
        && !field.is_empty()
        && matches!(at(inner, skip_space(inner, field.len())), b'{' | b'(' | b':');
    keyword || bare
}

/// `password: {_ne: ""}`: a secret that is to differ from nothing.
fn asks_by_operator(lower: &[u8]) -> bool {
    [&b"password"[..], b"token", b"secret"].iter().any(|name| {
        memchr::memmem::find_iter(lower, name).any(|place| {
            let colon = skip_space(lower, place + name.len());
            let brace = skip_space(lower, colon + 1);
            let operator = word(lower, skip_space(lower, brace + 1));
            at(lower, colon) == b':'
                && at(lower, brace) == b'{'
                && matches!(operator, b"_ne" | b"_neq" | b"_gt" | b"_gte" | b"_regex" | b"_like")
        })
    })
}

/// How often one field stands inside itself: `posts{author{posts{author{…`.
fn most_nested(lower: &[u8]) -> usize {
    let mut open: Vec<&[u8]> = Vec::new();
    let mut most = 0;
    for (index, byte) in lower.iter().enumerate() {
        match byte {
            b'{' => {
                let before = upto(lower, index).trim_ascii_end();
                let len = before.iter().rev().take_while(|b| is_word(**b)).count();
                open.push(from(before, before.len() - len));
                let last = open.last().copied().unwrap_or_default();
                if !last.is_empty() {
                    most = most.max(open.iter().filter(|name| **name == last).count());
                }
            }
            b'}' => drop(open.pop()),
            _ => {}
        }
        if open.len() > DEPTH {
            break;
        }
    }
    most
}

fn deepest(lower: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in lower {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// How often the field that is asked for most is asked for under another name: `a1: login(…)`.
fn most_asked(lower: &[u8]) -> usize {
    let mut asked: Vec<(&[u8], usize)> = Vec::new();
    for colon in memchr::memchr_iter(b':', lower) {
        let field = word(lower, skip_space(lower, colon + 1));
        let end = skip_space(lower, colon + 1) + field.len();
        let before = upto(lower, colon).trim_ascii_end();
        let alias = before.iter().rev().take_while(|b| is_word(**b)).count();
        // Behind a bracket it names an argument.
        let ahead = upto(before, before.len() - alias).trim_ascii_end().last().copied();
        let listed = ahead.is_some_and(is_word) && before.last().is_some_and(u8::is_ascii_digit);
        let selects = matches!(ahead, Some(b'{' | b'}' | b')')) || listed;
        let called = at(lower, skip_space(lower, end)) == b'(';
        // Without arguments the same is asked again and again.
        let name = from(before, before.len() - alias);
        let counted = called || name.last().is_some_and(u8::is_ascii_digit);
        if alias == 0 || field.is_empty() || !selects || !counted {
            continue;
        }
        if let Some((_, times)) = asked.iter_mut().find(|(known, _)| *known == field) {
            *times += 1;
        } else if asked.len() < 64 {
            asked.push((field, 1));
        }
    }
    asked.iter().map(|(_, times)| *times).max().unwrap_or(0)
}
