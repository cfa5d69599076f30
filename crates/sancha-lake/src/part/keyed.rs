//! A column on its way into a row group: every different value once, and for each row which one it has.
//!
//! A row group's dictionary is written when all of its values are known, so it can be put in an order that
//! packs well. Until then a value of a row takes a byte or two.

use std::{hash::BuildHasher, sync::Arc};

use datafusion::arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryBuilder, Int32Builder, Int64Builder, StringBuilder,
        UInt32Builder,
    },
    datatypes::{Int32Type, Int64Type, UInt32Type},
};
use foldhash::fast::FixedState;

/// What values are, as their bytes stand in the dictionary: numbers in little-endian order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bytes,
    Int,
    /// A number of 32 bits without a sign.
    Four,
    /// A number of 32 bits with one.
    Small,
}

pub(super) struct Keyed {
    pub(super) kind: Kind,
    values: Dictionary,
    filled: usize,
    pages: Vec<Page>,
    /// Of the page at hand, as in [`Page`].
    open: Vec<u32>,
}

/// One more than the key of each row's value, 0 for none.
enum Page {
    Nulls(usize),
    Bytes(Box<[u8]>),
    Shorts(Box<[u16]>),
    Words(Box<[u32]>),
}

impl Page {
    fn new(keys: &[u32]) -> Self {
        let greatest = keys.iter().max().copied().unwrap_or(0);
        if greatest == 0 {
            Self::Nulls(keys.len())
        } else if let Ok(bytes) = keys.iter().map(|key| u8::try_from(*key)).collect() {
            Self::Bytes(bytes)
        } else if let Ok(shorts) = keys.iter().map(|key| u16::try_from(*key)).collect() {
            Self::Shorts(shorts)
        } else {
            Self::Words(keys.into())
        }
    }

    fn read(&self, keys: &mut Vec<u32>) {
        keys.clear();
        match self {
            Self::Nulls(rows) => keys.resize(*rows, 0),
            Self::Bytes(bytes) => keys.extend(bytes.iter().map(|key| u32::from(*key))),
            Self::Shorts(shorts) => keys.extend(shorts.iter().map(|key| u32::from(*key))),
            Self::Words(words) => keys.extend(words.iter()),
        }
    }
}

impl Keyed {
    pub(super) fn new(kind: Kind) -> Self {
        let values = Dictionary::new(match kind {
            Kind::Text | Kind::Bytes => 0,
            Kind::Int => 8,
            Kind::Four | Kind::Small => 4,
        });
        Self { kind, values, filled: 0, pages: Vec::new(), open: Vec::new() }
    }

    /// The value of row `row` of the page at hand; rows left out have none.
    pub(super) fn put(&mut self, row: usize, value: &[u8]) {
        let key = match self.values.find(value) {
            Ok(key) => key,
            Err(slot) if self.kind != Kind::Text || std::str::from_utf8(value).is_ok() => {
                self.values.add(slot, value)
            }
            Err(_) => {
                let text = String::from_utf8_lossy(value);
                let found = self.values.find(text.as_bytes());
                found.unwrap_or_else(|slot| self.values.add(slot, text.as_bytes()))
            }
        };
        if row > self.open.len() {
            self.open.resize(row, 0);
        }
        self.open.push(key + 1);
        self.filled += 1;
    }

    /// The values of an array of the column's type, from row `row` of the page at hand on.
    pub(super) fn put_array(&mut self, row: usize, array: &dyn Array) {
        macro_rules! numbers {
            ($kind:ty) => {
                array.as_primitive_opt::<$kind>().into_iter().flatten().enumerate().for_each(
                    |(at, value)| {
                        value.into_iter().for_each(|value| self.put(row + at, &value.to_le_bytes()))
                    },
                )
            };
        }
        if array.null_count() == array.len() {
            return;
        }
        match self.kind {
            Kind::Text => {
                for (at, value) in array.as_string_opt::<i32>().into_iter().flatten().enumerate() {
                    value.into_iter().for_each(|value| self.put(row + at, value.as_bytes()));
                }
            }
            Kind::Bytes => {
                for (at, value) in array.as_binary_opt::<i32>().into_iter().flatten().enumerate() {
                    value.into_iter().for_each(|value| self.put(row + at, value));
                }
            }
            Kind::Int => numbers!(Int64Type),
            Kind::Four => numbers!(UInt32Type),
            Kind::Small => numbers!(Int32Type),
        }
    }

    /// Ends the page at hand after so many rows.
    pub(super) fn end_page(&mut self, rows: usize) {
        if self.open.is_empty() {
            self.pages.push(Page::Nulls(rows));
            return;
        }
        self.open.resize(rows, 0);
        self.pages.push(Page::new(&self.open));
        self.open.clear();
    }

    /// Bytes of all different values.
    pub(super) fn dictionary_bytes(&self) -> usize {
        self.values.bytes.len()
    }

    pub(super) fn different(&self) -> usize {
        self.values.len()
    }

