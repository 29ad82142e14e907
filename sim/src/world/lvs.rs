//! Checks of real servers, and the tables of services.
//!
//! A check is made by the machine and not by the network that VRRP runs on: real servers are behind
//! another one, which no fault cuts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::Event;
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, ServiceKey};
use bellwether_core::lvs::{ProbeId, ProbeSpec};

use super::World;
use super::host::Input;
use super::queue::ForProcess;
use crate::fault::TableEvent;
use crate::log::{NodeId, What};

impl World {
    /// A node begins to check a real server.
    pub(super) fn start_probe(
        &mut self,
        node: NodeId,
        probe: ProbeId,
        spec: Arc<ProbeSpec>,
        page: Option<u16>,
    ) {
        let ending = self.backends.meet(&spec, page);
        self.note(Some(node), What::ProbeStarted { probe, spec });
        if let Some(result) = ending.result {
            self.later(node, ending.after, ForProcess::Probe { probe, result });
        }
    }

    /// A node's kernel changes its table.
    pub(super) fn change_table(&mut self, node: NodeId, op: &IpvsOp) -> Result<(), IpvsError> {
        self.hosts[node.index()].kernel.change_table(op)?;
        self.note(Some(node), What::TableChanged(Box::new(op.clone())));
        Ok(())
    }

    /// A node's kernel lists its table.
    pub(super) fn list_table(&mut self, node: NodeId) {
        let kernel = &self.hosts[node.index()].kernel;
        let found = if kernel.has_ipvs {
            Ok(Box::new(kernel.table.clone()))
        } else {
            Err(IpvsError::Unavailable)
        };
        self.input(node, Input::Event(Event::Table(found)));
    }

    /// Something happens to a node's table.
    pub(super) fn happen_to_table(&mut self, node: NodeId, event: TableEvent) {
        match event {
            TableEvent::Cleared => self.by_hand(node, &IpvsOp::Flush),
            TableEvent::Without(address) => self.remove_destination(node, address),
            TableEvent::Gone => {
                self.by_hand(node, &IpvsOp::Flush);
                self.hosts[node.index()].kernel.has_ipvs = false;
            }
            TableEvent::Back => self.hosts[node.index()].kernel.has_ipvs = true,
        }
    }

    /// Somebody removes a real server from all services of a node's table by hand.
    fn remove_destination(&mut self, node: NodeId, address: IpAddr) {
        let services = &self.hosts[node.index()].kernel.table.services;
        let of = |(service, entry): (&ServiceKey, &bellwether_core::kernel::ipvs::Entry)| {
            let keys = entry
                .destinations
                .keys()
                .filter(|key| key.address == address);
            keys.map(|key| IpvsOp::RemoveDestination(*service, *key))
                .collect::<Vec<_>>()
        };
        let ops: Vec<_> = services.iter().flat_map(of).collect();
        for op in ops {
            self.by_hand(node, &op);
        }
    }

    /// Somebody else changes a node's table; no refusal is in store for that.
    fn by_hand(&mut self, node: NodeId, op: &IpvsOp) {
        let done = self.hosts[node.index()].kernel.table.apply(op).is_ok();
        if done {
            self.note(Some(node), What::TableChanged(Box::new(op.clone())));
        }
    }

    /// What a node's table has: services, and the weights of their destinations.
    #[must_use]
    pub fn table(&self, node: NodeId) -> BTreeMap<ServiceKey, BTreeMap<IpAddr, u32>> {
        let services = self.hosts[node.index()].kernel.table.services.iter();
        let weights = |entry: &bellwether_core::kernel::ipvs::Entry| {
            let all = entry.destinations.values();
            all.map(|own| (own.key.address, own.weight)).collect()
        };
        services
            .map(|(key, entry)| (*key, weights(entry)))
            .collect()
    }

    /// How real servers behave.
    #[must_use]
    pub const fn backends(&self) -> &crate::backend::Backends {
        &self.backends
    }
}
