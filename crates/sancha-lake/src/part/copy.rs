//! Writes rows that were in parts before.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use parquet::errors::Result;

use super::{Layout, groups::Groups, rows::Rows};

/// Rows of other parts, on their way into a part.
pub(crate) struct CopyWriter<W: Write + Send> {
    rows: Rows,
    groups: Groups<W>,
    page_rows: usize,
}

impl<W: Write + Send> CopyWriter<W> {
    pub(crate) fn new(to: W, layout: Layout) -> Result<Self> {
        let groups = Groups::new(to, layout)?;
        Ok(Self { rows: Rows::new(), groups, page_rows: layout.page_rows })
    }

    /// Adds rows in the columns of [`crate::columns::schema`].
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut from = 0;
        while from < batch.num_rows() {
            let room = self.page_rows.saturating_sub(self.rows.len()).max(1);
            let slice = batch.slice(from, room.min(batch.num_rows() - from));
            self.rows.push_batch(&slice);
            self.groups.take(&mut self.rows)?;
            from += slice.num_rows();
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<W> {
        self.groups.finish(&mut self.rows)
    }
}
