//! Operators of document databases: where they ask for what an application never asks.
//!
//! Applications send operators, too: `filters[price][$gte]=10`, `{"score":{"$lte":30}}`. What tells an injection
//! is the place of the operator: instead of a secret or an identity, with an operand that everything meets, in
//! place of a whole value, or when it runs code.

use crate::web::Kind;
use crate::web::scan::{at, contains, from, is_space, is_word, skip_space, upto, word};
use crate::web::value::{Role, Signs, View};

/// Operators that run code, or that no interface of an application hands through.
const MACHINERY: [&[u8]; 10] = [
    b"where",
    b"function",
    b"func",
    b"accumulator",
    b"expr",
    b"jsonschema",
    b"lookup",
    b"nearsphere",
    b"slice",
    b"type",
];

/// Operators that compare.
const COMPARING: [&[u8]; 14] = [
    b"ne", b"eq", b"gt", b"gte", b"lt", b"lte", b"in", b"nin", b"not", b"exists", b"regex", b"mod",
    b"size", b"all",
];

/// Operators on lists of conditions.
const JOINING: [&[u8]; 5] = [b"or", b"and", b"nor", b"elemmatch", b"text"];

/// Under these names interfaces take conditions.
const CONTAINERS: [&[u8]; 14] = [
    b"filter",
    b"filters",
    b"where",
    b"query",
    b"q",
    b"conditions",
    b"condition",
    b"criteria",
    b"selector",
    b"find",
    b"search",
    b"match",
    b"populate",
    b"_where",
];

/// Deeper documents say nothing new.
const DEEPEST: usize = 64;

/// No member has a longer name.
const NAME_BYTES: usize = 256;

/// One operator with what stands around it.
struct Asked<'t> {
    operator: &'t [u8],
    /// The nearest name that it belongs to; empty when it stands for a whole value.
    field: &'t [u8],
    /// Whether it stands in what an interface takes as conditions.
    contained: bool,
    operand: &'t [u8],
}

/// Looks for operators in a text of any form.
pub(in crate::web) fn examine(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    in_document(lower, &mut |asked, place| signs.raise(Kind::Nosql, score(&asked), place));
    let mut read = 0;
    for place in view.places(b"[$") {
        // All operators of one parameter were told at its first.
        if place >= read {
            read = in_brackets(lower, place, &mut |asked| {
                let score = score(&asked);
                signs.raise(Kind::Nosql, if score > 0.0 { score + 0.1 } else { 0.0 }, place);
            });
        }
    }
    let bare = lower.strip_prefix(b"$").filter(|_| view.role == Role::Name);
    if bare.is_some_and(|name| MACHINERY.contains(&upto(name, word(name, 0).len()))) {
        signs.raise(Kind::Nosql, 0.7, 0);
    }
}

/// The strongest of a document's operators, and where it stands.
pub(in crate::web) fn strongest(body: &[u8]) -> Option<(f32, usize)> {
    memchr::memchr(b'$', body)?;
    let lower = body.to_ascii_lowercase();
    let mut best = (0.0, 0);
    in_document(&lower, &mut |asked, place| {
        let score = score(&asked);
        if score > best.0 {
            best = (score, place);
        }
    });
    (best.0 > 0.0).then_some(best)
}

/// Reads a document, whole or broken, with or without quotes around its names.
fn in_document<'t>(lower: &'t [u8], found: &mut dyn FnMut(Asked<'t>, usize)) {
    if !lower.contains(&b'$') || !lower.contains(&b':') {
        return;
    }
    let mut around: Vec<&[u8]> = Vec::new();
    let mut name: &[u8] = b"";
    let mut index = 0;
    while index < lower.len() {
        match at(lower, index) {
            b'{' | b'[' if around.len() < DEEPEST => around.push(name),
            b'}' | b']' => name = around.pop().unwrap_or_default(),
            _ => {}
        }
        let (known, end) = named(lower, index);
        // A variable of GraphQL and its type, `query Q($where: Filter)`.
        let variable = at(lower, index) == b'$' && stands_in_parentheses(upto(lower, index));
        if let Some(known) = known.filter(|_| !variable) {
            name = known;
            let operand = from(lower, skip_space(lower, end));
            if let Some(operator) = name.strip_prefix(b"$").filter(|name| is_operator(name)) {
                found(asked(operator, around.iter().rev().copied(), operand), index);
            }
        }
        index = end.max(index + 1);
    }
}

