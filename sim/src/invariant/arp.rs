//! I17: clients send to the node that carries the address. I14: every nanosecond is counted.
//!
//! Bound of I17: [`super::bounds::KERNEL_SETTLES`] and the longest delays, once exactly one machine
//! owns the address, where that machine's announcement can be expected to have reached the client:
//! it took the address while nobody owned it, or made another master step down, and nothing was
//! lost between the three. Elsewhere a client mends itself when it next makes sure of the entry:
//! [`REVALIDATE`] later, counted from the last question of its own that was lost, if one was.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::Transport;

use super::bounds::{KERNEL_SETTLES, nanos};
use super::needs::longest_wait;
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::lan::SegmentId;
use crate::lan::client::REVALIDATE;
use crate::log::{NodeId, StationId};
use crate::world::World;

/// What is followed of each virtual address.
#[derive(Clone, Debug)]
pub(super) struct Arp {
    vips: Vec<VipWatch>,
}

#[derive(Clone, Debug, Default)]
struct VipWatch {
    owners: u32,
    since: Instant,
    /// How many there were before.
    before: u32,
    /// Dark, single and dual time, counted a second time.
    counted: [u64; 3],
    /// The last time a master stepped down for another: when, who, for whom.
    yielded: Option<(Instant, NodeId, NodeId)>,
    /// Since when each client has been wrong, and whether an announcement should have mended it.
    wrong_since: Vec<Option<(Instant, bool)>>,
}

impl Arp {
    /// Nobody owns anything yet.
    #[must_use]
    pub(super) fn new(world: &World) -> Self {
        let clients = world.scenario().stations_of_clients().count();
        let watch = VipWatch {
            wrong_since: vec![None; clients],
            ..VipWatch::default()
        };
        Self {
            vips: vec![watch; world.topology().vips.len()],
        }
    }

    /// A master stepped down for another.
    pub(super) fn yielded(&mut self, world: &World, group: usize, loser: NodeId, winner: NodeId) {
        for vip in &world.topology().groups[group].vips {
            self.vips[*vip].yielded = Some((world.now(), loser, winner));
        }
    }

    /// Something changed that may concern a virtual address. Returns when to look again.
    pub(super) fn look(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        vip: usize,
        at: Instant,
    ) -> Option<Instant> {
        self.count(world, vip, at);
        let owner = single_owner(world, vip);
        let mut again: Option<Instant> = None;
        let clients = world.scenario().stations_of_clients();
        for (place, client) in clients.enumerate() {
            let wrong = owner.filter(|owner| world.client_reaches(client, vip) != Some(*owner));
            let watch = &mut self.vips[vip];
            let Some(owner) = wrong else {
                watch.wrong_since[place] = None;
                findings.check(InvariantId::I17, true, at, &[], String::new);
                continue;
            };
            if !connects(world, vip, owner, client) {
                // Nothing reaches it now, and what it misses is no fault of the owner's.
                watch.wrong_since[place] = Some((at, false));
                continue;
            }
            let expected = announces(world, shadows, &self.vips[vip], owner, client, vip);
            let watch = &mut self.vips[vip];
            let wrong = watch.wrong_since[place].get_or_insert((at, true));
            // An excuse holds until the entry is right again.
            wrong.1 &= expected;
            let (begin, prompted) = *wrong;
            // While its questions are lost it can't mend itself before it asks again.
            let asked = world.cache(client, vip).filter(|entry| entry.missed);
            let asked = asked.map_or(Instant::ZERO, |entry| entry.heard_at);
            let excused = begin.max(watch.since).max(shadows.fault_at).max(asked);
            let bound = if prompted {
                prompt(world, owner, shadows, findings)
            } else {
                REVALIDATE + prompt(world, owner, shadows, findings)
            };
            let due = excused + bound;
            if at < due {
                again = Some(again.map_or(due, |known| known.min(due)));
                continue;
            }
            self.vips[vip].wrong_since[place] = Some((at, prompted));
            findings.check(InvariantId::I17, false, at, &[owner], || {
                words(world, vip, owner, client, begin)
            });
        }
        again
    }

    /// I14: at the end the two counts must agree, and add up.
    pub(super) fn finish(&mut self, world: &World, findings: &mut Findings) {
        for (vip, account) in world.accounts().all().iter().enumerate() {
            self.count(world, vip, world.now());
            let watch = &mut self.vips[vip];
            let passed = nanos(world.now().since(watch.since));
            watch.counted[slot(watch.owners)] += passed;
            let theirs = [account.dark_ns, account.single_ns, account.dual_ns];
            let total: u64 = theirs.iter().sum();
            let whole = nanos(world.now().since(Instant::ZERO));
            let holds = watch.counted == theirs && total == whole;
            findings.check(InvariantId::I14, holds, world.now(), &[], || {
                format!(
                    "{}: dark, single and dual time are {theirs:?} ns, which are {total} of \
                     {whole} ns; counted a second time they are {:?} ns",
                    world.topology().vips[vip].address,
                    watch.counted
                )
            });
        }
    }

    /// Counts a nanosecond too many.
    #[cfg(test)]
    pub(super) fn miscount(&mut self) {
        self.vips[0].counted[0] += 1;
    }

    fn count(&mut self, world: &World, vip: usize, at: Instant) {
        let owners = world.owners(vip);
        let watch = &mut self.vips[vip];
        if owners == watch.owners {
            return;
        }
        watch.counted[slot(watch.owners)] += nanos(at.since(watch.since));
        watch.before = watch.owners;
        watch.owners = owners;
        watch.since = at;
        watch.wrong_since.fill(None);
    }
}

