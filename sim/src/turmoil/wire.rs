//! The wires between hosts: loss by order and delay, in front of turmoil's `send_to`.
//!
//! Cuts are turmoil's own partitions. Its random loss stays off: it heals one-way cuts, and can't
//! lose two adverts in a row.

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use turmoil::net::UdpSocket;

use super::envelope::Envelope;
use super::ports::{GROUP, PORT};
use crate::log::NodeId;

/// All wires of a run.
#[derive(Debug)]
pub(super) struct Wires {
    /// The hosts' addresses in turmoil, by place.
    pub(super) hosts: Vec<IpAddr>,
    /// What every wire's delay is unless something else is ordered.
    pub(super) delay: Duration,
    /// The wires of which something is ordered, by their two ends.
    orders: BTreeMap<(NodeId, NodeId), Order>,
}

/// What is ordered of one wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// This many adverts are still to be lost.
    pub(super) lose_next: u32,
    /// The next advert of priority 0 is to be lost.
    pub(super) lose_resignation: bool,
    /// How long frames take, if not as long as by default.
    pub(super) delay: Option<Duration>,
}

impl Order {
    /// Whether the wire loses this advert; counts it if so.
    fn loses(&mut self, resignation: bool) -> bool {
        if self.lose_next > 0 {
            self.lose_next -= 1;
            return true;
        }
        resignation && core::mem::take(&mut self.lose_resignation)
    }
}

impl Wires {
    pub(super) fn new(hosts: Vec<IpAddr>, delay: Duration) -> Self {
        Self {
            hosts,
            delay,
            orders: BTreeMap::new(),
        }
    }

    /// What is ordered of the wire between these two, to be changed.
    pub(super) fn order(&mut self, from: NodeId, to: NodeId) -> &mut Order {
        self.orders.entry((from, to)).or_default()
    }

    /// Takes back what was ordered of one wire.
    pub(super) fn heal(&mut self, from: NodeId, to: NodeId) {
        self.orders.remove(&(from, to));
    }

    /// Takes back all orders.
    pub(super) fn heal_all(&mut self) {
        self.orders.clear();
    }

    /// Sends an envelope to every other host: by multicast while nothing is ordered of the
    /// sender's wires, else to each host as its wire will have it.
    pub(super) fn send(&mut self, socket: &UdpSocket, from: NodeId, mut envelope: Envelope) {
        let sent_at = envelope.arrives_at;
        envelope.arrives_at = sent_at + self.delay;
        if !self.orders.keys().any(|(sender, _)| *sender == from) {
            // A datagram that can't be sent is lost, as a frame is.
            let _lost = socket.try_send_to(&envelope.to_bytes(), (IpAddr::V4(GROUP), PORT));
            return;
        }
        let resignation = envelope.payload.get(2) == Some(&0);
        for (place, host) in self.hosts.iter().enumerate() {
            let Some(to) = u16::try_from(place).ok().map(NodeId) else {
                continue;
            };
            let mut delay = self.delay;
            if let Some(order) = self.orders.get_mut(&(from, to)) {
                if order.loses(resignation) {
                    continue;
                }
                delay = order.delay.unwrap_or(delay);
            }
            if to != from {
                envelope.arrives_at = sent_at + delay;
                let target = SocketAddr::new(*host, PORT);
                let _lost = socket.try_send_to(&envelope.to_bytes(), target);
            }
        }
    }
}
