//! Many messages hashed at once, one in each lane of AVX-512 or AVX2 registers.
//!
//! One message is a chain of rotations and additions, each waiting for the one before; sixteen side by side fill the
//! machine. Every digest here is tested against the crates `sha2` and `sm3`, which hash where there are no such
//! registers. `examples/seal_speed.rs` on an AMD EPYC of family 26 seals a row of 110 bytes in 40 ns with SHA-256 and 60
//! with SM3, in lanes of AVX-512; by the processor's own SHA-256, and SM3 in lanes that the compiler made out of loops, it
//! was 70 and 125.
//! `fearless_simd` asks the processor, and there is no `unsafe` here.

#![cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "only x86-64 has lanes enough")
)]

mod sha256;
mod sm3;

use fearless_simd::{Bytes as _, Level, Simd, SimdBase as _, u8x64, u32x16};

use crate::{Algorithm, Hash32};

/// Messages hashed at once. With eight a byte costs half as much again.
const LANES: usize = 16;
/// Messages worth waiting for: a lane takes the next one when its own ends, so few lanes are idle.
pub(crate) const TOGETHER: usize = 4 * LANES;
/// Fewer messages are hashed sooner by instructions for the digest: half the speed of all lanes.
const LEAST_FOR_INSTRUCTIONS: usize = LANES / 2 + 1;
const BLOCK: usize = 64;

/// A word of each message.
#[derive(Clone, Copy)]
struct Words<S: Simd>(u32x16<S>);

/// What a digest of eight words does with a block, in all lanes.
trait Compression {
    const START: [u32; 8];
    /// So few messages are hashed sooner one by one.
    const LEAST: usize;

    fn compress<S: Simd>(simd: S, state: &mut [Words<S>; 8], blocks: &[&[u8; BLOCK]; LANES]);
}

/// Whether this processor hashes faster in lanes than by the digest's own implementation.
pub(crate) fn are_faster(algorithm: Algorithm) -> bool {
    let level = Level::new();
    level.as_avx512().is_some() || !has_instructions(algorithm) && level.as_avx2().is_some()
}

/// Whether the processor has instructions for this digest.
fn has_instructions(algorithm: Algorithm) -> bool {
    algorithm == Algorithm::Sha256 && std::arch::is_x86_feature_detected!("sha")
}

/// Adds the digests of messages to `digests`, in order. `false`: nothing was added, one by one is faster.
pub(crate) fn hash(algorithm: Algorithm, messages: &[&[u8]], digests: &mut Vec<Hash32>) -> bool {
    let least = match algorithm {
        Algorithm::Sha256 if has_instructions(algorithm) => LEAST_FOR_INSTRUCTIONS,
        Algorithm::Sha256 => sha256::Sha256::LEAST,
        Algorithm::Sm3 => sm3::Sm3::LEAST,
    };
    if messages.len() < least || !are_faster(algorithm) {
        return false;
    }
    match algorithm {
        Algorithm::Sha256 => hash_with::<sha256::Sha256>(messages, digests),
        Algorithm::Sm3 => hash_with::<sm3::Sm3>(messages, digests),
    }
}

fn hash_with<C: Compression>(messages: &[&[u8]], digests: &mut Vec<Hash32>) -> bool {
    let level = Level::new();
    if let Some(avx512) = level.as_avx512() {
        hash_in::<C, _>(avx512, messages, digests);
    } else if let Some(avx2) = level.as_avx2() {
        hash_in::<C, _>(avx2, messages, digests);
    } else {
        return false;
    }
    true
}

fn hash_in<C: Compression, S: Simd>(simd: S, messages: &[&[u8]], digests: &mut Vec<Hash32>) {
    let messages: Vec<_> = messages.iter().map(|message| Padded::new(message)).collect();
    let from = digests.len();
    digests.resize(from + messages.len(), Hash32([0; 32]));
    let digests = digests.get_mut(from..).unwrap_or_default();
    simd.vectorize(
        #[inline(always)]
        || hash_lanes::<C, S>(simd, &messages, digests),
    );
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

    /// Block `number` of [`Padded::blocks`].
    #[inline(always)]
    fn block(&self, number: usize) -> &[u8; BLOCK] {
        let at_end = number.saturating_sub(self.whole.len()).min(1);
        self.whole.get(number).unwrap_or(&self.end[at_end])
    }
}

/// What a lane hashes: the message, and its next block.
#[derive(Clone, Copy)]
struct Lane {
    message: usize,
    block: usize,
}

