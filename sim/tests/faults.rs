//! What each kind of fault does to the world.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

mod common;

use bellwether_core::Instant;
use bellwether_core::vrrp::State;
use bellwether_sim::fault::{Fault, TimedFault, Way};
use bellwether_sim::log::{Loss, Process, What};
use bellwether_sim::run::{Report, run};
use bellwether_sim::scenario::{Scenario, ScenarioError};

use common::{at, pair};

fn with(faults: Vec<(&str, Fault)>) -> Scenario {
    let mut scenario = pair("faults", 150, 100);
    scenario.fault_phase_end = Some(at("30s"));
    let timed = |(when, fault)| TimedFault {
        at: at(when),
        fault,
    };
    scenario.faults = faults.into_iter().map(timed).collect();
    scenario
}

fn good(scenario: &Scenario) -> Report {
    let report = run(scenario, 1).unwrap();
    assert!(report.is_success(), "{:#?}", report.violations());
    report
}

/// The transitions to MASTER between two instants, as node names.
fn masters(report: &Report, from: &str, to: &str) -> Vec<String> {
    let entries = report.log.entries.iter();
    entries
        .filter(|entry| entry.at >= at(from) && entry.at < at(to))
        .filter(|entry| {
            matches!(
                entry.what,
                What::Transition {
                    to: State::Master,
                    ..
                }
            )
        })
        .map(|entry| report.log.name(entry.node.unwrap()).to_owned())
        .collect()
}

fn way(from: &str, to: &str) -> Way {
    Way {
        from: from.into(),
        to: to.into(),
    }
}

#[test]
fn a_partition_makes_two_masters_and_healing_one() {
    let both = ["lb1".into(), "lb2".into()];
    let scenario = with(vec![
        ("10s", Fault::CutBoth(both.clone())),
        ("20s", Fault::HealBoth(both)),
    ]);
    let report = good(&scenario);
    assert_eq!(masters(&report, "10s", "30s"), ["lb2"]);
    // From lb2's takeover at about 13 s until lb1's first advert after 20 s: about 7 s.
    let dual = report.availability[0].dual_ns;
    assert!((6_000_000_000..8_000_000_000).contains(&dual), "{dual}");
}

#[test]
fn a_one_way_cut_toward_the_master_is_not_even_noticed() {
    let scenario = with(vec![("10s", Fault::Cut(way("lb2", "lb1")))]);
    assert!(masters(&good(&scenario), "10s", "30s").is_empty());
}

#[test]
fn a_paused_backup_hears_its_master_before_it_believes_it_dead() {
    let scenario = with(vec![
        ("10s", Fault::Pause("lb2".into())),
        ("20s", Fault::Resume("lb2".into())),
    ]);
    let report = good(&scenario);
    assert!(masters(&report, "10s", "30s").is_empty());
    let resumed = report
        .log
        .entries
        .iter()
        .find_map(|entry| match entry.what {
            What::Process(Process::Resumed { waiting }) => Some(waiting),
            _ => None,
        });
    // lb1 advertises once a second, and it slept for ten.
    assert_eq!(resumed, Some(10));
}

#[test]
fn a_paused_master_keeps_its_address_and_yields_nothing_but_a_moment() {
    let scenario = with(vec![
        ("10s", Fault::Pause("lb1".into())),
        ("20s", Fault::Resume("lb1".into())),
    ]);
    let report = good(&scenario);
    assert_eq!(masters(&report, "10s", "30s"), ["lb2"]);
    assert!(
        report.availability[0].dual_ns > 5_000_000_000,
        "its kernel answers on"
    );
    let dark = report.availability[0].dark_ns;
    assert!(
        dark < 4_000_000_000,
        "dark only until the first election: {dark}"
    );
}

#[test]
fn power_off_takes_the_address_along_and_a_crash_leaves_it() {
    let dark = |fault| good(&with(vec![("10s", fault)])).availability[0].dark_ns;
    let (off, crash) = (
        dark(Fault::PowerOff("lb1".into())),
        dark(Fault::Crash("lb1".into())),
    );
    // Both are dark until the first election; a host without power is dark again for what is left
    // of lb2's 3.609375 s since the last advert: between 2.6 s and 3.6 s.
    let more = off - crash;
    assert!((2_600_000_000..3_610_000_000).contains(&more), "{more}");
}

#[test]
fn a_lost_resignation_costs_the_whole_master_down_interval() {
    let stop = ("10s", Fault::Stop("lb1".into()));
    let took = |faults| {
        let report = good(&with(faults));
        let entries = report.log.entries.iter();
        let masters = entries.filter(|entry| {
            entry.at > at("10s")
                && matches!(
                    entry.what,
                    What::Transition {
                        to: State::Master,
                        ..
                    }
                )
        });
        masters.map(|entry| entry.at).next().unwrap()
    };
    // The skew time of priority 100 is 609.375 ms, and the advert takes 100 us.
    let heard = took(vec![stop.clone()]);
    assert_eq!(
        heard,
        Instant::from_nanos(10_000_000_000 + 609_375_000 + 100_000)
    );
    let lost = took(vec![
        ("9s", Fault::LoseResignation(way("lb1", "lb2"))),
        stop,
    ]);
    assert!(lost > at("12s"), "{lost}");
}

#[test]
fn exactly_so_many_adverts_are_lost() {
    let lose = |count| Fault::LoseNext {
        from: "lb1".into(),
        to: "lb2".into(),
        count,
    };
    let report = good(&with(vec![("10s", lose(2))]));
    assert!(masters(&report, "10s", "30s").is_empty(), "two of three");
    let lost = report.log.entries.iter().filter(|entry| {
        matches!(
            entry.what,
            What::AdvertLost {
                why: Loss::Random,
                ..
            }
        )
    });
    assert_eq!(lost.count(), 2);
    let report = good(&with(vec![("10s", lose(3))]));
    assert_eq!(masters(&report, "10s", "30s"), ["lb2"]);
}

#[test]
fn an_address_removed_by_hand_comes_back() {
    let address = "192.0.2.100".parse().unwrap();
    let node = "lb1".into();
    let report = good(&with(vec![("10s", Fault::RemoveAddress { node, address })]));
    let added = report
        .log
        .entries
        .iter()
        .filter(|entry| entry.at > at("10s") && matches!(entry.what, What::AddressAdded(_)));
    assert_eq!(added.count(), 1);
}

#[test]
fn a_fault_of_nobody_is_an_error_and_not_a_run() {
    let scenario = with(vec![("1s", Fault::Crash("lb9".into()))]);
    let error = run(&scenario, 1).unwrap_err();
    assert_eq!(error, ScenarioError::UnknownStation { name: "lb9".into() });
}
