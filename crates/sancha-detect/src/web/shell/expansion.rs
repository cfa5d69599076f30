//! What a shell expands: substitutions, variables, path patterns, functions, folders it was in.

use super::argument::{Argument, argument};
use super::commands::{self, Strength};
use super::{command_name, command_start};
use crate::web::scan::{
    at, contains, contains_any, find, from, is_space, is_word, skip_space, upto,
};
use crate::web::value::{Signs, View};
use crate::web::{Kind, Part};

/// `$(…)`, `` `…` ``, `<(…)`, `${…}`, `$((…))`, `$[…]`.
pub(super) fn substitutions(view: &View<'_>, signs: &mut Signs) {
    bracketed(view, signs);
    variables(view, signs);
    backticks(view, signs);
    let lower = view.lower;
    if view.holds(b"<<<") && lower.windows(4).any(|w| is_word(at(w, 0)) && w.ends_with(b"<<<")) {
        signs.raise(Kind::Command, 0.6, 0);
    }
}

/// `$(…)`, `<(…)`.
fn bracketed(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for index in memchr::memchr_iter(b'(', lower) {
        let before = if index == 0 { 0 } else { at(lower, index - 1) };
        let inner = at(lower, index + 1);
        let dollar_ok = before == b'$'
            && (is_word(inner) || matches!(inner, b'(' | b'$' | b')' | b'`' | b'/' | b' ' | b'<'));
        // `$(function…)` and `$("…")` are jQuery.
        let jquery = from(lower, index + 1).starts_with(b"function")
            || from(lower, index + 1).starts_with(b"document");
        // `Result<()>` is a type, `pi<()ng` a word with nothing in between.
        let typed = index > 1 && is_word(at(lower, index - 2)) && !is_word(at(lower, index + 2));
        let empty = inner == b')' && !typed;
        let redirect = matches!(before, b'<' | b'>')
            && (is_word(inner) || empty)
            && index < 2 + lower.len() / 2;
        // `name<T>(…)` and `…">(` are types and markup.
        let closes = before == b'>'
            && index > 1
            && matches!(at(lower, index - 2), b'>' | b'"' | b'\'' | b'0'..=b'9' | b'a'..=b'z')
            && upto(lower, index - 1).contains(&b'<');
        // `->(m)` is an edge of a graph.
        let arrow = before == b'>' && index > 1 && at(lower, index - 2) == b'-';
        let redirect = redirect && !closes && !arrow;
        // `$(name)` is a selector, a variable of make, a password; a shell's has a command in it.
        let (name, full, end) = command_name(lower, index + 1);
        let command = name.is_empty()
            || name.len() < full.len()
            || commands::strength(name) != Strength::None
            || matches!(argument(lower, end), Argument::Technical);
        let dollar_ok = dollar_ok && command;
        if dollar_ok && !jquery || redirect && upto(from(lower, index), 512).contains(&b')') {
            signs.raise(Kind::Command, 0.6, index - 1);
        }
    }
}

/// `${…}`, `$[…]`, `$'\\…'`.
fn variables(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let links = view.document && (lower.starts_with(b"/") || lower.starts_with(b"http"));
    for index in memchr::memchr_iter(b'$', lower) {
        let score = match at(lower, index + 1) {
            // In a path, and in a link of a document, an unexpanded `${NAME}` is a page's own broken script, not an attack.
            b'{' if view.part == Part::Path || links => {
                f32::min(braces(from(lower, index + 2), false), 0.4)
            }
            b'{' => braces(from(lower, index + 2), index == 0),
            b'[' if find(from(lower, index), b"]").is_some() => 0.6,
            b'\'' if at(lower, index + 2) == b'\\' => 0.6,
            _ => 0.0,
        };
        signs.raise(Kind::Command, score, index);
    }
}

fn braces(inner: &[u8], begins: bool) -> f32 {
    let len = inner.iter().take(64).position(|b| *b == b'}').unwrap_or(64);
    let name = upto(inner, len);
    let special = [&b"ifs"[..], b"path", b"home", b"shell", b"pwd", b"oldpwd"];
    let special = special.iter().any(|known| {
        name.strip_prefix(*known).is_some_and(
            |rest| !matches!(at(rest, 0), b'.' | b'_' | b'a'..=b'z' | b'-' | b'0'..=b'9'),
        )
    });
    // `${HOME} variable`: asked about. By itself it is a probe, cut to pieces it stands for a sign.
    let asked = begins && matches!(from(inner, len), [b'}', b' ', b'a'..=b'z', ..]);
    if special && !asked || name.starts_with(b"`") {
        0.8
    } else if is_word(at(name, 0)) && name.iter().any(|b| matches!(b, b'#' | b':' | b'@' | b'/')) {
        0.5
    } else if !name.is_empty() && name.iter().all(|b| is_word(*b)) {
        // A placeholder that some page forgot to fill looks the same; none is called as a program is.
        if names_program(name) { 0.5 } else { 0.4 }
    } else {
        0.0
    }
}

