//! Remembers texts that were looked at and found ordinary, so that the next line with the same agent, link or
//! path costs one comparison.
//!
//! What is remembered is compared byte by byte: a chosen collision costs its sender nothing but the memory of
//! another text, and never hides one.

/// Texts share a set by their hash; three memories of sets, [`WAYS`] and [`WIDTH`] are 1.5 MiB for a worker.
const SETS: usize = 512;
const WAYS: usize = 4;

/// Longer texts are rare and are looked at each time.
const WIDTH: usize = 256;

/// What is remembered of each part, apart so that paths seen once do not push out agents.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) agents: Familiar,
    pub(super) referers: Familiar,
    pub(super) targets: Familiar,
}

/// Texts found ordinary, each in the slot that its length and a few of its bytes choose.
pub(super) struct Familiar {
    texts: Vec<u8>,
    /// Lengths; 0 is an empty slot.
    lengths: Vec<u16>,
    /// Which of a set is replaced next.
    next: Vec<u8>,
}

impl Default for Familiar {
    fn default() -> Familiar {
        Familiar {
            texts: vec![0; SETS * WAYS * WIDTH],
            lengths: vec![0; SETS * WAYS],
            next: vec![0; SETS],
        }
    }
}

impl std::fmt::Debug for Familiar {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Familiar").finish_non_exhaustive()
    }
}

impl Familiar {
    /// Whether `text` needs no look, asking `is_ordinary` only when it is not remembered.
    pub(super) fn knows(&mut self, text: &[u8], is_ordinary: impl FnOnce(&[u8]) -> bool) -> bool {
        let Ok(length) = u16::try_from(text.len()) else { return is_ordinary(text) };
        if text.len() > WIDTH || text.is_empty() {
            return is_ordinary(text);
        }
        let set = set(text);
        for slot in set * WAYS..(set + 1) * WAYS {
            let same = self.lengths.get(slot) == Some(&length)
                && self.texts.get(slot * WIDTH..slot * WIDTH + text.len()) == Some(text);
            if same {
                return true;
            }
        }
        let ordinary = is_ordinary(text);
        if ordinary {
            self.remember(set, text, length);
        }
        ordinary
    }

    /// Takes the place of the text that was put into its set the longest ago.
    fn remember(&mut self, set: usize, text: &[u8], length: u16) {
        let Some(next) = self.next.get_mut(set) else { return };
        let slot = set * WAYS + usize::from(*next) % WAYS;
        *next = next.wrapping_add(1);
        let place = self.texts.get_mut(slot * WIDTH..slot * WIDTH + text.len());
        if let (Some(place), Some(known)) = (place, self.lengths.get_mut(slot)) {
            place.copy_from_slice(text);
            *known = length;
        }
    }
}

/// Mixes the words of a text: the comparison decides, so this need only spread.
fn set(text: &[u8]) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    // Agents of one family differ in a few digits: both halves of the product are kept, or their sets coincide.
    let mix = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word) * u128::from(FACTOR);
        let bytes = (product ^ product >> 64).to_le_bytes();
        bytes.first_chunk().copied().map_or(0, u64::from_le_bytes)
    };
    let words = text.chunks_exact(8);
    // The last eight bytes again stand for what is left over.
    let tail = text.get(text.len().saturating_sub(8)..).and_then(|tail| tail.try_into().ok());
    let short = || text.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    let tail = tail.map_or_else(short, u64::from_le_bytes);
    let hash = words.fold(text.len() as u64, |hash, word| {
        mix(hash, word.try_into().map_or(0, u64::from_le_bytes))
    });
    usize::try_from(mix(hash, tail) >> 40).unwrap_or(0) % SETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ordinary_texts_are_remembered() {
        let mut familiar = Familiar::default();
        let mut asked = 0;
        let mut ask = |text: &str, ordinary: bool| {
            familiar.knows(text.as_bytes(), |_| {
                asked += 1;
                ordinary
            })
        };
        assert!(ask("agent", true));
        assert!(ask("agent", false), "remembered");
        assert!(!ask("agen", false), "another text");
        assert!(!ask("odd", false));
        assert!(!ask("odd", false), "not remembered");
        let long = "x".repeat(WIDTH + 1);
        assert!(ask(&long, true));
        assert!(!ask(&long, false), "too long to remember");
        assert_eq!(asked, 6);
    }

    #[test]
    fn agents_of_one_family_do_not_push_each_other_out() {
        let mut familiar = Familiar::default();
        let agents: Vec<String> = (0..700)
            .map(|n| format!("Mozilla/5.0 (compatible; bot/2.{n}; +http://bot.example/a.htm)"))
            .collect();
        agents.iter().for_each(|agent| assert!(familiar.knows(agent.as_bytes(), |_| true)));
        let mut known = |agent: &&String| familiar.knows(agent.as_bytes(), |_| false);
        assert!(agents.iter().filter(&mut known).count() > 600);
    }
}
