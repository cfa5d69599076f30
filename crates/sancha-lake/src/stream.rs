//! The streams of a lake, each in its own order: the lines as the files had them that were taken in.
//!
//! A stream lies in pieces: rows of parts, and chunks that are accepted and not settled yet. Which there are
//! the log says; only pieces that are read are opened, one after the other.

mod compared;
mod reader;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use sancha_model::{EventTime, Framing};
use sancha_seal::{Part, StreamRange};

use crate::{
    Lake, LakeError,
    origin::{self, Origin, Origins},
    query::{Glob, TimeRange},
    settle::NewPieces,
    wal::{self, ChunkRef, Progress, WalError, WalFile, WalId, WalReader},
};

pub use compared::{Compared, Comparison};
use reader::Opened;
pub use reader::{KeptLines, StreamReader};

/// Streams of a lake, and how much of it they are.
#[derive(Debug, Default)]
pub struct KeptStreams {
    /// Sorted by source; those of one source as they came in.
    pub streams: Vec<KeptStream>,
    /// Parts of the lake, and those that are read.
    pub parts: u64,
    pub parts_read: u64,
    /// Bytes that are accepted and not settled yet.
    pub unsealed_bytes: u64,
    /// Damage in write-ahead files, what is behind which is read, and files that no key opens.
    pub damages: Vec<LakeError>,
}

/// A stream, as far as it was asked for.
#[derive(Clone, Debug)]
pub struct KeptStream {
    pub source: String,
    pub id: [u8; 32],
    /// The format that its lines were read as before; nothing where none is settled.
    pub format: Option<String>,
    /// Bytes that are read.
    pub bytes: u64,
    /// Bytes between those that are read which never came in.
    pub missing: Vec<Range<u64>>,
    /// By offset.
    pieces: Vec<Piece>,
}

/// Lines that follow each other in a stream and lie together.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    place: Place,
    offset: u64,
    bytes: u64,
    /// Number of the first line.
    line: u64,
    /// No line tells of anything later, give or take a day; nothing is known where no line has a time.
    reference: Option<EventTime>,
}

#[derive(Clone, Debug)]
enum Place {
    Rows {
        part: String,
        rows: Range<usize>,
    },
    /// The chunk that begins at byte `at` of a write-ahead file, from byte `from` of its lines on.
    Chunk {
        wal: WalId,
        at: u64,
        from: usize,
    },
}

impl Lake {
    /// The streams of the sources that fit, with the parts of them that can hold records of the time. What is
    /// not settled yet is always among them, and so are parts none of whose records has a time.
    ///
    /// # Errors
    /// When the write-ahead log cannot be read, or was settled since the lake was opened.
    pub fn streams(
        &self,
        source: Option<&Glob>,
        time: TimeRange,
    ) -> Result<KeptStreams, LakeError> {
        let fits = |name: &str| source.is_none_or(|glob| glob.fits(name.as_bytes()));
        let mut found = Found::default();
        let mut kept = KeptStreams::default();
        let origins = Origins::of(&self.catalog().entries);
        for part in self.catalog().parts.values() {
            kept.parts += 1;
            if !fits(&part.source) {
                continue;
            }
            let is_read = concerns(part, time);
            kept.parts_read += u64::from(is_read);
            found.part(part, origins.of_part(&part.path), is_read);
        }
        for part in self.catalog().entries.iter().flat_map(|entry| entry.new_parts()) {
            found.came_in(part);
        }
        let mut progress = self.catalog().progress();
        let files = wal::list(&**self.disk())?;
        let is_gone = |id: WalId| !files.iter().any(|file| file.id == id);
        let is_settled = |id: WalId| self.catalog().settled.contains(&id.to_string());
        if self.waiting().iter().any(|held| is_gone(held.id) && !is_settled(held.id)) {
            // Settled since this lake was opened: its lines are in parts that it does not know.
            return Err(LakeError::Busy);
        }
        for file in files {
            if !is_settled(file.id) {
                self.chunks(&file, &mut progress, &fits, &mut found, &mut kept)?;
            }
        }
        kept.streams = found.into_streams();
        Ok(kept)
    }

