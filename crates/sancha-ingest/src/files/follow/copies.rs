//! Copies that rotation makes beside a file: what was not read yet is read from them, and they are not
//! read as files of their own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use super::super::{Limits, SourceReader, discover};
use super::generation::{Generation, HEAD_BYTES, Seen};

/// Skipped at once.
const SKIP_BYTES: usize = 256 << 10;

/// A file's name up to the first dot: `access.log.1.gz` and `access.log` share it.
pub(super) fn stem(path: &Path) -> Vec<u8> {
    let name = path.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default();
    name.split(|byte| *byte == b'.').next().unwrap_or(name).to_vec()
}

/// A reader that is at its end.
pub(super) fn nothing(shown: &str, limits: &Limits) -> SourceReader {
    SourceReader::new(shown, Box::new(io::empty()), Arc::new(AtomicBool::new(false)), None, limits)
}

/// What a file is to those that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Copy,
    Other,
    /// It may become a copy: so far it is empty, or shorter than what it may be a copy of.
    NotYetKnown,
}

/// Compares the beginning of a file, unpacked where it is packed, with those of files of such a name.
pub(super) fn likeness(path: &Path, seen: &[Seen], limits: &Limits) -> Likeness {
    let own = stem(path);
    let like: Vec<&[u8]> = seen
        .iter()
        .filter(|seen| !seen.head.is_empty() && stems_agree(&own, &seen.stem))
        .map(|seen| seen.head.as_slice())
        .collect();
    if like.is_empty() {
        return Likeness::Other;
    }
    let mut reader = open(path, limits);
    let head = reader.as_mut().and_then(|reader| reader.head(HEAD_BYTES).ok());
    let Some(head) = head else { return Likeness::NotYetKnown };
    if like.iter().any(|other| head.starts_with(other)) {
        Likeness::Copy
    } else if like.iter().any(|other| other.starts_with(head)) {
        Likeness::NotYetKnown
    } else {
        Likeness::Other
    }
}

/// Rotation with dates puts them after a dash: `access-20261101.gz` beside `access.log`.
fn stems_agree(one: &[u8], other: &[u8]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// What a copy holds beyond the place up to which the emptied file was read: the newest file beside it
/// that begins like it and has the same bytes before that place.
pub(super) fn rest_of(path: &Path, emptied: &Generation, limits: &Limits) -> Option<SourceReader> {
    if emptied.position == 0 {
        return None;
    }
    beside(path).into_iter().find_map(|sibling| rest(&sibling, emptied, limits))
}

fn rest(path: &Path, emptied: &Generation, limits: &Limits) -> Option<SourceReader> {
    let mut reader = open(path, limits)?;
    let head = reader.head(emptied.head.len()).ok()?;
    if head.is_empty() || head != emptied.head {
        return None;
    }
    let tail = reader.skip(emptied.position, emptied.tail().len(), SKIP_BYTES)?;
    (tail == emptied.tail()).then_some(reader)
}

/// Files with such a name in the same folder, newest first.
fn beside(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let own = stem(path);
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, PathBuf)> = entries
        .map(|entry| entry.path())
        .filter(|other| other.file_name() != path.file_name() && stems_agree(&stem(other), &own))
        .filter_map(|other| Some((other.metadata().ok()?.modified().ok()?, other)))
        .collect();
    found.sort();
    found.reverse();
    found.into_iter().map(|(_, other)| other).collect()
}

fn open(path: &Path, limits: &Limits) -> Option<SourceReader> {
    let found = discover(&[path.to_owned()], limits);
    found.sources.first()?.open(limits).ok()
}
