//! VRRP over IPv6: RFC 9568 5.1.2, 6.4.1 and 6.4.3.

use std::net::{IpAddr, Ipv6Addr};

use bellwether_core::effect::{Membership, Transmit};
use bellwether_core::event::Received;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, KernelOp};
use bellwether_core::model::{Checksum, Config, Instance, Parts, VirtualAddress};
use bellwether_core::unit::{Family, Priority, Version};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::vrrp::{Body, GROUP_V6, Packet, Rejection, Repr};
use bellwether_core::{Effect, Event};

use super::support::{Bench, VIP, announcements, eth0, kernel_ops, transitions};

fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// VRID 51 over IPv6 with a link-local and a global address, and an excluded IPv4 one.
fn instance(priority: u8) -> Instance {
    let mut instance = Instance::new("VI_6".into(), eth0(), 51.try_into().unwrap());
    instance.family = Family::V6;
    instance.version = Version::V3;
    instance.priority = Priority(priority);
    let addresses = ["fe80::100", "2001:db8::100"];
    instance.virtual_addresses = addresses.map(|a| VirtualAddress::host(v6(a).into())).into();
    instance.excluded_addresses = vec![VirtualAddress::host(VIP.into())];
    instance
}

fn own(address: &str, prefix_len: u8) -> Address {
    Address {
        key: AddressKey {
            interface: eth0(),
            address: v6(address).into(),
            prefix_len,
        },
        label: None,
        broadcast: None,
        scope: 0,
        options: bellwether_core::kernel::AddressOptions::default(),
        ours: false,
    }
}

fn bench(priority: u8) -> Bench {
    let parts = Parts {
        instances: vec![instance(priority)],
        ..Parts::default()
    };
    let mut bench = Bench::dark(Config::new(parts).unwrap());
    bench.link(true);
    bench.addresses(vec![own("2001:db8::11", 64), own("fe80::11", 64)]);
    bench
}

fn hear(bench: &mut Bench, source: &str, priority: u8) {
    hear_list(bench, source, priority, &["fe80::100", "2001:db8::100"]);
}

fn hear_list(bench: &mut Bench, source: &str, priority: u8, listed: &[&str]) {
    let source = v6(source);
    let repr = Repr::<Ipv6Addr> {
        vrid: 51.try_into().unwrap(),
        priority: Priority(priority),
        interval: 100.try_into().unwrap(),
        body: Body::V3(Checksum::PseudoHeader),
        addresses: listed.iter().map(|address| v6(address)).collect(),
    };
    bench.event(Event::Receive(Received {
        interface: eth0(),
        source: source.into(),
        destination: GROUP_V6.into(),
        hop_limit: 255,
        header: None,
        payload: repr.emit(source, GROUP_V6),
    }));
}

#[test]
fn adverts_go_from_the_link_local_address_to_the_group_with_hop_limit_255() {
    let mut bench = bench(100);
    bench.run_for_millis(3700);
    let seen = bench.take();
    let joined = |effect: &Effect| matches!(effect, Effect::Join(Membership { group, .. }) if *group == IpAddr::V6(GROUP_V6));
    assert!(seen.iter().any(joined), "ff02::12 is joined");
    let advert = seen.iter().find_map(|effect| match effect {
        Effect::Transmit(Transmit {
            source,
            destination,
            hop_limit,
            header: None,
            payload,
            ..
        }) => Some((*source, *destination, *hop_limit, payload.clone())),
        _ => None,
    });
    let (source, destination, hop_limit, payload) = advert.unwrap();
    assert_eq!(source, IpAddr::V6(v6("fe80::11")), "RFC 9568 5.1.2.1");
    assert_eq!((destination, hop_limit), (IpAddr::V6(GROUP_V6), 255));
    let packet = Packet::<Ipv6Addr>::parse_as(&payload).unwrap();
    let listed: Vec<_> = packet.addresses().collect();
    assert_eq!(
        listed,
        [v6("fe80::100"), v6("2001:db8::100")],
        "no excluded one"
    );
}

