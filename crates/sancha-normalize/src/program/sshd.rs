use sancha_model::{EventClass, FieldId, RowWriter};

use super::{login, pam, preauth, session, source, source_address, user};
use crate::{nearby, scan};

/// What is said once more of an account that does not exist: `Invalid user` alone is `invalid_user`, once a
/// connection.
const INVALID_AGAIN: &str = "invalid_user_again";

/// Lines of OpenSSH's server, by their first word. The module above says which of them count.
///
/// Names come from the client and may hold anything: what follows a name is searched from the end.
pub(super) fn read(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    // Once: a line may hold nothing else a hundred thousand times.
    let plain = message.strip_prefix(b"error: ").or_else(|| message.strip_prefix(b"fatal: "));
    let message = plain.unwrap_or(message);
    let (first, rest) = scan::word(message);
    match first {
        b"Failed" => failed(row, rest),
        b"Accepted" => accepted(row, rest),
        b"Invalid" | b"Illegal" => {
            invalid_user(row, rest.strip_prefix(b"user ")?);
            Some(())
        }
        b"Connection" => connection(row, rest),
        b"Received" => received_disconnect(row, rest.strip_prefix(b"disconnect from ")?),
        b"Disconnected" => disconnected(row, rest.strip_prefix(b"from ")?),
        b"Disconnecting" => disconnected(row, rest),
        b"Disconnecting:" => {
            preauth(row, "limit");
            Some(())
        }
        b"User" => denied(row, rest),
        b"Postponed" => postponed(row, rest),
        b"Starting" => start(row, rest),
        b"PAM" => more_failures(row, rest),
        _ => error(row, message),
    }
}

/// `password for [invalid user ]NAME from ADDRESS port N ssh2`.
fn failed(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    let (method, rest) = scan::word(rest);
    let (name, from) = scan::rsplit_once(rest.strip_prefix(b"for ")?, b" from ")?;
    let known = strip_invalid(name);
    let counts = match method {
        b"none" => false,
        b"publickey" => known.is_some(),
        _ => true,
    };
    if counts {
        login(row, "failure");
        if known.is_some() {
            row.constant(FieldId::EVENT_REASON, "invalid_user");
        }
    } else {
        preauth(row, if known.is_some() { INVALID_AGAIN } else { "offered" });
    }
    row.text(FieldId::AUTH_METHOD, method);
    user(row, FieldId::USER_NAME, known.unwrap_or(name));
    source(row, from);
    Some(())
}

fn accepted(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    let (method, rest) = scan::word(rest);
    let (name, from) = scan::rsplit_once(rest.strip_prefix(b"for ")?, b" from ")?;
    login(row, "success");
    row.text(FieldId::AUTH_METHOD, method);
    user(row, FieldId::USER_NAME, name);
    source(row, from);
    Some(())
}

fn invalid_user(row: &mut RowWriter<'_>, rest: &[u8]) {
    preauth(row, "invalid_user");
    // Without a name two blanks stand here, or none at all.
    match scan::rsplit_once(rest, b" from ") {
        Some((name, from)) => {
            user(row, FieldId::USER_NAME, name);
            source(row, from);
        }
        None => match rest.strip_prefix(b"from ") {
            Some(from) => source(row, from),
            None => user(row, FieldId::USER_NAME, rest),
        },
    }
}

/// `closed by [invalid user NAME |authenticating user NAME ]ADDRESS port N [preauth]`, `reset by …`,
/// `from ADDRESS port N on …`.
fn connection(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    if let Some(from) = rest.strip_prefix(b"from ") {
        row.class(EventClass::Session);
        row.constant(FieldId::EVENT_CATEGORY, "network");
        row.constant(FieldId::EVENT_ACTION, "connection");
        source(row, from);
        return Some(());
    }
    let who = rest.strip_prefix(b"closed by ").or_else(|| rest.strip_prefix(b"reset by "))?;
    ended(row, who, "closed");
    Some(())
}

