//! Unicast (keepalived: `unicast_peer`): adverts go to each peer, and come from anywhere.

use std::net::{IpAddr, Ipv4Addr};

use bellwether_core::effect::{Membership, Transmit};
use bellwether_core::event::Received;
use bellwether_core::model::{Instance, Peer, Transport};
use bellwether_core::unit::Version;
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::vrrp::{Packet, Rejection};
use bellwether_core::{Effect, Event};

use super::support::{Bench, HIGHER, LOWER, OWN, config, instance, instance_v3, transitions};

const STRANGER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

fn peer(address: Ipv4Addr) -> Peer {
    Peer {
        address: address.into(),
        min_ttl: None,
        max_ttl: None,
    }
}

fn unicast(mut instance: Instance, peers: Vec<Peer>, check_source: bool) -> Instance {
    instance.transport = Transport::Unicast {
        source: None,
        peers,
        ttl: 64,
        check_source,
        fault_without_peer: false,
    };
    instance
}

fn sent(bench: &mut Bench) -> Vec<Transmit> {
    let adverts = bench.take().into_iter().filter_map(|effect| match effect {
        Effect::Transmit(advert) => Some(advert),
        _ => None,
    });
    adverts.collect()
}

/// Hears an advert sent to this host itself.
fn hear(bench: &mut Bench, source: Ipv4Addr, hop_limit: u8, priority: u8) {
    let payload = bench.advert(priority).emit(source, OWN);
    let received = Received {
        destination: OWN.into(),
        hop_limit,
        ..bench.datagram(source, payload)
    };
    bench.event(Event::Receive(received));
}

#[test]
fn every_peer_gets_an_advert_of_its_own_with_the_configured_ttl() {
    let instance = unicast(
        instance_v3(100, 100),
        vec![peer(LOWER), peer(HIGHER)],
        false,
    );
    let mut bench = Bench::single(instance);
    bench.run_for_millis(3700);
    let adverts = sent(&mut bench);
    let to: Vec<_> = adverts.iter().map(|advert| advert.destination).collect();
    assert_eq!(to, [IpAddr::V4(LOWER), IpAddr::V4(HIGHER)]);
    for (advert, destination) in adverts.iter().zip([LOWER, HIGHER]) {
        assert_eq!((advert.source, advert.hop_limit), (OWN.into(), 64));
        let packet = Packet::parse(&advert.payload).unwrap();
        let form = bellwether_core::model::Checksum::PseudoHeader;
        assert!(
            packet.checksum_is_valid(form, OWN, destination),
            "its own pseudo-header"
        );
        assert_eq!(packet.version(), Version::V3);
    }
}

#[test]
fn no_group_is_joined() {
    let mut bench = Bench::single(unicast(instance(100), vec![peer(LOWER)], false));
    let joined: Vec<_> = bench
        .take()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Join(Membership { group, .. }) => Some(group),
            _ => None,
        })
        .collect();
    assert_eq!(joined, [IpAddr::V4(Ipv4Addr::UNSPECIFIED)]);
}

#[test]
fn an_advert_that_crossed_routers_is_believed_unless_the_peer_says_otherwise() {
    let near = Peer {
        min_ttl: Some(254),
        ..peer(HIGHER)
    };
    for (peer, believed) in [(peer(HIGHER), true), (near, false)] {
        let mut bench = Bench::master(unicast(instance(100), vec![peer], false));
        hear(&mut bench, HIGHER, 60, 200);
        let expected = if believed {
            State::Backup
        } else {
            State::Master
        };
        assert_eq!(bench.state(), expected);
        let rejected = bench.node.instances()[0].rejected(Rejection::HopLimit);
        assert_eq!(rejected, u64::from(!believed));
    }
}

#[test]
fn a_stranger_is_refused_only_where_sources_are_checked() {
    for (check, expected) in [(false, State::Backup), (true, State::Master)] {
        let mut bench = Bench::master(unicast(instance(100), vec![peer(HIGHER)], check));
        hear(&mut bench, STRANGER, 255, 200);
        assert_eq!(bench.state(), expected);
        let refused = bench.node.instances()[0].rejected(Rejection::NotAPeer);
        assert_eq!(refused, u64::from(check));
    }
}

#[test]
fn multicast_and_unicast_do_not_hear_each_other() {
    let mut bench = Bench::master(unicast(instance(100), vec![peer(HIGHER)], false));
    bench.hear(HIGHER, 200);
    assert_eq!(bench.state(), State::Master);
    let mut bench = Bench::master(instance(100));
    hear(&mut bench, HIGHER, 255, 200);
    assert_eq!(bench.state(), State::Master);
    let refused = bench.node.instances()[0].rejected(Rejection::Destination);
    assert_eq!(refused, 1);
}

#[test]
fn a_configured_source_is_used_and_may_be_tracked() {
    let other = Ipv4Addr::new(192, 0, 2, 77);
    let configured = |track_source| {
        let mut one = unicast(instance(100), vec![peer(LOWER)], false);
        if let Transport::Unicast { source, .. } = &mut one.transport {
            *source = Some(other.into());
        }
        one.track_source = track_source;
        let mut bench = Bench::single(one);
        bench.run_for_millis(3700);
        let from: Vec<_> = sent(&mut bench).iter().map(|a| a.source).collect();
        (bench.state(), from)
    };
    assert_eq!(configured(false), (State::Master, vec![other.into()]));
    assert_eq!(
        configured(true),
        (State::Fault, vec![]),
        "the host has no such address"
    );
}

#[test]
fn who_has_no_peer_is_in_fault_where_that_is_one() {
    let lonely = |fault| {
        let mut one = unicast(instance(100), vec![], false);
        if let Transport::Unicast {
            fault_without_peer, ..
        } = &mut one.transport
        {
            *fault_without_peer = fault;
        }
        one
    };
    let mut bench = Bench::single(lonely(true));
    bench.run_for_millis(10_000);
    let started = (State::Init, State::Fault, Cause::NoPeer);
    assert_eq!(transitions(&bench.take()), [started]);
    // A peer that a reload brings mends it.
    let with_peer = unicast(instance(100), vec![peer(HIGHER)], false);
    bench.event(Event::Reload(Box::new(config(vec![with_peer], vec![]))));
    let mended = (State::Fault, State::Backup, Cause::Recovered);
    assert_eq!(transitions(&bench.take()), [mended]);
    // And a master whose last peer a reload takes away gives up.
    bench.run_for_millis(4000);
    bench.take();
    bench.event(Event::Reload(Box::new(config(vec![lonely(true)], vec![]))));
    let given_up = (State::Master, State::Fault, Cause::NoPeer);
    assert_eq!(transitions(&bench.take()), [given_up]);
}
