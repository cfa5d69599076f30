//! Parts that were written anew: does the log agree with itself, and are the rows those that were sealed first?
//!
//! Whoever holds the key can write a part with other lines and name its digest in the log. But the roots of the
//! parts that it was made of stand in entries before, and the lines as they are now have to give them.

use std::{collections::BTreeMap, sync::Arc};

use sancha_seal::{Algorithm, Entry, Kind, Part, PartProof, StreamRange};

use super::{FaultKind, LogFault, Page, compare, error_text};
use crate::{
    LakeError,
    compact::{origin_roots, ranges},
    disk::Disk,
    origin::{self, Origin},
    part::{Companion, Recheck},
};

/// What is wrong with an entry that says that parts were written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RewriteFault {
    /// It names a part that is not there at that point of the log.
    Unknown { path: String },
    /// The new part has the name of one that is or was there.
    Again { path: String },
    /// Rows, bytes, days, sources or streams of what was and what is are not the same.
    Other { path: String },
}

/// Entries about parts that were written anew, each held against those before it.
pub(crate) fn faults(entries: &[Entry]) -> Vec<LogFault> {
    // Every part that was ever named; nothing for those that are not there any more.
    let mut parts: BTreeMap<&str, Option<&Part>> = BTreeMap::new();
    let mut faults = Vec::new();
    for (index, entry) in (0..).zip(entries) {
        match &entry.kind {
            Kind::Settled { parts: new, .. } => {
                parts.extend(new.iter().map(|part| (part.path.as_str(), Some(part))));
            }
            Kind::Rewritten { from, parts: new } => {
                let found = rewrite(from, new, &mut parts).err();
                faults.extend(found.map(|what| LogFault::Rewrite { index, what }));
            }
            Kind::Retired { parts: gone, .. } => {
                parts.extend(gone.iter().map(|path| (path.as_str(), None)));
            }
            Kind::LakeCreated { .. }
            | Kind::Hold { .. }
            | Kind::Released { .. }
            | Kind::Waiver { .. }
            | Kind::KeyRotated { .. }
            | Kind::Anchored { .. } => (),
        }
    }
    faults
}

fn rewrite<'a>(
    from: &'a [String],
    new: &'a [Part],
    parts: &mut BTreeMap<&'a str, Option<&'a Part>>,
) -> Result<(), RewriteFault> {
    let mut old = Vec::new();
    for path in from {
        let there = parts.insert(path, None).flatten();
        old.push(there.ok_or_else(|| RewriteFault::Unknown { path: path.clone() })?.clone());
    }
    for part in new {
        if parts.insert(&part.path, Some(part)).is_some() {
            return Err(RewriteFault::Again { path: part.path.clone() });
        }
    }
    let sum = |parts: &[Part]| {
        let rows: u64 = parts.iter().map(|part| part.rows).sum();
        (rows, parts.iter().map(|part| part.raw_bytes).sum::<u64>())
    };
    // How a stream ended is kept for what comes in later, and that is read from the entries that settled it.
    let streams = |parts: &[Part]| -> Vec<StreamRange> {
        let ranges = ranges(parts).into_iter();
        ranges.map(|range| StreamRange { tail: None, ..range }).collect()
    };
    let place = |part: &Part| (part.source.clone(), part.day.clone());
    let is_same = sum(&old) == sum(new)
        && streams(&old) == streams(new)
        && old.iter().all(|part| new.iter().all(|other| place(part) == place(other)));
    match (is_same, new) {
        (true, [_]) => Ok(()),
        (_, new) => {
            let path = new.first().map(|part| part.path.clone()).unwrap_or_default();
            Err(RewriteFault::Other { path })
        }
    }
}

/// Whether a part is not what was settled.
pub(super) fn is_rewritten(part: &Part, origins: &[Origin<'_>]) -> bool {
    !matches!(origins, [origin] if origin.part.path == part.path)
}

/// Rebuilds every line of a part, and holds them against what was sealed first. Its companion may be forged.
pub(super) fn rows(
    disk: &Arc<dyn Disk>,
    part: &Part,
    origins: &[Origin<'_>],
) -> Result<Option<FaultKind>, LakeError> {
    let cuts = origin::cuts(origins);
    let recheck = Recheck { disk, path: &part.path, index_path: &part.index_path, cuts: &cuts };
    let found = match recheck.proof(Algorithm::Sha256) {
        Ok(found) => found,
        Err(error) if error.is_damage() || matches!(error, LakeError::Read { .. }) => {
            return Ok(Some(FaultKind::Unreadable(error_text(&error))));
        }
        Err(error) => return Err(error),
    };
    let roots = origin_roots(&found, origins);
    let is_other =
        |at: usize| roots.get(at).copied().flatten() != origins.get(at).map(|o| o.part.root);
    let other: Vec<usize> = (0..origins.len()).filter(|at| is_other(*at)).collect();
    let rows: u64 = origins.iter().map(|origin| origin.part.rows).sum();
    Ok(match other.is_empty() {
        true if found.rows == rows => None,
        true => Some(FaultKind::Altered),
        false => Some(FaultKind::Rows(located(disk, part, origins, &found, &other))),
    })
}

/// The pages of these origins that hold other rows; all of an origin as one where no page tells.
fn located(
    disk: &Arc<dyn Disk>,
    part: &Part,
    origins: &[Origin<'_>],
    found: &PartProof,
    other: &[usize],
) -> Vec<Page> {
    let stored =
        Companion::of(disk, part).and_then(|companion| companion.pages()).unwrap_or_default();
    let stored =
        PartProof { pages: stored.iter().map(|page| page.root).collect(), ..found.clone() };
    let sealed = origin_roots(&stored, origins);
    let pages = origin::pages(origins);
    let mut located = Vec::new();
    for origin in other {
        let of_origin = pages.iter().enumerate().filter(|(_, page)| page.origin == *origin);
        let is_told =
            sealed.get(*origin).copied().flatten() == origins.get(*origin).map(|o| o.part.root);
        if is_told {
            let differ = of_origin.filter(|(at, _)| found.pages.get(*at) != stored.pages.get(*at));
            located.extend(differ.map(|(at, page)| Page::of(at, page.rows.clone(), found)));
            continue;
        }
        let all: Vec<_> = of_origin.collect();
        if let (Some((at, first)), Some((_, last))) = (all.first(), all.last()) {
            located.push(Page::of(*at, first.rows.start..last.rows.end, found));
        }
    }
    located
}

/// That the files of a part are those that were sealed.
pub(crate) fn is_as_sealed(disk: &Arc<dyn Disk>, part: &Part) -> Result<(), LakeError> {
    let files = [
        (&part.path, part.bytes, &part.sha256),
        (&part.index_path, part.index_bytes, &part.index_sha256),
    ];
    for (path, bytes, sha256) in files {
        match compare(disk, path, bytes, sha256)? {
            None => (),
            // Says which key.
            Some(FaultKind::NoKey(_)) => disk.length(path).map(drop)?,
            Some(_) => {
                let what = "it is not what was sealed";
                return Err(LakeError::Broken { path: path.clone(), what });
            }
        }
    }
    Ok(())
}
