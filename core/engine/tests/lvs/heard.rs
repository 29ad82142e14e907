//! Checks that nobody carries out: the number of a tracked file.

use bellwether_core::model::lvs::{Check, FileCheck, RealServer};
use bellwether_core::model::{Config, Lvs, Parts, TrackFile};
use bellwether_core::track::{FileContent, Sighting, TrackerKind};
use bellwether_core::{Effect, Event, Instant, Node};

use crate::support::{Bench, checker, server, virtual_server};

/// A server whose weight is the file's number times this, added to 10.
fn reads(host: u8, weight: Option<i32>) -> RealServer {
    let check = Check::File(FileCheck {
        file: "load".into(),
        weight,
        reverse: false,
    });
    RealServer {
        weight: 10,
        checkers: vec![checker(check)],
        ..server(host)
    }
}

fn with_file(servers: Vec<RealServer>) -> Config {
    let parts = Parts {
        files: vec![TrackFile::new("load".into(), "/run/load")],
        lvs: Lvs {
            virtual_servers: vec![virtual_server(servers)],
            ..Lvs::default()
        },
        ..Parts::default()
    };
    Config::new(parts).unwrap()
}

fn holds(content: FileContent) -> Event {
    Event::Sighting(Sighting::File {
        file: "load".into(),
        content,
    })
}

#[test]
fn a_file_that_only_a_checker_reads_is_followed_and_not_any_more_when_none_does() {
    let mut node = Node::new(with_file(vec![reads(1, None)]), Instant::ZERO);
    let mut effects = std::iter::from_fn(|| node.poll_effect());
    let followed = effects.any(|effect| matches!(effect, Effect::Follow(_)));
    assert!(followed);
    let reload = Event::Reload(Box::new(with_file(vec![server(1)])));
    node.handle(Instant::ZERO, reload);
    let mut effects = std::iter::from_fn(|| node.poll_effect());
    let dropped = effects.any(|effect| {
        let name = "load".into();
        let kind = TrackerKind::File;
        effect == Effect::Unfollow { kind, name }
    });
    assert!(dropped);
}

/// keepalived: the number times the weight is added to the server's weight.
#[test]
fn the_number_moves_the_weight() {
    let mut bench = Bench::new(with_file(vec![reads(1, None), reads(2, Some(-3))]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 10", "10.0.0.2:80 10"]);
    bench.event(holds(FileContent::Number(2)));
    assert_eq!(bench.rows(), ["10.0.0.1:80 12", "10.0.0.2:80 4"]);
    bench.take_ops();
    bench.event(holds(FileContent::Number(2)));
    assert_eq!(bench.take_ops(), [], "the same number is no news");
    bench.event(holds(FileContent::Missing));
    assert_eq!(bench.rows(), ["10.0.0.1:80 10", "10.0.0.2:80 10"]);
}

/// keepalived: with weight 0 any number but 0 is down.
#[test]
fn without_a_weight_any_number_but_0_is_down() {
    let mut bench = Bench::new(with_file(vec![reads(1, Some(0)), server(2)]));
    bench.event(holds(FileContent::Number(1)));
    assert!(!bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.2:80 1"]);
    bench.event(holds(FileContent::Number(0)));
    assert!(bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.1:80 10", "10.0.0.2:80 1"]);
}

#[test]
fn a_checker_that_a_reload_brings_hears_what_is_known() {
    let mut bench = Bench::new(with_file(vec![reads(1, None), server(2)]));
    bench.event(holds(FileContent::Number(5)));
    bench.reload(with_file(vec![reads(1, None), reads(2, None)]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 15", "10.0.0.2:80 15"]);
    // Nobody reads it for a while; what it held then is not believed later.
    bench.reload(with_file(vec![server(1), server(2)]));
    bench.reload(with_file(vec![reads(1, None), server(2)]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 10", "10.0.0.2:80 1"]);
    bench.event(holds(FileContent::Number(1)));
    assert_eq!(bench.rows(), ["10.0.0.1:80 11", "10.0.0.2:80 1"]);
}
