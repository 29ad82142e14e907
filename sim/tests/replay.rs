//! Journals: what simulated nodes' daemons would have written is run again.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

mod common;

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use bellwether_core::model::Config;
use bellwether_core::unit::Priority;
use bellwether_runtime::journal::{Head, Line, Origin, Reader, Step, effects};
use bellwether_sim::fault::{Fault, ScriptRun, TimedFault};
use bellwether_sim::generate::{Shape, balancers, scenario};
use bellwether_sim::log::{NodeId, What};
use bellwether_sim::present::Palette;
use bellwether_sim::replay::{Replay, Source, replay, show, verdict, what_if};
use bellwether_sim::run::run_with_journals;
use bellwether_sim::scenario::Scenario;
use common::{at, config, instance, pair};

/// Every node's journal.
fn journals(scenario: &Scenario, seed: u64) -> Vec<Vec<u8>> {
    let (_, tape) = run_with_journals(scenario, seed).unwrap();
    let nodes = 0..u16::try_from(scenario.nodes.len()).unwrap();
    nodes.map(|node| tape.journal(NodeId(node))).collect()
}

/// A pair of which the master loses its power after 10 s.
fn failover() -> Scenario {
    let mut scenario = pair("power failure", 100, 90);
    scenario.faults = vec![TimedFault {
        at: at("10s"),
        fault: Fault::PowerOff("lb1".into()),
    }];
    scenario
}

fn source(journal: &[u8]) -> Source {
    Source::new("j", Cursor::new(journal.to_vec())).unwrap()
}

fn replayed(journal: &[u8], with: Option<&Config>) -> Replay {
    replay(vec![source(journal)], with).unwrap()
}

fn lines(journal: &[u8]) -> Vec<Line> {
    let mut reader = Reader::new(journal);
    std::iter::from_fn(|| reader.next_line().unwrap()).collect()
}

fn written(lines: &[Line]) -> Vec<u8> {
    let line = |line| serde_json::to_string(line).unwrap() + "\n";
    lines.iter().map(line).collect::<String>().into_bytes()
}

#[test]
fn the_same_core_wants_the_same_again() {
    let random = (0..12).map(|seed| (seed, scenario(seed, Shape::default())));
    let services = (0..6).map(|seed| (seed, balancers(seed)));
    let mut events = 0;
    for (seed, scenario) in random.chain(services) {
        for journal in journals(&scenario, seed) {
            let replay = replayed(&journal, None);
            let difference = &replay.outcome.difference;
            assert!(difference.is_none(), "seed {seed}: {difference:?}");
            events += replay.outcome.events;
        }
    }
    assert!(events > 10_000, "{events}");
}

/// A node that was written down and read again decides as the one that lived on: at any moment.
#[test]
fn a_node_goes_on_from_where_it_was_written_down() {
    let random = (0..4).map(|seed| (seed, scenario(seed, Shape::default())));
    let services = (0..2).map(|seed| (seed, balancers(seed)));
    for (seed, scenario) in random.chain(services) {
        for journal in journals(&scenario, seed) {
            let mut node = None;
            for line in lines(&journal) {
                match line {
                    Line::Head(head) => node = Some(head.from.node(head.at)),
                    Line::Step(step) => {
                        let node = node.as_mut().unwrap();
                        let text = serde_json::to_string(node).unwrap();
                        *node = serde_json::from_str(&text).unwrap();
                        step.input.tell(node, step.at);
                        assert_eq!(effects(node), step.effects, "seed {seed}, step {}", step.n);
                    }
                }
            }
        }
    }
}

#[test]
fn one_changed_effect_is_noticed_with_its_place() {
    let journal = journals(&failover(), 0).remove(1);
    let mut lines = lines(&journal);
    let is_takeover = |line: &Line| match line {
        Line::Step(step) => format!("{step:?}").contains("to: Master"),
        Line::Head(_) => false,
    };
    let place = lines.iter().position(is_takeover).unwrap();
    let Line::Step(Step { effects, .. }) = &mut lines[place] else {
        unreachable!("it was looked for");
    };
    let left_out = effects.pop().unwrap();
    let replay = replayed(&written(&lines), None);
    let difference = replay.outcome.difference.clone().unwrap();
    assert_eq!(difference.place, format!("'j', line {}", place + 1));
    assert_eq!(difference.got, [left_out]);
    assert_eq!(difference.expected, []);
    let said = verdict(&replay, None, Palette::PLAIN);
    assert!(said.contains("and then a difference, at 13.25"), "{said}");
    assert!(said.contains("recorded: nothing more"), "{said}");
}

