use sancha_model::{EventClass, FieldId, RowWriter};

use super::{login, preauth, session, source_address, user};
use crate::scan;

/// `pam_unix(sshd:auth): …`: module, service and stage before what the module says.
pub(super) fn read(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    let (_module, rest) = scan::until(message, b'(')?;
    let (place, rest) = scan::until(rest, b')')?;
    let said = rest.strip_prefix(b": ")?;
    let (service, stage) = scan::until(place, b':').unwrap_or((place, b""));
    match stage {
        b"session" => sessions(row, service, said),
        b"chauthtok" => password(row, said),
        _ => authentication(row, service, said, false),
    }
}

/// `sshd(pam_unix)[123]: …`, the form before Linux-PAM 0.99.
pub(super) fn old(row: &mut RowWriter<'_>, service: &[u8], said: &[u8]) -> Option<()> {
    if said.starts_with(b"session ") {
        return sessions(row, service, said);
    }
    authentication(row, service, said, true)
}

/// Services whose own lines count the same try.
fn speaks_itself(service: &[u8]) -> bool {
    matches!(service, b"sshd" | b"sudo" | b"su" | b"su-l" | b"dropbear")
}

fn authentication(row: &mut RowWriter<'_>, service: &[u8], said: &[u8], old: bool) -> Option<()> {
    row.text(FieldId::SERVICE_NAME, service);
    let (what, rest) = scan::split_once(said, b"; ").unwrap_or((said, b""));
    let failed = matches!(what, b"authentication failure" | b"auth could not identify password");
    if failed && (old || !speaks_itself(service)) {
        login(row, "failure");
        row.constant(FieldId::AUTH_METHOD, "pam");
    } else {
        preauth(row, "pam");
        if matches!(service, b"sudo" | b"su" | b"su-l") {
            row.class(EventClass::Privilege);
        }
    }
    fields(row, rest);
    Some(())
}

/// `logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root`; `user unknown` has no `=`.
pub(super) fn fields(row: &mut RowWriter<'_>, bytes: &[u8]) {
    let (mut asking, mut from_network) = (&b""[..], false);
    for part in bytes.split(|byte| *byte == b' ') {
        match scan::until(part, b'=') {
            Some((b"rhost", host)) => {
                from_network = !host.is_empty();
                source_address(row, host);
            }
            Some((b"user", name)) => user(row, FieldId::USER_NAME, name),
            Some((b"tty", tty)) => user(row, FieldId::PROCESS_TTY, tty),
            Some((b"ruser", name)) => asking = name,
            _ => (),
        }
    }
    // Of an account that does not exist, an FTP server tells only as what the client called itself.
    if !row.has(FieldId::USER_NAME) && from_network {
        user(row, FieldId::USER_NAME, asking);
    }
}

/// `session opened for user root(uid=0) by admin(uid=1000)`, `session closed for user root`.
fn sessions(row: &mut RowWriter<'_>, service: &[u8], said: &[u8]) -> Option<()> {
    row.text(FieldId::SERVICE_NAME, service);
    let (action, rest) = match said.strip_prefix(b"session opened for user ") {
        Some(rest) => ("session_start", rest),
        None => ("session_end", said.strip_prefix(b"session closed for user ")?),
    };
    session(row, action);
    let (name, by) = scan::split_once(rest, b" by ").unwrap_or((rest, b""));
    let (by, _) = scan::until(by, b'(').unwrap_or((by, b""));
    let name = without_uid(row, name);
    if by.is_empty() || by == name {
        user(row, FieldId::USER_NAME, name);
    } else {
        // Who became whom: root's session that `admin` opened with sudo.
        user(row, FieldId::USER_NAME, by);
        user(row, FieldId::USER_EFFECTIVE_NAME, name);
    }
    if matches!(service, b"sudo" | b"su" | b"su-l") {
        row.class(EventClass::Privilege);
    }
    Some(())
}

fn without_uid<'a>(row: &mut RowWriter<'_>, name: &'a [u8]) -> &'a [u8] {
    let Some((name, uid)) = scan::split_once(name, b"(uid=") else { return name };
    let (uid, _) = scan::digits(uid);
    user(row, FieldId::USER_ID, uid);
    name
}

/// `password changed for NAME`; `user "NAME" does not exist in /etc/passwd`.
fn password(row: &mut RowWriter<'_>, said: &[u8]) -> Option<()> {
    row.class(EventClass::Account);
    row.constant(FieldId::EVENT_CATEGORY, "iam");
    row.constant(FieldId::EVENT_ACTION, "password_change");
    if let Some(name) = said.strip_prefix(b"password changed for ") {
        row.constant(FieldId::EVENT_OUTCOME, "success");
        user(row, FieldId::USER_TARGET_NAME, name);
    } else {
        row.constant(FieldId::EVENT_OUTCOME, "failure");
        user(row, FieldId::USER_TARGET_NAME, scan::between(said, b"user \"", b"\"")?);
    }
    Some(())
}
