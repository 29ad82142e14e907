//! Nodes from nothing but their configurations: who shares a LAN with whom.
//!
//! Deliberately absent: addresses; [`NodeSpec::new`] gives each interface one.

use std::collections::BTreeMap;

use bellwether_core::model::{Config, Instance};
use bellwether_core::unit::{Name, Vrid};

use super::NodeSpec;

/// Nodes of these names and configurations, on one LAN for each virtual router that they share.
#[must_use]
pub fn connected_nodes(configs: Vec<(String, Config)>) -> Vec<NodeSpec> {
    let mut nodes: Vec<NodeSpec> = Vec::new();
    for (place, (name, config)) in configs.into_iter().enumerate() {
        nodes.push(NodeSpec::new(&name, config, place));
    }
    plug_together(&mut nodes);
    nodes
}

/// Puts interfaces that play one virtual router on one segment, whatever each node calls its own.
///
/// Single interfaces of two nodes share a segment even if they have no VRID in common: two nodes
/// that were meant as a pair, and of which one has the wrong VRID, are on one LAN.
fn plug_together(nodes: &mut [NodeSpec]) {
    let mut by_vrid: BTreeMap<Vrid, Name> = BTreeMap::new();
    let mut sole: Option<Name> = None;
    for node in nodes {
        let instances: Vec<Instance> = node.config.instances().to_vec();
        let alone = node.interfaces.len() == 1;
        for (name, interface) in &mut node.interfaces {
            let own = || {
                instances
                    .iter()
                    .filter(|instance| instance.interface == *name)
            };
            let shared = own().find_map(|instance| by_vrid.get(&instance.vrid));
            let shared = shared.or(sole.as_ref().filter(|_| alone));
            if let Some(segment) = shared {
                interface.segment = segment.clone();
            }
            for instance in own() {
                by_vrid
                    .entry(instance.vrid)
                    .or_insert(interface.segment.clone());
            }
            if alone {
                sole.get_or_insert(interface.segment.clone());
            }
        }
    }
}
