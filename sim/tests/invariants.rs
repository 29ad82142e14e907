//! Invariants can fail, and say why in an operator's words.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

mod common;

use core::time::Duration;

use bellwether_core::model::{
    Auth, Command, Config, Instance, OwnerConflict, Parts, Script, Tracked,
};
use bellwether_core::unit::{Version, Weight};
use bellwether_sim::fault::{Fault, TimedFault};
use bellwether_sim::invariant::InvariantId;
use bellwether_sim::run::{Outcome, Report, Verdict, run};
use bellwether_sim::scenario::units::Share;
use bellwether_sim::scenario::{Healing, NodeSpec, Scenario};

use common::{at, instance, node, pair};

/// What came of one invariant.
fn verdict(report: &Report, id: InvariantId) -> &Verdict {
    let mut all = report.verdicts.iter();
    all.find(|verdict| verdict.invariant == id).unwrap()
}

/// The first message of the violations of one invariant.
fn message(scenario: &Scenario, id: InvariantId) -> String {
    let report = run(scenario, 1).unwrap();
    let verdict = verdict(&report, id);
    assert_eq!(
        verdict.outcome,
        Outcome::Violated,
        "{:#?}",
        report.violations()
    );
    verdict.violations[0].message.clone()
}

/// Two masters on a healthy LAN because the second node's instance is changed so.
fn split(change: impl FnOnce(&mut Instance)) -> String {
    let mut other = instance(100);
    change(&mut other);
    let scenario = Scenario::new("split", vec![node(0, instance(150)), node(1, other)]);
    message(&scenario, InvariantId::I1)
}

#[test]
fn two_masters_of_different_passwords_are_told_why() {
    let mut first = instance(150);
    first.auth = Auth::Pass(*b"secret\0\0");
    let mut second = instance(100);
    second.auth = Auth::Pass(*b"Secret\0\0");
    let scenario = Scenario::new("split", vec![node(0, first), node(1, second)]);
    let message = message(&scenario, InvariantId::I1);
    assert!(
        message.contains("lb2 refuses lb1's adverts: wrong auth_pass ("),
        "{message}"
    );
}

#[test]
fn two_masters_of_different_types_versions_intervals_or_vrids_are_told_why() {
    let message = split(|other| other.auth = Auth::Pass(*b"secret\0\0"));
    assert!(message.contains("wrong auth_type"), "{message}");
    let message = split(|other| other.version = Version::V3);
    assert!(
        message.contains("lb1 speaks version 2, lb2 version 3"),
        "{message}"
    );
    let message = split(|other| other.advert_interval = 200.try_into().unwrap());
    assert!(
        message.contains("lb1 has advert_int 1.00s, lb2 has 2.00s"),
        "{message}"
    );
    let message = split(|other| other.vrid = 52.try_into().unwrap());
    assert!(
        message.contains("lb1 has virtual_router_id 51, lb2 has 52"),
        "{message}"
    );
}

#[test]
fn two_masters_of_different_passwords_never_converge() {
    let mut other = instance(100);
    other.auth = Auth::Pass(*b"secret\0\0");
    let scenario = Scenario::new("split", vec![node(0, instance(150)), node(1, other)]);
    let message = message(&scenario, InvariantId::L1);
    assert!(
        message.contains("lb1 and lb2 are masters of VI_1 long after everything was mended: by"),
        "{message}"
    );
}

#[test]
fn what_is_expected_to_be_violated_must_be() {
    let mut scenario = pair("good", 150, 100);
    scenario.expected_violations = vec![InvariantId::I1];
    let report = run(&scenario, 1).unwrap();
    assert!(!report.is_success());
    let verdict = verdict(&report, InvariantId::I1);
    assert_eq!(verdict.outcome, Outcome::HeldUnexpectedly);
}

#[test]
fn two_owners_that_ignore_each_other_never_converge() {
    let mut owner = instance(255);
    owner.owner_conflict = OwnerConflict::Ignore;
    let scenario = Scenario::new("owners", vec![node(0, owner.clone()), node(1, owner)]);
    let message = message(&scenario, InvariantId::L1);
    assert!(
        message.contains("lb1 and lb2 are masters of VI_1"),
        "{message}"
    );
}

#[test]
fn a_script_that_flaps_for_ever_is_not_stable() {
    let script = Script::new("chk".into(), Command(vec!["/bin/chk".into()]));
    let mut tracking = instance(150);
    tracking.trackers.scripts = vec![Tracked {
        target: "chk".into(),
        weight: Weight::FAULT,
        reverse: false,
    }];
    let config = Config::new(Parts {
        scripts: vec![script],
        instances: vec![tracking],
        ..Parts::default()
    });
    let nodes = vec![
        NodeSpec::new("lb1", config.unwrap(), 0),
        node(1, instance(100)),
    ];
    let mut scenario = Scenario::new("flap", nodes);
    scenario.healing = Healing::NOTHING;
    scenario.faults = vec![TimedFault {
        at: at("5s"),
        fault: Fault::Flap {
            node: "lb1".into(),
            script: "chk".into(),
            pattern: "ooooooxxxxxx".into(),
        },
    }];
    let message = message(&scenario, InvariantId::L2);
    assert!(
        message.contains("long after everything was mended"),
        "{message}"
    );
}

#[test]
fn clients_that_hear_nothing_do_not_reach_the_master() {
    let mut scenario = pair("deaf", 150, 100);
    scenario.healing = Healing::NOTHING;
    let lose = |from: &str, to: &str| TimedFault {
        at: at("0s"),
        fault: Fault::Loss {
            from: from.into(),
            to: to.into(),
            percent: Share::ALL,
        },
    };
    scenario.faults = vec![lose("lb1", "client1")];
    let message = message(&scenario, InvariantId::L3);
    assert!(
        message.contains("client1 does not send to lb1"),
        "{message}"
    );
}

#[test]
fn a_bound_of_nothing_is_too_short() {
    for id in [InvariantId::I15, InvariantId::I16] {
        let mut scenario = pair("strict", 150, 100);
        scenario.bounds.insert(id, Duration::ZERO);
        message(&scenario, id);
    }
}
