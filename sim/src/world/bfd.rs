//! BFD packets on the LAN: each goes to the one node that has the address that it is for.

use std::net::IpAddr;

use bellwether_core::Event;
use bellwether_core::bfd::{ReceivedBfd, TransmitBfd};
use bellwether_core::track::TrackerKind;
use bellwether_core::unit::Mac;

use super::World;
use super::host::Input;
use super::queue::{Class, Happening};
use crate::capture::Copy;
use crate::kernel::{Interface, Kernel};
use crate::lan::SegmentId;
use crate::lan::link::Kind;
use crate::log::{NodeId, What};

/// How many packets wait for a paused process before its socket drops new ones.
const SOCKET_BUFFER: usize = 256;

impl World {
    /// A node sends a BFD packet.
    pub(super) fn transmit_bfd(&mut self, node: NodeId, packet: &TransmitBfd) {
        let kernel = &self.hosts[node.index()].kernel;
        let Some((port, source)) = route(kernel, packet) else {
            return;
        };
        let (segment, mac) = (port.segment, port.link.mac);
        let mut copies = Vec::new();
        let received = ReceivedBfd {
            source,
            port: packet.port,
            hop_limit: packet.hop_limit,
            payload: packet.payload.clone(),
        };
        for place in 0..self.hosts.len() {
            let to = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            let has = |own: &Interface| {
                own.segment == segment && own.link.up && own.holds(packet.destination)
            };
            let there = &self.hosts[place];
            if to == node || !there.powered || !there.kernel.interfaces.iter().any(has) {
                continue;
            }
            let link = self.lan.link_mut(segment, node.into(), to.into());
            let carried = link.carry(Kind::Other);
            if self.is_tapped() {
                copies.push(Copy::over(to.into(), self.now, carried));
            }
            let Ok(passage) = carried else {
                continue;
            };
            for delay in [Some(passage.delay), passage.copy].into_iter().flatten() {
                let received = received.clone();
                let happening = Happening::Bfd {
                    to,
                    segment,
                    received,
                };
                self.queue.push(self.now + delay, Class::Packet, happening);
            }
        }
        if self.is_tapped() {
            let sent = Sent {
                segment,
                source,
                mac,
                packet,
            };
            self.tap_bfd(node.into(), &sent, copies);
        }
    }

    /// A BFD packet arrives at a node.
    pub(super) fn deliver_bfd(&mut self, node: NodeId, segment: SegmentId, received: ReceivedBfd) {
        let host = &self.hosts[node.index()];
        let mut plugged = host.kernel.interfaces.iter();
        let carrier = plugged.any(|own| own.segment == segment && own.link.up);
        let Some(process) = host.process.as_ref().filter(|_| carrier) else {
            return;
        };
        let listens = process
            .followed
            .iter()
            .any(|own| own.kind == TrackerKind::Bfd);
        let full = process.paused && process.inbox.len() >= SOCKET_BUFFER;
        if listens && !full {
            self.input(node, Input::Event(Event::ReceiveBfd(received)));
        }
    }

    /// A process is about to hear a BFD packet.
    pub(super) fn note_bfd(&mut self, node: NodeId, received: &ReceivedBfd) {
        let source = received.source;
        self.note(Some(node), What::BfdHeard { source });
    }
}

/// A packet as it leaves.
pub(super) struct Sent<'a> {
    /// The segment that it goes out on.
    pub(super) segment: SegmentId,
    /// The address that it comes from.
    pub(super) source: IpAddr,
    /// The hardware address that it comes from.
    pub(super) mac: Mac,
    /// The packet.
    pub(super) packet: &'a TransmitBfd,
}

/// The interface that a packet goes out by, and the address that it comes from.
fn route<'a>(kernel: &'a Kernel, packet: &TransmitBfd) -> Option<(&'a Interface, IpAddr)> {
    let mut ports = kernel.interfaces.iter().filter(|own| own.link.up);
    ports.find_map(|port| {
        let mut own = port.addresses.iter().map(|own| &own.key);
        let source = own.find(|key| match packet.source {
            Some(source) => key.address == source,
            None => same_net(key.address, packet.destination, key.prefix_len),
        });
        Some((port, source?.address))
    })
}

fn same_net(one: IpAddr, other: IpAddr, prefix_len: u8) -> bool {
    let shift = |bits: u32, most: u32| most.saturating_sub(bits);
    let prefix = u32::from(prefix_len);
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            let differing = u32::from(one) ^ u32::from(other);
            differing.checked_shr(shift(prefix, 32)).unwrap_or(0) == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differing = u128::from(one) ^ u128::from(other);
            differing.checked_shr(shift(prefix, 128)).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_net_is_as_wide_as_its_prefix_is_short() {
        let four = |text: &str| -> IpAddr { text.parse().unwrap() };
        assert!(same_net(four("192.0.2.1"), four("192.0.2.254"), 24));
        assert!(!same_net(four("192.0.2.1"), four("192.0.3.1"), 24));
        assert!(same_net(four("192.0.2.1"), four("10.0.0.1"), 0));
        assert!(!same_net(four("192.0.2.1"), four("192.0.2.2"), 32));
        assert!(same_net(four("fe80::1"), four("fe80::2"), 64));
    }
}
