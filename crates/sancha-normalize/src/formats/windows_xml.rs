use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

use crate::{
    FileContext, Fit, Format, Head, Scratch, encoding, scan,
    stamp::{self},
};

/// Windows events rendered as XML, one `<Event …>` a line, as forwarders and `wevtutil` write them.
pub struct WindowsXml;

pub(super) static WINDOWS_XML: WindowsXml = WindowsXml;

impl Format for WindowsXml {
    fn name(&self) -> &str {
        "windows/xml"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        // Of several events a line only the first would be read.
        let is_crowded = |line| memchr::memmem::find_iter(line, b"</Event>").nth(1).is_some();
        if head.lines().any(is_crowded) {
            return Fit::No;
        }
        head.share(|line| is_event(without_frame(line)))
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let whole = encoding::line_of(row);
        let line = without_frame(whole);
        if !is_event(line) {
            if !is_frame(line) {
                row.note(ParseNoteKind::NotThisFormat, whole);
            }
            row.text(FieldId::MESSAGE, whole);
            return;
        }
        let time = created(line).and_then(stamp::iso).map(|(stamp, _)| stamp);
        stamp::set(row, time, line, context, scratch);
        read(row, line, scratch);
    }
}

/// An event of Sysmon for Linux, which goes to syslog as XML. Whether `said` is one.
pub(super) fn inner(row: &mut RowWriter<'_>, said: &[u8], scratch: &mut Scratch) -> bool {
    let is_one = is_event(said);
    if is_one {
        read(row, said, scratch);
    }
    is_one
}

/// All of an event but its time.
fn read(row: &mut RowWriter<'_>, line: &[u8], scratch: &mut Scratch) {
    for (element, field) in [
        (&b"EventID"[..], FieldId::EVENT_CODE),
        (b"Computer", FieldId::HOST_NAME),
        (b"Channel", FieldId::LOG_LOGGER),
    ] {
        if let Some(text) = element_text(line, element) {
            named(row, element, text, scratch);
            if !row.has(field) {
                put(row, field, text, scratch);
            }
        }
    }
    if let Some((_, provider)) = scan::split_once(line, b"<Provider ")
        && let Some(name) = attribute(provider.get(..200).unwrap_or(provider), b"Name=")
    {
        named(row, b"Provider_Name", name, scratch);
    }
    let code = element_text(line, b"EventID").unwrap_or(b"");
    // Other logs have numbers of their own.
    let of_security = element_text(line, b"Channel").is_none_or(|channel| channel == b"Security");
    data(row, line, of_security && is_done_by_subject(code), scratch);
    if code == LOG_CLEARED
        && of_security
        && let Some(name) = element_text(line, b"SubjectUserName")
    {
        named(row, b"SubjectUserName", name, scratch);
        put(row, FieldId::USER_NAME, name, scratch);
    }
    if of_security {
        logon(row, line, code);
    }
}

fn is_event(line: &[u8]) -> bool {
    (line.starts_with(b"<Event ") || line.starts_with(b"<Event>"))
        && memchr::memmem::find(line, b"EventID").is_some()
}

/// What follows the declaration and the element around all events, where they stand before an event.
fn without_frame(line: &[u8]) -> &[u8] {
    if line.starts_with(b"<Event ") {
        return line;
    }
    let declared = line.strip_prefix(b"<?xml").and_then(|rest| scan::split_once(rest, b"?>"));
    let line = declared.map_or(line, |(_, rest)| rest.trim_ascii_start());
    let around =
        line.strip_prefix(b"<Events").filter(|rest| matches!(rest.first(), Some(b'>' | b' ')));
    around
        .and_then(|rest| scan::until(rest, b'>'))
        .map_or(line, |(_, rest)| rest.trim_ascii_start())
}

/// What is left of a line that holds no event but what stands around all of them.
fn is_frame(rest: &[u8]) -> bool {
    matches!(rest.trim_ascii(), b"" | b"</Events>")
}

/// The one attribute of `<TimeCreated …/>`.
fn created(line: &[u8]) -> Option<&[u8]> {
    attribute(scan::split_once(line, b"<TimeCreated ")?.1, b"=")
}

/// `name="value"` or `name='value'`; `name` ends in `=`.
fn attribute<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (_, rest) = scan::split_once(text, name)?;
    let (quote, rest) = rest.split_first()?;
    Some(scan::until(rest, *quote)?.0)
}

/// `<Name …>text</Name>`.
fn element_text<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    for at in memchr::memmem::find_iter(line, name) {
        let opens = at.checked_sub(1).and_then(|before| line.get(before)) == Some(&b'<');
        let after = line.get(at + name.len()..)?;
        if opens && matches!(after.first(), Some(b'>' | b' ')) {
            let (_, text) = scan::until(after, b'>')?;
            return Some(scan::until(text, b'<')?.0.trim_ascii());
        }
    }
    None
}

