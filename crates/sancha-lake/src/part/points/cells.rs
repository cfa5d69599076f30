//! What rows have in a column, and how it becomes an array.

use std::sync::Arc;

use datafusion::arrow::{
    array::{
        ArrayRef, BinaryViewBuilder, DictionaryArray, Int32Array, Int64Array, StringArray,
        StringViewBuilder, TimestampMillisecondArray, UInt32Array,
    },
    datatypes::{DataType, TimeUnit},
};

use super::{dictionary::Dictionary, page::Values};

/// Values of one column, row by row.
pub(super) struct Cells {
    /// Bytes of a number; `None` for texts.
    width: Option<usize>,
    found: Vec<Found>,
    /// Texts that stand in no dictionary, and those of the dictionary that are used.
    texts: Vec<u8>,
    /// Values of the dictionary that are used.
    values: Vec<Found>,
}

#[derive(Clone, Copy)]
enum Found {
    Nothing,
    /// A place in the dictionary; of values that are used, once these are known.
    Key(usize),
    /// The bits of a number.
    Number(i64),
    /// From and to, in `texts`.
    Text(usize, usize),
}

impl Cells {
    pub(super) fn new(kind: &DataType) -> Self {
        Self { width: width_of(kind), found: Vec::new(), texts: Vec::new(), values: Vec::new() }
    }

    /// A row that has none.
    pub(super) fn push_nothing(&mut self) -> Option<()> {
        self.found.push(Found::Nothing);
        Some(())
    }

    /// The value at place `at` of a page. `None`: the page is damaged.
    pub(super) fn push(&mut self, values: &mut Values<'_>, at: usize) -> Option<()> {
        let found = match (values, self.width) {
            (Values::Keys(keys), _) => Found::Key(usize::try_from(keys.get(at)?).ok()?),
            (Values::Deltas(deltas), Some(_)) => Found::Number(deltas.get(at)?),
            (Values::Split(bytes), Some(width)) => {
                let count = bytes.len() / width;
                let bytes = (0..width).rev().map(|place| bytes.get(place * count + at));
                let number = bytes
                    .filter(|_| at < count)
                    .try_fold(0, |all: i64, byte| Some(all << 8 | i64::from(*byte?)));
                Found::Number(number?)
            }
            (Values::Plain(plain), Some(width)) => number_at(plain.bytes(), width, at)?,
            (Values::Plain(plain), None) => self.text(plain.text(at)?),
            (Values::Deltas(_) | Values::Split(_), None) => return None,
        };
        self.found.push(found);
        Some(())
    }

    fn text(&mut self, text: &[u8]) -> Found {
        let start = self.texts.len();
        self.texts.extend_from_slice(text);
        Found::Text(start, self.texts.len())
    }

