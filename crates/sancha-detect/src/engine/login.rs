use std::net::IpAddr;

use sancha_model::{Event, EventClass, FieldId, FormatId, Scalar};

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

/// What is read of a record of authentication, in one pass over its cells. A text that is not there is empty.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'b> {
    pub(super) source: Option<IpAddr>,
    pub(super) action: &'b [u8],
    pub(super) outcome: &'b [u8],
    pub(super) host: &'b [u8],
    category: &'b [u8],
    reason: &'b [u8],
    method: &'b [u8],
    user: &'b [u8],
    service: &'b [u8],
    process: &'b [u8],
}

impl<'b> Fields<'b> {
    /// Of records of another class nothing.
    #[inline]
    pub(super) fn of(event: Event<'b>) -> Option<Self> {
        if event.class() != EventClass::Authentication {
            return None;
        }
        let mut fields = Self::default();
        // Backwards, so that the first cell of a field stays.
        for cell in event.cells().iter().rev() {
            let slot = match cell.field {
                FieldId::SOURCE_IP => {
                    fields.source = match cell.value {
                        Scalar::Ip(slot) => event.ip(slot),
                        _ => None,
                    };
                    continue;
                }
                FieldId::EVENT_ACTION => &mut fields.action,
                FieldId::EVENT_OUTCOME => &mut fields.outcome,
                FieldId::EVENT_CATEGORY => &mut fields.category,
                FieldId::EVENT_REASON => &mut fields.reason,
                FieldId::AUTH_METHOD => &mut fields.method,
                FieldId::HOST_NAME => &mut fields.host,
                FieldId::USER_NAME => &mut fields.user,
                FieldId::SERVICE_NAME => &mut fields.service,
                FieldId::PROCESS_NAME => &mut fields.process,
                _ => continue,
            };
            *slot = event.text(cell);
        }
        Some(fields)
    }

    fn service(&self) -> &'b [u8] {
        match record::name_bytes(self.service) {
            b"" => record::name_bytes(self.process),
            service => service,
        }
    }

    fn names(&self, texts: &mut Texts) -> Names {
        Names {
            host: texts.add_shared(Shared::Host, record::name_bytes(self.host)),
            user: texts.add(record::name_bytes(self.user)),
            service: texts.add_shared(Shared::Service, self.service()),
            ..Names::default()
        }
    }
}

pub(super) fn read(event: Event<'_>, fields: &Fields<'_>, texts: &mut Texts) -> Option<Said> {
    let said = |(kind, names)| Said::Login(kind, names);
    match fields.action {
        b"login" => login(event, fields, texts).map(said),
        b"preauth" if fields.reason == b"invalid_user" => Some(Said::Lookup),
        b"preauth" | b"authenticate" => None,
        // By the names of the Elastic Common Schema, with an action of another's choice.
        _ if fields.category == b"authentication" => login(event, fields, texts).map(said),
        _ => None,
    }
}

/// The host of a record, which is a lookup.
pub(super) fn host(fields: &Fields<'_>, texts: &mut Texts) -> TextId {
    texts.add(record::name_bytes(fields.host))
}

fn login(event: Event<'_>, fields: &Fields<'_>, texts: &mut Texts) -> Option<(SignalKind, Names)> {
    let success = match fields.outcome {
        b"success" => true,
        b"failure" => false,
        _ => return None,
    };
    let repeated = record::int(event, FieldId::REPEATED).and_then(|n| u32::try_from(n).ok());
    let weight = repeated.unwrap_or(1).clamp(1, 100_000);
    // sshd writes a try with an unknown account into `btmp` twice; other kinds of log hold it once.
    let is_btmp = fields.method == b"ssh";
    let process = is_btmp.then(|| record::int(event, FieldId::PROCESS_PID)).flatten();
    let process = process.and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0);
    let service = fields.service();
    let is_sshd = is_btmp || service.starts_with(b"sshd");
    let beyond_ssh = (!success && !is_sshd).then(|| Try {
        // A browser or a program that synchronises sends a stale password with each request.
        port: if fields.method == b"http" { 0 } else { port(event) },
        is_unknown: fields.reason == b"invalid_user",
    });
    let log = match fields.method {
        b"pam" if is_written_twice(service) => pam_in(event.format()),
        _ => event.format(),
    };
    let kind = SignalKind::Login { success, weight, log, process, beyond_ssh };
    Some((kind, fields.names(texts)))
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
pub(super) fn lookup(
    event: Event<'_>,
    fields: &Fields<'_>,
    texts: &mut Texts,
) -> Option<(SignalKind, Names)> {
    let kind = SignalKind::Lookup { log: event.format() };
    (!fields.user.is_empty()).then(|| (kind, fields.names(texts)))
}

fn port(event: Event<'_>) -> u16 {
    record::int(event, FieldId::SOURCE_PORT).and_then(|port| u16::try_from(port).ok()).unwrap_or(0)
}
