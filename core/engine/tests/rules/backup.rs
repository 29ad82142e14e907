//! B2 to B8: what a backup does with adverts and silence.

use std::time::Duration;

use super::support::{
    Bench, HIGHER, LOWER, NO_ADVERT, adverts, instance, instance_v3, transitions,
};
use bellwether_core::Event;
use bellwether_core::vrrp::{Cause, State};

/// 3 x 1 s + 156/256 s.
const DOWN: Duration = Duration::from_micros(3_609_375);
const NANO: Duration = Duration::from_nanos(1);

#[test]
fn a_better_advert_restarts_the_timer() {
    let mut bench = Bench::single(instance(100));
    bench.run_for(DOWN - NANO);
    bench.hear(LOWER, 101);
    bench.run_for(DOWN - NANO);
    assert_eq!(bench.state(), State::Backup);
    bench.run_for(NANO);
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn an_equal_advert_counts_as_better_whatever_its_address() {
    for source in [LOWER, HIGHER] {
        let mut bench = Bench::single(instance(100));
        bench.run_for(DOWN - NANO);
        bench.hear(source, 100);
        bench.run_for_millis(1000);
        assert_eq!(bench.state(), State::Backup, "B7: {source}");
    }
}

#[test]
fn a_worse_advert_does_not_touch_the_timer() {
    let mut bench = Bench::single(instance(100));
    bench.run_for(DOWN - NANO);
    bench.hear(HIGHER, 99);
    bench.run_for(NANO);
    assert_eq!(bench.state(), State::Master, "B6");
}

#[test]
fn a_resignation_leaves_the_skew_time_only() {
    let mut bench = Bench::single(instance(100));
    bench.hear(HIGHER, 200);
    bench.run_for_millis(500);
    bench.hear(HIGHER, 0);
    bench.take();
    bench.run_for(Duration::from_nanos(609_374_999));
    assert_eq!(bench.state(), State::Backup);
    bench.run_for(NANO);
    let seen = bench.take();
    assert_eq!(
        transitions(&seen),
        [(State::Backup, State::Master, Cause::Resigned)]
    );
    assert_eq!(adverts(&seen), [100], "B3: an advert comes with it");
}

#[test]
fn version_3_adopts_the_masters_interval_and_then_the_skew_of_it() {
    // Ours is 1 s, the master's 200 ms: 3 x 200 ms + 156/256 x 200 ms = 721.875 ms.
    let mut bench = Bench::single(instance_v3(100, 100));
    let slow = bench.advert(200);
    let fast = bellwether_core::wire::vrrp::Repr {
        interval: 20.try_into().unwrap(),
        ..slow
    };
    bench.hear_payload(
        HIGHER,
        fast.emit(HIGHER, bellwether_core::wire::vrrp::GROUP_V4),
    );
    bench.run_for(Duration::from_nanos(721_874_999));
    assert_eq!(bench.state(), State::Backup);
    bench.run_for(NANO);
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn version_3_does_not_adopt_the_interval_of_a_resignation() {
    // B4: the skew is of the 1 s known so far: 609.375 ms, not of the 40 s in the packet.
    let mut bench = Bench::single(instance_v3(100, 100));
    let resignation = bellwether_core::wire::vrrp::Repr {
        interval: 4000.try_into().unwrap(),
        ..bench.advert(0)
    };
    bench.hear_payload(
        HIGHER,
        resignation.emit(HIGHER, bellwether_core::wire::vrrp::GROUP_V4),
    );
    bench.run_for(Duration::from_nanos(609_375_000));
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn a_stopping_backup_says_nothing() {
    let mut bench = Bench::single(instance(100));
    bench.run_for_millis(1000);
    bench.event(Event::Shutdown);
    assert_eq!(adverts(&bench.take()), NO_ADVERT, "B2");
    bench.run_for_millis(10_000);
    assert_eq!(bench.take(), []);
}

#[test]
fn a_backup_that_was_deaf_listens_once_more_before_it_believes() {
    let mut bench = Bench::single(instance(100));
    bench.hear(HIGHER, 200);
    bench.sleep_through(Duration::from_secs(10));
    assert_eq!(
        bench.state(),
        State::Backup,
        "a machine that slept has heard nobody"
    );
    // The master is alive, and its next advert comes within its interval.
    bench.run_for_millis(900);
    bench.hear(HIGHER, 200);
    bench.run_for(DOWN - NANO);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn a_backup_that_was_deaf_takes_over_when_there_is_really_nobody() {
    // One interval and the skew time: 1 s + 609.375 ms.
    let mut bench = Bench::single(instance(100));
    bench.sleep_through(Duration::from_secs(10));
    bench.run_for(Duration::from_nanos(1_609_374_999));
    assert_eq!(bench.state(), State::Backup);
    bench.run_for(NANO);
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn a_little_lateness_does_not_delay_a_takeover() {
    let mut bench = Bench::single(instance(100));
    bench.sleep_through(DOWN + Duration::from_millis(999));
    assert_eq!(bench.state(), State::Master);
}
