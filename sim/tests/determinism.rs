//! The same scenario and seed give the same run: twice, recorded or not, and in another process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

mod common;

use std::process::Command;
use std::sync::Arc;

use bellwether_core::unit::Name;
use bellwether_sim::generate::{Shape, scenario};
use bellwether_sim::lan::link::Kind;
use bellwether_sim::lan::{Lan, SegmentId};
use bellwether_sim::log::StationId;
use bellwether_sim::run::{Recording, run, run_with};
use bellwether_sim::scenario::LinkSpec;
use bellwether_sim::scenario::units::Share;

const SEEDS: u64 = 20;

/// Set in the other process.
const CHILD: &str = "BELLWETHER_DIGESTS";

fn digests() -> Vec<u64> {
    let of = |seed| {
        let scenario = Arc::new(scenario(seed, Shape::default()));
        run_with(&scenario, seed, Recording::Nothing)
            .unwrap()
            .digest
    };
    (0..SEEDS).map(of).collect()
}

#[test]
fn two_runs_have_one_log() {
    for seed in 0..SEEDS {
        let scenario = scenario(seed, Shape::default());
        let (one, other) = (run(&scenario, seed).unwrap(), run(&scenario, seed).unwrap());
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn recording_changes_nothing_and_another_seed_does() {
    let mut differ = 0;
    for (seed, digest) in (0..).zip(digests()) {
        let scenario = scenario(seed, Shape::default());
        assert_eq!(run(&scenario, seed).unwrap().digest, digest, "seed {seed}");
        differ += usize::from(run(&scenario, seed + 1).unwrap().digest != digest);
    }
    // Where nothing is drawn, a seed makes no difference.
    assert!(differ > 5, "{differ} of {SEEDS}");
}

#[test]
fn another_process_sees_the_same() {
    let mine = format!("{:x?}", digests());
    if let Ok(path) = std::env::var(CHILD) {
        std::fs::write(path, mine).unwrap();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("digests");
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "another_process_sees_the_same"])
        .env(CHILD, &path)
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    assert_eq!(std::fs::read_to_string(path).unwrap(), mine);
}

#[test]
fn one_more_node_does_not_reshuffle_the_others_links() {
    let fates = |names: &[&str]| {
        let names: Vec<Name> = names.iter().map(|name| Name::from(*name)).collect();
        let segments = vec![Name::from("eth0")];
        let mut lan = Lan::new(7, segments, &names, Vec::new(), LinkSpec::default());
        let link = lan.link_mut(SegmentId(0), StationId(0), StationId(1));
        link.loss = Share::percent(40);
        let lost = (0..64).map(|_| link.carry(Kind::Other).is_err());
        lost.collect::<Vec<bool>>()
    };
    let pair = fates(&["lb1", "lb2"]);
    assert_eq!(pair, fates(&["lb1", "lb2", "lb3"]));
    assert_ne!(pair, fates(&["lb2", "lb1"]), "each direction has its own");
}
