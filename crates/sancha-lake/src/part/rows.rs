//! Events become columns.

use std::{net::IpAddr, sync::Arc};

use datafusion::arrow::{
    array::{
        ArrayBuilder, ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, RecordBatch,
        StringBuilder, TimestampMillisecondBuilder, UInt32Builder,
    },
    error::ArrowError,
};
use sancha_model::{Cell, Event, Scalar};
use sancha_normalize::template::{Kind, Splitter};

use crate::columns::{self, COLUMNS, INTS, WORD_END, WORDS};

/// Rows on their way into a part: one builder a column, absent values filled in late.
pub(crate) struct Rows {
    time: TimestampMillisecondBuilder,
    time_nanos: Int32Builder,
    class: Text,
    format: Text,
    fields: Vec<Values>,
    /// By field: its place in `fields`.
    places: Vec<Option<usize>>,
    template: Text,
    ints: [Int; INTS.len()],
    words: [Text; WORDS.len()],
    rest: Text,
    raw: BinaryBuilder,
    splitter: Splitter,
    len: usize,
    text: Vec<u8>,
}

enum Values {
    Address(UInt32Builder, Text),
    Int(Int),
    Text(Text),
}

/// Values come with the row they belong to; rows left out are null.
#[derive(Default)]
struct Text(StringBuilder);

