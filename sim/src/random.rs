//! Random streams, one for each thing that draws.
//!
//! A stream is seeded by the scenario's seed and the stable name of its owner, so that a node
//! more does not reshuffle what happens to the others. Deliberately absent: a stream that two
//! things share, and floating point.

use bellwether_core::Instant;
use core::time::Duration;
use rand_core::Rng;
use rand_pcg::Pcg32;

use crate::scenario::units::Share;

/// The FNV-1a hash of all parts, each ended by a byte that no name has.
///
/// Our own, because the standard library's hashes may change between releases, and a seed must
/// mean the same for ever.
#[must_use]
pub fn stable_hash(parts: &[&str]) -> u64 {
    let mut hash = Fnv::default();
    for part in parts {
        part.bytes().for_each(|byte| hash.byte(byte));
        hash.byte(0xff);
    }
    hash.finish()
}

/// FNV-1a, 64 bits wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    /// Takes one byte in.
    pub const fn byte(&mut self, byte: u8) {
        self.0 =
            (self.0 ^ u64::from_le_bytes([byte, 0, 0, 0, 0, 0, 0, 0])).wrapping_mul(Self::PRIME);
    }

    /// Takes a number in as one unit: not FNV-1a of its bytes, but eight times faster.
    pub const fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(Self::PRIME);
        self.0 = mixed ^ (mixed >> 29);
    }

    /// The hash of all that was taken in.
    #[must_use]
    pub const fn finish(self) -> u64 {
        self.0
    }
}

/// A source of random decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Pcg32);

impl Stream {
    /// The stream of whatever is called so, in a run of this seed.
    #[must_use]
    pub fn new(seed: u64, name: &[&str]) -> Self {
        let hash = stable_hash(name);
        // splitmix64's finisher, so that neighbouring seeds have nothing in common.
        let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ hash;
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(Pcg32::new(state ^ (state >> 31), hash))
    }

    /// A number below `bound`; 0 when that is 0. Even but for a bias below 2^-32.
    pub fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(wide >> 32).unwrap_or_default()
    }

    /// A span from zero up to `most`, included.
    pub fn span(&mut self, most: Duration) -> Duration {
        let most = bellwether_core::time::nanos(most);
        if most == 0 {
            return Duration::ZERO;
        }
        let wide = u128::from(self.0.next_u64()) * (u128::from(most) + 1);
        Duration::from_nanos(u64::try_from(wide >> 64).unwrap_or_default())
    }

    /// An instant between `from` and `to`.
    pub fn instant(&mut self, from: Instant, to: Instant) -> Instant {
        from + self.span(to.since(from))
    }

    /// Whether something of this probability happens. Draws only when that is open.
    pub fn happens(&mut self, share: Share) -> bool {
        match share.as_ppm() {
            0 => false,
            1_000_000.. => true,
            ppm => self.below(1_000_000) < ppm,
        }
    }

    /// One of these; `None` of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(of.len()).ok()?;
        let place = usize::try_from(self.below(count)).ok()?;
        of.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stable_hash_is_fnv_1a() {
        // The published test vectors of FNV-1a, 64 bits: "" and "a".
        assert_eq!(stable_hash(&[]), 0xcbf2_9ce4_8422_2325);
        let mut hash = Fnv::default();
        hash.byte(b'a');
        assert_eq!(hash.finish(), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn streams_differ_by_name_and_seed_and_by_nothing_else() {
        let draw = |seed, name: &[&str]| {
            let mut stream = Stream::new(seed, name);
            [0; 8].map(|_: u32| stream.below(1 << 30))
        };
        assert_eq!(draw(1, &["lb1", "lb2"]), draw(1, &["lb1", "lb2"]));
        assert_ne!(draw(1, &["lb1", "lb2"]), draw(2, &["lb1", "lb2"]));
        assert_ne!(draw(1, &["lb1", "lb2"]), draw(1, &["lb1l", "b2"]));
    }

    #[test]
    fn shares_happen_about_as_often_as_they_say() {
        let mut stream = Stream::new(7, &["x"]);
        let hits = (0..10_000)
            .filter(|_| stream.happens(Share::percent(20)))
            .count();
        assert!((1_800..2_200).contains(&hits), "{hits}");
        assert!(!stream.happens(Share::NONE) && stream.happens(Share::ALL));
    }
}
