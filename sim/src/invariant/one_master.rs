//! I1: of two masters that can hear each other, the lesser steps down.
//!
//! Bound: one interval of the greater one on the slowest clock, and the longest delay; counted
//! from the last thing that could excuse them: a fault, a lost advert, a change of state or of
//! priority. It is asked of each pair and direction, so that it is right on one-way links too: who
//! does not hear the greater one may go on.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::Transport;
use bellwether_core::unit::Version;
use bellwether_core::wire::vrrp::REJECTIONS;

use super::bounds::{self, KERNEL_SETTLES, nanos};
use super::needs::source;
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::world::World;

/// Looks at one virtual router. Returns when it is to be looked at again.
pub(super) fn look(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    group: usize,
    at: Instant,
) -> Option<Instant> {
    let members = &world.topology().groups[group].members;
    let masters = || {
        let all = members.iter().copied();
        all.filter(|member| shadows.leads(world, *member))
    };
    masters().nth(1)?;
    let mut again: Option<Instant> = None;
    for greater in masters() {
        for lesser in masters() {
            if !outranks(world, shadows, greater, lesser)
                || !reaches(world, shadows, greater, lesser)
            {
                continue;
            }
            let bound = bound(shadows, findings);
            let due = excused_until(shadows, greater, lesser) + bound;
            if at < due {
                again = Some(again.map_or(due, |known| known.min(due)));
                continue;
            }
            let nodes = [shadows.members[greater].node, shadows.members[lesser].node];
            findings.check(InvariantId::I1, false, at, &nodes, || {
                words(world, shadows, greater, lesser, bound)
            });
        }
    }
    if again.is_some() {
        findings.check(InvariantId::I1, true, at, &[], String::new);
    }
    again
}

fn bound(shadows: &Shadows, findings: &mut Findings) -> Duration {
    let longest = &shadows.longest;
    let computed = longest.interval + 2 * longest.delay + nanos(KERNEL_SETTLES);
    findings.bound(InvariantId::I1, Duration::from_nanos(computed))
}

/// The last thing that could excuse two masters.
fn excused_until(shadows: &Shadows, greater: usize, lesser: usize) -> Instant {
    let (one, other) = (&shadows.members[greater], &shadows.members[lesser]);
    let awake = |node: crate::log::NodeId| shadows.nodes[node.index()].awake_since;
    [
        one.since,
        other.since,
        one.priority_at,
        other.priority_at,
        awake(one.node),
        awake(other.node),
        shadows.fault_at,
        shadows.lost_at(one.node, other.node),
    ]
    .into_iter()
    .max()
    .unwrap_or_default()
}

/// Whether a master must make another one step down (rule A6).
fn outranks(world: &World, shadows: &Shadows, greater: usize, lesser: usize) -> bool {
    let (one, other) = (&shadows.members[greater], &shadows.members[lesser]);
    if one.node == other.node {
        return false;
    }
    let rank = |shadow: &super::shadow::Shadow| {
        let address = primary(world, shadow);
        (shadow.priority, address)
    };
    rank(one) > rank(other)
}

/// Whether one's adverts get to the other.
fn reaches(world: &World, shadows: &Shadows, from: usize, to: usize) -> bool {
    let (one, other) = (&shadows.members[from], &shadows.members[to]);
    let carrier = |shadow: &super::shadow::Shadow| {
        let kernel = &world.host(shadow.node).kernel;
        let port = kernel.interface(shadow.key.interface);
        port.is_some_and(|own| own.link.up)
    };
    let link = world
        .lan()
        .link(one.segment, one.node.into(), other.node.into());
    one.segment == other.segment && carrier(one) && carrier(other) && !link.cut
}

fn primary(world: &World, shadow: &super::shadow::Shadow) -> Option<IpAddr> {
    source(shadow.config(world)?, &world.host(shadow.node).kernel)
}

fn words(
    world: &World,
    shadows: &Shadows,
    greater: usize,
    lesser: usize,
    bound: Duration,
) -> String {
    let (one, other) = (&shadows.members[greater], &shadows.members[lesser]);
    let (first, second) = (shadows.name(world, greater), shadows.name(world, lesser));
    let name = &world.topology().groups[one.group].name;
    let why = refusal(world, shadows, greater, lesser)
        .unwrap_or_else(|| format!("{second} (priority {}) does not step down", other.priority));
    format!(
        "{first} (priority {}) and {second} (priority {}) have both been master of {name} for \
         more than {bound:?} on a healthy LAN: {why}",
        one.priority, other.priority
    )
}

/// Why the lesser one does not believe the greater one, if its configuration or its counters say.
fn refusal(world: &World, shadows: &Shadows, greater: usize, lesser: usize) -> Option<String> {
    let (one, other) = (&shadows.members[greater], &shadows.members[lesser]);
    let (first, second) = (shadows.name(world, greater), shadows.name(world, lesser));
    if one.key.vrid != other.key.vrid {
        return Some(format!(
            "{first} has virtual_router_id {}, {second} has {}, so neither listens to the other",
            one.key.vrid, other.key.vrid
        ));
    }
    if let Some(why) = unaddressed(world, shadows, greater, lesser) {
        return Some(why);
    }
    let node = &world.host(other.node).process.as_ref()?.node;
    let instance = node.instances().iter().find(|own| own.key() == other.key)?;
    let counted = REJECTIONS.map(|reason| (reason, instance.rejected(reason)));
    let (reason, count) = counted.into_iter().max_by_key(|(_, count)| *count)?;
    if count == 0 {
        return None;
    }
    let detail = detail(world, shadows, greater, lesser).unwrap_or_default();
    Some(format!(
        "{second} refuses {first}'s adverts: {reason} ({count} refused){detail}"
    ))
}

/// Why the greater one does not send to the lesser one at all, if its configuration says so.
fn unaddressed(world: &World, shadows: &Shadows, greater: usize, lesser: usize) -> Option<String> {
    let (one, other) = (&shadows.members[greater], &shadows.members[lesser]);
    let (first, second) = (shadows.name(world, greater), shadows.name(world, lesser));
    let Transport::Unicast { peers, .. } = &one.config(world)?.transport else {
        let unicast = matches!(other.config(world)?.transport, Transport::Unicast { .. });
        return unicast.then(|| {
            format!("{first} advertises by multicast, and {second} listens to unicast only")
        });
    };
    let port = world
        .host(other.node)
        .kernel
        .interface(other.key.interface)?;
    let named = peers.iter().any(|peer| port.holds(peer.address));
    (!named).then(|| format!("{first} has no unicast_peer with an address of {second}"))
}

/// What exactly differs between two configurations.
fn detail(world: &World, shadows: &Shadows, greater: usize, lesser: usize) -> Option<String> {
    let one = shadows.members[greater].config(world)?;
    let other = shadows.members[lesser].config(world)?;
    let (first, second) = (shadows.name(world, greater), shadows.name(world, lesser));
    if one.version != other.version {
        return Some(format!(
            "; {first} speaks version {}, {second} version {}",
            one.version, other.version
        ));
    }
    let intervals = (bounds::interval(one), bounds::interval(other));
    if one.version == Version::V2 && intervals.0 != intervals.1 {
        return Some(format!(
            "; {first} has advert_int {}, {second} has {}",
            one.advert_interval, other.advert_interval
        ));
    }
    None
}
