//! The order that ipvsadm lists a table in.
//!
//! Marks come after addresses, IPv4 before IPv6, then the protocol, the address and the port.
//! Addresses are compared by the sign of their difference in 32 bits, so that 10.0.0.1 comes after
//! 192.0.2.1 and before 127.0.0.1. That is no order: three addresses can each come before the next,
//! and what is listed then depends on the sort itself. So this is the C library's merge sort, which
//! asks the same questions in the same sequence.

use core::cmp::Ordering;
use std::net::IpAddr;

use bellwether_core::kernel::ipvs::{DestinationKey, ServiceKey};

/// Sorts by a relation that need not be transitive.
pub(super) fn merge_sort<T>(
    mut list: Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering + Copy,
) -> Vec<T> {
    if list.len() < 2 {
        return list;
    }
    let upper = list.split_off(list.len() / 2);
    let mut lower = merge_sort(list, compare).into_iter().peekable();
    let mut upper = merge_sort(upper, compare).into_iter().peekable();
    let mut sorted = Vec::with_capacity(lower.len() + upper.len());
    while let (Some(low), Some(high)) = (lower.peek(), upper.peek()) {
        let from_lower = compare(low, high) != Ordering::Greater;
        sorted.extend(if from_lower {
            lower.next()
        } else {
            upper.next()
        });
    }
    sorted.extend(lower);
    sorted.extend(upper);
    sorted
}

/// How two services stand to each other.
pub(super) fn services(one: &ServiceKey, other: &ServiceKey) -> Ordering {
    let mark = |key: &ServiceKey| match key {
        ServiceKey::Address { .. } => 0,
        ServiceKey::Fwmark { mark, .. } => mark.get(),
    };
    let families = || one.family().cmp(&other.family());
    mark(one)
        .cmp(&mark(other))
        .then_with(families)
        .then_with(|| {
            let (
                ServiceKey::Address {
                    protocol,
                    address,
                    port,
                },
                ServiceKey::Address {
                    protocol: other_protocol,
                    address: other_address,
                    port: other_port,
                },
            ) = (one, other)
            else {
                return Ordering::Equal;
            };
            protocol
                .cmp(other_protocol)
                .then_with(|| addresses(*address, *other_address))
                .then_with(|| port.cmp(other_port))
        })
}

/// How two addresses stand to each other: by the first 32 bits that differ, and the sign of their
/// difference. An IPv4 address is followed by zeros.
fn addresses(one: IpAddr, other: IpAddr) -> Ordering {
    let differences = words(one).into_iter().zip(words(other));
    differences
        .map(|(one, other)| one.wrapping_sub(other).cast_signed().cmp(&0))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn words(address: IpAddr) -> [u32; 4] {
    match address {
        IpAddr::V4(address) => [address.to_bits(), 0, 0, 0],
        IpAddr::V6(address) => {
            let mut words = [0; 4];
            for (word, pair) in words.iter_mut().zip(address.segments().chunks(2)) {
                *word = pair
                    .iter()
                    .fold(0, |word, half| word << 16 | u32::from(*half));
            }
            words
        }
    }
}

/// How two destinations of a service stand to each other, whatever their families.
pub(super) fn destinations(one: &DestinationKey, other: &DestinationKey) -> Ordering {
    addresses(one.address, other.address).then_with(|| one.port.cmp(&other.port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(addresses: &[&str]) -> Vec<String> {
        let keys = addresses.iter().map(|address| DestinationKey {
            address: address.parse().unwrap(),
            port: 80,
        });
        merge_sort(keys.collect(), destinations)
            .into_iter()
            .map(|key| key.address.to_string())
            .collect()
    }

    /// As ipvsadm 1.31 listed them.
    #[test]
    fn addresses_half_the_world_apart_are_in_ipvsadms_order() {
        assert_eq!(
            sorted(&["10.0.0.1", "192.0.2.1"]),
            ["192.0.2.1", "10.0.0.1"]
        );
        assert_eq!(
            sorted(&["127.0.0.1", "10.0.0.1"]),
            ["10.0.0.1", "127.0.0.1"]
        );
        assert_eq!(
            sorted(&["2001:db8::1", "ff00::1"]),
            ["ff00::1", "2001:db8::1"]
        );
        assert_eq!(
            sorted(&["127.0.0.1", "2001:db8::1"]),
            ["2001:db8::1", "127.0.0.1"]
        );
    }

    #[test]
    fn equal_ones_keep_their_place_and_none_is_lost() {
        let sort = |list: Vec<(u8, usize)>| merge_sort(list, |one, other| one.0.cmp(&other.0));
        assert_eq!(
            sort(vec![(2, 0), (1, 1), (2, 2), (1, 3)]),
            [(1, 1), (1, 3), (2, 0), (2, 2)]
        );
        // Not even by a relation that goes round in circles.
        let circle = |one: &u8, other: &u8| ((other + 3 - one) % 3).cmp(&1);
        for length in 0..40 {
            let list: Vec<u8> = (0..length).map(|at| at % 3).collect();
            assert_eq!(merge_sort(list, circle).len(), usize::from(length));
        }
    }
}
