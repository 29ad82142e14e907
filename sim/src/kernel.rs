//! A kernel as data: interfaces with addresses, routes and rules. It outlives the process, and not
//! the power.

mod routing;

use std::net::IpAddr;

use bellwether_core::event::Link;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, Table};
use bellwether_core::kernel::{Address, KernelError, KernelOp, VirtualKind, VirtualLink};
use bellwether_core::unit::{Family, IfName, Mac};
use core::time::Duration;

pub use routing::Routing;

use crate::lan::SegmentId;
use crate::scenario::{Cidr, NodeSpec};

/// How long a kernel takes to do, or tell, anything.
pub const KERNEL_DELAY: Duration = Duration::from_micros(50);

/// How far the index of an interface that comes again is from the one before.
const NEXT_INDEX: u32 = 100;

/// The kernel of one node.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Its interfaces, in the order of their names.
    pub interfaces: Vec<Interface>,
    /// Its table of services.
    pub table: Table,
    /// Whether it has ip_vs at all.
    pub has_ipvs: bool,
    /// Operations that it will still refuse.
    pub errors: u32,
    /// The routes, rules and filters that nodes have set.
    pub routing: Routing,
    /// Interfaces that are not there now.
    gone: Vec<Interface>,
    /// Whether it keeps the mark of who made an address (Linux 5.18 and later).
    keeps_marks: bool,
    /// The index of the next interface that is made.
    next_index: u32,
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
    /// What it is, if a node made it: it stands on another one of the same segment, and only sends.
    pub made: Option<VirtualLink>,
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
                made: None,
                addresses: Vec::new(),
                configured: interface.addresses.clone(),
            });
        }
        let mut kernel = Self {
            next_index: 100,
            interfaces,
            table: Table::default(),
            has_ipvs: true,
            errors: 0,
            routing: Routing::default(),
            gone: Vec::new(),
            keeps_marks: spec.keeps_marks,
        };
        kernel.reset();
        kernel
    }

    /// Forgets everything that was done to it since the power came.
    pub fn reset(&mut self) {
        self.errors = 0;
        self.table = Table::default();
        self.interfaces.retain(|own| own.made.is_none());
        self.routing = Routing::default();
        for name in self.gone() {
            self.bring_back(name);
        }
        for interface in &mut self.interfaces {
            interface.reset();
        }
    }

    /// The names of the interfaces that are not there now.
    #[must_use]
    pub fn gone(&self) -> Vec<IfName> {
        self.gone.iter().map(|own| own.name).collect()
    }

    /// An interface goes, with all that rests on it. Returns whether it was there.
    pub fn take_away(&mut self, name: IfName) -> bool {
        let Some(place) = self.interfaces.iter().position(|own| own.name == name) else {
            return false;
        };
        self.gone.push(self.interfaces.remove(place));
        self.routing.interface_down(name);
        true
    }

    /// An interface comes again, with another index and the addresses that it had at power-on.
    /// Returns whether it had gone.
    pub fn bring_back(&mut self, name: IfName) -> bool {
        let Some(place) = self.gone.iter().position(|own| own.name == name) else {
            return false;
        };
        let mut back = self.gone.remove(place);
        back.link.index += NEXT_INDEX;
        back.link.up = true;
        back.reset();
        let place = self.interfaces.partition_point(|own| own.name < name);
        self.interfaces.insert(place, back);
        true
    }

    /// Drops the routes that rest on what is no longer there. Returns whether there were any.
    pub fn drop_routes(&mut self, name: IfName) -> bool {
        let up = self.interface(name).is_some_and(|own| own.link.up);
        !up && self.routing.interface_down(name)
    }

    /// Changes the table of services.
    ///
    /// # Errors
    ///
    /// What the kernel says when it does not; nothing has changed then.
    pub fn change_table(&mut self, op: &IpvsOp) -> Result<(), IpvsError> {
        if !self.has_ipvs {
            return Err(IpvsError::Unavailable);
        }
        if self.errors > 0 {
            self.errors -= 1;
            return Err(IpvsError::Other {
                errno: 105,
                message: "No buffer space available".to_owned(),
            });
        }
        self.table.apply(op)
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
            KernelOp::AddRoute { key, route } => {
                for dev in route.interfaces() {
                    let interface = self.interface(dev).ok_or(KernelError::NoInterface)?;
                    if !interface.link.up {
                        return Err(KernelError::Other {
                            errno: 100,
                            message: "Network is down".to_owned(),
                        });
                    }
                }
                Ok(self.routing.add_route(key, route))
            }
            KernelOp::RemoveRoute(key) => Ok(self.routing.remove_route(key)),
            KernelOp::AddRule(key) => Ok(self.routing.add_rule(key)),
            KernelOp::RemoveRule(key) => Ok(self.routing.remove_rule(key)),
            KernelOp::AddLink(link) => self.make(link),
            KernelOp::RemoveLink(name) => {
                let before = self.interfaces.len();
                self.interfaces
                    .retain(|own| own.name != *name || own.made.is_none());
                Ok(self.interfaces.len() != before)
            }
            KernelOp::AddRefusal(own) => Ok(self.routing.refuse(*own)),
            KernelOp::RemoveRefusal(own) => Ok(self.routing.accept(own)),
        }
    }

    /// Makes an interface; one of its shape that is there becomes ours.
    fn make(&mut self, link: &VirtualLink) -> Result<bool, KernelError> {
        let Some(base) = self.interface(link.base) else {
            return Err(KernelError::NoInterface);
        };
        let (segment, mut own) = (base.segment, base.link);
        if let Some(there) = self.interface_mut(link.name) {
            return match &mut there.made {
                Some(made) if made.is_shaped_like(link) => {
                    let before = core::mem::replace(made, link.clone());
                    Ok(before != *link)
                }
                Some(_) | None => Err(KernelError::Other {
                    errno: 17,
                    message: "File exists".to_owned(),
                }),
            };
        }
        own.index = self.next_index;
        self.next_index += 1;
        if let VirtualKind::Macvlan { mac } = link.kind {
            own.mac = mac;
        }
        self.interfaces.push(Interface {
            name: link.name,
            segment,
            link: own,
            made: Some(link.clone()),
            addresses: Vec::new(),
            configured: Vec::new(),
        });
        Ok(true)
    }

    /// What stands on an interface.
    #[must_use]
    pub fn standing_on(&self, base: IfName) -> Vec<VirtualLink> {
        let made = self.interfaces.iter().filter_map(|own| own.made.as_ref());
        made.filter(|link| link.base == base).cloned().collect()
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
    /// Has what it was configured with, and nothing else.
    fn reset(&mut self) {
        self.addresses.clear();
        let own = self.configured.iter().map(|cidr| Address {
            key: AddressKey {
                interface: self.name,
                address: cidr.address,
                prefix_len: cidr.prefix_len,
            },
            label: None,
            broadcast: None,
            scope: 0,
            options: bellwether_core::kernel::AddressOptions::default(),
            ours: false,
        });
        self.addresses.extend(own);
    }

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
