//! Clauses that are SQL wherever they stand: UNION SELECT, stacked statements, waits, definitions.

use super::follow::{Operand, is_compare, operand};
use super::operators::{between_documents, document, variable};
use super::statements::{stacked, statement};
use super::tokens::Shape;
use super::{Context, Reading};
use crate::web::Kind;
use crate::web::value::Signs;
use crate::web::words::{self, Word};

/// Raises every clause the tokens form.
pub(super) fn examine(reading: &Reading<'_>, signs: &mut Signs) {
    for index in 0..reading.tokens.len() {
        let score = match reading.shape(index) {
            Shape::Word => at_word(reading, index),
            Shape::Semicolon => stacked(reading, index + 1),
            Shape::Logic => condition(reading, index),
            Shape::Cast | Shape::Arrow => document(reading, index),
            Shape::Compare | Shape::Other => between_documents(reading, index),
            Shape::Variable => variable(reading, index),
            _ => 0.0,
        };
        if score > 0.0 {
            signs.raise(Kind::Sqli, score, reading.place(index));
        }
    }
}

fn at_word(reading: &Reading<'_>, index: usize) -> f32 {
    match reading.class(index) {
        Word::Plain | Word::Compare | Word::Literal => 0.0,
        Word::Logic => condition(reading, index),
        Word::Select => select(reading, index),
        Word::Union => union(reading, index),
        Word::Clause => clause(reading, index),
        Word::Statement => statement(reading, index),
        Word::Rare if reading.shape(index + 1) == Shape::Open => rare_call(reading, index),
        Word::Function if reading.shape(index + 1) == Shape::Open => nested_call(reading, index),
        Word::Rare | Word::Function => 0.0,
        Word::System if stands_in_a_clause(reading, index) => 0.6,
        Word::System => 0.3,
    }
}

/// A system table in a sentence has words on both sides; in a query a clause, dot or bracket.
fn stands_in_a_clause(reading: &Reading<'_>, index: usize) -> bool {
    let beside = |index: usize| {
        matches!(
            reading.shape(index),
            Shape::Dot | Shape::Open | Shape::Close | Shape::Comma | Shape::Compare
        ) || matches!(reading.class(index), Word::Clause | Word::Select | Word::Union)
    };
    // `information_schema.tables list columns`: looked up by its name, with words behind.
    let plain = |at: usize| reading.shape(at) == Shape::Word && reading.class(at) == Word::Plain;
    let named = index == 0 && reading.shape(1) == Shape::Dot && plain(3) && plain(4);
    !named && beside(index + 1) || index > 0 && beside(index - 1)
}

/// `union [all] select`, and the other set operators.
fn union(reading: &Reading<'_>, index: usize) -> f32 {
    let mut next = index + 1;
    while matches!(reading.text(next), b"all" | b"distinct") || reading.shape(next) == Shape::Open {
        next += 1;
    }
    match reading.text(next) {
        b"select" if reading.is(index, b"union") && is_title(reading, index, next) => 0.4,
        b"select" if reading.is(index, b"union") => 1.0,
        b"select" => 0.7,
        b"values" | b"table" if reading.shape(next + 1) == Shape::Open => 0.7,
        _ => 0.0,
    }
}

/// `union select committee`: words on both sides and nothing of a query, where no number or quote was left.
fn is_title(reading: &Reading<'_>, index: usize, select: usize) -> bool {
    let plain = |at: usize| reading.shape(at) == Shape::Word && reading.class(at) == Word::Plain;
    let ahead = index == 0 || plain(index - 1);
    let mut end = select + 1;
    while plain(end) {
        end += 1;
    }
    // Another parameter of an address that was searched for.
    let ends = reading.shape(end) == Shape::End || reading.text(end) == b"&" && plain(end + 1);
    reading.context == Context::Bare && select == index + 1 && ahead && end > select + 1 && ends
}

