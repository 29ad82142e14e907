//! What a node's kernel should drop: part of I15.
//!
//! A master that neither owns nor accepts its addresses drops what is for them; nobody else drops
//! anything.

use std::collections::BTreeSet;
use std::net::IpAddr;

use bellwether_core::kernel::{KernelKey, Refusal};
use bellwether_core::vrrp::State;

use super::needs::owned;
use super::shadow::Shadows;
use crate::log::NodeId;
use crate::world::World;

/// What is wrong with what a node's kernel drops, in words.
pub(super) fn difference(world: &World, shadows: &Shadows, node: NodeId) -> Option<String> {
    let there: BTreeSet<Refusal> = world
        .host(node)
        .kernel
        .routing
        .refusals()
        .copied()
        .collect();
    let wanted = wanted(world, shadows, node);
    if let Some(missing) = wanted.difference(&there).next() {
        return Some(format!(
            "should have, and its kernel has not had, a {missing}"
        ));
    }
    let surplus = there.difference(&wanted).next();
    surplus.map(|own| format!("should not have, and its kernel has had, a {own}"))
}

/// What a node that has stopped still drops.
pub(super) fn left_behind(world: &World, node: NodeId) -> Option<KernelKey> {
    let mut left = world.host(node).kernel.routing.refusals();
    left.next().map(|own| KernelKey::Refusal(*own))
}

fn wanted(world: &World, shadows: &Shadows, node: NodeId) -> BTreeSet<Refusal> {
    let members = shadows.nodes[node.index()].members.iter();
    let masters = members
        .map(|member| &shadows.members[*member])
        .filter(|shadow| shadow.state == Some(State::Master));
    let refusing = masters
        .filter_map(|shadow| shadow.config(world))
        .filter(|config| !config.accept && config.priority.0 != 255);
    refusing
        .flat_map(|config| {
            owned(config).map(|own| {
                let local = matches!(own.address, IpAddr::V6(six) if six.segments()[0] == 0xfe80);
                Refusal {
                    address: own.address,
                    on: local.then(|| own.carrier(config.interface)),
                }
            })
        })
        .collect()
}
