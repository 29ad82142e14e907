//! What must always hold, checked from outside.
//!
//! Every bound is computed here from the configurations, by arithmetic of its own: a core that
//! computes its timers wrongly is not asked how long they should have been.

pub mod id;

pub use id::{INVARIANTS, InvariantId};

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
