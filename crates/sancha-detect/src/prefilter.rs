//! Finds, in one pass, which of thousands of strings may stand in a value.
//!
//! From each string the six-byte window that is rarest in ordinary logs is taken and its three
//! 4-grams are set in a 32 KiB bitmap, which stays in the first cache. A value is looked at in every
//! third position only: any six bytes in a row cover three positions in a row, so one of them is hit.
//! A set bit leads to a hash table and a compare of the whole string. Letters are folded.

mod background;

pub(crate) use background::Background;

/// Bytes of a string that the filter needs.
pub(crate) const WINDOW: usize = 6;
/// Shorter strings, down to so many bytes, have a filter of their own that looks at every position.
pub(crate) const SHORT: usize = 3;
const GRAM: usize = 4;
const BITS: u32 = 18;

/// Strings with a number each, ready to be searched for.
#[derive(Debug)]
pub(crate) struct Prefilter {
    bitmap: Bitmap,
    /// Open addressing; `first` points into `entries`, which are sorted by gram.
    table: Box<[Slot]>,
    entries: Box<[Entry]>,
    literals: Box<[Box<[u8]>]>,
    is_short: bool,
}

/// Which grams are worth a look: one bit per hash.
#[derive(Clone, Debug)]
pub(crate) struct Bitmap(Box<[u64]>);

impl Bitmap {
    fn new<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let mut words = vec![0_u64; 1 << (BITS - 6)].into_boxed_slice();
        for entry in entries {
            let bit = hash(entry.gram);
            if let Some(word) = words.get_mut(bit >> 6) {
                *word |= 1 << (bit & 63);
            }
        }
        Self(words)
    }

    #[inline]
    fn has(&self, gram: u32) -> bool {
        let bit = hash(gram);
        self.0.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    gram: u32,
    first: u32,
    /// How many entries share the gram; 0 for an empty slot.
    count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    gram: u32,
    literal: u32,
    /// Bytes of the string before the gram.
    before: u32,
}

impl Prefilter {
    /// `literals` are in ASCII lower case and at least [`SHORT`] bytes, and none is shorter than [`WINDOW`]
    /// unless all are.
    pub(crate) fn new(literals: Vec<Box<[u8]>>, background: &Background) -> Self {
        let mut entries = Vec::new();
        let is_short = literals.iter().any(|literal| literal.len() < WINDOW);
        for (literal, bytes) in (0_u32..).zip(&literals) {
            if is_short {
                let gram = bytes.first_chunk().map(short_gram);
                entries.extend(gram.map(|gram| Entry { gram, literal, before: 0 }));
                continue;
            }
            let Some((window, _)) = background.rarest(bytes) else { continue };
            for before in window..window + WINDOW - GRAM + 1 {
                if let Some(gram) = bytes.get(before..before + GRAM).and_then(gram_of) {
                    entries.push(Entry { gram, literal, before: small(before) });
                }
            }
        }
        entries.sort_unstable();
        let bitmap = Bitmap::new(entries.iter());
        let table = table(&entries);
        Self { bitmap, table, entries: entries.into(), literals: literals.into(), is_short }
    }

    /// Calls `found` with the number of every string that stands in `value`, some more than once, and
    /// where it begins. With `fewer`, only grams of that bitmap are looked at.
    #[inline]
    pub(crate) fn search(
        &self,
        value: &[u8],
        fewer: Option<&Bitmap>,
        mut found: impl FnMut(u32, usize),
    ) {
        let bitmap = fewer.unwrap_or(&self.bitmap);
        if self.is_short {
            for (at, window) in value.windows(SHORT).enumerate() {
                let Some(gram) = window.first_chunk().map(short_gram) else { continue };
                if bitmap.has(gram) {
                    self.verify(value, at, gram, &mut found);
                }
            }
            return;
        }
        for (place, window) in value.windows(GRAM).step_by(3).enumerate() {
            let Some(gram) = gram_of(window) else { continue };
            if bitmap.has(gram) {
                self.verify(value, place * 3, gram, &mut found);
            }
        }
    }

