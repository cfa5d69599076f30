use sancha_model::{Event, FieldId};

use super::record;
use crate::{Names, SignalKind, Texts};

/// Processes of sshd that refused a password in this batch: what else they say of their connection counts for
/// nothing (see `Refusals` in `correlation::login`), and most of an auth log is such connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused([u32; 64]);

impl Default for Refused {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Refused {
    fn place(&mut self, process: u32) -> Option<&mut u32> {
        let len = self.0.len();
        self.0.get_mut(usize::try_from(process).unwrap_or(0) % len)
    }

    fn add(&mut self, process: u32) {
        if let Some(place) = self.place(process) {
            *place = process;
        }
    }

    fn holds(&mut self, process: u32) -> bool {
        process != 0 && self.place(process).is_some_and(|known| *known == process)
    }
}

/// A login that succeeded or failed. Records that only accompany one have another `event.action`.
pub(super) fn kind(event: Event<'_>, refused: &mut Refused) -> Option<SignalKind> {
    match event.field_text(FieldId::EVENT_ACTION) {
        b"login" => {}
        b"preauth" => return refusal(event, refused),
        _ => return None,
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
    if !success {
        refused.add(process(event));
    }
    let process = if is_btmp { process(event) } else { 0 };
    Some(SignalKind::Login { success, weight, log: event.format(), process })
}

/// What sshd writes of a connection that gave a name and no password: how guessing looks where only keys
/// are taken.
fn refusal(event: Event<'_>, refused: &mut Refused) -> Option<SignalKind> {
    let lookup = match event.field_text(FieldId::EVENT_REASON) {
        b"invalid_user" => true,
        b"closed" | b"disconnected" => false,
        _ => return None,
    };
    if event.field_text(FieldId::USER_NAME).is_empty() {
        return None;
    }
    let process = process(event);
    (!refused.holds(process)).then_some(SignalKind::Refusal { lookup, process })
}

fn process(event: Event<'_>) -> u32 {
    record::int(event, FieldId::PROCESS_PID).and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0)
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
