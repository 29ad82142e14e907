use proptest::prelude::*;

use super::*;
use crate::model::{Auth, Checksum};
use crate::unit::{AdvertInterval, Priority, Vrid};
use crate::wire::vrrp::{Body, GROUP_V4};

const SENDER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const SECRET: Key = Key(*b"secret\0\0");
const EIGHT: Key = Key(*b"eight888");

/// From the wire: keepalived 2.2.7, `auth_type AH`, `auth_pass secret`, its second advert.
const MULTICAST: [u8; 68] = [
    0x45, 0xc0, 0x00, 0x44, 0x00, 0x02, 0x00, 0x00, 0xff, 0x33, 0x18, 0xb1, 0xc0, 0x00, 0x02, 0x01,
    0xe0, 0x00, 0x00, 0x12, 0x70, 0x04, 0x00, 0x00, 0xc0, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x02,
    0x12, 0x89, 0x3d, 0x80, 0x0f, 0xf6, 0xd6, 0xde, 0x19, 0x17, 0xf1, 0x34, 0x21, 0x33, 0xc8, 0x02,
    0x02, 0x01, 0x8f, 0xfe, 0xc0, 0x00, 0x02, 0x64, 0xc0, 0x00, 0x02, 0x65, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00,
];

/// From the wire: keepalived 2.2.7, `auth_type AH`, `auth_pass eight888`, to a unicast peer.
const UNICAST: [u8; 64] = [
    0x45, 0xc0, 0x00, 0x40, 0x00, 0x01, 0x00, 0x00, 0xff, 0x33, 0x36, 0xc6, 0xc0, 0x00, 0x02, 0x01,
    0xc0, 0x00, 0x02, 0x02, 0x70, 0x04, 0x00, 0x00, 0xc0, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x01,
    0x20, 0x75, 0x8c, 0x98, 0xa0, 0x5b, 0x5a, 0xd6, 0xd6, 0xb5, 0x38, 0x7a, 0x21, 0x34, 0x96, 0x01,
    0x02, 0x02, 0x84, 0x61, 0xc0, 0x00, 0x02, 0x66, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
];

fn advert(vrid: u8, priority: u8, seconds: u16, addresses: Vec<Ipv4Addr>) -> vrrp::Repr {
    vrrp::Repr {
        vrid: Vrid::try_from(vrid).unwrap(),
        priority: Priority(priority),
        interval: AdvertInterval::try_from(seconds * 100).unwrap(),
        body: Body::V2(Auth::Ah(SECRET.0)),
        addresses,
    }
}

fn around(destination: Ipv4Addr, identification: u16, sequence: u32) -> Repr {
    Repr {
        source: SENDER,
        destination,
        hop_limit: vrrp::HOP_LIMIT,
        identification: identification.try_into().unwrap(),
        sequence: sequence.try_into().unwrap(),
    }
}

fn whole(repr: Repr, key: Key, message: &[u8]) -> Vec<u8> {
    let header = repr.emit(key, message);
    assert_eq!(split(&[&header, message].concat()), (&*header, message));
    [&header, message].concat()
}

fn counter(highest: u32) -> Counter {
    Counter { highest }
}

fn judge(bytes: &[u8]) -> Result<(), Rejection> {
    Packet::parse(bytes)?.authenticate(SECRET, Counter::default())
}

#[test]
fn the_code_is_hmac_md5() {
    // RFC 2202, section 2, test case 2.
    let key = Key(*b"Jefe\0\0\0\0");
    let value = key.mac().chain_update("what do ya want for nothing?");
    assert_eq!(
        value.finalize().into_bytes()[..],
        [
            0x75, 0x0c, 0x78, 0x3e, 0x6a, 0xb0, 0xb5, 0x03, 0xea, 0xa8, 0x6e, 0x31, 0x0a, 0x5d,
            0xb7, 0x38
        ]
    );
}

#[test]
fn a_multicast_advert_is_keepalived_s_byte_for_byte() {
    let addresses = vec![Ipv4Addr::new(192, 0, 2, 100), Ipv4Addr::new(192, 0, 2, 101)];
    let message = advert(51, 200, 1, addresses).emit(SENDER, GROUP_V4);
    let bytes = whole(around(GROUP_V4, 2, 2), SECRET, &message);
    assert_eq!(bytes, MULTICAST);
}

