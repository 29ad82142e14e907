//! Durable kernel state, declared: what is wanted, what is there, and the plan between them.
//!
//! There are several kinds of objects, each with a key that the kernel tells its objects by, and
//! one ordered list of operations for all of them: what others rest on comes first and goes last.
//!
//! Invariant: `plan(d, d)` is empty; applying `plan(d, o)` to `o` gives `d`; what is neither marked
//! as ours nor claimed by the configuration is never touched.
//!
//! | file | owns |
//! |---|---|
//! | `key` | what an object of any kind is called |
//! | `plan` | what is wanted, what is there, and the way from one to the other |
//! | `state` | the kernel as a node believes it to be, and operations under way |
//! | [`ipvs`] | the load balancer's table, which is planned by itself |

pub mod ipvs;
mod key;
mod plan;
mod state;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

pub use key::KernelKey;
pub use plan::{Claims, Desired, Observed, Wanted, plan};
pub use state::{KernelState, LinkKnowledge};

use crate::id::AddressKey;

/// An address as it stands, or is to stand, in the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// What the kernel tells it by.
    pub key: AddressKey,
    /// Its label, if it has one of its own.
    pub label: Option<String>,
    /// Its broadcast address.
    pub broadcast: Option<Ipv4Addr>,
    /// Its scope as the kernel's number: 0 global, 253 link, 254 host.
    pub scope: u8,
    /// Whether it carries our mark (the address protocol id, where the kernel has that).
    pub ours: bool,
}

/// One change to the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KernelOp {
    /// Add an address. An adapter that finds it there already answers with success.
    AddAddress(Address),
    /// Remove an address. An adapter that finds it gone already answers with success.
    RemoveAddress(AddressKey),
}

/// Why the kernel did not do it. The object is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KernelError {
    /// There is no such interface now.
    NoInterface,
    /// We may not.
    Denied,
    /// Anything else, as an errno and its text.
    Other {
        /// The errno, positive; 0 where there is none.
        errno: i32,
        /// What it means.
        message: String,
    },
}

impl KernelOp {
    /// The object that it changes.
    #[must_use]
    pub const fn key(&self) -> KernelKey {
        match self {
            Self::AddAddress(address) => KernelKey::Address(address.key),
            Self::RemoveAddress(key) => KernelKey::Address(*key),
        }
    }
}
