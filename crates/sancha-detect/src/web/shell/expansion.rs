//! What a shell expands: substitutions, variables, path patterns, functions, folders it was in.

use std::collections::HashMap;

use super::argument::{Argument, argument};
use super::candidate::{Candidate, Candidates};
use super::commands::{self, Strength};
use crate::web::scan::{
    at, contains, contains_any, from, is_space, is_word, skip_space, upto, word,
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
    let first_tag = memchr::memchr(b'<', view.lower).unwrap_or(view.lower.len());
    for open in memchr::memchr_iter(b'(', view.lower).filter(|open| *open > 0) {
        let substitutes = match at(view.lower, open - 1) {
            b'$' => substitutes_command(view.lower, open),
            b'<' | b'>' => {
                redirects(view.lower, open, first_tag)
                    && upto(from(view.lower, open), 512).contains(&b')')
            }
            _ => false,
        };
        if substitutes {
            signs.raise(Kind::Command, 0.6, open - 1);
        }
    }
}

/// `$(id)`, `$((…))`; `$(name)` is a selector, a variable of make, a password: a shell's has a command in it.
fn substitutes_command(lower: &[u8], open: usize) -> bool {
    let inner = at(lower, open + 1);
    let expands = is_word(inner) || matches!(inner, b'(' | b'$' | b')' | b'`' | b'/' | b' ' | b'<');
    // `$(function…)` and `$("…")` are jQuery.
    let jquery =
        [&b"function"[..], b"document"].iter().any(|name| from(lower, open + 1).starts_with(name));
    if !expands || jquery {
        return false;
    }
    let Candidate { name, full, end, strength, .. } = Candidate::at(lower, open + 1);
    name.is_empty()
        || name.len() < full.len()
        || strength != Strength::None
        || argument(lower, name, end) == Argument::Technical
}

/// `<(…)`, `>(…)`, and `<()` between the letters of a word; `first_tag` is where the text's first `<` stands.
fn redirects(lower: &[u8], open: usize, first_tag: usize) -> bool {
    let (sign, inner) = (at(lower, open - 1), at(lower, open + 1));
    let before = if open > 1 { at(lower, open - 2) } else { 0 };
    // `Result<()>` is a type, `pi<()ng` a word with nothing in between.
    let typed = is_word(before) && !is_word(at(lower, open + 2));
    let empty = inner == b')' && !typed;
    // `name<T>(…)` and `…">(` are types and markup.
    let closes = sign == b'>'
        && matches!(before, b'>' | b'"' | b'\'' | b'0'..=b'9' | b'a'..=b'z')
        && first_tag + 1 < open;
    // `->(m)` is an edge of a graph.
    let arrow = sign == b'>' && before == b'-';
    (is_word(inner) || empty) && open < 2 + lower.len() / 2 && !closes && !arrow
}

/// `${…}`, `$[…]`, `$'\\…'`.
fn variables(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let links = view.document && (lower.starts_with(b"/") || lower.starts_with(b"http"));
    let last_bracket = memchr::memrchr(b']', lower).unwrap_or(0);
    for index in memchr::memchr_iter(b'$', lower) {
        let score = match at(lower, index + 1) {
            // In a path, and in a link of a document, an unexpanded `${NAME}` is a page's own broken script, not an attack.
            b'{' if view.part == Part::Path || links => {
                f32::min(braces(from(lower, index + 2), false), 0.4)
            }
            b'{' => braces(from(lower, index + 2), index == 0),
            b'[' if last_bracket > index => 0.6,
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
    let lower = view.lower;
    let mut candidates = Candidates::of(lower);
    let mut ticks = memchr::memchr_iter(b'`', lower);
    while let (Some(open), Some(close)) = (ticks.next(), ticks.next()) {
        let candidate = candidates.behind(open + 1);
        let inner = lower.get(open + 1..close).unwrap_or_default();
        let glued = open > 0 && is_word(at(lower, open - 1));
        let score = match candidate.name {
            b"sleep" if candidate.argument == Argument::Name => 0.8,
            _ => quoted_command(candidate.strength, candidate.argument, glued),
        };
        // Markup quotes code in backticks, too: there a mere name stands among words, and a command between spaces.
        let talked_about =
            || score < 0.9 && view.words_around(open) > 1 || is_inline(lower, open, close);
        if score > 0.0 && !view.has(b'=') && !talked_about() {
            signs.raise(Kind::Command, score, open);
        }
        if contains_any(inner, &[b"${ifs}", b"$ifs"]) {
            signs.raise(Kind::Command, 0.7, open);
        }
    }
}

/// `run \`df -h\` and tell`, `请执行 \`df -h\``: code between the words of a sentence, none of them glued to it. Only
/// what stands near counts, so that many spans of code cost no more than their number.
fn is_inline(lower: &[u8], open: usize, close: usize) -> bool {
    const WORDS: usize = 2;
    const NEAR: usize = 1024;
    let word = |word: &[u8]| {
        let wide = word.iter().filter(|b| **b >= 0xE0).count();
        if wide > 0 {
            return wide / 2;
        }
        let plain = word.len() > 1 && word.iter().all(u8::is_ascii_lowercase);
        usize::from(plain && commands::strength(word) == Strength::None)
    };
    let count = |text: &[u8]| text.split(|b| is_space(*b)).map(word).sum::<usize>();
    let before = from(upto(lower, open), open.saturating_sub(NEAR));
    let after = upto(from(lower, close + 1), NEAR);
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
        let near = upto(from(lower, index), PATTERN_BYTES);
        let mut segments = segments(near);
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
    if Candidate::at(lower, 0).strength != Strength::None
        && contains(lower, b"//")
        && contains(lower, b"[")
    {
        signs.raise(Kind::Command, 0.6, 0);
    }
}

/// A folder and a file written as patterns are not longer than this.
const PATTERN_BYTES: usize = 256;

/// The segments of an absolute path up to white space or another value; slashes inside brackets do not separate.
fn segments(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut depth = 0;
        let start = rest.iter().position(|b| *b != b'/')?;
        let segment = from(rest, start);
        let ends = |b: &u8| {
            match b {
                b'[' => depth = 1,
                b']' => depth = 0,
                _ => {}
            }
            is_space(*b) || matches!(b, b'&' | b'=') || *b == b'/' && depth == 0
        };
        let len = segment.iter().position(ends).unwrap_or(segment.len());
        rest = if at(segment, len) == b'/' { from(segment, len) } else { &[] };
        (len > 0).then(|| upto(segment, len))
    })
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

/// Whether a shell pattern matches `name`, of at most 31 bytes; `*` takes any run, `?` and `[…]` one letter.
///
/// Follows every way of matching at once: bit `n` is set when the first `n` letters of the name can be taken.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let mut taken = 1_u32;
    let mut rest = pattern;
    while let [sign, behind @ ..] = rest {
        rest = behind;
        taken = match sign {
            // All bits from the lowest one up.
            b'*' => !(taken & taken.wrapping_neg()).wrapping_sub(1),
            b'?' => taken << 1,
            b'[' => {
                let Some(end) = memchr::memchr(b']', behind) else { return false };
                rest = from(behind, end + 1);
                taken << 1
            }
            letter => (taken & places_of(*letter, name)) << 1,
        };
        taken &= (2 << name.len()) - 1;
        if taken == 0 {
            return false;
        }
    }
    taken >> name.len() & 1 == 1
}

