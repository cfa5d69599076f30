//! The first gate: one pass over the bytes that lets through what could possibly be an attack.
//!
//! Ordinary requests end here, so this is the cost of almost every line. A byte is ordinary, a separator,
//! or telling; behind a separator the first six letters of a word are looked up in a bitmap.

#[cfg(test)]
mod fast_path;
mod vocabulary;

use super::decode::sextet;
use super::scan::{at, from, upto};
use vocabulary::{HEADER_TABLE, TARGET_TABLE, fold, is_known};

/// What the gate looks at: headers of browsers have brackets and semicolons of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Target,
    Header,
    Value,
}

const ORDINARY: u8 = 0;

const SEPARATOR: u8 = 1;

const TELLING: u8 = 2;

const PERCENT: u8 = 3;

const DOT: u8 = 4;

const EQUALS: u8 = 5;

/// Telling in a target or value, ordinary in a header.
const BRACKET: u8 = 6;

const SLASH: u8 = 7;

/// Bytes of UTF-8: ordinary but for those that overlong and full-width forms use.
const HIGH: u8 = 8;

const CLASSES: [u8; 256] = classes();

#[expect(clippy::cast_possible_truncation, reason = "the index is below 256")]
const fn classes() -> [u8; 256] {
    let mut classes = [ORDINARY; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => ORDINARY,
            b'-' | b'_' | b'+' | b' ' | b',' | b':' | b'@' | b'?' | b'&' | b'~' => SEPARATOR,
            b'.' => DOT,
            b'/' => SLASH,
            b'=' => EQUALS,
            b'%' => PERCENT,
            b'(' | b')' | b';' | b'[' | b']' | b'*' | b'!' | b'#' => BRACKET,
            0x80..=0xFF => HIGH,
            _ => TELLING,
        };
        byte += 1;
    }
    classes
}

/// Whether the bytes are worth a closer look.
pub(super) fn opens(bytes: &[u8], place: Place) -> bool {
    // Browsers and crawlers have a slash in their agent, links have one: a header without is no ordinary one.
    if place == Place::Header
        && bytes.len() > 2
        && (!upto(bytes, 64).contains(&b'/') || matches!(at(bytes, 0), b';' | b'*'))
    {
        return true;
    }
    let mut index = 0;
    let mut word = 0;
    let mut equals = u32::from(place == Place::Value);
    if place == Place::Value && begins_oddly(bytes) {
        return true;
    }
    while let Some(byte) = bytes.get(index).copied() {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(ORDINARY);
        if class == ORDINARY {
            index += 1;
            continue;
        }
        let end = index;
        match class {
            TELLING => return true,
            BRACKET if place != Place::Header => return true,
            PERCENT => match escaped(bytes, index, place) {
                Escape::Telling => return true,
                Escape::Separator => index += 2,
                Escape::Letter => {
                    index += 3;
                    continue;
                }
            },
            HIGH => {
                if is_odd(byte) {
                    return true;
                }
                index += 1;
                continue;
            }
            EQUALS => equals += 1,
            // A character reference has no place in a header.
            _ if byte == b'&' && place == Place::Header && is_reference(bytes, index) => {
                return true;
            }
            _ if byte == b'&' => equals = 0,
            _ => {}
        }
        if place != Place::Header && separates_oddly(bytes, end, byte, equals, place) {
            return true;
        }
        if is_telling_word(bytes, word, end, place) {
            return true;
        }
        index += 1;
        word = index;
    }
    is_telling_word(bytes, word, bytes.len(), place)
}

/// First bytes of overlong and full-width forms, and of letters whose low byte is a line break.
fn is_odd(byte: u8) -> bool {
    matches!(byte, 0xC0 | 0xC1 | 0xC4 | 0xE0 | 0xEF)
}

