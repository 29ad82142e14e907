//! What all cases add up to.
//!
//! Invariant: cases are added in the order of their numbers, so that what is kept of many alike is
//! always the same one. Memory grows with the kinds of what is found, not with how often.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Plan;
use super::availability::Row;
use super::case::{Case, Origin, Outcome};
use super::coverage::Coverage;
use super::findings::{Finding, Surprise};
use crate::invariant::InvariantId;
use bellwether_core::unit::Name;

/// How many failing cases of one set of violations are kept to be shrunk.
const KEPT: usize = 3;

/// What all cases add up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many cases were run.
    pub cases: u64,
    /// How much time passed in all worlds, in nanoseconds.
    pub simulated_ns: u128,
    /// Availability by kind of fault, in the battery's order.
    pub rows: Vec<(String, Row)>,
    /// Of all pairs of faults.
    pub pairs: Row,
    /// Of all random schedules.
    pub random: Row,
    /// Which situations were seen.
    pub coverage: Coverage,
    /// What is legal and may surprise, in the order in which it was found.
    pub findings: Vec<Noted>,
    /// The first failing cases of each set of violations, and how many there were.
    pub failures: BTreeMap<Vec<InvariantId>, Failures>,
}

/// Something legal that may surprise, and how often it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// The fault.
    pub trouble: String,
    /// Its kind.
    pub kind: &'static str,
    /// What was found, the last time.
    pub finding: Finding,
    /// In how many runs.
    pub count: u64,
    /// Of how many with this fault.
    pub of: u64,
}

/// Cases that violate the same invariants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// The numbers of the first ones.
    pub first: Vec<u64>,
    /// How many there were.
    pub count: u64,
}

impl Tally {
    /// Nothing yet, with a row for each kind of fault of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut tally = Self::default();
        for trouble in plan.troubles() {
            let name = trouble.row(&plan.base().masters);
            if tally.row(&name).is_none() {
                tally.rows.push((name, Row::default()));
            }
        }
        tally
    }

    /// Adds a case.
    pub fn add(&mut self, plan: &Plan, number: u64, case: &Case, outcome: Outcome) {
        self.cases += 1;
        self.simulated_ns += u128::from(outcome.simulated_ns);
        self.coverage.add(outcome.situations);
        let (dark, dual) = (outcome.dark_ns, outcome.dual_ns);
        match case.origin {
            Origin::Single { trouble, moment } => {
                let trouble = &plan.troubles()[trouble];
                let lost = outcome.findings.iter().any(|own| own.surprise.is_loss());
                // While all start, everything takes its time, whatever breaks.
                let row = self.row(&trouble.row(&plan.base().masters));
                if let Some(row) = row.filter(|_| plan.is_settled(moment)) {
                    row.add(dark, dual, !lost);
                }
                let of = plan.moments();
                for finding in outcome.findings {
                    self.note(&trouble.what, trouble.kind, of, finding);
                }
            }
            Origin::Pair { .. } => self.pairs.add(dark, dual, true),
            Origin::Random => self.random.add(dark, dual, true),
        }
        if !outcome.violated.is_empty() {
            let failures = self.failures.entry(outcome.violated).or_default();
            failures.count += 1;
            if failures.first.len() < KEPT {
                failures.first.push(number);
            }
        }
    }

    /// How many cases violated something.
    #[must_use]
    pub fn violated(&self) -> u64 {
        self.failures.values().map(|own| own.count).sum()
    }

    /// Whether a fault of the battery cost the service.
    #[must_use]
    pub fn has_losses(&self) -> bool {
        self.findings
            .iter()
            .any(|own| own.finding.surprise.is_loss())
    }

    fn row(&mut self, kind: &str) -> Option<&mut Row> {
        let mut rows = self.rows.iter_mut();
        rows.find(|(own, _)| own == kind).map(|(_, row)| row)
    }

    fn note(&mut self, trouble: &str, kind: &'static str, of: u64, finding: Finding) {
        let same = |own: &&mut Noted| {
            let key = |finding: &Finding| -> (Surprise, Name) {
                (finding.surprise, finding.router.clone())
            };
            own.trouble == trouble && key(&own.finding) == key(&finding)
        };
        if let Some(known) = self.findings.iter_mut().find(same) {
            known.count += 1;
            // Later moments are those of a settled master.
            known.finding = finding;
        } else {
            self.findings.push(Noted {
                trouble: trouble.to_owned(),
                kind,
                finding,
                count: 1,
                of,
            });
        }
    }
}
