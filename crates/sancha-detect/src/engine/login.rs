use sancha_model::{Event, FieldId};

use super::record;
use crate::{Names, SignalKind, Texts};

/// A login that succeeded or failed. Records that only accompany one have another `event.action`.
pub(super) fn kind(event: Event<'_>) -> Option<SignalKind> {
    if event.field_text(FieldId::EVENT_ACTION) != b"login" {
        return None;
    }
    let success = match event.field_text(FieldId::EVENT_OUTCOME) {
        b"success" => true,
        b"failure" => false,
        _ => return None,
    };
    let repeated = record::int(event, FieldId::REPEATED).and_then(|n| u32::try_from(n).ok());
    let weight = repeated.unwrap_or(1).clamp(1, 100_000);
    // sshd writes a try with an unknown account into `btmp` twice; other kinds of log hold it once.
    let is_btmp = event.field_text(FieldId::AUTH_METHOD) == b"ssh";
    let process = is_btmp.then(|| record::int(event, FieldId::PROCESS_PID)).flatten();
    let process = process.and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
    Some(SignalKind::Login { success, weight, log: event.format(), process })
}

pub(super) fn names(event: Event<'_>, texts: &mut Texts) -> Names {
    let name = |field| record::name_bytes(event.field_text(field));
    let service = match name(FieldId::SERVICE_NAME) {
        b"" => name(FieldId::PROCESS_NAME),
        service => service,
    };
    Names {
        host: texts.add(name(FieldId::HOST_NAME)),
        user: texts.add(name(FieldId::USER_NAME)),
        service: texts.add(service),
        ..Names::default()
    }
}