fn names_program(name: &[u8]) -> bool {
    matches!(commands::strength(name), Strength::Sure | Strength::Program)
}

fn backticks(view: &View<'_>, signs: &mut Signs) {
    let mut rest = 0;
    while let Some(open) = find(from(view.lower, rest), b"`").map(|at| at + rest) {
        let Some(len) = find(from(view.lower, open + 1), b"`") else {
            return;
        };
        let start = command_start(view.lower, open + 1);
        let (name, _, end) = command_name(view.lower, start);
        let inner = upto(from(view.lower, open + 1), len);
        let glued = open > 0 && is_word(at(view.lower, open - 1));
        let argument = argument(view.lower, end);
        let score = match name {
            b"sleep" if argument == Argument::Name => 0.8,
            _ => quoted_command(commands::strength(name), argument, glued),
        };
        // Markup quotes code in backticks, too: there a mere name stands among words, and a command between spaces.
        let talked_about =
            score < 0.9 && view.words_around(open) > 1 || is_inline(view, open, open + 1 + len);
        if !view.has(b'=') && !talked_about {
            signs.raise(Kind::Command, score, open);
        }
        if contains_any(inner, &[b"${ifs}", b"$ifs"]) {
            signs.raise(Kind::Command, 0.7, open);
        }
        rest = open + len + 2;
    }
}

/// `run \`df -h\` and tell`, `请执行 \`df -h\``: code between the words of a sentence, none of them glued to it.
fn is_inline(view: &View<'_>, open: usize, close: usize) -> bool {
    const WORDS: usize = 2;
    let word = |word: &[u8]| {
        let wide = word.iter().filter(|b| **b >= 0xE0).count();
        if wide > 0 {
            return wide / 2;
        }
        let plain = word.len() > 1 && word.iter().all(u8::is_ascii_lowercase);
        usize::from(plain && commands::strength(word) == Strength::None)
    };
    let count = |text: &[u8]| text.split(|b| is_space(*b)).map(word).sum::<usize>();
    let before = upto(view.lower, open);
    let after = from(view.lower, close + 1);
    let apart = before.last().is_none_or(|b| is_space(*b) || *b >= 0x80);
    let behind = matches!(at(after, 0), 0 | b' ' | b'.' | b',' | b':' | b'?' | b'!' | 0x80..);
    apart && behind && count(before) + count(after) >= WORDS
}

/// How sure a command between backticks is one.
fn quoted_command(strength: Strength, argument: Argument, glued: bool) -> f32 {
    match (strength, argument) {
        (Strength::Common | Strength::Wrapper, Argument::End | Argument::Prose) if glued => 0.6,
        (Strength::Common, Argument::Name) => 0.6,
        (_, Argument::Other) | (Strength::None, _) => 0.0,
        (_, Argument::Technical) => 0.9,
        (Strength::Sure, _) | (Strength::Likely, Argument::End | Argument::Name) => 0.7,
        (Strength::Program, Argument::Name) => 0.7,
        _ => 0.3,
    }
}

/// Functions defined to be run: `() { :; }` in a variable, and the fork bomb.
pub(super) fn functions(view: &View<'_>, signs: &mut Signs) {
    for index in view.places(b"()") {
        let brace = skip_space(view.lower, index + 2);
        if at(view.lower, brace) != b'{' {
            continue;
        }
        let before = upto(view.lower, index).trim_ascii_end();
        // `fn x<T>() {}` has a name, too, `operator()() {}` and what a call answered with.
        let named = before.last().is_some_and(|b| is_word(*b) || matches!(b, b'>' | b')'))
            || before.ends_with(b"&gt;");
        if !named {
            let js = upto(view.lower, index).trim_ascii_end().ends_with(b"function");
            signs.raise(Kind::Command, if js { 0.2 } else { 0.8 }, index);
        } else if !view.has(b'.') && forks(from(view.lower, brace)) {
            signs.raise(Kind::Command, 0.7, index);
        }
    }
}

/// Whether a function's body hands on to another program or leaves one behind.
fn forks(body: &[u8]) -> bool {
    const BODY_BYTES: usize = 256;
    upto(body, BODY_BYTES).windows(2).any(|pair| match pair {
        [b'|', _] => true,
        [b'&', next] => !is_word(*next),
        _ => false,
    })
}

