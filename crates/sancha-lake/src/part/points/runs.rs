//! Runs of numbers, in which places in a dictionary stand, and which rows have a value.

use std::ops::Range;

use super::bits::{WIDEST, packed};
use crate::leb128;

/// Runs of the same number, and packed ones, whose places are asked for in order.
#[derive(Clone)]
pub(super) struct Hybrid<'a> {
    /// What follows the run at hand, with `PADDING`.
    rest: &'a [u8],
    width: u32,
    run: Run<'a>,
    /// Place of the run's first number, and of what follows its last.
    start: usize,
    end: usize,
}

#[derive(Clone, Copy)]
enum Run<'a> {
    Same(u64),
    Packed(&'a [u8]),
}

impl<'a> Hybrid<'a> {
    /// `bytes` are followed by `PADDING`.
    pub(super) fn new(bytes: &'a [u8], width: u32) -> Self {
        Self { rest: bytes, width, run: Run::Same(0), start: 0, end: 0 }
    }

    /// Number `at`, which is not before the one asked for last. `None`: it is damaged, or there are fewer.
    pub(super) fn get(&mut self, at: usize) -> Option<u64> {
        while self.end <= at {
            self.next_run()?;
        }
        match self.run {
            Run::Same(number) => Some(number),
            Run::Packed(bytes) => packed(bytes, self.width, at - self.start),
        }
    }

    fn next_run(&mut self) -> Option<()> {
        let head = leb128::take(&mut self.rest)?;
        let count = usize::try_from(head >> 1).ok()?;
        self.start = self.end;
        if head & 1 == 0 {
            let (number, rest) = self.rest.split_at_checked(self.width.div_ceil(8) as usize)?;
            self.rest = rest;
            let number = number.iter().rev().try_fold(0_u64, |all, byte| {
                all.checked_mul(256).map(|all| all | u64::from(*byte))
            });
            self.run = Run::Same(number?);
            self.end = self.start.checked_add(count)?;
        } else {
            self.run = Run::Packed(self.rest);
            self.end = self.start.checked_add(count.checked_mul(8)?)?;
            let bytes = count.checked_mul(self.width as usize)?;
            // Some writers leave out what is not needed of the last ones.
            self.rest = self.rest.get(bytes..).unwrap_or(&[]);
        }
        Some(())
    }

    /// Appends the places in `of` where any of `keys` stands. Not before what was asked for last.
    pub(super) fn find(
        &mut self,
        of: Range<usize>,
        keys: &Keys,
        found: &mut Vec<usize>,
    ) -> Option<()> {
        let mut from = of.start;
        while from < of.end {
            let first = self.get(from)?;
            let end = of.end.min(self.end);
            match self.run {
                Run::Same(_) if keys.has(first) => found.extend(from..end),
                Run::Same(_) => (),
                Run::Packed(bytes) => {
                    let within = from - self.start..end - self.start;
                    if keys.count == 1 {
                        find_one(bytes, self.width, within, self.start, keys.last, found)?;
                    } else {
                        for at in within {
                            if keys.has(packed(bytes, self.width, at)?) {
                                found.push(self.start + at);
                            }
                        }
                    }
                }
            }
            from = end;
        }
        Some(())
    }

    /// So many of the numbers, of one bit each, from `from` on and before `to` are 1. Not before what was asked for
    /// last.
    fn ones(&mut self, mut from: usize, to: usize) -> Option<usize> {
        let mut ones = 0;
        while from < to {
            self.get(from)?;
            let end = to.min(self.end);
            ones += match self.run {
                Run::Same(0) => 0,
                Run::Same(_) => end - from,
                Run::Packed(bytes) => ones_of(bytes, from - self.start, end - self.start)?,
            };
            from = end;
        }
        Some(ones)
    }
}

/// Some of the numbers that may stand in a [`Hybrid`].
#[derive(Default)]
pub(super) struct Keys {
    bits: Vec<u64>,
    count: usize,
    last: u64,
}

