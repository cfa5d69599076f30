//! Finds, in one pass, which of thousands of strings may stand in a value.
//!
//! From each string the six-byte window that is rarest in ordinary logs is taken and its three
//! 4-grams are set in a bitmap that stays in the first caches. A value is looked at in every third
//! position only: any six bytes in a row cover three positions in a row, so one of them is hit. Behind
//! a set bit a second bitmap and a hash table tell of whole windows, and the strings of these are
//! compared. Letters are folded. Shorter strings are looked for likewise in every second position, by
//! grams that are a byte shorter than their windows.
//!
//! Strings may belong to groups, those of one field: a value is searched for the strings of its own group,
//! and what stands in the tables for others does not hold it up.

mod background;

use std::ops::Range;

pub(crate) use background::Background;

/// Bytes of a string that the filter needs.
pub(crate) const WINDOW: usize = 6;
/// Shorter strings, down to so many bytes, have filters of their own.
pub(crate) const SHORT: usize = 3;
/// Strings of one filter are of one of so many classes of length.
pub(crate) const CLASSES: usize = 3;
/// By class: bytes of a window, and of its grams.
const WINDOWS: [usize; CLASSES] = [WINDOW, 4, SHORT];
const GRAMS: [usize; CLASSES] = [4, 3, 2];
/// Bytes around a gram: the windows that it may be of begin two bytes before it at most.
const NEAR: usize = 8;
const BACK: usize = 2;
/// At most one bit in so many is set, so that a bit is seldom set for another gram.
const SPARSE: usize = 32;
/// 2 KiB to 256 KiB of the caches.
const BITS: Range<u32> = 14..22;
const WORDS: usize = 1 << (BITS.end - 1 - 6);

/// Which filter a string of this length belongs to: any six bytes, any four, or three.
pub(crate) fn class_of(len: usize) -> usize {
    match len {
        WINDOW.. => 0,
        4.. => 1,
        _ => 2,
    }
}

/// Strings with a number each, ready to be searched for.
#[derive(Debug)]
pub(crate) struct Prefilter {
    grams: Bitmap,
    windows: Bitmap,
    /// Open addressing; `first` points into `entries`, which are sorted by window.
    table: Box<[Slot]>,
    entries: Box<[Entry]>,
    literals: Box<[Box<[u8]>]>,
    class: usize,
}

/// What is worth a look: one bit per hash. Always of the same length, so that no place is outside of
/// it; how much of it is used depends on how much there is to tell.
#[derive(Debug)]
struct Bitmap {
    words: Box<[u64; WORDS]>,
    shift: u32,
}

impl Bitmap {
    fn new(hashes: impl ExactSizeIterator<Item = u32>) -> Self {
        let wanted = (hashes.len() * SPARSE).next_power_of_two().ilog2();
        let shift = 32 - wanted.clamp(BITS.start, BITS.end - 1);
        let words = vec![0_u64; WORDS].into_boxed_slice();
        let mut map =
            Self { words: words.try_into().unwrap_or_else(|_| Box::new([0; WORDS])), shift };
        for hash in hashes {
            let bit = (hash >> shift) as usize;
            map.words[(bit >> 6) % WORDS] |= 1 << (bit & 63);
        }
        map
    }

    #[inline]
    fn has(&self, hash: u32) -> bool {
        let bit = (hash >> self.shift) as usize;
        self.words[(bit >> 6) % WORDS] >> (bit & 63) & 1 == 1
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    window: u64,
    first: u32,
    /// How many entries share the window; 0 for an empty slot.
    count: u32,
}

/// A window of a string as it is found from one of its grams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    window: u64,
    literal: u32,
    /// Bytes of the string before the gram.
    before: u32,
}

/// Which strings are looked for: those of this group. Groups beyond so many share their numbers, which
/// costs time and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group(u16);

impl Group {
    const BITS: u32 = 14;

    pub(crate) fn new(number: usize) -> Self {
        Self(u16::try_from(number % (1 << Self::BITS)).unwrap_or(0))
    }

    /// Sets a gram apart from the same of other groups.
    #[inline]
    fn spread(self) -> u32 {
        u32::from(self.0).wrapping_mul(0x85EB_CA6B)
    }

    /// The same of a window, above its bytes.
    #[inline]
    fn tag(self) -> u64 {
        u64::from(self.0) << (64 - Self::BITS)
    }
}

