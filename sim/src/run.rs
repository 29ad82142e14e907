//! Runs a scenario from its first instant to its verdicts.

use core::time::Duration;
use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use serde::{Deserialize, Serialize};

use crate::capture::Capture;
use crate::expectation::Expectations;
use crate::fault::Fault;
use crate::invariant::{InvariantId, Invariants, Violation};
use crate::log::{Entry, Log, What};
use crate::replay::Tape;
use crate::scenario::{Scenario, ScenarioError};
use crate::world::World;

/// Runs a scenario, and records everything.
///
/// # Errors
///
/// When the scenario speaks of what it does not have; nothing was run.
pub fn run(scenario: &Scenario, seed: u64) -> Result<Report, ScenarioError> {
    run_with(&Arc::new(scenario.clone()), seed, Recording::Everything)
}

/// Runs a scenario.
///
/// # Errors
///
/// When the scenario speaks of what it does not have; nothing was run.
pub fn run_with(
    scenario: &Arc<Scenario>,
    seed: u64,
    recording: Recording,
) -> Result<Report, ScenarioError> {
    run_watched(scenario, seed, recording, &mut Nobody)
}

/// Runs a scenario while somebody looks on.
///
/// # Errors
///
/// When the scenario speaks of what it does not have; nothing was run.
pub fn run_watched(
    scenario: &Arc<Scenario>,
    seed: u64,
    recording: Recording,
    watcher: &mut dyn Watcher,
) -> Result<Report, ScenarioError> {
    let mut runner = Runner::new(World::new(Arc::clone(scenario), seed)?, recording);
    runner.run_out(watcher);
    Ok(runner.into_report(seed))
}

/// Runs a scenario while somebody looks on, and records everything that happens and every frame.
///
/// # Errors
///
/// When the scenario speaks of what it does not have; nothing was run.
pub fn run_captured(
    scenario: &Arc<Scenario>,
    seed: u64,
    watcher: &mut dyn Watcher,
) -> Result<(Report, Capture), ScenarioError> {
    let mut world = World::new(Arc::clone(scenario), seed)?;
    world.start_capture();
    let mut runner = Runner::new(world, Recording::Everything);
    runner.run_out(watcher);
    let capture = runner.world.take_capture().unwrap_or_default();
    Ok((runner.into_report(seed), capture))
}

/// Runs a scenario, records everything, and keeps what the nodes' daemons would have written into
/// their journals.
///
/// # Errors
///
/// When the scenario speaks of what it does not have; nothing was run.
pub fn run_with_journals(scenario: &Scenario, seed: u64) -> Result<(Report, Tape), ScenarioError> {
    let mut world = World::new(Arc::new(scenario.clone()), seed)?;
    world.keep_journals();
    let mut runner = Runner::new(world, Recording::Everything);
    runner.run_out(&mut Nobody);
    let tape = runner.world.take_journals();
    let tape = tape.unwrap_or_else(|| Tape::new([]));
    Ok((runner.into_report(seed), tape))
}

/// What a run keeps of what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Nothing but the verdicts: for many runs.
    Nothing,
    /// Every entry.
    Everything,
}

/// Somebody who looks at a world while it runs, and changes nothing.
pub trait Watcher {
    /// The world stays as it is until just before `until`.
    fn passes(&mut self, world: &World, until: Instant);

    /// A step has been made; what happened is in [`World::entries`].
    fn stepped(&mut self, world: &World);
}

/// A watcher who does not look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Watcher for Nobody {
    fn passes(&mut self, _: &World, _: Instant) {}

    fn stepped(&mut self, _: &World) {}
}

/// A world with the invariants and expectations that watch it, and what is kept of it.
pub(crate) struct Runner {
    world: World,
    invariants: Invariants,
    expectations: Expectations,
    recording: Recording,
    entries: Vec<Entry>,
}

