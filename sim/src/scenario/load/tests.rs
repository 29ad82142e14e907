//! What a scenario file says, and what is said about a wrong one.

use core::time::Duration;

use super::*;
use crate::fault::{Fault, Way};
use crate::scenario::units::Share;
use crate::scenario::{Expected, When};

/// Two nodes, `lb1` and `lb2`, with one instance `VI_1` each.
const PAIR: &str = r#"
[[node]]
name = "lb1"
config = """
vrrp_script chk { script "/bin/true" }
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.100
    }
}
"""
[[node]]
name = "lb2"
address = "192.0.2.22/24"
config = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.100
    }
}
"""
"#;

fn read(text: &str) -> Scenario {
    match parse("test.toml", text, Path::new("")) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{problems}"),
    }
}

fn complaint(text: &str) -> String {
    match parse("test.toml", text, Path::new("")) {
        Ok(loaded) => panic!("no complaint: {:?}", loaded.scenario),
        Err(problems) => problems.render(false),
    }
}

fn with_pair(text: &str) -> String {
    format!("{PAIR}{text}")
}

#[test]
fn a_pair_gets_names_configs_and_addresses() {
    let scenario = read(&format!("title = \"A pair\"\nseed = 7\n{PAIR}"));
    assert_eq!((scenario.name.as_str(), scenario.seed), ("A pair", 7));
    let names: Vec<_> = scenario.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["lb1", "lb2"]);
    let eth0 = "eth0".parse().unwrap();
    let address = |n: usize| {
        scenario.nodes[n].interfaces[&eth0].addresses[0]
            .address
            .to_string()
    };
    assert_eq!(
        (address(0), address(1)),
        ("192.0.2.1".into(), "192.0.2.22".into())
    );
}

#[test]
fn faults_are_read_in_both_their_forms() {
    let way = || Way {
        from: "lb1".into(),
        to: "lb2".into(),
    };
    let cases = [
        ("crash = \"lb1\"", Fault::Crash("lb1".into())),
        ("cut = \"lb1 -> lb2\"", Fault::Cut(way())),
        ("cut = { from = \"lb1\", to = \"lb2\" }", Fault::Cut(way())),
        (
            "cut = \"lb1 <-> lb2\"",
            Fault::CutBoth(["lb1".into(), "lb2".into()]),
        ),
        (
            "heal = \"lb1 <-> lb2\"",
            Fault::HealBoth(["lb1".into(), "lb2".into()]),
        ),
        ("heal = \"all\"", Fault::HealAll {}),
        (
            "lose-resignation = \"lb1 -> lb2\"",
            Fault::LoseResignation(way()),
        ),
        (
            "loss = { from = \"lb1\", to = \"lb2\", percent = \"20%\" }",
            Fault::Loss {
                from: "lb1".into(),
                to: "lb2".into(),
                percent: Share::percent(20),
            },
        ),
        (
            "cut = \"lb1 -> client1\"",
            Fault::Cut(Way {
                from: "lb1".into(),
                to: "client1".into(),
            }),
        ),
    ];
    for (text, fault) in cases {
        let scenario = read(&with_pair(&format!("[[fault]]\nat = \"1.5s\"\n{text}\n")));
        assert_eq!(scenario.faults[0].fault, fault, "{text}");
        assert_eq!(scenario.faults[0].at, Instant::from_millis(1500));
    }
}

#[test]
fn expectations_name_instances_and_spans() {
    let text = r#"
[[expect]]
at = "5s"
master = { VI_1 = "lb1" }
[[expect]]
throughout = ["6s", "7s"]
master = { VI_1 = "several" }
clients-reach = { VI_1 = "lb2" }
"#;
    let expected = read(&with_pair(text)).expectations;
    assert_eq!(expected[0].when, When::At(Instant::from_millis(5000)));
    assert_eq!(expected[0].expected, Expected::Master("lb1".into()));
    assert_eq!(expected[1].expected, Expected::Several);
    assert_eq!(expected[2].expected, Expected::ClientsReach("lb2".into()));
    assert_eq!(expected[2].when.end(), Instant::from_millis(7000));
}

#[test]
fn the_rest_of_the_file_is_heard_too() {
    let text = r#"
expect-violations = ["one-master"]
ignore = ["I17"]
bounds = { I1 = "2s" }
heal-at = "30s"
mend = ["links", "start"]
liveness = "9s"
network = { delay = "1ms", jitter = "2ms" }
clients = 3
"#;
    let scenario = read(&format!("{text}{PAIR}"));
    assert_eq!(scenario.expected_violations, [InvariantId::I1]);
    assert_eq!(scenario.disabled, [InvariantId::I17]);
    assert_eq!(scenario.bounds[&InvariantId::I1], Duration::from_secs(2));
    assert_eq!(scenario.fault_phase_end, Some(Instant::from_millis(30_000)));
    assert_eq!(scenario.liveness, Some(Duration::from_secs(9)));
    assert!(scenario.healing.links && scenario.healing.start && !scenario.healing.scripts);
    assert_eq!(scenario.links.jitter, Duration::from_millis(2));
    assert_eq!(scenario.clients, 3);
}

#[test]
fn an_unknown_key_is_shown_with_line_caret_and_the_nearest_key() {
    insta::assert_snapshot!(complaint(&with_pair(
        "[[fault]]\nat = \"1s\"\ncrsh = \"lb1\"\n"
    )));
}

#[test]
fn an_unknown_node_is_shown_with_the_nodes_that_there_are() {
    insta::assert_snapshot!(complaint(&with_pair(
        "[[fault]]\nat = \"1s\"\ncrash = \"web\"\n"
    )));
}

#[test]
fn a_bad_time_is_shown_with_what_a_time_looks_like() {
    insta::assert_snapshot!(complaint(&with_pair(
        "[[fault]]\nat = \"soon\"\ncrash = \"lb1\"\n"
    )));
}

#[test]
fn all_problems_are_found_at_once() {
    let text = r#"
sed = 7
[[fault]]
at = "9s"
cut = "lb1 lb2"
[[fault]]
at = "8s"
crash = "lb2"
pause = "lb1"
[[fault]]
at = 7
script-fail = { node = "lb2", script = "chk_x" }
[[fault]]
at = "6s"
loss = { from = "lb1", to = "lb2", percent = "120%" }
[[expect]]
at = "5s"
master = { VI_2 = "lb1" }
[[expect]]
within = ["5s", "4s"]
master = { VI_1 = "lb9" }
"#;
    // `sed` belongs before the first table.
    let (first, rest) = text.split_at(9);
    insta::assert_snapshot!(complaint(&format!("{first}{PAIR}{rest}")));
}

#[test]
fn a_wrong_configuration_is_shown_at_the_scenario_s_own_line() {
    let text = PAIR.replacen("virtual_router_id 51", "virtual_router_id 300", 1);
    let complaint = complaint(&text);
    assert!(complaint.contains("test.toml:8:"), "{complaint}");
}

#[test]
fn what_is_not_toml_is_said_so() {
    let complaint = complaint("title = \n");
    assert!(
        complaint.contains("not TOML") && complaint.contains("test.toml:1"),
        "{complaint}"
    );
}

#[test]
fn a_scenario_needs_a_node() {
    assert!(complaint("title = \"nothing\"\n").contains("a scenario lacks `node`"));
}
