//! Takes files into a lake: each line once, however often the same files are given.

use std::sync::Arc;

use sancha_ingest::files::{Chunk as Lines, Limits, Problem, Source, SourceReader};
use sancha_lake::{
    Lake, LakeError, Settled,
    wal::{ChunkRef, Options, Progress, StreamId, WalError, WalWriter},
};
use sancha_model::{EventTime, Framing};
use sancha_normalize::Head;
use sancha_seal::SigningKey;

use super::LakeReading;
use crate::logs;

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes of lines in one write-ahead file: what is settled at once, and how large parts become.
const SETTLE_BYTES: u64 = 256 << 20;
/// Lines are acknowledged after so many bytes.
const SYNC_BYTES: u64 = 16 << 20;
/// How much of a stream is looked at to tell its format.
const HEAD_BYTES: usize = 64 << 10;

pub struct IngestInput<'a> {
    pub sources: &'a [Source],
    pub limits: &'a Limits,
    pub reading: &'a LakeReading,
    pub key: &'a SigningKey,
    /// Keeps all files as this source; else each by its own path, rotated ones as one.
    pub name: Option<&'a str>,
    /// When it is done.
    pub at: EventTime,
    /// Told the bytes read so far.
    pub progress: &'a dyn Fn(u64),
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    pub path: String,
    pub source: String,
    /// Lines and bytes that are new.
    pub lines: u64,
    pub bytes: u64,
    /// Bytes that were there already.
    pub known_bytes: u64,
}

#[derive(Debug, Default)]
pub struct Ingested {
    pub files: Vec<TakenIn>,
    pub problems: Vec<Problem>,
    /// Files that are not kept as they are, and why.
    pub refused: Vec<(String, Refused)>,
    pub settled: Settled,
}

/// Why a file is not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It makes sense only as a whole, such as a journal file.
    NotLines(String),
    /// The line at this byte is longer than the limit; the rest of the file is taken in.
    LongLine(u64),
    /// At this byte it is another than a file taken in before, though both begin alike.
    Another(u64),
}

/// Takes all sources in and settles them.
///
/// # Errors
/// When the lake cannot be written. What was acknowledged before stays.
pub fn ingest(lake: &mut Lake, input: &IngestInput<'_>) -> Result<Ingested, LakeError> {
    let mut run = Run::new(lake, input)?;
    let mut done = run.settle(lake)?;
    let mut ingested = Ingested::default();
    for source in input.sources {
        run.source(lake, source, &mut ingested, &mut done)?;
    }
    run.writer.close()?;
    add(&mut done, run.settle(lake)?);
    done.damages.append(&mut run.damages);
    done.damages.sort();
    done.damages.dedup();
    ingested.settled = done;
    Ok(ingested)
}

fn add(to: &mut Settled, more: Settled) {
    to.files += more.files;
    to.parts.extend(more.parts);
    to.damages.extend(more.damages);
}

struct Run<'a> {
    input: &'a IngestInput<'a>,
    writer: WalWriter,
    progress: Progress,
    damages: Vec<String>,
    read: u64,
    unsynced: u64,
    unsettled: u64,
}

impl<'a> Run<'a> {
    fn new(lake: &Lake, input: &'a IngestInput<'a>) -> Result<Self, LakeError> {
        let disk = Arc::clone(lake.disk());
        let mut progress = lake.catalog().progress();
        let catalog = lake.catalog();
        sancha_lake::wal::sweep(&*disk)?;
        let damages = progress.replay(&*disk, |id| catalog.settled.contains(&id.to_string()))?;
        let writer =
            WalWriter::new(disk, Options { roll_bytes: SETTLE_BYTES, ..Options::default() });
        let damages = damages.iter().map(ToString::to_string).collect();
        Ok(Self { input, writer, progress, damages, read: 0, unsynced: 0, unsettled: 0 })
    }

    fn settle(&mut self, lake: &mut Lake) -> Result<Settled, LakeError> {
        self.unsettled = 0;
        let at = self.input.at.to_string();
        self.input.reading.settings(|settings| lake.settle(settings, self.input.key, &at))
    }

