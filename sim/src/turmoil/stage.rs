//! The world that a plan is played in, and what faults do to it.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::SystemTime;

use bellwether_core::model::Config;
use bellwether_core::track::TrackerKind;
use bellwether_core::unit::{IfName, Name};
use bellwether_core::{Event, Instant};

use super::actor::{Actor, furnish};
use super::clock::TicksPerMilli;
use super::express::TurmoilPlan;
use super::gate::Gate;
use super::host::{Conduct, Host};
use super::record::Recorder;
use super::wire::Wires;
use crate::backend::Backends;
use crate::fault::{BackendFault, Fault, ScriptRun, TableEvent, TableFault, Way};
use crate::log::{Entry, NodeId, Process as ProcessChange, What};
use crate::scenario::NodeSpec;
use crate::things::TrackedThing;

/// The world that a plan is played in.
pub(super) struct Stage {
    pub(super) sim: turmoil::Sim<'static>,
    actors: Vec<Actor>,
    names: BTreeMap<Name, NodeId>,
    wires: Rc<RefCell<Wires>>,
    pub(super) entries: Rc<RefCell<Vec<Entry>>>,
    /// How real servers behave, the same for all hosts.
    pub(super) backends: Rc<RefCell<Backends>>,
}

impl Stage {
    pub(super) fn build(plan: &TurmoilPlan, ticks: TicksPerMilli) -> Self {
        let tick = Duration::from_millis(1);
        let mut sim = turmoil::Builder::new()
            .epoch(SystemTime::UNIX_EPOCH)
            .simulation_duration(Duration::MAX)
            .tick_duration(tick)
            .min_message_latency(tick)
            .max_message_latency(tick)
            .fail_rate(0.0)
            .udp_capacity(4096)
            .rng_seed(plan.scenario.seed)
            .build();
        let entries = Rc::new(RefCell::new(Vec::new()));
        let wires = Rc::new(RefCell::new(Wires::new(&plan.scenario)));
        let backends = Rc::new(RefCell::new(Backends::default()));
        let mut actors = Vec::new();
        let mut names = BTreeMap::new();
        for (place, spec) in plan.nodes().iter().enumerate() {
            let node = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            let recorder = Recorder {
                node,
                entries: entries.clone(),
            };
            let actor = Actor {
                turmoil_name: format!("host-{place}"),
                host: Rc::new(RefCell::new(furnish(spec, node, backends.clone()))),
                gate: Rc::new(Gate::new()),
                config: Rc::new(RefCell::new(spec.config.clone())),
                recorder,
                awaits_start: true,
            };
            actor.enter(&mut sim, wires.clone(), ticks);
            // No process runs before its time; `start_sleepers` starts it.
            sim.crash(actor.turmoil_name.as_str());
            let address = sim.lookup(actor.turmoil_name.as_str());
            let mut segments: BTreeMap<Name, Vec<IpAddr>> = BTreeMap::new();
            for own in spec.interfaces.values() {
                let there = segments.entry(own.segment.clone()).or_default();
                there.extend(own.addresses.iter().map(|cidr| cidr.address));
            }
            wires.borrow_mut().plug(address, segments);
            names.insert(spec.name.clone(), node);
            actors.push(actor);
        }
        Self {
            sim,
            actors,
            names,
            wires,
            entries,
            backends,
        }
    }

    /// Starts each process whose first start is due, where there is power; where there is none that
    /// start is missed.
    pub(super) fn start_sleepers(&mut self, nodes: &[NodeSpec], now: Instant) {
        for (place, spec) in nodes.iter().enumerate() {
            let Some(actor) = self.actors.get_mut(place) else {
                continue;
            };
            let due = spec.starts_at <= now && core::mem::take(&mut actor.awaits_start);
            if due && self.wires.borrow().is_powered(actor.recorder.node) {
                self.start(spec.starts_at, &spec.name);
            }
        }
    }

