//! What a node tells of itself: why it is or is not master, whom it heard, what it refused.

use std::net::IpAddr;
use std::time::Duration;

use bellwether_core::Event;
use bellwether_core::model::{Instance, Parts, Preemption, SyncGroup, Trackers};
use bellwether_core::status::InstanceStatus;
use bellwether_core::unit::Priority;
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::vrrp::{GROUP_V4, Rejection};

use super::support::{
    Bench, HIGHER, LOWER, config, instance, pass, script, started, tracked, vip_key,
};

fn status(bench: &Bench) -> InstanceStatus {
    bench.node.status(bench.now).instances.remove(0)
}

fn why(bench: &Bench) -> String {
    status(bench).why
}

#[test]
fn a_backup_names_its_master_with_both_priorities_and_how_long_ago_it_spoke() {
    let mut bench = Bench::single(instance(100));
    bench.hear(LOWER, 150);
    bench.run_for_millis(400);
    assert_eq!(
        why(&bench),
        "BACKUP because 192.0.2.3 advertises priority 150 > 100, last heard 0.4 s ago"
    );
    let status = status(&bench);
    assert_eq!(status.cause, Some(Cause::Startup));
    assert_eq!(status.heard.len(), 1);
    assert_eq!(status.heard[0].source, IpAddr::V4(LOWER));
    assert_eq!(
        (status.heard[0].priority, status.heard[0].count),
        (Priority(150), 1)
    );
}

#[test]
fn a_backup_that_hears_nobody_says_when_it_takes_over() {
    let mut bench = Bench::single(instance(100));
    bench.run_for_millis(1000);
    // RFC 3768 6.1: 3 x 1 s + 156/256 s = 3.609 s, of which one second has passed.
    assert_eq!(
        why(&bench),
        "BACKUP: no master is heard; takes over in 2.6 s unless one is"
    );
}

#[test]
fn a_lower_master_is_told_with_what_keeps_it_in_place() {
    let of = |preemption| Instance {
        preemption,
        ..instance(100)
    };
    let mut bench = Bench::single(of(Preemption::Never));
    bench.hear(LOWER, 90);
    assert!(why(&bench).contains("nopreempt leaves a living master in place"));

    let mut bench = Bench::single(of(Preemption::Delayed(Duration::from_secs(30))));
    bench.hear(LOWER, 90);
    bench.run_for_millis(1000);
    assert!(
        why(&bench).ends_with("preempt_delay lasts 29 s more"),
        "{}",
        why(&bench)
    );

    let mut bench = Bench::single(of(Preemption::Immediate));
    bench.hear(LOWER, 90);
    // The timer runs on from the start: 3 x 1 s + 156/256 s.
    assert!(
        why(&bench).ends_with("priority 90 < 100, last heard 0.00 s ago: it takes over in 3.6 s")
    );
}

#[test]
fn an_equal_master_stays() {
    let mut bench = Bench::single(instance(100));
    bench.hear(LOWER, 100);
    assert!(
        why(&bench).contains("the same priority, 100"),
        "{}",
        why(&bench)
    );
}

#[test]
fn a_master_says_how_it_came_to_be_and_who_else_is_one() {
    let mut bench = Bench::master(instance(100));
    assert_eq!(
        why(&bench),
        "MASTER with priority 100 because no advert that outranks it was heard for the \
         master-down interval (3.6 s)"
    );
    bench.hear(LOWER, 90);
    assert!(why(&bench).ends_with("192.0.2.3 is master too, with priority 90 against 100"));
    bench.run_for_millis(4000);
    assert!(
        !why(&bench).contains("master too"),
        "it has not been heard since"
    );

    let mut bench = Bench::single(instance(100));
    bench.hear(HIGHER, 150);
    bench.hear(HIGHER, 0);
    bench.run_for_millis(1000);
    assert!(
        why(&bench).ends_with("the master before it resigned"),
        "{}",
        why(&bench)
    );
    let owner = Bench::single(instance(255));
    assert!(why(&owner).contains("it owns the addresses"));
}

