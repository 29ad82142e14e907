//! Sync groups (keepalived: `vrrp_sync_group`): members change their state together.

use std::net::Ipv4Addr;

use bellwether_core::effect::Transition;
use bellwether_core::event::{Link, LinkReport};
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::Address;
use bellwether_core::model::{
    Command, Config, Hook, Instance, Parts, SyncGroup, Tracked, Trackers, VirtualAddress,
};
use bellwether_core::unit::{IfName, Priority, Weight};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::vrrp::GROUP_V4;
use bellwether_core::{Effect, Event, Notice};

use super::support::{Bench, HIGHER, LOWER, MAC, adverts, instance};

const OUTSIDE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);
const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 11);

/// An outside instance on eth0 (VRID 51) and an inside one on eth1 (VRID 52), in one group.
fn pair(priority: u8) -> (Instance, Instance, SyncGroup) {
    let outside = instance(priority);
    let mut inside = Instance::new("VI_2".into(), name("eth1"), 52.try_into().unwrap());
    inside.priority = Priority(priority);
    inside.virtual_addresses = vec![VirtualAddress::host(Ipv4Addr::new(10, 0, 0, 100).into())];
    let group = SyncGroup::new("VG_1".into(), vec!["VI_1".into(), "VI_2".into()]);
    (outside, inside, group)
}

fn config((outside, inside, group): (Instance, Instance, SyncGroup)) -> Config {
    Config::new(Parts {
        instances: vec![outside, inside],
        sync_groups: vec![group],
        ..Parts::default()
    })
    .unwrap()
}

fn bench(config: Config) -> Bench {
    let mut bench = Bench::dark(config);
    for (interface, address) in [("eth0", OUTSIDE), ("eth1", INSIDE)] {
        link(&mut bench, interface, true);
        let key = AddressKey {
            interface: name(interface),
            address: address.into(),
            prefix_len: 24,
        };
        let own = Address {
            key,
            label: None,
            broadcast: None,
            scope: 0,
            options: bellwether_core::kernel::AddressOptions::default(),
            ours: false,
        };
        bench.event(Event::Addresses {
            interface: name(interface),
            addresses: vec![own],
        });
    }
    bench
}

fn name(interface: &str) -> IfName {
    interface.parse().unwrap()
}

fn link(bench: &mut Bench, interface: &str, up: bool) {
    bench.event(Event::Link(LinkReport {
        interface: name(interface),
        link: Some(Link {
            index: if interface == "eth0" { 2 } else { 3 },
            up,
            mac: MAC,
        }),
    }));
}

fn states(bench: &Bench) -> [State; 2] {
    let instances = bench.node.instances();
    [instances[0].state(), instances[1].state()]
}

/// The outside instance hears an advert; the inside one hears nobody.
fn hear_outside(bench: &mut Bench, source: Ipv4Addr, priority: u8) {
    let payload = bench.advert(priority).emit(source, GROUP_V4);
    bench.hear_payload(source, payload);
}

fn both(state: State) -> [State; 2] {
    [state; 2]
}

#[test]
fn alone_both_become_master_at_once() {
    let mut bench = bench(config(pair(100)));
    assert_eq!(states(&bench), both(State::Backup));
    bench.run_for_millis(3609);
    assert_eq!(states(&bench), both(State::Backup));
    bench.run_for_millis(1);
    assert_eq!(states(&bench), both(State::Master), "3 s + 156/256 s");
}

#[test]
fn a_member_whose_master_is_gone_waits_for_the_one_whose_master_lives() {
    let mut bench = bench(config(pair(100)));
    for _ in 0..20 {
        bench.run_for_millis(1000);
        hear_outside(&mut bench, HIGHER, 200);
    }
    assert_eq!(
        states(&bench),
        both(State::Backup),
        "the inside one has heard nobody for 20 s"
    );
    bench.run_for_millis(3700);
    assert_eq!(
        states(&bench),
        both(State::Master),
        "now nobody is heard on either side"
    );
}

#[test]
fn a_member_that_hears_its_master_again_no_longer_wants_to_be_one() {
    let mut bench = bench(config(pair(100)));
    bench.run_for_millis(1000);
    hear_outside(&mut bench, HIGHER, 200);
    bench.run_for_millis(2700);
    // At 3.61 s the inside one wanted. Its master comes back, then the outside one's goes.
    let inside = bench.node.instances()[1].config().clone();
    let mut advert = bench.advert(200);
    advert.vrid = inside.vrid;
    advert.addresses = vec![Ipv4Addr::new(10, 0, 0, 100)];
    let master = Ipv4Addr::new(10, 0, 0, 200);
    let mut received = bench.datagram(master, advert.emit(master, GROUP_V4));
    received.interface = name("eth1");
    bench.event(Event::Receive(received));
    bench.run_for_millis(2000);
    assert_eq!(
        states(&bench),
        both(State::Backup),
        "only the outside one wants by now"
    );
}

