//! What tells a command from words that are written to be read, and from other signs of programs.

use super::argument::Argument;
use super::candidate::Candidate;
use super::commands::Strength;
use super::sides::Sides;
use crate::web::scan::{at, contains_any, from, is_space, is_word, upto};
use crate::web::value::View;
use crate::web::writing;

/// In a text that is written to be read, words and a command's own arguments stand before anything that separates or
/// substitutes; what is injected there begins with a sign.
pub(super) fn is_told(view: &View<'_>) -> bool {
    const WORDS: usize = 3;
    // What a command is injected for, whatever was said before it.
    const AIMS: [&[u8]; 10] = [
        b"/etc/passwd",
        b"/etc/shadow",
        b"whoami",
        b"wget http",
        b"curl http",
        b"/dev/tcp/",
        b"bash -i",
        b"/bin/sh",
        b"nc -",
        b"powershell",
    ];
    let sign = |b: &u8| matches!(b, b';' | b'|' | b'&' | b'`' | b'$' | b'\n' | b'<' | b'>');
    let Some(text) = view.speaks().or_else(|| labelled(view.lower)) else { return false };
    let end = text.iter().position(sign).unwrap_or(text.len());
    let lead = upto(text, end);
    // Writing puts its space in front of a bar and behind a semicolon.
    let spaced = lead.last().is_some_and(|b| is_space(*b))
        || at(text, end) == b';' && at(text, end + 1) == b' ';
    writing::length(lead) >= WORDS && spaced && !view.holds_any(&AIMS)
}

/// `run: ls -la`, `fix: …`: a word with a colon and a space before all else, as notes begin and no injection does.
fn labelled(text: &[u8]) -> Option<&[u8]> {
    let word = text.iter().take_while(|b| b.is_ascii_lowercase()).count();
    (word > 1 && from(text, word).starts_with(b": ")).then_some(text)
}

/// `ping -t`, `rm -rf explained`: a command that does nothing without a target, its option, and at most words.
pub(super) fn asks_about(candidate: &Candidate<'_>) -> bool {
    let (name, rest) = (candidate.name, candidate.rest());
    const AIMED: [&[u8]; 26] = [
        b"tail", b"python", b"python3", b"perl", b"ruby", b"node", b"php", b"ping", b"rm", b"cp",
        b"mv", b"kill", b"tar", b"grep", b"ssh", b"telnet", b"sed", b"zip", b"mount", b"curl",
        b"wget", b"mysql", b"psql", b"docker", b"scp", b"chmod",
    ];
    let option = |word: &[u8]| {
        word.len() <= 4
            && word.strip_prefix(b"-").is_some_and(|o| o.iter().all(u8::is_ascii_alphanumeric))
    };
    let plain = |word: &[u8]| word.iter().all(|b| b.is_ascii_lowercase() || *b >= 0x80);
    // A list needs no target, so more has to be said about it.
    let described = name == b"ls"
        && rest.split(|b| is_space(*b)).filter(|w| !w.is_empty() && plain(w)).count() > 1;
    (AIMED.contains(&name) || described)
        && rest
            .split(|b| is_space(*b))
            .filter(|word| !word.is_empty())
            .all(|word| option(word) || plain(word))
}

/// `curl http://example.com/`: a site and nothing on it, as examples have it; a program that is to be run has a name.
pub(super) fn fetches_front_page(candidate: &Candidate<'_>) -> bool {
    // Whose names are answered by those who look whether a command was run.
    const LISTENERS: [&[u8]; 8] = [
        b"oast",
        b"interact",
        b"burp",
        b"dnslog",
        b"ceye",
        b"requestbin",
        b"webhook",
        b"beeceptor",
    ];
    let address = candidate.rest().trim_ascii();
    let host = address.strip_prefix(b"http://").or_else(|| address.strip_prefix(b"https://"));
    let host = host.map(|host| host.strip_suffix(b"/").unwrap_or(host)).unwrap_or_default();
    matches!(candidate.name, b"curl" | b"wget")
        && !contains_any(host, &LISTENERS)
        && host.last().is_some_and(u8::is_ascii_lowercase)
        && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}

/// `ls -la`: what lists a folder, and its options.
pub(super) fn lists_folder(candidate: &Candidate<'_>) -> bool {
    let option = |word: &[u8]| {
        word.first() == Some(&b'-') && from(word, 1).iter().all(u8::is_ascii_alphanumeric)
    };
    let mut words = candidate.rest().split(|b| is_space(*b)).filter(|word| !word.is_empty());
    candidate.name == b"ls" && words.all(option)
}

