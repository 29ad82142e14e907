//! What breaks, and what is mended.

use core::time::Duration;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::Event;
use bellwether_core::kernel::KernelOp;
use bellwether_core::model::Config;
use bellwether_core::unit::{IfName, Name};

use super::World;
use super::host::Input;
use super::queue::{Class, ForProcess, Happening};
use crate::fault::{
    BackendFault, Fault, FileFault, ProcessFault, ScriptRun, TableFault, TimedFault, Way,
};
use crate::invariant::bounds;
use crate::kernel::KERNEL_DELAY;
use crate::lan::link::{Burst, Link};
use crate::log::{NodeId, Phase, Process, StationId, What};
use crate::scenario::{LinkSpec, Scenario, ScenarioError};
use crate::script::Behaviour;

impl World {
    /// The node of this name.
    #[must_use]
    pub fn node_named(&self, name: &Name) -> Option<NodeId> {
        let place = self.hosts.iter().position(|host| host.name == *name)?;
        u16::try_from(place).ok().map(NodeId)
    }

    /// The station of this name.
    #[must_use]
    pub fn station_named(&self, name: &Name) -> Option<StationId> {
        let place = self.stations.iter().position(|own| own == name)?;
        u16::try_from(place).ok().map(StationId)
    }

    /// Adds a fault to the scenario, which happens with the next step.
    ///
    /// # Errors
    ///
    /// When it speaks of what the scenario does not have; nothing has changed.
    pub(crate) fn inflict(&mut self, fault: Fault) -> Result<(), ScenarioError> {
        super::check::check_fault(&self.scenario, &fault)?;
        let scenario = Arc::make_mut(&mut self.scenario);
        let place = scenario.faults.len();
        let at = self.now;
        scenario.faults.push(TimedFault { at, fault });
        self.queue.push(at, Class::Fault, Happening::Fault(place));
        self.look_ahead();
        Ok(())
    }

    /// Ends the fault phase now: the next step mends what the scenario mends.
    pub(crate) fn end_faults(&mut self) {
        let scenario = Arc::make_mut(&mut self.scenario);
        scenario.fault_phase_end = Some(self.now);
        self.phases = bounds::phases(scenario);
        self.schedule_phases();
        self.look_ahead();
    }

    /// A fault of the scenario happens.
    pub(super) fn break_something(&mut self, place: usize) {
        let scenario = Arc::clone(&self.scenario);
        let Some(timed) = scenario.faults.get(place) else {
            return;
        };
        self.note(None, What::Fault(Box::new(timed.fault.clone())));
        self.apply_to_node(&timed.fault);
        self.apply_to_links(&timed.fault);
        if let Fault::Backend(BackendFault { address, is }) = &timed.fault {
            self.backends.behave(*address, is.clone());
        }
        if let Fault::Inject(injection) = &timed.fault {
            self.inject_all(place, injection);
        }
    }

