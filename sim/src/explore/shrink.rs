//! The smallest schedule that still fails.
//!
//! Only faults are taken away and times rounded; the seed stays, so every random stream is as it
//! was. Invariant: of what comes out no single fault can be taken away without everything holding,
//! and shrinking it again changes nothing.
//!
//! Halves are tried before quarters, and so on down to single faults (Zeller and Hildebrandt,
//! "Simplifying and isolating failure-inducing input", 2002).

use core::time::Duration;
use std::sync::Arc;

use bellwether_core::Instant;

use super::base::failed;
use crate::fault::TimedFault;
use crate::invariant::InvariantId;
use crate::run::{Recording, run_with};
use crate::scenario::Scenario;

/// What scenarios are tried for.
pub trait Fails {
    /// Whether this one fails.
    fn fails(&mut self, scenario: &Scenario) -> bool;
}

impl<F: FnMut(&Scenario) -> bool> Fails for F {
    fn fails(&mut self, scenario: &Scenario) -> bool {
        self(scenario)
    }
}

/// What a scenario violates and is not to, with its own seed.
#[must_use]
pub fn violated(scenario: &Scenario) -> Vec<InvariantId> {
    let seed = scenario.seed;
    let report = run_with(&Arc::new(scenario.clone()), seed, Recording::Nothing);
    report.map_or_else(|_| Vec::new(), |report| failed(&report))
}

/// Every smallest scenario that a failing one leads to.
///
/// The first fails in any way. What it violates is no longer looked at in the next one, which is
/// shrunk from the same beginning, so that one failure does not hide another.
#[must_use]
pub fn all(scenario: &Scenario) -> Vec<Scenario> {
    let mut begin = scenario.clone();
    let mut found = Vec::new();
    while !violated(&begin).is_empty() {
        let small = shrink(&begin, &mut |own: &Scenario| !violated(own).is_empty());
        begin.disabled.extend(violated(&small));
        found.push(small);
    }
    found
}

/// The smallest scenario that fails as `scenario` does; `scenario` itself if that does not.
#[must_use]
pub fn shrink(scenario: &Scenario, fails: &mut dyn Fails) -> Scenario {
    let mut best = scenario.clone();
    // What is mended when must not move with the faults.
    best.fault_phase_end = Some(crate::invariant::bounds::phases(scenario).heal_at);
    if !fails.fails(&best) {
        return scenario.clone();
    }
    loop {
        let before = best.faults.clone();
        fewer(&mut best, fails);
        rounder(&mut best, fails);
        if best.faults == before {
            return best;
        }
    }
}

/// Takes faults away, many at first and then one by one.
fn fewer(best: &mut Scenario, fails: &mut dyn Fails) {
    let mut size = best.faults.len();
    while size > 0 {
        let mut begin = 0;
        while begin < best.faults.len() {
            let end = (begin + size).min(best.faults.len());
            let mut tried = best.clone();
            tried.faults.drain(begin..end);
            if fails.fails(&tried) {
                *best = tried;
            } else {
                begin = end;
            }
        }
        // One by one until nothing more goes: what is left may have become superfluous.
        size = match size {
            1 if single_goes(best, fails) => 1,
            _ => size / 2,
        };
    }
}

fn single_goes(best: &mut Scenario, fails: &mut dyn Fails) -> bool {
    for place in 0..best.faults.len() {
        let mut tried = best.clone();
        tried.faults.remove(place);
        if fails.fails(&tried) {
            *best = tried;
            return true;
        }
    }
    false
}

/// Rounds times, to whole seconds where that will do.
fn rounder(best: &mut Scenario, fails: &mut dyn Fails) {
    const UNITS: [Duration; 4] = [
        Duration::from_secs(1),
        Duration::from_millis(100),
        Duration::from_millis(1),
        Duration::from_micros(1),
    ];
    for place in 0..best.faults.len() {
        for unit in UNITS {
            let at = best.faults[place].at;
            let rounded = down_to(at, unit);
            if rounded == at {
                break;
            }
            let mut tried = best.clone();
            tried.faults[place].at = rounded;
            if is_ordered(&tried.faults) && fails.fails(&tried) {
                *best = tried;
                break;
            }
        }
    }
}

fn down_to(at: Instant, unit: Duration) -> Instant {
    let unit = bellwether_core::time::nanos(unit).max(1);
    Instant::from_nanos(at.as_nanos() / unit * unit)
}

fn is_ordered(faults: &[TimedFault]) -> bool {
    faults.is_sorted_by_key(|timed| timed.at)
}
