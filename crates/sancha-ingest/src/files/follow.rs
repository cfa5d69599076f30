//! Follows files that grow, are rotated, or appear later.
//!
//! A followed path is one stream of lines for as long as it is followed: rotation does not begin a new
//! one, offsets and line numbers go on counting. Nothing here waits or knows what time it is: the caller
//! looks again with [`Follower::poll`] and says when that is.
//!
//! | what happens | what is done |
//! | --- | --- |
//! | renamed, a new file made | the old one is read to its end, then the new one; the old one is kept open, for its writer may not have noticed |
//! | copied, then emptied | what was not read yet is read from the copy, then the file from its beginning |
//! | the rotated file is packed or renamed again | it is known by its file number or by its beginning, and not read twice |
//! | a half-written line | waits for its line feed, or for [`Follower::finish`] |

mod copies;
mod generation;
mod lane;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::copies::Likeness;
use self::generation::{Generation, Seen};
use self::lane::Lane;
use super::{Chunk, Limits, Problem, ProblemKind, display_path, glob};

/// Folders deep that are looked through for new files.
const MAX_DEPTH: usize = 16;
/// Folders are listed no more often than this.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What is remembered of files read earlier, to know them again under another name.
const SEEN_KEPT: usize = 4096;

/// Files on their way into the run. Lanes are numbered in the order in which they were found.
pub struct Follower {
    arguments: Vec<PathBuf>,
    limits: Limits,
    lanes: Vec<Lane>,
    /// Of files that are no longer open.
    seen: Vec<Seen>,
    problems: Vec<Problem>,
    /// Paths that were looked at and are not followed.
    passed_over: BTreeSet<PathBuf>,
    /// When new files were last looked for.
    looked: Option<Duration>,
    ended: bool,
}

impl Follower {
    /// `arguments` are files, folders and patterns, there or not. Of the files that are there now only
    /// those in `followed` are: what is packed, or no lines, the caller reads otherwise.
    pub fn new(arguments: &[PathBuf], followed: &[PathBuf], limits: &Limits) -> Self {
        let mut made = Self {
            arguments: arguments.to_vec(),
            limits: limits.clone(),
            lanes: Vec::new(),
            seen: Vec::new(),
            problems: Vec::new(),
            passed_over: BTreeSet::new(),
            looked: None,
            ended: false,
        };
        made.passed_over.extend(made.candidates());
        for path in followed {
            made.passed_over.remove(path);
            match Generation::open(path) {
                Ok(first) => made.lanes.push(Lane::new(path.clone(), first, Duration::ZERO)),
                Err(error) => {
                    let shown = display_path::of_path(path);
                    made.problems.push(Problem::from_io(&shown, &error, false));
                }
            }
        }
        made
    }

    /// Looks for files that appeared and for files that were rotated. Cheap: one `stat` for each file
    /// followed, and the folders' lists.
    pub fn poll(&mut self, now: Duration) {
        if self.ended {
            return;
        }
        for at in 0..self.lanes.len() {
            self.rotated(at, now);
        }
        if self.looked.is_some_and(|before| now.saturating_sub(before) < LOOK_EVERY) {
            return;
        }
        self.looked = Some(now);
        for path in self.candidates() {
            let known = self.lanes.iter().any(|lane| lane.path == path);
            if !known && !self.passed_over.contains(&path) {
                self.appeared(path, now);
            }
        }
    }

    /// How many files there are by now.
    pub fn len(&self) -> usize {
        self.lanes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// A file's name, as the one-shot run calls it.
    pub fn path(&self, lane: usize) -> &str {
        self.lanes.get(lane).map_or("", |lane| lane.shown.as_str())
    }

    /// The beginning of a file, without consuming it: what its format is told by.
    pub fn head(&self, lane: usize, bytes: usize) -> Vec<u8> {
        self.lanes.get(lane).map(|lane| lane.head(bytes)).unwrap_or_default()
    }

    /// Replaces `into` by the next whole lines that are there, about `target` bytes of them. `None`: there
    /// are no more for now.
    pub fn read_lines(
        &mut self,
        lane: usize,
        now: Duration,
        into: &mut Vec<u8>,
        target: usize,
    ) -> Option<Chunk> {
        let ended = self.ended;
        let lane = self.lanes.get_mut(lane)?;
        let chunk = lane.read(now, ended, into, target, &self.limits, &mut self.problems);
        let dropped = lane.take_dropped();
        self.remember(dropped);
        chunk
    }

    /// When a file last grew.
    pub fn last_growth(&self, lane: usize) -> Duration {
        self.lanes.get(lane).map_or(Duration::ZERO, |lane| lane.last_growth)
    }

    /// No file grows any more: lines without line feed are whole now, and rotated files are at their end.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// What went wrong since this was last asked.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    fn remember(&mut self, dropped: Vec<Seen>) {
        self.seen.extend(dropped);
        let surplus = self.seen.len().saturating_sub(SEEN_KEPT);
        self.seen.drain(..surplus);
    }

    /// The path of a lane may name another file by now.
    fn rotated(&mut self, at: usize, now: Duration) {
        let Some(lane) = self.lanes.get(at).filter(|lane| !lane.is_current()) else { return };
        let Ok(fresh) = Generation::open(&lane.path) else { return };
        if self.is_known(&fresh) {
            return;
        }
        if let Some(lane) = self.lanes.get_mut(at) {
            lane.rotated(fresh, now);
        }
    }

    /// Whether a file is one that is being read, or was: by its number while it is open, by number and
    /// beginning afterwards, since numbers of deleted files are given away again.
    fn is_known(&self, fresh: &Generation) -> bool {
        self.lanes.iter().any(|lane| lane.holds(fresh))
            || self.seen.iter().any(|seen| seen.key == fresh.key && fresh.begins_like(seen))
    }

    fn appeared(&mut self, path: PathBuf, now: Duration) {
        let Ok(fresh) = Generation::open(&path) else { return };
        if self.is_known(&fresh) {
            return;
        }
        match self.likeness(&path) {
            Likeness::NotYetKnown => {}
            Likeness::Copy => {
                self.passed_over.insert(path);
            }
            Likeness::Other if fresh.is_packed() => {
                let shown = display_path::of_path(&path);
                self.problems.push(Problem::new(&shown, ProblemKind::PackedLater, ""));
                self.passed_over.insert(path);
            }
            Likeness::Other => self.lanes.push(Lane::new(path, fresh, now)),
        }
    }

    /// A copy, packed or not, of what is read already: rotation made it beside the original.
    fn likeness(&self, path: &Path) -> Likeness {
        let mut beginnings: Vec<Seen> = self.lanes.iter().flat_map(Lane::beginnings).collect();
        beginnings.extend_from_slice(&self.seen);
        copies::likeness(path, &beginnings, &self.limits)
    }

    /// Every plain file that the arguments name now, sorted.
    fn candidates(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for argument in &self.arguments {
            if argument.is_dir() {
                walk(argument, 0, &mut found);
            } else if argument.is_file() {
                found.push(argument.clone());
            } else if glob::is_pattern(argument) {
                found.extend(glob::expand(argument).into_iter().filter(|path| path.is_file()));
            }
        }
        found
            .sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
        found.dedup();
        found
    }
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() && depth < MAX_DEPTH {
            walk(&path, depth + 1, found);
        }
    }
}
