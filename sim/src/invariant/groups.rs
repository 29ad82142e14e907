//! I8: the members of a sync group are master together, and in FAULT together.
//!
//! Bound: the step. What a node says while it handles one event may pass through a mixture; once it
//! has handled it, none is left.

use bellwether_core::vrrp::State;

use super::needs::{group_of, mates};
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::world::World;

/// Looks at a step in which instances changed their state.
pub(super) fn look(world: &World, shadows: &Shadows, findings: &mut Findings) {
    for (member, _) in &shadows.step.moved {
        let shadow = &shadows.members[*member];
        let config = shadow.config(world);
        let Some(group) = config.and_then(|own| group_of(world.config(shadow.node), own)) else {
            continue;
        };
        let mates = mates(world, shadows, *member);
        let states = || mates.iter().filter_map(|mate| shadows.members[*mate].state);
        let together = |state| {
            let count = states().filter(|own| *own == state).count();
            count == 0 || count == mates.len()
        };
        let holds = together(State::Master) && together(State::Fault);
        findings.check(InvariantId::I8, holds, world.now(), &[shadow.node], || {
            let states: Vec<String> = states().map(|state| state.to_string()).collect();
            format!(
                "on {} the members of sync group {} are {}",
                shadows.name(world, *member),
                group.name,
                states.join(", ")
            )
        });
    }
}
