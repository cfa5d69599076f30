//! Logons and changes that Windows' security log tells of, in the shapes in which forwarders write its events as JSON.

use sancha_model::{EventClass, FieldId, RowWriter};

use super::cell;
use crate::{
    Scratch,
    formats::windows_xml,
    json::{Kind, Value},
    scan,
};

/// Members at the top level of which one tells that a line may be an event of Windows.
pub(super) const MARKS: [&[u8]; 6] =
    [b"Event", b"System", b"EventID", b"winlog", b"data", b"LogName"];

/// Where forwarders put the number of an event: at the top, below `Event.System`, by ECS, by Wazuh, and as
/// PowerShell's `Get-WinEvent` has it.
const CODES: [&[&[u8]]; 8] = [
    &[b"EventID"],
    &[b"Event", b"System", b"EventID"],
    &[b"Event", b"System", b"EventID", b"#text"],
    &[b"System", b"EventID"],
    &[b"winlog", b"event_id"],
    &[b"event", b"code"],
    &[b"data", b"win", b"system", b"eventID"],
    &[b"Id"],
];
const CHANNELS: [&[&[u8]]; 5] = [
    &[b"Channel"],
    &[b"Event", b"System", b"Channel"],
    &[b"winlog", b"channel"],
    &[b"data", b"win", b"system", b"channel"],
    &[b"LogName"],
];
const HOLDERS: [&[&[u8]]; 8] = [
    &[b"winlog", b"user_data"],
    &[],
    &[b"Event", b"UserData", b"LogFileCleared"],
    &[b"data", b"win", b"logFileCleared"],
    &[b"Event", b"EventData"],
    &[b"EventData"],
    &[b"winlog", b"event_data"],
    &[b"data", b"win", b"eventdata"],
];

type Path = &'static [&'static [u8]];

/// Where the channel of an event stands, and where its number does then.
const EVENTS: [(Path, Path); 8] = [
    (&[b"Channel"], &[b"EventID"]),
    (&[b"LogName"], &[b"Id"]),
    (&[b"Event", b"System", b"Channel"], &[b"Event", b"System", b"EventID"]),
    (&[b"System", b"Channel"], &[b"System", b"EventID"]),
    (&[b"winlog", b"channel"], &[b"winlog", b"event_id"]),
    (&[b"winlog", b"channel"], &[b"event", b"code"]),
    (&[b"data", b"win", b"system", b"channel"], &[b"data", b"win", b"system", b"eventID"]),
    (&[b"Channel"], &[b"EventId"]),
];

/// Whether a record is an event of Windows.
pub(super) fn is_event(record: Value<'_>) -> bool {
    // Exports of a search put the event itself one level down.
    let event = exactly(record, b"_source").unwrap_or(record);
    let has = |path: Path| {
        let end = path.iter().try_fold(event, |value, name| exactly(value, name));
        end.is_some_and(|value| !value.raw().is_empty() && value.kind() != Kind::Null)
    };
    EVENTS.iter().any(|(channel, number)| has(channel) && has(number))
}

fn exactly<'v>(value: Value<'v>, name: &[u8]) -> Option<Value<'v>> {
    value.members().find(|(known, _)| known.raw() == name).map(|(_, value)| value)
}

