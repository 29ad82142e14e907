//! Interfaces that the node makes: macvlans with a virtual router's MAC, and ipvlans.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::model::IpvlanMode;
use crate::unit::{IfName, Mac};

/// An interface on top of another one, as it stands, or is to stand, in the kernel.
///
/// To make one is also to set it up: no IPv6 address of its own making; it answers ARP for its own
/// addresses only, and so does its base; packets may come in by it whatever the way back is.
/// keepalived: the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualLink {
    /// Its name, which is what the kernel tells it by.
    pub name: IfName,
    /// The interface that it stands on.
    pub base: IfName,
    /// What it is.
    pub kind: VirtualKind,
    /// Its interface group; 0 is the default one.
    pub group: u32,
    /// Whether it is administratively up.
    pub up: bool,
    /// Whether it carries our mark (its alias).
    pub ours: bool,
}

/// What a virtual link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VirtualKind {
    /// A macvlan in private mode.
    Macvlan {
        /// Its hardware address.
        mac: Mac,
    },
    /// An ipvlan that works on layer 2.
    Ipvlan {
        /// How it reaches others of the same base.
        mode: IpvlanMode,
    },
    /// Any other kind or mode: nobody wants it, and it is there.
    Other,
}

impl VirtualLink {
    /// Whether `other` is the same interface but for its state and whose it is.
    #[must_use]
    pub fn is_shaped_like(&self, other: &Self) -> bool {
        (self.name, self.base, self.kind, self.group)
            == (other.name, other.base, other.kind, other.group)
    }
}

impl fmt::Display for VirtualLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, base, .. } = self;
        match self.kind {
            VirtualKind::Macvlan { mac } => write!(f, "macvlan {name} ({mac}) on {base}"),
            VirtualKind::Ipvlan { .. } => write!(f, "ipvlan {name} on {base}"),
            VirtualKind::Other => write!(f, "interface {name} on {base}"),
        }
    }
}