/// Whether the bracket that was opened last is a round one.
fn stands_in_parentheses(before: &[u8]) -> bool {
    let bracket = |b: &&u8| matches!(**b, b'(' | b')' | b'{' | b'}' | b'[' | b']');
    before.iter().rev().take(256).find(bracket) == Some(&b'(')
}

/// The member's name that begins at `index`, and where its value begins; nothing where it is a value itself.
fn named(lower: &[u8], index: usize) -> (Option<&[u8]>, usize) {
    let quote = at(lower, index);
    if matches!(quote, b'"' | b'\'') {
        let inner = from(lower, index + 1);
        let Some(len) = memchr::memchr(quote, upto(inner, NAME_BYTES)) else {
            return (None, index + 1);
        };
        let end = skip_space(lower, index + 2 + len);
        return match at(lower, end) {
            b':' => (Some(upto(inner, len)), end + 1),
            b',' | b'}' | b']' => (None, end),
            // A quote that closes what the value landed in.
            _ => (None, index + 1),
        };
    }
    let dollar = usize::from(quote == b'$');
    let len = dollar + word(lower, index + dollar).len();
    if !(dollar + 1..=NAME_BYTES).contains(&len) {
        return (None, index + len);
    }
    let end = skip_space(lower, index + len);
    let is_name = at(lower, end) == b':';
    (is_name.then(|| upto(from(lower, index), len)), if is_name { end + 1 } else { index + len })
}

/// `a[b][$gte]=7`: each step in brackets, the operand behind the sign. Returns where the parameter ends.
fn in_brackets<'t>(lower: &'t [u8], place: usize, found: &mut dyn FnMut(Asked<'t>)) -> usize {
    let separates = |b: &u8| is_space(*b) || matches!(b, b'&' | b'?' | b';' | b'"' | b'\'' | b',');
    let start = upto(lower, place).iter().rposition(separates).map_or(0, |index| index + 1);
    let pair = from(lower, start);
    let pair = upto(pair, pair.iter().position(separates).unwrap_or(pair.len()));
    let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
    let (name, operand) = (upto(pair, equals), from(pair, equals + 1));
    let steps = name.split(|b| matches!(b, b'[' | b']')).filter(|step| !step.is_empty());
    let steps: Vec<&[u8]> = steps.take(DEEPEST).collect();
    for (nth, step) in steps.iter().enumerate() {
        if let Some(operator) = step.strip_prefix(b"$").filter(|name| is_operator(name)) {
            let before = steps.iter().take(nth).rev().copied();
            found(asked(operator, before, if equals < pair.len() { operand } else { b"?" }));
        }
    }
    start + pair.len()
}

fn is_operator(name: &[u8]) -> bool {
    [&MACHINERY[..], &COMPARING, &JOINING].iter().any(|list| list.contains(&name))
}

fn asked<'t>(
    operator: &'t [u8],
    around: impl Iterator<Item = &'t [u8]> + Clone,
    operand: &'t [u8],
) -> Asked<'t> {
    let is_field = |name: &&[u8]| {
        !name.is_empty() && at(name, 0) != b'$' && !name.iter().all(u8::is_ascii_digit)
    };
    let contained = around.clone().any(|name| CONTAINERS.contains(&name));
    let field = around.clone().find(is_field).unwrap_or_default();
    let field = field.rsplit(|b| *b == b'.').next().unwrap_or(field);
    Asked {
        operator,
        field: if CONTAINERS.contains(&field) { b"" } else { field },
        contained,
        operand,
    }
}

