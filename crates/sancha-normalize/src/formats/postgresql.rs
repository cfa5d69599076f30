use sancha_model::{EventClass, FieldId, ParseNoteKind, RowWriter};

use crate::{
    FileContext, Fit, Format, Head, Scratch,
    daemon::Speaker,
    encoding, scan,
    stamp::{self, Stamp},
};

/// PostgreSQL's stderr log with a `log_line_prefix` that begins with the time: `%m [%p] `,
/// `%m [%p] %q%u@%d `, `%t [%p]: user=%u,db=%d,client=%h `, `%m %u@%d [%p] ` and their kin. A line
/// without prefix continues the statement above and is a row of its own.
pub struct Postgresql;

pub(super) static POSTGRESQL: Postgresql = Postgresql;

impl Format for Postgresql {
    fn name(&self) -> &str {
        "postgresql/stderr"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        // Continuation lines begin with a tab or blank; they fit when anything before them did.
        let begun = std::cell::Cell::new(false);
        head.share(|line| {
            let fits = Entry::read(line).is_some();
            begun.set(begun.get() || fits);
            fits || (begun.get() && line.first().is_some_and(u8::is_ascii_whitespace))
        })
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        row.class(EventClass::Database);
        let Some(entry) = Entry::read(line) else {
            // Statements are written with their own line ends; PostgreSQL indents what follows by a tab.
            let indented = line.first().is_some_and(u8::is_ascii_whitespace);
            let note = ParseNoteKind::Continuation;
            row.note(if indented { note } else { ParseNoteKind::NotThisFormat }, line);
            row.text(FieldId::MESSAGE, line);
            return;
        };
        stamp::set(row, Some(entry.stamp), line, context, scratch);
        row.text(FieldId::LOG_LEVEL, entry.level);
        if !entry.host.is_empty() {
            host(row, entry.host);
        }
        prefix(row, entry.prefix);
        row.text(FieldId::MESSAGE, entry.message);
        message(row, entry.level, entry.message);
        join(row, &entry, scratch);
    }
}

/// `%h` is not in Debian's prefix: the address stands in `connection received`, under the same process.
fn join(row: &mut RowWriter<'_>, entry: &Entry<'_>, scratch: &mut Scratch) {
    let begins = entry.message.starts_with(b"connection received: ");
    if !begins && entry.level != b"FATAL" && !entry.message.starts_with(b"connection authorized") {
        return;
    }
    let open = scan::split_once(entry.prefix, b"[").map_or(entry.prefix, |(_, inner)| inner);
    let (pid, _) = scan::digits(open);
    if pid.is_empty() {
        return;
    }
    let speaker = Speaker::program(b"postgres");
    if begins {
        let host = scan::between(entry.message, b"host=", b" ").unwrap_or(b"");
        scratch.peers.begin(speaker, pid, scan::address(host));
    } else {
        scratch.peers.write(row, speaker, pid);
    }
}

struct Entry<'a> {
    stamp: Stamp,
    host: &'a [u8],
    prefix: &'a [u8],
    level: &'a [u8],
    message: &'a [u8],
}

/// Severities of PostgreSQL's manual, 19.8 "Error Reporting and Logging", and the lines that add to one.
const LEVELS: [&[u8]; 14] = [
    b"LOG",
    b"ERROR",
    b"FATAL",
    b"PANIC",
    b"WARNING",
    b"NOTICE",
    b"INFO",
    b"DEBUG",
    b"DETAIL",
    b"HINT",
    b"STATEMENT",
    b"CONTEXT",
    b"QUERY",
    b"LOCATION",
];

impl<'a> Entry<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        // `%h ` may stand before the time.
        let (host, (stamp, rest)) = match stamp::iso(line) {
            Some(read) => (&b""[..], read),
            None => {
                let (host, rest) = scan::until(line, b' ')?;
                (host, stamp::iso(rest)?)
            }
        };
        let (stamp, rest) = zone(stamp, rest.strip_prefix(b" ")?);
        // The first `LEVEL:  ` ends the prefix; a user name that imitates it comes later or in quotes.
        for at in memchr::memmem::find_iter(rest.get(..rest.len().min(512))?, b":  ") {
            let (before, message) = (rest.get(..at)?, rest.get(at + 3..)?);
            let start = memchr::memrchr2(b' ', b':', before).map_or(0, |blank| blank + 1);
            let (prefix, level) = before.split_at_checked(start)?;
            if LEVELS.contains(&level) {
                return Some(Self { stamp, host, prefix: prefix.trim_ascii_end(), level, message });
            }
        }
        None
    }
}

