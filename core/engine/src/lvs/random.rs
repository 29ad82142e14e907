//! A deterministic stream for each checker, from its name alone.
//!
//! Invariant: another server in the file does not change when a checker starts.

use core::time::Duration;

use super::ServerKey;
use crate::time::nanos;

/// A part of `span`, the same every time for one checker: 0 to all of it.
pub(super) fn part_of(span: Duration, server: &ServerKey, checker: usize) -> Duration {
    let draw = u128::from(mix(name(server, checker)));
    let scaled = (u128::from(nanos(span)) * draw) >> 64;
    Duration::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX))
}

/// FNV-1a over what a checker is known by.
fn name(server: &ServerKey, checker: usize) -> u64 {
    let text = format!("{server} {checker}");
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of splitmix64: neighbouring names give unrelated numbers.
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::model::lvs::{Protocol, Service};

    fn server(host: u8) -> ServerKey {
        ServerKey {
            service: Service::Address {
                address: Ipv4Addr::new(192, 0, 2, 1).into(),
                port: 80,
                protocol: Protocol::Tcp,
            },
            address: Ipv4Addr::new(10, 0, 0, host).into(),
            port: 80,
        }
    }

    #[test]
    fn two_hundred_checkers_are_spread_over_the_whole_span() {
        let span = Duration::from_secs(10);
        let mut tenths = [0; 10];
        for host in 0..200 {
            let part = part_of(span, &server(host), 0);
            assert!(part <= span);
            let tenth = usize::try_from(part.as_millis() / 1000).unwrap();
            tenths[tenth.min(9)] += 1;
        }
        // 20 each would be even; fewer than 8 or more than 36 would be no spread.
        assert!(tenths.iter().all(|n| (8..36).contains(n)), "{tenths:?}");
    }

    #[test]
    fn a_checker_starts_at_the_same_time_every_time_and_its_neighbour_at_another() {
        let span = Duration::from_secs(60);
        assert_eq!(part_of(span, &server(1), 0), part_of(span, &server(1), 0));
        assert_ne!(part_of(span, &server(1), 0), part_of(span, &server(2), 0));
        assert_ne!(part_of(span, &server(1), 0), part_of(span, &server(1), 1));
        assert_eq!(part_of(Duration::ZERO, &server(1), 0), Duration::ZERO);
    }
}
