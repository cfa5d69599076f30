//! The lines of whole pages of a part, page by page.

use std::ops::Range;

use datafusion::arrow::array::RecordBatch;

use crate::{
    LakeError,
    index::{Page, Run},
    part::{Batches, Lines, Templates},
    query::Scan,
};

/// Reads pages one after the other. All come from one reader, so that what the rows of a row group share is
/// unpacked once for all pages in it.
pub(super) struct Pages<'a> {
    path: &'a str,
    batches: Batches,
    /// Rows that are read and not given out yet, and how many of them were.
    batch: Option<(RecordBatch, usize)>,
    templates: Templates,
    page: PageLines,
}

/// The lines of one page.
#[derive(Default)]
pub(super) struct PageLines {
    /// Of the first line in the part.
    first: u64,
    bytes: Vec<u8>,
    /// Of each line: where it ends in `bytes`, and when it happened.
    lines: Vec<(usize, Option<i64>)>,
}

impl<'a> Pages<'a> {
    /// `pages`: the rows of those to be read, in order.
    pub(super) fn open(
        scan: &'a Scan,
        pages: impl Iterator<Item = Range<usize>>,
    ) -> Result<Self, LakeError> {
        let ranges: Vec<_> = pages.collect();
        Ok(Self {
            path: scan.columns().path(),
            batches: scan.columns().line_reader(&[], &ranges)?,
            batch: None,
            templates: Templates::default(),
            page: PageLines::default(),
        })
    }

    /// The lines of the next page, which has these rows.
    pub(super) fn next(&mut self, rows: Range<usize>) -> Result<&PageLines, LakeError> {
        self.page.first = rows.start as u64;
        self.page.bytes.clear();
        self.page.lines.clear();
        while self.page.lines.len() < rows.len() {
            let (batch, from) = match self.batch.take() {
                Some(begun) => begun,
                None => match self.batches.next().transpose()? {
                    Some(batch) => (batch, 0),
                    None => break,
                },
            };
            let left = rows.len() - self.page.lines.len();
            let end = batch.num_rows().min(from + left);
            self.take(&batch, from..end)?;
            self.batch = (end < batch.num_rows()).then_some((batch, end));
        }
        Ok(&self.page)
    }

    fn take(&mut self, batch: &RecordBatch, rows: Range<usize>) -> Result<(), LakeError> {
        let mut lines = Lines::new(batch, &mut self.templates);
        for at in rows {
            let row = self.page.first + self.page.lines.len() as u64;
            lines
                .write(at, &mut self.page.bytes)
                .ok_or_else(|| LakeError::Line { path: self.path.to_owned(), row })?;
            let time = lines.time(at).map(|time| time.nanos());
            self.page.lines.push((self.page.bytes.len(), time));
        }
        Ok(())
    }
}

impl PageLines {
    /// With its end.
    pub(super) fn line(&self, at: usize) -> Option<&[u8]> {
        let start = match at.checked_sub(1) {
            Some(before) => self.lines.get(before)?.0,
            None => 0,
        };
        self.bytes.get(start..self.lines.get(at)?.0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.lines.len()).filter_map(|at| self.line(at))
    }

    /// When the event of a line happened.
    pub(super) fn time(&self, at: usize) -> Option<i64> {
        self.lines.get(at)?.1
    }
}

/// Where each line of a page stands in its stream.
pub(super) fn offsets(lines: &PageLines, runs: &[Run], page: Option<&Page>) -> Vec<u64> {
    let mut at = page.map_or(0, |page| page.offset);
    let mut runs = runs.get(runs.partition_point(|run| run.row < lines.first)..).unwrap_or(&[]);
    let mut offsets = Vec::with_capacity(lines.lines.len());
    for (row, line) in (lines.first..).zip(lines.iter()) {
        while let Some((run, rest)) = runs.split_first().filter(|(run, _)| run.row <= row) {
            (at, runs) = (run.offset, rest);
        }
        offsets.push(at);
        at = at.saturating_add(line.len() as u64);
    }
    offsets
}
