//! Preempt_Mode and keepalived's `preempt_delay`.

use std::time::Duration;

use super::support::{Bench, LOWER, instance};
use bellwether_core::model::{Instance, Preemption};
use bellwether_core::vrrp::State;

/// Hears a live master of priority 50, once a second, until `seconds` have gone or it is replaced.
fn seconds_of_a_worse_master(preemption: Preemption, seconds: u64) -> Option<u64> {
    let mut bench = Bench::single(Instance {
        preemption,
        ..instance(100)
    });
    for second in 0..seconds {
        bench.hear(LOWER, 50);
        bench.run_for_millis(1000);
        if bench.state() == State::Master {
            return Some(second + 1);
        }
    }
    None
}

#[test]
fn by_default_a_worse_master_is_replaced_within_the_master_down_interval() {
    // 3.609375 s, seen at the end of the fourth second.
    assert_eq!(
        seconds_of_a_worse_master(Preemption::Immediate, 60),
        Some(4)
    );
}

#[test]
fn nopreempt_tolerates_a_worse_master_for_ever() {
    assert_eq!(seconds_of_a_worse_master(Preemption::Never, 600), None);
}

#[test]
fn preempt_delay_counts_from_the_first_advert_of_the_worse_master() {
    // At 10 s the delay is over, the advert is discarded, and the timer that the advert at 9 s
    // started ends at 12.609375 s: in the thirteenth second.
    let delay = Preemption::Delayed(Duration::from_secs(10));
    assert_eq!(seconds_of_a_worse_master(delay, 60), Some(13));
}

#[test]
fn a_better_master_in_between_starts_the_delay_anew() {
    let delay = Preemption::Delayed(Duration::from_secs(10));
    let mut bench = Bench::single(Instance {
        preemption: delay,
        ..instance(100)
    });
    for second in 0..20 {
        bench.hear(LOWER, if second == 8 { 150 } else { 50 });
        bench.run_for_millis(1000);
        assert_eq!(bench.state(), State::Backup, "second {second}");
    }
}

#[test]
fn silence_is_not_waited_out_longer() {
    let delay = Preemption::Delayed(Duration::from_secs(1000));
    let mut bench = Bench::single(Instance {
        preemption: delay,
        ..instance(100)
    });
    bench.hear(LOWER, 50);
    bench.run_for(Duration::from_micros(3_609_375));
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn an_owner_preempts_in_spite_of_nopreempt() {
    let mut bench = Bench::single(Instance {
        preemption: Preemption::Never,
        ..instance(255)
    });
    bench.hear(super::support::HIGHER, 255);
    assert_eq!(bench.state(), State::Backup);
    for _ in 0..4 {
        bench.run_for_millis(1000);
        bench.hear(LOWER, 50);
    }
    assert_eq!(bench.state(), State::Master, "P5");
}
