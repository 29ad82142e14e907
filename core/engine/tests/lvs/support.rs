//! A bench for the LVS part of one node: time, servers whose health is set, and a kernel's table.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bellwether_core::event::ScriptExit;
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, ServiceKey, Table};
use bellwether_core::lvs::{LvsNotice, ProbeFailure, ProbeId, ProbeResult, ProbeSpec};
use bellwether_core::model::lvs::{
    Check, Checker, Forwarding, MiscCheck, Protocol, RealServer, Schedule, Service, SorryServer,
    VirtualServer,
};
use bellwether_core::model::{Command, Config, Globals, Lvs, Parts};
use bellwether_core::status::{ServerStatus, ServiceStatus};
use bellwether_core::unit::Family;
use bellwether_core::{Effect, Event, Instant, Node, Notice, OpId};

pub(crate) const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

pub(crate) const fn real(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, host)
}

pub(crate) const SORRY: Ipv4Addr = Ipv4Addr::new(10, 0, 9, 9);

/// 192.0.2.1 TCP 80.
pub(crate) fn web() -> Service {
    service_at(80)
}

pub(crate) fn service_at(port: u16) -> Service {
    Service::Address {
        address: VIP.into(),
        port,
        protocol: Protocol::Tcp,
    }
}

pub(crate) const fn entry_at(port: u16) -> ServiceKey {
    ServiceKey::Address {
        protocol: Protocol::Tcp,
        address: IpAddr::V4(VIP),
        port,
    }
}

/// A check every 10 s from the start on, one retry after 1 s.
pub(crate) const fn schedule() -> Schedule {
    Schedule {
        delay_loop: Duration::from_secs(10),
        warmup: Duration::ZERO,
        retry: 1,
        rise: 1,
        delay_before_retry: Duration::from_secs(1),
        alpha: false,
        log_all_failures: false,
    }
}

pub(crate) fn checker(check: Check) -> Checker {
    Checker {
        schedule: schedule(),
        connect: None,
        timeout: Duration::from_secs(5),
        source: None,
        check,
    }
}

/// 10.0.0.x port 80 behind NAT, checked by TCP.
pub(crate) fn server(host: u8) -> RealServer {
    RealServer {
        checkers: vec![checker(Check::Tcp)],
        ..RealServer::new(real(host).into(), 80, Forwarding::Nat)
    }
}

pub(crate) fn weighing(host: u8, weight: u32) -> RealServer {
    RealServer {
        weight,
        ..server(host)
    }
}

pub(crate) fn alpha(mut server: RealServer) -> RealServer {
    for checker in &mut server.checkers {
        checker.schedule.alpha = true;
    }
    server
}

pub(crate) fn misc(dynamic: bool) -> Checker {
    checker(Check::Misc(Box::new(MiscCheck {
        command: Command(vec!["/usr/bin/check".into()]),
        user: None,
        timeout: Duration::from_secs(5),
        dynamic,
    })))
}

pub(crate) fn sorry() -> Option<Box<SorryServer>> {
    Some(Box::new(SorryServer {
        address: SORRY.into(),
        port: 80,
        forwarding: Forwarding::Nat,
        inhibit: false,
    }))
}

pub(crate) fn virtual_server(servers: Vec<RealServer>) -> VirtualServer {
    VirtualServer {
        real_servers: servers,
        ..VirtualServer::new(web(), Family::V4)
    }
}

pub(crate) fn config(virtual_servers: Vec<VirtualServer>) -> Config {
    config_with(virtual_servers, Globals::default())
}

pub(crate) fn config_with(virtual_servers: Vec<VirtualServer>, globals: Globals) -> Config {
    Config::new(Parts {
        globals,
        lvs: Lvs {
            virtual_servers,
            ..Lvs::default()
        },
        ..Parts::default()
    })
    .unwrap()
}

