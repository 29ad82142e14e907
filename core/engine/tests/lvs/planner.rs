//! Properties of the table's planner, and of the ledger that does the same step by step.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_core::kernel::ipvs::{
    Destination, DestinationKey, Entry, IpvsError, IpvsOp, Method, Service, ServiceKey, Table,
};
use bellwether_core::lvs::{Desired, plan};
use bellwether_core::model::lvs::{RealServer, Scheduler, VirtualServer};
use proptest::prelude::*;

use crate::support::{
    Bench, config, entry_at, real, server, service_at, service_of, virtual_server,
};

fn any_entry(port: u16) -> impl Strategy<Value = (ServiceKey, Entry)> {
    let destinations = prop::collection::btree_map(1..6_u8, 0..3_u32, 0..5);
    (destinations, any::<bool>()).prop_map(move |(destinations, wrr)| {
        let scheduler = if wrr { Scheduler::Wrr } else { Scheduler::Wlc };
        let mut entry = Entry::new(Service::new(entry_at(port), scheduler));
        for (host, weight) in destinations {
            let key = DestinationKey {
                address: real(host).into(),
                port: 80,
            };
            let own = Destination {
                weight,
                ..Destination::new(key, Method::Masquerade)
            };
            entry.destinations.insert(key, own);
        }
        (entry_at(port), entry)
    })
}

fn any_services() -> impl Strategy<Value = BTreeMap<ServiceKey, Entry>> {
    let each = (1..4_u16).map(|port| prop::option::of(any_entry(port)));
    each.collect::<Vec<_>>()
        .prop_map(|all| all.into_iter().flatten().collect())
}

/// Whether an entry bears any load.
fn bears(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.destinations.values().any(|own| own.weight > 0))
}

proptest! {
    #[test]
    fn a_plan_reaches_its_goal_without_a_gap_and_touches_nothing_foreign(
        wanted in any_services(),
        there in any_services(),
        ours in prop::collection::btree_set(1..4_u16, 0..3),
    ) {
        let ours: BTreeSet<_> = ours.into_iter().map(entry_at).collect();
        let desired = Desired { services: wanted, ours, ..Desired::default() };
        let before = Table { services: there, ..Table::default() };
        let mut table = before.clone();
        for op in plan(&desired, &before) {
            prop_assert_eq!(table.apply(&op), Ok(()), "no operation is in vain: {:?}", op);
            let key = service_of(&op).unwrap();
            let both = bears(before.services.get(&key)) && bears(desired.services.get(&key));
            prop_assert!(!both || bears(table.services.get(&key)), "a gap after {:?}", op);
        }
        prop_assert_eq!(plan(&desired, &table), vec![], "a second plan is empty");
        for (key, entry) in &desired.services {
            prop_assert_eq!(table.services.get(key), Some(entry));
        }
        for (key, entry) in &before.services {
            if !desired.services.contains_key(key) {
                let expected = (!desired.ours.contains(key)).then_some(entry);
                prop_assert_eq!(table.services.get(key), expected);
            }
        }
    }

    /// Reloads, verdicts, refusals and a stranger's changes, in any order: when the kernel does
    /// what it is told again, the table is what the configuration and the verdicts say.
    #[test]
    fn the_table_ends_as_wanted_whatever_has_happened(
        steps in prop::collection::vec((0..8_u8, any::<u8>(), any::<u8>()), 1..24),
    ) {
        let mut bench = Bench::new(shape(0));
        let mut last = shape(0);
        for (what, one, other) in steps {
            match what {
                0 | 1 => {
                    last = shape(one);
                    bench.reload(last.clone());
                }
                2 => bench.fail(one % 5 + 1),
                3 => bench.well(one % 5 + 1),
                4 => bench.refusals.push(refusal(one)),
                5 => bench.answering = one % 2 == 0,
                6 => {
                    let _refused = bench.table.apply(&stranger(one, other));
                }
                _ => bench.seconds(u64::from(one) % 30),
            }
            if bench.answering {
                bench.answer_now();
            }
        }
        bench.refusals.clear();
        bench.answer_now();
        // All is looked at once more, and all that rests is tried again.
        bench.seconds(200);
        let status = bench.node.status(bench.now).lvs.unwrap();
        let wanted: usize = last.virtual_servers().len();
        prop_assert_eq!(status.services.len(), wanted);
        for service in status.services {
            let entry = &bench.table.services[&service.entries[0]];
            let there: Vec<_> = entry.destinations.values().map(|own| own.weight).collect();
            let wanted = service.servers.iter().filter_map(|own| own.table_weight);
            prop_assert_eq!(there, wanted.collect::<Vec<_>>());
        }
        prop_assert_eq!(status.table_settled, true);
    }
}

/// Some configuration: which of three services there are, which servers, and their weights.
fn shape(byte: u8) -> bellwether_core::model::Config {
    let services = (0..3_u16).filter(|place| place == &0 || byte >> place & 1 == 1);
    let of = |place: u16| {
        let hosts = (1..6_u8).filter(|host| (byte >> (host % 4)) & 1 == 0 || *host == 1);
        let servers = hosts.map(|host| RealServer {
            weight: u32::from(byte % 3) + 1,
            inhibit_on_failure: byte & 64 != 0,
            ..server(host)
        });
        VirtualServer {
            service: service_at(80 + place),
            quorum: u32::from(byte >> 6) + 1,
            ..virtual_server(servers.collect())
        }
    };
    config(services.map(of).collect())
}

fn refusal(byte: u8) -> Option<IpvsError> {
    Some(match byte % 5 {
        0 => IpvsError::OutOfRange,
        1 => IpvsError::Unknown,
        2 => IpvsError::Denied,
        3 => IpvsError::Unavailable,
        _ => return None,
    })
}

/// Something that another program does to the table.
fn stranger(one: u8, other: u8) -> IpvsOp {
    let service = entry_at(80 + u16::from(one % 3));
    let key = DestinationKey {
        address: real(other % 6 + 1).into(),
        port: 80,
    };
    let own = Destination {
        weight: u32::from(one),
        ..Destination::new(key, Method::Masquerade)
    };
    match one % 5 {
        0 => IpvsOp::Flush,
        1 => IpvsOp::RemoveService(service),
        2 => IpvsOp::RemoveDestination(service, key),
        3 => IpvsOp::SetDestination(service, own),
        _ => IpvsOp::AddDestination(service, own),
    }
}
