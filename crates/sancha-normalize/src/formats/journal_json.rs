use sancha_model::{Assumed, EventTime, FieldId, ParseNoteKind, RowWriter};

use crate::{
    FileContext, Fit, Format, Head, Scratch,
    daemon::Speaker,
    encoding,
    json::{Kind, Value},
    program, scan,
};

/// The journal's JSON export, one entry a line (`journalctl -o json`; systemd's "Journal JSON Format").
/// Programs are read as in syslog.
pub struct JournalJson;

pub(super) static JOURNAL_JSON: JournalJson = JournalJson;

impl Format for JournalJson {
    fn name(&self) -> &str {
        "linux/journal-json"
    }

    fn probe(&self, head: &Head<'_>) -> Fit {
        head.share(|line| memchr::memmem::find(line, b"\"__REALTIME_TIMESTAMP\"").is_some())
    }

    fn parse(&self, row: &mut RowWriter<'_>, context: &FileContext, scratch: &mut Scratch) {
        let line = encoding::line_of(row);
        let mut tape = std::mem::take(&mut scratch.tape);
        match tape.read(line).filter(|value| value.kind() == Kind::Object) {
            Some(value) => entry(row, value, context, scratch),
            None => {
                row.note(ParseNoteKind::NotThisFormat, line);
                row.text(FieldId::MESSAGE, line);
            }
        }
        scratch.tape = tape;
    }
}

/// The fields of systemd.journal-fields(7) that are read.
#[derive(Default)]
struct Entry<'a> {
    received: Value<'a>,
    sent: Value<'a>,
    message: Value<'a>,
    identifier: Value<'a>,
    command: Value<'a>,
    others: [Value<'a>; 7],
}

const OTHERS: [(&[u8], FieldId); 7] = [
    (b"_HOSTNAME", FieldId::HOST_NAME),
    (b"_PID", FieldId::PROCESS_PID),
    (b"_EXE", FieldId::PROCESS_EXECUTABLE),
    (b"_CMDLINE", FieldId::PROCESS_COMMAND_LINE),
    (b"_UID", FieldId::USER_ID),
    (b"_SYSTEMD_UNIT", FieldId::JOURNAL_UNIT),
    (b"PRIORITY", FieldId::LOG_LEVEL),
];

fn entry(row: &mut RowWriter<'_>, line: Value<'_>, context: &FileContext, scratch: &mut Scratch) {
    let mut entry = Entry::default();
    for (name, value) in line.members() {
        match name.raw() {
            b"__REALTIME_TIMESTAMP" => entry.received = value,
            b"_SOURCE_REALTIME_TIMESTAMP" => entry.sent = value,
            b"MESSAGE" => entry.message = value,
            b"SYSLOG_IDENTIFIER" => entry.identifier = value,
            b"_COMM" => entry.command = value,
            name => {
                let place = OTHERS.iter().position(|(known, _)| *known == name);
                if let Some(slot) = place.and_then(|place| entry.others.get_mut(place)) {
                    *slot = value;
                }
            }
        }
    }
    let micros = scan::number(entry.sent.raw()).or_else(|| scan::number(entry.received.raw()));
    match micros.and_then(|micros| micros.checked_mul(1_000)) {
        Some(nanos) => {
            row.time(EventTime::from_nanos(nanos).plus(context.clock_offset), Assumed::default());
        }
        None => row.note(ParseNoteKind::BadTime, entry.received.raw()),
    }
    for ((_, field), value) in OTHERS.into_iter().zip(entry.others) {
        if value.kind() != Kind::Null {
            super::json::cell(row, field, value, scratch);
        }
    }
    told(row, &entry, scratch);
}

fn told(row: &mut RowWriter<'_>, entry: &Entry<'_>, scratch: &mut Scratch) {
    let identifier = entry.identifier.raw();
    let program = if identifier.is_empty() { entry.command.raw() } else { identifier };
    if !program.is_empty() {
        row.text(FieldId::PROCESS_NAME, program);
    }
    // The unit's host stands in another field; a file of the journal is one host's.
    let speaker = Speaker { program, ..Speaker::default() };
    let mut buffer = std::mem::take(&mut scratch.text);
    if entry.message.kind() == Kind::Array {
        // A message that is not UTF-8 is exported as a list of its bytes.
        buffer.clear();
        let bytes = entry.message.elements().filter_map(|byte| scan::number(byte.raw()));
        buffer.extend(bytes.filter_map(|byte| u8::try_from(byte).ok()));
        program::read(row, speaker, &buffer, scratch);
    } else if entry.message.kind() != Kind::Null {
        program::read(row, speaker, entry.message.text(&mut buffer), scratch);
    }
    scratch.text = buffer;
}