#[test]
fn a_fault_names_what_is_broken() {
    let mut bench = Bench::master(instance(100));
    bench.link(false);
    assert_eq!(why(&bench), "FAULT because interface eth0 is down");

    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", 0)]),
        ..instance(100)
    };
    let mut bench = Bench::new(config(vec![tracking], vec![script("chk")]));
    assert_eq!(why(&bench), "INIT because script chk has no result yet");
    bench.run_for_millis(100);
    let run = started(&bench.seen)[0];
    bench.script_exits(run, 1);
    assert_eq!(why(&bench), "FAULT because script chk has failed");

    let mut bench = Bench::single(instance(100));
    bench.addresses(vec![]);
    assert_eq!(
        why(&bench),
        "FAULT because eth0 has no IPv4 address to advertise from"
    );
}

#[test]
fn a_member_of_a_group_names_who_holds_it_back() {
    let second = Instance {
        name: "VI_2".into(),
        vrid: 52.try_into().unwrap(),
        virtual_addresses: vec![],
        ..instance(100)
    };
    let group = SyncGroup::new("G".into(), vec!["VI_1".into(), "VI_2".into()]);
    let parts = Parts {
        instances: vec![instance(200), second],
        sync_groups: vec![group],
        ..Parts::default()
    };
    let mut bench = Bench::new(bellwether_core::model::Config::new(parts).unwrap());
    // 3 x 1 s + 56/256 s: the first wants to be master, and the second not yet.
    bench.run_for_millis(3300);
    let status = bench.node.status(bench.now);
    assert_eq!(
        status.instances[0].why,
        "BACKUP because the rest of its sync group can't be master yet: VI_2 is BACKUP"
    );
    assert_eq!(status.groups[0].state, Some(State::Backup));
    assert_eq!(status.instances[0].group, Some("G".into()));
}

#[test]
fn refused_adverts_are_told_with_their_sender_and_reason() {
    let guarded = Instance {
        auth: pass(b"secret\0\0"),
        ..instance(100)
    };
    let mut bench = Bench::single(guarded);
    let mut repr = bench.advert(150);
    repr.body = bellwether_core::wire::vrrp::Body::V2(pass(b"wrong\0\0\0"));
    for _ in 0..3 {
        bench.hear_payload(LOWER, repr.emit(LOWER, GROUP_V4));
        bench.run_for_millis(100);
    }
    let status = status(&bench);
    let [refused] = status.refused[..] else {
        panic!("{:?}", status.refused)
    };
    assert_eq!(refused.source, IpAddr::V4(LOWER));
    assert_eq!((refused.reason, refused.count), (Rejection::AuthData, 3));
    assert_eq!(bench.now.since(refused.at), Duration::from_millis(100));
    assert_eq!(status.rejected[&Rejection::AuthData], 3);
    assert!(status.heard.is_empty());
}

#[test]
fn addresses_are_told_as_wanted_and_as_there() {
    let bench = Bench::single(instance(100));
    let of = |bench: &Bench| {
        let addresses = status(bench).addresses;
        addresses
            .iter()
            .map(|one| (one.key, one.desired, one.observed))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&bench), [(vip_key(), false, false)]);
    let mut bench = Bench::master(instance(100));
    assert_eq!(of(&bench), [(vip_key(), true, true)]);
    bench.obliging_kernel = false;
    bench.event(Event::AddressRemoved(vip_key()));
    assert_eq!(of(&bench), [(vip_key(), true, false)]);
}

#[test]
fn statistics_are_cleared_and_the_state_is_not() {
    let mut bench = Bench::master(instance(100));
    bench.hear(LOWER, 90);
    assert!(status(&bench).adverts_sent > 0);
    bench.take();
    let timer = bench.node.poll_timeout();
    bench.event(Event::ClearStatistics);
    let after = status(&bench);
    assert_eq!(
        (
            after.adverts_sent,
            after.adverts_accepted,
            after.masterships
        ),
        (0, 0, 0)
    );
    assert!(after.heard.is_empty() && after.rejected.is_empty());
    assert_eq!(
        (after.state, bench.node.poll_timeout()),
        (State::Master, timer)
    );
    assert_eq!(bench.take(), []);
}
