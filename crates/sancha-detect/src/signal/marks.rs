//! Fixed hashes: the same in every run and on every machine.

/// FNV-1a, 64 bits: a stable hash for ids. Not for tables that an attacker can fill.
pub(crate) const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut rest = bytes;
    while let [byte, behind @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = behind;
    }
    hash
}

/// A fixed 64-bit hash that takes sixteen bytes at a time by a folded multiplication (as wyhash does):
/// the same in every run and on every machine. Not for tables that an attacker can fill.
pub(crate) fn mark(bytes: &[u8]) -> u64 {
    const FIRST: u64 = 0xa076_1d64_78bd_642f;
    const LAST: u64 = 0xe703_7ed1_a0b4_28db;
    let word = |word: &[u8; 8]| u64::from_le_bytes(*word);
    let mut hash = 0x9e37_79b9_7f4a_7c15 ^ bytes.len() as u64;
    let (pairs, rest) = bytes.as_chunks::<16>();
    for pair in pairs {
        let ([low, high], _) = pair.as_chunks::<8>() else { continue };
        hash = fold(hash ^ word(low), FIRST ^ word(high));
    }
    // Of 8 to 15 bytes, the two words overlap.
    let (low, high) = match (rest.first_chunk(), rest.last_chunk()) {
        (Some(low), Some(high)) => (word(low), word(high)),
        _ => (rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte)), 0),
    };
    fold(fold(hash ^ low, FIRST ^ high), LAST)
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

/// The 32 bits of a mark that tell texts apart in one run.
pub(crate) fn short_mark(bytes: &[u8]) -> u32 {
    short(mark(bytes))
}

pub(crate) fn short(mark: u64) -> u32 {
    u32::try_from(mark >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn marks_tell_lengths_and_places_apart() {
        let texts: [&[u8]; 6] = [b"", b"\0", b"/a", b"/a\0", b"/path/of/8", b"/path/of/9"];
        let marks: BTreeSet<u64> = texts.iter().map(|text| mark(text)).collect();
        assert_eq!(marks.len(), texts.len());
    }
}
