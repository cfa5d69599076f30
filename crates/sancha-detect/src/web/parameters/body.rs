//! Bodies by their media type: forms, multipart, JSON, XML; what is none of them is read whole.

use super::super::gate::{self, Place};
use super::super::scan::{at, find, from, split_once, starts_ignore_case, upto};
use super::super::value::{Examiner, Role};
use super::super::{Kind, Layers, Part, Request, code, decode, graphql, json, path, sql};
use super::{binary, pairs};

/// Splits the body the way its reader would.
pub(super) fn examine(request: &Request<'_>, examiner: &mut Examiner<'_>) {
    let body = request.body.trim_ascii();
    if body.is_empty() {
        return;
    }
    if is_document(request) {
        return binary::examine_document(body, examiner);
    }
    let kind = request.content_type;
    // Only a form encodes spaces as `+`.
    examiner.form = false;
    if starts_ignore_case(kind, b"multipart/") {
        multipart(kind, request.body, examiner);
    } else if matches!(at(body, 0), b'{' | b'[') {
        json::strings(body, Part::Body, examiner);
        if let Some((score, place)) = code::strongest_operator(body) {
            examiner.raise(Kind::Nosql, score, Part::Body, from(body, place), Layers::default());
        }
        batch(body, examiner);
        examiner.form = true;
        if !contains_ignore_case(kind, b"json") && !contains_ignore_case(kind, b"csp-report") {
            pairs(Part::Body, body, b"&", examiner);
        }
    } else if at(body, 0) == b'<'
        && (contains_ignore_case(kind, b"xml") || body.starts_with(b"<?xml"))
    {
        xml(body, examiner);
    } else if let Some(bytes) = brings_a_file(request).then(|| binary::of_file(body)).flatten() {
        binary::examine(&bytes, examiner);
    } else {
        examiner.form = true;
        pairs(Part::Body, body, b"&\r\n", examiner);
        if !contains_ignore_case(kind, b"text/") {
            bare(body, examiner);
        }
        if memchr::memchr2(b'\r', b'\n', body).is_some() {
            pairs(Part::Body, body, b"&", examiner);
        }
    }
}

/// A file that a client keeps on the server under its own name, and no server runs: what editors of notebooks, calendars
/// and shared folders send (RFC 4918, RFC 4791).
fn is_document(request: &Request<'_>) -> bool {
    const ENDINGS: [&[u8]; 9] =
        [b".ipynb", b".ics", b".vcf", b".sql", b".csv", b".tsv", b".md", b".txt", b".tex"];
    let path = split_once(request.target, b'?').0.to_ascii_lowercase();
    let is_kept = ENDINGS.iter().any(|ending| path.ends_with(ending))
        && !path.split(|b| *b == b'/').any(path::is_script_name);
    // A notebook is one of JSON; what else is, is for a program.
    let is_read = match at(request.body.trim_ascii(), 0) {
        b'{' | b'[' => !path.ends_with(b".ipynb"),
        _ => contains_ignore_case(request.content_type, b"form"),
    };
    request.method == b"PUT" && is_kept && !is_read
}

/// A body that is one file and no text: `image/png`, `application/zip`, `application/octet-stream`, or what is put there
/// without a word.
fn brings_a_file(request: &Request<'_>) -> bool {
    let kind = request.content_type;
    const READ: [&[u8]; 5] = [b"form", b"json", b"xml", b"text/", b"script"];
    (!kind.is_empty() || request.method == b"PUT")
        && !READ.iter().any(|word| contains_ignore_case(kind, word))
}

/// A heap of operations in one request, each of which a limit would have counted.
fn batch(body: &[u8], examiner: &mut Examiner<'_>) {
    let queries = || memchr::memmem::find_iter(body, b"\"query\"").take(graphql::BATCH).count();
    if at(body, 0) == b'[' && queries() >= graphql::BATCH {
        examiner.raise(Kind::Protocol, 0.5, Part::Body, body, Layers::default());
    }
}

