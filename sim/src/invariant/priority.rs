//! I7: an instance's priority is its configured one plus what its trackers add or take, within 1
//! to 254; an owner's is 255 always; 0 is said only in leaving.
//!
//! Recomputed from the verdicts after each change, so that no sequence of results can make it
//! drift.

use bellwether_core::vrrp::State;

use super::needs::{Effect, each_effect};
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::log::NodeId;
use crate::world::World;

/// The priority that an instance must have now.
#[must_use]
pub(super) fn expected(world: &World, shadows: &Shadows, member: usize) -> Option<u8> {
    let shadow = &shadows.members[member];
    let config = shadow.config(world)?;
    if config.priority.is_owner() {
        return Some(255);
    }
    let mut sum = i32::from(config.priority.0);
    each_effect(
        world,
        shadows,
        shadow.node,
        config,
        &mut |effect| match effect {
            Effect::Add(weight) => sum += i32::from(weight),
            Effect::Fault | Effect::Wait => {}
        },
    );
    u8::try_from(sum.clamp(1, 254)).ok()
}

/// Recomputes the priorities of a node's instances after a verdict changed.
pub(super) fn recompute(world: &World, shadows: &mut Shadows, node: NodeId) {
    for member in shadows.nodes[node.index()].members.clone() {
        if let Some(priority) = expected(world, shadows, member) {
            shadows.members[member].set_priority(world, priority);
        }
    }
}

/// An instance said which priority it has.
pub(super) fn said(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    said: u8,
    where_: &str,
) {
    let shadow = &shadows.members[member];
    let wanted = shadow.priority;
    findings.check(InvariantId::I7, said == wanted, world.now(), &[shadow.node], || {
        format!(
            "{} has priority {said} {where_}; its configuration and what it tracks make it {wanted}",
            shadows.name(world, member)
        )
    });
}

/// An advert was sent: it says the priority, or 0 in leaving.
pub(super) fn advertised(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    priority: u8,
) {
    let shadow = &shadows.members[member];
    if priority != 0 {
        said(world, shadows, findings, member, priority, "in an advert");
        return;
    }
    let leads = shadow.state == Some(State::Master);
    findings.check(InvariantId::I7, leads, world.now(), &[shadow.node], || {
        format!(
            "{} resigned without being master",
            shadows.name(world, member)
        )
    });
}
