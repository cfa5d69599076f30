//! Files that begin alike: copies of one log, or another that has the same preamble, the same history, the same size.

use std::sync::Arc;

use sancha_ingest::files::{Chunk, Problem};
use sancha_lake::{KeptStream, Lake, LakeError, StreamReader, query::TimeRange, wal::StreamId};

use super::{Begun, End, HEAD_BYTES, Run, Stream, seen::Follower};

impl Run<'_> {
    /// The streams that a file may be whose beginning is `head`, those known by most of it first. Earlier versions knew
    /// a file that begins like another by its path.
    pub(super) fn candidates(&self, head: &[u8], path: &str) -> Vec<StreamId> {
        let known = self.known.beginning_with(head);
        let by_path = known.iter().map(|id| id.of_path(path));
        let by_path = by_path.filter(|id| !self.progress.extents(id).is_empty());
        by_path.chain(known.iter().copied()).collect()
    }

    /// What a file is taken for next: one of `streams`, else a new one. That is known by its beginning; where it begins
    /// like all of them, by more of it, or by the byte at which it `parted` from the last.
    pub(super) fn next_stream(
        &self,
        streams: &[StreamId],
        tried: usize,
        head: &[u8],
        parted: Option<u64>,
    ) -> Option<StreamId> {
        let Some(last) = streams.last() else { return StreamId::of(head).filter(|_| tried == 0) };
        if tried < streams.len() {
            return streams.get(tried).copied();
        }
        let longest = streams.iter().map(|id| id.prefix).max();
        let by_more = StreamId::of_more(head).filter(|more| Some(more.prefix) > longest);
        by_more.or(parted.map(|at| last.parted(at))).filter(|_| tried == streams.len())
    }

    /// What is known of a stream that is about to be read.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn known_of(&self, lake: &Lake, begun: Begun<'_>) -> Result<Known, LakeError> {
        let Stream { id, .. } = begun.stream;
        let expected = self.seen.of(id, &self.progress).filter(|_| !begun.is_compared);
        let end = self.progress.extents(&id).last().map_or(0, |known| known.end);
        let kept = match expected {
            None if end > 0 => self.kept(lake, begun.stream)?,
            _ => Vec::new(),
        };
        Ok(Known { follower: Follower::new(expected), kept, end })
    }

    /// What the lake holds of a stream, under each of the names that it came in as.
    fn kept(&self, lake: &Lake, Stream { id, framing }: Stream) -> Result<Vec<Kept>, LakeError> {
        self.writer.sync()?;
        // Others may have settled since this lake was opened.
        let lake = Lake::open(Arc::clone(lake.disk()))?;
        let streams = lake.streams(None, TimeRange::ALL)?.streams;
        let of_it = streams.iter().filter(|stream| stream.id == id.digest);
        let longest = self.input.limits.max_line_bytes;
        let open = |stream: &KeptStream| Kept {
            reader: stream.open(&lake, framing),
            longest,
            offset: 0,
            bytes: Vec::new(),
            has_ended: false,
        };
        Ok(of_it.map(open).collect())
    }
}

/// What is known of a stream: up to where it was read before, or what the lake holds of it. What retention has deleted
/// is not among that.
pub(super) struct Known {
    pub(super) follower: Follower,
    kept: Vec<Kept>,
    /// Behind the last byte that is known.
    end: u64,
}

impl Known {
    /// Whether a file has ended before it could be told to be this stream.
    pub(super) fn is_unproven(&self, lines: &Result<Option<Chunk>, Problem>) -> bool {
        !matches!(lines, Ok(Some(_))) && self.follower.is_short()
    }

    /// How reading ends if the file is another: its `bytes` stand at `offset`, behind those of the call before. Where
    /// the lake is damaged it counts as another: to keep lines twice is better than not at all.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn differs(&mut self, offset: u64, bytes: &[u8]) -> Result<Option<End>, LakeError> {
        for kept in &mut self.kept {
            match kept.differs(offset, bytes) {
                Err(error) if error.is_damage() => return Ok(Some(End::Another(offset))),
                Ok(None) => {}
                differs => return Ok(differs?.map(End::Another)),
            }
        }
        if offset + bytes.len() as u64 > self.end {
            self.kept.clear();
        }
        Ok((!self.follower.take(offset, bytes)).then_some(End::Unproven))
    }
}

/// What is kept of a stream under one name, read in its order.
struct Kept {
    reader: StreamReader,
    longest: usize,
    /// Of the lines read last.
    offset: u64,
    bytes: Vec<u8>,
    has_ended: bool,
}

impl Kept {
    fn differs(&mut self, offset: u64, bytes: &[u8]) -> Result<Option<u64>, LakeError> {
        let end = offset + bytes.len() as u64;
        loop {
            if let Some(at) = self.differs_here(offset, bytes) {
                return Ok(Some(at));
            }
            if self.has_ended || self.offset + self.bytes.len() as u64 >= end {
                return Ok(None);
            }
            match self.reader.read(&mut self.bytes, HEAD_BYTES, self.longest)? {
                Some(read) => self.offset = read.offset,
                None => self.has_ended = true,
            }
        }
    }

    /// The same of what both have.
    fn differs_here(&self, offset: u64, bytes: &[u8]) -> Option<u64> {
        let start = self.offset.max(offset);
        let (kept, given) =
            (behind(&self.bytes, start - self.offset)?, behind(bytes, start - offset)?);
        let differ = kept.iter().zip(given).position(|(kept, given)| kept != given)?;
        Some(start + differ as u64)
    }
}

fn behind(bytes: &[u8], skipped: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(skipped).ok()?..)
}