#[test]
fn a_unicast_advert_is_keepalived_s_byte_for_byte() {
    let message = advert(52, 150, 2, vec![Ipv4Addr::new(192, 0, 2, 102)]).emit(SENDER, PEER);
    let bytes = whole(around(PEER, 1, 1), EIGHT, &message);
    assert_eq!(bytes, UNICAST);
}

#[test]
fn an_advert_of_255_addresses_has_keepalived_s_value() {
    let addresses = (0..255_u8).map(|i| Ipv4Addr::new(198, 18, i / 200, i % 200 + 1));
    let message = advert(62, 250, 1, addresses.collect()).emit(SENDER, GROUP_V4);
    let bytes = whole(around(GROUP_V4, 1, 1), SECRET, &message);
    assert_eq!(bytes.len(), 1080);
    assert_eq!(bytes[50..52], [0x09, 0x85], "the advert's checksum");
    assert_eq!(
        bytes[32..44],
        [
            0x54, 0x58, 0x10, 0xd0, 0x73, 0x27, 0x6f, 0xff, 0x6b, 0x3f, 0x6f, 0x56
        ]
    );
}

#[test]
fn what_keepalived_sends_is_authentic_once() {
    let packet = Packet::parse(&MULTICAST).unwrap();
    assert_eq!(packet.authenticate(SECRET, counter(1)), Ok(()));
    assert_eq!(
        packet.authenticate(SECRET, counter(2)),
        Err(Rejection::AuthReplay)
    );
    assert_eq!(
        packet.authenticate(EIGHT, counter(1)),
        Err(Rejection::AuthIntegrity)
    );
    let advert = vrrp::Packet::parse(packet.message()).unwrap();
    assert!(advert.checksum_is_valid(Checksum::MessageOnly, SENDER, GROUP_V4));
    assert_eq!(advert.check_auth(&Auth::Ah(SECRET.0)), Ok(()));
    let unicast = Packet::parse(&UNICAST).unwrap();
    assert_eq!(unicast.authenticate(EIGHT, Counter::default()), Ok(()));
}

#[test]
fn routers_may_change_the_class_the_fragment_field_and_the_checksum() {
    for (at, value) in [(1, 0x10), (6, 0x40), (10, 0), (11, 0)] {
        let mut bytes = MULTICAST;
        bytes[at] = value;
        assert_eq!(judge(&bytes), Ok(()), "byte {at}");
    }
}

#[test]
fn a_changed_ttl_shows_in_a_multicast_packet_only() {
    let mut multicast = MULTICAST;
    multicast[8] = 254;
    assert_eq!(judge(&multicast), Err(Rejection::AuthIntegrity));
    let mut unicast = UNICAST;
    unicast[8] = 63;
    let packet = Packet::parse(&unicast).unwrap();
    assert_eq!(packet.authenticate(EIGHT, Counter::default()), Ok(()));
}

#[test]
fn options_of_the_ip_header_are_covered() {
    // With a router alert (RFC 2113), made by hand; keepalived 2.2.7 accepted it.
    let mut bytes = vec![
        0x46, 0xc0, 0x00, 0x48, 0x00, 0x07, 0x00, 0x00, 0xff, 0x33, 0x83, 0xa2, 0xc0, 0x00, 0x02,
        0x02, 0xe0, 0x00, 0x00, 0x12, 0x94, 0x04, 0x00, 0x00, 0x70, 0x04, 0x00, 0x00, 0xc0, 0x00,
        0x02, 0x02, 0x00, 0x00, 0x00, 0x32, 0x06, 0x79, 0xe3, 0x43, 0xbe, 0x39, 0x7b, 0x3d, 0x52,
        0xb7, 0x79, 0x74,
    ];
    bytes.extend(&MULTICAST[44..]);
    assert_eq!(judge(&bytes), Ok(()));
    bytes[22] = 1;
    assert_eq!(judge(&bytes), Err(Rejection::AuthIntegrity));
}

