use std::{net::IpAddr, ops::Range};

use crate::{Batch, EventTime, FieldId, ParseNote, RecordId, Row, batch::field_bit};

/// A run of bytes in a batch: in the raw lines, or in the decoded text beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    len: u32,
}

/// The top bit of `start` tells the decoded buffer from the raw one; both stay far below 2 GiB.
const DECODED: u32 = 1 << 31;

impl Span {
    pub(crate) fn raw(start: usize, len: usize) -> Self {
        Self { start: clamp(start) & !DECODED, len: clamp(len) }
    }

    pub(crate) fn decoded(start: usize, len: usize) -> Self {
        Self { start: clamp(start) | DECODED, len: clamp(len) }
    }

    pub const fn is_decoded(self) -> bool {
        self.start & DECODED != 0
    }

    pub const fn start(self) -> usize {
        (self.start & !DECODED) as usize
    }

    pub const fn len(self) -> usize {
        self.len as usize
    }

    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

fn clamp(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX >> 1)
}

/// Where an address stands in a batch's own list; 16 bytes would not fit into a [`Cell`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpSlot(pub(crate) u32);

/// A typed value, at most 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Text(Span),
    Int(i64),
    Ip(IpSlot),
    Time(EventTime),
    Bool(bool),
}

/// One field of one event. `value` serves detection, `raw` (the bytes it was read from) the lake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub field: FieldId,
    pub value: Scalar,
    pub raw: Span,
}

/// The format a row was read with: its place in the list of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FormatId(pub u8);

/// What kind of thing a record tells of. Decides which analyses look at it and which Sigma log
/// sources it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum EventClass {
    /// Nothing that an analysis knows; rules without a log source still see it.
    #[default]
    Other,
    /// One HTTP request and its answer.
    Web,
    /// A web server's error log.
    WebError,
    /// Someone tried to log in: `event.outcome`, `user.name`, `source.ip`.
    Authentication,
    /// A session began or ended.
    Session,
    /// `sudo`, `su` and their like.
    Privilege,
    /// A job of cron or at.
    Schedule,
    /// A unit was started, stopped, enabled.
    Service,
    Kernel,
    /// A program was run: `process.executable`, `process.command_line`.
    Process,
    /// A file was written, renamed, removed: `file.path`.
    File,
    /// An account or group was added, changed, removed.
    Account,
    /// A statement or event of a database server.
    Database,
}

impl EventClass {
    /// Stable name, as columns and output have it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Web => "web",
            Self::WebError => "web_error",
            Self::Authentication => "authentication",
            Self::Session => "session",
            Self::Privilege => "privilege",
            Self::Schedule => "schedule",
            Self::Service => "service",
            Self::Kernel => "kernel",
            Self::Process => "process",
            Self::File => "file",
            Self::Account => "account",
            Self::Database => "database",
        }
    }
}

/// What of an event's time the log did not say and was taken from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Assumed {
    pub year: bool,
    pub zone: bool,
}

impl Assumed {
    pub const fn any(self) -> bool {
        self.year || self.zone
    }
}

/// A view of one row of a batch: two words, copied freely.
#[derive(Clone, Copy)]
pub struct Event<'b> {
    pub(crate) batch: &'b Batch,
    pub(crate) row: &'b Row,
}

impl<'b> Event<'b> {
    #[inline]
    pub fn id(self) -> RecordId {
        self.row.id
    }

    /// The records before it in its batch, the nearest first.
    pub fn before(self) -> impl Iterator<Item = Self> {
        self.batch.before(self.row.id)
    }

    /// 1-based; the record number for formats without lines.
    pub fn line(self) -> u64 {
        self.row.line
    }

    pub fn time(self) -> Option<EventTime> {
        self.row.time
    }

    pub fn assumed(self) -> Assumed {
        self.row.assumed
    }

    #[inline]
    pub fn class(self) -> EventClass {
        self.row.class
    }

    /// Equal for records with the same fields, and now and then for others.
    #[inline]
    pub fn present_bits(self) -> u64 {
        self.row.present
    }

    pub fn format(self) -> FormatId {
        self.row.format
    }

    /// The record's bytes as they were read, without the line end.
    #[inline]
    pub fn raw(self) -> &'b [u8] {
        self.batch.bytes(self.row.raw)
    }

    #[inline]
    pub fn cells(self) -> &'b [Cell] {
        self.batch.cells_of(self.row)
    }

    pub fn notes(self) -> &'b [ParseNote] {
        self.batch.notes_of(self.row)
    }

    /// The first cell of a field. Cheap when it is absent, else linear in the row's cells.
    #[inline]
    pub fn cell(self, field: FieldId) -> Option<&'b Cell> {
        if self.row.present & field_bit(field) == 0 {
            return None;
        }
        self.cells().iter().find(|cell| cell.field == field)
    }

    /// A cell's text: the decoded text, or the bytes a number or address was read from.
    #[inline]
    pub fn text(self, cell: &Cell) -> &'b [u8] {
        match cell.value {
            Scalar::Text(span) => self.batch.bytes(span),
            Scalar::Int(_) | Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => {
                self.batch.bytes(cell.raw)
            }
        }
    }

    /// Where a cell's bytes stand in [`Event::raw`]; nothing when they are not in this record's line.
    pub fn place(self, cell: &Cell) -> Option<Range<usize>> {
        let start = cell.raw.start().checked_sub(self.row.raw.start())?;
        let end = start + cell.raw.len();
        (!cell.raw.is_decoded() && end <= self.row.raw.len()).then_some(start..end)
    }

    /// The text of a field, empty when the event lacks it.
    #[inline]
    pub fn field_text(self, field: FieldId) -> &'b [u8] {
        self.cell(field).map_or(&[], |cell| self.text(cell))
    }

    pub fn field_int(self, field: FieldId) -> Option<i64> {
        match self.cell(field)?.value {
            Scalar::Int(value) => Some(value),
            Scalar::Text(_) | Scalar::Ip(_) | Scalar::Time(_) | Scalar::Bool(_) => None,
        }
    }

    pub fn ip(self, slot: IpSlot) -> Option<IpAddr> {
        self.batch.ip(slot)
    }

    pub fn field_ip(self, field: FieldId) -> Option<IpAddr> {
        match self.cell(field)?.value {
            Scalar::Ip(slot) => self.ip(slot),
            Scalar::Text(_) | Scalar::Int(_) | Scalar::Time(_) | Scalar::Bool(_) => None,
        }
    }
}
