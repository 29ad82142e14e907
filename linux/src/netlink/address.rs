//! Addresses as netlink messages, and the other way round.

use std::collections::BTreeSet;
use std::net::IpAddr;

use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, AddressOptions};
use bellwether_core::model;
use bellwether_core::unit::IfName;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::{
    AddressAttribute, AddressFlags, AddressHeaderFlags, AddressMessage, AddressProtocol, CacheInfo,
};

use super::ADDRESS_PROTOCOL;

/// `INFINITY_LIFE_TIME`.
const FOR_EVER: u32 = u32::MAX;

/// Its duplicate address detection is under way, or has found another holder.
const UNUSABLE: AddressFlags = AddressFlags::Tentative.union(AddressFlags::Dadfailed);

/// Which addresses are ours.
///
/// Kernels since 5.18 keep our mark with the address, and it outlives us. On older ones only what
/// this process added is known to be ours; the core's claims find the rest.
#[derive(Debug, Default)]
pub(super) struct Ownership {
    added: BTreeSet<AddressKey>,
}

impl Ownership {
    /// This process added it.
    pub(super) fn added(&mut self, key: AddressKey) {
        self.added.insert(key);
    }

    /// It is gone.
    pub(super) fn removed(&mut self, key: &AddressKey) {
        self.added.remove(key);
    }

    fn is_ours(&self, key: &AddressKey, mark: Option<u8>) -> bool {
        mark.map_or_else(|| self.added.contains(key), |mark| mark == ADDRESS_PROTOCOL)
    }
}

/// The message that adds an address.
pub(super) fn message(index: u32, address: &Address) -> AddressMessage {
    let mut message = key_message(index, &address.key);
    message.header.scope = address.scope.into();
    let AddressOptions {
        peer,
        preferred,
        flags,
    } = address.options;
    if let Some(peer) = peer {
        // On a point-to-point link the kernel's word for the far end is the address.
        message.attributes = vec![
            AddressAttribute::Local(address.key.address),
            AddressAttribute::Address(peer),
        ];
    }
    let attributes = &mut message.attributes;
    // The kernel asks of a label that it begin with the interface's name; the configuration says.
    attributes.extend(address.label.clone().map(AddressAttribute::Label));
    attributes.extend(address.broadcast.map(AddressAttribute::Broadcast));
    if let Some(seconds) = preferred {
        let mut life = CacheInfo::default();
        (life.ifa_preferred, life.ifa_valid) = (seconds, FOR_EVER);
        attributes.push(AddressAttribute::CacheInfo(life));
    }
    let mut flags = told(flags);
    if address.key.address.is_ipv6() {
        // keepalived: no duplicate address detection, which would keep a master silent for a
        // second, and find the old master's address where that did not hear of us yet.
        message.header.flags = AddressHeaderFlags::Nodad;
        flags |= AddressFlags::Nodad;
    }
    if !flags.is_empty() {
        attributes.push(AddressAttribute::Flags(flags));
    }
    if address.ours {
        let mark = AddressProtocol::from(ADDRESS_PROTOCOL);
        attributes.push(AddressAttribute::Protocol(mark));
    }
    message
}

/// Our flags as the kernel's.
fn told(flags: model::AddressFlags) -> AddressFlags {
    let model::AddressFlags {
        home,
        nodad,
        mngtmpaddr,
        noprefixroute,
        autojoin,
    } = flags;
    let all = [
        (home, AddressFlags::Homeaddress),
        (nodad, AddressFlags::Nodad),
        (mngtmpaddr, AddressFlags::Managetempaddr),
        (noprefixroute, AddressFlags::Noprefixroute),
        (autojoin, AddressFlags::Mcautojoin),
    ];
    let set = all.into_iter().filter(|(set, _)| *set);
    set.fold(AddressFlags::empty(), |sum, (_, flag)| sum | flag)
}

/// The kernel's flags as ours, but that for duplicate address detection.
const fn heard(flags: AddressFlags) -> model::AddressFlags {
    model::AddressFlags {
        home: flags.contains(AddressFlags::Homeaddress),
        nodad: false,
        mngtmpaddr: flags.contains(AddressFlags::Managetempaddr),
        noprefixroute: flags.contains(AddressFlags::Noprefixroute),
        autojoin: flags.contains(AddressFlags::Mcautojoin),
    }
}

/// The message that removes an address of which the far end is not known.
pub(super) fn local_message(index: u32, key: &AddressKey) -> AddressMessage {
    let mut message = key_message(index, key);
    message.attributes = vec![AddressAttribute::Local(key.address)];
    message
}

