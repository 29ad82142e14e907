//! What is explored: nodes, links and clients, and the times that follow from them.
//!
//! Invariant: a base has no faults and no expectations of its own, and its times come from the
//! configurations and from one run in which nothing breaks.

use core::time::Duration;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;

use crate::fault::TimedFault;
use crate::invariant::InvariantId;
use crate::invariant::bounds::Longest;
use crate::log::What;
use crate::run::{Report, run};
use crate::scenario::{Scenario, ScenarioError};

/// What is explored.
#[derive(Clone, Debug)]
pub struct Base {
    /// Nodes, links and clients; nothing breaks.
    pub scenario: Scenario,
    /// When the first elections are over.
    pub steady: Instant,
    /// How long a fault lasts, and how long everything needs to settle after one.
    pub hold: Duration,
    /// The longest advertisement interval.
    pub interval: Duration,
    /// The longest master-down interval.
    pub master_down: Duration,
    /// When the first node became master, if one did.
    pub elected: Option<Instant>,
    /// When the last advert before [`Self::steady`] was sent, if one was.
    pub advertised: Option<Instant>,
    /// The nodes that are master of something when the first elections are over, in the nodes'
    /// order.
    pub masters: Vec<Name>,
    /// What is violated though nothing breaks; it is not looked for any further.
    pub violated: Vec<InvariantId>,
    /// The run in which nothing breaks.
    pub calm: Report,
}

impl Base {
    /// Looks at the nodes of a scenario, whose faults and expectations count for nothing.
    ///
    /// # Errors
    ///
    /// When the scenario speaks of what it does not have.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let mut scenario = scenario.clone();
        scenario.faults.clear();
        scenario.expectations.clear();
        scenario.expected_violations.clear();
        scenario.liveness = None;
        scenario.fault_phase_end = None;
        let longest = Longest::of(&scenario);
        let hold = tenths(longest.settling());
        let started = scenario.nodes.iter().map(|node| node.starts_at).max();
        let steady = started.unwrap_or_default() + hold;
        scenario.fault_phase_end = Some(steady + hold);
        let calm = run(&scenario, scenario.seed)?;
        let violated: Vec<InvariantId> = failed(&calm);
        let sees = Seen::of(&calm, steady);
        let masters = sees.masters(&scenario);
        scenario.disabled.extend(&violated);
        Ok(Self {
            steady,
            hold,
            interval: Duration::from_nanos(longest.interval),
            master_down: Duration::from_nanos(longest.master_down),
            elected: sees.elected,
            advertised: sees.advertised,
            masters,
            violated,
            calm,
            scenario,
        })
    }

    /// The scenario in which this breaks, until everything is mended at `heal_at`.
    #[must_use]
    pub fn with(&self, faults: Vec<TimedFault>, heal_at: Instant, seed: u64) -> Arc<Scenario> {
        let mut scenario = self.scenario.clone();
        scenario.faults = faults;
        scenario.fault_phase_end = Some(heal_at);
        scenario.seed = seed;
        Arc::new(scenario)
    }

    /// The names of the nodes.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        let nodes = self.scenario.nodes.iter();
        nodes.map(|node| node.name.clone()).collect()
    }
}

/// The invariants that a run violated and was not to.
#[must_use]
pub fn failed(report: &Report) -> Vec<InvariantId> {
    let verdicts = report.verdicts.iter();
    let failed = verdicts.filter(|verdict| verdict.outcome == crate::run::Outcome::Violated);
    failed.map(|verdict| verdict.invariant).collect()
}

/// A span in whole tenths of a second, rounded up.
fn tenths(span: Duration) -> Duration {
    let tenths = u64::try_from(span.as_millis().div_ceil(100)).unwrap_or(u64::MAX / 100);
    Duration::from_millis(tenths.saturating_mul(100))
}

/// What the run in which nothing breaks shows of its first elections.
#[derive(Default)]
struct Seen {
    elected: Option<Instant>,
    advertised: Option<Instant>,
    masters: Vec<(usize, bellwether_core::id::InstanceKey)>,
}

impl Seen {
    fn of(report: &Report, steady: Instant) -> Self {
        let mut seen = Self::default();
        let entries = report.log.entries.iter();
        for entry in entries.take_while(|entry| entry.at <= steady) {
            let Some(node) = entry.node.map(|node| node.index()) else {
                continue;
            };
            if let What::Transition { instance, to, .. } = &entry.what {
                let own = (node, *instance);
                seen.masters.retain(|known| *known != own);
                if *to == State::Master {
                    seen.elected.get_or_insert(entry.at);
                    seen.masters.push(own);
                }
            } else if let What::AdvertSent(_) = &entry.what {
                seen.advertised = Some(entry.at);
            }
        }
        seen
    }

    fn masters(&self, scenario: &Scenario) -> Vec<Name> {
        let nodes = scenario.nodes.iter().enumerate();
        nodes
            .filter(|(place, _)| self.masters.iter().any(|(node, _)| node == place))
            .map(|(_, node)| node.name.clone())
            .collect()
    }
}
