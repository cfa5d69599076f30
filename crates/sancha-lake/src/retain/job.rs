//! The retention job: the only code that deletes what is sealed.
//!
//! What goes is named in the log first: a tombstone, signed. Then its files are removed. After a crash in between
//! the next run finds files that a tombstone names and removes them, and with them those of parts whose rows were
//! written anew a while ago. A file of any other part is never touched, whatever its name.

#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sancha_model::EventTime;
use sancha_seal::{Entry, Kind, Part, SigningKey};

use super::{Fate, Reason, Rules, Standing, Term, room::files_below, standing::instant};
use crate::{
    Lake, LakeError,
    compact::GRACE,
    disk::{DiskError, Trouble, folder_of},
};

/// Bytes of paths in one tombstone: an entry of the log takes 65,535 with all that stands around them.
const PATHS_BYTES: usize = 48 << 10;

/// What may go, and what is past its time and stays.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub going: Vec<Going>,
    /// Past its time, with the hold that keeps it.
    pub held: Vec<(Part, String)>,
    /// Files of parts that are retired already and are still there, from a run that did not end; and of parts
    /// whose rows are in another part.
    pub left_over: Vec<String>,
}

/// A part that nothing asks for any more.
#[derive(Clone, Debug)]
pub struct Going {
    pub part: Part,
    /// Since that day.
    pub since: Date,
    pub term: Term,
}

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub plan: Plan,
    /// Of all files of parts that were removed.
    pub freed_bytes: u64,
}

impl Lake {
    /// What the retention job would do now. It changes nothing.
    ///
    /// # Errors
    /// When the folder of parts cannot be read.
    pub fn retirable(&self, rules: &Rules<'_>) -> Result<Plan, LakeError> {
        let mut plan = Plan { left_over: self.left_over(rules.now)?, ..Plan::default() };
        for part in self.catalog().parts.values() {
            let kept = rules.standing.kept(part);
            match rules.fate(&kept) {
                Fate::MayGo { since, term } => {
                    plan.going.push(Going { part: part.clone(), since, term });
                }
                Fate::Stays { because: Reason::Hold(name), .. }
                    if rules.due(&kept).0 <= rules.today() =>
                {
                    plan.held.push((part.clone(), name));
                }
                Fate::Stays { .. } => (),
            }
        }
        Ok(plan)
    }

    /// Deletes what nothing asks for any more: tombstones first, then files. `say` gives the text of a term for the
    /// tombstone. Holds and waivers are those of the log as it is once nobody else writes to it.
    ///
    /// # Errors
    /// When another process is writing, or the disk refuses: what has a tombstone then is finished by the next run,
    /// all else is still there.
    pub fn retire(
        &mut self,
        rules: &Rules<'_>,
        say: &dyn Fn(&Term) -> String,
        key: &SigningKey,
    ) -> Result<Outcome, LakeError> {
        let _lock = self.lock(key)?;
        let standing = Standing::of(&self.catalog().entries);
        let plan = self.retirable(&Rules { standing: &standing, ..*rules })?;
        let tombstones = tombstones(&plan.going, say, &rules.now.to_string());
        if !tombstones.is_empty() {
            self.commit(&tombstones, key)?;
        }
        let gone = plan.going.iter().flat_map(|going| [&going.part.path, &going.part.index_path]);
        let files: BTreeSet<String> = plan.left_over.iter().chain(gone).cloned().collect();
        let freed_bytes = self.remove_files(&files)?;
        self.remove_superseded(rules.now)?;
        Ok(Outcome { plan, freed_bytes })
    }

    /// Removes tiles of the log that were replaced long enough ago.
    pub(crate) fn remove_superseded(&self, now: EventTime) -> Result<u64, LakeError> {
        let entries = &self.catalog().entries;
        let is_before = |number: u64| {
            let entry = usize::try_from(number).ok().and_then(|number| entries.get(number));
            entry.is_some_and(|entry| now.since(instant(&entry.at)) >= GRACE)
        };
        self.remove_files(&self.ledger().superseded(&is_before)?.into_iter().collect())
    }

    /// Removes files, and makes durable that they are gone. One that is gone already is no failure.
    pub(crate) fn remove_files(&self, files: &BTreeSet<String>) -> Result<u64, LakeError> {
        let disk = self.disk();
        let mut freed = 0;
        let mut folders = BTreeSet::new();
        for path in files {
            // What cannot be measured, for its key was destroyed, can be removed.
            let bytes = disk.length(path).unwrap_or(0);
            match disk.remove(path) {
                Ok(()) => {
                    freed += bytes;
                    folders.insert(folder_of(path));
                }
                Err(DiskError { trouble: Trouble::Missing, .. }) => (),
                Err(error) => return Err(error.into()),
            }
        }
        for folder in folders {
            disk.sync_folder(folder)?;
        }
        Ok(freed)
    }

    /// Files that a tombstone names, or that were replaced long enough ago, and that no part which is there uses.
    pub(crate) fn left_over(&self, now: EventTime) -> Result<Vec<String>, LakeError> {
        let catalog = self.catalog();
        if catalog.retired.is_empty() && catalog.replaced.is_empty() {
            return Ok(Vec::new());
        }
        let is_gone = |part: &&Part| {
            let at = catalog.replaced.get(&part.path).map(|at| instant(at));
            catalog.retired.contains_key(&part.path) || at.is_some_and(|at| now.since(at) >= GRACE)
        };
        let ever = catalog.entries.iter().flat_map(Entry::new_parts);
        let gone: BTreeSet<&str> = ever.filter(is_gone).flat_map(files).collect();
        let there: BTreeSet<&str> = catalog.parts.values().flat_map(files).collect();
        let mut found = files_below(&**self.disk(), "data")?;
        found.retain(|path| gone.contains(path.as_str()) && !there.contains(path.as_str()));
        Ok(found)
    }
}

fn files(part: &Part) -> [&str; 2] {
    [&part.path, &part.index_path]
}

/// One entry for the parts that go by one term, or several where they are many.
fn tombstones(going: &[Going], say: &dyn Fn(&Term) -> String, at: &str) -> Vec<Entry> {
    let mut by_policy: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for one in going {
        by_policy.entry(say(&one.term)).or_default().push(&one.part.path);
    }
    let mut entries = Vec::new();
    for (policy, paths) in by_policy {
        for parts in bundles(&paths) {
            let (reason, policy) = ("retention period over".to_owned(), policy.clone());
            entries.push(Entry::new(at, Kind::Retired { parts, reason, policy }));
        }
    }
    entries
}

/// Paths in order, as many together as an entry takes.
fn bundles(paths: &[&str]) -> Vec<Vec<String>> {
    let mut bundles: Vec<Vec<String>> = Vec::new();
    let mut bytes = PATHS_BYTES;
    for path in paths {
        // Quotes and comma.
        bytes += path.len() + 3;
        match bundles.last_mut() {
            Some(bundle) if bytes <= PATHS_BYTES => bundle.push((*path).to_owned()),
            _ => {
                bytes = path.len() + 3;
                bundles.push(vec![(*path).to_owned()]);
            }
        }
    }
    bundles
}
