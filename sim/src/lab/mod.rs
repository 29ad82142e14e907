//! The front door for tests: a world made of configurations, broken and asked step by step.
//!
//! ```
//! use core::time::Duration;
//! use bellwether_sim::Lab;
//!
//! # fn main() -> Result<(), bellwether_sim::LabError> {
//! let conf = |priority: u8| format!("vrrp_instance web {{
//!     interface eth0
//!     virtual_router_id 51
//!     priority {priority}
//!     virtual_ipaddress {{
//!         192.0.2.100
//!     }}
//! }}");
//! let mut lab = Lab::builder().node("lb1", &conf(150)).node("lb2", &conf(100)).build()?;
//! lab.run_for(Duration::from_secs(10));
//! assert_eq!(lab.masters("web")?, ["lb1"]);
//! lab.power_off("lb1")?;
//! lab.run_for(Duration::from_secs(10));
//! assert_eq!(lab.owners("192.0.2.100"), ["lb2"]);
//! lab.check()
//! # }
//! ```
//!
//! A lab is a scenario that is made up as it goes along: each fault is added to it at the time that
//! it is then, and [`Lab::to_toml`] writes what came of it as a scenario file, which replays it.
//! Time stands just before its instant: what happens at the very instant up to which a lab was run
//! has not happened yet, and a fault comes before all that.
//!
//! | file | owns |
//! |---|---|
//! | `builder` | the nodes, and what is around them |
//! | `faults` | what can be broken, by name |
//! | `moment` | what can be asked of a world at one instant |
//! | `rule` | invariants of one's own |
//! | `snapshot` | a world at one instant as data and as text |
//!
//! Deliberately absent: real time and threads. A lab runs as fast as it can, in the caller's thread.

mod builder;
mod error;
mod faults;
mod moment;
mod rule;
mod snapshot;

use core::time::Duration;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::status::NodeStatus;
use bellwether_core::vrrp::State;

pub use builder::LabBuilder;
pub(crate) use builder::read;
pub use error::LabError;
pub use moment::Moment;
pub use rule::{Breach, Rule};
pub use snapshot::{ClientSnapshot, InstanceSnapshot, NodeSnapshot, ProcessState, Snapshot};

use crate::fault::Fault;
use crate::log::Log;
use crate::present;
use crate::run::{Nobody, Recording, Report, Runner};
use crate::scenario::Scenario;
use crate::scenario::save::{SaveError, to_toml};
use crate::world::World;
use rule::Rules;

/// A world made of configurations, to be broken and asked step by step.
pub struct Lab {
    runner: Runner,
    rules: Rules,
    seed: u64,
}

impl Lab {
    /// Begins to describe a lab.
    #[must_use]
    pub fn builder() -> LabBuilder {
        LabBuilder::default()
    }

    /// A lab of a scenario's nodes, links and clients, before anything happens. Its faults and
    /// expectations are left out: in a lab the caller breaks things, and looks.
    ///
    /// # Errors
    ///
    /// When the scenario speaks of what it does not have.
    pub fn of(mut scenario: Scenario) -> Result<Self, LabError> {
        scenario.faults.clear();
        scenario.expectations.clear();
        scenario.fault_phase_end = Some(NEVER);
        scenario.liveness = None;
        let seed = scenario.seed;
        let world = World::new(Arc::new(scenario), seed)?;
        let mut runner = Runner::new(world, Recording::Everything);
        runner.observe();
        Ok(Self {
            runner,
            rules: Rules::default(),
            seed,
        })
    }