fn slot(owners: u32) -> usize {
    usize::try_from(owners.min(2)).unwrap_or_default()
}

fn prompt(world: &World, owner: NodeId, shadows: &Shadows, findings: &mut Findings) -> Duration {
    let delays = Duration::from_nanos(4 * shadows.longest.delay);
    let waits = longest_wait(world.config(owner));
    findings.bound(InvariantId::I17, KERNEL_SETTLES + delays + waits)
}

/// A client has learnt where an address is: if a virtual MAC carries it there, the client knows it
/// by that, and by no machine's own (RFC 9568 8.1.2).
pub(super) fn learnt(
    world: &World,
    findings: &mut Findings,
    client: StationId,
    node: NodeId,
    address: IpAddr,
) {
    let mut ports = world.host(node).kernel.interfaces.iter();
    let Some(port) = ports.find(|own| own.made.is_some() && own.holds(address)) else {
        return;
    };
    let Some(vip) = world.topology().vip(port.segment, address) else {
        return;
    };
    let known = world.cache(client, vip).and_then(|entry| entry.mac);
    let holds = known == Some(port.link.mac);
    findings.check(InvariantId::I17, holds, world.now(), &[node], || {
        let known = known.map_or_else(String::new, |mac| mac.to_string());
        format!(
            "{address} is at {} and a client knows it at {known}",
            port.link.mac
        )
    });
}

/// An advert has left: if its instance has a virtual MAC, the switch has learnt from that very
/// frame where that is now (RFC 9568 8.1.2: adverts have the virtual MAC as their source).
pub(super) fn taught(world: &World, shadows: &Shadows, findings: &mut Findings, member: usize) {
    let shadow = &shadows.members[member];
    let Some(config) = shadow.config(world) else {
        return;
    };
    let unicast = matches!(config.transport, Transport::Unicast { .. });
    let Some(vmac) = config
        .vmac
        .as_ref()
        .filter(|vmac| !vmac.xmit_base && !unicast)
    else {
        return;
    };
    let kernel = &world.host(shadow.node).kernel;
    let Some(port) = kernel.interface(vmac.name).filter(|own| own.link.up) else {
        return;
    };
    let at = world.lan().switches[port.segment.0].port(port.link.mac);
    let holds = at == Some(shadow.node.into());
    findings.check(InvariantId::I17, holds, world.now(), &[shadow.node], || {
        format!(
            "{} has sent an advert, and the switch does not know that {} is there now",
            shadows.name(world, member),
            port.link.mac
        )
    });
}

/// The one machine that owns an address, if there is exactly one.
fn single_owner(world: &World, vip: usize) -> Option<NodeId> {
    let of = &world.topology().vips[vip];
    let mut owners = (0..)
        .zip(world.hosts())
        .filter(|(_, host)| host.powered && host.kernel.answers(of.segment, of.address));
    match (owners.next(), owners.next()) {
        (Some((place, _)), None) => Some(NodeId(place)),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

/// Whether frames pass between an owner and a client, both ways.
fn connects(world: &World, vip: usize, owner: NodeId, client: StationId) -> bool {
    let segment = world.topology().vips[vip].segment;
    let cut = |from, to| world.lan().link(segment, from, to).cut;
    !cut(owner.into(), client) && !cut(client, owner.into())
}

/// Whether an owner's announcement must have reached a client.
fn announces(
    world: &World,
    shadows: &Shadows,
    watch: &VipWatch,
    owner: NodeId,
    client: StationId,
    vip: usize,
) -> bool {
    let of = &world.topology().vips[vip];
    let plays = |member: &&usize| {
        let shadow = &shadows.members[**member];
        shadow.group == of.group && shadows.leads(world, **member)
    };
    let leads = shadows.nodes[owner.index()]
        .members
        .iter()
        .any(|member| plays(&member));
    let orderly = is_orderly(world, of.segment, client);
    let missed = world.cache(client, vip).is_none_or(|entry| entry.missed);
    if !leads || !orderly || missed {
        return false;
    }
    let window = Duration::from_nanos(4 * shadows.longest.delay) + KERNEL_SETTLES;
    match watch.yielded {
        Some((at, loser, winner)) if winner == owner => {
            let heard = shadows.lost_at(loser, winner) + window < at;
            watch.since.since(at) < window && heard
        }
        Some(_) | None => watch.before == 0,
    }
}

/// Whether announcements arrive at a client in the order in which they were sent, whoever sends
/// them.
fn is_orderly(world: &World, segment: SegmentId, client: StationId) -> bool {
    let nodes = (0..world.hosts().len()).filter_map(|place| u16::try_from(place).ok());
    nodes.map(StationId).all(|from| {
        let link = world.lan().link(segment, from, client);
        link.is_orderly() && link.spec == world.scenario().links
    })
}

fn words(world: &World, vip: usize, owner: NodeId, client: StationId, since: Instant) -> String {
    let name = |node: NodeId| world.host(node).name.to_string();
    let whom = world
        .client_reaches(client, vip)
        .map_or_else(|| "nobody".to_owned(), name);
    format!(
        "{} has been sending to {whom} for {} since {since}, though only {} carries it",
        world.stations()[client.index()],
        world.topology().vips[vip].address,
        name(owner)
    )
}
