use std::{io::Write as _, net::IpAddr};

use sancha_model::{
    EventTime, Fields, Finding, FindingId, Match, is_hidden, mask_personal, mask_personal_text,
};

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
    for (key, number) in [("line", found.line), ("offset", found.at.offset)] {
        write_key(out, key);
        write_number(out, number);
    }
    if let Some(id) = &found.record_id {
        write_key(out, "id");
        write_masked_text(out, id);
    }
    write_key(out, "time");
    write_time(out, found.time);
    write_key(out, "rule");
    write_text(out, names.rule);
    for (key, id) in [("scenario", found.scenario.id()), ("level", found.level.id())] {
        write_key(out, key);
        write_text(out, id);
    }
    let score = if found.score.is_finite() { found.score.clamp(0.0, 1.0) } else { 0.0 };
    write_key(out, "score");
    put(out, format_args!("{score}"));
    if let Some(source) = found.source {
        write_key(out, "src");
        write_address(out, source);
    }
    for (key, value) in [("host", &found.host), ("user", &found.user)] {
        if let Some(value) = value {
            write_key(out, key);
            write_masked_text(out, value);
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
    for (key, id) in [
        ("scenario", finding.scenario.id()),
        ("level", finding.level.id()),
        ("outcome", finding.outcome.id()),
    ] {
        write_key(out, key);
        write_text(out, id);
    }
    write_key(out, "first");
    let from = out.len();
    write_time(out, finding.first);
    let first = from..out.len();
    write_key(out, "last");
    if finding.last == finding.first {
        out.extend_from_within(first);
    } else {
        write_time(out, finding.last);
    }
    write_key(out, "count");
    write_number(out, finding.count);
    write_key(out, "src");
    write_list(out, &finding.src, |out, source| write_address(out, *source));
    for (key, values) in [("hosts", &finding.hosts), ("users", &finding.users)] {
        write_key(out, key);
        write_list(out, values, |out, value| write_masked_text(out, value));
    }
    write_key(out, "rules");
    write_list(out, &finding.rules, |out, rule| write_text(out, rule));
    write_key(out, "evidence");
    write_list(out, &finding.evidence, |out, evidence| {
        out.extend_from_slice(b"{\"path\":");
        write_text(out, &evidence.path);
        write_key(out, "line");
        write_number(out, evidence.line);
        out.push(b'}');
    });
    out.extend_from_slice(b",\"summary\":{\"zh\":");
    write_masked_text(out, &finding.summary.zh);
    write_key(out, "en");
    write_masked_text(out, &finding.summary.en);
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

/// The key of the next value; another one stood before.
fn write_key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn write_number(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn write_address(out: &mut Vec<u8>, address: IpAddr) {
    let IpAddr::V4(v4) = address else { return put(out, format_args!("\"{address}\"")) };
    // By far the most addresses: a quote and three dots, each before its number.
    for (before, octet) in b"\"...".iter().zip(v4.octets()) {
        out.push(*before);
        write_number(out, octet);
    }
    out.push(b'"');
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

fn write_masked_text(out: &mut Vec<u8>, text: &str) {
    write_text(out, &mask_personal_text(text));
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
    let mut rest = text;
    loop {
        let plain = rest.bytes().take_while(|byte| PLAIN[usize::from(*byte)]).count();
        let (head, tail) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.extend_from_slice(head.as_bytes());
        let mut characters = tail.chars();
        let Some(character) = characters.next() else { return };
        write_character(out, character);
        rest = characters.as_str();
    }
}

/// Bytes that stand for themselves wherever they are: no `"`, `\` or control character, and none with which
/// a hidden character begins.
static PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] =
            !matches!(byte, 0..0x20 | 0x22 | 0x5c | 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3);
        byte += 1;
    }
    plain
};

fn write_character(out: &mut Vec<u8>, character: char) {
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        _ if is_hidden(character) => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                put(out, format_args!("\\u{unit:04x}"));
            }
        }
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

fn put(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `Vec` does not fail.
    let _ = out.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_all_others_stay() {
        for character in ('\0'..=char::MAX).filter(|one| !matches!(one, '"' | '\\')) {
            let text = format!("a{character}b");
            let mut out = Vec::new();
            write_text(&mut out, &text);
            let stays = out == format!("\"{text}\"").as_bytes();
            assert_eq!(stays, !is_hidden(character), "{character:?}");
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
        let mut out = Vec::new();
        write_inside(&mut out, "说“\"\\\r\n\t\u{202e}”");
        assert_eq!(out, "说“\\\"\\\\\\r\\n\\t\\u202e”".as_bytes());
    }

    #[test]
    fn addresses_are_written_as_they_are_shown() {
        for address in ["0.0.0.0", "203.0.113.9", "255.255.255.255", "::1", "2001:db8::9"] {
            let mut out = Vec::new();
            write_address(&mut out, address.parse().unwrap());
            assert_eq!(out, format!("\"{address}\"").as_bytes());
        }
    }
}