/// `ADDRESS port N:11: reason [preauth]`.
fn received_disconnect(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    // What clients say who gave up: RFC 4253, section 11.1, code 14, and code 3 of a Java library.
    let gave_up = memchr::memchr_iter(b':', rest).any(|colon| {
        let (code, reason) = rest.split_at(colon);
        reason.starts_with(b": Auth fail")
            || code.ends_with(b"14") && reason.starts_with(b": No supported authentication")
    });
    if gave_up {
        preauth(row, "refused");
    } else if rest.ends_with(b"[preauth]") {
        preauth(row, "disconnected");
    } else {
        session(row, "disconnect");
    }
    source(row, rest);
    Some(())
}

/// `[user NAME |invalid user NAME |authenticating user NAME ]ADDRESS port N[: reason][ [preauth]]`.
fn disconnected(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    ended(row, rest, "disconnected");
    Some(())
}

fn ended(row: &mut RowWriter<'_>, who: &[u8], reason: &'static str) {
    let invalid = strip_invalid(who);
    let named = invalid
        .or_else(|| who.strip_prefix(b"authenticating user "))
        .or_else(|| who.strip_prefix(b"user "));
    if who.ends_with(b"[preauth]") || invalid.is_some() {
        preauth(row, if invalid.is_some() { INVALID_AGAIN } else { reason });
    } else {
        session(row, "disconnect");
    }
    let Some(named) = named else { return source(row, who) };
    // The name ends where `ADDRESS port N` begins; the last ` port ` is sshd's own.
    let Some((before, port)) = scan::rsplit_once(named, b" port ") else { return };
    let at = memchr::memrchr(b' ', before);
    let (name, address) = match at.and_then(|at| before.split_at_checked(at)) {
        Some((name, address)) => (name, address.trim_ascii_start()),
        None => (&b""[..], before),
    };
    user(row, FieldId::USER_NAME, name);
    source_address(row, address);
    let (port, _) = scan::digits(port);
    if let Some(value) = scan::number(port) {
        row.int(FieldId::SOURCE_PORT, port, value);
    }
}

/// `NAME from HOST not allowed because …`; `child is on pid N` is no name.
fn denied(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    if let Some(who) = rest.strip_prefix(b"not known to the underlying authentication module for ")
    {
        let (name, host) = scan::rsplit_once(who, b" from ")?;
        preauth(row, INVALID_AGAIN);
        user(row, FieldId::USER_NAME, strip_invalid(name).unwrap_or(name));
        source(row, host);
        return Some(());
    }
    let (who, _) = scan::split_once(rest, b" not allowed because ")?;
    preauth(row, "not_allowed");
    match scan::rsplit_once(who, b" from ") {
        Some((name, host)) => {
            user(row, FieldId::USER_NAME, name);
            source(row, host);
        }
        None => user(row, FieldId::USER_NAME, who),
    }
    Some(())
}

fn postponed(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    let (method, rest) = scan::word(rest);
    let (name, from) = scan::rsplit_once(rest.strip_prefix(b"for ")?, b" from ")?;
    preauth(row, "postponed");
    row.text(FieldId::AUTH_METHOD, method);
    user(row, FieldId::USER_NAME, strip_invalid(name).unwrap_or(name));
    source(row, from);
    Some(())
}

/// `session: shell on pts/1 for NAME from ADDRESS port N id 0`.
fn start(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    let rest = rest.strip_prefix(b"session: ")?;
    let (what, from) = scan::rsplit_once(rest, b" from ")?;
    let (_, name) = scan::rsplit_once(what, b" for ")?;
    session(row, "session_start");
    user(row, FieldId::USER_NAME, name);
    source(row, from);
    Some(())
}

/// `2 more authentication failures; logname= … rhost=203.0.113.9  user=root`.
fn more_failures(row: &mut RowWriter<'_>, rest: &[u8]) -> Option<()> {
    let (count, rest) = scan::digits(rest);
    let rest = rest.strip_prefix(b" more authentication failure")?;
    preauth(row, "pam");
    row.int(FieldId::REPEATED, count, scan::number(count)?);
    pam::fields(row, scan::split_once(rest, b"; ")?.1);
    Some(())
}

