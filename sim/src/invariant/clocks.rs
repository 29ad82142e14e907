//! I25: setting the wall clock changes nothing. I26: time never runs back, and no timer fires for
//! ever.

use bellwether_core::Instant;

use super::{Findings, InvariantId};
use crate::fault::Fault;
use crate::log::What;
use crate::world::World;

/// What is known of time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clocks {
    last: Instant,
    storms: u64,
}

impl Clocks {
    /// As if this instant had been seen.
    #[cfg(test)]
    pub(super) fn after(last: Instant) -> Self {
        Self { last, storms: 0 }
    }

    /// Looks at a step.
    pub(super) fn look(&mut self, world: &World, findings: &mut Findings) {
        let now = world.now();
        let calm = world.storms() == self.storms && now >= self.last;
        findings.check(InvariantId::I26, calm, now, &[], || {
            "a node's timer fires again and again without time passing".to_owned()
        });
        self.storms = world.storms();
        self.last = now;
    }

    /// Looks at a step in which somebody set a wall clock.
    pub(super) fn stepped(&self, world: &World, findings: &mut Findings, fault: &Fault) {
        let Fault::ClockStep { node, .. } = fault else {
            return;
        };
        let others = world
            .entries()
            .iter()
            .filter(|entry| !matches!(entry.what, What::Fault(_)));
        let holds = others.count() == 0;
        findings.check(InvariantId::I25, holds, world.now(), &[], || {
            format!("{node} did something because its wall clock was set")
        });
    }
}