/// A form has names and values; a short text without either, where a form belongs, is looked at whole.
fn bare(body: &[u8], examiner: &mut Examiner<'_>) {
    const SHORT: usize = 48;
    if body.len() > SHORT || memchr::memchr2(b'=', b'&', body).is_some() {
        return;
    }
    let mut plain = Vec::new();
    let layers = decode::first_round(body, true, &mut plain);
    plain.make_ascii_lowercase();
    if sql::is_bare_phrase(&plain) || sql::is_bare_operator(&plain) {
        examiner.raise(Kind::Sqli, 0.5, Part::Body, &plain, layers);
    }
}

fn contains_ignore_case(bytes: &[u8], lower: &[u8]) -> bool {
    bytes.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower))
}

/// The parts between boundaries (RFC 7578): their names, file names and contents.
fn multipart(kind: &[u8], body: &[u8], examiner: &mut Examiner<'_>) {
    let Some(place) = find(&kind.to_ascii_lowercase(), b"boundary=") else {
        examiner.value(Part::Body, Role::Document, body);
        return;
    };
    let boundary = from(kind, place + 9).split(|b| *b == b';').next().unwrap_or_default();
    let boundary = boundary.trim_ascii();
    let boundary =
        boundary.strip_prefix(b"\"").and_then(|b| b.strip_suffix(b"\"")).unwrap_or(boundary);
    let mut rest = body;
    while let Some(start) = find(rest, boundary).filter(|_| !boundary.is_empty()) {
        rest = from(rest, start + boundary.len());
        let end = find(rest, boundary).unwrap_or(rest.len());
        part(upto(rest, end), examiner);
    }
}

fn part(part: &[u8], examiner: &mut Examiner<'_>) {
    let (head, content) = match find(part, b"\r\n\r\n")
        .map(|at| (at, 4))
        .or_else(|| find(part, b"\n\n").map(|at| (at, 2)))
    {
        Some((at, len)) => (upto(part, at), from(part, at + len)),
        None => (part, &[][..]),
    };
    let lower = head.to_ascii_lowercase();
    let mut name_of_part = parameter(head, &lower, b"name=");
    if let Some(place) = find(&lower, b"filename=") {
        let name = from(&lower, place + 9)
            .split(|b| matches!(b, b'\r' | b'\n'))
            .next()
            .unwrap_or_default();
        let name = name.trim_ascii().trim_ascii_end();
        if name.iter().any(|b| matches!(b, b'<' | b'`' | b'$')) {
            examiner.value(Part::Body, Role::Value, name);
        }
        let name = name.strip_prefix(b"\"").unwrap_or(name);
        let name = upto(name, name.iter().position(|b| *b == b'"').unwrap_or(name.len()));
        file_name(name, examiner);
        if TEXTS.iter().any(|end| name.ends_with(end)) {
            name_of_part = b"body";
        }
    }
    if let Some(place) = find(&lower, b"name=") {
        let name = from(head, place + 5);
        examiner.value(
            Part::Body,
            Role::Name,
            name.split(|b| matches!(b, b';' | b'\r' | b'\n')).next().unwrap_or_default(),
        );
    }
    let content = content.strip_suffix(b"--").unwrap_or(content).trim_ascii();
    if let Some(bytes) = is_file(&lower).then(|| binary::of_file(content)).flatten() {
        binary::examine(&bytes, examiner);
    } else if gate::opens(content, Place::Value) {
        examiner.value_of(Part::Body, name_of_part, content);
    }
}

/// Whether a part's own disposition names a file (RFC 7578, 4.2).
fn is_file(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let disposition = lines.find(|line| line.starts_with(b"content-disposition:"));
    disposition.is_some_and(|line| {
        line.split(|b| *b == b';').skip(1).map(<[u8]>::trim_ascii_start).any(|parameter| {
            parameter.starts_with(b"filename=") || parameter.starts_with(b"filename*=")
        })
    })
}

/// Files that are written to be read.
const TEXTS: [&[u8]; 5] = [b".md", b".txt", b".rst", b".sql", b".log"];

