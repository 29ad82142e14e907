//! What an object of any kind in the kernel is called.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Refusal, RouteKey, RuleKey};
use crate::id::AddressKey;
use crate::unit::IfName;

/// Identity of an object in a kernel, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KernelKey {
    /// An interface that the node makes.
    Link(IfName),
    /// An address on an interface.
    Address(AddressKey),
    /// A route.
    Route(Box<RouteKey>),
    /// A routing rule.
    Rule(RuleKey),
    /// Packets that are dropped.
    Refusal(Refusal),
}

impl KernelKey {
    /// Whether what happens to an interface may matter to the object.
    #[must_use]
    pub fn concerns(&self, interface: IfName) -> bool {
        match self {
            Self::Link(name) => *name == interface,
            Self::Address(key) => key.interface == interface,
            // A route may rest on an interface that it does not name.
            Self::Route(_) => true,
            Self::Rule(_) | Self::Refusal(_) => false,
        }
    }
}

impl fmt::Display for KernelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(name) => name.fmt(f),
            Self::Address(key) => key.fmt(f),
            Self::Route(key) => key.fmt(f),
            Self::Rule(key) => key.fmt(f),
            Self::Refusal(key) => key.fmt(f),
        }
    }
}

impl From<AddressKey> for KernelKey {
    fn from(key: AddressKey) -> Self {
        Self::Address(key)
    }
}

impl From<RouteKey> for KernelKey {
    fn from(key: RouteKey) -> Self {
        Self::Route(Box::new(key))
    }
}

impl From<RuleKey> for KernelKey {
    fn from(key: RuleKey) -> Self {
        Self::Rule(key)
    }
}
