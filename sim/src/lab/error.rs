//! What can go wrong in a lab, in words that a failing test prints as they are.

use core::fmt::Write as _;

use thiserror::Error;

use super::rule::Breach;
use crate::present::{self, Palette};
use crate::run::{Outcome, Report};
use crate::scenario::{Scenario, ScenarioError};

/// Why a lab could not be made or asked, or what did not hold in it.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LabError {
    /// A node's configuration is wrong; no lab was made.
    #[error("the configuration of '{node}' is wrong:\n{problems}")]
    Config {
        /// The node.
        node: String,
        /// Each problem with its line and hint.
        problems: String,
    },
    /// The lab was asked for, or told to break, something that it does not have; nothing has changed.
    #[error(transparent)]
    Unknown(#[from] ScenarioError),
    /// Something that is to hold did not.
    #[error("{0}")]
    Violated(String),
}

/// A test that returns this error prints it so: what it says, and not how it is built.
impl core::fmt::Debug for LabError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// What did not hold, with the timeline around the first of it; `None` when all held.
pub(super) fn violated(
    scenario: &Scenario,
    report: &Report,
    breaches: &[Breach],
) -> Option<LabError> {
    let failed = report.verdicts.iter();
    let failed = failed.filter(|verdict| verdict.outcome == Outcome::Violated);
    let mut found: Vec<_> = failed
        .flat_map(|verdict| &verdict.violations)
        .map(|own| {
            (
                own.at,
                format!("{} ({})", own.invariant, own.invariant.meaning()),
                &own.message,
            )
        })
        .chain(
            breaches
                .iter()
                .map(|own| (own.at, own.rule.clone(), &own.message)),
        )
        .collect();
    found.sort_by_key(|(at, ..)| *at);
    let (first, ..) = found.first()?;
    let mut words = String::new();
    // Writing to a string does not fail.
    for (at, what, message) in &found {
        let _ = writeln!(words, "at {at}: {what}: {message}");
    }
    let lanes = present::lanes_around(scenario, report, *first, Palette::PLAIN);
    let _ = write!(words, "\n{lanes}\nseed {}", report.seed);
    Some(LabError::Violated(words))
}
