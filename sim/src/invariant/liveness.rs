//! L1, L2, L3: after everything is mended every virtual router has exactly one master in time,
//! nothing changes for ten master-down intervals, and every client reaches that master.
//!
//! Bound of L1: [`super::bounds::Longest::settling`]. Where the scenario leaves links broken there
//! may be several masters, and must be one at least, unless all wait for their sync groups. Configurations that don't understand each
//! other excuse nothing: mending the network does not mend them, and two masters stand for ever.

use std::net::IpAddr;

use bellwether_core::model::{Auth, Checksum, Instance, Transport};
use bellwether_core::unit::{AdvertInterval, Version};
use bellwether_core::vrrp::{Cause, State};

use super::needs::{Sight, hold, mates, owned};
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::lan::client::REVALIDATE;
use crate::log::NodeId;
use crate::world::World;

/// L1: looks at every virtual router when all must have converged.
pub(super) fn converged(world: &World, shadows: &Shadows, findings: &mut Findings) {
    findings.bound(InvariantId::L1, shadows.longest.settling());
    for group in 0..world.topology().groups.len() {
        let members = &world.topology().groups[group].members;
        let eligible: Vec<usize> = members
            .iter()
            .copied()
            .filter(|member| is_eligible(world, shadows, *member))
            .collect();
        if eligible.is_empty() {
            continue;
        }
        let masters: Vec<usize> = eligible
            .iter()
            .copied()
            .filter(|member| shadows.members[*member].state == Some(State::Master))
            .collect();
        let waits = |member: &usize| waits(world, shadows, *member);
        if masters.is_empty() && eligible.iter().all(waits) {
            continue;
        }
        let all_meet = all_meet(world, shadows, &eligible);
        let holds = masters.len() == 1 || (!all_meet && !masters.is_empty());
        let nodes: Vec<NodeId> = masters
            .iter()
            .map(|member| shadows.members[*member].node)
            .collect();
        findings.check(InvariantId::L1, holds, world.now(), &nodes, || {
            words(world, shadows, group, &masters)
        });
    }
}

fn words(world: &World, shadows: &Shadows, group: usize, masters: &[usize]) -> String {
    let name = &world.topology().groups[group].name;
    let names: Vec<&str> = masters
        .iter()
        .map(|member| shadows.name(world, *member))
        .collect();
    let who = match names.as_slice() {
        [] => "nobody is master".to_owned(),
        [one] => format!("{one} alone is master"),
        several => format!("{} are masters", several.join(" and ")),
    };
    let mut spoken = masters
        .iter()
        .filter_map(|member| shadows.members[*member].config(world).map(dialect));
    let first = spoken.next();
    let why = if spoken.any(|own| Some(own) != first) {
        ": by their configurations they refuse each other's adverts"
    } else {
        ""
    };
    format!("{who} of {name} long after everything was mended{why}")
}

/// Whether another member of its sync group has a master on another node, and so keeps it waiting.
fn waits(world: &World, shadows: &Shadows, member: usize) -> bool {
    let node = shadows.members[member].node;
    let led_elsewhere = |mate: usize| {
        let group = shadows.members[mate].group;
        let all = world.topology().groups[group].members.iter();
        let mut others = all.filter(|other| shadows.members[**other].node != node);
        others.any(|other| shadows.leads(world, *other))
    };
    let mates = mates(world, shadows, member).into_iter();
    mates.filter(|mate| *mate != member).any(led_elsewhere)
}

/// L2: an instance changed its state although nothing happened to it.
pub(super) fn unsettled(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    to: State,
    cause: Cause,
) {
    let node = shadows.members[member].node;
    findings.check(InvariantId::L2, false, world.now(), &[node], || {
        format!(
            "{} went to {to} ({cause}) long after everything was mended",
            shadows.name(world, member)
        )
    });
}

/// L2 and L3 at the end of the run.
pub(super) fn finish(world: &World, shadows: &Shadows, findings: &mut Findings) {
    let now = world.now();
    findings.check(InvariantId::L2, true, now, &[], String::new);
    if now.since(world.phases().heal_at) < REVALIDATE + shadows.longest.settling() {
        // Too short for clients that mend themselves.
        return;
    }
    for (vip, of) in world.topology().vips.iter().enumerate() {
        let members = &world.topology().groups[of.group].members;
        let mut masters = members
            .iter()
            .filter(|member| shadows.leads(world, **member));
        let (Some(master), None) = (masters.next(), masters.next()) else {
            continue;
        };
        let node = shadows.members[*master].node;
        let mut config = shadows.members[*master].config(world).into_iter();
        if !config.any(|own| owned(own).any(|vip| vip.address == of.address)) {
            continue;
        }
        for client in world.scenario().stations_of_clients() {
            let link = |from, to| world.lan().link(of.segment, from, to);
            let connected = !link(node.into(), client).cut && !link(client, node.into()).cut;
            if !connected {
                continue;
            }
            let holds = world.client_reaches(client, vip) == Some(node);
            findings.check(InvariantId::L3, holds, now, &[node], || {
                format!(
                    "{} does not send to {}, the only master, for {}",
                    world.stations()[client.index()],
                    world.host(node).name,
                    of.address
                )
            });
        }
    }
}

/// Whether an instance could be master: it runs, nothing it needs is broken.
fn is_eligible(world: &World, shadows: &Shadows, member: usize) -> bool {
    let shadow = &shadows.members[member];
    let stopping = world
        .host(shadow.node)
        .process
        .as_ref()
        .is_none_or(|process| process.stopping);
    let present = shadow.config(world).is_some();
    let held = || hold(world, shadows, member, Sight::Truth).is_some();
    present && shadows.is_awake(world, member) && !stopping && !held()
}

type Dialect = (
    u8,
    Version,
    Auth,
    Option<AdvertInterval>,
    Option<Checksum>,
    Option<IpAddr>,
);

/// What two instances must have in common to believe each other.
fn dialect(config: &Instance) -> Dialect {
    let (interval, checksum) = match config.version {
        Version::V2 => (Some(config.advert_interval), None),
        Version::V3 => (None, Some(config.checksum)),
    };
    let group = match config.transport {
        Transport::Multicast { group, .. } => {
            Some(group.unwrap_or(Transport::group(config.family)))
        }
        Transport::Unicast { .. } => None,
    };
    let vrid = config.vrid.get();
    (vrid, config.version, config.auth, interval, checksum, group)
}

/// Whether nothing is wrong between any two of these.
fn all_meet(world: &World, shadows: &Shadows, set: &[usize]) -> bool {
    set.iter().all(|one| {
        set.iter().all(|other| {
            let (from, to) = (&shadows.members[*one], &shadows.members[*other]);
            if from.node == to.node {
                return true;
            }
            let link = world
                .lan()
                .link(from.segment, from.node.into(), to.node.into());
            from.segment == to.segment && link.is_clean()
        })
    })
}
