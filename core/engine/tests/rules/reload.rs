//! Reload by stable keys: what is equal is untouched, what changed goes on, what went hands over.

use bellwether_core::kernel::KernelOp;
use bellwether_core::model::{Config, Instance, Trackers, VirtualAddress};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Effect, Event};

use super::support::{
    Bench, adverts, announcements, config, instance, kernel_ops, script, started, tracked,
    transitions,
};

fn reload(bench: &mut Bench, new: Config) -> Vec<Effect> {
    bench.take();
    bench.event(Event::Reload(Box::new(new)));
    bench.take()
}

#[test]
fn the_same_configuration_does_nothing_at_all() {
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", -10)]),
        ..instance(100)
    };
    let same = config(vec![tracking], vec![script("chk")]);
    let mut bench = Bench::new(same.clone());
    bench.run_for_millis(10_500);
    let timer = bench.node.poll_timeout();
    assert_eq!(reload(&mut bench, same), []);
    assert_eq!(bench.node.poll_timeout(), timer);
}

#[test]
fn an_added_address_is_added_and_announced_by_a_standing_master() {
    let mut bench = Bench::master(instance(100));
    let second = VirtualAddress::host([192, 0, 2, 101].into());
    let mut more = instance(100);
    more.virtual_addresses.push(second.clone());
    let seen = reload(&mut bench, config(vec![more], vec![]));
    assert_eq!(transitions(&seen), []);
    assert!(
        matches!(&kernel_ops(&seen)[..], [KernelOp::AddAddress(added)]
        if added.key.address == second.address)
    );
    let announced = announcements(&seen);
    assert_eq!(announced.len(), 5);
    assert!(announced.iter().all(|garp| garp.address == second.address));
}

#[test]
fn a_dropped_address_is_removed_by_a_standing_master() {
    let mut bench = Bench::master(instance(100));
    let other = Instance {
        virtual_addresses: vec![VirtualAddress::host([192, 0, 2, 101].into())],
        ..instance(100)
    };
    let seen = reload(&mut bench, config(vec![other], vec![]));
    let ops = kernel_ops(&seen);
    assert!(
        matches!(
            ops[..],
            [KernelOp::RemoveAddress(_), KernelOp::AddAddress(_)]
        ),
        "{ops:?}"
    );
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn a_changed_priority_is_advertised_without_an_election() {
    let mut bench = Bench::master(instance(100));
    let seen = reload(&mut bench, config(vec![instance(120)], vec![]));
    assert_eq!(transitions(&seen), []);
    bench.run_for_millis(1000);
    assert_eq!(adverts(&bench.take()), [120]);
}

#[test]
fn a_removed_master_resigns_and_its_address_goes() {
    let mut bench = Bench::master(instance(100));
    let seen = reload(&mut bench, Config::default());
    assert_eq!(
        transitions(&seen),
        [(State::Master, State::Init, Cause::Removed)]
    );
    assert_eq!(adverts(&seen), [0]);
    assert!(
        seen.iter()
            .any(|effect| matches!(effect, Effect::Notify(_)))
    );
}

#[test]
fn a_new_instance_on_a_known_interface_starts_at_once() {
    let mut bench = Bench::master(instance(100));
    let second = Instance {
        vrid: 52.try_into().unwrap(),
        name: "VI_2".into(),
        virtual_addresses: vec![VirtualAddress::host([192, 0, 2, 101].into())],
        ..instance(100)
    };
    let seen = reload(&mut bench, config(vec![instance(100), second], vec![]));
    assert_eq!(
        transitions(&seen),
        [(State::Init, State::Backup, Cause::Startup)]
    );
}

#[test]
fn an_unchanged_script_keeps_its_verdict_and_a_changed_one_starts_anew() {
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", -10)]),
        ..instance(100)
    };
    let mut bench = Bench::new(config(vec![tracking.clone()], vec![script("chk")]));
    bench.run_for_millis(100);
    let run = started(&bench.seen)[0];
    bench.script_exits(run, 1);
    assert_eq!(bench.priority(), 90);
    let more = Instance {
        priority: bellwether_core::unit::Priority(110),
        ..tracking.clone()
    };
    reload(&mut bench, config(vec![more.clone()], vec![script("chk")]));
    assert_eq!(bench.priority(), 100, "110 - 10: the verdict was kept");
    let slower = bellwether_core::model::Script {
        rise: 3,
        ..script("chk")
    };
    reload(&mut bench, config(vec![more], vec![slower]));
    assert_eq!(bench.priority(), 110, "nothing is known of a new script");
}