impl Prefilter {
    /// `literals` are in ASCII lower case, at least [`SHORT`] bytes, and all of one class of lengths; those
    /// of four and five bytes may be with shorter ones.
    pub(crate) fn new(literals: Vec<(Group, Box<[u8]>)>, background: &Background) -> Self {
        let class = literals.iter().map(|(_, literal)| class_of(literal.len())).max().unwrap_or(0);
        let (mut entries, mut grams) = (Vec::new(), Vec::new());
        for (literal, (group, bytes)) in (0_u32..).zip(&literals) {
            let Some((rarest, _)) = background.rarest(bytes) else { continue };
            // The rarest three bytes may be the last ones of four or five.
            let first = rarest.min(bytes.len().saturating_sub(WINDOWS[class]));
            for step in 0..stride_of(class) {
                let before = first + step;
                let gram = bytes.get(before..).and_then(|rest| gram_at(rest, class));
                let Some(gram) = gram else { continue };
                let window = windows_at(bytes, before, class)[step] | group.tag();
                grams.push(hash(gram, group.spread()));
                entries.push(Entry { window, literal, before: small(before) });
            }
        }
        entries.sort_unstable();
        let windows = entries.iter().map(|entry| window_hash(entry.window));
        Self {
            grams: Bitmap::new(grams.into_iter()),
            windows: Bitmap::new(windows),
            table: table(&entries),
            entries: entries.into(),
            literals: literals.into_iter().map(|(_, literal)| literal).collect(),
            class,
        }
    }

    /// Calls `found` with the number of every string of the group that stands in `value`, some more than
    /// once, and where it begins.
    #[inline]
    pub(crate) fn search(&self, value: &[u8], group: Group, mut found: impl FnMut(u32, usize)) {
        match self.class {
            0 => self.steps::<0, 4>((value, group), long_grams, &mut found),
            1 => self.steps::<1, 6>((value, group), middle_grams, &mut found),
            _ => self.steps::<2, 6>((value, group), short_grams, &mut found),
        }
    }

