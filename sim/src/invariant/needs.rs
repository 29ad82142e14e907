//! What an instance needs, what it owns, and what holds it back: read from the configurations a
//! second time, in a way of its own.
//!
//! Members of a sync group need what any of them needs (keepalived: `vrrp_sync_group`).

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::model::{
    Config, Instance, SyncGroup, Tracked, Trackers, Transport, VirtualAddress,
};
use bellwether_core::track::Verdict;
use bellwether_core::unit::{IfName, Name};

use super::scripts::verdict_of;
use super::shadow::Shadows;
use crate::kernel::Kernel;
use crate::log::NodeId;
use crate::world::World;

/// What something tracked does to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Adds to its priority.
    Add(i16),
    /// Holds it in FAULT.
    Fault,
    /// Holds it in INIT.
    Wait,
}

/// Whose word on links and addresses counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// What the node has been told so far.
    Told,
    /// What is the case.
    Truth,
}

/// Every address that it owns as a master.
pub(super) fn owned(config: &Instance) -> impl Iterator<Item = &VirtualAddress> {
    let listed = config.virtual_addresses.iter();
    listed.chain(&config.excluded_addresses)
}

/// The address that it sends from: the one that it is told to, or its interface's first.
pub(super) fn source(config: &Instance, kernel: &Kernel) -> Option<IpAddr> {
    let told = match &config.transport {
        Transport::Multicast { source, .. } | Transport::Unicast { source, .. } => *source,
    };
    let port = kernel.interface(config.interface)?;
    match told {
        Some(address) if config.track_source => port.holds(address).then_some(address),
        Some(address) => Some(address),
        None => port.primary(config.family),
    }
}

/// The sync group that an instance is in, if any.
pub(super) fn group_of<'a>(config: &'a Config, instance: &Instance) -> Option<&'a SyncGroup> {
    let groups = config.sync_groups().iter();
    groups
        .into_iter()
        .find(|group| group.members.contains(&instance.name))
}

/// The instances that change with one, itself included, by their places among the members.
pub(super) fn mates(world: &World, shadows: &Shadows, member: usize) -> Vec<usize> {
    let shadow = &shadows.members[member];
    let group = shadow
        .config(world)
        .and_then(|own| group_of(world.config(shadow.node), own));
    let Some(group) = group else {
        return vec![member];
    };
    let of = shadows.nodes[shadow.node.index()].members.iter().copied();
    let is_mate = |other: &usize| {
        let config = shadows.members[*other].config(world);
        config.is_some_and(|own| group.members.contains(&own.name))
    };
    of.filter(is_mate).collect()
}

/// What holds a member back, or one that it changes with; a fault if there is one.
pub(super) fn hold(
    world: &World,
    shadows: &Shadows,
    member: usize,
    sight: Sight,
) -> Option<Effect> {
    let node = shadows.members[member].node;
    let own = shadows.members[member].config(world)?;
    let Some(group) = group_of(world.config(node), own) else {
        return hold_alone(world, shadows, node, own, sight);
    };
    let all = world.config(node).instances().iter();
    let mates = all.filter(|mate| group.members.contains(&mate.name));
    mates
        .filter_map(|mate| hold_alone(world, shadows, node, mate, sight))
        .reduce(worse)
}

/// keepalived, unicast_fault_no_peer.
fn lacks_peer(config: &Instance) -> bool {
    matches!(&config.transport, Transport::Unicast { peers, fault_without_peer: true, .. }
        if peers.is_empty())
}

fn hold_alone(
    world: &World,
    shadows: &Shadows,
    node: NodeId,
    config: &Instance,
    sight: Sight,
) -> Option<Effect> {
    let mut held = None;
    let mut note = |effect: Effect| {
        if !matches!(effect, Effect::Add(_)) {
            held = Some(held.map_or(effect, |known| worse(known, effect)));
        }
    };
    each_effect(world, shadows, node, config, &mut note);
    if lacks_peer(config) {
        note(Effect::Fault);
    }
    if world.local(node) < shadows.nodes[node.index()].held_until {
        note(Effect::Wait);
    }
    let kernel = &world.host(node).kernel;
    if config.track_primary {
        let others = owned(config).filter(|own| own.tracked);
        let needed = others.filter_map(|own| own.dev);
        let needed = needed.chain(of_routing(config, true));
        for name in needed.chain([config.interface]) {
            note(match (sight, shadows.seen(node, name)) {
                (Sight::Told, Verdict::Unknown) => Effect::Wait,
                (Sight::Told, Verdict::Up) => Effect::Add(0),
                (Sight::Told, Verdict::Down) => Effect::Fault,
                (Sight::Truth, _) => {
                    let up = kernel.interface(name).is_some_and(|own| own.link.up);
                    if up { Effect::Add(0) } else { Effect::Fault }
                }
            });
        }
    }
    for name in of_ties(world.config(node), config) {
        note(match (sight, shadows.seen(node, name)) {
            (Sight::Told, Verdict::Unknown) => Effect::Wait,
            (Sight::Told, Verdict::Up) => Effect::Add(0),
            (Sight::Told, Verdict::Down) => Effect::Fault,
            (Sight::Truth, _) => {
                let up = kernel.interface(name).is_some_and(|own| own.link.up);
                if up { Effect::Add(0) } else { Effect::Fault }
            }
        });
    }
    if sight == Sight::Truth && source(config, kernel).is_none() {
        note(Effect::Fault);
    }
    held
}

