//! What was found, as scenario files.
//!
//! Invariant: a file that is written violates, when it is run, what its name says. Deliberately
//! absent: expected violations. The file fails until what is wrong is mended, and then it is a
//! regression test.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use bellwether_config::{Options, Reader};
use bellwether_core::unit::Name;
use serde::Serialize;

use super::base::failed;
use super::case::Case;
use super::{Base, shrink};
use crate::invariant::InvariantId;
use crate::present::describe_fault;
use crate::random::Fnv;
use crate::run::{Report, run};
use crate::scenario::save::{SaveError, to_readable_toml};
use crate::scenario::units::show_span;
use crate::scenario::{Scenario, ScenarioError};

/// A smallest failing schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// The schedule.
    pub scenario: Scenario,
    /// What it violates.
    pub violated: Vec<InvariantId>,
    /// What each violation is, in words.
    pub messages: Vec<String>,
    /// The name of its file.
    pub file_name: String,
    /// What its file holds.
    pub text: String,
}

/// The smallest schedules of all kept failures, each once.
///
/// # Errors
///
/// [`FileError`]
pub fn counterexamples(
    base: &Base,
    failing: impl IntoIterator<Item = Case>,
    texts: &BTreeMap<Name, String>,
) -> Result<Vec<Counterexample>, FileError> {
    let mut all: Vec<Counterexample> = Vec::new();
    for case in failing {
        let scenario = base.with(case.faults, case.heal_at, case.seed);
        for small in shrink::all(&scenario) {
            let own = Counterexample::new(small, texts)?;
            // The same breakage at another time tells nobody anything new.
            if all
                .iter()
                .all(|known| known.scenario.name != own.scenario.name)
            {
                all.push(own);
            }
        }
    }
    Ok(all)
}

/// What is violated though nothing breaks, if anything is.
///
/// # Errors
///
/// [`FileError`]
pub fn calm_counterexample(
    base: &Base,
    texts: &BTreeMap<Name, String>,
) -> Result<Option<Counterexample>, FileError> {
    if base.violated.is_empty() {
        return Ok(None);
    }
    let mut scenario = base.scenario.clone();
    scenario.disabled.retain(|id| !base.violated.contains(id));
    Counterexample::new(scenario, texts).map(Some)
}

/// A counterexample in brief, for machines.
#[derive(Clone, Debug, Serialize)]
pub struct Brief<'a> {
    violated: Vec<&'static str>,
    messages: &'a [String],
    faults: Vec<String>,
    file: &'a str,
}

/// A schedule cannot be made a file.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It can't be run.
    #[error(transparent)]
    Run(#[from] ScenarioError),
    /// It can't be written.
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl Counterexample {
    /// Runs a failing scenario for its messages, and writes it; `texts` are the nodes' files, where
    /// those are known.
    ///
    /// # Errors
    ///
    /// [`FileError`]
    pub fn new(scenario: Scenario, texts: &BTreeMap<Name, String>) -> Result<Self, FileError> {
        let report = run(&scenario, scenario.seed)?;
        let violated = failed(&report);
        let messages = messages(&report);
        let mut scenario = scenario;
        let names = violated.iter().map(|id| id.name());
        let names: Vec<&str> = names.collect();
        scenario.name = match &scenario.faults[..] {
            [] => format!("{} though nothing breaks", names.join(", ")),
            faults => {
                let faults = faults.iter().map(|timed| describe_fault(&timed.fault));
                let faults: Vec<String> = faults.collect();
                format!("{} after {}", names.join(", "), faults.join("; "))
            }
        };
        scenario.story = Some(messages.join("\n"));
        let body = to_readable_toml(&scenario, &readable(&scenario, texts))?;
        let first = violated.first();
        let id = first.map_or_else(String::new, |id| format!("{id}-{}", id.name()));
        let file_name = format!("{id}-{:08x}.toml", short_hash(&body));
        let text = format!("{}{body}", head(&violated, &file_name));
        Ok(Self {
            scenario,
            violated,
            messages,
            file_name,
            text,
        })
    }

    /// The same for machines.
    #[must_use]
    pub fn brief(&self) -> Brief<'_> {
        Brief {
            violated: self.violated.iter().map(|id| id.name()).collect(),
            messages: &self.messages,
            faults: self.schedule(),
            file: &self.file_name,
        }
    }

    /// Its faults, a line each.
    #[must_use]
    pub fn schedule(&self) -> Vec<String> {
        let faults = self.scenario.faults.iter();
        let lines = faults.map(|timed| {
            let at = show_span(timed.at.since(bellwether_core::Instant::ZERO));
            format!("at {at}: {}", describe_fault(&timed.fault))
        });
        lines.collect()
    }
}

fn head(violated: &[InvariantId], file_name: &str) -> String {
    let mut head = String::from("# The smallest schedule of its kind that an exploration found.\n");
    for id in violated {
        // Writing to a string does not fail.
        let _ = writeln!(head, "# It violates {id} {}: {}", id.name(), id.meaning());
    }
    let _ = writeln!(head, "# To see it: bellwether-sim run {file_name}\n");
    head
}

/// The first violation of each invariant in words.
fn messages(report: &Report) -> Vec<String> {
    let failed = failed(report);
    let verdicts = report.verdicts.iter();
    let failed = verdicts.filter(|verdict| failed.contains(&verdict.invariant));
    let firsts = failed.filter_map(|verdict| verdict.violations.first());
    let messages = firsts.map(|violation| {
        let at = show_span(violation.at.since(bellwether_core::Instant::ZERO));
        let name = violation.invariant.name();
        format!(
            "{} {name} at {at}: {}",
            violation.invariant, violation.message
        )
    });
    messages.collect()
}

/// Those of the texts that read, by themselves, as the configuration that the node has.
fn readable(scenario: &Scenario, texts: &BTreeMap<Name, String>) -> BTreeMap<Name, String> {
    let own = scenario.nodes.iter().filter_map(|node| {
        let text = texts.get(&node.name)?;
        let reader = Reader::new(Options::default());
        let outcome = reader.parse_keepalived(node.name.as_str(), text.clone());
        let same = outcome.to_run().config.as_ref() == Some(&node.config);
        same.then(|| (node.name.clone(), text.clone()))
    });
    own.collect()
}

fn short_hash(text: &str) -> u32 {
    let mut hash = Fnv::default();
    for byte in text.bytes() {
        hash.byte(byte);
    }
    let folded = hash.finish() ^ (hash.finish() >> 32);
    u32::try_from(folded & u64::from(u32::MAX)).unwrap_or_default()
}
