//! What follows directly after the value has left its context: the heart of an injection.

use super::hidden::{hidden_rest, remarks};
use super::tokens::Shape;
use super::{Context, Reading};
use crate::web::Kind;
use crate::web::scan::{at, skip_space, upto};
use crate::web::value::Signs;
use crate::web::words::Word;

/// How much the thing after an operator looks like an SQL operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operand {
    None,
    Name,
    Literal,
    Call,
}

/// Raises what the tokens behind the break-out form.
pub(super) fn examine(reading: &Reading<'_>, signs: &mut Signs) {
    let Some((index, closed)) = break_out(reading) else {
        return;
    };
    let quoted = reading.context == Context::Quoted;
    let score = match reading.shape(index) {
        Shape::Logic => logic(reading, index, quoted || closed),
        Shape::Word => match reading.class(index) {
            Word::Logic => logic(reading, index, quoted || closed),
            Word::Compare if quoted && is_named(reading, index) => 0.0,
            Word::Compare => compare_word(reading, index, quoted),
            Word::Clause => clause(reading, index, quoted || closed),
            // A quote right behind makes it a quoted word.
            Word::Select | Word::Union
                if quoted
                    && !starts_phrase(reading, index + 1)
                    && !is_quoted_phrase(reading, index + 1)
                    && !matches!(
                        reading.lower.get(reading.get(index).range().end),
                        Some(b'\'' | b'"' | b'`')
                    ) =>
            {
                0.6
            }
            // The quote that opens the value closes the query's own, and the verb has its object.
            Word::Statement if quoted && reading.place(0) <= 2 && reading.tokens.len() == 2 => 0.5,
            Word::Statement if quoted => 0.3,
            _ => 0.0,
        },
        Shape::Comment if quoted => hidden_rest(reading, index),
        Shape::Comment if closed && reading.tokens.len() <= 8 => 0.6,
        Shape::Semicolon if quoted && reading.shape(index + 1) == Shape::Comment => {
            if remarks(reading, index) { 0.4 } else { 0.7 }
        }
        // Behind the closed text a second statement: its verb and the name of something.
        Shape::Semicolon
            if quoted
                && matches!(reading.class(index + 1), Word::Statement | Word::Select)
                && reading.shape(index + 2) != Shape::End =>
        {
            0.6
        }
        Shape::Arithmetic => arithmetic(reading, index, quoted),
        Shape::Compare if quoted => compared_text(reading, index),
        Shape::Comma if quoted || closed => list(reading, index),
        _ => 0.0,
    };
    if score > 0.0 {
        signs.raise(Kind::Sqli, score, reading.place(index));
    }
}

/// Two words that are no SQL, as a sentence goes on.
fn starts_phrase(reading: &Reading<'_>, index: usize) -> bool {
    let word = |index| reading.shape(index) == Shape::Word;
    let plain = |index| word(index) && reading.class(index) == Word::Plain;
    plain(index)
        && (plain(index + 1)
            || word(index + 1) && matches!(reading.class(index + 1), Word::Compare | Word::Logic))
}

/// `"operator":"like","value":`, `['name', 'in', …]`: a document names an operator, as the only thing between two quotes
/// and a text by itself among other members.
fn is_named(reading: &Reading<'_>, index: usize) -> bool {
    let range = reading.get(index).range();
    let Some(open) = range.start.checked_sub(1) else { return false };
    let quote = at(reading.lower, open);
    let before = upto(reading.lower, open).trim_ascii_end().last().copied();
    let behind = at(reading.lower, skip_space(reading.lower, range.end + 1));
    matches!(quote, b'\'' | b'"')
        && at(reading.lower, range.end) == quote
        && matches!(before, None | Some(b':' | b',' | b'[' | b'{' | b'('))
        && matches!(behind, 0 | b':' | b',' | b']' | b'}' | b')')
}

/// `"union catalog"`: the word behind is the last one before the quote that closes the phrase.
fn is_quoted_phrase(reading: &Reading<'_>, index: usize) -> bool {
    let closing = reading.get(index + 1);
    let word = reading.shape(index) == Shape::Word && reading.class(index) == Word::Plain;
    (word || reading.text(index) == b"*")
        && closing.shape == Shape::OpenText
        && closing.range().len() == 1
}