/// The interfaces that its routes and rules name; `tracked`: only those whose state counts.
fn of_routing(config: &Instance, tracked: bool) -> impl Iterator<Item = IfName> + '_ {
    let routes = config
        .routes
        .iter()
        .filter(move |own| own.tracked || !tracked);
    let rules = config
        .rules
        .iter()
        .filter(move |own| own.tracked || !tracked);
    routes
        .flat_map(|own| {
            own.dev
                .into_iter()
                .chain(own.nexthops.iter().filter_map(|hop| hop.dev))
        })
        .chain(rules.flat_map(|own| own.iif.into_iter().chain(own.oif)))
}

/// The interfaces of static things that an instance is tied to.
fn of_ties(config: &Config, instance: &Instance) -> Vec<IfName> {
    let statics = &config.parts().statics;
    let tied = |group: &Option<bellwether_core::unit::Name>| {
        statics
            .track_groups
            .iter()
            .any(|own| Some(&own.name) == group.as_ref() && own.members.contains(&instance.name))
    };
    let addresses = statics
        .addresses
        .iter()
        .filter(|own| tied(&own.track_group));
    let routes = statics.routes.iter().filter(|own| tied(&own.track_group));
    addresses
        .filter_map(|own| own.dev)
        .chain(routes.flat_map(|own| {
            own.dev
                .into_iter()
                .chain(own.nexthops.iter().filter_map(|hop| hop.dev))
        }))
        .collect()
}

const fn worse(one: Effect, other: Effect) -> Effect {
    match (one, other) {
        (Effect::Fault, _) | (_, Effect::Fault) => Effect::Fault,
        (Effect::Wait, _) | (_, Effect::Wait) => Effect::Wait,
        (Effect::Add(_), Effect::Add(_)) => one,
    }
}

/// What everything that an instance tracks does to it now: its own trackers, and its group's.
///
/// keepalived: in a group that does not say `sync_group_tracking_weight`, a member's weighted
/// script is left out, and its weighted interface is one of no weight.
pub(super) fn each_effect(
    world: &World,
    shadows: &Shadows,
    node: NodeId,
    config: &Instance,
    see: &mut impl FnMut(Effect),
) {
    let group = group_of(world.config(node), config);
    let weighted = group.is_none_or(|group| group.tracking_weight);
    let own = &config.trackers;
    each_of(world, shadows, node, own, weighted, see);
    if let Some(group) = group {
        each_of(world, shadows, node, &group.trackers, true, see);
    }
}

fn each_of(
    world: &World,
    shadows: &Shadows,
    node: NodeId,
    trackers: &Trackers,
    weighted: bool,
    see: &mut impl FnMut(Effect),
) {
    let things = &shadows.nodes[node.index()].things;
    let counts = |tracked: &&Tracked<Name>| weighted || tracked.weight.get() == 0;
    for tracked in trackers.scripts.iter().filter(counts) {
        let verdict = verdict_of(world, shadows, node, tracked.target.as_str());
        see(effect_of(tracked.weight.get(), tracked.reverse, verdict));
    }
    for tracked in &trackers.interfaces {
        let weight = if weighted { tracked.weight.get() } else { 0 };
        let verdict = shadows.seen(node, tracked.target);
        see(effect_of(weight, tracked.reverse, verdict));
    }
    for tracked in trackers.files.iter().filter(counts) {
        let (weight, reverse) = (tracked.weight.get(), tracked.reverse);
        see(things.file_effect(&tracked.target, weight, reverse));
    }
    for tracked in trackers.bfd.iter().filter(counts) {
        let verdict = things.session(&tracked.target);
        see(effect_of(tracked.weight.get(), tracked.reverse, verdict));
    }
    for tracked in trackers.processes.iter().filter(counts) {
        let verdict = things.verdict(&tracked.target);
        see(effect_of(tracked.weight.get(), tracked.reverse, verdict));
    }
}

