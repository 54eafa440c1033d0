//! Chance from a seed: the same seed gives the same company, on every machine and in every version.
//!
//! The stream is ChaCha8; what is drawn from it is computed here, because distributions of libraries
//! may change between versions, and with them every planted instant.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use tenure_model::Timestamp;

/// Draws from one seeded stream.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of a seed and a purpose. Each purpose has its own, so that a scenario that draws
    /// more does not change what another draws.
    #[must_use]
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        // FNV-1a: not for secrecy, only to tell purposes apart.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        key[8..16].copy_from_slice(&hash.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `n`; 0 for `n` = 0.
    pub fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// An index into a list of that length.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// One of a list, if there is one.
    pub fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        list.get(self.index(list.len()))
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A whole second in `[from, to)`; `from`, if there is none.
    pub fn instant(&mut self, from: Timestamp, to: Timestamp) -> Timestamp {
        let seconds = to.micros().saturating_sub(from.micros()).max(0) / 1_000_000;
        let offset = self.below(u64::try_from(seconds).unwrap_or(0));
        from.plus_micros(i64::try_from(offset).unwrap_or(0) * 1_000_000)
    }

    /// So many letters and digits, as ids have them.
    pub fn letters(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len).filter_map(|_| self.pick(alphabet).copied()).map(char::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_give_one_stream() {
        let draw = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            (0..5).map(|_| chance.below(1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, "people"), draw(1, "people"));
        assert_ne!(draw(1, "people"), draw(2, "people"));
        assert_ne!(draw(1, "people"), draw(1, "keys"));
    }
}
