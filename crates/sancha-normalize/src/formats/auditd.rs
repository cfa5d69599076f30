use sancha_model::{Assumed, EventClass, EventTime, FieldId, ParseNoteKind, RowWriter};

use crate::{FileContext, Fit, Format, Head, Scratch, encoding, scan};

/// The Linux audit daemon's log, plain and enriched. One kernel event is several records with one
/// serial (`event.sequence`); each record is a row.
///
/// A try to log in counts once: `USER_AUTH` of PAM when it fails, `USER_LOGIN` when it succeeds. The
/// records around it are `event.action = preauth`.
pub struct Auditd;

pub(super) static AUDITD: Auditd = Auditd;

impl Format for Auditd {
    fn name(&self) -> &str {
        "linux/auditd"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| Record::read(line).is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let Some(record) = Record::read(line) else {
            row.note(ParseNoteKind::NotThisFormat, line);
            row.text(FieldId::MESSAGE, line);
            return;
        };
        match record.time() {
            Some(time) => row.time(time.plus(context.clock_offset), Assumed::default()),
            None => row.note(ParseNoteKind::BadTime, record.seconds),
        }
        row.text(FieldId::AUDIT_TYPE, record.kind);
        if !record.node.is_empty() {
            row.text(FieldId::HOST_NAME, record.node);
        }
        if let Some(serial) = scan::number(record.serial) {
            row.int(FieldId::EVENT_SEQUENCE, record.serial, serial);
        }
        match record.kind {
            b"EXECVE" => execve(row, record.fields, scratch),
            b"PROCTITLE" => title(row, record.fields, scratch),
            b"PATH" | b"CWD" => path(row, record.fields, scratch),
            b"SYSCALL" => syscall(row, record.fields, scratch),
            kind => user_record(row, kind, record.fields, scratch),
        }
    }
}

struct Record<'a> {
    node: &'a [u8],
    kind: &'a [u8],
    seconds: &'a [u8],
    millis: &'a [u8],
    serial: &'a [u8],
    fields: &'a [u8],
}

impl<'a> Record<'a> {
    /// `[node=web1 ]type=SYSCALL msg=audit(1684329817.579:2995): fields`.
    fn read(line: &'a [u8]) -> Option<Self> {
        let (node, rest) = match line.strip_prefix(b"node=") {
            Some(rest) => scan::until(rest, b' ')?,
            None => (&b""[..], line),
        };
        let (kind, rest) = scan::until(rest.strip_prefix(b"type=")?, b' ')?;
        let (seconds, rest) = scan::until(rest.strip_prefix(b"msg=audit(")?, b'.')?;
        let (millis, rest) = scan::until(rest, b':')?;
        let (serial, rest) = scan::until(rest, b')')?;
        let fields = rest.strip_prefix(b":")?;
        Some(Self { node, kind, seconds, millis, serial, fields })
    }

    fn time(&self) -> Option<EventTime> {
        let millis = scan::number(self.millis).filter(|millis| *millis < 1_000)?;
        let seconds = scan::number(self.seconds)?.checked_mul(EventTime::SECOND)?;
        Some(EventTime::from_nanos(seconds.checked_add(millis * 1_000_000)?))
    }
}

/// `name=value` pairs; those that user space put into `msg='…'` too. The enriched part follows a
/// group separator (0x1D).
fn pairs(fields: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let parts = fields.split(|byte| matches!(byte, b' ' | 0x1D));
    parts.filter_map(|part| {
        let part = part.strip_prefix(b"msg='").unwrap_or(part);
        let (name, value) = scan::until(part, b'=')?;
        Some((name, value.strip_suffix(b"'").unwrap_or(value)))
    })
}

fn pair<'a>(fields: &'a [u8], wanted: &[u8]) -> &'a [u8] {
    pairs(fields).find(|(name, _)| *name == wanted).map_or(b"", |(_, value)| value)
}

/// Appends the text of a value: in quotes as it is; without them it is hexadecimal, for it holds a
/// blank, a quote or a byte outside ASCII.
fn decode(value: &[u8], text: &mut Vec<u8>) {
    if let Some(inner) = value.strip_prefix(b"\"") {
        text.extend_from_slice(inner.strip_suffix(b"\"").unwrap_or(inner));
        return;
    }
    let start = text.len();
    for digits in value.chunks(2) {
        match std::str::from_utf8(digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if digits.len() == 2 && digits.first() != Some(&b'+') => text.push(byte),
            _ => {
                text.truncate(start);
                text.extend_from_slice(value);
                return;
            }
        }
    }
}

/// `?`, `(null)` and `(none)` say that there is no value.
fn is_absent(value: &[u8]) -> bool {
    matches!(value, b"" | b"?" | b"\"?\"" | b"(null)" | b"(none)" | b"\"\"")
}

/// A value that is never encoded.
fn plain(row: &mut RowWriter<'_>, field: FieldId, value: &[u8]) {
    if !is_absent(value) {
        row.text(field, value);
    }
}