    /// What of a write-ahead file is not in the lake yet, as settling it would take it.
    fn chunks(
        &self,
        file: &WalFile,
        progress: &mut Progress,
        fits: &dyn Fn(&str) -> bool,
        found: &mut Found,
        kept: &mut KeptStreams,
    ) -> Result<(), LakeError> {
        let opened = WalReader::open(&**self.disk(), file.id).map_err(LakeError::from);
        let mut reader = match opened {
            Err(error) if error.is_damage() || error.is_of_lost_key() => {
                kept.damages.push(error);
                return Ok(());
            }
            opened => opened?,
        };
        for number in 0_u64.. {
            let at = reader.position();
            let chunk = match reader.next() {
                None => break,
                Some(Ok(chunk)) => chunk,
                Some(Err(error @ WalError::Damaged { .. })) => {
                    kept.damages.push(error.into());
                    continue;
                }
                Some(Err(error)) => return Err(error.into()),
            };
            let mut pieces = NewPieces::of(chunk.borrowed(), progress, file.id, number);
            while let Some(new) = pieces.next() {
                let span = (new.offset, new.end());
                found.came_in.entry(new.stream).or_default().push(span);
                let from = chunk.bytes.len() - pieces.left() - new.bytes.len();
                if fits(new.source) {
                    kept.unsealed_bytes += new.bytes.len() as u64;
                    let place = Place::Chunk { wal: file.id, at, from };
                    found.chunk(new.source, new.stream, Piece::of_chunk(place, &new));
                }
            }
        }
        Ok(())
    }
}

/// Whether records of a part can be of the time; those without a time are of any.
fn concerns(part: &Part, time: TimeRange) -> bool {
    part.first.zip(part.last).is_none_or(|(first, last)| {
        time.touches(EventTime::from_nanos(first), EventTime::from_nanos(last))
    })
}

/// A stream as it is put together: by its source too, for the same lines may be kept as two.
type Key = (String, [u8; 32]);

#[derive(Default)]
struct Found {
    streams: BTreeMap<Key, Growing>,
    /// What of each stream ever came in, whatever its source was called then.
    came_in: BTreeMap<[u8; 32], Vec<(u64, u64)>>,
}

#[derive(Default)]
struct Growing {
    /// Where the first of its lines was written first: the part's file name, and the row.
    born: Option<(String, u64)>,
    format: Option<String>,
    pieces: Vec<Piece>,
}

