//! What of each stream was accepted, so that every byte is accepted once.
//!
//! It is made anew from what is there: first the write-ahead log ([`Progress::replay`]), then the settled
//! ([`Progress::insert`]). In this order, for a file that is settled meanwhile goes from the one to the other.

use std::collections::HashMap;
use std::ops::Range;

use crate::disk::{Disk, Trouble};

use super::{ChunkRef, FOLDER, KnownStreams, StreamId, WalError, WalId, WalReader, claim};

/// Bytes before the end of what was accepted that are compared when more comes.
const TAIL_MAX: usize = 256;

/// The accepted parts of every stream.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    streams: HashMap<StreamId, Vec<Extent>>,
}

/// A part of a stream without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub start: u64,
    /// Behind the last byte.
    pub end: u64,
    /// Number of the line that begins, or goes on, at `end`.
    pub next_line: u64,
    /// `None` when nobody kept it.
    pub tail: Option<Tail>,
}

/// How a part ends: two files that begin alike are told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    pub length: u16,
    /// CRC-32 of the last `length` bytes.
    pub crc: u32,
    /// Whether the last of them ends a line.
    pub ends_line: bool,
}

/// What of a chunk is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission<'a> {
    pub chunk: ChunkRef<'a>,
    /// Bytes of the stream right before it that were never seen.
    pub gap: Option<Range<u64>>,
    /// It goes on with a line whose beginning was accepted as if it were whole.
    pub continues_line: bool,
}

/// A chunk contradicts what was accepted of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "at byte {at} the stream is another than the one accepted before, though it begins alike; keep it as a \
     source of its own"
)]
pub struct NotAdmitted {
    pub at: u64,
}

impl Tail {
    /// The tail of what ends with `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let tail = last(bytes, TAIL_MAX);
        let length = u16::try_from(tail.len()).unwrap_or(u16::MAX);
        Self { length, crc: crc32fast::hash(tail), ends_line: tail.ends_with(b"\n") }
    }

    /// Whether `before`, the bytes of a stream up to some place, ends like this; `None` when they are too few.
    pub fn matches(&self, before: &[u8]) -> Option<bool> {
        let tail = last(before, usize::from(self.length));
        (tail.len() == usize::from(self.length)).then(|| crc32fast::hash(tail) == self.crc)
    }
}

