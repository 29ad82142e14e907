//! Which invariant looks at what happens, and when one looks although nothing does.

mod routers;
mod trackers;

use bellwether_core::Instant;
use bellwether_core::id::InstanceKey;
use bellwether_core::unit::{Family, IfName, Vrid};
use bellwether_core::vrrp::State;

use super::addresses::Addresses;
use super::agenda::{Agenda, Task};
use super::announcements::Announcements;
use super::arp::Arp;
use super::bounds::Longest;
use super::clocks::Clocks;
use super::judge::Judgement;
use super::pauses::Pauses;
use super::reloads::Reloads;
use super::services::Services;
use super::shadow::Shadows;
use super::{
    Findings, Violation, arp, groups, liveness, one_master, priority, refusals, scripts, takeover,
    things, transitions,
};
use crate::fault::Fault;
use crate::log::{Entry, NodeId, Phase, What};
use crate::run::Verdict as Outcome;
use crate::world::World;

/// All invariants of a run.
#[derive(Clone, Debug)]
pub struct Invariants {
    findings: Findings,
    shadows: Shadows,
    addresses: Addresses,
    announcements: Announcements,
    arp: Arp,
    clocks: Clocks,
    pauses: Pauses,
    reloads: Reloads,
    services: Services,
    agenda: Agenda,
    /// Whether all must have converged by now.
    stable: bool,
}

impl Invariants {
    /// The invariants of a world at its first instant.
    #[must_use]
    pub fn new(world: &World) -> Self {
        Self {
            findings: Findings::new(world.scenario()),
            shadows: Shadows::new(world),
            addresses: Addresses::new(world),
            announcements: Announcements::new(world),
            arp: Arp::new(world),
            clocks: Clocks::default(),
            pauses: Pauses::default(),
            reloads: Reloads::default(),
            services: Services::default(),
            agenda: Agenda::default(),
            stable: false,
        }
    }

    /// Takes note that the scenario has another fault: its longest delays may be longer.
    pub(crate) fn foresee(&mut self, world: &World) {
        self.shadows.longest = Longest::of(world.scenario());
    }

    /// Looks at the last step.
    pub fn observe(&mut self, world: &World) {
        self.shadows.step.clear();
        self.reloads.clear();
        for entry in world.entries() {
            self.see(world, entry);
        }
        self.services.look(world, &mut self.findings);
        self.conclude(world);
    }

    /// When something is to be looked at although nothing happens.
    #[must_use]
    pub fn next_check(&self) -> Option<Instant> {
        self.agenda.next()
    }

    /// Looks at what has not happened until `at`.
    pub fn pass(&mut self, world: &World, at: Instant) {
        while let Some(task) = self.agenda.take_due(at) {
            self.perform(world, task, at);
        }
    }

    /// Looks at the end.
    pub fn finish(&mut self, world: &World) {
        self.arp.finish(world, &mut self.findings);
        liveness::finish(world, &self.shadows, &mut self.findings);
    }

    /// Whether a violation was found since [`Self::take_fresh`].
    #[must_use]
    pub const fn has_fresh(&self) -> bool {
        self.findings.has_fresh()
    }

    /// The violations found since the last call.
    pub fn take_fresh(&mut self) -> Vec<Violation> {
        self.findings.take_fresh()
    }

    /// What came of each invariant.
    #[must_use]
    pub fn verdicts(&self, world: &World) -> Vec<Outcome> {
        self.findings.verdicts(world.scenario())
    }

