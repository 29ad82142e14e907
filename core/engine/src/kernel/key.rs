//! What an object of any kind in the kernel is called.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::AddressKey;
use crate::unit::IfName;

/// Identity of an object in a kernel, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KernelKey {
    /// An address on an interface.
    Address(AddressKey),
}

impl KernelKey {
    /// Whether the object is on an interface, or leads through it.
    #[must_use]
    pub fn concerns(&self, interface: IfName) -> bool {
        match self {
            Self::Address(key) => key.interface == interface,
        }
    }
}

impl fmt::Display for KernelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(key) => key.fmt(f),
        }
    }
}

impl From<AddressKey> for KernelKey {
    fn from(key: AddressKey) -> Self {
        Self::Address(key)
    }
}
