//! Values that were not encoded and fell apart at their own `&` and `=`: what was one is read once more in one piece.

use super::super::gate::{self, Place};
use super::super::purpose::Purpose;
use super::super::scan::{from, split_once, starts_ignore_case, upto};
use super::super::value::Examiner;
use super::super::{Part, decode};

/// Examines a text with the name in front, and what stands behind the name.
pub(super) fn examine(part: Part, text: &[u8], examiner: &mut Examiner<'_>) {
    if !gate::opens(text, Place::Value) {
        return;
    }
    let (name, first_value) = split_once(text, b'=');
    examiner.value_of(part, name, text);
    if first_value.contains(&b'&') || first_value.contains(&b'=') {
        examiner.value_of(part, name, first_value);
    }
}

/// The pairs before a parameter for queries that holds a statement, and those from it on: what it is for is told by
/// its own name and not by the first one.
pub(super) fn at_query<'t>(text: &'t [u8], separators: &[u8]) -> (&'t [u8], &'t [u8]) {
    let mut start = 0;
    for pair in text.split(|b| separators.contains(b)) {
        let (name, value) = split_once(pair, b'=');
        if start > 0 && is_statement(value) && Purpose::of(name) == Purpose::Query {
            return (upto(text, start - 1), from(text, start));
        }
        start += pair.len() + 1;
    }
    (text, &[])
}

fn is_statement(value: &[u8]) -> bool {
    let mut plain = Vec::new();
    starts_ignore_case(value, b"select") && {
        decode::first_round(value, true, &mut plain);
        starts_ignore_case(&plain, b"select ")
    }
}
