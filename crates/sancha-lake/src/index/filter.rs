//! A filter for words that are met once, each with its stride: blocks of 64 bytes, of which a word in a
//! stride sets seven bits in one (a blocked Bloom filter, Putze, Sanders and Singler 2007). Empty: there is
//! no such word.

const BLOCK_BYTES: u64 = 64;
const BITS_PER_WORD: u64 = 12;
const BITS_SET: u64 = 7;

/// What stands for a word in a stride.
pub(crate) fn of_stride(key: u64, stride: u32) -> u64 {
    let mixed = (key ^ u64::from(stride)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// The bytes of a filter that holds `keys`.
pub(super) fn write(keys: &mut Vec<u64>) -> Vec<u8> {
    keys.sort_unstable();
    keys.dedup();
    let blocks = (keys.len() as u64 * BITS_PER_WORD).div_ceil(BLOCK_BYTES * 8);
    let mut bytes = vec![0; usize::try_from(blocks * BLOCK_BYTES).unwrap_or(0)];
    for key in keys.iter() {
        let Some(from) = block(*key, bytes.len() as u64) else { continue };
        for bit in bits(*key) {
            let place = usize::try_from(from + bit / 8).unwrap_or(usize::MAX);
            if let Some(byte) = bytes.get_mut(place) {
                *byte |= 1 << (bit % 8);
            }
        }
    }
    bytes
}

/// Where the block of `key` begins in a filter of `len` bytes; `None` when the filter is empty.
fn block(key: u64, len: u64) -> Option<u64> {
    let blocks = len / BLOCK_BYTES;
    let place = (u128::from(key) * u128::from(blocks)) >> 64;
    (blocks > 0).then(|| u64::try_from(place).unwrap_or(0) * BLOCK_BYTES)
}

fn bits(key: u64) -> impl Iterator<Item = u64> {
    let (one, two) = (key & 0xffff_ffff, (key >> 17) | 1);
    (0..BITS_SET).map(move |n| one.wrapping_add(n.wrapping_mul(two)) % (BLOCK_BYTES * 8))
}

/// The block that says whether `key` can be there.
pub(crate) struct Filter;

impl Filter {
    /// From and to within the filter; `None`: the key is not there.
    pub(crate) fn block(key: u64, len: u64) -> Option<(u64, u64)> {
        block(key, len).map(|from| (from, from + BLOCK_BYTES))
    }

    pub(crate) fn holds(block: &[u8], key: u64) -> bool {
        bits(key).all(|bit| {
            let byte = block.get(usize::try_from(bit / 8).unwrap_or(usize::MAX));
            byte.is_none_or(|byte| byte & (1 << (bit % 8)) != 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_found_and_little_else() {
        let spread = |n: u64| (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut keys: Vec<u64> = (0..10_000).map(spread).collect();
        let bytes = write(&mut keys);
        let found = |key| {
            let (from, to) = Filter::block(key, bytes.len() as u64).unwrap();
            Filter::holds(&bytes[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()], key)
        };
        assert!((0..10_000).map(spread).all(found));
        let wrong = (10_000..30_000).map(spread).filter(|key| found(*key)).count();
        assert!(wrong < 300, "{wrong} of 20,000");
        assert_eq!(Filter::block(1, 0), None);
    }
}
