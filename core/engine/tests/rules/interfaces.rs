//! Tracked interfaces (keepalived: `track_interface`, `dont_track_primary`), and two knobs of
//! timing.

use bellwether_core::Event;
use bellwether_core::event::{Link, LinkReport};
use bellwether_core::model::{GarpPolicy, Instance, Tracked};
use bellwether_core::unit::Weight;
use bellwether_core::vrrp::{Cause, State};

use super::support::{Bench, LOWER, MAC, announcements, instance, transitions};

fn tracking(weight: i16, reverse: bool) -> Instance {
    let mut tracking = instance(100);
    let weight = Weight::try_from(weight).unwrap();
    tracking.trackers.interfaces = vec![Tracked {
        reverse,
        ..Tracked::new("eth1".parse().unwrap(), weight)
    }];
    tracking
}

fn eth1(bench: &mut Bench, up: bool) {
    bench.event(Event::Link(LinkReport {
        interface: "eth1".parse().unwrap(),
        link: Some(Link {
            index: 3,
            up,
            mac: MAC,
        }),
    }));
    bench.event(Event::Addresses {
        interface: "eth1".parse().unwrap(),
        addresses: vec![],
    });
}

#[test]
fn a_weight_counts_while_the_interface_is_down_or_up() {
    for (weight, reverse, up, expected) in [
        (-20, false, true, 100),
        (-20, false, false, 80),
        (20, false, true, 120),
        (20, false, false, 100),
        (-20, true, true, 80),
        (20, true, false, 120),
    ] {
        let mut bench = Bench::single(tracking(weight, reverse));
        eth1(&mut bench, up);
        assert_eq!(bench.priority(), expected, "{weight} {reverse} {up}");
        assert_eq!(bench.state(), State::Backup);
    }
}

#[test]
fn without_a_weight_it_is_a_fault_and_unknown_is_waited_for() {
    let mut bench = Bench::single(tracking(0, false));
    assert_eq!(bench.state(), State::Init, "eth1 is not known yet");
    eth1(&mut bench, true);
    assert_eq!(bench.state(), State::Backup);
    bench.take();
    eth1(&mut bench, false);
    let changes = transitions(&bench.take());
    assert_eq!(changes, [(State::Backup, State::Fault, Cause::LinkDown)]);
}

#[test]
fn the_own_interface_may_be_left_out() {
    let mut careless = instance(100);
    careless.track_primary = false;
    let mut bench = Bench::single(careless);
    bench.run_for_millis(4000);
    bench.link(false);
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn a_master_that_kept_its_role_announces_when_its_interface_is_back() {
    let mut careless = instance(100);
    careless.track_primary = false;
    let mut bench = Bench::single(careless);
    bench.run_for_millis(20_000);
    bench.link(false);
    bench.run_for_millis(1000);
    bench.take();
    bench.link(true);
    assert_eq!(announcements(&bench.take()).len(), 5);
}

#[test]
fn a_tracked_interface_counts_before_its_addresses_are_known() {
    let mut bench = Bench::single(tracking(20, false));
    bench.event(Event::Link(LinkReport {
        interface: "eth1".parse().unwrap(),
        link: Some(Link {
            index: 3,
            up: true,
            mac: MAC,
        }),
    }));
    assert_eq!(bench.priority(), 120);
}

#[test]
fn more_missed_adverts_make_a_backup_more_patient() {
    let mut patient = instance(100);
    patient.down_timer_adverts = 5;
    let mut bench = Bench::single(patient);
    bench.run_for_millis(5609);
    assert_eq!(bench.state(), State::Backup);
    bench.run_for_millis(1);
    assert_eq!(bench.state(), State::Master, "5 x 1 s + 156/256 s");
}

#[test]
fn a_losing_advert_has_a_batch_size_and_a_delay_of_its_own() {
    let mut busy = instance(100);
    busy.garp = GarpPolicy {
        losing_repeat: 2,
        losing_delay: std::time::Duration::from_secs(3),
        ..GarpPolicy::default()
    };
    let mut bench = Bench::master(busy);
    bench.hear(LOWER, 50);
    assert_eq!(announcements(&bench.take()).len(), 2);
    bench.run_for_millis(2999);
    assert_eq!(announcements(&bench.take()).len(), 0);
    bench.run_for_millis(2);
    assert_eq!(announcements(&bench.take()).len(), 2);
}
