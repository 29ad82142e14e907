//! The LVS part of a life: services in the configuration, and what the world answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use bellwether_core::event::ScriptExit;
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, Table};
use bellwether_core::lvs::{ProbeFailure, ProbeId, ProbeResult};
use bellwether_core::model::Lvs;
use bellwether_core::model::lvs::{
    Check, Checker, Forwarding, MiscCheck, Protocol, RealServer, Schedule, Service, SorryServer,
    VirtualServer,
};
use bellwether_core::unit::Family;
use bellwether_core::{Effect, Event, Node, OpId};

use super::Input;

/// Some services, or none.
pub(super) fn lvs(choice: u8) -> Lvs {
    let count = choice % 3;
    let services = (0..count).map(|place| virtual_server(choice, place));
    Lvs {
        virtual_servers: services.collect(),
        ..Lvs::default()
    }
}

fn virtual_server(choice: u8, place: u8) -> VirtualServer {
    let service = Service::Address {
        address: Ipv4Addr::new(192, 0, 2, 100).into(),
        port: 80 + u16::from(place),
        protocol: Protocol::Tcp,
    };
    let servers = (1..=3 + choice % 2).map(|host| server(choice, host));
    VirtualServer {
        quorum: u32::from(choice >> 3 & 3) + 1,
        hysteresis: u32::from(choice >> 5 & 1),
        omega: choice & 4 != 0,
        ha_suspend: choice & 8 != 0,
        sorry: (choice & 16 != 0).then(|| {
            Box::new(SorryServer {
                address: Ipv4Addr::new(10, 0, 0, choice % 8).into(),
                port: 80,
                forwarding: Forwarding::Nat,
                inhibit: choice & 32 != 0,
            })
        }),
        real_servers: servers.collect(),
        ..VirtualServer::new(service, Family::V4)
    }
}

fn server(choice: u8, host: u8) -> RealServer {
    let schedule = Schedule {
        delay_loop: Duration::from_millis(u64::from(choice) * 10),
        warmup: Duration::from_millis(u64::from(choice) * 3),
        retry: u32::from(choice % 4),
        rise: u32::from(choice % 3),
        delay_before_retry: Duration::from_millis(u64::from(choice % 5)),
        alpha: choice & 64 != 0,
        log_all_failures: choice & 1 != 0,
    };
    let misc = Check::Misc(Box::new(MiscCheck {
        command: bellwether_core::model::Command(vec!["/bin/true".into()]),
        user: None,
        timeout: Duration::from_millis(u64::from(choice)),
        dynamic: true,
    }));
    let checks = [Check::Tcp, misc].into_iter().take(usize::from(host % 3));
    let checker = |check| Checker {
        schedule,
        connect: None,
        timeout: Duration::from_millis(u64::from(choice)),
        source: None,
        check,
    };
    RealServer {
        weight: u32::from(choice % 3),
        inhibit_on_failure: choice & 128 != 0,
        checkers: checks.map(checker).collect(),
        ..RealServer::new(Ipv4Addr::new(10, 0, 0, host).into(), 80, Forwarding::Nat)
    }
}

/// The kernel's table, and what awaits an answer.
#[derive(Default)]
pub(super) struct Services {
    table: Table,
    ops: Vec<(OpId, IpvsOp)>,
    looks: u32,
    pub(super) stopping: bool,
    probes: Vec<ProbeId>,
    known_ops: BTreeSet<OpId>,
    known_probes: BTreeSet<ProbeId>,
}

impl Services {
    pub(super) fn take(&mut self, effect: Effect) {
        match effect {
            Effect::StartProbe { probe, .. } => {
                assert!(self.known_probes.insert(probe), "an id is never used twice");
                self.probes.push(probe);
            }
            Effect::CancelProbe { probe } => self.probes.retain(|own| *own != probe),
            Effect::Table { op, action } => {
                assert!(self.known_ops.insert(op), "an id is never used twice");
                self.ops.push((op, action));
            }
            Effect::ObserveTable => self.looks += 1,
            other @ (Effect::Transmit(_)
            | Effect::Announce(_)
            | Effect::Join(_)
            | Effect::Leave(_)
            | Effect::Kernel { .. }
            | Effect::Observe { .. }
            | Effect::ObserveRouting { .. }
            | Effect::Follow(_)
            | Effect::Unfollow { .. }
            | Effect::TransmitBfd(_)
            | Effect::Watch { .. }
            | Effect::Unwatch { .. }
            | Effect::StartScript { .. }
            | Effect::KillScript { .. }
            | Effect::Notify(_)
            | Effect::Notice(_)
            | Effect::Stopped) => panic!("not of the LVS part: {other:?}"),
        }
    }

    /// Something of the LVS part is answered, or somebody changes the table.
    pub(super) fn answer(&mut self, input: &mut Input<'_>) -> Option<Event> {
        match input.byte() % 4 {
            0 => self.answer_probe(input.byte()),
            1 => self.answer_op(input.byte()),
            2 => self.answer_look(input.byte()),
            _ => {
                let places = self.table.services.keys().copied();
                if let Some(key) = places.into_iter().next() {
                    let _gone = self.table.apply(&IpvsOp::RemoveService(key));
                }
                None
            }
        }
    }

    fn answer_probe(&mut self, choice: u8) -> Option<Event> {
        let place = usize::from(choice) % self.probes.len().max(1);
        let probe = (place < self.probes.len()).then(|| self.probes.remove(place))?;
        let result = match choice % 4 {
            0 => ProbeResult::Failed(ProbeFailure::Refused),
            1 => ProbeResult::Exited(ScriptExit::Status(i32::from(choice))),
            _ => ProbeResult::Success,
        };
        Some(Event::ProbeDone { probe, result })
    }

    fn answer_op(&mut self, choice: u8) -> Option<Event> {
        let (op, action) = (!self.ops.is_empty()).then(|| self.ops.remove(0))?;
        let outcome = match choice {
            0..20 => Err(IpvsError::Denied),
            20..30 => Err(IpvsError::OutOfRange),
            30..40 => Err(IpvsError::Unknown),
            _ => self.table.apply(&action),
        };
        Some(Event::TableDone { op, outcome })
    }

    fn answer_look(&mut self, choice: u8) -> Option<Event> {
        self.looks = self.looks.checked_sub(1)?;
        Some(Event::Table(if choice < 20 {
            Err(IpvsError::Unavailable)
        } else {
            Ok(Box::new(self.table.clone()))
        }))
    }
}

/// I20, I21: what a node says of its services holds together.
pub(super) fn check(node: &Node, services: &Services) {
    let Some(lvs) = node.lvs() else {
        return;
    };
    assert!(lvs.probes_under_way() <= services.probes.len());
    for service in lvs.status().services {
        let up = service.servers.iter().filter(|own| own.up);
        let weight: u64 = up.map(|own| u64::from(own.effective_weight)).sum();
        assert_eq!(service.live_weight, weight, "I20");
        assert!(!service.quorum_up || weight > 0, "I20");
        let mut weights = BTreeMap::new();
        for server in &service.servers {
            weights.insert(server.server.clone(), server.table_weight);
            let all_well = server.checkers.iter().all(|own| own.up);
            // With `omega` a stopping node tells of servers going down that are well.
            let told_the_end = services.stopping && !server.up;
            assert!(
                server.up == all_well || told_the_end,
                "a server is what its checkers say"
            );
        }
        assert_eq!(weights.len(), service.servers.len());
    }
}
