//! A world at one instant, as data and as text.
//!
//! ```text
//! 12.000 s
//! lb1      down
//! lb2      running  web MASTER 100       192.0.2.100
//! client1  192.0.2.100 -> lb2
//! ```

use core::fmt;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::unit::{Name, Priority};
use bellwether_core::vrrp::State;
use serde::{Deserialize, Serialize};

use crate::world::World;
use crate::world::host::Host;

/// A world at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When, since the start.
    pub at: Instant,
    /// Every node, in the lab's order.
    pub nodes: Vec<NodeSnapshot>,
    /// What each client knows of each virtual address.
    pub clients: Vec<ClientSnapshot>,
}

/// A node at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSnapshot {
    /// Its name.
    pub name: Name,
    /// Its process.
    pub process: ProcessState,
    /// Its instances, in the configuration's order; none where no process runs.
    pub instances: Vec<InstanceSnapshot>,
    /// The addresses that its kernel carries beside its own, whoever put them there.
    pub addresses: Vec<IpAddr>,
}

/// What a node's process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessState {
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It does not run, and its kernel does.
    Down,
    /// The node has no power.
    Off,
}

/// An instance at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceSnapshot {
    /// Its name.
    pub name: Name,
    /// Its state.
    pub state: State,
    /// The priority that counts now.
    pub priority: Priority,
}

/// What a client knows of a virtual address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSnapshot {
    /// The client.
    pub name: Name,
    /// The address.
    pub address: IpAddr,
    /// The node that it sends to, if it knows one.
    pub node: Option<Name>,
}

/// The world as it is now.
pub(super) fn of(world: &World) -> Snapshot {
    let clients = world.scenario().stations_of_clients().flat_map(|client| {
        let vips = world.topology().vips.iter().enumerate();
        vips.map(move |(vip, of)| ClientSnapshot {
            name: world.stations()[client.index()].clone(),
            address: of.address,
            node: world
                .client_reaches(client, vip)
                .map(|node| world.host(node).name.clone()),
        })
    });
    Snapshot {
        at: world.now(),
        nodes: world.hosts().iter().map(node).collect(),
        clients: clients.collect(),
    }
}

fn node(host: &Host) -> NodeSnapshot {
    let process = host.process.as_ref();
    let instances = process.into_iter().flat_map(|own| own.node.instances());
    let added = host.kernel.interfaces.iter().flat_map(|port| {
        let held = port.addresses.iter().map(|own| own.key.address);
        held.filter(|address| !port.is_configured(*address))
    });
    NodeSnapshot {
        name: host.name.clone(),
        process: match process {
            Some(own) if own.paused => ProcessState::Paused,
            Some(_) => ProcessState::Running,
            None if host.powered => ProcessState::Down,
            None => ProcessState::Off,
        },
        instances: instances
            .map(|own| InstanceSnapshot {
                name: own.config().name.clone(),
                state: own.state(),
                priority: own.effective_priority(),
            })
            .collect(),
        addresses: added.collect(),
    }
}

impl fmt::Display for ProcessState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Down => "down",
            Self::Off => "off",
        })
    }
}

/// One line for each node and client.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.nodes.iter().map(|own| &own.name);
        let names = names.chain(self.clients.iter().map(|own| &own.name));
        let width = names.map(|name| name.as_str().len()).max().unwrap_or(0);
        writeln!(f, "{}", self.at)?;
        for node in &self.nodes {
            let mut line = format!("{:<width$}  {:<7}", node.name.as_str(), node.process);
            for own in &node.instances {
                line.push_str(&format!("  {} {} {}", own.name, own.state, own.priority));
            }
            for address in &node.addresses {
                line.push_str(&format!("  {address}"));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        for client in &self.clients {
            let node = client.node.as_ref().map_or("nobody", Name::as_str);
            let name = client.name.as_str();
            writeln!(f, "{name:<width$}  {} -> {node}", client.address)?;
        }
        Ok(())
    }
}