/// Bit `n` is set when the letter stands at `n`.
fn places_of(letter: u8, name: &[u8]) -> u32 {
    name.iter().rev().fold(0, |places, b| places << 1 | u32::from(*b == letter))
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
    if let Some(place) = used_assignment(lower) {
        signs.raise(Kind::Command, 0.7, place);
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

/// The first sign that sets a name which is expanded later. The names set so far are looked up where something is
/// expanded, each beginning of what stands there, for a shell's name ends where its expansion goes on with a letter.
fn used_assignment(lower: &[u8]) -> Option<usize> {
    /// Names set for this are short.
    const NAME_BYTES: usize = 12;
    let mut set: HashMap<&[u8], usize> = HashMap::new();
    let mut first: Option<usize> = None;
    for place in memchr::memchr2_iter(b'=', b'$', lower) {
        if at(lower, place) == b'=' {
            let near = from(upto(lower, place), place.saturating_sub(NAME_BYTES + 1));
            let len = near.iter().rev().take_while(|b| is_word(**b)).count();
            let name = from(near, near.len() - len);
            let value = lower.get(place + 1);
            if (1..=NAME_BYTES).contains(&len) && value.is_some_and(|b| *b != b'$') {
                set.entry(name).or_insert(place);
            }
        } else if !set.is_empty() {
            let braced = usize::from(at(lower, place + 1) == b'{');
            let used = word(upto(lower, place + 1 + braced + NAME_BYTES), place + 1 + braced);
            let known = (1..=used.len()).filter_map(|len| set.get(upto(used, len)).copied());
            first = first.into_iter().chain(known).min();
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, each sign by itself.
    fn matches_by_letter(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.first(), name.first()) {
            (None, None) => true,
            (Some(b'*'), _) => {
                matches_by_letter(from(pattern, 1), name)
                    || !name.is_empty() && matches_by_letter(pattern, from(name, 1))
            }
            (Some(b'?'), Some(_)) => matches_by_letter(from(pattern, 1), from(name, 1)),
            (Some(b'['), Some(_)) => pattern
                .iter()
                .position(|b| *b == b']')
                .is_some_and(|end| matches_by_letter(from(pattern, end + 1), from(name, 1))),
            (Some(p), Some(n)) if p == n => matches_by_letter(from(pattern, 1), from(name, 1)),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_defined(pattern in "[ab*?\\[\\]]{0,8}", name in "[ab]{0,5}") {
            let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
            prop_assert_eq!(matches(pattern, name), matches_by_letter(pattern, name));
        }

        #[test]
        fn a_name_is_used_as_defined(text in "[ab=$;{]{0,16}") {
            let lower = text.as_bytes();
            let used = |place: usize| {
                let before = upto(lower, place);
                let len = before.iter().rev().take_while(|b| is_word(**b)).count();
                let name = from(before, place - len);
                let expands = |mark: &[u8]| {
                    memchr::memmem::find_iter(from(lower, place), mark)
                        .any(|p| from(lower, place + p + mark.len()).starts_with(name))
                };
                !name.is_empty() && (expands(b"$") || expands(b"${"))
            };
            let set = |place: &usize| at(lower, *place) == b'=' && at(lower, place + 1) != b'$';
            let expected =
                (0..lower.len().saturating_sub(1)).filter(set).find(|place| used(*place));
            prop_assert_eq!(used_assignment(lower), expected);
        }
    }
}
