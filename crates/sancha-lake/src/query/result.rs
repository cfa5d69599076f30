//! Results of SQL as text, JSON lines and Parquet.

use std::io::Write;

use datafusion::arrow::{
    array::RecordBatch,
    json::LineDelimitedWriter,
    util::display::{ArrayFormatter, FormatOptions},
};
use parquet::arrow::ArrowWriter;

use super::SqlError;

/// Names of the columns.
pub fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

/// Calls `each` with the cells of every row; null is empty.
///
/// # Errors
/// When a value has no text.
pub fn each_row(
    batch: &RecordBatch,
    mut each: impl FnMut(&[String]) -> std::io::Result<()>,
) -> Result<(), SqlError> {
    let options = FormatOptions::default();
    let formatters = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| SqlError::of(&error))?;
    let mut cells = vec![String::new(); formatters.len()];
    for row in 0..batch.num_rows() {
        for (cell, formatter) in cells.iter_mut().zip(&formatters) {
            cell.clear();
            formatter.value(row).write(cell).map_err(|error| SqlError::of(&error))?;
        }
        each(&cells).map_err(|error| SqlError::of(&error))?;
    }
    Ok(())
}

/// One JSON object a row and line.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json_lines(out: &mut impl Write, batch: &RecordBatch) -> Result<(), SqlError> {
    let mut writer = LineDelimitedWriter::new(out);
    writer.write(batch).and_then(|()| writer.finish()).map_err(|error| SqlError::of(&error))
}

/// Writes a result as one Parquet file.
pub struct ParquetResult<W: Write + Send> {
    out: Option<W>,
    writer: Option<ArrowWriter<W>>,
}

impl<W: Write + Send> ParquetResult<W> {
    pub fn new(out: W) -> Self {
        Self { out: Some(out), writer: None }
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        if let Some(out) = self.out.take() {
            let writer = ArrowWriter::try_new(out, batch.schema(), None);
            self.writer = Some(writer.map_err(|error| SqlError::of(&error))?);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write(batch).map_err(|error| SqlError::of(&error))
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<(), SqlError> {
        match self.writer {
            Some(writer) => writer.close().map(drop).map_err(|error| SqlError::of(&error)),
            None => Ok(()),
        }
    }
}
