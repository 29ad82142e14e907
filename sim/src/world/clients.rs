//! Clients: what gratuitous ARP tells them, and how they make sure from time to time.

use bellwether_core::unit::Mac;

use super::World;
use super::queue::{Class, Happening};
use crate::lan::client::{CacheEntry, REVALIDATE};
use crate::lan::link::Kind;
use crate::log::{NodeId, StationId, What};
use crate::random::Stream;

impl World {
    /// What a client knows of a virtual address.
    #[must_use]
    pub fn cache(&self, client: StationId, vip: usize) -> Option<&CacheEntry> {
        let place = client.index().checked_sub(self.hosts.len())?;
        self.lan.clients.get(place)?.cache.get(vip)
    }

    /// The node that a client sends to for a virtual address.
    #[must_use]
    pub fn client_reaches(&self, client: StationId, vip: usize) -> Option<NodeId> {
        let entry = self.cache(client, vip)?;
        let port = self.lan.switches[entry.segment.0].port(entry.mac?)?;
        (port.index() < self.hosts.len()).then_some(NodeId(port.0))
    }

    /// Each client makes sure of each address for the first time at an instant of its own.
    pub(super) fn schedule_clients(&mut self, seed: u64) {
        for client in self.scenario.stations_of_clients() {
            let name = self.stations[client.index()].clone();
            let mut stream = Stream::new(seed, &["revalidate", name.as_str()]);
            for vip in 0..self.topology.vips.len() {
                let at = self.now + stream.span(REVALIDATE);
                let revalidate = Happening::Revalidate { client, vip };
                self.queue.push(at, Class::Timer, revalidate);
            }
        }
    }

    /// A gratuitous ARP arrives. It makes an entry as well as changing one (`arp_accept`).
    pub(super) fn client_hears(&mut self, from: NodeId, client: StationId, vip: usize, mac: Mac) {
        self.learn(client, vip, Some((from, mac)));
    }

    /// A gratuitous ARP was lost on its way to a client.
    pub(super) fn client_misses(&mut self, client: StationId, vip: usize) {
        if let Some(entry) = self.cache_mut(client, vip) {
            entry.missed = true;
        }
    }

    /// Probes the station that a client knows; asks everybody when that does not answer.
    pub(super) fn revalidate(&mut self, client: StationId, vip: usize) {
        let at = self.now + REVALIDATE;
        let again = Happening::Revalidate { client, vip };
        self.queue.push(at, Class::Timer, again);
        let known = self.client_reaches(client, vip);
        if known.is_some_and(|node| self.answer(client, vip, node).is_some()) {
            return;
        }
        let mut best: Option<(core::time::Duration, NodeId, Mac)> = None;
        for place in 0..self.hosts.len() {
            let node = NodeId(u16::try_from(place).unwrap_or(u16::MAX));
            let Some((delay, mac)) = self.answer(client, vip, node) else {
                continue;
            };
            if best.is_none_or(|(known, ..)| delay < known) {
                best = Some((delay, node, mac));
            }
        }
        self.learn(client, vip, best.map(|(_, node, mac)| (node, mac)));
    }

    /// A node's answer to a client's request: how long it takes, and which hardware address.
    fn answer(
        &mut self,
        client: StationId,
        vip: usize,
        node: NodeId,
    ) -> Option<(core::time::Duration, Mac)> {
        let (segment, address) = {
            let of = &self.topology.vips[vip];
            (of.segment, of.address)
        };
        let host = &self.hosts[node.index()];
        if !host.powered || !host.kernel.answers(segment, address) {
            return None;
        }
        let port = host
            .kernel
            .interfaces
            .iter()
            .find(|own| own.segment == segment && own.holds(address))?;
        let mac = port.link.mac;
        let station = StationId::from(node);
        let there = self.lan.link_mut(segment, client, station);
        let there = there.carry(Kind::Other);
        let back = self.lan.link_mut(segment, station, client);
        let back = back.carry(Kind::Other);
        let (Ok(there), Ok(back)) = (there, back) else {
            self.client_misses(client, vip);
            return None;
        };
        self.lan.switches[segment.0].learn(mac, station);
        Some((there.delay.saturating_add(back.delay), mac))
    }

    fn learn(&mut self, client: StationId, vip: usize, found: Option<(NodeId, Mac)>) {
        let now = self.now;
        let Some(entry) = self.cache_mut(client, vip) else {
            return;
        };
        entry.heard_at = now;
        // Who hears nothing because it was lost has missed it.
        entry.missed &= found.is_none();
        let mac = found.map(|(_, mac)| mac);
        if entry.mac == mac {
            return;
        }
        entry.mac = mac;
        let learned = What::ClientArp {
            client,
            address: entry.address,
            node: found.map(|(node, _)| node),
        };
        self.note(None, learned);
    }

    fn cache_mut(&mut self, client: StationId, vip: usize) -> Option<&mut CacheEntry> {
        let place = client.index().checked_sub(self.hosts.len())?;
        self.lan.clients.get_mut(place)?.cache.get_mut(vip)
    }
}
