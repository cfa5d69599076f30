//! SM3 (GB/T 32905-2016) of sixteen messages at once, one in each lane of AVX2 registers.
//!
//! One message is a chain of rotations and additions, each waiting for the one before; sixteen side by
//! side fill the machine. Measured at three times the speed of the `sm3` crate, which every digest here
//! is tested against and which hashes where there is no AVX2. The compiler makes the vectors out of
//! loops over arrays; `fearless_simd` asks the processor and calls the loops with AVX2 allowed, so
//! there is no `unsafe` here.

#![cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only AVX2 has lanes enough"))]

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, Simd as _};

use crate::Hash32;

/// Messages hashed at once. With eight a byte costs half as much again.
pub(crate) const LANES: usize = 16;

/// A word of each message.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Words([u32; LANES]);

const START: [u32; 8] = [
    0x7380_166f,
    0x4914_b2b9,
    0x1724_42d7,
    0xda8a_0600,
    0xa96f_30bc,
    0x1631_38aa,
    0xe38d_ee4d,
    0xb0fb_0e4e,
];
const EARLY: u32 = 0x79cc_4519;
const LATE: u32 = 0x7a87_9d8a;
const BLOCK: usize = 64;

/// Whether this processor can.
pub(crate) fn are_there() -> bool {
    hash(&[]).is_some()
}

/// The digests of messages, at most [`LANES`] of them, in order; `None` where there is no AVX2.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn hash(_: &[&[u8]]) -> Option<[Hash32; LANES]> {
    None
}

/// The digests of messages, at most [`LANES`] of them, in order; `None` where there is no AVX2.
#[cfg(target_arch = "x86_64")]
pub(crate) fn hash(messages: &[&[u8]]) -> Option<[Hash32; LANES]> {
    let avx2 = Level::new().as_avx2()?;
    let mut all = [&[][..]; LANES];
    for (lane, message) in all.iter_mut().zip(messages) {
        *lane = message;
    }
    let padded = all.map(Padded::new);
    Some(avx2.vectorize(
        #[inline(always)]
        || hash_lanes(&padded),
    ))
}

/// A message with its end, which is one block or two: a bit 1, zeros, the length in bits.
struct Padded<'a> {
    whole: &'a [[u8; BLOCK]],
    end: [[u8; BLOCK]; 2],
    end_blocks: usize,
}

impl<'a> Padded<'a> {
    fn new(message: &'a [u8]) -> Self {
        let (whole, rest) = message.as_chunks::<BLOCK>();
        let mut end = [0; 2 * BLOCK];
        for (to, from) in end.iter_mut().zip(rest.iter().chain([&0x80])) {
            *to = *from;
        }
        let end_blocks = if rest.len() < BLOCK - 8 { 1 } else { 2 };
        let bits = (message.len() as u64 * 8).to_be_bytes();
        for (to, from) in end.iter_mut().take(end_blocks * BLOCK).rev().zip(bits.iter().rev()) {
            *to = *from;
        }
        let (blocks, _) = end.as_chunks::<BLOCK>();
        let end = [0, 1].map(|number| blocks.get(number).copied().unwrap_or([0; BLOCK]));
        Self { whole, end, end_blocks }
    }

    fn blocks(&self) -> usize {
        self.whole.len() + self.end_blocks
    }

    /// Block `number`; behind the last, any block, for nothing is made of it.
    #[inline(always)]
    fn block(&self, number: usize) -> &[u8; BLOCK] {
        let at_end = number.saturating_sub(self.whole.len()).min(1);
        self.whole.get(number).unwrap_or(&self.end[at_end])
    }
}