fn rare_call(reading: &Reading<'_>, index: usize) -> f32 {
    // Words that English or mathematics know too need company.
    let argument = index + 2;
    let number = matches!(reading.shape(argument), Shape::Number);
    // `sleep(ing)`, `benchmark (crafts)`: a word in brackets is no time and no count.
    let remark = reading.shape(argument) == Shape::Word
        && reading.class(argument) == Word::Plain
        && reading.shape(argument + 1) == Shape::Close;
    match reading.text(index) {
        b"sleep" | b"benchmark" if remark => 0.3,
        b"sleep" if number && reading.shape(argument + 1) == Shape::Word => 0.0,
        // Asked about, with a word behind.
        b"sleep"
            if number
                && (index == 0 || index == 2 && reading.text(1) == b"=")
                && reading.class(argument + 2) == Word::Plain
                && reading.shape(argument + 2) == Shape::Word =>
        {
            0.4
        }
        b"benchmark" if number && reading.shape(argument + 1) == Shape::Close => 0.0,
        name if words::is_library(name) => 0.5,
        b"exp" | b"ord" | b"unicode" | b"polygon" | b"linestring" | b"analyse"
        | b"format_bytes" => 0.3,
        b"sleep" | b"instr" => {
            if previous_breaks(reading, index) {
                0.9
            } else {
                0.6
            }
        }
        _ => 0.8,
    }
}

fn previous_breaks(reading: &Reading<'_>, index: usize) -> bool {
    index > 0
        && (matches!(
            reading.shape(index - 1),
            Shape::Open | Shape::Compare | Shape::Logic | Shape::Arithmetic | Shape::Comma
        ) || reading.class(index - 1) != Word::Plain)
}

/// `concat(0x…`, `char(113)||char(…`, `upper(xmltype(`: everyday functions used as attackers do.
fn nested_call(reading: &Reading<'_>, index: usize) -> f32 {
    let first = index + 2;
    if matches!(reading.text(index), b"if" | b"iif" | b"ifnull" | b"nullif") {
        let (kind, after) = operand(reading, first);
        let constants = kind == Operand::Literal && is_compare(reading, after);
        return if constants && operand(reading, after + 1).0 == Operand::Literal {
            0.8
        } else {
            0.0
        };
    }
    let inner_call = reading.is_call(first)
        || reading.shape(first) == Shape::Open && reading.class(first + 1) == Word::Select;
    let hex = reading.text(first).starts_with(b"0x");
    if reading.class(first) == Word::Select || hex && reading.is(index, b"concat") {
        return 0.8;
    }
    if matches!(reading.text(index), b"char" | b"chr" | b"nchar")
        && reading.shape(first) == Shape::Number
    {
        let after = reading.skip(first + 1, Shape::Close);
        let joined = matches!(reading.text(after), b"||" | b"+" | b"," | b"&" | b".");
        return if joined { 0.7 } else { 0.3 };
    }
    if inner_call && previous_breaks(reading, index) { 0.5 } else { 0.0 }
}