/// A value that may be quoted or hexadecimal.
fn text(row: &mut RowWriter<'_>, field: FieldId, value: &[u8], scratch: &mut Scratch) {
    if is_absent(value) {
        return;
    }
    if let Some(plain) = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")) {
        return row.text(field, plain);
    }
    scratch.line.clear();
    decode(value, &mut scratch.line);
    if scratch.line == value {
        row.text(field, value);
    } else {
        row.decoded(field, value, &scratch.line);
    }
}

fn number(row: &mut RowWriter<'_>, field: FieldId, digits: &[u8]) {
    if let Some(value) = scan::number(digits) {
        row.int(field, digits, value);
    }
}

/// `argc=3 a0="sh" a1="-c" a2=6964`; a long argument is cut into `a1_len=… a1[0]=… a1[1]=…`.
fn execve(row: &mut RowWriter<'_>, fields: &[u8], scratch: &mut Scratch) {
    row.class(EventClass::Process);
    row.constant(FieldId::EVENT_CATEGORY, "process");
    row.constant(FieldId::EVENT_ACTION, "exec");
    let mut command = std::mem::take(&mut scratch.line);
    command.clear();
    for (name, value) in pairs(fields) {
        let Some(name) = name.strip_prefix(b"a") else { continue };
        let (place, rest) = scan::digits(name);
        if place.is_empty() || !(rest.is_empty() || rest.starts_with(b"[")) {
            continue;
        }
        let continued = rest.starts_with(b"[") && rest != b"[0]";
        if !command.is_empty() && !continued {
            command.push(b' ');
        }
        decode(value, &mut command);
    }
    command_line(row, fields, &command);
    scratch.line = command;
}

/// `proctitle=` holds the arguments with zero bytes between them.
fn title(row: &mut RowWriter<'_>, fields: &[u8], scratch: &mut Scratch) {
    row.class(EventClass::Process);
    let mut command = std::mem::take(&mut scratch.line);
    command.clear();
    decode(pair(fields, b"proctitle"), &mut command);
    for byte in command.iter_mut().filter(|byte| **byte == 0) {
        *byte = b' ';
    }
    command_line(row, fields, &command);
    scratch.line = command;
}

fn command_line(row: &mut RowWriter<'_>, fields: &[u8], command: &[u8]) {
    if !command.is_empty() {
        row.decoded(FieldId::PROCESS_COMMAND_LINE, fields.trim_ascii_start(), command);
    }
}

fn path(row: &mut RowWriter<'_>, fields: &[u8], scratch: &mut Scratch) {
    row.class(EventClass::File);
    row.constant(FieldId::EVENT_CATEGORY, "file");
    for (name, value) in pairs(fields) {
        match name {
            b"name" => text(row, FieldId::FILE_PATH, value, scratch),
            b"cwd" => text(row, FieldId::PROCESS_WORKING_DIRECTORY, value, scratch),
            b"item" => row.text(FieldId::AUDIT_ITEM, value),
            b"inode" => row.text(FieldId::FILE_INODE, value),
            b"mode" => row.text(FieldId::FILE_MODE, value),
            b"ouid" => row.text(FieldId::FILE_OWNER, value),
            b"nametype" => {
                row.text(FieldId::AUDIT_NAMETYPE, value);
                match value {
                    b"CREATE" => row.constant(FieldId::EVENT_ACTION, "create"),
                    b"DELETE" => row.constant(FieldId::EVENT_ACTION, "delete"),
                    _ => (),
                }
            }
            _ => (),
        }
    }
}

fn syscall(row: &mut RowWriter<'_>, fields: &[u8], scratch: &mut Scratch) {
    let named = pair(fields, b"SYSCALL");
    let call = if named.is_empty() { pair(fields, b"syscall") } else { named };
    plain(row, FieldId::AUDIT_SYSCALL, call);
    // Numbers of x86-64: execve and execveat; the calls that open, rename, remove or change files.
    let class = match call {
        b"execve" | b"execveat" | b"59" | b"322" => EventClass::Process,
        b"open" | b"openat" | b"creat" | b"unlink" | b"unlinkat" | b"rename" | b"renameat"
        | b"renameat2" | b"chmod" | b"fchmod" | b"fchmodat" | b"chown" | b"lchown"
        | b"fchownat" | b"2" | b"257" | b"85" | b"87" | b"263" | b"82" | b"264" | b"316"
        | b"90" | b"91" | b"268" | b"92" | b"94" | b"260" => EventClass::File,
        _ => EventClass::Other,
    };
    row.class(class);
    if class == EventClass::Process {
        row.constant(FieldId::EVENT_CATEGORY, "process");
        row.constant(FieldId::EVENT_ACTION, "exec");
    }
    for (name, value) in pairs(fields) {
        match name {
            b"success" => outcome(row, value == b"yes"),
            b"tty" => plain(row, FieldId::PROCESS_TTY, value),
            b"comm" => text(row, FieldId::PROCESS_NAME, value, scratch),
            b"exit" => row.text(FieldId::PROCESS_EXIT_CODE, value),
            _ => subject(row, name, value, scratch),
        }
    }
}

