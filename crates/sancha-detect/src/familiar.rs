//! Remembers what was found out about a text, so that the next record with the same agent, link or path
//! costs one comparison.
//!
//! Texts are compared byte by byte: a chosen collision costs its sender nothing but the memory of another
//! text, and never passes one for another.

use crate::fetch::fetch_at;

/// Texts whose hashes fall together share a set.
const WAYS: usize = 4;

/// What is remembered of one kind of text. Bounded: in a full set, the text that was there the longest goes when
/// another comes for the second time.
pub(crate) struct Familiar<V> {
    sets: Vec<Set>,
    /// [`WAYS`] for each set.
    values: Vec<V>,
    /// Bytes of the texts, `width` for each place.
    texts: Vec<u8>,
    width: usize,
}

#[derive(Clone, Copy, Default)]
struct Set {
    /// Low half of the hash: who differs here is not compared.
    tags: [u32; WAYS],
    /// 0 is an empty place.
    lengths: [u16; WAYS],
    /// Low half of the hash of the text that found the set full last: what comes but once pushes nobody out.
    newcomer: u32,
    /// Which is replaced next.
    next: u8,
}

impl<V: Copy + Default> Familiar<V> {
    /// `sets` is a power of two; texts longer than `width` are rare and are not remembered.
    pub(crate) fn new(sets: usize, width: usize) -> Self {
        Self {
            sets: vec![Set::default(); sets],
            values: vec![V::default(); sets * WAYS],
            texts: vec![0; sets * WAYS * width],
            width: width.min(usize::from(u16::MAX)),
        }
    }

    /// What is remembered of a text; `hash` is its [`mark`](crate::signal::mark).
    #[inline]
    pub(crate) fn find(&self, hash: u64, text: &[u8]) -> Option<V> {
        self.values.get(self.place_of(hash, text)?).copied()
    }

    /// Has the processor fetch where [`Self::find`] will look first, and goes on without waiting for it.
    #[inline]
    pub(crate) fn fetch_set(&self, hash: u64) {
        fetch_at(&self.sets, self.set_of(hash).0);
    }

    /// Has the processor fetch the text that will be compared and what is remembered of it: best when the set
    /// has arrived.
    #[inline]
    pub(crate) fn fetch_text(&self, hash: u64, text: &[u8]) {
        let (set, tag) = self.set_of(hash);
        let Some(kept) = self.sets.get(set) else { return };
        let Some(way) = kept.tags.iter().position(|known| *known == tag) else { return };
        let place = set * WAYS + way;
        fetch_at(&self.values, place);
        fetch_at(&self.texts, place * self.width);
        fetch_at(&self.texts, place * self.width + text.len().min(self.width));
    }

    /// Where a text stands that is remembered.
    #[inline]
    fn place_of(&self, hash: u64, text: &[u8]) -> Option<usize> {
        let (set, tag) = self.set_of(hash);
        let kept = self.sets.get(set)?;
        for (way, (known_tag, length)) in kept.tags.iter().zip(&kept.lengths).enumerate() {
            if *known_tag == tag && *length > 0 && usize::from(*length) == text.len() {
                let place = set * WAYS + way;
                let start = place * self.width;
                if self.texts.get(start..start + text.len()) == Some(text) {
                    return Some(place);
                }
            }
        }
        None
    }

    /// Remembers this of a text from now on.
    pub(crate) fn remember(&mut self, hash: u64, text: &[u8], value: V) {
        if let Some(place) = self.place_of(hash, text) {
            if let Some(kept) = self.values.get_mut(place) {
                *kept = value;
            }
            return;
        }
        let (set, tag) = self.set_of(hash);
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let fits = (1..=self.width).contains(&text.len());
        let Some(kept) = self.sets.get_mut(set).filter(|_| fits) else { return };
        let way = usize::from(kept.next) % WAYS;
        if kept.lengths[way] > 0 && std::mem::replace(&mut kept.newcomer, tag) != tag {
            return;
        }
        let place = set * WAYS + way;
        let start = place * self.width;
        let room = self.texts.get_mut(start..start + text.len());
        let (Some(room), Some(old)) = (room, self.values.get_mut(place)) else { return };
        room.copy_from_slice(text);
        *old = value;
        kept.next = kept.next.wrapping_add(1);
        (kept.tags[way], kept.lengths[way]) = (tag, length);
    }

    /// The set of a text, and its tag there.
    #[expect(clippy::cast_possible_truncation, reason = "both halves of the hash are used")]
    fn set_of(&self, hash: u64) -> (usize, u32) {
        ((hash >> 32) as usize & (self.sets.len() - 1), hash as u32)
    }
}

impl<V> std::fmt::Debug for Familiar<V> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Familiar").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::mark;

    fn find(familiar: &Familiar<u8>, text: &str) -> Option<u8> {
        familiar.find(mark(text.as_bytes()), text.as_bytes())
    }

    fn remember(familiar: &mut Familiar<u8>, text: &str, value: u8) {
        familiar.remember(mark(text.as_bytes()), text.as_bytes(), value);
    }

    #[test]
    fn what_was_remembered_is_found() {
        let mut familiar = Familiar::new(16, 8);
        remember(&mut familiar, "agent", 7);
        assert_eq!(find(&familiar, "agent"), Some(7));
        remember(&mut familiar, "agent", 8);
        assert_eq!(find(&familiar, "agent"), Some(8));
        assert_eq!(find(&familiar, "agen"), None);
        assert_eq!(find(&familiar, ""), None);
        remember(&mut familiar, "too long a text", 7);
        assert_eq!(find(&familiar, "too long a text"), None);
    }

    #[test]
    fn equal_hashes_are_told_apart() {
        let mut familiar = Familiar::new(16, 8);
        for (text, value) in [(b"one", 1_u8), (b"two", 2)] {
            familiar.remember(42, text, value);
        }
        assert_eq!(familiar.find(42, b"one"), Some(1));
        assert_eq!(familiar.find(42, b"two"), Some(2));
        assert_eq!(familiar.find(42, b"six"), None);
    }

    #[test]
    fn in_a_full_set_the_oldest_goes_for_what_comes_twice() {
        let mut familiar = Familiar::new(1, 8);
        for text in ["a", "b", "c", "d", "e", "f", "e"] {
            remember(&mut familiar, text, 0);
            assert_eq!(find(&familiar, "f"), None, "it came but once");
        }
        assert!(find(&familiar, "a").is_some(), "nobody was pushed out");
        remember(&mut familiar, "e", 0);
        assert_eq!(find(&familiar, "a"), None);
        assert!(["b", "c", "d", "e"].iter().all(|text| find(&familiar, text).is_some()));
    }

    #[test]
    fn agents_of_one_family_do_not_push_each_other_out() {
        let mut familiar = Familiar::new(512, 256);
        let agents: Vec<String> = (0..700)
            .map(|n| format!("Mozilla/5.0 (compatible; bot/2.{n}; +http://bot.example/a.htm)"))
            .collect();
        agents.iter().for_each(|agent| remember(&mut familiar, agent, 0));
        let known = agents.iter().filter(|agent| find(&familiar, agent).is_some()).count();
        assert!(known > 600, "{known}");
    }
}
