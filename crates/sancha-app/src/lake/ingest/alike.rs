//! Files that begin alike: copies of one log, or another that has the same preamble, the same history, the same size.

use std::ops::Range;

use sancha_ingest::files::Source;
use sancha_lake::{
    Compared, Comparison, Lake, LakeError,
    wal::{Progress, StreamId},
};
use sancha_model::Framing;

use super::{
    Begun, End, Run, Stream, read_lines,
    seen::{Follower, Seen},
};

/// What a file may be: streams of the lake in the order in which they are tried, then a new one.
pub(super) struct Candidates {
    streams: Vec<StreamId>,
    tried: usize,
    /// Streams that it is not, and from which byte on.
    differs: Vec<(StreamId, u64)>,
    /// Whether the next one is compared with what the lake holds of it.
    pub(super) is_compared: bool,
}

impl Candidates {
    /// What the file is taken for next: a stream of the lake, else a new one. A new one is known by
    /// its beginning, `head`; where it begins like all of them, by more of it, or by the byte at
    /// which it parts from one.
    pub(super) fn next(&self, head: &[u8]) -> Option<StreamId> {
        let Self { streams, tried, differs, .. } = self;
        if streams.is_empty() {
            return StreamId::of(head).filter(|_| *tried == 0);
        }
        if *tried < streams.len() {
            return streams.get(*tried).copied();
        }
        let longest = streams.iter().map(|id| id.prefix).max();
        let by_more = StreamId::of_more(head).filter(|more| Some(more.prefix) > longest);
        let by_place = || differs.last().map(|(id, at)| parted(*id, *at, differs));
        by_more.or_else(by_place).filter(|_| *tried == streams.len())
    }

    /// The file is not the stream `id`: it parts from it at this byte. A stream that parted there
    /// before is tried, too.
    pub(super) fn rule_out(&mut self, id: StreamId, at: u64, progress: &Progress) {
        self.differs.push((id, at));
        let other = Some(id.parted(at)).filter(|other| !self.streams.contains(other));
        self.streams.extend(other.filter(|other| !progress.extents(other).is_empty()));
        self.tried += 1;
        self.is_compared = self.streams.len() > 1;
    }

    /// Where the file parts from the stream that was ruled out last.
    pub(super) fn parted_at(&self) -> Option<u64> {
        self.differs.last().map(|(_, at)| *at)
    }
}

impl Run<'_> {
    /// What a source may be whose beginning is `head`. What can be read only once is compared at
    /// once.
    pub(super) fn candidates(&self, source: &Source, framing: Framing, head: &[u8]) -> Candidates {
        let mut streams = self.streams_like(head, &source.path);
        let mut is_compared = !source.can_be_read_again();
        if streams.len() > 1 && !is_compared {
            let proven = self.proven(source, framing, &streams);
            is_compared = proven.is_none();
            streams.sort_by_key(|id| Some(*id) != proven);
        }
        Candidates { streams, tried: 0, differs: Vec::new(), is_compared }
    }

    /// The streams that a file may be whose beginning is `head`. Earlier versions knew a file that begins like another
    /// by its path.
    fn streams_like(&self, head: &[u8], path: &str) -> Vec<StreamId> {
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
    fn proven(
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

    /// What is known of a stream that is about to be read.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn known_of(&self, lake: &Lake, begun: Begun<'_>) -> Result<Known, LakeError> {
        let Stream { id, framing } = begun.stream;
        let expected = self.seen.of(id, &self.progress).filter(|_| !begun.is_compared);
        let extents = self.progress.extents(&id);
        let to_compare = match expected {
            None => extents.iter().map(|extent| extent.start..extent.end).collect(),
            Some(_) => Vec::new(),
        };
        let mut kept = None;
        if !to_compare.is_empty() {
            self.writer.sync()?;
            let longest = self.input.limits.max_line_bytes;
            kept = Some(Compared::open(lake.disk(), &id.digest, framing, longest)?);
        }
        Ok(Known { follower: Follower::new(expected), kept, to_compare, uncompared: None, end: 0 })
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
    kept: Option<Compared>,
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

    /// How reading ends if the file is another: its `bytes` stand at `offset`, behind those of the call before.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub(super) fn differs(&mut self, offset: u64, bytes: &[u8]) -> Result<Option<End>, LakeError> {
        self.end = offset + bytes.len() as u64;
        let same = match self.kept.as_mut().map(|kept| kept.with(offset, bytes)).transpose()? {
            Some(Comparison::Differs(at)) => return Ok(Some(End::Another(at))),
            Some(Comparison::Same(same)) => same,
            None => 0,
        };
        let came_in =
            |known: &Range<u64>| known.end.min(self.end).saturating_sub(known.start.max(offset));
        if same < self.to_compare.iter().map(came_in).sum::<u64>() {
            self.uncompared.get_or_insert(offset);
        }
        if self.to_compare.last().is_none_or(|known| known.end < self.end) {
            self.kept = None;
        }
        Ok((!self.follower.take(offset, bytes)).then_some(End::Unproven))
    }
}