impl Progress {
    /// Takes in the files of the write-ahead log but those that are settled, and those whose month has no key: lines
    /// that come again are taken in again, and are there once when the key is back. Gives what was found damaged.
    ///
    /// What it takes in is made durable first. A writer that died may have left lines that only the
    /// system's memory held; who goes on behind them would leave a gap when the power fails next.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn replay(
        &mut self,
        disk: &dyn Disk,
        is_settled: impl Fn(WalId) -> bool,
    ) -> Result<Vec<WalError>, WalError> {
        let mut damage = Vec::new();
        let files = claim::list(disk)?;
        if !files.is_empty() {
            disk.sync_folder(FOLDER)?;
        }
        for file in files.into_iter().filter(|file| !is_settled(file.id)) {
            let reader = match WalReader::open(disk, file.id) {
                Err(error) if is_gone(&error) => continue,
                Err(WalError::Disk(error)) if error.trouble.is_of_lost_key() => continue,
                Err(error @ WalError::NotAWal { .. }) => {
                    damage.push(error);
                    continue;
                }
                done => done?,
            };
            let synced = disk.sync_file(&file.path).map_err(WalError::Disk);
            let chunks = synced.err().map(Err).into_iter().chain(reader);
            for chunk in chunks {
                match chunk {
                    Ok(chunk) => self.accept(&chunk.borrowed()),
                    Err(error @ WalError::Damaged { .. }) => damage.push(error),
                    Err(error) if is_gone(&error) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(damage)
    }

    /// The first part of a chunk that is new; `None` when nothing is. Ask again after [`Progress::accept`]:
    /// there may be more.
    ///
    /// # Errors
    /// When the chunk is of another stream that begins alike.
    pub fn admit<'a>(&self, chunk: ChunkRef<'a>) -> Result<Option<Admission<'a>>, NotAdmitted> {
        let extents = self.extents(&id_of(&chunk));
        let next = extents.partition_point(|extent| extent.start <= chunk.offset);
        let before = next.checked_sub(1).and_then(|at| extents.get(at));
        let known_until = before.map_or(0, |extent| extent.end);
        let from = known_until.max(chunk.offset);
        if from >= chunk.end() {
            // Where what is known ends with it, its last bytes have to be the same.
            if let Some(before) = before.filter(|before| before.end == chunk.end()) {
                before.goes_on_after(chunk.bytes)?;
            }
            return Ok(None);
        }
        let behind = extents.get(next).map_or(u64::MAX, |extent| extent.start);
        let until = behind.min(chunk.end());
        let known = place(&chunk, from);
        let new = place(&chunk, until);
        let (skipped, piece) =
            (chunk.bytes.get(..known), chunk.bytes.get(known..new).unwrap_or_default());
        let skipped = skipped.unwrap_or_default();
        if let Some(before) = before.filter(|_| !skipped.is_empty()) {
            before.goes_on_after(skipped)?;
        }
        if until < chunk.end() && !piece.ends_with(b"\n") {
            return Err(NotAdmitted { at: until });
        }
        let touches = before.filter(|extent| extent.end == from);
        Ok(Some(Admission {
            chunk: ChunkRef {
                offset: from,
                line: chunk.line + line_feeds(skipped),
                bytes: piece,
                ..chunk
            },
            gap: (known_until < from).then_some(known_until..from),
            continues_line: touches
                .is_some_and(|extent| extent.tail.is_some_and(|tail| !tail.ends_line)),
        }))
    }

    /// Notes that a chunk was accepted.
    pub fn accept(&mut self, chunk: &ChunkRef<'_>) {
        self.insert(id_of(chunk), extent(chunk));
    }

    /// Notes that a part of a stream is there, be it known already or not.
    pub fn insert(&mut self, stream: StreamId, part: Extent) {
        let extents = self.streams.entry(stream).or_default();
        let from = extents.partition_point(|extent| extent.end < part.start);
        let until = extents.partition_point(|extent| extent.start <= part.end);
        let touched = extents.get(from..until).unwrap_or_default();
        let joined = touched.iter().fold(part, |joined, extent| joined.joined(extent));
        extents.splice(from..until.max(from), [joined]);
    }

    /// The accepted parts of a stream, in order, with gaps between them.
    pub fn extents(&self, stream: &StreamId) -> &[Extent] {
        self.streams.get(stream).map_or(&[], Vec::as_slice)
    }

    /// All streams of which something is there.
    pub fn streams(&self) -> KnownStreams {
        self.streams.keys().copied().collect()
    }
}

impl Extent {
    /// Whether bytes of a chunk up to `self.end` end as this part does.
    fn goes_on_after(&self, skipped: &[u8]) -> Result<(), NotAdmitted> {
        let ends_line = self.tail.is_none_or(|tail| tail.ends_line);
        let is_alike = self.tail.and_then(|tail| tail.matches(skipped)).unwrap_or(true);
        if is_alike && skipped.ends_with(b"\n") == ends_line {
            Ok(())
        } else {
            Err(NotAdmitted { at: self.end })
        }
    }

    fn joined(self, other: &Self) -> Self {
        let last = if other.end > self.end { *other } else { self };
        let tail = if other.end == self.end { self.tail.or(other.tail) } else { last.tail };
        Self { start: self.start.min(other.start), tail, ..last }
    }
}

fn id_of(chunk: &ChunkRef<'_>) -> StreamId {
    StreamId { digest: chunk.stream, prefix: chunk.prefix }
}

fn extent(chunk: &ChunkRef<'_>) -> Extent {
    Extent {
        start: chunk.offset,
        end: chunk.end(),
        next_line: chunk.line + line_feeds(chunk.bytes),
        tail: Some(Tail::of(chunk.bytes)),
    }
}

/// Where byte `offset` of the stream stands in the chunk.
fn place(chunk: &ChunkRef<'_>, offset: u64) -> usize {
    usize::try_from(offset.saturating_sub(chunk.offset)).unwrap_or(usize::MAX)
}

fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn last(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(length)..).unwrap_or_default()
}

/// A file that is gone was settled meanwhile.
fn is_gone(error: &WalError) -> bool {
    matches!(error, WalError::Disk(error) if error.trouble == Trouble::Missing)
}
