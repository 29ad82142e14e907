//! Sync groups: instances that change their state together (keepalived: `vrrp_sync_group`).
//!
//! Invariant: whenever a node has settled, all members of a group are master, or none is; and all
//! are in FAULT, or none is. A member whose master has gone waits until every other member could
//! be master too, and then all are at once.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Node;
use super::roster::{Place, Roster};
use crate::effect::{Effect, Outbox};
use crate::id::InstanceKey;
use crate::model::{Config, SyncGroup, Trackers};
use crate::mutant::{self, Mutant};
use crate::notify::{Notification, Subject, Told};
use crate::unit::{Name, Priority};
use crate::vrrp::{Cause, Context, Inputs, Instance, State};

/// A group, and what was last told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) config: SyncGroup,
    /// Its members, in the file's order.
    pub(super) members: Vec<InstanceKey>,
    /// Where these stand among a node's instances.
    places: BTreeSet<Place>,
    told: Option<Told>,
}

impl Group {
    /// The groups of a configuration; one that was there before goes on from what was told of it.
    pub(super) fn all_of(config: &Config, before: &[Self]) -> Vec<Self> {
        let key = |member: &Name| {
            let named = |instance: &&crate::model::Instance| instance.name == *member;
            let instance = config.instances().iter().find(named);
            instance.map(crate::model::Instance::key)
        };
        let groups = config.sync_groups().iter().map(|group| Self {
            members: group.members.iter().filter_map(key).collect(),
            places: BTreeSet::new(),
            told: before
                .iter()
                .find(|old| old.config.name == group.name)
                .and_then(|old| old.told),
            config: group.clone(),
        });
        groups.collect()
    }

    /// Learns where its members stand.
    pub(super) fn find_members(&mut self, roster: &Roster) {
        let places = self.members.iter().filter_map(|key| roster.find(key));
        self.places = places.collect();
    }

    pub(super) fn has(&self, instance: &Instance) -> bool {
        self.members.contains(&instance.key())
    }

    /// What all members depend on, in the order of `own`, which is each member's own: one that is
    /// broken breaks all, and one that is not known yet holds all back.
    pub(super) fn share(own: &mut [&mut Inputs]) {
        let broken = own.iter().any(|inputs| inputs.is_broken());
        let waiting = own.iter().any(|inputs| inputs.is_waiting());
        for inputs in own {
            if broken && !inputs.is_broken() && !mutant::is_active(Mutant::FaultNotShared) {
                inputs.fault = Some(Cause::SyncGroup);
            }
            inputs.waiting |= waiting;
        }
    }

    /// Brings the members together again after one of them has moved.
    fn synchronise(&self, cx: &mut Context<'_>, members: &mut [&mut Instance]) -> bool {
        let master = |member: &&mut Instance| member.state() == State::Master;
        let able = |member: &&mut Instance| master(member) || member.wants_master().is_some();
        if members.iter().all(able) {
            let mut moved = false;
            for member in members.iter_mut() {
                moved |= member.follow_to_master(cx);
            }
            return moved;
        }
        if !members.iter().any(master) {
            return false;
        }
        for member in members.iter_mut() {
            member.follow_to_backup(cx);
        }
        true
    }

    /// Tells of the state that all members share, once they do and all is told of each of them.
    fn tell(&mut self, members: &[&Instance], out: &mut Outbox) {
        let Some((first, others)) = members.split_first() else {
            return;
        };
        let together = others.iter().all(|other| other.state() == first.state());
        let told = match first.state() {
            State::Init if self.told.is_none() => return,
            state @ (State::Init | State::Backup | State::Master | State::Fault) => {
                Told::of(state, Cause::Shutdown)
            }
        };
        let settled = members.iter().all(|member| !member.owes_notification());
        if !together || !settled || self.told == Some(told) {
            return;
        }
        self.told = Some(told);
        let subject = Subject::Group {
            name: self.config.name.clone(),
        };
        let notify = &self.config.notify;
        let priority = Priority::RESIGN;
        out.push(Effect::Notify(Notification::new(
            subject, told, priority, notify,
        )));
    }
}

impl Node {
    /// The group that an instance is in, if any.
    pub(super) fn group_of(&self, instance: &Instance) -> Option<&Group> {
        self.groups.iter().find(|group| group.has(instance))
    }

    /// Brings the members of every group together.
    pub(super) fn synchronise(&mut self) {
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        for group in &self.groups {
            if !self.instances.is_touched(&group.places) {
                continue;
            }
            let mut members = self.instances.several_mut(&group.places);
            self.unsettled |= group.synchronise(&mut cx, &mut members);
            if members
                .iter_mut()
                .fold(false, |any, member| member.take_defended() | any)
            {
                // keepalived: a losing advert on one is answered for all of them.
                for member in &mut members {
                    member.announce_again(&mut cx);
                }
            }
        }
    }

    /// Tells of every group whose members have all arrived.
    pub(super) fn tell_groups(&mut self) {
        for group in &mut self.groups {
            let of_group = |instance: &&Instance| group.has(instance);
            let members: Vec<_> = self.instances.iter().filter(of_group).collect();
            group.tell(&members, &mut self.out);
        }
    }
}

/// The trackers of a member that count: without `sync_group_tracking_weight` a weighted script,
/// file, process or session of a member does not count, and a weighted interface is a FAULT.
pub(super) fn counting<'t>(own: &'t Trackers, group: Option<&SyncGroup>) -> Cow<'t, Trackers> {
    if group.is_none_or(|group| group.tracking_weight) {
        return Cow::Borrowed(own);
    }
    let mut counting = own.clone();
    let fault = crate::unit::Weight::FAULT;
    for lists in [
        &mut counting.scripts,
        &mut counting.files,
        &mut counting.processes,
        &mut counting.bfd,
    ] {
        lists.retain(|tracked| tracked.weight == fault);
    }
    for interface in &mut counting.interfaces {
        interface.weight = fault;
    }
    Cow::Owned(counting)
}
