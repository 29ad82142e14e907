//! Frames as they are on an Ethernet, made of what nodes hand to their kernels.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_core::bfd::TransmitBfd;
use bellwether_core::effect::{Announce, Transmit};
use bellwether_core::unit::Mac;
use bellwether_core::wire::bfd::SOURCE_PORTS;
use bellwether_core::wire::{arp, ipv4, ndp, vrrp};
use etherparse::{IpHeaders, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, PacketBuilder};

/// The hardware addresses of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Who sends it.
    pub(crate) source: Mac,
    /// Who has the destination's address; for a group it is not looked at.
    pub(crate) neighbour: Mac,
}

/// An advert, behind the headers that the sender's kernel makes.
pub(crate) fn advert(ends: Ends, packet: &Transmit) -> Vec<u8> {
    let destination = hardware(packet.destination, ends.neighbour);
    if let Some(header) = &packet.header {
        let mut frame = Vec::with_capacity(14 + header.len() + packet.payload.len());
        frame.extend(destination.0);
        frame.extend(ends.source.0);
        frame.extend([0x08, 0x00]);
        frame.extend(header.iter());
        frame.extend(packet.payload.iter());
        return frame;
    }
    let Some(ip) = ip(packet.source, packet.destination, packet.hop_limit) else {
        return Vec::new();
    };
    let mut frame = Vec::with_capacity(54 + packet.payload.len());
    let builder = PacketBuilder::ethernet2(ends.source.0, destination.0).ip(ip);
    // Writing to a vector does not fail, and no advert is as long as a datagram may be.
    let _ = builder.write(&mut frame, IpNumber(vrrp::PROTOCOL), &packet.payload);
    frame
}

/// A gratuitous ARP, or an unsolicited neighbour advertisement of a router.
pub(crate) fn announcement(announce: &Announce) -> Vec<u8> {
    let mac = announce.mac;
    match announce.address {
        IpAddr::V4(address) => arp::Repr { mac, address }.frame().to_vec(),
        IpAddr::V6(address) => {
            let repr = ndp::Repr {
                mac,
                address,
                router: true,
            };
            repr.frame().to_vec()
        }
    }
}

/// A BFD packet, from the first of the ports that it may come from.
pub(crate) fn bfd(ends: Ends, source: IpAddr, packet: &TransmitBfd) -> Vec<u8> {
    let Some(ip) = ip(source, packet.destination, packet.hop_limit) else {
        return Vec::new();
    };
    let destination = hardware(packet.destination, ends.neighbour);
    let builder = PacketBuilder::ethernet2(ends.source.0, destination.0)
        .ip(ip)
        .udp(*SOURCE_PORTS.start(), packet.port);
    let mut frame = Vec::with_capacity(62 + packet.payload.len());
    // Writing to a vector does not fail, and no packet is as long as a datagram may be.
    let _ = builder.write(&mut frame, &packet.payload);
    frame
}

/// The header of an atomic datagram (RFC 6864 4.1) with keepalived's traffic class; `None` when
/// the two addresses are of different families, which no kernel sends.
fn ip(source: IpAddr, destination: IpAddr, hop_limit: u8) -> Option<IpHeaders> {
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut header = Ipv4Header {
                source: source.octets(),
                destination: destination.octets(),
                time_to_live: hop_limit,
                dont_fragment: true,
                ..Ipv4Header::default()
            };
            header.dscp = etherparse::IpDscp::CS6;
            Some(IpHeaders::Ipv4(
                header,
                etherparse::Ipv4Extensions::default(),
            ))
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let header = Ipv6Header {
                traffic_class: ipv4::CLASS_CONTROL,
                flow_label: Ipv6FlowLabel::ZERO,
                source: source.octets(),
                destination: destination.octets(),
                hop_limit,
                ..Ipv6Header::default()
            };
            Some(IpHeaders::Ipv6(
                header,
                etherparse::Ipv6Extensions::default(),
            ))
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

/// The hardware address that a packet goes to: a group's own (RFC 1112 6.4, RFC 2464 7), or the
/// neighbour's.
fn hardware(destination: IpAddr, neighbour: Mac) -> Mac {
    match destination {
        IpAddr::V4(group) if group.is_multicast() => group_of_v4(group),
        IpAddr::V6(group) if group.is_multicast() => group_of_v6(group),
        IpAddr::V4(_) | IpAddr::V6(_) => neighbour,
    }
}

const fn group_of_v4(group: Ipv4Addr) -> Mac {
    let [_, b, c, d] = group.octets();
    Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d])
}

const fn group_of_v6(group: Ipv6Addr) -> Mac {
    let bytes = group.octets();
    Mac([0x33, 0x33, bytes[12], bytes[13], bytes[14], bytes[15]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transmit(source: &str, destination: &str) -> Transmit {
        Transmit {
            interface: "eth0".parse().unwrap(),
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            hop_limit: 255,
            header: None,
            payload: [0x21, 51, 100, 0, 0, 1, 0, 0].into(),
        }
    }

    const ENDS: Ends = Ends {
        source: Mac([2, 0, 0, 0, 0, 1]),
        neighbour: Mac([2, 0, 0, 0, 1, 1]),
    };

    #[test]
    fn groups_have_hardware_addresses_of_their_own_and_hosts_have_theirs() {
        let four = advert(ENDS, &transmit("192.0.2.1", "224.0.0.18"));
        assert_eq!(four[..6], [0x01, 0, 0x5e, 0, 0, 18]);
        let six = advert(ENDS, &transmit("fe80::1", "ff02::12"));
        assert_eq!(six[..6], [0x33, 0x33, 0, 0, 0, 0x12]);
        let unicast = advert(ENDS, &transmit("192.0.2.1", "192.0.2.2"));
        assert_eq!(unicast[..6], ENDS.neighbour.0);
    }

    #[test]
    fn the_headers_are_the_kernels() {
        let frame = advert(ENDS, &transmit("192.0.2.1", "224.0.0.18"));
        let ip = ipv4::Packet::parse(&frame[14..]).unwrap();
        assert_eq!((ip.protocol(), ip.hop_limit()), (112, 255));
        assert_eq!(ip.header()[1], ipv4::CLASS_CONTROL);
        assert_eq!(ip.payload().len(), 8);
        let frame = advert(ENDS, &transmit("fe80::1", "ff02::12"));
        assert_eq!(frame[14..16], [0x6c, 0], "version 6, class 0xc0");
        assert_eq!(frame[18..22], [0, 8, 112, 255]);
    }

    #[test]
    fn two_families_in_one_packet_are_on_no_wire() {
        assert!(advert(ENDS, &transmit("192.0.2.1", "ff02::12")).is_empty());
    }
}
