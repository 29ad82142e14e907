//! Virtual routers: what they become, what they hear, and what that obliges them to.

use bellwether_core::Instant;
use bellwether_core::event::Received;
use bellwether_core::unit::Family;
use bellwether_core::vrrp::{Cause, State};

use super::super::agenda::Task;
use super::super::announcements::Due;
use super::super::judge::{Heard, Judgement, judge};
use super::super::needs::{mates, source};
use super::super::scripts::ScriptShadow;
use super::super::{liveness, priority, takeover, transitions};
use super::{Invariants, member_of};
use crate::log::{NodeId, Process, StationId};
use crate::world::World;

impl Invariants {
    pub(super) fn process(&mut self, world: &World, node: NodeId, process: Process) {
        let now = world.now();
        self.shadows.step.touch(node);
        self.shadows.step.vips = true;
        let members = self.shadows.nodes[node.index()].members.clone();
        if process != Process::Reloaded {
            self.reloads.disturbed(world, &self.shadows, node);
        }
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

    pub(super) fn reloaded(&mut self, world: &World, node: NodeId, members: &[usize]) {
        let of = &mut self.shadows.nodes[node.index()];
        let old = core::mem::take(&mut of.scripts);
        let kept = world.config(node).scripts().iter().map(|config| {
            let same = old.iter().find(|own| own.config == *config);
            same.cloned().unwrap_or_else(|| ScriptShadow::new(config))
        });
        of.scripts = kept.collect();
        of.reconfigure(world.config(node));
        self.agenda.drop_scripts(node);
        let kept = self.reloads.reloaded(world, &self.shadows, node);
        for member in members {
            self.shadows.members[*member].configure(world);
            if kept.contains(member) {
                continue;
            }
            self.set_base_priority(world, *member);
            self.shadows.members[*member].blur(world);
            self.expect_takeover(*member);
            self.announcements.forgive(*member);
        }
    }

    pub(super) fn set_base_priority(&mut self, world: &World, member: usize) {
        if let Some(expected) = priority::expected(world, &self.shadows, member) {
            self.shadows.members[member].set_priority(world, expected);
        }
    }

    pub(super) fn transition(
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

    pub(super) fn says_priority(&mut self, world: &World, member: usize, said: u8, when: &str) {
        let (shadows, findings) = (&self.shadows, &mut self.findings);
        priority::said(world, shadows, findings, member, said, when);
    }

    pub(super) fn delivered(
        &mut self,
        world: &World,
        node: NodeId,
        from: StationId,
        received: &Received,
    ) {
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
    pub(super) fn loses(&self, member: usize, heard: Heard, own: std::net::IpAddr) -> bool {
        let shadow = &self.shadows.members[member];
        shadow.state == Some(State::Master)
            && heard.priority != 0
            && (heard.priority, heard.source) < (shadow.priority, own)
    }

    pub(super) fn owe(&mut self, world: &World, member: usize, why: Due) {
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

    pub(super) fn expect_takeover(&mut self, member: usize) {
        let task = Task::TakeOver(member);
        match self.shadows.members[member].deadline {
            Some(due) => self.agenda.put(task, due),
            None => self.agenda.drop(task),
        }
    }
}
