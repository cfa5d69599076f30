//! The words of a line: runs of ASCII letters, digits and `_`, case folded; any other character outside
//! ASCII is a word of its own, for Chinese has no blanks. An escape of a sign, `%20`, parts words as the sign does.

use super::{Hash, Kind, key};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) key: u64,
    len: usize,
    digits: usize,
}

/// Numbers up to this many digits are not indexed: sizes, ports and parts of dates are everywhere.
const SHORT_NUMBER: usize = 7;
/// Words from this length on that hold digits are names of single things: kept in the filter.
const RARE_LENGTH: usize = 8;

/// Whether the word is in the filter of the part instead of the postings.
pub(crate) fn is_rare(word: &Word) -> bool {
    word.digits > 0 && word.len >= RARE_LENGTH
}

/// What every line is indexed by that is not UTF-8: a search for Chinese words looks into those alone for other
/// encodings. No word is spelt so.
pub(crate) fn foreign() -> Word {
    Word { key: key(Kind::Word, b"\0foreign"), len: 1, digits: 0 }
}

/// Calls `each` with every word of `line` that is indexed.
pub(crate) fn words(line: &[u8], mut each: impl FnMut(Word)) {
    let (mut at, mut is_foreign) = (0, false);
    while let Some(byte) = line.get(at).copied() {
        if is_ascii_word(byte) {
            let mut hash = Hash::of(Kind::Word);
            let (mut len, mut digits) = (0, 0);
            while let Some(byte) = line.get(at + len).copied().filter(|byte| is_ascii_word(*byte)) {
                hash.byte(byte.to_ascii_lowercase());
                digits += usize::from(byte.is_ascii_digit());
                len += 1;
            }
            if digits < len || len > SHORT_NUMBER {
                each(Word { key: hash.key(), len, digits });
            }
            at += len;
        } else if byte >= 0x80 {
            let len = character(line.get(at..).unwrap_or(&[]));
            is_foreign |= len == 1;
            let mut hash = Hash::of(Kind::Word);
            line.iter().skip(at).take(len).for_each(|byte| hash.byte(*byte));
            each(Word { key: hash.key(), len, digits: 0 });
            at += len;
        } else {
            let is_escape = byte == b'%' && is_escaped_sign(line.get(at + 1..).unwrap_or(&[]));
            at += if is_escape { 3 } else { 1 };
        }
    }
    if is_foreign {
        each(foreign());
    }
}

pub(crate) fn is_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `digits` begins with the two of an escape, as in a URL, of an ASCII sign that is no part of a word.
fn is_escaped_sign(digits: &[u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let [high, low, ..] = digits else { return false };
    let value = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
    value.is_some_and(|value| value.is_ascii() && !is_ascii_word(value))
}

/// Bytes of the character that `bytes` begins with; 1 where it is not UTF-8.
fn character(bytes: &[u8]) -> usize {
    let len = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let whole = bytes.get(..len).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
    if whole { len } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<u64> {
        let mut keys = Vec::new();
        words(line.as_bytes(), |word| keys.push(word.key));
        keys
    }

    fn keys(words: &[&str]) -> Vec<u64> {
        words.iter().map(|word| key(Kind::Word, word.as_bytes())).collect()
    }

    #[test]
    fn words_are_folded_and_short_numbers_left_out() {
        assert_eq!(found("UNION+Select 10.0.0.1 29217"), keys(&["union", "select"]));
        assert_eq!(found("t=331061627902&a_b"), keys(&["t", "331061627902", "a_b"]));
        assert_eq!(found("id=1%20union%2Aselect%5Fa"), keys(&["id", "union", "select", "5fa"]));
        assert_eq!(found("登录 failed"), keys(&["登", "录", "failed"]));
        let mut all = Vec::new();
        words(b"\xb5\xc7\xc2\xbc failed", |word| all.push(word.key));
        assert_eq!(all.last(), Some(&foreign().key), "GBK");
    }

    #[test]
    fn long_words_with_digits_are_rare() {
        let rare = |text: &str| {
            let mut rare = Vec::new();
            words(text.as_bytes(), |word| rare.push(is_rare(&word)));
            rare
        };
        assert_eq!(
            rare("331061627902 ftp45 administrator session_8812"),
            [true, false, false, true]
        );
    }
}