/// Somebody cleared the security log: the one event whose subject is no `Data`.
const LOG_CLEARED: &[u8] = b"1102";

/// Whether the subject of a security event does something to its target: to accounts and groups, services, scheduled
/// jobs and the audit policy. Of the others, such as a logon, the account that matters is the target.
pub(super) fn is_done_by_subject(code: &[u8]) -> bool {
    let code = std::str::from_utf8(code).ok().and_then(|code| code.parse::<u16>().ok());
    matches!(code, Some(1102 | 4697..=4702 | 4719..=4739 | 4741..=4767 | 4780..=4799))
}

/// Cells of the names that rules use, and those every log has.
fn data(row: &mut RowWriter<'_>, line: &[u8], by_subject: bool, scratch: &mut Scratch) {
    for part in memchr::memmem::find_iter(line, b"<Data ").take(100) {
        let Some(part) = line.get(part..) else { continue };
        let Some(name) = attribute(part.get(..200).unwrap_or(part), b"Name=") else { continue };
        let Some((_, text)) = scan::until(part, b'>') else { continue };
        let text = scan::until(text, b'<').map_or(text, |(text, _)| text).trim_ascii();
        if text.is_empty() || text == b"-" {
            continue;
        }
        named(row, name, text, scratch);
        match name {
            b"IpAddress" => match scan::address(text) {
                Some(address) => row.ip(FieldId::SOURCE_IP, text, address),
                None => row.text(FieldId::SOURCE_ADDRESS, text),
            },
            b"IpPort" => {
                if let Some(port) = scan::number(text) {
                    row.int(FieldId::SOURCE_PORT, text, port);
                }
            }
            b"TargetUserName" if by_subject => put(row, FieldId::USER_TARGET_NAME, text, scratch),
            b"SubjectUserName" if by_subject => put(row, FieldId::USER_NAME, text, scratch),
            b"TargetUserName" => put(row, FieldId::USER_NAME, text, scratch),
            // The program that a new service is.
            b"ImagePath" | b"ServiceFileName" => {
                put(row, FieldId::PROCESS_EXECUTABLE, text, scratch);
            }
            _ => (),
        }
    }
}

fn named(row: &mut RowWriter<'_>, name: &[u8], text: &[u8], scratch: &mut Scratch) {
    if let Some(field) = scratch.names.find_spaced(name) {
        put(row, field, text, scratch);
    }
}

/// A text as it was before it was written as XML.
fn put(row: &mut RowWriter<'_>, field: FieldId, text: &[u8], scratch: &mut Scratch) {
    if memchr::memchr(b'&', text).is_none() {
        return row.text(field, text);
    }
    scratch.text.clear();
    unescape(text, &mut scratch.text);
    row.decoded(field, text, &scratch.text);
}