    fn see(&mut self, world: &World, entry: &Entry) {
        if let Some(node) = entry.node {
            self.see_of_node(world, node, &entry.what);
            return;
        }
        match &entry.what {
            What::Phase(Phase::Stable) => {
                self.stable = true;
                liveness::converged(world, &self.shadows, &mut self.findings);
                self.services.converged(world, &mut self.findings);
            }
            What::Phase(Phase::Healed) => {
                self.services.mended();
                self.disturbed(world);
            }
            What::Fault(fault) => {
                self.clocks.stepped(world, &mut self.findings, fault);
                if matches!(**fault, Fault::Table(_) | Fault::KernelErrors { .. }) {
                    self.services.disturb(world.now());
                }
                if !matches!(**fault, Fault::ClockStep { .. } | Fault::Inject(_)) {
                    self.disturbed(world);
                }
            }
            What::ClientArp { node, address, .. } => {
                self.shadows.step.vips = true;
                if let (Some(node), What::ClientArp { client, .. }) = (*node, &entry.what) {
                    arp::learnt(world, &mut self.findings, *client, node, *address);
                }
            }
            What::Phase(_)
            | What::Process(_)
            | What::Transition { .. }
            | What::Priority { .. }
            | What::AdvertSent(_)
            | What::AdvertDelivered { .. }
            | What::AdvertLost { .. }
            | What::AdvertRefused { .. }
            | What::Mismatch { .. }
            | What::DualMaster { .. }
            | What::AddressLost { .. }
            | What::Routing { .. }
            | What::RoutingLost { .. }
            | What::Garp { .. }
            | What::AddressAdded(_)
            | What::AddressRemoved(_)
            | What::Link { .. }
            | What::LinkSeen { .. }
            | What::KernelFailed { .. }
            | What::ScriptStarted { .. }
            | What::ScriptExited { .. }
            | What::Sighted(_)
            | What::BfdHeard { .. }
            | What::File { .. }
            | What::Bfd { .. }
            | What::ScriptTimeout { .. }
            | What::Verdict { .. }
            | What::Notified { .. }
            | What::Told { .. }
            | What::Lvs(_)
            | What::ProbeStarted { .. }
            | What::ProbeEnded { .. }
            | What::ProbeCancelled { .. }
            | What::TableChanged(_)
            | What::Late { .. }
            | What::Expectation { .. }
            | What::Violation(_) => {}
        }
    }

