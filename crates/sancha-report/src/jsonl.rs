use std::io::Write as _;

use sancha_model::{EventTime, Fields, Finding, FindingId, Match, is_hidden, mask_personal};

/// Longest value of a field in `matches.jsonl`, in bytes of the record (design.md, section 7).
const FIELD_LIMIT: usize = 256;

/// What a match does not carry itself: names that belong to the run.
#[derive(Clone, Copy, Debug)]
pub struct MatchNames<'a> {
    pub path: &'a str,
    pub rule: &'a str,
    pub fields: &'a Fields,
}

/// Appends one line of `matches.jsonl`, with its line end. Nothing is allocated but what `out` needs
/// to grow, except where a personal number is masked.
pub fn write_match(out: &mut Vec<u8>, found: &Match, names: MatchNames<'_>) {
    out.extend_from_slice(b"{\"path\":");
    write_text(out, names.path);
    put(out, format_args!(",\"line\":{},\"offset\":{}", found.line, found.at.offset));
    if let Some(id) = &found.record_id {
        out.extend_from_slice(b",\"id\":");
        write_masked(out, id.as_bytes());
    }
    out.extend_from_slice(b",\"time\":");
    write_time(out, found.time);
    out.extend_from_slice(b",\"rule\":");
    write_text(out, names.rule);
    let score = if found.score.is_finite() { found.score.clamp(0.0, 1.0) } else { 0.0 };
    put(
        out,
        format_args!(
            ",\"scenario\":\"{}\",\"level\":\"{}\",\"score\":{score}",
            found.scenario.id(),
            found.level.id()
        ),
    );
    if let Some(source) = found.source {
        put(out, format_args!(",\"src\":\"{source}\""));
    }
    for (key, value) in [("host", &found.host), ("user", &found.user)] {
        if let Some(value) = value {
            put(out, format_args!(",\"{key}\":"));
            write_masked(out, value.as_bytes());
        }
    }
    write_fields(out, found, names.fields);
    out.extend_from_slice(b"}\n");
}

fn write_fields(out: &mut Vec<u8>, found: &Match, fields: &Fields) {
    out.extend_from_slice(b",\"fields\":{");
    for (at, (field, value)) in found.fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_text(out, fields.name(*field));
        out.push(b':');
        write_bytes(out, capped(&mask_personal(value)));
    }
    out.push(b'}');
}

/// Appends one line of `findings.jsonl`, with its line end: the keys and order of the contract.
pub fn write_finding(out: &mut Vec<u8>, finding: &Finding) {
    out.extend_from_slice(b"{\"id\":");
    write_text(out, &finding.id.0);
    put(
        out,
        format_args!(
            ",\"scenario\":\"{}\",\"level\":\"{}\",\"outcome\":\"{}\",\"first\":",
            finding.scenario.id(),
            finding.level.id(),
            finding.outcome.id()
        ),
    );
    write_time(out, finding.first);
    out.extend_from_slice(b",\"last\":");
    write_time(out, finding.last);
    put(out, format_args!(",\"count\":{}", finding.count));
    out.extend_from_slice(b",\"src\":");
    write_list(out, &finding.src, |out, source| put(out, format_args!("\"{source}\"")));
    for (key, values) in [("hosts", &finding.hosts), ("users", &finding.users)] {
        put(out, format_args!(",\"{key}\":"));
        write_list(out, values, |out, value| write_masked(out, value.as_bytes()));
    }
    out.extend_from_slice(b",\"rules\":");
    write_list(out, &finding.rules, |out, rule| write_text(out, rule));
    out.extend_from_slice(b",\"evidence\":");
    write_list(out, &finding.evidence, |out, evidence| {
        out.extend_from_slice(b"{\"path\":");
        write_text(out, &evidence.path);
        put(out, format_args!(",\"line\":{}}}", evidence.line));
    });
    out.extend_from_slice(b",\"summary\":{\"zh\":");
    write_masked(out, finding.summary.zh.as_bytes());
    out.extend_from_slice(b",\"en\":");
    write_masked(out, finding.summary.en.as_bytes());
    out.extend_from_slice(b"}}\n");
}

/// Appends a line that takes back the finding of that id: it has become part of another.
pub fn write_withdrawn(out: &mut Vec<u8>, id: &FindingId) {
    out.extend_from_slice(b"{\"id\":");
    write_text(out, &id.0);
    out.extend_from_slice(b",\"withdrawn\":true}\n");
}

/// Adds to the line just appended which entry of the allow list keeps it from being reported.
pub fn mark_suppressed(out: &mut Vec<u8>, entry: &str) {
    if out.ends_with(b"}\n") {
        out.truncate(out.len() - 2);
        out.extend_from_slice(b",\"suppressed_by\":");
        write_text(out, entry);
        out.extend_from_slice(b"}\n");
    }
}

fn write_list<T>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, value);
    }
    out.push(b']');
}

/// RFC 3339 in UTC, or `null` for a record without a time.
fn write_time(out: &mut Vec<u8>, time: Option<EventTime>) {
    match time {
        Some(time) => put(out, format_args!("\"{time}\"")),
        None => out.extend_from_slice(b"null"),
    }
}

fn write_masked(out: &mut Vec<u8>, bytes: &[u8]) {
    write_bytes(out, &mask_personal(bytes));
}

/// At most [`FIELD_LIMIT`] bytes, not cut inside a UTF-8 character.
fn capped(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= FIELD_LIMIT {
        return bytes;
    }
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    let cut = (FIELD_LIMIT - 3..=FIELD_LIMIT).rev().find(|at| !is_inside(*at));
    bytes.get(..cut.unwrap_or(FIELD_LIMIT)).unwrap_or(bytes)
}

/// A JSON string of any bytes: what is no UTF-8 is shown as the four characters `\xNN`.
fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        write_inside(out, chunk.valid());
        for byte in chunk.invalid() {
            put(out, format_args!("\\\\x{byte:02x}"));
        }
    }
    out.push(b'"');
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    write_inside(out, text);
    out.push(b'"');
}

/// The inside of a JSON string (RFC 8259, section 7). Hidden characters are escaped too, so that a
/// line printed on a terminal moves no cursor and turns no text around.
fn write_inside(out: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    let plain = text.bytes().take_while(is_plain).count();
    let (head, rest) = text.split_at_checked(plain).unwrap_or(("", text));
    out.extend_from_slice(head.as_bytes());
    write_escaped(out, rest);
}

fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let mut plain_from = 0;
    for (at, character) in text.char_indices() {
        if character != '"' && character != '\\' && !is_hidden(character) {
            continue;
        }
        out.extend_from_slice(text.as_bytes().get(plain_from..at).unwrap_or(&[]));
        plain_from = at + character.len_utf8();
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    put(out, format_args!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.extend_from_slice(text.as_bytes().get(plain_from..).unwrap_or(&[]));
}

fn put(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `Vec` does not fail.
    let _ = out.write_fmt(arguments);
}