#[test]
fn the_index_is_the_source() {
    let mut bytes = MULTICAST;
    bytes[27] = 77;
    assert_eq!(judge(&bytes), Err(Rejection::AuthIndex));
}

#[test]
fn anything_but_an_advert_behind_a_header_of_24_bytes_is_malformed() {
    // Protocol, next header, header length.
    for (at, value) in [(9, 112), (20, 50), (21, 5), (0, 0x65)] {
        let mut bytes = MULTICAST;
        bytes[at] = value;
        assert_eq!(judge(&bytes), Err(Rejection::AuthHeader), "byte {at}");
    }
    for len in 0..MULTICAST.len() {
        assert_eq!(judge(&MULTICAST[..len]), Err(Rejection::Truncated), "{len}");
    }
    let mut short = MULTICAST;
    short[3] = 43;
    assert_eq!(
        judge(&short),
        Err(Rejection::Truncated),
        "an incomplete header"
    );
}

#[test]
fn numbers_grow_in_both_directions() {
    let mut counter = Counter::default();
    assert_eq!(counter.check(0), Err(Rejection::AuthReplay));
    assert_eq!(counter.issue().get(), 1);
    assert_eq!(counter.check(1), Err(Rejection::AuthReplay), "our own");
    assert_eq!(counter.check(101), Ok(()));
    counter.advance(101);
    counter.advance(7);
    assert_eq!(counter.issue().get(), 102, "from the last master's on");
    counter.advance(u32::MAX);
    assert_eq!(
        counter.issue().get(),
        u32::MAX,
        "used up, and not begun anew"
    );
    assert_eq!(counter.check(1), Err(Rejection::AuthReplay));
}

#[test]
fn a_key_is_not_printed() {
    assert_eq!(format!("{SECRET:?}"), "Key(..)");
}

proptest! {
    #[test]
    fn etherparse_reads_what_is_written(
        destination: u32,
        identification in 1..=u16::MAX,
        sequence in 1..=u32::MAX,
        message in prop::collection::vec(any::<u8>(), 0..1040),
    ) {
        let repr = around(destination.into(), identification, sequence);
        let bytes = whole(repr, SECRET, &message);
        let (ip, rest) = etherparse::Ipv4Header::from_slice(&bytes).unwrap();
        prop_assert_eq!(ip.header_checksum, ip.calc_header_checksum());
        prop_assert_eq!((ip.time_to_live, ip.protocol), (255, etherparse::IpNumber(51)));
        let (header, rest) = etherparse::IpAuthHeader::from_slice(rest).unwrap();
        prop_assert_eq!(header.next_header, etherparse::IpNumber(112));
        prop_assert_eq!(header.spi, u32::from(SENDER));
        prop_assert_eq!(header.sequence_number, sequence);
        prop_assert_eq!(header.raw_icv().len(), 12);
        prop_assert_eq!(rest, &message[..]);
    }

    #[test]
    fn what_is_written_is_read(
        destination: u32,
        identification in 1..=u16::MAX,
        sequence in 1..=u32::MAX,
        key: [u8; 8],
        message in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let repr = around(destination.into(), identification, sequence);
        let bytes = whole(repr, Key(key), &message);
        let packet = Packet::parse(&bytes).unwrap();
        prop_assert_eq!(packet.sequence(), sequence);
        prop_assert_eq!(packet.message(), &message[..]);
        prop_assert_eq!(packet.authenticate(Key(key), counter(sequence - 1)), Ok(()));
    }

    #[test]
    fn one_flipped_bit_is_refused_wherever_it_counts(at in 0..68_usize, bit in 0..8_u32) {
        prop_assume!(![1, 6, 7, 10, 11].contains(&at));
        let mut bytes = MULTICAST;
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(judge(&bytes).is_err());
    }

    #[test]
    fn any_bytes_give_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _: Result<(), Rejection> = judge(&bytes);
    }

    #[test]
    fn any_header_behind_a_sound_one_gives_a_verdict(
        tail in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut bytes = MULTICAST[..20].to_vec();
        bytes.extend(&tail);
        bytes[3] = u8::try_from(bytes.len()).unwrap();
        let _: Result<(), Rejection> = judge(&bytes);
    }
}
