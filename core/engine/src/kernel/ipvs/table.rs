//! A kernel's table without a kernel: what the simulator plays, and what the real one is held to.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{
    Daemon, Destination, DestinationKey, IpvsError, IpvsOp, Method, Netmask, Role, Service,
    ServiceKey, Timeouts,
};
use crate::model::lvs::Tunnel;
use crate::unit::Family;

/// The largest weight; the kernel's is a signed number of 32 bits.
const MAX_WEIGHT: u32 = 0x7fff_ffff;

/// The table of one network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// All services.
    #[serde(with = "crate::serial::pairs")]
    pub services: BTreeMap<ServiceKey, Entry>,
    /// The daemons that run: at most one of each role.
    pub daemons: BTreeMap<Role, Daemon>,
    /// The connection timeouts.
    pub timeouts: Timeouts,
}

/// A service and its destinations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The service.
    pub service: Service,
    /// Its destinations.
    #[serde(with = "crate::serial::pairs")]
    pub destinations: BTreeMap<DestinationKey, Destination>,
}

impl Entry {
    /// A service without destinations.
    #[must_use]
    pub const fn new(service: Service) -> Self {
        Self {
            service,
            destinations: BTreeMap::new(),
        }
    }
}

impl Table {
    /// Changes the table as the kernel would.
    ///
    /// Whether a scheduler or an interface exists is not known here: every name does.
    ///
    /// # Errors
    ///
    /// Those of the kernel; the table is as it was.
    pub fn apply(&mut self, op: &IpvsOp) -> Result<(), IpvsError> {
        match op {
            IpvsOp::AddService(service) => self.add_service(service),
            IpvsOp::SetService(service) => self.set_service(service),
            IpvsOp::RemoveService(key) => match self.services.remove(key) {
                Some(_) => Ok(()),
                None => Err(IpvsError::NoService),
            },
            IpvsOp::AddDestination(key, destination) => self.add_destination(key, destination),
            IpvsOp::SetDestination(key, destination) => self.set_destination(key, destination),
            IpvsOp::RemoveDestination(key, destination) => {
                match self.entry(key)?.destinations.remove(destination) {
                    Some(_) => Ok(()),
                    None => Err(IpvsError::NoDestination),
                }
            }
            IpvsOp::Flush => {
                self.services.clear();
                Ok(())
            }
            IpvsOp::Zero(None) => Ok(()),
            IpvsOp::Zero(Some(key)) => self.entry(key).map(drop),
            IpvsOp::StartDaemon(daemon) => self.start_daemon(*daemon),
            IpvsOp::StopDaemon(role) => match self.daemons.remove(role) {
                Some(_) => Ok(()),
                None => Err(IpvsError::NoDaemon),
            },
            IpvsOp::SetTimeouts(timeouts) => {
                self.set_timeouts(*timeouts);
                Ok(())
            }
        }
    }

    fn entry(&mut self, key: &ServiceKey) -> Result<&mut Entry, IpvsError> {
        self.services.get_mut(key).ok_or(IpvsError::NoService)
    }

    fn add_service(&mut self, service: &Service) -> Result<(), IpvsError> {
        match self.services.entry(service.key) {
            Slot::Occupied(_) => Err(IpvsError::ServiceExists),
            Slot::Vacant(slot) => {
                check_service(service)?;
                slot.insert(Entry::new(service.clone()));
                Ok(())
            }
        }
    }

    fn set_service(&mut self, service: &Service) -> Result<(), IpvsError> {
        let entry = self.entry(&service.key)?;
        check_service(service)?;
        entry.service = service.clone();
        Ok(())
    }

    fn add_destination(
        &mut self,
        key: &ServiceKey,
        destination: &Destination,
    ) -> Result<(), IpvsError> {
        let synchronised = !self.daemons.is_empty();
        let entry = self.entry(key)?;
        check_destination(key, destination, synchronised)?;
        match entry.destinations.entry(destination.key) {
            Slot::Occupied(_) => Err(IpvsError::DestinationExists),
            Slot::Vacant(_) if !is_unicast(destination.key.address) => Err(IpvsError::Invalid),
            Slot::Vacant(slot) => {
                slot.insert(*destination);
                Ok(())
            }
        }
    }

    fn set_destination(
        &mut self,
        key: &ServiceKey,
        destination: &Destination,
    ) -> Result<(), IpvsError> {
        let synchronised = !self.daemons.is_empty();
        let entry = self.entry(key)?;
        check_destination(key, destination, synchronised)?;
        let slot = entry.destinations.get_mut(&destination.key);
        *slot.ok_or(IpvsError::NoDestination)? = *destination;
        Ok(())
    }

    fn start_daemon(&mut self, daemon: Daemon) -> Result<(), IpvsError> {
        let mixed = |entry: &Entry| {
            let family = entry.service.key.family();
            entry.destinations.keys().any(|key| is_foreign(family, key))
        };
        // The messages between the daemons have no room for a destination of another family.
        if self.services.values().any(mixed) {
            return Err(IpvsError::Invalid);
        }
        match self.daemons.entry(daemon.role) {
            Slot::Occupied(_) => Err(IpvsError::DaemonRuns),
            Slot::Vacant(slot) => {
                slot.insert(daemon);
                Ok(())
            }
        }
    }

    const fn set_timeouts(&mut self, timeouts: Timeouts) {
        if timeouts.tcp != 0 {
            self.timeouts.tcp = timeouts.tcp;
        }
        if timeouts.tcp_fin != 0 {
            self.timeouts.tcp_fin = timeouts.tcp_fin;
        }
        if timeouts.udp != 0 {
            self.timeouts.udp = timeouts.udp;
        }
    }
}

fn check_service(service: &Service) -> Result<(), IpvsError> {
    match service.persistence {
        Some(persistence) if !fits(&service.key, persistence.mask) => Err(IpvsError::Invalid),
        Some(_) | None => Ok(()),
    }
}

/// Whether the kernel takes this mask for clients of this service.
fn fits(key: &ServiceKey, mask: Netmask) -> bool {
    mask.family() == key.family() && !matches!(mask, Netmask::V6(0 | 129..))
}

fn check_destination(
    key: &ServiceKey,
    destination: &Destination,
    synchronised: bool,
) -> Result<(), IpvsError> {
    let is_tunnel = matches!(destination.method, Method::Tunnel(_));
    if is_foreign(key.family(), &destination.key) && (synchronised || !is_tunnel) {
        return Err(IpvsError::Invalid);
    }
    if destination.weight > MAX_WEIGHT || destination.lthreshold > destination.uthreshold {
        return Err(IpvsError::OutOfRange);
    }
    if let Method::Tunnel(Tunnel::Gue { port: 0, .. }) = destination.method {
        return Err(IpvsError::Invalid);
    }
    Ok(())
}

/// Whether the address is one host's, and not only on one link.
fn is_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_multicast() || address.is_broadcast() || address.is_unspecified())
        }
        IpAddr::V6(address) => !(address.is_multicast() || address.is_unicast_link_local()),
    }
}

fn is_foreign(family: Family, key: &DestinationKey) -> bool {
    Family::of(key.address) != family
}
