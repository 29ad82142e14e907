//! Random fault schedules, all invariants on.
//!
//! A failing case prints its seed, its schedule as TOML, what happened around the violation, and
//! how to run it again. `SEED=7 cargo test -p bellwether-sim --test random_faults` runs one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

use core::time::Duration;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use bellwether_sim::generate::{Shape, scenario};
use bellwether_sim::invariant::InvariantId;
use bellwether_sim::log::Level;
use bellwether_sim::run::{Recording, Report, run, run_with};
use bellwether_sim::scenario::Scenario;
use bellwether_sim::scenario::load::load;
use bellwether_sim::scenario::save::to_toml;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};

/// How many lines of the log are shown before and after a violation.
const EXCERPT: usize = 15;

fn check(seed: u64, shape: Shape) -> Result<(), TestCaseError> {
    let scenario = Arc::new(scenario(seed, shape));
    let report = run_with(&scenario, seed, Recording::Nothing)
        .map_err(|error| TestCaseError::fail(error.to_string()))?;
    if report.is_success() {
        return Ok(());
    }
    let again = run(&scenario, seed).map_err(|error| TestCaseError::fail(error.to_string()))?;
    Err(TestCaseError::fail(explain(seed, &scenario, &again)))
}

fn explain(seed: u64, scenario: &Scenario, report: &Report) -> String {
    let mut text = format!("seed {seed}\n");
    for violation in report.violations() {
        let (id, at) = (violation.invariant, violation.at);
        let _ = writeln!(text, "{id} {} at {at}: {}", id.name(), violation.message);
    }
    let lines: Vec<_> = report.log.at_level(Level::Detail).collect();
    let first = report.violations().first().map(|violation| violation.at);
    let middle = lines
        .iter()
        .position(|entry| Some(entry.at) >= first)
        .unwrap_or_default();
    let around = lines.iter().skip(middle.saturating_sub(EXCERPT));
    for entry in around.take(2 * EXCERPT) {
        let node = entry.node.map_or("", |node| report.log.name(node));
        let _ = writeln!(text, "{} {node:5} {:?}", entry.at, entry.what);
    }
    match to_toml(scenario) {
        Ok(file) => {
            let path = std::env::temp_dir().join(format!("bellwether-{}.toml", scenario.name));
            let _ = writeln!(text, "\n{file}");
            if std::fs::write(&path, file).is_ok() {
                let path = path.display();
                let _ = writeln!(text, "bellwether-sim run {path} --seed {seed}");
            }
        }
        Err(error) => {
            let _ = writeln!(text, "\n(no scenario file: {error})");
        }
    }
    let _ = writeln!(
        text,
        "SEED={seed} cargo test -p bellwether-sim --test random_faults"
    );
    text
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn invariants_hold_whatever_breaks(seed in any::<u32>(), nodes in 2..=4_u8) {
        let shape = Shape { nodes, ..Shape::default() };
        check(u64::from(seed), shape)?;
    }
}

#[test]
fn the_first_seeds_hold() {
    let one = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seeds = one.map_or(0..300, |seed: u64| seed..seed + 1);
    let whole_seconds = std::env::var("WHOLE").is_ok();
    for seed in seeds {
        let shape = Shape {
            whole_seconds,
            ..Shape::default()
        };
        if let Err(error) = check(seed, shape) {
            panic!("{error}");
        }
    }
}

#[test]
fn a_failing_case_says_why_and_how_to_run_it_again() {
    let mut scenario = scenario(3, Shape::default());
    scenario.bounds.insert(InvariantId::I15, Duration::ZERO);
    let report = run(&scenario, 3).unwrap();
    assert!(!report.is_success());
    let text = explain(3, &scenario, &report);
    assert!(text.contains("I15 address-set at "), "{text}");
    let replay = text
        .lines()
        .find_map(|line| line.strip_prefix("bellwether-sim run "));
    let (path, seed) = replay.unwrap().split_once(" --seed ").unwrap();
    assert_eq!(seed, "3");
    let loaded = load(Path::new(path)).unwrap().scenario;
    std::fs::remove_file(path).unwrap();
    assert_eq!(run(&loaded, 3).unwrap().digest, report.digest);
}