/// The first token outside the context, and whether parentheses were closed on the way.
fn break_out(reading: &Reading<'_>) -> Option<(usize, bool)> {
    let mut index = 0;
    if reading.context == Context::Bare {
        if reading.shape(0) == Shape::Arithmetic {
            index = 1;
        }
        // A number, a name or nothing at all may stand before the operator.
        match reading.shape(index) {
            Shape::Number => index = last_of_list(reading, index) + 1,
            Shape::Word
                if reading.class(index) == Word::Plain
                    && reading.shape(index + 1) == Shape::Close =>
            {
                index += 1
            }
            Shape::Word if reading.class(index) == Word::Plain => return None,
            Shape::Word | Shape::Close | Shape::Logic => index = 0,
            _ => return None,
        }
    } else if reading.shape(0) == Shape::Arithmetic && reading.is_percent(0) {
        index = 1;
    }
    let after = reading.skip(index, Shape::Close);
    (reading.shape(after) != Shape::End).then_some((after, after > index))
}

/// The `23` of `17,23 order by 3`, numbers that stand in brackets of the query.
fn last_of_list(reading: &Reading<'_>, mut index: usize) -> usize {
    while reading.shape(index + 1) == Shape::Comma && reading.shape(index + 2) == Shape::Number {
        index += 2;
    }
    index
}

impl Reading<'_> {
    /// The `%` of a LIKE pattern, which stands inside the quotes.
    fn is_percent(&self, index: usize) -> bool {
        self.text(index) == b"%"
    }
}

/// So many signs and brackets before an operand are passed over.
const UNARY: usize = 256;

/// What kind of operand begins at `index`, and where it goes on.
pub(super) fn operand(reading: &Reading<'_>, mut index: usize) -> (Operand, usize) {
    for _ in 0..UNARY {
        let unary = reading.shape(index) == Shape::Arithmetic
            && !matches!(reading.text(index), b"*" | b"/" | b"%" | b"|" | b"&")
            || matches!(reading.text(index), b"!" | b"~")
            || matches!(
                reading.text(index),
                b"not" | b"binary" | b"all" | b"any" | b"some" | b"distinct"
            );
        if unary || reading.shape(index) == Shape::Open {
            index += 1;
        } else {
            break;
        }
    }
    match reading.shape(index) {
        Shape::Number | Shape::Text | Shape::OpenText | Shape::Variable => {
            (Operand::Literal, index + 1)
        }
        Shape::Word if reading.is_call(index) || reading.class(index) == Word::Select => {
            (Operand::Call, index + 1)
        }
        // A package of the database with its member: `dbms_x.y(`.
        Shape::Word
            if reading.class(index) == Word::Rare && reading.shape(index + 1) == Shape::Dot =>
        {
            (Operand::Call, index + 1)
        }
        Shape::Word if reading.is(index, b"case") => {
            let decides = super::clauses::decides(reading, index);
            (if decides { Operand::Call } else { Operand::Name }, index + 1)
        }
        Shape::Word if matches!(reading.text(index), b"exists" | b"if") => {
            (Operand::Call, index + 1)
        }
        Shape::Word if reading.class(index) == Word::Literal => (Operand::Literal, index + 1),
        Shape::Word
            if reading.class(index) == Word::Plain || reading.class(index) == Word::Function =>
        {
            (Operand::Name, qualified(reading, index))
        }
        _ => (Operand::None, index),
    }
}

/// Past a name with its qualifiers, `a.b.c`.
fn qualified(reading: &Reading<'_>, mut index: usize) -> usize {
    while reading.shape(index + 1) == Shape::Dot && reading.shape(index + 2) == Shape::Word {
        index += 2;
    }
    // `array[id]`, `[dbo]`.
    index + if reading.text(index + 1).starts_with(b"[") { 2 } else { 1 }
}

