//! Random load balancers against all invariants.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use bellwether_sim::generate::balancers;
use bellwether_sim::invariant::InvariantId;
use bellwether_sim::run::{Recording, run_with};

#[test]
fn no_seed_of_load_balancers_violates_anything() {
    let mut checks: BTreeMap<InvariantId, u64> = BTreeMap::new();
    for seed in 0..300 {
        let scenario = Arc::new(balancers(seed));
        let report = run_with(&scenario, seed, Recording::Nothing).unwrap();
        assert!(report.is_success(), "{seed}: {:?}", report.violations());
        for verdict in &report.verdicts {
            *checks.entry(verdict.invariant).or_default() += verdict.checks;
        }
    }
    for id in [
        InvariantId::I19,
        InvariantId::I20,
        InvariantId::I21,
        InvariantId::I22,
        InvariantId::L4,
    ] {
        assert!(checks[&id] > 20, "{id} was hardly checked: {checks:?}");
    }
}
