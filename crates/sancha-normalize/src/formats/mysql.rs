use std::cell::Cell;

use sancha_model::{Civil, EventClass, FieldId, ParseNoteKind, RowWriter};

use crate::{
    FileContext, Fit, Format, Head, Scratch,
    daemon::{self, Speaker},
    encoding, nearby, program, scan,
    stamp::{self, Stamp},
};

/// What a server of MySQL or MariaDB writes itself: its errors, every statement (`general_log`), slow statements, and the
/// records of MariaDB's audit plugin (`server_audit`). Statements of several lines go on in rows of their own.
///
/// The general log names account and address where a connection begins, before the password was asked for: that a login
/// went well is not told by it.
pub struct Mysql;

pub(super) static MYSQL: Mysql = Mysql;

/// Whose connections the numbers are.
const SERVER: &[u8] = b"mysqld";

/// How far a statement goes on in the head of a file, and how far above a line its entry is looked for.
const LINES_OF_ENTRY: usize = 30;

impl Format for Mysql {
    fn name(&self) -> &str {
        "mysql/server"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        let (entries, follow) = (Cell::new(0_u32), Cell::new(0_usize));
        let fit = head.share(|line| {
            let Some(entry) = Entry::read(line) else {
                let fits = is_preamble(line) || follow.get() > 0;
                follow.set(follow.get().saturating_sub(1));
                return fits;
            };
            entries.set(entries.get() + u32::from(entry.is_telling()));
            follow.set(if entry.may_go_on() { LINES_OF_ENTRY } else { 0 });
            true
        });
        if entries.get() == 0 { Fit::No } else { fit }
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        row.class(EventClass::Database);
        let Some(entry) = Entry::read(line) else {
            row.text(FieldId::MESSAGE, line);
            if !is_preamble(line) && slow_statement(row, line, context, scratch).is_none() {
                row.note(ParseNoteKind::Continuation, line);
            }
            return;
        };
        let stamp =
            entry.stamp().or_else(|| entry.is_of_second_before().then(|| time_above(row))?);
        if let Some(stamp) = stamp {
            stamp::set(row, Some(stamp), line, context, scratch);
        }
        match entry {
            Entry::Error { level, text, .. } => error(row, level, text, scratch),
            Entry::General { thread, command, argument, text, .. } => {
                row.text(FieldId::MESSAGE, text);
                general(row, thread, command, argument, scratch);
            }
            Entry::Audit { record, .. } => {
                row.text(FieldId::MESSAGE, record);
                let _ = program::mysql_audit(row, record, scratch);
            }
            Entry::Slow { .. } => row.text(FieldId::MESSAGE, line),
        }
    }
}

enum Entry<'a> {
    /// `TIME [thread] [Note] [MY-010926] [Server] …`
    Error { stamp: Stamp, level: &'a [u8], text: &'a [u8] },
    /// `TIME\t  100 Query\tSELECT 1`; older servers write a time once a second.
    General {
        stamp: Option<Stamp>,
        thread: &'a [u8],
        command: &'a [u8],
        argument: &'a [u8],
        text: &'a [u8],
    },
    /// `20261110 03:10:00,db01,root,203.0.113.9,100,0,CONNECT,,,0`
    Audit { stamp: Stamp, record: &'a [u8] },
    /// `# Time: …`, `# User@Host: …`, `# Query_time: …`
    Slow { stamp: Option<Stamp> },
}

