//! Destroys the key of a month whose lines are gone, so that no copy of them reads any more: not in a backup,
//! not in a version that a store kept, not in blocks that a disk did not overwrite.

use std::sync::Arc;

use sancha_seal::{Entry, Kind, SigningKey};

use crate::{
    Lake, LakeError,
    disk::{PeriodKeys, is_period},
    wal,
};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shredded {
    /// The key is gone; index of the entry that says so.
    Done { entry: u64 },
    /// These still need it. What is past its time goes with the retention job first, for that one knows what
    /// is within retention or held.
    Needed { parts: Vec<String> },
    /// There is no such key, or it was destroyed before.
    NoKey,
}

impl Lake {
    /// Destroys the key of a month, `2026-03`, that no part of the lake needs. The log says so first.
    ///
    /// # Errors
    /// When another process is writing, or the disk refuses. Done again, it goes on.
    pub fn shred(
        &mut self,
        period: &str,
        keys: &PeriodKeys,
        key: &SigningKey,
        at: &str,
    ) -> Result<Shredded, LakeError> {
        if !is_period(period) || !keys.path(period).exists() {
            return Ok(Shredded::NoKey);
        }
        let _lock = self.lock(key)?;
        let parts = self.needing(period)?;
        if !parts.is_empty() {
            return Ok(Shredded::Needed { parts });
        }
        let entry = self.ledger().head().size;
        let reason =
            format!("the key of {period} was destroyed; no copy of that month reads any more");
        let policy = "crypto-shredding".to_owned();
        let kind = Kind::Retired { parts: Vec::new(), reason, policy };
        self.commit(&[Entry::new(at, kind)], key)?;
        keys.destroy(period, at)?;
        Ok(Shredded::Done { entry })
    }

    /// What is encrypted with the key of a month: parts, and lines that are not settled yet.
    fn needing(&self, period: &str) -> Result<Vec<String>, LakeError> {
        let parts = self.catalog().parts.values().filter(|part| part.day.starts_with(period));
        let mut paths: Vec<String> = parts.map(|part| part.path.clone()).collect();
        let disk = Arc::clone(self.disk());
        let waiting = wal::list(&*disk)?.into_iter().map(|file| file.path);
        paths.extend(waiting.filter(|path| PeriodKeys::period_of(path).as_deref() == Some(period)));
        Ok(paths)
    }
}