    /// Makes one fault happen.
    pub(super) fn inflict(&mut self, now: Instant, fault: &Fault) {
        self.entries.borrow_mut().push(Entry {
            at: now,
            node: None,
            what: What::Fault(Box::new(fault.clone())),
        });
        match fault {
            Fault::Crash(node) => self.kill(now, node, ProcessChange::Killed),
            Fault::PowerOff(node) => {
                self.kill(now, node, ProcessChange::PoweredOff);
                self.with_host(node, |host| host.power_off(now));
                self.set_power(node, false);
            }
            Fault::Start(node) => self.start(now, node),
            Fault::Stop(node) => self.post(now, node, Event::Shutdown),
            Fault::Pause(node) => self.set_gate(node, false),
            Fault::Resume(node) => self.set_gate(node, true),
            Fault::Reload { node, config } => self.reload(now, node, config),
            Fault::Cut(way) => self.set_cut(way, true),
            Fault::Heal(way) => self.set_cut(way, false),
            Fault::CutBoth(ends) => both(ends, |way| self.set_cut(way, true)),
            Fault::HealBoth(ends) => both(ends, |way| self.set_cut(way, false)),
            Fault::Isolate(station) => self.isolate(station),
            Fault::HealAll {} => self.heal_all(),
            Fault::LoseNext { from, to, .. }
            | Fault::LosePattern { from, to, .. }
            | Fault::LoseResignation(Way { from, to })
            | Fault::Loss { from, to, .. }
            | Fault::BurstLoss { from, to, .. }
            | Fault::Delay { from, to, .. }
            | Fault::Duplicate { from, to, .. }
            | Fault::Reorder { from, to, .. }
            | Fault::Corrupt { from, to, .. } => self.change_wire(from, to, fault),
            Fault::LinkDown { node, interface } => self.set_link(now, node, *interface, false),
            Fault::LinkUp { node, interface } => self.set_link(now, node, *interface, true),
            Fault::ScriptOk(run) => self.direct(run, Conduct::Succeeds),
            Fault::ScriptFail(run) => self.direct(run, Conduct::Fails),
            Fault::ScriptHang(run) => self.direct(run, Conduct::Hangs),
            Fault::Flap {
                node,
                script,
                pattern,
            } => self.flap(node, script, pattern),
            Fault::File(fault) => self.with_host(&fault.node, |host| {
                host.things.write(&fault.file, fault.content.as_deref());
                show(host, now, TrackerKind::File, &fault.file);
            }),
            Fault::Processes(fault) => self.with_host(&fault.node, |host| {
                host.things.run(&fault.process, fault.count);
                show(host, now, TrackerKind::Process, &fault.process);
            }),
            Fault::ClockRate { node, ppm } => self.set_rate(now, node, *ppm),
            Fault::RemoveAddress { node, address } => {
                self.with_host(node, |host| host.strip(now, *address));
            }
            Fault::RemoveRoutes(node) => self.with_host(node, |host| host.strip_routes(now)),
            Fault::KernelErrors { node, count } => {
                self.with_host(node, |host| host.refusals = *count);
            }
            // Nothing reads a wall clock, and `express` lets the others into no plan.
            Fault::ClockStep { .. }
            | Fault::Inject(_)
            | Fault::InterfaceGone { .. }
            | Fault::InterfaceBack { .. } => {}
            Fault::Backend(BackendFault { address, is }) => {
                self.backends.borrow_mut().behave(*address, is.clone());
            }
            Fault::Table(TableFault { node, is }) => self.touch_table(now, node, *is),
        }
    }

    fn touch_table(&self, now: Instant, node: &Name, event: TableEvent) {
        let Some(actor) = self.actor(node) else {
            return;
        };
        for op in actor.host.borrow_mut().happen_to_table(event) {
            actor.recorder.write(now, What::TableChanged(Box::new(op)));
        }
    }

    fn reload(&mut self, now: Instant, node: &Name, config: &Config) {
        if let Some(actor) = self.actor(node) {
            actor.config.replace(config.clone());
        }
        self.with_host(node, |host| {
            for script in config.scripts() {
                host.scripts.entry(script.name.clone()).or_default();
            }
            host.things.add(config);
        });
        self.post(now, node, Event::Reload(Box::new(config.clone())));
    }

    fn flap(&self, node: &Name, script: &Name, pattern: &str) {
        let pattern = pattern.bytes().map(|letter| letter == b'o').collect();
        let run = ScriptRun {
            node: node.clone(),
            script: script.clone(),
            takes: None,
        };
        self.direct(&run, Conduct::Flaps(pattern, 0));
    }

    fn set_rate(&self, now: Instant, node: &Name, ppm: i32) {
        self.with_host(node, |host| {
            host.oscillator.set_rate(now, ppm);
            host.retimed.notify_waiters();
        });
    }

    fn actor(&self, name: &Name) -> Option<&Actor> {
        self.actors.get(self.names.get(name)?.index())
    }