pub(crate) struct Bench {
    pub(crate) node: Node,
    pub(crate) now: Instant,
    /// The kernel's table.
    pub(crate) table: Table,
    /// What the kernel answers instead of doing it, for as many operations.
    pub(crate) refusals: Vec<Option<IpvsError>>,
    /// Whether the kernel answers at all.
    pub(crate) answering: bool,
    unanswered: Vec<(OpId, Result<(), IpvsError>)>,
    /// How servers are; those that are not here are well. `None`: no answer.
    health: BTreeMap<IpAddr, Option<ProbeResult>>,
    /// The checks that await an answer.
    pub(crate) waiting: BTreeMap<ProbeId, SocketAddr>,
    /// Every check: when, of what, and which page.
    pub(crate) probes: Vec<(Instant, SocketAddr, Option<u16>)>,
    /// Every operation since the last [`Self::take_ops`], done or refused.
    pub(crate) ops: Vec<IpvsOp>,
    /// What was told, in keepalived's words.
    pub(crate) told: Vec<String>,
    /// The commands that were run, by their first word.
    pub(crate) hooks: Vec<String>,
    pub(crate) notices: Vec<LvsNotice>,
    pub(crate) stopped: bool,
    pub(crate) looks: u32,
    /// Services that had destinations before and after some operations, but not in between.
    pub(crate) dips: BTreeSet<ServiceKey>,
}

impl Bench {
    pub(crate) fn new(config: Config) -> Self {
        Self::on(config, Table::default())
    }

    /// The same on a kernel that has a table already.
    pub(crate) fn on(config: Config, table: Table) -> Self {
        Self::with(config, table, |_| {})
    }

    /// The same, with something set before the first check.
    pub(crate) fn with(config: Config, table: Table, prepare: impl FnOnce(&mut Self)) -> Self {
        let mut bench = Self {
            node: Node::new(config, Instant::ZERO),
            now: Instant::ZERO,
            table,
            refusals: Vec::new(),
            answering: true,
            unanswered: Vec::new(),
            health: BTreeMap::new(),
            waiting: BTreeMap::new(),
            probes: Vec::new(),
            ops: Vec::new(),
            told: Vec::new(),
            hooks: Vec::new(),
            notices: Vec::new(),
            stopped: false,
            looks: 0,
            dips: BTreeSet::new(),
        };
        prepare(&mut bench);
        bench.pump();
        bench
    }

    pub(crate) fn well(&mut self, host: u8) {
        self.health.remove(&IpAddr::from(real(host)));
    }

    pub(crate) fn fail(&mut self, host: u8) {
        self.answer(host, ProbeResult::Failed(ProbeFailure::Refused));
    }

    pub(crate) fn hang(&mut self, host: u8) {
        self.health.insert(real(host).into(), None);
    }

    pub(crate) fn exits(&mut self, host: u8, status: i32) {
        self.answer(host, ProbeResult::Exited(ScriptExit::Status(status)));
    }

    pub(crate) fn answer(&mut self, host: u8, result: ProbeResult) {
        self.health.insert(real(host).into(), Some(result));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.node.handle(self.now, event);
        self.pump();
    }

    pub(crate) fn reload(&mut self, config: Config) {
        self.event(Event::Reload(Box::new(config)));
    }

