//! Key → strides, sorted by key.
//!
//! Postings: blocks of up to 64 keys, in bits (`bits`). A block: how many low bits the differences between
//! its keys take (8 bits), its first key (32), then for each key the difference to the one before (Rice;
//! not for the first), one more than how many strides it is in (Elias gamma), and of each stride the
//! difference to the one before, less one (Rice, by [`low_bits_of`]; the first as it is). No strides: the
//! key is in so many that listing them does not pay; look everywhere.
//!
//! Before (`SANCHAX1`): of each key the difference to the one before it in the block (the first: to 0), then
//! how many strides, then each stride's difference to the one before, all as LEB128.
//!
//! Directory: for every block its first key, 8 bytes, and where it begins, 4 bytes, little-endian.

use super::bits::{BitReader, BitWriter};
use crate::leb128;

const BLOCK_KEYS: usize = 64;
/// A key in more than this part of all strides is everywhere.
const COMMON_PART: u64 = 2;
const ENTRY_BYTES: usize = 12;
/// Keys are cut to so many bits: shorter differences, and a false hit only costs a look.
const KEY_BITS: u32 = 30;

fn cut(key: u64) -> u64 {
    key >> (64 - KEY_BITS)
}

/// A key and a stride that holds it, in eight bytes that sort by both: a part has millions of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u64);

impl Entry {
    pub(super) fn new(key: u64, stride: u32) -> Self {
        Self(cut(key) << 32 | u64::from(stride))
    }

    fn key(self) -> u64 {
        self.0 >> 32
    }

    fn stride(self) -> u64 {
        self.0 & u64::from(u32::MAX)
    }
}

/// Directory and postings of entries in any order.
pub(super) fn write(mut entries: Vec<Entry>, strides: u64) -> (Vec<u8>, Vec<u8>) {
    entries.sort_unstable();
    entries.dedup();
    let mut groups = entries.chunk_by(|a, b| a.key() == b.key());
    let (mut directory, mut postings) = (Vec::new(), Vec::new());
    loop {
        let block: Vec<&[Entry]> = groups.by_ref().take(BLOCK_KEYS).collect();
        let Some(first) = block.first().and_then(|group| group.first()) else { break };
        directory.extend(first.key().to_le_bytes());
        let from = u32::try_from(postings.len()).unwrap_or(u32::MAX);
        directory.extend(from.to_le_bytes());
        postings.extend(write_block(&block, first.key(), strides));
    }
    (directory, postings)
}

fn write_block(block: &[&[Entry]], first: u64, strides: u64) -> Vec<u8> {
    let key_of = |group: &[Entry]| group.first().map_or(first, |entry| entry.key());
    let last = block.last().map_or(first, |group| key_of(group));
    let low = rice_bits(last - first, block.len() as u64);
    let mut bits = BitWriter::default();
    bits.put(low.into(), 8);
    bits.put(first, 32);
    let mut before = None;
    for group in block {
        let key = key_of(group);
        if let Some(before) = before.replace(key) {
            bits.rice(key - before, low);
        }
        let count = group.len() as u64;
        if count * COMMON_PART > strides && strides > 1 {
            bits.gamma(1);
            continue;
        }
        bits.gamma(count + 1);
        let low = low_bits_of(strides, count);
        let mut next = 0;
        for entry in *group {
            bits.rice(entry.stride() - next, low);
            next = entry.stride() + 1;
        }
    }
    bits.finish()
}

/// Low bits of the differences between the strides of a key that is in `count` of `strides`.
fn low_bits_of(strides: u64, count: u64) -> u32 {
    rice_bits(strides, count)
}

/// Low bits that suit numbers which add up to `sum`: about ln 2 of their mean.
fn rice_bits(sum: u64, count: u64) -> u32 {
    (sum * 7 / 10 / count.max(1)).checked_ilog2().unwrap_or(0).min(31)
}

/// How postings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// `SANCHAX1`.
    Bytes,
    Bits,
}

/// What the index says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Postings {
    Nowhere,
    In(Vec<u32>),
    Everywhere,
}

/// The part of the postings that can hold `key`: from and to, within them.
pub(crate) fn block(directory: &[u8], key: u64, postings_len: u64) -> Option<(u64, u64)> {
    let key = cut(key);
    let entry = |place: usize| {
        let bytes = directory.get(place * ENTRY_BYTES..place * ENTRY_BYTES + ENTRY_BYTES)?;
        let (first, from) = bytes.split_first_chunk::<8>()?;
        Some((u64::from_le_bytes(*first), u32::from_le_bytes(from.try_into().ok()?)))
    };
    let (mut low, mut high) = (0, directory.len() / ENTRY_BYTES);
    while low < high {
        let middle = low + (high - low) / 2;
        if entry(middle)?.0 <= key { low = middle + 1 } else { high = middle }
    }
    let (_, from) = entry(low.checked_sub(1)?)?;
    let to = entry(low).map_or(postings_len, |(_, to)| u64::from(to));
    Some((u64::from(from), to))
}

