//! Remembers what values said that were looked at more than once.
//!
//! Tools send one list of texts to every parameter and every site, and what roams the net asks all of them
//! for the same few things. A value that came twice is kept with its hits; it need not be decoded and read
//! again. What is remembered is what a look would find: texts are compared byte by byte, together with all
//! else that a look depends on.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::purpose::Purpose;
use super::value::Role;
use super::{Hit, Part};

/// Longer values are looked at each time.
const LONGEST: usize = 512;

/// Values and hits of one generation take so many bytes; there are two.
const MOST_BYTES: usize = 2 << 20;

/// What a place and its allocations take beside texts.
const ENTRY_BYTES: usize = size_of::<Entry>() + 64;

/// Hashes of values that came once, by a part of the hash: a value that never comes again takes four bytes.
const ONCE: usize = 1 << 13;

/// What a look at a value depends on beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) part: Part,
    pub(super) role: Role,
    /// Whether `+` may be a space.
    pub(super) form: bool,
    pub(super) purpose: Purpose,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    place: Place,
    text: Box<[u8]>,
    hits: Box<[Hit]>,
}

impl Entry {
    fn bytes(&self) -> usize {
        let hit = |hit: &Hit| size_of::<Hit>() + hit.evidence.capacity();
        ENTRY_BYTES + self.text.len() + self.hits.iter().map(hit).sum::<usize>()
    }
}

#[derive(Debug, Default)]
struct Generation {
    entries: HashTable<Entry>,
    bytes: usize,
}

impl Generation {
    fn find(&self, hash: u64, place: Place, text: &[u8]) -> Option<&Entry> {
        self.entries.find(hash, |entry| entry.place == place && *entry.text == *text)
    }

    fn take(&mut self, hash: u64, place: Place, text: &[u8]) -> Option<Entry> {
        let is_it = |entry: &Entry| entry.place == place && *entry.text == *text;
        let (entry, _) = self.entries.find_entry(hash, is_it).ok()?.remove();
        self.bytes -= entry.bytes();
        Some(entry)
    }

    fn add(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.insert_unique(entry.hash, entry, |entry| entry.hash);
    }
}

/// One worker's memory, in two generations: what was not asked for while one filled goes with it.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    young: Generation,
    old: Generation,
    once: Vec<u32>,
    hasher: foldhash::fast::RandomState,
}

impl Remembered {
    /// The hash by which a value is remembered; nothing for one that never is.
    pub(super) fn hash(&self, place: Place, text: &[u8]) -> Option<u64> {
        (text.len() <= LONGEST).then(|| self.hasher.hash_one((place, text)))
    }

    /// The hits of a value that was remembered, in the order in which their kinds spoke.
    pub(super) fn find(&mut self, hash: u64, place: Place, text: &[u8]) -> Option<&[Hit]> {
        if let Some(entry) = self.old.take(hash, place, text) {
            self.add(entry);
        }
        self.young.find(hash, place, text).map(|entry| &*entry.hits)
    }

    /// Remembers a value that was not, if it came before.
    pub(super) fn learn(&mut self, hash: u64, place: Place, text: &[u8], hits: &[Hit]) {
        self.once.resize(ONCE, 0);
        #[expect(clippy::cast_possible_truncation, reason = "both halves of the hash are used")]
        let (at, tag) = ((hash >> 32) as usize % ONCE, hash as u32);
        if let Some(last) = self.once.get_mut(at)
            && std::mem::replace(last, tag) == tag
        {
            self.add(Entry { hash, place, text: text.into(), hits: hits.into() });
        }
    }

    fn add(&mut self, entry: Entry) {
        if self.young.bytes >= MOST_BYTES {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.add(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{Kind, Layers};

    const PLACE: Place =
        Place { part: Part::Query, role: Role::Value, form: true, purpose: Purpose::Data };

    fn see(memory: &mut Remembered, text: &[u8]) -> bool {
        let Some(hash) = memory.hash(PLACE, text) else { return false };
        let known = memory.find(hash, PLACE, text).is_some();
        if !known {
            let hit = Hit {
                kind: Kind::Sqli,
                score: 1.0,
                part: Part::Query,
                evidence: text.to_vec(),
                layers: Layers::default(),
            };
            memory.learn(hash, PLACE, text, &[hit]);
        }
        known
    }

    #[test]
    fn a_value_is_known_from_the_third_time_on() {
        let mut memory = Remembered::default();
        assert_eq!([0; 4].map(|_| see(&mut memory, b"' or 1=1")), [false, false, true, true]);
        let hash = memory.hash(PLACE, b"' or 1=1").unwrap();
        for place in [
            Place { part: Part::Body, ..PLACE },
            Place { role: Role::Name, ..PLACE },
            Place { form: false, ..PLACE },
            Place { purpose: Purpose::Query, ..PLACE },
        ] {
            assert!(memory.find(hash, place, b"' or 1=1").is_none(), "{place:?}");
        }
        assert!(memory.find(hash, PLACE, b"' or 1=2").is_none(), "an equal hash is not enough");
    }

    #[test]
    fn a_long_value_is_not_remembered() {
        let mut memory = Remembered::default();
        assert_eq!([0; 3].map(|_| see(&mut memory, &[b'('; LONGEST + 1])), [false; 3]);
    }

    #[test]
    fn memory_is_bounded_and_keeps_what_is_asked_for() {
        let mut memory = Remembered::default();
        for number in 0..20_000 {
            for _ in 0..2 {
                see(&mut memory, format!("{number:0200}").as_bytes());
            }
            let often = see(&mut memory, b"' or 1=1");
            assert!(often || number < 2, "{number}");
            let bytes = memory.young.bytes + memory.old.bytes;
            assert!(bytes < 2 * MOST_BYTES + 4096, "{bytes}");
        }
        assert!(memory.old.bytes > 0);
    }
}