#[test]
fn what_is_shown_is_what_the_node_knew() {
    let journal = journals(&failover(), 0).remove(1);
    let replay = replayed(&journal, None);
    let text = show(&replay, Palette::PLAIN) + &verdict(&replay, None, Palette::PLAIN);
    insta::assert_snapshot!("replay_failover", text);
}

#[test]
fn with_the_same_configuration_nothing_would_have_been_otherwise() {
    for seed in 0..12 {
        let scenario = scenario(seed, Shape::default());
        for (node, journal) in scenario.nodes.iter().zip(journals(&scenario, seed)) {
            if format!("{:?}", scenario.faults).contains("Reload") {
                continue;
            }
            let replay = replayed(&journal, Some(&node.config));
            let all = what_if::differences(&replay.log, replay.ended_at);
            let text = show(&replay, Palette::PLAIN);
            assert!(
                all.is_empty(),
                "seed {seed}, {}: {all:#?}\n{text}",
                node.name
            );
        }
    }
}

#[test]
fn another_interval_would_have_taken_over_at_another_time() {
    let scenario = failover();
    let journal = journals(&scenario, 0).remove(1);
    // Nobody hears adverts of another interval in version 2: it would have been master too early.
    let mut other = instance(90);
    other.advert_interval = 200.try_into().unwrap();
    let replay = replayed(&journal, Some(&config(other)));
    let text = verdict(&replay, Some("new.conf"), Palette::PLAIN);
    insta::assert_snapshot!("replay_with_another_interval", text);
}

#[test]
fn a_higher_priority_would_have_been_master_from_the_start() {
    let journal = journals(&failover(), 0).remove(1);
    let replay = replayed(&journal, Some(&config(instance(200))));
    let all = what_if::differences(&replay.log, replay.ended_at);
    let [only] = all.as_slice() else {
        unreachable!("one instance, and another outcome: {all:?}");
    };
    assert_eq!(only.name.as_str(), "VI_1");
    // 3 s and (256 - 200) / 256 s after the start.
    let would_be = only.what_if.as_ref().unwrap();
    assert!(
        (at("3.218s")..at("3.221s")).contains(&would_be.at),
        "{would_be:?}"
    );
    assert!(matches!(
        &would_be.what,
        What::Transition {
            priority: Priority(200),
            ..
        }
    ));
}

/// The recorded script's results hold for the other node's runs of it.
#[test]
fn another_weight_counts_from_the_same_failure() {
    let tracking = |weight: i16| {
        let text = format!(
            "vrrp_script chk {{\n script /bin/true\n weight {weight}\n}}\n\
             vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 100\n \
             virtual_ipaddress {{\n 192.0.2.100\n }}\n track_script {{\n chk\n }}\n}}\n"
        );
        let outcome = bellwether_config::parse("a", &text, &bellwether_config::Options::default());
        outcome.config.unwrap()
    };
    let mut scenario = failover();
    scenario.nodes[0].config = tracking(-5);
    scenario.faults = vec![TimedFault {
        at: at("10s"),
        fault: Fault::ScriptFail(ScriptRun {
            node: "lb1".into(),
            script: "chk".into(),
            takes: None,
        }),
    }];
    let journal = journals(&scenario, 0).remove(0);
    let replay = replayed(&journal, Some(&tracking(-20)));
    let drops = replay.log.entries.iter().filter_map(|entry| {
        if let What::Priority { to, .. } = &entry.what {
            Some((entry.node.unwrap().0, entry.at, to.0))
        } else {
            None
        }
    });
    let drops: Vec<_> = drops.take(2).collect();
    let [(0, then, 95), (1, also, 80)] = drops.as_slice() else {
        unreachable!("both lose priority, each by its weight: {drops:?}");
    };
    assert_eq!(then, also);
}

