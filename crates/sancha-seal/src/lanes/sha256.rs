//! SHA-256 (FIPS 180-4).

use fearless_simd::Simd;

use super::{BLOCK, Compression, LANES, Words, load};

pub(super) struct Sha256;

/// Section 4.2.2.
#[rustfmt::skip]
const CONSTANTS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

impl Compression for Sha256 {
    const START: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    const LEAST: usize = 4;

    /// Section 6.2.2: 64 steps; of the words only the last sixteen are needed.
    #[inline(always)]
    fn compress<S: Simd>(simd: S, state: &mut [Words<S>; 8], blocks: &[&[u8; BLOCK]; LANES]) {
        let mut words = load(simd, blocks);
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
        for (round, constants) in CONSTANTS.chunks_exact(16).enumerate() {
            for (step, constant) in constants.iter().enumerate() {
                if round > 0 {
                    words[step] = next(&words, step);
                }
                let constant = Words::all(simd, *constant);
                let mixed = e.right::<6>().xor(e.right::<11>()).xor(e.right::<25>());
                let chosen = f.xor(g).and(e).xor(g);
                let first = h.add(mixed).add(chosen).add(constant).add(words[step]);
                let mixed = a.right::<2>().xor(a.right::<13>()).xor(a.right::<22>());
                let majority = a.and(b).or(c.and(a.or(b)));
                (h, g, f, e) = (g, f, e, d.add(first));
                (d, c, b, a) = (c, b, a, first.add(mixed).add(majority));
            }
        }
        for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.add(new);
        }
    }
}

/// The word that takes the place of the one sixteen before it.
#[inline(always)]
fn next<S: Simd>(words: &[Words<S>; 16], step: usize) -> Words<S> {
    let behind = |count: usize| words[(step + 16 - count) % 16];
    let (early, late) = (behind(15), behind(2));
    let early = early.right::<7>().xor(early.right::<18>()).xor(early.shift::<3>());
    let late = late.right::<17>().xor(late.right::<19>()).xor(late.shift::<10>());
    words[step].add(early).add(behind(7)).add(late)
}