/// Separators that stand where ordinary values have none.
fn separates_oddly(bytes: &[u8], index: usize, byte: u8, equals: u32, place: Place) -> bool {
    let next = at(bytes, index + 1);
    match byte {
        b'.' if upto(bytes, index).ends_with(b"ocument") => true,
        b'.' => next == b'.' || place != Place::Header && index > 0 && at(bytes, index - 1) == b'/',
        b'=' => {
            equals > 1 && !matches!(next, 0 | b'=' | b'&')
                || next == b'~'
                || next == b'/' && place == Place::Target && names_root(from(bytes, index + 1))
        }
        b'_' => next == b'_',
        // A letter behind it may begin a command; names that have it are looked at for nothing.
        b'&' => {
            place == Place::Value
                && (index == 0 || matches!(next, b'&' | b' ') || next.is_ascii_alphabetic())
        }
        b'@' => next == b'@' || hides_host(bytes, index),
        b'?' => {
            next == b'?'
                || place == Place::Value && next == 0
                || place == Place::Target && index > 0 && ends_second(bytes, index)
        }
        b'/' => {
            next == b'/' && place == Place::Target && (index == 0 || at(bytes, index - 1) == b'=')
        }
        b':' => {
            points_oddly(from(bytes, index + 1))
                || names_remote(bytes, index, from(bytes, index + 1))
        }
        b' ' | b'+' => joins_condition(bytes, index, from(bytes, index + 1)),
        b'%' => joins_condition(bytes, index, from(bytes, index + 3)),
        // An option behind a space: what commands take.
        b'-' if index > 0 && place != Place::Header && next.is_ascii_alphabetic() => {
            matches!(at(bytes, index - 1), b' ' | b'+') || upto(bytes, index).ends_with(b"%20")
        }
        b'-' | b'|' => index == 0 && matches!(next, b'>' | b'-'),
        _ => false,
    }
}

/// Behind a scheme, slashes plain or encoded and then a number or bracket: an address instead of a name.
fn points_oddly(rest: &[u8]) -> bool {
    let mut rest = rest;
    let mut slashes = 0;
    while let Some(after) = rest
        .strip_prefix(b"/")
        .or_else(|| rest.strip_prefix(b"%2F"))
        .or_else(|| rest.strip_prefix(b"%2f"))
    {
        slashes += 1;
        rest = after;
    }
    let first = at(rest, 0);
    slashes > 2
        || slashes > 0 && (first.is_ascii_digit() || matches!(first, b'[' | b'%') || first >= 0x80)
}

/// `1 or …`, `7+and+…`: a number that goes on as a condition does.
fn joins_condition(bytes: &[u8], index: usize, rest: &[u8]) -> bool {
    let digit = index > 0 && at(bytes, index - 1).is_ascii_digit();
    if !digit || !matches!(at(rest, 0) | 0x20, b'o' | b'a' | b'x') {
        return false;
    }
    let word = rest.iter().take(4).take_while(|b| b.is_ascii_alphabetic()).count();
    matches!(at(rest, word), b' ' | b'+' | b'%')
        && [&b"or"[..], b"and", b"xor"]
            .iter()
            .any(|known| upto(rest, word).eq_ignore_ascii_case(known))
}

/// An address as a value that ends as scripts and texts do, or has no slash behind its scheme.
fn names_remote(bytes: &[u8], index: usize, rest: &[u8]) -> bool {
    let before = upto(bytes, index);
    let len = before.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    let begins = len == before.len() || at(before, before.len() - len - 1) == b'=';
    let scheme = from(before, before.len() - len);
    let web = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
    if !begins || !web {
        return false;
    }
    let end = rest.iter().position(|b| matches!(b, b'&' | b'?' | b'#')).unwrap_or(rest.len());
    let url = upto(rest, end);
    let url = url.strip_suffix(b"%3F").or_else(|| url.strip_suffix(b"%23")).unwrap_or(url);
    let tail = from(url, url.len().saturating_sub(4));
    at(rest, 0).is_ascii_alphanumeric()
        || [&b".txt"[..], b".inc", b".log", b".asp", b".jsp", b".dat"]
            .iter()
            .any(|known| tail.eq_ignore_ascii_case(known))
}

/// `https://a.b@host`: a name with a dot where a login stands.
fn hides_host(bytes: &[u8], index: usize) -> bool {
    let before = upto(bytes, index);
    let len = before
        .iter()
        .rev()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        .count();
    let start = upto(before, before.len() - len);
    (start.ends_with(b"//") || start.ends_with(b"%2F") || start.ends_with(b"%2f"))
        && from(before, before.len() - len).contains(&b'.')
}

