//! Documents inside values: JSON, tokens, data addresses, XML. An application unpacks what it was sent wrapped,
//! so what stands inside is a value again.

use super::gate::{self, Place};
use super::scan::{at, contains, from, upto};
use super::value::{Examiner, Role};
use super::{Part, decode, json};

/// A document in a document in a document; nobody honest wraps deeper.
pub(super) const DEPTH: u8 = 3;

/// More than these places of one kind in a value say nothing new.
const PLACES: usize = 8;

/// Words of a text are shorter.
const RUN: usize = 16;

/// Longer documents are looked at as text only.
const LIMIT: usize = 64 * 1024;

/// Whether `text` is a document, or holds one; then everything inside was handed to the examiner.
pub(super) fn examine(text: &[u8], part: Part, examiner: &mut Examiner<'_>) -> bool {
    let whole = text.trim_ascii();
    if whole.len() > LIMIT {
        return false;
    }
    match at(whole, 0) {
        b'{' | b'[' if whole.contains(&b'"') && !is_selector(whole) => {
            json::strings(whole, part, examiner);
            runs(whole, part, examiner);
            true
        }
        b'<' if contains(whole, b"</") => {
            texts(whole, part, examiner);
            true
        }
        _ => tokens(whole, part, examiner) | data_addresses(whole, part, examiner),
    }
}

/// `{job="a"} |= "b"`: labels of a monitoring system, which are no members.
fn is_selector(text: &[u8]) -> bool {
    let inner = from(text, 1);
    let name = letters(inner, b"_");
    name > 0 && matches!(at(inner, name), b'=' | b'!') && contains(inner, b"}")
}

/// Sealed pieces between any signs: decoding may have broken the quotes of a document in a document.
fn runs(text: &[u8], part: Part, examiner: &mut Examiner<'_>) {
    let sealed =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    text.split(|b| !sealed(b)).filter(|run| run.len() >= RUN).take(PLACES).for_each(|run| {
        unseal(run, part, examiner);
    });
}

/// Claims of a signed token (RFC 7519): what was wrapped is the application's own, what it was made of is not.
fn tokens(text: &[u8], part: Part, examiner: &mut Examiner<'_>) -> bool {
    let mut found = false;
    let mut claims = Vec::new();
    // By its third letter, the rarest.
    let begins = |place: &usize| upto(text, *place).ends_with(b"ey");
    for place in memchr::memchr_iter(b'J', text).filter(begins).take(PLACES) {
        let place = place - 2;
        let token = upto(from(text, place), letters(from(text, place), b"-_."));
        let mut segments = token.split(|b| *b == b'.');
        let (head, body) = (segments.next(), segments.next());
        // The header is judged where tokens are: how it says it is to be checked.
        let (Some(_), Some(body)) = (head, body.filter(|body| body.starts_with(b"eyJ"))) else {
            continue;
        };
        if decode::base64(body, &mut claims) {
            json::strings(&claims, part, examiner);
            found = true;
        }
    }
    found
}

/// `data:…;base64,…` (RFC 2397).
fn data_addresses(text: &[u8], part: Part, examiner: &mut Examiner<'_>) -> bool {
    const MARK: &[u8] = b";base64,";
    let mut found = false;
    let begins = |place: &usize| from(text, *place).starts_with(MARK);
    for place in memchr::memchr_iter(b';', text).filter(begins).take(PLACES) {
        let rest = from(text, place + MARK.len());
        let sealed = upto(rest, letters(rest, b"-_+/="));
        found |= unseal(sealed, part, examiner);
    }
    found
}

/// What stands between the elements of a document, where it is sealed; as text it was looked at already.
fn texts(text: &[u8], part: Part, examiner: &mut Examiner<'_>) {
    let plain = text.starts_with(b"<?xml");
    for piece in text.split(|b| *b == b'>') {
        let piece = upto(piece, memchr::memchr(b'<', piece).unwrap_or(piece.len())).trim_ascii();
        if !unseal(piece, part, examiner)
            && plain
            && piece.len() > 3
            && gate::opens(piece, Place::Value)
        {
            examiner.value(part, Role::Value, piece);
        }
    }
}

/// Hands over what a piece of base64 says, if it says anything.
fn unseal(sealed: &[u8], part: Part, examiner: &mut Examiner<'_>) -> bool {
    let mut plain = Vec::new();
    let object = sealed.starts_with(b"rO0AB") || sealed.starts_with(b"AAEAAAD");
    let readable = object || sealed.len() >= 10 && decode::base64(sealed, &mut plain);
    if readable {
        examiner.value(part, Role::Value, sealed);
    }
    readable
}

/// How many of the first bytes are letters, digits or one of `others`.
fn letters(text: &[u8], others: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || others.contains(b)).count()
}