/// What a tracked thing does to an instance now: adds to its priority, or holds it in FAULT.
///
/// keepalived: +w while up, -w while down, the other way round with `reverse`; 0 is FAULT while
/// down, or while up with `reverse`; before the first verdict nothing.
#[must_use]
const fn effect_of(weight: i16, reverse: bool, verdict: Verdict) -> Effect {
    let up = match verdict {
        Verdict::Unknown if weight == 0 => return Effect::Wait,
        Verdict::Unknown => return Effect::Add(0),
        Verdict::Up => !reverse,
        Verdict::Down => reverse,
    };
    if weight == 0 {
        return if up { Effect::Add(0) } else { Effect::Fault };
    }
    let counts = (weight > 0) == up;
    Effect::Add(if counts { weight } else { 0 })
}

/// Whether an instance's interfaces are among these.
pub(super) fn depends_on(config: &Config, interface: IfName) -> bool {
    let groups = config.sync_groups().iter().map(|own| &own.trackers);
    let trackers = config.instances().iter().map(|own| &own.trackers);
    let tracked = trackers.chain(groups).flat_map(|own| &own.interfaces);
    let instances = config.instances().iter();
    let carriers = instances.flat_map(|own| {
        let devs = owned(own).filter_map(|vip| vip.dev);
        devs.chain(of_routing(own, false)).chain([own.interface])
    });
    let statics = &config.parts().statics;
    let of_statics = { statics.addresses.iter() }
        .filter_map(|own| own.dev)
        .chain(statics.routes.iter().flat_map(|own| own.interfaces()));
    carriers
        .chain(of_statics)
        .chain(tracked.map(|own| own.target))
        .any(|own| own == interface)
}

/// How far apart a node's announcements of an address are that leave by an interface: what the
/// first `garp_group` with what it stands on says, else what holds for all; and which others they
/// are spaced with.
pub(super) fn spacing(
    config: &Config,
    interface: IfName,
    address: IpAddr,
) -> (Duration, Vec<IfName>) {
    let base = base_of(config, interface);
    let groups = config.parts().garp_groups.iter();
    let group = groups
        .into_iter()
        .rfind(|group| group.interfaces.contains(&base));
    let spacing = group.map_or(config.globals().spacing, |group| group.spacing);
    let interval = if address.is_ipv4() {
        spacing.garp
    } else {
        spacing.gna
    };
    let shared = group.map_or_else(|| vec![base], |group| group.interfaces.clone());
    (interval, shared)
}

/// What an interface stands on, or itself.
pub(super) fn base_of(config: &Config, interface: IfName) -> IfName {
    let mut instances = config.instances().iter();
    let found = instances.find_map(|own| {
        if own.vmac.as_ref().is_some_and(|vmac| vmac.name == interface) {
            return Some(own.interface);
        }
        let mut vips = owned(own).filter(|vip| vip.vmac == Some(interface));
        vips.next().map(|vip| vip.dev.unwrap_or(own.interface))
    });
    found.unwrap_or(interface)
}

/// How long an announcement may wait for all others of its node at most.
pub(super) fn longest_wait(config: &Config) -> Duration {
    let spacings = config.parts().garp_groups.iter().map(|own| own.spacing);
    let all = spacings.chain([config.globals().spacing]);
    let longest = all.map(|own| own.garp.max(own.gna)).max();
    let instances = config.instances().iter();
    // A batch, its second, and one more for a losing advert.
    let count = instances.map(|own| {
        let times = own.garp.repeat.max(own.garp.losing_repeat).max(1);
        let vips = u32::try_from(owned(own).count()).unwrap_or(u32::MAX);
        times.saturating_mul(3).saturating_mul(vips)
    });
    let count = count.fold(0_u32, u32::saturating_add);
    longest.unwrap_or_default().saturating_mul(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_keepalived_s() {
        use Verdict::{Down, Up};
        assert_eq!(effect_of(20, false, Up), Effect::Add(20));
        assert_eq!(effect_of(20, false, Down), Effect::Add(0));
        assert_eq!(effect_of(-20, false, Down), Effect::Add(-20));
        assert_eq!(effect_of(-20, true, Up), Effect::Add(-20));
        assert_eq!(effect_of(0, false, Down), Effect::Fault);
        assert_eq!(effect_of(0, true, Up), Effect::Fault);
    }
}