/// `{ id; }`, `{cat,/etc/passwd}`: a group ends its commands, an expansion has no spaces; a selection has neither.
pub(super) fn is_list(inner: &[u8]) -> bool {
    const LIST_BYTES: usize = 512;
    let inner = upto(inner, LIST_BYTES);
    let inner = upto(inner, inner.iter().position(|b| *b == b'}').unwrap_or(inner.len()));
    let grouped =
        inner.iter().any(|b| matches!(b, b';' | b'|' | b'&' | b'`' | b'<' | b'>' | b'\n'));
    let expanded = inner.contains(&b',') && !inner.iter().any(|b| is_space(*b));
    let options = contains_any(inner, &[b" -", b" /", b" ./", b" .."]);
    grouped || expanded || options
}

/// `more | less`, `add | set`, `x || false`, `c++ || java`: words on both sides, each with a space, where a command would
/// be an ordinary word or a language and has no argument.
pub(super) fn is_choice(index: usize, candidate: &Candidate<'_>) -> bool {
    let Candidate { lower, name, start, strength, argument, .. } = *candidate;
    let ordinary = strength == Strength::Common || is_language(name);
    if at(lower, index) != b'|' || !ordinary || !matches!(argument, Argument::End | Argument::Prose)
    {
        return false;
    }
    let before = upto(lower, index).trim_ascii_end();
    let before = before.strip_suffix(b"|").unwrap_or(before).trim_ascii_end();
    let spaced = before.len() < index && start > index + 1 && is_space(at(lower, start - 1));
    let is_of_name = |b: &u8| is_word(*b) || matches!(b, b'+' | b'#');
    let word = before.iter().rev().take_while(|b| is_of_name(b)).count();
    let plain = from(before, before.len() - word);
    spaced && word > 1 && !plain.iter().any(u8::is_ascii_digit)
}

fn is_language(name: &[u8]) -> bool {
    matches!(name, b"java" | b"perl" | b"python" | b"php" | b"ruby" | b"node" | b"go" | b"lua")
}

/// `&copy; 2025`, `&reg;`: characters of HTML by names that commands have, too.
pub(super) fn names_character(rest: &[u8]) -> bool {
    [&b"copy;"[..], b"reg;", b"top;", b"sc;", b"dd;", b"image;"]
        .iter()
        .any(|name| rest.starts_with(name))
}

/// `…&quot`, `…&#60`: the semicolon behind it belongs to a character reference.
pub(super) fn ends_reference(before: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] = [b"&amp", b"&lt", b"&gt", b"&quot", b"&apos", b"&nbsp"];
    let numbered = |sign: &[u8], digit: fn(&u8) -> bool| {
        let digits = before.iter().rev().take_while(|b| digit(b)).count();
        digits > 1 && upto(before, before.len() - digits).ends_with(sign)
    };
    NAMES.iter().any(|name| before.ends_with(name))
        || numbered(b"&#", u8::is_ascii_digit)
        || numbered(b"&#x", u8::is_ascii_hexdigit)
}

/// Whether a page goes on behind a character reference: another sign of markup, or a word and then one. A shell would
/// run what stands there, and for that it needs a command whose name is sure, or one with something to do.
pub(super) fn is_markup(start: usize, sides: &Sides<'_>) -> bool {
    let Candidate { lower, end, strength, argument, .. } = Candidate::at(sides.text(), start);
    let idle = matches!(argument, Argument::Other | Argument::Prose | Argument::End);
    let named =
        || at(lower, end) == b'=' || strength != Strength::Sure && sides.has_markup_from(end);
    strength == Strength::None || idle && named()
}

/// `java 1.8.0_45`: a language that clients are written in, and a version of it.
pub(super) fn is_version(candidate: &Candidate<'_>) -> bool {
    let Candidate { lower, name, end, .. } = *candidate;
    let version = from(lower, end + 1);
    let len = version.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_')).count();
    is_language(name)
        && at(lower, end) == b' '
        && upto(version, len).contains(&b'.')
        && matches!(at(version, len), b';' | b'-' | b')' | b' ' | 0)
}

/// `name | id`, `Hotel; sleep 2`, `kit; cat 6 cable`: written as prose is, words before the separator and a space
/// behind it, and what follows asks no program to do something: no option, no path, no file.
pub(super) fn is_listed(index: usize, candidate: &Candidate<'_>, sides: &Sides<'_>) -> bool {
    let Candidate { lower, start, end, strength, .. } = *candidate;
    let spaced = start == index + 2 && at(lower, index + 1) == b' ';
    let word = matches!(strength, Strength::Common | Strength::Likely | Strength::Wrapper);
    spaced
        && matches!(at(lower, index), b'|' | b';')
        && word
        && sides.is_plain_from(end)
        && sides.has_one_digit_from(end)
        && sides.is_prose_before(index)
}

pub(super) fn words(text: &[u8]) -> usize {
    text.split(|b| is_space(*b)).filter(|word| !word.is_empty()).count()
}
