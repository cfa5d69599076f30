//! Writes parts anew: small ones of a source and a day together into one, and all at a higher level of
//! compression, which is too slow while lines come in.
//!
//! A part that is written anew has the same rows in the same order, and the pages that were sealed; see
//! [`crate::origin`]. Before the log names it, it is read back from the disk, every line is rebuilt, and the
//! root of every part that it was made of has to come out as it was sealed. That append to the log is the
//! commit: from then on readers open the new part. The files of the old ones stay for [`GRACE`], so that who
//! began to read before reads to the end; then a later step, or the next run, removes them. What a crash leaves
//! that no entry names is removed after [`ABANDONED`].

mod merge;
mod plan;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use sancha_model::EventTime;
use sancha_seal::{Entry, Kind, Part, SigningKey};

use crate::{Lake, LakeError, disk::Lock, origin::Origin};

pub(crate) use merge::origin_roots;
pub(crate) use plan::ranges;

/// For so long the files of parts stay whose rows are in another part.
pub(crate) const GRACE: i64 = EventTime::HOUR;
/// A file that is so old and that no entry names is nobody's any more.
const ABANDONED: i64 = 24 * EventTime::HOUR;
/// What was written longer ago is not committed any more: another machine may be about to remove it.
const STALE: i64 = 12 * EventTime::HOUR;

/// Appending to the log costs a look at all of it, so parts are committed together: so many, or what took so
/// long.
const BATCH_PARTS: usize = 64;
const BATCH_TIME: i64 = 5 * EventTime::MINUTE;

/// What is written anew, and how.
pub struct Compaction<'a> {
    /// Parts of days before this one, `YYYY-MM-DD` in UTC.
    pub before: String,
    pub zstd: i32,
    /// Bytes of the disk that stay free.
    pub keep_free: u64,
    pub now: &'a dyn Fn() -> EventTime,
    /// Waits a little while another process writes; `false` once that took too long.
    pub wait: &'a dyn Fn() -> bool,
    /// Told of every part that is written and not committed yet.
    pub progress: &'a dyn Fn(&Job),
}

/// Parts that become one. They follow each other in the lake.
#[derive(Clone, Debug)]
pub struct Job {
    pub parts: Vec<Part>,
    /// What they were sealed as first, with the entries that name it.
    sealed: Vec<(u64, Part)>,
}

impl Job {
    /// Of the files.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes + part.index_bytes).sum()
    }

    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    fn origins(&self) -> Vec<Origin<'_>> {
        self.sealed.iter().map(|(entry, part)| Origin { entry: *entry, part }).collect()
    }
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Compacted {
    pub parts_before: u64,
    pub parts_after: u64,
    pub rows: u64,
    pub bytes_before: u64,
    pub bytes_after: u64,
    /// Of files that were removed: those of parts that this or an earlier run replaced.
    pub freed_bytes: u64,
    /// Of files that still stay for who reads them.
    pub waiting_bytes: u64,
    /// Jobs that another process overtook: a part was deleted or written anew meanwhile.
    pub overtaken: u64,
    /// Why parts were left as they are: they are not as they were sealed.
    pub damages: Vec<LakeError>,
    /// The disk had too little room to go on.
    pub shortage: Option<Shortage>,
}

/// Too little room on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    pub free: u64,
    pub needed: u64,
}

/// A part that is written and read back, and not committed yet.
struct Written {
    job: Job,
    part: Part,
    at: EventTime,
}

impl Lake {
    /// What [`Lake::compact`] would do now: parts of days before `before`.
    pub fn compactable(&self, before: &str, zstd: i32) -> Vec<Job> {
        plan::jobs(self.catalog(), before, zstd)
    }

    /// Writes parts anew. Lines may come in and be searched meanwhile: other processes wait only while it
    /// appends to the log.
    ///
    /// # Errors
    /// When another process writes all the time, or the disk refuses: what is not in the log then is not there,
    /// and all old parts are.
    pub fn compact(
        &mut self,
        how: &Compaction<'_>,
        key: &SigningKey,
    ) -> Result<Compacted, LakeError> {
        drop(self.lock_in_turn(how, key)?);
        let freed_bytes = self.sweep((how.now)())?;
        let done = Compacted { freed_bytes, ..Compacted::default() };
        let jobs = plan::jobs(self.catalog(), &how.before, how.zstd);
        let replaced = sweep::Replaced::default();
        let mut run = Run { lake: self, how, key, batch: Vec::new(), replaced, done };
        for job in jobs {
            run.done.shortage = run.lake.shortage(&job, how.keep_free)?;
            if run.done.shortage.is_some() {
                break;
            }
            run.job(job)?;
        }
        run.publish()?;
        run.done.waiting_bytes = run.replaced.bytes();
        Ok(run.done)
    }

