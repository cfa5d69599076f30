//! Is what is kept what was sealed? Separate verdicts: the log, the files, the streams.
//!
//! What this cannot show: that nothing was left out before it came in, and that who holds the key did not
//! write the log anew, unless a checkpoint was left with somebody else.

mod rewritten;
mod trust;

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher as _, RandomState},
    io::Read as _,
    ops::Range,
    sync::Arc,
};

use sancha_seal::{
    Algorithm, Hash32, Part, PartProof, TlogError,
    audit::{self, Altered},
};

use crate::{
    Lake, LakeError,
    disk::{Disk, DiskError, Trouble},
    gone::is_gone,
    ledger::Ledger,
    origin::{self, Origin, Origins},
    part::{Companion, DiskAt, Reader, Recheck},
    settle,
    wal::{self, WalError, WalState},
};

pub use rewritten::RewriteFault;
#[cfg(test)]
pub(crate) use rewritten::faults as rewrite_faults;
pub(crate) use rewritten::is_as_sealed;
pub use trust::{
    AnchorFound, AnchorVerdict, CopiedCheckpoints, KeyVerdict, LeftFound, LeftSignature,
    LeftVerdict, LeftWith, TrustVerdicts, Trusted, left_in_copy,
};

/// What is checked.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Only parts of this day and later, `YYYY-MM-DD` in UTC.
    pub since: Option<String>,
    /// Of every hundred parts so many, spread evenly; at least one.
    percent: u8,
    /// Where the spreading begins.
    begin: u64,
}

impl Scope {
    pub const ALL: Self = Self { since: None, percent: 100, begin: 0 };

    /// Other parts each time: who checks some of them every night has checked all before long, and nobody knows
    /// which are next.
    pub fn some(since: Option<String>, percent: u8) -> Self {
        Self { since, percent, begin: RandomState::new().hash_one(0_u8) }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Entries of the log, all read and hashed again.
    pub entries: u64,
    /// Key names whose signature the checkpoint has.
    pub signed_by: Vec<String>,
    pub log_faults: Vec<LogFault>,
    pub parts: u64,
    pub parts_checked: u64,
    pub bytes_checked: u64,
    pub rows_checked: u64,
    /// Of those, rows of parts that were written anew: their lines were rebuilt, and have the roots that they
    /// were sealed with first.
    pub rows_rebuilt: u64,
    pub faults: Vec<Fault>,
    /// Bytes of streams that never came in: nothing was altered, but something is missing.
    pub gaps: Vec<Gap>,
    /// Files in the folder of parts that the log does not know.
    pub strays: Vec<String>,
    /// Write-ahead files that wait to be settled.
    pub unsettled: u64,
    /// What in them is not as it was accepted.
    pub wal_damages: Vec<Arc<WalError>>,
}

impl Verdicts {
    /// Whether everything that was looked at is as it was sealed.
    pub fn is_unaltered(&self) -> bool {
        self.log_faults.is_empty() && self.faults.is_empty() && self.wal_damages.is_empty()
    }
}

/// Something of the log that is not as it was sealed. Paths are relative to the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFault {
    /// It is missing, cannot be read, or is not made of whole pieces; the text says why.
    File { path: String, why: String },
    /// A bundle of entries and the tile with their hashes disagree.
    Entry { index: u64, entries: String, tile: String, altered: Altered },
    /// A tile does not give the hash that stands in the tile above it.
    Tile { below: String, above: String },
    /// All files agree with each other and not with the checkpoint.
    Root { size: u64 },
    /// The entry says that parts were written anew, and by the log itself that is not so.
    Rewrite { index: u64, what: RewriteFault },
}

