//! A reload changes what it changes.

use std::time::Duration;

use bellwether_core::kernel::ipvs::IpvsOp;
use bellwether_core::model::Config;
use bellwether_core::model::lvs::{RealServer, Scheduler, VirtualServer};

use crate::support::{
    Bench, alpha, config, misc, server, service_at, sorry, virtual_server, weighing,
};

fn quick(host: u8) -> RealServer {
    let mut own = server(host);
    own.checkers[0].schedule.retry = 0;
    own
}

fn of(servers: Vec<RealServer>) -> Config {
    config(vec![virtual_server(servers)])
}

#[test]
fn the_same_file_does_nothing() {
    let same = of(vec![quick(1), quick(2)]);
    let mut bench = Bench::new(same.clone());
    bench.seconds(5);
    bench.take_ops();
    bench.take_told();
    bench.reload(same);
    assert_eq!(bench.take_ops(), []);
    assert_eq!(bench.take_told(), [""; 0]);
    bench.seconds(10);
    assert_eq!(bench.probes_of(1), [0, 10_000], "its schedule too");
}

#[test]
fn servers_that_stay_keep_their_verdicts_and_there_is_no_dip() {
    let mut bench = Bench::new(of(vec![quick(1), quick(2)]));
    bench.fail(2);
    bench.seconds(15);
    bench.take_ops();
    bench.reload(of(vec![quick(1), quick(2), quick(3)]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.3:80 1"]);
    assert!(!bench.is_up(1));
    assert_eq!(bench.take_ops().len(), 1);
}

#[test]
fn a_server_that_goes_is_removed_and_told_as_down_if_it_was_up() {
    let mut bench = Bench::new(of(vec![quick(1), quick(2), quick(3)]));
    bench.fail(3);
    bench.seconds(15);
    bench.take_told();
    bench.reload(of(vec![quick(1)]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
    let expected = ["RS [10.0.0.2]:tcp:80 [192.0.2.1]:tcp:80 DOWN"];
    assert_eq!(bench.take_told(), expected);
    let probes = bench.probes.len();
    bench.seconds(10);
    assert_eq!(
        bench.probes.len(),
        probes + 1,
        "and is not checked any more"
    );
}

#[test]
fn all_servers_can_be_replaced_without_an_empty_service() {
    let mut bench = Bench::new(of(vec![quick(1), quick(2)]));
    bench.reload(of(vec![quick(3), quick(4)]));
    assert_eq!(bench.rows(), ["10.0.0.3:80 1", "10.0.0.4:80 1"]);
    assert!(bench.dips.is_empty());
}

#[test]
fn a_new_server_with_alpha_is_down_until_it_was_checked() {
    let mut bench = Bench::new(of(vec![quick(1)]));
    bench.hang(2);
    bench.reload(of(vec![quick(1), alpha(quick(2))]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn a_new_checker_of_a_live_server_does_not_take_it_down_before_its_first_result() {
    let mut bench = Bench::new(of(vec![quick(1)]));
    bench.seconds(5);
    let mut more = alpha(quick(1));
    more.checkers[0].schedule.alpha = false;
    let mut second = misc(false);
    second.schedule.alpha = true;
    second.schedule.warmup = Duration::from_secs(3600);
    more.checkers.push(second);
    bench.reload(of(vec![more]));
    assert!(bench.is_up(0));
}

#[test]
fn a_failing_checker_that_goes_takes_its_verdict_along() {
    let mut two = quick(1);
    two.checkers.push(misc(false));
    two.checkers[1].schedule.retry = 0;
    let mut bench = Bench::new(of(vec![two]));
    bench.seconds(5);
    bench.exits(1, 1);
    bench.seconds(10);
    assert!(!bench.is_up(0));
    bench.exits(1, 0);
    let mut one = quick(1);
    one.checkers.clear();
    bench.reload(of(vec![one]));
    assert!(bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn a_new_weight_and_a_new_scheduler_are_changes_in_place() {
    let mut bench = Bench::new(of(vec![quick(1), quick(2)]));
    bench.take_ops();
    let mut changed = virtual_server(vec![weighing(1, 7), quick(2)]);
    changed.real_servers[0].checkers = quick(1).checkers;
    changed.scheduler = Scheduler::Wrr;
    bench.reload(config(vec![changed]));
    let ops = bench.take_ops();
    assert!(
        matches!(
            ops.as_slice(),
            [IpvsOp::SetService(_), IpvsOp::SetDestination(..)]
        ),
        "{ops:?}"
    );
    assert_eq!(bench.rows(), ["10.0.0.1:80 7", "10.0.0.2:80 1"]);
}

#[test]
fn a_new_quorum_counts_at_once() {
    let mut bench = Bench::new(of(vec![quick(1), quick(2)]));
    let more = VirtualServer {
        quorum: 3,
        sorry: sorry(),
        ..virtual_server(vec![quick(1), quick(2)])
    };
    bench.reload(config(vec![more.clone()]));
    assert_eq!(bench.rows(), ["10.0.9.9:80 1"]);
    bench.reload(config(vec![VirtualServer { quorum: 2, ..more }]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    assert!(bench.dips.is_empty());
}

#[test]
fn a_sorry_server_that_serves_can_be_replaced() {
    let before = VirtualServer {
        sorry: sorry(),
        ..virtual_server(vec![quick(1)])
    };
    let mut after = before.clone();
    after.sorry.as_mut().unwrap().port = 8080;
    let mut bench = Bench::new(config(vec![before]));
    bench.fail(1);
    bench.seconds(10);
    bench.reload(config(vec![after]));
    assert_eq!(bench.rows(), ["10.0.9.9:8080 1"]);
    assert!(bench.dips.is_empty());
}

#[test]
fn services_come_and_go() {
    let second = VirtualServer {
        service: service_at(443),
        ..virtual_server(vec![quick(3)])
    };
    let first = virtual_server(vec![quick(1)]);
    let mut bench = Bench::new(config(vec![first.clone()]));
    bench.reload(config(vec![first.clone(), second.clone()]));
    assert_eq!(bench.rows_at(443), ["10.0.0.3:80 1"]);
    bench.reload(config(vec![second.clone()]));
    assert_eq!(bench.table.services.len(), 1);
    bench.reload(config(vec![]));
    assert_eq!(bench.table.services.len(), 0);
    bench.reload(config(vec![first, second]));
    assert_eq!(bench.table.services.len(), 2);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
    assert_eq!(bench.rows_at(443), ["10.0.0.3:80 1"]);
}

#[test]
fn a_service_that_goes_while_it_is_still_being_made_goes() {
    let mut bench = Bench::new(of(vec![quick(1)]));
    bench.answering = false;
    let second = VirtualServer {
        service: service_at(443),
        ..virtual_server(vec![quick(3)])
    };
    bench.reload(config(vec![virtual_server(vec![quick(1)]), second]));
    bench.reload(of(vec![quick(1)]));
    bench.answer_now();
    assert_eq!(bench.table.services.len(), 1);
}

#[test]
fn another_delay_loop_counts_from_now_on() {
    let mut bench = Bench::new(of(vec![quick(1)]));
    bench.seconds(5);
    let mut faster = quick(1);
    faster.checkers[0].schedule.delay_loop = Duration::from_secs(2);
    bench.reload(of(vec![faster]));
    bench.seconds(4);
    // At once, as its warm-up is 0, and every two seconds from then on.
    assert_eq!(bench.probes_of(1), [0, 5_000, 7_000, 9_000]);
}
