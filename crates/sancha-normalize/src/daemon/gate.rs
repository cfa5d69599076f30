//! Which sayings a message can hold at all: one look at its bytes, whatever the number of sayings.

use super::Saying;
use super::pattern::Pattern;

/// Bits of the map; some four thousand sayings would fill a quarter of it.
const BITS: usize = 1 << 14;

/// Every saying has four bytes that must stand in the message; the message's windows are looked up in a
/// bitmap first and in a sorted list when the bit is set.
pub(super) struct Gate {
    bits: Vec<u64>,
    /// Window and saying, sorted.
    owners: Vec<(u32, u16)>,
    patterns: Vec<Pattern>,
}

/// Letters of English log texts, the commonest first: a window of rare ones wakes less.
const COMMON: &[u8] = b" etaoinsrldhcumpfgybwvk";

impl Gate {
    pub(super) fn new<'s>(sayings: impl Iterator<Item = &'s Saying>) -> Self {
        let patterns: Vec<Pattern> = sayings.map(|saying| Pattern::new(saying.text)).collect();
        let mut owners = Vec::new();
        let mut bits = vec![0_u64; BITS / 64];
        for (place, pattern) in (0_u16..).zip(&patterns) {
            let windows = pattern.literals().flat_map(|literal| literal.windows(4));
            let Some(window) = windows.max_by_key(|window| rarity(window)) else { continue };
            let window = folded(window);
            owners.push((window, place));
            set(&mut bits, window);
        }
        owners.sort_unstable();
        Self { bits, owners, patterns }
    }

    pub(super) fn pattern(&self, place: u16) -> Option<&Pattern> {
        self.patterns.get(usize::from(place))
    }

    /// The sayings whose window stands in `message`, in their order.
    pub(super) fn wake(&self, message: &[u8]) -> Woken {
        let mut woken = Woken::default();
        let mut window = 0_u32;
        for (at, byte) in message.iter().enumerate() {
            window = (window << 8) | u32::from(byte.to_ascii_lowercase());
            if at >= 3 && self.has(window) {
                let first = self.owners.partition_point(|(known, _)| *known < window);
                let same = self.owners.iter().skip(first).take_while(|(known, _)| *known == window);
                same.for_each(|(_, place)| woken.insert(*place));
            }
        }
        woken
    }

    fn has(&self, window: u32) -> bool {
        let at = slot(window);
        self.bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

fn set(bits: &mut [u64], window: u32) {
    let at = slot(window);
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn slot(window: u32) -> usize {
    (window.wrapping_mul(0x9E37_79B1) >> 18) as usize
}

fn folded(window: &[u8]) -> u32 {
    window.iter().fold(0, |value, byte| (value << 8) | u32::from(byte.to_ascii_lowercase()))
}

fn rarity(window: &[u8]) -> usize {
    let place = |byte: &u8| {
        let small = byte.to_ascii_lowercase();
        COMMON.iter().position(|common| *common == small).unwrap_or(COMMON.len())
    };
    window.iter().map(place).sum()
}

/// A small set of sayings, one bit each; nothing is allocated per line.
#[derive(Default)]
pub(super) struct Woken([u64; MOST_SAYINGS / 64]);

/// A test sees to it that there are not more.
pub(super) const MOST_SAYINGS: usize = 1_024;

impl Woken {
    fn insert(&mut self, place: u16) {
        if let Some(word) = self.0.get_mut(usize::from(place) / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// In rising order.
    pub(super) fn places(&self) -> impl Iterator<Item = u16> {
        (0_u16..).step_by(64).zip(self.0).flat_map(|(first, mut word)| {
            std::iter::from_fn(move || {
                let bit = u16::try_from(word.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
                word &= word - 1;
                Some(first + bit)
            })
        })
    }
}
