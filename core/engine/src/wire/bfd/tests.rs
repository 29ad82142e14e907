use proptest::prelude::*;

use super::*;

/// From the wire: keepalived 2.2.7's session from nothing to Up.
const DOWN: [u8; LEN] = [
    0x20, 0x40, 0x04, 0x18, 0x61, 0xfe, 0x5b, 0xe7, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 0, 0x04, 0x93,
    0xe0, 0, 0, 0, 0,
];
const INIT: [u8; LEN] = [
    0x20, 0x80, 0x03, 0x18, 0x61, 0xfe, 0x5b, 0xe7, 0x61, 0xfe, 0x5b, 0xe7, 0, 0x0f, 0x42, 0x40, 0,
    0x01, 0x86, 0xa0, 0, 0, 0, 0,
];
const UP_POLL: [u8; LEN] = [
    0x20, 0xe0, 0x04, 0x18, 0x61, 0xfe, 0x5b, 0xe7, 0x61, 0xfe, 0x5b, 0xe7, 0, 0x03, 0xd0, 0x90, 0,
    0x04, 0x93, 0xe0, 0, 0, 0, 0,
];
const UP_FINAL: [u8; LEN] = [
    0x20, 0xd0, 0x03, 0x18, 0x61, 0xfe, 0x5b, 0xe7, 0x61, 0xfe, 0x5b, 0xe7, 0, 0x02, 0x49, 0xf0, 0,
    0x01, 0x86, 0xa0, 0, 0, 0, 0,
];

const DISCRIMINATOR: NonZeroU32 = NonZeroU32::new(0x61fe_5be7).unwrap();

fn repr(peer: Peer, sequence: Sequence, multiplier: u8, tx: u32, rx: u32) -> Repr {
    Repr {
        diagnostic: Diagnostic::NONE,
        peer,
        sequence,
        detect_multiplier: multiplier.try_into().unwrap(),
        my_discriminator: DISCRIMINATOR,
        desired_min_tx: Micros(tx),
        required_min_rx: Micros(rx),
    }
}

fn known(state: State) -> Peer {
    Peer::Known {
        state,
        discriminator: DISCRIMINATOR,
    }
}

#[test]
fn a_session_is_keepalived_s_byte_for_byte() {
    let table = [
        (DOWN, Peer::Unknown, Sequence::Idle, 4, 1_000_000, 300_000),
        (
            INIT,
            known(State::Init),
            Sequence::Idle,
            3,
            1_000_000,
            100_000,
        ),
        (
            UP_POLL,
            known(State::Up),
            Sequence::Poll,
            4,
            250_000,
            300_000,
        ),
        (
            UP_FINAL,
            known(State::Up),
            Sequence::Final,
            3,
            150_000,
            100_000,
        ),
    ];
    for (bytes, peer, sequence, multiplier, tx, rx) in table {
        let repr = repr(peer, sequence, multiplier, tx, rx);
        assert_eq!(repr.emit(), bytes, "{repr:?}");
    }
}

#[test]
fn what_keepalived_sends_is_read() {
    let poll = Packet::parse(&UP_POLL).unwrap();
    assert_eq!(poll.state(), State::Up);
    assert!(poll.is_poll() && !poll.is_final());
    assert!(!poll.is_demand() && !poll.is_control_plane_independent());
    assert_eq!(poll.detect_multiplier(), 4);
    assert_eq!(poll.desired_min_tx().duration(), Duration::from_millis(250));
    assert_eq!(
        poll.required_min_rx().duration(),
        Duration::from_millis(300)
    );
    assert_eq!(poll.your_discriminator(), Some(DISCRIMINATOR));
    let down = Packet::parse(&DOWN).unwrap();
    assert_eq!(
        (down.state(), down.your_discriminator()),
        (State::Down, None)
    );
}

/// The first reason for `UP_POLL` with these bytes in these places.
fn refused(changes: &[(usize, u8)]) -> Option<Rejection> {
    let mut bytes = UP_POLL;
    for (at, value) in changes {
        bytes[*at] = *value;
    }
    Packet::parse(&bytes).err()
}

#[test]
fn each_check_of_6_8_6_has_a_name() {
    assert_eq!(refused(&[]), None);
    assert_eq!(refused(&[(0, 0x00)]), Some(Rejection::Version));
    assert_eq!(refused(&[(0, 0x40)]), Some(Rejection::Version));
    assert_eq!(refused(&[(3, 23)]), Some(Rejection::Length));
    assert_eq!(refused(&[(3, 25)]), Some(Rejection::Truncated));
    assert_eq!(refused(&[(2, 0)]), Some(Rejection::DetectMultiplier));
    assert_eq!(refused(&[(1, 0xc1)]), Some(Rejection::Multipoint));
    let mine = [(4, 0), (5, 0), (6, 0), (7, 0)];
    assert_eq!(refused(&mine), Some(Rejection::MyDiscriminator));
    assert_eq!(
        refused(&[(1, 0xc4)]),
        Some(Rejection::Length),
        "24 bytes, and a bit for more"
    );
}

