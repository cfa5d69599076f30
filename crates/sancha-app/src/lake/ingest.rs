//! Takes files into a lake: each line once, however often the same files are given.

mod alike;
mod seen;
mod taking;
mod unended;

use std::sync::Arc;

use sancha_ingest::files::{Chunk, Limits, Problem, Source, SourceReader};
use sancha_lake::{
    Lake, LakeError, Settled,
    retain::{Room, Stance},
    wal::{ChunkRef, KnownStreams, Options, Progress, StreamId, WalError, WalWriter},
};
use sancha_model::{EventTime, Framing};
use sancha_normalize::Head;
use sancha_seal::SigningKey;

use self::{
    seen::SeenStreams,
    taking::{Notes, Taking},
    unended::Unended,
};
use super::LakeReading;

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes of lines in one write-ahead file: what is settled at once, and how large parts become. Half as much again takes
/// 26 MiB more of memory for logins and saves less than a hundredth of what is stored.
const SETTLE_BYTES: u64 = 176 << 20;
/// Lines are acknowledged after so many bytes.
const SYNC_BYTES: u64 = 16 << 20;
/// How much of a stream is looked at to tell its format, and whether it is one that is known.
const HEAD_BYTES: usize = 64 << 10;

pub struct IngestInput<'a> {
    pub sources: &'a [Source],
    pub limits: &'a Limits,
    pub reading: &'a LakeReading,
    pub key: &'a SigningKey,
    /// Keeps all files as this source; else each by its own path, rotated ones as one.
    pub name: Option<&'a str>,
    /// What lines without a year are read by: nothing in them is later.
    pub at: EventTime,
    /// The system clock: from then on the lines are kept.
    pub now: EventTime,
    /// Bytes of the disk that stay free, whatever comes.
    pub keep_free: u64,
    /// Told the bytes read so far.
    pub progress: &'a dyn Fn(u64),
    /// Pauses while another process writes to the lake; `false`: it is waited for no longer.
    pub wait: &'a dyn Fn() -> bool,
    /// Pauses until a line that was being written is whole.
    pub rest: &'a dyn Fn(),
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
    pub oddities: Vec<(String, Oddity)>,
    pub settled: Settled,
}

/// What is odd about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// It makes sense only as a whole, such as a journal file.
    NotLines,
    /// The line at this byte is longer than the limit; the rest of the file is taken in.
    LongLine(u64),
    /// At this byte it is another than a file taken in before, though both begin alike. It is kept as a
    /// stream of its own, known by more of its beginning or by that byte.
    Another(u64),
    /// The same, and it cannot be read again. What is behind is not kept.
    NotTold(u64),
    /// The last line from this byte on is still being written, or broke off. It is taken in when it is whole.
    Unended(u64),
    /// It is in UTF-16, and kept as UTF-8: what is sealed are not the bytes of the file. Told when it is taken in first.
    Utf16,
}

impl Oddity {
    /// Whether something that the source holds now is missing in the lake.
    pub fn is_loss(&self) -> bool {
        !matches!(self, Self::Another(_) | Self::Unended(_) | Self::Utf16)
    }
}

/// Takes all sources in and settles them.
///
/// # Errors
/// When the lake cannot be written. What was acknowledged before stays.
pub fn ingest(lake: &mut Lake, input: &IngestInput<'_>) -> Result<Ingested, LakeError> {
    let mut run = Run::new(lake, input)?;
    let mut done = run.settle_in_passing(lake)?;
    let mut ingested = Ingested::default();
    for source in input.sources {
        run.source(lake, source, &mut ingested, &mut done)?;
    }
    run.unended(&mut ingested)?;
    run.writer.close()?;
    add(&mut done, run.settle(lake)?);
    run.seen.save();
    done.damages.append(&mut run.damages);
    done.damages.sort_by_key(ToString::to_string);
    done.damages.dedup_by_key(|damage| damage.to_string());
    done.keyless.sort_by_key(ToString::to_string);
    done.keyless.dedup_by_key(|error| error.to_string());
    ingested.settled = done;
    Ok(ingested)
}

fn add(to: &mut Settled, more: Settled) {
    to.files += more.files;
    to.parts.extend(more.parts);
    to.damages.extend(more.damages);
    to.keyless.extend(more.keyless);
    to.apart.extend(more.apart);
}

