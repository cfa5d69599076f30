//! Rows that answer as one Parquet file: time, source, line, fields, and the line itself as text.

use std::{
    io::{self, Write},
    sync::Arc,
};

use datafusion::arrow::{
    array::{
        ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampNanosecondBuilder,
        UInt64Builder,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};
use sancha_model::EventTime;
use sancha_normalize::template::Kind;

use crate::{
    Value,
    columns::{self, COLUMNS},
};

/// Rows are handed on in steps of so many, and a group of the file has so many at most: they are held in
/// memory.
const STEP_ROWS: usize = 8_192;
const GROUP_ROWS: usize = 1 << 17;

/// A row as it is written.
pub struct FileRow<'a> {
    pub time: Option<EventTime>,
    pub source: &'a str,
    pub line: u64,
    /// Columns that have a value; one that the file has not is left out.
    pub values: Vec<(&'a str, Value<'a>)>,
    /// The line as text, without its end.
    pub raw: &'a str,
}

/// Writes rows as they are found.
pub struct RowsFile<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
    time: TimestampNanosecondBuilder,
    source: StringBuilder,
    line: UInt64Builder,
    fields: Vec<(&'static str, Values)>,
    raw: StringBuilder,
    len: usize,
}

enum Values {
    Int(Int64Builder),
    Text(StringBuilder),
}

impl<W: Write + Send> RowsFile<W> {
    /// # Errors
    /// When the file cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let texts = [columns::CLASS, columns::FORMAT].map(|name| (name, Kind::Text));
        let kinds =
            texts.into_iter().chain(COLUMNS.iter().map(|column| (column.name, column.kind)));
        let fields: Vec<_> = kinds
            .map(|(name, kind)| match kind {
                Kind::Int => (name, Values::Int(Int64Builder::new())),
                // Addresses are text for people.
                Kind::Text | Kind::Address => (name, Values::Text(StringBuilder::new())),
            })
            .collect();
        let schema = schema(&fields);
        let level = ZstdLevel::try_new(3).map_err(other)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties));
        Ok(Self {
            writer: writer.map_err(other)?,
            schema,
            time: TimestampNanosecondBuilder::new().with_timezone("UTC"),
            source: StringBuilder::new(),
            line: UInt64Builder::new(),
            fields,
            raw: StringBuilder::new(),
            len: 0,
        })
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, row: FileRow<'_>) -> io::Result<()> {
        self.time.append_option(row.time.map(EventTime::nanos));
        self.source.append_value(row.source);
        self.line.append_value(row.line);
        for (name, value) in row.values {
            let place = self.fields.iter_mut().find(|(other, _)| *other == name);
            match (place, value) {
                (Some((_, Values::Int(ints))), Value::Int(value)) => {
                    ints.append_nulls(self.len.saturating_sub(filled(ints)));
                    ints.append_value(value);
                }
                (Some((_, Values::Text(texts))), Value::Text(value)) => {
                    texts.append_nulls(self.len.saturating_sub(filled(texts)));
                    texts.append_value(value);
                }
                _ => {}
            }
        }
        self.raw.append_value(row.raw);
        self.len += 1;
        if self.len == STEP_ROWS { self.step() } else { Ok(()) }
    }

    fn step(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.len);
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(self.time.finish()),
            Arc::new(self.source.finish()),
            Arc::new(self.line.finish()),
        ];
        for (_, values) in &mut self.fields {
            arrays.push(match values {
                Values::Int(ints) => {
                    ints.append_nulls(rows.saturating_sub(filled(ints)));
                    Arc::new(ints.finish())
                }
                Values::Text(texts) => {
                    texts.append_nulls(rows.saturating_sub(filled(texts)));
                    Arc::new(texts.finish())
                }
            });
        }
        arrays.push(Arc::new(self.raw.finish()));
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(other)
    }

    /// Ends the file; one without a row has the columns all the same.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        if self.len > 0 {
            self.step()?;
        }
        self.writer.close().map(drop).map_err(other)
    }
}

fn filled(builder: &impl datafusion::arrow::array::ArrayBuilder) -> usize {
    builder.len()
}

fn schema(fields: &[(&'static str, Values)]) -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let first = [
        Field::new(columns::TIME, time, true),
        Field::new("source", DataType::Utf8, false),
        Field::new("line", DataType::UInt64, false),
    ];
    let middle = fields.iter().map(|(name, values)| match values {
        Values::Int(_) => Field::new(*name, DataType::Int64, true),
        Values::Text(_) => Field::new(*name, DataType::Utf8, true),
    });
    let last = [Field::new(columns::RAW, DataType::Utf8, false)];
    let fields: Vec<_> = first.into_iter().chain(middle).chain(last).collect();
    Arc::new(Schema::new(fields))
}

/// What went wrong, as the disk said it where it was that.
fn other(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(inner) => io::Error::other(inner),
        },
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::{
        array::{Array as _, AsArray as _},
        datatypes::{Int64Type, TimestampNanosecondType, UInt64Type},
    };
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    /// The rows of a file: time, source, line, address, status, raw.
    type Row = (i64, String, u64, Option<String>, Option<i64>, String);

    fn read(bytes: Vec<u8>) -> Vec<Row> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let mut rows = Vec::new();
        for batch in builder.build().unwrap() {
            let batch = batch.unwrap();
            let column = |name: &str| batch.column_by_name(name).unwrap();
            let text = |name: &str, row: usize| {
                let column = column(name).as_string::<i32>();
                (!column.is_null(row)).then(|| column.value(row).to_owned())
            };
            let status = column("http_status").as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                rows.push((
                    column("time").as_primitive::<TimestampNanosecondType>().value(row),
                    text("source", row).unwrap(),
                    column("line").as_primitive::<UInt64Type>().value(row),
                    text("source_ip", row),
                    (!status.is_null(row)).then(|| status.value(row)),
                    text("raw", row).unwrap(),
                ));
            }
        }
        rows
    }

    #[test]
    fn rows_read_back_as_they_were_with_absent_values_in_their_places() {
        let mut bytes = Vec::new();
        let mut file = RowsFile::new(&mut bytes).unwrap();
        let mut expected = Vec::new();
        for line in 0..STEP_ROWS as u64 * 2 + 5 {
            let raw = format!("line {line}");
            let (ip, status) = (format!("192.0.2.{}", line % 250), line.cast_signed());
            let mut values = vec![("no_such_column", Value::Int(1))];
            if line % 3 == 0 {
                values.push(("source_ip", Value::Text(ip.as_str().into())));
            }
            if line % 2 == 0 {
                values.push(("http_status", Value::Int(status)));
            }
            let time = Some(EventTime::from_nanos(status + 1));
            file.push(FileRow { time, source: "web", line, values, raw: &raw }).unwrap();
            let ip = (line % 3 == 0).then_some(ip);
            let status = (line % 2 == 0).then_some(status);
            expected.push((line.cast_signed() + 1, "web".to_owned(), line, ip, status, raw));
        }
        file.finish().unwrap();
        assert!(read(bytes) == expected);
        let mut none = Vec::new();
        RowsFile::new(&mut none).unwrap().finish().unwrap();
        assert!(read(none).is_empty());
    }
}
