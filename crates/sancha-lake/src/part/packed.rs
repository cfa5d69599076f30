//! Numbers as Parquet packs them.

/// Bits that numbers up to `greatest` take.
pub(super) fn width_of(greatest: usize) -> u8 {
    u8::try_from(usize::BITS - greatest.leading_zeros()).unwrap_or(0)
}

/// Appends numbers of `width` bits each in Parquet's hybrid of runs and packed bits. One run where all are the
/// same, else all packed: a compressor sees more in packed bits than in a mixture. The run's head is stretched
/// so that `to` has a multiple of four bytes.
pub(super) fn pack(numbers: &[u32], width: u8, to: &mut Vec<u8>) {
    let Some(first) = numbers.first() else { return };
    if numbers.iter().all(|number| number == first) {
        let bytes = usize::from(width.div_ceil(8));
        header((numbers.len() as u64) << 1, bytes, to);
        to.extend(first.to_le_bytes().iter().take(bytes));
        return;
    }
    let groups = numbers.len().div_ceil(8);
    let bytes = groups * usize::from(width);
    header(((groups as u64) << 1) | 1, bytes, to);
    let end = to.len() + bytes;
    to.reserve(bytes + 4);
    let (mut bits, mut held) = (0_u64, 0);
    for number in numbers {
        bits |= u64::from(*number) << held;
        held += u32::from(width);
        if held >= 32 {
            let [a, b, c, d, ..] = bits.to_le_bytes();
            to.extend_from_slice(&[a, b, c, d]);
            bits >>= 32;
            held -= 32;
        }
    }
    to.extend(bits.to_le_bytes().iter().take(held.div_ceil(8) as usize));
    to.resize(end, 0);
}

/// The head of a run of which `bytes` follow: LEB128, with as many zero digits as bring the end to a
/// multiple of four.
fn header(mut value: u64, bytes: usize, to: &mut Vec<u8>) {
    let start = to.len();
    while value >= 0x80 {
        to.push(low_bits(value) | 0x80);
        value >>= 7;
    }
    let missing = (to.len() + 1 + bytes).wrapping_neg() % 4;
    // Readers take heads of five bytes at most.
    if missing == 0 || to.len() - start + 1 + missing > 5 {
        to.push(low_bits(value));
        return;
    }
    to.push(low_bits(value) | 0x80);
    to.extend(std::iter::repeat_n(0x80, missing - 1));
    to.push(0);
}

/// The lowest seven.
fn low_bits(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or(0)
}

/// Appends a bit for each: whether it is more than 0.
pub(super) fn pack_presence(keys: &[u32], to: &mut Vec<u8>) {
    let groups = keys.chunks(8);
    header(((groups.len() as u64) << 1) | 1, groups.len(), to);
    to.extend(
        groups.map(|group| {
            group.iter().rev().fold(0_u8, |bits, key| (bits << 1) | u8::from(*key > 0))
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_as_the_format_says() {
        // The example of the format's description: 0 to 7 in three bits each.
        let mut packed = Vec::new();
        pack(&[0, 1, 2, 3, 4, 5, 6, 7], 3, &mut packed);
        assert_eq!(packed, [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        let mut run = Vec::new();
        pack(&[300; 100], 9, &mut run);
        assert_eq!(run, [200, 1, 44, 1]);
        let mut odd = vec![9];
        pack(&[1, 0, 1], 1, &mut odd);
        assert_eq!(odd, [9, 0x83, 0, 0b101]);
        let mut present = Vec::new();
        pack_presence(&[7, 0, 1, 1, 1, 1, 1, 1, 1], &mut present);
        assert_eq!(present, [0x85, 0, 0b1111_1101, 1]);
        assert_eq!([0, 1, 2, 255, 256].map(width_of), [0, 1, 2, 8, 9]);
    }
}
