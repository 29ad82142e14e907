//! Quorum and hysteresis. All weights here are 1 unless said otherwise.

use bellwether_core::kernel::ipvs::Table;
use bellwether_core::model::lvs::{QuorumNotify, VirtualServer};
use bellwether_core::model::{Command, Hook};

use crate::support::{Bench, alpha, config, server, virtual_server, weighing};

fn hook(command: &str) -> Hook {
    Hook::new(Command(vec![command.into()]), None)
}

/// Servers 1 to `count`, quorum and hysteresis, each verdict after one failed check.
fn service(count: u8, quorum: u32, hysteresis: u32) -> VirtualServer {
    let mut servers: Vec<_> = (1..=count).map(server).collect();
    for own in &mut servers {
        own.checkers[0].schedule.retry = 0;
    }
    VirtualServer {
        quorum,
        hysteresis,
        ..virtual_server(servers)
    }
}

fn bench(count: u8, quorum: u32, hysteresis: u32) -> Bench {
    Bench::new(config(vec![service(count, quorum, hysteresis)]))
}

/// Lets servers fail, or be well, one after the other; returns what the quorum is after each.
fn after_each(bench: &mut Bench, hosts: &[u8], act: fn(&mut Bench, u8)) -> Vec<bool> {
    let each = hosts.iter().map(|host| {
        act(bench, *host);
        bench.seconds(10);
        bench.service().quorum_up
    });
    each.collect()
}

#[test]
fn it_is_lost_below_quorum_less_hysteresis_and_gained_from_quorum_and_hysteresis() {
    let mut bench = bench(4, 3, 1);
    assert!(bench.service().quorum_up, "4 >= 3 + 1");
    // 3, 2, 1, 0 of weight are left: lost below 3 - 1.
    let down = after_each(&mut bench, &[1, 2, 3, 4], Bench::fail);
    assert_eq!(down, [true, true, false, false]);
    // 1, 2, 3, 4: gained from 3 + 1 on.
    let up = after_each(&mut bench, &[1, 2, 3, 4], Bench::well);
    assert_eq!(up, [false, false, false, true]);
}

#[test]
fn without_hysteresis_it_is_the_same_weight_both_ways() {
    let mut bench = bench(3, 2, 0);
    let down = after_each(&mut bench, &[1, 2], Bench::fail);
    assert_eq!(down, [true, false]);
    assert_eq!(after_each(&mut bench, &[1], Bench::well), [true]);
}

#[test]
fn a_service_starts_without_it_so_that_the_start_needs_the_hysteresis_too() {
    // keepalived: "Starting with quorum down 2-1=3 > 2".
    let bench = bench(2, 2, 1);
    assert!(!bench.service().quorum_up);
    assert_eq!(bench.told, ["VS [192.0.2.1]:tcp:80 DOWN"]);
}

#[test]
fn a_quorum_at_the_start_is_told_too() {
    let bench = bench(3, 2, 1);
    assert_eq!(bench.told, ["VS [192.0.2.1]:tcp:80 UP"]);
}

#[test]
fn with_nothing_left_it_is_lost_whatever_the_hysteresis() {
    // Not reachable from a file, where a hysteresis is below the quorum; arithmetic must hold.
    let mut bench = bench(2, 1, 1);
    let down = after_each(&mut bench, &[1, 2], Bench::fail);
    assert_eq!(down, [true, false]);
}

#[test]
fn weights_count_and_not_servers() {
    let mut heavy = weighing(1, 5);
    let mut light = weighing(2, 1);
    heavy.checkers[0].schedule.retry = 0;
    light.checkers[0].schedule.retry = 0;
    let mut bench = Bench::new(config(vec![VirtualServer {
        quorum: 5,
        ..virtual_server(vec![heavy, light])
    }]));
    assert_eq!(after_each(&mut bench, &[2], Bench::fail), [true]);
    assert_eq!(after_each(&mut bench, &[1], Bench::fail), [false]);
    assert_eq!(bench.service().live_weight, 0);
}

#[test]
fn each_edge_is_told_once_and_runs_its_command_once() {
    let mut own = service(2, 1, 0);
    own.notify = Some(Box::new(QuorumNotify {
        up: Some(hook("/bin/up")),
        down: Some(hook("/bin/down")),
    }));
    let mut bench = Bench::new(config(vec![own]));
    after_each(&mut bench, &[1, 2], Bench::fail);
    after_each(&mut bench, &[1, 2], Bench::well);
    assert_eq!(bench.hooks, ["/bin/up", "/bin/down", "/bin/up"]);
}

#[test]
fn a_server_is_told_before_the_quorum_that_it_costs() {
    let mut bench = bench(1, 1, 0);
    bench.take_told();
    after_each(&mut bench, &[1], Bench::fail);
    let expected = [
        "RS [10.0.0.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN",
        "VS [192.0.2.1]:tcp:80 DOWN",
    ];
    assert_eq!(bench.told, expected);
}

#[test]
fn without_a_sorry_server_the_rest_serves_on() {
    let mut bench = bench(3, 3, 0);
    after_each(&mut bench, &[1], Bench::fail);
    assert!(!bench.service().quorum_up);
    assert_eq!(bench.rows(), ["10.0.0.2:80 1", "10.0.0.3:80 1"]);
}

#[test]
fn an_alpha_service_starts_without_quorum_and_a_first_failure_is_told() {
    let service = virtual_server(vec![alpha(server(1))]);
    let mut bench = Bench::with(config(vec![service]), Table::default(), |bench| {
        bench.fail(1)
    });
    bench.seconds(0);
    let expected = [
        "VS [192.0.2.1]:tcp:80 DOWN",
        "RS [10.0.0.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN",
    ];
    assert_eq!(bench.told, expected);
}

#[test]
fn a_first_success_is_told_only_when_it_changes_something_or_is_asked_for() {
    for asked in [false, true] {
        let mut globals = bellwether_core::model::Globals::default();
        globals.lvs.rs_init_notifies = asked;
        let services = vec![virtual_server(vec![server(1)])];
        let mut bench = Bench::new(crate::support::config_with(services, globals));
        bench.seconds(30);
        let servers = bench.told.iter().filter(|line| line.starts_with("RS"));
        assert_eq!(servers.count(), usize::from(asked));
    }
}
