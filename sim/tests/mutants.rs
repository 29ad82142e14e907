//! Deliberately broken cores: the invariants must notice each of them, and nothing about a whole
//! one, in the same scenarios.
//!
//! `cargo test -p bellwether-sim --features mutants --test mutants`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use bellwether_core::model::Preemption;
use bellwether_core::mutant::{MUTANTS, Mutant, activate};
use bellwether_sim::fault::{Fault, TimedFault};
use bellwether_sim::generate::{Shape, balancers, scenario};
use bellwether_sim::invariant::InvariantId;
use bellwether_sim::run::{Recording, Report, run_with};
use bellwether_sim::scenario::Scenario;

/// How many seeds a mutant may survive.
const SEEDS: u64 = 400;

fn scenarios() -> impl Iterator<Item = (u64, Arc<Scenario>)> {
    (0..SEEDS).map(|seed| (seed, Arc::new(scenario(seed, Shape::default()))))
}

/// Whether a core is broken in its LVS part, which plain routers do not have.
fn is_of_services(mutant: Mutant) -> bool {
    matches!(
        mutant,
        Mutant::RetryIgnored
            | Mutant::HysteresisIgnored
            | Mutant::NoSorryServer
            | Mutant::NoInhibit
            | Mutant::AlphaIgnored
    )
}

/// What no invariant of the simulator looks at: the engine's own tests do (`tests/lvs`).
const OF_THE_ENGINE: [Mutant; 2] = [Mutant::RemovedBeforeAdded, Mutant::ServerUntold];

fn balancer_scenarios() -> impl Iterator<Item = (u64, Arc<Scenario>)> {
    (0..SEEDS).map(|seed| (seed, Arc::new(balancers(seed))))
}

fn report(scenario: &Arc<Scenario>, seed: u64) -> Report {
    run_with(scenario, seed, Recording::Nothing).unwrap()
}

/// The invariants that a broken core violates in the first scenario that shows it, and how many
/// scenarios that took.
fn killed_by(mutant: Mutant) -> Option<(u64, BTreeSet<InvariantId>)> {
    activate(Some(mutant));
    let mut found = None;
    let tried: Box<dyn Iterator<Item = _>> = if is_of_services(mutant) {
        Box::new(balancer_scenarios())
    } else {
        Box::new(scenarios())
    };
    for (seed, scenario) in tried {
        let report = report(&scenario, seed);
        if !report.is_success() {
            let ids = report.violations().into_iter().map(|own| own.invariant);
            found = Some((seed + 1, ids.collect()));
            break;
        }
    }
    activate(None);
    found
}

#[test]
fn a_whole_core_passes_what_broken_ones_are_tried_with() {
    for (seed, scenario) in scenarios().chain(balancer_scenarios()) {
        let report = report(&scenario, seed);
        assert!(report.is_success(), "{seed}: {:?}", report.violations());
    }
}

#[test]
fn every_broken_core_is_noticed() {
    all_noticed(|mutant| !is_of_services(mutant) && !OF_THE_ENGINE.contains(&mutant));
}

#[test]
fn every_broken_lvs_part_is_noticed() {
    all_noticed(is_of_services);
}

fn all_noticed(which: impl Fn(Mutant) -> bool) {
    let mut survivors = Vec::new();
    for mutant in MUTANTS.into_iter().filter(|own| which(*own)) {
        match killed_by(mutant) {
            Some((seeds, by)) => println!("{mutant:?}: {by:?} after {seeds} scenarios"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "nothing noticed {survivors:?}");
}

/// What a core that preempts whatever it is told violates when the better node comes back.
fn preempted(preemption: Preemption) -> BTreeSet<InvariantId> {
    let nodes = [(0, 150), (1, 100)].map(|(place, priority)| {
        let mut instance = common::instance(priority);
        instance.preemption = preemption;
        common::node(place, instance)
    });
    let mut scenario = Scenario::new("back", nodes.into());
    let fault = |when, fault| TimedFault {
        at: common::at(when),
        fault,
    };
    scenario.faults = vec![
        fault("10s", Fault::PowerOff("lb1".into())),
        fault("20s", Fault::Start("lb1".into())),
    ];
    activate(Some(Mutant::PreemptIgnored));
    let report = report(&Arc::new(scenario), 1);
    activate(None);
    let ids = report.violations().into_iter().map(|own| own.invariant);
    ids.collect()
}

#[test]
fn each_way_not_to_preempt_has_an_invariant_of_its_own() {
    let never = preempted(Preemption::Never);
    assert!(never.contains(&InvariantId::I5), "{never:?}");
    let never_lost = never.contains(&InvariantId::I4);
    assert!(
        never_lost,
        "its master was alive and nothing was lost: {never:?}"
    );
    let delay = core::time::Duration::from_secs(30);
    let delayed = preempted(Preemption::Delayed(delay));
    assert!(delayed.contains(&InvariantId::I12), "{delayed:?}");
}

#[test]
fn an_owner_knows_its_own_address_even_on_a_kernel_without_marks() {
    let nodes = [(0, 255), (1, 100)].map(|(place, priority)| {
        let mut node = common::node(place, common::instance(priority));
        node.keeps_marks = false;
        node
    });
    let mut scenario = Scenario::new("owner", nodes.into());
    scenario.faults = vec![TimedFault {
        at: common::at("10s"),
        fault: Fault::Stop("lb1".into()),
    }];
    let scenario = Arc::new(scenario);
    assert!(report(&scenario, 1).is_success());
    activate(Some(Mutant::AddressesKept));
    let broken = report(&scenario, 1);
    activate(None);
    let mut violations = broken.violations().into_iter();
    assert!(violations.any(|own| own.invariant == InvariantId::I15));
}
