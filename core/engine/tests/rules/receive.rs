//! R1 to R16: what is refused is counted, said once, and changes nothing.

use std::net::Ipv4Addr;

use bellwether_core::event::Received;
use bellwether_core::model::{Checksum, Config, Instance, OwnerConflict};
use bellwether_core::vrrp::State;
use bellwether_core::wire::vrrp::{Body, GROUP_V4, Rejection, Repr};
use bellwether_core::{Effect, Event, Notice};

use super::support::{Bench, HIGHER, OWN, VIP, config, instance, instance_v3, pass};

/// Hears what `change` makes of a datagram that would win, and returns why it was refused.
///
/// Checks on the way that neither the state nor any timer moved, and that it was said once.
fn refused(instance: Instance, change: impl FnOnce(&mut Received)) -> Rejection {
    let mut bench = Bench::single(instance);
    bench.run_for_millis(1500);
    let mut received = bench.datagram(HIGHER, bench.advert(250).emit(HIGHER, GROUP_V4));
    change(&mut received);
    refuse(&mut bench, received)
}

fn refuse(bench: &mut Bench, received: Received) -> Rejection {
    let before = (bench.node.poll_timeout(), bench.state(), bench.priority());
    bench.take();
    bench.event(Event::Receive(received.clone()));
    bench.event(Event::Receive(received));
    assert_eq!(
        (bench.node.poll_timeout(), bench.state(), bench.priority()),
        before
    );
    let status = bench.node.status(bench.now).instances.remove(0);
    let [(reason, 2)] = status.rejected.into_iter().collect::<Vec<_>>()[..] else {
        panic!("refused otherwise than twice for one reason")
    };
    let said = bench.take();
    assert!(
        matches!(&said[..], [Effect::Notice(Notice::Rejected { reason: r, suppressed: 0, .. })]
            if *r == reason),
        "{said:?}"
    );
    reason
}

fn with_byte(at: usize, value: u8) -> impl FnOnce(&mut Received) {
    move |received| {
        let mut bytes = received.payload.to_vec();
        bytes[at] = value;
        received.payload = bytes.into();
    }
}

#[test]
fn r1_a_hop_limit_other_than_255() {
    for hop_limit in [0, 1, 64, 254] {
        let reason = refused(instance(100), |received| received.hop_limit = hop_limit);
        assert_eq!(reason, Rejection::HopLimit);
    }
}

#[test]
fn r2_a_version_other_than_the_instances() {
    assert_eq!(
        refused(instance(100), with_byte(0, 0x41)),
        Rejection::Version
    );
    let v3 = Bench::single(instance_v3(100, 100))
        .advert(250)
        .emit(HIGHER, GROUP_V4);
    assert_eq!(
        refused(instance(100), |received| received.payload = v3),
        Rejection::Version
    );
    let v2 = Bench::single(instance(100))
        .advert(250)
        .emit(HIGHER, GROUP_V4);
    let reason = refused(instance_v3(100, 100), |received| received.payload = v2);
    assert_eq!(reason, Rejection::Version);
}

#[test]
fn r3_a_type_other_than_advertisement() {
    assert_eq!(refused(instance(100), with_byte(0, 0x22)), Rejection::Type);
}

#[test]
fn r4_a_message_that_is_not_as_long_as_it_says() {
    let shorter = |received: &mut Received| {
        received.payload = received.payload[..received.payload.len() - 1].into();
    };
    assert_eq!(refused(instance(100), shorter), Rejection::Truncated);
    let longer = |received: &mut Received| {
        received.payload = [&received.payload, &[0; 4][..]].concat().into();
    };
    assert_eq!(refused(instance(100), longer), Rejection::Oversized);
}

#[test]
fn r5_a_checksum_that_does_not_verify() {
    assert_eq!(
        refused(instance(100), with_byte(2, 251)),
        Rejection::Checksum
    );
    let alone = Repr {
        body: Body::V3(Checksum::MessageOnly),
        ..Bench::single(instance_v3(100, 100)).advert(250)
    };
    let reason = refused(instance_v3(100, 100), |received| {
        received.payload = alone.emit(HIGHER, GROUP_V4);
    });
    assert_eq!(reason, Rejection::Checksum, "D1: the other form");
}

