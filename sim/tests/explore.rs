//! `bellwether-sim explore`, `prove` and `new` as their users meet them, and what they promise:
//! the same result with any number of threads, smallest schedules, files that reproduce.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

mod common;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use bellwether_sim::explore::shrink::{shrink, violated};
use bellwether_sim::generate::{Shape, scenario};
use bellwether_sim::invariant::InvariantId;
use bellwether_sim::scenario::Scenario;
use bellwether_sim::scenario::load::load;

/// A keepalived.conf with a script of this weight.
fn conf(priority: u8, password: &str, weight: &str, more: &str) -> String {
    format!(
        "vrrp_script chk {{\n    script \"/bin/true\"\n    interval 1\n    weight {weight}\n}}\n\
         vrrp_instance VI_1 {{\n    interface eth0\n    virtual_router_id 51\n    \
         priority {priority}\n    {more}\n    authentication {{\n        auth_type PASS\n        \
         auth_pass {password}\n    }}\n    track_script {{\n        chk\n    }}\n    \
         virtual_ipaddress {{\n        192.0.2.100\n    }}\n}}\n"
    )
}

fn folder(lb1: &str, lb2: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lb1.conf"), lb1).unwrap();
    std::fs::write(folder.path().join("lb2.conf"), lb2).unwrap();
    folder
}

fn good() -> tempfile::TempDir {
    folder(
        &conf(100, "sesame", "-20", ""),
        &conf(90, "sesame", "-20", ""),
    )
}

const PAIR: [&str; 4] = ["--node", "lb1=lb1.conf", "--node", "lb2=lb2.conf"];