/// A value that begins as a share, a shell's folder or a sealed state does.
fn begins_oddly(bytes: &[u8]) -> bool {
    matches!(bytes, [b'/', b'/', ..] | [b'~', b'+' | b'-', ..] | [b'.', b'a'..=b'z', ..])
        || at(bytes, 0) == b'/' && names_root(bytes)
        || bytes.starts_with(b"/wEy")
        || begins_encoded_separator(bytes)
}

/// A path from the system's root, through a folder that no site has there.
fn names_root(path: &[u8]) -> bool {
    [&b"/sys/"[..], b"/home/", b"/boot/", b"/root/", b"/dev/", b"/opt/", b"/usr/"]
        .iter()
        .any(|root| path.starts_with(root))
}

/// `%26` and a command, as no name has it at its start; a path from the system's root.
fn begins_encoded_separator(bytes: &[u8]) -> bool {
    [&b"%26"[..], b"%2F%2F", b"%2f%2f", b"%2Fsys%2F", b"%2fsys%2f", b"%2FwEy", b"%2fwEy"]
        .iter()
        .any(|start| bytes.starts_with(start))
}

/// `&#60;`, `&lt;`.
fn is_reference(bytes: &[u8], index: usize) -> bool {
    matches!(from(bytes, index + 1), [b'#', b'0'..=b'9' | b'x' | b'X', ..] | [b'l', b't', b';', ..])
}

/// What a percent escape stands for.
enum Escape {
    Telling,
    Separator,
    Letter,
}

fn escaped(bytes: &[u8], index: usize, place: Place) -> Escape {
    let digit = |at_: usize| char::from(at(bytes, at_)).to_digit(16);
    let (Some(high), Some(low)) = (digit(index + 1), digit(index + 2)) else {
        return Escape::Telling;
    };
    let byte = u8::try_from(high << 4 | low).unwrap_or(0);
    match CLASSES.get(usize::from(byte)).copied().unwrap_or(ORDINARY) {
        // They stand for themselves everywhere (RFC 3986, section 2.3): encoding them hides something.
        SEPARATOR if matches!(byte, b'-' | b'_') => Escape::Telling,
        SEPARATOR if repeats(bytes, index, byte) => Escape::Telling,
        SEPARATOR if byte == b':' && points_oddly(from(bytes, index + 3)) => Escape::Telling,
        SEPARATOR if byte == b':' && names_remote(bytes, index, from(bytes, index + 3)) => {
            Escape::Telling
        }
        SEPARATOR if byte == b'@' && hides_host(bytes, index) => Escape::Telling,
        SEPARATOR if byte == b'&' && begins_command(bytes, index) => Escape::Telling,
        SEPARATOR | SLASH if place == Place::Target && ends_path(bytes, index) => Escape::Telling,
        SEPARATOR if byte == b'?' && place == Place::Value && at(bytes, index + 3) == 0 => {
            Escape::Telling
        }
        SLASH if index > 0 && at(bytes, index - 1) == b'=' && next_is_slash(bytes, index) => {
            Escape::Telling
        }
        SEPARATOR | SLASH => Escape::Separator,
        // A dot that stands for itself needs no escape; alone in a segment it hides a step.
        DOT if place == Place::Target && index > 0 && at(bytes, index - 1) == b'/' => {
            Escape::Telling
        }
        DOT if at(bytes, index + 3) != b'.' && at(bytes, index + 3) != b'%' => Escape::Separator,
        BRACKET if place == Place::Header => Escape::Separator,
        EQUALS if is_padding(bytes, index) => Escape::Separator,
        HIGH if !is_odd(byte) => Escape::Letter,
        // Encoding a letter hides something.
        _ => Escape::Telling,
    }
}

/// An encoded separator as a path's last byte, `/admin%20`.
fn ends_path(bytes: &[u8], index: usize) -> bool {
    matches!(at(bytes, index + 3), 0 | b'?') && !upto(bytes, index).contains(&b'?')
}

/// A second `?` that ends a value: what a remote file is included with.
fn ends_second(bytes: &[u8], index: usize) -> bool {
    matches!(at(bytes, index + 1), 0 | b'&') && upto(bytes, index).contains(&b'?')
}

