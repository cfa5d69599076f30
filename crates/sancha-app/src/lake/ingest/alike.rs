//! Files that begin alike: copies of one log, or another that has the same preamble, the same history, the same size.

use std::{ops::Range, sync::Arc};

use sancha_ingest::files::Source;
use sancha_lake::{KeptStream, Lake, LakeError, StreamReader, query::TimeRange, wal::StreamId};
use sancha_model::Framing;

use super::{
    Begun, End, HEAD_BYTES, Run, Stream, read_lines,
    seen::{Follower, Seen},
};

impl Run<'_> {
    /// The streams that a file may be whose beginning is `head`. Earlier versions knew a file that begins like another
    /// by its path.
    pub(super) fn candidates(&self, head: &[u8], path: &str) -> Vec<StreamId> {
        let known = self.known.beginning_with(head);
        let by_path = known.iter().map(|id| id.of_path(path));
        let mut candidates: Vec<StreamId> = Vec::new();
        for id in by_path.chain(known.iter().copied()).chain(self.seen.beginning_with(head)) {
            if !self.progress.extents(&id).is_empty() && !candidates.contains(&id) {
                candidates.push(id);
            }
        }
        candidates
    }

    /// Of several streams that a file may be, the one that it is: that which it goes on from farthest, by what was read
    /// of each.
    pub(super) fn proven(
        &self,
        source: &Source,
        framing: Framing,
        candidates: &[StreamId],
    ) -> Option<StreamId> {
        let seen = |id: &StreamId| Some((*id, self.seen.of(*id, &self.progress)?));
        let mut seen: Vec<(StreamId, Seen)> = candidates.iter().filter_map(seen).collect();
        seen.sort_unstable_by_key(|(_, seen)| seen.end);
        let mut reader = source.open(self.input.limits).ok()?;
        let (mut follower, mut raw, mut proven) = (Follower::new(None), Vec::new(), None);
        let mut left = seen.into_iter().peekable();
        while left.peek().is_some()
            && let Some(lines) = read_lines(&mut reader, framing, &mut raw).ok()?
        {
            if lines.oversize.is_some() || lines.cut {
                break;
            }
            let end = lines.first_offset + lines.bytes;
            let mut taken = 0;
            while let Some((id, seen)) = left.next_if(|(_, seen)| seen.end <= end) {
                let until = usize::try_from(seen.end.saturating_sub(lines.first_offset)).ok()?;
                follower.take(lines.first_offset + taken as u64, raw.get(taken..until)?);
                taken = until;
                proven = if follower.is_at(seen) { Some(id) } else { proven };
            }
            follower.take(lines.first_offset + taken as u64, raw.get(taken..)?);
        }
        proven
    }

    /// What a file is taken for next: one of `streams`, else a new one. That is known by its beginning; where it begins
    /// like all of them, by more of it, or by the byte at which it parts from one. `differs`: streams that it is not, and
    /// from which byte on.
    pub(super) fn next_stream(
        &self,
        streams: &[StreamId],
        tried: usize,
        head: &[u8],
        differs: &[(StreamId, u64)],
    ) -> Option<StreamId> {
        if streams.is_empty() {
            return StreamId::of(head).filter(|_| tried == 0);
        }
        if tried < streams.len() {
            return streams.get(tried).copied();
        }
        let longest = streams.iter().map(|id| id.prefix).max();
        let by_more = StreamId::of_more(head).filter(|more| Some(more.prefix) > longest);
        let by_place = || differs.last().map(|(id, at)| parted(*id, *at, differs));
        by_more.or_else(by_place).filter(|_| tried == streams.len())
    }

    /// What is known of a stream that is about to be read.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn known_of(&self, lake: &Lake, begun: Begun<'_>) -> Result<Known, LakeError> {
        let Stream { id, .. } = begun.stream;
        let expected = self.seen.of(id, &self.progress).filter(|_| !begun.is_compared);
        let extents = self.progress.extents(&id);
        let to_compare = match expected {
            None => extents.iter().map(|extent| extent.start..extent.end).collect(),
            Some(_) => Vec::new(),
        };
        let kept = if to_compare.is_empty() { Vec::new() } else { self.kept(lake, begun.stream)? };
        Ok(Known { follower: Follower::new(expected), kept, to_compare, uncompared: None, end: 0 })
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