    /// The fault phase ends: what the scenario does not keep broken is mended.
    pub(super) fn heal(&mut self) {
        self.note(None, What::Phase(Phase::Healed));
        let healing = self.scenario.healing;
        if healing.links {
            self.lan.heal_all();
        }
        if healing.backends {
            self.backends.heal();
        }
        for place in 0..self.hosts.len() {
            let node = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            self.hosts[place].kernel.errors = 0;
            self.hosts[place].kernel.has_ipvs = true;
            if healing.links {
                for interface in self.hosts[place].kernel.gone() {
                    self.set_presence(node, interface, true);
                }
                let ports = self.hosts[place].kernel.interfaces.iter();
                let down: Vec<IfName> = ports
                    .filter(|own| !own.link.up)
                    .map(|own| own.name)
                    .collect();
                for interface in down {
                    self.set_carrier(node, interface, true);
                }
            }
            if healing.scripts {
                for script in &mut self.hosts[place].scripts {
                    script.behave(Behaviour::Succeed);
                    script.takes = crate::script::DEFAULT_RUN;
                }
                self.heal_things(node);
            }
            if healing.clocks {
                let own = self.scenario.nodes[place].clock_ppm;
                self.set_clock_rate(node, own);
            }
            if healing.resume {
                self.resume(node);
            }
            if healing.start {
                self.power_on_and_start(node);
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of fault")]
    fn apply_to_node(&mut self, fault: &Fault) {
        let Some(node) = fault.node().and_then(|name| self.node_named(name)) else {
            return;
        };
        match fault {
            Fault::Crash(_) => {
                if self.hosts[node.index()].process.is_some() {
                    self.end_process(node);
                    self.note(Some(node), What::Process(Process::Killed));
                }
            }
            Fault::PowerOff(_) => self.power_off(node),
            Fault::Start(_) => self.power_on_and_start(node),
            Fault::Stop(_) => self.stop(node),
            Fault::Pause(_) => {
                if let Some(process) = self.hosts[node.index()].process.as_mut()
                    && !process.paused
                {
                    process.paused = true;
                    self.note(Some(node), What::Process(Process::Paused));
                }
                self.waking.retain(|waking| *waking != node);
            }
            Fault::Resume(_) => self.resume(node),
            Fault::Reload { config, .. } => self.reload(node, config),
            Fault::LinkDown { interface, .. } => self.set_carrier(node, *interface, false),
            Fault::LinkUp { interface, .. } => self.set_carrier(node, *interface, true),
            Fault::ScriptOk(run) => self.behave(node, run, Behaviour::Succeed),
            Fault::ScriptFail(run) => self.behave(node, run, Behaviour::Fail),
            Fault::ScriptHang(run) => self.behave(node, run, Behaviour::Hang),
            Fault::Flap {
                node: name,
                script,
                pattern,
            } => {
                let run = ScriptRun {
                    node: name.clone(),
                    script: script.clone(),
                    takes: None,
                };
                let letters = pattern.chars().filter(|letter| !letter.is_whitespace());
                let behaviour = Behaviour::Pattern(letters.map(|letter| letter == 'o').collect());
                self.behave(node, &run, behaviour);
            }
            Fault::File(file) => self.write_file(node, file),
            Fault::Processes(processes) => self.set_processes(node, processes),
            Fault::ClockRate { ppm, .. } => self.set_clock_rate(node, *ppm),
            Fault::ClockStep { millis, .. } => {
                self.hosts[node.index()].wall_clock_millis += millis;
            }
            Fault::RemoveAddress { address, .. } => self.remove_address(node, *address),
            Fault::RemoveRoutes(_) => self.remove_routes(node),
            Fault::InterfaceGone { interface, .. } => self.set_presence(node, *interface, false),
            Fault::InterfaceBack { interface, .. } => self.set_presence(node, *interface, true),
            Fault::KernelErrors { count, .. } => {
                self.hosts[node.index()].kernel.errors = *count;
            }
            Fault::Table(table) => self.happen_to_table(node, table.is),
            Fault::Cut(_)
            | Fault::CutBoth(_)
            | Fault::Backend(_)
            | Fault::Isolate(_)
            | Fault::Heal(_)
            | Fault::HealBoth(_)
            | Fault::HealAll {}
            | Fault::Loss { .. }
            | Fault::BurstLoss { .. }
            | Fault::LoseNext { .. }
            | Fault::LosePattern { .. }
            | Fault::LoseResignation(_)
            | Fault::Delay { .. }
            | Fault::Duplicate { .. }
            | Fault::Reorder { .. }
            | Fault::Corrupt { .. }
            | Fault::Inject(_) => {}
        }
    }

    fn apply_to_links(&mut self, fault: &Fault) {
        if let Fault::HealAll {} = fault {
            self.lan.heal_all();
        } else if let Fault::Isolate(name) = fault {
            if let Some(station) = self.station_named(name) {
                self.lan.isolate(station);
            }
        } else if let Fault::HealBoth([one, other]) = fault {
            self.heal_way(one, other);
            self.heal_way(other, one);
        } else if let Fault::CutBoth([one, other]) = fault {
            self.on_way(one, other, |link| link.cut = true);
            self.on_way(other, one, |link| link.cut = true);
        } else if let Fault::Heal(Way { from, to }) = fault {
            self.heal_way(from, to);
        } else if let Some((from, to)) = fault.way() {
            self.on_way(from, to, |link| change(link, fault));
        }
    }

    fn on_way(&mut self, from: &Name, to: &Name, change: impl FnMut(&mut Link)) {
        if let (Some(from), Some(to)) = (self.station_named(from), self.station_named(to)) {
            self.lan.on_every_segment(from, to, change);
        }
    }

    fn heal_way(&mut self, from: &Name, to: &Name) {
        if let (Some(from), Some(to)) = (self.station_named(from), self.station_named(to)) {
            self.lan.heal(from, to);
        }
    }

    fn power_off(&mut self, node: NodeId) {
        if !core::mem::take(&mut self.hosts[node.index()].powered) {
            return;
        }
        self.end_process(node);
        let host = &mut self.hosts[node.index()];
        for own in &mut host.kernel.interfaces {
            own.link.up = true;
        }
        host.kernel.reset();
        self.note(Some(node), What::Process(Process::PoweredOff));
        self.count_all_owners();
    }

    fn power_on_and_start(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.index()];
        if !core::mem::replace(&mut host.powered, true) {
            self.note(Some(node), What::Process(Process::PoweredOn));
            self.count_all_owners();
        }
        self.start(node);
    }

    fn stop(&mut self, node: NodeId) {
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        if core::mem::replace(&mut process.stopping, true) {
            return;
        }
        self.note(Some(node), What::Process(Process::Stopping));
        self.input(node, Input::Event(Event::Shutdown));
    }

    /// The new configuration counts once the process has read it, or the next one starts.
    fn reload(&mut self, node: NodeId, config: &Config) {
        let config = Box::new(config.clone());
        if self.hosts[node.index()].process.is_some() {
            self.input(node, Input::Event(Event::Reload(config)));
        } else {
            self.hosts[node.index()].reloaded = Some(config);
        }
    }

    fn set_carrier(&mut self, node: NodeId, interface: IfName, up: bool) {
        let kernel = &mut self.hosts[node.index()].kernel;
        let Some(own) = kernel.interface_mut(interface) else {
            return;
        };
        if core::mem::replace(&mut own.link.up, up) == up {
            return;
        }
        // What stands on it has its carrier.
        let made = kernel.standing_on(interface);
        let names = [interface]
            .into_iter()
            .chain(made.iter().map(|link| link.name));
        let names: Vec<IfName> = names.collect();
        for own in &mut kernel.interfaces {
            if names.contains(&own.name) {
                own.link.up = up;
            }
        }
        for interface in &names {
            let interface = *interface;
            self.note(Some(node), What::Link { interface, up });
        }
        self.count_all_owners();
        for interface in names {
            let process = self.hosts[node.index()].process.as_ref();
            if process.is_some_and(|process| process.watched.contains(&interface)) {
                self.later(node, KERNEL_DELAY, ForProcess::Report(interface));
            }
        }
        self.routes_fall(node, interface);
    }

    fn behave(&mut self, node: NodeId, run: &ScriptRun, behaviour: Behaviour) {
        let scripts = &mut self.hosts[node.index()].scripts;
        if let Some(script) = scripts.iter_mut().find(|own| own.name == run.script) {
            script.behave(behaviour);
            script.takes = run.takes.unwrap_or(script.takes);
        }
    }

    fn set_clock_rate(&mut self, node: NodeId, ppm: i32) {
        let now = self.now;
        let host = &mut self.hosts[node.index()];
        if host.clock.ppm() == ppm {
            return;
        }
        host.clock.set_rate(now, ppm);
        let clock = host.clock;
        if let Some(process) = host.process.as_mut() {
            process.timer = process.node.poll_timeout().map(|(at, _)| clock.real(at));
        }
    }

    fn remove_address(&mut self, node: NodeId, address: IpAddr) {
        let all = self.hosts[node.index()].kernel.interfaces.iter();
        let keys: Vec<_> = all
            .flat_map(|own| &own.addresses)
            .filter(|own| own.key.address == address)
            .map(|own| own.key)
            .collect();
        let refusals = core::mem::take(&mut self.hosts[node.index()].kernel.errors);
        for key in keys {
            // By hand, so that no refusal is in store for it.
            let _ = self.operate(node, &KernelOp::RemoveAddress(key));
        }
        self.hosts[node.index()].kernel.errors = refusals;
    }
}

/// Which adverts a pattern of `o` and `x` loses.
pub(crate) fn losses(pattern: &str) -> VecDeque<bool> {
    let letters = pattern.chars().filter(|letter| !letter.is_whitespace());
    letters.map(|letter| letter == 'x').collect()
}

/// Changes one link as a fault says.
fn change(link: &mut Link, fault: &Fault) {
    match fault {
        Fault::Cut(_) => link.cut = true,
        Fault::Loss { percent, .. } => link.loss = *percent,
        Fault::BurstLoss { enter, leave, .. } => {
            link.burst = Some(Burst {
                enter: *enter,
                leave: *leave,
                bad: false,
            });
        }
        Fault::LoseNext { count, .. } => link.lose_next = *count,
        Fault::LosePattern { pattern, .. } => link.lose_pattern = losses(pattern),
        Fault::LoseResignation(_) => link.lose_resignation = true,
        Fault::Delay { base, jitter, .. } => {
            link.spec = LinkSpec {
                delay: *base,
                jitter: *jitter,
            };
        }
        Fault::Duplicate { percent, .. } => link.duplicate = *percent,
        Fault::Reorder { percent, by, .. } => (link.reorder, link.held_back) = (*percent, *by),
        Fault::Corrupt { percent, .. } => link.corrupt = *percent,
        Fault::Crash(_)
        | Fault::PowerOff(_)
        | Fault::Start(_)
        | Fault::Stop(_)
        | Fault::Pause(_)
        | Fault::Resume(_)
        | Fault::Reload { .. }
        | Fault::CutBoth(_)
        | Fault::Isolate(_)
        | Fault::Heal(_)
        | Fault::HealBoth(_)
        | Fault::HealAll { .. }
        | Fault::LinkDown { .. }
        | Fault::LinkUp { .. }
        | Fault::ScriptOk(_)
        | Fault::ScriptFail(_)
        | Fault::ScriptHang(_)
        | Fault::Flap { .. }
        | Fault::File(_)
        | Fault::Processes(_)
        | Fault::ClockRate { .. }
        | Fault::ClockStep { .. }
        | Fault::RemoveAddress { .. }
        | Fault::RemoveRoutes(_)
        | Fault::InterfaceGone { .. }
        | Fault::InterfaceBack { .. }
        | Fault::KernelErrors { .. }
        | Fault::Backend(_)
        | Fault::Table(_)
        | Fault::Inject(_) => {}
    }
}

impl Fault {
    /// The node that it happens to, if it happens to one.
    #[must_use]
    pub const fn node(&self) -> Option<&Name> {
        match self {
            Self::Crash(node)
            | Self::PowerOff(node)
            | Self::Start(node)
            | Self::Stop(node)
            | Self::Pause(node)
            | Self::Resume(node)
            | Self::Reload { node, .. }
            | Self::LinkDown { node, .. }
            | Self::LinkUp { node, .. }
            | Self::ScriptOk(ScriptRun { node, .. })
            | Self::ScriptFail(ScriptRun { node, .. })
            | Self::ScriptHang(ScriptRun { node, .. })
            | Self::Flap { node, .. }
            | Self::File(FileFault { node, .. })
            | Self::Processes(ProcessFault { node, .. })
            | Self::ClockRate { node, .. }
            | Self::ClockStep { node, .. }
            | Self::RemoveAddress { node, .. }
            | Self::RemoveRoutes(node)
            | Self::InterfaceGone { node, .. }
            | Self::InterfaceBack { node, .. }
            | Self::Table(TableFault { node, .. })
            | Self::KernelErrors { node, .. } => Some(node),
            Self::Inject(injection) => Some(&injection.toward),
            Self::Cut(_)
            | Self::CutBoth(_)
            | Self::Backend(_)
            | Self::Isolate(_)
            | Self::Heal(_)
            | Self::HealBoth(_)
            | Self::HealAll {}
            | Self::Loss { .. }
            | Self::BurstLoss { .. }
            | Self::LoseNext { .. }
            | Self::LosePattern { .. }
            | Self::LoseResignation(_)
            | Self::Delay { .. }
            | Self::Duplicate { .. }
            | Self::Reorder { .. }
            | Self::Corrupt { .. } => None,
        }
    }

    /// The direction that it concerns, if it concerns exactly one.
    #[must_use]
    pub const fn way(&self) -> Option<(&Name, &Name)> {
        match self {
            Self::Cut(Way { from, to })
            | Self::Heal(Way { from, to })
            | Self::LoseResignation(Way { from, to })
            | Self::Loss { from, to, .. }
            | Self::BurstLoss { from, to, .. }
            | Self::LoseNext { from, to, .. }
            | Self::LosePattern { from, to, .. }
            | Self::Delay { from, to, .. }
            | Self::Duplicate { from, to, .. }
            | Self::Reorder { from, to, .. }
            | Self::Corrupt { from, to, .. } => Some((from, to)),
            Self::Crash(_)
            | Self::PowerOff(_)
            | Self::Start(_)
            | Self::Stop(_)
            | Self::Pause(_)
            | Self::Resume(_)
            | Self::Reload { .. }
            | Self::CutBoth(_)
            | Self::Isolate(_)
            | Self::HealBoth(_)
            | Self::HealAll { .. }
            | Self::Backend(_)
            | Self::Table(_)
            | Self::LinkDown { .. }
            | Self::LinkUp { .. }
            | Self::ScriptOk(_)
            | Self::ScriptFail(_)
            | Self::ScriptHang(_)
            | Self::Flap { .. }
            | Self::File(_)
            | Self::Processes(_)
            | Self::ClockRate { .. }
            | Self::ClockStep { .. }
            | Self::RemoveAddress { .. }
            | Self::RemoveRoutes(_)
            | Self::InterfaceGone { .. }
            | Self::InterfaceBack { .. }
            | Self::KernelErrors { .. }
            | Self::Inject(_) => None,
        }
    }

    /// Every station that it names.
    #[must_use]
    pub fn stations(&self) -> Vec<&Name> {
        if let Self::CutBoth(pair) | Self::HealBoth(pair) = self {
            return pair.iter().collect();
        }
        if let Self::Isolate(station) = self {
            return vec![station];
        }
        let way = self.way().into_iter().flat_map(|(from, to)| [from, to]);
        way.chain(self.node()).collect()
    }
}

/// The longest time that a frame of this scenario can take.
#[must_use]
pub(crate) fn longest_delay(scenario: &Scenario) -> Duration {
    let of = |spec: LinkSpec| spec.delay.saturating_add(spec.jitter);
    let mut most = of(scenario.links);
    let mut held_back = Duration::ZERO;
    for timed in &scenario.faults {
        if let Fault::Delay { base, jitter, .. } = &timed.fault {
            most = most.max(base.saturating_add(*jitter));
        } else if let Fault::Reorder { by, .. } = &timed.fault {
            held_back = held_back.max(*by);
        }
    }
    most.saturating_add(held_back)
}