impl<'a> Entry<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        match line.first()? {
            b'#' => Self::slow(line),
            b'\t' => Self::general(None, line.strip_prefix(b"\t\t")?),
            b'2' => {
                if let Some((stamp, rest)) = stamp::iso(line) {
                    return Self::behind_time(stamp, rest);
                }
                if let Some((stamp, rest)) = stamp::compact(line) {
                    let record = rest.strip_prefix(b",")?;
                    return program::is_mysql_audit(record)
                        .then_some(Self::Audit { stamp, record });
                }
                let (stamp, rest) = short(line)?;
                Self::behind_time(stamp, rest)
            }
            _ => None,
        }
    }

    fn behind_time(stamp: Stamp, rest: &'a [u8]) -> Option<Self> {
        if let Some(rest) = rest.strip_prefix(b"\t") {
            return Self::general(Some(stamp), rest);
        }
        let rest = rest.strip_prefix(b" ")?;
        let (thread, rest) = scan::digits(rest);
        if thread.is_empty() {
            return None;
        }
        let (level, text) = scan::until(rest.trim_ascii_start().strip_prefix(b"[")?, b']')?;
        const LEVELS: [&[u8]; 5] = [b"System", b"Note", b"Warning", b"ERROR", b"Error"];
        LEVELS.contains(&level).then_some(Self::Error {
            stamp,
            level,
            text: text.trim_ascii_start(),
        })
    }

    fn general(stamp: Option<Stamp>, text: &'a [u8]) -> Option<Self> {
        const COMMANDS: [&[u8]; 16] = [
            b"Connect",
            b"Query",
            b"Quit",
            b"Init DB",
            b"Prepare",
            b"Execute",
            b"Close stmt",
            b"Reset stmt",
            b"Field List",
            b"Change user",
            b"Reset Connection",
            b"Binlog Dump",
            b"Statistics",
            b"Ping",
            b"Kill",
            b"Shutdown",
        ];
        let text = text.trim_ascii_start();
        let (thread, rest) = scan::digits(text);
        let rest = rest.strip_prefix(b" ").filter(|_| !thread.is_empty())?;
        let (command, argument) = scan::until_near(rest, b'\t').unwrap_or((rest, &[]));
        let text = rest;
        let is_known = COMMANDS.contains(&command);
        is_known.then_some(Self::General { stamp, thread, command, argument, text })
    }

    fn slow(line: &'a [u8]) -> Option<Self> {
        if let Some(time) = line.strip_prefix(b"# Time: ") {
            let (stamp, _) = stamp::iso(time).or_else(|| short(time))?;
            return Some(Self::Slow { stamp: Some(stamp) });
        }
        let begins =
            [&b"# User@Host: "[..], b"# Query_time: ", b"# Thread_id: ", b"# Rows_affected: "];
        let is_slow = begins.iter().any(|begin| line.starts_with(begin));
        is_slow.then_some(Self::Slow { stamp: None })
    }

    fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::Error { stamp, .. } | Self::Audit { stamp, .. } => Some(*stamp),
            Self::General { stamp, .. } | Self::Slow { stamp } => *stamp,
        }
    }

    fn is_of_second_before(&self) -> bool {
        matches!(self, Self::General { stamp: None, .. } | Self::Slow { stamp: None })
    }

    /// Programs of others may write a level in brackets behind a number.
    fn is_telling(&self) -> bool {
        let Self::Error { level, text, .. } = self else { return true };
        const OURS: [&[u8]; 4] = [b"[MY-", b"Access denied for user '", b"InnoDB: ", b"mysqld"];
        matches!(*level, b"System" | b"Note")
            || OURS.iter().any(|ours| memchr::memmem::find(text, ours).is_some())
    }

    fn may_go_on(&self) -> bool {
        matches!(self, Self::General { .. } | Self::Slow { .. })
    }
}

/// `261110  3:10:00`, as servers before 5.7 and MariaDB's general and slow logs write it.
fn short(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<15>()?;
    let [date @ .., b' ', _, _, b':', _, _, b':', _, _] = head else { return None };
    let two = |from: usize| scan::two_digits(head.get(from..from + 2)?);
    let civil = Civil {
        year: 2_000 + i16::from(two(0)?),
        month: two(2)?,
        day: two(4)?,
        hour: two(7)?,
        minute: two(10)?,
        second: two(13)?,
        nanosecond: 0,
    };
    date.iter().all(u8::is_ascii_digit).then_some((Stamp::Local(civil), rest))
}

/// What a server begins its logs with each time it starts.
fn is_preamble(line: &[u8]) -> bool {
    line.starts_with(b"Tcp port: ")
        || line.starts_with(b"Time ") && line.ends_with(b"Argument")
        || line.ends_with(b". started with:")
}

