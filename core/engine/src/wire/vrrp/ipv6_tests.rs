//! Tests of adverts over IPv6, and of those to unicast peers.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::model::Auth;
use crate::unit::{AdvertInterval, Priority, Vrid};

const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 1);
const HOST: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const PEER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

/// From the wire: keepalived 2.2.7, version 3, priority 200, `advert_int 0.25`, to the group.
const MULTICAST: [u8; 56] = [
    0x31, 0x35, 0xc8, 0x03, 0x00, 0x19, 0xae, 0x7c, 0xfe, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x53, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x53, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x53,
];

/// From the wire: keepalived 2.2.7, version 3, to a unicast peer.
const UNICAST: [u8; 24] = [
    0x31, 0x36, 0x65, 0x01, 0x00, 0x64, 0xdf, 0x59, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x54,
];

/// From the wire: keepalived 2.2.7, version 2 over IPv6.
const VERSION_2: [u8; 24] = [
    0x21, 0x3f, 0xfa, 0x01, 0x00, 0x01, 0xb9, 0x82, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x63,
];

fn repr<A: Address>(vrid: u8, priority: u8, centis: u16, body: Body, addresses: Vec<A>) -> Repr<A> {
    Repr {
        vrid: Vrid::try_from(vrid).unwrap(),
        priority: Priority(priority),
        interval: AdvertInterval::try_from(centis).unwrap(),
        body,
        addresses,
    }
}

const V3: Body = Body::V3(Checksum::PseudoHeader);

fn site(host: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host)
}

fn takeover() -> Vec<Ipv6Addr> {
    vec![
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 5, 0x53),
        site(0x53),
        Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0x53),
    ]
}

#[test]
fn a_multicast_advert_is_keepalived_s_byte_for_byte() {
    let bytes = repr(53, 200, 25, V3, takeover()).emit(LINK_LOCAL, GROUP_V6);
    assert_eq!(*bytes, MULTICAST);
}

#[test]
fn a_resignation_has_keepalived_s_checksum() {
    let bytes = repr(53, 0, 25, V3, takeover()).emit(LINK_LOCAL, GROUP_V6);
    assert_eq!(bytes[6..8], [0x76, 0x7d]);
}

#[test]
fn a_unicast_advert_is_keepalived_s_byte_for_byte() {
    let bytes = repr(54, 101, 100, V3, vec![site(0x54)]).emit(HOST, PEER);
    assert_eq!(*bytes, UNICAST);
    // From the wire, over IPv4: the real destination is in the checksum (rule T15).
    let (host, peer) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    let addresses = vec![Ipv4Addr::new(192, 0, 2, 105)];
    let bytes = repr(55, 101, 100, V3, addresses).emit(host, peer);
    assert_eq!(
        *bytes,
        [0x31, 0x37, 0x65, 1, 0, 0x64, 0x22, 0x79, 192, 0, 2, 105]
    );
}

#[test]
fn as_many_addresses_as_fit_in_an_ethernet_frame_have_keepalived_s_checksum() {
    let link_local = [Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x60)];
    let others = (1..=88).map(|host| Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host));
    let addresses: Vec<_> = link_local.into_iter().chain(others).collect();
    let bytes = repr(60, 250, 10, V3, addresses.clone()).emit(LINK_LOCAL, GROUP_V6);
    assert_eq!((bytes.len(), bytes[3]), (1432, 89));
    assert_eq!(bytes[6..8], [0x0b, 0x94]);
    let packet = Packet::<Ipv6Addr>::parse_as(&bytes).unwrap();
    assert!(packet.addresses().eq(addresses));
}

#[test]
fn version_2_over_ipv6_has_a_pseudo_header_and_no_authentication() {
    for auth in [
        Auth::None,
        Auth::Pass(*b"secret\0\0"),
        Auth::Ah(*b"secret\0\0"),
    ] {
        let bytes = repr(63, 250, 100, Body::V2(auth), vec![site(0x63)]).emit(LINK_LOCAL, GROUP_V6);
        assert_eq!(*bytes, VERSION_2);
        let packet = Packet::<Ipv6Addr>::parse_as(&bytes).unwrap();
        assert_eq!(
            (packet.version(), packet.interval_centis()),
            (Version::V2, 100)
        );
        assert_eq!(packet.check_auth(&auth), Ok(()));
        assert!(packet.checksum_is_valid(Checksum::MessageOnly, LINK_LOCAL, GROUP_V6));
    }
    let mut typed = VERSION_2;
    typed[4] = AUTH_PASS;
    let packet = Packet::<Ipv6Addr>::parse_as(&typed).unwrap();
    let password = Auth::Pass(*b"secret\0\0");
    assert_eq!(packet.check_auth(&password), Err(Rejection::AuthType));
}

