//! Virtual links as netlink messages, the other way round, and which of them there are.

use std::collections::BTreeMap;

use bellwether_core::Event;
use bellwether_core::kernel::{VirtualKind, VirtualLink};
use bellwether_core::model::IpvlanMode;
use bellwether_core::unit::{IfName, Mac};
use rtnetlink::packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoIpVlan, InfoKind, InfoMacVlan,
    IpVlanFlags, IpVlanMode, LinkAttribute, LinkFlags, LinkInfo, LinkMessage, MacVlanMode,
};
use rtnetlink::{LinkIpVlan, LinkMacVlan, LinkMessageBuilder, LinkUnspec};

/// Our mark on interfaces that we make: `ip link` shows it as their alias.
pub const LINK_ALIAS: &str = "bellwether";

/// Virtual links on watched interfaces, as they were last reported, by index.
#[derive(Debug, Default)]
pub(super) struct Virtuals(BTreeMap<u32, VirtualLink>);

impl Virtuals {
    /// Whether an interface is a virtual link itself; nothing stands on those.
    pub(super) fn has(&self, index: u32) -> bool {
        self.0.contains_key(&index)
    }

    /// Takes in how one is now, and tells what of it is news.
    pub(super) fn changed(&mut self, index: u32, link: VirtualLink) -> Vec<Event> {
        if self.0.get(&index) == Some(&link) {
            return Vec::new();
        }
        let before = self.0.insert(index, link.clone());
        let renamed = before.filter(|before| before.name != link.name);
        let gone = renamed.map(|before| Event::VirtualLink {
            name: before.name,
            link: None,
        });
        let name = link.name;
        let link = Some(link);
        gone.into_iter()
            .chain([Event::VirtualLink { name, link }])
            .collect()
    }

    /// Takes in that an interface is gone, and tells whether that is news.
    pub(super) fn gone(&mut self, index: u32) -> Option<Event> {
        let link = self.0.remove(&index)?;
        Some(Event::VirtualLink {
            name: link.name,
            link: None,
        })
    }

    /// Takes in all that there are on an interface, and tells what of it is news.
    pub(super) fn listed(&mut self, base: IfName, found: Vec<(u32, VirtualLink)>) -> Vec<Event> {
        let is_there = |index: &u32| found.iter().any(|(known, _)| known == index);
        let on = self.0.iter().filter(|(_, link)| link.base == base);
        let lost: Vec<_> = on.map(|(index, _)| *index).collect();
        let lost = lost.into_iter().filter(|index| !is_there(index));
        let mut news: Vec<_> = lost.filter_map(|index| self.gone(index)).collect();
        for (index, link) in found {
            news.extend(self.changed(index, link));
        }
        news
    }
}

/// What a message says of the interface below: its index, if that is in this namespace.
pub(super) fn base_of(message: &LinkMessage) -> Option<u32> {
    let mut base = None;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::Link(index) => base = Some(*index),
            LinkAttribute::LinkNetNsId(_) => return None,
            _ => {}
        }
    }
    base
}

