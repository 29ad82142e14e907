//! Numbers that look random and are not: RFC 5880 6.8.7 wants transmissions spread, so that
//! sessions don't fall into step.
//!
//! SplitMix64 over a seed of the session's name and the instant of its start: the same node does the
//! same again, and two nodes don't do the same as each other.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// A stream of numbers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) fn new(name: &str, neighbor: &str, start: Instant) -> Self {
        // FNV-1a.
        let bytes = name.bytes().chain([0]).chain(neighbor.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash ^ start.as_nanos().wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The span less 0 to 25 %; with a multiplier of 1 less 10 to 25 % (RFC 5880 6.8.7).
    pub(super) fn shorten(&mut self, span: Duration, multiplier: u8) -> Duration {
        let least = if multiplier == 1 { 100 } else { 0 };
        let less = least + u32::try_from(self.next() % u64::from(251 - least)).unwrap_or(least);
        span.saturating_mul(1000 - less) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_the_most_and_a_tenth_the_least_with_a_multiplier_of_1() {
        let mut jitter = Jitter::new("b", "192.0.2.1", Instant::ZERO);
        let span = Duration::from_millis(100);
        let mut draw = |multiplier| {
            let drawn: Vec<_> = (0..2000)
                .map(|_| jitter.shorten(span, multiplier))
                .collect();
            (drawn.iter().min().copied(), drawn.iter().max().copied())
        };
        let micros = |micros| Some(Duration::from_micros(micros));
        assert_eq!(draw(5), (micros(75_000), micros(100_000)));
        assert_eq!(draw(1), (micros(75_000), micros(90_000)));
    }
}
