use sancha_model::{Assumed, EventTime, FieldId, ParseNoteKind, RowWriter};

use super::{access, windows_xml};
use crate::{
    FileContext, Fit, Format, Head, Scratch,
    context::YearlessLast,
    daemon::{self, Speaker},
    encoding, nearby, program, scan,
    stamp::{self, Stamp},
};

/// Syslog as daemons write it to files: the BSD form (RFC 3164), the same with ISO times (rsyslog's
/// and systemd's default today) and as `journalctl` prints it in Chinese, and RFC 5424; with or without the priority
/// in front.
pub struct Syslog;

pub(super) static SYSLOG: Syslog = Syslog;

impl Format for Syslog {
    fn name(&self) -> &str {
        "linux/syslog"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| Header::read(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(header) = Header::read_after(line, &scratch.yearless_last) else {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            // A daemon's own file may have some of its lines from another logger.
            let _ = daemon::read(row, b"", line);
            return;
        };
        header.set_time(row, context, scratch);
        // Of such a program the host is known when its record was read.
        let is_gate = header.program == program::JUMPSERVER;
        let texts = [
            (FieldId::HOST_NAME, if is_gate { b"" } else { header.host }),
            (FieldId::PROCESS_NAME, header.program),
            (FieldId::EVENT_CODE, header.message_id),
        ];
        for (field, value) in texts.into_iter().filter(|(_, value)| !value.is_empty()) {
            row.text(field, value);
        }
        let numbers =
            [(FieldId::SYSLOG_PRIORITY, header.priority), (FieldId::PROCESS_PID, header.pid)];
        for (field, digits) in numbers {
            if let Some(value) = scan::number(digits) {
                row.int(field, digits, value);
            }
        }
        if header.message.starts_with(b"last message repeated ")
            && repeated(row, &header, scratch).is_some()
        {
            return;
        }
        let Header { program, host, pid, .. } = header;
        if program == b"sysmon" && windows_xml::inner(row, header.message, scratch) {
            return;
        }
        if is_request(&header) && access::read(row, header.message, context, scratch) {
            return;
        }
        program::read(row, Speaker { program, host, pid }, header.message, scratch);
        if is_gate && !host.is_empty() && !row.has(FieldId::HOST_NAME) {
            row.text(FieldId::HOST_NAME, host);
        }
        // Dovecot's auth process writes whom it asks about where others have their name.
        // Other programs write no tag: what was taken for their host may be part of the sentence.
        let untagged = header.program.is_empty()
            || header.program.contains(&b'(')
            || header.message.is_empty();
        if untagged && !row.has(FieldId::EVENT_ACTION) {
            let _ = daemon::read(row, b"", line);
        }
    }
}

/// A program's line that another format carries, with its own time already read. Whether it is one.
pub(super) fn inner(row: &mut RowWriter<'_>, said: &[u8], scratch: &mut Scratch) -> bool {
    // A priority, a date in digits or the name of a month: most texts begin otherwise.
    let may_be = |byte: &u8| byte.is_ascii_digit() || *byte == b'<' || b"JFMASOND".contains(byte);
    let header = said.first().filter(|byte| may_be(byte)).and_then(|_| Header::read(said));
    let Some(Header { program, host, pid, message, .. }) =
        header.filter(|header| !header.program.is_empty() && !header.message.is_empty())
    else {
        return false;
    };
    for (field, value) in [(FieldId::HOST_NAME, host), (FieldId::PROCESS_NAME, program)] {
        if !value.is_empty() && !row.has(field) {
            row.text(field, value);
        }
    }
    if let Some(value) = scan::number(pid).filter(|_| !row.has(FieldId::PROCESS_PID)) {
        row.int(FieldId::PROCESS_PID, pid, value);
    }
    program::read(row, Speaker { program, host, pid }, message, scratch);
    true
}

/// `last message repeated 9 times`, as the classic daemons write it: what the host's line before says, so
/// often.
fn repeated(row: &mut RowWriter<'_>, header: &Header<'_>, scratch: &mut Scratch) -> Option<()> {
    let (count, _) = scan::digits(header.message.strip_prefix(b"last message repeated ")?);
    let times = scan::number(count)?;
    let said = nearby::nearest_before(row, nearby::FAR_OF_HOST, |line| {
        let said = Header::read(line).filter(|said| said.host == header.host)?;
        Some((!said.message.starts_with(b"last message repeated ")).then_some(said))
    })??;
    let Header { program, host, pid, .. } = said;
    row.text(FieldId::PROCESS_NAME, program);
    if let Some(value) = scan::number(pid) {
        row.int(FieldId::PROCESS_PID, pid, value);
    }
    program::read(row, Speaker { program, host, pid }, said.message, scratch);
    if !row.has(FieldId::REPEATED) {
        row.int(FieldId::REPEATED, count, times);
    }
    Some(())
}

/// `!!` and `->`, with which programs mark lines of their own; a host that is not known is `-`.
fn is_mark(word: &[u8]) -> bool {
    word != b"-"
        && !word.first().is_some_and(u8::is_ascii_alphanumeric)
        && word.iter().all(u8::is_ascii_punctuation)
}

/// Whether the message may be a line of an access log that went through syslog.
fn is_request(header: &Header<'_>) -> bool {
    let begins = header.message.first();
    let is_address = || {
        begins.is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':')
            && scan::until_near(header.message, b' ')
                .is_some_and(|(word, _)| scan::address(word).is_some())
    };
    !header.program.starts_with(b"sshd") && (access::is_server(header.program) || is_address())
}

