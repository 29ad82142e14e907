//! What can be asked of a world at one instant.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::status::NodeStatus;
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;

use super::{LabError, Snapshot, snapshot};
use crate::expectation;
use crate::log::{Entry, NodeId};
use crate::scenario::ScenarioError;
use crate::world::World;

/// A world at one instant, with its log: what [`super::Rule`]s look at.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    world: &'a World,
    log: &'a [Entry],
    fresh: &'a [Entry],
}

impl<'a> Moment<'a> {
    pub(super) const fn new(world: &'a World, log: &'a [Entry], fresh: &'a [Entry]) -> Self {
        Self { world, log, fresh }
    }

    /// The time since the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.world.now().since(Instant::ZERO)
    }

    /// All that has happened so far, in order.
    #[must_use]
    pub const fn log(&self) -> &'a [Entry] {
        self.log
    }

    /// What has happened since a rule looked last; the end of [`Self::log`].
    #[must_use]
    pub const fn fresh(&self) -> &'a [Entry] {
        self.fresh
    }

    /// The nodes that are master of a virtual router, by the name that any node calls it: running,
    /// not paused, in state MASTER.
    ///
    /// # Errors
    ///
    /// When no node has such an instance.
    pub fn masters(&self, instance: &str) -> Result<Vec<&'a str>, LabError> {
        let group = self.world.topology().group_named(&instance.into());
        let group = group.ok_or_else(|| no_instance(instance))?;
        let masters = expectation::masters(self.world, group);
        Ok(masters.into_iter().map(|node| self.name(node)).collect())
    }

    /// The nodes whose kernels carry an address and have power and a carrier, whatever their
    /// processes think; empty for what is no address.
    #[must_use]
    pub fn owners(&self, address: &str) -> Vec<&'a str> {
        let Ok(address) = address.parse::<IpAddr>() else {
            return Vec::new();
        };
        let carries = |host: &&crate::world::host::Host| {
            let mut ports = host.kernel.interfaces.iter();
            host.powered && ports.any(|port| port.link.up && port.holds(address))
        };
        let owners = self.world.hosts().iter().filter(carries);
        owners.map(|host| host.name.as_str()).collect()
    }

    /// The node that a client sends to for a virtual address, as its ARP cache has it; `None` where it
    /// knows nobody, and for a client or an address that there is not.
    #[must_use]
    pub fn reached(&self, client: &str, address: &str) -> Option<&'a str> {
        let address: IpAddr = address.parse().ok()?;
        let client = self.world.station_named(&client.into())?;
        let vips = &self.world.topology().vips;
        let vip = vips.iter().position(|vip| vip.address == address)?;
        self.world
            .client_reaches(client, vip)
            .map(|node| self.name(node))
    }

    /// The state of an instance on a node; `None` where no process runs, or it runs another
    /// configuration by now.
    ///
    /// # Errors
    ///
    /// When there is no such node, or it never has such an instance.
    pub fn state(&self, node: &str, instance: &str) -> Result<Option<State>, LabError> {
        let place = self.node(node)?;
        let name = Name::from(instance);
        let mut members = self.world.topology().members.iter();
        if !members.any(|own| own.node == place && own.name == name) {
            return Err(no_instance(instance));
        }
        let process = self.world.host(place).process.as_ref();
        let mut instances = process.into_iter().flat_map(|own| own.node.instances());
        let found = instances.find(|own| own.config().name == name);
        Ok(found.map(bellwether_core::vrrp::Instance::state))
    }

    /// What `bellwether status` would tell of a node; `None` where no process runs. Its instants are
    /// those of the node's own clock.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn status(&self, node: &str) -> Result<Option<NodeStatus>, LabError> {
        let node = self.node(node)?;
        let process = self.world.host(node).process.as_ref();
        Ok(process.map(|own| own.node.status(self.world.local(node))))
    }

    /// All of it as data.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        snapshot::of(self.world)
    }

    /// The world itself.
    #[must_use]
    pub const fn world(&self) -> &'a World {
        self.world
    }

    fn node(&self, name: &str) -> Result<NodeId, LabError> {
        let name = Name::from(name);
        let found = self.world.node_named(&name);
        found.ok_or_else(|| ScenarioError::UnknownStation { name }.into())
    }

    fn name(&self, node: NodeId) -> &'a str {
        self.world.host(node).name.as_str()
    }
}

fn no_instance(instance: &str) -> LabError {
    let instance = instance.into();
    ScenarioError::UnknownInstance { instance }.into()
}