    fn with_host(&self, name: &Name, change: impl FnOnce(&mut Host)) {
        if let Some(actor) = self.actor(name) {
            change(&mut actor.host.borrow_mut());
        }
    }

    /// Changes a wire; those to clients carry no adverts.
    fn change_wire(&self, from: &Name, to: &Name, fault: &Fault) {
        if let (Some(from), Some(to)) = (self.names.get(from), self.names.get(to)) {
            self.wires.borrow_mut().change(*from, *to, fault);
        }
    }

    fn set_power(&self, name: &Name, powered: bool) {
        if let Some(node) = self.names.get(name) {
            self.wires.borrow_mut().set_power(*node, powered);
        }
    }

    fn post(&mut self, now: Instant, name: &Name, event: Event) {
        let Some(turmoil_name) = self.actor(name).map(|actor| actor.turmoil_name.clone()) else {
            return;
        };
        if self.sim.is_host_running(turmoil_name.as_str()) {
            self.with_host(name, |host| {
                host.post(now, event);
            });
        }
    }

    fn kill(&mut self, now: Instant, name: &Name, change: ProcessChange) {
        let Some(actor) = self.actor(name) else {
            return;
        };
        let turmoil_name = actor.turmoil_name.clone();
        actor.recorder.write(now, What::Process(change));
        self.sim.crash(turmoil_name.as_str());
        self.with_host(name, Host::process_died);
    }

    fn start(&mut self, now: Instant, name: &Name) {
        let Some(place) = self.names.get(name).map(|node| node.index()) else {
            return;
        };
        self.set_power(name, true);
        let Some(actor) = self.actors.get_mut(place) else {
            return;
        };
        actor.awaits_start = false;
        let turmoil_name = actor.turmoil_name.clone();
        if self.sim.is_host_running(turmoil_name.as_str()) {
            return;
        }
        actor.gate.set_open(true);
        let mut host = actor.host.borrow_mut();
        host.process_died();
        host.moment = now;
        drop(host);
        let started = What::Process(ProcessChange::Started);
        actor.recorder.write(now, started);
        self.sim.bounce(turmoil_name.as_str());
    }

    fn set_gate(&self, name: &Name, open: bool) {
        if let Some(actor) = self.actor(name) {
            actor.gate.set_open(open);
        }
    }

    fn set_link(&self, now: Instant, name: &Name, interface: IfName, up: bool) {
        self.with_host(name, |host| host.set_link(now, interface, up));
    }

    fn direct(&self, run: &ScriptRun, conduct: Conduct) {
        self.with_host(&run.node, |host| {
            let play = host.scripts.entry(run.script.clone()).or_default();
            play.conduct = conduct;
            play.takes = run.takes.unwrap_or(play.takes);
        });
    }

    fn set_cut(&mut self, way: &Way, cut: bool) {
        let (Some(from), Some(to)) = (self.names.get(&way.from), self.names.get(&way.to)) else {
            return;
        };
        let (from, to) = (*from, *to);
        let name = |node: NodeId| {
            let actor = self.actors.get(node.index());
            actor.map_or("", |actor| actor.turmoil_name.as_str())
        };
        if cut {
            self.sim.partition_oneway(name(from), name(to));
            self.wires.borrow_mut().cut(from, to);
        } else {
            self.sim.repair_oneway(name(from), name(to));
            self.wires.borrow_mut().heal(from, to);
        }
    }

    fn isolate(&mut self, station: &Name) {
        let others: Vec<Name> = self
            .names
            .keys()
            .filter(|n| *n != station)
            .cloned()
            .collect();
        for other in others {
            both(&[station.clone(), other], |way| self.set_cut(way, true));
        }
    }

    fn heal_all(&mut self) {
        self.wires.borrow_mut().heal_all();
        let names: Vec<Name> = self.names.keys().cloned().collect();
        for (place, a) in names.iter().enumerate() {
            for b in names.iter().skip(place + 1) {
                both(&[a.clone(), b.clone()], |way| self.set_cut(way, false));
            }
        }
    }
}

fn show(host: &mut Host, now: Instant, kind: TrackerKind, name: &Name) {
    let name = name.clone();
    host.show(now, &TrackedThing { kind, name });
}

/// Calls `act` for both directions between two stations.
fn both(ends: &[Name; 2], mut act: impl FnMut(&Way)) {
    let [a, b] = ends.clone();
    act(&Way {
        from: a.clone(),
        to: b.clone(),
    });
    act(&Way { from: b, to: a });
}
