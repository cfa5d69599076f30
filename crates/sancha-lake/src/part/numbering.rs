//! Which number stands for which value of a dictionary.
//!
//! Numbers stand in pages as packed bits, which are then compressed byte by byte. So those of common values
//! should be small, and numbers of nine bits and more often take less room as whole bytes.

use super::{
    keyed::{Keyed, Kind},
    packed::width_of,
};

/// Numbers as two bytes each.
const WHOLE: u8 = 16;

pub(super) struct Numbering {
    /// Keys by their number.
    pub(super) order: Vec<u32>,
    /// Bits that a number takes.
    pub(super) width: u8,
}

impl Numbering {
    /// Those that may pack best; which does, only compressing tells.
    pub(super) fn candidates(column: &Keyed, counts: &[u32]) -> Vec<Self> {
        let classes = classes(column, counts);
        let order: Vec<u32> = classes.iter().map(|(_, key)| *key).collect();
        let width = width_of(order.len().saturating_sub(1));
        let mut candidates = Vec::new();
        if (9..=WHOLE).contains(&width) {
            candidates.push(Self { order: in_shells(&classes), width: WHOLE });
        }
        if (12..WHOLE).contains(&width) {
            candidates.push(Self { order: order.clone(), width: WHOLE });
        }
        candidates.push(Self { order, width });
        candidates
    }

    /// By one more than the key: its number.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.order.len() + 1];
        for (rank, key) in (0..).zip(&self.order) {
            if let Some(slot) = ranks.get_mut(*key as usize + 1) {
                *slot = rank;
            }
        }
        ranks
    }
}

/// Class and key of every value. Those met about as often as each other (within a factor of two) are a class,
/// the most common one first. In it, values stand in their own order, so that neighbours begin alike;
/// addresses, whose bytes are alike in no order, as they came: those of one time have numbers near each other.
fn classes(column: &Keyed, counts: &[u32]) -> Vec<(u32, u32)> {
    let mut keys: Vec<(u32, u32)> =
        (0..).zip(counts).map(|(key, count)| (count.leading_zeros(), key)).collect();
    let value = |key: u32| column.value(key as usize);
    match column.kind {
        Kind::Text | Kind::Bytes => {
            keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| value(a.1).cmp(value(b.1))));
        }
        Kind::Int | Kind::Small => {
            keys.sort_by_cached_key(|(class, key)| (*class, column.number(*key as usize)));
        }
        Kind::Four => keys.sort_by_key(|(class, _)| *class),
    }
    keys
}

/// Numbers of two bytes of which neither is large for common values: a compressor has one code for both.
fn in_shells(classes: &[(u32, u32)]) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..).take(classes.len()).collect();
    numbers.sort_by_key(|number| (number & 0xff).max(number >> 8));
    let mut order = vec![0; classes.len()];
    let mut numbers = numbers.as_mut_slice();
    for class in classes.chunk_by(|a, b| a.0 == b.0) {
        let (own, others) = std::mem::take(&mut numbers).split_at_mut(class.len());
        own.sort_unstable();
        for (number, (_, key)) in own.iter().zip(class) {
            if let Some(slot) = order.get_mut(*number as usize) {
                *slot = *key;
            }
        }
        numbers = others;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_values_have_small_numbers_and_others_stand_in_order() {
        let column = Keyed::of_numbers([9, 7, 5, 5, 5, 8].into_iter());
        let candidates = Numbering::candidates(&column, &column.counts());
        assert_eq!(candidates.len(), 1);
        let values = candidates[0].order.iter().map(|key| column.number(*key as usize));
        assert_eq!(values.collect::<Vec<_>>(), [5, 7, 8, 9]);
        assert_eq!(candidates[0].width, 2);
        assert_eq!(candidates[0].ranks(), [0, 3, 1, 0, 2]);
    }

    #[test]
    fn every_value_has_one_number_whatever_the_numbering() {
        let column = Keyed::of_numbers((0..9_000).map(|row| row * row % 5_000));
        let candidates = Numbering::candidates(&column, &column.counts());
        assert!(candidates.len() > 1);
        for candidate in candidates {
            let mut keys = candidate.order;
            keys.sort_unstable();
            assert!(keys.into_iter().eq((0..).take(column.different())));
        }
    }

    #[test]
    fn common_values_have_two_small_bytes() {
        // Three that are common, the others once.
        let column = Keyed::of_numbers((0..1_000).chain([700, 701, 702].repeat(9)));
        let [shells, ..] = &Numbering::candidates(&column, &column.counts())[..] else { panic!() };
        let number = |value| {
            let of = |key: &u32| column.number(*key as usize) == value;
            shells.order.iter().position(of).unwrap()
        };
        assert_eq!([700, 701, 702].map(number), [0, 1, 256]);
    }
}