#[inline(always)]
fn hash_lanes<C: Compression, S: Simd>(simd: S, messages: &[Padded<'_>], digests: &mut [Hash32]) {
    let mut state = C::START.map(|word| Words::all(simd, word));
    let mut lanes = [None; LANES];
    for (message, lane) in lanes.iter_mut().enumerate().take(messages.len()) {
        *lane = Some(Lane { message, block: 0 });
    }
    let mut next = LANES;
    let mut blocks = [&[0; BLOCK]; LANES];
    while lanes.iter().any(Option::is_some) {
        for (block, lane) in blocks.iter_mut().zip(&lanes) {
            // A lane without a message goes over its last block again, and nothing is made of it.
            if let Some(lane) = lane {
                *block = messages[lane.message].block(lane.block);
            }
        }
        C::compress(simd, &mut state, &blocks);
        for (number, place) in lanes.iter_mut().enumerate() {
            let Some(lane) = place else { continue };
            lane.block += 1;
            if lane.block < messages[lane.message].blocks() {
                continue;
            }
            digests[lane.message] = digest(&state, number);
            for (word, start) in state.iter_mut().zip(C::START) {
                word.0.as_mut_slice()[number] = start;
            }
            *place = (next < messages.len()).then_some(Lane { message: next, block: 0 });
            next += 1;
        }
    }
}

fn digest<S: Simd>(state: &[Words<S>; 8], lane: usize) -> Hash32 {
    let mut bytes = [0; 32];
    for (to, word) in bytes.chunks_exact_mut(4).zip(state) {
        to.copy_from_slice(&word.0.as_slice()[lane].to_be_bytes());
    }
    Hash32(bytes)
}

/// The sixteen words of each block: read block by block, as they stand in memory, and then turned so that a word of all
/// blocks is together. Left to itself the compiler gathers and scatters single words, which takes a third of the time.
#[inline(always)]
fn load<S: Simd>(simd: S, blocks: &[&[u8; BLOCK]; LANES]) -> [Words<S>; LANES] {
    let mut rows = [Words::all(simd, 0); LANES];
    for (to, block) in rows.iter_mut().zip(blocks) {
        let words: u32x16<S> = u8x64::from_slice(simd, *block).bitcast();
        to.0 = swapped(simd, words);
    }
    // Four times row n is shuffled into row n + 8, as the halves of a deck: that turns sixteen by sixteen.
    for _ in 0..LANES.ilog2() {
        let halves = rows;
        for number in 0..LANES / 2 {
            let (one, other) = (halves[number].0, halves[number + LANES / 2].0);
            let (low, high) = simd.interleave_u32x16(one, other);
            rows[2 * number].0 = low;
            rows[2 * number + 1].0 = high;
        }
    }
    rows
}

/// Numbers of the other order of bytes.
#[inline(always)]
fn swapped<S: Simd>(simd: S, words: u32x16<S>) -> u32x16<S> {
    let byte = |mask: u32| u32x16::splat(simd, mask);
    let outer = words << 24 | words >> 24;
    outer | words << 8 & byte(0x00ff_0000) | words >> 8 & byte(0x0000_ff00)
}

impl<S: Simd> Words<S> {
    #[inline(always)]
    fn all(simd: S, word: u32) -> Self {
        Self(u32x16::splat(simd, word))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    fn left<const BITS: u32>(self) -> Self {
        Self(self.0 << BITS | self.0 >> (32 - BITS))
    }

    #[inline(always)]
    fn right<const BITS: u32>(self) -> Self {
        Self(self.0 >> BITS | self.0 << (32 - BITS))
    }

    #[inline(always)]
    fn shift<const BITS: u32>(self) -> Self {
        Self(self.0 >> BITS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sm3];

    /// Every way this processor has. Without AVX2 there is none to compare; the program takes the other way there too.
    fn check(messages: &[Vec<u8>]) {
        let level = Level::new();
        if let Some(avx512) = level.as_avx512() {
            check_in(avx512, messages);
        }
        if let Some(avx2) = level.as_avx2() {
            check_in(avx2, messages);
        }
    }

    fn check_in<S: Simd>(simd: S, messages: &[Vec<u8>]) {
        let slices: Vec<_> = messages.iter().map(Vec::as_slice).collect();
        for algorithm in ALL {
            let mut found = vec![Hash32([7; 32])];
            match algorithm {
                Algorithm::Sha256 => hash_in::<sha256::Sha256, S>(simd, &slices, &mut found),
                Algorithm::Sm3 => hash_in::<sm3::Sm3, S>(simd, &slices, &mut found),
            }
            assert_eq!(found.len(), messages.len() + 1, "what was there stays");
            for (found, message) in found.iter().skip(1).zip(messages) {
                let one = algorithm.hash(&[message]);
                assert_eq!(*found, one, "{algorithm:?}, {} bytes", message.len());
            }
        }
    }

    #[test]
    fn every_length_around_the_end_of_a_block_is_padded_right() {
        let of_length = |length: usize| vec![u8::try_from(length % 251).unwrap(); length];
        check(&(0..260).map(of_length).collect::<Vec<_>>());
    }

    #[test]
    fn few_messages_are_left_to_the_other_implementation() {
        for algorithm in ALL {
            let mut digests = Vec::new();
            assert!(!hash(algorithm, &[b"one", b"two", b"three"], &mut digests));
            assert_eq!(digests, []);
        }
    }

    proptest! {
        #[test]
        fn digests_are_those_of_the_other_implementation(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..=TOGETHER),
        ) {
            check(&messages);
        }
    }
}