struct Run<'a> {
    input: &'a IngestInput<'a>,
    writer: WalWriter,
    progress: Progress,
    known: KnownStreams,
    seen: SeenStreams,
    damages: Vec<Arc<WalError>>,
    /// Last lines without an end of files that may grow.
    unended: Vec<Unended>,
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
        let seen = SeenStreams::load(&disk);
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
            seen,
            damages,
            unended: Vec::new(),
            read: 0,
            unsynced: 0,
            unsettled: 0,
            has_shed: false,
        })
    }

    /// Settles what waits, as soon as nobody else writes to the lake.
    fn settle(&mut self, lake: &mut Lake) -> Result<Settled, LakeError> {
        loop {
            match self.try_settle(lake) {
                Err(LakeError::Busy) if (self.input.wait)() => (),
                settled => return settled,
            }
        }
    }

    /// The same, unless somebody else writes to the lake: lines are accepted meanwhile, and settled in the end.
    fn settle_in_passing(&mut self, lake: &mut Lake) -> Result<Settled, LakeError> {
        match self.try_settle(lake) {
            Err(LakeError::Busy) => Ok(Settled::default()),
            settled => settled,
        }
    }

    fn try_settle(&mut self, lake: &mut Lake) -> Result<Settled, LakeError> {
        let at = self.input.now.to_string();
        let settled =
            self.input.reading.settings(|settings| lake.settle(settings, self.input.key, &at))?;
        self.unsettled = 0;
        Ok(settled)
    }

    fn source(
        &mut self,
        lake: &mut Lake,
        source: &Source,
        ingested: &mut Ingested,
        done: &mut Settled,
    ) -> Result<(), LakeError> {
        let Some((mut reader, framing, head)) = self.begin(source, ingested) else {
            return Ok(());
        };
        let mut candidates = self.candidates(source, framing, &head);
        while let Some(id) = candidates.next(&head) {
            let is_new = self.progress.extents(&id).is_empty();
            let is_compared = candidates.is_compared;
            let begun = Begun { source, stream: Stream { id, framing }, is_compared };
            let mut taking = Taking::new(source, self.input);
            self.known.insert(id);
            match self.read_through(lake, &mut reader, begun, &mut taking, done)? {
                End::Whole => {
                    let another = candidates.parted_at().filter(|_| is_new);
                    taking.notes.oddities.extend(another.map(Oddity::Another));
                    let is_first = taking.taken.bytes > 0 && taking.taken.known_bytes == 0;
                    let utf16 = (is_first && source.is_utf16()).then_some(Oddity::Utf16);
                    taking.notes.oddities.extend(utf16);
                    self.keep(taking.notes, source, ingested);
                    ingested.files.push(taking.taken);
                    return Ok(self.sync()?);
                }
                End::Another(at) if !source.can_be_read_again() => {
                    taking.notes.oddities.push(Oddity::NotTold(at));
                    self.keep(taking.notes, source, ingested);
                    return Ok(self.sync()?);
                }
                // The next attempt notes for itself.
                End::Another(at) => candidates.rule_out(id, at, &self.progress),
                End::Unproven => candidates.is_compared = true,
            }
            let Some(again) = self.open(source, ingested) else { return Ok(self.sync()?) };
            reader = again;
        }
        let not_told = Oddity::NotTold(candidates.parted_at().unwrap_or(0));
        ingested.oddities.push((source.path.clone(), not_told));
        Ok(self.sync()?)
    }

    fn keep(&mut self, notes: Notes, source: &Source, ingested: &mut Ingested) {
        let oddities = notes.oddities.into_iter().map(|why| (source.path.clone(), why));
        ingested.oddities.extend(oddities);
        ingested.problems.extend(notes.problems);
        self.unended.extend(notes.unended);
    }

    fn open(&self, source: &Source, ingested: &mut Ingested) -> Option<SourceReader> {
        source.open(self.input.limits).map_err(|problem| ingested.problems.push(problem)).ok()
    }

    /// Opens a source and looks at its beginning; nothing for one that is empty or not taken in.
    fn begin(
        &self,
        source: &Source,
        ingested: &mut Ingested,
    ) -> Option<(SourceReader, Framing, Vec<u8>)> {
        let mut reader = self.open(source, ingested)?;
        match self.look(source, &mut reader) {
            Ok((_, head)) if head.is_empty() => None,
            Ok((Framing::Whole, _)) => {
                ingested.oddities.push((source.path.clone(), Oddity::NotLines));
                None
            }
            Ok((framing, head)) => Some((reader, framing, head)),
            Err(problem) => {
                ingested.problems.push(problem);
                None
            }
        }
    }

    /// Takes in what of a stream is new. What is there already is not passed over before it was found to be the same.
    fn read_through(
        &mut self,
        lake: &mut Lake,
        reader: &mut SourceReader,
        begun: Begun<'_>,
        taking: &mut Taking,
        done: &mut Settled,
    ) -> Result<End, LakeError> {
        let stream = begun.stream;
        let mut known = self.known_of(lake, begun)?;
        let mut raw = Vec::with_capacity(CHUNK_BYTES + (64 << 10));
        loop {
            let lines = match read_lines(reader, stream.framing, &mut raw) {
                Ok(Some(lines)) => lines,
                Ok(None) => {
                    self.seen.note(stream.id, &known.follower, &self.progress);
                    return Ok(known.ends());
                }
                Err(problem) => {
                    taking.notes.problems.push(problem);
                    return Ok(known.ends());
                }
            };
            self.read += lines.bytes;
            (self.input.progress)(self.read);
            if lines.oversize.is_some() {
                taking.notes.oddities.push(Oddity::LongLine(lines.first_offset));
                continue;
            }
            let place = (lines.first_offset, lines.first_line);
            if lines.cut {
                // The problem itself comes next.
                taking.notes.oddities.push(Oddity::Unended(place.0));
                continue;
            }
            if let Some(unended) = Unended::of(begun, place, &raw, taking, self) {
                taking.notes.unended.push(unended);
                continue;
            }
            if let Some(end) = known.differs(place.0, &raw)? {
                return Ok(end);
            }
            self.make_room(lake, raw.len() as u64, done)?;
            if let Some(at) = self.admit(place, &raw, stream, taking)? {
                return Ok(End::Another(at));
            }
            if self.unsettled >= SETTLE_BYTES {
                add(done, self.settle_in_passing(lake)?);
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

    /// How a source is framed, and its beginning.
    fn look(
        &self,
        source: &Source,
        reader: &mut SourceReader,
    ) -> Result<(Framing, Vec<u8>), Problem> {
        let head = reader.head(HEAD_BYTES)?;
        let formats = &self.input.reading.formats;
        let format = formats.detect(&Head::of(head, &source.path));
        Ok((formats.get(format).framing(), head.to_vec()))
    }

    /// Appends what is new of lines that begin at this byte with the line of this number. A place where the
    /// stream is another than it was.
    fn admit(
        &mut self,
        (offset, line): (u64, u64),
        bytes: &[u8],
        stream: Stream,
        taking: &mut Taking,
    ) -> Result<Option<u64>, LakeError> {
        let source = taking.taken.source.clone();
        let chunk = ChunkRef {
            source: &source,
            stream: stream.id.digest,
            prefix: stream.id.prefix,
            offset,
            line,
            accepted_at: self.input.now.nanos(),
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

/// Replaces `raw` by the next lines or records of a source.
fn read_lines(
    reader: &mut SourceReader,
    framing: Framing,
    raw: &mut Vec<u8>,
) -> Result<Option<Chunk>, Problem> {
    match framing {
        Framing::Fixed(size) => reader.read_records(size, raw, CHUNK_BYTES),
        Framing::Lines | Framing::Whole => reader.read_lines(raw, CHUNK_BYTES),
    }
}

/// A stream that is read.
#[derive(Clone, Copy)]
struct Stream {
    id: StreamId,
    framing: Framing,
}

/// A source on its way in.
#[derive(Clone, Copy)]
struct Begun<'a> {
    source: &'a Source,
    stream: Stream,
    /// Compared with what the lake holds of the stream, whatever is remembered of it.
    is_compared: bool,
}

/// How a source was read as a stream.
enum End {
    Whole,
    /// What of it is known could not be told to be the same: it has to be compared.
    Unproven,
    /// From this byte on it is another.
    Another(u64),
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
