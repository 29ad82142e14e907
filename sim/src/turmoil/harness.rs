//! Plays a plan: builds turmoil's world, breaks it on time, collects the log.

use core::time::Duration;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::SystemTime;

use bellwether_core::event::Link;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::Address;
use bellwether_core::model::Config;
use bellwether_core::unit::{IfName, Mac, Name};
use bellwether_core::{Event, Instant, Node};
use bellwether_runtime::Driver;
use thiserror::Error;

use super::clock::{HostTimer, Oscillator, TicksPerMilli, true_now};
use super::express::TurmoilPlan;
use super::gate::Gate;
use super::host::{Conduct, Host, Interface, Process, ScriptPlay};
use super::ports::{HostPorts, HostSource, open_socket};
use super::record::Recorder;
use super::wire::Wires;
use crate::fault::{Fault, ScriptRun, Way};
use crate::log::{Entry, Log, NodeId, Process as ProcessChange, What};
use crate::scenario::{NodeSpec, Scenario};

/// When a run heals and when it ends; the event queue's report says both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timetable {
    /// When everything that the scenario heals is healed.
    pub healed_at: Instant,
    /// When the run ends.
    pub until: Instant,
}

/// turmoil's world broke down; there is no log.
#[derive(Debug, Error)]
#[error("turmoil gave up: {0}")]
pub struct PlayError(String);

/// Plays a plan and gives its log.
///
/// # Errors
///
/// [`PlayError`] when a host's software fails, which none does of itself.
pub fn play(
    plan: &TurmoilPlan,
    timetable: Timetable,
    ticks: TicksPerMilli,
) -> Result<Log, PlayError> {
    let mut stage = Stage::build(plan, ticks);
    let mut faults = plan.scenario.faults.iter().peekable();
    let mut healed = false;
    loop {
        let now = ticks.instant(stage.sim.elapsed());
        if now >= timetable.until {
            break;
        }
        stage.start_sleepers(plan.nodes(), now);
        while let Some(timed) = faults.next_if(|timed| timed.at <= now) {
            stage.inflict(now, &timed.fault);
        }
        if !healed && now >= timetable.healed_at {
            healed = true;
            for fault in healing(&plan.scenario) {
                stage.inflict(now, &fault);
            }
        }
        stage
            .sim
            .step()
            .map_err(|error| PlayError(error.to_string()))?;
    }
    let stations = plan.nodes().iter().map(|node| node.name.clone()).collect();
    drop(stage.sim);
    let entries = stage.entries.take();
    Ok(Log { stations, entries })
}

/// The faults that mend what the scenario mends at the end of its first phase.
fn healing(scenario: &Scenario) -> Vec<Fault> {
    let mends = scenario.healing;
    let mut faults = Vec::new();
    if mends.links {
        faults.push(Fault::HealAll {});
    }
    for node in &scenario.nodes {
        if mends.links {
            faults.extend(node.interfaces.keys().map(|interface| Fault::LinkUp {
                node: node.name.clone(),
                interface: *interface,
            }));
        }
        if mends.scripts {
            faults.extend(node.config.scripts().iter().map(|script| {
                Fault::ScriptOk(ScriptRun {
                    node: node.name.clone(),
                    script: script.name.clone(),
                    takes: None,
                })
            }));
        }
        if mends.clocks {
            faults.push(Fault::ClockRate {
                node: node.name.clone(),
                ppm: node.clock_ppm,
            });
        }
        if mends.resume {
            faults.push(Fault::Resume(node.name.clone()));
        }
        if mends.start {
            faults.push(Fault::Start(node.name.clone()));
        }
    }
    faults
}

/// A host as the harness holds it.
struct Actor {
    turmoil_name: String,
    host: Rc<RefCell<Host>>,
    gate: Rc<Gate>,
    config: Rc<RefCell<Config>>,
    recorder: Recorder,
    awaits_start: bool,
}

struct Stage {
    sim: turmoil::Sim<'static>,
    actors: Vec<Actor>,
    names: BTreeMap<Name, NodeId>,
    wires: Rc<RefCell<Wires>>,
    entries: Rc<RefCell<Vec<Entry>>>,
}

