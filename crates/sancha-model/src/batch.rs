use std::{net::IpAddr, ops::Range};

use crate::{
    Assumed, Cell, Event, EventClass, EventTime, FieldId, FormatId,
    event::{IpSlot, Scalar, Span},
};

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

/// Where the constants of a batch stand in its decoded text, so that `failure` is copied once per batch
/// and not once per line. A small table by address; who loses a place is only copied again.
#[derive(Debug, Default)]
struct Constants(Vec<Option<(&'static str, Span)>>);

impl Constants {
    const PLACES: usize = 128;

    fn clear(&mut self) {
        self.0.clear();
    }

    fn place(&mut self, value: &'static str) -> Option<&mut Option<(&'static str, Span)>> {
        if self.0.is_empty() {
            self.0.resize(Self::PLACES, None);
        }
        // Literals lie close together: all low bits of the address tell them apart.
        let address = value.as_ptr().addr();
        self.0.get_mut((address ^ (address >> 7)) % Self::PLACES)
    }
}

/// What a format writes one record's fields into.
///
/// Values are handed over as slices of [`RowWriter::line`]; their place in the batch is found from
/// their address, so a format never counts offsets. A slice from elsewhere is copied.
pub struct RowWriter<'b> {
    raw: &'b [u8],
    line: &'b [u8],
    cells: &'b mut Vec<Cell>,
    decoded: &'b mut Vec<u8>,
    notes: &'b mut Vec<ParseNote>,
    ips: &'b mut Vec<IpAddr>,
    constants: &'b mut Constants,
    first_cell: usize,
    time: Option<EventTime>,
    assumed: Assumed,
    class: EventClass,
    present: u64,
}

impl<'b> RowWriter<'b> {
    /// The record's bytes, without the line end.
    pub fn line(&self) -> &'b [u8] {
        self.line
    }

    /// What stands before the record in its batch, with line ends.
    pub fn before(&self) -> &'b [u8] {
        let start = self.line.as_ptr().addr().wrapping_sub(self.raw.as_ptr().addr());
        self.raw.get(..start).unwrap_or(&[])
    }

    /// What follows the record in its batch, with line ends; its own comes first.
    pub fn after(&self) -> &'b [u8] {
        self.raw.get(self.before().len() + self.line.len()..).unwrap_or(&[])
    }

    /// A text field whose value stands in the line as it is.
    #[inline]
    pub fn text(&mut self, field: FieldId, value: &[u8]) {
        let span = self.span(value);
        self.push(field, Scalar::Text(span), span);
    }

    /// A text field whose value had to be decoded: `raw` is what stands in the line.
    pub fn decoded(&mut self, field: FieldId, raw: &[u8], value: &[u8]) {
        let decoded = self.copy(value);
        let raw = self.span_in_raw(raw).unwrap_or(decoded);
        self.push(field, Scalar::Text(decoded), raw);
    }

    /// A text field that the format itself supplies, such as `event.outcome`.
    pub fn constant(&mut self, field: FieldId, value: &'static str) {
        let known = self.constants.place(value).and_then(|place| *place);
        let span = match known {
            // The same address and length are the same literal; its bytes need no second look.
            Some((text, span)) if std::ptr::eq(text, value) => span,
            _ => {
                let span = self.copy(value.as_bytes());
                if let Some(place) = self.constants.place(value) {
                    *place = Some((value, span));
                }
                span
            }
        };
        self.push(field, Scalar::Text(span), Span::raw(0, 0));
    }

    /// Replaces the text of this record's cells that stands in the line as it is: `decode` appends the
    /// decoded text to its second argument and says whether it did. For lines that are not UTF-8.
    pub fn decode_texts(&mut self, mut decode: impl FnMut(&[u8], &mut Vec<u8>) -> bool) {
        for cell in self.cells.get_mut(self.first_cell..).unwrap_or_default() {
            let Scalar::Text(span) = cell.value else { continue };
            let end = span.start() + span.len();
            let text = self.raw.get(span.start()..end).filter(|_| !span.is_decoded());
            let start = self.decoded.len();
            if text.is_some_and(|text| !text.is_ascii() && decode(text, self.decoded)) {
                cell.value = Scalar::Text(Span::decoded(start, self.decoded.len() - start));
            } else {
                self.decoded.truncate(start);
            }
        }
    }

    /// Whether this record already has a cell of `field`.
    pub fn has(&self, field: FieldId) -> bool {
        self.present & field_bit(field) != 0
            && self.cells.iter().skip(self.first_cell).any(|cell| cell.field == field)
    }

    #[inline]
    pub fn int(&mut self, field: FieldId, raw: &[u8], value: i64) {
        let span = self.span(raw);
        self.push(field, Scalar::Int(value), span);
    }

    #[inline]
    pub fn ip(&mut self, field: FieldId, raw: &[u8], value: IpAddr) {
        let slot = IpSlot(count(self.ips.len()));
        self.ips.push(value);
        let span = self.span(raw);
        self.push(field, Scalar::Ip(slot), span);
    }

    pub fn bool(&mut self, field: FieldId, raw: &[u8], value: bool) {
        let span = self.span(raw);
        self.push(field, Scalar::Bool(value), span);
    }

    /// When it happened. `assumed` says what of it the line did not state.
    pub fn time(&mut self, time: EventTime, assumed: Assumed) {
        // The zero of some programs and years that somebody made up are no times.
        if time.is_within_range() {
            self.time = Some(time);
            self.assumed = assumed;
        }
    }

    pub fn class(&mut self, class: EventClass) {
        self.class = class;
    }

    pub fn note(&mut self, kind: ParseNoteKind, at: &[u8]) {
        let at = self.span_in_raw(at).unwrap_or_default();
        self.notes.push(ParseNote { kind, at });
    }

    pub fn has_time(&self) -> bool {
        self.time.is_some()
    }

    #[inline]
    fn push(&mut self, field: FieldId, value: Scalar, raw: Span) {
        self.present |= field_bit(field);
        self.cells.push(Cell { field, value, raw });
    }

    #[inline]
    fn span(&mut self, value: &[u8]) -> Span {
        match self.span_in_raw(value) {
            Some(span) => span,
            None => self.copy(value),
        }
    }

    #[inline]
    fn span_in_raw(&self, value: &[u8]) -> Option<Span> {
        let start = value.as_ptr().addr().wrapping_sub(self.raw.as_ptr().addr());
        let room = self.raw.len().checked_sub(start)?;
        (value.len() <= room).then(|| Span::raw(start, value.len()))
    }

    fn copy(&mut self, value: &[u8]) -> Span {
        let start = self.decoded.len();
        self.decoded.extend_from_slice(value);
        Span::decoded(start, value.len())
    }
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
