//! Reads a part back and puts every line together again.

use std::{hash::Hasher as _, sync::Arc};

use foldhash::{SharedSeed, quality::FoldHasher};
use sancha_seal::{Algorithm, PartHasher, PartProof};

use super::{Columns, Companion, DiskAt, Lines, Strides, Templates};
use crate::{LakeError, disk::Disk, index::Run};

/// A part to be read back.
pub(crate) struct Recheck<'a> {
    pub(crate) disk: &'a Arc<dyn Disk>,
    pub(crate) path: &'a str,
    pub(crate) index_path: &'a str,
    /// Rows with which a page begins before the one at hand is full.
    pub(crate) cuts: &'a [u64],
}

/// Lines one after the other in 64 bits. It tells lines that came out otherwise than they went in; against somebody
/// who means it there is the proof, which costs ten times as much.
pub(crate) struct LineSum(FoldHasher<'static>);

impl Default for LineSum {
    fn default() -> Self {
        Self(FoldHasher::with_seed(0, SharedSeed::global_fixed()))
    }
}

impl LineSum {
    pub(crate) fn line(&mut self, line: &[u8]) {
        self.0.write(line);
        self.0.write_usize(line.len());
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

impl Recheck<'_> {
    /// Makes sure that the lines, with their ends, and their places are those that were written.
    ///
    /// # Errors
    /// [`LakeError::NotTheSame`] when they are not.
    pub(crate) fn lines(&self, runs: &[Run], rows: u64, sum: u64) -> Result<(), LakeError> {
        let (mut found, mut count) = (LineSum::default(), 0);
        let stored = self.each_line(&mut |_, line| {
            found.line(line);
            count += 1;
        })?;
        if (stored.as_slice(), count, found.finish()) == (runs, rows, sum) {
            Ok(())
        } else {
            Err(LakeError::NotTheSame { path: self.path.to_owned() })
        }
    }

    /// What the rows as they are stored amount to.
    pub(crate) fn proof(&self, algorithm: Algorithm) -> Result<PartProof, LakeError> {
        let companion = self.companion()?;
        let runs = companion.runs()?;
        let mut hasher = PartHasher::new(algorithm);
        let mut runs = runs.iter().peekable();
        let mut cuts = self.cuts;
        self.each_line(&mut |row, line| {
            if let Some((_, later)) = cuts.split_first().filter(|(cut, _)| **cut == row) {
                hasher.end_page();
                cuts = later;
            }
            while let Some(run) = runs.next_if(|run| run.row == row) {
                hasher.run(&run.stream, run.offset, run.line);
            }
            hasher.row(line);
        })?;
        Ok(hasher.finish())
    }

    fn companion(&self) -> Result<Companion, LakeError> {
        Companion::open(DiskAt::open(self.disk, self.index_path)?, self.index_path)
    }

    /// Calls `each` with every row and its line; gives the runs that the companion names.
    fn each_line(&self, each: &mut dyn FnMut(u64, &[u8])) -> Result<Vec<Run>, LakeError> {
        let companion = self.companion()?;
        let columns = Columns::open(DiskAt::open(self.disk, self.path)?, self.path)?;
        let mut templates = Templates::default();
        let (mut row, mut line) = (0, Vec::new());
        let ranges = Strides::all(companion.rows(), true).ranges(companion.rows());
        for batch in columns.line_reader(&[], &ranges)? {
            let batch = batch?;
            let mut lines = Lines::new(&batch, &mut templates);
            for at in 0..batch.num_rows() {
                line.clear();
                lines
                    .write(at, &mut line)
                    .ok_or_else(|| LakeError::Line { path: self.path.to_owned(), row })?;
                each(row, &line);
                row += 1;
            }
        }
        companion.runs()
    }
}