    /// Shows an entry of a node to all who look at one.
    fn see_of_node(&mut self, world: &World, node: NodeId, what: &What) {
        self.services.see(world, &mut self.findings, node, what);
        self.see_on_node(world, node, what);
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        self.reloads.see(world, shadows, findings, node, what);
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of entry")]
    fn see_on_node(&mut self, world: &World, node: NodeId, what: &What) {
        match what {
            What::Process(process) => self.process(world, node, *process),
            What::Transition {
                instance,
                from,
                to,
                cause,
                priority,
                ..
            } => {
                if let Some(member) = world.topology().member(node, instance) {
                    self.says_priority(world, member, priority.0, "on changing its state");
                    self.transition(world, member, (*from, *to), *cause);
                }
            }
            What::Priority { instance, to, .. } => {
                if let Some(member) = world.topology().member(node, instance) {
                    self.says_priority(world, member, to.0, "from now on");
                }
            }
            What::AdvertSent(advert) => {
                if let Some(member) =
                    member_of(world, node, advert.interface, (advert.family, advert.vrid))
                {
                    let (shadows, findings) = (&self.shadows, &mut self.findings);
                    priority::advertised(world, shadows, findings, member, advert.priority.0);
                    arp::taught(world, shadows, findings, member);
                    self.shadows.step.sent.push((member, advert.priority.0));
                    self.shadows.members[member].proved.sequence += 1;
                }
            }
            What::AdvertDelivered { from, tampered, .. } => {
                if *tampered && from.index() < world.hosts().len() {
                    self.shadows.lose(world.now(), NodeId(from.0), node);
                }
                if let Some(received) = world.received() {
                    self.delivered(world, node, *from, received);
                }
            }
            What::AdvertLost { to, .. } => self.shadows.lose(world.now(), node, *to),
            What::Garp { interface, address } => {
                let (findings, place) = (&mut self.findings, (*interface, *address));
                self.announcements.spaced(world, findings, node, place);
                let now = world.now();
                self.announcements
                    .announced(&self.shadows, node, *address, now);
            }
            What::Routing { .. } => self.shadows.step.touch(node),
            What::AddressAdded(_) | What::AddressRemoved(_) | What::Link { .. } => {
                if let What::AddressRemoved(key) = what {
                    self.addresses.removed(node, key);
                }
                self.shadows.step.vips = true;
                self.shadows.step.touch(node);
            }
            What::KernelFailed { .. } => {
                self.shadows.nodes[node.index()].refused_at = Some(world.now());
            }
            What::BfdHeard { source } => {
                if let Some((place, due)) = things::heard(world, &mut self.shadows, node, *source) {
                    self.agenda.put(Task::Session(node, place), due);
                }
            }
            What::Sighted(sighting) => {
                if let Some((place, due)) = things::told(world, &mut self.shadows, node, sighting) {
                    self.agenda.put(Task::Processes(node, place), due);
                }
                self.trackers_changed(world, node);
            }
            What::LinkSeen { interface, up } => self.link_told(world, node, *interface, *up),
            What::Phase(_)
            | What::Fault(_)
            | What::AdvertRefused { .. }
            | What::Mismatch { .. }
            | What::DualMaster { .. }
            | What::AddressLost { .. }
            | What::RoutingLost { .. }
            | What::ClientArp { .. }
            | What::ScriptStarted { .. }
            | What::ScriptExited { .. }
            | What::File { .. }
            | What::Bfd { .. }
            | What::ScriptTimeout { .. }
            | What::Verdict { .. }
            | What::Notified { .. }
            | What::Told { .. }
            | What::Lvs(_)
            | What::ProbeStarted { .. }
            | What::ProbeEnded { .. }
            | What::ProbeCancelled { .. }
            | What::TableChanged(_)
            | What::Late { .. }
            | What::Expectation { .. }
            | What::Violation(_) => self.see_script(world, node, what),
        }
    }

    /// Something broke or was mended: every condition is looked at anew.
    fn disturbed(&mut self, world: &World) {
        self.shadows.fault_at = world.now();
        self.shadows.step.vips = true;
        for place in 0..world.hosts().len() {
            let node = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            self.shadows.step.touch(node);
        }
    }

    /// Looks at the whole step.
    fn conclude(&mut self, world: &World) {
        let now = world.now();
        self.clocks.look(world, &mut self.findings);
        self.pauses.look(world, &self.shadows, &mut self.findings);
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        transitions::look(world, shadows, findings);
        refusals::look(world, shadows, findings);
        groups::look(world, shadows, findings);
        if let Some((_, Some(member), Judgement::Believe(heard))) = shadows.step.heard {
            let shadow = &shadows.members[member];
            let stayed = shadow.state == Some(State::Master) && shadow.challenger.is_some();
            if stayed && heard.priority != 0 {
                let out = &mut self.announcements;
                out.challenged(world, shadows, findings, member, heard);
            }
        }
        let scripts = core::mem::take(&mut self.shadows.step.scripts);
        for node in &scripts {
            scripts::look(world, &self.shadows, &mut self.findings, *node);
        }
        let nodes = core::mem::take(&mut self.shadows.step.nodes);
        for node in &nodes {
            self.look_at_node(world, *node, now);
        }
        if !nodes.is_empty() {
            for group in 0..world.topology().groups.len() {
                self.perform(world, Task::Masters(group), now);
            }
        }
        if self.shadows.step.vips {
            for vip in 0..world.topology().vips.len() {
                self.perform(world, Task::Arp(vip), now);
            }
        }
        self.shadows.step.keep(scripts, nodes);
    }

    fn look_at_node(&mut self, world: &World, node: NodeId, now: Instant) {
        self.perform(world, Task::Addresses(node), now);
        for place in 0..self.shadows.nodes[node.index()].members.len() {
            let member = self.shadows.nodes[node.index()].members[place];
            let task = Task::Start(member);
            match scripts::start_is_due(world, &self.shadows, member) {
                Some(due) if !self.agenda.has(task) => self.agenda.put(task, due),
                Some(_) => {}
                None => self.agenda.drop(task),
            }
        }
    }

    fn perform(&mut self, world: &World, task: Task, at: Instant) {
        if let Task::Link(node, interface) = task {
            self.link_lasted(world, node, interface);
            return;
        }
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        let again = match task {
            Task::TakeOver(member) => takeover::look(world, shadows, findings, member, at),
            Task::Masters(group) => one_master::look(world, shadows, findings, group, at),
            Task::Addresses(node) => self.addresses.look(world, shadows, findings, node, at),
            Task::Arp(vip) => self.arp.look(world, shadows, findings, vip, at),
            Task::Announce(member) => {
                self.announcements.settled(findings, member, at);
                self.announcements
                    .look(world, shadows, findings, member, at)
            }
            Task::SecondBatch(member) => {
                let out = &mut self.announcements;
                out.look_for_second(world, shadows, findings, member, at)
            }
            Task::Start(member) => {
                scripts::overdue_start(world, shadows, findings, member, at);
                None
            }
            Task::Script(node, place) => {
                scripts::overdue_run(world, shadows, findings, node, place, at);
                None
            }
            Task::Session(node, place) => {
                things::silent(world, shadows, findings, node, place, at);
                None
            }
            Task::Link(..) => None,
            Task::Processes(node, place) => {
                things::overdue(world, shadows, findings, node, place, at);
                None
            }
        };
        match again {
            Some(due) => self.agenda.put(task, due),
            None => self.agenda.drop(task),
        }
    }
}

pub(super) fn member_of(
    world: &World,
    node: NodeId,
    interface: IfName,
    (family, vrid): (Family, u8),
) -> Option<usize> {
    let key = InstanceKey {
        interface,
        vrid: Vrid::try_from(vrid).ok()?,
        family,
    };
    world.topology().member(node, &key)
}
