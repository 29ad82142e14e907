//! Tracked files and processes: what a node asks for, and what the answers do.

use std::time::Duration;

use bellwether_core::model::{Config, Instance, Parts, SyncGroup, TrackFile, TrackProcess};
use bellwether_core::track::{FileContent, Followed, Sighting, TrackerKind, Verdict};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Effect, Event};

use super::support::{Bench, adverts, instance, tracked, transitions};

fn file() -> TrackFile {
    TrackFile::new("load".into(), "/run/load")
}

fn processes() -> TrackProcess {
    TrackProcess::new("haproxy".into(), "haproxy")
}

fn parts(tracking: Instance) -> Parts {
    Parts {
        files: vec![file()],
        processes: vec![processes()],
        instances: vec![tracking],
        ..Parts::default()
    }
}

fn config(tracking: Instance) -> Config {
    Config::new(parts(tracking)).unwrap()
}

fn follows_file(priority: u8, weight: i16) -> Instance {
    let mut tracking = instance(priority);
    tracking.trackers.files = vec![tracked("load", weight)];
    tracking
}

fn follows_processes(priority: u8, weight: i16) -> Instance {
    let mut tracking = instance(priority);
    tracking.trackers.processes = vec![tracked("haproxy", weight)];
    tracking
}

fn reads(bench: &mut Bench, content: FileContent) {
    bench.event(Event::Sighting(Sighting::File {
        file: "load".into(),
        content,
    }));
}

fn counts(bench: &mut Bench, count: u32) {
    bench.event(Event::Sighting(Sighting::Processes {
        processes: "haproxy".into(),
        count,
    }));
}

/// What was asked for and given up, in order.
fn asked(effects: &[Effect]) -> Vec<String> {
    let asked = |effect: &Effect| match effect {
        Effect::Follow(followed) => Some(format!("+{}", followed.name())),
        Effect::Unfollow { kind, name } => Some(format!("-{kind} {name}")),
        _ => None,
    };
    effects.iter().filter_map(asked).collect()
}

#[test]
fn only_what_somebody_tracks_is_followed() {
    let nobody = Bench::new(config(instance(100)));
    assert_eq!(asked(&nobody.seen), [""; 0]);
    let somebody = Bench::new(config(follows_file(100, 1)));
    assert_eq!(asked(&somebody.seen), ["+load"]);
    let expected = Effect::Follow(Box::new(Followed::File(file())));
    assert!(somebody.seen.contains(&expected));
}

#[test]
fn the_number_in_a_file_times_its_weight_is_added() {
    let mut bench = Bench::new(config(follows_file(100, 3)));
    assert_eq!(bench.priority(), 100, "before it was read nothing counts");
    for (content, expected) in [
        (FileContent::Number(5), 115),
        (FileContent::Number(-11), 67),
        (FileContent::OutOfRange, 67),
        (FileContent::Missing, 100),
        (FileContent::Number(1), 103),
        (FileContent::Unreadable, 100),
        (FileContent::Number(2), 106),
        (FileContent::NoNumber, 100),
        (FileContent::Number(i32::MAX), 254),
    ] {
        reads(&mut bench, content);
        assert_eq!(bench.priority(), expected, "{content:?}");
    }
}

#[test]
fn a_product_below_minus_253_is_a_fault() {
    let mut bench = Bench::new(config(follows_file(200, 2)));
    reads(&mut bench, FileContent::Number(0));
    bench.run_for_millis(5000);
    assert_eq!(bench.state(), State::Master);
    bench.take();
    reads(&mut bench, FileContent::Number(-126));
    assert_eq!((bench.state(), bench.priority()), (State::Master, 1));
    reads(&mut bench, FileContent::Number(-127));
    let seen = bench.take();
    let fault = (State::Master, State::Fault, Cause::FileFailed);
    assert_eq!(transitions(&seen), [fault]);
    assert_eq!(adverts(&seen).last(), Some(&0));
    reads(&mut bench, FileContent::Number(-126));
    let recovered = (State::Fault, State::Backup, Cause::Recovered);
    assert_eq!(transitions(&bench.take()), [recovered]);
}