/// `%3F%3F`, `=%7E`: patterns of shells.
fn repeats(bytes: &[u8], index: usize, byte: u8) -> bool {
    if byte == b'@' && from(bytes, index + 3).starts_with(b"%40") {
        return true;
    }
    let again = byte == b'?' && from(bytes, index + 3).starts_with(b"%3F");
    let begins = index == 0 || at(bytes, index - 1) == b'=';
    again || byte == b'~' && begins
}

/// `%26%26`, `=%26`, `%26id`: a shell's separator, or a name's ampersand, which is looked at for nothing.
fn begins_command(bytes: &[u8], index: usize) -> bool {
    at(bytes, index + 3).is_ascii_alphabetic()
        || from(bytes, index + 3).starts_with(b"%26")
        || index > 0 && at(bytes, index - 1) == b'='
}

/// A value that begins with two slashes, `=%2F%2F`.
fn next_is_slash(bytes: &[u8], index: usize) -> bool {
    from(bytes, index + 3).starts_with(b"%2F") || from(bytes, index + 3).starts_with(b"%2f")
}

/// The `=` that pads base64 stands at the end of a value.
fn is_padding(bytes: &[u8], index: usize) -> bool {
    let rest = from(bytes, index + 3);
    let rest = rest.strip_prefix(b"%3D").or_else(|| rest.strip_prefix(b"%3d")).unwrap_or(rest);
    matches!(rest.first(), None | Some(b'&'))
}

fn is_telling_word(bytes: &[u8], start: usize, end: usize, place: Place) -> bool {
    let Some(word) = bytes.get(start..end) else {
        return false;
    };
    if word.len() < 3 {
        return false;
    }
    if word.len() >= 10 && is_readable_base64(bytes, start) {
        return true;
    }
    if word.eq_ignore_ascii_case(b"http") {
        return place != Place::Header
            && at(bytes, end) != b':'
            && !from(bytes, end).starts_with(b"%3");
    }
    let key = key(bytes, start, word.len());
    is_known(if place == Place::Header { &HEADER_TABLE } else { &TARGET_TABLE }, key)
}

/// The first six letters in lower case; words consist of letters and digits here, for which one bit folds.
fn key(bytes: &[u8], start: usize, len: usize) -> u64 {
    const LOWER: u64 = 0x2020_2020_2020;
    let eight = bytes.get(start..start + 8).and_then(|eight| eight.try_into().ok());
    let Some(eight) = eight.map(u64::from_be_bytes) else {
        let word = upto(from(bytes, start), len.min(6));
        return (0..6).fold(0, |key, letter| key << 8 | word.get(letter).map_or(0, |b| fold(*b)));
    };
    // Letters behind the word's end are cut off, not folded.
    let cut = 8 * (6 - len.min(6));
    ((eight >> 16 | LOWER) >> cut) << cut
}

/// Whether a run of letters begins like base64 of readable text; nine letters of chance rarely do.
fn is_readable_base64(bytes: &[u8], start: usize) -> bool {
    let rest = upto(from(bytes, start), 12);
    let mut bits = 0_u64;
    for byte in rest.iter().take(8) {
        match sextet(*byte) {
            Some(six) => bits = bits << 6 | u64::from(six),
            None => return false,
        }
    }
    let decoded = bits.to_be_bytes();
    let readable = |b: &u8| b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\r' | b'\t');
    rest.len() >= 8 && (decoded.iter().skip(2).all(readable) || is_object(&decoded))
}

/// The first bytes of serialised objects, Java, Python, Ruby, .NET, and of text in full width.
fn is_object(decoded: &[u8; 8]) -> bool {
    matches!(
        decoded,
        [_, _, 0xAC, 0xED, 0, 5, ..]
            | [_, _, 0x80, 2..=5, b'c' | b'}' | b']' | 0x95 | b'(', ..]
            | [_, _, 4, 8, b'o' | b'[' | b'U' | b'c', ..]
            | [_, _, 0x1F, 0x8B, 8, 0, ..]
            // A class file of Java.
            | [_, _, 0xCA, 0xFE, 0xBA, 0xBE, ..]
            // Full-width letters of a text.
            | [_, _, 0xEF, 0xBC | 0xBD, _, 0xEF, ..]
            | [_, _, 0, 1, 0, 0, 0, 0xFF]
    )
}