/// The message that names an address, and removes it.
pub(super) fn key_message(index: u32, key: &AddressKey) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.index = index;
    message.header.prefix_len = key.prefix_len;
    message.header.family = match key.address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    };
    message.attributes = vec![
        AddressAttribute::Local(key.address),
        AddressAttribute::Address(key.address),
    ];
    message
}

/// An address on `interface` as the kernel tells of it; `None` for families that we don't know,
/// and for IPv6 addresses that can't be used (yet): the kernel tells of them again when their
/// duplicate address detection has ended well.
pub(super) fn parse(
    message: &AddressMessage,
    interface: IfName,
    ownership: &Ownership,
) -> Option<Address> {
    let (mut local, mut peer, mut label, mut broadcast, mut mark) = (None, None, None, None, None);
    let mut options = AddressOptions::default();
    for attribute in &message.attributes {
        match attribute {
            AddressAttribute::Local(address) => local = Some(*address),
            AddressAttribute::Address(address) => peer = Some(*address),
            AddressAttribute::Label(text) => label = Some(text.clone()),
            AddressAttribute::Broadcast(address) => broadcast = Some(*address),
            AddressAttribute::Protocol(protocol) => mark = Some(u8::from(*protocol)),
            AddressAttribute::Flags(flags) if flags.intersects(UNUSABLE) => return None,
            AddressAttribute::Flags(flags) => options.flags = heard(*flags),
            AddressAttribute::CacheInfo(life) if life.ifa_preferred != FOR_EVER => {
                options.preferred = Some(life.ifa_preferred);
            }
            _ => {}
        }
    }
    let key = AddressKey {
        interface,
        // Only point-to-point addresses have two; the local one is this host's.
        address: local.or(peer)?,
        prefix_len: message.header.prefix_len,
    };
    options.peer = peer.filter(|peer| *peer != key.address);
    Some(Address {
        key,
        options,
        label: label.filter(|label| label != interface.as_str()),
        broadcast,
        scope: message.header.scope.into(),
        ours: ownership.is_ours(&key, mark),
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn sample() -> Address {
        Address {
            key: AddressKey {
                interface: "eth0".parse().unwrap(),
                address: Ipv4Addr::new(192, 0, 2, 10).into(),
                prefix_len: 24,
            },
            label: Some("eth0:vip".to_owned()),
            broadcast: Some(Ipv4Addr::new(192, 0, 2, 255)),
            scope: 253,
            options: AddressOptions {
                peer: Some(Ipv4Addr::new(203, 0, 113, 9).into()),
                preferred: Some(0),
                flags: model::AddressFlags {
                    noprefixroute: true,
                    ..model::AddressFlags::default()
                },
            },
            ours: true,
        }
    }

    #[test]
    fn an_address_survives_the_way_to_the_kernel_and_back() {
        let address = sample();
        let told = message(7, &address);
        assert_eq!(told.header.index, 7);
        let heard = parse(&told, address.key.interface, &Ownership::default());
        assert_eq!(heard, Some(address));
    }

    #[test]
    fn the_interface_s_own_name_is_no_label() {
        let interface = "eth0".parse().unwrap();
        let mut told = message(7, &sample());
        told.attributes
            .retain(|attribute| !matches!(attribute, AddressAttribute::Label(_)));
        told.attributes
            .push(AddressAttribute::Label("eth0".to_owned()));
        let heard = parse(&told, interface, &Ownership::default()).unwrap();
        assert_eq!(heard.label, None);
    }

    #[test]
    fn without_the_kernel_s_mark_only_what_we_added_is_ours() {
        let interface = "eth0".parse().unwrap();
        let address = sample();
        let mut told = message(7, &address);
        told.attributes
            .retain(|attribute| !matches!(attribute, AddressAttribute::Protocol(_)));
        let mut ownership = Ownership::default();
        assert!(!parse(&told, interface, &ownership).unwrap().ours);
        ownership.added(address.key);
        assert!(parse(&told, interface, &ownership).unwrap().ours);
        ownership.removed(&address.key);
        assert!(!parse(&told, interface, &ownership).unwrap().ours);
    }

    #[test]
    fn somebody_else_s_mark_is_not_ours_even_if_we_added_it_once() {
        let address = sample();
        let mut told = message(7, &address);
        told.attributes
            .retain(|attribute| !matches!(attribute, AddressAttribute::Protocol(_)));
        told.attributes
            .push(AddressAttribute::Protocol(AddressProtocol::Other(18)));
        let mut ownership = Ownership::default();
        ownership.added(address.key);
        assert!(
            !parse(&told, address.key.interface, &ownership)
                .unwrap()
                .ours
        );
    }
}