impl LogFault {
    fn of(fault: audit::Fault<DiskError>) -> Self {
        let inside = |path: String| format!("{}/{path}", crate::ledger::FOLDER);
        match fault {
            audit::Fault::File(error) => {
                let why = error_text(&error);
                let (TlogError::Read { path, .. }
                | TlogError::Missing { path }
                | TlogError::Damaged { path, .. }) = error
                else {
                    return Self::File { path: crate::ledger::FOLDER.to_owned(), why };
                };
                Self::File { path: inside(path), why }
            }
            audit::Fault::Entry { index, entries, tile, altered } => {
                Self::Entry { index, entries: inside(entries), tile: inside(tile), altered }
            }
            audit::Fault::Tile { below, above } => {
                Self::Tile { below: inside(below), above: inside(above) }
            }
            audit::Fault::Root { size } => Self::Root { size },
        }
    }
}

/// Where a log is damaged that does not open.
///
/// # Errors
/// When its checkpoint or the list of keys is what is damaged.
pub fn log_faults(disk: &Arc<dyn Disk>) -> Result<Vec<LogFault>, LakeError> {
    let ledger = Ledger::open(Arc::clone(disk))?;
    Ok(audit::audit(ledger.log(), |_, _| ()).into_iter().map(LogFault::of).collect())
}

/// A file that is not as it was sealed, or accepted where it waits to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: String,
    pub kind: FaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    Missing,
    /// It cannot be read as what it is; the text says why.
    Unreadable(String),
    /// No key opens it: nothing can be told of it.
    NoKey(String),
    /// Its bytes differ, its rows do not: the file can be written anew.
    BytesOnly,
    /// Another length or digest, and it is no part.
    Altered,
    /// These pages hold other rows: number, first and last row, the first row's stream and line.
    Rows(Vec<Page>),
}

/// A page whose rows are not those that were sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub number: u64,
    pub first_row: u64,
    pub last_row: u64,
    /// Line of the first row in its stream, 1-based.
    pub first_line: u64,
}

impl Page {
    /// Page `number` of a part, or pages from it on; `found` is what the rows are now.
    fn of(number: usize, rows: Range<u64>, found: &PartProof) -> Self {
        let run = found.headers.get(number).and_then(|header| header.runs.first());
        Self {
            number: number as u64,
            first_row: rows.start,
            last_row: rows.end.saturating_sub(1),
            first_line: run.map_or(0, |run| run.first_line),
        }
    }
}

/// Bytes of a stream that were never taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub source: String,
    pub stream: Hash32,
    pub from: u64,
    pub to: u64,
}

impl Lake {
    /// Checks the whole log, and the parts of `scope`. `progress` is told the bytes of parts read.
    ///
    /// # Errors
    /// Only when the disk fails for another reason than damage or absence of a file.
    pub fn verify(&self, scope: &Scope, progress: &dyn Fn(u64)) -> Result<Verdicts, LakeError> {
        let mut verdicts = self.verify_log();
        let origins = Origins::of(&self.catalog().entries);
        let parts = self.parts_since(scope);
        verdicts.parts = parts.len() as u64;
        for part in spread(&parts, scope) {
            self.check(part, origins.of_part(&part.path), &mut verdicts)?;
            progress(verdicts.bytes_checked);
        }
        verdicts.gaps = gaps(self);
        verdicts.strays = self.strays()?;
        self.check_waiting(&mut verdicts)?;
        Ok(verdicts)
    }

    /// Checks the whole log, for which no file that holds lines is opened.
    pub fn verify_log(&self) -> Verdicts {
        let mut verdicts = Verdicts { entries: self.ledger().head().size, ..Verdicts::default() };
        verdicts.signed_by = self.ledger().signed_by().to_vec();
        let faults = audit::audit(self.ledger().log(), |_, _| ());
        verdicts.log_faults = faults.into_iter().map(LogFault::of).collect();
        verdicts.log_faults.extend(rewritten::faults(&self.catalog().entries));
        verdicts
    }

