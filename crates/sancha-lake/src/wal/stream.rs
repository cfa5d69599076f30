//! What makes two files the same stream: how they begin.
//!
//! Names do not tell, for rotation changes them, and neither does packing, for the content counts. A
//! file that is still short gets an id of all that is there; when it has grown it keeps that id.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest as _, Sha256};

/// So many bytes of a stream's beginning tell it from others.
pub(super) const PREFIX_MAX: u32 = 1024;

/// So many tell it from others that begin with the same kibibyte.
pub const LONG_PREFIX_MAX: u32 = 32 << 10;

/// How a stream begins: SHA-256 of its first `prefix` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    pub digest: [u8; 32],
    pub prefix: u32,
}

impl StreamId {
    /// The id of a stream that begins with `head`: its first 1,024 bytes, or all when there are fewer.
    /// `None` for an empty one, which cannot be told from others.
    pub fn of(head: &[u8]) -> Option<Self> {
        let prefix = u32::try_from(head.len()).unwrap_or(PREFIX_MAX).min(PREFIX_MAX);
        if prefix == 0 { None } else { Self::of_first(head, prefix) }
    }

    /// The same of a stream that begins like another: its first [`LONG_PREFIX_MAX`] bytes, or all.
    pub fn of_more(head: &[u8]) -> Option<Self> {
        let prefix = u32::try_from(head.len()).unwrap_or(LONG_PREFIX_MAX).min(LONG_PREFIX_MAX);
        if prefix == 0 { None } else { Self::of_first(head, prefix) }
    }

    /// The id that earlier versions gave a file that begins like this stream and is another: known by its path.
    /// No other file is recognised as it.
    pub fn of_path(&self, path: &str) -> Self {
        let name = [self.digest.as_slice(), path.as_bytes()].concat();
        Self { digest: Sha256::digest(name).into(), prefix: 0 }
    }

    /// The id of a file that is like this stream up to byte `at` and another from there on. No file is recognised as it
    /// by its beginning; who finds the place again finds the stream.
    pub fn parted(&self, at: u64) -> Self {
        let name = [self.digest.as_slice(), &at.to_be_bytes()].concat();
        Self { digest: Sha256::digest(name).into(), prefix: 0 }
    }

    fn of_first(head: &[u8], prefix: u32) -> Option<Self> {
        let bytes = head.get(..prefix as usize)?;
        Some(Self { digest: Sha256::digest(bytes).into(), prefix })
    }
}

/// Streams seen before, by their beginnings.
#[derive(Clone, Debug, Default)]
pub struct KnownStreams {
    by_prefix: BTreeMap<u32, HashSet<[u8; 32]>>,
}

impl KnownStreams {
    pub fn insert(&mut self, id: StreamId) {
        if id.prefix == 0 {
            return;
        }
        self.by_prefix.entry(id.prefix).or_default().insert(id.digest);
    }

    /// The streams seen before that begin with `head`, though they were shorter then. Those known by most bytes come
    /// first, for short beginnings are alike more easily.
    pub fn beginning_with(&self, head: &[u8]) -> Vec<StreamId> {
        let seen = self.by_prefix.iter().rev().filter_map(|(prefix, digests)| {
            let id = StreamId::of_first(head, *prefix)?;
            digests.contains(&id.digest).then_some(id)
        });
        seen.collect()
    }
}

impl FromIterator<StreamId> for KnownStreams {
    fn from_iter<T: IntoIterator<Item = StreamId>>(ids: T) -> Self {
        let mut known = Self::default();
        ids.into_iter().for_each(|id| known.insert(id));
        known
    }
}
