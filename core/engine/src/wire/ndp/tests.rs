use proptest::prelude::*;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, Icmpv6Packet, Icmpv6Repr, Ipv6Packet,
    NdiscNeighborFlags, NdiscRepr, RawHardwareAddress,
};

use super::*;

const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const PEER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
const HOST: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const HOST_GROUP: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 1);

/// From the wire: keepalived 2.2.7 takes over fe80::5:53.
const TAKEOVER: [u8; FRAME_LEN] = [
    0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x86, 0xdd, 0x60, 0x00,
    0x00, 0x00, 0x00, 0x20, 0x3a, 0xff, 0xfe, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x05, 0x00, 0x53, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x88, 0x00, 0x56, 0xed, 0x20, 0x00, 0x00, 0x00, 0xfe, 0x80,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x53, 0x02, 0x01,
    0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
];

/// From the wire: keepalived 2.2.7 takes over 2001:db8::63 on an interface that forwards.
const ROUTER_TAKEOVER: [u8; 32] = [
    0x88, 0x00, 0x78, 0x66, 0xa0, 0x00, 0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x63, 0x02, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
];

/// From the wire: Linux asks for 2001:db8::1 from 2001:db8::2.
const ASKED: [u8; 32] = [
    0x87, 0x00, 0x1c, 0x27, 0x00, 0x00, 0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02,
];

/// From the wire: Linux, as a router, answers that.
const ANSWERED: [u8; 32] = [
    0x88, 0x00, 0x0a, 0x73, 0xe0, 0x00, 0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,
];

fn envelope(source: Ipv6Addr, destination: Ipv6Addr) -> Envelope {
    Envelope {
        source,
        destination,
        hop_limit: HOP_LIMIT,
    }
}

/// Changes bytes and mends the checksum.
fn changed(bytes: &[u8], envelope: Envelope, changes: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, value) in changes {
        bytes[*at] = *value;
    }
    mended(bytes, envelope)
}

fn mended(mut bytes: Vec<u8>, envelope: Envelope) -> Vec<u8> {
    bytes[2..4].fill(0);
    let Envelope {
        source,
        destination,
        ..
    } = envelope;
    let pseudo = checksum::pseudo_header_v6(source, destination, NEXT_HEADER, bytes.len());
    let sum = checksum::finish(checksum::sum(&bytes, pseudo));
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    bytes
}

#[test]
fn an_unsolicited_advertisement_is_keepalived_s_byte_for_byte() {
    let repr = Repr {
        mac: MAC,
        address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 5, 0x53),
        router: false,
    };
    assert_eq!(repr.frame(), TAKEOVER);
    let router = Repr {
        mac: MAC,
        address: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x63),
        router: true,
    };
    assert_eq!(router.message(), ROUTER_TAKEOVER);
}

#[test]
fn linux_s_question_and_answer_are_read() {
    let asked = Packet::parse(&ASKED, envelope(PEER, HOST_GROUP)).unwrap();
    assert_eq!((asked.kind(), asked.target()), (Kind::Solicitation, HOST));
    assert_eq!(asked.mac(), Some(Mac([2, 0, 0, 0, 0, 2])));
    let answered = Packet::parse(&ANSWERED, envelope(HOST, PEER)).unwrap();
    assert_eq!(
        (answered.kind(), answered.target()),
        (Kind::Advertisement, HOST)
    );
    assert_eq!(answered.mac(), Some(MAC));
    assert!(answered.is_router() && answered.is_solicited() && answered.is_override());
}

#[test]
fn each_rule_of_7_1_1_has_a_name() {
    let from_peer = envelope(PEER, HOST_GROUP);
    let refused = |changes: &[(usize, u8)]| {
        Packet::parse(&changed(&ASKED, from_peer, changes), from_peer).err()
    };
    assert_eq!(refused(&[]), None);
    assert_eq!(refused(&[(0, 133)]), Some(Rejection::Type));
    assert_eq!(refused(&[(1, 1)]), Some(Rejection::Code));
    assert_eq!(refused(&[(8, 0xff)]), Some(Rejection::Target));
    assert_eq!(refused(&[(25, 0)]), Some(Rejection::Option));
    assert_eq!(refused(&[(25, 2)]), Some(Rejection::Option));
    let far = Envelope {
        hop_limit: 254,
        ..from_peer
    };
    assert_eq!(Packet::parse(&ASKED, far), Err(Rejection::HopLimit));
    let elsewhere = envelope(PEER, ALL_NODES);
    assert_eq!(Packet::parse(&ASKED, elsewhere), Err(Rejection::Checksum));
    for len in 0..HEADER_LEN {
        assert_eq!(
            Packet::parse(&ASKED[..len], from_peer),
            Err(Rejection::Truncated)
        );
    }
}

#[test]
fn a_solicitation_has_no_flags_whatever_its_reserved_bits() {
    let from_peer = envelope(PEER, HOST_GROUP);
    let bytes = changed(&ASKED, from_peer, &[(4, 0xe0)]);
    let asked = Packet::parse(&bytes, from_peer).unwrap();
    assert!(!asked.is_router() && !asked.is_solicited() && !asked.is_override());
}

#[test]
fn a_probe_goes_to_the_target_s_group_and_names_no_sender() {
    let probe = |destination, bytes: &[u8]| {
        let envelope = envelope(Ipv6Addr::UNSPECIFIED, destination);
        Packet::parse(&mended(bytes.to_vec(), envelope), envelope).map(|packet| packet.mac())
    };
    assert_eq!(probe(HOST_GROUP, &ASKED[..HEADER_LEN]), Ok(None));
    assert_eq!(probe(HOST_GROUP, &ASKED), Err(Rejection::Source));
    assert_eq!(
        probe(ALL_NODES, &ASKED[..HEADER_LEN]),
        Err(Rejection::Source)
    );
}

