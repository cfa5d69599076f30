//! What programs say, whatever carried it: syslog lines, journal files, the journal's JSON export.
//! To add a program: a line in [`read`] and a function beside its kin.
//!
//! # Which lines count as a login failure
//!
//! One try to log in gives up to five lines. Exactly one of them is the event `event.action = login`
//! with `event.outcome = failure`; the others are `event.action = preauth` without an outcome, and
//! `event.reason` says what they tell. Counting `login` failures therefore counts tries:
//!
//! | line | counts |
//! | --- | --- |
//! | sshd `Failed password\|keyboard-interactive\|hostbased\|gssapi… for …` | yes |
//! | sshd `Failed publickey for invalid user …` | yes |
//! | sshd `Failed publickey for …` (a client offers each key it has), `Failed none for …` | no |
//! | sshd `Connection closed by invalid user`, `maximum authentication attempts` … | no |
//! | sshd `Invalid user`: `event.reason = invalid_user`, once a connection | apart, where no password follows |
//! | `pam_unix(sshd:auth): authentication failure`, `PAM 2 more authentication failures` | no |
//! | `sshd(pam_unix)[…]: authentication failure` (before 2008: in a file without sshd's own lines) | yes |
//! | `pam_unix(vsftpd:auth): authentication failure` and other services that say nothing themselves | yes |
//!
//! `message repeated 3 times: [ … ]` has the cells of the line inside and `sancha.repeated = 3`.

//!
//! What other programs say of logins and requests that they refuse is read by [`daemon`].

mod account;
mod firewall;
mod haproxy;
mod kernel;
mod mysql_audit;
mod pam;
mod privilege;
mod schedule;
mod service;
mod sshd;

use sancha_model::{EventClass, FieldId, RowWriter};

use crate::{
    Scratch,
    daemon::{self, Speaker},
    formats::json,
    scan,
};

/// It tells of what is done on other hosts.
pub(crate) const JUMPSERVER: &[u8] = b"jumpserver";

/// Reads a speaker's `message` into cells; what it cannot read is at least the message.
pub(crate) fn read(
    row: &mut RowWriter<'_>,
    speaker: Speaker<'_>,
    message: &[u8],
    scratch: &mut Scratch,
) {
    let (message, repeated) = unrepeated(row, message);
    row.text(FieldId::MESSAGE, message);
    if speaker.program == JUMPSERVER && json::jumpserver(row, message, scratch).is_some() {
        return;
    }
    let mut daemon =
        |row: &mut _, message| daemon::read_beside(row, speaker, message, &mut scratch.peers);
    let _ = match speaker.program {
        _ if message.starts_with(b"pam_") => pam::read(row, message),
        b"sshd" | b"sshd-session" | b"sshd-auth" => {
            sshd::read(row, message).or_else(|| daemon(row, message))
        }
        b"CRON" | b"CROND" | b"cron" | b"crond" | b"crontab" | b"anacron" | b"atd" => {
            schedule::read(row, message)
        }
        b"haproxy" => haproxy::read(row, message).or_else(|| daemon(row, message)),
        b"fwlog" => firewall::sangfor(row, message).or_else(|| daemon(row, message)),
        program if program.starts_with(b"%%") => {
            firewall::huawei(row, program, message).or_else(|| daemon(row, message))
        }
        b"mysql-server_auditing" => mysql_audit::read(row, message, scratch),
        b"sudo" => privilege::sudo(row, message),
        b"su" => privilege::su(row, message),
        b"systemd" => service::systemd(row, message),
        b"systemd-logind" => service::logind(row, message),
        b"kernel" => kernel::read(row, message).or_else(|| daemon(row, message)),
        b"useradd" | b"userdel" | b"usermod" | b"groupadd" | b"groupdel" | b"groupmod"
        | b"passwd" | b"chpasswd" | b"gpasswd" | b"chage" | b"chsh" | b"chfn" | b"adduser"
        | b"newusers" => account::read(row, message),
        program => match program.strip_suffix(b"(pam_unix)") {
            Some(service) => pam::old(row, service, message),
            None => daemon(row, message),
        },
    };
    if let Some(count) = repeated {
        row.int(FieldId::REPEATED, count, scan::number(count).unwrap_or(1));
    }
}

pub(crate) use mysql_audit::{is_record as is_mysql_audit, read as mysql_audit};

/// A line of a PAM module, whoever wrote it.
pub(crate) fn pam_message(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    pam::read(row, message)
}

/// The message inside `message repeated N times: [ … ]` (rsyslog), or the text of
/// `last message repeated N times` (the classic daemons), with the digits of N.
fn unrepeated<'a>(row: &mut RowWriter<'_>, message: &'a [u8]) -> (&'a [u8], Option<&'a [u8]>) {
    if let Some(rest) = message.strip_prefix(b"last message repeated ") {
        row.constant(FieldId::EVENT_ACTION, "repeated");
        return (message, Some(scan::digits(rest).0));
    }
    let Some(rest) = message.strip_prefix(b"message repeated ") else { return (message, None) };
    let (count, rest) = scan::digits(rest);
    match rest.strip_prefix(b" times: [ ") {
        Some(inner) => (inner.strip_suffix(b"]").unwrap_or(inner), Some(count)),
        None => (message, None),
    }
}

/// A try to log in that ended, one way or the other.
fn login(row: &mut RowWriter<'_>, outcome: &'static str) {
    row.class(EventClass::Authentication);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    row.constant(FieldId::EVENT_ACTION, "login");
    row.constant(FieldId::EVENT_OUTCOME, outcome);
}

/// Something on the way to a login that another line counts, or that never became a try.
fn preauth(row: &mut RowWriter<'_>, reason: &'static str) {
    row.class(EventClass::Authentication);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    row.constant(FieldId::EVENT_ACTION, "preauth");
    row.constant(FieldId::EVENT_REASON, reason);
}

fn session(row: &mut RowWriter<'_>, action: &'static str) {
    row.class(EventClass::Session);
    row.constant(FieldId::EVENT_CATEGORY, "session");
    row.constant(FieldId::EVENT_ACTION, action);
}

/// An account name; the empty one that scanners try is no name.
pub(crate) fn user(row: &mut RowWriter<'_>, field: FieldId, name: &[u8]) {
    if !name.is_empty() {
        row.text(field, name);
    }
}

/// `203.0.113.9 port 4022 …`, also `203.0.113.9: …`; a host name is kept as `source.address`.
fn source(row: &mut RowWriter<'_>, bytes: &[u8]) {
    let (address, rest) = scan::word(bytes);
    let address = address.strip_suffix(b":").unwrap_or(address);
    source_address(row, address);
    if let Some(rest) = rest.strip_prefix(b"port ") {
        let (port, _) = scan::digits(rest);
        if let Some(value) = scan::number(port) {
            row.int(FieldId::SOURCE_PORT, port, value);
        }
    }
}

fn source_address(row: &mut RowWriter<'_>, address: &[u8]) {
    match scan::address(address) {
        Some(value) => row.ip(FieldId::SOURCE_IP, address, value),
        None if address.is_empty() || address == b"UNKNOWN" => (),
        None => row.text(FieldId::SOURCE_ADDRESS, address),
    }
}
