use sancha_model::{Framing, RowWriter};

use super::json::JSON_LINES;
use crate::{FileContext, Fit, Format, Head, Scratch, encoding, scan};

/// A file that is one JSON document: an array of events, an object that holds such an array, one event
/// written over many lines, or several of them. Every element is a record.
pub struct JsonDocument;

pub(super) static JSON_DOCUMENT: JsonDocument = JsonDocument;

/// Members that hold the events of an exported document: CloudTrail, Azure, ports of the Windows log.
const HOLDERS: [&[u8]; 7] =
    [b"Records", b"records", b"value", b"events", b"Events", b"items", b"hits"];

impl Format for JsonDocument {
    fn name(&self) -> &str {
        "json/document"
    }

    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        let bytes = after_count(encoding::without_mark(head.bytes).trim_ascii_start());
        let first = memchr::memchr(b'\n', bytes).and_then(|end| bytes.get(..end));
        // One that is longer than the head is a record of JSON lines sooner than a document without a line end.
        let is_record = first.is_none_or(|line| line.trim_ascii_end().ends_with(b"}"));
        let inside = bytes.get(1..).unwrap_or(&[]).trim_ascii_start().first().copied();
        let fits = match bytes.first() {
            Some(b'[') => matches!(inside, Some(b'{' | b']')),
            // A line that is a whole object begins JSON lines, unless it holds the events itself.
            Some(b'{') if is_record => holder(bytes).is_some(),
            Some(b'{') => matches!(inside, Some(b'"')),
            _ => false,
        };
        if fits { Fit::Share(100) } else { Fit::No }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        JSON_LINES.parse(row, context, scratch);
    }

    fn render(&self, file: &[u8], each: &mut dyn FnMut(u64, &[u8])) -> Result<(), u64> {
        let mut line = Vec::new();
        cut(file, &mut |start, value| {
            line.clear();
            on_one_line(value, &mut line);
            each(start as u64, &line);
        })
        .map_err(|at| at as u64)
    }
}

/// The first record of a document, where the head of the file has all of it.
pub(super) fn first_record<'h>(head: &Head<'h>) -> Option<&'h [u8]> {
    let bytes = encoding::without_mark(head.bytes);
    let object = |at: usize| {
        let rest = bytes.get(at..)?;
        rest.get(..end_of_object(rest)?)
    };
    let first = memchr::memchr(b'{', bytes)?;
    match holder(bytes.get(first..)?) {
        Some(array) => {
            let at = first + array;
            object(at + memchr::memchr(b'{', bytes.get(at..)?)?)
        }
        None => object(first),
    }
}

/// What follows a line `Record 1`, as `evtx_dump` writes it before each event.
fn after_count(bytes: &[u8]) -> &[u8] {
    let Some(rest) = bytes.strip_prefix(b"Record ") else { return bytes };
    let (digits, rest) = scan::digits(rest);
    if digits.is_empty() { bytes } else { rest.trim_ascii_start() }
}

/// Where the array begins that an object holds as its first member and that has the events.
fn holder(object: &[u8]) -> Option<usize> {
    let rest = object.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    let (name, rest) = rest.split_at_checked(end)?;
    let rest = rest.get(1..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let array = rest.strip_prefix(b"[")?.trim_ascii_start();
    let holds = HOLDERS.contains(&name) && matches!(array.first(), Some(b'{' | b']'));
    holds.then_some(object.len() - rest.len())
}

/// Hands over every object that is a record: at the top, or directly inside an array there.
fn cut(file: &[u8], each: &mut dyn FnMut(usize, &[u8])) -> Result<(), usize> {
    let mut at = 0;
    // Arrays whose elements are records, and objects around such an array, that are open.
    let mut open = 0_usize;
    while let Some(byte) = file.get(at) {
        match byte {
            b'{' => {
                let rest = file.get(at..).unwrap_or(&[]);
                if open == 0
                    && let Some(array) = holder(rest)
                {
                    at += array + 1;
                    open = 1;
                    continue;
                }
                let end = end_of_object(rest).ok_or(at)?;
                each(at, rest.get(..end).unwrap_or(rest));
                at += end;
                continue;
            }
            b'[' => open += 1,
            b']' => open = open.saturating_sub(1),
            // Whatever stands between records, such as `Record 1`, is none.
            b'"' => at += end_of_text(file.get(at..).unwrap_or(&[])).ok_or(at)? - 1,
            _ => {}
        }
        at += 1;
    }
    if open == 0 { Ok(()) } else { Err(file.len()) }
}

/// The length of the object that `bytes` begins with.
fn end_of_object(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        at +=
            bytes.get(at..)?.iter().position(|b| matches!(b, b'{' | b'}' | b'[' | b']' | b'"'))?;
        match bytes.get(at)? {
            b'{' | b'[' => depth += 1,
            b'"' => {
                at += end_of_text(bytes.get(at..)?)?;
                continue;
            }
            _ => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
        }
        at += 1;
    }
}

