//! The laws of the table, as one story whose every step has the kernel's answer.
//!
//! The pure [`Table`](super::Table), the simulator's adapter and the real kernel are all held to
//! it: each step is applied, the answer compared, and what the table then holds is what
//! [`Table`](super::Table) holds. It starts from an empty table.

use core::num::NonZeroU32;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    Destination, DestinationKey, IpvsError, IpvsOp, Method, Netmask, Persistence, Service,
    ServiceKey, Timeouts,
};
use crate::model::lvs::{HashFlags, Protocol, Scheduler, Tunnel, TunnelChecksum};
use crate::unit::Family;

/// One step: what is asked, and what is answered.
#[derive(Clone, Debug)]
pub struct Step {
    /// The law, in words.
    pub law: &'static str,
    /// What is asked.
    pub op: IpvsOp,
    /// What the kernel answers.
    pub answer: Result<(), IpvsError>,
}

/// The story. It needs the schedulers wlc, wrr and sh; no interface.
#[must_use]
pub fn story() -> Vec<Step> {
    [services(), destinations(), bounds(), families(), the_rest()].concat()
}

const WEB: ServiceKey = ServiceKey::Address {
    protocol: Protocol::Tcp,
    address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)),
    port: 80,
};
const DNS: ServiceKey = ServiceKey::Address {
    protocol: Protocol::Udp,
    address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)),
    port: 53,
};
const SIX: ServiceKey = ServiceKey::Address {
    protocol: Protocol::Tcp,
    address: IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10)),
    port: 80,
};
const MARK: ServiceKey = ServiceKey::Fwmark {
    family: Family::V4,
    mark: NonZeroU32::MAX,
};
const MARK_SIX: ServiceKey = ServiceKey::Fwmark {
    family: Family::V6,
    mark: NonZeroU32::MAX,
};
const GUE: Tunnel = Tunnel::Gue {
    port: 6080,
    checksum: TunnelChecksum::Remote,
};

fn services() -> Vec<Step> {
    let web = Service::new(WEB, Scheduler::Wlc);
    let sticky = Service {
        persistence: Some(Persistence {
            timeout: 360,
            mask: Netmask::prefix(Family::V4, 24),
        }),
        ..Service::new(WEB, Scheduler::Wrr)
    };
    let hashed = Scheduler::Sh(HashFlags {
        port: true,
        fallback: true,
    });
    let dns = Service {
        one_packet: true,
        ..Service::new(DNS, hashed)
    };
    let wrong_mask = Service {
        persistence: Some(Persistence {
            timeout: 360,
            mask: Netmask::V6(0),
        }),
        ..Service::new(SIX, Scheduler::Wlc)
    };
    vec![
        fails(
            "what isn't there can't be changed",
            IpvsOp::SetService(web.clone()),
            IpvsError::NoService,
        ),
        fails(
            "nor removed",
            IpvsOp::RemoveService(WEB),
            IpvsError::NoService,
        ),
        fails(
            "nor counted anew",
            IpvsOp::Zero(Some(WEB)),
            IpvsError::NoService,
        ),
        done("a service is added", IpvsOp::AddService(web.clone())),
        fails(
            "a service is there once",
            IpvsOp::AddService(web.clone()),
            IpvsError::ServiceExists,
        ),
        done("a change replaces all", IpvsOp::SetService(sticky)),
        done("persistence and mask too", IpvsOp::SetService(web)),
        done("flags belong to it", IpvsOp::AddService(dns)),
        done(
            "flags that aren't repeated go",
            IpvsOp::SetService(Service::new(DNS, Scheduler::Sh(HashFlags::default()))),
        ),
        fails(
            "a prefix of an IPv6 address has 1 bit at least",
            IpvsOp::AddService(wrong_mask),
            IpvsError::Invalid,
        ),
        done(
            "a mark is another service in each family",
            IpvsOp::AddService(Service::new(MARK, Scheduler::Wlc)),
        ),
        done(
            "IPv6's",
            IpvsOp::AddService(Service::new(MARK_SIX, Scheduler::Wlc)),
        ),
        done("one of them is removed", IpvsOp::RemoveService(MARK)),
    ]
}

