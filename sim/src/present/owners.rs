//! Who carries which virtual address, as the log tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use bellwether_core::unit::IfName;

use crate::fault::Fault;
use crate::log::{Entry, NodeId, Process, What};

/// The kernels' addresses while a log is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    carried: BTreeSet<(IpAddr, NodeId, IfName)>,
    dark_links: BTreeSet<(NodeId, IfName)>,
    off: BTreeSet<NodeId>,
    /// The interface that goes with all that it has: its loss of carrier is the next entry.
    going: Option<IfName>,
    /// Addresses that somebody has carried before.
    seen: BTreeSet<IpAddr>,
}

impl Owners {
    /// Takes one entry in.
    pub(super) fn read(&mut self, entry: &Entry) {
        if let What::Fault(fault) = &entry.what {
            self.going = None;
            if let Fault::InterfaceGone { interface, .. } = **fault {
                self.going = Some(interface);
            }
        }
        let Some(node) = entry.node else {
            return;
        };
        if let What::AddressAdded(key) = &entry.what {
            self.carried.insert((key.address, node, key.interface));
            self.seen.insert(key.address);
        } else if let What::AddressRemoved(key) = &entry.what {
            self.carried.remove(&(key.address, node, key.interface));
        } else if let What::Link { interface, up } = &entry.what {
            if *up {
                self.dark_links.remove(&(node, *interface));
            } else {
                self.dark_links.insert((node, *interface));
                if self.going.take() == Some(*interface) {
                    self.carried
                        .retain(|(_, own, on)| (*own, on) != (node, interface));
                }
            }
        } else if let What::Process(process) = &entry.what {
            if *process == Process::PoweredOff {
                self.carried.retain(|(_, carrier, _)| *carrier != node);
                self.off.insert(node);
            } else if matches!(process, Process::PoweredOn | Process::Started) {
                self.off.remove(&node);
            }
        }
    }

    /// The nodes that carry `address` where the segment can see it.
    pub(super) fn of(&self, address: IpAddr) -> Vec<NodeId> {
        self.of_those(address, |_, _| true)
    }

    /// The nodes that carry `address` where the segment can see it, on an interface that `counts`.
    pub(super) fn of_those(
        &self,
        address: IpAddr,
        counts: impl Fn(NodeId, IfName) -> bool,
    ) -> Vec<NodeId> {
        let visible = self.carried.iter().filter(|(carried, node, interface)| {
            *carried == address
                && counts(*node, *interface)
                && !self.dark_links.contains(&(*node, *interface))
                && !self.off.contains(node)
        });
        let mut nodes: Vec<NodeId> = visible.map(|(_, node, _)| *node).collect();
        nodes.dedup();
        nodes
    }

    /// Whether anybody has carried `address` so far.
    pub(super) fn was_seen(&self, address: IpAddr) -> bool {
        self.seen.contains(&address)
    }
}

/// For how many addresses, since when.
pub(super) type Since = BTreeMap<IpAddr, bellwether_core::Instant>;
