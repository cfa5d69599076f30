//! Documents that load or build more than they hold: XML with entities, pages with code, serialised objects.

use crate::web::scan::{at, contains, contains_any, find, from, skip_space, upto, word};
use crate::web::value::{Role, Signs, View};
use crate::web::{Kind, decode};

/// Documents by their markup.
pub(super) fn entities(view: &View<'_>, signs: &mut Signs) {
    if view.may_hold(b"<!doctype") {
        document_type(view.lower, signs);
    }
    if view.may_hold(b"<!entity") {
        declarations(view.lower, signs);
    }
    inclusions(view, signs);
    embedded_code(view, signs);
}

/// A document type that is fetched from elsewhere (XML 1.0, clause 4.2.2).
fn document_type(lower: &[u8], signs: &mut Signs) {
    if let Some(place) = find(lower, b"<!doctype") {
        let rest = upto(from(lower, place), 400);
        // The document types of web pages and pictures name the W3C; a local file name is a validator's.
        let known = contains_any(upto(rest, 160), &[b"//w3c//dtd", b"//oasis//dtd"])
            || PUBLISHED.iter().any(|known| contains(upto(rest, 200), known));
        let subset =
            upto(rest, rest.iter().position(|b| matches!(b, b'[' | b'>')).unwrap_or(rest.len()));
        let named = contains(subset, b" system") || contains(subset, b" public");
        let far = contains_any(subset, &[b"://", b"\"file:", b"'file:", b"\"/", b"'/"]);
        if named && far && !known {
            signs.raise(Kind::Xxe, 0.8, place);
        }
    }
}

/// Where the document types of property lists and of frameworks' settings are published.
const PUBLISHED: [&[u8]; 7] = [
    b"\"http://www.apple.com/dtds/",
    b"\"https://www.apple.com/dtds/",
    b"\"http://java.sun.com/",
    b"\"http://mybatis.org/dtd/",
    b"\"http://hibernate.sourceforge.net/",
    b"\"http://www.hibernate.org/dtd/",
    b"\"http://struts.apache.org/dtds/",
];

/// Entities that load, take part in others, or multiply.
fn declarations(lower: &[u8], signs: &mut Signs) {
    for place in memchr::memmem::find_iter(lower, b"<!entity") {
        let rest = upto(from(lower, place + 8), 400);
        let end = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
        // A plain text entity is an abbreviation; one that loads, is a parameter or repeats others is not.
        let loads = contains_any(rest, &[b" system", b" public", b"\nsystem", b"\tsystem"]);
        let parameter = at(rest, skip_space(rest, 0)) == b'%';
        let repeats = upto(rest, end).iter().filter(|b| **b == b'&').count() > 1;
        if loads || parameter || repeats {
            signs.raise(Kind::Xxe, 0.8, place);
        }
    }
}

/// `!ENTITY % a SYSTEM`, whose bracket a filter took away or another text holds: one that loads has no other use.
pub(super) fn cut_declarations(view: &View<'_>, signs: &mut Signs) {
    for place in view.places(b"!entity") {
        let lower = view.lower;
        let name = skip_space(lower, place + 7);
        let name = if at(lower, name) == b'%' { skip_space(lower, name + 1) } else { name };
        let source = skip_space(lower, name + word(lower, name).len());
        if matches!(word(lower, source), b"system" | b"public") {
            signs.raise(Kind::Xxe, 0.6, place);
        }
    }
}

/// Other ways a document brings in what it does not hold, and encodings that hide them.
fn inclusions(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    if view.holds_any(&[b"xi:include", b"http://www.w3.org/2001/xinclude"]) {
        signs.raise(Kind::Xxe, 0.7, 0);
    }
    let includes =
        view.holds_any(&[b":include", b":import", b":redefine", b"<include", b"<import"]);
    if view.holds(b"schemalocation=\"http") && (includes || view.role != Role::Document) {
        signs.raise(Kind::Xxe, 0.6, 0);
    }
    let sheet = view.holds(b"<?xml-stylesheet")
        && view.holds_any(&[b"href=\"http", b"href='http", b"href=\"file:"]);
    let recoded = contains_any(
        lower,
        &[b"encoding=\"utf-7\"", b"encoding='utf-7'", b"encoding=\"utf-16\"?>+ad"],
    );
    if sheet
        || recoded
        || view.holds(b"document('/")
        || view.holds(b"document('file:")
        || view.holds(b"document('http")
    {
        signs.raise(Kind::Xxe, 0.6, 0);
    }
}