/// Reads a logon, or who did something to whom.
pub(super) fn read(row: &mut RowWriter<'_>, event: Value<'_>, scratch: &mut Scratch) -> Option<()> {
    let at = |path: &[&[u8]]| path.iter().try_fold(event, |value, name| member(value, name));
    let data = |name: &[u8]| HOLDERS.iter().find_map(|path| member(at(path)?, name));
    let status = data(b"Status").map_or(&b""[..], Value::raw);
    // Other logs have numbers of their own.
    let channel = CHANNELS.iter().find_map(|path| at(path));
    let codes = || CODES.iter().filter_map(|path| at(path)).map(|code| code.raw());
    if let Some((channel, code)) = channel.zip(codes().find(|code| scan::number(code).is_some())) {
        for (field, text) in [(FieldId::EVENT_CODE, code), (FieldId::LOG_LOGGER, channel.raw())] {
            if !row.has(field) {
                row.text(field, text);
            }
        }
        // A new service, in the security log and in that of the system, and the program that it is.
        if matches!(code, b"4697" | b"7045")
            && let Some(program) = data(b"ServiceFileName").or_else(|| data(b"ImagePath"))
        {
            cell(row, FieldId::PROCESS_EXECUTABLE, program, scratch);
        }
    }
    if channel.is_some_and(|channel| channel.raw() != b"Security") {
        return None;
    }
    if channel.is_some() && codes().any(windows_xml::is_done_by_subject) {
        let names = [
            (&b"SubjectUserName"[..], FieldId::USER_NAME),
            (b"TargetUserName", FieldId::USER_TARGET_NAME),
        ];
        for (name, field) in names {
            if let Some(name) = data(name).filter(|_| !row.has(field)) {
                cell(row, field, name, scratch);
            }
        }
        return Some(());
    }
    let (action, outcome) = codes().find_map(|code| windows_xml::meaning(code, status))?;
    if let Some(address) = data(b"IpAddress") {
        source(row, address.raw());
    }
    if let Some(name) = data(b"TargetUserName").filter(|_| !row.has(FieldId::USER_NAME)) {
        cell(row, FieldId::USER_NAME, name, scratch);
    }
    if let Some(message) = member(event, b"Message") {
        told(row, message, scratch);
    }
    row.class(EventClass::Authentication);
    let says = [
        (FieldId::PROCESS_NAME, windows_xml::SERVICE),
        (FieldId::EVENT_CATEGORY, "authentication"),
        (FieldId::EVENT_ACTION, action),
        (FieldId::EVENT_OUTCOME, outcome),
    ];
    for (field, value) in says {
        // ECS says it in words of its own.
        if !row.has(field) {
            row.constant(field, value);
        }
    }
    Some(())
}

fn source(row: &mut RowWriter<'_>, address: &[u8]) {
    if row.has(FieldId::SOURCE_IP) || matches!(address, b"-" | b"") {
        return;
    }
    match scan::address(address) {
        Some(ip) => row.ip(FieldId::SOURCE_IP, address, ip),
        None => row.text(FieldId::SOURCE_ADDRESS, address),
    }
}

/// The text that Windows shows, where nothing else is exported: the account that was to be logged on is the
/// second one it names.
fn told(row: &mut RowWriter<'_>, message: Value<'_>, scratch: &mut Scratch) {
    if row.has(FieldId::SOURCE_IP) && row.has(FieldId::USER_NAME) {
        return;
    }
    let mut buffer = std::mem::take(&mut scratch.text);
    let text = message.text(&mut buffer);
    for (address_label, name_label) in LABELS {
        if let Some((_, address)) = scan::split_once(text, address_label.as_bytes()) {
            source(row, valued(address));
        }
        if let Some((_, rest)) = scan::split_once(text, name_label.as_bytes())
            && let Some((_, name)) = scan::split_once(rest, name_label.as_bytes())
            && !row.has(FieldId::USER_NAME)
            && !matches!(valued(name), b"" | b"-")
        {
            row.text(FieldId::USER_NAME, valued(name));
        }
    }
    scratch.text = buffer;
}

/// What follows a label's colon on its line. Some languages of Windows call an account's name longer than others.
fn valued(after: &[u8]) -> &[u8] {
    scan::until(line(after), b':').map_or(b"", |(_, value)| value.trim_ascii())
}

/// How the text calls a source's address and an account, in English and in Chinese (`帐户名`, newer ones `帐户名称`).
const LABELS: [(&str, &str); 2] =
    [("Source Network Address", "Account Name"), ("源网络地址", "帐户名")];

/// What stands on the rest of a line.
fn line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(text.len());
    text.get(..end).unwrap_or(text).trim_ascii()
}

/// A member by its name, whose first letter Wazuh writes small.
fn member<'v>(value: Value<'v>, name: &[u8]) -> Option<Value<'v>> {
    value
        .members()
        .find(|(known, _)| {
            known.raw() == name
                || (known.raw().eq_ignore_ascii_case(name) && known.raw().get(1..) == name.get(1..))
        })
        .map(|(_, value)| value)
}
