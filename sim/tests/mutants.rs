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

use std::collections::BTreeSet;
use std::sync::Arc;

use bellwether_core::mutant::{MUTANTS, Mutant, activate};
use bellwether_sim::generate::{Shape, scenario};
use bellwether_sim::invariant::InvariantId;
use bellwether_sim::run::{Recording, Report, run_with};
use bellwether_sim::scenario::Scenario;

/// How many seeds a mutant may survive.
const SEEDS: u64 = 400;

fn scenarios() -> impl Iterator<Item = (u64, Arc<Scenario>)> {
    (0..SEEDS).map(|seed| (seed, Arc::new(scenario(seed, Shape::default()))))
}

fn report(scenario: &Arc<Scenario>, seed: u64) -> Report {
    run_with(scenario, seed, Recording::Nothing).unwrap()
}

/// The invariants that a broken core violates in the first scenario that shows it, and how many
/// scenarios that took.
fn killed_by(mutant: Mutant) -> Option<(u64, BTreeSet<InvariantId>)> {
    activate(Some(mutant));
    let mut found = None;
    for (seed, scenario) in scenarios() {
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
    for (seed, scenario) in scenarios() {
        let report = report(&scenario, seed);
        assert!(report.is_success(), "{seed}: {:?}", report.violations());
    }
}

#[test]
fn every_broken_core_is_noticed() {
    let mut survivors = Vec::new();
    for mutant in MUTANTS {
        match killed_by(mutant) {
            Some((seeds, by)) => println!("{mutant:?}: {by:?} after {seeds} scenarios"),
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "nothing noticed {survivors:?}");
}
