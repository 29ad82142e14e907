//! The IP authentication header of version 2 (RFC 2338 5.3.6.3), both ways.

use std::net::Ipv4Addr;
use std::sync::Arc;

use bellwether_core::effect::{Carrier, Transmit};
use bellwether_core::event::Received;
use bellwether_core::model::{Auth, Config, Instance, Parts, Peer, Transport};
use bellwether_core::vrrp::State;
use bellwether_core::wire::ah::{self, Counter, Key};
use bellwether_core::wire::vrrp::{GROUP_V4, Rejection};
use bellwether_core::{Effect, Event};

use super::support::{Bench, HIGHER, LOWER, OWN, instance};

const SECRET: [u8; 8] = *b"secret\0\0";

fn authenticated() -> Instance {
    let mut instance = instance(100);
    instance.auth = Auth::Ah(SECRET);
    instance
}

fn sent(bench: &mut Bench) -> Vec<Transmit> {
    let adverts = bench.take().into_iter().filter_map(|effect| match effect {
        Effect::Transmit(advert) => Some(advert),
        _ => None,
    });
    adverts.collect()
}

/// The number of a sent advert, which must be authentic.
fn number(advert: &Transmit) -> u32 {
    let header = advert.header.as_deref().unwrap();
    let datagram = [header, &advert.payload].concat();
    let packet = ah::Packet::parse(&datagram).unwrap();
    assert_eq!(
        packet.authenticate(Key::from(SECRET), Counter::default()),
        Ok(())
    );
    assert_eq!(packet.ip().source(), OWN);
    packet.sequence()
}

fn datagram(bench: &Bench, source: Ipv4Addr, priority: u8, sequence: u32) -> Received {
    let payload = bench.advert(priority).emit(source, GROUP_V4);
    let repr = ah::Repr {
        source,
        destination: GROUP_V4,
        hop_limit: 255,
        identification: 7.try_into().unwrap(),
        sequence: sequence.try_into().unwrap(),
    };
    let header = repr.emit(SECRET.into(), &payload);
    Received {
        header: Some(header),
        ..bench.datagram(source, payload)
    }
}

fn hear(bench: &mut Bench, source: Ipv4Addr, priority: u8, sequence: u32) {
    let received = datagram(bench, source, priority, sequence);
    bench.event(Event::Receive(received));
}

fn refused(bench: &Bench, reason: Rejection) -> u64 {
    bench.node.instances()[0].rejected(reason)
}

#[test]
fn numbers_go_on_from_the_last_master_s() {
    let mut bench = Bench::single(authenticated());
    hear(&mut bench, LOWER, 150, 41);
    bench.run_for_millis(3700);
    assert_eq!(bench.state(), State::Master);
    bench.run_for_millis(2000);
    let numbers: Vec<_> = sent(&mut bench).iter().map(number).collect();
    assert_eq!(numbers, [42, 43, 44]);
}

#[test]
fn every_peer_gets_a_number_of_its_own() {
    let mut instance = authenticated();
    let peer = |address: Ipv4Addr| Peer {
        address: address.into(),
        min_ttl: None,
        max_ttl: None,
    };
    instance.transport = Transport::Unicast {
        source: None,
        peers: vec![peer(LOWER), peer(HIGHER)],
        ttl: 64,
        check_source: false,
        fault_without_peer: false,
    };
    let mut bench = Bench::single(instance);
    bench.run_for_millis(3700);
    let adverts = sent(&mut bench);
    let numbers: Vec<_> = adverts.iter().map(number).collect();
    assert_eq!(numbers, [1, 2]);
    let hops: Vec<_> = adverts
        .iter()
        .map(|own| own.header.as_ref().unwrap()[8])
        .collect();
    assert_eq!(hops, [64, 64]);
}

