//! How a column of a row group is best encoded, by what its values are.

use super::keyed::{Keyed, Kind};

/// A column with this many different values may do without a dictionary.
const MANY: usize = 1 << 12;
/// A number that can be read where it stands may take so many times the room.
const WORTH: f64 = 1.15;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// By the place of values in a dictionary.
    Keyed,
    /// As they are; numbers by their differences. A row is then read from its page alone.
    Plain,
    /// Numbers, the lowest bytes of all first.
    Split,
    /// Numbers by their place in a dictionary of every number from the least to the greatest: which it is, is known
    /// without looking it up.
    Ranged,
}

impl Encoding {
    pub(super) fn of(column: &Keyed) -> Self {
        let is_small = column.different() < MANY && !column.is_unkeyed();
        if is_small || column.filled() == 0 {
            return Self::Keyed;
        }
        match column.kind {
            Kind::Int | Kind::Small => of_numbers(column),
            // Hardly a value comes twice.
            Kind::Text | Kind::Bytes | Kind::Four
                if column.is_unkeyed() || 4 * column.different() > 3 * column.filled() =>
            {
                Self::Plain
            }
            Kind::Text | Kind::Bytes | Kind::Four => Self::Keyed,
        }
    }
}

/// The one of which the fewest bits are to be expected. Ports and process ids are drawn from a range that they
/// fill, so a dictionary says nothing of them; sizes of the same few files are the opposite.
fn of_numbers(column: &Keyed) -> Encoding {
    let counts = column.counts();
    let split = bits_split(column, &counts);
    let keyed = if column.is_unkeyed() { f64::INFINITY } else { bits_keyed(column, &counts) };
    let plain = bits_of_differences(column);
    if bits_ranged(column) < WORTH * split.min(keyed).min(plain) {
        Encoding::Ranged
    } else if plain < split && plain < keyed {
        Encoding::Plain
    } else if split < keyed {
        Encoding::Split
    } else {
        Encoding::Keyed
    }
}

/// Places pack to a tenth more than their entropy; values in order to a byte and twice their distance, and to
/// no more than six bytes, as measured on ports, process ids, sizes and numbers of sessions.
fn bits_keyed(column: &Keyed, counts: &[u32]) -> f64 {
    let different = counts.len() as f64;
    let range = column.bounds().map_or(0.0, |(least, greatest)| greatest as f64 - least as f64);
    let distance = (range / different).max(1.0).log2();
    let value = (8.0 + 2.0 * distance).min(48.0);
    1.1 * entropy(counts.iter().map(|count| u64::from(*count))) + different * value
}

/// Neighbours in a dictionary take ten bits each, as measured.
fn bits_ranged(column: &Keyed) -> f64 {
    let Some((least, greatest)) = column.bounds() else { return f64::INFINITY };
    let range = greatest.abs_diff(least).saturating_add(1) as f64;
    column.filled() as f64 * range.log2().ceil() + 10.0 * range
}

/// Each of the eight bytes of a number is compressed with those at the same place of others.
fn bits_split(column: &Keyed, counts: &[u32]) -> f64 {
    let mut planes = [[0_u64; 256]; 8];
    for (key, count) in counts.iter().enumerate() {
        for (plane, byte) in planes.iter_mut().zip(column.number(key).to_le_bytes()) {
            plane[usize::from(byte)] += u64::from(*count);
        }
    }
    planes.iter().map(|plane| entropy(plane.iter().copied())).sum()
}

/// A difference takes its bits, one for its sign and one for what its neighbours need more.
fn bits_of_differences(column: &Keyed) -> f64 {
    let (mut before, mut bits) = (0, 0_u64);
    column.each_page(|keys| {
        for key in keys.iter().filter_map(|key| key.checked_sub(1)) {
            let number = column.number(key as usize);
            bits += 2 + u64::from(number.abs_diff(before).checked_ilog2().map_or(0, |low| low + 1));
            before = number;
        }
    });
    bits as f64
}

/// Bits that all rows take together when each value has as many as its share of them asks for.
fn entropy(counts: impl Iterator<Item = u64> + Clone) -> f64 {
    let all = counts.clone().sum::<u64>() as f64;
    counts.filter(|count| *count > 0).map(|count| count as f64 * (all / count as f64).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(values: impl Iterator<Item = u64>) -> Encoding {
        Encoding::of(&Keyed::of_numbers(values.map(u64::cast_signed)))
    }

    /// Numbers as if drawn, below `end`.
    fn drawn(end: u64) -> impl Iterator<Item = u64> {
        (1..).map(move |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % end)
    }

    #[test]
    fn numbers_are_encoded_by_how_they_come() {
        let ports = drawn(28_000).map(|number| 32_768 + number).take(200_000);
        assert_eq!(encoding_of(ports), Encoding::Ranged);
        assert_eq!(encoding_of(drawn(1 << 30).take(200_000)), Encoding::Split);
        let counted = (1_000_000..).take(200_000);
        assert_eq!(encoding_of(counted), Encoding::Plain);
        let sizes: Vec<_> = drawn(1 << 40).take(5_000).collect();
        let sizes = drawn(5_000).map(|at| sizes[usize::try_from(at).unwrap()]).take(200_000);
        assert_eq!(encoding_of(sizes), Encoding::Keyed);
        assert_eq!(encoding_of(drawn(100).take(200_000)), Encoding::Keyed);
    }
}
