//! The command `bellwether-sim` as its users meet it: output in a pipe, and exit status.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

use std::path::Path;
use std::process::{Command, Output};

const FAILOVER: &str = r#"
title = "Power failure of the master"
story = "The backup takes over after one master-down interval."

[[node]]
name = "lb1"
config-file = "lb1.conf"

[[node]]
name = "lb2"
config-file = "lb2.conf"

[[fault]]
at = "10s"
power-off = "lb1"

[[expect]]
at = "13.259s"
master = { VI_1 = "lb2" }
"#;

fn conf(interface: &str, priority: u8, password: &str) -> String {
    format!(
        "vrrp_instance VI_1 {{\n    interface {interface}\n    virtual_router_id 51\n    \
         priority {priority}\n    authentication {{\n        auth_type PASS\n        \
         auth_pass {password}\n    }}\n    virtual_ipaddress {{\n        192.0.2.100\n    }}\n}}\n"
    )
}

/// A folder with a pair of files, and with the scenario above.
fn folder(second_password: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("lb1.conf", &conf("eth0", 100, "sesame"));
    write("lb2.conf", &conf("ens33", 90, second_password));
    let one_lan = FAILOVER.replace(
        "config-file = \"lb2.conf\"",
        "config-file = \"lb2.conf\"\n\
         interfaces = { ens33 = { segment = \"eth0\", address = \"192.0.2.2/24\" } }",
    );
    write("failover.toml", &one_lan);
    folder
}