/// AND, OR, `||` and their like with a comparison of constants behind.
fn condition(reading: &Reading<'_>, index: usize) -> f32 {
    let (kind, after) = operand(reading, index + 1);
    let compare = reading.skip(after, Shape::Close);
    // A function by the name of its package, as sentences and code have methods only with a result that is used.
    if kind == Operand::Name
        && index == 1
        && reading.shape(0) == Shape::Number
        && reading.shape(after) == Shape::Open
        && after >= index + 4
    {
        return 0.6;
    }
    if kind == Operand::Call && reading.class(after - 1) == Word::Rare {
        return 0.9;
    }
    if !is_compare(reading, compare) {
        return 0.0;
    }
    let skip = if reading.is(compare, b"not") { 2 } else { 1 };
    let (right, right_end) = operand(reading, compare + skip);
    // `where 1=1 why`, `then a=c. Or 1=1`: no condition goes on with a name or begins behind a dot.
    let named = reading.shape(right_end) == Shape::Word && reading.class(right_end) == Word::Plain;
    if reading.context == Context::Bare
        && kind == Operand::Literal
        && right == Operand::Literal
        && (named || index > 0 && reading.shape(index - 1) == Shape::Dot)
    {
        return 0.4;
    }
    let equal = matches!(
        reading.text(compare),
        b"=" | b"==" | b"<=>" | b"like" | b"rlike" | b"regexp" | b"is"
    );
    match (kind, right) {
        (Operand::Call, Operand::Call | Operand::Literal) => 0.7,
        (Operand::Literal, Operand::Call) => 0.8,
        (Operand::Literal, Operand::Literal) if equal => {
            literals(reading, after - 1, right_end - 1)
        }
        (Operand::Literal, Operand::Literal) if reading.shape(after - 1) != Shape::Number => 0.5,
        (Operand::Name, Operand::Literal)
            if equal && reading.ends(right_end) && reading.shape(right_end) == Shape::Comment =>
        {
            0.6
        }
        _ => 0.0,
    }
}

fn literals(reading: &Reading<'_>, left: usize, right: usize) -> f32 {
    let strip = |index: usize| {
        reading
            .text(index)
            .trim_ascii()
            .iter()
            .copied()
            .filter(|b| !matches!(b, b'\'' | b'"'))
            .collect::<Vec<u8>>()
    };
    let same = strip(left) == strip(right);
    let open = reading.shape(right) == Shape::OpenText;
    if same || open { 0.9 } else { 0.6 }
}

pub(super) fn select(reading: &Reading<'_>, index: usize) -> f32 {
    let first = index + 1;
    // `$select=name,from`, `select-from-where`: no list of columns begins with a comparison or is a mere hyphen.
    if reading.shape(first) == Shape::Compare
        || reading.text(first) == b"-" && reading.is(first + 1, b"from")
    {
        return 0.0;
    }
    if reading.is(first, b"case")
        || reading.shape(first) == Shape::Open && reading.is(first + 1, b"case")
    {
        return 0.8;
    }
    if reading.class(first) == Word::Rare || reading.is_call(first) {
        return 0.7;
    }
    if reading.text(first).starts_with(b"0x") {
        return 0.6;
    }
    let inner = index > 0 && reading.shape(index - 1) == Shape::Open;
    let (list, from) = select_list(reading, first);
    let has_from = reading.is(from, b"from");
    let enters = matches!(reading.shape(first), Shape::Open | Shape::Variable) || list.expression;
    let score = match (has_from, enters, list.prose) {
        (true, true, false) => 0.8,
        (true, true, true) => 0.4,
        (true, false, false) => {
            0.5 + if inner || after_table(reading, from + 1) { 0.2 } else { -0.1 }
        }
        (false, true, false) if inner || list.constants => 0.6,
        _ => 0.0,
    };
    if inner && score > 0.0 { f32::min(score + 0.1, 1.0) } else { score }
}

/// What stands between SELECT and FROM.
struct SelectList {
    /// A star, a call, a comma between names or a constant: something SQL needs and prose does not have there.
    expression: bool,
    /// Only constants, as in `select 1,2,3` or `select null,null`.
    constants: bool,
    /// Two plain words beside each other, as in a sentence.
    prose: bool,
}

