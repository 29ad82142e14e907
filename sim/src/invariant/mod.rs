//! What must always hold, checked from outside.
//!
//! Every bound is computed here from the configurations, by arithmetic of its own: a core that
//! computes its timers wrongly is not asked how long they should have been. What a node believes is
//! read only where it is itself the thing to be checked.
//!
//! | file | invariants |
//! |---|---|
//! | `bounds` | how long things may take |
//! | `judge` | which adverts are to be believed |
//! | `shadow` | what each instance may and must do, followed from outside |

pub mod bounds;
mod findings;
pub mod id;
pub mod judge;

pub use findings::Findings;
pub use id::{INVARIANTS, InvariantId};

use bellwether_core::Instant;
use serde::{Deserialize, Serialize};

use crate::log::NodeId;
use crate::run::Verdict;
use crate::world::World;

/// One breach of one invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which invariant.
    pub invariant: InvariantId,
    /// When it was noticed.
    pub at: Instant,
    /// The nodes that it concerns.
    pub nodes: Vec<NodeId>,
    /// What happened and why it is wrong, in an operator's words.
    pub message: String,
}

/// All invariants of a run.
#[derive(Clone, Debug)]
pub struct Invariants {
    findings: Findings,
}

impl Invariants {
    /// The invariants of a world at its first instant.
    #[must_use]
    pub fn new(world: &World) -> Self {
        Self {
            findings: Findings::new(world.scenario()),
        }
    }

    /// Looks at the last step.
    pub fn observe(&mut self, _world: &World) {}

    /// When something is to be looked at although nothing happens.
    #[must_use]
    pub fn next_check(&self) -> Option<Instant> {
        None
    }

    /// Looks at what has not happened until `at`.
    pub fn pass(&mut self, _world: &World, _at: Instant) {}

    /// Looks at the end.
    pub fn finish(&mut self, _world: &World) {}

    /// The violations found since the last call.
    pub fn take_fresh(&mut self) -> Vec<Violation> {
        self.findings.take_fresh()
    }

    /// What came of each invariant.
    #[must_use]
    pub fn verdicts(&self, world: &World) -> Vec<Verdict> {
        self.findings.verdicts(world.scenario())
    }
}