#[test]
fn what_keepalived_sends_is_read() {
    let packet = Packet::<Ipv6Addr>::parse_as(&MULTICAST).unwrap();
    assert_eq!((packet.version(), packet.vrid()), (Version::V3, 53));
    assert_eq!(
        (packet.priority(), packet.interval_centis()),
        (Priority(200), 25)
    );
    assert!(packet.addresses().eq(takeover()));
    // Over IPv6 there is one form, whatever is asked for.
    assert!(packet.checksum_is_valid(Checksum::PseudoHeader, LINK_LOCAL, GROUP_V6));
    assert!(packet.checksum_is_valid(Checksum::MessageOnly, LINK_LOCAL, GROUP_V6));
    assert!(!packet.checksum_is_valid(Checksum::PseudoHeader, LINK_LOCAL, PEER));
}

#[test]
fn the_two_families_do_not_read_each_other() {
    assert_eq!(Packet::parse(&UNICAST).err(), Some(Rejection::Oversized));
    let v4 = [0x31, 0x37, 0x65, 1, 0, 0x64, 0x22, 0x79, 192, 0, 2, 105];
    assert_eq!(
        Packet::<Ipv6Addr>::parse_as(&v4).err(),
        Some(Rejection::Truncated)
    );
}

#[test]
fn every_shorter_prefix_is_truncated_and_every_longer_one_oversized() {
    let parse = |bytes: &[u8]| Packet::<Ipv6Addr>::parse_as(bytes).err();
    for len in 0..MULTICAST.len() {
        assert_eq!(
            parse(&MULTICAST[..len]),
            Some(Rejection::Truncated),
            "{len}"
        );
    }
    let longer = [MULTICAST.as_slice(), &[0; 8]].concat();
    assert_eq!(parse(&longer), Some(Rejection::Oversized));
}

#[test]
fn an_address_knows_its_family() {
    assert_eq!(Ipv6Addr::of(HOST.into()), Some(HOST));
    assert_eq!(Ipv4Addr::of(HOST.into()), None);
    assert_eq!(Ipv6Addr::of(GROUP_V4.into()), None);
    assert_eq!((Ipv6Addr::GROUP, Ipv4Addr::GROUP), (GROUP_V6, GROUP_V4));
}

fn any_repr() -> impl Strategy<Value = Repr<Ipv6Addr>> {
    let body = prop_oneof![Just(Body::V2(Auth::None)), Just(V3)];
    (
        1..=255_u8,
        any::<u8>(),
        1..=40_u16,
        body,
        prop::collection::vec(any::<u128>().prop_map(Ipv6Addr::from), 1..=89),
    )
        .prop_map(|(vrid, priority, seconds, body, addresses)| {
            repr(vrid, priority, seconds * 100, body, addresses)
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(repr in any_repr(), source: u128, destination: u128) {
        let (source, destination) = (source.into(), destination.into());
        let bytes = repr.emit(source, destination);
        let packet = Packet::<Ipv6Addr>::parse_as(&bytes).unwrap();
        prop_assert_eq!(packet.version(), repr.version());
        prop_assert_eq!(packet.vrid(), repr.vrid.get());
        prop_assert_eq!(packet.priority(), repr.priority);
        prop_assert_eq!(packet.interval_centis(), repr.interval.centis());
        prop_assert!(packet.addresses().eq(repr.addresses.iter().copied()));
        prop_assert!(packet.checksum_is_valid(Checksum::PseudoHeader, source, destination));
    }

    #[test]
    fn one_flipped_bit_never_verifies(
        repr in any_repr(),
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let mut bytes = repr.emit(LINK_LOCAL, GROUP_V6).to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let accepted = Packet::<Ipv6Addr>::parse_as(&bytes).is_ok_and(|packet| {
            packet.checksum_is_valid(Checksum::PseudoHeader, LINK_LOCAL, GROUP_V6)
        });
        prop_assert!(!accepted);
    }

    #[test]
    fn any_bytes_give_a_view_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        match Packet::<Ipv6Addr>::parse_as(&bytes) {
            Ok(packet) => prop_assert_eq!(packet.addresses().len(), packet.count()),
            Err(reason) => prop_assert!(REJECTIONS.contains(&reason)),
        }
    }
}