/// When a line says it happened.
#[derive(Clone, Copy, Default)]
enum When {
    /// RFC 5424's nil value.
    #[default]
    Nil,
    Stamp(Stamp),
    /// As in the line before.
    Known(EventTime, Assumed),
}

/// What stands before the message. Parts that are absent are empty.
#[derive(Default)]
struct Header<'a> {
    priority: &'a [u8],
    when: When,
    /// What follows the time.
    behind_time: &'a [u8],
    host: &'a [u8],
    program: &'a [u8],
    pid: &'a [u8],
    message_id: &'a [u8],
    message: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        Self::read_after(line, &YearlessLast::default())
    }

    /// The same for a line whose time may be that of the line before.
    fn read_after(line: &'a [u8], last: &YearlessLast) -> Option<Self> {
        if let Some((time, assumed, rest)) = last.of(line) {
            return Self::behind(rest, b"", When::Known(time, assumed));
        }
        let (priority, rest) = priority(line);
        if let Some(rest) = rest.strip_prefix(b"1 ")
            && let Some(header) = Self::rfc5424(rest)
        {
            return Some(Self { priority, ..header });
        }
        let (stamp, rest) = match rest.first()? {
            b'0'..=b'9' if rest.get(10) == Some(&b'T') => stamp::iso(rest)?,
            b'2' if rest.get(10) == Some(&b' ') => huawei(rest)?,
            b'%' => stamp::bsd(rest.get(1..)?)?,
            b'0'..=b'9' | b' ' => stamp::chinese(rest)?,
            _ => stamp::bsd(rest)?,
        };
        Self::behind(rest, priority, When::Stamp(stamp))
    }

    /// What follows the time.
    fn behind(behind_time: &'a [u8], priority: &'a [u8], when: When) -> Option<Self> {
        let rest = without_level(behind_time.strip_prefix(b" ")?);
        // Without a host the program's tag follows the time at once.
        let (host, rest) = match scan::word(rest) {
            (first, _) if first.ends_with(b":") || first.is_empty() => (&b""[..], rest),
            (_, []) => return None,
            // No host: a thread or logger of a program's own log.
            (first, _) if first.starts_with(b"[") || is_mark(first) => return None,
            // MySQL's thread before the level.
            (first, [b'[', ..]) if first.iter().all(u8::is_ascii_digit) => return None,
            split => split,
        };
        let host = without_system(host);
        let (program, pid, message) = tag(rest.trim_ascii_start());
        Some(Self { priority, when, behind_time, host, program, pid, message_id: b"", message })
    }

    /// `TIME HOST APP PROCID MSGID [structured data] message` (RFC 5424, section 6), after the version.
    fn rfc5424(rest: &'a [u8]) -> Option<Self> {
        let (time, rest) = scan::until(rest, b' ')?;
        let when = match time {
            b"-" => When::Nil,
            _ => When::Stamp(stamp::iso(time)?.0),
        };
        let behind_time = rest;
        let (host, rest) = scan::until(rest, b' ')?;
        let (program, rest) = scan::until(rest, b' ')?;
        let (pid, rest) = scan::until(rest, b' ')?;
        let (message_id, rest) = scan::until(rest, b' ')?;
        let message = after_structured_data(rest)?;
        let message = message.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(message);
        let nil = |part: &'a [u8]| if part == b"-" { b"" } else { part };
        Some(Self {
            priority: b"",
            when,
            behind_time,
            host: nil(host),
            program: nil(program),
            pid: nil(pid),
            message_id: nil(message_id),
            message,
        })
    }

    /// Gives the row its time, and keeps it for the next line.
    fn set_time(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        match self.when {
            When::Nil => {}
            When::Known(time, assumed) => row.time(time, assumed),
            When::Stamp(stamp) => {
                let line = encoding::line_of(row);
                let told = stamp.resolve(context, scratch);
                if let (Stamp::Yearless(_), Some((time, assumed))) = (stamp, told) {
                    scratch.yearless_last.keep(line, self.behind_time, time, assumed);
                }
                stamp::give(row, told, line);
            }
        }
    }
}