/// Settings of a server that let it run what was uploaded.
pub(super) fn settings(view: &View<'_>, signs: &mut Signs) {
    if view.holds_any(&[b"application/x-httpd-", b"accesspolicy=\"read, script"]) {
        signs.raise(Kind::Upload, 0.7, 0);
    }
}

/// Code of a server's language between its own tags.
fn embedded_code(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    // A listing that shows code does not run what a request sends, nor commands.
    const RUNNING: [&[u8]; 16] = [
        b"$_get",
        b"$_post",
        b"$_request",
        b"$_cookie",
        b"$_files",
        b"$_server",
        b"eval(",
        b"system(",
        b"exec(",
        b"passthru(",
        b"assert(",
        b"popen(",
        b"base64_decode(",
        b"php://input",
        b"move_uploaded",
        b"file_put_contents(",
    ];
    let most = if view.is_listing() && !view.holds_any(&RUNNING) { 0.4 } else { 1.0 };
    if contains_any(lower, &[b"<?php", b"<?=", b"<? echo", b"<?import", b"<? "])
        && !contains(lower, b"<?xml")
    {
        signs.raise(Kind::Code, f32::min(0.8, most), 0);
    }
    let marks = [&b"<jsp:"[..], b"<%@ page", b"<asp:", b"runat=\"server\""];
    if contains_any(lower, &marks)
        || memchr::memmem::find_iter(lower, b"<cf").any(|place| is_cfml(from(lower, place + 3)))
        || find(lower, b"<%=")
            .is_some_and(|place| !crate::web::template::is_placeholder(from(lower, place + 3)))
    {
        signs.raise(Kind::Code, f32::min(0.7, most), 0);
    }
}

/// The rest of a ColdFusion tag's name behind `<cf`; manuals have files and fields of that name in angle brackets.
fn is_cfml(rest: &[u8]) -> bool {
    let name = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    name > 1 && !matches!(upto(rest, name), b"ile" | b"ield")
}

/// Serialised objects of PHP, Java, .NET, Python and Ruby by their opening bytes.
pub(super) fn serialized(view: &View<'_>, signs: &mut Signs) {
    let text = view.text;
    // .NET's header in base64, in each of the three places it may begin within a longer value.
    const FORMATTER: [&[u8]; 6] = [
        b"AAEAAAD/////AQ",
        b"ABAAAA/////wE",
        b"AAQAAAP////8B",
        b"AAEAAAD_____AQ",
        b"ABAAAA_____wE",
        b"AAQAAAP____8B",
    ];
    let formatted = FORMATTER.iter().any(|mark| view.may_hold(mark) && contains(text, mark));
    if formatted || is_packed_stream(text) || is_formatted_state(text) {
        signs.raise(Kind::Deserialization, 0.8, 0);
    }
    if is_pickled(text) {
        signs.raise(Kind::Deserialization, 0.8, 0);
    }
    // A Java stream whose bytes were read as Latin-1, a class file, arrays and classes of Ruby's Marshal.
    const OPENINGS: [&[u8]; 17] = [
        b"\xc2\xac\xc3\xad\x00\x05",
        b"yv66vgAAAD",
        b"BAhb",
        b"BAhVO",
        b"BAhj",
        b"aced0005",
        b"rO0AB",
        b"rO0ABX",
        b"AAEAAAD/////",
        b"\xac\xed\x00\x05",
        b"BAhv",
        b"c__builtin__",
        b"!<tag:yaml.org,2002:js/",
        b"!!python/",
        b"!ruby/object",
        b"!!javax.",
        b"_$$ND_FUNC",
    ];
    if OPENINGS
        .iter()
        .filter(|opening| view.may_hold(opening))
        .any(|opening| text.starts_with(opening) || opening.len() > 8 && contains(text, opening))
    {
        signs.raise(Kind::Deserialization, 0.8, 0);
    }
    for kind in [b'O', b'C'] {
        for place in memchr::memchr_iter(kind, text) {
            let digits = from(text, place + 2)
                .iter()
                .take_while(|b| b.is_ascii_digit() || **b == b'+')
                .count();
            let shaped = at(text, place + 1) == b':'
                && digits > 0
                && from(text, place + 2 + digits).starts_with(b":\"");
            if shaped
                && (place == 0 || matches!(at(text, place - 1), b'{' | b';' | b':' | b'|' | b'"'))
            {
                signs.raise(Kind::Deserialization, 0.8, place);
            }
        }
    }
}