fn simulate(folder: &Path, command: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
        .arg(command)
        .args(PAIR)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The files that an exploration has written.
fn findings(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder.join("bellwether-findings")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_good_pair_is_explored_with_the_same_result_by_any_number_of_threads() {
    let folder = good();
    let explore = |jobs| {
        let args = ["--no-pairs", "--seeds", "150", "--jobs", jobs];
        let output = simulate(folder.path(), "explore", &args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
        let progress = text(&output.stderr);
        assert!(progress.contains(" a second; "), "{progress}");
        text(&output.stdout)
    };
    let shown = explore("1");
    assert_eq!(explore("3"), shown);
    assert!(findings(folder.path()).is_empty());
    // Lights out, cut both ways: each half keeps a gateway, and VRRP allows it.
    let cut = "nothing passes from lb1 to lb2; nothing passes from lb2 to lb1";
    assert!(shown.contains(cut), "{shown}");
    assert!(shown.contains("two masters met"), "{shown}");
    assert!(shown.contains("a backup heard priority 0"), "{shown}");
    assert!(shown.contains("a timer fired late"), "{shown}");
    assert!(shown.contains("No invariant was violated."), "{shown}");
    // lb2 heard its master's last advert just before, and waits 3.6484375 s (RFC 3768 6.1).
    let power = shown
        .lines()
        .find(|line| line.starts_with("power failure, master"));
    assert!(power.unwrap().contains("3647"), "{power:?}");
}

#[test]
fn different_passwords_are_found_and_the_file_reproduces_them() {
    let begin = Instant::now();
    let folder = folder(
        &conf(100, "sesame", "-20", ""),
        &conf(90, "Sesame", "-20", ""),
    );
    let output = simulate(folder.path(), "explore", &["--no-pairs", "--seeds", "50"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    assert!(shown.contains("nothing needs to break for it"), "{shown}");
    assert!(shown.contains("one-master-after-heal"), "{shown}");
    assert!(begin.elapsed() < Duration::from_secs(10), "found in time");
    let files = findings(folder.path());
    assert!(!files.is_empty(), "{shown}");
    for file in files {
        let loaded = load(&file).unwrap().scenario;
        assert!(loaded.faults.is_empty());
        assert!(!violated(&loaded).is_empty(), "{}", file.display());
        let written = std::fs::read_to_string(&file).unwrap();
        assert!(
            written.contains("auth_pass Sesame"),
            "as people write it: {written}"
        );
    }
}

#[test]
fn a_weight_that_moves_nobody_is_a_finding_with_its_reason() {
    let folder = folder(
        &conf(100, "sesame", "-20", "nopreempt"),
        &conf(90, "sesame", "-20", "nopreempt"),
    );
    let explore = |more: &[&str]| {
        let args = [&["--no-pairs", "--seeds", "0", "--quiet"], more].concat();
        simulate(folder.path(), "explore", &args)
    };
    let output = explore(&[]);
    assert_eq!(output.status.code(), Some(0), "legal");
    let shown = text(&output.stdout);
    let why = "nopreempt leaves a living master in place";
    assert!(shown.contains("script fails chk on lb1"), "{shown}");
    assert!(shown.contains(why), "{shown}");
    assert!(shown.contains("script fails, master"), "{shown}");
    assert_eq!(explore(&["--strict"]).status.code(), Some(1));
    let output = explore(&["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut findings = json["findings"].as_array().unwrap().iter();
    assert!(findings.any(|own| own["finding"]["surprise"] == "no-failover"));
}

#[test]
fn a_one_way_cut_is_explained() {
    let folder = good();
    let args = ["--no-pairs", "--seeds", "0", "--quiet"];
    let shown = text(&simulate(folder.path(), "explore", &args).stdout);
    let begin = shown.find("network cut one way lb1 -> lb2 (VI_1, always)");
    let rest = &shown[begin.unwrap_or_else(|| panic!("{shown}"))..];
    let why = rest.lines().nth(1).unwrap();
    assert!(why.contains("nothing passes from lb1 to lb2"), "{why}");
    assert!(!why.contains("nothing passes from lb2 to lb1"), "{why}");
}

/// Random schedules held to bounds that many of them can't keep.
fn failing() -> impl Iterator<Item = Scenario> {
    let scenarios = (0..400).map(|seed| {
        let mut scenario = scenario(seed, Shape::default());
        let tight = [InvariantId::I9, InvariantId::I10, InvariantId::I17];
        let bounds = tight.map(|id| (id, Duration::from_millis(1)));
        scenario.bounds.extend(bounds);
        scenario
    });
    scenarios.filter(|scenario| !violated(scenario).is_empty())
}

#[test]
fn of_a_shrunk_schedule_no_fault_can_be_taken_away() {
    let mut tried = 0;
    let mut smaller = 0;
    for scenario in failing().take(20) {
        let mut fails = |own: &Scenario| !violated(own).is_empty();
        let small = shrink(&scenario, &mut fails);
        assert!(fails(&small), "{} still fails", scenario.name);
        assert_eq!(small.seed, scenario.seed, "the random stream is as it was");
        for place in 0..small.faults.len() {
            let mut fewer = small.clone();
            fewer.faults.remove(place);
            assert_eq!(violated(&fewer), [], "{} without {place}", scenario.name);
        }
        assert_eq!(
            shrink(&small, &mut fails),
            small,
            "{} is stable",
            scenario.name
        );
        tried += 1;
        smaller += usize::from(small.faults.len() < scenario.faults.len());
    }
    assert_eq!(tried, 20);
    assert!(smaller > 10, "{smaller} of {tried} got smaller");
}

#[test]
fn what_does_not_fail_is_not_shrunk() {
    let whole = scenario(3, Shape::default());
    assert_eq!(shrink(&whole, &mut |_: &Scenario| false), whole);
}

#[test]
fn a_small_scope_is_walked_through_and_counted() {
    let folder = good();
    let args = [
        "--adverts",
        "3",
        "--faults",
        "1",
        "--instants",
        "2",
        "--quiet",
    ];
    let output = simulate(folder.path(), "prove", &args);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    // Three adverts on each of two ways: 2^(3 x 2).
    assert!(shown.contains("64 patterns of loss"), "{shown}");
    assert!(shown.contains("No invariant was violated."), "{shown}");
    let args = ["--adverts", "30", "--quiet"];
    let output = simulate(folder.path(), "prove", &args);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("2^60"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_new_scenario_holds_and_is_not_written_over() {
    let folder = good();
    let new = |more: &[&str]| {
        let args = [&["-o", "mine.toml"], more].concat();
        simulate(folder.path(), "new", &args)
    };
    let output = new(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let run = Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
        .args(["run", "mine.toml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stdout));
    let written = std::fs::read_to_string(folder.path().join("mine.toml")).unwrap();
    insta::assert_snapshot!("new_scenario", written);
    assert_eq!(new(&[]).status.code(), Some(2));
    assert_eq!(new(&["--force"]).status.code(), Some(0));
}

#[test]
fn a_scenario_with_several_seeds_shows_the_first_that_fails() {
    let folder = good();
    let file = "seeds = 40\n[[node]]\nname = \"lb1\"\nconfig-file = \"lb1.conf\"\n\
                [[node]]\nname = \"lb2\"\nconfig-file = \"lb2.conf\"\n\
                [[fault]]\nat = \"10s\"\nloss = { from = \"lb1\", to = \"lb2\", percent = \"50%\" }\n\
                [[expect]]\nnever = [\"10s\", \"25s\"]\nmaster = { VI_1 = \"several\" }\n";
    std::fs::write(folder.path().join("seeds.toml"), file).unwrap();
    let run = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
            .args(["run", "seeds.toml"])
            .args(more)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    // Half of all adverts are lost: three in a row are soon among them.
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    let seed = shown.rsplit("--seed ").next().unwrap().trim();
    assert_eq!(run(&["--seed", seed]).status.code(), Some(1), "{shown}");
}
