//! I28: what a reload does not change goes on untouched: nothing is said, sent or set for it, and its
//! next advert comes when it was due.
//!
//! What a reload keeps is told here by the two configurations alone: all of it where they are equal;
//! else each instance that is the same in both, while everything that it may depend on is.

use bellwether_core::Instant;
use bellwether_core::model::{Config, Parts};
use bellwether_core::vrrp::State;

use super::shadow::{LATE, Shadows};
use super::watch::member_of;
use super::{Findings, InvariantId};
use crate::log::{NodeId, What};
use crate::world::World;

/// What reloads have kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Reloads {
    /// What a node runs, if that is not what the scenario gave it.
    running: Vec<(NodeId, Config)>,
    /// When each member advertised last, by its node's clock.
    advertised: Vec<(usize, Instant)>,
    /// By when a kept master has to advertise again, by its node's clock.
    owed: Vec<(usize, Instant)>,
    /// The reload of this step.
    fresh: Option<Kept>,
}

/// What a reload keeps.
#[derive(Clone, Debug)]
struct Kept {
    node: NodeId,
    /// Whether nothing changes at all.
    whole: bool,
    members: Vec<usize>,
}

impl Reloads {
    /// A step begins.
    pub(super) fn clear(&mut self) {
        self.fresh = None;
    }

    /// A process begins, pauses, wakes or ends: nothing is owed by it any more.
    pub(super) fn disturbed(&mut self, world: &World, shadows: &Shadows, node: NodeId) {
        let members = &shadows.nodes[node.index()].members;
        self.owed.retain(|(member, _)| !members.contains(member));
        self.advertised
            .retain(|(member, _)| !members.contains(member));
        self.runs(world, node);
    }

    /// A node has reloaded. Returns its instances that it does not change.
    pub(super) fn reloaded(
        &mut self,
        world: &World,
        shadows: &Shadows,
        node: NodeId,
    ) -> Vec<usize> {
        let mut known = self.running.iter();
        let before = known.find(|(of, _)| *of == node).map(|(_, config)| config);
        let before = before.unwrap_or(&world.scenario().nodes[node.index()].config);
        let after = world.config(node);
        let around = shares_surroundings(before.parts(), after.parts());
        let same = |member: &usize| {
            let key = shadows.members[*member].key;
            let find = |config: &Config| {
                let mut all = config.instances().iter();
                all.find(|own| own.key() == key).cloned()
            };
            let (old, new) = (find(before), find(after));
            new.is_some() && old == new && (before == after || is_alone(after, *member, shadows))
        };
        let members = shadows.nodes[node.index()].members.iter().copied();
        let members: Vec<usize> = members.filter(|own| around && same(own)).collect();
        let whole = before == after;
        for member in &members {
            self.owe(world, shadows, *member);
        }
        self.runs(world, node);
        self.fresh = Some(Kept {
            node,
            whole,
            members: members.clone(),
        });
        members
    }

    /// Something happened on a node.
    pub(super) fn see(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        node: NodeId,
        what: &What,
    ) {
        let member = subject(world, node, what);
        if let Some(kept) = self.fresh.as_ref().filter(|kept| kept.node == node)
            && !matches!(what, What::Process(_))
        {
            let touched = kept.whole || member.is_some_and(|own| kept.members.contains(&own));
            findings.check(InvariantId::I28, !touched, world.now(), &[node], || {
                let who = member.map_or("it", |own| shadows.name(world, own));
                format!("a reload that does not change {who} had an effect on it: {what:?}")
            });
        }
        if let (What::AdvertSent(_), Some(member)) = (what, member) {
            let local = world.local(node);
            self.settle(world, shadows, findings, (node, member), local);
            self.advertised.retain(|(own, _)| *own != member);
            self.advertised.push((member, local));
        }
        if let (What::Transition { .. }, Some(member)) = (what, member) {
            self.owed.retain(|(own, _)| *own != member);
        }
    }

    fn settle(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        (node, member): (NodeId, usize),
        local: Instant,
    ) {
        let Some(at) = self.owed.iter().position(|(own, _)| *own == member) else {
            return;
        };
        let (_, due) = self.owed.swap_remove(at);
        let late = local > due;
        findings.check(InvariantId::I28, !late, world.now(), &[node], || {
            let name = shadows.name(world, member);
            format!("after a reload that does not change it, {name} was late with its next advert")
        });
    }

    /// A kept master advertises again an interval after its last advert, at the latest.
    fn owe(&mut self, world: &World, shadows: &Shadows, member: usize) {
        let shadow = &shadows.members[member];
        let mut known = self.advertised.iter();
        let last = known.find(|(own, _)| *own == member);
        if let (Some(State::Master), Some((_, last))) = (shadow.state, last)
            && let Some(config) = shadow.config(world)
        {
            let slack = core::time::Duration::from_nanos(LATE);
            let due = *last + config.advert_interval.duration() + slack;
            self.owed.retain(|(own, _)| *own != member);
            self.owed.push((member, due));
        }
    }

    fn runs(&mut self, world: &World, node: NodeId) {
        self.running.retain(|(of, _)| *of != node);
        let own = world.config(node);
        if *own != world.scenario().nodes[node.index()].config {
            self.running.push((node, own.clone()));
        }
    }
}

/// Whether everything but instances and groups is the same.
fn shares_surroundings(old: &Parts, new: &Parts) -> bool {
    let bare = |parts: &Parts| Parts {
        instances: Vec::new(),
        ..parts.clone()
    };
    bare(old) == bare(new)
}

/// Whether no other instance can move this one.
fn is_alone(config: &Config, member: usize, shadows: &Shadows) -> bool {
    let key = shadows.members[member].key;
    let own = config.instances().iter().find(|own| own.key() == key);
    let in_group = |name| {
        let mut groups = config.sync_groups().iter();
        groups.any(|group| group.members.contains(name))
    };
    own.is_some_and(|own| !in_group(&own.name))
}

/// Which instance of a node an entry is about.
fn subject(world: &World, node: NodeId, what: &What) -> Option<usize> {
    if let What::Transition { instance, .. }
    | What::Priority { instance, .. }
    | What::Notified { instance, .. } = what
    {
        return world.topology().member(node, instance);
    }
    if let What::AdvertSent(advert) = what {
        return member_of(world, node, advert.interface, (advert.family, advert.vrid));
    }
    None
}