    /// Rows that have a value.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    pub(super) fn value(&self, key: usize) -> &[u8] {
        self.values.get(key)
    }

    /// How many rows have each value, by key.
    pub(super) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.values.len()];
        self.each_page(|keys| {
            for key in keys {
                let count = key.checked_sub(1).and_then(|key| counts.get_mut(key as usize));
                count.into_iter().for_each(|count| *count += 1);
            }
        });
        counts
    }

    /// Calls `each` with every page: one more than each row's key, 0 for no value.
    pub(super) fn each_page(&self, mut each: impl FnMut(&[u32])) {
        let mut keys = Vec::new();
        for page in &self.pages {
            page.read(&mut keys);
            each(&keys);
        }
    }

    /// The least and the greatest number.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        let numbers = (0..self.values.len()).map(|key| self.number(key));
        numbers.clone().min().zip(numbers.max())
    }

    /// Keys in the order that packs well: those met about as often as each other (within a factor of two)
    /// together, so that small numbers stand for what is common, and among them by value, so that neighbours
    /// begin alike.
    pub(super) fn order(&self, counts: &[u32]) -> Vec<u32> {
        let mut keys: Vec<(u32, u32)> = (0..)
            .zip(counts.iter().map(|c| c.leading_zeros()))
            .map(|(key, zeros)| (zeros, key))
            .collect();
        let value = |key: u32| self.value(key as usize);
        match self.kind {
            Kind::Text | Kind::Bytes => {
                keys.sort_unstable_by(|a, b| {
                    a.0.cmp(&b.0).then_with(|| value(a.1).cmp(value(b.1)))
                });
            }
            Kind::Int | Kind::Four | Kind::Small => {
                keys.sort_by_cached_key(|(zeros, key)| (*zeros, self.number(*key as usize)));
            }
        }
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// The number that a value is.
    pub(super) fn number(&self, key: usize) -> i64 {
        let value = self.value(key);
        match self.kind {
            Kind::Int => value.try_into().map_or(0, i64::from_le_bytes),
            Kind::Four => value.try_into().map_or(0, |value| u32::from_le_bytes(value).into()),
            Kind::Small => value.try_into().map_or(0, |value| i32::from_le_bytes(value).into()),
            Kind::Text | Kind::Bytes => 0,
        }
    }

    /// A page as an array.
    pub(super) fn array(&self, keys: &[u32]) -> ArrayRef {
        let keys = keys.iter().map(|key| key.checked_sub(1).map(|key| key as usize));
        macro_rules! numbers {
            ($builder:ty, $number:ty) => {{
                let mut array = <$builder>::with_capacity(keys.len());
                keys.for_each(|key| {
                    let value = key.map(|key| self.number(key));
                    array.append_option(value.and_then(|value| <$number>::try_from(value).ok()));
                });
                Arc::new(array.finish())
            }};
        }
        match self.kind {
            Kind::Text => {
                let mut array = StringBuilder::new();
                let text = |key| std::str::from_utf8(self.value(key)).ok();
                keys.for_each(|key| array.append_option(key.and_then(text)));
                Arc::new(array.finish())
            }
            Kind::Bytes => {
                let mut array = BinaryBuilder::new();
                keys.for_each(|key| array.append_option(key.map(|key| self.value(key))));
                Arc::new(array.finish())
            }
            Kind::Int => numbers!(Int64Builder, i64),
            Kind::Four => numbers!(UInt32Builder, u32),
            Kind::Small => numbers!(Int32Builder, i32),
        }
    }

    /// Forgets all rows and values.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.filled = 0;
        self.pages.clear();
        self.open.clear();
    }
}

/// Different values, in the order in which they came, found by their hash.
#[derive(Default)]
struct Dictionary {
    /// Bytes of every value where all have as many; 0: `ends` says.
    width: usize,
    bytes: Vec<u8>,
    ends: Vec<u32>,
    count: usize,
    /// Upper half: the hash; lower half: one more than the key; 0: free. A power of two of them, at most half
    /// in use.
    slots: Vec<u64>,
    /// The key found last: many columns hardly change from row to row.
    last: usize,
}

/// Where a value that is not there yet goes.
struct Slot {
    hash: u64,
    place: usize,
}

const SEED: FixedState = FixedState::with_seed(0x5a);
const HASH_BITS: u64 = 0xffff_ffff_0000_0000;

impl Dictionary {
    fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, key: usize) -> &[u8] {
        let (start, end) = if self.width > 0 {
            (key * self.width, (key + 1) * self.width)
        } else {
            let start = key.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
            let end = self.ends.get(key).copied().unwrap_or(0);
            (start.unwrap_or(0) as usize, end as usize)
        };
        self.bytes.get(start..end).unwrap_or(&[])
    }

    fn find(&mut self, value: &[u8]) -> Result<u32, Slot> {
        if self.count > self.last && self.get(self.last) == value {
            return Ok(u32::try_from(self.last).unwrap_or(0));
        }
        if self.slots.len() < 2 * (self.count + 1) {
            self.grow();
        }
        let hash = SEED.hash_one(value) & HASH_BITS;
        let mask = self.slots.len() - 1;
        let mut place = place_of(hash, mask);
        while let Some(slot) = self.slots.get(place).copied().filter(|slot| *slot > 0) {
            if slot & HASH_BITS == hash {
                let key = u32::try_from((slot & !HASH_BITS) - 1).unwrap_or(0);
                if self.get(key as usize) == value {
                    self.last = key as usize;
                    return Ok(key);
                }
            }
            place = (place + 1) & mask;
        }
        Err(Slot { hash, place })
    }

    fn add(&mut self, slot: Slot, value: &[u8]) -> u32 {
        self.last = self.count;
        self.bytes.extend_from_slice(value);
        if self.width == 0 {
            // A row group is ended long before this many bytes.
            self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
        self.count += 1;
        if let Some(free) = self.slots.get_mut(slot.place) {
            *free = slot.hash | self.count as u64;
        }
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

    fn clear(&mut self) {
        *self = Self::new(self.width);
    }
}

fn place_of(slot: u64, mask: usize) -> usize {
    usize::try_from(slot >> 32).unwrap_or(0) & mask
}
