//! Virtual MAC interfaces: which there are, which of them carry what, and where adverts leave.
//!
//! Invariant: an instance is told by the interface that the file names, its base, whichever its
//! adverts come and leave by.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Instance, Transport, VirtualAddress};
use crate::kernel::{VirtualKind, VirtualLink};
use crate::unit::{Family, IfName, Mac, Vrid};

/// The interface with the virtual router's MAC (keepalived: `use_vmac`, `use_ipvlan`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vmac {
    /// Its name. keepalived: `vrrp.VRID`, or `vrrp6.VRID`, where the file gives none.
    pub name: IfName,
    /// What kind of interface it is.
    pub kind: VmacKind,
    /// Whether adverts leave by the base interface (keepalived: `vmac_xmit_base`).
    pub xmit_base: bool,
    /// The interface group that it is put in; default 0.
    pub group: u32,
}

/// What kind of interface carries the virtual addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VmacKind {
    /// A macvlan in private mode with 00:00:5e:00:01:VRID (RFC 9568 7.3), or with this MAC.
    Macvlan {
        /// Another MAC.
        mac: Option<Mac>,
    },
    /// An ipvlan, which shares the MAC of its base.
    Ipvlan {
        /// Its own address, if it needs one, and the length of its prefix.
        address: Option<(IpAddr, u8)>,
        /// How it reaches others of the same base.
        mode: IpvlanMode,
    },
}

/// How an ipvlan reaches others of the same base; default bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IpvlanMode {
    /// Directly.
    #[default]
    Bridge,
    /// Not at all.
    Private,
    /// Through the outside switch.
    Vepa,
}

/// The MAC of a virtual router: 00:00:5e:00:01:VRID for IPv4, 00:00:5e:00:02:VRID for IPv6
/// (RFC 9568 7.3).
#[must_use]
pub const fn virtual_mac(family: Family, vrid: Vrid) -> Mac {
    let family = match family {
        Family::V4 => 1,
        Family::V6 => 2,
    };
    Mac([0, 0, 0x5e, 0, family, vrid.get()])
}

impl Instance {
    /// The interface by which its adverts leave: the virtual one, unless the file says otherwise.
    ///
    /// keepalived: with unicast, adverts always leave by the base.
    #[must_use]
    pub fn wire(&self) -> IfName {
        match (&self.vmac, &self.transport) {
            (Some(vmac), Transport::Multicast { .. }) if !vmac.xmit_base => vmac.name,
            (Some(_) | None, Transport::Multicast { .. } | Transport::Unicast { .. }) => {
                self.interface
            }
        }
    }

    /// The interface by which adverts of others come.
    ///
    /// A kernel hands a frame whose source is the MAC of one of its own macvlans to that macvlan
    /// alone, and the others' adverts have the same virtual MAC as ours would.
    #[must_use]
    pub fn ear(&self) -> IfName {
        match (&self.vmac, &self.transport) {
            (Some(vmac), Transport::Multicast { .. }) => vmac.name,
            (Some(_) | None, Transport::Multicast { .. } | Transport::Unicast { .. }) => {
                self.interface
            }
        }
    }

    /// The address of its own that its ipvlan has, on that; adverts go out from it.
    #[must_use]
    pub fn ipvlan_address(&self) -> Option<VirtualAddress> {
        let vmac = self.vmac.as_ref()?;
        let VmacKind::Ipvlan {
            address: Some((address, prefix_len)),
            ..
        } = vmac.kind
        else {
            return None;
        };
        let mut own = VirtualAddress::host(address);
        own.prefix_len = prefix_len;
        own.vmac = Some(vmac.name);
        Some(own)
    }

