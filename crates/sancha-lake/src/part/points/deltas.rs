//! Numbers by their differences.

use super::bits::sum;
use crate::leb128;

/// Numbers that stand as differences (`DELTA_BINARY_PACKED`), whose places are asked for in order.
pub(super) struct Deltas<'a> {
    /// What follows the block at hand, with `PADDING`.
    rest: &'a [u8],
    minis: usize,
    /// Differences of a miniblock.
    mini_len: usize,
    /// The last number gone past, and its place.
    value: i64,
    at: usize,
    /// Of the block at hand: the least difference, and the widths of miniblocks that are still ahead.
    least: i64,
    widths: &'a [u8],
    /// Of the miniblock at hand.
    packed: &'a [u8],
    width: u32,
    taken: usize,
}

impl<'a> Deltas<'a> {
    /// `bytes` are followed by `PADDING`. `None`: the head is damaged.
    pub(super) fn new(mut bytes: &'a [u8]) -> Option<Self> {
        let block = usize::try_from(leb128::take(&mut bytes)?).ok()?;
        let minis = usize::try_from(leb128::take(&mut bytes)?).ok().filter(|minis| *minis > 0)?;
        let _count = leb128::take(&mut bytes)?;
        let value = signed(leb128::take(&mut bytes)?);
        let mini_len = Some(block / minis).filter(|len| *len > 0 && len % 8 == 0)?;
        let (packed, widths) = (&[][..], &[][..]);
        Some(Self {
            rest: bytes,
            minis,
            mini_len,
            value,
            at: 0,
            least: 0,
            widths,
            packed,
            width: 0,
            taken: mini_len,
        })
    }

    /// Number `at`, which is not before the one asked for last. `None`: it is damaged.
    pub(super) fn get(&mut self, at: usize) -> Option<i64> {
        while self.at < at {
            if self.taken == self.mini_len {
                self.next_mini()?;
            }
            let end = self.mini_len.min(self.taken + at - self.at);
            let step = end - self.taken;
            let least = self.least.wrapping_mul(i64::try_from(step).ok()?);
            self.value = self.value.wrapping_add(least);
            let sum = sum(self.packed, self.width, self.taken..end)?;
            self.value = self.value.wrapping_add(sum.cast_signed());
            self.taken = end;
            self.at += step;
        }
        Some(self.value)
    }

    fn next_mini(&mut self) -> Option<()> {
        if self.widths.is_empty() {
            self.least = signed(leb128::take(&mut self.rest)?);
            (self.widths, self.rest) = self.rest.split_at_checked(self.minis)?;
        }
        let (width, widths) = self.widths.split_first()?;
        (self.width, self.widths) = (u32::from(*width), widths);
        let bytes = (self.mini_len / 8).checked_mul(self.width as usize)?;
        self.packed = self.rest;
        self.rest = self.rest.get(bytes..).unwrap_or(&[]);
        self.taken = 0;
        Some(())
    }
}

/// 0, -1, 1, -2 and so on.
fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
