//! Which invariant looks at what happens, and when one looks although nothing does.

use bellwether_core::Instant;
use bellwether_core::event::Received;
use bellwether_core::id::InstanceKey;
use bellwether_core::track::{TrackerKind, Verdict};
use bellwether_core::unit::{Family, IfName, Vrid};
use bellwether_core::vrrp::{Cause, State};

use super::addresses::Addresses;
use super::agenda::{Agenda, Task};
use super::announcements::{Announcements, Due};
use super::arp::{self, Arp};
use super::clocks::Clocks;
use super::judge::{Heard, Judgement, judge};
use super::needs::{mates, source};
use super::pauses::Pauses;
use super::scripts::{self, ScriptShadow};
use super::services::Services;
use super::shadow::Shadows;
use super::{
    Findings, InvariantId, Violation, groups, liveness, one_master, priority, refusals, takeover,
    things, transitions,
};
use crate::fault::Fault;
use crate::log::{Entry, NodeId, Phase, Process, StationId, What};
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
            services: Services::default(),
            agenda: Agenda::default(),
            stable: false,
        }
    }

    /// Looks at the last step.
    pub fn observe(&mut self, world: &World) {
        self.shadows.step.clear();
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
            self.services
                .see(world, &mut self.findings, node, &entry.what);
            self.see_on_node(world, node, &entry.what);
            return;
        }
        match &entry.what {
            What::Phase(Phase::Stable) => {
                self.stable = true;
                liveness::converged(world, &self.shadows, &mut self.findings);
                self.services.converged(world, &mut self.findings);
            }
            What::Phase(Phase::Healed) => self.disturbed(world),
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

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of entry")]
    fn see_script(&mut self, world: &World, node: NodeId, what: &What) {
        let local = world.local(node);
        let place =
            |name: &bellwether_core::unit::Name| scripts::place_of(world, node, name.as_str());
        match what {
            What::ScriptStarted { run, script } => {
                let Some(place) = place(script) else { return };
                let config = &world.config(node).scripts()[place];
                let due = scripts::timeout_is_due(world, node, config);
                let all = &mut self.shadows.nodes[node.index()].scripts;
                if let Some(shadow) = all.get_mut(place) {
                    shadow.start(*run, local);
                    self.agenda.put(Task::Script(node, place), due);
                }
            }
            What::ScriptExited { run, script, exit } => {
                let Some(place) = place(script) else { return };
                let config = &world.config(node).scripts()[place];
                let all = &mut self.shadows.nodes[node.index()].scripts;
                if let Some(shadow) = all.get_mut(place) {
                    shadow.exit(config, *run, exit.is_success(), local);
                }
                self.agenda.drop(Task::Script(node, place));
                self.shadows.step.touch_scripts(node);
            }
            What::ScriptTimeout { script } => {
                if let Some(place) = place(script) {
                    self.script_timed_out(world, node, place);
                }
            }
            What::Verdict { kind, name, to, .. } => {
                let (shadows, findings) = (&mut self.shadows, &mut self.findings);
                match kind {
                    TrackerKind::Script => {
                        scripts::changed(world, shadows, findings, node, name.as_str(), *to);
                    }
                    TrackerKind::Process => {
                        things::changed(world, shadows, findings, node, name, *to);
                    }
                    TrackerKind::Bfd => {
                        things::session_changed(world, shadows, findings, node, name, *to);
                    }
                    TrackerKind::Interface | TrackerKind::File => {}
                }
                self.trackers_changed(world, node);
            }
            What::Phase(_)
            | What::Fault(_)
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
            | What::ClientArp { .. }
            | What::AddressAdded(_)
            | What::AddressRemoved(_)
            | What::Link { .. }
            | What::LinkSeen { .. }
            | What::KernelFailed { .. }
            | What::Sighted(_)
            | What::BfdHeard { .. }
            | What::File { .. }
            | What::Bfd { .. }
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

    /// keepalived: a change counts once it has lasted.
    fn link_told(&mut self, world: &World, node: NodeId, interface: IfName, up: bool) {
        let known = self.shadows.seen(node, interface);
        let changes = match known {
            Verdict::Unknown => false,
            Verdict::Up => !up,
            Verdict::Down => up,
        };
        let delays = &world.config(node).globals().interface_delays;
        let delay = delays.iter().find(|own| own.interface == interface);
        let delay = delay.map(|own| if up { own.up } else { own.down });
        let of = &mut self.shadows.nodes[node.index()];
        match delay.filter(|delay| changes && !delay.is_zero()) {
            Some(delay) => {
                let due = world.local(node) + delay;
                if of.changing.iter().all(|(own, ..)| *own != interface) {
                    of.changing.push((interface, up, due));
                    let real = world.host(node).clock.real(due);
                    self.agenda.put(Task::Link(node, interface), real);
                }
            }
            None => {
                of.changing.retain(|(own, ..)| *own != interface);
                self.agenda.drop(Task::Link(node, interface));
                self.link_seen(world, node, interface, up);
            }
        }
    }

    fn link_lasted(&mut self, world: &World, node: NodeId, interface: IfName) {
        let of = &mut self.shadows.nodes[node.index()];
        let place = of.changing.iter().position(|(own, ..)| *own == interface);
        if let Some((_, up, _)) = place.map(|place| of.changing.swap_remove(place)) {
            self.link_seen(world, node, interface, up);
        }
    }

    fn link_seen(&mut self, world: &World, node: NodeId, interface: IfName, up: bool) {
        if self.shadows.nodes[node.index()].see(interface, up) {
            for member in self.shadows.nodes[node.index()].members.clone() {
                // Who is still master says so where it could not be heard.
                if self.shadows.members[member].state == Some(State::Master) {
                    self.owe(world, member, Due::Back(interface));
                }
            }
        }
        self.trackers_changed(world, node);
    }

    /// Something that a node tracks has come or gone.
    fn trackers_changed(&mut self, world: &World, node: NodeId) {
        priority::recompute(world, &mut self.shadows, node);
        for member in self.shadows.nodes[node.index()].members.clone() {
            self.expect_takeover(member);
        }
        self.shadows.step.touch_scripts(node);
        self.shadows.step.touch(node);
    }

    fn script_timed_out(&mut self, world: &World, node: NodeId, place: usize) {
        let config = &world.config(node).scripts()[place];
        let local = world.local(node);
        let all = &mut self.shadows.nodes[node.index()].scripts;
        let shadow = all.get_mut(place);
        let in_time = shadow.is_some_and(|shadow| shadow.time_out(config, local));
        self.agenda.drop(Task::Script(node, place));
        let at = world.now();
        self.findings
            .check(InvariantId::I13, in_time, at, &[node], || {
                format!(
                    "{} gave script {} up early",
                    world.host(node).name,
                    config.name
                )
            });
        self.shadows.step.touch_scripts(node);
    }

    fn process(&mut self, world: &World, node: NodeId, process: Process) {
        let now = world.now();
        self.shadows.step.touch(node);
        self.shadows.step.vips = true;
        let members = self.shadows.nodes[node.index()].members.clone();
        match process {
            Process::Started => {
                let fresh = world.config(node).scripts().iter().map(ScriptShadow::new);
                let of = &mut self.shadows.nodes[node.index()];
                of.scripts = fresh.collect();
                of.boot(now);
                let local = world.local(node);
                let globals = world.config(node).globals();
                let booted = Instant::ZERO + globals.delay_after_boot;
                of.held_until = booted.max(local + globals.startup_delay);
                self.addresses.started(world, node);
                self.announcements.started(node);
                for member in members {
                    self.shadows.members[member].boot(world);
                    self.set_base_priority(world, member);
                }
            }
            Process::Exited | Process::Killed | Process::PoweredOff => {
                if process == Process::Exited {
                    let (shadows, findings) = (&self.shadows, &mut self.findings);
                    self.addresses.exited(world, shadows, findings, node);
                }
                for member in members {
                    self.shadows.members[member].die(now);
                    self.announcements.forgive(member);
                }
            }
            Process::Resumed { .. } => {
                self.shadows.nodes[node.index()].awake_since = now;
                self.pauses.woke(world, &self.shadows, node);
                for member in members {
                    self.shadows.members[member].wake(world);
                    self.expect_takeover(member);
                }
            }
            Process::Reloaded => self.reloaded(world, node, &members),
            Process::Paused | Process::Stopping | Process::PoweredOn => {}
        }
    }

    fn reloaded(&mut self, world: &World, node: NodeId, members: &[usize]) {
        let of = &mut self.shadows.nodes[node.index()];
        let old = core::mem::take(&mut of.scripts);
        let kept = world.config(node).scripts().iter().map(|config| {
            let same = old.iter().find(|own| own.config == *config);
            same.cloned().unwrap_or_else(|| ScriptShadow::new(config))
        });
        of.scripts = kept.collect();
        of.reconfigure(world.config(node));
        self.agenda.drop_scripts(node);
        for member in members {
            self.shadows.members[*member].configure(world);
            self.set_base_priority(world, *member);
            self.shadows.members[*member].blur(world);
            self.expect_takeover(*member);
            self.announcements.forgive(*member);
        }
    }

    fn set_base_priority(&mut self, world: &World, member: usize) {
        if let Some(expected) = priority::expected(world, &self.shadows, member) {
            self.shadows.members[member].set_priority(world, expected);
        }
    }

    fn transition(
        &mut self,
        world: &World,
        member: usize,
        (from, to): (State, State),
        cause: Cause,
    ) {
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        transitions::changed(world, shadows, findings, member, (from, to), cause);
        if self.stable {
            liveness::unsettled(world, shadows, findings, member, to, cause);
        }
        match (from, to) {
            (State::Backup, State::Master) => {
                takeover::took_over(world, shadows, findings, member, cause);
                self.pauses.took_over(world, shadows, findings, member);
            }
            (State::Master, State::Init | State::Fault) => {
                takeover::left(world, shadows, findings, member, cause);
            }
            (State::Master, State::Backup) if cause == Cause::SyncGroup => {
                takeover::left(world, shadows, findings, member, cause);
            }
            (State::Master, State::Backup) => {
                let shadow = &shadows.members[member];
                if let Some((winner, _)) = shadow.challenger {
                    let winner = NodeId(winner.0);
                    self.arp.yielded(world, shadow.group, shadow.node, winner);
                }
            }
            _ => {}
        }
        self.shadows.step.moved.push((member, from));
        self.shadows.members[member].enter(world, to, cause);
        self.expect_takeover(member);
        if to == State::Master {
            self.owe(world, member, Due::New);
        } else {
            self.announcements.forgive(member);
        }
        let shadow = &self.shadows.members[member];
        self.shadows.step.touch(shadow.node);
    }

    fn says_priority(&mut self, world: &World, member: usize, said: u8, when: &str) {
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        priority::said(world, shadows, findings, member, said, when);
    }

    fn delivered(&mut self, world: &World, node: NodeId, from: StationId, received: &Received) {
        let vrid = received.payload.get(1).copied().unwrap_or_default();
        let family = Family::of(received.source);
        let Some(member) = member_of(world, node, received.interface, (family, vrid)) else {
            let refuse = Judgement::Refuse("no instance has its VRID");
            self.shadows.step.heard = Some((node, None, refuse));
            return;
        };
        let shadow = &mut self.shadows.members[member];
        let Some(config) = shadow.config(world) else {
            return;
        };
        let Some(own) = source(config, &world.host(node).kernel) else {
            return;
        };
        let judgement = match shadow.state {
            Some(State::Backup | State::Master) => {
                shadow.proved.unix = world.unix().as_secs();
                judge(config, own, received, &mut shadow.proved)
            }
            Some(State::Init | State::Fault) | None => {
                Judgement::Refuse("it listens to nobody now")
            }
        };
        self.shadows.step.heard = Some((node, Some(member), judgement));
        if let Judgement::Believe(heard) = judgement {
            let loses = self.loses(member, heard, own);
            self.shadows.members[member].hear(world, from, heard);
            self.expect_takeover(member);
            if loses {
                // keepalived: a losing advert on one is answered for its whole sync group.
                for mate in mates(world, &self.shadows, member) {
                    self.owe(world, mate, Due::Challenged);
                }
            }
        }
    }

    /// Whether an advert loses against a master's own.
    fn loses(&self, member: usize, heard: Heard, own: std::net::IpAddr) -> bool {
        let shadow = &self.shadows.members[member];
        shadow.state == Some(State::Master)
            && heard.priority != 0
            && (heard.priority, heard.source) < (shadow.priority, own)
    }

    fn owe(&mut self, world: &World, member: usize, why: Due) {
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        let out = &mut self.announcements;
        if let Some(due) = out.owe(world, shadows, findings, member, why) {
            self.agenda.put(Task::Announce(member), due);
        }
        if why == Due::Challenged
            && let Some(due) = self
                .announcements
                .expect_second(world, &self.shadows, member)
        {
            self.agenda.put(Task::SecondBatch(member), due);
        }
    }

    fn expect_takeover(&mut self, member: usize) {
        let task = Task::TakeOver(member);
        match self.shadows.members[member].deadline {
            Some(due) => self.agenda.put(task, due),
            None => self.agenda.drop(task),
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

fn member_of(
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
