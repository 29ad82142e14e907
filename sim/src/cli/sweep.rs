//! The other seeds of a scenario that is to be run with several.

use std::io::Write;
use std::sync::Arc;

use super::progress::Ticker;
use crate::run::{Recording, run_with};
use crate::scenario::Scenario;

/// The first seed after the scenario's own with which it does not hold, if there is one among
/// those that it asks for.
pub(super) fn first_failure(scenario: &Arc<Scenario>, err: &mut dyn Write) -> Option<u64> {
    let mut ticker = Ticker::new(err);
    let mut seeds = (1..scenario.seeds).map(|more| scenario.seed + u64::from(more));
    let found = seeds.find(|seed| {
        ticker.tick(|| format!("seed {}, {} in all", seed, scenario.seeds));
        let report = run_with(scenario, *seed, Recording::Nothing);
        report.is_ok_and(|report| !report.is_success())
    });
    ticker.finish();
    found
}
