use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use datafusion::arrow::array::RecordBatch;
use memchr::memchr_iter;
use sancha_model::{EventTime, Framing};

use super::{Piece, Place};
use crate::{
    LakeError,
    disk::{Disk, DiskError, Trouble},
    gone::look_again,
    part::{Columns, DiskAt, Lines, Templates},
    wal::{WalError, WalId, WalReader},
};

/// The beginning of a line longer than the limit that is delivered, as of files.
const OVERSIZE_KEPT_BYTES: usize = 256;

/// Of parts that are read at the same time so many stay open, with their pages and dictionaries in memory: some
/// megabytes each. The others are opened again for every page.
const MOST_OPEN: usize = 16;

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// The right to keep a part open.
struct Slot;

impl Slot {
    fn take() -> Option<Self> {
        let more = |open: usize| (open < MOST_OPEN).then_some(open + 1);
        OPEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads a stream, a page of its lines in memory at a time.
pub struct StreamReader {
    disk: Arc<dyn Disk>,
    framing: Framing,
    pieces: std::vec::IntoIter<Piece>,
    open: Option<Opened>,
    /// Of the next line.
    offset: u64,
    line: u64,
    reference: Option<EventTime>,
    /// What went wrong behind lines that were delivered first.
    failure: Option<LakeError>,
}

/// Lines that were delivered: they follow each other in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptLines {
    /// Of the first byte, and number of the first line.
    pub offset: u64,
    pub line: u64,
    pub bytes: u64,
    pub lines: u64,
    /// Length of the one line that is longer than the limit, without its line feed.
    pub oversize: Option<u64>,
    /// No line tells of anything later, give or take a day.
    pub reference: Option<EventTime>,
}

impl StreamReader {
    pub(super) fn new(disk: &Arc<dyn Disk>, pieces: Vec<Piece>, framing: Framing) -> Self {
        Self {
            disk: Arc::clone(disk),
            framing,
            pieces: pieces.into_iter(),
            open: None,
            offset: 0,
            line: 0,
            reference: None,
            failure: None,
        }
    }

    /// Replaces `into` by the next lines, up to `target` bytes of them and at least one. `None` is the end.
    /// A line of more than `longest` bytes comes alone, and only its beginning.
    ///
    /// # Errors
    /// When a piece is missing or damaged; what is behind it comes next.
    pub fn read(
        &mut self,
        into: &mut Vec<u8>,
        target: usize,
        longest: usize,
    ) -> Result<Option<KeptLines>, LakeError> {
        into.clear();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let Some(first) = self.next()? else { return Ok(None) };
        let (bytes, bare) = (first.len() as u64, without_feed(first));
        let oversize = (bare.len() > longest).then_some(bare.len() as u64);
        into.extend_from_slice(match oversize {
            Some(_) => bare.get(..OVERSIZE_KEPT_BYTES).unwrap_or(bare),
            None => first,
        });
        let mut read = KeptLines {
            offset: self.offset,
            line: self.line,
            bytes,
            lines: 1,
            oversize,
            reference: self.reference,
        };
        self.pass(bytes);
        if oversize.is_some() {
            return Ok(Some(read));
        }
        self.more(into, target, longest, &mut read);
        Ok(Some(read))
    }

    /// Appends the lines that follow those that were read.
    fn more(&mut self, into: &mut Vec<u8>, target: usize, longest: usize, read: &mut KeptLines) {
        loop {
            let place = (read.offset + read.bytes, read.line + read.lines);
            let next = match self.next() {
                Ok(Some(next)) => next,
                Ok(None) => return,
                Err(failure) => {
                    self.failure = Some(failure);
                    return;
                }
            };
            let is_full = into.len() + next.len() > target || without_feed(next).len() > longest;
            let bytes = next.len() as u64;
            if !is_full {
                into.extend_from_slice(next);
            }
            if is_full || place != (self.offset, self.line) {
                into.truncate(usize::try_from(read.bytes).unwrap_or(usize::MAX));
                return;
            }
            read.bytes += bytes;
            read.lines += 1;
            // Lines that lie together are of about the same time: one year fits all of them.
            read.reference = read.reference.max(self.reference);
            self.pass(bytes);
        }
    }

    /// The next line, which stays the next until it is passed.
    fn next(&mut self) -> Result<Option<&[u8]>, LakeError> {
        loop {
            if let Some(open) = &mut self.open {
                match open.fill() {
                    Ok(true) => break,
                    Ok(false) => self.open = None,
                    Err(error) => {
                        self.open = None;
                        return Err(error);
                    }
                }
            }
            let Some(piece) = self.pieces.next() else { return Ok(None) };
            (self.offset, self.line) = (piece.offset, piece.line);
            self.reference = piece.reference;
            self.open = Some(Opened::whole(&self.disk, &piece, self.framing)?);
        }
        Ok(self.open.as_ref().and_then(Opened::line))
    }

    fn pass(&mut self, bytes: u64) {
        self.offset += bytes;
        self.line += 1;
        if let Some(open) = &mut self.open {
            open.next += 1;
        }
    }
}

/// A piece that is read: some of its lines, and where more come from.
pub(super) struct Opened {
    lines: Vec<u8>,
    ends: Vec<usize>,
    /// Which line comes next.
    next: usize,
    more: Option<Rows>,
}

/// Rows of a part on their way.
struct Rows {
    disk: Arc<dyn Disk>,
    path: String,
    /// Those that come next.
    ranges: Vec<Range<usize>>,
    batches: Option<Box<dyn Iterator<Item = Result<RecordBatch, LakeError>>>>,
    slot: Option<Slot>,
    templates: Templates,
}

impl Opened {
    fn whole(disk: &Arc<dyn Disk>, piece: &Piece, framing: Framing) -> Result<Self, LakeError> {
        match &piece.place {
            Place::Rows { part, rows } => Ok(Self::rows(disk, part, vec![rows.clone()])),
            Place::Chunk { wal, at, from } => {
                let bytes = usize::try_from(piece.bytes).unwrap_or(usize::MAX);
                Self::chunk(&**disk, *wal, *at, (*from, bytes), framing)
            }
        }
    }

