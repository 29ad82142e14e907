//! Tracked scripts and the priority: rise, fall, weight, FAULT.

use bellwether_core::RunId;
use bellwether_core::model::{Instance, Script, Tracked, Trackers};
use bellwether_core::track::{TrackerKind, Verdict};
use bellwether_core::unit::Weight;
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Event, event::ScriptExit};

use super::support::{
    Bench, HIGHER, LOWER, NO_ADVERT, adverts, config, eth0, instance, script, tracked, transitions,
};

fn with_script(priority: u8, weight: i16) -> Bench {
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", weight)]),
        ..instance(priority)
    };
    Bench::new(config(vec![tracking], vec![script("chk")]))
}

/// Ends the script's next runs with these statuses, each as soon as it was started.
fn results(bench: &mut Bench, statuses: &[i32]) {
    for status in statuses {
        wait_for_runs(bench);
        let runs = bench.node.status(bench.now).scripts[0].runs;
        bench.script_exits(RunId(runs - 1), *status);
    }
}

fn wait_for_runs(bench: &mut Bench) {
    while !bench
        .node
        .status(bench.now)
        .scripts
        .iter()
        .all(|script| script.running)
    {
        bench.run_for_millis(50);
    }
}

#[test]
fn a_script_of_weight_0_holds_the_start_until_its_first_verdict() {
    let mut bench = with_script(100, 0);
    bench.run_for_millis(1);
    assert_eq!(bench.state(), State::Init);
    bench.script_exits(RunId(0), 0);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn a_failed_script_of_weight_0_is_a_fault_and_a_master_resigns_for_it() {
    let mut bench = with_script(100, 0);
    results(&mut bench, &[0, 0, 0, 0, 0, 0]);
    assert_eq!(bench.state(), State::Master);
    bench.take();
    results(&mut bench, &[1]);
    let seen = bench.take();
    assert_eq!(
        transitions(&seen),
        [(State::Master, State::Fault, Cause::ScriptFailed)]
    );
    assert_eq!(adverts(&seen).last(), Some(&0));
    bench.run_for_millis(500);
    assert_eq!(
        adverts(&bench.seen),
        NO_ADVERT,
        "I6: FAULT never advertises"
    );
    results(&mut bench, &[0]);
    let seen = bench.take();
    assert_eq!(
        transitions(&seen),
        [(State::Fault, State::Backup, Cause::Recovered)]
    );
}

#[test]
fn weights_move_the_priority_and_never_drift() {
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("plus", 30), tracked("minus", -40)]),
        ..instance(100)
    };
    let mut bench = Bench::new(config(
        vec![tracking],
        vec![script("plus"), script("minus")],
    ));
    assert_eq!(
        bench.priority(),
        100,
        "before the first result nothing counts"
    );
    let mut next_run = 0;
    let mut both = |plus: i32, minus: i32| {
        wait_for_runs(&mut bench);
        bench.script_exits(RunId(next_run), plus);
        bench.script_exits(RunId(next_run + 1), minus);
        next_run += 2;
        bench.priority()
    };
    assert_eq!(both(0, 0), 130);
    for _ in 0..20 {
        assert_eq!(both(0, 1), 90);
        assert_eq!(both(1, 1), 60);
        assert_eq!(both(1, 0), 100);
        assert_eq!(both(0, 0), 130);
    }
}

#[test]
fn the_priority_is_clamped_and_an_owners_never_moves() {
    for (base, weight, status, expected) in
        [(100, -253, 1, 1), (250, 100, 0, 254), (255, -253, 1, 255)]
    {
        let mut bench = with_script(base, weight);
        results(&mut bench, &[status]);
        assert_eq!(bench.priority(), expected, "{base} {weight:+}");
    }
}

#[test]
fn rise_and_fall_are_waited_for() {
    let flaky = Script {
        rise: 2,
        fall: 3,
        ..script("chk")
    };
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", -50)]),
        ..instance(100)
    };
    let mut bench = Bench::new(config(vec![tracking], vec![flaky]));
    results(&mut bench, &[0, 0, 1, 1]);
    assert_eq!(bench.priority(), 100);
    results(&mut bench, &[1]);
    assert_eq!(bench.priority(), 50);
    results(&mut bench, &[0]);
    assert_eq!(bench.priority(), 50);
    results(&mut bench, &[0]);
    assert_eq!(bench.priority(), 100);
}

#[test]
fn init_fail_starts_in_fault_and_ends_with_the_first_rise() {
    let careful = Script {
        init_fail: true,
        rise: 2,
        ..script("chk")
    };
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", 0)]),
        ..instance(100)
    };
    let mut bench = Bench::new(config(vec![tracking], vec![careful]));
    assert_eq!(bench.state(), State::Fault);
    results(&mut bench, &[0]);
    assert_eq!(bench.state(), State::Fault);
    results(&mut bench, &[0]);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn a_script_that_can_not_be_executed_has_failed() {
    let mut bench = with_script(100, -50);
    bench.run_for_millis(1);
    bench.event(Event::ScriptExited {
        run: RunId(0),
        exit: ScriptExit::NotStarted,
    });
    assert_eq!(bench.priority(), 50);
}

#[test]
fn a_masters_lowered_priority_is_what_it_advertises() {
    let mut bench = with_script(100, -60);
    results(&mut bench, &[0, 0, 0, 0, 0]);
    assert_eq!(bench.state(), State::Master);
    results(&mut bench, &[1]);
    bench.take();
    bench.run_for_millis(1000);
    assert_eq!(adverts(&bench.take()), [40]);
    bench.hear(LOWER, 41);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn a_change_of_priority_moves_the_running_timer_by_the_difference_in_skew() {
    // Heard at 500 ms: ends 3 + 156/256 s later; with priority 200 3 + 56/256 = 3.21875 s later.
    let seldom = Script {
        interval: std::time::Duration::from_secs(60),
        ..script("chk")
    };
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", 100)]),
        ..instance(100)
    };
    let mut bench = Bench::new(config(vec![tracking], vec![seldom]));
    bench.run_for_millis(500);
    bench.hear(HIGHER, 250);
    bench.script_exits(RunId(0), 0);
    assert_eq!(bench.priority(), 200);
    bench.run_for(std::time::Duration::from_nanos(3_218_749_999));
    assert_eq!(bench.state(), State::Backup);
    bench.run_for(std::time::Duration::from_nanos(1));
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn the_status_shows_every_tracker_with_what_it_does() {
    let mut tracking = instance(100);
    tracking.trackers.scripts = vec![tracked("chk", -40)];
    tracking.trackers.interfaces = vec![Tracked::new(eth0(), Weight::try_from(7).unwrap())];
    let mut bench = Bench::new(config(vec![tracking], vec![script("chk")]));
    results(&mut bench, &[1]);
    let shown = bench.node.status(bench.now).instances.remove(0).trackers;
    let shown: Vec<_> = shown
        .iter()
        .map(|own| (own.kind, own.name.as_str(), own.verdict, own.contribution))
        .collect();
    let expected = [
        (TrackerKind::Script, "chk", Verdict::Down, -40),
        (TrackerKind::Interface, "eth0", Verdict::Up, 7),
    ];
    assert_eq!(shown, expected);
    assert_eq!(bench.priority(), 67);
}