    /// Every interface that is to be made for it, with its own first.
    #[must_use]
    pub fn links(&self) -> Vec<VirtualLink> {
        let mut links = BTreeMap::new();
        let own = self.vmac.as_ref().map(|vmac| VirtualLink {
            name: vmac.name,
            base: self.interface,
            kind: match vmac.kind {
                VmacKind::Macvlan { mac } => VirtualKind::Macvlan {
                    mac: mac.unwrap_or_else(|| virtual_mac(self.family, self.vrid)),
                },
                VmacKind::Ipvlan { mode, .. } => VirtualKind::Ipvlan { mode },
            },
            group: vmac.group,
            up: true,
            ours: true,
        });
        for address in self
            .virtual_addresses
            .iter()
            .chain(&self.excluded_addresses)
        {
            let Some(name) = address.vmac else { continue };
            let family = Family::of(address.address);
            links.entry(name).or_insert_with(|| VirtualLink {
                name,
                base: address.dev.unwrap_or(self.interface),
                kind: VirtualKind::Macvlan {
                    mac: virtual_mac(family, self.vrid),
                },
                group: own.as_ref().map_or(0, |own| own.group),
                up: true,
                ours: true,
            });
        }
        if let Some(own) = &own {
            links.remove(&own.name);
        }
        own.into_iter().chain(links.into_values()).collect()
    }

    /// Whether an interface is one that is made for it.
    #[must_use]
    pub fn is_virtual(&self, interface: IfName) -> bool {
        let addresses = self
            .virtual_addresses
            .iter()
            .chain(&self.excluded_addresses);
        let own = self.vmac.as_ref().map(|vmac| vmac.name);
        own.into_iter()
            .chain(addresses.filter_map(|address| address.vmac))
            .any(|name| name == interface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Instance {
        let mut instance = Instance::new(
            "VI_1".into(),
            "eth0".parse().unwrap(),
            51.try_into().unwrap(),
        );
        let name = |text: &str| Some(text.parse().unwrap());
        let mut own = VirtualAddress::host("192.0.2.100".parse().unwrap());
        own.vmac = name("vrrp.51");
        let mut beside = VirtualAddress::host("198.51.100.7".parse().unwrap());
        beside.dev = name("eth1");
        beside.vmac = name("vrrp1.51");
        let mut other = VirtualAddress::host("2001:db8::100".parse().unwrap());
        other.vmac = name("vrrp6.51");
        instance.virtual_addresses = vec![own, beside];
        instance.excluded_addresses = vec![other];
        instance.vmac = Some(Vmac {
            name: "vrrp.51".parse().unwrap(),
            kind: VmacKind::Macvlan { mac: None },
            xmit_base: false,
            group: 0,
        });
        instance
    }

    #[test]
    fn each_base_and_family_has_a_link_with_the_mac_of_rfc_9568_7_3() {
        let links = instance().links();
        let told: Vec<_> = links
            .iter()
            .map(|link| {
                let VirtualKind::Macvlan { mac } = link.kind else {
                    panic!("a macvlan");
                };
                (
                    link.name.to_string(),
                    link.base.to_string(),
                    mac.to_string(),
                )
            })
            .collect();
        let told: Vec<_> = told
            .iter()
            .map(|(name, base, mac)| (name.as_str(), base.as_str(), mac.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("vrrp.51", "eth0", "00:00:5e:00:01:33"),
                ("vrrp1.51", "eth1", "00:00:5e:00:01:33"),
                ("vrrp6.51", "eth0", "00:00:5e:00:02:33"),
            ]
        );
    }

    #[test]
    fn adverts_leave_by_the_link_unless_told_otherwise_or_by_unicast() {
        let mut instance = instance();
        assert_eq!(instance.wire().as_str(), "vrrp.51");
        instance.vmac.as_mut().unwrap().xmit_base = true;
        assert_eq!(instance.wire().as_str(), "eth0");
        instance.vmac.as_mut().unwrap().xmit_base = false;
        instance.transport = Transport::Unicast {
            source: None,
            peers: vec![],
            ttl: 255,
            check_source: false,
            fault_without_peer: false,
        };
        assert_eq!(instance.wire().as_str(), "eth0");
    }
}
