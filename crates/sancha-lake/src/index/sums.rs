//! Checksums of a companion, so that a bit that flipped is told where it is read, and not believed.
//!
//! What follows the checksums is cut into blocks of 1,024 bytes, of each its CRC-32 (IEEE), 4 bytes,
//! little-endian. So little, because a search reads 64 bytes here and a few hundred there.

use std::ops::Range;

use bytes::Bytes;

const BLOCK_BYTES: u64 = 1_024;
const SUM_BYTES: u64 = 4;

/// The checksums of what follows them.
pub(super) fn write(follows: &[u8]) -> Vec<u8> {
    let blocks = follows.chunks(usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX));
    blocks.flat_map(sum).collect()
}

pub(super) fn sum(block: &[u8]) -> [u8; 4] {
    crc32fast::hash(block).to_le_bytes()
}

/// How long the checksums of so many bytes are.
pub(super) fn length(follows: u64) -> u64 {
    follows.div_ceil(BLOCK_BYTES).saturating_mul(SUM_BYTES)
}

/// The checksums of a companion.
pub(crate) struct Sums {
    sums: Bytes,
    /// What they are of, within the file.
    blocks: Range<u64>,
}

impl Sums {
    /// `place`: where the checksums were read, up to the first block.
    pub(crate) fn new(sums: Bytes, place: (u64, u64), file_len: u64) -> Self {
        Self { sums, blocks: place.1..file_len }
    }

    /// The whole blocks around bytes of the file.
    pub(crate) fn around(&self, (from, to): (u64, u64)) -> (u64, u64) {
        let start = self.blocks.start;
        let from = from.saturating_sub(start) / BLOCK_BYTES * BLOCK_BYTES;
        let to = to.saturating_sub(start).div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES);
        (start.saturating_add(from), start.saturating_add(to).min(self.blocks.end))
    }

    /// Whether whole blocks, which were read from `from` on, are what was written.
    pub(crate) fn hold(&self, from: u64, blocks: &[u8]) -> bool {
        let first = from.saturating_sub(self.blocks.start) / BLOCK_BYTES * SUM_BYTES;
        let sums = usize::try_from(first).ok().and_then(|first| self.sums.get(first..));
        let found = write(blocks);
        sums.is_some_and(|sums| sums.starts_with(&found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_that_flipped_is_told_by_its_block_only() {
        let follows: Vec<u8> = (0..2_500_u32).map(|n| n.to_le_bytes()[0]).collect();
        let sums = Bytes::from(write(&follows));
        assert_eq!(length(2_500), sums.len() as u64);
        let sums = Sums::new(sums, (76, 100), 2_600);
        let holds = |follows: &[u8], range| {
            let (from, to) = sums.around(range);
            let place = |at: u64| usize::try_from(at - 100).unwrap();
            sums.hold(from, &follows[place(from)..place(to)])
        };
        assert_eq!(sums.around((100 + 1_030, 100 + 1_031)), (1_124, 2_148));
        assert_eq!(sums.around((2_590, 2_600)), (2_148, 2_600));
        for bit in 0..follows.len() * 8 {
            let mut flipped = follows.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let at = 100 + (bit / 8) as u64;
            assert!(holds(&follows, (at, at + 1)) && !holds(&flipped, (at, at + 1)), "bit {bit}");
            let elsewhere = if at < 1_124 { (2_000, 2_600) } else { (100, 1_124) };
            assert!(holds(&flipped, elsewhere), "bit {bit}");
        }
    }
}
