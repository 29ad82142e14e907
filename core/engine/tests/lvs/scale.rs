//! Ten thousand real servers: what is done, counted in steps and not in time.

use std::time::Duration;

use bellwether_core::kernel::ipvs::Table;
use bellwether_core::model::Config;
use bellwether_core::model::lvs::{RealServer, VirtualServer};

use crate::support::{Bench, config, server, service_at, virtual_server};

const SERVICES: u16 = 100;
const SERVERS: u8 = 100;

/// 100 services of 100 servers each, checked every second; one weight is as given.
fn large(weight: u32) -> Config {
    let of = |service: u16| {
        let servers = (1..=SERVERS).map(|host| {
            let mut own: RealServer = server(host);
            own.checkers[0].schedule.delay_loop = Duration::from_secs(1);
            own.checkers[0].schedule.warmup = Duration::from_secs(1);
            if (service, host) == (50, 50) {
                own.weight = weight;
            }
            own
        });
        VirtualServer {
            service: service_at(1000 + service),
            ..virtual_server(servers.collect())
        }
    };
    config((0..SERVICES).map(of).collect())
}

#[test]
fn ten_thousand_servers_are_checked_every_second_and_spread_over_it() {
    let mut bench = Bench::new(large(1));
    bench.seconds(3);
    // The first check is within the first second, and each is followed by the next a second later.
    assert_eq!(bench.probes.len(), 30_000);
    let mut tenths = [0; 10];
    for (at, ..) in &bench.probes {
        let tenth = at.as_nanos() / 100_000_000 % 10;
        tenths[usize::try_from(tenth).unwrap()] += 1;
    }
    assert!(
        tenths.iter().all(|n| (2700..3300).contains(n)),
        "{tenths:?}"
    );
}

#[test]
fn a_reload_that_changes_one_of_ten_thousand_asks_for_one_change() {
    let mut bench = Bench::new(large(1));
    assert_eq!(bench.take_ops().len(), 10_100);
    bench.seconds(1);
    let checks = bench.probes.len();
    bench.reload(large(7));
    let ops = bench.take_ops();
    assert_eq!(ops.len(), 1, "{ops:?}");
    assert_eq!(bench.probes.len(), checks, "and for no check");
    bench.seconds(1);
    assert_eq!(
        bench.probes.len(),
        checks + 10_000,
        "whose schedule stays as it was"
    );
}

#[test]
fn a_restart_on_a_table_that_is_right_asks_for_nothing() {
    let first = Bench::new(large(1));
    let mut second = Bench::on(large(1), first.table);
    assert_eq!(second.take_ops(), []);
    let mut third = Bench::on(large(1), Table::default());
    assert_eq!(third.take_ops().len(), 10_100);
}
