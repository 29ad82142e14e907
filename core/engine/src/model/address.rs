//! Addresses that a master, or the node itself, puts on an interface.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::id::AddressKey;
use crate::kernel::{Address, AddressOptions};
use crate::unit::{IfName, Name};

/// An address with what the kernel is told about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualAddress {
    /// The address.
    pub address: IpAddr,
    /// Length of its prefix in bits; keepalived: 32 or 128 when the file gives none.
    pub prefix_len: u8,
    /// The interface that carries it, when it is another than the instance's.
    pub dev: Option<IfName>,
    /// Address label, at most 15 bytes.
    pub label: Option<String>,
    /// Broadcast address; none unless given.
    pub broadcast: Option<Ipv4Addr>,
    /// Address scope as the kernel numbers it: 0 global, 253 link, 254 host.
    pub scope: u8,
    /// The far end of a point-to-point address.
    pub peer: Option<IpAddr>,
    /// How long it stays preferred; none: forever.
    #[serde(default, with = "super::as_nanos_opt")]
    pub preferred: Option<Duration>,
    /// Flags that the kernel takes with it.
    pub flags: AddressFlags,
    /// Whether the file asks for a virtual MAC interface for it (keepalived: `use_vmac` after an
    /// address).
    pub on_vmac: bool,
    /// The virtual MAC interface that carries it, if one does; `dev` is then what that stands on.
    pub vmac: Option<IfName>,
    /// Whether the state of its interface is followed: `no_track` unsets it.
    pub tracked: bool,
    /// Of a static address: the track group whose instances depend on it.
    pub track_group: Option<Name>,
}

/// Flags of an address; all off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressFlags {
    /// Mobile IPv6 home address: `home`.
    pub home: bool,
    /// No duplicate address detection: `-nodad`.
    pub nodad: bool,
    /// Template for temporary addresses: `mngtmpaddr`.
    pub mngtmpaddr: bool,
    /// No route to its prefix: `noprefixroute`.
    pub noprefixroute: bool,
    /// Join its multicast group: `autojoin`.
    pub autojoin: bool,
}

impl VirtualAddress {
    /// An address with keepalived's defaults: a host prefix on the instance's interface.
    #[must_use]
    pub const fn host(address: IpAddr) -> Self {
        Self {
            address,
            prefix_len: if address.is_ipv4() { 32 } else { 128 },
            dev: None,
            label: None,
            broadcast: None,
            scope: 0,
            peer: None,
            preferred: None,
            flags: AddressFlags {
                home: false,
                nodad: false,
                mngtmpaddr: false,
                noprefixroute: false,
                autojoin: false,
            },
            on_vmac: false,
            vmac: None,
            tracked: true,
            track_group: None,
        }
    }

    /// The scope that the kernel will show: it has its own mind about IPv6 addresses.
    fn kernel_scope(&self) -> u8 {
        match self.address {
            IpAddr::V4(_) => self.scope,
            IpAddr::V6(address) if address.is_unicast_link_local() => 253,
            IpAddr::V6(address) if address.is_loopback() => 254,
            IpAddr::V6(_) => 0,
        }
    }

    /// The interface that carries it, for an instance on `interface`.
    #[must_use]
    pub fn carrier(&self, interface: IfName) -> IfName {
        self.vmac.or(self.dev).unwrap_or(interface)
    }

    /// The address as it should stand in a kernel, for an instance on `interface`.
    #[must_use]
    pub fn on(&self, interface: IfName) -> Address {
        Address {
            key: AddressKey {
                interface: self.carrier(interface),
                address: self.address,
                prefix_len: self.prefix_len,
            },
            label: self.label.clone(),
            broadcast: self.broadcast,
            scope: self.kernel_scope(),
            options: AddressOptions {
                peer: self.peer.filter(|peer| *peer != self.address),
                preferred: self.preferred.map(|span| {
                    let seconds = span.as_secs();
                    // All bits set mean for ever.
                    u32::try_from(seconds).unwrap_or(u32::MAX - 1)
                }),
                flags: AddressFlags {
                    nodad: false,
                    ..self.flags
                },
            },
            ours: true,
        }
    }
}
