//! What was checked, and what was found.

use core::time::Duration;

use bellwether_core::Instant;

use super::{INVARIANTS, InvariantId, Violation};
use crate::log::NodeId;
use crate::run::{KEPT_VIOLATIONS, Outcome, Verdict};
use crate::scenario::Scenario;

/// Collects checks and violations.
#[derive(Clone, Debug)]
pub struct Findings {
    rows: [Row; INVARIANTS.len()],
    fresh: Vec<Violation>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    disabled: bool,
    checks: u64,
    count: u64,
    kept: Vec<Violation>,
    bound: Option<Duration>,
    overridden: Option<Duration>,
}

impl Findings {
    /// Nothing checked, nothing found.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let mut findings = Self {
            rows: Default::default(),
            fresh: Vec::new(),
        };
        for id in &scenario.disabled {
            findings.rows[id.index()].disabled = true;
        }
        for (id, bound) in &scenario.bounds {
            findings.rows[id.index()].overridden = Some(*bound);
        }
        findings
    }

    /// Counts a check, and one that failed as a violation.
    pub fn check(
        &mut self,
        id: InvariantId,
        holds: bool,
        at: Instant,
        nodes: &[NodeId],
        message: impl FnOnce() -> String,
    ) {
        let row = &mut self.rows[id.index()];
        if row.disabled {
            return;
        }
        row.checks += 1;
        if holds {
            return;
        }
        row.count += 1;
        if row.kept.len() < KEPT_VIOLATIONS {
            let violation = Violation {
                invariant: id,
                at,
                nodes: nodes.to_vec(),
                message: message(),
            };
            row.kept.push(violation.clone());
            self.fresh.push(violation);
        }
    }

    /// The bound to hold an invariant to: the scenario's, else the one computed.
    pub fn bound(&mut self, id: InvariantId, computed: Duration) -> Duration {
        let row = &mut self.rows[id.index()];
        let bound = row.overridden.unwrap_or(computed);
        row.bound = Some(row.bound.map_or(bound, |known| known.max(bound)));
        bound
    }

    /// Whether a violation was found since [`Self::take_fresh`].
    #[must_use]
    pub const fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The violations found since the last call.
    pub fn take_fresh(&mut self) -> Vec<Violation> {
        core::mem::take(&mut self.fresh)
    }

    /// What came of each invariant.
    #[must_use]
    pub fn verdicts(&self, scenario: &Scenario) -> Vec<Verdict> {
        let verdict = |(id, row): (InvariantId, &Row)| {
            let expected = scenario.expected_violations.contains(&id);
            let outcome = match (row.disabled, row.count > 0, expected) {
                (true, ..) => Outcome::Disabled,
                (false, false, false) => Outcome::Held,
                (false, false, true) => Outcome::HeldUnexpectedly,
                (false, true, false) => Outcome::Violated,
                (false, true, true) => Outcome::ViolatedAsExpected,
            };
            Verdict {
                invariant: id,
                outcome,
                checks: row.checks,
                bound: row.bound,
                violations: row.kept.clone(),
                count: row.count,
            }
        };
        // Who has no services is not told of them.
        let mut configs = scenario.configs();
        let has_services = configs.any(|(_, config)| !config.virtual_servers().is_empty());
        INVARIANTS
            .into_iter()
            .zip(&self.rows)
            .filter(|(id, _)| has_services || !id.is_lvs())
            .map(verdict)
            .collect()
    }
}
