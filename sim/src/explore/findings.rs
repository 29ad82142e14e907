//! What is legal and may surprise, with the reason in words.
//!
//! VRRP keeps its promises in all of these, and an operator may still not want them: two masters
//! on a cut network, an address that no client can reach, a failed check that moves nothing. A
//! finding says what is so when a fault has lasted long enough for everything to settle, and why,
//! as far as that can be seen from outside and as the nodes themselves say in their status.
//!
//! Deliberately absent: verdicts. What may never be is an invariant's business.

use bellwether_core::status::{InstanceStatus, TrackerStatus};
use bellwether_core::track::Verdict;
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;
use serde::Serialize;

use crate::log::{NodeId, StationId};
use crate::world::World;
use crate::world::topology::{Group, Member};

/// Something legal that may surprise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub surprise: Surprise,
    /// Of which virtual router: the name of its first instance.
    pub router: Name,
    /// Why, in words.
    pub why: String,
}

/// What may surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surprise {
    /// Nobody carries an address.
    Dark,
    /// Several carry an address.
    Dual,
    /// A client can't reach who carries an address.
    Unreachable,
    /// A client sends to somebody who does not carry an address.
    Misled,
    /// A check has failed on the master, and nothing came of it.
    NoFailover,
    /// After all is mended a node of lower priority stays master.
    StaysAway,
}

impl Surprise {
    /// What it is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dark => "nobody carries the address until it is mended",
            Self::Dual => "several nodes carry the address until it is mended",
            Self::Unreachable => "clients can't reach the node that carries the address",
            Self::Misled => "clients still send to a node that does not carry the address",
            Self::NoFailover => "a check fails on the master, and it stays master",
            Self::StaysAway => "when all is mended, a node of lower priority stays master",
        }
    }

    /// Why it is no violation.
    #[must_use]
    pub const fn legal(self) -> &'static str {
        match self {
            Self::Dark => "nobody is left who may be master",
            Self::Dual => {
                "VRRP has no quorum: who hears no master becomes one, and addresses outlive a \
                 process"
            }
            Self::Unreachable => {
                "VRRP watches the way between routers, not the one to their clients; a tracked \
                 script can"
            }
            Self::Misled => "an announcement that is lost is not sent again without a reason",
            Self::NoFailover => "a weight only moves a priority, and the others decide by theirs",
            Self::StaysAway => "that is what nopreempt and preempt_delay are for",
        }
    }

    /// Whether the service is not as it should be while it lasts.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        !matches!(self, Self::StaysAway)
    }
}

/// What is so while a fault lasts, and everything has settled.
#[must_use]
pub fn while_broken(world: &World) -> Vec<Finding> {
    each_router(world, |world, group| {
        let look = [
            carried(world, group),
            reached(world, group),
            moved(world, group),
        ];
        look.into_iter().flatten().collect()
    })
}

/// What is so when everything is mended and has settled again.
#[must_use]
pub fn after_mending(world: &World) -> Vec<Finding> {
    each_router(world, |world, group| {
        let status = status(world, group);
        let masters: Vec<_> = status.iter().filter(is_master).collect();
        let [master] = masters[..] else {
            return Vec::new();
        };
        let better = status.iter().find(|(_, own)| {
            own.state == State::Backup && own.effective_priority > master.1.effective_priority
        });
        let finding = better.map(|(node, own)| {
            let (node, master) = (name(world, *node), name(world, master.0));
            let why = format!("{master} is master; {node}: {}", own.why);
            (Surprise::StaysAway, why)
        });
        finding.into_iter().collect()
    })
}

fn each_router(
    world: &World,
    look: impl Fn(&World, &Group) -> Vec<(Surprise, String)>,
) -> Vec<Finding> {
    let groups = world.topology().groups.iter();
    let found = groups.flat_map(|group| {
        let found = look(world, group).into_iter();
        found.map(|(surprise, why)| Finding {
            surprise,
            router: group.name.clone(),
            why,
        })
    });
    found.collect()
}

/// Whether somebody carries the addresses, and only one.
fn carried(world: &World, group: &Group) -> Option<(Surprise, String)> {
    for vip in &group.vips {
        let owners = owners(world, *vip);
        let of = world.topology().vips[*vip].address;
        if owners.is_empty() {
            let nodes = members(world, group).map(|member| not_master(world, member));
            let nodes: Vec<String> = nodes.collect();
            return Some((Surprise::Dark, format!("{of}: {}", nodes.join("; "))));
        }
        if owners.len() > 1 {
            let words = owners.iter().map(|node| owning(world, *node, group));
            let mut words: Vec<String> = words.collect();
            words.extend(deaf(world, group));
            return Some((Surprise::Dual, format!("{of}: {}", words.join("; "))));
        }
    }
    None
}

/// Whether clients find who carries the addresses.
fn reached(world: &World, group: &Group) -> Option<(Surprise, String)> {
    for vip in &group.vips {
        let owners = owners(world, *vip);
        let [owner] = owners[..] else {
            continue;
        };
        let vip_of = &world.topology().vips[*vip];
        let of = vip_of.address;
        for client in world.scenario().stations_of_clients() {
            let client_name = &world.stations()[client.index()];
            let owner_name = name(world, owner);
            let lan = world.lan();
            let there = lan.link(vip_of.segment, client, owner.into()).cut;
            let back = lan.link(vip_of.segment, owner.into(), client).cut;
            if there || back {
                let why = format!(
                    "{of}: {owner_name} carries it, and nothing passes between {client_name} and \
                     {owner_name}"
                );
                return Some((Surprise::Unreachable, why));
            }
            let sends = world.client_reaches(client, *vip);
            if let Some(other) = sends.filter(|node| *node != owner) {
                let other = name(world, other);
                let why = format!(
                    "{of}: {owner_name} carries it, and {client_name} sends to {other}, since no \
                     announcement of {owner_name} has reached it"
                );
                return Some((Surprise::Misled, why));
            }
        }
    }
    None
}

