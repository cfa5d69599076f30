//! Rows of a part's Parquet file, batch by batch.

use std::{collections::VecDeque, ops::Range};

use datafusion::arrow::array::RecordBatch;
use parquet::{
    arrow::arrow_reader::ParquetRecordBatchReader, errors::ParquetError,
    file::metadata::RowGroupMetaData,
};

use super::{
    decode::decode,
    file::{Columns, rows_of},
};
use crate::LakeError;

/// Some rows of a row group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(super) place: usize,
    /// All rows of the group, by their place in the part.
    pub(crate) rows: Range<usize>,
    /// Those that are asked for.
    pub(crate) ranges: Vec<Range<usize>>,
}

impl Group {
    /// So many rows are asked for.
    pub(super) fn wanted(&self) -> usize {
        self.ranges.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether a page has a few of the rows at most.
    pub(super) fn is_scattered(&self) -> bool {
        self.wanted() < self.ranges.len() * 64
    }
}

/// Rows of a file, batch by batch; nothing follows an error. A batch lies in one row group, so that it has the
/// dictionaries of that group.
pub(crate) struct Batches {
    columns: Columns,
    names: Vec<String>,
    with_lines: bool,
    groups: VecDeque<Group>,
    reader: Option<Reader>,
}

/// Rows of a row group.
pub(super) enum Reader {
    /// Page by page.
    Pages(ParquetRecordBatchReader),
    /// Taken out of their pages one by one.
    Points(RecordBatch),
}

impl Batches {
    /// The columns `names`, with those that lines are made of where these are wanted.
    pub(super) fn new(
        columns: Columns,
        names: Vec<String>,
        with_lines: bool,
        groups: VecDeque<Group>,
    ) -> Self {
        Self { columns, names, with_lines, groups, reader: None }
    }

    fn step(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        loop {
            match self.reader.take() {
                Some(Reader::Points(batch)) => return Ok(Some(batch)),
                Some(Reader::Pages(mut reader)) => {
                    let next = || reader.next().transpose().map_err(ParquetError::from);
                    let batch = decode(self.columns.path(), next)?;
                    if batch.is_some() {
                        self.reader = Some(Reader::Pages(reader));
                        return Ok(batch);
                    }
                }
                None => (),
            }
            let Some(group) = self.groups.pop_front() else { return Ok(None) };
            self.reader = Some(self.columns.open_group(&group, &self.names, self.with_lines)?);
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.groups.clear();
        }
        step.transpose()
    }
}

const BATCH_ROWS: usize = 8_192;
/// Rows that are longer than others are read fewer at a time.
const BATCH_BYTES: usize = 16 << 20;

/// So many rows of a row group are read at a time.
pub(super) fn batch_rows(group: Option<&RowGroupMetaData>) -> usize {
    let Some(group) = group else { return BATCH_ROWS };
    let bytes = usize::try_from(group.total_byte_size()).unwrap_or(0);
    let rows_of_bytes = BATCH_BYTES.saturating_mul(rows_of(group)) / bytes.max(1);
    rows_of_bytes.clamp(1, BATCH_ROWS)
}