impl Text {
    fn put(&mut self, row: usize, value: &[u8]) {
        let missing = row.saturating_sub(self.0.len());
        if missing > 0 {
            self.0.append_nulls(missing);
        }
        match std::str::from_utf8(value) {
            Ok(text) => self.0.append_value(text),
            Err(_) => self.0.append_value(String::from_utf8_lossy(value)),
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.append_nulls(rows.saturating_sub(self.0.len()));
        Arc::new(self.0.finish())
    }
}

#[derive(Default)]
struct Int(Int64Builder);

impl Int {
    fn put(&mut self, row: usize, value: i64) {
        let missing = row.saturating_sub(self.0.len());
        if missing > 0 {
            self.0.append_nulls(missing);
        }
        self.0.append_value(value);
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.append_nulls(rows.saturating_sub(self.0.len()));
        Arc::new(self.0.finish())
    }
}

impl Rows {
    pub(crate) fn new() -> Self {
        let mut places = Vec::new();
        let mut fields = Vec::new();
        for (place, column) in COLUMNS.iter().enumerate() {
            let missing = (column.field.index() + 1).saturating_sub(places.len());
            places.extend(std::iter::repeat_n(None, missing));
            if let Some(slot) = places.get_mut(column.field.index()) {
                *slot = Some(place);
            }
            fields.push(match column.kind {
                Kind::Address => Values::Address(UInt32Builder::new(), Text::default()),
                Kind::Int => Values::Int(Int::default()),
                Kind::Text => Values::Text(Text::default()),
            });
        }
        let splitter =
            Splitter::new(COLUMNS.iter().map(|column| (column.name, column.field, column.kind)));
        Self {
            time: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            time_nanos: Int32Builder::new(),
            class: Text::default(),
            format: Text::default(),
            fields,
            places,
            template: Text::default(),
            ints: Default::default(),
            words: Default::default(),
            rest: Text::default(),
            raw: BinaryBuilder::new(),
            splitter,
            len: 0,
            text: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds an event. `line`: its raw bytes with their end.
    pub(crate) fn push(&mut self, event: Event<'_>, line: &[u8], format: &str) {
        let row = self.len;
        self.len += 1;
        self.put_time(event);
        self.class.put(row, event.class().id().as_bytes());
        self.format.put(row, format.as_bytes());
        let cells = event.cells();
        for (at, cell) in cells.iter().enumerate() {
            let Some(Some(place)) = self.places.get(cell.field.index()).copied() else { continue };
            // The first cell of a field is the one that a template means.
            if cells.iter().take(at).any(|earlier| earlier.field == cell.field) {
                continue;
            }
            if let Some(values) = self.fields.get_mut(place) {
                values.put(row, event, cell, &mut self.text);
            }
        }
        self.put_line(row, event, line);
    }

    fn put_time(&mut self, event: Event<'_>) {
        let Some(time) = event.time() else {
            self.time.append_null();
            self.time_nanos.append_null();
            return;
        };
        self.time.append_value(time.nanos().div_euclid(1_000_000));
        match i32::try_from(time.nanos().rem_euclid(1_000_000)) {
            Ok(nanos) if nanos > 0 => self.time_nanos.append_value(nanos),
            _ => self.time_nanos.append_null(),
        }
    }

    fn put_line(&mut self, row: usize, event: Event<'_>, line: &[u8]) {
        let raw = event.raw();
        let end = line.get(raw.len()..).unwrap_or(&[]);
        if !line.starts_with(raw) || !self.splitter.split(event, end) {
            self.raw.append_value(line);
            return;
        }
        self.raw.append_null();
        self.template.put(row, self.splitter.template());
        for (column, value) in self.ints.iter_mut().zip(self.splitter.ints()) {
            column.put(row, value.cast_signed());
        }
        let mut words = self.splitter.words(raw);
        for (column, word) in self.words.iter_mut().zip(words.by_ref()) {
            column.put(row, word);
        }
        if words.len() > 0 {
            self.text.clear();
            for word in words {
                self.text.extend_from_slice(word);
                self.text.push(WORD_END as u8);
            }
            self.rest.put(row, &self.text);
        }
    }

    /// The rows so far as one batch; starts anew.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.len);
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(self.time.finish()),
            Arc::new(self.time_nanos.finish()),
            self.class.finish(rows),
            self.format.finish(rows),
        ];
        for values in &mut self.fields {
            values.finish(rows, &mut arrays);
        }
        arrays.push(self.template.finish(rows));
        arrays.extend(self.ints.iter_mut().map(|column| column.finish(rows)));
        arrays.extend(self.words.iter_mut().map(|column| column.finish(rows)));
        arrays.push(self.rest.finish(rows));
        arrays.push(Arc::new(self.raw.finish()));
        RecordBatch::try_new(columns::schema(), arrays)
    }
}

impl Values {
    fn put(&mut self, row: usize, event: Event<'_>, cell: &Cell, text: &mut Vec<u8>) {
        match self {
            Self::Address(four, six) => match cell.value {
                Scalar::Ip(slot) => match event.ip(slot) {
                    Some(IpAddr::V4(address)) => {
                        four.append_nulls(row.saturating_sub(four.len()));
                        four.append_value(address.to_bits());
                    }
                    Some(address @ IpAddr::V6(_)) => six.put(row, address.to_string().as_bytes()),
                    None => (),
                },
                Scalar::Text(_) | Scalar::Int(_) | Scalar::Time(_) | Scalar::Bool(_) => (),
            },
            Self::Int(values) => {
                if let Scalar::Int(value) = cell.value {
                    values.put(row, value);
                }
            }
            Self::Text(values) => match cell.value {
                Scalar::Text(_) => values.put(row, event.text(cell)),
                Scalar::Int(_) | Scalar::Ip(_) => {
                    text.clear();
                    if sancha_normalize::template::cell_text(event, cell, text) {
                        values.put(row, text);
                    }
                }
                Scalar::Time(_) | Scalar::Bool(_) => (),
            },
        }
    }

    fn finish(&mut self, rows: usize, arrays: &mut Vec<ArrayRef>) {
        match self {
            Self::Address(four, six) => {
                four.append_nulls(rows.saturating_sub(four.len()));
                arrays.push(Arc::new(four.finish()));
                arrays.push(six.finish(rows));
            }
            Self::Int(values) => arrays.push(values.finish(rows)),
            Self::Text(values) => arrays.push(values.finish(rows)),
        }
    }
}

/// Bytes of a line with its end: `raw` of them are the event's, `rest` begins with the line.
pub(crate) fn line_length(raw: usize, rest: &[u8]) -> usize {
    raw + match rest.get(raw..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\n', ..]) => 1,
        _ => 0,
    }
}