impl Found {
    fn part(&mut self, part: &Part, origins: &[Origin<'_>], is_read: bool) {
        let mut row = 0;
        for range in &part.streams {
            let stream = self.streams.entry((part.source.clone(), range.id.0)).or_default();
            let born = born(origins, row);
            if stream.born.as_ref().is_none_or(|before| born < *before) {
                stream.born = Some(born);
            }
            stream.format = Some(range.format.clone());
            if is_read {
                stream.pieces.push(Piece::of_rows(part, range, row));
            }
            row += range.lines;
        }
    }

    fn came_in(&mut self, part: &Part) {
        for range in &part.streams {
            self.came_in.entry(range.id.0).or_default().push((range.from, range.to));
        }
    }

    fn chunk(&mut self, source: &str, id: [u8; 32], piece: Piece) {
        let stream = self.streams.entry((source.to_owned(), id)).or_default();
        stream.pieces.push(piece);
    }

    fn into_streams(mut self) -> Vec<KeptStream> {
        for spans in self.came_in.values_mut() {
            spans.sort_unstable();
        }
        let came_in = |id: &[u8; 32]| self.came_in.get(id).map_or(&[][..], Vec::as_slice);
        let asked = self.streams.into_iter().filter(|(_, stream)| !stream.pieces.is_empty());
        let mut streams: Vec<_> = asked
            .map(|((source, id), mut stream)| {
                stream.pieces.sort_by_key(|piece| piece.offset);
                // What is not settled yet came in last.
                let born = (stream.born.is_none(), stream.born.clone());
                let bytes = stream.pieces.iter().map(|piece| piece.bytes).sum();
                let missing = stream.missing(came_in(&id));
                let Growing { format, pieces, .. } = stream;
                (born, KeptStream { source, id, format, bytes, missing, pieces })
            })
            .collect();
        streams.sort_by(|(a_born, a), (b_born, b)| {
            (&a.source, a_born, a.id).cmp(&(&b.source, b_born, b.id))
        });
        streams.into_iter().map(|(_, stream)| stream).collect()
    }
}

/// The name of the part that a row was sealed in first, and its row there.
fn born(origins: &[Origin<'_>], row: u64) -> (String, u64) {
    let place = origin::place_of(origins, row);
    let place = place.and_then(|(place, row)| Some((origins.get(place)?, row)));
    let Some((origin, row)) = place else { return (String::new(), row) };
    let path = &origin.part.path;
    (path.rsplit('/').next().unwrap_or(path).to_owned(), row)
}

impl Growing {
    /// Between the first and the last byte that is read, what never came in; what did is sorted.
    fn missing(&self, came_in: &[(u64, u64)]) -> Vec<Range<u64>> {
        let (Some(first), Some(last)) = (self.pieces.first(), self.pieces.last()) else {
            return Vec::new();
        };
        let (mut at, end) = (first.offset, last.offset);
        let mut missing = Vec::new();
        for (from, to) in came_in {
            if *from > at && at < end {
                missing.push(at..*from);
            }
            at = at.max(*to);
        }
        missing
    }
}

impl Piece {
    /// The rows of a part that are a stretch of a stream; the first is row `row`.
    fn of_rows(part: &Part, range: &StreamRange, row: u64) -> Self {
        let place = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let rows = place(row)..place(row + range.lines);
        Self {
            place: Place::Rows { part: part.path.clone(), rows },
            offset: range.from,
            bytes: range.to.saturating_sub(range.from),
            line: range.first_line,
            reference: part.last.map(EventTime::from_nanos),
        }
    }

    fn of_chunk(place: Place, chunk: &ChunkRef<'_>) -> Self {
        Self {
            place,
            offset: chunk.offset,
            bytes: chunk.bytes.len() as u64,
            line: chunk.line,
            reference: Some(EventTime::from_nanos(chunk.reference)),
        }
    }
}

impl KeptStream {
    /// Opens the stream at its first byte; `framing` is that of its format.
    pub fn open(&self, lake: &Lake, framing: Framing) -> StreamReader {
        StreamReader::new(lake.disk(), self.pieces.clone(), framing)
    }

    /// Offset of the first byte that is read; a stream whose beginning went, or is of another time, does not
    /// begin with the first.
    pub fn offset(&self) -> u64 {
        self.pieces.first().map_or(0, |piece| piece.offset)
    }

    /// The lines of these numbers, sorted, as far as they are there. With their ends.
    ///
    /// # Errors
    /// When a file is missing or damaged.
    pub fn lines(
        &self,
        lake: &Lake,
        framing: Framing,
        wanted: &[u64],
    ) -> Result<Vec<(u64, Vec<u8>)>, LakeError> {
        let mut found = Vec::new();
        for (piece, lines) in self.pieces_of(wanted) {
            let of_piece = |line: u64| usize::try_from(line - piece.line).unwrap_or(usize::MAX);
            let places: Vec<usize> = lines.iter().map(|line| of_piece(*line)).collect();
            let texts = Opened::some(lake.disk(), piece, framing, &places)?;
            found.extend(lines.iter().copied().zip(texts));
        }
        Ok(found)
    }

    /// Which rows of which parts the lines of these numbers are; those that are not sealed yet are left out.
    pub fn rows(&self, wanted: &[u64]) -> BTreeMap<String, BTreeSet<u64>> {
        let mut found: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for (piece, lines) in self.pieces_of(wanted) {
            let Place::Rows { part, rows } = &piece.place else { continue };
            let of_part = lines.iter().map(|line| rows.start as u64 + (line - piece.line));
            found.entry(part.clone()).or_default().extend(of_part);
        }
        found
    }

    /// The pieces that hold lines of these numbers, sorted, with the numbers.
    fn pieces_of<'a>(&'a self, wanted: &'a [u64]) -> impl Iterator<Item = (&'a Piece, &'a [u64])> {
        let next = self.pieces.iter().skip(1).map(|piece| piece.line).chain([u64::MAX]);
        self.pieces.iter().zip(next).filter_map(|(piece, next)| {
            let end = match &piece.place {
                Place::Rows { rows, .. } => piece.line + rows.len() as u64,
                Place::Chunk { .. } => next,
            };
            let from = wanted.partition_point(|line| *line < piece.line);
            let to = wanted.partition_point(|line| *line < end);
            let lines = wanted.get(from..to).filter(|lines| !lines.is_empty())?;
            Some((piece, lines))
        })
    }
}