/// Whether a comparison stands at `index`.
pub(super) fn is_compare(reading: &Reading<'_>, index: usize) -> bool {
    reading.shape(index) == Shape::Compare
        || reading.class(index) == Word::Compare
        || reading.is(index, b"not") && reading.class(index + 1) == Word::Compare
        || reading.shape(index) == Shape::Arrow
        || matches!(reading.text(index), b"~" | b"!" | b"?")
}

fn logic(reading: &Reading<'_>, index: usize, strong: bool) -> f32 {
    let mut start = index + 1;
    // `' not like 'x`: the query's text is compared with another.
    if strong
        && reading.is(index, b"not")
        && reading.class(start) == Word::Compare
        && matches!(reading.shape(start + 1), Shape::OpenText | Shape::Text | Shape::Open)
    {
        return 0.7;
    }
    if reading.is(start, b"not") {
        start += 1;
    }
    // `' or match (title) against ('+a' in boolean mode)`.
    let searches = |at: usize| reading.is(at, b"against") && reading.shape(at + 1) == Shape::Open;
    if strong
        && reading.is(start, b"match")
        && (searches(start + 2)
            || reading.shape(start + 1) == Shape::Open && (start..start + 8).any(searches))
    {
        return 0.8;
    }
    let (kind, after) = operand(reading, start);
    let after_closed = reading.skip(after, Shape::Close);
    let compared = is_compare(reading, after_closed);
    let ends = reading.ends(after_closed);
    if reading.context == Context::Bare && calculates(reading, index, after) {
        return 0.7;
    }
    match (kind, strong) {
        (Operand::Call, true) => 0.9,
        (Operand::Call, false) => 0.7,
        (Operand::Literal, true) if compared || ends => 0.9,
        (Operand::Literal, true) if reading.shape(after_closed) == Shape::Semicolon => 0.7,
        (Operand::Literal, false) if ends && reading.class(after - 1) == Word::Literal => 0.5,
        (Operand::Literal, true) if reading.shape(after_closed) == Shape::OpenText => 0.8,
        (Operand::Literal, true) if is_connected(reading, after_closed) => 0.8,
        (Operand::Literal, false)
            if compared && same_operands(reading, after - 1, after_closed) =>
        {
            0.8
        }
        (Operand::Literal, false) if compared && reading.context == Context::Bare => {
            let negated = reading.is(after_closed, b"not");
            bare_comparison(reading, after_closed + usize::from(negated))
        }
        (Operand::Literal, false)
            if ends && reading.shape(after_closed) != Shape::End
                || reading.shape(after_closed) == Shape::Comment =>
        {
            0.5
        }
        (Operand::Name, true) if compared || reading.shape(after_closed) == Shape::Comment => 0.8,
        (Operand::Name, true) if reading.shape(after) == Shape::Open => 0.6,
        (Operand::Name, true) if ends && reading.context == Context::Quoted => 0.45,
        (Operand::None, true)
            if reading.shape(start) == Shape::Logic
                || ends && reading.class(index) == Word::Logic =>
        {
            0.5
        }
        _ => 0.0,
    }
}

/// `1 or 17-7=10`, `1 xor id=id`, `1 or isnull(1/0)`, `1 || id is not null`, `1 or 3<359 --`: a number goes on with a
/// condition that needs nothing of the query it lands in.
fn calculates(reading: &Reading<'_>, index: usize, first: usize) -> bool {
    let number = |index: usize| reading.shape(index) == Shape::Number;
    if !(0..index).all(|at| number(at) || reading.shape(at) == Shape::Arithmetic) || index == 0 {
        return false;
    }
    let mut after = first;
    while reading.shape(after) == Shape::Arithmetic && number(after + 1) {
        after += 2;
    }
    let right = operand(reading, after + 1).1;
    let ends = reading.ends(right) || reading.shape(right) == Shape::Semicolon;
    let compared = reading.shape(after) == Shape::Compare && number(first - 1);
    let sum = after > first && compared && number(after + 1) && ends;
    let hidden = compared && number(after + 1) && reading.shape(right) == Shape::Comment;
    let named = reading.shape(first) == Shape::Compare
        && reading.class(first - 1) == Word::Plain
        && reading.shape(first - 1) == Shape::Word
        && same_operands(reading, first - 1, first)
        && reading.ends(first + 2);
    let alike = reading.is(first, b"sounds") && reading.is(first + 1, b"like");
    let tested = reading.is(index + 1, b"isnull") && reading.shape(index + 2) == Shape::Open;
    let null = first + 1 + usize::from(reading.is(first + 1, b"not"));
    let column = reading.text(first - 1);
    let exists = reading.is(first, b"is")
        && (column.contains(&b'_') || reading.shape(index) == Shape::Logic)
        && reading.is(null, b"null")
        && reading.ends(null + 1);
    sum || hidden || named || alike || tested || exists
}

