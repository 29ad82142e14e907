//! I15: a node's kernel carries the addresses, routes and rules of its masters, what is static,
//! and no others.
//!
//! Bound: [`super::bounds::KERNEL_SETTLES`], and the core's pause before it tries again what a
//! kernel has refused. After a SIGKILL the addresses stay, and are not counted: nobody is there to
//! remove them. The next start must, with one exemption: an owner's addresses are the interface's
//! own as a rule, and a kernel that keeps no marks does not say that a dead process added them. So
//! an owner may leave there what has been there since before it started.

use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::id::AddressKey;
use bellwether_core::unit::IfName;
use bellwether_core::vrrp::State;

use super::bounds::{KERNEL_RETRIES, KERNEL_SETTLES};
use super::needs::owned;
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use super::{filters, routing};
use crate::log::NodeId;
use crate::world::World;

/// Since when each node's kernel has been other than it should.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    wrong_since: Vec<Option<Instant>>,
    /// What each node's process found when it started and can't know to be its own, as long as it
    /// is there.
    found: Vec<Vec<(IfName, IpAddr)>>,
}

impl Addresses {
    /// Nothing is wrong yet.
    #[must_use]
    pub(super) fn new(world: &World) -> Self {
        Self {
            wrong_since: vec![None; world.hosts().len()],
            found: vec![Vec::new(); world.hosts().len()],
        }
    }

    /// A node's process has started: looks at what is there already.
    pub(super) fn started(&mut self, world: &World, node: NodeId) {
        let found = &mut self.found[node.index()];
        found.clear();
        if !world.scenario().nodes[node.index()].keeps_marks {
            found.extend(virtual_addresses(world, node));
        }
    }

    /// An address was removed: if it comes back, somebody who is alive knows why.
    pub(super) fn removed(&mut self, node: NodeId, key: &AddressKey) {
        self.found[node.index()].retain(|own| *own != (key.interface, key.address));
    }

    /// Looks at a node's kernel. Returns when it is to be looked at again.
    pub(super) fn look(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        node: NodeId,
        at: Instant,
    ) -> Option<Instant> {
        let process = world.host(node).process.as_ref();
        let since = &mut self.wrong_since[node.index()];
        if process.is_none_or(|process| process.paused) {
            *since = None;
            return None;
        }
        let words = difference(world, shadows, node, &self.found[node.index()]);
        let words = words.or_else(|| routing::difference(world, shadows, node));
        let words = words.or_else(|| filters::difference(world, shadows, node));
        let Some(words) = words else {
            *since = None;
            findings.check(InvariantId::I15, true, at, &[], String::new);
            return None;
        };
        let begin = *since.get_or_insert(at);
        let refused = shadows.nodes[node.index()].refused_at;
        let settled = findings.bound(InvariantId::I15, KERNEL_SETTLES);
        let excuse = refused.map_or(Instant::ZERO, |at| at + KERNEL_RETRIES);
        let due = (begin + settled).max(excuse);
        if at < due {
            return Some(due);
        }
        *since = None;
        findings.check(InvariantId::I15, false, at, &[node], || {
            let name = &world.host(node).name;
            format!("{name} {words} since {begin}")
        });
        None
    }

    /// A node has handed over and exited: nothing of its own may be left.
    pub(super) fn exited(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        node: NodeId,
    ) {
        self.wrong_since[node.index()] = None;
        let refused = shadows.nodes[node.index()].refused_at;
        if refused.is_some_and(|at| world.now().since(at) < KERNEL_RETRIES) {
            return;
        }
        let left = routing::left_behind(world, node);
        if let Some(key) = left.or_else(|| filters::left_behind(world, node)) {
            findings.check(InvariantId::I15, false, world.now(), &[node], || {
                let name = &world.host(node).name;
                format!("{name} has stopped and left {key} behind")
            });
        }
        let mut made = world.host(node).kernel.interfaces.iter();
        let made = made.find(|own| own.made.is_some()).map(|own| own.name);
        findings.check(
            InvariantId::I15,
            made.is_none(),
            world.now(),
            &[node],
            || {
                let name = made.map_or_else(String::new, |name| name.to_string());
                format!(
                    "{} has stopped and left the interface {name} behind",
                    world.host(node).name
                )
            },
        );
        let found = &self.found[node.index()];
        let mut left = virtual_addresses(world, node);
        let left = left.find(|own| !may_be_somebodys(world, node, found, own));
        let holds = left.is_none();
        findings.check(InvariantId::I15, holds, world.now(), &[node], || {
            let address = left.map_or_else(String::new, |(_, address)| address.to_string());
            format!(
                "{} has stopped and left {address} behind",
                world.host(node).name
            )
        });
    }
}

