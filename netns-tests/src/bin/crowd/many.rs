//! Configurations of many instances, and the wires that they run on.

use std::fmt::Write as _;

use anyhow::Result;
use bellwether_netns_tests::{Host, INTERFACE, Lab};

/// Many instances of one node, each with a virtual address of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Instances of IPv4 on each interface: VRID 1 and up.
    pub(crate) v4: u8,
    /// Instances of IPv6 on each interface: VRID 1 and up.
    pub(crate) v6: u8,
    /// Interfaces: eth0 and up.
    pub(crate) interfaces: u8,
    /// Priority of all of them.
    pub(crate) priority: u8,
    /// `advert_int`, in seconds as the file says it.
    pub(crate) advert: &'static str,
}

impl Crowd {
    /// The file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("global_defs {\n    vrrp_version 3\n}\n");
        for interface in 0..self.interfaces {
            for vrid in 1..=self.v4 {
                let address = format!("10.{}.{vrid}.100/32", 100 + interface);
                self.instance(&mut text, ("v4", interface, vrid), &address);
            }
            for vrid in 1..=self.v6 {
                let local = format!("fe80::bee:{interface:x}:{vrid:x}/64");
                self.instance(&mut text, ("v6", interface, vrid), &local);
            }
        }
        text
    }

    /// How many instances there are.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.interfaces) * (usize::from(self.v4) + usize::from(self.v6))
    }

    fn instance(&self, text: &mut String, name: (&str, u8, u8), address: &str) {
        let (family, interface, vrid) = name;
        let (priority, advert) = (self.priority, self.advert);
        let _ = write!(
            text,
            "vrrp_instance {family}_{interface}_{vrid} {{\n    state BACKUP\n    \
             interface eth{interface}\n    virtual_router_id {vrid}\n    priority {priority}\n    \
             advert_int {advert}\n    virtual_ipaddress {{\n        {address}\n    }}\n}}\n"
        );
    }
}

/// Two hosts with as many cables between them as the crowd has interfaces.
pub(crate) fn lab(interfaces: u8) -> Result<Lab> {
    let lab = Lab::pair()?;
    let (first, second) = (lab.host(0), lab.host(1));
    for number in 1..interfaces {
        let peer = second.namespace();
        first.ip(&format!(
            "link add eth{number} type veth peer name eth{number} netns {peer}"
        ))?;
        for (place, host) in [first, second].into_iter().enumerate() {
            host.ip(&format!(
                "addr add 198.51.{number}.{}/24 dev eth{number}",
                place + 1
            ))?;
            host.ip(&format!("link set eth{number} up"))?;
        }
    }
    first.speak_ipv6()?;
    second.speak_ipv6()?;
    Ok(lab)
}

/// How many of the crowd's addresses a host has now.
pub(crate) fn owned(host: &Host) -> Result<usize> {
    let text = host.ip("-o addr show")?;
    let virtual_ones = text.lines().filter(|line| is_virtual(line));
    Ok(virtual_ones.count())
}

fn is_virtual(line: &str) -> bool {
    line.split_whitespace()
        .nth(3)
        .is_some_and(|address| address.contains(".100/32") || address.starts_with("fe80::bee:"))
}

/// The hardware address of a host's first interface.
pub(crate) fn mac(host: &Host) -> Result<String> {
    let text = host.ip(&format!("-o link show dev {INTERFACE}"))?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "link/ether");
    let mac = at.and_then(|at| words.get(at + 1));
    Ok(mac.copied().unwrap_or_default().to_owned())
}
