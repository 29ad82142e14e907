//! Random load balancers: a pair with services, whose servers come and go.
//!
//! A shape of its own, with a stream of its own: no seed of plain routers is drawn otherwise for it.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr};

use bellwether_core::Instant;
use bellwether_core::model::lvs::{
    Check, Checker, Forwarding, HttpCheck, HttpProtocol, MiscCheck, Protocol, RealServer, Schedule,
    Service, SorryServer, Url, VirtualServer,
};
use bellwether_core::model::{Command, Config, Instance, Lvs, Parts, VirtualAddress};
use bellwether_core::unit::{Family, Name, Priority};

use crate::backend::Health;
use crate::fault::{BackendFault, Fault, TableEvent, TableFault, TimedFault};
use crate::random::Stream;
use crate::scenario::units::Share;
use crate::scenario::{NodeSpec, Scenario};

const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);

/// Until when things break.
const FAULTS: Duration = Duration::from_secs(40);

/// The pair of load balancers of a seed.
#[must_use]
pub fn balancers(seed: u64) -> Scenario {
    let mut stream = Stream::new(seed, &["balancers"]);
    let services = services(&mut stream);
    let nodes = [150, 100].into_iter().enumerate().map(|(place, priority)| {
        let config = config(priority, services.clone());
        NodeSpec::new(&format!("lb{}", place + 1), config, place)
    });
    let mut scenario = Scenario::new(&format!("balancers-{seed}"), nodes.collect());
    scenario.seed = seed;
    scenario.fault_phase_end = Some(Instant::ZERO + FAULTS);
    scenario.faults = faults(&mut stream, &services);
    scenario.faults.sort_by_key(|timed| timed.at);
    scenario
}

fn config(priority: u8, services: Vec<VirtualServer>) -> Config {
    let parts = Parts {
        instances: instance(priority).into_iter().collect(),
        lvs: Lvs {
            virtual_servers: services,
            ..Lvs::default()
        },
        ..Parts::default()
    };
    Config::new(parts).unwrap_or_default()
}

fn instance(priority: u8) -> Option<Instance> {
    let vrid = 51_u8.try_into().ok()?;
    let mut instance = Instance::new("VI_1".into(), "eth0".parse().ok()?, vrid);
    instance.priority = Priority(priority);
    instance.virtual_addresses = vec![VirtualAddress::host(VIP.into())];
    Some(instance)
}

fn services(stream: &mut Stream) -> Vec<VirtualServer> {
    let count = 1 + stream.below(2);
    (0..count)
        .map(|place| virtual_server(stream, place))
        .collect()
}

fn virtual_server(stream: &mut Stream, place: u32) -> VirtualServer {
    let service = Service::Address {
        address: VIP.into(),
        port: 80 + u16::try_from(place).unwrap_or(0),
        protocol: Protocol::Tcp,
    };
    let alpha = stream.happens(Share::percent(30));
    let count = 1 + stream.below(4);
    let servers: Vec<_> = (1..=count)
        .map(|host| server(stream, host, alpha))
        .collect();
    let weight: u32 = servers.iter().map(|own| own.weight).sum();
    let quorum = 1 + stream.below(weight.max(1));
    let sorry = stream.happens(Share::percent(60)).then(|| SorryServer {
        address: Ipv4Addr::new(10, 0, 9, 9).into(),
        port: 80,
        forwarding: Forwarding::Nat,
        inhibit: stream.happens(Share::percent(30)),
    });
    VirtualServer {
        quorum,
        // As the configuration has it, below the quorum.
        hysteresis: stream.below(quorum),
        alpha,
        omega: stream.happens(Share::percent(30)),
        sorry: sorry.map(Box::new),
        real_servers: servers,
        ..VirtualServer::new(service, Family::V4)
    }
}

fn server(stream: &mut Stream, host: u32, alpha: bool) -> RealServer {
    let address = Ipv4Addr::new(10, 0, 0, u8::try_from(host).unwrap_or(1));
    let delay_loop = Duration::from_millis(500 + u64::from(stream.below(2_500)));
    let schedule = Schedule {
        delay_loop,
        warmup: stream.span(delay_loop),
        retry: stream.below(4),
        rise: 1,
        delay_before_retry: Duration::from_millis(100 + u64::from(stream.below(900))),
        alpha,
        log_all_failures: false,
    };
    let check = match stream.below(4) {
        0 => Check::Misc(Box::new(MiscCheck {
            command: Command(vec!["/usr/bin/check".into()]),
            user: None,
            timeout: Duration::from_secs(1),
            dynamic: true,
        })),
        1 => http(1 + stream.below(3)),
        _ => Check::Tcp,
    };
    let checker = Checker {
        schedule,
        connect: None,
        timeout: Duration::from_secs(1),
        source: None,
        check,
    };
    RealServer {
        weight: 1 + stream.below(3),
        inhibit_on_failure: stream.happens(Share::percent(30)),
        checkers: vec![checker],
        ..RealServer::new(address.into(), 80, Forwarding::Nat)
    }
}