#[test]
fn a_master_holds_and_announces_both_families() {
    let mut bench = bench(100);
    bench.run_for_millis(3700);
    let seen = bench.take();
    let added: Vec<_> = kernel_ops(&seen)
        .into_iter()
        .map(|op| match op {
            KernelOp::AddAddress(address) => address.key.address,
            KernelOp::RemoveAddress(_)
            | KernelOp::AddLink(_)
            | KernelOp::RemoveLink(_)
            | KernelOp::AddRoute { .. }
            | KernelOp::RemoveRoute(_)
            | KernelOp::AddRule(_)
            | KernelOp::RemoveRule(_)
            | KernelOp::AddRefusal(_)
            | KernelOp::RemoveRefusal(_) => panic!("{op:?}"),
        })
        .collect();
    let all: [IpAddr; 3] = [
        v6("fe80::100").into(),
        v6("2001:db8::100").into(),
        VIP.into(),
    ];
    assert_eq!(added, all);
    for address in all {
        let times = announcements(&seen)
            .iter()
            .filter(|a| a.address == address)
            .count();
        assert_eq!(times, 5, "{address}");
    }
}

#[test]
fn of_equal_priorities_the_greater_ipv6_address_wins() {
    for (peer, cause) in [("fe80::12", Some(Cause::HigherAddress)), ("fe80::10", None)] {
        let mut bench = bench(100);
        bench.run_for_millis(4000);
        bench.take();
        hear(&mut bench, peer, 100);
        let changes = transitions(&bench.take());
        let expected: Vec<_> = cause
            .map(|cause| (State::Master, State::Backup, cause))
            .into_iter()
            .collect();
        assert_eq!(changes, expected, "{peer}");
    }
}

#[test]
fn without_a_link_local_address_it_can_not_speak() {
    let mut bench = bench(100);
    bench.addresses(vec![own("2001:db8::11", 64)]);
    assert_eq!(bench.state(), State::Fault);
}

#[test]
fn the_same_vrid_over_ipv4_is_another_router() {
    let mut four = super::support::instance(100);
    four.name = "VI_4".into();
    let parts = Parts {
        instances: vec![instance(100), four],
        ..Parts::default()
    };
    let mut bench = Bench::dark(Config::new(parts).unwrap());
    bench.link(true);
    bench.addresses(vec![
        super::support::foreign(super::support::OWN, 24),
        own("fe80::11", 64),
    ]);
    bench.run_for_millis(4000);
    hear(&mut bench, "fe80::99", 200);
    let states: Vec<_> = bench.node.instances().iter().map(|i| i.state()).collect();
    assert_eq!(states, [State::Backup, State::Master]);
}

/// The transitions of a master that hears a greater priority with this list.
fn yields(own: Instance, listed: &[&str]) -> bool {
    let parts = Parts {
        instances: vec![own],
        ..Parts::default()
    };
    let mut bench = Bench::dark(Config::new(parts).unwrap());
    bench.link(true);
    bench.addresses(vec![self::own("fe80::11", 64)]);
    bench.run_for_millis(4000);
    bench.take();
    hear_list(&mut bench, "fe80::12", 200, listed);
    let refused = bench.node.instances()[0].rejected(Rejection::NotLinkLocal);
    let yielded = bench.state() == State::Backup;
    assert_eq!(refused, u64::from(!yielded), "{listed:?}");
    yielded
}

#[test]
fn r12_a_first_address_that_is_not_link_local_is_refused_in_strict_mode() {
    let strict = || Instance {
        strict: true,
        ..instance(100)
    };
    // Erratum 8300 of RFC 9568 7.1. The first address alone counts; fe80::/10 ends at febf::.
    assert!(yields(strict(), &["fe80::100", "2001:db8::100"]));
    assert!(yields(strict(), &["febf::1"]));
    assert!(!yields(strict(), &["2001:db8::100", "fe80::100"]));
    assert!(!yields(strict(), &["fec0::1"]));
    // keepalived and FRR send and take such lists.
    assert!(yields(instance(100), &["2001:db8::100"]));
    // Of a file whose own list is so, two nodes must not refuse each other.
    let mut global_first = strict();
    global_first.virtual_addresses.remove(0);
    assert!(yields(global_first, &["2001:db8::100"]));
}
