use sancha_model::{Event, FieldId};

use super::record;
use crate::{SignalKind, signal::Detail};

/// A login that succeeded or failed. Records that only accompany one have another `event.action`.
pub(super) fn kind(event: Event<'_>) -> Option<(SignalKind, Detail)> {
    if event.field_text(FieldId::EVENT_ACTION) != b"login" {
        return None;
    }
    let success = match event.field_text(FieldId::EVENT_OUTCOME) {
        b"success" => true,
        b"failure" => false,
        _ => return None,
    };
    let repeated = record::int(event, FieldId::REPEATED).and_then(|n| u32::try_from(n).ok());
    let detail = Detail {
        host: record::name(event, FieldId::HOST_NAME),
        user: record::name(event, FieldId::USER_NAME),
        service: record::name(event, FieldId::SERVICE_NAME)
            .or_else(|| record::name(event, FieldId::PROCESS_NAME)),
        ..Detail::default()
    };
    Some((SignalKind::Login { success, weight: repeated.unwrap_or(1).clamp(1, 100_000) }, detail))
}