/// Reads `key` from the block that [`block`] found, in a part of so many strides. Bytes that make no sense
/// say "everywhere".
pub(crate) fn find(coding: Coding, block: &[u8], key: u64, strides: u64) -> Postings {
    match coding {
        Coding::Bytes => find_in_bytes(block, cut(key)),
        Coding::Bits => find_in_bits(block, cut(key), strides).unwrap_or(Postings::Everywhere),
    }
}

fn find_in_bits(block: &[u8], key: u64, strides: u64) -> Option<Postings> {
    let mut bits = BitReader::new(block);
    let low = u32::try_from(bits.take(8)?).ok().filter(|low| *low < 32)?;
    let mut at = bits.take(32)?;
    for place in 0..BLOCK_KEYS {
        if place > 0 {
            // The last block may hold fewer keys.
            let Some(step) = bits.rice(low) else { break };
            at += step;
            // Of zeros behind the last key.
            if step == 0 {
                break;
            }
        }
        if at > key {
            break;
        }
        let count = bits.gamma()? - 1;
        let is_it = at == key;
        let mut places = Vec::new();
        let (low, mut next) = (low_bits_of(strides, count), 0);
        for _ in 0..count {
            let stride = next + bits.rice(low)?;
            if is_it {
                places.push(u32::try_from(stride).ok()?);
            }
            next = stride + 1;
        }
        if is_it {
            return Some(if count == 0 { Postings::Everywhere } else { Postings::In(places) });
        }
    }
    Some(Postings::Nowhere)
}

fn find_in_bytes(mut block: &[u8], key: u64) -> Postings {
    if block.is_empty() {
        // Every block has a key.
        return Postings::Everywhere;
    }
    let mut at = 0_u64;
    while !block.is_empty() {
        let Some((step, count)) = leb128::take(&mut block).zip(leb128::take(&mut block)) else {
            return Postings::Everywhere;
        };
        at = match at.checked_add(step) {
            Some(next) if next <= key => next,
            Some(_) => return Postings::Nowhere,
            None => return Postings::Everywhere,
        };
        let Some(strides) = strides(&mut block, count) else { return Postings::Everywhere };
        if at == key {
            return if count == 0 { Postings::Everywhere } else { Postings::In(strides) };
        }
    }
    Postings::Nowhere
}

fn strides(block: &mut &[u8], count: u64) -> Option<Vec<u32>> {
    let mut last = 0;
    let mut strides = Vec::new();
    for _ in 0..count {
        last = u32::checked_add(last, u32::try_from(leb128::take(block)?).ok()?)?;
        strides.push(last);
    }
    Some(strides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_where_it_was_put() {
        let spread = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut entries = Vec::new();
        for n in 0..1_000_u64 {
            for stride in 0..(n % 7) {
                entries.push(Entry::new(spread(n), u32::try_from(n + stride * 3).unwrap()));
            }
        }
        entries.extend((0..600).map(|stride| Entry::new(spread(5_000), stride)));
        let (directory, postings) = write(entries, 1_100);
        let look = |key| match block(&directory, key, postings.len() as u64) {
            Some((from, to)) => {
                let block = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
                find(Coding::Bits, &postings[block], key, 1_100)
            }
            None => Postings::Nowhere,
        };
        for n in 0..1_000_u64 {
            let want: Vec<u32> =
                (0..n % 7).map(|stride| u32::try_from(n + stride * 3).unwrap()).collect();
            let want = if want.is_empty() { Postings::Nowhere } else { Postings::In(want) };
            assert_eq!(look(spread(n)), want, "{n}");
        }
        assert_eq!(look(spread(5_000)), Postings::Everywhere);
        assert_eq!(look(spread(77_777)), Postings::Nowhere);
    }

    #[test]
    fn broken_bytes_hide_nothing() {
        assert_eq!(find(Coding::Bytes, &[0x80], 1, 9), Postings::Everywhere);
        assert_eq!(find(Coding::Bytes, &[1, 9, 0], u64::MAX, 9), Postings::Everywhere);
        assert_eq!(find(Coding::Bytes, &[], u64::MAX, 9), Postings::Everywhere);
        let far = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        // The second key is beyond all numbers, and so is the second stride of the first.
        let keys = [&[1, 1, 0][..], &far, &[1, 0]].concat();
        assert_eq!(find(Coding::Bytes, &keys, u64::MAX, 9), Postings::Everywhere);
        let strides = [1, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        assert_eq!(find(Coding::Bytes, &strides, u64::MAX, 9), Postings::Everywhere);
        assert_eq!(find(Coding::Bits, &[7], 1, 9), Postings::Everywhere);
        assert_eq!(find(Coding::Bits, &[99, 0, 0, 0, 0, 0], 1, 9), Postings::Everywhere);
        let endless = [&[7, 0, 0, 0, 0][..], &[0xff; 40]].concat();
        assert_eq!(find(Coding::Bits, &endless, u64::MAX, 9), Postings::Everywhere);
        assert_eq!(block(&[], 1, 0), None);
    }
}