    pub(crate) fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.node.handle_timeout(self.now);
            self.pump();
        }
        self.now = end;
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.run_for(Duration::from_secs(seconds));
    }

    /// The kernel's answers that were held back arrive.
    pub(crate) fn answer_now(&mut self) {
        self.answering = true;
        for (op, outcome) in std::mem::take(&mut self.unanswered) {
            self.node.handle(self.now, Event::TableDone { op, outcome });
        }
        self.pump();
    }

    pub(crate) fn take_ops(&mut self) -> Vec<IpvsOp> {
        std::mem::take(&mut self.ops)
    }

    pub(crate) fn take_told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// The destinations of 192.0.2.1:80 with their weights: `10.0.0.1:80 1`.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.rows_at(80)
    }

    pub(crate) fn rows_at(&self, port: u16) -> Vec<String> {
        let entry = self.table.services.get(&entry_at(port));
        let all = entry
            .into_iter()
            .flat_map(|entry| entry.destinations.values());
        all.map(|own| format!("{} {}", own.key, own.weight))
            .collect()
    }

    pub(crate) fn service(&self) -> ServiceStatus {
        self.node.status(self.now).lvs.unwrap().services[0].clone()
    }

    pub(crate) fn server(&self, place: usize) -> ServerStatus {
        self.service().servers[place].clone()
    }

    pub(crate) fn is_up(&self, place: usize) -> bool {
        self.server(place).up
    }

    /// How often each server was checked at all.
    pub(crate) fn probes_of(&self, host: u8) -> Vec<u64> {
        let own = |(_, target, _): &&(Instant, SocketAddr, Option<u16>)| {
            target.ip() == IpAddr::from(real(host))
        };
        let all = self.probes.iter().filter(own);
        all.map(|(at, ..)| at.as_nanos() / 1_000_000).collect()
    }

    pub(crate) fn pump(&mut self) {
        while let Some(effect) = self.node.poll_effect() {
            match effect {
                Effect::StartProbe { probe, spec, page } => self.probe(probe, &spec, page),
                Effect::CancelProbe { probe } => {
                    self.waiting.remove(&probe);
                }
                Effect::Table { op, action } => self.change(op, action),
                Effect::ObserveTable => {
                    self.looks += 1;
                    let found = Ok(Box::new(self.table.clone()));
                    self.node.handle(self.now, Event::Table(found));
                }
                Effect::Notify(told) => {
                    self.told.push(told.line());
                    let words = told.hooks.iter().map(|hook| hook.command.0.join(" "));
                    self.hooks.extend(words);
                }
                Effect::Notice(Notice::Lvs(notice)) => self.notices.push(notice),
                Effect::Stopped => self.stopped = true,
                // What checkers read besides is seen by the test.
                Effect::Watch { .. } | Effect::Follow(_) | Effect::Unfollow { .. } => {}
                Effect::Notice(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn probe(&mut self, probe: ProbeId, spec: &ProbeSpec, page: Option<u16>) {
        self.probes.push((self.now, spec.target, page));
        let known = self.health.get(&spec.server.address).cloned();
        match known.unwrap_or(Some(ProbeResult::Success)) {
            Some(result) => self
                .node
                .handle(self.now, Event::ProbeDone { probe, result }),
            None => {
                let again = self.waiting.insert(probe, spec.target);
                assert_eq!(again, None, "an id is never used twice");
            }
        }
    }

    fn change(&mut self, op: OpId, action: IpvsOp) {
        let refusal = (!self.refusals.is_empty()).then(|| self.refusals.remove(0));
        let key = service_of(&action);
        let count = |table: &Table| {
            let entry = key.and_then(|key| table.services.get(&key));
            entry.map_or(0, |entry| entry.destinations.len())
        };
        let before = count(&self.table);
        let outcome = match refusal.flatten() {
            Some(error) => Err(error),
            None => self.table.apply(&action),
        };
        if let Some(key) = key.filter(|_| before > 0 && count(&self.table) == 0) {
            self.dips.insert(key);
        }
        self.ops.push(action);
        if self.answering {
            self.node.handle(self.now, Event::TableDone { op, outcome });
        } else {
            self.unanswered.push((op, outcome));
        }
    }
}

pub(crate) const fn service_of(op: &IpvsOp) -> Option<ServiceKey> {
    match op {
        IpvsOp::AddService(service) | IpvsOp::SetService(service) => Some(service.key),
        IpvsOp::RemoveService(key)
        | IpvsOp::AddDestination(key, _)
        | IpvsOp::SetDestination(key, _)
        | IpvsOp::RemoveDestination(key, _) => Some(*key),
        IpvsOp::Zero(_)
        | IpvsOp::Flush
        | IpvsOp::StartDaemon(_)
        | IpvsOp::StopDaemon(_)
        | IpvsOp::SetTimeouts(_) => None,
    }
}
