//! Whole statements: stacked behind a semicolon, or a value's own.

use super::clauses::select;
use super::follow::{is_compare, operand};
use super::tokens::Shape;
use super::{Context, Reading};
use crate::web::scan::from;
use crate::web::words::Word;

/// A statement that starts after a semicolon.
pub(super) fn stacked(reading: &Reading<'_>, index: usize) -> f32 {
    match reading.class(index) {
        Word::Select => stacked_select(reading, index),
        Word::Statement => match statement(reading, index) {
            0.0 => bare_statement(reading, index),
            score => f32::min(score + 0.2, 1.0),
        },
        // A block in braces is a program's.
        Word::Function | Word::Rare
            if reading.is_call(index)
                && reading.is(index, b"if")
                && !from(reading.lower, reading.place(index)).contains(&b'{') =>
        {
            0.7
        }
        Word::Clause if reading.is(index, b"set") && administers(reading, index) => 0.6,
        Word::Clause if reading.is(index, b"table") && administers(reading, index) => 0.6,
        Word::Clause
            if reading.is(index, b"set") && reading.shape(index + 1) == Shape::Variable =>
        {
            0.8
        }
        _ if administers(reading, index) => 0.6,
        _ => 0.0,
    }
}

/// `; show tables`, `; desc users`, `; set global x = on`, `; rename table a to b`, `; prepare s from …`: statements
/// that only clients of a database write.
fn administers(reading: &Reading<'_>, index: usize) -> bool {
    let next = index + 1;
    let name = reading.shape(next) == Shape::Word && reading.ends(next + 1);
    match reading.text(index) {
        b"show" => matches!(
            reading.text(next),
            b"tables"
                | b"databases"
                | b"schemas"
                | b"columns"
                | b"grants"
                | b"variables"
                | b"processlist"
        ),
        b"desc" | b"describe" | b"table" => name,
        b"set" => matches!(reading.text(next), b"global" | b"session" | b"role"),
        b"while" => {
            reading.shape(next) == Shape::Number && is_compare(reading, operand(reading, next).1)
        }
        _ => false,
    }
}

fn stacked_select(reading: &Reading<'_>, index: usize) -> f32 {
    let prose = reading.shape(index + 1) == Shape::Word && reading.class(index + 1) == Word::Plain;
    f32::max(if prose { 0.2 } else { 0.7 }, select(reading, index))
}

fn bare_statement(reading: &Reading<'_>, index: usize) -> f32 {
    match reading.text(index) {
        b"shutdown" | b"commit" | b"rollback" | b"analyze" | b"vacuum"
            if reading.ends(index + 1) =>
        {
            0.6
        }
        b"begin" | b"do" if reading.class(index + 1) != Word::Plain => 0.6,
        b"shutdown" if reading.is(index + 1, b"with") || reading.is(index + 1, b"abort") => 0.6,
        b"rename" if reading.is(index + 1, b"table") => 0.6,
        b"prepare" if reading.is(index + 2, b"from") || reading.is(index + 2, b"as") => 0.6,
        b"call"
            if reading.shape(index + 2) == Shape::Dot
                && reading.shape(index + 4) == Shape::Open =>
        {
            0.6
        }
        _ => 0.0,
    }
}

pub(super) fn statement(reading: &Reading<'_>, index: usize) -> f32 {
    let next = index + 1;
    let named = reading.shape(next + 1) == Shape::Word;
    match reading.text(index) {
        b"waitfor" if matches!(reading.text(next), b"delay" | b"time") => {
            // A word behind it says something about it.
            if reading.shape(next + 1) == Shape::Word { 0.4 } else { 0.9 }
        }
        b"insert" if reading.is(next, b"into") => {
            follows(reading, next + 1, &[b"values", b"select", b"("])
        }
        b"update" => follows(reading, next, &[b"set"]) * 0.9,
        b"delete" if reading.is(next, b"from") => delete(reading, next + 1),
        b"delete"
            if matches!(reading.text(next), b"ignore" | b"quick" | b"low_priority")
                && reading.is(next + 1, b"from") =>
        {
            delete(reading, next + 2)
        }
        b"create" | b"alter"
            if reading.is(next, b"user") && reading.is(next + 2, b"identified") =>
        {
            0.8
        }
        b"drop" | b"create" | b"alter" | b"truncate" if named && is_object(reading.text(next)) => {
            definition(reading, index)
        }
        b"drop" | b"create" | b"alter" if is_object(reading.text(next)) => 0.4,
        b"exec" | b"execute" if reading.shape(next) == Shape::Open => {
            let inner = reading.skip(next, Shape::Open);
            let text = matches!(
                reading.shape(inner),
                Shape::Text | Shape::OpenText | Shape::Variable | Shape::End
            );
            if text || reading.is_call(inner) || reading.class(inner) != Word::Plain {
                0.6
            } else {
                0.0
            }
        }
        b"exec" | b"execute" if exec_target(reading, next) => 0.8,
        b"exec" | b"execute" if reading.is(next, b"immediate") => 0.8,
        b"declare" if reading.shape(next) == Shape::Variable => 0.8,
        b"call" if reading.is_call(next) => 0.8,
        b"begin" if reading.class(next) == Word::Rare || reading.is_call(next) => 0.7,
        b"load" if loads_file(reading, next) => 0.8,
        // Oracle's roles.
        b"grant"
            if matches!(reading.text(next), b"connect" | b"resource" | b"dba")
                && reading.is(next + 1, b"to")
                && reading.ends(next + 3) =>
        {
            0.6
        }
        b"grant" | b"revoke"
            if named && matches!(reading.text(next), b"all" | b"select" | b"execute") =>
        {
            if index > 0 { 0.6 } else { 0.4 }
        }
        b"backup" if reading.is(next, b"database") => 0.6,
        b"attach" if reading.is(next, b"database") => 0.8,
        b"copy" if reading.is(next + 1, b"from") && reading.is(next + 2, b"program") => 0.9,
        b"copy"
            if reading.shape(next) == Shape::Open
                && (next..next + 24).any(|at| reading.is(at, b"program")) =>
        {
            0.9
        }
        b"handler" if reading.is(next + 1, b"open") => 0.8,
        _ => 0.0,
    }
}

