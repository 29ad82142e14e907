//! One schedule, and what came of it.

use std::sync::Arc;

use bellwether_core::Instant;
use serde::Serialize;

use super::coverage::{Situations, Spotter};
use super::findings::{self, Finding};
use super::{Base, base};
use crate::fault::TimedFault;
use crate::invariant::InvariantId;
use crate::log::{Phase, What};
use crate::run::{Recording, Watcher, run_watched};
use crate::scenario::{Scenario, ScenarioError};
use crate::world::World;

/// One schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where it comes from.
    pub origin: Origin,
    /// What breaks, in time order.
    pub faults: Vec<TimedFault>,
    /// When everything is mended.
    pub heal_at: Instant,
    /// The seed of the run.
    pub seed: u64,
}

/// Where a case comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Origin {
    /// One fault of the battery at one moment, by their places.
    Single {
        /// Which fault.
        trouble: usize,
        /// Which moment.
        moment: usize,
    },
    /// Two faults of the battery, by their places.
    Pair {
        /// Which is first.
        first: usize,
        /// Which follows.
        second: usize,
    },
    /// The case's seed.
    Random,
}

/// What came of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What was violated, each once.
    pub violated: Vec<InvariantId>,
    /// How long the worst address had no owner from the first fault on, in nanoseconds.
    pub dark_ns: u64,
    /// How long the worst address had two owners or more from the first fault on, in nanoseconds.
    pub dual_ns: u64,
    /// What was seen on the way.
    pub situations: Situations,
    /// What is legal and may surprise; looked for only after single faults.
    pub findings: Vec<Finding>,
    /// How long the run was, in nanoseconds of the world.
    pub simulated_ns: u64,
    /// A stable hash of everything that happened.
    pub digest: u64,
}

/// Runs a case.
///
/// # Errors
///
/// When the scenario speaks of what it does not have, which cases of a plan do not.
pub fn run(base: &Base, case: &Case) -> Result<Outcome, ScenarioError> {
    let scenario = base.with(case.faults.clone(), case.heal_at, case.seed);
    let single = matches!(case.origin, Origin::Single { .. });
    watch(&scenario, case.seed, single)
}

/// Runs a scenario for what came of it.
///
/// # Errors
///
/// When the scenario speaks of what it does not have.
pub fn watch(scenario: &Arc<Scenario>, seed: u64, explain: bool) -> Result<Outcome, ScenarioError> {
    let mut onlooker = Onlooker {
        explain,
        ..Onlooker::default()
    };
    let report = run_watched(scenario, seed, Recording::Nothing, &mut onlooker)?;
    let worst = |ns: fn(&(u64, u64)) -> u64| onlooker.lasted.iter().map(ns).max().unwrap_or(0);
    Ok(Outcome {
        violated: base::failed(&report),
        dark_ns: worst(|(dark, _)| *dark),
        dual_ns: worst(|(_, dual)| *dual),
        situations: onlooker.spotter.seen(),
        findings: onlooker.findings,
        simulated_ns: report.ended_at.as_nanos(),
        digest: report.digest,
    })
}

#[derive(Default)]
struct Onlooker {
    explain: bool,
    spotter: Spotter,
    /// Dark and dual time of each address until the first fault.
    before: Option<Vec<(u64, u64)>>,
    /// Dark and dual time of each address since then.
    lasted: Vec<(u64, u64)>,
    findings: Vec<Finding>,
    looked: bool,
    looked_again: bool,
}

impl Watcher for Onlooker {
    fn passes(&mut self, world: &World, until: Instant) {
        if !self.explain {
            return;
        }
        let phases = world.phases();
        if !self.looked && until >= phases.heal_at {
            self.looked = true;
            self.findings.extend(findings::while_broken(world));
        }
        if !self.looked_again && until >= phases.end_at {
            self.looked_again = true;
            self.findings.extend(findings::after_mending(world));
        }
    }

    fn stepped(&mut self, world: &World) {
        for entry in world.entries() {
            self.spotter.look(world, entry);
            if self.before.is_none()
                && matches!(entry.what, What::Fault(_) | What::Phase(Phase::Healed))
            {
                self.before = Some(accounts(world));
            }
            if let What::Phase(Phase::End) = entry.what {
                let before = self.before.take().unwrap_or_default();
                let pairs = accounts(world).into_iter().zip(before);
                self.lasted = pairs
                    .map(|((dark, dual), before)| (dark - before.0, dual - before.1))
                    .collect();
            }
        }
    }
}

/// How long each address has been dark and dual until now.
fn accounts(world: &World) -> Vec<(u64, u64)> {
    let now = world.now();
    let settled = world.accounts().all().iter().map(|account| {
        let open = bellwether_core::time::nanos(now.since(account.since));
        match account.owners {
            0 => (account.dark_ns + open, account.dual_ns),
            1 => (account.dark_ns, account.dual_ns),
            _ => (account.dark_ns, account.dual_ns + open),
        }
    });
    settled.collect()
}