    /// The time since the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.world().now().since(Instant::ZERO)
    }

    /// Runs for this long.
    pub fn run_for(&mut self, span: Duration) {
        self.run_to(self.world().now() + span);
    }

    /// Runs until this long after the start. Does nothing when that is past.
    pub fn run_until(&mut self, since_start: Duration) {
        self.run_to(Instant::ZERO + since_start);
    }

    /// Lets one thing happen, however long it takes until then.
    pub fn step(&mut self) {
        if let Some(at) = self.world().next_at() {
            self.runner.pass_time(at, &mut Nobody);
            self.turn();
        }
    }

    /// Makes a fault happen now. [`Self::crash`] and its like are short for the most common ones.
    ///
    /// A fault that gives a node another configuration makes the whole lab run again from its start
    /// up to now, because who belongs together may change with it; the nodes do again what they did.
    ///
    /// # Errors
    ///
    /// When it speaks of what the lab does not have; nothing has changed.
    pub fn inflict(&mut self, fault: Fault) -> Result<(), LabError> {
        let reloads = matches!(fault, Fault::Reload { .. });
        self.runner.inflict(fault)?;
        if reloads {
            let now = self.world().now();
            let world = World::new(Arc::new(self.scenario().clone()), self.seed)?;
            self.runner = Runner::new(world, Recording::Everything);
            self.runner.observe();
            advance(&mut self.runner, now, |_| {});
            self.rules.skip(self.runner.entries().len());
        }
        while self.world().is_fault_due() {
            self.turn();
        }
        Ok(())
    }

    /// Heals all, waits until everything must have converged and then as long again as it takes to
    /// see that it stays so, and tells what came of all that was to hold.
    ///
    /// # Errors
    ///
    /// [`LabError::Violated`] with each violation, the timeline around the first one, and what it
    /// takes to run it again.
    pub fn finish(mut self) -> Result<Report, LabError> {
        self.runner.end_faults();
        let end = self.world().phases().end_at;
        self.run_to(end);
        let breaches = core::mem::take(&mut self.rules).breaches;
        let scenario = self.scenario().clone();
        self.runner.finish(&mut Nobody);
        let report = self.runner.into_report(self.seed);
        match error::violated(&scenario, &report, &breaches) {
            Some(error) => Err(error),
            None => Ok(report),
        }
    }

    /// Whether all that is to hold has held so far: Bellwether's invariants and one's own.
    ///
    /// # Errors
    ///
    /// [`LabError::Violated`], as of [`Self::finish`].
    pub fn check(&self) -> Result<(), LabError> {
        let report = self.runner.report(self.seed);
        match error::violated(self.scenario(), &report, &self.rules.breaches) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What one's own invariants found so far.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.rules.breaches
    }

    /// The world as it is now.
    #[must_use]
    pub fn moment(&self) -> Moment<'_> {
        Moment::new(self.world(), self.runner.entries(), &[])
    }

    /// The nodes that are master of this instance now: [`Moment::masters`].
    ///
    /// # Errors
    ///
    /// When no node has such an instance.
    pub fn masters(&self, instance: &str) -> Result<Vec<&str>, LabError> {
        self.moment().masters(instance)
    }

    /// The nodes that carry this virtual address now: [`Moment::owners`].
    #[must_use]
    pub fn owners(&self, address: &str) -> Vec<&str> {
        self.moment().owners(address)
    }

    /// The node that a client sends to for this virtual address now: [`Moment::reached`].
    #[must_use]
    pub fn reached(&self, client: &str, address: &str) -> Option<&str> {
        self.moment().reached(client, address)
    }

    /// The state of an instance on a node; `None` where no process runs.
    ///
    /// # Errors
    ///
    /// When there is no such node, or it has no such instance.
    pub fn state(&self, node: &str, instance: &str) -> Result<Option<State>, LabError> {
        self.moment().state(node, instance)
    }

    /// What `bellwether status` would tell of a node now; `None` where no process runs.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn status(&self, node: &str) -> Result<Option<NodeStatus>, LabError> {
        self.moment().status(node)
    }

    /// The world as it is now, as data that can be compared, printed and saved.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.moment().snapshot()
    }

    /// All that has happened so far, in order.
    #[must_use]
    pub fn log(&self) -> Log {
        Log {
            stations: self.world().stations().to_vec(),
            entries: self.runner.entries().to_vec(),
        }
    }

    /// The log in one line for each transition and fault, made for snapshot tests.
    #[must_use]
    pub fn transitions(&self) -> String {
        let report = self.runner.report(self.seed);
        present::transitions(self.scenario(), &report)
    }

    /// The timeline in plain text: a column for each node, and one for each virtual address.
    #[must_use]
    pub fn timeline(&self) -> String {
        let report = self.runner.report(self.seed);
        present::lanes(self.scenario(), &report, present::Palette::PLAIN)
    }

    /// What came of everything so far, as data: verdicts, availability, the log.
    #[must_use]
    pub fn report(&self) -> Report {
        self.runner.report(self.seed)
    }

    /// The scenario that has been made up so far.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        self.world().scenario()
    }

    /// The same as a scenario file, which `bellwether-sim run` replays: all ends now, and is healed.
    ///
    /// # Errors
    ///
    /// [`SaveError`] for numbers beyond what TOML can hold.
    pub fn to_toml(&self) -> Result<String, SaveError> {
        let mut scenario = self.scenario().clone();
        scenario.fault_phase_end = Some(self.world().now());
        to_toml(&scenario)
    }

    /// The world itself, for what a [`Moment`] does not tell.
    #[must_use]
    pub const fn world(&self) -> &World {
        self.runner.world()
    }

    fn run_to(&mut self, until: Instant) {
        let Self { runner, rules, .. } = self;
        advance(runner, until, |runner| {
            rules.look(runner.world(), runner.entries())
        });
    }

    fn turn(&mut self) {
        self.runner.step(&mut Nobody);
        self.rules.look(self.runner.world(), self.runner.entries());
    }
}

impl core::fmt::Debug for Lab {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.snapshot().fmt(f)
    }
}

/// When a lab's fault phase ends if nobody ends it: in a hundred years and more.
const NEVER: Instant = Instant::from_nanos(u64::MAX / 4);

/// Runs until just before `until`; `look` sees the world after each step, and at the end.
fn advance(runner: &mut Runner, until: Instant, mut look: impl FnMut(&Runner)) {
    while let Some(at) = runner.world().next_at().filter(|at| *at < until) {
        runner.pass_time(at, &mut Nobody);
        runner.step(&mut Nobody);
        look(runner);
    }
    runner.wait_until(until);
    look(runner);
}