/// The virtual link on `base` that a message tells of; `None` when it is of another kind.
pub(super) fn parse(message: &LinkMessage, base: IfName) -> Option<VirtualLink> {
    let (mut name, mut mac, mut group, mut ours) = (None, Mac::default(), 0, false);
    let (mut is_ours_to_judge, mut data) = (false, None);
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = text.parse::<IfName>().ok(),
            LinkAttribute::Address(bytes) => {
                mac = <[u8; 6]>::try_from(bytes.as_slice()).map_or(mac, Mac);
            }
            LinkAttribute::Group(number) => group = *number,
            LinkAttribute::IfAlias(text) => ours = text == LINK_ALIAS,
            LinkAttribute::LinkInfo(infos) => {
                for info in infos {
                    match info {
                        LinkInfo::Kind(InfoKind::MacVlan | InfoKind::IpVlan) => {
                            is_ours_to_judge = true;
                        }
                        LinkInfo::Data(found) => data = Some(found),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    is_ours_to_judge.then_some(VirtualLink {
        name: name?,
        base,
        kind: data.map_or(VirtualKind::Other, |data| kind(data, mac)),
        group,
        up: message.header.flags.contains(LinkFlags::Up),
        ours,
    })
}

fn kind(data: &InfoData, mac: Mac) -> VirtualKind {
    match data {
        InfoData::MacVlan(infos) if infos.contains(&InfoMacVlan::Mode(MacVlanMode::Private)) => {
            VirtualKind::Macvlan { mac }
        }
        InfoData::IpVlan(infos) if infos.contains(&InfoIpVlan::Mode(IpVlanMode::L2)) => {
            let flags = infos.iter().find_map(|info| match info {
                InfoIpVlan::Flags(flags) => Some(*flags),
                _ => None,
            });
            let has = |flag| flags.is_some_and(|flags| flags.contains(flag));
            let mode = if has(IpVlanFlags::Private) {
                IpvlanMode::Private
            } else if has(IpVlanFlags::Vepa) {
                IpvlanMode::Vepa
            } else {
                IpvlanMode::Bridge
            };
            VirtualKind::Ipvlan { mode }
        }
        _ => VirtualKind::Other,
    }
}

/// The message that makes a link, down.
pub(super) fn creation(link: &VirtualLink, base: u32) -> LinkMessage {
    match link.kind {
        VirtualKind::Macvlan { mac } => {
            LinkMacVlan::new(link.name.as_str(), base, MacVlanMode::Private)
                .address(mac.0.to_vec())
                .append_extra_attribute(LinkAttribute::Group(link.group))
                .build()
        }
        VirtualKind::Ipvlan { mode } => {
            let flags = match mode {
                IpvlanMode::Bridge => IpVlanFlags::empty(),
                IpvlanMode::Private => IpVlanFlags::Private,
                IpvlanMode::Vepa => IpVlanFlags::Vepa,
            };
            LinkIpVlan::new(link.name.as_str(), base, IpVlanMode::L2)
                .flag(flags)
                .append_extra_attribute(LinkAttribute::Group(link.group))
                .build()
        }
        VirtualKind::Other => LinkUnspec::new_with_name(link.name.as_str()).build(),
    }
}

/// The message that marks a link as ours. keepalived: no IPv6 address of the kernel's making.
pub(super) fn marking(index: u32) -> LinkMessage {
    let quiet = AfSpecUnspec::Inet6(vec![AfSpecInet6::AddrGenMode(In6AddrGenMode::None)]);
    LinkMessageBuilder::<LinkUnspec>::default()
        .index(index)
        .append_extra_attribute(LinkAttribute::IfAlias(LINK_ALIAS.to_owned()))
        .append_extra_attribute(LinkAttribute::AfSpecUnspec(vec![quiet]))
        .build()
}

/// The message that takes a link up.
pub(super) fn raising(index: u32) -> LinkMessage {
    LinkUnspec::new_with_index(index).up().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, mac: u8) -> VirtualLink {
        VirtualLink {
            name: name.parse().unwrap(),
            base: "eth0".parse().unwrap(),
            kind: VirtualKind::Macvlan {
                mac: Mac([0, 0, 0x5e, 0, 1, mac]),
            },
            group: 3,
            up: false,
            ours: false,
        }
    }

    #[test]
    fn a_macvlan_survives_the_way_to_the_kernel_and_back() {
        let wanted = link("vrrp.51", 51);
        let mut message = creation(&wanted, 7);
        assert_eq!(base_of(&message), Some(7));
        assert_eq!(parse(&message, wanted.base), Some(wanted.clone()));
        let alias = LinkAttribute::IfAlias(LINK_ALIAS.to_owned());
        message.attributes.push(alias);
        message.header.flags = LinkFlags::Up;
        let heard = parse(&message, wanted.base).unwrap();
        assert!(heard.ours && heard.up && heard.is_shaped_like(&wanted));
    }

    #[test]
    fn an_ipvlan_survives_too_in_each_of_its_modes() {
        for mode in [IpvlanMode::Bridge, IpvlanMode::Private, IpvlanMode::Vepa] {
            let wanted = VirtualLink {
                kind: VirtualKind::Ipvlan { mode },
                ..link("ipvlan7", 0)
            };
            let message = creation(&wanted, 7);
            assert_eq!(parse(&message, wanted.base), Some(wanted));
        }
    }

    #[test]
    fn a_macvlan_in_another_mode_is_none_of_ours() {
        let base = "eth0".parse().unwrap();
        let message = LinkMacVlan::new("vrrp.51", 7, MacVlanMode::Bridge).build();
        assert_eq!(parse(&message, base).unwrap().kind, VirtualKind::Other);
        let vlan = LinkUnspec::new_with_name("eth0.7").link(7).build();
        assert_eq!(parse(&vlan, base), None);
    }

    #[test]
    fn only_news_is_told() {
        let mut virtuals = Virtuals::default();
        let told = |events: &[Event]| events.len();
        assert_eq!(told(&virtuals.changed(5, link("a", 1))), 1);
        assert_eq!(told(&virtuals.changed(5, link("a", 1))), 0);
        assert_eq!(told(&virtuals.changed(5, link("b", 1))), 2, "a rename");
        let base = "eth0".parse().unwrap();
        assert_eq!(told(&virtuals.listed(base, vec![(6, link("c", 2))])), 2);
        assert!(virtuals.gone(6).is_some());
        assert!(virtuals.gone(6).is_none());
    }
}
