//! I24: an advert that must be refused changes nothing.
//!
//! Bound: the step in which it is heard: no transition, no advert, no announcement, no change of
//! priority. That it moved no timer shows later, as a takeover too early or too late.

use super::judge::Judgement;
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::log::What;
use crate::world::World;

/// Looks at a step in which an advert was heard.
pub(super) fn look(world: &World, shadows: &Shadows, findings: &mut Findings) {
    let Some((node, _, Judgement::Refuse(reason))) = shadows.step.heard else {
        return;
    };
    let changed = world.entries().iter().find(|entry| {
        matches!(
            entry.what,
            What::Transition { .. }
                | What::Priority { .. }
                | What::AdvertSent(_)
                | What::Garp { .. }
                | What::AddressAdded(_)
                | What::AddressRemoved(_)
        )
    });
    findings.check(
        InvariantId::I24,
        changed.is_none(),
        world.now(),
        &[node],
        || {
            let did = changed.map_or(String::new(), |entry| format!("{:?}", entry.what));
            format!(
                "{} acted on an advert that it must refuse, because {reason}: {did}",
                world.host(node).name
            )
        },
    );
}