impl Runner {
    /// A world at its first instant, which is yet to be looked at by [`Self::observe`].
    pub(crate) fn new(world: World, recording: Recording) -> Self {
        Self {
            invariants: Invariants::new(&world),
            expectations: Expectations::new(&world),
            recording,
            entries: Vec::new(),
            world,
        }
    }

    /// The world.
    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// What has happened so far, as far as it is kept.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds a fault to the scenario, which happens with the next step.
    pub(crate) fn inflict(&mut self, fault: Fault) -> Result<(), ScenarioError> {
        self.world.inflict(fault)?;
        self.invariants.foresee(&self.world);
        Ok(())
    }

    /// Ends the fault phase now: the next step mends what the scenario mends.
    pub(crate) fn end_faults(&mut self) {
        self.world.end_faults();
    }

    /// Lets time pass in which nothing happens.
    pub(crate) fn wait_until(&mut self, at: Instant) {
        self.pass_time(at, &mut Nobody);
        self.world.wait_until(at);
    }

    /// Lets the next thing happen, and all look at it.
    pub(crate) fn step(&mut self, watcher: &mut dyn Watcher) {
        self.world.step();
        watcher.stepped(&self.world);
        self.observe();
    }

    /// Shows what has happened to the invariants, and keeps it.
    pub(crate) fn observe(&mut self) {
        self.invariants.observe(&self.world);
        if self.recording == Recording::Everything {
            self.world.take_entries(&mut self.entries);
        }
        self.keep_findings();
    }

    /// Lets those who watch see that nothing happens before `until`.
    pub(crate) fn pass_time(&mut self, until: Instant, watcher: &mut dyn Watcher) {
        while let Some(at) = self.invariants.next_check().filter(|at| *at < until) {
            self.invariants.pass(&self.world, at);
        }
        self.expectations.pass(&self.world, until);
        watcher.passes(&self.world, until);
        self.keep_findings();
    }

    /// Runs from the first instant to the last.
    fn run_out(&mut self, watcher: &mut dyn Watcher) {
        watcher.stepped(&self.world);
        self.observe();
        while let Some(at) = self.world.next_at() {
            self.pass_time(at, watcher);
            self.step(watcher);
        }
        self.finish(watcher);
    }

    /// Brings a world in which nothing more happens to its end.
    pub(crate) fn finish(&mut self, watcher: &mut dyn Watcher) {
        self.pass_time(self.world.phases().end_at, watcher);
        self.world.finish();
        watcher.stepped(&self.world);
        self.observe();
        self.invariants.finish(&self.world);
        self.keep_findings();
    }

    fn keep_findings(&mut self) {
        if !self.invariants.has_fresh() && !self.expectations.has_fresh() {
            return;
        }
        let record = self.recording == Recording::Everything;
        for violation in self.invariants.take_fresh() {
            if record {
                self.entries.push(Entry {
                    at: violation.at,
                    node: violation.nodes.first().copied(),
                    what: What::Violation(Box::new(violation)),
                });
            }
        }
        for entry in self.expectations.take_fresh() {
            if record {
                self.entries.push(entry);
            }
        }
    }

    /// What has come of everything.
    pub(crate) fn into_report(mut self, seed: u64) -> Report {
        let entries = core::mem::take(&mut self.entries);
        let mut report = self.report(seed);
        report.log.entries = entries;
        report
    }

    /// What has come of everything so far.
    pub(crate) fn report(&self, seed: u64) -> Report {
        let world = &self.world;
        let scenario = world.scenario();
        Report {
            scenario: scenario.name.clone(),
            seed,
            nodes: scenario.nodes.len(),
            healed_at: world.phases().heal_at,
            ended_at: world.now(),
            verdicts: self.invariants.verdicts(world),
            expectations: self.expectations.results(),
            availability: availability(world),
            transitions: world.transitions(),
            digest: world.digest(),
            log: Log {
                stations: world.stations().to_vec(),
                entries: self.entries.clone(),
            },
        }
    }
}

