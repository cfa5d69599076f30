//! The leaves of blocks, made from rows as they come: one digest call for a block is cheaper than one
//! for each row, and several blocks at once may be cheaper than one.

use crate::{Algorithm, Hash32, Hasher, lanes};

/// Ordinary lines of the blocks that wait for each other fit; lines of a megabyte go through in pieces.
const BUFFER_BYTES: usize = 256 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct BlockHasher {
    algorithm: Algorithm,
    /// How many blocks wait for each other.
    together: usize,
    /// What is hashed of the waiting blocks, then of the one in the making.
    text: Vec<u8>,
    /// Where each waiting block ends in `text`.
    ends: Vec<usize>,
    /// The block in the making, when its beginning did not fit into `text`.
    overflow: Option<Hasher>,
    ready: Vec<Hash32>,
}

impl BlockHasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let together = if lanes::are_faster(algorithm) { lanes::TOGETHER } else { 1 };
        let (text, ends, ready) = (vec![0], Vec::new(), Vec::new());
        Self { algorithm, together, text, ends, overflow: None, ready }
    }

    #[inline]
    pub(crate) fn row(&mut self, length: &[u8; 4], raw: &[u8]) {
        if self.text.len() + length.len() + raw.len() > BUFFER_BYTES {
            return self.long_row(length, raw);
        }
        self.text.extend_from_slice(length);
        self.text.extend_from_slice(raw);
    }

    #[cold]
    fn long_row(&mut self, length: &[u8; 4], raw: &[u8]) {
        self.hash_waiting();
        let hasher = self.overflow.get_or_insert_with(|| self.algorithm.hasher());
        hasher.update(&self.text);
        hasher.update(length);
        hasher.update(raw);
        self.text.clear();
    }

    /// Ends the block in the making and begins another.
    pub(crate) fn end(&mut self) {
        if let Some(mut hasher) = self.overflow.take() {
            hasher.update(&self.text);
            self.ready.push(hasher.finish());
            self.text.clear();
        } else {
            self.ends.push(self.text.len());
        }
        self.text.push(0);
        if self.ends.len() == self.together {
            self.hash_waiting();
        }
    }

    fn hash_waiting(&mut self) {
        let mut blocks = Vec::with_capacity(self.ends.len());
        let mut rest = self.text.as_slice();
        let mut start = 0;
        for end in &self.ends {
            let Some((block, behind)) = rest.split_at_checked(end - start) else { break };
            blocks.push(block);
            (rest, start) = (behind, *end);
        }
        self.algorithm.hash_each(&blocks, &mut self.ready);
        self.text.drain(..start);
        self.ends.clear();
    }

    /// The leaves of all blocks that have ended, in order.
    pub(crate) fn leaves(&mut self) -> Vec<Hash32> {
        self.hash_waiting();
        std::mem::take(&mut self.ready)
    }
}
