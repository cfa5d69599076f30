//! Numbers in as few bits as they need, the lowest bit of a byte first.

/// Longer runs of ones are in no file of ours.
const LONGEST_RUN: u64 = 1 << 20;
/// Bits that are looked at together: of eight bytes, seven bits may have been read before.
const WINDOW_BITS: u32 = 57;

#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet, and how many.
    held: u64,
    count: u32,
}

impl BitWriter {
    /// The lowest `width` bits of `value`, up to 32 of them.
    pub(super) fn put(&mut self, value: u64, width: u32) {
        self.held |= (value & ((1 << width) - 1)) << self.count;
        self.count += width;
        while self.count >= 8 {
            let [byte, ..] = self.held.to_le_bytes();
            self.bytes.push(byte);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// A number of about `1 << low`: what is above its `low` lowest bits as ones before a zero (Rice 1979).
    pub(super) fn rice(&mut self, value: u64, low: u32) {
        (0..value >> low).for_each(|_| self.put(1, 1));
        self.put(0, 1);
        self.put(value, low);
    }

    /// A number from 1 of which the small ones are common (Elias 1975).
    pub(super) fn gamma(&mut self, value: u64) {
        let low = value.max(1).ilog2();
        (0..low).for_each(|_| self.put(1, 1));
        self.put(0, 1);
        self.put(value, low);
    }

    /// The bytes; the last is filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.bytes
    }
}

pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The bits from here on, [`WINDOW_BITS`] of them at least; zeros behind the last.
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        word >> (self.at % 8)
    }

    fn pass(&mut self, bits: u32) -> Option<()> {
        let end = self.at + bits as usize;
        (end <= 8 * self.bytes.len()).then(|| self.at = end)
    }

    /// Up to 32 bits.
    pub(super) fn take(&mut self, width: u32) -> Option<u64> {
        let value = self.window() & ((1 << width) - 1);
        self.pass(width)?;
        Some(value)
    }

    fn ones(&mut self) -> Option<u64> {
        let mut ones = 0;
        while ones <= LONGEST_RUN {
            let here = self.window().trailing_ones();
            if here < WINDOW_BITS {
                self.pass(here + 1)?;
                return Some(ones + u64::from(here));
            }
            self.pass(WINDOW_BITS)?;
            ones += u64::from(WINDOW_BITS);
        }
        None
    }

    pub(super) fn rice(&mut self, low: u32) -> Option<u64> {
        let high = self.ones()?;
        Some((high << low) | self.take(low)?)
    }

    pub(super) fn gamma(&mut self) -> Option<u64> {
        let low = u32::try_from(self.ones()?).ok().filter(|low| *low < 32)?;
        Some((1 << low) | self.take(low)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 2, 3, 7, 8, 56, 57, 58, 100, 1_000, 1_824, 1_825, 65_535];
        let mut writer = BitWriter::default();
        for number in numbers {
            writer.rice(number, 5);
            writer.gamma(number + 1);
            writer.put(number, 17);
        }
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for number in numbers {
            let read = (reader.rice(5), reader.gamma(), reader.take(17));
            assert_eq!(read, (Some(number), Some(number + 1), Some(number)));
        }
        assert_eq!(BitReader::new(&[0xff; 9]).rice(3), None);
        assert_eq!(BitReader::new(&[0xff; 9]).gamma(), None);
    }
}
