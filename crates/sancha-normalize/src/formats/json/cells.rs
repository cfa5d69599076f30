//! Values as cells of the types that fields have.

use sancha_model::{FieldId, RowWriter};

use crate::{
    Scratch,
    json::{Kind, Value},
    scan,
};

/// One scalar as a cell of the type its field has.
pub(in crate::formats) fn cell(
    row: &mut RowWriter<'_>,
    field: FieldId,
    value: Value<'_>,
    scratch: &mut Scratch,
) {
    let raw = value.raw();
    match value.kind() {
        Kind::True => row.bool(field, raw, true),
        Kind::False => row.bool(field, raw, false),
        Kind::Text { .. } if is_address(field) => match (scan::address(raw), field) {
            (Some(address), _) => row.ip(field, raw, address),
            (None, FieldId::SOURCE_IP) => row.text(FieldId::SOURCE_ADDRESS, raw),
            (None, FieldId::DESTINATION_IP) => row.text(FieldId::DESTINATION_ADDRESS, raw),
            // What is called an address and is none has no other field.
            (None, _) => (),
        },
        Kind::Text { escaped: true } => row.decoded(field, raw, value.text(&mut scratch.text)),
        Kind::Text { escaped: false } => match scan::number(raw).filter(|_| is_count(field)) {
            Some(number) => row.int(field, raw, number),
            None => row.text(field, raw),
        },
        Kind::Number => match integer(raw) {
            Some(number) => row.int(field, raw, number),
            None => row.text(field, raw),
        },
        Kind::Null | Kind::Object | Kind::Array => (),
    }
}

fn is_address(field: FieldId) -> bool {
    [FieldId::SOURCE_IP, FieldId::DESTINATION_IP, FieldId::NETWORK_PEER_IP].contains(&field)
}

fn is_count(field: FieldId) -> bool {
    [
        FieldId::HTTP_STATUS,
        FieldId::HTTP_RESPONSE_BYTES,
        FieldId::SOURCE_PORT,
        FieldId::DESTINATION_PORT,
        FieldId::PROCESS_PID,
        FieldId::SYSLOG_PRIORITY,
    ]
    .contains(&field)
}

fn integer(raw: &[u8]) -> Option<i64> {
    match raw.strip_prefix(b"-") {
        Some(digits) => scan::number(digits).map(|value| -value),
        None => scan::number(raw),
    }
}