/// Who did it: fields that records of all kinds have.
fn subject(row: &mut RowWriter<'_>, name: &[u8], value: &[u8], scratch: &mut Scratch) {
    match name {
        b"pid" => number(row, FieldId::PROCESS_PID, value),
        b"ppid" => number(row, FieldId::PROCESS_PARENT_PID, value),
        b"uid" => row.text(FieldId::USER_ID, value),
        b"auid" => row.text(FieldId::USER_AUDIT_ID, value),
        b"UID" => text(row, FieldId::USER_NAME, value, scratch),
        b"EUID" => text(row, FieldId::USER_EFFECTIVE_NAME, value, scratch),
        b"exe" => text(row, FieldId::PROCESS_EXECUTABLE, value, scratch),
        b"key" => text(row, FieldId::AUDIT_KEY, value, scratch),
        _ => (),
    }
}

fn outcome(row: &mut RowWriter<'_>, success: bool) {
    row.constant(FieldId::EVENT_OUTCOME, if success { "success" } else { "failure" });
}

/// Records of user space (`USER_…`, `CRED_…`, `ADD_USER` …): what PAM, sshd, sudo and shadow's tools did.
fn user_record(row: &mut RowWriter<'_>, kind: &[u8], fields: &[u8], scratch: &mut Scratch) {
    let success = pair(fields, b"res").starts_with(b"success") || pair(fields, b"res") == b"1";
    let (class, category, action) = meaning(kind, fields, success);
    row.class(class);
    if !action.is_empty() {
        row.constant(FieldId::EVENT_CATEGORY, category);
        row.constant(FieldId::EVENT_ACTION, action);
        if action != "preauth" {
            outcome(row, success);
        }
    }
    for (name, value) in pairs(fields) {
        match name {
            b"acct" | b"ID" if class == EventClass::Account => {
                text(row, FieldId::USER_TARGET_NAME, value, scratch);
            }
            b"acct" => text(row, FieldId::USER_NAME, value, scratch),
            b"op" => row.text(FieldId::EVENT_REASON, value),
            b"grp" => text(row, FieldId::GROUP_NAME, value, scratch),
            b"cmd" => text(row, FieldId::PROCESS_COMMAND_LINE, value, scratch),
            b"cwd" => text(row, FieldId::PROCESS_WORKING_DIRECTORY, value, scratch),
            b"unit" => plain(row, FieldId::SERVICE_NAME, value),
            b"terminal" => plain(row, FieldId::PROCESS_TTY, value),
            b"addr" => {
                if let Some(address) = scan::address(value) {
                    row.ip(FieldId::SOURCE_IP, value, address);
                }
            }
            // The daemon's own account; whom the record is about is `acct`.
            b"UID" => (),
            _ => subject(row, name, value, scratch),
        }
    }
}

/// Message types of linux/audit.h and libaudit.h.
fn meaning(kind: &[u8], fields: &[u8], success: bool) -> (EventClass, &'static str, &'static str) {
    let exe = pair(fields, b"exe");
    let privileged = [&b"sudo\""[..], b"/su\""].iter().any(|name| exe.ends_with(name));
    let by_pam = pair(fields, b"op").starts_with(b"PAM:");
    let authentication = |action| (EventClass::Authentication, "authentication", action);
    match kind {
        b"USER_AUTH" if privileged => (EventClass::Privilege, "process", "authenticate"),
        b"USER_AUTH" if by_pam && !success => authentication("login"),
        b"USER_LOGIN" if success => authentication("login"),
        b"USER_AUTH" | b"USER_LOGIN" | b"USER_ERR" | b"USER_ACCT" => authentication("preauth"),
        b"USER_START" | b"LOGIN" => (EventClass::Session, "session", "session_start"),
        b"USER_END" | b"USER_LOGOUT" => (EventClass::Session, "session", "session_end"),
        b"USER_CMD" => (EventClass::Privilege, "process", "sudo"),
        b"ADD_USER" => (EventClass::Account, "iam", "user_add"),
        b"DEL_USER" => (EventClass::Account, "iam", "user_delete"),
        b"ADD_GROUP" => (EventClass::Account, "iam", "group_add"),
        b"DEL_GROUP" => (EventClass::Account, "iam", "group_delete"),
        b"USER_CHAUTHTOK" => (EventClass::Account, "iam", "password_change"),
        b"USER_MGMT" | b"GRP_MGMT" | b"ACCT_LOCK" | b"ACCT_UNLOCK" => {
            (EventClass::Account, "iam", "user_change")
        }
        b"SERVICE_START" => (EventClass::Service, "process", "start"),
        b"SERVICE_STOP" => (EventClass::Service, "process", "stop"),
        b"CONFIG_CHANGE" | b"DAEMON_END" | b"DAEMON_START" => {
            (EventClass::Service, "configuration", "audit_change")
        }
        _ => (EventClass::Other, "", ""),
    }
}