fn availability(world: &World) -> Vec<Availability> {
    let topology = world.topology();
    let mut all: Vec<Availability> = topology
        .vips
        .iter()
        .zip(world.accounts().all())
        .map(|(vip, account)| {
            let mut instances: Vec<Name> = Vec::new();
            for member in &topology.groups[vip.group].members {
                let name = &topology.members[*member].name;
                if !instances.contains(name) {
                    instances.push(name.clone());
                }
            }
            Availability {
                segment: topology.segments[vip.segment.0].clone(),
                address: vip.address,
                instances,
                dark_ns: account.dark_ns,
                single_ns: account.single_ns,
                dual_ns: account.dual_ns,
            }
        })
        .collect();
    all.sort_by(|one, other| (&one.segment, one.address).cmp(&(&other.segment, other.address)));
    all
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The scenario's name.
    pub scenario: String,
    /// The seed that it was run with.
    pub seed: u64,
    /// How many nodes there were; they are the first of the log's stations.
    pub nodes: usize,
    /// What happened; without entries when nothing was to be recorded.
    pub log: Log,
    /// When the fault phase ended and everything was healed.
    pub healed_at: Instant,
    /// How long the run was.
    pub ended_at: Instant,
    /// One verdict for each invariant, in the catalogue's order.
    pub verdicts: Vec<Verdict>,
    /// What came of each expectation, in the scenario's order.
    pub expectations: Vec<ExpectationResult>,
    /// How available each virtual address was, in order of segment and address.
    pub availability: Vec<Availability>,
    /// How many transitions there were.
    pub transitions: u64,
    /// A stable hash of everything that happened, recorded or not.
    pub digest: u64,
}

impl Report {
    /// Whether every invariant held that was to hold, every one was violated that was to be, and
    /// every expectation was met.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let invariants = self.verdicts.iter().all(|verdict| match verdict.outcome {
            Outcome::Held | Outcome::ViolatedAsExpected | Outcome::Disabled => true,
            Outcome::Violated | Outcome::HeldUnexpectedly => false,
        });
        invariants && self.expectations.iter().all(|result| result.met)
    }

    /// All violations, in time order.
    #[must_use]
    pub fn violations(&self) -> Vec<&Violation> {
        let mut all: Vec<&Violation> = self
            .verdicts
            .iter()
            .flat_map(|verdict| &verdict.violations)
            .collect();
        all.sort_by_key(|violation| (violation.at, violation.invariant));
        all
    }
}

/// What came of one invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which invariant.
    pub invariant: InvariantId,
    /// What came of it.
    pub outcome: Outcome,
    /// How often it was put to the test.
    pub checks: u64,
    /// The bound that it was held to, the largest of its virtual routers'; `None` where it has
    /// none.
    pub bound: Option<Duration>,
    /// Its first violations, at most [`KEPT_VIOLATIONS`].
    pub violations: Vec<Violation>,
    /// How many violations there were in all.
    pub count: u64,
}

/// How many violations of one invariant a report keeps.
pub const KEPT_VIOLATIONS: usize = 8;

/// What came of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It held.
    Held,
    /// It was violated.
    Violated,
    /// It was violated, as the scenario said.
    ViolatedAsExpected,
    /// It held, and the scenario said that it would not.
    HeldUnexpectedly,
    /// It was not checked.
    Disabled,
}

/// What came of one expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectationResult {
    /// Whether it was met.
    pub met: bool,
    /// When that was decided.
    pub at: Instant,
    /// What was seen instead, in words; empty when met.
    pub seen: String,
}

/// How available one virtual address was. An owner is a kernel that is powered, has carrier and
/// carries the address, whatever its process thinks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// The segment.
    pub segment: Name,
    /// The address.
    pub address: IpAddr,
    /// The names of the instances that it belongs to.
    pub instances: Vec<Name>,
    /// How long nobody owned it, in nanoseconds.
    pub dark_ns: u64,
    /// How long exactly one node owned it, in nanoseconds.
    pub single_ns: u64,
    /// How long more than one node owned it, in nanoseconds.
    pub dual_ns: u64,
}