/// Whether a failed check has moved the master.
fn moved(world: &World, group: &Group) -> Option<(Surprise, String)> {
    let status = status(world, group);
    let mut masters = status.iter().filter(is_master);
    let (node, master) = masters.next()?;
    let failed = master.trackers.iter().find(|own| ails(own))?;
    let well = status.iter().find(|(_, own)| {
        own.state == State::Backup && own.trackers.iter().all(|tracker| !ails(tracker))
    });
    let (other, backup) = well?;
    let why = format!(
        "{} {} fails on {}, whose priority is {} with it; {}, where all is well: {}",
        failed.kind,
        failed.name,
        name(world, *node),
        master.effective_priority,
        name(world, *other),
        backup.why
    );
    Some((Surprise::NoFailover, why))
}

fn ails(tracker: &TrackerStatus) -> bool {
    tracker.verdict == Verdict::Down || tracker.contribution < 0
}

/// Why a node does not carry the addresses.
fn not_master(world: &World, member: &Member) -> String {
    let host = world.host(member.node);
    let node = &host.name;
    let Some(process) = host.process.as_ref().filter(|_| host.powered) else {
        let why = if host.powered {
            "does not run"
        } else {
            "has no power"
        };
        return format!("{node} {why}");
    };
    if process.paused {
        return format!("{node} is not scheduled");
    }
    let status = process.node.status(world.local(member.node));
    let own = status
        .instances
        .into_iter()
        .find(|own| own.key == member.key);
    match own {
        Some(own) if own.state == State::Master => {
            format!("{node} is MASTER, and its interface has no carrier or its kernel refuses")
        }
        Some(own) => format!("{node}: {}", own.why),
        None => format!("{node} no longer has {}", member.name),
    }
}

/// Why a node carries the addresses.
fn owning(world: &World, node: NodeId, group: &Group) -> String {
    let host = world.host(node);
    let own = status(world, group).into_iter();
    let own = own.filter(|(other, _)| *other == node).map(|(_, own)| own);
    match (&host.process, own.into_iter().next()) {
        (None, _) => format!(
            "{} does not run, and its kernel still carries the address",
            host.name
        ),
        (Some(process), _) if process.paused => format!(
            "{} is not scheduled, and its kernel still carries the address",
            host.name
        ),
        (Some(_), Some(own)) => format!("{}: {}", host.name, own.why),
        (Some(_), None) => format!("{} carries it", host.name),
    }
}

/// Which masters do not hear each other, and why.
fn deaf(world: &World, group: &Group) -> Vec<String> {
    let status = status(world, group);
    let masters: Vec<_> = status.iter().filter(is_master).collect();
    let mut words = Vec::new();
    for (from, _) in &masters {
        for (to, hears) in masters.iter().filter(|(to, _)| to != from) {
            let mut own = members(world, group).filter(|member| member.node == *to);
            let Some(segment) = own.next().map(|member| member.segment) else {
                continue;
            };
            let stations: [StationId; 2] = [(*from).into(), (*to).into()];
            let link = world.lan().link(segment, stations[0], stations[1]);
            let (from, to) = (name(world, *from), name(world, *to));
            if link.cut {
                words.push(format!("nothing passes from {from} to {to}"));
            } else if let Some(refused) = hears.refused.first() {
                words.push(format!("{to} refuses adverts: {}", refused.reason));
            } else if !link.is_clean() {
                words.push(format!("{to} does not hear all that {from} sends"));
            }
        }
    }
    words.dedup();
    words
}

/// What each running, scheduled member says of itself.
fn status(world: &World, group: &Group) -> Vec<(NodeId, InstanceStatus)> {
    let mut all = Vec::new();
    for member in members(world, group) {
        let host = world.host(member.node);
        let Some(process) = host.process.as_ref().filter(|own| !own.paused) else {
            continue;
        };
        let status = process.node.status(world.local(member.node));
        let mut own = status.instances.into_iter();
        let own = own.find(|own| own.key == member.key);
        all.extend(own.map(|own| (member.node, own)));
    }
    all
}

fn is_master(own: &&(NodeId, InstanceStatus)) -> bool {
    own.1.state == State::Master
}

fn members<'a>(world: &'a World, group: &'a Group) -> impl Iterator<Item = &'a Member> + 'a {
    let members = group.members.iter();
    members.map(|member| &world.topology().members[*member])
}

fn owners(world: &World, vip: usize) -> Vec<NodeId> {
    let of = &world.topology().vips[vip];
    let hosts = (0_u16..).map(NodeId).zip(world.hosts());
    let owning =
        hosts.filter(|(_, host)| host.powered && host.kernel.answers(of.segment, of.address));
    owning.map(|(node, _)| node).collect()
}

fn name(world: &World, node: NodeId) -> &Name {
    &world.host(node).name
}
