//! Events become columns.

use std::{net::IpAddr, sync::Arc};

use datafusion::arrow::{
    array::{
        ArrayRef, AsArray, RecordBatch, TimestampMillisecondArray, TimestampMillisecondBuilder,
    },
    error::ArrowError,
};
use sancha_model::{Cell, Event, Scalar};
use sancha_normalize::template::{self, Splitter};

use super::keyed::{Keyed, Kind};
use crate::columns::{self, COLUMNS, INTS, WORD_END, WORDS};

/// Rows on their way into a part.
pub(crate) struct Rows {
    /// Of the page at hand.
    time: TimestampMillisecondBuilder,
    /// All others, in the order of the schema; absent values are filled in late.
    columns: Vec<Keyed>,
    /// By field: what becomes of its value, and its column.
    places: Vec<Option<(template::Kind, usize)>>,
    /// The column of templates; numbers, words and what follows them come after it.
    template: usize,
    splitter: Splitter,
    /// Rows of the page at hand.
    len: usize,
    /// Of those rows, about.
    bytes: usize,
    text: Vec<u8>,
}

/// The first columns after the time.
const TIME_NANOS: usize = 0;
const CLASS: usize = 1;
const FORMAT: usize = 2;

impl Rows {
    pub(crate) fn new() -> Self {
        let mut places = Vec::new();
        let mut kinds = vec![Kind::Small, Kind::Text, Kind::Text];
        for column in COLUMNS {
            let missing = (column.field.index() + 1).saturating_sub(places.len());
            places.extend(std::iter::repeat_n(None, missing));
            if let Some(slot) = places.get_mut(column.field.index()) {
                *slot = Some((column.kind, kinds.len()));
            }
            match column.kind {
                template::Kind::Address => kinds.extend([Kind::Four, Kind::Text]),
                template::Kind::Int => kinds.push(Kind::Int),
                template::Kind::Text => kinds.push(Kind::Text),
            }
        }
        let template = kinds.len();
        kinds.push(Kind::Text);
        kinds.extend(INTS.map(|_| Kind::Int));
        kinds.extend(WORDS.map(|_| Kind::Text));
        kinds.extend([Kind::Text, Kind::Bytes]);
        let splitter =
            Splitter::new(COLUMNS.iter().map(|column| (column.name, column.field, column.kind)));
        Self {
            time: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            columns: kinds.into_iter().map(Keyed::new).collect(),
            places,
            template,
            splitter,
            len: 0,
            bytes: 0,
            text: Vec::new(),
        }
    }

    /// Rows of the page at hand.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of the rows of the page at hand, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All columns but the time.
    pub(super) fn columns(&self) -> &[Keyed] {
        &self.columns
    }

    /// The column of templates.
    pub(super) fn templates(&self) -> Option<&Keyed> {
        self.columns.get(self.template)
    }

    /// Adds an event. `line`: its raw bytes with their end.
    pub(crate) fn push(&mut self, event: Event<'_>, line: &[u8], format: &str) {
        self.put_time(event);
        self.put(CLASS, event.class().id().as_bytes());
        self.put(FORMAT, format.as_bytes());
        let cells = event.cells();
        for (at, cell) in cells.iter().enumerate() {
            let Some(Some((kind, place))) = self.places.get(cell.field.index()).copied() else {
                continue;
            };
            // The first cell of a field is the one that a template means.
            if cells.iter().take(at).any(|earlier| earlier.field == cell.field) {
                continue;
            }
            self.put_cell(event, cell, kind, place);
        }
        self.put_line(event, line);
        self.bytes += line.len();
        self.len += 1;
    }

    /// Adds rows that are in columns already, of the schema of a file.
    pub(super) fn push_batch(&mut self, batch: &RecordBatch) {
        let mut arrays = batch.columns().iter();
        let time: Option<&TimestampMillisecondArray> =
            arrays.next().and_then(|time| time.as_primitive_opt());
        self.time.extend(time.into_iter().flatten());
        for (column, array) in self.columns.iter_mut().zip(arrays) {
            column.put_array(self.len, array);
            if !array.data_type().is_primitive() && array.null_count() < array.len() {
                self.bytes += array.to_data().get_slice_memory_size().unwrap_or(0);
            }
        }
        self.len += batch.num_rows();
    }

