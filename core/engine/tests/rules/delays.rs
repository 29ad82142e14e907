//! Links that must keep their state before it counts, and instances that wait at the start.

use std::time::Duration;

use bellwether_core::event::{Link, LinkReport};
use bellwether_core::model::{Config, InterfaceDelay, Parts};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Event, Instant};

use super::support::{Bench, MAC, eth0, instance, transitions};

fn delayed(down: u64, up: u64) -> Config {
    let mut parts = Parts::default();
    parts.globals.interface_delays = vec![InterfaceDelay {
        interface: eth0(),
        down: Duration::from_millis(down),
        up: Duration::from_millis(up),
    }];
    parts.instances = vec![instance(100)];
    Config::new(parts).unwrap()
}

#[test]
fn a_link_that_flickers_has_not_changed() {
    let mut bench = Bench::new(delayed(500, 200));
    assert_eq!(
        bench.state(),
        State::Backup,
        "its first state counts at once"
    );
    bench.take();
    for _ in 0..5 {
        bench.link(false);
        bench.run_for_millis(499);
        bench.link(true);
        bench.run_for_millis(1);
    }
    assert_eq!(transitions(&bench.take()), []);
}

#[test]
fn a_change_counts_once_it_has_lasted_for_the_delay_of_its_direction() {
    let mut bench = Bench::new(delayed(500, 200));
    bench.link(false);
    bench.run_for_millis(499);
    assert_eq!(bench.state(), State::Backup);
    bench.run_for_millis(1);
    assert_eq!(bench.state(), State::Fault);
    bench.link(true);
    bench.run_for_millis(100);
    // Said twice, it counts from the first time.
    bench.link(true);
    bench.run_for_millis(99);
    assert_eq!(bench.state(), State::Fault);
    bench.run_for_millis(1);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn no_delay_is_none() {
    let mut bench = Bench::new(delayed(500, 0));
    bench.link(false);
    bench.run_for_millis(500);
    bench.link(true);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn an_interface_that_goes_or_is_another_one_is_not_waited_for() {
    let mut bench = Bench::new(delayed(500, 500));
    bench.event(Event::Link(LinkReport {
        interface: eth0(),
        link: None,
    }));
    assert_eq!(bench.state(), State::Fault);
    let link = Some(Link {
        index: 7,
        up: true,
        mac: MAC,
    });
    bench.event(Event::Link(LinkReport {
        interface: eth0(),
        link,
    }));
    bench.addresses(vec![super::support::foreign(super::support::OWN, 24)]);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn instances_wait_at_the_start_as_long_as_they_are_told_to() {
    let mut parts = Parts::default();
    parts.globals.startup_delay = Duration::from_millis(5500);
    parts.instances = vec![instance(255)];
    let mut bench = Bench::new(Config::new(parts).unwrap());
    bench.run_for_millis(5499);
    assert_eq!(bench.state(), State::Init);
    bench.run_for_millis(1);
    let expected = [(State::Init, State::Master, Cause::Owner)];
    assert_eq!(transitions(&bench.take()), expected);
}

#[test]
fn a_delay_after_boot_counts_from_the_clock_s_origin() {
    let config = |seconds| {
        let mut parts = Parts::default();
        parts.globals.delay_after_boot = Duration::from_secs(seconds);
        parts.instances = vec![instance(100)];
        Config::new(parts).unwrap()
    };
    let mut early = Bench::new(config(10));
    early.run_for_millis(9999);
    assert_eq!(early.state(), State::Init);
    early.run_for_millis(1);
    assert_eq!(early.state(), State::Backup);
    let booted_long_ago = Instant::from_millis(10_000);
    let node = bellwether_core::Node::new(config(10), booted_long_ago);
    assert_eq!(node.poll_timeout(), None, "nothing to wait for but links");
}
