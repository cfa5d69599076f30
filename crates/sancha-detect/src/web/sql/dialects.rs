//! Query languages that interfaces hand out to their users: SOQL, InfluxQL, NRQL. Whole queries in them are what
//! the parameter is for.

use crate::web::scan::{contains, contains_any, from, is_space, is_word, upto};

/// What no such query needs: a second one, what hides the rest, what reads a database's own secrets.
const FOREIGN: [&[u8]; 12] = [
    b"union",
    b"--",
    b";",
    b"/*",
    b"#",
    b"sleep",
    b"0x",
    b"information_schema",
    b"char(",
    b"into ",
    b"password",
    b"||",
];

/// Whether a parameter for a query or a search holds one that reads from a table and asks for nothing else: interfaces
/// for reports and dashboards are sent whole statements, and people look them up. Nothing is left by them.
pub(super) fn is_statement(lower: &[u8]) -> bool {
    const FUNCTIONS: [&[u8]; 8] = [
        b"load_file",
        b"pg_",
        b"xp_",
        b"sys",
        b"extractvalue",
        b"updatexml",
        b"benchmark",
        b"user",
    ];
    lower.starts_with(b"select ")
        && (contains(lower, b" from ") || lower.ends_with(b" from"))
        && !contains_any(lower, &FOREIGN)
        && !contains_any(lower, &FUNCTIONS)
}

/// Whether a text is one query of such a language and nothing that only a database's own language has.
pub(super) fn is_whole_query(text: &[u8], lower: &[u8]) -> bool {
    // A query that was not encoded is read with its parameter's name, too.
    let named = lower.iter().take(16).position(|b| *b == b'=').map_or(0, |index| index + 1);
    let named = if from(lower, named).starts_with(b"select ") { named } else { 0 };
    let (text, lower) = (from(text, named), from(lower, named));
    let one = lower.starts_with(b"select ") && !contains_any(lower, &FOREIGN);
    one && (asks_for_times(lower) || asks_for_objects(text))
}

/// `time > now() - 1h`, `group by time(10m)`, `since 1 day ago`.
fn asks_for_times(lower: &[u8]) -> bool {
    contains_any(lower, &[b"time > now() - ", b"time >= now() - ", b"group by time("])
        || contains(lower, b" since ") && (lower.ends_with(b" ago") || contains(lower, b" ago "))
}

/// Names in a list and the name of one object, written as in a program: `Id, Name FROM Account`.
fn asks_for_objects(text: &[u8]) -> bool {
    let place = text.windows(6).position(|window| window.eq_ignore_ascii_case(b" from "));
    let Some(place) = place else { return false };
    let is_name = |name: &[u8]| {
        name.first().is_some_and(u8::is_ascii_uppercase)
            && name.iter().any(u8::is_ascii_lowercase)
            && name.iter().all(|b| is_word(*b) || *b == b'.')
    };
    let object = from(text, place + 6);
    let object = upto(object, object.iter().position(|b| is_space(*b)).unwrap_or(object.len()));
    let names = from(upto(text, place), 7);
    is_name(object) && names.split(|b| *b == b',').all(|name| is_name(name.trim_ascii()))
}
