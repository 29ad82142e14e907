//! Gratuitous ARP.
//!
//! A request from and for the announced address, broadcast. RFC 9568 6.4.1 asks for the virtual
//! MAC as target hardware address; keepalived and the field put ff:ff:ff:ff:ff:ff there, and so do
//! we (rule N1).

use std::net::Ipv4Addr;

use crate::unit::Mac;

/// Bytes of an Ethernet frame that carries ARP for IPv4, without padding.
pub const FRAME_LEN: usize = 42;

const ETHERTYPE_ARP: [u8; 2] = [0x08, 0x06];
const ETHERNET: [u8; 2] = [0, 1];
const IPV4: [u8; 2] = [0x08, 0x00];
const REQUEST: [u8; 2] = [0, 1];

/// A gratuitous ARP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Sender hardware address: where the address lives now.
    pub mac: Mac,
    /// Sender and target protocol address.
    pub address: Ipv4Addr,
}

impl Repr {
    /// The whole Ethernet frame.
    #[must_use]
    pub fn frame(&self) -> [u8; FRAME_LEN] {
        let mut frame = [0; FRAME_LEN];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            frame[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&Mac::BROADCAST.0);
        put(&self.mac.0);
        put(&ETHERTYPE_ARP);
        put(&ETHERNET);
        put(&IPV4);
        put(&[6, 4]);
        put(&REQUEST);
        put(&self.mac.0);
        put(&self.address.octets());
        put(&Mac::BROADCAST.0);
        put(&self.address.octets());
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etherparse_reads_the_frame_as_a_gratuitous_request() {
        let mac = Mac([2, 0, 0, 0, 0, 7]);
        let address = Ipv4Addr::new(192, 0, 2, 1);
        let frame = Repr { mac, address }.frame();
        let parsed = etherparse::SlicedPacket::from_ethernet(&frame).unwrap();
        let Some(etherparse::NetSlice::Arp(arp)) = parsed.net else {
            panic!("not ARP")
        };
        assert_eq!(arp.operation(), etherparse::ArpOperation::REQUEST);
        assert_eq!(arp.sender_hw_addr(), mac.0);
        assert_eq!(arp.sender_protocol_addr(), address.octets());
        assert_eq!(arp.target_protocol_addr(), address.octets());
        assert_eq!(arp.target_hw_addr(), [0xff; 6]);
    }
}
