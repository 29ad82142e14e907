//! Byte for byte what keepalived 2.2.7 put on a wire for the same configuration.

use std::net::Ipv4Addr;

use bellwether_core::Effect;
use bellwether_core::model::{Instance, VirtualAddress};
use bellwether_core::unit::Priority;
use bellwether_core::wire::vrrp::{GROUP_V4, Packet};

use super::support::{Bench, config, foreign, instance, instance_v3, pass};

/// `advert_int 1`, `priority 254`, PASS `secret`, two addresses, sent by 192.0.2.1.
const V2: [u8; 24] = [
    0x21, 0x33, 0xfe, 0x02, 0x01, 0x01, 0x1e, 0xb2, 0xc0, 0x00, 0x02, 0x64, 0xc0, 0x00, 0x02, 0x65,
    0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0x00, 0x00,
];

/// `version 3`, `advert_int 0.25`, `priority 254`, one address, sent by 192.0.2.1.
const V3: [u8; 12] = [
    0x31, 0x35, 0xfe, 0x01, 0x00, 0x19, 0x6b, 0xb7, 0xc0, 0x00, 0x02, 0x67,
];

const SENDER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn first_advert(instance: Instance) -> Vec<u8> {
    let mut bench = Bench::dark(config(vec![instance], vec![]));
    bench.link(true);
    bench.addresses(vec![foreign(SENDER, 24)]);
    bench.run_for_millis(4000);
    let sent = bench.take().into_iter().find_map(|effect| match effect {
        Effect::Transmit(transmit) => Some(transmit.payload.to_vec()),
        _ => None,
    });
    sent.expect("a lone router advertises within four seconds")
}

fn host(last: u8) -> VirtualAddress {
    VirtualAddress::host(Ipv4Addr::new(192, 0, 2, last).into())
}

#[test]
fn version_2_with_pass() {
    let ours = Instance {
        auth: pass(b"secret\0\0"),
        virtual_addresses: vec![host(100), host(101)],
        ..instance(254)
    };
    assert_eq!(first_advert(ours), V2);
}

#[test]
fn version_3_with_the_pseudo_header_in_its_checksum() {
    let ours = Instance {
        vrid: 53.try_into().unwrap(),
        virtual_addresses: vec![host(103)],
        ..instance_v3(254, 25)
    };
    assert_eq!(first_advert(ours), V3);
}

#[test]
fn and_what_keepalived_sends_is_read() {
    let v2 = Packet::parse(&V2).unwrap();
    assert_eq!(
        (v2.vrid(), v2.priority(), v2.interval_centis()),
        (51, Priority(254), 100)
    );
    assert_eq!(v2.check_auth(&pass(b"secret\0\0")), Ok(()));
    let v3 = Packet::parse(&V3).unwrap();
    let form = bellwether_core::model::Checksum::PseudoHeader;
    assert!(v3.checksum_is_valid(form, SENDER, GROUP_V4));
    assert_eq!(
        (v3.vrid(), v3.priority(), v3.interval_centis()),
        (53, Priority(254), 25)
    );
}
