//! Write-ahead files become parts.
//!
//! A file is claimed, its chunks are read into parts by source and day, the parts are made durable and read
//! back, and one append to the log names them all: from then on they hold, and the file goes. After a crash
//! before that, what was written is written again under the same names.

mod names;
mod pieces;
mod sink;
mod sort;
#[cfg(test)]
pub(crate) mod tests;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use sancha_model::{EventTime, Framing};
use sancha_normalize::{FileContext, Formats};
use sancha_seal::{Algorithm, Hash32, Part, SigningKey, StreamRange, entry};

use crate::{
    Lake, LakeError,
    disk::{Disk, folder_of},
    index::Run,
    part::{Layout, Position, Recheck, Stretch, Written},
    stream::{Compared, Comparison},
    wal::{
        self, ChunkRef, Claim, Extent, Progress, StreamId, WalError, WalFile, WalId, WalReader,
        WalState,
    },
};

use names::Names;
pub(crate) use names::companion_path;
use pieces::apart;
pub(crate) use pieces::{NewPieces, numbered};
pub(crate) use sink::Sink;
use sort::{Ends, Sorter};

/// How lines are read and written.
pub struct Settings<'a> {
    pub formats: &'a Formats,
    /// What is known of a source besides its bytes, given the time stamp of the file it came from.
    pub context: &'a dyn Fn(&str, EventTime) -> FileContext,
    pub layout: Layout,
}

/// What was settled.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    pub files: u64,
    pub parts: Vec<Part>,
    /// Damage in write-ahead files: what had been accepted and is not there as it was. Such a file is set
    /// aside.
    pub damages: Vec<Arc<WalError>>,
    /// Why write-ahead files stay as they are: no key opens the month that they, or parts of their lines, are of.
    pub keyless: Vec<Arc<LakeError>>,
    /// Sources and offsets where lines contradicted what their stream had before; they are kept as a
    /// stream of their own.
    pub apart: Vec<(String, u64)>,
}

impl Lake {
    /// Settles every write-ahead file that nobody writes any more. `at`: now, RFC 3339 in UTC. What cannot be read or
    /// written for want of a month's key stays accepted; the others are settled.
    ///
    /// # Errors
    /// When another process is settling, or the disk refuses: what was not settled stays accepted.
    pub fn settle(
        &mut self,
        settings: &Settings<'_>,
        key: &SigningKey,
        at: &str,
    ) -> Result<Settled, LakeError> {
        let mut settled = Settled::default();
        let waiting = wal::list(&**self.disk())?;
        let waiting: Vec<_> =
            waiting.into_iter().filter(|file| file.state != WalState::Live).collect();
        if waiting.is_empty() {
            return Ok(settled);
        }
        let _lock = self.lock(key)?;
        for file in waiting {
            let Some(claim) = Claim::take(&**self.disk(), file.id)? else { continue };
            let apart = settled.apart.len();
            let is_settled = self.catalog().settled.contains(&file.id.to_string());
            let done = match is_settled {
                true => damages(&**self.disk(), file.id),
                false => self.settle_file(&file, settings, key, at, &mut settled),
            };
            let damages = match done {
                // Of one that is settled nothing is missing; it goes when it can be looked at.
                Err(error) if error.is_of_lost_key() && is_settled => continue,
                Err(error) if error.is_of_lost_key() => {
                    settled.apart.truncate(apart);
                    settled.keyless.push(Arc::new(error));
                    continue;
                }
                done => done?,
            };
            if damages.is_empty() {
                claim.remove(&**self.disk())?;
            } else {
                claim.set_aside(&**self.disk())?;
            }
            settled.damages.extend(damages);
            self.waits_no_more(file.id);
        }
        Ok(settled)
    }

    fn settle_file(
        &mut self,
        file: &WalFile,
        settings: &Settings<'_>,
        key: &SigningKey,
        at: &str,
        settled: &mut Settled,
    ) -> Result<Vec<Arc<WalError>>, LakeError> {
        let disk = Arc::clone(self.disk());
        let reader = match WalReader::open(&*disk, file.id) {
            Err(error @ WalError::NotAWal { .. }) => return Ok(vec![Arc::new(error)]),
            opened => opened?,
        };
        let mut names = Names::new(file.id);
        let mut parts = Vec::new();
        let mut sorter = Sorter::new(settings, self.catalog());
        let mut progress = self.catalog().progress();
        let mut make = |source: &str, day: &str| Sink::create(&disk, names.next(source, day));
        let mut damages = Vec::new();
        let mut twice = Twice::new(Arc::clone(&disk));
        for (number, chunk) in (0_u64..).zip(reader) {
            match chunk {
                Ok(chunk) => {
                    let framing = sorter.framing(&chunk.borrowed());
                    let mut whole = chunk.borrowed();
                    let mut contradicted = Vec::new();
                    if let Some(at) = twice.differs(&progress, whole, framing)? {
                        contradicted.push(at);
                        whole = apart(whole, file.id, number);
                    }
                    let mut pieces = NewPieces::of(whole, &mut progress, file.id, number);
                    for new in pieces.by_ref() {
                        let new = numbered(new, &chunk.borrowed(), framing);
                        sorter.take(&new, &mut make, &mut parts)?;
                    }
                    contradicted.append(&mut pieces.contradicted);
                    let source = &chunk.source;
                    settled.apart.extend(contradicted.into_iter().map(|at| (source.clone(), at)));
                }
                Err(error @ WalError::Damaged { .. }) => damages.push(Arc::new(error)),
                Err(error) => return Err(error.into()),
            }
        }
        let ends = sorter.finish(&mut parts)?;
        let parts = parts
            .into_iter()
            .map(|done| part(&disk, done, &ends))
            .collect::<Result<Vec<_>, _>>()?;
        let entries = entry::settled(at, &file.id.to_string(), parts.clone())
            .map_err(|error| LakeError::seal("entry", error))?;
        self.commit(&entries, key)?;
        settled.files += 1;
        settled.parts.extend(parts);
        Ok(damages)
    }
}

