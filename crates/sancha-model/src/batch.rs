mod writer;

use std::{net::IpAddr, ops::Range};

use crate::{
    Assumed, Cell, Event, EventClass, EventTime, FieldId, FormatId,
    event::{IpSlot, Span},
};
use writer::Constants;
pub use writer::RowWriter;

/// Rank of a file's path among all files of the run, in byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// Total order of a run: correlation and output sort by (time, this).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RecordId {
    pub file: FileId,
    /// Of the record's first byte, in the decompressed content.
    pub offset: u64,
}

/// How a file's bytes are cut into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Lines ended by LF or CRLF.
    Lines,
    /// Records of a fixed number of bytes.
    Fixed(usize),
    /// The file must be in memory to be read; its reader renders each record as one line.
    Whole,
}

/// Why a record was not, or not wholly, understood. The bytes are kept in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseNote {
    pub kind: ParseNoteKind,
    /// What the note is about, in the raw bytes.
    pub at: Span,
}

/// Closed set of reasons; [`ParseNoteKind::rejects`] tells those that make a record count as rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParseNoteKind {
    /// The line does not have the shape of the file's format.
    NotThisFormat,
    /// A field has a value that its type does not allow; the text is kept.
    BadValue,
    /// The time could not be read; the record is matched without one.
    BadTime,
    /// The line is longer than the limit; its beginning is kept as evidence.
    TooLong,
    /// The bytes are neither UTF-8 nor GB18030.
    BadEncoding,
    /// The record ends before its format says it should.
    Truncated,
    /// A later line of the record above; not rejected.
    Continuation,
    /// An empty line; not rejected.
    Empty,
    /// A line that says nothing about an event, such as a header or a comment; not rejected.
    Header,
}

impl ParseNoteKind {
    pub const ALL: [Self; 9] = [
        Self::NotThisFormat,
        Self::BadValue,
        Self::BadTime,
        Self::TooLong,
        Self::BadEncoding,
        Self::Truncated,
        Self::Continuation,
        Self::Empty,
        Self::Header,
    ];

    /// Whether a record with this note counts as rejected in the coverage statement.
    pub const fn rejects(self) -> bool {
        match self {
            Self::NotThisFormat | Self::TooLong | Self::Truncated => true,
            Self::BadValue
            | Self::BadTime
            | Self::BadEncoding
            | Self::Continuation
            | Self::Empty
            | Self::Header => false,
        }
    }

    /// Stable name for JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotThisFormat => "not_this_format",
            Self::BadValue => "bad_value",
            Self::BadTime => "bad_time",
            Self::TooLong => "too_long",
            Self::BadEncoding => "bad_encoding",
            Self::Truncated => "truncated",
            Self::Continuation => "continuation",
            Self::Empty => "empty",
            Self::Header => "header",
        }
    }
}

/// One record of a batch.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: RecordId,
    pub line: u64,
    pub raw: Span,
    pub time: Option<EventTime>,
    pub assumed: Assumed,
    pub format: FormatId,
    pub class: EventClass,
    /// Bits of the fields that are there, [`field_bit`] each.
    pub(crate) present: u64,
    cells: Range<u32>,
    notes: Range<u32>,
}

/// Whole records of one file and what was understood of them. Buffers are reused: once they have
/// grown to their size, nothing is allocated per row.
#[derive(Debug, Default)]
pub struct Batch {
    /// Order of the batch within its file, from 0.
    pub seq: u64,
    pub file: FileId,
    /// Offset and 1-based line number of the first record.
    pub first_offset: u64,
    pub first_line: u64,
    /// Where each record stands in its file, when `raw` is a rendering of it; else empty.
    pub offsets: Vec<u64>,
    /// The records' bytes with their line ends, as the reader delivered them.
    pub raw: Vec<u8>,
    decoded: Vec<u8>,
    rows: Vec<Row>,
    cells: Vec<Cell>,
    notes: Vec<ParseNote>,
    ips: Vec<IpAddr>,
    constants: Constants,
}