/// The id of a file that parts from a stream at this byte. Another may have parted there before: then it is from that one
/// that the file parts, at the byte where these two differ.
fn parted(mut id: StreamId, mut at: u64, differs: &[(StreamId, u64)]) -> StreamId {
    loop {
        let next = id.parted(at);
        match differs.iter().find(|(other, _)| *other == next) {
            Some(other) => (id, at) = *other,
            None => return next,
        }
    }
}

/// What is known of a stream: up to where it was read before, or what the lake holds of it.
pub(super) struct Known {
    pub(super) follower: Follower,
    kept: Vec<Kept>,
    /// What of the stream came in, if it has to be compared.
    to_compare: Vec<Range<u64>>,
    /// The first byte of it that the lake does not hold: retention has deleted it, or its key is lost.
    uncompared: Option<u64>,
    /// How far the file was read.
    end: u64,
}

impl Known {
    /// How reading ends with the file. Where the stream goes on and is not there to be compared, the file may be
    /// another. A file that comes to the stream's end, or beyond, was held against how that ended.
    pub(super) fn ends(&self) -> End {
        let goes_on = self.to_compare.last().is_some_and(|known| known.end > self.end);
        match self.uncompared {
            Some(at) if goes_on => End::Another(at),
            _ if self.follower.is_short() => End::Unproven,
            _ => End::Whole,
        }
    }

    /// How reading ends if the file is another: its `bytes` stand at `offset`, behind those of the call before. Where
    /// the lake is damaged it counts as another: to keep lines twice is better than not at all.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn differs(&mut self, offset: u64, bytes: &[u8]) -> Result<Option<End>, LakeError> {
        self.end = offset + bytes.len() as u64;
        let mut compared = 0;
        for kept in &mut self.kept {
            match kept.differs(offset, bytes, &mut compared) {
                Err(error) if error.is_damage() => return Ok(Some(End::Another(offset))),
                Err(error) if error.is_of_missing_key() => kept.has_ended = true,
                Ok(None) => {}
                differs => return Ok(differs?.map(End::Another)),
            }
        }
        let came_in =
            |known: &Range<u64>| known.end.min(self.end).saturating_sub(known.start.max(offset));
        if compared < self.to_compare.iter().map(came_in).sum::<u64>() {
            self.uncompared.get_or_insert(offset);
        }
        if self.to_compare.last().is_none_or(|known| known.end < self.end) {
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
    /// `compared`: to it comes how many bytes both have.
    fn differs(
        &mut self,
        offset: u64,
        bytes: &[u8],
        compared: &mut u64,
    ) -> Result<Option<u64>, LakeError> {
        let end = offset + bytes.len() as u64;
        loop {
            if let Some((start, kept, given)) = self.both(offset, bytes) {
                *compared += kept.len().min(given.len()) as u64;
                if let Some(at) = kept.iter().zip(given).position(|(kept, given)| kept != given) {
                    return Ok(Some(start + at as u64));
                }
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

    /// From where both have bytes, what is kept from there on, and what is given.
    fn both<'b>(&'b self, offset: u64, bytes: &'b [u8]) -> Option<(u64, &'b [u8], &'b [u8])> {
        let start = self.offset.max(offset);
        let (kept, given) = (start - self.offset, start - offset);
        Some((start, behind(&self.bytes, kept)?, behind(bytes, given)?))
    }
}

fn behind(bytes: &[u8], skipped: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(skipped).ok()?..)
}
