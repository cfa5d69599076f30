//! Up to where streams were read before, and what stood there. A file that still begins with the same bytes need not be
//! compared with what the lake holds, which takes as long as reading it from there.
//!
//! Nothing depends on it: where it is missing, old or damaged, the file is compared.

use std::{collections::BTreeMap, sync::Arc};

use sancha_lake::{
    disk::Disk,
    wal::{Progress, StreamId},
};
use sancha_seal::Hash32;
use twox_hash::XxHash3_128;

/// With the write-ahead log, of this machine only; a line each: the stream and how much of it gave it its id, its end,
/// the hash of all before it, length and hash of its beginning.
const PATH: &str = "wal/streams.seen";
/// A larger file is none of ours.
const MOST_BYTES: u64 = 256 << 20;
/// How much of a stream its beginning is.
const HEAD_BYTES: usize = 1_024;

/// What was read of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Behind its last byte.
    pub(super) end: u64,
    /// XXH3 of 128 bits: told apart are files of one office, not forgeries, which the seal is for.
    hash: u128,
    head: Head,
}

/// How a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    length: usize,
    hash: u128,
}

impl Head {
    fn of(bytes: &[u8]) -> Self {
        let bytes = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
        Self { length: bytes.len(), hash: XxHash3_128::oneshot(bytes) }
    }
}

/// What was read of all streams of a lake.
pub(super) struct SeenStreams {
    disk: Arc<dyn Disk>,
    streams: BTreeMap<StreamId, Seen>,
    is_changed: bool,
}

impl SeenStreams {
    pub(super) fn load(disk: &Arc<dyn Disk>) -> Self {
        let is_ours = disk.length(PATH).is_ok_and(|length| length <= MOST_BYTES);
        let text = if is_ours { disk.read(PATH).unwrap_or_default() } else { Vec::new() };
        let lines = text.split(|byte| *byte == b'\n');
        let lines = lines.filter_map(|line| std::str::from_utf8(line).ok());
        let streams = lines.filter_map(read_line).collect();
        Self { disk: Arc::clone(disk), streams, is_changed: false }
    }

    /// What was read of a stream, if that is all that is known of it and has no gaps.
    pub(super) fn of(&self, id: StreamId, progress: &Progress) -> Option<Seen> {
        let [known] = progress.extents(&id) else { return None };
        let seen = self.streams.get(&id)?;
        (known.start == 0 && known.end == seen.end).then_some(*seen)
    }

    /// The streams that begin like a file whose beginning is `head`, however they got their ids.
    pub(super) fn beginning_with(&self, head: &[u8]) -> Vec<StreamId> {
        // Nearly all beginnings have the same length.
        let mut hashed: BTreeMap<usize, Option<Head>> = BTreeMap::new();
        let mut begins = |seen: &Seen| {
            let length = seen.head.length;
            let of_length = || head.get(..length).map(Head::of);
            *hashed.entry(length).or_insert_with(of_length) == Some(seen.head)
        };
        let alike = self.streams.iter().filter(|(_, seen)| begins(seen));
        alike.map(|(id, _)| *id).collect()
    }

    /// Remembers what of a stream was read, where it is all that is known of it.
    pub(super) fn note(&mut self, id: StreamId, follower: &Follower, progress: &Progress) {
        let is_all = |seen: &Seen| {
            let only = progress.extents(&id);
            matches!(only, [known] if known.start == 0 && known.end == seen.end)
        };
        if let Some(seen) = follower.seen().filter(is_all) {
            self.is_changed |= self.streams.insert(id, seen) != Some(seen);
        }
    }

    /// Without it the next run takes longer, and that is all: where it cannot be written the lines are safe.
    pub(super) fn save(&mut self) {
        if std::mem::take(&mut self.is_changed) {
            let lines = self.streams.iter().map(|(id, seen)| write_line(*id, *seen));
            let _ = self.disk.write_at_once(PATH, lines.collect::<String>().as_bytes());
        }
    }
}

fn write_line(StreamId { digest, prefix }: StreamId, seen: Seen) -> String {
    let (id, Seen { end, hash, head }) = (Hash32(digest), seen);
    format!("{id} {prefix} {end} {hash:032x} {} {:032x}\n", head.length, head.hash)
}

