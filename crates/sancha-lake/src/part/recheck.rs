//! Reads a part back and puts every line together again.

use std::sync::Arc;

use sancha_seal::{Algorithm, PartHasher, PartProof};

use super::{Columns, Companion, DiskAt, Lines, Strides, Templates, line_columns};
use crate::{LakeError, disk::Disk, index::Run};

/// A part to be read back.
pub(crate) struct Recheck<'a> {
    pub(crate) disk: &'a Arc<dyn Disk>,
    pub(crate) path: &'a str,
    pub(crate) index_path: &'a str,
    /// Rows with which a page begins before the one at hand is full.
    pub(crate) cuts: &'a [u64],
}

impl Recheck<'_> {
    /// Makes sure that the rows are those of `proof`.
    ///
    /// # Errors
    /// [`LakeError::NotTheSame`] when they are not.
    pub(crate) fn rows(&self, proof: &PartProof) -> Result<(), LakeError> {
        let found = self.proof(Algorithm::Sha256)?;
        if found.root == proof.root && found.rows == proof.rows {
            Ok(())
        } else {
            Err(LakeError::NotTheSame { path: self.path.to_owned() })
        }
    }

    /// What the rows as they are stored amount to.
    pub(crate) fn proof(&self, algorithm: Algorithm) -> Result<PartProof, LakeError> {
        let index = DiskAt::open(self.disk, self.index_path)?;
        let companion = Companion::open(index, self.index_path)?;
        let runs = companion.runs()?;
        let parquet = DiskAt::open(self.disk, self.path)?;
        let columns = Columns::open(parquet, self.path)?;
        let mut hasher = PartHasher::new(algorithm);
        let mut runs = runs.iter();
        let mut next: Option<&Run> = runs.next();
        let mut templates = Templates::default();
        let (mut row, mut line, mut cuts) = (0, Vec::new(), self.cuts);
        let ranges = Strides::all(companion.rows(), true).ranges(companion.rows());
        for batch in columns.reader(&line_columns(), &ranges)? {
            let batch = batch?;
            let lines = Lines::new(&batch, &mut templates);
            for at in 0..batch.num_rows() {
                if let Some((_, later)) = cuts.split_first().filter(|(cut, _)| **cut == row) {
                    hasher.end_page();
                    cuts = later;
                }
                while let Some(run) = next.filter(|run| run.row == row) {
                    hasher.run(&run.stream, run.offset, run.line);
                    next = runs.next();
                }
                line.clear();
                lines
                    .write(at, &mut line)
                    .ok_or_else(|| LakeError::Line { path: self.path.to_owned(), row })?;
                hasher.row(&line);
                row += 1;
            }
        }
        Ok(hasher.finish())
    }
}
