//! Reload by stable keys: what is equal is untouched, what changed goes on, what went hands over.

use bellwether_core::kernel::KernelOp;
use bellwether_core::model::{Config, Instance, Trackers, VirtualAddress};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Effect, Event};

use super::support::{
    Bench, LOWER, NO_ADVERT, adverts, announcements, config, instance, instance_v3, kernel_ops,
    script, started, tracked, transitions, vip_key,
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
    assert_eq!(kernel_ops(&seen), [KernelOp::RemoveAddress(vip_key())]);
    let last = seen.last().unwrap();
    assert!(
        matches!(last, Effect::Unwatch { .. }),
        "only then is its interface let go"
    );
    assert!(
        seen.iter()
            .any(|effect| matches!(effect, Effect::Notify(_)))
    );
}

#[test]
fn an_address_that_will_not_go_is_asked_for_again_after_its_instance_is_forgotten() {
    let mut bench = Bench::master(instance(100));
    bench.obliging_kernel = false;
    let seen = reload(&mut bench, Config::default());
    let Some(op) = seen.iter().find_map(|effect| match effect {
        Effect::Kernel { op, .. } => Some(*op),
        _ => None,
    }) else {
        panic!("{seen:?}")
    };
    let outcome = Err(bellwether_core::kernel::KernelError::Denied);
    bench.event(Event::KernelDone { op, outcome });
    bench.take();
    bench.obliging_kernel = true;
    bench.run_for_millis(1000);
    assert_eq!(
        kernel_ops(&bench.take()),
        [KernelOp::RemoveAddress(vip_key())]
    );
    assert!(bench.node.poll_timeout().is_none());
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
fn a_script_keeps_its_verdict_unless_it_asks_another_question() {
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
    let timer = bench.node.poll_timeout();
    reload(&mut bench, config(vec![more.clone()], vec![script("chk")]));
    assert_eq!(bench.priority(), 100, "110 - 10: the verdict was kept");
    assert_eq!(bench.node.poll_timeout(), timer, "and so was its schedule");
    let slower = bellwether_core::model::Script {
        rise: 3,
        ..script("chk")
    };
    reload(&mut bench, config(vec![more.clone()], vec![slower]));
    assert_eq!(
        bench.priority(),
        100,
        "only how its answers are counted changed"
    );
    let other = bellwether_core::model::Script {
        command: bellwether_core::model::Command(vec!["/usr/bin/other".into()]),
        ..script("chk")
    };
    reload(&mut bench, config(vec![more], vec![other]));
    assert_eq!(bench.priority(), 110, "nothing is known of another command");
}

#[test]
fn a_backup_goes_on_waiting_as_its_master_said() {
    // Version 3: ours is 0.1 s, the master's 1 s: 3 x 1 s + 156/256 s of patience.
    let own = instance_v3(100, 10);
    let mut bench = Bench::single(own.clone());
    let mut advert = bench.advert(150);
    advert.interval = bellwether_core::unit::AdvertInterval::try_from(100).unwrap();
    bench.hear_payload(
        LOWER,
        advert.emit(LOWER, bellwether_core::wire::vrrp::GROUP_V4),
    );
    bench.run_for_millis(900);
    let renamed = Instance {
        name: "VI_9".into(),
        ..own
    };
    reload(&mut bench, config(vec![renamed], vec![]));
    bench.run_for_millis(100);
    assert_eq!(
        bench.state(),
        State::Backup,
        "its next advert is only due now"
    );
}

#[test]
fn a_master_with_another_interval_says_so_at_once() {
    let mut bench = Bench::master(instance_v3(100, 100));
    bench.run_for_millis(500);
    let seen = reload(&mut bench, config(vec![instance_v3(100, 1000)], vec![]));
    assert_eq!(
        adverts(&seen),
        [100],
        "or backups give it up after 3.6 s of silence"
    );
    bench.run_for_millis(9_900);
    assert_eq!(adverts(&bench.take()), NO_ADVERT);
    bench.run_for_millis(100);
    assert_eq!(adverts(&bench.take()), [100]);
}

#[test]
fn a_standing_master_takes_another_refresh() {
    let mut refreshed = instance(100);
    let mut bench = Bench::master(refreshed.clone());
    refreshed.garp.refresh = std::time::Duration::from_secs(10);
    reload(&mut bench, config(vec![refreshed], vec![]));
    bench.run_for_millis(10_000);
    assert_eq!(
        announcements(&bench.take()).len(),
        1,
        "garp_master_refresh_repeat is 1"
    );
    reload(&mut bench, config(vec![instance(100)], vec![]));
    bench.run_for_millis(30_000);
    assert_eq!(announcements(&bench.take()), []);
}
