//! What nodes want done, done.

use std::sync::Arc;

use bellwether_core::effect::{Announce, Kill, Transmit};
use bellwether_core::event::ScriptExit;
use bellwether_core::id::RunId;
use bellwether_core::unit::{Name, Vrid};
use bellwether_core::{Effect, Event, Notice};

use super::World;
use super::host::Input;
use super::input::brief;
use super::queue::{Class, ForProcess, Frame, Happening};
use crate::capture::{Copy, Fate};
use crate::kernel::{Interface, KERNEL_DELAY};
use crate::lan::SegmentId;
use crate::lan::link::{Kind, flipped};
use crate::log::{self, Advert, Loss, NodeId, StationId, What};
use crate::script::{Run, SIGNAL_DELAY};

impl World {
    /// Does all that a node wants done, and asks it when it wants to be called next.
    pub(super) fn flush(&mut self, node: NodeId) {
        loop {
            let Some(process) = self.hosts[node.index()].process.as_mut() else {
                return;
            };
            let Some(effect) = process.node.poll_effect() else {
                break;
            };
            if let Some(tape) = &mut self.tape {
                tape.want(node, effect.clone());
            }
            self.carry_out(node, effect);
        }
        let host = &mut self.hosts[node.index()];
        let clock = host.clock;
        if let Some(process) = host.process.as_mut() {
            process.timer = process.node.poll_timeout().map(|(at, _)| clock.real(at));
        }
    }

    fn carry_out(&mut self, node: NodeId, effect: Effect) {
        match effect {
            Effect::Transmit(advert) => self.transmit(node, advert),
            Effect::Announce(announce) => self.announce(node, &announce),
            Effect::Join(membership) => {
                if let Some(process) = self.hosts[node.index()].process.as_mut()
                    && !process.joined.contains(&membership)
                {
                    process.joined.push(membership);
                }
            }
            Effect::Leave(membership) => {
                if let Some(process) = self.hosts[node.index()].process.as_mut() {
                    process.joined.retain(|own| *own != membership);
                }
            }
            Effect::Kernel { op, action } => {
                let action = Box::new(action);
                self.answer_later(node, ForProcess::Kernel { op, action });
            }
            Effect::Observe { interface } => self.answer_later(node, ForProcess::List(interface)),
            Effect::ObserveRouting { protocols } => self.follow_routing(node, protocols),
            Effect::Watch { interface } => {
                if let Some(process) = self.hosts[node.index()].process.as_mut()
                    && !process.watched.contains(&interface)
                {
                    process.watched.push(interface);
                }
                self.answer_later(node, ForProcess::Report(interface));
            }
            Effect::Unwatch { interface } => {
                if let Some(process) = self.hosts[node.index()].process.as_mut() {
                    process.watched.retain(|own| *own != interface);
                }
            }
            Effect::StartScript { run, script, .. } => self.start_script(node, run, script),
            Effect::KillScript { run, signal } => self.kill_script(node, run, signal),
            Effect::Follow(followed) => self.follow(node, &followed),
            Effect::TransmitBfd(packet) => self.transmit_bfd(node, &packet),
            Effect::Unfollow { kind, name } => self.unfollow(node, kind, name),
            Effect::StartProbe { probe, spec, page } => self.start_probe(node, probe, spec, page),
            Effect::CancelProbe { probe } => {
                self.note(Some(node), What::ProbeCancelled { probe });
            }
            Effect::Table { op, action } => {
                let action = Box::new(action);
                self.answer_later(node, ForProcess::Table { op, action });
            }
            Effect::ObserveTable => self.answer_later(node, ForProcess::ListTable),
            Effect::Notify(told) => {
                let what = match (told.transition, told.subject) {
                    (Some(transition), _) => What::Notified {
                        instance: transition.instance,
                        to: transition.to,
                    },
                    (None, subject) => What::Told {
                        subject: subject.to_string(),
                        told: told.told,
                    },
                };
                self.note(Some(node), what);
            }
            Effect::Notice(notice) => self.take_notice(node, notice),
            Effect::Stopped => {
                self.end_process(node);
                self.note(Some(node), What::Process(log::Process::Exited));
            }
        }
    }

