//! Strings of a JSON document (RFC 8259): names and values, at any depth, broken documents too.

use super::gate::{self, Place};
use super::purpose::Purpose;
use super::scan::{at, from, is_space, skip_space};
use super::value::{Examiner, Role};
use super::{Kind, Layers, Part, decode};

/// Hands every string to the examiner: one before a colon is a name.
pub(super) fn strings(body: &[u8], part: Part, examiner: &mut Examiner<'_>) {
    let mut index = 0;
    let mut unescaped = Vec::new();
    let mut typed = false;
    let mut name: &[u8] = b"";
    while let Some(open) = memchr::memchr(b'"', from(body, index)).map(|at| at + index) {
        let end = string_end(body, open + 1);
        let raw = body.get(open + 1..end).unwrap_or_default();
        let is_name = at(body, skip_space(body, end + 1)) == b':';
        let role = if is_name { Role::Name } else { Role::Value };
        if typed && !is_name && names_machinery(raw) {
            examiner.raise(Kind::Deserialization, 0.7, part, raw, Layers::default());
        }
        // What rebuilds an object by a call, which no document of data needs.
        if is_name && matches!(raw, b"py/reduce" | b"py/newargs" | b"py/newargsex") {
            examiner.raise(Kind::Deserialization, 0.7, part, raw, Layers::default());
        }
        typed = is_name && names_a_type(raw);
        name = if is_name { raw } else { name };
        let before = examiner.purpose;
        examiner.purpose = if is_name { before } else { Purpose::of(name) };
        if raw.contains(&b'\\') {
            unescape(raw, &mut unescaped);
            look(&unescaped, part, role, examiner);
        } else {
            look(raw, part, role, examiner);
        }
        examiner.purpose = before;
        index = end + 1;
    }
    // What follows a document that ended early belongs to no string.
    let tail =
        from(body, body.iter().rposition(|b| matches!(b, b'}' | b']')).map_or(0, |last| last + 1));
    if tail.iter().any(|b| !is_space(*b)) && gate::opens(tail, Place::Value) {
        examiner.value(part, Role::Document, tail);
    }
}

/// Members by which a mapper is told what class to build.
fn names_a_type(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 9] = [
        b"@type",
        b"$type",
        b"__type",
        b"@class",
        b"json_class",
        b"py/object",
        b"^o",
        b"class",
        b"\\u0040type",
    ];
    NAMES.contains(&name) || name.starts_with(b"@\\x") || name.starts_with(b"\\x40")
}

/// Classes of a language's own library or of the libraries every program brings: no application's data.
fn names_machinery(class: &[u8]) -> bool {
    const ROOTS: [&[u8]; 22] = [
        b"java.",
        b"javax.",
        b"jdk.",
        b"com.sun.",
        b"sun.",
        b"org.apache.",
        b"org.springframework.",
        b"ch.qos.",
        b"com.mchange.",
        b"com.zaxxer.",
        b"net.sf.",
        b"oracle.",
        b"org.hibernate.",
        b"br.com.anteros.",
        b"com.ibatis.",
        b"[com.sun.",
        b"Lcom.",
        b"System.",
        b"os.",
        b"subprocess.",
        b"builtins.",
        b"Gem::",
    ];
    /// What documents of data hold honestly.
    const PLAIN: [&[u8]; 12] = [
        b"java.util.ArrayList",
        b"java.util.HashMap",
        b"java.util.LinkedHashMap",
        b"java.util.Date",
        b"java.util.LinkedList",
        b"java.util.HashSet",
        b"java.util.TreeMap",
        b"java.lang.String",
        b"java.lang.Integer",
        b"java.lang.Long",
        b"java.math.BigDecimal",
        b"java.time.",
    ];
    ROOTS.iter().any(|root| class.starts_with(root))
        && !PLAIN.iter().any(|plain| class.starts_with(plain))
        && !class.starts_with(b"System.Collections.Generic.")
        && !class.contains(&b' ') | class.starts_with(b"System.")
}

fn look(text: &[u8], part: Part, role: Role, examiner: &mut Examiner<'_>) {
    if text.len() > 1 && gate::opens(text, Place::Value) {
        examiner.value(part, role, text);
    }
}

fn string_end(body: &[u8], mut index: usize) -> usize {
    while index < body.len() {
        match at(body, index) {
            b'\\' => index += 2,
            b'"' => return index,
            _ => index += 1,
        }
    }
    body.len()
}

/// Removes the escapes JSON itself defines; `\u` is left to the decoding rounds, which name that layer.
fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut index = 0;
    while index < raw.len() {
        let byte = at(raw, index);
        if byte != b'\\' {
            out.push(byte);
            index += 1;
            continue;
        }
        match at(raw, index + 1) {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => out.extend_from_slice(b"\\u"),
            escaped => out.push(escaped),
        }
        index += 2;
    }
    let mut decoded = Vec::new();
    if decode::further_round(out, &mut decoded).contains(Layers::ESCAPE)
        && decoded.len() < out.len()
    {
        std::mem::swap(out, &mut decoded);
    }
}
