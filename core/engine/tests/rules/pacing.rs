//! How announcements are spaced, and repeated elsewhere (keepalived: `garp_group`,
//! `vrrp_garp_interval`, `garp_extra_if`).

use std::net::IpAddr;
use std::time::Duration;

use bellwether_core::Event;
use bellwether_core::event::{Link, LinkReport};
use bellwether_core::model::{
    Config, ExtraAnnouncements, GarpGroup, Globals, Instance, Parts, Spacing, VirtualAddress,
};
use bellwether_core::unit::{IfName, Mac};
use bellwether_core::vrrp::State;

use super::support::{Bench, HIGHER, VIP, announcements, instance};

const SECOND: &str = "192.0.2.101";

fn spaced(millis: u64) -> Spacing {
    Spacing {
        garp: Duration::from_millis(millis),
        gna: Duration::ZERO,
    }
}

fn two_addresses() -> Instance {
    let second: IpAddr = SECOND.parse().unwrap();
    let mut instance = instance(100);
    instance
        .virtual_addresses
        .push(VirtualAddress::host(second));
    instance.garp.repeat = 2;
    instance.garp.delay = Duration::ZERO;
    instance
}

fn all_with(spacing: Spacing, groups: Vec<GarpGroup>, instance: Instance) -> Config {
    Config::new(Parts {
        globals: Globals {
            spacing,
            ..Globals::default()
        },
        garp_groups: groups,
        instances: vec![instance],
        ..Parts::default()
    })
    .unwrap()
}

/// When each announcement left, in milliseconds since the first.
fn times(bench: &mut Bench, millis: u64) -> Vec<u64> {
    let mut left = Vec::new();
    for now in 0..millis {
        left.extend(announcements(&bench.take()).iter().map(|_| now));
        bench.run_for_millis(1);
    }
    let first = left.first().copied().unwrap_or_default();
    left.iter().map(|at| at - first).collect()
}

#[test]
fn without_an_interval_all_leave_at_once() {
    let mut bench = Bench::new(all_with(Spacing::default(), vec![], two_addresses()));
    assert_eq!(times(&mut bench, 6_000), [0, 0, 0, 0]);
}

#[test]
fn with_one_the_first_leaves_at_once_and_each_other_an_interval_later() {
    let mut bench = Bench::new(all_with(spaced(200), vec![], two_addresses()));
    assert_eq!(times(&mut bench, 6_000), [0, 200, 400, 600]);
}

#[test]
fn what_a_group_says_counts_more() {
    let group = GarpGroup {
        name: None,
        interfaces: vec!["eth0".parse().unwrap()],
        spacing: spaced(50),
    };
    let config = all_with(spaced(200), vec![group], two_addresses());
    assert_eq!(times(&mut Bench::new(config), 6_000), [0, 50, 100, 150]);
}

#[test]
fn who_is_no_master_any_more_announces_nothing_more() {
    let mut bench = Bench::new(all_with(spaced(200), vec![], two_addresses()));
    bench.run_for_millis(3_700);
    assert_eq!(bench.state(), State::Master);
    bench.take();
    bench.hear(HIGHER, 200);
    assert_eq!(bench.state(), State::Backup);
    bench.run_for_millis(1_000);
    assert_eq!(announcements(&bench.take()), []);
}

#[test]
fn a_reload_changes_the_spacing_of_what_waits() {
    let mut bench = Bench::new(all_with(spaced(200), vec![], two_addresses()));
    bench.run_for_millis(3_610);
    assert_eq!(announcements(&bench.take()).len(), 1);
    let next = all_with(spaced(10), vec![], two_addresses());
    bench.event(Event::Reload(Box::new(next)));
    bench.run_for_millis(250);
    assert_eq!(announcements(&bench.take()).len(), 3);
}

#[test]
fn addresses_elsewhere_are_announced_again_and_again() {
    let eth1: IfName = "eth1".parse().unwrap();
    let mut instance = two_addresses();
    instance.virtual_addresses[1].dev = Some(eth1);
    instance.garp.repeat = 1;
    let announced = |all: bool, seconds: u64| {
        let mut instance = instance.clone();
        instance.garp.extra = ExtraAnnouncements {
            every: Duration::from_secs(2),
            all,
        };
        let mut bench = Bench::dark(all_with(Spacing::default(), vec![], instance));
        bench.event(Event::Link(LinkReport {
            interface: eth1,
            link: Some(Link {
                index: 3,
                up: true,
                mac: Mac([2, 0, 0, 0, 1, 11]),
            }),
        }));
        bench.event(Event::Addresses {
            interface: eth1,
            addresses: vec![],
        });
        bench.link(true);
        bench.addresses(vec![super::support::foreign(super::support::OWN, 24)]);
        bench.run_for_millis(3_700);
        bench.take();
        bench.run_for_millis(seconds * 1_000);
        let seen = announcements(&bench.take());
        seen.iter().map(|one| one.address).collect::<Vec<_>>()
    };
    let second: IpAddr = SECOND.parse().unwrap();
    assert_eq!(announced(true, 5), [second, second], "and never {VIP}");
    assert_eq!(
        announced(false, 5),
        Vec::<IpAddr>::new(),
        "it has no virtual MAC"
    );
}