fn simulate(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const PAIR: [&str; 5] = ["run", "--node", "lb1=lb1.conf", "--node", "lb2=lb2.conf"];

#[test]
fn a_scenario_that_holds_is_shown_whole_and_exits_0() {
    let folder = folder("sesame");
    let output = simulate(folder.path(), &["run", "failover.toml"]);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("cli_failover", text(&output.stdout));
}

#[test]
fn what_goes_into_a_pipe_is_plain_ascii() {
    let folder = folder("sesame");
    let output = simulate(folder.path(), &["run", "failover.toml"]);
    assert!(
        output
            .stdout
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~' | b'\n'))
    );
}

#[test]
fn colours_are_there_when_they_are_asked_for() {
    let folder = folder("sesame");
    let output = Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
        .args(["run", "failover.toml"])
        .current_dir(folder.path())
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    assert!(
        shown.contains("\u{1b}[32m"),
        "green for what holds: {shown}"
    );
}

/// What the command shows on a terminal, which `script` makes.
fn on_a_terminal(folder: &Path, no_color: Option<&str>) -> Option<String> {
    let mut command = Command::new("script");
    let run = concat!(env!("CARGO_BIN_EXE_bellwether-sim"), " run failover.toml");
    command.args(["-qec", run, "/dev/null"]).current_dir(folder);
    command.env("TERM", "xterm").env_remove("CLICOLOR_FORCE");
    command.env_remove("NO_COLOR").env_remove("CI");
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    let Ok(output) = command.output() else {
        eprintln!("\n*** SKIPPED in part: script (bsdutils) is not installed ***");
        return None;
    };
    Some(text(&output.stdout))
}

#[test]
fn a_terminal_has_colours_unless_it_wants_none() {
    let folder = folder("sesame");
    let Some(shown) = on_a_terminal(folder.path(), None) else {
        return;
    };
    for (part, what) in [
        ("\u{1b}[1mM", "a master in bold"),
        ("\u{1b}[1m\u{1b}[31mx", "a crash in red"),
        ("<< DARK", "a dark stretch"),
        ("\u{1b}[32mEverything holds.", "the verdict in green"),
    ] {
        assert!(shown.contains(part), "{what}: {shown:?}");
    }
    let plain = on_a_terminal(folder.path(), Some("1")).unwrap_or_default();
    assert!(
        plain.contains("Everything holds.") && !plain.contains('\u{1b}'),
        "{plain:?}"
    );
}

#[test]
fn a_file_that_cannot_be_written_exits_2_and_says_which() {
    let folder = folder("sesame");
    for option in ["--pcap", "--report"] {
        let args = ["run", "failover.toml", option, "nowhere/out"];
        let output = simulate(folder.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert_eq!(text(&output.stdout), "", "{option}: nothing is half shown");
        let said = text(&output.stderr);
        assert!(said.contains("can't write to 'nowhere/out'"), "{said}");
    }
}

#[test]
fn files_beside_the_output_change_nothing_of_it() {
    let folder = folder("sesame");
    let alone = simulate(folder.path(), &["run", "failover.toml", "--json"]);
    let args = [
        "run",
        "failover.toml",
        "--json",
        "--pcap",
        "a",
        "--report",
        "b",
    ];
    let with_files = simulate(folder.path(), &args);
    assert_eq!(text(&alone.stdout), text(&with_files.stdout));
    let said = text(&with_files.stderr);
    assert!(
        said.contains("wrote a: ") && said.contains("wrote b"),
        "{said}"
    );
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let (capture, page) = (read("a"), read("b"));
    simulate(folder.path(), &args);
    assert!(
        read("a") == capture && read("b") == page,
        "the same bytes again"
    );
}

#[test]
fn a_good_pair_lives_through_the_standard_scenario_though_its_interfaces_differ() {
    let folder = folder("sesame");
    let output = simulate(folder.path(), &PAIR);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    insta::assert_snapshot!("cli_good_pair", text(&output.stdout));
}

#[test]
fn different_passwords_are_two_masters_and_the_output_says_why() {
    let folder = folder("Sesame");
    let output = simulate(folder.path(), &PAIR);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    assert!(shown.contains("auth_pass"), "{shown}");
    let replay = "bellwether-sim run --node lb1=lb1.conf --node lb2=lb2.conf --seed 0";
    assert!(shown.contains(replay), "{shown}");
    insta::assert_snapshot!("cli_different_passwords", shown);
}

#[test]
fn another_list_of_addresses_breaks_nothing_and_is_remarked() {
    let folder = folder("sesame");
    let other = conf("ens33", 90, "sesame").replace("192.0.2.100", "192.0.2.101");
    std::fs::write(folder.path().join("lb2.conf"), other).unwrap();
    let output = simulate(folder.path(), &PAIR);
    let shown = text(&output.stdout);
    let remark = "lb2/VI_1 hears adverts of 192.0.2.1 that list other virtual addresses";
    assert!(shown.contains(remark), "{shown}");
}

#[test]
fn json_is_one_object_a_line_and_last_a_summary_that_depends_on_nothing_but_the_seed() {
    let folder = folder("sesame");
    let run = |seed| {
        let args = ["run", "failover.toml", "--json", "--seed", seed];
        let output = simulate(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout)
    };
    let shown = run("7");
    let lines: Vec<serde_json::Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["format"], "bellwether-sim-events");
    assert_eq!(lines[0]["version"], 1);
    assert_eq!(lines[0]["stations"][0], "lb1");
    let page = include_str!("../../docs/run.md");
    for line in &lines[1..lines.len() - 1] {
        assert!(line["at"].is_u64(), "{line}");
        let what = line["what"].as_object().unwrap();
        assert_eq!(what.len(), 1, "one kind for each: {line}");
        for kind in what.keys() {
            assert!(
                page.contains(&format!("| `{kind}` |")),
                "{kind} is documented"
            );
        }
    }
    let summary = &lines[lines.len() - 1]["summary"];
    assert_eq!(
        (&summary["holds"], &summary["seed"]),
        (&true.into(), &7.into())
    );
    // lb1, lb2 to BACKUP; lb1, lb2 to MASTER; and when all is mended lb1 to BACKUP and MASTER,
    // lb2 to BACKUP.
    assert_eq!(summary["transitions"], 7);
    assert_eq!(run("7"), shown, "another process with the same seed");
}

#[test]
fn bad_input_exits_2_and_says_where_it_is_bad() {
    let folder = folder("sesame");
    let path = folder.path().join("failover.toml");
    let bad = std::fs::read_to_string(&path)
        .unwrap()
        .replace("power-off", "power-of");
    std::fs::write(&path, bad).unwrap();
    let output = simulate(folder.path(), &["run", "failover.toml"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("cli_bad_scenario", text(&output.stderr));

    let bad = conf("eth0", 100, "sesame").replace("_id 51", "_id 510");
    std::fs::write(folder.path().join("lb1.conf"), bad).unwrap();
    let output = simulate(folder.path(), &PAIR);
    assert_eq!(output.status.code(), Some(2));
    let shown = text(&output.stderr);
    assert!(
        shown.contains("lb1.conf:3:") && shown.contains("510"),
        "{shown}"
    );

    for args in [
        &["run"][..],
        &["run", "nowhere.toml"],
        &["run", "--node", "lb1"],
    ] {
        assert_eq!(
            simulate(folder.path(), args).status.code(),
            Some(2),
            "{args:?}"
        );
    }
}
