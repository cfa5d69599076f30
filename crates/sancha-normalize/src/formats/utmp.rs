use std::net::{Ipv4Addr, Ipv6Addr};

use sancha_model::{Assumed, EventClass, EventTime, FieldId, Framing, ParseNoteKind, RowWriter};

use crate::{FileContext, Fit, Format, Head, Scratch};

/// `wtmp` and `btmp` of Linux on x86-64: records of 384 bytes (utmp(5), bits/utmp.h).
///
/// Both have the same records; in `btmp` each is a failed login, and only the file's name tells.
pub struct Utmp {
    failed: bool,
}

pub(super) static WTMP: Utmp = Utmp { failed: false };
pub(super) static BTMP: Utmp = Utmp { failed: true };

const SIZE: usize = 384;

/// A plausible `ut_tv.tv_sec`: from 1990 to 2100.
const SECONDS: std::ops::Range<i64> = 631_152_000..4_102_444_800;

impl Format for Utmp {
    fn name(&self) -> &str {
        if self.failed { "linux/btmp" } else { "linux/wtmp" }
    }

    fn framing(&self) -> Framing {
        Framing::Fixed(SIZE)
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        let records = || head.bytes.chunks_exact(SIZE).take(20);
        // Zeros are what `copytruncate` leaves before the text of a log.
        let looks_right = records().any(|bytes| bytes.iter().any(|byte| *byte != 0))
            && records()
                .all(|bytes| Record::read(bytes).is_some_and(|record| record.is_plausible()));
        if looks_right && head.name_begins("btmp") == self.failed {
            return Fit::Certain;
        }
        Fit::No
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, _scratch: &mut Scratch) {
        let line = row.line();
        let Some(record) = Record::read(line) else {
            return row.note(ParseNoteKind::Truncated, line);
        };
        let time = EventTime::from_seconds(record.seconds).plus(record.micros * 1_000);
        row.time(time.plus(context.clock_offset), Assumed::default());
        self.what(row, &record);
        for (field, text) in
            [(FieldId::USER_NAME, record.user), (FieldId::PROCESS_TTY, record.line)]
        {
            if !text.is_empty() {
                row.text(field, text);
            }
        }
        if record.pid > 0 {
            row.int(FieldId::PROCESS_PID, record.pid_bytes, record.pid);
        }
        source(row, &record);
    }
}

/// The fields of `struct utmp` that say something.
struct Record<'a> {
    kind: i32,
    pid: i64,
    pid_bytes: &'a [u8],
    line: &'a [u8],
    user: &'a [u8],
    host: &'a [u8],
    seconds: i64,
    micros: i64,
    address: [u8; 16],
}

impl<'a> Record<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() != SIZE {
            return None;
        }
        let int = |at: usize| Some(i32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let text = |at: usize, size: usize| {
            let field = bytes.get(at..at + size)?;
            let end = memchr::memchr(0, field).unwrap_or(size);
            field.get(..end)
        };
        Some(Self {
            kind: i32::from(i16::from_le_bytes(*bytes.first_chunk()?)),
            pid: int(4)?.into(),
            pid_bytes: bytes.get(4..8)?,
            line: text(8, 32)?,
            user: text(44, 32)?,
            host: text(76, 256)?,
            seconds: u32::from_le_bytes(*bytes.get(340..)?.first_chunk()?).into(),
            micros: int(344)?.into(),
            address: *bytes.get(348..)?.first_chunk()?,
        })
    }

    /// `EMPTY` to `ACCOUNTING`, a time of our days, texts without control characters.
    fn is_plausible(&self) -> bool {
        let texts = [self.line, self.user, self.host];
        let plain = texts.iter().all(|text| !text.iter().any(|byte| byte.is_ascii_control()));
        let empty = self.kind == 0 && self.seconds == 0;
        (0..=9).contains(&self.kind) && (empty || SECONDS.contains(&self.seconds)) && plain
    }
}

/// `ut_type` of utmp(5).
impl Utmp {
    fn what(&self, row: &mut RowWriter<'_>, record: &Record<'_>) {
        let is_ssh = record.line.starts_with(b"ssh");
        let (class, category, action) = match record.kind {
            _ if self.failed => (EventClass::Authentication, "authentication", "login"),
            7 => (EventClass::Session, "session", "session_start"),
            8 => (EventClass::Session, "session", "session_end"),
            2 => (EventClass::Service, "host", "boot"),
            1 if record.user == b"shutdown" => (EventClass::Service, "host", "shutdown"),
            3 | 4 => (EventClass::Service, "host", "clock_change"),
            _ => return,
        };
        row.class(class);
        row.constant(FieldId::EVENT_CATEGORY, category);
        row.constant(FieldId::EVENT_ACTION, action);
        if self.failed {
            row.constant(FieldId::EVENT_OUTCOME, "failure");
            row.constant(FieldId::AUTH_METHOD, if is_ssh { "ssh" } else { "login" });
        }
    }
}