/// The time of the nearest entry above that has one.
fn time_above(row: &RowWriter<'_>) -> Option<Stamp> {
    nearby::nearest_before(row, LINES_OF_ENTRY, |line| Entry::read(line)?.stamp())
}

fn error(row: &mut RowWriter<'_>, level: &[u8], text: &[u8], scratch: &mut Scratch) {
    row.text(FieldId::LOG_LEVEL, level);
    let mut message = text;
    if let Some((code, rest)) = text.strip_prefix(b"[MY-").and_then(|rest| scan::until(rest, b']'))
    {
        row.text(FieldId::EVENT_CODE, text.get(1..code.len() + 4).unwrap_or(code));
        let rest = rest.trim_ascii_start();
        let part = rest.strip_prefix(b"[").and_then(|rest| scan::until(rest, b']'));
        message = part.map_or(rest, |(_, rest)| rest.trim_ascii_start());
    }
    row.text(FieldId::MESSAGE, message);
    let _ = daemon::read_beside(row, Speaker::program(SERVER), message, &mut scratch.peers);
}

fn general(
    row: &mut RowWriter<'_>,
    thread: &[u8],
    command: &[u8],
    argument: &[u8],
    scratch: &mut Scratch,
) {
    let speaker = Speaker::program(SERVER);
    match command {
        b"Connect" if argument.starts_with(b"Access denied for user '") => {
            let _ = daemon::read_beside(row, speaker, argument, &mut scratch.peers);
        }
        b"Connect" => {
            action(row, "connection");
            connection(row, speaker, thread, argument, scratch);
        }
        b"Query" | b"Execute" => {
            action(row, "statement");
            row.text(FieldId::DATABASE_STATEMENT, argument);
            scratch.peers.write(row, speaker, thread);
        }
        b"Init DB" => {
            action(row, "use");
            row.text(FieldId::DATABASE_NAME, argument);
            scratch.peers.write(row, speaker, thread);
        }
        b"Quit" => {
            action(row, "disconnect");
            scratch.peers.write(row, speaker, thread);
        }
        _ => {}
    }
}

/// `root@203.0.113.9 on his using TCP/IP`. A client chooses the account and the database before the server asks for the
/// password: where either holds what separates them, neither is known.
fn connection(
    row: &mut RowWriter<'_>,
    speaker: Speaker<'_>,
    thread: &[u8],
    text: &[u8],
    scratch: &mut Scratch,
) {
    let once = |mark: &[u8]| memchr::memmem::find_iter(text, mark).count() == 1;
    let parts = scan::split_once(text, b"@")
        .filter(|_| once(b"@") && once(b" on "))
        .and_then(|(user, rest)| Some((user, scan::split_once(rest, b" on ")?)));
    let Some((user, (host, rest))) = parts else {
        return scratch.peers.begin(speaker, thread, None);
    };
    let address = scan::address(host);
    scratch.peers.begin(speaker, thread, address);
    if !user.is_empty() {
        row.text(FieldId::USER_NAME, user);
        scratch.peers.set_user(speaker, thread, user);
    }
    match address {
        Some(address) => row.ip(FieldId::SOURCE_IP, host, address),
        None => row.text(FieldId::SOURCE_ADDRESS, host),
    }
    let database = scan::split_once(rest, b" using ").map_or(rest, |(name, _)| name).trim_ascii();
    if !database.is_empty() {
        row.text(FieldId::DATABASE_NAME, database);
    }
}

