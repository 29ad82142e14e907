//! What is tracked: scripts, links, files, processes and sessions.

use bellwether_core::track::{TrackerKind, Verdict};
use bellwether_core::unit::IfName;
use bellwether_core::vrrp::State;

use super::super::agenda::Task;
use super::super::announcements::Due;
use super::super::{InvariantId, priority, scripts, things};
use super::Invariants;
use crate::log::{NodeId, What};
use crate::world::World;

impl Invariants {
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of entry")]
    pub(super) fn see_script(&mut self, world: &World, node: NodeId, what: &What) {
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
    pub(super) fn link_told(&mut self, world: &World, node: NodeId, interface: IfName, up: bool) {
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

    pub(super) fn link_lasted(&mut self, world: &World, node: NodeId, interface: IfName) {
        let of = &mut self.shadows.nodes[node.index()];
        let place = of.changing.iter().position(|(own, ..)| *own == interface);
        if let Some((_, up, _)) = place.map(|place| of.changing.swap_remove(place)) {
            self.link_seen(world, node, interface, up);
        }
    }

    pub(super) fn link_seen(&mut self, world: &World, node: NodeId, interface: IfName, up: bool) {
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
    pub(super) fn trackers_changed(&mut self, world: &World, node: NodeId) {
        priority::recompute(world, &mut self.shadows, node);
        for member in self.shadows.nodes[node.index()].members.clone() {
            self.expect_takeover(member);
        }
        self.shadows.step.touch_scripts(node);
        self.shadows.step.touch(node);
    }

    pub(super) fn script_timed_out(&mut self, world: &World, node: NodeId, place: usize) {
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
}
