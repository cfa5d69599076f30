//! Queries of GraphQL that ask for one thing many times, or for things in things without end.
//!
//! One request then guesses a hundred passwords, or takes a server down; limits per request do not see it.

use super::Kind;
use super::scan::{at, from, is_space, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};

/// A page asks for one field under a few names, for today and yesterday; hardly under so many.
const ALIASES: usize = 10;

/// Lists of lists of what belongs to what: clients' own queries stay under this.
const DEPTH: usize = 20;

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
    if deepest(view.lower) > DEPTH || most_asked(view.lower) >= ALIASES {
        signs.raise(Kind::Protocol, 0.5, 0);
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
        let selects = matches!(ahead, Some(b'{' | b'}' | b')')) || ahead.is_some_and(is_space);
        if alias == 0 || field.is_empty() || !selects || at(lower, skip_space(lower, end)) != b'(' {
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