impl Batch {
    pub fn events(&self) -> impl ExactSizeIterator<Item = Event<'_>> {
        self.rows.iter().map(|row| Event { batch: self, row })
    }

    /// The records before one, the nearest first.
    pub(crate) fn before(&self, record: RecordId) -> impl Iterator<Item = Event<'_>> {
        let place = self.rows.partition_point(|row| row.id < record);
        let before = self.rows.iter().take(place).rev();
        before.map(|row| Event { batch: self, row })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets everything and keeps the buffers.
    pub fn clear(&mut self) {
        self.raw.clear();
        self.offsets.clear();
        self.clear_rows();
    }

    /// Forgets what was understood and keeps the raw bytes.
    pub fn clear_rows(&mut self) {
        self.decoded.clear();
        self.rows.clear();
        self.cells.clear();
        self.notes.clear();
        self.ips.clear();
        self.constants.clear();
    }

    /// Exchanges what was understood, with the buffers that it stands in; the raw bytes stay.
    pub fn swap_rows(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.decoded, &mut other.decoded);
        std::mem::swap(&mut self.rows, &mut other.rows);
        std::mem::swap(&mut self.cells, &mut other.cells);
        std::mem::swap(&mut self.notes, &mut other.notes);
        std::mem::swap(&mut self.ips, &mut other.ips);
        std::mem::swap(&mut self.constants, &mut other.constants);
    }

    /// Adds one record, whose bytes are `raw[range]`, and lets `read` fill in its fields.
    ///
    /// A range outside `raw` is cut to it.
    pub fn push_row(
        &mut self,
        range: Range<usize>,
        id: RecordId,
        line: u64,
        format: FormatId,
        read: impl FnOnce(&mut RowWriter<'_>),
    ) {
        let first_cell = count(self.cells.len());
        let first_note = count(self.notes.len());
        let end = range.end.min(self.raw.len());
        let start = range.start.min(end);
        let mut writer = RowWriter {
            raw: &self.raw,
            line: self.raw.get(start..end).unwrap_or(&[]),
            cells: &mut self.cells,
            decoded: &mut self.decoded,
            notes: &mut self.notes,
            ips: &mut self.ips,
            constants: &mut self.constants,
            first_cell: first_cell as usize,
            time: None,
            assumed: Assumed::default(),
            class: EventClass::Other,
            present: 0,
        };
        read(&mut writer);
        let RowWriter { time, assumed, class, present, .. } = writer;
        self.rows.push(Row {
            id,
            line,
            raw: Span::raw(start, end - start),
            time,
            assumed,
            format,
            class,
            present,
            cells: first_cell..count(self.cells.len()),
            notes: first_note..count(self.notes.len()),
        });
    }

    #[inline]
    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        let buffer = if span.is_decoded() { &self.decoded } else { &self.raw };
        buffer.get(span.start()..span.start() + span.len()).unwrap_or(&[])
    }

    #[inline]
    pub(crate) fn cells_of(&self, row: &Row) -> &[Cell] {
        self.cells.get(row.cells.start as usize..row.cells.end as usize).unwrap_or(&[])
    }

    pub(crate) fn notes_of(&self, row: &Row) -> &[ParseNote] {
        self.notes.get(row.notes.start as usize..row.notes.end as usize).unwrap_or(&[])
    }

    pub(crate) fn ip(&self, slot: IpSlot) -> Option<IpAddr> {
        self.ips.get(slot.0 as usize).copied()
    }
}

