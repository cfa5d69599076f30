//! Quotes that belong to a language or a measure and close no text of a query.

use super::Reading;
use super::tokens::Shape;
use crate::web::scan::{at, from, is_space, skip_space, upto, word};
use crate::web::words::Word;

/// `l'or`, `trait d'union`, `the writers' union`: the apostrophe stands behind a letter, and what follows forms
/// no condition and no clause, which an injection has to.
pub(super) fn is_spoken(reading: &Reading<'_>, quote: usize) -> bool {
    let behind_letter = quote > 0 && is_letter(at(reading.lower, quote - 1));
    if !behind_letter || !matches!(at(reading.lower, quote), b'\'' | b'`') {
        return false;
    }
    match reading.class(0) {
        Word::Logic => !forms_condition(reading),
        Word::Union => !forms_clause(reading),
        _ => false,
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// A comparison, a constant that is a word, a text that the query's own quote ends, or a comment that hides it.
fn forms_condition(reading: &Reading<'_>) -> bool {
    (1..reading.tokens.len()).any(|index| match reading.shape(index) {
        Shape::Compare | Shape::Logic | Shape::Semicolon | Shape::Variable | Shape::Cast => true,
        Shape::OpenText => at(reading.text(index), 0) == b'\'',
        Shape::Text => at(reading.text(index), 0) == b'\'',
        Shape::Comment => hides(reading.text(index)),
        Shape::Word => {
            matches!(reading.class(index), Word::Compare | Word::Literal | Word::Select)
                || reading.is_call(index)
        }
        _ => false,
    })
}

fn forms_clause(reading: &Reading<'_>) -> bool {
    (1..reading.tokens.len()).any(|index| match reading.shape(index) {
        Shape::Comment => hides(reading.text(index)),
        Shape::Word => {
            reading.class(index) == Word::Select
                || matches!(reading.text(index), b"all" | b"values" | b"table" | b"distinct")
        }
        _ => false,
    })
}

/// `--`, `#` with nothing said behind them: a word right behind `#` is a subject.
fn hides(comment: &[u8]) -> bool {
    !matches!(comment, [b'#', b'a'..=b'z', ..])
}

/// `5' or 6'`, `3" and 4" pipes`, `6' = 72"`: numbers with the signs for feet and inches on both sides.
pub(super) fn is_measure(lower: &[u8], quote: usize) -> bool {
    let before = upto(lower, quote);
    let digits = before.iter().rev().take_while(|b| is_number(**b)).count();
    let ahead = upto(before, before.len() - digits).last().copied().unwrap_or(b' ');
    if digits == 0
        || !(is_space(ahead) || matches!(ahead, b'(' | b'\''))
        || !before.last().is_some_and(u8::is_ascii_digit)
    {
        return false;
    }
    let joint = skip_space(lower, quote + 1);
    let joined = match at(lower, joint) {
        b'=' | b'-' | b',' | b'/' => joint + 1,
        _ => joint + word(lower, joint).len(),
    };
    let number = skip_space(lower, joined);
    if !at(lower, number).is_ascii_digit() && at(lower, number) != b'.' {
        return false;
    }
    let len = from(lower, number).iter().take_while(|b| is_number(**b)).count();
    let rest = from(lower, number + len + 1);
    let measured = len > 0 && matches!(at(lower, number + len), b'\'' | b'"');
    // Behind the second measure comes what is measured.
    let named = rest
        .iter()
        .all(|b| is_letter(*b) || b.is_ascii_digit() || matches!(b, b' ' | b',' | b'.' | b'?'));
    measured && named && joined > joint
}

/// `"union select"`, `text~"select.*from"`, `["sql select", "union jack"]`: words in quotes as a search has them. What
/// leaves a text of a query has a blank, a sign or a digit beside one of its quotes, or ends in the other.
pub(super) fn is_phrase(lower: &[u8], quote: usize) -> bool {
    let mark = at(lower, quote);
    let opens = |index: usize| {
        let ahead = upto(lower, index).trim_ascii_end().last().copied();
        ahead.is_none_or(|byte| matches!(byte, b'~' | b':' | b'(' | b'[' | b','))
    };
    let closes = |index: usize| {
        matches!(at(lower, index + 1), 0 | b' ' | b')' | b']' | b'}' | b',')
            || index + 1 == lower.len()
    };
    // This quote begins the phrase, or ends it.
    let end = memchr::memchr(mark, from(lower, quote + 1)).map(|length| quote + 1 + length);
    let begin = memchr::memrchr(mark, upto(lower, quote));
    let phrase = |begin: usize, end: usize| {
        let inner = lower.get(begin + 1..end).unwrap_or_default();
        opens(begin) && closes(end) && is_wording(inner)
    };
    end.is_some_and(|end| phrase(quote, end)) || begin.is_some_and(|begin| phrase(begin, quote))
}

/// A name between backticks as Markdown has it, `the '+' and '/' characters`, `stocking "not" stuffer`: what is quoted
/// in a sentence has a blank or a bracket before it and a blank or the sentence's sign behind it, and none inside.
pub(super) fn is_quotation(lower: &[u8], quote: usize) -> bool {
    let mark = at(lower, quote);
    let before = upto(lower, quote);
    let closes = memchr::memchr_iter(mark, before).count() % 2 == 1;
    let begin = if closes { memchr::memrchr(mark, before).unwrap_or(quote) } else { quote };
    let inner = from(lower, begin + 1);
    let Some(length) = memchr::memchr(mark, inner) else { return false };
    let inner = upto(inner, length);
    let ahead = upto(lower, begin);
    let behind = from(lower, begin + length + 2);
    let ends = matches!(
        at(behind, 0),
        0 | b' ' | b'\n' | b'.' | b',' | b':' | b';' | b'?' | b'!' | b')' | b']'
    );
    if inner.is_empty() || inner.trim_ascii().len() < inner.len() || !ends {
        return false;
    }
    if mark == b'`' {
        return ahead.last().is_none_or(|b| matches!(b, b' ' | b'\n' | b'(' | b'['));
    }
    let spoken = matches!(ahead, [.., letter, b' '] if is_letter(*letter));
    let sign = |b: &u8| b.is_ascii_punctuation() && !matches!(b, b'(' | b')' | b'#' | b';');
    let word = inner.iter().all(|b| is_letter(*b) || b.is_ascii_digit() || *b == b'_');
    // `x 'or' 1=1`: a word that joins conditions is quoted only where a sentence goes on.
    let joined = JOINING.contains(&inner)
        && behind.iter().any(|b| {
            matches!(b, b'=' | b'<' | b'>' | b'(' | b'#' | b'-' | b'\'' | b'"' | b'0'..=b'9')
        });
    spoken && (word && !joined || inner.iter().all(sign))
}

/// Words that go on with a condition.
const JOINING: [&[u8]; 8] = [b"or", b"and", b"xor", b"not", b"like", b"in", b"is", b"having"];

/// Words, of which the first joins no condition.
fn is_wording(text: &[u8]) -> bool {
    let first = word(text, 0);
    !first.is_empty()
        && !JOINING.contains(&first)
        && text.last().is_some_and(|b| is_letter(*b))
        && text.iter().all(|b| is_letter(*b) || matches!(b, b' ' | b'.' | b'*'))
}

/// Of `2.5` and `1/16`.
fn is_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'.' | b'/')
}
