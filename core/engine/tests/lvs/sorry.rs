//! The sorry server, and servers that stay with weight 0.

use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, Table};
use bellwether_core::model::lvs::{RealServer, SorryServer, VirtualServer};

use crate::support::{Bench, SORRY, alpha, config, server, sorry, virtual_server};

fn quick(host: u8) -> RealServer {
    let mut own = server(host);
    own.checkers[0].schedule.retry = 0;
    own
}

fn bench(servers: Vec<RealServer>) -> Bench {
    Bench::new(config(vec![service(servers)]))
}

fn service(servers: Vec<RealServer>) -> VirtualServer {
    VirtualServer {
        sorry: sorry(),
        ..virtual_server(servers)
    }
}

fn inhibited(host: u8) -> RealServer {
    RealServer {
        inhibit_on_failure: true,
        ..quick(host)
    }
}

#[test]
fn it_serves_while_there_is_no_quorum_and_nobody_else_does() {
    let mut bench = Bench::new(config(vec![VirtualServer {
        quorum: 2,
        ..service(vec![quick(1), quick(2)])
    }]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    bench.fail(1);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.9.9:80 1"], "the live server goes too");
    assert!(bench.service().sorry_serves);
    bench.well(1);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    assert!(bench.dips.is_empty(), "never without a server");
}

#[test]
fn it_is_there_before_the_servers_go_and_goes_after_they_are_back() {
    let mut bench = bench(vec![quick(1)]);
    bench.take_ops();
    bench.fail(1);
    bench.seconds(10);
    let kinds: Vec<_> = bench.take_ops().iter().map(kind).collect();
    assert_eq!(kinds, ["add 10.0.9.9:80", "remove 10.0.0.1:80"]);
    bench.well(1);
    bench.seconds(10);
    let kinds: Vec<_> = bench.take_ops().iter().map(kind).collect();
    assert_eq!(kinds, ["add 10.0.0.1:80", "remove 10.0.9.9:80"]);
}

fn kind(op: &IpvsOp) -> String {
    match op {
        IpvsOp::AddDestination(_, own) => format!("add {}", own.key),
        IpvsOp::RemoveDestination(_, key) => format!("remove {key}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_servers_stay_until_the_kernel_has_taken_it() {
    let mut bench = bench(vec![quick(1)]);
    bench.seconds(5);
    bench.answering = false;
    bench.fail(1);
    bench.seconds(5);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.9.9:80 1"]);
    bench.answer_now();
    assert_eq!(bench.rows(), ["10.0.9.9:80 1"]);
}

#[test]
fn when_the_kernel_refuses_it_the_servers_stay_until_it_does_not() {
    let mut bench = bench(vec![quick(1)]);
    bench.seconds(5);
    bench.refusals = vec![Some(IpvsError::Invalid)];
    bench.fail(1);
    bench.seconds(5);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
    bench.seconds(1);
    assert_eq!(
        bench.rows(),
        ["10.0.9.9:80 1"],
        "tried again after a second"
    );
}

#[test]
fn while_it_serves_verdicts_on_servers_are_only_remembered() {
    let mut bench = Bench::new(config(vec![VirtualServer {
        quorum: 2,
        ..service(vec![quick(1), quick(2)])
    }]));
    bench.fail(1);
    bench.fail(2);
    bench.seconds(10);
    bench.take_ops();
    bench.well(1);
    bench.seconds(10);
    assert!(bench.is_up(0));
    assert_eq!(bench.take_ops(), []);
    assert_eq!(bench.rows(), ["10.0.9.9:80 1"]);
}

#[test]
fn with_alpha_it_serves_from_the_start() {
    let config = config(vec![service(vec![alpha(quick(1))])]);
    let bench = Bench::with(config, Table::default(), |bench| bench.hang(1));
    assert_eq!(bench.rows(), ["10.0.9.9:80 1"]);
}

#[test]
fn an_inhibited_one_stays_with_weight_0() {
    let sorry = SorryServer {
        inhibit: true,
        ..*sorry().unwrap()
    };
    let mut bench = Bench::new(config(vec![VirtualServer {
        sorry: Some(Box::new(sorry)),
        ..virtual_server(vec![quick(1)])
    }]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.9.9:80 0"]);
    bench.fail(1);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.9.9:80 1"]);
    bench.well(1);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.9.9:80 0"]);
}

#[test]
fn a_server_that_is_inhibited_on_failure_stays_with_weight_0() {
    let mut bench = Bench::new(config(vec![virtual_server(vec![inhibited(1), quick(2)])]));
    bench.fail(1);
    bench.fail(2);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 0"]);
    bench.well(1);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn with_alpha_and_inhibit_it_is_there_with_weight_0_from_the_start() {
    let config = config(vec![virtual_server(vec![alpha(inhibited(1))])]);
    let bench = Bench::with(config, Table::default(), |bench| bench.hang(1));
    assert_eq!(bench.rows(), ["10.0.0.1:80 0"]);
}

#[test]
fn an_inhibited_server_that_is_up_has_weight_0_while_the_sorry_server_serves() {
    let mut bench = Bench::new(config(vec![VirtualServer {
        quorum: 2,
        ..service(vec![inhibited(1), quick(2)])
    }]));
    bench.fail(2);
    bench.seconds(10);
    assert!(bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.1:80 0", "10.0.9.9:80 1"]);
}

#[test]
fn a_sorry_server_that_is_a_real_server_too_is_never_wanted_twice() {
    let mut own = service(vec![quick(1), quick(2)]);
    own.quorum = 2;
    own.sorry = Some(Box::new(SorryServer {
        address: crate::support::real(1).into(),
        ..*sorry().unwrap()
    }));
    assert_ne!(SORRY, crate::support::real(1));
    let mut bench = Bench::new(config(vec![own]));
    bench.fail(2);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
    bench.well(2);
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    assert!(bench.dips.is_empty());
}
