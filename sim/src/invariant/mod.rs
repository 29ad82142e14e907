//! What must always hold, checked from outside.
//!
//! Every bound is computed here from the configurations, by arithmetic of its own: a core that
//! computes its timers wrongly is not asked how long they should have been. What a node believes is
//! read only where it is itself the thing to be checked.
//!
//! | file | owns |
//! |---|---|
//! | `bounds` | how long things may take |
//! | `judge` | which adverts are to be believed |
//! | `shadow` | what each instance may and must do, followed from outside |
//! | `needs` | what each instance needs and owns, and what holds it back |
//! | `watch` | which invariant looks at what happens |
//! | `agenda` | what is looked at although nothing happens |
//! | `one_master` | I1 |
//! | `takeover` | I2, I3, I4, I5, I9, I10, I12 |
//! | `transitions` | I6 |
//! | `priority` | I7 |
//! | `groups` | I8 |
//! | `scripts` | I13 |
//! | `addresses` | I15 |
//! | `announcements` | I16 |
//! | `arp` | I14, I17 |
//! | `refusals` | I24 |
//! | `clocks` | I25, I26 |
//! | `services` | I19, I20, I21, I22, L4 |
//! | `pauses` | I27 |
//! | `reloads` | I28 |
//! | `liveness` | L1, L2, L3 |
//!
//! Deliberately absent: a way for an invariant to change the world.

mod addresses;
mod agenda;
mod announcements;
mod arp;
mod authentic;
pub mod bounds;
mod clocks;
mod filters;
mod findings;
mod groups;
pub mod id;
pub mod judge;
mod liveness;
mod needs;
mod one_master;
mod pauses;
mod priority;
mod refusals;
mod reloads;
mod routing;
mod scripts;
mod services;
mod shadow;
mod takeover;
#[cfg(test)]
mod tests;
mod things;
mod transitions;
mod watch;

pub use findings::Findings;
pub use id::{INVARIANTS, InvariantId};
pub use watch::Invariants;

use bellwether_core::Instant;
use serde::{Deserialize, Serialize};

use crate::log::NodeId;

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