fn select_list(reading: &Reading<'_>, first: usize) -> (SelectList, usize) {
    let mut list = SelectList { expression: false, constants: true, prose: false };
    let mut depth = 0_u32;
    let mut index = first;
    while index < first + 200 && !reading.ends(index) {
        match reading.shape(index) {
            Shape::Word if depth == 0 && reading.is(index, b"from") => break,
            Shape::Word if reading.class(index) == Word::Plain => {
                list.constants = false;
                list.prose |= reading.shape(index + 1) == Shape::Word
                    && reading.class(index + 1) == Word::Plain;
            }
            Shape::Word if reading.is_call(index) => list.expression = true,
            Shape::Arithmetic if reading.text(index) == b"*" && index == first => {
                list.expression = true;
                list.constants = false;
            }
            Shape::Comma | Shape::Variable => list.expression = true,
            Shape::Number | Shape::Text if index == first => list.expression = true,
            Shape::Open => depth += 1,
            Shape::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        index += 1;
    }
    (list, index)
}

/// `users where`, `users limit 1`, `users--`, or the end right after the table.
fn after_table(reading: &Reading<'_>, index: usize) -> bool {
    if reading.class(index) == Word::System {
        return true;
    }
    let mut next = index + 1;
    while reading.shape(next) == Shape::Dot {
        next += 2;
    }
    matches!(reading.text(next), b"where" | b"limit" | b"order" | b"group" | b"join" | b"union")
        || matches!(reading.shape(next), Shape::Close | Shape::Comment | Shape::Semicolon)
}

fn clause(reading: &Reading<'_>, index: usize) -> f32 {
    let next = index + 1;
    match reading.text(index) {
        b"into" if matches!(reading.text(next), b"outfile" | b"dumpfile") => 0.9,
        b"procedure" if matches!(reading.text(next), b"analyse" | b"analyze") => 0.9,
        b"having" | b"where" => match condition(reading, index) {
            0.0 if reading.is(index, b"having") && reading.is_call(next) => 0.7,
            score => score,
        },
        b"order" if reading.is(next, b"by") && reading.is_call(next + 1) => 0.8,
        b"order" if reading.is(next, b"by") && reading.shape(next + 1) == Shape::Number => {
            if reading.shape(next + 2) == Shape::Comment {
                0.8
            } else {
                0.4
            }
        }
        b"case" if reading.is(next, b"when") && !decides(reading, next) => 0.4,
        b"case" if reading.is(next, b"when") && operand(reading, next + 1).0 != Operand::Name => {
            0.8
        }
        b"case" if reading.is(next, b"when") => 0.5,
        b"from" => from_table(reading, next),
        b"as" if reading.is(index + 2, b"from") && index > 0 => aliased(reading, index),
        b"as" if reading.shape(next) == Shape::Text && reading.is(index + 2, b"from") => 0.6,
        _ => 0.0,
    }
}

/// `when … then`: a case that decides something.
pub(super) fn decides(reading: &Reading<'_>, index: usize) -> bool {
    const NEAR: usize = 512;
    (index..reading.tokens.len().min(index + NEAR)).any(|at| reading.is(at, b"then"))
}

fn aliased(reading: &Reading<'_>, index: usize) -> f32 {
    let before = reading.shape(index - 1);
    let quoted = matches!(reading.shape(index + 1), Shape::Text);
    if before == Shape::Close || quoted || matches!(before, Shape::Text | Shape::Number) {
        0.6
    } else {
        0.0
    }
}

fn from_table(reading: &Reading<'_>, index: usize) -> f32 {
    if reading.class(index) == Word::System {
        return 0.8;
    }
    if reading.shape(index) == Shape::Open && reading.class(index + 1) == Word::Select {
        return 0.8;
    }
    let quoted = reading.shape(index) == Shape::Text && reading.text(index).starts_with(b"`");
    let mut next = index + 1;
    while reading.shape(next) == Shape::Dot {
        next += 2;
    }
    match reading.text(next) {
        b"where" if is_compare(reading, operand(reading, next + 1).1) => 0.7,
        b"where" | b"limit" | b"order" | b"group" if quoted => 0.7,
        b"limit" if reading.shape(next + 1) == Shape::Number => 0.6,
        b"group" | b"order"
            if reading.is(next + 1, b"by") && reading.context == Context::Bare && index == 1 =>
        {
            0.5
        }
        _ => 0.0,
    }
}
