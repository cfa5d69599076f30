//! Values that are nothing but a fragment of SQL: a condition without its query, a list, a tautology.

use super::follow::{Operand, operand};
use super::joined::joins_texts;
use super::tokens::Shape;
use super::{Context, Reading};
use crate::web::Kind;
use crate::web::purpose::Purpose;
use crate::web::scan::is_space;
use crate::web::value::Signs;
use crate::web::words::Word;

/// Raises a fragment when it is the whole value.
pub(super) fn examine(reading: &Reading<'_>, document: bool, purpose: Purpose, signs: &mut Signs) {
    let count = reading.tokens.len();
    let score = match count {
        // Interfaces send operators in their documents; a form's or query's field has values.
        1 if !document => single(reading, purpose),
        // Maps are asked for everything by a condition that is always true, where one is asked for.
        3 if purpose == Purpose::Condition && reading.lower == b"1=1" => 0.0,
        2..=64 => phrase(reading, count),
        _ => 0.0,
    };
    signs.raise(Kind::Sqli, score, 0);
    if joins_texts(reading.lower) {
        signs.raise(Kind::Sqli, 0.6, 0);
    }
    if hides_from_a_quote(reading.lower) {
        signs.raise(Kind::Sqli, 0.6, 0);
    }
    if is_probe(reading.lower) {
        signs.raise(Kind::Sqli, 0.6, 0);
    }
}

/// An operator without its operands probes what is let through.
fn single(reading: &Reading<'_>, purpose: Purpose) -> f32 {
    // Those of every language are looked up; some are a list's end, and some are how a list is filtered.
    let expected = matches!(
        purpose,
        Purpose::Search
            | Purpose::Query
            | Purpose::Prose
            | Purpose::Destination
            | Purpose::Operator
    );
    let operator = is_operator(reading) && !expected;
    // A catalogue or a procedure of the system and nothing else.
    let system = reading.class(0) == Word::System
        || matches!(reading.text(0), [b'x', b'p', b'_', _, ..])
        || matches!(reading.text(0), b"sp_password" | b"sp_makewebtask" | b"sp_configure");
    let probes = system && reading.text(0).len() == reading.lower.trim_ascii().len();
    if operator || probes { 0.5 } else { 0.0 }
}

fn is_operator(reading: &Reading<'_>) -> bool {
    let operator = matches!(
        reading.shape(0),
        Shape::Compare | Shape::Logic | Shape::Arrow | Shape::Arithmetic
    );
    operator && reading.text(0).len() > 1
}

/// An operator of two signs or more as a whole body, where a form belongs.
pub(in crate::web) fn is_bare_operator(lower: &[u8]) -> bool {
    let mut tokens = Vec::new();
    super::tokens::tokenize(lower, 0, &mut tokens);
    let reading = Reading { tokens: &tokens, lower, context: Context::Bare };
    tokens.len() == 1 && is_operator(&reading)
}

fn phrase(reading: &Reading<'_>, count: usize) -> f32 {
    match (reading.text(0), count) {
        (b"having", 3) if reading.shape(1) == Shape::Number => 0.6,
        (b"in", _) if reading.shape(1) == Shape::Open => list(reading, count),
        _ => tautology(reading, count),
    }
}

/// `in (1,2,3)`: constants and commas only.
fn list(reading: &Reading<'_>, count: usize) -> f32 {
    let constant = |index| {
        matches!(
            reading.shape(index),
            Shape::Number | Shape::Text | Shape::Comma | Shape::Arithmetic
        )
    };
    let closed = reading.shape(count - 1) == Shape::Close;
    if closed && count > 3 && (2..count - 1).all(constant) { 0.5 } else { 0.0 }
}

/// `7=7`, `(3=3)*9`, `x,1=1`: the same constant on both sides, or a comparison that is multiplied.
fn tautology(reading: &Reading<'_>, count: usize) -> f32 {
    let start = if reading.shape(1) == Shape::Comma { 2 } else { 0 };
    let left = reading.skip(start, Shape::Open);
    let compare = left + 1;
    let right = compare + 1;
    let numbers =
        reading.shape(left) == Shape::Number && operand(reading, right).0 == Operand::Literal;
    let operator = reading.shape(compare) == Shape::Compare || reading.is(compare, b"like");
    let after = reading.skip(right + 1, Shape::Close);
    let same = reading.text(left) == reading.text(right);
    let multiplied = left > start && after > right + 1 && reading.shape(after) == Shape::Arithmetic;
    match numbers && operator && count <= 12 {
        true if same && reading.class(compare) != Word::Plain => 0.5,
        true if same && reading.ends(after) && reading.shape(compare) == Shape::Compare => 0.5,
        true if multiplied => 0.6,
        _ => 0.0,
    }
}

/// `'#`, `"))--`, `';` and a zero byte: a quote is closed, perhaps a bracket and the statement with it, and the rest
/// hidden; nothing else was said.
fn hides_from_a_quote(lower: &[u8]) -> bool {
    let text = lower.trim_ascii();
    // A number in quotes, its statement or bracket ended: `7';`, `7')`.
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if (1..=9).contains(&digits)
        && matches!(text.get(digits..), Some(b"';" | b"')" | b"'))" | b"');"))
    {
        return true;
    }
    let opens = matches!(text.first(), Some(b'\'' | b'"' | b'`'));
    let hides = text.ends_with(b"#") || text.ends_with(b"--") || text.ends_with(b";\0");
    let signs =
        |b: &u8| matches!(b, b'\'' | b'"' | b'`' | b')' | b';' | b'@' | b'#' | b'-' | b' ' | 0);
    opens && hides && (2..=12).contains(&text.len()) && text.iter().all(signs)
}

/// A number or word followed by a heap of quotes, commas and brackets, thrown in to provoke an error.
fn is_probe(lower: &[u8]) -> bool {
    let tail = lower
        .iter()
        .rev()
        .take_while(|b| matches!(b, b'\'' | b'"' | b'(' | b')' | b',' | b'.'))
        .count();
    let quoted = lower.iter().rev().take(tail).any(|b| matches!(b, b'\'' | b'"'));
    let kinds = [b'\'', b'"', b'(', b')', b',', b'.']
        .iter()
        .filter(|kind| lower.iter().rev().take(tail).any(|b| b == *kind))
        .count();
    tail >= 7 && quoted && kinds >= 4 && lower.len() - tail <= 12
}

/// A text in place of a form that is nothing but SQL's own words: a statement's verb with its object, a clause
/// without its query, an operator without its operands.
pub(in crate::web) fn is_bare_phrase(lower: &[u8]) -> bool {
    let mut words = [&b""[..]; 5];
    let mut count = 0;
    for word in lower.split(|b| is_space(*b)).filter(|word| !word.is_empty()) {
        let Some(place) = words.get_mut(count) else { return false };
        *place = word;
        count += 1;
    }
    let name =
        |word: &[u8]| word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    match words.get(..count).unwrap_or_default() {
        [b"regexp" | b"rlike" | b"xor"] => true,
        [b"execute" | b"exec" | b"alter" | b"truncate", object] => name(object),
        [b"order" | b"group", b"by"] | [b"is" | b"like" | b"rlike", b"null"] => true,
        [b"is", b"not", b"null"] => true,
        // An alias, its quote, and the clause behind it.
        [.., alias, b"from"] if count > 1 => {
            matches!(alias, [b'a', b's', b'\'' | b'"' | b'`'])
                || count > 2 && words.get(count - 3) == Some(&&b"as"[..])
        }
        _ => false,
    }
}