/// Python's pickles: protocol 0 names a module and a function on two lines, later ones open with a byte of their own.
fn is_pickled(text: &[u8]) -> bool {
    if let [b'(', b'l' | b'd', b'p', digit, b'\n', ..] = text {
        return digit.is_ascii_digit();
    }
    if let Some(rest) = text.strip_prefix(b"c") {
        let module = word(rest, 0);
        let after = from(rest, module.len());
        let function = after.strip_prefix(b"\n").map(|rest| word(rest, 0)).unwrap_or_default();
        let next = at(after, 1 + function.len());
        let named = at(function, 0).is_ascii_alphabetic() || at(function, 0) == b'_';
        return named
            && !module.is_empty()
            && !function.is_empty()
            && (next == b'\n' || module == b"system");
    }
    if names_module(text) {
        return true;
    }
    let head: u32 = upto(text, 4)
        .iter()
        .filter_map(|b| decode::sextet(*b))
        .fold(0, |bits, six| bits << 6 | six);
    text.len() >= 24
        && !text.contains(&b' ')
        && matches!(head.to_be_bytes(), [0, 0x80, 2..=5, b'c' | b'}' | b']' | b'(' | 0x95])
}

/// The first bytes of base64, as many as its opening can tell.
fn opening(text: &[u8]) -> [u8; 24] {
    let mut bytes = [0_u8; 24];
    for (four, three) in text.chunks_exact(4).zip(bytes.chunks_exact_mut(3)) {
        let Some(bits) =
            four.iter().try_fold(0_u32, |bits, b| Some(bits << 6 | decode::sextet(*b)?))
        else {
            break;
        };
        three.copy_from_slice(bits.to_be_bytes().get(1..).unwrap_or(&[0; 3]));
    }
    bytes
}

/// A short pickle in base64 whose first instruction fetches a module's function: `\x80\x02cos\nsystem\n`.
fn names_module(text: &[u8]) -> bool {
    if text.len() < 12 || !matches!(text, [b'g', b'A'..=b'Z', b'A'..=b'Z', b'j', ..]) {
        return false;
    }
    let bytes = opening(text);
    let module = word(&bytes, 3);
    bytes.starts_with(b"\x80")
        && at(&bytes, 2) == b'c'
        && !module.is_empty()
        && matches!(at(&bytes, 3 + module.len()), b'\n' | b'.')
}

/// A state of a page that holds a formatter's stream: token 0x32 and its length, then the header of .NET.
fn is_formatted_state(text: &[u8]) -> bool {
    text.starts_with(b"/wEy") && contains(&opening(text), b"\x00\x01\x00\x00\x00\xff\xff")
}

/// A Java stream packed by gzip in base64: with the fixed code of deflate its first bytes are always the same.
fn is_packed_stream(text: &[u8]) -> bool {
    if !text.starts_with(b"H4sI") {
        return false;
    }
    let bytes = opening(text);
    // Behind gzip's header of ten bytes: a final block or one that is not, then AC ED 00 05.
    matches!(from(&bytes, 10), [0x5B | 0x5A, 0xF3, 0x96, 0x81, ..])
}
