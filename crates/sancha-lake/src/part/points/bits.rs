//! Numbers as Parquet packs them, asked for by their place.

use std::ops::Range;

/// Bytes that follow whatever numbers are taken from, so that so many can always be read at once.
pub(super) const PADDING: usize = 16;

/// Number `at` of numbers of `width` bits each, lowest bits first. `bytes` are followed by [`PADDING`]. `None`: it lies
/// behind them, or no number is so wide.
pub(super) fn packed(bytes: &[u8], width: u32, at: usize) -> Option<u64> {
    let bit = at.checked_mul(width as usize)?;
    let bytes = bytes.get(bit / 8..)?;
    if width <= WIDEST {
        let word = u64::from_le_bytes(*bytes.first_chunk()?) >> (bit % 8);
        return Some(word & ((1 << width) - 1));
    }
    let words = u128::from_le_bytes(*bytes.first_chunk()?) >> (bit % 8);
    let low = u64::try_from(words & u128::from(u64::MAX)).ok()?;
    (width <= 64).then(|| low & (u64::MAX >> (64 - width)))
}

/// Bits of a number that eight bytes hold whole from any bit of their first byte on.
pub(super) const WIDEST: u32 = 57;

/// The numbers at the places in `of`, added up. Nearly all of a page is only gone past, so four are added at once.
pub(super) fn sum(bytes: &[u8], width: u32, mut of: Range<usize>) -> Option<u64> {
    let mut sum = 0_u64;
    if (4..=WIDEST / 4).contains(&width) {
        // Every other number with as many bits again above it: room for the sum of sixteen.
        let every_other = ((1_u64 << width) - 1) * (1 | 1 << (2 * width));
        while of.len() >= 4 {
            let mut sums = 0;
            for _ in 0..8.min(of.len() / 4) {
                let bit = of.start.checked_mul(width as usize)?;
                let word = u64::from_le_bytes(*bytes.get(bit / 8..)?.first_chunk::<8>()?);
                let word = word >> (bit % 8);
                sums += (word & every_other) + (word >> width & every_other);
                of.start += 4;
            }
            sum = sum.wrapping_add((sums & ((1 << (2 * width)) - 1)) + (sums >> (2 * width)));
        }
    }
    if width > 0 {
        for at in of {
            sum = sum.wrapping_add(packed(bytes, width, at)?);
        }
    }
    Some(sum)
}