#[test]
fn one_that_must_step_down_takes_the_other_with_it() {
    let mut bench = bench(config(pair(100)));
    bench.run_for_millis(4000);
    bench.take();
    hear_outside(&mut bench, HIGHER, 200);
    assert_eq!(states(&bench), both(State::Backup));
    let seen = bench.take();
    let causes: Vec<_> = seen.iter().filter_map(cause).collect();
    assert_eq!(causes, [Cause::HigherPriority, Cause::SyncGroup]);
    assert!(adverts(&seen).contains(&0), "the inside one hands over");
}

#[test]
fn a_fault_of_one_is_a_fault_of_all_and_all_leave_it_together() {
    let mut bench = bench(config(pair(100)));
    bench.run_for_millis(4000);
    bench.take();
    link(&mut bench, "eth1", false);
    assert_eq!(states(&bench), both(State::Fault));
    let seen = bench.take();
    let causes: Vec<_> = seen.iter().filter_map(cause).collect();
    assert_eq!(causes, [Cause::SyncGroup, Cause::LinkDown]);
    assert_eq!(adverts(&seen), [0, 0], "both resign");
    link(&mut bench, "eth1", true);
    assert_eq!(states(&bench), both(State::Backup));
}

#[test]
fn nobody_starts_before_all_can() {
    let mut bench = Bench::dark(config(pair(255)));
    bench.link(true);
    bench.addresses(vec![super::support::foreign(OUTSIDE, 24)]);
    assert_eq!(states(&bench), both(State::Init), "eth1 is not known yet");
}

#[test]
fn owners_of_a_group_are_master_at_once() {
    let bench = bench(config(pair(255)));
    assert_eq!(states(&bench), both(State::Master));
}

#[test]
fn a_tracked_interface_of_the_group_counts_for_every_member() {
    let (outside, inside, mut group) = pair(100);
    group.trackers.interfaces = vec![Tracked::new(name("eth1"), Weight::try_from(-30).unwrap())];
    let (mut outside, mut inside) = (outside, inside);
    outside.track_primary = false;
    inside.track_primary = false;
    let mut bench = bench(config((outside, inside, group)));
    link(&mut bench, "eth1", false);
    let priority = |place: usize| bench.node.instances()[place].effective_priority();
    assert_eq!([priority(0), priority(1)], [Priority(70); 2]);
}

#[test]
fn a_member_s_weight_does_not_count_unless_the_group_says_so() {
    let weighted = |tracking_weight| {
        let (mut outside, inside, mut group) = pair(100);
        group.tracking_weight = tracking_weight;
        outside.trackers = Trackers {
            interfaces: vec![Tracked::new(name("eth9"), Weight::try_from(-30).unwrap())],
            ..Trackers::default()
        };
        let mut bench = bench(config((outside, inside, group)));
        bench.event(Event::Link(LinkReport {
            interface: name("eth9"),
            link: None,
        }));
        let priority = bench.node.instances()[0].effective_priority();
        (states(&bench), priority)
    };
    assert_eq!(weighted(true), (both(State::Backup), Priority(70)));
    assert_eq!(
        weighted(false),
        (both(State::Fault), Priority(100)),
        "it is a fault then"
    );
}

#[test]
fn a_losing_advert_on_one_makes_all_announce_again() {
    let mut bench = bench(config(pair(100)));
    bench.run_for_millis(30_000);
    bench.take();
    hear_outside(&mut bench, LOWER, 50);
    let seen = bench.take();
    let announced = |vip: [u8; 4]| {
        let of = |effect: &&Effect| matches!(effect, Effect::Announce(a) if a.address == std::net::IpAddr::from(vip));
        seen.iter().filter(of).count()
    };
    assert_eq!(
        (announced([192, 0, 2, 100]), announced([10, 0, 0, 100])),
        (5, 5)
    );
}

#[test]
fn the_group_is_told_of_once_after_its_members() {
    let (outside, inside, mut group) = pair(100);
    group.notify.any = Some(Hook::new(Command(vec!["/bin/tell".into()]), None));
    let mut bench = bench(config((outside, inside, group)));
    bench.run_for_millis(4000);
    let lines: Vec<_> = bench
        .take()
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notify(told) => Some(told.line()),
            _ => None,
        })
        .collect();
    let expected = [
        "INSTANCE \"VI_1\" BACKUP 100",
        "INSTANCE \"VI_2\" BACKUP 100",
        "GROUP \"VG_1\" BACKUP 0",
        "INSTANCE \"VI_1\" MASTER 100",
        "INSTANCE \"VI_2\" MASTER 100",
        "GROUP \"VG_1\" MASTER 0",
    ];
    assert_eq!(lines, expected);
}

fn cause(effect: &Effect) -> Option<Cause> {
    match effect {
        Effect::Notice(Notice::Transition(Transition { cause, .. })) => Some(*cause),
        _ => None,
    }
}