/// `UTC` and `GMT` mean what they say; other abbreviations mean several zones (`CST`), so the
/// source's zone holds.
fn zone(stamp: Stamp, rest: &[u8]) -> (Stamp, &[u8]) {
    let (word, after) = scan::word(rest);
    // `%t:`, where the prefix goes on without a blank.
    let (word, after) = match scan::until(word, b':') {
        Some((name, _)) if name.iter().all(u8::is_ascii_uppercase) => {
            (name, rest.get(name.len() + 1..).unwrap_or(&[]))
        }
        _ => (word, after),
    };
    let is_name = (2..=5).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase);
    match stamp {
        Stamp::Local(civil) if matches!(word, b"UTC" | b"GMT") => (Stamp::Stated(civil, 0), after),
        Stamp::Local(_) if is_name => (stamp, after),
        Stamp::Local(civil) => match numeric_zone(word) {
            Some(offset) => (Stamp::Stated(civil, offset), after),
            None => (stamp, rest),
        },
        Stamp::Stated(..) | Stamp::Yearless(_) => (stamp, rest),
    }
}

/// `+08`, as PostgreSQL writes zones without an abbreviation.
fn numeric_zone(word: &[u8]) -> Option<i32> {
    let (sign, digits) = match word {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let hours = scan::two_digits(digits.get(..2)?)?;
    let minutes = match digits.get(2..)? {
        [] => 0,
        rest => scan::two_digits(rest.strip_prefix(b":").unwrap_or(rest))?,
    };
    Some(sign * (i32::from(hours) * 3_600 + i32::from(minutes) * 60))
}

/// What stands between time and severity: `[4711]`, `user@database`, `user=u,db=d,client=h`.
fn prefix(row: &mut RowWriter<'_>, prefix: &[u8]) {
    // `%t:%r:%u@%d:[%p]:`, as Amazon sets it: an IPv6 address has colons itself, its port is in brackets.
    if let Some(end) = memchr::memmem::find(prefix, b"):")
        && let Some((client, rest)) = prefix.split_at_checked(end + 1)
        && !client.contains(&b' ')
    {
        host(row, client);
        return rest.split(|byte| *byte == b':').for_each(|part| prefix_part(row, part));
    }
    let parts = || {
        let parts = prefix.split(|byte| matches!(byte, b' ' | b','));
        parts.map(|part| part.strip_suffix(b":").unwrap_or(part))
    };
    // A user name may hold blanks and commas, and imitate a host: of two none is known to be the client's.
    let mut hosts = parts().filter_map(host_part);
    let first = hosts.next();
    let bare = |host| split_port(host).map_or(host, |(address, _)| address);
    if let Some(value) = first.filter(|first| hosts.all(|other| bare(other) == bare(first))) {
        host(row, value);
    }
    parts().filter(|part| host_part(part).is_none()).for_each(|part| prefix_part(row, part));
}

/// `client=203.0.113.9`, `203.0.113.9(5123)`, `203.0.113.9`.
fn host_part(part: &[u8]) -> Option<&[u8]> {
    let named = [&b"client="[..], b"host="].iter().find_map(|name| part.strip_prefix(*name));
    named.or_else(|| {
        let is_other = part.starts_with(b"[") || part.contains(&b'=') || part.contains(&b'@');
        let is_host = split_port(part).is_some() || scan::address(part).is_some();
        (is_host && !is_other).then_some(part)
    })
}

fn prefix_part(row: &mut RowWriter<'_>, part: &[u8]) {
    if let Some(inner) = part.strip_prefix(b"[") {
        let (pid, _) = scan::digits(inner);
        number(row, FieldId::PROCESS_PID, pid);
    } else if let Some((name, value)) = scan::until(part, b'=') {
        prefix_field(row, name, value);
    } else if let Some((user, database)) = scan::until(part, b'@') {
        known(row, FieldId::USER_NAME, user);
        known(row, FieldId::DATABASE_NAME, database);
    }
}

fn prefix_field(row: &mut RowWriter<'_>, name: &[u8], value: &[u8]) {
    match name {
        b"user" => known(row, FieldId::USER_NAME, value),
        b"db" | b"database" => known(row, FieldId::DATABASE_NAME, value),
        b"app" => known(row, FieldId::SERVICE_NAME, value),
        _ => (),
    }
}

fn known(row: &mut RowWriter<'_>, field: FieldId, value: &[u8]) {
    if !value.is_empty() && value != b"[unknown]" && !row.has(field) {
        row.text(field, value);
    }
}

fn number(row: &mut RowWriter<'_>, field: FieldId, digits: &[u8]) {
    if let Some(value) = scan::number(digits).filter(|_| !row.has(field)) {
        row.int(field, digits, value);
    }
}

/// A host; `%r` gives it with its port in parentheses.
fn host(row: &mut RowWriter<'_>, value: &[u8]) {
    let with_port = split_port(value);
    if let Some((_, port)) = with_port {
        number(row, FieldId::SOURCE_PORT, port);
    }
    let value = with_port.map_or(value, |(address, _)| address);
    match scan::address(value) {
        _ if row.has(FieldId::SOURCE_IP) => (),
        Some(address) => row.ip(FieldId::SOURCE_IP, value, address),
        None => known(row, FieldId::SOURCE_ADDRESS, value),
    }
}

fn split_port(host: &[u8]) -> Option<(&[u8], &[u8])> {
    let (address, port) = scan::until(host.strip_suffix(b")")?, b'(')?;
    (!address.is_empty() && scan::number(port).is_some()).then_some((address, port))
}

fn message(row: &mut RowWriter<'_>, level: &[u8], message: &[u8]) {
    match level {
        b"STATEMENT" | b"QUERY" => return row.text(FieldId::DATABASE_STATEMENT, message),
        b"FATAL" => return fatal(row, message),
        b"ERROR" => {
            action(row, "error");
            return row.constant(FieldId::EVENT_OUTCOME, "failure");
        }
        b"LOG" => (),
        _ => return,
    }
    let after_duration = match message.strip_prefix(b"duration: ") {
        Some(rest) => {
            let (value, rest) = scan::word(rest);
            row.text(FieldId::EVENT_DURATION, value);
            rest.strip_prefix(b"ms").unwrap_or(rest).trim_ascii_start()
        }
        None => message,
    };
    if let Some(sql) = statement(after_duration) {
        action(row, "statement");
        row.text(FieldId::DATABASE_STATEMENT, sql);
    } else if let Some(rest) = message.strip_prefix(b"connection received: ") {
        action(row, "connection");
        for part in rest.split(|byte| *byte == b' ') {
            match scan::until(part, b'=') {
                Some((b"host", value)) => host(row, value),
                Some((b"port", port)) => number(row, FieldId::SOURCE_PORT, port),
                _ => (),
            }
        }
    } else if let Some(rest) = message.strip_prefix(b"connection authorized: ") {
        login(row, "success");
        for part in rest.split(|byte| *byte == b' ') {
            // It names no host: `application_name` is the client's and may imitate one.
            if let Some((name, value)) = scan::until(part, b'=') {
                prefix_field(row, name, value);
            }
        }
    } else if message.starts_with(b"disconnection: ") {
        action(row, "disconnect");
    }
}

/// `statement: SELECT …`, `execute <unnamed>: SELECT …`.
fn statement(message: &[u8]) -> Option<&[u8]> {
    if let Some(sql) = message.strip_prefix(b"statement: ") {
        return Some(sql);
    }
    let named = message.strip_prefix(b"execute ")?;
    Some(scan::split_once(named, b": ")?.1)
}

/// `password authentication failed for user "x"`, `role "x" does not exist`, and the refusals of pg_hba.conf, which
/// alone name a host. A client chooses its user name and may put anything into it, quotes too: what names the host
/// is read at the message's beginning only.
fn fatal(row: &mut RowWriter<'_>, message: &[u8]) {
    const OF_USER: [&[u8]; 6] = [
        b"password authentication failed for user \"",
        b"Peer authentication failed for user \"",
        b"Ident authentication failed for user \"",
        b"PAM authentication failed for user \"",
        b"LDAP authentication failed for user \"",
        b"SCRAM authentication failed for user \"",
    ];
    const OF_HOST: [&[u8]; 2] =
        [b"no pg_hba.conf entry for host \"", b"pg_hba.conf rejects connection for host \""];
    let begun = |opens: &[&[u8]]| opens.iter().find_map(|open| message.strip_prefix(*open));
    let role = message.strip_prefix(b"role \"").and_then(|rest| rest.strip_suffix(ROLE_UNKNOWN));
    if let Some(name) = role {
        login(row, "failure");
        row.constant(FieldId::EVENT_REASON, "invalid_user");
        known(row, FieldId::USER_NAME, name);
    } else if let Some(name) = begun(&OF_USER) {
        login(row, "failure");
        known(row, FieldId::USER_NAME, name.strip_suffix(b"\"").unwrap_or(name));
    } else if let Some((address, rest)) = begun(&OF_HOST).and_then(|rest| scan::until(rest, b'"')) {
        login(row, "failure");
        host(row, address);
        if let Some(rest) = rest.strip_prefix(b", user \"")
            && let Some((name, _)) = scan::until(rest, b'"')
        {
            known(row, FieldId::USER_NAME, name);
        }
    } else {
        action(row, "error");
        row.constant(FieldId::EVENT_OUTCOME, "failure");
    }
}

const ROLE_UNKNOWN: &[u8] = b"\" does not exist";

fn action(row: &mut RowWriter<'_>, action: &'static str) {
    row.constant(FieldId::EVENT_CATEGORY, "database");
    row.constant(FieldId::EVENT_ACTION, action);
}

fn login(row: &mut RowWriter<'_>, outcome: &'static str) {
    row.class(EventClass::Authentication);
    row.constant(FieldId::EVENT_CATEGORY, "authentication");
    row.constant(FieldId::EVENT_ACTION, "login");
    row.constant(FieldId::EVENT_OUTCOME, outcome);
    row.constant(FieldId::AUTH_METHOD, "postgresql");
}
