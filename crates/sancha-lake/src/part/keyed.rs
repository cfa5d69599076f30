//! A column on its way into a row group: every different value once, and for each row which one it has.
//!
//! A row group's dictionary is written when all of its values are known, so it can be put in an order that
//! packs well. Until then a value of a row takes a byte or two.

use std::sync::Arc;

use datafusion::arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryBuilder, Int32Builder, Int64Builder, StringBuilder,
        UInt32Builder,
    },
    datatypes::{Int32Type, Int64Type, UInt32Type},
};

use super::dictionary::Dictionary;

/// Of the length before a text.
const LENGTH_BYTES: usize = 4;

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

impl Kind {
    /// Whether each value in a dictionary stands behind its length.
    pub(super) fn has_lengths(self) -> bool {
        matches!(self, Self::Text | Self::Bytes)
    }
}

pub(super) struct Keyed {
    pub(super) kind: Kind,
    values: Dictionary,
    /// Each value has a key of its own: most were different in the row group before.
    is_unkeyed: bool,
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
        Self { kind, values, is_unkeyed: false, filled: 0, pages: Vec::new(), open: Vec::new() }
    }

    /// One page of numbers.
    #[cfg(test)]
    pub(super) fn of_numbers(values: impl Iterator<Item = i64>) -> Self {
        let mut column = Self::new(Kind::Int);
        let mut rows = 0;
        for value in values {
            column.put(rows, &value.to_le_bytes());
            rows += 1;
        }
        column.end_page(rows);
        column
    }

    fn key(&mut self, value: &[u8]) -> u32 {
        let kind = self.kind;
        let is_valid = || kind != Kind::Text || std::str::from_utf8(value).is_ok();
        if self.is_unkeyed && is_valid() {
            return self.values.push(value);
        }
        match self.values.find(value) {
            Ok(key) => key,
            Err(slot) if is_valid() => self.values.add(slot, value),
            Err(_) => {
                let text = String::from_utf8_lossy(value);
                let found = self.values.find(text.as_bytes());
                found.unwrap_or_else(|slot| self.values.add(slot, text.as_bytes()))
            }
        }
    }

    /// The value of row `row` of the page at hand; rows left out have none.
    pub(super) fn put(&mut self, row: usize, value: &[u8]) {
        let key = self.key(value);
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
        self.values.bytes()
    }

    /// Bytes of all different values as they stand in a page.
    pub(super) fn plain_bytes(&self) -> usize {
        let lengths = if self.kind.has_lengths() { LENGTH_BYTES * self.different() } else { 0 };
        self.dictionary_bytes() + lengths
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

    /// Three pages, as [`Self::each_page`] gives them.
    pub(super) fn sample(&self) -> impl Iterator<Item = Vec<u32>> {
        let at = |quarter| self.pages.get(self.pages.len() * quarter / 4);
        [1, 2, 3].into_iter().filter_map(at).map(|page| {
            let mut keys = Vec::new();
            page.read(&mut keys);
            keys
        })
    }

    /// The least and the greatest number.
    pub(super) fn bounds(&self) -> Option<(i64, i64)> {
        let numbers = (0..self.values.len()).map(|key| self.number(key));
        numbers.clone().min().zip(numbers.max())
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

    pub(super) fn is_unkeyed(&self) -> bool {
        self.is_unkeyed
    }

    /// Forgets all rows and values. `is_unkeyed`: the next ones need not be looked up.
    pub(super) fn clear(&mut self, is_unkeyed: bool) {
        self.is_unkeyed = is_unkeyed;
        self.values.clear();
        self.filled = 0;
        self.pages.clear();
        self.open.clear();
    }
}
