//! Logons that Windows' security log tells of, in the shapes in which forwarders write its events as JSON.

use sancha_model::{EventClass, FieldId, RowWriter};

use super::cell;
use crate::{Scratch, formats::windows_xml, json::Value, scan};

/// Reads a logon: `EventID` at the top, below `Event.System`, or as `winlog.event_id`.
pub(super) fn logon(
    row: &mut RowWriter<'_>,
    event: Value<'_>,
    scratch: &mut Scratch,
) -> Option<()> {
    let at = |path: &[&[u8]]| path.iter().try_fold(event, |value, name| member(value, name));
    let paths: [&[&[u8]]; 5] = [
        &[b"EventID"],
        &[b"Event", b"System", b"EventID"],
        &[b"Event", b"System", b"EventID", b"#text"],
        &[b"System", b"EventID"],
        &[b"winlog", b"event_id"],
    ];
    let code = paths.iter().filter_map(|path| at(path)).map(|code| code.raw());
    let (action, outcome) = code.filter_map(windows_xml::meaning).next()?;
    // Other logs have numbers of their own.
    let channels: [&[&[u8]]; 3] =
        [&[b"Channel"], &[b"Event", b"System", b"Channel"], &[b"winlog", b"channel"]];
    let channel = channels.iter().find_map(|path| at(path));
    if channel.is_some_and(|channel| channel.raw() != b"Security") || row.has(FieldId::EVENT_ACTION)
    {
        return None;
    }
    let holders: [&[&[u8]]; 4] =
        [&[], &[b"Event", b"EventData"], &[b"EventData"], &[b"winlog", b"event_data"]];
    let data = |name: &[u8]| holders.iter().find_map(|path| member(at(path)?, name));
    if let Some(address) = data(b"IpAddress").filter(|_| !row.has(FieldId::SOURCE_IP)) {
        match scan::address(address.raw()) {
            Some(ip) => row.ip(FieldId::SOURCE_IP, address.raw(), ip),
            None if matches!(address.raw(), b"-" | b"") => (),
            None => row.text(FieldId::SOURCE_ADDRESS, address.raw()),
        }
    }
    if let Some(name) = data(b"TargetUserName").filter(|_| !row.has(FieldId::USER_NAME)) {
        cell(row, FieldId::USER_NAME, name, scratch);
    }
    row.class(EventClass::Authentication);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    row.constant(FieldId::EVENT_ACTION, action);
    row.constant(FieldId::EVENT_OUTCOME, outcome);
    Some(())
}

fn member<'v>(value: Value<'v>, name: &[u8]) -> Option<Value<'v>> {
    value.members().find(|(known, _)| known.raw() == name).map(|(_, value)| value)
}
