//! SM3 (GB/T 32905-2016).

use fearless_simd::Simd;

use super::{BLOCK, Compression, LANES, Words, load};

pub(super) struct Sm3;

const EARLY: u32 = 0x79cc_4519;
const LATE: u32 = 0x7a87_9d8a;

impl Compression for Sm3 {
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
    const LEAST: usize = 7;

    /// Clause 5.3.3: 64 steps.
    #[inline(always)]
    fn compress<S: Simd>(simd: S, state: &mut [Words<S>; 8], blocks: &[&[u8; BLOCK]; LANES]) {
        let words = expand(simd, blocks);
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
        for step in 0..64_u32 {
            let (word, ahead) = (words[step as usize], words[step as usize + 4]);
            // The first sixteen steps mix in another way.
            let (constant, left, right) = if step < 16 {
                (EARLY, a.xor(b).xor(c), e.xor(f).xor(g))
            } else {
                (LATE, a.and(b).or(c.and(a.or(b))), f.xor(g).and(e).xor(g))
            };
            let constant = Words::all(simd, constant.rotate_left(step % 32));
            let turned = a.left::<12>();
            let first = turned.add(e).add(constant).left::<7>();
            let second = first.xor(turned);
            let left = left.add(d).add(second).add(word.xor(ahead));
            let right = right.add(h).add(first).add(word);
            (d, c, b, a) = (c, b.left::<9>(), a, left);
            (h, g, f) = (g, f.left::<19>(), e);
            e = right.xor(right.left::<9>()).xor(right.left::<17>());
        }
        for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.xor(new);
        }
    }
}

/// Clause 5.3.2: 16 words of a block become 68.
#[inline(always)]
fn expand<S: Simd>(simd: S, blocks: &[&[u8; BLOCK]; LANES]) -> [Words<S>; 68] {
    let mut words = [Words::all(simd, 0); 68];
    for (word, loaded) in words.iter_mut().zip(load(simd, blocks)) {
        *word = loaded;
    }
    for number in 16..68 {
        let mixed = words[number - 16].xor(words[number - 9]).xor(words[number - 3].left::<15>());
        let spread = mixed.xor(mixed.left::<15>()).xor(mixed.left::<23>());
        words[number] = spread.xor(words[number - 13].left::<7>()).xor(words[number - 6]);
    }
    words
}