#[test]
fn an_answer_is_not_sent_to_a_group() {
    let to_all = envelope(HOST, ALL_NODES);
    let answered = mended(ANSWERED.to_vec(), to_all);
    assert_eq!(Packet::parse(&answered, to_all), Err(Rejection::Solicited));
    let unasked = changed(&ANSWERED, to_all, &[(4, 0xa0)]);
    assert!(Packet::parse(&unasked, to_all).is_ok());
}

fn lladdr(mac: Mac) -> Option<RawHardwareAddress> {
    Some(EthernetAddress(mac.0).into())
}

fn emitted(repr: NdiscRepr<'_>, envelope: Envelope) -> Vec<u8> {
    let repr = Icmpv6Repr::Ndisc(repr);
    let mut bytes = vec![0; repr.buffer_len()];
    repr.emit(
        &envelope.source,
        &envelope.destination,
        &mut Icmpv6Packet::new_unchecked(&mut bytes),
        &ChecksumCapabilities::default(),
    );
    bytes
}

fn unicast() -> impl Strategy<Value = Ipv6Addr> {
    any::<u128>().prop_map(|bits| Ipv6Addr::from(bits >> 3 | 0x2000 << 112))
}

proptest! {
    #[test]
    fn smoltcp_reads_what_is_written(mac: [u8; 6], address in unicast(), router: bool) {
        let frame = Repr { mac: Mac(mac), address, router }.frame();
        let ethernet = EthernetFrame::new_checked(&frame[..]).unwrap();
        prop_assert_eq!(ethernet.dst_addr(), EthernetAddress([0x33, 0x33, 0, 0, 0, 1]));
        prop_assert_eq!(ethernet.src_addr(), EthernetAddress(mac));
        prop_assert_eq!(ethernet.ethertype(), EthernetProtocol::Ipv6);
        let ip = Ipv6Packet::new_checked(ethernet.payload()).unwrap();
        prop_assert_eq!((ip.hop_limit(), ip.src_addr(), ip.dst_addr()), (255, address, ALL_NODES));
        let icmp = Icmpv6Packet::new_checked(ip.payload()).unwrap();
        let read = Icmpv6Repr::parse(
            &ip.src_addr(), &ip.dst_addr(), &icmp, &ChecksumCapabilities::default(),
        ).unwrap();
        let mut flags = NdiscNeighborFlags::OVERRIDE;
        flags.set(NdiscNeighborFlags::ROUTER, router);
        let expected = NdiscRepr::NeighborAdvert {
            flags,
            target_addr: address,
            lladdr: lladdr(Mac(mac)),
        };
        prop_assert_eq!(read, Icmpv6Repr::Ndisc(expected));
    }

    #[test]
    fn what_is_written_is_read(mac: [u8; 6], address in unicast(), router: bool) {
        let repr = Repr { mac: Mac(mac), address, router };
        let message = repr.message();
        let packet = Packet::parse(&message, envelope(address, ALL_NODES)).unwrap();
        prop_assert_eq!((packet.target(), packet.mac()), (address, Some(Mac(mac))));
        prop_assert_eq!(packet.is_router(), router);
        prop_assert!(packet.is_override() && !packet.is_solicited());
    }

    #[test]
    fn what_smoltcp_writes_is_read(
        mac: [u8; 6],
        source in unicast(),
        destination in unicast(),
        target_addr in unicast(),
        bits in 0..8_u8,
    ) {
        let envelope = envelope(source, destination);
        let question = NdiscRepr::NeighborSolicit { target_addr, lladdr: lladdr(Mac(mac)) };
        let bytes = emitted(question, envelope);
        let asked = Packet::parse(&bytes, envelope).unwrap();
        prop_assert_eq!((asked.kind(), asked.target()), (Kind::Solicitation, target_addr));
        prop_assert_eq!(asked.mac(), Some(Mac(mac)));
        prop_assert!(!asked.is_router());

        let flags = NdiscNeighborFlags::from_bits_truncate(bits << 5);
        let answer = NdiscRepr::NeighborAdvert { flags, target_addr, lladdr: None };
        let bytes = emitted(answer, envelope);
        let answered = Packet::parse(&bytes, envelope).unwrap();
        prop_assert_eq!((answered.kind(), answered.mac()), (Kind::Advertisement, None));
        prop_assert_eq!(answered.is_router(), flags.contains(NdiscNeighborFlags::ROUTER));
        prop_assert_eq!(answered.is_solicited(), flags.contains(NdiscNeighborFlags::SOLICITED));
        prop_assert_eq!(answered.is_override(), flags.contains(NdiscNeighborFlags::OVERRIDE));
    }

    #[test]
    fn any_bytes_give_a_view_or_a_reason(
        kind in 134..138_u8,
        rest in prop::collection::vec(any::<u8>(), 0..80),
        source: u128,
        destination: u128,
    ) {
        let envelope = envelope(source.into(), destination.into());
        let mut bytes = [&[kind, 0, 0, 0], &rest[..]].concat();
        bytes = mended(bytes, envelope);
        if let Ok(packet) = Packet::parse(&bytes, envelope) {
            let _: Option<Mac> = packet.mac();
            prop_assert!(!packet.target().is_multicast());
        }
    }
}