fn destinations() -> Vec<Step> {
    let one = Destination::new(at(1, 80), Method::Direct);
    let limited = Destination {
        weight: 5,
        uthreshold: 1000,
        lthreshold: 500,
        ..one
    };
    let add = |destination| IpvsOp::AddDestination(WEB, destination);
    let set = |destination| IpvsOp::SetDestination(WEB, destination);
    let remove = |service, destination| IpvsOp::RemoveDestination(service, destination);
    let masqueraded = |port| Destination::new(at(1, port), Method::Masquerade);
    vec![
        fails(
            "a destination needs its service",
            IpvsOp::AddDestination(MARK, one),
            IpvsError::NoService,
        ),
        fails(
            "to be changed",
            IpvsOp::SetDestination(MARK, one),
            IpvsError::NoService,
        ),
        fails("to be removed", remove(MARK, one.key), IpvsError::NoService),
        fails(
            "a destination that isn't there can't be changed",
            set(one),
            IpvsError::NoDestination,
        ),
        fails(
            "nor removed",
            remove(WEB, one.key),
            IpvsError::NoDestination,
        ),
        done("a destination is added", add(limited)),
        fails(
            "a destination is there once",
            add(one),
            IpvsError::DestinationExists,
        ),
        done("a change replaces all: the limits go", set(one)),
        done("the method too", set(masqueraded(80))),
        done("another port is another destination", add(masqueraded(81))),
        done("weight 0 stays", set(Destination { weight: 0, ..one })),
        done("it is removed", remove(WEB, at(1, 81))),
    ]
}

fn bounds() -> Vec<Step> {
    let two = Destination::new(at(2, 80), Method::Direct);
    let add = |destination| IpvsOp::AddDestination(WEB, destination);
    vec![
        fails(
            "a weight is a signed number",
            add(Destination {
                weight: 0x8000_0000,
                ..two
            }),
            IpvsError::OutOfRange,
        ),
        fails(
            "the lower threshold is not above the upper one",
            add(Destination {
                uthreshold: 5,
                lthreshold: 6,
                ..two
            }),
            IpvsError::OutOfRange,
        ),
        fails(
            "nor there without it",
            add(Destination {
                lthreshold: 6,
                ..two
            }),
            IpvsError::OutOfRange,
        ),
        fails(
            "a server is one host",
            add(Destination::new(
                DestinationKey {
                    address: IpAddr::V4(Ipv4Addr::new(224, 0, 0, 1)),
                    port: 80,
                },
                Method::Direct,
            )),
            IpvsError::Invalid,
        ),
        done(
            "the largest values",
            add(Destination {
                weight: 0x7fff_ffff,
                uthreshold: u32::MAX,
                lthreshold: u32::MAX,
                ..two
            }),
        ),
    ]
}

fn families() -> Vec<Step> {
    let across = |method| Destination::new(at(9, 80), method);
    let no_port = Tunnel::Gue {
        port: 0,
        checksum: TunnelChecksum::None,
    };
    let gre = Tunnel::Gre {
        checksum: TunnelChecksum::Full,
    };
    vec![
        done(
            "an IPv6 service",
            IpvsOp::AddService(Service {
                persistence: Some(Persistence {
                    timeout: 60,
                    mask: Netmask::V6(64),
                }),
                ..Service::new(SIX, Scheduler::Wlc)
            }),
        ),
        fails(
            "a server of the other family is reached by tunnels only",
            IpvsOp::AddDestination(SIX, across(Method::Masquerade)),
            IpvsError::Invalid,
        ),
        done(
            "as this one",
            IpvsOp::AddDestination(SIX, across(Method::Tunnel(Tunnel::IpIp))),
        ),
        done(
            "a tunnel has a kind",
            IpvsOp::SetDestination(SIX, across(Method::Tunnel(GUE))),
        ),
        done(
            "which is replaced too",
            IpvsOp::SetDestination(SIX, across(Method::Tunnel(gre))),
        ),
        fails(
            "GUE needs a port",
            IpvsOp::SetDestination(SIX, across(Method::Tunnel(no_port))),
            IpvsError::Invalid,
        ),
    ]
}