/// Everything that is told apart by more than its first word; rare enough to be tried in turn.
fn error(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    if let Some(rest) = message.strip_prefix(b"maximum authentication attempts exceeded for ") {
        preauth(row, "limit");
        let (name, from) = scan::rsplit_once(rest, b" from ")?;
        user(row, FieldId::USER_NAME, strip_invalid(name).unwrap_or(name));
        source(row, from);
    } else if let Some(rest) = message.strip_prefix(b"PAM: ") {
        let (what, rest) = scan::split_once(rest, b" for ")?;
        let (name, from) = scan::rsplit_once(rest, b" from ")?;
        // sshd writes `Failed keyboard-interactive/pam` for the same try, on FreeBSD not always.
        let is_openpam = what.eq_ignore_ascii_case(b"Authentication error");
        if is_openpam
            && !nearby::after_has(row, &[b"Failed keyboard-interactive", scan::word(from).0])
        {
            login(row, "failure");
        } else {
            preauth(row, "pam");
        }
        user(row, FieldId::USER_NAME, strip_invalid(name).unwrap_or(name));
        source(row, from);
    } else if let Some(from) = message.strip_prefix(b"ROOT LOGIN REFUSED FROM ") {
        // Of a password `Failed password for root` follows, of a key nothing.
        if nearby::after_has(row, &[b"Failed ", scan::word(from).0]) {
            preauth(row, "not_allowed");
        } else {
            login(row, "failure");
            row.constant(FieldId::EVENT_REASON, "not_allowed");
        }
        row.constant(FieldId::USER_NAME, "root");
        source(row, from);
    } else if let Some(rest) = message.strip_prefix(b"input_userauth_request: ") {
        preauth(row, INVALID_AGAIN);
        let name = strip_invalid(rest)?;
        user(row, FieldId::USER_NAME, name.strip_suffix(b" [preauth]").unwrap_or(name));
    } else if let Some(rest) = message.strip_prefix(b"reverse mapping checking getaddrinfo for ") {
        preauth(row, "reverse_mapping");
        source_address(row, scan::between(rest, b"[", b"]")?);
    } else if let Some(rest) = message.strip_prefix(b"refused connect from ") {
        preauth(row, "refused");
        match scan::between(rest, b"(", b")") {
            Some(address) => source_address(row, address),
            None => source(row, rest),
        }
    } else {
        by_prefix(row, message)?;
    }
    Some(())
}

/// Openings followed by `ADDRESS[ port N]`, and what they tell.
const OPENINGS: &[(&[u8], &str)] = &[
    (b"Did not receive identification string from ", "no_identification"),
    (b"Unable to negotiate with ", "negotiation"),
    (b"Timeout before authentication for connection from ", "timeout"),
    (b"Timeout before authentication for ", "timeout"),
    (b"banner exchange: Connection from ", "bad_protocol"),
    (b"ssh_dispatch_run_fatal: Connection from ", "bad_protocol"),
    (b"Protocol major versions differ for ", "bad_protocol"),
    (b"Unable to negotiate a key exchange method with ", "negotiation"),
    (b"Authentication key refused from ", "offered"),
    (b"drop connection #", "limit"),
    (b"Address ", "reverse_mapping"),
    (b"Nasty PTR record ", "reverse_mapping"),
    (b"scanned from ", "no_identification"),
];

fn by_prefix(row: &mut RowWriter<'_>, message: &[u8]) -> Option<()> {
    if message.starts_with(b"Bad protocol version identification ") {
        let (_, from) = scan::rsplit_once(message, b" from ")?;
        preauth(row, "bad_protocol");
        source(row, from);
        return Some(());
    }
    let opening = OPENINGS
        .iter()
        .find_map(|(open, reason)| message.strip_prefix(*open).map(|rest| (*open, rest, *reason)));
    let (open, rest, reason) = opening?;
    preauth(row, reason);
    let from = match open {
        b"drop connection #" => between_from(rest)?,
        b"Nasty PTR record " => scan::split_once(rest, b" for ")?.1,
        _ => rest,
    };
    let end = from.iter().position(|byte| *byte == b',').unwrap_or(from.len());
    source(row, from.get(..end)?);
    Some(())
}

/// `10 from [203.0.113.9]:4022 on …`: sshd's own way to write an address and a port.
fn between_from(rest: &[u8]) -> Option<&[u8]> {
    scan::between(rest, b"[", b"]")
}

fn strip_invalid(name: &[u8]) -> Option<&[u8]> {
    name.strip_prefix(b"invalid user ").or_else(|| name.strip_prefix(b"illegal user "))
}