/// Another operator goes on with the expression.
fn is_connected(reading: &Reading<'_>, index: usize) -> bool {
    matches!(reading.shape(index), Shape::Logic | Shape::Arithmetic | Shape::Cast)
        || reading.class(index) == Word::Logic
}

/// `7 = 7`, `'a' = 'a`: the same on both sides, which no honest condition needs.
fn same_operands(reading: &Reading<'_>, left: usize, compare: usize) -> bool {
    let right = reading.skip(compare + 1, Shape::Open);
    let strip = |text: &[u8]| -> Vec<u8> {
        text.iter().copied().filter(|b| !matches!(b, b'\'' | b'"')).collect()
    };
    reading.shape(right) != Shape::End && strip(reading.text(left)) == strip(reading.text(right))
}

/// Two different constants compared with `=` after AND or OR: a probe for the false case.
fn bare_comparison(reading: &Reading<'_>, compare: usize) -> f32 {
    let (right, _) = operand(reading, compare + 1);
    match right {
        Operand::Call => 0.9,
        Operand::Literal
            if reading.text(compare) == b"=" || reading.class(compare) == Word::Compare =>
        {
            0.7
        }
        // `1 or 1<>2` and nothing else: a number goes on with a comparison of numbers.
        Operand::Literal
            if reading.tokens.len() <= 6
                && reading.shape(0) == Shape::Number
                && reading.shape(compare + 1) == Shape::Number =>
        {
            0.5
        }
        _ => 0.3,
    }
}

fn compare_word(reading: &Reading<'_>, index: usize, quoted: bool) -> f32 {
    if !quoted {
        let (kind, _) = operand(reading, index + 1);
        let pattern = matches!(reading.text(index), b"rlike" | b"regexp" | b"ilike");
        return match kind {
            Operand::Call if reading.is(index, b"rlike") => 0.8,
            Operand::Literal
                if pattern
                    && reading.shape(0) == Shape::Number
                    && matches!(reading.shape(index + 1), Shape::Text | Shape::OpenText) =>
            {
                0.6
            }
            _ => 0.0,
        };
    }
    match reading.text(index) {
        b"notnull" | b"isnull" if reading.ends(index + 1) => 0.8,
        b"is" if reading.is(index + 1, b"null") || reading.is(index + 2, b"null") => 0.8,
        b"is"
            if reading.class(index + 1) == Word::Literal
                && reading.shape(index + 2) == Shape::Comment =>
        {
            0.7
        }
        b"collate" => 0.7,
        b"like" | b"rlike" | b"regexp" | b"ilike" | b"glob" | b"between" | b"in" | b"sounds" => {
            match operand(reading, index + 1).0 {
                Operand::Call => 0.9,
                Operand::Literal => 0.7,
                _ if reading.shape(index + 1) != Shape::End => 0.0,
                _ if matches!(reading.text(index), b"rlike" | b"regexp" | b"ilike") => 0.5,
                _ => 0.3,
            }
        }
        b"div" | b"mod" if operand(reading, index + 1).0 == Operand::Literal => {
            let after = operand(reading, index + 1).1;
            let goes_on = reading.class(after) == Word::Logic;
            if goes_on || reading.shape(after) == Shape::Comment { 0.7 } else { 0.3 }
        }
        _ => 0.0,
    }
}

