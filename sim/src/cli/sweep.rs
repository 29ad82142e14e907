//! The other seeds of a scenario that is to be run with several.

use std::sync::Arc;

use crate::run::{Recording, Report, run, run_with};
use crate::scenario::Scenario;

/// The run of the first seed after the scenario's own with which it does not hold, if there is one
/// among those that it asks for.
pub(super) fn first_failure(scenario: &Scenario) -> Option<Report> {
    let shared = Arc::new(scenario.clone());
    let mut seeds = (1..scenario.seeds).map(|more| scenario.seed + u64::from(more));
    let fails = |seed: &u64| {
        let report = run_with(&shared, *seed, Recording::Nothing);
        report.is_ok_and(|report| !report.is_success())
    };
    let seed = seeds.find(fails)?;
    run(scenario, seed).ok()
}