    /// The places in the dictionary that are used, in order.
    pub(super) fn keys(&self) -> Vec<usize> {
        let key = |found: &Found| match found {
            Found::Key(key) => Some(*key),
            _ => None,
        };
        let mut keys: Vec<usize> = self.found.iter().filter_map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Takes the values at the places `used`, which are in order, out of a dictionary. `None`: it is damaged.
    pub(super) fn take_values(
        &mut self,
        used: &[usize],
        dictionary: &mut Dictionary<'_>,
    ) -> Option<()> {
        if used.last().is_some_and(|last| *last >= dictionary.len()) {
            return None;
        }
        let mut rest = used;
        while let Some(first) = rest.first() {
            let (places, values) = dictionary.frame(dictionary.frame_of(*first), self.width)?;
            let (keys, behind) = rest.split_at(rest.partition_point(|key| *key < places.end));
            let mut texts = Texts::new(values);
            for key in keys {
                let at = key - places.start;
                let value = match self.width {
                    Some(width) => number_at(values, width, at)?,
                    None => self.text(texts.text(at)?),
                };
                self.values.push(value);
            }
            rest = behind;
        }
        for found in &mut self.found {
            if let Found::Key(key) = found {
                *key = used.binary_search(key).ok()?;
            }
        }
        Some(())
    }

    /// The values of a dictionary of numbers that follow each other.
    pub(super) fn count_from(&mut self, least: i64) {
        for found in &mut self.found {
            if let Found::Key(key) = found {
                let number = i64::try_from(*key).unwrap_or(0).wrapping_add(least);
                *found = Found::Number(number);
            }
        }
    }

    /// `None`: the values are not of this kind.
    pub(super) fn array(&self, kind: &DataType) -> Option<ArrayRef> {
        Some(match kind {
            DataType::Int64 => Arc::new(self.numbers().collect::<Int64Array>()),
            DataType::Timestamp(TimeUnit::Millisecond, zone) => {
                let times = self.numbers().collect::<TimestampMillisecondArray>();
                Arc::new(times.with_timezone_opt(zone.clone()))
            }
            DataType::Int32 => {
                let low = |number: i64| i32::from_le_bytes(low_half(number));
                Arc::new(self.numbers().map(|number| number.map(low)).collect::<Int32Array>())
            }
            DataType::UInt32 => {
                let low = |number: i64| u32::from_le_bytes(low_half(number));
                Arc::new(self.numbers().map(|number| number.map(low)).collect::<UInt32Array>())
            }
            DataType::Dictionary(..) => self.keyed()?,
            DataType::Utf8View => {
                let mut texts = StringViewBuilder::with_capacity(self.found.len());
                for found in &self.found {
                    let text = self.bytes(*found).map(std::str::from_utf8);
                    texts.append_option(text.transpose().ok()?);
                }
                Arc::new(texts.finish())
            }
            DataType::BinaryView => {
                let mut bytes = BinaryViewBuilder::with_capacity(self.found.len());
                self.found.iter().for_each(|found| bytes.append_option(self.bytes(*found)));
                Arc::new(bytes.finish())
            }
            _ => return None,
        })
    }

    fn value(&self, found: Found) -> Option<Found> {
        match found {
            Found::Key(key) => self.values.get(key).copied(),
            found => Some(found),
        }
    }

    fn numbers(&self) -> impl Iterator<Item = Option<i64>> {
        self.found.iter().map(|found| match self.value(*found) {
            Some(Found::Number(number)) => Some(number),
            _ => None,
        })
    }

    fn bytes(&self, found: Found) -> Option<&[u8]> {
        match self.value(found)? {
            Found::Text(start, end) => self.texts.get(start..end),
            _ => None,
        }
    }

    /// Texts by their place among those that are used. `None`: one stands in no dictionary, or is no text.
    fn keyed(&self) -> Option<ArrayRef> {
        let text = |value: &Found| std::str::from_utf8(self.bytes(*value)?).ok();
        let values: Option<Vec<&str>> = self.values.iter().map(text).collect();
        let key = |found: &Found| match found {
            Found::Nothing => Some(None),
            Found::Key(key) => Some(Some(i32::try_from(*key).ok()?)),
            Found::Number(_) | Found::Text(..) => None,
        };
        let keys: Option<Vec<Option<i32>>> = self.found.iter().map(key).collect();
        let values = Arc::new(StringArray::from_iter_values(values?));
        let array = DictionaryArray::try_new(Int32Array::from(keys?), values).ok()?;
        Some(Arc::new(array))
    }
}

/// Bytes of a number; `None` for texts.
pub(super) fn width_of(kind: &DataType) -> Option<usize> {
    match kind {
        DataType::Int64 | DataType::Timestamp(..) => Some(8),
        DataType::Int32 | DataType::UInt32 => Some(4),
        _ => None,
    }
}

/// Number `at` of those that stand one after the other, of `width` bytes each.
fn number_at(bytes: &[u8], width: usize, at: usize) -> Option<Found> {
    let start = at.checked_mul(width)?;
    let bytes = bytes.get(start..start.checked_add(width)?)?;
    Some(Found::Number(number(bytes)))
}

/// The bits of a number of four or eight bytes.
pub(super) fn number(bytes: &[u8]) -> i64 {
    match (bytes.as_array(), bytes.as_array()) {
        (Some(eight), _) => i64::from_le_bytes(*eight),
        (_, Some(four)) => u32::from_le_bytes(*four).into(),
        _ => 0,
    }
}

fn low_half(number: i64) -> [u8; 4] {
    let [a, b, c, d, ..] = number.to_le_bytes();
    [a, b, c, d]
}

/// Texts that stand one after the other, each behind its length, asked for in order.
pub(super) struct Texts<'a> {
    bytes: &'a [u8],
    /// Where text `next` stands.
    from: usize,
    next: usize,
}

impl<'a> Texts<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, from: 0, next: 0 }
    }

    /// All of them.
    fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Text `at`, which is not before the one asked for last.
    pub(super) fn text(&mut self, at: usize) -> Option<&'a [u8]> {
        loop {
            let (len, rest) = self.bytes.get(self.from..)?.split_first_chunk::<4>()?;
            let len = u32::from_le_bytes(*len) as usize;
            if self.next == at {
                return rest.get(..len);
            }
            self.from += len + 4;
            self.next += 1;
        }
    }

    /// Whether these are so many texts, and nothing follows them.
    pub(super) fn are(mut self, count: usize) -> bool {
        let Some(last) = count.checked_sub(1) else { return self.bytes.is_empty() };
        let text = self.text(last);
        text.map(|text| self.from + 4 + text.len()) == Some(self.bytes.len())
    }
}