    /// The lines of a piece at these places, sorted.
    pub(super) fn some(
        disk: &Arc<dyn Disk>,
        piece: &Piece,
        framing: Framing,
        places: &[usize],
    ) -> Result<Vec<Vec<u8>>, LakeError> {
        let mut found = Vec::with_capacity(places.len());
        if let Place::Rows { part, rows } = &piece.place {
            let each = places.iter().map(|place| rows.start + place..rows.start + place + 1);
            let mut open = Self::rows(disk, part, each.collect());
            while open.fill()? {
                found.extend(open.line().map(<[u8]>::to_vec));
                open.next += 1;
            }
            return Ok(found);
        }
        let open = Self::whole(disk, piece, framing)?;
        found.extend(places.iter().filter_map(|place| open.at(*place)).map(<[u8]>::to_vec));
        Ok(found)
    }

    fn rows(disk: &Arc<dyn Disk>, part: &str, ranges: Vec<Range<usize>>) -> Self {
        let more = Rows {
            disk: Arc::clone(disk),
            path: part.to_owned(),
            ranges,
            batches: None,
            slot: None,
            templates: Templates::default(),
        };
        Self { lines: Vec::new(), ends: Vec::new(), next: 0, more: Some(more) }
    }

    fn chunk(
        disk: &dyn Disk,
        wal: WalId,
        at: u64,
        (from, bytes): (usize, usize),
        framing: Framing,
    ) -> Result<Self, LakeError> {
        let chunk = WalReader::open_at(disk, wal, at)
            .and_then(|mut reader| reader.next().transpose())
            .map_err(settled_meanwhile)?;
        let mut lines = chunk.map(|chunk| chunk.bytes).unwrap_or_default();
        lines.drain(..from.min(lines.len()));
        lines.truncate(bytes);
        let ends = match framing {
            Framing::Fixed(size) => (1..=lines.len().div_ceil(size.max(1)))
                .map(|record| (record * size.max(1)).min(lines.len()))
                .collect(),
            Framing::Lines | Framing::Whole => ends(&lines),
        };
        Ok(Self { lines, ends, next: 0, more: None })
    }

    /// Whether there is a next line; reads on when those in memory have come to their end.
    fn fill(&mut self) -> Result<bool, LakeError> {
        while self.next >= self.ends.len() {
            let Some(rows) = &mut self.more else { return Ok(false) };
            self.lines.clear();
            self.ends.clear();
            self.next = 0;
            if !rows.fill(&mut self.lines, &mut self.ends)? {
                self.more = None;
            }
        }
        Ok(true)
    }

    fn line(&self) -> Option<&[u8]> {
        self.at(self.next)
    }

    fn at(&self, place: usize) -> Option<&[u8]> {
        let from = place.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.lines.get(*from..*self.ends.get(place)?)
    }
}

impl Rows {
    /// Takes the lines of the next page; whether there was one.
    fn fill(&mut self, lines: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<bool, LakeError> {
        let filled = self.page(lines, ends);
        filled.map_err(|error| look_again(&self.disk, &self.path, error))
    }

    fn page(&mut self, lines: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<bool, LakeError> {
        if self.ranges.is_empty() {
            return Ok(false);
        }
        let batches = match &mut self.batches {
            Some(batches) => batches,
            None => {
                let columns = Columns::open(DiskAt::open(&self.disk, &self.path)?, &self.path)?;
                let batches = columns.line_reader(&[], &self.ranges)?;
                self.batches.insert(Box::new(batches))
            }
        };
        let Some(batch) = batches.next().transpose()? else { return Ok(false) };
        let mut rows = Lines::new(&batch, &mut self.templates);
        for at in 0..batch.num_rows() {
            let row = self.ranges.first().map_or(0, |range| range.start) as u64;
            rows.write(at, lines)
                .ok_or_else(|| LakeError::Line { path: self.path.clone(), row })?;
            ends.push(lines.len());
            pass(&mut self.ranges);
        }
        self.slot = self.slot.take().or_else(Slot::take);
        if self.slot.is_none() {
            self.batches = None;
        }
        Ok(batch.num_rows() > 0)
    }
}

/// The first row is read.
fn pass(ranges: &mut Vec<Range<usize>>) {
    if let Some(first) = ranges.first_mut() {
        first.start += 1;
        if first.start >= first.end {
            ranges.remove(0);
        }
    }
}

/// Where each line ends; the last one may lack its end.
fn ends(lines: &[u8]) -> Vec<usize> {
    let mut ends: Vec<usize> = memchr_iter(b'\n', lines).map(|at| at + 1).collect();
    if ends.last().copied().unwrap_or(0) < lines.len() {
        ends.push(lines.len());
    }
    ends
}

fn without_feed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// A write-ahead file goes when another process has settled it.
fn settled_meanwhile(error: WalError) -> LakeError {
    match error {
        WalError::Disk(DiskError { trouble: Trouble::Missing, .. }) => LakeError::Busy,
        other => other.into(),
    }
}