#[test]
fn what_was_heard_once_is_refused_and_moves_no_timer() {
    let mut bench = Bench::single(authenticated());
    let advert = datagram(&bench, HIGHER, 150, 5);
    bench.event(Event::Receive(advert.clone()));
    bench.run_for_millis(3000);
    bench.event(Event::Receive(advert));
    assert_eq!(refused(&bench, Rejection::AuthReplay), 1);
    bench.run_for_millis(610);
    assert_eq!(bench.state(), State::Master, "3.609375 s after the first");
}

#[test]
fn an_authentic_header_counts_though_its_message_is_refused() {
    let mut bench = Bench::single(authenticated());
    let mut message = bench.advert(150);
    message.interval = 200_u16.try_into().unwrap();
    let payload = message.emit(HIGHER, GROUP_V4);
    let around = datagram(&bench, HIGHER, 150, 9);
    let repr = ah::Repr {
        source: HIGHER,
        destination: GROUP_V4,
        hop_limit: 255,
        identification: 7.try_into().unwrap(),
        sequence: 9.try_into().unwrap(),
    };
    bench.event(Event::Receive(Received {
        header: Some(repr.emit(SECRET.into(), &payload)),
        payload,
        ..around.clone()
    }));
    assert_eq!(refused(&bench, Rejection::Interval), 1);
    bench.event(Event::Receive(around));
    assert_eq!(refused(&bench, Rejection::AuthReplay), 1);
}

#[test]
fn a_wrong_key_a_foreign_index_and_no_header_are_told_apart_and_move_no_counter() {
    let mut bench = Bench::single(authenticated());
    let good = datagram(&bench, HIGHER, 150, 5);
    let changed = |at: usize| {
        let mut header = good.header.as_deref().unwrap().to_vec();
        header[at] ^= 1;
        Received {
            header: Some(Arc::from(header)),
            ..good.clone()
        }
    };
    for (received, reason) in [
        (changed(43), Rejection::AuthIntegrity),
        (changed(27), Rejection::AuthIndex),
        (changed(20), Rejection::AuthHeader),
        (
            Received {
                header: None,
                ..good.clone()
            },
            Rejection::AuthHeader,
        ),
    ] {
        let before = refused(&bench, reason);
        bench.event(Event::Receive(received));
        assert_eq!(refused(&bench, reason), before + 1, "{reason}");
    }
    bench.event(Event::Receive(good));
    assert_eq!(
        refused(&bench, Rejection::AuthReplay),
        0,
        "the good one still counts"
    );
}

#[test]
fn a_header_nobody_asked_for_is_refused() {
    let mut bench = Bench::single(authenticated());
    let received = datagram(&bench, HIGHER, 150, 5);
    let mut bare = Bench::single(instance(100));
    bare.event(Event::Receive(received));
    assert_eq!(refused(&bare, Rejection::AuthType), 1);
    hear(&mut bench, HIGHER, 150, 5);
    assert_eq!(refused(&bench, Rejection::AuthType), 0);
}

#[test]
fn both_protocols_are_listened_to() {
    let mut bench = Bench::single(authenticated());
    let carriers = |bench: &mut Bench| {
        let joined = bench.take().into_iter().filter_map(|effect| match effect {
            Effect::Join(membership) => Some(membership.carrier),
            _ => None,
        });
        joined.collect::<Vec<_>>()
    };
    // The bench has reported the link already.
    assert_eq!(
        carriers(&mut bench),
        [Carrier::Plain, Carrier::Authenticated]
    );
}

#[test]
fn the_counter_survives_a_reload() {
    let mut bench = Bench::single(authenticated());
    hear(&mut bench, HIGHER, 150, 70);
    let mut changed = authenticated();
    changed.garp.repeat = 2;
    let parts = Parts {
        instances: vec![changed],
        ..Parts::default()
    };
    bench.event(Event::Reload(Box::new(Config::try_from(parts).unwrap())));
    hear(&mut bench, HIGHER, 150, 70);
    assert_eq!(refused(&bench, Rejection::AuthReplay), 1);
}