#[inline(always)]
fn hash_lanes(messages: &[Padded<'_>; LANES]) -> [Hash32; LANES] {
    let mut state = START.map(|word| Words([word; LANES]));
    let mut digests = [Hash32([0; 32]); LANES];
    let longest = messages.iter().map(Padded::blocks).max().unwrap_or(0);
    for number in 0..longest {
        let mut blocks = [messages[0].block(number); LANES];
        for (block, message) in blocks.iter_mut().zip(messages) {
            *block = message.block(number);
        }
        compress(&mut state, &blocks);
        for (lane, message) in messages.iter().enumerate() {
            if message.blocks() == number + 1 {
                digests[lane] = digest(&state, lane);
            }
        }
    }
    digests
}

fn digest(state: &[Words; 8], lane: usize) -> Hash32 {
    let mut bytes = [0; 32];
    for (to, word) in bytes.chunks_exact_mut(4).zip(state) {
        to.copy_from_slice(&word.0[lane].to_be_bytes());
    }
    Hash32(bytes)
}

/// Clause 5.3.3: 64 steps, in all lanes.
#[inline(always)]
fn compress(state: &mut [Words; 8], blocks: &[&[u8; BLOCK]; LANES]) {
    let words = expand(blocks);
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for step in 0..64_u32 {
        let (word, ahead) = (words[step as usize], words[step as usize + 4]);
        // The first sixteen steps mix in another way.
        let (constant, left, right) = if step < 16 {
            (EARLY, a.xor(b).xor(c), e.xor(f).xor(g))
        } else {
            (LATE, a.and(b).or(c.and(a.or(b))), f.xor(g).and(e).xor(g))
        };
        let constant = Words([constant.rotate_left(step % 32); LANES]);
        let turned = a.rotate::<12>();
        let first = turned.add(e).add(constant).rotate::<7>();
        let second = first.xor(turned);
        let left = left.add(d).add(second).add(word.xor(ahead));
        let right = right.add(h).add(first).add(word);
        (d, c, b, a) = (c, b.rotate::<9>(), a, left);
        (h, g, f) = (g, f.rotate::<19>(), e);
        e = right.xor(right.rotate::<9>()).xor(right.rotate::<17>());
    }
    for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.xor(new);
    }
}

/// Clause 5.3.2: 16 words of a block become 68.
#[inline(always)]
fn expand(blocks: &[&[u8; BLOCK]; LANES]) -> [Words; 68] {
    let mut words = [Words([0; LANES]); 68];
    for (number, word) in words.iter_mut().take(16).enumerate() {
        for (to, block) in word.0.iter_mut().zip(blocks) {
            let at = number * 4;
            *to = u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        }
    }
    for number in 16..68 {
        let mixed = words[number - 16].xor(words[number - 9]).xor(words[number - 3].rotate::<15>());
        let spread = mixed.xor(mixed.rotate::<15>()).xor(mixed.rotate::<23>());
        words[number] = spread.xor(words[number - 13].rotate::<7>()).xor(words[number - 6]);
    }
    words
}

impl Words {
    #[inline(always)]
    fn zip(mut self, other: Self, op: impl Fn(u32, u32) -> u32) -> Self {
        for (one, other) in self.0.iter_mut().zip(other.0) {
            *one = op(*one, other);
        }
        self
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, u32::wrapping_add)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.zip(other, |one, other| one ^ other)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.zip(other, |one, other| one & other)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self.zip(other, |one, other| one | other)
    }

    #[inline(always)]
    fn rotate<const BITS: u32>(mut self) -> Self {
        for word in &mut self.0 {
            *word = word.rotate_left(BITS);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Algorithm;

    fn check(messages: &[Vec<u8>]) {
        let slices: Vec<_> = messages.iter().map(Vec::as_slice).collect();
        // Without AVX2 there is nothing to compare; the program takes the other way there too.
        let Some(found) = hash(&slices) else { return };
        for (found, message) in found.iter().zip(messages) {
            assert_eq!(*found, Algorithm::Sm3.hash(&[message]), "{} bytes", message.len());
        }
    }

    #[test]
    fn every_length_around_the_end_of_a_block_is_padded_right() {
        for start in (0..260).step_by(LANES) {
            let of_length = |length: usize| vec![u8::try_from(length % 251).unwrap(); length];
            check(&(start..start + LANES).map(of_length).collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn digests_are_those_of_the_other_implementation(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..=LANES),
        ) {
            check(&messages);
        }
    }
}
