//! The end of the daemon.

use bellwether_core::Event;
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp};
use bellwether_core::model::lvs::VirtualServer;
use bellwether_core::model::{FlushOnStop, Globals};

use crate::support::{Bench, config, config_with, server, virtual_server};

fn omega() -> VirtualServer {
    VirtualServer {
        omega: true,
        quorum: 2,
        ..virtual_server(vec![server(1), server(2)])
    }
}

#[test]
fn all_services_of_ours_are_removed_and_no_check_goes_on() {
    let mut bench = Bench::new(config(vec![virtual_server(vec![server(1)])]));
    bench.seconds(5);
    bench.hang(1);
    bench.seconds(6);
    assert_eq!(bench.waiting.len(), 1);
    bench.event(Event::Shutdown);
    assert!(bench.stopped);
    assert!(bench.table.services.is_empty());
    assert_eq!(bench.waiting.len(), 0);
}

#[test]
fn with_omega_it_is_told_as_servers_going_down_and_the_quorum_with_them() {
    let mut bench = Bench::new(config(vec![omega()]));
    bench.take_told();
    bench.event(Event::Shutdown);
    let expected = [
        "RS [10.0.0.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN",
        "VS [192.0.2.1]:tcp:80 DOWN",
        "RS [10.0.0.2]:tcp:80 [192.0.2.1]:tcp:80 DOWN",
    ];
    assert_eq!(bench.take_told(), expected);
}

#[test]
fn without_omega_nothing_is_told() {
    let mut bench = Bench::new(config(vec![virtual_server(vec![server(1)])]));
    bench.take_told();
    bench.event(Event::Shutdown);
    assert_eq!(bench.take_told(), [""; 0]);
}

#[test]
fn flush_on_stop_empties_the_whole_table() {
    let mut globals = Globals::default();
    globals.lvs.flush_on_stop = FlushOnStop::All;
    let mut bench = Bench::new(config_with(vec![virtual_server(vec![server(1)])], globals));
    bench.take_ops();
    bench.event(Event::Shutdown);
    assert_eq!(bench.take_ops(), [IpvsOp::Flush]);
    assert!(bench.stopped);
}

#[test]
fn a_removal_that_fails_is_tried_again_but_not_for_ever() {
    let mut bench = Bench::new(config(vec![virtual_server(vec![server(1)])]));
    bench.refusals = vec![Some(IpvsError::Invalid)];
    bench.event(Event::Shutdown);
    assert!(!bench.stopped);
    bench.seconds(1);
    assert!(bench.stopped);
    assert!(bench.table.services.is_empty());

    let mut bench = Bench::new(config(vec![virtual_server(vec![server(1)])]));
    bench.refusals = vec![Some(IpvsError::Invalid); 10];
    bench.event(Event::Shutdown);
    bench.seconds(5);
    assert!(bench.stopped);
}