fn http(pages: u32) -> Check {
    let page = |number| Url {
        path: format!("/{number}"),
        virtualhost: None,
        status: Vec::new(),
        body: None,
        tls_compliant: None,
    };
    Check::Http(Box::new(HttpCheck {
        tls: false,
        sni: false,
        sni_name: None,
        tls_compliant: false,
        protocol: HttpProtocol::V1_0,
        virtualhost: None,
        fast_recovery: false,
        urls: (0..pages).map(page).collect(),
    }))
}

fn faults(stream: &mut Stream, services: &[VirtualServer]) -> Vec<TimedFault> {
    let mut faults = Vec::new();
    for _ in 0..2 + stream.below(10) {
        let at = stream.instant(Instant::ZERO, Instant::ZERO + FAULTS);
        faults.push(TimedFault {
            at,
            fault: backend(stream),
        });
    }
    let node: Name = if stream.happens(Share::percent(50)) {
        "lb1".into()
    } else {
        "lb2".into()
    };
    let at = stream.instant(Instant::ZERO, Instant::ZERO + FAULTS);
    let later = at + Duration::from_secs(3);
    let table = |is| {
        Fault::Table(TableFault {
            node: node.clone(),
            is,
        })
    };
    let (first, then) = match stream.below(8) {
        0 => (Fault::Crash(node.clone()), Some(Fault::Start(node.clone()))),
        1 => (
            Fault::Pause(node.clone()),
            Some(Fault::Resume(node.clone())),
        ),
        2 => (table(TableEvent::Cleared), None),
        3 => (table(TableEvent::Without(address(stream))), None),
        4 => (table(TableEvent::Gone), Some(table(TableEvent::Back))),
        5 => {
            let count = 1 + stream.below(3);
            let node = node.clone();
            (Fault::KernelErrors { node, count }, None)
        }
        6 => (reload(stream, &node, services), None),
        _ => return faults,
    };
    faults.push(TimedFault { at, fault: first });
    faults.extend(then.map(|fault| TimedFault { at: later, fault }));
    faults
}

/// Another list of servers: one less, or one more.
fn reload(stream: &mut Stream, node: &Name, services: &[VirtualServer]) -> Fault {
    let mut services = services.to_vec();
    if let Some(service) = services.first_mut() {
        if service.real_servers.len() > 1 && stream.happens(Share::percent(50)) {
            service.real_servers.remove(0);
        } else {
            let own = server(stream, 7, service.alpha);
            service.real_servers.push(own);
        }
        let weight: u32 = service.real_servers.iter().map(|own| own.weight).sum();
        service.quorum = service.quorum.min(weight).max(1);
        service.hysteresis = service.hysteresis.min(service.quorum - 1);
    }
    let priority = if node.as_str() == "lb1" { 150 } else { 100 };
    Fault::Reload {
        node: node.clone(),
        config: Box::new(config(priority, services)),
    }
}

fn address(stream: &mut Stream) -> IpAddr {
    let host = 1 + stream.below(4);
    Ipv4Addr::new(10, 0, 0, u8::try_from(host).unwrap_or(1)).into()
}

fn backend(stream: &mut Stream) -> Fault {
    let is = match stream.below(12) {
        0 | 1 => Health::Refuse,
        2 => Health::Hang,
        3 => Health::HalfOpen,
        4 => Health::Trickle,
        5 => Health::Reset,
        6 => Health::Slow(Duration::from_millis(u64::from(stream.below(2_000)))),
        7 => Health::Status(503),
        8 => Health::Garbage,
        9 => Health::Exit(u8::try_from(stream.below(8)).unwrap_or(0)),
        10 => Health::Flap("ooxxoxoo".to_owned()),
        _ => Health::Ok,
    };
    Fault::Backend(BackendFault {
        address: address(stream),
        is,
    })
}