#[test]
fn without_our_discriminator_only_the_two_downs_are_possible() {
    let yours = [(8, 0), (9, 0), (10, 0), (11, 0)];
    let with = |state: u8| refused(&[&yours[..], &[(1, state)]].concat());
    assert_eq!(with(0x00), None);
    assert_eq!(with(0x40), None);
    assert_eq!(with(0x80), Some(Rejection::YourDiscriminator));
    assert_eq!(with(0xc0), Some(Rejection::YourDiscriminator));
}

#[test]
fn authentication_is_refused_only_once_all_else_is_right() {
    let mut bytes = [UP_POLL.as_slice(), &[1, 2]].concat();
    (bytes[1], bytes[3]) = (0xc4, 26);
    assert_eq!(Packet::parse(&bytes), Err(Rejection::Authentication));
    assert_eq!(Packet::parse(&bytes[..25]), Err(Rejection::Truncated));
    bytes[2] = 0;
    assert_eq!(Packet::parse(&bytes), Err(Rejection::DetectMultiplier));
}

#[test]
fn every_shorter_prefix_is_truncated_and_bytes_behind_are_left_out() {
    for len in 0..LEN {
        assert_eq!(Packet::parse(&UP_POLL[..len]), Err(Rejection::Truncated));
    }
    let padded = [UP_POLL.as_slice(), &[0xff; 9]].concat();
    assert_eq!(Packet::parse(&padded), Packet::parse(&UP_POLL));
}

fn any_repr() -> impl Strategy<Value = Repr> {
    let state = prop::sample::select(vec![State::AdminDown, State::Down, State::Init, State::Up]);
    let peer = prop_oneof![
        Just(Peer::Unknown),
        Just(Peer::UnknownAdminDown),
        (state, any::<NonZeroU32>()).prop_map(|(state, discriminator)| Peer::Known {
            state,
            discriminator
        }),
    ];
    let sequence = prop::sample::select(vec![Sequence::Idle, Sequence::Poll, Sequence::Final]);
    (
        0..32_u8,
        peer,
        sequence,
        any::<NonZeroU8>(),
        any::<NonZeroU32>(),
        any::<[u32; 2]>(),
    )
        .prop_map(
            |(code, peer, sequence, detect_multiplier, mine, [tx, rx])| Repr {
                diagnostic: Diagnostic(code),
                peer,
                sequence,
                detect_multiplier,
                my_discriminator: mine,
                desired_min_tx: Micros(tx),
                required_min_rx: Micros(rx),
            },
        )
}

proptest! {
    #[test]
    fn what_is_written_is_read(repr in any_repr()) {
        let bytes = repr.emit();
        let packet = Packet::parse(&bytes).unwrap();
        let (state, yours) = match repr.peer {
            Peer::Unknown => (State::Down, None),
            Peer::UnknownAdminDown => (State::AdminDown, None),
            Peer::Known { state, discriminator } => (state, Some(discriminator)),
        };
        prop_assert_eq!(packet.state(), state);
        prop_assert_eq!(packet.your_discriminator(), yours);
        prop_assert_eq!(packet.diagnostic(), repr.diagnostic);
        prop_assert_eq!(packet.is_poll(), repr.sequence == Sequence::Poll);
        prop_assert_eq!(packet.is_final(), repr.sequence == Sequence::Final);
        prop_assert_eq!(packet.detect_multiplier(), repr.detect_multiplier.get());
        prop_assert_eq!(packet.my_discriminator(), repr.my_discriminator.get());
        prop_assert_eq!(packet.desired_min_tx(), repr.desired_min_tx);
        prop_assert_eq!(packet.required_min_rx(), repr.required_min_rx);
        prop_assert_eq!(packet.required_min_echo_rx(), Micros(0));
    }

    #[test]
    fn any_bytes_give_a_view_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Err(reason) = Packet::parse(&bytes) {
            prop_assert!(REJECTIONS.contains(&reason));
        }
    }

    #[test]
    fn nearly_right_bytes_too(at in 0..LEN, value: u8) {
        let mut bytes = UP_POLL;
        bytes[at] = value;
        if let Ok(packet) = Packet::parse(&bytes) {
            prop_assert!(packet.detect_multiplier() > 0 && packet.my_discriminator() > 0);
        }
    }
}
