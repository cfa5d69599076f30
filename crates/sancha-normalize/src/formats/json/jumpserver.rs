//! What JumpServer, a gate through which administrators reach their hosts, tells of what is done there: commands, files
//! and sessions. The host of such a record is the one that it was done on, not the gate.

use sancha_model::{EventClass, FieldId, RowWriter, unescape_json};

use super::{cell, cloud};
use crate::{
    Scratch,
    json::{Kind, Value},
    scan,
};

/// A member of all of these records, at the top level.
pub(super) const MARK: &[u8] = b"asset";

/// `command_log - {…}`, as it writes through syslog.
pub(crate) fn said(row: &mut RowWriter<'_>, message: &[u8], scratch: &mut Scratch) -> Option<()> {
    let (kind, object) = scan::split_once(message, b" - ")?;
    let mut tape = std::mem::take(&mut scratch.tape);
    let value = tape.read(object).filter(|value| value.kind() == Kind::Object);
    let told = value.and_then(|value| match kind {
        b"login_log" => cloud::login(row, value, scratch),
        b"command_log" | b"ftp_log" | b"session_log" => read(row, value, scratch),
        _ => None,
    });
    scratch.tape = tape;
    told
}

/// Reads such a record.
pub(super) fn read(
    row: &mut RowWriter<'_>,
    record: Value<'_>,
    scratch: &mut Scratch,
) -> Option<()> {
    let at = |name: &[u8]| {
        let found = record.members().find(|(known, _)| known.raw() == name);
        found.map(|(_, value)| value).filter(|value| !value.raw().is_empty())
    };
    let (asset, account) = (at(MARK)?, at(b"account")?);
    if let Some(input) = at(b"input") {
        begin(row, EventClass::Process, "process", "run");
        cell(row, FieldId::PROCESS_COMMAND_LINE, input, scratch);
    } else if let Some((operation, file)) = at(b"operate").zip(at(b"filename")) {
        let action = match operation.raw() {
            b"download" => "download",
            b"upload" => "upload",
            _ => "transfer",
        };
        begin(row, EventClass::File, "file", action);
        cell(row, FieldId::FILE_PATH, file, scratch);
        match at(b"is_success").map(Value::kind) {
            Some(Kind::True) => row.constant(FieldId::EVENT_OUTCOME, "success"),
            Some(Kind::False) => row.constant(FieldId::EVENT_OUTCOME, "failure"),
            _ => {}
        }
    } else {
        let is_finished = at(b"is_finished")?.kind() == Kind::True;
        let action = if is_finished { "disconnect" } else { "session_start" };
        begin(row, EventClass::Session, "session", action);
        if let Some(protocol) = at(b"protocol") {
            cell(row, FieldId::NETWORK_PROTOCOL, protocol, scratch);
        }
    }
    host(row, asset, scratch);
    for (field, name) in
        [(FieldId::USER_NAME, at(b"user")), (FieldId::USER_EFFECTIVE_NAME, Some(account))]
    {
        if let Some(name) = name.filter(|_| !row.has(field)) {
            match inside(name) {
                Some((_, inner)) => row.text(field, inner),
                None => cell(row, field, name, scratch),
            }
        }
    }
    if let Some(source) = at(b"remote_addr").filter(|_| !row.has(FieldId::SOURCE_IP)) {
        cell(row, FieldId::SOURCE_IP, source, scratch);
    }
    Some(())
}

fn begin(row: &mut RowWriter<'_>, class: EventClass, category: &'static str, action: &'static str) {
    row.class(class);
    row.constant(FieldId::EVENT_CATEGORY, category);
    row.constant(FieldId::EVENT_ACTION, action);
}

/// `hisdb01(10.20.1.20)`.
fn host(row: &mut RowWriter<'_>, asset: Value<'_>, scratch: &mut Scratch) {
    let Some((name, address)) = inside(asset) else {
        return cell(row, FieldId::HOST_NAME, asset, scratch);
    };
    if name.contains(&b'\\') {
        let mut shown = Vec::new();
        unescape_json(name, &mut shown);
        row.decoded(FieldId::HOST_NAME, name, &shown);
    } else {
        row.text(FieldId::HOST_NAME, name);
    }
    if let Some(value) = scan::address(address) {
        row.ip(FieldId::DESTINATION_IP, address, value);
    }
}

/// The name for people and what it goes by in `name(what)`.
fn inside(value: Value<'_>) -> Option<(&[u8], &[u8])> {
    let text = value.raw().strip_suffix(b")")?;
    let at = memchr::memrchr(b'(', text)?;
    let (name, inner) = (text.get(..at)?, text.get(at + 1..)?);
    (!name.is_empty() && !inner.is_empty() && !inner.contains(&b'\\')).then_some((name, inner))
}
