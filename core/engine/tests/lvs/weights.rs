//! Weights that change by what checkers say.

use bellwether_core::kernel::ipvs::{IpvsOp, Method};
use bellwether_core::model::lvs::{Forwarding, RealServer, Tunnel, VirtualServer};

use crate::support::{Bench, config, misc, server, virtual_server};

fn dynamic(weight: u32) -> RealServer {
    let mut own = RealServer {
        weight,
        checkers: vec![misc(true)],
        ..server(1)
    };
    own.checkers[0].schedule.retry = 0;
    own
}

fn bench(server: RealServer) -> Bench {
    Bench::new(config(vec![virtual_server(vec![server])]))
}

#[test]
fn a_status_of_2_to_255_is_success_with_a_weight_of_two_less() {
    let mut bench = bench(dynamic(2));
    for (status, row) in [
        (12, "10.0.0.1:80 10"),
        (255, "10.0.0.1:80 253"),
        (2, "10.0.0.1:80 0"),
        (0, "10.0.0.1:80 2"),
    ] {
        bench.exits(1, status);
        bench.seconds(10);
        assert_eq!(bench.rows(), [row], "status {status}");
        assert!(bench.is_up(0));
    }
}

#[test]
fn a_status_of_1_is_a_failure_and_one_above_255_too() {
    for status in [1, 256, -1] {
        let mut bench = bench(dynamic(2));
        bench.exits(1, status);
        bench.seconds(10);
        assert!(!bench.is_up(0), "status {status}");
    }
}

#[test]
fn a_failure_forgets_the_weight() {
    // keepalived: "Changing weight from 2 to 5 for inactive service" after a failure with 10.
    let mut bench = bench(dynamic(2));
    bench.exits(1, 12);
    bench.seconds(10);
    bench.exits(1, 1);
    bench.seconds(10);
    assert_eq!(bench.server(0).effective_weight, 2);
}

#[test]
fn without_misc_dynamic_any_status_but_0_is_a_failure() {
    let mut own = dynamic(2);
    own.checkers = vec![misc(false)];
    own.checkers[0].schedule.retry = 0;
    let mut bench = bench(own);
    bench.exits(1, 12);
    bench.seconds(10);
    assert!(!bench.is_up(0));
}

#[test]
fn a_weight_of_0_costs_the_quorum_and_keeps_the_destination() {
    let mut bench = bench(dynamic(2));
    bench.exits(1, 2);
    bench.take_told();
    bench.seconds(10);
    assert_eq!(bench.rows(), ["10.0.0.1:80 0"]);
    assert_eq!(bench.take_told(), ["VS [192.0.2.1]:tcp:80 DOWN"]);
    bench.exits(1, 0);
    bench.seconds(10);
    assert_eq!(bench.take_told(), ["VS [192.0.2.1]:tcp:80 UP"]);
}

#[test]
fn a_new_weight_resends_all_that_a_change_replaces() {
    let own = RealServer {
        uthreshold: 1000,
        lthreshold: 500,
        ..dynamic(2)
    };
    let mut bench = bench(own);
    bench.exits(1, 12);
    bench.take_ops();
    bench.seconds(10);
    let ops = bench.take_ops();
    let [IpvsOp::SetDestination(_, own)] = ops.as_slice() else {
        panic!("{ops:?}")
    };
    assert_eq!(
        (own.weight, own.uthreshold, own.lthreshold),
        (10, 1000, 500)
    );
}

#[test]
fn a_server_of_weight_0_is_there_and_counts_for_nothing() {
    let own = RealServer {
        weight: 0,
        ..server(1)
    };
    let bench = bench(own);
    assert_eq!(bench.rows(), ["10.0.0.1:80 0"]);
    assert!(!bench.service().quorum_up);
}

#[test]
fn each_server_has_its_own_way_of_forwarding() {
    let reached = |host, forwarding| RealServer {
        forwarding,
        ..server(host)
    };
    let bench = Bench::new(config(vec![VirtualServer {
        ..virtual_server(vec![
            reached(1, Forwarding::Nat),
            reached(2, Forwarding::Direct),
            reached(3, Forwarding::Tunnel(Tunnel::IpIp)),
        ])
    }]));
    let entry = bench.table.services.values().next().unwrap();
    let methods: Vec<_> = entry.destinations.values().map(|own| own.method).collect();
    let expected = [
        Method::Masquerade,
        Method::Direct,
        Method::Tunnel(Tunnel::IpIp),
    ];
    assert_eq!(methods, expected);
}