#[test]
fn r6_and_r16_another_vrid_or_interface_is_nobodys() {
    let mut bench = Bench::single(instance(100));
    let foreign = Repr {
        vrid: 52.try_into().unwrap(),
        ..bench.advert(250)
    };
    bench.hear_payload(HIGHER, foreign.emit(HIGHER, GROUP_V4));
    let mut elsewhere = bench.datagram(HIGHER, bench.advert(250).emit(HIGHER, GROUP_V4));
    elsewhere.interface = "eth1".parse().unwrap();
    bench.event(Event::Receive(elsewhere));
    let status = bench.node.status(bench.now);
    assert_eq!(
        status.stray.into_iter().collect::<Vec<_>>(),
        [(Rejection::UnknownVrid, 2)]
    );
    assert!(status.instances[0].rejected.is_empty());
}

#[test]
fn r7_an_owner_that_is_told_to_listen_to_nobody() {
    let owner = Instance {
        owner_conflict: OwnerConflict::Ignore,
        ..instance(255)
    };
    let mut bench = Bench::single(owner);
    let received = bench.datagram(HIGHER, bench.advert(255).emit(HIGHER, GROUP_V4));
    assert_eq!(refuse(&mut bench, received), Rejection::Owner);
}

#[test]
fn r8_another_type_of_authentication_or_another_password() {
    let ours = Instance {
        auth: pass(b"secret\0\0"),
        ..instance(100)
    };
    let theirs = |body| Repr {
        body,
        ..Bench::single(instance(100)).advert(250)
    };
    let heard = |repr: Repr| {
        refused(ours.clone(), |received| {
            received.payload = repr.emit(HIGHER, GROUP_V4)
        })
    };
    let none = theirs(Body::V2(bellwether_core::model::Auth::None));
    assert_eq!(heard(none), Rejection::AuthType);
    assert_eq!(
        heard(theirs(Body::V2(pass(b"Secret\0\0")))),
        Rejection::AuthData
    );
    let open = theirs(Body::V2(pass(b"secret\0\0"))).emit(HIGHER, GROUP_V4);
    assert_eq!(
        refused(instance(100), |received| received.payload = open),
        Rejection::AuthType
    );
}

#[test]
fn r10_version_2_with_another_interval() {
    let slower = Repr {
        interval: 200.try_into().unwrap(),
        ..Bench::single(instance(100)).advert(250)
    };
    let reason = refused(instance(100), |received| {
        received.payload = slower.emit(HIGHER, GROUP_V4)
    });
    assert_eq!(reason, Rejection::Interval);
}

#[test]
fn r11_version_3_without_an_address() {
    let empty = Repr {
        addresses: vec![],
        ..Bench::single(instance_v3(100, 100)).advert(250)
    };
    let reason = refused(instance_v3(100, 100), |received| {
        received.payload = empty.emit(HIGHER, GROUP_V4)
    });
    assert_eq!(reason, Rejection::NoAddress);
}

#[test]
fn r13_version_3_with_an_interval_of_zero() {
    let form = Instance {
        checksum: Checksum::MessageOnly,
        ..instance_v3(100, 100)
    };
    // By hand: 3133 + fa01 + 0000 + c000 + 0264 = 1ed98 -> ed99, complement 1266.
    let bytes: [u8; 12] = [0x31, 51, 250, 1, 0, 0, 0x12, 0x66, 192, 0, 2, 100];
    let reason = refused(form, |received| received.payload = bytes.into());
    assert_eq!(reason, Rejection::ZeroInterval);
}

#[test]
fn a_packet_that_was_not_sent_to_the_group() {
    let unicast = |received: &mut Received| received.destination = OWN.into();
    assert_eq!(refused(instance(100), unicast), Rejection::Destination);
}

#[test]
fn our_own_packet() {
    let mut bench = Bench::single(instance(100));
    let reflected = bench.datagram(OWN, bench.advert(250).emit(OWN, GROUP_V4));
    assert_eq!(refuse(&mut bench, reflected), Rejection::OwnPacket);
}

