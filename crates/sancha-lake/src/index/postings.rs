//! Key → strides, sorted by key.
//!
//! Postings: blocks of up to 64 keys. A key is the difference to the one before it in the block
//! (the first: to 0), then how many strides, then each stride's difference to the one before. Zero strides:
//! the key is in so many that listing them does not pay; look everywhere. All numbers are LEB128.
//!
//! Directory: for every block its first key, 8 bytes, and where it begins, 4 bytes, little-endian.

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

/// Directory and postings of (key, stride) pairs in any order, each pair once.
pub(super) fn write(mut entries: Vec<(u64, u32)>, strides: u64) -> (Vec<u8>, Vec<u8>) {
    entries.iter_mut().for_each(|entry| entry.0 = cut(entry.0));
    entries.sort_unstable();
    entries.dedup();
    let (mut directory, mut postings) = (Vec::new(), Vec::new());
    let mut before = 0;
    for (place, group) in entries.chunk_by(|a, b| a.0 == b.0).enumerate() {
        let Some((key, _)) = group.first().copied() else { continue };
        if place.is_multiple_of(BLOCK_KEYS) {
            directory.extend(key.to_le_bytes());
            let from = u32::try_from(postings.len()).unwrap_or(u32::MAX);
            directory.extend(from.to_le_bytes());
            before = 0;
        }
        leb128::put(key - before, &mut postings);
        before = key;
        if group.len() as u64 * COMMON_PART > strides && strides > 1 {
            leb128::put(0, &mut postings);
            continue;
        }
        leb128::put(group.len() as u64, &mut postings);
        let mut last = 0;
        for (_, stride) in group {
            leb128::put(u64::from(stride - last), &mut postings);
            last = *stride;
        }
    }
    (directory, postings)
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

/// Reads `key` from the block that [`block`] found. Bytes that make no sense say "everywhere".
pub(crate) fn find(mut block: &[u8], key: u64) -> Postings {
    let key = cut(key);
    let mut at = 0;
    while !block.is_empty() {
        let Some((step, count)) = leb128::take(&mut block).zip(leb128::take(&mut block)) else {
            return Postings::Everywhere;
        };
        at += step;
        if at > key {
            return Postings::Nowhere;
        }
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
        last += u32::try_from(leb128::take(block)?).ok()?;
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
                entries.push((spread(n), u32::try_from(n + stride * 3).unwrap()));
            }
        }
        entries.extend((0..600).map(|stride| (spread(5_000), stride)));
        let (directory, postings) = write(entries, 1_100);
        let look = |key| match block(&directory, key, postings.len() as u64) {
            Some((from, to)) => {
                find(&postings[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()], key)
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
        assert_eq!(find(&[0x80], 1), Postings::Everywhere);
        assert_eq!(find(&[1, 9, 0], u64::MAX), Postings::Everywhere);
        assert_eq!(block(&[], 1, 0), None);
    }
}
