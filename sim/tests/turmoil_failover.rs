//! The async driver in turmoil keeps the protocol's times.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

use core::time::Duration;

use bellwether_core::Instant;
use bellwether_core::model::{Config, Instance, Parts, VirtualAddress};
use bellwether_core::unit::{Name, Priority};
use bellwether_core::vrrp::State;
use bellwether_sim::fault::{Fault, TimedFault, Way};
use bellwether_sim::log::{Entry, Log, NodeId, What};
use bellwether_sim::scenario::{NodeSpec, Scenario};
use bellwether_sim::turmoil::{TicksPerMilli, Timetable, express, play};

const TICKS: TicksPerMilli = TicksPerMilli(2);

fn node(name: &str, priority: u8, place: usize) -> NodeSpec {
    let mut instance = Instance::new(
        "VI_1".into(),
        "eth0".parse().unwrap(),
        51.try_into().unwrap(),
    );
    instance.priority = Priority(priority);
    instance
        .virtual_addresses
        .push(VirtualAddress::host("192.0.2.100".parse().unwrap()));
    let parts = Parts {
        instances: vec![instance],
        ..Parts::default()
    };
    NodeSpec::new(name, Config::new(parts).unwrap(), place)
}

fn run(faults: Vec<(u64, Fault)>, seconds: u64) -> Log {
    let mut scenario = Scenario::new("pair", vec![node("lb1", 100, 0), node("lb2", 90, 1)]);
    scenario.faults = faults
        .into_iter()
        .map(|(millis, fault)| TimedFault {
            at: Instant::from_millis(millis),
            fault,
        })
        .collect();
    let timetable = Timetable {
        healed_at: Instant::FAR_FUTURE,
        until: Instant::from_millis(seconds * 1000),
    };
    play(&express(&scenario).unwrap(), timetable, TICKS).unwrap()
}

/// When `node` entered `state`, each time.
fn entered(log: &Log, node: u16, state: State) -> Vec<Duration> {
    let of = |entry: &Entry| {
        let to_state = matches!(&entry.what, What::Transition { to, .. } if *to == state);
        let here = entry.node == Some(NodeId(node));
        (to_state && here).then(|| entry.at.since(Instant::ZERO))
    };
    log.entries.iter().filter_map(of).collect()
}

/// Whether there is one time, at `nanos` or a few ticks later.
fn assert_near(seen: &[Duration], nanos: u64) {
    let due = Duration::from_nanos(nanos);
    let late = seen.first().and_then(|at| at.checked_sub(due));
    let near = late.is_some_and(|late| late <= 5 * TICKS.tick());
    assert!(near && seen.len() == 1, "{seen:?} is not once at {due:?}");
}

#[test]
fn the_better_node_starts_after_its_master_down_interval_and_no_other_does() {
    let log = run(vec![], 8);
    // 3 x 1 s + (256 - 100) / 256 s (RFC 3768 6.1).
    assert_near(&entered(&log, 0, State::Master), 3_609_375_000);
    assert!(entered(&log, 1, State::Master).is_empty());
    let garps = log.entries.iter();
    let garps = garps
        .filter(|e| matches!(e.what, What::Garp { .. }))
        .count();
    assert_eq!(garps, 5, "one batch of five; the next is due 5 s later");
}

#[test]
fn a_killed_master_is_replaced_one_master_down_interval_after_its_last_advert() {
    let lb1: Name = "lb1".into();
    let faults = vec![
        (8_000, Fault::Crash(lb1.clone())),
        (15_000, Fault::Start(lb1)),
    ];
    let log = run(faults, 20);
    // Last advert at 3.609375 + 4 s; then 3 s + (256 - 90) / 256 s.
    assert_near(&entered(&log, 1, State::Master), 11_257_812_500);
    // The restarted node hears a lesser master, and preempts it when its own timer runs out.
    let back = entered(&log, 0, State::Master);
    assert_near(&back[1..], 18_609_375_000);
}

#[test]
fn a_backup_that_wakes_hears_its_master_before_its_timer_fires() {
    // Last heard at 8.609375 s, so its timer runs out at 12.2578125 s: overdue by 0.44 s when it
    // wakes, which is less than the interval after which the core would listen anew anyway.
    let lb2: Name = "lb2".into();
    let faults = vec![
        (8_700, Fault::Pause(lb2.clone())),
        (12_700, Fault::Resume(lb2)),
    ];
    let log = run(faults, 16);
    assert!(entered(&log, 1, State::Master).is_empty());
}

#[test]
fn a_way_cut_by_partition_makes_two_masters_until_it_is_healed() {
    let way = Way {
        from: "lb1".into(),
        to: "lb2".into(),
    };
    let faults = vec![(8_000, Fault::Cut(way.clone())), (20_000, Fault::Heal(way))];
    let log = run(faults, 24);
    assert_near(&entered(&log, 1, State::Master), 11_257_812_500);
    // lb1 answers each losing advert at once (RFC 9568 6.4.3), so lb2's first advert after the
    // heal, at 11.2578125 + 9 s, or lb1's own, at 3.609375 + 17 s, ends it: the former.
    let steps_down = entered(&log, 1, State::Backup);
    assert_near(&steps_down[1..], 20_257_812_500);
    assert_eq!(entered(&log, 0, State::Master).len(), 1);
}

#[test]
fn a_run_is_repeated_to_the_letter() {
    let faults = || vec![(8_000, Fault::Crash("lb1".into()))];
    assert_eq!(run(faults(), 13), run(faults(), 13));
}
