//! Different values, each once.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// Different values, in the order in which they came, found by their hash.
#[derive(Default)]
pub(super) struct Dictionary {
    /// Bytes of every value where all have as many; 0: `ends` says.
    width: usize,
    bytes: Vec<u8>,
    ends: Vec<u32>,
    count: usize,
    /// Upper half: the hash; lower half: one more than the key; 0: free. A power of two of them, at most three
    /// in four in use: what misses the cache costs more than a step further.
    slots: Vec<u64>,
    /// The key found last: many columns hardly change from row to row.
    last: usize,
}

/// Where a value that is not there yet goes.
pub(super) struct Slot {
    hash: u64,
    place: usize,
}

const SEED: FixedState = FixedState::with_seed(0x5a);
const HASH_BITS: u64 = 0xffff_ffff_0000_0000;

impl Dictionary {
    pub(super) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Of all values.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn get(&self, key: usize) -> &[u8] {
        let (start, end) = if self.width > 0 {
            (key * self.width, (key + 1) * self.width)
        } else {
            let start = key.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
            let end = self.ends.get(key).copied().unwrap_or(0);
            (start.unwrap_or(0) as usize, end as usize)
        };
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// The key of a value, or where it goes.
    pub(super) fn find(&mut self, value: &[u8]) -> Result<u32, Slot> {
        if self.count > self.last && are_same(self.get(self.last), value) {
            return Ok(u32::try_from(self.last).unwrap_or(0));
        }
        if 3 * self.slots.len() < 4 * (self.count + 1) {
            self.grow();
        }
        let hash = SEED.hash_one(value) & HASH_BITS;
        let mask = self.slots.len() - 1;
        let mut place = place_of(hash, mask);
        while let Some(slot) = self.slots.get(place).copied().filter(|slot| *slot > 0) {
            if slot & HASH_BITS == hash {
                let key = u32::try_from((slot & !HASH_BITS) - 1).unwrap_or(0);
                if are_same(self.get(key as usize), value) {
                    self.last = key as usize;
                    return Ok(key);
                }
            }
            place = (place + 1) & mask;
        }
        Err(Slot { hash, place })
    }

    pub(super) fn add(&mut self, slot: Slot, value: &[u8]) -> u32 {
        let key = self.push(value);
        if let Some(free) = self.slots.get_mut(slot.place) {
            *free = slot.hash | self.count as u64;
        }
        key
    }

    /// Adds a value that is not looked up.
    pub(super) fn push(&mut self, value: &[u8]) -> u32 {
        self.last = self.count;
        self.bytes.extend_from_slice(value);
        if self.width == 0 {
            // A row group is ended long before this many bytes.
            self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
        self.count += 1;
        u32::try_from(self.last).unwrap_or(0)
    }

    fn grow(&mut self) {
        let mask = (self.slots.len() * 2).max(8) - 1;
        let mut slots = vec![0; mask + 1];
        for slot in self.slots.iter().filter(|slot| **slot > 0) {
            let mut place = place_of(*slot, mask);
            while slots.get(place).is_some_and(|slot| *slot > 0) {
                place = (place + 1) & mask;
            }
            if let Some(free) = slots.get_mut(place) {
                *free = *slot;
            }
        }
        self.slots = slots;
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.width);
    }
}

fn place_of(slot: u64, mask: usize) -> usize {
    usize::try_from(slot >> 32).unwrap_or(0) & mask
}

/// Numbers need no loop over their bytes.
fn are_same(a: &[u8], b: &[u8]) -> bool {
    if let (Ok(a), Ok(b)) = (<[u8; 8]>::try_from(a), <[u8; 8]>::try_from(b)) {
        return u64::from_le_bytes(a) == u64::from_le_bytes(b);
    }
    if let (Ok(a), Ok(b)) = (<[u8; 4]>::try_from(a), <[u8; 4]>::try_from(b)) {
        return u32::from_le_bytes(a) == u32::from_le_bytes(b);
    }
    a == b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_there_once_unless_it_was_only_pushed() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> = (0..10_000).map(|n| format!("{}", n * n % 3_000)).collect();
        for text in &texts {
            if let Err(slot) = dictionary.find(text.as_bytes()) {
                dictionary.add(slot, text.as_bytes());
            }
        }
        let mut different = texts.clone();
        different.sort();
        different.dedup();
        assert_eq!(dictionary.len(), different.len());
        for text in &texts {
            let key = dictionary.find(text.as_bytes()).ok().unwrap();
            assert_eq!(dictionary.get(key as usize), text.as_bytes());
        }
        let first = dictionary.push(b"0");
        assert_eq!((first as usize, dictionary.get(first as usize)), (different.len(), &b"0"[..]));
    }
}
