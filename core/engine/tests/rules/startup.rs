//! S1 to S3: how an instance leaves INIT.

use std::time::Duration;

use super::support::{
    Bench, OWN, VIP, adverts, announcements, config, foreign, instance, transitions,
};
use bellwether_core::event::LinkReport;
use bellwether_core::unit::Priority;
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::{Effect, Event};

#[test]
fn a_lone_backup_becomes_master_after_exactly_its_master_down_interval() {
    // RFC 3768 6.1 by hand: 3 x 1 s + 156/256 s.
    let mut bench = Bench::single(instance(100));
    bench.run_for(Duration::from_nanos(3_609_374_999));
    assert_eq!(bench.state(), State::Backup);
    bench.run_for(Duration::from_nanos(1));
    assert_eq!(bench.state(), State::Master);
    assert_eq!(
        transitions(&bench.take()),
        [
            (State::Init, State::Backup, Cause::Startup),
            (State::Backup, State::Master, Cause::DownTimer)
        ]
    );
}

#[test]
fn an_owner_is_master_at_once() {
    let mut bench = Bench::single(instance(255));
    assert_eq!(bench.state(), State::Master);
    let seen = bench.take();
    assert_eq!(adverts(&seen), [255], "S1: an advert first");
    assert_eq!(announcements(&seen).len(), 5);
    assert!(
        announcements(&seen)
            .iter()
            .all(|announce| announce.address == VIP)
    );
}

#[test]
fn nothing_happens_before_the_interface_is_known() {
    let mut bench = Bench::dark(config(vec![instance(255)], vec![]));
    assert_eq!(
        bench.take(),
        [Effect::Watch {
            interface: super::support::eth0()
        }]
    );
    bench.run_for_millis(60_000);
    assert_eq!((bench.state(), bench.take()), (State::Init, vec![]));
    bench.link(true);
    assert_eq!(
        bench.state(),
        State::Init,
        "its addresses are not known yet"
    );
    bench.addresses(vec![foreign(OWN, 24)]);
    assert_eq!(bench.state(), State::Master);
}

#[test]
fn an_interface_that_is_not_there_is_a_fault_until_it_is() {
    let mut bench = Bench::dark(config(vec![instance(100)], vec![]));
    let gone = LinkReport {
        interface: super::support::eth0(),
        link: None,
    };
    bench.event(Event::Link(gone));
    assert_eq!(bench.state(), State::Fault);
    bench.link(true);
    bench.addresses(vec![foreign(OWN, 24)]);
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn an_interface_without_an_address_is_a_fault() {
    let mut bench = Bench::dark(config(vec![instance(100)], vec![]));
    bench.link(true);
    bench.addresses(vec![]);
    assert_eq!(bench.state(), State::Fault);
    bench.event(Event::AddressAdded(foreign(OWN, 24)));
    assert_eq!(bench.state(), State::Backup);
}

#[test]
fn init_and_fault_ignore_adverts() {
    let mut bench = Bench::dark(config(vec![instance(100)], vec![]));
    bench.hear(super::support::HIGHER, 0);
    bench.hear(super::support::HIGHER, 200);
    assert_eq!(bench.state(), State::Init);
    assert_eq!(
        bench.node.instances()[0].effective_priority(),
        Priority(100)
    );
}