/// `2026-11-10 03:10:00 USG6600 %%01UM/4/LOGINFAIL(l)[0]:…`: many other logs begin with such a time, and no host follows.
fn huawei(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (stamp, rest) = stamp::iso(line)?;
    let (_, module) = scan::until(rest.strip_prefix(b" ")?, b' ')?;
    module.starts_with(b"%%").then_some((stamp, rest))
}

/// `<34>` and what follows it.
fn priority(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(inner) = line.strip_prefix(b"<") else { return (b"", line) };
    match scan::digits(inner) {
        (digits @ [_] | digits @ [_, _] | digits @ [_, _, _], [b'>', rest @ ..]) => (digits, rest),
        _ => (b"", line),
    }
}

/// `<mail.notice> ` before the host, as FreeBSD's syslogd writes it when asked for more (`-v -v`).
fn without_level(rest: &[u8]) -> &[u8] {
    let level = rest.strip_prefix(b"<").and_then(|inner| scan::split_once(inner, b"> "));
    level.filter(|(level, _)| level.contains(&b'.')).map_or(rest, |(_, rest)| rest)
}

/// `2904720181001234(root)`: Hillstone puts the virtual system behind its number.
fn without_system(host: &[u8]) -> &[u8] {
    let name = host.strip_suffix(b")").and_then(|inner| scan::until(inner, b'('));
    name.map_or(host, |(name, _)| if name.is_empty() { host } else { name })
}

/// `program[pid]: message`. Without a colon there is no tag: `-- MARK --`, `last message repeated …`.
fn tag(rest: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (first, message) = scan::word(rest);
    let Some(tag) = first.strip_suffix(b":") else {
        // `program[pid]:message`, as some write it.
        return match scan::split_once(first, b"]:") {
            Some((tag, _)) if tag.contains(&b'[') => {
                let (program, pid) = scan::until(tag, b'[').unwrap_or((tag, b""));
                (program, pid, rest.get(tag.len() + 2..).unwrap_or(b""))
            }
            // `auth.info sshd[9]: `, as BusyBox' syslogd and syslog-ng write it when asked to.
            _ if is_facility(first) && !message.is_empty() => tag_alone(message),
            _ => (b"", b"", rest),
        };
    };
    if tag.iter().all(u8::is_ascii_digit)
        && let Some(numbered) = behind_number(message)
    {
        return numbered;
    }
    match tag.strip_suffix(b"]").and_then(|tag| scan::until(tag, b'[')) {
        Some((program, pid)) => (program, pid, message),
        None => (tag, b"", message),
    }
}

/// What follows a facility: a tag, or nothing of the kind.
fn tag_alone(rest: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (first, _) = scan::word(rest);
    if is_facility(first) { (b"", b"", rest) } else { tag(rest) }
}

/// `authpriv.notice`: a facility and a severity of RFC 5424, by the names of syslog.conf(5).
fn is_facility(word: &[u8]) -> bool {
    const FACILITIES: [&[u8]; 13] = [
        b"auth",
        b"authpriv",
        b"security",
        b"daemon",
        b"kern",
        b"user",
        b"mail",
        b"syslog",
        b"cron",
        b"ftp",
        b"lpr",
        b"news",
        b"uucp",
    ];
    const SEVERITIES: [&[u8]; 11] = [
        b"emerg", b"panic", b"alert", b"crit", b"err", b"error", b"warn", b"warning", b"notice",
        b"info", b"debug",
    ];
    let Some((facility, severity)) = scan::until(word, b'.') else { return false };
    let is_local = facility.starts_with(b"local") && facility.len() == 6;
    (is_local || FACILITIES.contains(&facility)) && SEVERITIES.contains(&severity)
}

/// `286: *Nov 20 10:00:00.123: %SEC_LOGIN-4-LOGIN_FAILED: …`: Cisco's devices number their messages and
/// write their own time before the name.
fn behind_number(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let message = message.trim_ascii_start();
    let bare = message.strip_prefix(b"*").or_else(|| message.strip_prefix(b".")).unwrap_or(message);
    let named = match stamp::bsd(bare) {
        Some((_, rest)) => scan::split_once(rest, b": ")?.1,
        None => bare,
    };
    let (name, said) = scan::word(named);
    let name = name.strip_suffix(b":").filter(|name| name.starts_with(b"%"))?;
    Some((name, b"", said))
}

/// The message after `-` or after elements in brackets, inside whose values `"`, `\` and `]` are escaped
/// (RFC 5424, section 6.3.3).
fn after_structured_data(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = bytes.strip_prefix(b"-") {
        return Some(rest.strip_prefix(b" ").unwrap_or(rest));
    }
    let mut rest = bytes;
    while let Some(inner) = rest.strip_prefix(b"[") {
        let mut at = 0;
        let mut quoted = false;
        loop {
            match inner.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => (),
            }
            at += 1;
        }
        rest = inner.get(at + 1..)?;
    }
    if rest.len() == bytes.len() {
        return None;
    }
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}