fn score(asked: &Asked<'_>) -> f32 {
    let Asked { operator, field, contained, operand } = *asked;
    let everything = meets_everything(operator, operand);
    let excludes = !matches!(operator, b"in" | b"eq" | b"all");
    if MACHINERY.contains(&operator) {
        return 0.7;
    }
    if JOINING.contains(&operator) {
        let empty = contains(upto(operand, 64), b"{}");
        // Conditions are joined in a list or an object; a text there is a probe.
        let text = matches!(at(operand, 0), b'"' | b'\'') && field.is_empty();
        let alone = text || operator == b"elemmatch" && field.is_empty() && !contained;
        return if empty || alone { 0.7 } else { 0.0 };
    }
    let asks = if is_secret(field) {
        true
    } else if is_identity(field) {
        everything || excludes && !contained && !names_one(operand)
    } else if field.is_empty() {
        everything || !is_bound(operator, operand, contained)
    } else {
        everything && matches!(operator, b"gt" | b"gte" | b"regex")
    };
    if asks { 0.7 } else { 0.0 }
}

/// Operands that ask for everything are shorter.
const VALUE_BYTES: usize = 256;

/// Whether an operand leaves nothing out: `$ne` of nothing, `$gt` of an empty text, `$regex` of any text.
fn meets_everything(operator: &[u8], operand: &[u8]) -> bool {
    let first = operand.trim_ascii_start();
    let inside = |b: &&u8| !is_space(**b) && !matches!(b, b',' | b'}' | b']');
    // Longer ones name something.
    let value = upto(first, VALUE_BYTES).iter().take_while(inside);
    let plain: Vec<u8> = value.copied().filter(|b| !matches!(b, b'"' | b'\'')).collect();
    let nothing = plain.is_empty() || matches!(&plain[..], b"null" | b"undefined" | b"[" | b"{");
    match operator {
        b"ne" | b"nin" | b"gt" | b"gte" | b"not" => {
            nothing || plain.len() == 1 && !plain.iter().all(u8::is_ascii_digit)
        }
        b"regex" => {
            plain.iter().all(|b| matches!(b, b'.' | b'*' | b'+' | b'^' | b'$' | b'/' | b'?'))
        }
        // A bound that every number is below.
        b"lt" | b"lte" => plain.len() > 4 && plain.iter().all(|b| *b == b'9'),
        b"exists" => false,
        _ => false,
    }
}

/// A key that somebody was given: long numbers, those of documents, `8f3c…`.
fn names_one(operand: &[u8]) -> bool {
    operand.iter().filter(|b| is_word(**b) || **b == b'-').nth(5).is_some()
}

/// Where an interface takes a bound: a number of more than one digit, a date; among conditions any number from 2 on.
fn is_bound(operator: &[u8], operand: &[u8], contained: bool) -> bool {
    let several = || operand.iter().filter(|b| b.is_ascii_digit()).nth(1).is_some();
    let number = contained && matches!(at(operand.trim_ascii_start(), 0), b'2'..=b'9');
    matches!(operator, b"gt" | b"gte" | b"lt" | b"lte") && (number || several())
}

/// What nobody looks others up by: the places a login and a reset compare.
pub(super) fn is_secret(field: &[u8]) -> bool {
    const PARTS: [&[u8]; 3] = [b"password", b"passwd", b"secret"];
    const WHOLE: [&[u8]; 11] = [
        b"pass",
        b"pwd",
        b"pw",
        b"psw",
        b"pin",
        b"otp",
        b"apikey",
        b"api_key",
        b"salt",
        b"passphrase",
        b"passcode",
    ];
    PARTS.iter().any(|part| contains(field, part))
        || WHOLE.contains(&field)
        || field.ends_with(b"token")
}

/// Who somebody is.
pub(super) fn is_identity(field: &[u8]) -> bool {
    const WHOLE: [&[u8]; 11] = [
        b"user",
        b"username",
        b"user_name",
        b"userid",
        b"login",
        b"email",
        b"mail",
        b"account",
        b"uname",
        b"id",
        b"uid",
    ];
    WHOLE.contains(&field) || field.ends_with(b"_id")
}
