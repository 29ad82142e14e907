//! A kernel as data: interfaces with addresses. It outlives the process, and not the power.

use std::net::IpAddr;

use bellwether_core::event::Link;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, KernelError, KernelOp};
use bellwether_core::unit::{Family, IfName, Mac};
use core::time::Duration;

use crate::lan::SegmentId;
use crate::scenario::{Cidr, NodeSpec};

/// How long a kernel takes to do, or tell, anything.
pub const KERNEL_DELAY: Duration = Duration::from_micros(50);

/// The kernel of one node.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Its interfaces, in the order of their names.
    pub interfaces: Vec<Interface>,
    /// Operations that it will still refuse.
    pub errors: u32,
    /// Whether it keeps the mark of who made an address (Linux 5.18 and later).
    keeps_marks: bool,
}

/// One interface.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name.
    pub name: IfName,
    /// The segment that it is plugged into.
    pub segment: SegmentId,
    /// Its index, hardware address and carrier.
    pub link: Link,
    /// Its addresses, the primary one first.
    pub addresses: Vec<Address>,
    /// What it has after the power comes.
    configured: Vec<Cidr>,
}

impl Kernel {
    /// The kernel of a node just powered on.
    #[must_use]
    pub fn new(spec: &NodeSpec, place: u16, segment: impl Fn(&str) -> SegmentId) -> Self {
        let mut interfaces = Vec::with_capacity(spec.interfaces.len());
        let [high, low] = place.to_be_bytes();
        for (number, (name, interface)) in (1_u8..).zip(&spec.interfaces) {
            interfaces.push(Interface {
                name: *name,
                segment: segment(interface.segment.as_str()),
                link: Link {
                    index: u32::from(number) + 1,
                    up: true,
                    mac: Mac([2, 0, 0, high, low, number]),
                },
                addresses: Vec::new(),
                configured: interface.addresses.clone(),
            });
        }
        let mut kernel = Self {
            interfaces,
            errors: 0,
            keeps_marks: spec.keeps_marks,
        };
        kernel.reset();
        kernel
    }

    /// Forgets everything that was done to it since the power came.
    pub fn reset(&mut self) {
        self.errors = 0;
        for interface in &mut self.interfaces {
            let name = interface.name;
            interface.addresses.clear();
            let own = interface.configured.iter().map(|cidr| Address {
                key: AddressKey {
                    interface: name,
                    address: cidr.address,
                    prefix_len: cidr.prefix_len,
                },
                label: None,
                broadcast: None,
                scope: 0,
                ours: false,
            });
            interface.addresses.extend(own);
        }
    }

    /// Does one operation. Returns whether anything changed.
    ///
    /// # Errors
    ///
    /// What the kernel says when it does not; nothing has changed then.
    pub fn apply(&mut self, action: &KernelOp) -> Result<bool, KernelError> {
        if self.errors > 0 {
            self.errors -= 1;
            return Err(KernelError::Other {
                errno: 105,
                message: "No buffer space available".to_owned(),
            });
        }
        match action {
            KernelOp::AddAddress(address) => {
                let ours = self.keeps_marks && address.ours;
                let Some(interface) = self.interface_mut(address.key.interface) else {
                    return Err(KernelError::NoInterface);
                };
                if interface.find(&address.key).is_some() {
                    return Ok(false);
                }
                interface.addresses.push(Address {
                    ours,
                    ..address.clone()
                });
                Ok(true)
            }
            KernelOp::RemoveAddress(key) => {
                let Some(interface) = self.interface_mut(key.interface) else {
                    return Err(KernelError::NoInterface);
                };
                let before = interface.addresses.len();
                interface.addresses.retain(|own| own.key != *key);
                Ok(interface.addresses.len() != before)
            }
        }
    }

    /// The interface of this name.
    #[must_use]
    pub fn interface(&self, name: IfName) -> Option<&Interface> {
        self.interfaces.iter().find(|own| own.name == name)
    }

    /// The interface of this name, to change it.
    pub fn interface_mut(&mut self, name: IfName) -> Option<&mut Interface> {
        self.interfaces.iter_mut().find(|own| own.name == name)
    }

    /// Whether it would answer for this address on this segment.
    #[must_use]
    pub fn answers(&self, segment: SegmentId, address: IpAddr) -> bool {
        self.interfaces.iter().any(|own| {
            own.segment == segment
                && own.link.up
                && own.addresses.iter().any(|held| held.key.address == address)
        })
    }
}

impl Interface {
    /// The address of this key.
    #[must_use]
    pub fn find(&self, key: &AddressKey) -> Option<&Address> {
        self.addresses.iter().find(|own| own.key == *key)
    }

    /// Whether an address was configured at power-on, by somebody else than a node.
    #[must_use]
    pub fn is_configured(&self, address: IpAddr) -> bool {
        self.configured.iter().any(|own| own.address == address)
    }

    /// Whether it has this address, whoever gave it to it.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.key.address == address)
    }

    /// The first address of a family that was configured at power-on and is still there: of IPv6,
    /// the first link-local one.
    #[must_use]
    pub fn primary(&self, family: Family) -> Option<IpAddr> {
        let mut there = self.addresses.iter().map(|own| own.key.address);
        there.find(|address| {
            let fits = match (address, family) {
                (IpAddr::V4(_), Family::V4) => true,
                (IpAddr::V6(address), Family::V6) => address.is_unicast_link_local(),
                (IpAddr::V4(_), Family::V6) | (IpAddr::V6(_), Family::V4) => false,
            };
            fits && self.is_configured(*address)
        })
    }
}