    /// The grams of twelve bytes at a time, then those of what is left.
    #[inline]
    fn steps<const CLASS: usize, const COUNT: usize>(
        &self,
        (value, group): (&[u8], Group),
        grams: impl Fn(&[u8; 14]) -> [u32; COUNT],
        found: &mut impl FnMut(u32, usize),
    ) {
        let (stride, spread) = (stride_of(CLASS), group.spread());
        let mut at = 0;
        while let Some(bytes) = value.get(at..).and_then(|rest| rest.first_chunk()) {
            let grams = grams(bytes);
            if grams.iter().fold(false, |any, gram| any | self.grams.has(hash(*gram, spread))) {
                for (place, gram) in grams.into_iter().enumerate() {
                    if self.grams.has(hash(gram, spread)) {
                        self.verify::<CLASS>((value, group), at + place * stride, found);
                    }
                }
            }
            at += COUNT * stride;
        }
        while let Some(gram) = value.get(at..).and_then(|rest| gram_at(rest, CLASS)) {
            if self.grams.has(hash(gram, spread)) {
                self.verify::<CLASS>((value, group), at, found);
            }
            at += stride;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.literals.len()
    }

    pub(crate) fn length_of(&self, literal: u32) -> usize {
        self.literals.get(literal as usize).map_or(0, |literal| literal.len())
    }

    /// Looks at the windows that a gram of the value may be of.
    #[inline(never)]
    fn verify<const CLASS: usize>(
        &self,
        (value, group): (&[u8], Group),
        at: usize,
        found: &mut impl FnMut(u32, usize),
    ) {
        let windows = windows_at(value, at, CLASS);
        for window in windows.into_iter().take(stride_of(CLASS)) {
            let window = window | group.tag();
            if !self.windows.has(window_hash(window)) {
                continue;
            }
            for entry in self.entries_of(window) {
                let Some(literal) = self.literals.get(entry.literal as usize) else { continue };
                let Some(start) = at.checked_sub(entry.before as usize) else { continue };
                let part = value.get(start..start + literal.len());
                if part.is_some_and(|part| part.eq_ignore_ascii_case(literal)) {
                    found(entry.literal, start);
                }
            }
        }
    }

    #[inline]
    fn entries_of(&self, window: u64) -> &[Entry] {
        let mask = self.table.len() - 1;
        let mut at = place(window, mask);
        while let Some(slot) = self.table.get(at)
            && slot.count > 0
        {
            if slot.window == window {
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
    for run in entries.chunk_by(|one, other| one.window == other.window) {
        let window = run.first().map_or(0, |entry| entry.window);
        let mut at = place(window, size - 1);
        while table.get(at).is_some_and(|slot| slot.count > 0) {
            at = (at + 1) & (size - 1);
        }
        if let Some(slot) = table.get_mut(at) {
            *slot = Slot { window, first: small(first), count: small(run.len()) };
        }
        first += run.len();
    }
    table
}

/// Sets the case bit of each byte. That also joins a few signs, which only makes more candidates.
const FOLD: u64 = 0x2020_2020_2020_2020;
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const FOLD_GRAM: u32 = FOLD as u32;

/// A window covers so many positions at which a gram of it may begin.
#[inline(always)]
const fn stride_of(class: usize) -> usize {
    WINDOWS[class] - GRAMS[class] + 1
}

/// Four bytes at every third of fourteen.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn long_grams(bytes: &[u8; 14]) -> [u32; 4] {
    let (one, two) = (folded(bytes.first_chunk()), folded(bytes.last_chunk()));
    [one as u32, (one >> 24) as u32, two as u32, (two >> 24) as u32]
}

/// Three bytes at every second of fourteen.
#[inline]
fn middle_grams(bytes: &[u8; 14]) -> [u32; 6] {
    every_second(bytes).map(|gram| gram & 0x00FF_FFFF)
}

/// Two bytes at every second of fourteen.
#[inline]
fn short_grams(bytes: &[u8; 14]) -> [u32; 6] {
    every_second(bytes).map(|gram| gram & 0xFFFF)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn every_second(bytes: &[u8; 14]) -> [u32; 6] {
    let (one, two) = (folded(bytes.first_chunk()), folded(bytes.last_chunk()));
    let [one, two] = [one, two].map(|eight| [eight, eight >> 16, eight >> 32]);
    [one[0] as u32, one[1] as u32, one[2] as u32, two[0] as u32, two[1] as u32, two[2] as u32]
}

#[inline]
fn folded(bytes: Option<&[u8; 8]>) -> u64 {
    u64::from_le_bytes(*bytes.unwrap_or(&[0; 8])) | FOLD
}

/// The gram with which the bytes begin.
#[inline(always)]
fn gram_at(bytes: &[u8], class: usize) -> Option<u32> {
    let four = match class {
        0 => *bytes.first_chunk()?,
        1 => bytes.first_chunk().map(|[one, two, three]| [*one, *two, *three, 0])?,
        _ => bytes.first_chunk().map(|[one, two]| [*one, *two, 0, 0])?,
    };
    let mask = u32::MAX >> (8 * (4 - GRAMS[class]));
    Some((u32::from_le_bytes(four) | FOLD_GRAM) & mask)
}

/// The windows that a gram may be of: one that begins with it, one byte before it, two bytes. Where the value
/// has no such bytes the window is none of its.
#[inline(always)]
fn windows_at(value: &[u8], at: usize, class: usize) -> [u64; BACK + 1] {
    let whole = at.checked_sub(BACK).and_then(|from| value.get(from..)?.first_chunk::<NEAR>());
    let bytes = whole.copied().unwrap_or_else(|| {
        let byte = |place: usize| value.get((at + place).checked_sub(BACK)?).copied();
        std::array::from_fn(|place| byte(place).unwrap_or(0))
    });
    let near = u64::from_le_bytes(bytes) | FOLD;
    let mask = u64::MAX >> (8 * (8 - WINDOWS[class]));
    // Which of the three it is stands above the six bytes, and above that the group.
    let window = |step: usize| near >> ((BACK - step) * 8) & mask | (step as u64) << 48;
    [window(0), window(1), window(2)]
}

#[inline]
fn hash(gram: u32, spread: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1).wrapping_add(spread)
}

#[inline]
fn window_hash(window: u64) -> u32 {
    (window.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

/// The upper bits are the better mixed; a table of 2^24 places is never needed.
#[inline]
fn place(window: u64, mask: usize) -> usize {
    (window_hash(window) >> 8) as usize & mask
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(literals: &[&str]) -> Prefilter {
        let literals = literals.iter().map(|text| (Group::default(), text.as_bytes().into()));
        Prefilter::new(literals.collect(), Background::ordinary())
    }

    fn found(filter: &Prefilter, value: &[u8]) -> Vec<u32> {
        found_of(filter, value, Group::default())
    }

    fn found_of(filter: &Prefilter, value: &[u8], group: Group) -> Vec<u32> {
        let mut all = Vec::new();
        filter.search(value, group, |literal, _| all.push(literal));
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

        /// Each group as if the others were not there.
        #[test]
        fn strings_of_the_own_group_are_found_and_no_others(
            literals in prop::collection::vec(("[ab]{3,9}", 0..3_usize), 0..30),
            value in "[abAB]{0,60}",
            class in 0..CLASSES,
        ) {
            let of_class = |(text, _): &&(String, usize)| class_of(text.len()) == class;
            let literals: Vec<(String, usize)> = literals.iter().filter(of_class).cloned().collect();
            let grouped = literals.iter().map(|(text, group)| (Group::new(*group), text.as_bytes().into()));
            let filter = Prefilter::new(grouped.collect(), Background::ordinary());
            let lower = value.to_ascii_lowercase();
            for group in 0..4 {
                let is_there = |(text, of): &(String, usize)| *of == group && lower.contains(text.as_str());
                let naive: Vec<u32> =
                    (0_u32..).zip(&literals).filter(|(_, one)| is_there(one)).map(|(at, _)| at).collect();
                prop_assert_eq!(found_of(&filter, value.as_bytes(), Group::new(group)), naive);
            }
        }

        #[test]
        fn short_strings_are_found_too(
            four in prop::collection::vec("[abc]{4,5}", 0..9),
            three in prop::collection::vec("[abc]{3}", 0..9),
            value in "[abcABC]{0,40}",
        ) {
            let lower = value.to_ascii_lowercase();
            for texts in [&four, &three] {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let all = (0_u32..).zip(&texts).filter(|(_, text)| lower.contains(*text));
                let naive: Vec<u32> = all.map(|(at, _)| at).collect();
                prop_assert_eq!(found(&filter(&texts), value.as_bytes()), naive);
            }
        }
    }
}