fn clause(reading: &Reading<'_>, index: usize, strong: bool) -> f32 {
    match reading.text(index) {
        b"order" | b"group" if reading.is(index + 1, b"by") => order_by(reading, index + 2, strong),
        b"having" | b"where" if strong => match operand(reading, index + 1).0 {
            Operand::Literal | Operand::Call => 0.8,
            Operand::Name if is_compare(reading, operand(reading, index + 1).1) => 0.6,
            _ => 0.0,
        },
        b"as" if strong => aliased(reading, index),
        b"limit" if strong && reading.shape(index + 1) == Shape::Number => 0.6,
        b"from" if strong && reading.class(index + 1) == Word::System => 0.8,
        // `' from users--`: the selected text was closed, and the query's own table is hidden.
        b"from" if strong => match operand(reading, index + 1) {
            (Operand::Name, after) if reading.shape(after) == Shape::Comment => {
                hidden_rest(reading, after)
            }
            _ => 0.0,
        },
        _ => 0.0,
    }
}

fn order_by(reading: &Reading<'_>, index: usize, strong: bool) -> f32 {
    let (kind, after) = operand(reading, index);
    match kind {
        Operand::Call => 0.9,
        Operand::Literal if reading.ends(after) || reading.shape(after) == Shape::Comma => 0.8,
        Operand::Name if strong && reading.shape(after) == Shape::Comment => 0.8,
        _ => 0.0,
    }
}

/// `) as t where …`, `' as t union …`.
fn aliased(reading: &Reading<'_>, index: usize) -> f32 {
    let next = index + 2;
    match reading.text(next) {
        b"where" | b"union" | b"having" | b"order" => 0.8,
        b"from" => 0.6,
        _ if reading.shape(next) == Shape::Comment => 0.6,
        _ => 0.0,
    }
}

fn arithmetic(reading: &Reading<'_>, index: usize, quoted: bool) -> f32 {
    let (kind, after) = operand(reading, index + 1);
    match kind {
        Operand::Call if quoted => 0.9,
        Operand::Call if reading.class(after - 1) == Word::Rare => 0.8,
        Operand::Literal
            if quoted
                && (matches!(
                    reading.shape(after),
                    Shape::Arithmetic | Shape::Logic | Shape::Compare
                ) || reading.class(after) == Word::Logic) =>
        {
            0.6
        }
        // `'^0#`: the text is calculated with and the rest of the query commented away.
        Operand::Literal
            if quoted
                && reading.ends(reading.skip(after, Shape::Close))
                && reading.shape(reading.skip(after, Shape::Close)) != Shape::End =>
        {
            0.6
        }
        _ => 0.0,
    }
}

/// `' = '`: the query's text is compared with an empty one.
fn compared_text(reading: &Reading<'_>, index: usize) -> f32 {
    match reading.shape(index + 1) {
        Shape::Text | Shape::OpenText | Shape::Number
            if reading.text(index) == b"=" && reading.place(0) <= 4 =>
        {
            0.5
        }
        Shape::OpenText
            if matches!(reading.text(index), b"<>" | b"!=") && reading.place(0) == 1 =>
        {
            0.6
        }
        _ => 0.0,
    }
}

/// `', null, null); --`, `'), ('a', 'b')--`: the rest of a row that is inserted, or another one, and a comment.
fn is_row(reading: &Reading<'_>, index: usize) -> bool {
    let last = reading.tokens.len().saturating_sub(1);
    let constant = |at: usize| match reading.shape(at) {
        Shape::Comma | Shape::Open | Shape::Close | Shape::Text | Shape::Number => true,
        Shape::Semicolon => at + 1 == last,
        Shape::Word => reading.class(at) == Word::Literal,
        _ => false,
    };
    last > index + 1
        && reading.shape(last) == Shape::Comment
        && reading.text(last).iter().all(|b| matches!(b, b'-' | b'#' | b'+' | b' '))
        && (index..last).all(constant)
        && (index..last).any(|at| reading.shape(at) == Shape::Close)
}

/// `', (select …`, `1),(sleep(5))`.
fn list(reading: &Reading<'_>, index: usize) -> f32 {
    if is_row(reading, index) {
        return 0.7;
    }
    if operand(reading, index + 1).0 == Operand::Call { 0.7 } else { 0.0 }
}