impl Keys {
    pub(super) fn insert(&mut self, key: usize) {
        let (word, bit) = (key / 64, key % 64);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(word) {
            *word |= 1 << bit;
        }
        (self.count, self.last) = (self.count + 1, key as u64);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn has(&self, key: u64) -> bool {
        let word = usize::try_from(key / 64).ok().and_then(|word| self.bits.get(word));
        word.is_some_and(|word| word >> (key % 64) & 1 == 1)
    }
}

/// Bits that sixteen bytes hold whole from any bit of their first byte on.
const WIDE: u32 = 121;

/// Appends the places in `of`, counted from `start` on, of the only number that is wanted: several numbers are compared
/// at once.
fn find_one(
    bytes: &[u8],
    width: u32,
    of: Range<usize>,
    start: usize,
    key: u64,
    found: &mut Vec<usize>,
) -> Option<()> {
    if width == 0 || width > WIDEST {
        return None;
    }
    if key >> width != 0 {
        return Some(());
    }
    let together = WIDE / width;
    let lowest = (0..together).fold(0_u128, |all, place| all | 1 << (place * width));
    let highest = lowest << (width - 1);
    let all = (1_u128 << (together * width)) - 1;
    let wanted = lowest.checked_mul(key.into())?;
    let mut at = of.start;
    while at < of.end {
        let bit = at.checked_mul(width as usize)?;
        let word = u128::from_le_bytes(*bytes.get(bit / 8..)?.first_chunk()?) >> (bit % 8);
        let differs = (word ^ wanted) & all;
        // Taking one from each borrows from the highest bit only of a number that is 0, or stands above one.
        if differs.wrapping_sub(lowest) & !differs & highest != 0 {
            for (place, low) in (0..together).enumerate() {
                let number = differs >> (low * width) & ((1 << width) - 1);
                if number == 0 && at + place < of.end {
                    found.push(start + at + place);
                }
            }
        }
        at += together as usize;
    }
    Some(())
}

/// Ones among the bits from `from` on and before `to`: those of whole bytes from the byte of `from` up to that of `to`,
/// with those before `to` in its byte and without those before `from` in its own.
fn ones_of(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let (first, last) = (from / 8, to / 8);
    let (words, rest) = bytes.get(first..last)?.as_chunks::<8>();
    let words: u32 = words.iter().map(|word| u64::from_le_bytes(*word).count_ones()).sum();
    let rest: u32 = rest.iter().map(|byte| byte.count_ones()).sum();
    let lowest = |byte: usize, bits: usize| {
        bytes.get(byte).map(|byte| (byte & ((1 << bits) - 1)).count_ones())
    };
    let ones = (words + rest + lowest(last, to % 8)?).checked_sub(lowest(first, from % 8)?)?;
    usize::try_from(ones).ok()
}

/// Which rows of a page have a value.
#[derive(Clone)]
pub(super) struct Present<'a> {
    bits: Hybrid<'a>,
    row: usize,
    /// Rows before `row` that have one.
    before: usize,
}

impl<'a> Present<'a> {
    /// `bytes` are followed by `PADDING`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bits: Hybrid::new(bytes, 1), row: 0, before: 0 }
    }

    /// How many rows before this one, which is not before the one asked for last, have a value.
    pub(super) fn before(&mut self, row: usize) -> Option<usize> {
        self.before += self.bits.ones(self.row, row)?;
        self.row = row;
        Some(self.before)
    }

    /// The row whose value has so many before it, which is not before the one asked for last.
    pub(super) fn row_of(&mut self, rank: usize) -> Option<usize> {
        loop {
            self.bits.get(self.row)?;
            let ahead = rank.checked_sub(self.before)?;
            let left = self.bits.end - self.row;
            let (rows, ones) = match self.bits.run {
                Run::Same(0) => (left, 0),
                Run::Same(_) if ahead < left => return Some(self.row + ahead),
                Run::Same(_) => (left, left),
                Run::Packed(bytes) => {
                    let at = self.row - self.bits.start;
                    let word = bytes.get(at / 8..)?.first_chunk::<8>()?;
                    let rows = left.min(WIDEST as usize);
                    let mut word = (u64::from_le_bytes(*word) >> (at % 8)) & ((1 << rows) - 1);
                    let ones = word.count_ones() as usize;
                    if ahead < ones {
                        (0..ahead).for_each(|_| word &= word - 1);
                        return Some(self.row + word.trailing_zeros() as usize);
                    }
                    (rows, ones)
                }
            };
            self.row += rows;
            self.before += ones;
        }
    }

    /// How many rows before this one have a value; `None` within: it has none itself. `None`: it is damaged.
    pub(super) fn rank(&mut self, row: usize) -> Option<Option<usize>> {
        let before = self.before(row)?;
        Some((self.bits.get(row)? != 0).then_some(before))
    }
}