fn read_line(line: &str) -> Option<(StreamId, Seen)> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    let Hash32(digest) = Hash32::from_hex(next()?).ok()?;
    let (prefix, end) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let hash = u128::from_str_radix(next()?, 16).ok()?;
    let (length, head) = (next()?.parse().ok()?, u128::from_str_radix(next()?, 16).ok()?);
    Some((StreamId { digest, prefix }, Seen { end, hash, head: Head { length, hash: head } }))
}

/// Follows a file from its first byte on.
pub(super) struct Follower {
    hasher: XxHash3_128,
    /// Its first bytes.
    head: Vec<u8>,
    end: u64,
    /// Bytes were left out.
    has_gap: bool,
    expected: Option<Seen>,
}

impl Follower {
    pub(super) fn new(expected: Option<Seen>) -> Self {
        Self { hasher: XxHash3_128::new(), head: Vec::new(), end: 0, has_gap: false, expected }
    }

    /// Takes the next bytes. `false`: the file does not begin as expected.
    pub(super) fn take(&mut self, offset: u64, bytes: &[u8]) -> bool {
        self.has_gap |= offset != self.end;
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(missing));
        let (mut rest, end) = (bytes, offset + bytes.len() as u64);
        if let Some(expected) = self.expected.filter(|expected| expected.end <= end) {
            let before =
                usize::try_from(expected.end.saturating_sub(offset)).unwrap_or(bytes.len());
            let (first, last) = bytes.split_at_checked(before).unwrap_or((bytes, &[]));
            self.hasher.write(first);
            if self.has_gap || self.hasher.finish_128() != expected.hash {
                return false;
            }
            (rest, self.expected) = (last, None);
        }
        self.hasher.write(rest);
        self.end = end;
        true
    }

    /// Whether all up to here is what was read of a stream.
    pub(super) fn is_at(&self, seen: Seen) -> bool {
        !self.has_gap && self.end == seen.end && self.hasher.finish_128() == seen.hash
    }

    /// Whether it did not come to where it was expected to.
    pub(super) fn is_short(&self) -> bool {
        self.expected.is_some()
    }

    /// What it has seen; nothing where bytes were left out.
    pub(super) fn seen(&self) -> Option<Seen> {
        let (end, hash) = (self.end, self.hasher.finish_128());
        let seen = Seen { end, hash, head: Head::of(&self.head) };
        (!self.has_gap).then_some(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bytes: &[u8]) -> Seen {
        let mut follower = Follower::new(None);
        assert!(follower.take(0, bytes));
        follower.seen().unwrap()
    }

    #[test]
    fn a_file_that_goes_on_is_known_whatever_the_pieces() {
        let known = seen(b"one\ntwo\n");
        for pieces in [&[&b"one\ntwo\nthree\n"[..]][..], &[b"one\n", b"two\n", b"three\n"]] {
            let mut follower = Follower::new(Some(known));
            let mut offset = 0;
            for piece in pieces {
                assert!(follower.take(offset, piece));
                offset += piece.len() as u64;
            }
            assert!(!follower.is_short());
            assert_eq!(follower.seen(), Some(seen(b"one\ntwo\nthree\n")));
        }
    }

    #[test]
    fn another_file_a_shorter_one_and_one_with_a_gap_are_not() {
        let known = seen(b"one\ntwo\n");
        assert!(!Follower::new(Some(known)).take(0, b"one\nTwo\nthree\n"));
        let mut short = Follower::new(Some(known));
        assert!(short.take(0, b"one\n") && short.is_short());
        assert!(!short.take(5, b"wo\n"));
        let mut gap = Follower::new(None);
        assert!(gap.take(3, b"one\n") && gap.seen().is_none());
    }

    #[test]
    fn lines_are_read_as_written_and_others_are_passed_over() {
        let known = seen(b"one\n");
        let id = StreamId { digest: [7; 32], prefix: 1_024 };
        let line = write_line(id, known);
        assert_eq!(read_line(line.trim_end()), Some((id, known)));
        for broken in ["", "07 4 1", &line.replace("07", "0x"), &line.replace(' ', "")] {
            assert_eq!(read_line(broken), None, "{broken}");
        }
    }
}