impl Stage {
    fn build(plan: &TurmoilPlan, ticks: TicksPerMilli) -> Self {
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
                host: Rc::new(RefCell::new(furnish(spec, node))),
                gate: Rc::new(Gate::new()),
                config: Rc::new(RefCell::new(spec.config.clone())),
                recorder,
                awaits_start: true,
            };
            actor.enter(&mut sim, wires.clone(), ticks);
            // No process runs before its time; `start_sleepers` starts it.
            sim.crash(actor.turmoil_name.as_str());
            let address = sim.lookup(actor.turmoil_name.as_str());
            let segments = spec.interfaces.values().map(|own| own.segment.clone());
            wires.borrow_mut().plug(address, segments.collect());
            names.insert(spec.name.clone(), node);
            actors.push(actor);
        }
        Self {
            sim,
            actors,
            names,
            wires,
            entries,
        }
    }

    fn start_sleepers(&mut self, nodes: &[NodeSpec], now: Instant) {
        for (place, spec) in nodes.iter().enumerate() {
            if self.actors.get(place).is_some_and(|a| a.awaits_start) && spec.starts_at <= now {
                self.start(now, &spec.name);
            }
        }
    }

    /// Makes one fault happen.
    fn inflict(&mut self, now: Instant, fault: &Fault) {
        self.entries.borrow_mut().push(Entry {
            at: now,
            node: None,
            what: What::Fault(Box::new(fault.clone())),
        });
        match fault {
            Fault::Crash(node) => self.kill(now, node, ProcessChange::Killed),
            Fault::PowerOff(node) => {
                self.kill(now, node, ProcessChange::PoweredOff);
                self.with_host(node, Host::power_off);
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
            Fault::ClockRate { node, ppm } => self.set_rate(now, node, *ppm),
            Fault::RemoveAddress { node, address } => {
                self.with_host(node, |host| host.strip(now, *address));
            }
            Fault::KernelErrors { node, count } => {
                self.with_host(node, |host| host.refusals = *count);
            }
            // Nothing reads a wall clock, and `express` lets no injection into a plan.
            Fault::ClockStep { .. } | Fault::Inject(_) => {}
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
        actor.host.borrow_mut().process_died();
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

impl Actor {
    /// Registers the host with turmoil; its software is a driver around a new node.
    fn enter(
        &self,
        sim: &mut turmoil::Sim<'static>,
        wires: Rc<RefCell<Wires>>,
        ticks: TicksPerMilli,
    ) {
        let (host, gate) = (self.host.clone(), self.gate.clone());
        let (config, recorder) = (self.config.clone(), self.recorder.clone());
        sim.host(self.turmoil_name.as_str(), move || {
            let (host, entrance) = (host.clone(), gate.entrance());
            let (wires, recorder) = (wires.clone(), recorder.clone());
            let config = config.borrow().clone();
            async move {
                let ports = HostPorts {
                    host: host.clone(),
                    socket: Rc::new(open_socket().await?),
                    wires,
                    recorder: recorder.clone(),
                    ticks,
                };
                let timer = HostTimer {
                    host: host.clone(),
                    entrance: entrance.clone(),
                    ticks,
                };
                let local_now = host.borrow().oscillator.read(true_now(ticks));
                let node = Node::new(config, local_now);
                let source = HostSource::new(ports.clone(), entrance);
                Driver::new(node, source, ports, timer).run().await;
                let exited = What::Process(ProcessChange::Exited);
                recorder.write(true_now(ticks), exited);
                host.borrow_mut().process_died();
                Ok(())
            }
        });
    }
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

/// A host with its interfaces and scripts, before its process first runs.
fn furnish(spec: &NodeSpec, node: NodeId) -> Host {
    let mut oscillator = Oscillator::default();
    oscillator.set_rate(Instant::ZERO, spec.clock_ppm);
    let mut interfaces = BTreeMap::new();
    for (place, (name, interface)) in spec.interfaces.iter().enumerate() {
        let index = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(2);
        let [high, low] = node.0.to_be_bytes();
        let port = u8::try_from(index).unwrap_or(u8::MAX);
        let addresses = interface.addresses.iter().map(|cidr| Address {
            key: AddressKey {
                interface: *name,
                address: cidr.address,
                prefix_len: cidr.prefix_len,
            },
            label: None,
            broadcast: None,
            scope: 0,
            ours: false,
        });
        let addresses: Vec<Address> = addresses.collect();
        let interface = Interface {
            own: addresses.clone(),
            carrier: Vec::new(),
            segment: interface.segment.to_string(),
            link: Link {
                index,
                up: true,
                mac: Mac([2, 0, 0, high, low, port]),
            },
            addresses,
        };
        interfaces.insert(*name, interface);
    }
    let scripts = spec.config.scripts().iter();
    Host {
        oscillator,
        interfaces,
        scripts: scripts
            .map(|script| (script.name.clone(), ScriptPlay::default()))
            .collect(),
        keeps_marks: spec.keeps_marks,
        refusals: 0,
        process: Process::default(),
        wake: Rc::default(),
        retimed: Rc::default(),
    }
}
