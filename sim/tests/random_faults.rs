//! Random fault schedules, all invariants on.
//!
//! A run is the same every time, so that it fails only when somebody broke something. Other seeds
//! are explored on demand: `PROPTEST_RNG_SEED=N` (any number) draws another set of cases, and
//! `PROPTEST_CASES=N` a larger one; `cargo bench -p bellwether-sim --bench seeds` sweeps through
//! many more.
//!
//! A failing case prints its seed, its schedule as TOML, what happened around the violation, and
//! how to run it again. `SEED=7 cargo test -p bellwether-sim --test random_faults` runs one, of
//! three nodes unless `NODES` says how many, with adverts of whole seconds if `WHOLE` is set, and of
//! plain virtual routers if `PLAIN` is.

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
use proptest::test_runner::{Config, RngSeed, TestCaseError};

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
    Err(TestCaseError::fail(explain(seed, shape, &scenario, &again)))
}

fn explain(seed: u64, shape: Shape, scenario: &Scenario, report: &Report) -> String {
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
    let whole = if shape.whole_seconds { "WHOLE=1 " } else { "" };
    let plain = if shape.features { "" } else { "PLAIN=1 " };
    let _ = writeln!(
        text,
        "{whole}{plain}NODES={} SEED={seed} cargo test -p bellwether-sim --test random_faults",
        shape.nodes
    );
    text
}

/// Cases of plain virtual routers that failed once, by the number of nodes, and what it was that
/// they found.
const FOUND: [(u8, u64); 9] = [
    // I4: an advert was on its way when its sender's priority fell.
    (2, 2_506_206_441),
    (2, 1_003_718),
    (4, 1_078_053),
    // I27: a new configuration waited too, and raised the priority.
    (2, 1_077_466),
    (2, 1_044_913),
    (3, 1_047_595),
    (2, 1_959_849_197),
    // I15: the core, paused while it stopped, went before it had removed an address.
    (3, 1_073_232),
    // I13: a script died of its node's stopping.
    (3, 1_074_378),
];

/// Cases that are the same in every run, unless the environment asks for others.
fn cases() -> Config {
    let asked = Config::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let counted = std::env::var_os("PROPTEST_CASES").is_some();
    Config {
        cases: if counted { asked.cases } else { 300 },
        rng_seed,
        // What is found belongs into [`FOUND`], not into one working copy.
        failure_persistence: None,
        ..asked
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn invariants_hold_whatever_breaks(seed in any::<u32>(), nodes in 2..=4_u8) {
        let shape = Shape { nodes, ..Shape::default() };
        check(u64::from(seed), shape)?;
    }
}

#[test]
fn the_first_seeds_hold() {
    let seeds = number("SEED").map_or(0..300, |seed| seed..seed + 1);
    let nodes = number("NODES").map(|nodes| u8::try_from(nodes).unwrap());
    let shape = Shape {
        nodes: nodes.unwrap_or(Shape::default().nodes),
        whole_seconds: std::env::var_os("WHOLE").is_some(),
        features: std::env::var_os("PLAIN").is_none(),
        ..Shape::default()
    };
    for seed in seeds {
        if let Err(error) = check(seed, shape) {
            panic!("{error}");
        }
    }
}

#[test]
fn what_failed_once_holds() {
    for (nodes, seed) in FOUND {
        let shape = Shape {
            nodes,
            features: false,
            ..Shape::default()
        };
        if let Err(error) = check(seed, shape) {
            panic!("{error}");
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn a_failing_case_says_why_and_how_to_run_it_again() {
    let mut scenario = scenario(3, Shape::default());
    scenario.bounds.insert(InvariantId::I15, Duration::ZERO);
    let report = run(&scenario, 3).unwrap();
    assert!(!report.is_success());
    let text = explain(3, Shape::default(), &scenario, &report);
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
