//! Keywords that a filter is meant to make: torn by a comment, or doubled so that one of the two can be taken out.

use crate::web::scan::{at, contains, from, is_word, upto, word};
use crate::web::words::{Word, classify};

/// Tricks of this kind are short.
const LIMIT: usize = 2048;

/// The longest keyword, doubled.
const DOUBLED: usize = 40;

/// Puts such keywords together; false when there is none.
pub(super) fn rejoin(lower: &[u8], out: &mut Vec<u8>) -> bool {
    let torn_apart = lower.len() <= LIMIT && contains(lower, b"/**/");
    let doubled = || lower.split(|b| !is_word(*b)).any(|name| halved(name).is_some());
    if lower.len() > LIMIT || !(torn_apart || doubled()) {
        return false;
    }
    let mut found = false;
    let mut index = 0;
    while index < lower.len() {
        let (joined, len) = if torn_apart { torn(lower, index) } else { (Vec::new(), 0) };
        if !joined.is_empty() {
            out.extend_from_slice(&joined);
            index += len;
            found = true;
            continue;
        }
        let name = word(lower, index);
        let keyword = halved(name);
        found |= keyword.is_some();
        out.extend_from_slice(
            keyword.unwrap_or_else(|| upto(from(lower, index), name.len().max(1))),
        );
        index += name.len().max(1);
    }
    found
}

/// `un/**/ion`: the keyword, and how long it is with its comments.
fn torn(lower: &[u8], index: usize) -> (Vec<u8>, usize) {
    let begins = index == 0 || !is_word(at(lower, index - 1));
    let mut len = word(lower, index).len();
    let mut joined = upto(from(lower, index), len).to_vec();
    if !begins || len == 0 {
        return (Vec::new(), 0);
    }
    while from(lower, index + len).starts_with(b"/**/") && is_word(at(lower, index + len + 4)) {
        let next = word(lower, index + len + 4);
        let before = joined.len();
        joined.extend_from_slice(next);
        // Two whole keywords with a comment for their space are read as they are.
        if classify(upto(&joined, before)) != Word::Plain && before > 2 {
            return (Vec::new(), 0);
        }
        len += 4 + next.len();
        if classify(&joined) != Word::Plain {
            return (joined, len);
        }
    }
    (Vec::new(), 0)
}

/// `ununionion`, `anandd`: what is left when the keyword is taken out once is the keyword.
fn halved(name: &[u8]) -> Option<&[u8]> {
    let half = name.len() / 2;
    if name.len() < 4 || name.len() > DOUBLED || name.len() % 2 == 1 {
        return None;
    }
    // Whatever is in front of the inner keyword begins as that does.
    let first = at(name, 0);
    (0..=half).filter(|start| at(name, *start) == first).find_map(|start| {
        let inner = upto(from(name, start), half);
        let (before, behind) = (upto(name, start), from(name, start + half));
        let same = inner.starts_with(before) && inner.ends_with(behind);
        let makes_keyword = same && classify(inner) != Word::Plain;
        (makes_keyword && classify(name) == Word::Plain).then_some(inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> Option<String> {
        let mut out = Vec::new();
        rejoin(text.as_bytes(), &mut out).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn torn_and_doubled_keywords_are_put_together() {
        for (text, plain) in [
            ("1 a/**/nd 1=1", "1 and 1=1"),
            ("' un/**/ion sel/**/ect 1", "' union select 1"),
            ("1 ununionion seselectlect 2", "1 union select 2"),
            ("1 anandd 1=1", "1 and 1=1"),
            ("1 oror 2=2", "1 or 2=2"),
        ] {
            assert_eq!(joined(text).as_deref(), Some(plain), "{text}");
        }
        for text in ["union/**/select 1", "command", "banana", "papa and mama", "a/**/b"] {
            assert_eq!(joined(text), None, "{text}");
        }
    }
}
