//! The table: what is found at the start, what answers mean, and what somebody else does to it.

use bellwether_core::Event;
use bellwether_core::kernel::ipvs::{
    Destination, DestinationKey, IpvsError, IpvsOp, Method, Service, Table, Timeouts,
};
use bellwether_core::lvs::LvsNotice;
use bellwether_core::model::Globals;
use bellwether_core::model::lvs::{RealServer, Scheduler};

use crate::support::{
    Bench, config, config_with, entry_at, real, server, virtual_server, weighing,
};

const HOUR: u64 = 3600;

fn unchecked(host: u8) -> RealServer {
    RealServer {
        checkers: vec![],
        ..server(host)
    }
}

fn bench(hosts: &[u8]) -> Bench {
    let servers = hosts.iter().map(|host| unchecked(*host)).collect();
    Bench::new(config(vec![virtual_server(servers)]))
}

fn add(table: &mut Table, port: u16, scheduler: Scheduler, hosts: &[(u8, u32)]) {
    let service = Service::new(entry_at(port), scheduler);
    table.apply(&IpvsOp::AddService(service)).unwrap();
    for (host, weight) in hosts {
        let op = IpvsOp::AddDestination(entry_at(port), destination(*host, *weight));
        table.apply(&op).unwrap();
    }
}

fn key(host: u8) -> DestinationKey {
    DestinationKey {
        address: real(host).into(),
        port: 80,
    }
}

fn destination(host: u8, weight: u32) -> Destination {
    Destination {
        weight,
        ..Destination::new(key(host), Method::Masquerade)
    }
}

#[test]
fn a_service_is_there_before_its_destinations() {
    let mut bench = bench(&[1, 2]);
    let ops = bench.take_ops();
    assert!(matches!(ops[0], IpvsOp::AddService(_)), "{ops:?}");
    assert_eq!(ops.len(), 3);
}

#[test]
fn a_table_that_is_right_already_is_left_alone() {
    let mut table = Table::default();
    add(&mut table, 80, Scheduler::Wlc, &[(1, 1), (2, 1)]);
    let services = vec![virtual_server(vec![unchecked(1), unchecked(2)])];
    let mut bench = Bench::on(config(services), table);
    bench.seconds(HOUR);
    assert_eq!(bench.take_ops(), []);
}

#[test]
fn what_a_predecessor_left_in_our_service_is_put_right_without_a_gap() {
    let mut table = Table::default();
    // Another scheduler, a server that is no more, one with another weight; keepalived keeps all.
    add(&mut table, 80, Scheduler::Rr, &[(77, 1), (1, 9)]);
    let services = vec![virtual_server(vec![unchecked(1), unchecked(2)])];
    let bench = Bench::on(config(services), table);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    let service = &bench.table.services[&entry_at(80)].service;
    assert_eq!(service.scheduler.as_str(), "wlc");
    assert!(bench.dips.is_empty());
}

#[test]
fn a_service_that_the_configuration_does_not_speak_of_is_never_touched() {
    let mut table = Table::default();
    add(&mut table, 8080, Scheduler::Rr, &[(77, 1)]);
    let before = table.services[&entry_at(8080)].clone();
    let mut bench = Bench::on(config(vec![virtual_server(vec![unchecked(1)])]), table);
    bench.seconds(HOUR);
    bench.reload(config(vec![]));
    bench.event(Event::Shutdown);
    assert!(bench.stopped);
    assert_eq!(bench.table.services.len(), 1);
    assert_eq!(bench.table.services[&entry_at(8080)], before);
}

