use sancha_model::{Event, FieldId, FormatId};

use super::record;
use crate::{Names, SignalKind, TextId, Texts, Try, signal::Shared};

/// What a record says of a login.
pub(super) enum Said {
    /// One succeeded or failed.
    Login(SignalKind, Names),
    /// sshd looked up an account that does not exist. Records that only accompany a login or a lookup say
    /// nothing.
    Lookup,
}

pub(super) fn read(event: Event<'_>, texts: &mut Texts) -> Option<Said> {
    match event.field_text(FieldId::EVENT_ACTION) {
        b"login" => login(event, texts).map(|(kind, names)| Said::Login(kind, names)),
        b"preauth" if event.field_text(FieldId::EVENT_REASON) == b"invalid_user" => {
            Some(Said::Lookup)
        }
        b"preauth" | b"authenticate" => None,
        // By the names of the Elastic Common Schema, with an action of another's choice.
        _ if event.field_text(FieldId::EVENT_CATEGORY) == b"authentication" => {
            login(event, texts).map(|(kind, names)| Said::Login(kind, names))
        }
        _ => None,
    }
}

/// The host of a record, which is a lookup.
pub(super) fn host(event: Event<'_>, texts: &mut Texts) -> TextId {
    texts.add(record::name_bytes(event.field_text(FieldId::HOST_NAME)))
}

fn login(event: Event<'_>, texts: &mut Texts) -> Option<(SignalKind, Names)> {
    let success = match event.field_text(FieldId::EVENT_OUTCOME) {
        b"success" => true,
        b"failure" => false,
        _ => return None,
    };
    let repeated = record::int(event, FieldId::REPEATED).and_then(|n| u32::try_from(n).ok());
    let weight = repeated.unwrap_or(1).clamp(1, 100_000);
    // sshd writes a try with an unknown account into `btmp` twice; other kinds of log hold it once.
    let method = event.field_text(FieldId::AUTH_METHOD);
    let is_btmp = method == b"ssh";
    let process = is_btmp.then(|| record::int(event, FieldId::PROCESS_PID)).flatten();
    let process = process.and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
    let service = service(event);
    let is_sshd = is_btmp || service.starts_with(b"sshd");
    let beyond_ssh = (!success && !is_sshd).then(|| Try {
        // A browser or a program that synchronises sends a stale password with each request.
        port: if method == b"http" { 0 } else { port(event) },
        is_unknown: event.field_text(FieldId::EVENT_REASON) == b"invalid_user",
    });
    let log = match method {
        b"pam" if is_written_twice(service) => pam_in(event.format()),
        _ => event.format(),
    };
    let kind = SignalKind::Login { success, weight, log, process, beyond_ssh };
    Some((kind, names(event, service, texts)))
}

/// Services of PAM whose daemons write a refusal down as well; of vsftpd and others PAM's record is the only one.
fn is_written_twice(service: &[u8]) -> bool {
    matches!(service, b"imap" | b"pop3" | b"smtp" | b"login" | b"remote" | b"dovecot")
}

/// PAM's records in a log, which are another kind than those of the daemons that asked it: `authdaemond` and `imapd` of
/// Courier, `login` and PAM write one try down twice in the same file. Counted from the end, where no format is.
fn pam_in(log: FormatId) -> FormatId {
    FormatId(u8::MAX - log.0)
}

/// A lookup's signal, where it names the account.
pub(super) fn lookup(event: Event<'_>, texts: &mut Texts) -> Option<(SignalKind, Names)> {
    let kind = SignalKind::Lookup { log: event.format() };
    let is_named = !event.field_text(FieldId::USER_NAME).is_empty();
    is_named.then(|| (kind, names(event, service(event), texts)))
}

fn port(event: Event<'_>) -> u16 {
    record::int(event, FieldId::SOURCE_PORT).and_then(|port| u16::try_from(port).ok()).unwrap_or(0)
}

fn service<'e>(event: Event<'e>) -> &'e [u8] {
    match record::name_bytes(event.field_text(FieldId::SERVICE_NAME)) {
        b"" => record::name_bytes(event.field_text(FieldId::PROCESS_NAME)),
        service => service,
    }
}

fn names(event: Event<'_>, service: &[u8], texts: &mut Texts) -> Names {
    let name = |field| record::name_bytes(event.field_text(field));
    Names {
        host: texts.add_shared(Shared::Host, name(FieldId::HOST_NAME)),
        user: texts.add(name(FieldId::USER_NAME)),
        service: texts.add_shared(Shared::Service, service),
        ..Names::default()
    }
}