    /// The bitmap without the strings for which `dropped` says so.
    pub(crate) fn without(&self, dropped: impl Fn(u32) -> bool) -> Bitmap {
        Bitmap::new(self.entries.iter().filter(|entry| !dropped(entry.literal)))
    }

    pub(crate) fn len(&self) -> usize {
        self.literals.len()
    }

    pub(crate) fn length_of(&self, literal: u32) -> usize {
        self.literals.get(literal as usize).map_or(0, |literal| literal.len())
    }

    #[inline(never)]
    fn verify(&self, value: &[u8], at: usize, gram: u32, found: &mut impl FnMut(u32, usize)) {
        for entry in self.entries_of(gram) {
            let Some(literal) = self.literals.get(entry.literal as usize) else { continue };
            let Some(start) = at.checked_sub(entry.before as usize) else { continue };
            let part = value.get(start..start + literal.len());
            if part.is_some_and(|part| part.eq_ignore_ascii_case(literal)) {
                found(entry.literal, start);
            }
        }
    }

    fn entries_of(&self, gram: u32) -> &[Entry] {
        let mask = self.table.len() - 1;
        let mut at = hash(gram) & mask;
        while let Some(slot) = self.table.get(at)
            && slot.count > 0
        {
            if slot.gram == gram {
                let first = slot.first as usize;
                return self.entries.get(first..first + slot.count as usize).unwrap_or(&[]);
            }
            at = (at + 1) & mask;
        }
        &[]
    }
}

/// At most half full, so a search always meets an empty slot.
fn table(entries: &[Entry]) -> Box<[Slot]> {
    let size = (entries.len() * 2).next_power_of_two().max(2);
    let mut table = vec![Slot::default(); size].into_boxed_slice();
    let mut first = 0;
    for run in entries.chunk_by(|one, other| one.gram == other.gram) {
        let gram = run.first().map_or(0, |entry| entry.gram);
        let mut at = hash(gram) & (size - 1);
        while table.get(at).is_some_and(|slot| slot.count > 0) {
            at = (at + 1) & (size - 1);
        }
        if let Some(slot) = table.get_mut(at) {
            *slot = Slot { gram, first: small(first), count: small(run.len()) };
        }
        first += run.len();
    }
    table
}

/// Four bytes with the case bit set. That also joins a few signs, which only makes more candidates.
#[inline]
fn gram_of(window: &[u8]) -> Option<u32> {
    let bytes: [u8; GRAM] = window.try_into().ok()?;
    Some(u32::from_le_bytes(bytes) | 0x2020_2020)
}

#[inline]
fn short_gram(bytes: &[u8; SHORT]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) | 0x0020_2020
}

#[inline]
fn hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(literals: &[&str]) -> Prefilter {
        let literals = literals.iter().map(|text| text.as_bytes().into()).collect();
        Prefilter::new(literals, Background::ordinary())
    }

    fn found(filter: &Prefilter, value: &[u8]) -> Vec<u32> {
        let mut all = Vec::new();
        filter.search(value, None, |literal, _| all.push(literal));
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn a_string_is_found_wherever_it_stands() {
        let filter = filter(&["/.git/config", "union select", "abcdef"]);
        for before in 0..9 {
            let value = format!("{}/.GIT/Config{}", "x".repeat(before), "y".repeat(before % 4));
            assert_eq!(found(&filter, value.as_bytes()), [0], "{value}");
        }
        assert_eq!(found(&filter, b"abcdef"), [2]);
        assert!(found(&filter, b"abcde").is_empty());
        assert!(found(&filter, b"").is_empty());
    }

    proptest! {
        /// The fast path against the naive one.
        #[test]
        fn finds_what_a_plain_search_finds(
            literals in prop::collection::vec("[ab]{6,9}", 0..20),
            value in "[abAB]{0,60}",
        ) {
            let texts: Vec<&str> = literals.iter().map(String::as_str).collect();
            let lower = value.to_ascii_lowercase();
            let naive: Vec<u32> = (0_u32..)
                .zip(&texts)
                .filter(|(_, text)| lower.contains(*text))
                .map(|(at, _)| at)
                .collect();
            prop_assert_eq!(found(&filter(&texts), value.as_bytes()), naive);
        }
    }
}
