//! Takes files into a lake: each line once, however often the same files are given.

use std::sync::Arc;

use sancha_ingest::files::{Chunk as Lines, Limits, Problem, Source, SourceReader};
use sancha_lake::{
    Lake, LakeError, Settled,
    retain::{Room, Stance},
    wal::{ChunkRef, KnownStreams, Options, Progress, StreamId, WalError, WalWriter},
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
    /// Bytes of the disk that stay free, whatever comes.
    pub keep_free: u64,
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
    /// What of files is not kept, or not as part of the stream that they begin like, and why.
    pub refused: Vec<(String, Refused)>,
    pub settled: Settled,
}

/// What is odd about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It makes sense only as a whole, such as a journal file.
    NotLines,
    /// The line at this byte is longer than the limit; the rest of the file is taken in.
    LongLine(u64),
    /// At this byte it is another than a file taken in before, though both begin alike. It is kept as a
    /// stream of its own, known by its path; standard input cannot be read again and is not.
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
    done.damages.sort_by_key(ToString::to_string);
    done.damages.dedup_by_key(|damage| damage.to_string());
    ingested.settled = done;
    Ok(ingested)
}

fn add(to: &mut Settled, more: Settled) {
    to.files += more.files;
    to.parts.extend(more.parts);
    to.damages.extend(more.damages);
    to.apart.extend(more.apart);
}