    /// Reads what waits to be settled, and whose writer is no more.
    fn check_waiting(&self, verdicts: &mut Verdicts) -> Result<(), LakeError> {
        let waiting = wal::list(&**self.disk())?;
        for file in waiting.iter().filter(|file| file.state != WalState::Live) {
            verdicts.unsettled += 1;
            match settle::damages(&**self.disk(), file.id) {
                Ok(damages) => verdicts.wal_damages.extend(damages),
                Err(LakeError::Wal(error @ WalError::NotAWal { .. })) => {
                    verdicts.wal_damages.push(Arc::new(error));
                }
                Err(error) if error.is_of_lost_key() => {
                    let kind = FaultKind::NoKey(error.to_string());
                    verdicts.faults.push(Fault { path: file.path.clone(), kind });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The parts that [`Lake::verify`] reads for `scope`: who has only some of the files brings these.
    pub fn chosen(&self, scope: &Scope) -> Vec<&Part> {
        let parts = self.parts_since(scope);
        spread(&parts, scope).collect()
    }

    fn parts_since(&self, scope: &Scope) -> Vec<&Part> {
        let since = scope.since.as_ref();
        let parts = self.catalog().parts.values();
        parts.filter(|part| since.is_none_or(|since| part.day >= *since)).collect()
    }

    fn check(
        &self,
        part: &Part,
        origins: &[Origin<'_>],
        verdicts: &mut Verdicts,
    ) -> Result<(), LakeError> {
        let disk = self.disk();
        let index = compare(disk, &part.index_path, part.index_bytes, &part.index_sha256)?;
        let file = compare(disk, &part.path, part.bytes, &part.sha256)?;
        if [&index, &file].contains(&&Some(FaultKind::Missing)) && is_gone(disk, &part.path) {
            verdicts.parts -= 1;
            return Ok(());
        }
        // What nobody can read is not checked.
        if ![&index, &file].iter().any(|found| matches!(found, Some(FaultKind::NoKey(_)))) {
            verdicts.parts_checked += 1;
            verdicts.rows_checked += part.rows;
            verdicts.bytes_checked += part.bytes + part.index_bytes;
        }
        if let Some(kind) = index.clone() {
            verdicts.faults.push(Fault { path: part.index_path.clone(), kind });
        }
        match file {
            // Who writes a part anew names its digest, too: what counts is what was sealed first.
            None if index.is_none() && rewritten::is_rewritten(part, origins) => {
                verdicts.rows_rebuilt += part.rows;
                let kind = rewritten::rows(disk, part, origins)?;
                let fault = kind.map(|kind| Fault { path: part.path.clone(), kind });
                verdicts.faults.extend(fault);
            }
            None => (),
            Some(FaultKind::Altered) => {
                let kind = match index {
                    None => located(disk, part, origins),
                    Some(_) => FaultKind::Altered,
                };
                verdicts.faults.push(Fault { path: part.path.clone(), kind });
            }
            Some(kind) => verdicts.faults.push(Fault { path: part.path.clone(), kind }),
        }
        Ok(())
    }

    /// Files of parts that no entry names.
    fn strays(&self) -> Result<Vec<String>, LakeError> {
        let catalog = self.catalog();
        // Files of parts that were written anew stay a while.
        let ever = catalog.entries.iter().flat_map(|entry| entry.new_parts());
        let replaced = ever.filter(|part| catalog.replaced.contains_key(&part.path));
        let known: BTreeSet<&str> = (catalog.parts.values().chain(replaced))
            .flat_map(|part| [part.path.as_str(), part.index_path.as_str()])
            .collect();
        let mut strays = Vec::new();
        let mut folders = vec!["data".to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in self.disk().list(&folder)? {
                let path = format!("{folder}/{}", entry.name);
                if entry.is_folder {
                    folders.push(path);
                } else if !known.contains(path.as_str()) {
                    strays.push(path);
                }
            }
        }
        strays.sort();
        Ok(strays)
    }
}

/// So many of a hundred, evenly; one where that is none.
fn spread<'p>(parts: &[&'p Part], scope: &Scope) -> impl Iterator<Item = &'p Part> {
    let percent = u64::from(scope.percent.clamp(1, 100));
    let step = scope.begin % 100;
    let is_wanted = |at: u64| (at + step + 1) * percent / 100 > (at + step) * percent / 100;
    let mut chosen: Vec<&Part> =
        (0..).zip(parts).filter(|(at, _)| is_wanted(*at)).map(|(_, part)| *part).collect();
    if chosen.is_empty() {
        let any =
            scope.begin.checked_rem(parts.len() as u64).and_then(|at| usize::try_from(at).ok());
        chosen.extend(any.and_then(|at| parts.get(at)));
    }
    chosen.into_iter()
}

/// Whether a file has other bytes than it was sealed with.
fn compare(
    disk: &Arc<dyn Disk>,
    path: &str,
    bytes: u64,
    sha256: &Hash32,
) -> Result<Option<FaultKind>, LakeError> {
    match digest(disk, path) {
        Ok((found, len)) if found == *sha256 && len == bytes => Ok(None),
        Ok(_) => Ok(Some(FaultKind::Altered)),
        Err(LakeError::Disk(DiskError { trouble: Trouble::Missing, .. })) => {
            Ok(Some(FaultKind::Missing))
        }
        Err(error) if error.is_of_lost_key() => Ok(Some(FaultKind::NoKey(error.to_string()))),
        Err(error @ (LakeError::Read { .. } | LakeError::Broken { .. })) => {
            Ok(Some(FaultKind::Unreadable(error.to_string())))
        }
        Err(error) => Err(error),
    }
}

fn digest(disk: &Arc<dyn Disk>, path: &str) -> Result<(Hash32, u64), LakeError> {
    let file = DiskAt::open(disk, path)?;
    let mut reader = Reader::new(file);
    let mut hasher = Algorithm::Sha256.hasher();
    let mut buffer = vec![0; 1 << 18];
    let mut len = 0;
    loop {
        let read = reader.read(&mut buffer).map_err(|error| LakeError::read(path, error))?;
        if read == 0 {
            return Ok((hasher.finish(), len));
        }
        len += read as u64;
        hasher.update(buffer.get(..read).unwrap_or(&[]));
    }
}

/// Which pages of an altered part hold other rows; its companion is whole.
fn located(disk: &Arc<dyn Disk>, part: &Part, origins: &[Origin<'_>]) -> FaultKind {
    let cuts = origin::cuts(origins);
    let recheck = Recheck { disk, path: &part.path, index_path: &part.index_path, cuts: &cuts };
    let found = match recheck.proof(Algorithm::Sha256) {
        Ok(found) => found,
        Err(error) => return FaultKind::Unreadable(error_text(&error)),
    };
    if found.root == part.root {
        return FaultKind::BytesOnly;
    }
    let sealed = Companion::of(disk, part).and_then(|companion| companion.pages());
    let Ok(sealed) = sealed else { return FaultKind::Altered };
    let pages = origin::pages(origins);
    let other = pages.iter().enumerate().zip(&sealed);
    let other = other.filter(|((at, _), page)| found.pages.get(*at) != Some(&page.root));
    FaultKind::Rows(other.map(|((at, page), _)| Page::of(at, page.rows.clone(), &found)).collect())
}

/// An error with its causes, in one line.
fn error_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// What is missing of each stream. A stream is one sequence of bytes, whatever its source was called when they
/// came in; a gap is told of the source that goes on behind it.
fn gaps(lake: &Lake) -> Vec<Gap> {
    let mut streams: BTreeMap<[u8; 32], Vec<(u64, u64, &str)>> = BTreeMap::new();
    for part in lake.catalog().entries.iter().flat_map(|entry| entry.new_parts()) {
        for range in &part.streams {
            let ranges = streams.entry(range.id.0).or_default();
            ranges.push((range.from, range.to, &part.source));
        }
    }
    let mut gaps = Vec::new();
    for (stream, mut ranges) in streams {
        ranges.sort_unstable();
        let mut at = 0;
        for (from, to, source) in ranges {
            if from > at {
                let (source, stream) = (source.to_owned(), Hash32(stream));
                gaps.push(Gap { source, stream, from: at, to: from });
            }
            at = at.max(to);
        }
    }
    gaps.sort_by(|one, other| (&one.source, one.stream.0).cmp(&(&other.source, other.stream.0)));
    gaps
}