/// What is wrong with a node's kernel, in words.
fn difference(
    world: &World,
    shadows: &Shadows,
    node: NodeId,
    found: &[(IfName, IpAddr)],
) -> Option<String> {
    let wanted = || {
        let of = shadows.nodes[node.index()].members.iter();
        let masters = of
            .map(|member| &shadows.members[*member])
            .filter(|shadow| shadow.state == Some(State::Master));
        masters
            .filter_map(|shadow| shadow.config(world))
            .flat_map(|config| {
                let on = |own: &bellwether_core::model::VirtualAddress| {
                    (own.carrier(config.interface), own.address)
                };
                owned(config).map(on)
            })
    };
    let of_node = statics(world, node);
    let kernel = &world.host(node).kernel;
    let configs = world.config(node).instances().iter();
    let mut carriers = configs.flat_map(|config| {
        let own = config.vmac.iter().map(|vmac| (config.interface, vmac.name));
        let others = owned(config).filter_map(|own| {
            let base = own.dev.unwrap_or(config.interface);
            Some((base, own.vmac?))
        });
        own.chain(others)
    });
    let lacks = carriers.find(|(base, name)| {
        kernel.interface(*base).is_some() && kernel.interface(*name).is_none()
    });
    if let Some((base, name)) = lacks {
        return Some(format!("has had no interface {name} on {base}"));
    }
    let absent = |name: IfName| kernel.interface(name).is_none();
    let all = wanted().chain(of_node.iter().copied());
    let mut possible = all.filter(|(name, _)| !absent(*name));
    let missing = possible.find(|(name, address)| {
        let there = kernel.interface(*name);
        there.is_none_or(|own| {
            own.addresses
                .iter()
                .all(|held| held.key.address != *address)
        })
    });
    if let Some((_, address)) = missing {
        return Some(format!("is master and its kernel has not had {address}"));
    }
    let surplus = virtual_addresses(world, node).find(|own| {
        !wanted().any(|want| want == *own)
            && !of_node.contains(own)
            && !may_be_somebodys(world, node, found, own)
    });
    surplus.map(|(_, address)| format!("is not master and its kernel has had {address}"))
}

/// The addresses that a node has whoever is master, unless it is stopping.
fn statics(world: &World, node: NodeId) -> Vec<(IfName, IpAddr)> {
    let process = world.host(node).process.as_ref();
    if process.is_none_or(|process| process.stopping) {
        return Vec::new();
    }
    let addresses = &world.config(node).parts().statics.addresses;
    let of = |own: &bellwether_core::model::VirtualAddress| Some((own.dev?, own.address));
    addresses.iter().filter_map(of).collect()
}

/// Whether a node can't know that an address is its own: it is an owner's, and was there before.
fn may_be_somebodys(
    world: &World,
    node: NodeId,
    found: &[(IfName, IpAddr)],
    address: &(IfName, IpAddr),
) -> bool {
    let owners = world.config(node).instances().iter();
    let of_owner = |own: &bellwether_core::model::Instance| {
        let mut all = owned(own);
        own.priority.is_owner() && all.any(|vip| vip.address == address.1)
    };
    found.contains(address) && owners.into_iter().any(of_owner)
}

/// The addresses of a node's kernel that it did not have at power-on.
fn virtual_addresses(world: &World, node: NodeId) -> impl Iterator<Item = (IfName, IpAddr)> + '_ {
    let all = world.host(node).kernel.interfaces.iter();
    all.flat_map(|own| {
        let added = own
            .addresses
            .iter()
            .filter(|held| !own.is_configured(held.key.address));
        added.map(|held| (own.name, held.key.address))
    })
}
