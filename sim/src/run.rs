//! Runs a scenario from its first instant to its verdicts.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use serde::{Deserialize, Serialize};

use crate::invariant::{InvariantId, Violation};
use crate::log::Log;

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
