//! Stable keys: what a thing is called before and after a reload, and while an answer is awaited.

use core::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::unit::{Family, IfName, Vrid};

/// Identity of a VRRP instance.
///
/// keepalived matches instances across a reload by the same triple (its name is irrelevant), and
/// RFC 9568 makes reception per interface and family: one VRID on two interfaces is two routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceKey {
    /// The interface that it speaks on.
    pub interface: IfName,
    /// Its virtual router id.
    pub vrid: Vrid,
    /// Its address family.
    pub family: Family,
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.interface, self.vrid)
    }
}

/// Identity of an address in a kernel: the kernel too tells addresses apart by these three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressKey {
    /// The interface that carries it.
    pub interface: IfName,
    /// The address.
    pub address: IpAddr,
    /// Length of its prefix in bits: 0 to 32, or 0 to 128.
    pub prefix_len: u8,
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{} dev {}",
            self.address, self.prefix_len, self.interface
        )
    }
}

/// One kernel operation that awaits its answer. Never reused within a node's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(pub u64);

/// One run of a tracked script that awaits its answer. Never reused within a node's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);