/// Chunks that two writers have taken at the same time: of one file, or of two that begin alike.
struct Twice {
    disk: Arc<dyn Disk>,
    streams: HashMap<[u8; 32], Compared>,
}

impl Twice {
    fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, streams: HashMap::new() }
    }

    /// The byte at which a chunk is another than what the lake has of its stream there.
    fn differs(
        &mut self,
        progress: &Progress,
        chunk: ChunkRef<'_>,
        framing: Framing,
    ) -> Result<Option<u64>, LakeError> {
        let id = StreamId { digest: chunk.stream, prefix: chunk.prefix };
        let is_there = |known: &Extent| known.start < chunk.end() && chunk.offset < known.end;
        if !progress.extents(&id).iter().any(is_there) {
            return Ok(None);
        }
        let compared = match self.streams.entry(chunk.stream) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                free.insert(Compared::open(&self.disk, &chunk.stream, framing, chunk.bytes.len())?)
            }
        };
        Ok(match compared.with(chunk.offset, chunk.bytes)? {
            Comparison::Differs(at) => Some(at),
            Comparison::Same(_) => None,
        })
    }
}

/// What is damaged in a write-ahead file.
pub(crate) fn damages(disk: &dyn Disk, id: WalId) -> Result<Vec<Arc<WalError>>, LakeError> {
    let mut damages = Vec::new();
    for chunk in WalReader::open(disk, id)? {
        match chunk {
            Ok(_) => (),
            Err(error @ WalError::Damaged { .. }) => damages.push(Arc::new(error)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(damages)
}

/// A part whose rows are all written and durable. Its file is closed: there may be more parts than files that a
/// process may have open.
struct Done {
    source: String,
    day: String,
    path: String,
    sha256: Hash32,
    bytes: u64,
    written: Written,
    /// Of each stream in it: how long the prefix of its id is, and its format.
    streams: Vec<([u8; 32], u32, String)>,
}

/// Writes the companion of a part, reads it back, and says what it is.
fn part(disk: &Arc<dyn Disk>, done: Done, ends: &Ends) -> Result<Part, LakeError> {
    let Done { source, day, path, sha256, bytes, written, streams } = done;
    let index_path = companion_path(&path);
    disk.write_at_once(&index_path, &written.index)?;
    disk.sync_folder(folder_of(&path))?;
    let runs: Vec<Run> = runs(&written.stretches).collect();
    Recheck { disk, path: &path, index_path: &index_path, cuts: &[] }.lines(
        &runs,
        written.proof.rows,
        written.lines,
    )?;
    let range = |stretch: &Stretch| {
        let of = streams.iter().find(|(id, _, _)| *id == stretch.first.stream);
        StreamRange {
            id: Hash32(stretch.first.stream),
            prefix: of.map_or(0, |(_, prefix, _)| *prefix),
            format: of.map(|(_, _, format)| format.clone()).unwrap_or_default(),
            from: stretch.first.offset,
            to: stretch.first.offset + stretch.bytes,
            first_line: stretch.first.line,
            lines: stretch.lines,
            tail: ends
                .get(&stretch.first.stream)
                .filter(|(end, _)| *end == stretch.first.offset + stretch.bytes)
                .map(|(_, tail)| *tail),
        }
    };
    Ok(Part {
        source,
        day,
        rows: written.proof.rows,
        raw_bytes: written.raw_bytes,
        first: written.first.map(EventTime::nanos),
        last: written.last.map(EventTime::nanos),
        root: written.proof.root,
        root_sm3: written.root_sm3,
        sha256,
        bytes,
        index_sha256: hash(&written.index),
        index_bytes: written.index.len() as u64,
        streams: written.stretches.iter().map(range).collect(),
        index_path,
        path,
    })
}

/// The stretches of a part as its companion names them.
fn runs(stretches: &[Stretch]) -> impl Iterator<Item = Run> {
    let mut row = 0;
    stretches.iter().map(move |stretch| {
        let Position { stream, offset, line } = stretch.first;
        let first = row;
        row += stretch.lines;
        Run { stream, row: first, offset, line }
    })
}

pub(crate) fn hash(bytes: &[u8]) -> Hash32 {
    Algorithm::Sha256.hash(&[bytes])
}