#[test]
fn a_missing_beginning_a_gap_and_a_restart_are_told() {
    let journal = journals(&failover(), 0).remove(1);
    let all = lines(&journal);
    let Line::Head(first) = &all[0] else {
        unreachable!("a journal begins with a head");
    };
    // What the daemon's thread does: the whole node, between two steps.
    let head_before = |place: usize| {
        let mut node = first.from.node(first.at);
        let mut last = first.at;
        for line in &all[1..place] {
            if let Line::Step(step) = line {
                step.input.clone().tell(&mut node, step.at);
                effects(&mut node);
                last = step.at;
            }
        }
        Line::Head(Box::new(Head {
            at: last,
            step: u64::try_from(place - 1).unwrap(),
            from: Origin::Life(Box::new(node)),
            ..(**first).clone()
        }))
    };
    let end = &[head_before(40)][..];
    let rest = [end, &all[40..]].concat();
    let remarks = |parts: &[&[Line]]| {
        let sources = parts.iter().map(|part| source(&written(part)));
        let replay = replay(sources.collect(), None).unwrap();
        let difference = &replay.outcome.difference;
        assert!(difference.is_none(), "{difference:?}");
        let texts = replay.remarks.into_iter().map(|(_, text)| text);
        texts.collect::<Vec<_>>()
    };
    assert_eq!(
        remarks(&[&all[..40], &rest]),
        [""; 0],
        "rotated, and nothing missing"
    );
    let cut = "what was before step 39 is missing: the node is as it was recorded there";
    assert_eq!(remarks(&[&rest]), [cut]);
    let gap = "9 steps are missing: from here on the node is as it was recorded";
    assert_eq!(remarks(&[&all[..31], &rest]), [gap]);
    let again = "the daemon was started again, without a stop before";
    assert_eq!(remarks(&[&all, &all]), [again]);
}

#[test]
fn a_node_that_is_recorded_otherwise_is_noticed() {
    let journal = journals(&failover(), 0).remove(1);
    let mut all = lines(&journal);
    let Line::Head(first) = &all[0] else {
        unreachable!("a journal begins with a head");
    };
    let head = Line::Head(Box::new(Head {
        step: 20,
        // Twenty steps later it is no longer as it was.
        from: Origin::Life(Box::new(first.from.node(first.at))),
        ..(**first).clone()
    }));
    all.insert(21, head);
    let replay = replayed(&written(&all), None);
    assert!(replay.outcome.difference.unwrap().input.is_none());
}

/// Runs `bellwether-sim replay` in a folder: its exit status, and what it says and complains of.
fn command(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
        .arg("replay")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Exit status and messages of the command.
#[test]
fn the_command_tells_good_from_bad() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journals(&failover(), 0).remove(1);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let text = String::from_utf8(journal.clone()).unwrap();
    write("good", &journal);
    write("torn", &journal[..journal.len() - 20]);
    write(
        "edited",
        text.replace("MasterDown", "Advert")
            .replace("\"hop_limit\":255", "\"hop_limit\":254")
            .as_bytes(),
    );
    let second_line = text.lines().nth(1).unwrap();
    write(
        "garbage",
        text.replace(second_line, "a cat walked here").as_bytes(),
    );
    write("headless", text.split_once('\n').unwrap().1.as_bytes());
    write(
        "hole",
        text.replace(&format!("{second_line}\n"), "").as_bytes(),
    );
    write("empty", b"");
    write("bad.conf", b"vrrp_instance a {\n priority many\n}\n");
    let run = |args: &[&str]| command(folder.path(), args);
    let (code, out, _) = run(&["-q", "good"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.ends_with("effects: the same\n"), "{out}");
    let (code, out, _) = run(&["torn"]);
    assert!(
        code == 0 && out.contains("the last line of 'torn' is cut off"),
        "{out}"
    );
    let (code, out, _) = run(&["-q", "edited"]);
    assert!(code == 1 && out.contains("and then a difference"), "{out}");
    for (args, expected) in [
        (
            &["garbage"][..],
            "error: 'garbage': line 2 is no line of a journal",
        ),
        (
            &["headless"],
            "error: 'headless' does not say from which node it starts",
        ),
        (
            &["hole"],
            "error: 'hole', line 2: step 1 where step 0 is due; lines are missing",
        ),
        (&["empty"], "error: there is nothing in the journal"),
        (&["absent"], "error: can't read 'absent'"),
        (&["good", "--with", "bad.conf"], "error"),
    ] {
        let (code, _, err) = run(args);
        assert!(
            code == 2 && err.starts_with(expected),
            "{args:?}: {code} {err}"
        );
    }
}
