//! Interfaces: what messages say of them, and what of it is news.

use std::collections::BTreeMap;

use bellwether_core::event::{Link, LinkReport};
use bellwether_core::unit::{IfName, Mac};
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};

/// Whether a message is about an interface itself.
///
/// A bridge tells of its ports by link messages of its own family, and "port removed" there looks
/// like "interface removed".
pub(super) fn is_interface(message: &LinkMessage) -> bool {
    message.header.interface_family == AddressFamily::Unspec
}

/// The interface that a message tells of; `None` when it has no name that we could hold.
pub(super) fn parse(message: &LinkMessage) -> Option<(IfName, Link)> {
    let (mut name, mut mac) = (None, Mac::default());
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = text.parse::<IfName>().ok(),
            LinkAttribute::Address(bytes) => {
                if let Ok(bytes) = <[u8; 6]>::try_from(bytes.as_slice()) {
                    mac = Mac(bytes);
                }
            }
            _ => {}
        }
    }
    let up = LinkFlags::Up | LinkFlags::Running;
    let link = Link {
        index: message.header.index,
        up: message.header.flags.contains(up),
        mac,
    };
    Some((name?, link))
}

/// The interfaces that are watched, each as it was last reported.
#[derive(Debug, Default)]
pub(super) struct Watched(BTreeMap<IfName, Option<Link>>);

impl Watched {
    /// Watches from now on; this is how it is.
    pub(super) fn insert(&mut self, name: IfName, link: Option<Link>) {
        self.0.insert(name, link);
    }

    /// Watches no more.
    pub(super) fn remove(&mut self, name: IfName) {
        self.0.remove(&name);
    }

    /// All names, whether or not there are interfaces of these names.
    pub(super) fn names(&self) -> Vec<IfName> {
        self.0.keys().copied().collect()
    }

    /// The interface of this name, if it is watched and exists.
    pub(super) fn link(&self, name: IfName) -> Option<Link> {
        self.0.get(&name).copied().flatten()
    }

    /// The watched interface of this index.
    pub(super) fn name(&self, index: u32) -> Option<IfName> {
        let has_index = |link: &Option<Link>| link.is_some_and(|link| link.index == index);
        let found = self.0.iter().find(|(_, link)| has_index(link));
        found.map(|(name, _)| *name)
    }

    /// Takes in how an interface is now, and tells what of it is news. A renamed interface is gone
    /// under its old name.
    pub(super) fn changed(&mut self, index: u32, name: IfName, link: Link) -> Vec<LinkReport> {
        let mut news = Vec::new();
        if self.name(index).is_some_and(|old| old != name) {
            news.extend(self.gone(index));
        }
        if let Some(last) = self.0.get_mut(&name)
            && *last != Some(link)
        {
            *last = Some(link);
            news.push(LinkReport {
                interface: name,
                link: Some(link),
            });
        }
        news
    }

    /// Takes in that an interface is gone, and tells whether that is news.
    pub(super) fn gone(&mut self, index: u32) -> Vec<LinkReport> {
        let Some(interface) = self.name(index) else {
            return Vec::new();
        };
        self.0.insert(interface, None);
        vec![LinkReport {
            interface,
            link: None,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> IfName {
        text.parse().unwrap()
    }

    fn link(index: u32, up: bool) -> Link {
        let mac = Mac([2, 0, 0, 0, 0, 1]);
        Link { index, up, mac }
    }

    fn report(text: &str, link: Option<Link>) -> LinkReport {
        let interface = name(text);
        LinkReport { interface, link }
    }

    fn watching_eth0() -> Watched {
        let mut watched = Watched::default();
        watched.insert(name("eth0"), Some(link(4, true)));
        watched
    }

    #[test]
    fn only_changes_are_news() {
        let mut watched = watching_eth0();
        assert_eq!(watched.changed(4, name("eth0"), link(4, true)), []);
        assert_eq!(watched.changed(9, name("eth9"), link(9, true)), []);
        let down = watched.changed(4, name("eth0"), link(4, false));
        assert_eq!(down, [report("eth0", Some(link(4, false)))]);
    }

    #[test]
    fn an_interface_that_comes_back_has_another_index() {
        let mut watched = watching_eth0();
        assert_eq!(watched.gone(4), [report("eth0", None)]);
        assert_eq!(watched.gone(4), []);
        let back = watched.changed(5, name("eth0"), link(5, true));
        assert_eq!(back, [report("eth0", Some(link(5, true)))]);
        assert_eq!(watched.name(5), Some(name("eth0")));
        assert_eq!(watched.name(4), None);
    }

    #[test]
    fn a_renamed_interface_is_gone_under_its_old_name() {
        let mut watched = watching_eth0();
        watched.insert(name("wan"), None);
        let news = watched.changed(4, name("wan"), link(4, true));
        assert_eq!(
            news,
            [report("eth0", None), report("wan", Some(link(4, true)))]
        );
    }

    #[test]
    fn a_port_that_leaves_a_bridge_is_not_gone() {
        let mut message = LinkMessage::default();
        assert!(is_interface(&message));
        message.header.interface_family = AddressFamily::Bridge;
        assert!(!is_interface(&message));
    }

    #[test]
    fn up_needs_both_the_administrator_and_the_carrier() {
        let mut message = LinkMessage::default();
        message
            .attributes
            .push(LinkAttribute::IfName("eth0".to_owned()));
        for (flags, up) in [
            (LinkFlags::Up, false),
            (LinkFlags::Running, false),
            (LinkFlags::Up | LinkFlags::Running, true),
        ] {
            message.header.flags = flags;
            assert_eq!(parse(&message).unwrap().1.up, up, "{flags:?}");
        }
    }
}