#[test]
fn a_file_of_weight_0_holds_the_start_and_any_number_but_0_is_a_fault() {
    let mut bench = Bench::new(config(follows_file(100, 0)));
    bench.run_for_millis(10);
    assert_eq!(bench.state(), State::Init);
    reads(&mut bench, FileContent::Missing);
    assert_eq!(bench.state(), State::Backup);
    reads(&mut bench, FileContent::Number(1));
    assert_eq!(bench.state(), State::Fault);
    reads(&mut bench, FileContent::Number(0));
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn too_few_processes_of_weight_0_are_a_fault_once_the_delay_is_over() {
    let mut parts = parts(follows_processes(100, 0));
    parts.processes[0].quorum = 2;
    parts.processes[0].terminate_delay = Duration::from_millis(300);
    let mut bench = Bench::new(Config::new(parts).unwrap());
    assert_eq!(bench.state(), State::Init);
    counts(&mut bench, 2);
    assert_eq!(bench.state(), State::Backup);
    counts(&mut bench, 1);
    bench.run_for_millis(299);
    assert_eq!(bench.state(), State::Backup);
    bench.take();
    bench.run_for_millis(1);
    let fault = (State::Backup, State::Fault, Cause::ProcessFailed);
    assert_eq!(transitions(&bench.take()), [fault]);
    counts(&mut bench, 2);
    assert_eq!(bench.state(), State::Backup, "a start has no delay here");
}

#[test]
fn a_weight_of_processes_is_added_while_there_are_enough() {
    let mut bench = Bench::new(config(follows_processes(100, 20)));
    counts(&mut bench, 0);
    assert_eq!(bench.priority(), 100);
    counts(&mut bench, 1);
    assert_eq!(bench.priority(), 120);
}

#[test]
fn what_a_group_tracks_counts_for_every_member() {
    let mut parts = parts(instance(100));
    let mut group = SyncGroup::new("G".into(), vec!["VI_1".into()]);
    group.trackers.files = vec![tracked("load", -5)];
    group.trackers.processes = vec![tracked("haproxy", 0)];
    parts.sync_groups = vec![group];
    let mut bench = Bench::new(Config::new(parts).unwrap());
    assert_eq!(asked(&bench.seen), ["+load", "+haproxy"]);
    counts(&mut bench, 1);
    reads(&mut bench, FileContent::Number(4));
    assert_eq!((bench.state(), bench.priority()), (State::Backup, 80));
    let shown = bench.node.status(bench.now).instances.remove(0).trackers;
    let shown: Vec<_> = shown
        .iter()
        .map(|own| (own.kind, own.verdict, own.number, own.contribution))
        .collect();
    let expected = [
        (TrackerKind::File, Verdict::Up, Some(4), -20),
        (TrackerKind::Process, Verdict::Up, Some(1), 0),
    ];
    assert_eq!(shown, expected);
    counts(&mut bench, 0);
    assert_eq!(bench.state(), State::Fault);
}

#[test]
fn a_reload_goes_on_with_what_is_the_same_and_looks_anew_at_what_is_not() {
    let mut both = follows_file(100, 1);
    both.trackers.processes = vec![tracked("haproxy", 10)];
    let mut bench = Bench::new(config(both.clone()));
    reads(&mut bench, FileContent::Number(7));
    counts(&mut bench, 1);
    assert_eq!(bench.priority(), 117);
    bench.take();

    let mut changed = parts(both);
    changed.processes[0].quorum = 2;
    bench.event(Event::Reload(Box::new(
        Config::new(changed.clone()).unwrap(),
    )));
    assert_eq!(asked(&bench.take()), ["-process haproxy", "+haproxy"]);
    assert_eq!(bench.priority(), 107, "the processes are yet to be counted");
    counts(&mut bench, 1);
    assert_eq!(bench.priority(), 107, "one is too few now");

    changed.files[0].path = "/run/other".to_owned();
    changed.instances[0].trackers.processes.clear();
    bench.event(Event::Reload(Box::new(Config::new(changed).unwrap())));
    let expected = ["-file load", "+load", "-process haproxy"];
    assert_eq!(asked(&bench.take()), expected);
    assert_eq!(bench.priority(), 100);
}

#[test]
fn a_node_that_stops_looks_at_nothing_any_more() {
    let mut bench = Bench::new(config(follows_file(100, 1)));
    bench.take();
    bench.event(Event::Shutdown);
    assert_eq!(asked(&bench.take()), ["-file load"]);
}
