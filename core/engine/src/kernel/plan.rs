//! The pure planner: from what is there to what is wanted, in the fewest operations.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Address, KernelOp};
use crate::id::AddressKey;

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// The addresses that are to be there, in the order in which they are to be added.
    pub addresses: Vec<Address>,
    /// The addresses that the configuration speaks of: ours to remove, whoever put them there.
    pub claimed: BTreeSet<AddressKey>,
}

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// All addresses of the watched interfaces.
    pub addresses: BTreeMap<AddressKey, Address>,
}

/// The shortest ordered list of operations that makes `observed` what `desired` says.
///
/// Removals come first, in the reverse of the order of addition, so that an address whose
/// attributes change is gone before it comes back.
#[must_use]
pub fn plan(_desired: &Desired, _observed: &Observed) -> Vec<KernelOp> {
    Vec::new()
}
