//! Groups of services, marks, and ports.

use core::num::NonZeroU32;

use bellwether_core::kernel::ipvs::{DestinationKey, Method, Netmask, ServiceKey};
use bellwether_core::model::lvs::{
    Forwarding, HashFlags, Persistence, Protocol, RealServer, Scheduler, Service, ServiceEntry,
    ServiceGroup, VirtualServer,
};
use bellwether_core::model::{Config, Lvs, Parts};
use bellwether_core::unit::Family;

use crate::support::{Bench, VIP, config, entry_at, real, server, virtual_server};

const MARK: NonZeroU32 = NonZeroU32::new(7).unwrap();

fn grouped(entries: Vec<ServiceEntry>, servers: Vec<RealServer>) -> Config {
    let service = VirtualServer {
        service: Service::Group {
            name: "G".into(),
            protocol: Protocol::Tcp,
        },
        ..virtual_server(servers)
    };
    Config::new(Parts {
        lvs: Lvs {
            groups: vec![ServiceGroup {
                name: "G".into(),
                entries,
            }],
            virtual_servers: vec![service],
            ..Lvs::default()
        },
        ..Parts::default()
    })
    .unwrap()
}

const fn range(count: u32, ports: (u16, u16)) -> ServiceEntry {
    ServiceEntry::Range {
        first: std::net::IpAddr::V4(VIP),
        count,
        ports,
    }
}

const fn direct(mut server: RealServer) -> RealServer {
    server.forwarding = Forwarding::Direct;
    server
}

fn ports(bench: &Bench, key: ServiceKey) -> Vec<DestinationKey> {
    let entry = &bench.table.services[&key];
    entry.destinations.keys().copied().collect()
}

#[test]
fn a_group_is_a_service_for_each_address_port_and_mark() {
    let mark = ServiceEntry::Fwmark {
        mark: MARK,
        family: Family::V4,
    };
    let entries = vec![range(3, (80, 81)), mark];
    let bench = Bench::new(grouped(entries, vec![direct(server(1))]));
    assert_eq!(bench.table.services.len(), 7);
    // keepalived: by direct routing packets keep their port, whatever the file says.
    assert_eq!(ports(&bench, entry_at(81))[0].port, 81);
    let mark = ServiceKey::Fwmark {
        family: Family::V4,
        mark: MARK,
    };
    assert_eq!(ports(&bench, mark)[0].port, 0);
    assert_eq!(bench.told, ["VS [G]:0 UP"], "one service, one quorum");
}

#[test]
fn behind_nat_a_server_of_a_group_keeps_its_own_port() {
    let bench = Bench::new(grouped(vec![range(1, (443, 443))], vec![server(1)]));
    assert_eq!(ports(&bench, entry_at(443))[0].port, 80);
}

#[test]
fn one_verdict_counts_in_all_services_of_a_group() {
    let mut bench = Bench::new(grouped(
        vec![range(2, (80, 80))],
        vec![server(1), server(2)],
    ));
    bench.fail(1);
    bench.seconds(15);
    for entry in bench.table.services.values() {
        assert_eq!(entry.destinations.len(), 1);
    }
}

#[test]
fn an_entry_that_a_reload_drops_goes_and_the_rest_stays() {
    let mut bench = Bench::new(grouped(vec![range(1, (80, 82))], vec![server(1)]));
    bench.take_ops();
    bench.reload(grouped(vec![range(1, (81, 82))], vec![server(1)]));
    assert_eq!(bench.table.services.len(), 2);
    assert_eq!(bench.take_ops().len(), 1);
}

#[test]
fn a_range_ends_with_the_address_space() {
    let entry = ServiceEntry::Range {
        first: "255.255.255.254".parse().unwrap(),
        count: 9,
        ports: (80, 80),
    };
    let bench = Bench::new(grouped(vec![entry], vec![server(1)]));
    assert_eq!(bench.table.services.len(), 2);
}

#[test]
fn all_that_a_service_has_reaches_the_table() {
    let flags = HashFlags {
        port: true,
        fallback: true,
    };
    let own = VirtualServer {
        scheduler: Scheduler::Sh(flags),
        one_packet: true,
        persistence: Some(Persistence {
            timeout: 50,
            granularity: Some(24),
            engine: Some("sip".into()),
        }),
        ..virtual_server(vec![RealServer {
            uthreshold: 10,
            lthreshold: 5,
            ..server(1)
        }])
    };
    let bench = Bench::new(config(vec![own]));
    let entry = &bench.table.services[&entry_at(80)];
    let service = &entry.service;
    assert_eq!(
        (service.scheduler.as_str(), service.scheduler_flags),
        ("sh", 3)
    );
    assert!(service.one_packet);
    let persistence = service.persistence.unwrap();
    assert_eq!(persistence.timeout, 50);
    assert_eq!(
        persistence.mask,
        Netmask::V4("255.255.255.0".parse().unwrap())
    );
    assert_eq!(service.engine, Some("sip".into()));
    let own = entry.destinations.values().next().unwrap();
    assert_eq!((own.uthreshold, own.lthreshold), (10, 5));
    assert_eq!(
        (own.method, own.key.address),
        (Method::Masquerade, real(1).into())
    );
}
