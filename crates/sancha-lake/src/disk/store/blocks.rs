//! Pieces of objects in memory.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// Bytes asked for at once where fewer are wanted: a companion's directory and a Parquet footer are in one or
/// two of them, and the answer takes hardly longer than that for a hundred bytes.
pub(super) const BLOCK: usize = 128 << 10;
/// 64 MiB.
const MOST_BLOCKS: usize = 512;
const MOST_LENGTHS: usize = 65_536;

/// Whether what is read of a file stays the same: parts and companions are never written to again.
pub(super) fn are_kept(path: &str) -> bool {
    path.starts_with("data/")
}

/// The blocks read last, and lengths.
#[derive(Default)]
pub(super) struct Blocks {
    blocks: HashMap<(String, u64), Bytes>,
    /// In the order in which they came; the oldest goes first.
    order: VecDeque<(String, u64)>,
    lengths: HashMap<String, u64>,
}

impl Blocks {
    pub(super) fn get(&self, path: &str, number: u64) -> Option<Bytes> {
        self.blocks.get(&(path.to_owned(), number)).cloned()
    }

    pub(super) fn insert(&mut self, path: &str, number: u64, block: Bytes) {
        let key = (path.to_owned(), number);
        if self.blocks.insert(key.clone(), block).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MOST_BLOCKS {
            if let Some(oldest) = self.order.pop_front() {
                self.blocks.remove(&oldest);
            }
        }
    }

    pub(super) fn length(&self, path: &str) -> Option<u64> {
        self.lengths.get(path).copied()
    }

    pub(super) fn insert_length(&mut self, path: &str, length: u64) {
        if self.lengths.len() >= MOST_LENGTHS {
            self.lengths.clear();
        }
        if are_kept(path) {
            self.lengths.insert(path.to_owned(), length);
        }
    }

    /// The file is written or removed by this process.
    pub(super) fn forget(&mut self, path: &str) {
        self.lengths.remove(path);
        self.order.retain(|key| key.0 != path);
        self.blocks.retain(|key, _| key.0 != path);
    }
}