/// Appends `text` with the characters that references stand for (XML 1.0, sections 4.1 and 4.6); others stay.
fn unescape(text: &[u8], into: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((before, after)) = scan::until(rest, b'&') {
        into.extend_from_slice(before);
        let known = scan::until(after.get(..LONGEST_REFERENCE).unwrap_or(after), b';')
            .and_then(|(name, _)| Some((referred(name)?, after.get(name.len() + 1..)?)));
        match known {
            Some((char, after)) => {
                into.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            None => {
                into.push(b'&');
                rest = after;
            }
        }
    }
    into.extend_from_slice(rest);
}

/// `#x10FFFF;`, and a few zeros before it.
const LONGEST_REFERENCE: usize = 12;

fn referred(name: &[u8]) -> Option<char> {
    let (digits, radix) = match name {
        b"quot" => return Some('"'),
        b"amp" => return Some('&'),
        b"lt" => return Some('<'),
        b"gt" => return Some('>'),
        b"apos" => return Some('\''),
        [b'#', b'x', digits @ ..] => (digits, 16),
        [b'#', digits @ ..] => (digits, 10),
        _ => return None,
    };
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

/// What people call that which a logon of Windows is to.
pub(super) const SERVICE: &str = "Windows";

/// 4625 is a logon that failed, 4624 one that went well. On a domain controller 4771 is what Kerberos refused: a password
/// (0x18) or a locked account (0x12), and not a clock that is wrong or a password that has expired; 4768 with a code is
/// an account that it does not know, and 4776 with a code what NTLM refused.
pub(super) fn meaning(code: &[u8], status: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_refused = !matches!(status, b"" | b"0x0" | b"0x00000000");
    match code {
        b"4625" => Some(("login", "failure")),
        b"4771" if matches!(status, b"" | b"0x18" | b"0x12") => Some(("login", "failure")),
        b"4624" => Some(("login", "success")),
        b"4768" if status == b"0x6" => Some(("login", "failure")),
        b"4776" if is_refused => Some(("login", "failure")),
        _ => None,
    }
}

fn logon(row: &mut RowWriter<'_>, line: &[u8], code: &[u8]) {
    let Some((action, outcome)) = meaning(code, status(line)) else { return };
    row.class(EventClass::Authentication);
    // What was logged on to: events of Windows name no service.
    row.constant(FieldId::PROCESS_NAME, SERVICE);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    row.constant(FieldId::EVENT_ACTION, action);
    row.constant(FieldId::EVENT_OUTCOME, outcome);
}

fn status(line: &[u8]) -> &[u8] {
    let named = [&b"<Data Name='Status'>"[..], b"<Data Name=\"Status\">"];
    named.iter().find_map(|name| scan::between(line, name, b"<")).unwrap_or(b"")
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventTime, Fields};
    use serde_json::json;

    use super::*;
    use crate::{Formats, normalize};

    #[test]
    fn references_are_read() {
        for (text, want) in [
            ("a", "a"),
            ("&quot;&amp;&lt;&gt;&apos;", "\"&<>'"),
            ("a&#10;b&#x0A;c&#x767b;", "a\nb\nc登"),
            ("&amp;lt;", "&lt;"),
            ("&", "&"),
            (
                "a&b;&#xD800;&#x110000;&#;&#+1;&unknown-and-long;",
                "a&b;&#xD800;&#x110000;&#;&#+1;&unknown-and-long;",
            ),
        ] {
            let mut got = Vec::new();
            unescape(text.as_bytes(), &mut got);
            assert_eq!(String::from_utf8(got).unwrap(), want, "{text}");
        }
    }

    /// Columns of the one record.
    fn columns(format: &str, line: &str) -> BTreeMap<String, String> {
        let formats = Formats::new(Vec::new());
        let names = [
            "EventID",
            "Channel",
            "Computer",
            "Provider_Name",
            "CommandLine",
            "Image",
            "SubjectUserName",
            "TargetUserName",
            "ServiceFileName",
            "ImagePath",
            "IpAddress",
        ];
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new(names)));
        let mut batch = Batch::default();
        batch.raw = line.as_bytes().to_vec();
        let id = formats.named(format).unwrap();
        normalize(&mut batch, &formats, id, &context, &mut Scratch::new(&context));
        let event = batch.events().next().unwrap();
        let text = |cell| String::from_utf8(event.text(cell).to_vec()).unwrap();
        let cells = event.cells().iter();
        let mut columns: BTreeMap<String, String> =
            cells.map(|cell| (context.fields.name(cell.field).to_owned(), text(cell))).collect();
        columns.insert("class".to_owned(), format!("{:?}", event.class()));
        columns.insert("time".to_owned(), format!("{:?}", event.time()));
        columns
    }

    #[test]
    fn an_event_is_the_same_as_xml_and_as_json() {
        let security = ("Security", "Microsoft-Windows-Security-Auditing");
        let logon =
            [("TargetUserName", "an"), ("IpAddress", "203.0.113.9"), ("Status", "0xc000006d")];
        for ((channel, provider), code, data) in [
            (security, 4624, &logon[..]),
            (security, 4625, &logon),
            (("Application", "Example"), 4625, &[("Status", "0xc000006d")]),
            (security, 4771, &[("TargetUserName", "an"), ("Status", "0x18")]),
            (security, 4720, &[("TargetUserName", "a&b"), ("SubjectUserName", "O'Brien")]),
            (security, 4697, &[("SubjectUserName", "an"), ("ServiceFileName", "cmd /c \"x\" & y")]),
            (("System", "Service Control Manager"), 7045, &[("ImagePath", "C:\\a b.exe /x")]),
            (
                ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"),
                1,
                &[("Image", "C:\\a.exe"), ("CommandLine", "a \"b\" > c.txt 2>&1 & d < e\nf")],
            ),
        ] {
            let escaped = |text: &str| {
                text.replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&quot;")
                    .replace('\'', "&apos;")
                    .replace('\n', "&#xA;")
            };
            let time = "2026-10-22T03:14:15.9027913Z";
            let told: String = data
                .iter()
                .map(|(name, text)| format!("<Data Name=\"{name}\">{}</Data>", escaped(text)))
                .collect();
            let xml = format!(
                "<Event xmlns=\"x\"><System><Provider Name=\"{provider}\"/><EventID>{code}</EventID>\
                 <TimeCreated SystemTime=\"{time}\"/><Channel>{channel}</Channel>\
                 <Computer>pc1</Computer></System><EventData>{told}</EventData></Event>"
            );
            let told: BTreeMap<&str, &str> = data.iter().copied().collect();
            let json = json!({"Event": {"EventData": told, "System": {
                "Provider": {"#attributes": {"Name": provider}}, "EventID": code, "Channel": channel,
                "Computer": "pc1", "TimeCreated": {"#attributes": {"SystemTime": time}},
            }}});
            assert_eq!(
                columns("windows/xml", &xml),
                columns("json/lines", &json.to_string()),
                "{code}"
            );
        }
    }
}
