//! Removes what nobody reads any more.

use std::collections::{BTreeSet, VecDeque};

use sancha_model::EventTime;
use sancha_seal::{Entry, Part};

use super::{ABANDONED, Job, plan};
use crate::{Lake, LakeError, retain::files_below};

/// Files of parts that a run replaced, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Replaced(VecDeque<(EventTime, String, u64)>);

impl Replaced {
    /// The files of a job's parts, but for those that `part` uses on.
    pub(super) fn take(&mut self, at: EventTime, job: &Job, part: &Part) {
        let files = job
            .parts
            .iter()
            .flat_map(|old| [(&old.path, old.bytes), (&old.index_path, old.index_bytes)]);
        let files = files.filter(|(path, _)| **path != part.index_path);
        self.0.extend(files.map(|(path, bytes)| (at, path.clone(), bytes)));
    }

    /// Gives those that were replaced so long ago.
    pub(super) fn older_than(&mut self, now: EventTime, age: i64) -> BTreeSet<String> {
        let count = self.0.partition_point(|(at, _, _)| now.since(*at) >= age);
        self.0.drain(..count).map(|(_, path, _)| path).collect()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|(_, _, bytes)| bytes).sum()
    }
}

impl Lake {
    /// Removes the files of parts that are deleted or replaced, tiles of the log that were replaced, and what runs left that
    /// were cut short.
    pub(super) fn sweep(&self, now: EventTime) -> Result<u64, LakeError> {
        let mut files: BTreeSet<String> = self.left_over(now)?.into_iter().collect();
        let ever = self.catalog().entries.iter().flat_map(Entry::new_parts);
        let named: BTreeSet<&str> =
            ever.flat_map(|part| [part.path.as_str(), part.index_path.as_str()]).collect();
        let all = files_below(&**self.disk(), "data")?;
        files.extend(all.into_iter().filter(|path| {
            let at = plan::written_at(path);
            at.is_some_and(|at| now.since(at) >= ABANDONED) && !named.contains(path.as_str())
        }));
        self.remove_superseded(now)?;
        self.remove_files(&files)
    }
}