fn the_rest() -> Vec<Step> {
    vec![
        done("counters of one", IpvsOp::Zero(Some(WEB))),
        done("counters of all", IpvsOp::Zero(None)),
        done(
            "a timeout of 0 is left as it is",
            IpvsOp::SetTimeouts(Timeouts {
                tcp: 1000,
                tcp_fin: 0,
                udp: 200,
            }),
        ),
        done(
            "a service goes with its destinations",
            IpvsOp::RemoveService(SIX),
        ),
        done(
            "back",
            IpvsOp::AddService(Service::new(SIX, Scheduler::Wrr)),
        ),
        done("all go", IpvsOp::Flush),
        done("of nothing too", IpvsOp::Flush),
        done(
            "the timeouts stay",
            IpvsOp::SetTimeouts(Timeouts {
                tcp: 0,
                tcp_fin: 0,
                udp: 0,
            }),
        ),
    ]
}

/// 10.0.0.x.
const fn at(last: u8, port: u16) -> DestinationKey {
    DestinationKey {
        address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
        port,
    }
}

const fn done(law: &'static str, op: IpvsOp) -> Step {
    Step {
        law,
        op,
        answer: Ok(()),
    }
}

const fn fails(law: &'static str, op: IpvsOp, error: IpvsError) -> Step {
    Step {
        law,
        op,
        answer: Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ipvs::Table;

    #[test]
    fn the_pure_table_keeps_the_laws() {
        let mut table = Table::default();
        for Step { law, op, answer } in story() {
            let before = table.clone();
            assert_eq!(table.apply(&op), answer, "{law}");
            if answer.is_err() {
                assert_eq!(table, before, "{law}: an error changes nothing");
            }
        }
        assert!(table.services.is_empty());
        let timeouts = Timeouts {
            tcp: 1000,
            tcp_fin: 120,
            udp: 200,
        };
        assert_eq!(table.timeouts, timeouts);
    }

    #[test]
    fn a_change_replaces_and_nothing_else_moves() {
        let mut table = Table::default();
        let steps = [services(), destinations()].concat();
        for step in steps {
            let _answer = table.apply(&step.op);
        }
        let web = &table.services[&WEB];
        assert_eq!(web.service.persistence, None);
        assert_eq!(web.destinations.len(), 1);
        let first = web.destinations[&at(1, 80)];
        let limits = (first.weight, first.uthreshold, first.lthreshold);
        assert_eq!(limits, (0, 0, 0));
        assert_eq!(table.services[&DNS].service.scheduler_flags, 0);
        assert!(!table.services[&DNS].service.one_packet);
    }

    #[test]
    fn daemons_are_one_of_each_and_know_one_family() {
        use crate::kernel::ipvs::{Daemon, Role};
        let daemon = |role| Daemon::new(role, "eth0".parse().unwrap(), 1);
        let (master, backup) = (daemon(Role::Master), daemon(Role::Backup));
        let mut table = Table::default();
        let stop = IpvsOp::StopDaemon(Role::Master);
        assert_eq!(table.apply(&stop), Err(IpvsError::NoDaemon));
        assert_eq!(table.apply(&IpvsOp::StartDaemon(master)), Ok(()));
        let again = table.apply(&IpvsOp::StartDaemon(master));
        assert_eq!(again, Err(IpvsError::DaemonRuns));
        assert_eq!(table.apply(&IpvsOp::StartDaemon(backup)), Ok(()));

        let six = Service::new(SIX, Scheduler::Wlc);
        let across = Destination::new(at(1, 80), Method::Tunnel(Tunnel::IpIp));
        let add = IpvsOp::AddDestination(SIX, across);
        assert_eq!(table.apply(&IpvsOp::AddService(six)), Ok(()));
        assert_eq!(table.apply(&add), Err(IpvsError::Invalid));
        assert_eq!(table.apply(&stop), Ok(()));
        assert_eq!(table.apply(&IpvsOp::StopDaemon(Role::Backup)), Ok(()));
        assert_eq!(table.apply(&add), Ok(()));
        let start = IpvsOp::StartDaemon(master);
        assert_eq!(table.apply(&start), Err(IpvsError::Invalid));
    }
}