/// The length of the string, with its quotes, that `bytes` begins with.
fn end_of_text(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at)? == &b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Line ends between tokens mean nothing; inside a string, where JSON forbids them, they are escaped.
fn on_one_line(value: &[u8], line: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(rest) = value.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.first() == Some(&b'"') {
            let end = end_of_text(rest).unwrap_or(rest.len());
            for byte in rest.get(..end).unwrap_or(rest) {
                match byte {
                    b'\n' => line.extend_from_slice(b"\\n"),
                    b'\r' => line.extend_from_slice(b"\\r"),
                    byte => line.push(*byte),
                }
            }
            at += end;
            continue;
        }
        let end = memchr::memchr(b'"', rest).unwrap_or(rest.len());
        let blank = |byte: &&u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        line.extend(rest.get(..end).unwrap_or(rest).iter().filter(blank));
        at += end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, records: &[&str]) {
        let mut found = Vec::new();
        let end = JsonDocument.render(file.as_bytes(), &mut |offset, line| {
            assert_eq!(file.as_bytes()[usize::try_from(offset).unwrap()], b'{');
            found.push(String::from_utf8(line.to_vec()).unwrap());
        });
        assert_eq!(found, records, "{file}");
        assert!(end.is_ok(), "{file}");
    }

    fn fits(file: &str) -> bool {
        JsonDocument.probe(&Head::of(file.as_bytes(), "x.json")) != Fit::No
    }

    #[test]
    fn every_element_is_a_record() {
        check("[{\"a\":1},\n {\"b\": [1, 2]}]", &["{\"a\":1}", "{\"b\":[1,2]}"]);
        check("{\n  \"a\": {\n \"b\": \"x y\"\n }\n}\n", &["{\"a\":{\"b\":\"x y\"}}"]);
        check("{\"a\":1}\n{\n\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]);
        check("{\"Records\": [{\"a\":\"]}\\\"\"}, {}]}", &["{\"a\":\"]}\\\"\"}", "{}"]);
        check("{\"a\":\"two\nlines\"}", &["{\"a\":\"two\\nlines\"}"]);
        check("[]", &[]);
    }

    #[test]
    fn what_breaks_off_keeps_what_came_before() {
        let mut found = 0;
        let end = JsonDocument.render(b"[{\"a\":1},{\"b\":", &mut |_, _| found += 1);
        assert_eq!((found, end), (1, Err(9)));
        assert!(JsonDocument.render(b"[[[{\"a\":\"", &mut |_, _| ()).is_err());
    }

    #[test]
    fn lines_of_json_are_no_document() {
        assert!(fits("[\n  {\"a\": 1}\n]"));
        assert!(fits("[{\"a\":1}]"));
        assert!(fits("{\n  \"Event\": {}\n}"));
        assert!(fits("Record 1\n{\n  \"Event\": {}\n}\nRecord 2\n"));
        assert!(!fits("Record 1 of 2"));
        assert!(fits("{\"Records\":[{\"a\":1}]}"));
        assert!(!fits("{\"a\":1}\n{\"a\":2}\n"));
        assert!(!fits("{\"a\":\"longer than the head"));
        assert!(fits("{\"Records\":[{\"a\":\"longer than the head"));
        assert!(!fits("[Mon Oct 05 10:00:00 2026] [error] x"));
        assert!(!fits("{ server_name _; }"));
        assert!(!fits(""));
    }
}
