use sancha_model::{EventClass, FieldId, RowWriter};

use super::{session, user};
use crate::scan;

fn service(row: &mut RowWriter<'_>, action: &'static str, name: &[u8]) {
    row.class(EventClass::Service);
    row.constant(FieldId::EVENT_CATEGORY, "process");
    row.constant(FieldId::EVENT_ACTION, action);
    user(row, FieldId::SERVICE_NAME, name);
}

/// `Started nginx.service - A web server.`, `Stopped …`, `nginx.service: Failed with result …`.
pub(super) fn systemd(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let (verb, rest) = scan::word(message);
    let action = match verb {
        b"Started" | b"Finished" => "start",
        b"Starting" => "starting",
        b"Stopped" => "stop",
        b"Stopping" => "stopping",
        b"Reloaded" | b"Reloading" | b"Reloading." => "reload",
        b"Failed" => "fail",
        _ => return unit(row, verb.strip_suffix(b":")?, rest),
    };
    let rest = rest.strip_prefix(b"to start ").unwrap_or(rest);
    let name = scan::split_once(rest, b" - ").map_or(rest, |(name, _)| name);
    let name = name.strip_suffix(b"...").or_else(|| name.strip_suffix(b".")).unwrap_or(name);
    service(row, action, name);
    Some(())
}

fn unit(row: &mut RowWriter<'_>, name: &[u8], said: &[u8]) -> Option<()> {
    let kinds: [&[u8]; 5] = [b".service", b".socket", b".timer", b".mount", b".scope"];
    if !kinds.iter().any(|kind| name.ends_with(kind)) {
        return None;
    }
    let failed = said.starts_with(b"Failed") || said.starts_with(b"Main process exited");
    service(row, if failed { "fail" } else { "state" }, name);
    row.text(FieldId::JOURNAL_UNIT, name);
    Some(())
}

/// `New session 12 of user root.`, `Removed session 12.`, `Session 12 logged out. …`.
pub(super) fn logind(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    if let Some(rest) = message.strip_prefix(b"New session ") {
        let (id, name) = scan::split_once(rest, b" of user ")?;
        let name = scan::word(name).0;
        session(row, "session_start");
        row.text(FieldId::EVENT_ID, id);
        user(row, FieldId::USER_NAME, name.strip_suffix(b".").unwrap_or(name));
    } else {
        let removed = message.strip_prefix(b"Removed session ");
        let id = removed.or_else(|| message.strip_prefix(b"Session "))?;
        session(row, if removed.is_some() { "session_end" } else { "session_logout" });
        row.text(FieldId::EVENT_ID, scan::digits(id).0);
    }
    Some(())
}