/// Path patterns that a shell expands: `/???/c?t`, `/etc/pa[s]swd`, `/e*/p*`.
pub(super) fn globs(view: &View<'_>, signs: &mut Signs) {
    const FOLDERS: [&[u8]; 11] = [
        b"etc", b"bin", b"usr", b"var", b"tmp", b"dev", b"proc", b"home", b"root", b"opt", b"sbin",
    ];
    let lower = view.lower;
    for index in memchr::memchr_iter(b'/', lower) {
        let token = upto(
            from(lower, index),
            from(lower, index)
                .iter()
                .take_while(|b| !is_space(**b) && **b != b'&' && **b != b'=')
                .count(),
        );
        let mut segments = segments(token);
        let Some(first) = segments.next() else {
            continue;
        };
        let second = segments.next().unwrap_or_default();
        if second.is_empty() && first.starts_with(b"[") && first.contains(&b'/') {
            signs.raise(Kind::Command, 0.6, index);
        }
        let patterned = is_pattern(first) || is_pattern(second);
        if patterned && FOLDERS.iter().any(|folder| matches(first, folder)) && !second.is_empty() {
            let all_wild = first.iter().all(|b| matches!(b, b'*'));
            signs.raise(Kind::Command, if all_wild { 0.3 } else { 0.7 }, index);
        }
    }
    let command = command_name(lower, 0).0;
    if commands::strength(command) != Strength::None
        && contains(lower, b"//")
        && contains(lower, b"[")
    {
        signs.raise(Kind::Command, 0.6, 0);
    }
}

/// The segments of an absolute path; slashes inside brackets do not separate.
fn segments(token: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut depth = 0;
    token
        .split(move |b| {
            match b {
                b'[' => depth = 1,
                b']' => depth = 0,
                _ => {}
            }
            *b == b'/' && depth == 0
        })
        .filter(|segment| !segment.is_empty())
}

fn is_pattern(segment: &[u8]) -> bool {
    let query = segment
        .iter()
        .position(|b| *b == b'?')
        .is_some_and(|index| index + 1 < segment.len() || segment.len() > 1);
    segment.contains(&b'*')
        || query && !segment.contains(&b'=')
        || segment.contains(&b'[') && segment.contains(&b']')
}

/// Whether a shell pattern matches `name`; `*` takes any run, `?` and `[…]` one letter.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches(from(pattern, 1), name) || !name.is_empty() && matches(pattern, from(name, 1))
        }
        (Some(b'?'), Some(_)) => matches(from(pattern, 1), from(name, 1)),
        (Some(b'['), Some(_)) => match pattern.iter().position(|b| *b == b']') {
            Some(end) => matches(from(pattern, end + 1), from(name, 1)),
            None => false,
        },
        (Some(p), Some(n)) if p == n => matches(from(pattern, 1), from(name, 1)),
        _ => false,
    }
}

/// `~+`, `~-`, `~-2`: what a shell replaces by the folders it was in (POSIX tilde prefix, as bash extends it).
pub(super) fn directory_stack(view: &View<'_>, signs: &mut Signs) {
    if let [b'~', b'+' | b'-' | b' ', depth @ ..] = view.lower
        && depth.len() <= 2
        && depth.iter().all(u8::is_ascii_digit)
    {
        signs.raise(Kind::Command, 0.5, 0);
    }
}

/// `a=curl&&$a …`, `;x=u;cu$x…`: names set to be expanded.
pub(super) fn assignments(view: &View<'_>, signs: &mut Signs) {
    if !view.has(b'$') || !view.has_any(b";&|") {
        return;
    }
    let lower = view.lower;
    for (index, pair) in lower.windows(2).enumerate() {
        if pair == b"=$" || at(pair, 0) != b'=' {
            continue;
        }
        let len = upto(lower, index).iter().rev().take_while(|b| is_word(**b)).count();
        let name = from(upto(lower, index), index - len);
        let used = |mark: &[u8]| {
            memchr::memmem::find_iter(from(lower, index), mark)
                .any(|place| from(lower, index + place + mark.len()).starts_with(name))
        };
        if !name.is_empty() && len <= 12 && (used(b"$") || used(b"${")) {
            signs.raise(Kind::Command, 0.7, index);
        }
    }
    // A variable in command position; `&$top=10` is a query option of its own.
    let expanded = lower.windows(2).enumerate().any(|(index, pair)| {
        let separated = matches!(pair, [b';' | b'|' | b'&', b'$']);
        let name = from(lower, index + 2).iter().take_while(|b| is_word(**b)).count();
        separated && at(lower, index + 2 + name) != b'='
    });
    if expanded && view.has(b' ') {
        signs.raise(Kind::Command, 0.5, 0);
    }
}