    /// A process is gone, with everything that was under way for it.
    pub(super) fn end_process(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.index()];
        let unread = host.process.take().into_iter();
        for input in unread.flat_map(|process| process.inbox) {
            // What it was to be told to read, the next one reads at its start.
            if let Input::Event(Event::Reload(config)) = input {
                host.reloaded = Some(config);
            }
        }
        host.incarnation += 1;
        self.waking.retain(|waking| *waking != node);
    }

    /// Sends an advert from a station to the nodes of a segment that it is for, but not to itself:
    /// to all of them by multicast, and to who has the destination's address by unicast.
    pub(super) fn broadcast(
        &mut self,
        from: StationId,
        segment: SegmentId,
        packet: &Arc<Transmit>,
        tampered: bool,
    ) {
        let advert = brief(packet.interface, packet);
        let kind = Kind::Advert {
            resigns: advert.priority.0 == 0,
        };
        self.tap_advert(from, segment, packet);
        for place in 0..self.hosts.len() {
            let to = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            if StationId::from(to) == from || !self.hosts[place].powered {
                continue;
            }
            let plugged = |own: &&Interface| is_for(own, segment, packet);
            let Some(port) = self.hosts[place].kernel.interfaces.iter().find(plugged) else {
                continue;
            };
            let interface = port.name;
            let frame = Frame {
                from,
                to,
                interface,
                tampered,
                packet: Arc::clone(packet),
            };
            match self.lan.link_mut(segment, from, to.into()).carry(kind) {
                Ok(passage) => self.send(frame, passage),
                Err(why) => {
                    self.tap_fate(packet, to.into(), Fate::Lost(why));
                    if !tampered {
                        self.note_lost(from, to, advert, why);
                    }
                }
            }
        }
    }

    fn send(&mut self, mut frame: Frame, passage: crate::lan::link::Passage) {
        if let Some(bit) = passage.flip {
            let mut packet = (*frame.packet).clone();
            packet.payload = flipped(&packet.payload, bit);
            let whole = core::mem::replace(&mut frame.packet, Arc::new(packet));
            self.tap_damaged(frame.to.into(), &whole, &frame.packet);
            frame.tampered = true;
        }
        if let Some(delay) = passage.copy {
            let copy = Happening::Advert(frame.clone());
            self.queue.push(self.now + delay, Class::Packet, copy);
        }
        let at = self.now + passage.delay;
        self.queue.push(at, Class::Packet, Happening::Advert(frame));
    }

    fn note_lost(&mut self, from: StationId, to: NodeId, advert: Advert, why: Loss) {
        let from = NodeId(from.0);
        self.note(Some(from), What::AdvertLost { to, advert, why });
    }

    fn transmit(&mut self, node: NodeId, packet: Transmit) {
        let kernel = &self.hosts[node.index()].kernel;
        // It is the instance's, wherever it leaves.
        let made = kernel
            .interface(packet.interface)
            .and_then(|own| own.made.as_ref());
        let advert = brief(made.map_or(packet.interface, |link| link.base), &packet);
        self.note(Some(node), What::AdvertSent(advert));
        let Some(port) = self.hosts[node.index()].kernel.interface(packet.interface) else {
            return;
        };
        let (segment, link) = (port.segment, port.link);
        if !link.up {
            self.lose_everywhere(node, segment, &packet);
            return;
        }
        self.lan.switches[segment.0].learn(link.mac, node.into());
        let packet = Arc::new(packet);
        if let (Some(_), Ok(vrid)) = (&packet.header, Vrid::try_from(advert.vrid)) {
            self.authenticated
                .insert((segment, vrid), Arc::clone(&packet));
        }
        self.broadcast(node.into(), segment, &packet, false);
    }

    /// An advert that does not get out is lost for everybody there.
    fn lose_everywhere(&mut self, node: NodeId, segment: SegmentId, packet: &Transmit) {
        let advert = brief(packet.interface, packet);
        for place in 0..self.hosts.len() {
            let to = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            let there = &self.hosts[place].kernel.interfaces;
            if to != node && there.iter().any(|own| is_for(own, segment, packet)) {
                self.note_lost(node.into(), to, advert, Loss::NoCarrier);
            }
        }
    }

    fn announce(&mut self, node: NodeId, announce: &Announce) {
        let garp = What::Garp {
            interface: announce.interface,
            address: announce.address,
        };
        self.note(Some(node), garp);
        let port = self.hosts[node.index()]
            .kernel
            .interface(announce.interface);
        let Some((segment, true)) = port.map(|own| (own.segment, own.link.up)) else {
            return;
        };
        self.lan.switches[segment.0].learn(announce.mac, node.into());
        let copies = self.carry_announcement(node, segment, announce);
        if self.is_tapped() {
            self.tap_announcement(node.into(), segment, announce, copies);
        }
    }

    /// Sends an announcement to all clients. Says what became of it if that is recorded.
    fn carry_announcement(
        &mut self,
        node: NodeId,
        segment: SegmentId,
        announce: &Announce,
    ) -> Vec<Copy> {
        let mut copies = Vec::new();
        let Some(vip) = self.topology.vip(segment, announce.address) else {
            return copies;
        };
        for client in self.scenario.stations_of_clients() {
            let carried = self
                .lan
                .link_mut(segment, node.into(), client)
                .carry(Kind::Other);
            if self.is_tapped() {
                copies.push(Copy::over(client, self.now, carried));
            }
            let Ok(passage) = carried else {
                self.client_misses(client, vip);
                continue;
            };
            let garp = Happening::Garp {
                from: node,
                client,
                vip,
                mac: announce.mac,
            };
            self.queue
                .push(self.now + passage.delay, Class::Packet, garp);
        }
        copies
    }

    fn start_script(&mut self, node: NodeId, run: RunId, script: Name) {
        let host = &mut self.hosts[node.index()];
        let known = host.scripts.iter_mut().find(|own| own.name == script);
        let end = known.map_or(
            Some((SIGNAL_DELAY, ScriptExit::NotStarted)),
            crate::script::Script::run,
        );
        if let Some(process) = host.process.as_mut() {
            process.runs.push(Run {
                id: run,
                script: script.clone(),
                signalled: false,
            });
        }
        self.note(Some(node), What::ScriptStarted { run, script });
        if let Some((takes, exit)) = end {
            self.exit_later(node, run, takes, exit, false);
        }
    }

    fn kill_script(&mut self, node: NodeId, run: RunId, signal: Kill) {
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        let found = process.runs.iter_mut().find(|own| own.id == run);
        let Some(own) = found.filter(|own| !own.signalled) else {
            return;
        };
        own.signalled = true;
        let number = match signal {
            Kill::Terminate => 15,
            Kill::Kill => 9,
        };
        self.exit_later(node, run, SIGNAL_DELAY, ScriptExit::Signal(number), true);
    }

    fn exit_later(
        &mut self,
        node: NodeId,
        run: RunId,
        takes: core::time::Duration,
        exit: ScriptExit,
        signalled: bool,
    ) {
        let what = ForProcess::ScriptExit {
            run,
            exit,
            signalled,
        };
        self.later(node, takes, what);
    }

    fn answer_later(&mut self, node: NodeId, what: ForProcess) {
        self.later(node, KERNEL_DELAY, what);
    }

    pub(super) fn later(&mut self, node: NodeId, delay: core::time::Duration, what: ForProcess) {
        let incarnation = self.hosts[node.index()].incarnation;
        let happening = Happening::Process {
            node,
            incarnation,
            what,
        };
        self.queue.push(self.now + delay, Class::Packet, happening);
    }

    fn take_notice(&mut self, node: NodeId, notice: Notice) {
        if matches!(notice, Notice::Transition(_)) {
            self.transitions += 1;
        }
        self.note(Some(node), notice.into());
    }
}

/// Whether an interface is where a packet on its segment is to go.
fn is_for(port: &Interface, segment: SegmentId, packet: &Transmit) -> bool {
    let to = packet.destination;
    let hears = port.segment == segment && port.made.is_none();
    hears && (to.is_multicast() || port.holds(to))
}
