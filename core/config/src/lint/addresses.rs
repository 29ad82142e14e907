//! Virtual addresses.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use bellwether_core::model::{Instance, VirtualAddress};
use bellwether_core::unit::IfName;

use super::Site;
use crate::code;
use crate::diagnostic::Diagnostic;

const BLOCK: &str = "virtual_ipaddress";

pub(super) fn check(site: &mut Site<'_>) {
    shared(site);
    for (at, instance) in site.config.instances().iter().enumerate() {
        scopes(site, at, instance);
        for (line, address) in instance.virtual_addresses.iter().enumerate() {
            if is_of_network(address) {
                let message = format!(
                    "{}/{} is the address of the network itself, or of everybody in it",
                    address.address, address.prefix_len
                );
                let span = site.line(at, line, BLOCK);
                let hint = "no host can have it; choose another, or the prefix that is meant";
                site.note(code::NETWORK_ADDRESS, span, message, hint);
            }
        }
    }
}

/// One address of two instances: when one of them steps down, it takes the address from the other.
fn shared(site: &mut Site<'_>) {
    let mut seen: BTreeMap<(IpAddr, IfName), (usize, usize)> = BTreeMap::new();
    let instances = site.config.instances();
    for (at, instance) in instances.iter().enumerate() {
        for (line, address) in instance.virtual_addresses.iter().enumerate() {
            let key = (address.address, address.dev.unwrap_or(instance.interface));
            let (first, first_line) = *seen.entry(key).or_insert((at, line));
            let Some(before) = instances.get(first).filter(|_| first != at) else {
                continue;
            };
            let message = format!(
                "{} belongs to `{}` too: whichever of the two steps down takes it from the other",
                address.address, before.name
            );
            let place = site.line(first, first_line, BLOCK);
            let span = site.line(at, line, BLOCK);
            let warning = Diagnostic::warning(code::SHARED_ADDRESS, span, message)
                .related(place, format!("of `{}`", before.name))
                .hint("give it to one of them");
            site.found.push(warning);
        }
    }
}

/// Two addresses of one network with different scopes: the kernel pairs a secondary with its
/// primary only within a scope, and chooses sources by it.
fn scopes(site: &mut Site<'_>, at: usize, instance: &Instance) {
    let all = &instance.virtual_addresses;
    for (line, address) in all.iter().enumerate() {
        let is_like = |other: &&VirtualAddress| {
            other.dev == address.dev && !is_host(other) && is_within(address.address, other)
        };
        let other = all.iter().take(line).find(is_like);
        let Some(other) = other.filter(|other| other.scope != address.scope) else {
            continue;
        };
        let message = format!(
            "the scope of {} differs from that of {}, which is in the same network",
            address.address, other.address
        );
        let span = site.line(at, line, BLOCK);
        let hint = "give both the same `scope`, or none";
        site.note(code::SCOPE_DIFFERS, span, message, hint);
    }
}

fn is_host(address: &VirtualAddress) -> bool {
    usize::from(address.prefix_len) == 8 * bytes(address.address).len()
}

fn is_within(address: IpAddr, network: &VirtualAddress) -> bool {
    let (one, other) = (bytes(address), bytes(network.address));
    let whole = usize::from(network.prefix_len / 8);
    let rest = u32::from(network.prefix_len % 8);
    let last = |all: &[u8]| {
        all.get(whole)
            .map_or(0, |byte| u32::from(*byte) >> (8 - rest))
    };
    let same = one.len() == other.len() && one.get(..whole) == other.get(..whole);
    same && last(&one) == last(&other)
}

fn bytes(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Whether it is the first or the last address of its IPv4 network, which has more than two.
fn is_of_network(address: &VirtualAddress) -> bool {
    let IpAddr::V4(v4) = address.address else {
        return false;
    };
    if !(1..=30).contains(&address.prefix_len) {
        return false;
    }
    let host = u32::MAX >> address.prefix_len;
    let host_part = Ipv4Addr::to_bits(v4) & host;
    host_part == 0 || host_part == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str, prefix_len: u8) -> VirtualAddress {
        VirtualAddress {
            prefix_len,
            ..VirtualAddress::host(text.parse().unwrap())
        }
    }

    #[test]
    fn a_network_s_first_and_last_addresses_are_nobody_s() {
        assert!(is_of_network(&address("192.0.2.0", 24)));
        assert!(is_of_network(&address("192.0.2.255", 24)));
        assert!(!is_of_network(&address("192.0.2.0", 32)));
        assert!(!is_of_network(&address("192.0.2.0", 31)));
        assert!(!is_of_network(&address("192.0.2.255", 22)));
    }

    #[test]
    fn networks_end_within_bytes_too() {
        let within = |one: &str, network: &VirtualAddress| is_within(one.parse().unwrap(), network);
        assert!(within("192.0.2.200", &address("192.0.2.130", 25)));
        assert!(!within("192.0.2.100", &address("192.0.2.130", 25)));
        assert!(within("192.0.2.100", &address("192.0.2.130", 24)));
        assert!(within("2001:db8::ffff", &address("2001:db8::1", 64)));
        assert!(!within("2001:db8:1::1", &address("2001:db8::1", 64)));
        assert!(!within("192.0.2.1", &address("2001:db8::1", 64)));
    }
}