/// `load data local infile`, `load xml concurrent infile`.
fn loads_file(reading: &Reading<'_>, kind: usize) -> bool {
    let source = kind + 1;
    matches!(reading.text(kind), b"data" | b"xml")
        && (reading.is(source, b"infile")
            || reading.is(source + 1, b"infile")
                && matches!(reading.text(source), b"local" | b"low_priority" | b"concurrent"))
}

/// `drop table users`: the object's name ends the statement, or goes on as a definition does. In a sentence a
/// word follows, and a definition that stands alone is a listing's line: nothing was left for it.
fn definition(reading: &Reading<'_>, index: usize) -> f32 {
    let mut last = index + 2;
    if reading.is(last, b"if") {
        last = reading.skip(last + 1, Shape::Word).saturating_sub(1);
    }
    while reading.shape(last + 1) == Shape::Dot {
        last += 2;
    }
    let after = last + 1;
    let removes = matches!(reading.text(index), b"drop" | b"truncate");
    let stacked = index > 0;
    match reading.shape(after) {
        // `drop table lounge`: three words of which nothing was left.
        Shape::End
            if !stacked
                && reading.context == Context::Bare
                && !(removes && names_table(reading.text(last))) =>
        {
            0.4
        }
        _ if reading.ends(after) || reading.shape(after) == Shape::Semicolon => 0.6,
        Shape::Word if reading.class(after) == Word::Plain && !stacked => 0.3,
        Shape::Word if reading.class(after) == Word::Plain && removes => 0.3,
        _ if stacked => 0.6,
        _ => 0.4,
    }
}

/// What tables are called, and no furniture.
fn names_table(name: &[u8]) -> bool {
    const KEPT: [&[u8]; 12] = [
        b"users",
        b"user",
        b"admin",
        b"admins",
        b"accounts",
        b"members",
        b"customers",
        b"passwords",
        b"orders",
        b"products",
        b"sessions",
        b"logs",
    ];
    KEPT.contains(&name) || name.iter().any(|b| *b == b'_' || b.is_ascii_digit())
}

fn exec_target(reading: &Reading<'_>, index: usize) -> bool {
    let name = if reading.is(index, b"master") {
        reading.text(reading.skip(index + 1, Shape::Dot))
    } else {
        reading.text(index)
    };
    name.starts_with(b"xp_") || name.starts_with(b"sp_")
}

fn is_object(word: &[u8]) -> bool {
    matches!(
        word,
        b"table"
            | b"database"
            | b"user"
            | b"function"
            | b"view"
            | b"procedure"
            | b"schema"
            | b"index"
            | b"trigger"
            | b"login"
            | b"role"
    )
}

fn follows(reading: &Reading<'_>, table: usize, words: &[&[u8]]) -> f32 {
    let mut next = table + 1;
    while reading.shape(next) == Shape::Dot {
        next += 2;
    }
    let found = words.iter().any(|word| reading.text(next) == *word);
    let sets = reading.is(next, b"set")
        && reading.shape(next + 2) != Shape::Compare
        && reading.shape(next + 3) != Shape::Dot;
    // `insert into table values`: what is inserted stands in brackets.
    let empty = reading.is(next, b"values") && reading.shape(next + 1) == Shape::End;
    if found && !sets && !empty { 0.8 } else { 0.0 }
}

fn delete(reading: &Reading<'_>, table: usize) -> f32 {
    let mut next = table + 1;
    while reading.shape(next) == Shape::Dot {
        next += 2;
    }
    if reading.ends(next) || reading.shape(next) == Shape::Semicolon {
        return if reading.shape(next) == Shape::End { 0.4 } else { 0.7 };
    }
    if reading.is(next, b"where") && is_compare(reading, operand(reading, next + 1).1) {
        0.8
    } else {
        0.0
    }
}
