//! Text that is written to be read: its words, and what makes sentences and documents of them.
//!
//! Scripts without spaces (Chinese, Japanese) part their clauses by punctuation alone, their own or what decoding folds
//! it to: a piece between two signs stands for as many words as its length tells.

use super::scan::{at, contains_any, from, is_space, upto};
use super::words::{Word, classify};

/// So many lines make a document; what attacks a one-line value needs one or two.
pub(super) const DOCUMENT_LINES: usize = 3;

/// Texts show what they are within this much.
const LIMIT: usize = 4096;

/// Whether plain words follow each other as in a sentence, or lines as in a document.
pub(super) fn is_composed(lower: &[u8]) -> bool {
    // No injection needs so many plain words in a row.
    const SENTENCE: usize = 6;
    let lower = upto(lower, LIMIT);
    // Single words on lines of their own may be SQL with other white space.
    let lines = lower.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    if lines.filter(|line| line.contains(&b' ')).nth(DOCUMENT_LINES - 1).is_some() {
        return true;
    }
    is_markup(lower) || has_sentence(lower, SENTENCE)
}

/// Whether a text in a field that is for sentences has one: fewer words are enough there.
pub(super) fn is_remark(lower: &[u8]) -> bool {
    const REMARK: usize = 4;
    has_sentence(upto(lower, LIMIT), REMARK)
}

/// Whether so many plain words follow each other.
fn has_sentence(lower: &[u8], length: usize) -> bool {
    let mut run = 0;
    words(lower).any(|word| {
        run = if is_plain(word) { run + weight(word) } else { 0 };
        run >= length
    })
}

/// How many words a text has, whatever they are.
pub(super) fn length(text: &[u8]) -> usize {
    words(text).map(weight).sum()
}

/// How many of a text's words are plain ones.
pub(super) fn plain_length(lower: &[u8]) -> usize {
    words(lower).filter(|word| is_plain(word)).map(weight).sum()
}

/// How many words of two letters or more a text has that hold nothing but letters.
pub(super) fn lettered_length(lower: &[u8]) -> usize {
    let lettered = |word: &&[u8]| word.len() > 1 && word.iter().all(is_letter);
    words(lower).filter(lettered).map(weight).sum()
}

/// Whether a text begins with a letter of any script.
pub(super) fn begins_with_letter(text: &[u8]) -> bool {
    let first = upto(text, 4).utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    first.is_some_and(char::is_alphabetic)
}

/// The words of a text: what stands between white space, and in scripts without it between the signs that end a clause.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut last = 0_u32;
    let parts = move |byte: &u8| {
        let behind_letter = last & 0x80 != 0;
        last = last << 8 | u32::from(*byte);
        is_space(*byte)
            || behind_letter && matches!(*byte, b',' | b'.' | b':' | b'?' | b'!' | b'(' | b')')
            || is_wide_sign(last & 0xFF_FFFF)
    };
    text.split(parts).filter(|word| !word.is_empty())
}

/// `、。！，：；？` by their bytes in UTF-8.
fn is_wide_sign(bytes: u32) -> bool {
    matches!(
        bytes,
        0xE3_8081 | 0xE3_8082 | 0xEF_BC81 | 0xEF_BC8C | 0xEF_BC9A | 0xEF_BC9B | 0xEF_BC9F
    )
}

/// Scripts without spaces have a word for every three letters or so.
fn weight(word: &[u8]) -> usize {
    1 + word.iter().filter(|b| **b >= 0xE0).count() / 3
}

/// A letter of a text in lower case; beyond ASCII, any.
fn is_letter(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || *byte >= 0x80
}

/// Letters with the punctuation of sentences, and no word of SQL.
fn is_plain(word: &[u8]) -> bool {
    let bare = word
        .strip_suffix(b",")
        .or_else(|| word.strip_suffix(b"."))
        .or_else(|| word.strip_suffix(b":"))
        .unwrap_or(word);
    !bare.is_empty()
        && (bare.iter().all(is_letter) || is_joined(bare))
        && (bare.len() > 1 || matches!(bare, b"a" | b"i"))
        && !matches!(classify(bare), Word::Select | Word::Union | Word::Statement | Word::Rare)
        && !matches!(bare, b"from" | b"where" | b"having" | b"limit" | b"into" | b"null" | b"table")
}

/// `don't`, `one-liner`: one sign between letters.
fn is_joined(word: &[u8]) -> bool {
    let letters = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_lowercase);
    let joint = word.iter().position(|b| matches!(b, b'\'' | b'-'));
    joint.is_some_and(|joint| {
        let contracted = at(word, joint) == b'-' || word.len() - joint <= 3 && joint > 1;
        contracted && letters(upto(word, joint)) && letters(from(word, joint + 1))
    })
}

/// Marked-up text: fenced code, links, several spans of inline code.
fn is_markup(lower: &[u8]) -> bool {
    let Some(first) = memchr::memchr(b'`', lower) else { return false };
    contains_any(lower, &[b"``` ", b"```\n", b"](/", b"](http", b"](#", b"](.", b"`][", b" ``"])
        || lower.starts_with(b"```")
        || memchr::memchr_iter(b'`', from(lower, first)).count() > 3
            && !contains_any(
                lower,
                &[b"${", b"$(", b";", b"|", b"&`", b"from ", b"select", b"where"],
            )
}