/// `ut_addr_v6`: IPv4 stands in the first word, the others zero. The host name says more where the
/// address is empty.
fn source(row: &mut RowWriter<'_>, record: &Record<'_>) {
    let [a, b, c, d, rest @ ..] = record.address;
    if record.address != [0; 16] {
        let is_v4 = rest.iter().all(|byte| *byte == 0);
        let address = if is_v4 {
            Ipv4Addr::new(a, b, c, d).into()
        } else {
            Ipv6Addr::from(record.address).to_canonical()
        };
        // Rules see the address as text: the host when it is one, else written out.
        if crate::scan::address(record.host) == Some(address) {
            row.ip(FieldId::SOURCE_IP, record.host, address);
        } else {
            row.ip(FieldId::SOURCE_IP, address.to_string().as_bytes(), address);
        }
    } else if let Some(address) = crate::scan::address(record.host) {
        row.ip(FieldId::SOURCE_IP, record.host, address);
    } else if !record.host.is_empty() && record.kind == 7 {
        row.text(FieldId::SOURCE_ADDRESS, record.host);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use sancha_model::{Batch, Fields};

    use super::*;
    use crate::{Formats, normalize};

    fn record(kind: u8, user: &str, host: &str, address: [u8; 16]) -> Vec<u8> {
        let mut bytes = vec![0; SIZE];
        bytes[0] = kind;
        bytes[4..8].copy_from_slice(&4711_i32.to_le_bytes());
        bytes[8..18].copy_from_slice(b"ssh:notty\0");
        bytes[44..44 + user.len()].copy_from_slice(user.as_bytes());
        bytes[76..76 + host.len()].copy_from_slice(host.as_bytes());
        bytes[340..344].copy_from_slice(&1_792_610_055_u32.to_le_bytes());
        bytes[344..348].copy_from_slice(&5_i32.to_le_bytes());
        bytes[348..364].copy_from_slice(&address);
        bytes
    }

    fn v4(address: [u8; 4]) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&address);
        bytes
    }

    fn check(name: &str, bytes: &[u8], want: &[&str]) {
        let formats = Formats::new(Vec::new());
        let format = formats.detect(&Head::of(bytes, name));
        let context = FileContext::new(TimeZone::UTC, EventTime::MAX, Arc::new(Fields::new([])));
        let mut batch = Batch::default();
        batch.raw = bytes.to_vec();
        normalize(&mut batch, &formats, format, &context, &mut Scratch::new(&context));
        let told = batch.events().map(|event| {
            let cells: Vec<String> = event
                .cells()
                .iter()
                .map(|cell| match event.field_int(cell.field) {
                    Some(value) => value.to_string(),
                    None => String::from_utf8_lossy(event.text(cell)).into_owned(),
                })
                .collect();
            let notes: Vec<_> = event.notes().iter().map(|note| note.kind.id()).collect();
            format!("{} {:?} {}", formats.get(format).name(), notes, cells.join(" "))
        });
        assert_eq!(told.collect::<Vec<_>>(), want);
    }

    #[test]
    fn records_of_both_files() {
        let login = record(7, "root", "203.0.113.9", v4([203, 0, 113, 9]));
        check(
            "wtmp",
            &login,
            &["linux/wtmp [] session session_start root ssh:notty 4711 203.0.113.9"],
        );
        check(
            "btmp.1",
            &login,
            &["linux/btmp [] authentication login failure ssh root ssh:notty 4711 203.0.113.9"],
        );
        let v6 = record(7, "", "h", "2001:db8::9".parse::<Ipv6Addr>().unwrap().octets());
        check("wtmp", &v6, &["linux/wtmp [] session session_start ssh:notty 4711 2001:db8::9"]);
        let cut = [&login[..], &login[..100]].concat();
        check(
            "btmp",
            &cut,
            &[
                "linux/btmp [] authentication login failure ssh root ssh:notty 4711 203.0.113.9",
                "linux/btmp [\"truncated\"] ",
            ],
        );
    }

    #[test]
    fn other_files_of_that_size_are_not_taken() {
        for bytes in [vec![b'a'; SIZE], vec![7; SIZE]] {
            let formats = Formats::new(Vec::new());
            let format = formats.detect(&Head::of(&bytes, "wtmp"));
            assert_eq!(formats.get(format).name(), "text/plain");
        }
    }
}