    /// Whether the disk has too little room for what a job writes.
    fn shortage(&self, job: &Job, keep_free: u64) -> Result<Option<Shortage>, LakeError> {
        // Written anew, parts are no larger; the log and the file system take their share.
        let needed = job.bytes().saturating_add(8 << 20).saturating_add(keep_free);
        let free = self.disk().free_space()?;
        Ok(free.filter(|free| *free < needed).map(|free| Shortage { free, needed }))
    }

    /// Writes the part of a job and reads it back. Where that fails, what was written goes.
    fn write_anew(&self, job: &Job, how: &Compaction<'_>) -> Result<Part, LakeError> {
        let path = plan::new_path(job, how.zstd, (how.now)());
        let written = merge::write(self.disk(), job, &path, how.zstd);
        if written.is_err() {
            // What cannot be removed now is removed by a later run.
            let _ = self.remove_files(&[crate::settle::companion_path(&path), path].into());
        }
        written
    }

    /// Takes the right to write as soon as nobody else has it.
    fn lock_in_turn(
        &mut self,
        how: &Compaction<'_>,
        key: &SigningKey,
    ) -> Result<Box<dyn Lock>, LakeError> {
        loop {
            match self.lock(key) {
                Err(LakeError::Busy) if (how.wait)() => (),
                locked => return locked,
            }
        }
    }
}

/// A run under way.
struct Run<'a> {
    lake: &'a mut Lake,
    how: &'a Compaction<'a>,
    key: &'a SigningKey,
    /// Written and not committed yet.
    batch: Vec<Written>,
    /// Files of parts that this run replaced and that still stay.
    replaced: sweep::Replaced,
    done: Compacted,
}

impl Run<'_> {
    /// Writes the part of a job; what waits long enough is committed.
    fn job(&mut self, job: Job) -> Result<(), LakeError> {
        match self.lake.write_anew(&job, self.how) {
            Ok(part) => {
                (self.how.progress)(&job);
                self.batch.push(Written { job, part, at: (self.how.now)() });
            }
            Err(error) if error.is_damage() || error.is_of_lost_key() => {
                self.done.damages.push(error)
            }
            Err(error) => {
                self.publish()?;
                return Err(error);
            }
        }
        let since = self.batch.first().map_or(0, |first| (self.how.now)().since(first.at));
        if self.batch.len() >= BATCH_PARTS || since >= BATCH_TIME {
            self.publish()?;
        }
        Ok(())
    }

    /// Commits what was written, one entry for each part, and removes files whose hour is over.
    fn publish(&mut self) -> Result<(), LakeError> {
        if !self.batch.is_empty() {
            let overtaken = self.commit()?;
            self.done.overtaken += overtaken.len() as u64;
            for written in &overtaken {
                self.discard(written)?;
            }
        }
        let old = self.replaced.older_than((self.how.now)(), GRACE);
        self.done.freed_bytes += self.lake.remove_files(&old)?;
        Ok(())
    }

    /// Gives what cannot be committed, for another process was quicker.
    fn commit(&mut self) -> Result<Vec<Written>, LakeError> {
        let lock = self.lake.lock_in_turn(self.how, self.key)?;
        let now = (self.how.now)();
        let there: BTreeSet<&str> =
            self.lake.catalog().parts.values().map(|part| part.path.as_str()).collect();
        let is_good = |written: &Written| {
            let all_there = written.job.parts.iter().all(|part| there.contains(part.path.as_str()));
            all_there && now.since(written.at) < STALE
        };
        let (good, overtaken): (Vec<_>, Vec<_>) = self.batch.drain(..).partition(is_good);
        let entries: Vec<Entry> = good.iter().map(|one| entry(one, now)).collect();
        if !entries.is_empty() {
            self.lake.commit(&entries, self.key)?;
        }
        drop(lock);
        for Written { job, part, .. } in &good {
            self.done.parts_before += job.parts.len() as u64;
            self.done.parts_after += 1;
            self.done.rows += part.rows;
            self.done.bytes_before += job.bytes();
            self.done.bytes_after += part.bytes + part.index_bytes;
            self.replaced.take(now, job, part);
        }
        Ok(overtaken)
    }

    fn discard(&self, Written { job, part, .. }: &Written) -> Result<(), LakeError> {
        let files = [part.path.as_str(), part.index_path.as_str()].into_iter();
        let files = files.filter(|path| job.parts.iter().all(|old| old.index_path != *path));
        self.lake.remove_files(&files.map(str::to_owned).collect()).map(drop)
    }
}

fn entry(written: &Written, now: EventTime) -> Entry {
    let from = written.job.parts.iter().map(|part| part.path.clone()).collect();
    Entry::new(now.to_string(), Kind::Rewritten { from, parts: vec![written.part.clone()] })
}