/// The value of a parameter of the part's head, without its quotes.
fn parameter<'p>(head: &'p [u8], lower: &[u8], name: &[u8]) -> &'p [u8] {
    let Some(place) = find(lower, name) else { return b"" };
    let value = from(head, place + name.len());
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let end = value.iter().position(|b| matches!(b, b'"' | b';' | b'\r' | b'\n'));
    upto(value, end.unwrap_or(value.len()))
}

/// The name under which a file is to be stored.
pub(in crate::web) fn file_name(name: &[u8], examiner: &mut Examiner<'_>) {
    if path::is_script_name(name) {
        examiner.raise(Kind::Upload, 0.7, Part::Body, name, Layers::default());
    }
    if gate::opens(name, Place::Value) {
        examiner.value(Part::Body, Role::Value, name);
    }
}

/// Texts and attribute values of an XML body, and its document type.
fn xml(body: &[u8], examiner: &mut Examiner<'_>) {
    let recoded = find(&upto(body, 80).to_ascii_lowercase(), b"utf-7").is_some();
    let marks = [&b"<!"[..], b":include", b"<?xml-stylesheet"];
    if recoded || marks.iter().any(|mark| find(body, mark).is_some()) {
        examiner.value(Part::Body, Role::Document, upto(body, 16 * 1024));
    }
    let mut rest = body;
    let mut element: &[u8] = b"";
    while let Some(open) = memchr::memchr(b'<', rest) {
        text(element, upto(rest, open), examiner);
        let tag = from(rest, open);
        if let Some(inner) = tag.strip_prefix(b"<![CDATA[") {
            let end = find(inner, b"]]>").unwrap_or(inner.len());
            text(element, upto(inner, end), examiner);
            rest = from(inner, end + 3);
            continue;
        }
        let end = tag_end(tag);
        if builds_a_class(tag) {
            examiner.raise(
                Kind::Deserialization,
                0.7,
                Part::Body,
                upto(tag, end),
                Layers::default(),
            );
        }
        attributes(upto(tag, end), examiner);
        element = element_name(upto(tag, end));
        rest = from(tag, end + 1);
    }
    text(b"", rest, examiner);
}

/// The name behind `<` without its prefix.
fn element_name(tag: &[u8]) -> &[u8] {
    let name = from(tag, 1);
    let end =
        name.iter().position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b':' | b'_' | b'-'));
    upto(name, end.unwrap_or(name.len())).rsplit(|b| *b == b':').next().unwrap_or_default()
}

fn text(element: &[u8], text: &[u8], examiner: &mut Examiner<'_>) {
    if !text.trim_ascii().is_empty() && gate::opens(text, Place::Value) {
        examiner.value_of(Part::Body, element, text);
    }
}

/// An element that is called like a class of Java's library, from which a mapper builds one.
fn builds_a_class(tag: &[u8]) -> bool {
    [&b"<java."[..], b"<javax.", b"<jdk.", b"<com.sun.", b"<sun.", b"<org.apache.commons."]
        .iter()
        .any(|root| tag.starts_with(root))
}

fn tag_end(tag: &[u8]) -> usize {
    let mut quote = 0;
    for (index, byte) in tag.iter().enumerate() {
        match byte {
            b'"' | b'\'' if quote == 0 => quote = *byte,
            _ if *byte == quote => quote = 0,
            b'>' if quote == 0 => return index,
            _ => {}
        }
    }
    tag.len()
}

fn attributes(tag: &[u8], examiner: &mut Examiner<'_>) {
    let mut rest = tag;
    let mut joined = Vec::new();
    while let Some(open) = memchr::memchr2(b'"', b'\'', rest) {
        let quote = at(rest, open);
        let inner = from(rest, open + 1);
        let end = memchr::memchr(quote, inner).unwrap_or(inner.len());
        text(b"", upto(inner, end), examiner);
        joined.extend_from_slice(upto(inner, end));
        joined.push(b' ');
        rest = from(inner, end + 1);
    }
    // An attack may be spread over the attributes of one element.
    if joined.len() > 1 && contains_ignore_case(&joined, b"java") {
        examiner.value(Part::Body, Role::Value, &joined);
    }
}