    fn put(&mut self, column: usize, value: &[u8]) {
        if let Some(column) = self.columns.get_mut(column) {
            column.put(self.len, value);
        }
    }

    fn put_time(&mut self, event: Event<'_>) {
        let Some(time) = event.time() else {
            self.time.append_null();
            return;
        };
        self.time.append_value(time.nanos().div_euclid(1_000_000));
        match i32::try_from(time.nanos().rem_euclid(1_000_000)) {
            Ok(nanos) if nanos > 0 => self.put(TIME_NANOS, &nanos.to_le_bytes()),
            _ => (),
        }
    }

    fn put_cell(&mut self, event: Event<'_>, cell: &Cell, kind: template::Kind, place: usize) {
        match (kind, cell.value) {
            (template::Kind::Address, Scalar::Ip(slot)) => match event.ip(slot) {
                Some(IpAddr::V4(address)) => self.put(place, &address.to_bits().to_le_bytes()),
                Some(address @ IpAddr::V6(_)) => {
                    self.put(place + 1, address.to_string().as_bytes());
                }
                None => (),
            },
            (template::Kind::Int, Scalar::Int(value)) => self.put(place, &value.to_le_bytes()),
            (template::Kind::Text, Scalar::Text(_)) => self.put(place, event.text(cell)),
            (template::Kind::Text, Scalar::Int(_) | Scalar::Ip(_)) => {
                let mut text = std::mem::take(&mut self.text);
                text.clear();
                if template::cell_text(event, cell, &mut text) {
                    self.put(place, &text);
                }
                self.text = text;
            }
            (template::Kind::Text, Scalar::Time(_) | Scalar::Bool(_))
            | (template::Kind::Address | template::Kind::Int, _) => (),
        }
    }

    fn put_line(&mut self, event: Event<'_>, line: &[u8]) {
        let raw = event.raw();
        let end = line.get(raw.len()..).unwrap_or(&[]);
        let row = self.len;
        // The last columns: template, numbers, words, the rest, the raw line.
        let Some((template, others)) =
            self.columns.get_mut(self.template..).and_then(<[_]>::split_first_mut)
        else {
            return;
        };
        let (ints, others) = others.split_at_mut(INTS.len().min(others.len()));
        let (words, others) = others.split_at_mut(WORDS.len().min(others.len()));
        let [rest, whole] = others else { return };
        if !line.starts_with(raw) || !self.splitter.split(event, end) {
            whole.put(row, line);
            return;
        }
        template.put(row, self.splitter.template());
        for (column, value) in ints.iter_mut().zip(self.splitter.ints()) {
            column.put(row, &value.cast_signed().to_le_bytes());
        }
        let mut found = self.splitter.words(raw);
        for (column, word) in words.iter_mut().zip(found.by_ref()) {
            column.put(row, word);
        }
        if found.len() > 0 {
            self.text.clear();
            for word in found {
                self.text.extend_from_slice(word);
                self.text.push(WORD_END as u8);
            }
            rest.put(row, &self.text);
        }
    }

    /// Ends the page at hand; gives its times.
    pub(super) fn end_page(&mut self) -> ArrayRef {
        let rows = std::mem::take(&mut self.len);
        self.bytes = 0;
        self.columns.iter_mut().for_each(|column| column.end_page(rows));
        Arc::new(self.time.finish())
    }

    /// Forgets all pages. `unkeyed`: which columns need no looking up in the next ones.
    pub(super) fn clear(&mut self, unkeyed: impl Iterator<Item = bool>) {
        self.columns.iter_mut().zip(unkeyed).for_each(|(column, unkeyed)| column.clear(unkeyed));
    }

    /// The rows of the page at hand as one batch; starts anew.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays = vec![self.end_page()];
        for column in &self.columns {
            column.each_page(|keys| arrays.push(column.array(keys)));
        }
        self.clear(std::iter::repeat(false));
        RecordBatch::try_new(columns::schema(), arrays)
    }
}

/// Bytes of a line with its end: `raw` of them are the event's, `rest` begins with the line.
pub(crate) fn line_length(raw: usize, rest: &[u8]) -> usize {
    raw + match rest.get(raw..) {
        Some([b'\r', b'\n', ..]) => 2,
        // The last line may be cut between the two.
        Some([b'\n', ..] | [b'\r']) => 1,
        _ => 0,
    }
}
