use sancha_model::{EventClass, FieldId, RowWriter};

use super::user;
use crate::scan;

/// `[12345.678901] …`; lines of a packet filter's log target carry `SRC=` and `DST=`.
pub(super) fn read(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    row.class(EventClass::Kernel);
    let said = match message.strip_prefix(b"[") {
        Some(rest) => match scan::split_once(rest, b"] ") {
            Some((clock, said)) if clock.trim_ascii().iter().all(is_clock) => said,
            _ => message,
        },
        None => message,
    };
    // The log prefix, such as `[UFW BLOCK]`, is free text; `IN=` opens the kernel's own part.
    let (prefix, rest) = scan::split_once(said, b"IN=")?;
    memchr::memmem::find(rest, b" SRC=")?;
    row.constant(FieldId::EVENT_CATEGORY, "network");
    row.constant(FieldId::EVENT_ACTION, "packet_filter");
    user(row, FieldId::EVENT_REASON, prefix.trim_ascii());
    for part in rest.split(|byte| *byte == b' ') {
        if let Some((name, value)) = scan::until(part, b'=') {
            packet_field(row, name, value);
        }
    }
    Some(())
}

fn is_clock(byte: &u8) -> bool {
    byte.is_ascii_digit() || *byte == b'.'
}

fn packet_field(row: &mut RowWriter<'_>, name: &[u8], value: &[u8]) {
    let field = match name {
        b"SRC" => FieldId::SOURCE_IP,
        b"DST" => FieldId::DESTINATION_IP,
        b"SPT" => FieldId::SOURCE_PORT,
        b"DPT" => FieldId::DESTINATION_PORT,
        b"PROTO" => return row.text(FieldId::NETWORK_TRANSPORT, value),
        _ => return,
    };
    // An ICMP error repeats the packet it answers in brackets; the first one is the line's own.
    if row.has(field) {
        return;
    }
    match (scan::address(value), scan::number(value)) {
        (Some(address), _) => row.ip(field, value, address),
        (None, Some(number)) => row.int(field, value, number),
        (None, None) => (),
    }
}
