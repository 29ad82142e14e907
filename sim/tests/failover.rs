//! One failover, worked out by hand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

mod common;

use bellwether_core::Instant;
use bellwether_core::vrrp::State;
use bellwether_sim::fault::{Fault, TimedFault};
use bellwether_sim::log::What;
use bellwether_sim::run::{Report, run};

use common::{at, pair};

/// When a node entered a state.
fn entered(report: &Report, name: &str, state: State) -> Vec<Instant> {
    let entries = report.log.entries.iter();
    entries
        .filter(|entry| entry.node.is_some_and(|node| report.log.name(node) == name))
        .filter(|entry| matches!(entry.what, What::Transition { to, .. } if to == state))
        .map(|entry| entry.at)
        .collect()
}

#[test]
fn a_backup_takes_over_one_master_down_interval_after_the_last_advert() {
    let mut scenario = pair("crash", 150, 100);
    scenario.faults.push(TimedFault {
        at: at("10s"),
        fault: Fault::Crash("lb1".into()),
    });
    scenario.fault_phase_end = Some(at("20s"));
    let report = run(&scenario, 1).unwrap();
    assert!(report.is_success(), "{:#?}", report.violations());
    // The kernel tells of its interface and its addresses in 50 us each; then RFC 3768 6.1:
    // 3 x 1 s + 106/256 s = 3.4140625 s.
    let first = at("100us") + core::time::Duration::from_nanos(3_414_062_500);
    assert_eq!(entered(&report, "lb1", State::Master)[0], first);
    // lb1 advertises every second: 3.414 s, ... 9.414 s. That last one takes 100 us to lb2, which
    // waits 3 x 1 s + 156/256 s = 3.609375 s more.
    let last = first + core::time::Duration::from_secs(6);
    let takeover = last + core::time::Duration::from_nanos(100_000 + 3_609_375_000);
    assert_eq!(entered(&report, "lb2", State::Master), [takeover]);
    // Until lb1 has the address, 50 us after its transition, nobody has it; lb1's kernel then
    // keeps it when its process is killed, so the address is never dark again.
    let dark = report.availability[0].dark_ns;
    assert_eq!(dark, first.as_nanos() + 50_000);
    assert!(
        report.availability[0].dual_ns > 0,
        "the killed node's kernel still answers"
    );
}