#[test]
fn r15_another_list_of_addresses_is_said_but_accepted() {
    let mut bench = Bench::single(instance(100));
    let other = Repr {
        addresses: vec![VIP, Ipv4Addr::new(192, 0, 2, 101)],
        ..bench.advert(250)
    };
    bench.take();
    bench.hear_payload(HIGHER, other.emit(HIGHER, GROUP_V4));
    assert!(matches!(
        bench.take()[..],
        [Effect::Notice(Notice::Mismatch { .. })]
    ));
    bench.run_for_millis(3608);
    assert_eq!(bench.state(), State::Backup, "the timer started anew");
}

/// keepalived, skip_check_adv_addr.
#[test]
fn the_list_of_a_master_that_was_heard_before_is_not_compared_again_when_so_configured() {
    let said = |skip| {
        let mut config = instance(100);
        config.skip_check_addresses = skip;
        let mut bench = Bench::single(config);
        bench.hear(HIGHER, 250);
        let other = Repr {
            addresses: vec![VIP, Ipv4Addr::new(192, 0, 2, 101)],
            ..bench.advert(250)
        };
        bench.take();
        bench.hear_payload(HIGHER, other.emit(HIGHER, GROUP_V4));
        let known = bench.take().len();
        let another = Ipv4Addr::new(192, 0, 2, 33);
        bench.hear_payload(another, other.emit(another, GROUP_V4));
        (known, bench.take().len())
    };
    assert_eq!(said(true), (0, 1), "the other one is a new master");
    assert_eq!(
        said(false),
        (1, 0),
        "the second is within the minute of the first"
    );
}

#[test]
fn r14_another_interval_in_version_3_is_said_but_adopted() {
    let mut bench = Bench::single(instance_v3(100, 100));
    let slower = Repr {
        interval: 300.try_into().unwrap(),
        ..bench.advert(250)
    };
    bench.take();
    bench.hear_payload(HIGHER, slower.emit(HIGHER, GROUP_V4));
    assert!(matches!(
        bench.take()[..],
        [Effect::Notice(Notice::Mismatch { .. })]
    ));
    bench.run_for_millis(10_000); // of 3 x 3 s + 156/256 x 3 s = 10.828 s
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn a_flood_of_refused_adverts_does_not_silence_a_master() {
    // keepalived re-arms its advert timer on packets that it refuses.
    let mut bench = Bench::master(instance(100));
    let wrong = Repr {
        body: Body::V2(pass(b"guess\0\0\0")),
        ..bench.advert(250)
    };
    let wrong = wrong.emit(HIGHER, GROUP_V4);
    for _ in 0..500 {
        bench.run_for_millis(20);
        bench.hear_payload(HIGHER, wrong.clone());
    }
    let seen = bench.take();
    assert_eq!(super::support::adverts(&seen), [100; 10]);
    let said = seen
        .iter()
        .filter(|effect| matches!(effect, Effect::Notice(_)))
        .count();
    assert_eq!(said, 1, "500 refusals, one word");
}

#[test]
fn an_unknown_virtual_router_is_said_where_that_is_wanted_and_once_a_minute() {
    for (wanted, times) in [(false, 0), (true, 2)] {
        let mut parts = config(vec![instance(100)], vec![]).into_parts();
        parts.globals.log_unknown_vrids = wanted;
        let mut bench = Bench::new(Config::new(parts).unwrap());
        let foreign = Repr {
            vrid: 52.try_into().unwrap(),
            ..bench.advert(50)
        };
        for _ in 0..100 {
            bench.hear_payload(HIGHER, foreign.emit(HIGHER, GROUP_V4));
            bench.run_for_millis(1_000);
        }
        let said = |effect: &&Effect| {
            matches!(
                effect,
                Effect::Notice(Notice::Rejected {
                    instance: None,
                    reason: Rejection::UnknownVrid,
                    ..
                })
            )
        };
        assert_eq!(bench.take().iter().filter(said).count(), times);
    }
}
