use std::net::IpAddr;

use super::{ParseNote, ParseNoteKind, count, field_bit};
use crate::{
    Assumed, Cell, EventClass, EventTime, FieldId,
    event::{IpSlot, Scalar, Span},
};

/// Where the constants of a batch stand in its decoded text, so that `failure` is copied once per batch
/// and not once per line. A small table by address; who loses a place is only copied again.
#[derive(Debug, Default)]
pub(super) struct Constants(Vec<Option<(&'static str, Span)>>);

impl Constants {
    const PLACES: usize = 128;

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    #[inline]
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
    pub(super) raw: &'b [u8],
    pub(super) line: &'b [u8],
    pub(super) cells: &'b mut Vec<Cell>,
    pub(super) decoded: &'b mut Vec<u8>,
    pub(super) notes: &'b mut Vec<ParseNote>,
    pub(super) ips: &'b mut Vec<IpAddr>,
    pub(super) constants: &'b mut Constants,
    pub(super) first_cell: usize,
    pub(super) time: Option<EventTime>,
    pub(super) assumed: Assumed,
    pub(super) class: EventClass,
    pub(super) present: u64,
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
    #[inline]
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