/// Fields share bits: a bit that is not set says that the field is absent, a set one only that it may be there.
pub(crate) fn field_bit(field: FieldId) -> u64 {
    1 << (field.index() % 64)
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_back_what_its_format_wrote() {
        let mut batch = Batch { raw: b"GET 203.0.113.9 %41\nnext\n".to_vec(), ..Batch::default() };
        batch.push_row(0..19, RecordId::default(), 1, FormatId(0), |row| {
            let line = row.line();
            row.text(FieldId::HTTP_METHOD, &line[..3]);
            row.ip(FieldId::SOURCE_IP, &line[4..15], [203, 0, 113, 9].into());
            row.decoded(FieldId::URL_PATH, &line[16..19], b"A");
            row.constant(FieldId::EVENT_OUTCOME, "failure");
            row.int(FieldId::HTTP_STATUS, b"from elsewhere", 404);
        });
        let event = batch.events().next().unwrap();
        assert_eq!(event.raw(), b"GET 203.0.113.9 %41");
        assert_eq!(event.field_text(FieldId::HTTP_METHOD), b"GET");
        assert_eq!(event.field_text(FieldId::URL_PATH), b"A");
        assert_eq!(event.field_text(FieldId::SOURCE_IP), b"203.0.113.9");
        assert_eq!(event.field_ip(FieldId::SOURCE_IP), Some([203, 0, 113, 9].into()));
        assert_eq!(event.field_text(FieldId::EVENT_OUTCOME), b"failure");
        assert_eq!(event.field_text(FieldId::HTTP_STATUS), b"from elsewhere");
        assert_eq!(event.field_int(FieldId::HTTP_STATUS), Some(404));
        assert_eq!(event.field_text(FieldId::USER_NAME), b"");
    }

    #[test]
    fn a_row_knows_what_stands_around_it() {
        let mut batch = Batch { raw: b"one\ntwo\nthree\n".to_vec(), ..Batch::default() };
        batch.push_row(4..7, RecordId::default(), 2, FormatId(0), |row| {
            assert_eq!((row.before(), row.after()), (&b"one\n"[..], &b"\nthree\n"[..]));
        });
    }

    #[test]
    fn a_constant_is_copied_once_per_batch() {
        let mut batch = Batch { raw: b"ab".to_vec(), ..Batch::default() };
        for at in 0..2 {
            batch.push_row(at..at + 1, RecordId::default(), 1, FormatId(0), |row| {
                row.constant(FieldId::EVENT_OUTCOME, "failure");
                row.constant(FieldId::EVENT_ACTION, "login");
            });
        }
        assert_eq!(batch.decoded.len(), "failurelogin".len());
        for event in batch.events() {
            assert_eq!(event.field_text(FieldId::EVENT_OUTCOME), b"failure");
            assert_eq!(event.field_text(FieldId::EVENT_ACTION), b"login");
        }
        batch.clear_rows();
        batch.push_row(0..1, RecordId::default(), 1, FormatId(0), |row| {
            row.constant(FieldId::EVENT_ACTION, "login");
        });
        assert_eq!(batch.events().next().unwrap().field_text(FieldId::EVENT_ACTION), b"login");
    }

    #[test]
    fn only_texts_that_are_not_ascii_are_decoded() {
        let mut batch = Batch { raw: b"ab \xff\xfe".to_vec(), ..Batch::default() };
        batch.push_row(0..5, RecordId::default(), 1, FormatId(0), |row| {
            let line = row.line();
            row.text(FieldId::USER_NAME, &line[..2]);
            row.text(FieldId::MESSAGE, &line[3..]);
            row.decode_texts(|_, out| {
                out.extend_from_slice(b"decoded");
                true
            });
        });
        let event = batch.events().next().unwrap();
        assert_eq!(event.field_text(FieldId::USER_NAME), b"ab");
        assert_eq!(event.field_text(FieldId::MESSAGE), b"decoded");
        assert_eq!(event.raw(), b"ab \xff\xfe");
    }

    #[test]
    fn a_cell_is_at_most_32_bytes() {
        assert!(size_of::<Cell>() <= 32);
        assert!(size_of::<Event<'_>>() == 2 * size_of::<usize>());
    }

    #[test]
    fn a_range_outside_the_bytes_is_cut() {
        let mut batch = Batch { raw: b"abc".to_vec(), ..Batch::default() };
        batch.push_row(1..99, RecordId::default(), 1, FormatId(0), |_| ());
        assert_eq!(batch.events().next().unwrap().raw(), b"bc");
    }
}
