//! Remembers what was found out about a text, so that the next record with the same agent, link or path
//! costs one comparison.
//!
//! Texts are compared byte by byte: a chosen collision costs its sender nothing but the memory of another
//! text, and never passes one for another.

/// Texts whose hashes fall together share a set.
const WAYS: usize = 4;

/// What is remembered of one kind of text. Bounded: in a full set, the text that was there the longest goes when
/// another comes for the second time.
pub(crate) struct Familiar<V> {
    sets: Vec<Set<V>>,
    /// Bytes of the texts, `width` for each place.
    texts: Vec<u8>,
    width: usize,
}

#[derive(Clone, Copy, Default)]
struct Set<V> {
    /// Low half of the hash: who differs here is not compared.
    tags: [u32; WAYS],
    /// 0 is an empty place.
    lengths: [u16; WAYS],
    values: [V; WAYS],
    /// Which is replaced next.
    next: u8,
    /// Low half of the hash of the text that found the set full last: what comes but once pushes nobody out.
    newcomer: u32,
}

impl<V: Copy + Default> Familiar<V> {
    /// `sets` is a power of two; texts longer than `width` are rare and are not remembered.
    pub(crate) fn new(sets: usize, width: usize) -> Self {
        Self {
            sets: vec![Set::default(); sets],
            texts: vec![0; sets * WAYS * width],
            width: width.min(usize::from(u16::MAX)),
        }
    }

    /// What is remembered of a text; `hash` is its [`mark`](crate::signal::mark).
    #[inline]
    pub(crate) fn find(&self, hash: u64, text: &[u8]) -> Option<V> {
        let (set, way) = self.way_of(hash, text)?;
        self.sets.get(set)?.values.get(way).copied()
    }

    /// Reads from where [`Self::find`] will look first, so that many such places are fetched together.
    #[inline]
    pub(crate) fn touch_set(&self, hash: u64) -> u32 {
        let (set, _) = self.place(hash);
        self.sets.get(set).map_or(0, |kept| kept.tags[0])
    }

    /// Reads from where the text stands that will be compared.
    #[inline]
    pub(crate) fn touch_text(&self, hash: u64, text: &[u8]) -> u32 {
        let (set, tag) = self.place(hash);
        let way = self.sets.get(set).and_then(|kept| kept.tags.iter().position(|t| *t == tag));
        let start = way.map_or(0, |way| (set * WAYS + way) * self.width);
        let byte = |at: usize| self.texts.get(at).map_or(0, |byte| u32::from(*byte));
        byte(start) ^ byte(start + text.len().min(self.width.saturating_sub(1)))
    }

    #[inline]
    fn way_of(&self, hash: u64, text: &[u8]) -> Option<(usize, usize)> {
        let (set, tag) = self.place(hash);
        let kept = self.sets.get(set)?;
        for (way, (known_tag, length)) in kept.tags.iter().zip(&kept.lengths).enumerate() {
            if *known_tag == tag && *length > 0 && usize::from(*length) == text.len() {
                let start = (set * WAYS + way) * self.width;
                if self.texts.get(start..start + text.len()) == Some(text) {
                    return Some((set, way));
                }
            }
        }
        None
    }

    /// Remembers this of a text from now on.
    pub(crate) fn remember(&mut self, hash: u64, text: &[u8], value: V) {
        if let Some((set, way)) = self.way_of(hash, text) {
            if let Some(kept) = self.sets.get_mut(set) {
                kept.values[way] = value;
            }
            return;
        }
        let (set, tag) = self.place(hash);
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let fits = (1..=self.width).contains(&text.len());
        let Some(kept) = self.sets.get_mut(set).filter(|_| fits) else { return };
        let way = usize::from(kept.next) % WAYS;
        if kept.lengths[way] > 0 && std::mem::replace(&mut kept.newcomer, tag) != tag {
            return;
        }
        let start = (set * WAYS + way) * self.width;
        let Some(place) = self.texts.get_mut(start..start + text.len()) else { return };
        place.copy_from_slice(text);
        kept.next = kept.next.wrapping_add(1);
        (kept.tags[way], kept.lengths[way], kept.values[way]) = (tag, length, value);
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves of the hash are used")]
    fn place(&self, hash: u64) -> (usize, u32) {
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