#[test]
fn lvs_flush_empties_the_table_first() {
    let mut table = Table::default();
    add(&mut table, 8080, Scheduler::Rr, &[(77, 1)]);
    let mut globals = Globals::default();
    globals.lvs.flush = true;
    let services = vec![virtual_server(vec![unchecked(1)])];
    let mut bench = Bench::on(config_with(services, globals), table);
    assert_eq!(bench.take_ops()[0], IpvsOp::Flush);
    assert_eq!(bench.table.services.len(), 1);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn a_destination_that_somebody_removed_comes_back_and_it_is_said() {
    let mut bench = bench(&[1, 2]);
    let op = IpvsOp::RemoveDestination(entry_at(80), key(1));
    bench.table.apply(&op).unwrap();
    bench.seconds(60);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    let said = LvsNotice::TableChanged {
        service: entry_at(80),
        changes: 1,
    };
    assert!(bench.notices.contains(&said), "{:?}", bench.notices);
}

#[test]
fn a_whole_service_that_somebody_removed_comes_back() {
    let mut bench = bench(&[1, 2]);
    bench.table.apply(&IpvsOp::Flush).unwrap();
    bench.seconds(60);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
}

#[test]
fn a_service_that_is_gone_when_its_destination_changes_is_made_again_at_once() {
    let mut own = weighing(1, 1);
    own.checkers[0].schedule.retry = 0;
    let mut bench = Bench::new(config(vec![virtual_server(vec![own, unchecked(2)])]));
    bench.seconds(5);
    bench.table.apply(&IpvsOp::Flush).unwrap();
    bench.fail(1);
    bench.seconds(5); // ESRCH.
    assert_eq!(bench.rows(), ["10.0.0.2:80 1"]);
}

#[test]
fn what_is_there_already_is_changed_instead_of_added() {
    let mut bench = bench(&[1]);
    let op = IpvsOp::AddDestination(entry_at(80), destination(2, 9));
    bench.table.apply(&op).unwrap();
    bench.take_ops();
    // Not seen by us yet: adding it is EEXIST, and its weight must become 1 all the same.
    let servers = vec![unchecked(1), unchecked(2)];
    bench.reload(config(vec![virtual_server(servers)]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    let ops = bench.take_ops();
    assert!(matches!(ops[0], IpvsOp::AddDestination(..)), "{ops:?}");
    assert!(matches!(ops[1], IpvsOp::SetDestination(..)), "{ops:?}");
    let failed = |own: &LvsNotice| matches!(own, LvsNotice::TableFailed { .. });
    assert!(!bench.notices.iter().any(failed), "that is no failure");
}

#[test]
fn what_is_gone_already_is_no_failure() {
    let mut bench = bench(&[1, 2]);
    let op = IpvsOp::RemoveDestination(entry_at(80), key(2));
    bench.table.apply(&op).unwrap();
    bench.reload(config(vec![virtual_server(vec![unchecked(1)])]));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
    assert!(
        bench
            .notices
            .iter()
            .all(|own| !matches!(own, LvsNotice::TableFailed { .. }))
    );
}

#[test]
fn what_fails_is_tried_again_later_and_later_and_said_each_time() {
    let services = vec![virtual_server(vec![unchecked(1), unchecked(2)])];
    let mut bench = Bench::with(config(services), Table::default(), |bench| {
        let denied = Some(IpvsError::OutOfRange);
        // The service is taken; the first server is refused, the second is taken; then the first
        // is refused twice more.
        bench.refusals = vec![None, denied.clone(), None, denied.clone(), denied];
    });
    assert_eq!(bench.rows(), ["10.0.0.2:80 1"]);
    bench.seconds(6); // After 1 s and 2 s more it is refused again, and 4 s later taken.
    assert_eq!(bench.rows(), ["10.0.0.2:80 1"]);
    bench.seconds(1);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
    let failed = |own: &&LvsNotice| matches!(own, LvsNotice::TableFailed { .. });
    assert_eq!(bench.notices.iter().filter(failed).count(), 3);
}

#[test]
fn an_answer_that_was_lost_ends_with_the_table_as_wanted() {
    let services = vec![virtual_server(vec![unchecked(1), unchecked(2)])];
    let mut bench = Bench::with(config(services), Table::default(), |bench| {
        bench.refusals = vec![Some(IpvsError::Unknown)];
    });
    bench.seconds(5);
    assert_eq!(bench.rows(), ["10.0.0.1:80 1", "10.0.0.2:80 1"]);
}

#[test]
fn without_ip_vs_it_is_said_once_and_looked_for_again_and_again() {
    let services = vec![virtual_server(vec![unchecked(1)])];
    let mut node = bellwether_core::Node::new(config(services), bellwether_core::Instant::ZERO);
    let (mut said, mut looks) = (0, 0);
    let mut now = bellwether_core::Instant::ZERO;
    for _ in 0..20 {
        while let Some(effect) = node.poll_effect() {
            match effect {
                bellwether_core::Effect::ObserveTable => {
                    looks += 1;
                    node.handle(now, Event::Table(Err(IpvsError::Unavailable)));
                }
                bellwether_core::Effect::Notice(bellwether_core::Notice::Lvs(
                    LvsNotice::TableUnavailable { .. },
                )) => said += 1,
                bellwether_core::Effect::Table { action, .. } => panic!("{action:?}"),
                _ => {}
            }
        }
        now = node.poll_timeout().unwrap().0;
        node.handle_timeout(now);
    }
    assert_eq!(said, 1);
    assert!(looks >= 19, "{looks}");
    node.handle(now, Event::Shutdown);
    let stopped = std::iter::from_fn(|| node.poll_effect())
        .any(|effect| effect == bellwether_core::Effect::Stopped);
    assert!(stopped, "nobody waits for a table that can't be seen");
}

#[test]
fn timeouts_are_set_where_they_are_given_and_differ() {
    let mut globals = Globals::default();
    globals.lvs.timeouts.tcp = Some(1000);
    globals.lvs.timeouts.udp = Some(300);
    let mut bench = Bench::new(config_with(vec![], globals));
    let wanted = Timeouts {
        tcp: 1000,
        tcp_fin: 0,
        udp: 300,
    };
    assert_eq!(bench.take_ops(), [IpvsOp::SetTimeouts(wanted)]);
    assert_eq!(bench.table.timeouts.tcp_fin, 120);
    bench.seconds(HOUR);
    assert_eq!(bench.take_ops(), []);
}

#[test]
fn one_operation_on_a_destination_at_a_time() {
    let mut bench = bench(&[1, 2]);
    bench.take_ops();
    bench.answering = false;
    let reload = |weight| {
        let own = RealServer {
            weight,
            ..unchecked(1)
        };
        config(vec![virtual_server(vec![own, unchecked(2)])])
    };
    bench.reload(reload(5));
    bench.reload(reload(6));
    bench.reload(reload(7));
    assert_eq!(bench.take_ops().len(), 1);
    bench.answer_now();
    assert_eq!(bench.rows(), ["10.0.0.1:80 7", "10.0.0.2:80 1"]);
    assert_eq!(
        bench.take_ops().len(),
        1,
        "the one in the middle is skipped"
    );
}