    fn source(
        &mut self,
        lake: &mut Lake,
        source: &Source,
        ingested: &mut Ingested,
        done: &mut Settled,
    ) -> Result<(), LakeError> {
        let mut reader = match source.open(self.input.limits) {
            Ok(reader) => reader,
            Err(problem) => {
                ingested.problems.push(problem);
                return Ok(());
            }
        };
        let (framing, id) = match self.look(source, &mut reader) {
            Ok(Some(looked)) => looked,
            Ok(None) => return Ok(()),
            Err(problem) => {
                ingested.problems.push(problem);
                return Ok(());
            }
        };
        let name = self.input.name.map_or_else(|| logs::source_name(&source.path), str::to_owned);
        let path = source.path.clone();
        let mut taken = TakenIn { path, source: name.clone(), lines: 0, bytes: 0, known_bytes: 0 };
        if let Framing::Whole = framing {
            ingested.refused.push((taken.path, Refused::NotLines(taken.source)));
            return Ok(());
        }
        let written = source.gzip_mtime.map(EventTime::from_seconds);
        let reference = written.map_or(self.input.at, |written| written.min(self.input.at));
        let mut raw = Vec::with_capacity(CHUNK_BYTES + (64 << 10));
        loop {
            raw.clear();
            let lines = match framing {
                Framing::Fixed(size) => reader.read_records(size, &mut raw, CHUNK_BYTES),
                Framing::Lines | Framing::Whole => reader.read_lines(&mut raw, CHUNK_BYTES),
            };
            let lines = match lines {
                Ok(Some(lines)) => lines,
                Ok(None) => break,
                Err(problem) => {
                    ingested.problems.push(problem);
                    break;
                }
            };
            self.read += lines.bytes;
            (self.input.progress)(self.read);
            if lines.oversize.is_some() {
                let refused = Refused::LongLine(lines.first_offset);
                ingested.refused.push((taken.path.clone(), refused));
                continue;
            }
            let chunk = chunk(&lines, &raw, &name, id, (self.input.at, reference));
            if let Some(at) = self.admit(chunk, &mut taken)? {
                ingested.refused.push((taken.path.clone(), Refused::Another(at)));
                break;
            }
            if self.unsettled >= SETTLE_BYTES {
                add(done, self.settle(lake)?);
            }
        }
        self.sync()?;
        ingested.files.push(taken);
        Ok(())
    }

    /// How the source is cut into records, and which stream it is; nothing for an empty one.
    fn look(
        &self,
        source: &Source,
        reader: &mut SourceReader,
    ) -> Result<Option<(Framing, StreamId)>, Problem> {
        let head = reader.head(HEAD_BYTES)?;
        let name = source.path.rsplit(['/', '!']).next().unwrap_or("").to_lowercase();
        let formats = &self.input.reading.formats;
        let format = formats.detect(&Head { bytes: head, name: &name });
        let id = self.progress.streams().recognize(head);
        Ok(id.map(|id| (formats.get(format).framing(), id)))
    }

    /// Appends what of a chunk is new. A place where the stream is another than it was.
    fn admit(
        &mut self,
        chunk: ChunkRef<'_>,
        taken: &mut TakenIn,
    ) -> Result<Option<u64>, LakeError> {
        let mut new = 0;
        loop {
            let admission = match self.progress.admit(chunk) {
                Ok(Some(admission)) => admission,
                Ok(None) => break,
                Err(other) => return Ok(Some(other.at)),
            };
            self.append(&admission.chunk)?;
            self.progress.accept(&admission.chunk);
            new += admission.chunk.bytes.len() as u64;
            taken.lines += memchr::memchr_iter(b'\n', admission.chunk.bytes).count() as u64;
            taken.lines += u64::from(!admission.chunk.bytes.ends_with(b"\n"));
        }
        taken.bytes += new;
        taken.known_bytes += chunk.bytes.len() as u64 - new;
        Ok(None)
    }

    fn append(&mut self, chunk: &ChunkRef<'_>) -> Result<(), WalError> {
        self.writer.append(*chunk)?;
        self.unsynced += chunk.bytes.len() as u64;
        self.unsettled += chunk.bytes.len() as u64;
        if self.unsynced >= SYNC_BYTES { self.sync() } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<(), WalError> {
        self.unsynced = 0;
        self.writer.sync().map(drop)
    }
}

fn chunk<'c>(
    lines: &Lines,
    bytes: &'c [u8],
    source: &'c str,
    id: StreamId,
    (at, reference): (EventTime, EventTime),
) -> ChunkRef<'c> {
    ChunkRef {
        source,
        stream: id.digest,
        prefix: id.prefix,
        offset: lines.first_offset,
        line: lines.first_line,
        accepted_at: at.nanos(),
        reference: reference.nanos(),
        bytes,
    }
}