/// The statement below the lines that tell how slow it was, with their time, account and address. Nothing tells them from
/// lines of a longer statement before it: whoever may run statements may imitate them.
fn slow_statement(
    row: &mut RowWriter<'_>,
    line: &[u8],
    context: &FileContext,
    scratch: &mut Scratch,
) -> Option<()> {
    let is_setting = |line: &[u8]| line.starts_with(b"SET timestamp=") || line.starts_with(b"use ");
    if is_setting(line) {
        return nearby::nearest_before(row, 3, |above| above.starts_with(b"# ").then_some(()));
    }
    let is_first =
        nearby::nearest_before(row, 1, |above| Some(above.starts_with(b"SET timestamp=")));
    if is_first != Some(true) {
        return None;
    }
    let is_user = |above: &[u8]| above.starts_with(b"# User@Host: ");
    let who = nearby::nearest_before(row, 8, |above| is_user(above).then_some(above))?;
    if let Some(stamp) = time_above(row) {
        stamp::set(row, Some(stamp), line, context, scratch);
    }
    action(row, "statement");
    row.text(FieldId::DATABASE_STATEMENT, line);
    // `root[root] @ app.example [203.0.113.9]  Id:   999`: the account in brackets has the rights, the host was seen.
    let (user, host) = scan::split_once(who.get(13..)?, b"] @ ")?;
    let name = scan::split_once(user, b"[").map_or(user, |(_, name)| name);
    if !name.is_empty() {
        row.text(FieldId::USER_NAME, name);
    }
    let address = scan::between(host, b"[", b"]")?;
    if let Some(value) = scan::address(address) {
        row.ip(FieldId::SOURCE_IP, address, value);
    }
    Some(())
}

fn action(row: &mut RowWriter<'_>, action: &'static str) {
    row.constant(FieldId::EVENT_CATEGORY, "database");
    row.constant(FieldId::EVENT_ACTION, action);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, EventTime, Fields};

    use super::*;
    use crate::{Formats, normalize};

    /// The format a file is taken for, and of its records time, action, account, address and statement.
    fn read(file: &str) -> (String, Vec<String>) {
        let formats = Formats::new(Vec::new());
        let format = formats.detect(&Head::of(file.as_bytes(), "mysql.log"));
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new([])));
        let mut batch = Batch::default();
        batch.raw = file.as_bytes().to_vec();
        normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
        let fields = [
            FieldId::EVENT_ACTION,
            FieldId::USER_NAME,
            FieldId::SOURCE_IP,
            FieldId::DATABASE_STATEMENT,
        ];
        let told = batch.events().map(|event| {
            let time = event.time().map_or_else(String::new, |time| time.to_string());
            let texts = fields.map(|f| String::from_utf8_lossy(event.field_text(f)).into_owned());
            format!("{time} {}", texts.join(" ")).trim().to_owned()
        });
        (formats.get(format).name().to_owned(), told.collect())
    }

    #[test]
    fn a_slow_statement_has_what_the_lines_above_tell() {
        let file = "/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:\n\
                    Tcp port: 3306  Unix socket: /tmp/mysql.sock\n\
                    Time                 Id Command    Argument\n\
                    # Time: 2026-11-10T03:16:05Z\n\
                    # User@Host: app[shop] @  [203.0.113.9]  Id:   999\n\
                    # Query_time: 12.0  Lock_time: 0.0 Rows_sent: 0  Rows_examined: 900000\n\
                    use his;\n\
                    SET timestamp=1794280565;\n\
                    select * from patient\n\
                    where 1 = 1;\n";
        let (format, told) = read(file);
        assert_eq!(format, "mysql/server");
        let time = "2026-11-10T03:16:05Z";
        let want = [
            "",
            "",
            "",
            time,
            time,
            time,
            "",
            "",
            &format!("{time} statement shop 203.0.113.9 select * from patient"),
            "",
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn a_statement_of_a_connection_has_its_account_and_address() {
        let file = "261110  3:10:00\t    10 Connect\troot@203.0.113.9 on his using TCP/IP\n\
                    \t\t    10 Query\tDROP TABLE a\n\
                    \t\t    11 Query\tselect 1\n";
        let time = "2026-11-10T03:10:00Z";
        let (format, told) = read(file);
        assert_eq!(format, "mysql/server");
        let want = [
            format!("{time} connection root 203.0.113.9"),
            format!("{time} statement root 203.0.113.9 DROP TABLE a"),
            format!("{time} statement   select 1"),
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn logs_of_other_programs_are_none() {
        for file in [
            "2026-11-10 03:10:00 4711 [ERROR] no such thing\n",
            "2026-11-10 03:10:00 [Note] no such thing\n",
            "2026-11-10 03:10:00 4711 [Warning] no such thing\n",
            "20261110 03:10:00,1,2,3\n",
            "# Time: now\n",
        ] {
            assert_ne!(read(file).0, "mysql/server", "{file}");
        }
    }
}