struct Run<'a> {
    input: &'a IngestInput<'a>,
    writer: WalWriter,
    progress: Progress,
    known: KnownStreams,
    damages: Vec<Arc<WalError>>,
    read: u64,
    unsynced: u64,
    unsettled: u64,
    has_shed: bool,
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
        let damages = damages.into_iter().map(Arc::new).collect();
        let known = progress.streams();
        Ok(Self {
            input,
            writer,
            progress,
            known,
            damages,
            read: 0,
            unsynced: 0,
            unsettled: 0,
            has_shed: false,
        })
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
        let mut taking = Taking::new(source, self.input);
        let (mut reader, stream) = match self.begin(source, ingested) {
            Some(begun) => begun,
            None => return Ok(()),
        };
        let mut end = self.read_through(lake, &mut reader, stream, &mut taking, ingested, done)?;
        if let Some(at) = end {
            // It begins like a file taken in before and is another.
            ingested.refused.push((source.path.clone(), Refused::Another(at)));
            let own = Stream { id: stream.id.of_path(&source.path), ..stream };
            taking = Taking::new(source, self.input);
            if let Some(mut reader) = self.open(source, ingested) {
                end = self.read_through(lake, &mut reader, own, &mut taking, ingested, done)?;
            }
        }
        if end.is_none() {
            ingested.files.push(taking.taken);
        }
        Ok(self.sync()?)
    }

    fn open(&self, source: &Source, ingested: &mut Ingested) -> Option<SourceReader> {
        source.open(self.input.limits).map_err(|problem| ingested.problems.push(problem)).ok()
    }

    /// Opens a source and tells which stream it is; nothing for one that is empty or not taken in.
    fn begin(
        &mut self,
        source: &Source,
        ingested: &mut Ingested,
    ) -> Option<(SourceReader, Stream)> {
        let mut reader = self.open(source, ingested)?;
        match self.look(source, &mut reader) {
            Ok(Some(stream)) if stream.framing == Framing::Whole => {
                ingested.refused.push((source.path.clone(), Refused::NotLines));
                None
            }
            Ok(stream) => Some((reader, stream?)),
            Err(problem) => {
                ingested.problems.push(problem);
                None
            }
        }
    }

    /// Takes in what of a stream is new. A place where it is another than it was before ends it.
    fn read_through(
        &mut self,
        lake: &mut Lake,
        reader: &mut SourceReader,
        stream: Stream,
        taking: &mut Taking,
        ingested: &mut Ingested,
        done: &mut Settled,
    ) -> Result<Option<u64>, LakeError> {
        let mut raw = Vec::with_capacity(CHUNK_BYTES + (64 << 10));
        loop {
            let lines = match stream.framing {
                Framing::Fixed(size) => reader.read_records(size, &mut raw, CHUNK_BYTES),
                Framing::Lines | Framing::Whole => reader.read_lines(&mut raw, CHUNK_BYTES),
            };
            let lines = match lines {
                Ok(Some(lines)) => lines,
                Ok(None) => return Ok(None),
                Err(problem) => {
                    ingested.problems.push(problem);
                    return Ok(None);
                }
            };
            self.read += lines.bytes;
            (self.input.progress)(self.read);
            if lines.oversize.is_some() {
                let refused = Refused::LongLine(lines.first_offset);
                ingested.refused.push((taking.taken.path.clone(), refused));
                continue;
            }
            self.make_room(lake, raw.len() as u64, done)?;
            if let Some(at) = self.admit(&lines, &raw, stream, taking)? {
                return Ok(Some(at));
            }
            if self.unsettled >= SETTLE_BYTES {
                add(done, self.settle(lake)?);
            }
        }
    }

    /// Makes sure that `more` bytes of lines can be accepted and settled: gives up what can be made anew, settles
    /// what waits, which is then smaller, and stops before anything is lost.
    fn make_room(
        &mut self,
        lake: &mut Lake,
        more: u64,
        done: &mut Settled,
    ) -> Result<(), LakeError> {
        let keep_free = self.input.keep_free;
        let mut room = lake.room(self.unsettled, more, keep_free)?;
        if room.stance != Stance::Accept && !self.has_shed {
            self.has_shed = true;
            match lake.shed(self.input.key) {
                // Another process settles, and frees what it can.
                Ok(_) | Err(LakeError::Busy) => (),
                Err(error) => return Err(error),
            }
            room = lake.room(self.unsettled, more, keep_free)?;
        }
        if room.stance == Stance::Stop {
            self.writer.close()?;
            add(done, self.settle(lake)?);
            room = lake.room(self.unsettled, more, keep_free)?;
        }
        match room {
            Room { stance: Stance::Stop, free: Some(free), needed } => {
                Err(LakeError::NoRoom { free, needed })
            }
            _ => Ok(()),
        }
    }

    /// Which stream a source is; nothing for an empty one.
    fn look(
        &mut self,
        source: &Source,
        reader: &mut SourceReader,
    ) -> Result<Option<Stream>, Problem> {
        let head = reader.head(HEAD_BYTES)?;
        let name = source.path.rsplit(['/', '!']).next().unwrap_or("").to_lowercase();
        let formats = &self.input.reading.formats;
        let format = formats.detect(&Head { bytes: head, name: &name });
        let Some(id) = self.known.recognize(head) else { return Ok(None) };
        self.known.insert(id);
        Ok(Some(Stream { id, framing: formats.get(format).framing() }))
    }

    /// Appends what of a chunk is new. A place where the stream is another than it was.
    fn admit(
        &mut self,
        lines: &Lines,
        bytes: &[u8],
        stream: Stream,
        taking: &mut Taking,
    ) -> Result<Option<u64>, LakeError> {
        let source = taking.taken.source.clone();
        let chunk = ChunkRef {
            source: &source,
            stream: stream.id.digest,
            prefix: stream.id.prefix,
            offset: lines.first_offset,
            line: lines.first_line,
            accepted_at: self.input.at.nanos(),
            reference: taking.reference.nanos(),
            bytes,
        };
        let mut new = 0;
        loop {
            let mut piece = match self.progress.admit(chunk) {
                Ok(Some(admission)) => admission.chunk,
                Ok(None) => break,
                Err(other) => return Ok(Some(other.at)),
            };
            // Line feeds in records end none.
            if let Framing::Fixed(size) = stream.framing {
                piece.line = chunk.line + (piece.offset - chunk.offset) / size.max(1) as u64;
            }
            self.append(&piece)?;
            self.progress.accept(&piece);
            new += piece.bytes.len() as u64;
            taking.taken.lines += count(piece.bytes, stream.framing);
        }
        taking.taken.bytes += new;
        taking.taken.known_bytes += bytes.len() as u64 - new;
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

/// A stream that is read.
#[derive(Clone, Copy)]
struct Stream {
    id: StreamId,
    framing: Framing,
}

/// Lines or records, the last of which may lack its end.
fn count(bytes: &[u8], framing: Framing) -> u64 {
    match framing {
        Framing::Fixed(size) => bytes.len().div_ceil(size.max(1)) as u64,
        Framing::Lines | Framing::Whole => {
            let ended = memchr::memchr_iter(b'\n', bytes).count() as u64;
            ended + u64::from(!bytes.ends_with(b"\n"))
        }
    }
}

/// A file on its way in.
struct Taking {
    taken: TakenIn,
    /// No line of it tells of anything later.
    reference: EventTime,
}

impl Taking {
    fn new(source: &Source, input: &IngestInput<'_>) -> Self {
        let name = input.name.map_or_else(|| logs::source_name(&source.path), str::to_owned);
        let path = source.path.clone();
        let taken = TakenIn { path, source: name, lines: 0, bytes: 0, known_bytes: 0 };
        let written = source.gzip_mtime.map(EventTime::from_seconds);
        let reference = written.map_or(input.at, |written| written.min(input.at));
        Self { taken, reference }
    }
}
