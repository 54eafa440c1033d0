//! Two messages by the SHA instructions of x86-64 (Intel Architecture Instruction Set Extensions
//! Programming Reference, chapter 8; AMD64 Architecture Programmer's Manual, volume 4).

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_set_epi32,
    _mm_set_epi64x, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
    _mm_shuffle_epi8, _mm_shuffle_epi32,
};

use super::{BLOCK, Pair};

/// The function for two messages, if this processor has the instructions.
pub(super) fn pair() -> Option<Pair> {
    let there = is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1");
    there.then_some(checked as Pair)
}

/// Only [`pair`] gives this away.
#[expect(unsafe_code, reason = "the compiler cannot know what was detected")]
fn checked(states: [&mut [u32; 8]; 2], blocks: [&[[u8; BLOCK]]; 2]) {
    // SAFETY: `pair`, the only one to name this function, has found `sha`, `ssse3` and `sse4.1`
    // on this processor; `sse2` is part of x86-64. Nothing else is asked of the caller.
    unsafe { compress(states, blocks) }
}

/// A message being hashed.
struct Lane {
    /// The state as the instructions want it.
    abef: __m128i,
    cdgh: __m128i,
    /// The last sixteen words of the message schedule.
    words: [__m128i; 4],
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress(states: [&mut [u32; 8]; 2], [left, right]: [&[[u8; BLOCK]]; 2]) {
    let [a, b] = states;
    let mut lanes = [Lane::new(a), Lane::new(b)];
    for blocks in left.iter().zip(right) {
        let before = [lanes[0].state(), lanes[1].state()];
        lanes[0].load(blocks.0);
        lanes[1].load(blocks.1);
        first_rounds(&mut lanes);
        rounds(4, &mut lanes);
        rounds(8, &mut lanes);
        rounds(12, &mut lanes);
        lanes[0].add(before[0]);
        lanes[1].add(before[1]);
    }
    *a = lanes[0].words();
    *b = lanes[1].words();
}

/// Sixteen rounds with the words of the message itself.
#[inline]
#[target_feature(enable = "sha,sse2")]
fn first_rounds(lanes: &mut [Lane; 2]) {
    for i in 0..4 {
        for lane in &mut *lanes {
            lane.four_rounds(i, lane.words[i]);
        }
    }
}

/// Sixteen rounds with further words; `from` counts rounds by four.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3")]
fn rounds(from: usize, lanes: &mut [Lane; 2]) {
    for i in 0..4 {
        for lane in &mut *lanes {
            let word = lane.next_words(i);
            lane.four_rounds(from + i, word);
        }
    }
}

impl Lane {
    #[inline]
    #[target_feature(enable = "sse2,ssse3,sse4.1")]
    fn new(state: &[u32; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = state.map(u32::cast_signed);
        let zero = _mm_set_epi64x(0, 0);
        Self { abef: _mm_set_epi32(a, b, e, f), cdgh: _mm_set_epi32(c, d, g, h), words: [zero; 4] }
    }

    #[inline]
    #[target_feature(enable = "sse2,sse4.1")]
    fn words(&self) -> [u32; 8] {
        let halves = |v| [_mm_extract_epi64::<1>(v), _mm_cvtsi128_si64(v)];
        let [[ab, ef], [cd, gh]] = [halves(self.abef), halves(self.cdgh)];
        let split = |pair: i64| [(pair.cast_unsigned() >> 32) as u32, pair as u32];
        let [[a, b], [c, d], [e, f], [g, h]] = [split(ab), split(cd), split(ef), split(gh)];
        [a, b, c, d, e, f, g, h]
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn state(&self) -> [__m128i; 2] {
        [self.abef, self.cdgh]
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn add(&mut self, [abef, cdgh]: [__m128i; 2]) {
        self.abef = _mm_add_epi32(self.abef, abef);
        self.cdgh = _mm_add_epi32(self.cdgh, cdgh);
    }

    /// The words of a block, which are big-endian.
    #[inline]
    #[target_feature(enable = "sse2,ssse3")]
    fn load(&mut self, block: &[u8; BLOCK]) {
        let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
        let (halves, _) = block.as_chunks::<8>();
        for (i, word) in self.words.iter_mut().enumerate() {
            let [low, high] = [halves[2 * i], halves[2 * i + 1]].map(i64::from_le_bytes);
            *word = _mm_shuffle_epi8(_mm_set_epi64x(high, low), swap);
        }
    }

    /// The next four words of the schedule (FIPS 180-4, section 6.2.2, step 1), in the place of
    /// the oldest four.
    #[inline]
    #[target_feature(enable = "sha,sse2,ssse3")]
    fn next_words(&mut self, i: usize) -> __m128i {
        let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|ahead| self.words[(i + ahead) % 4]);
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8::<4>(w3, w2));
        self.words[i] = _mm_sha256msg2_epu32(sum, w3);
        self.words[i]
    }

    /// Step 3 of the same, four times; `number` counts by four.
    #[inline]
    #[target_feature(enable = "sha,sse2")]
    fn four_rounds(&mut self, number: usize, words: __m128i) {
        let [k0, k1, k2, k3] = ROUND[number].map(u32::cast_signed);
        let input = _mm_add_epi32(words, _mm_set_epi32(k3, k2, k1, k0));
        self.cdgh = _mm_sha256rnds2_epu32(self.cdgh, self.abef, input);
        let input = _mm_shuffle_epi32::<0x0e>(input);
        self.abef = _mm_sha256rnds2_epu32(self.abef, self.cdgh, input);
    }
}

/// FIPS 180-4, section 4.2.2, by four.
const ROUND: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];
