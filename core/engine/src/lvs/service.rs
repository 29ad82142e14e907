//! One service: its quorum, and what it wants in the kernel's table.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::ids::{ServerId, ServiceId};
use super::server::{ServerState, port_in};
use crate::kernel::ipvs::{
    Destination, DestinationKey, Method, Netmask, Persistence, Service as TableService, ServiceKey,
};
use crate::model::lvs::{
    Forwarding, Protocol, Service, ServiceEntry, ServiceGroup, SorryServer, VirtualServer,
};
use crate::mutant::{self, Mutant};
use crate::time::Instant;

/// A service and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServiceState {
    pub(super) id: ServiceId,
    /// As configured, without its real servers.
    pub(super) config: VirtualServer,
    /// What it is in the kernel's table.
    pub(super) entries: Vec<ServiceKey>,
    pub(super) servers: Vec<ServerId>,
    /// Sum of the weights of the servers that are up.
    pub(super) live: u64,
    /// Whether it has its quorum.
    pub(super) quorum: bool,
    pub(super) since: Instant,
    /// Whether its address is on this node, as far as that matters.
    pub(super) present: bool,
}

impl ServiceState {
    /// Whether its checkers run.
    pub(super) const fn is_checked(&self) -> bool {
        self.present || !self.config.ha_suspend
    }

    /// The sorry server, while it serves.
    pub(super) fn serving_sorry(&self) -> Option<&SorryServer> {
        let sorry = self.config.sorry.as_deref();
        sorry.filter(|_| !self.quorum && !mutant::is_active(Mutant::NoSorryServer))
    }

    /// What its live weight means for its quorum. keepalived: gained from quorum and hysteresis on,
    /// lost below quorum less hysteresis, and whenever nothing is left.
    pub(super) fn quorum_now(&self) -> bool {
        let (quorum, hysteresis) = (
            u64::from(self.config.quorum),
            u64::from(self.config.hysteresis),
        );
        let hysteresis = if mutant::is_active(Mutant::HysteresisIgnored) {
            0
        } else {
            hysteresis
        };
        if self.quorum {
            self.live > 0 && self.live >= quorum.saturating_sub(hysteresis)
        } else {
            self.live > 0 && self.live >= quorum.saturating_add(hysteresis)
        }
    }

    /// The weight that a server is to have in the table, if it is to be there.
    pub(super) fn weight_of(&self, server: &ServerState) -> Option<u32> {
        if server.up && self.serving_sorry().is_none() {
            return Some(server.weight());
        }
        let inhibit = server.config.inhibit_on_failure && !mutant::is_active(Mutant::NoInhibit);
        inhibit.then_some(0)
    }

    /// The sorry server in the table of an entry, if it is to be there.
    pub(super) fn sorry_destination(&self, entry: ServiceKey) -> Option<Destination> {
        let sorry = self.config.sorry.as_deref()?;
        let weight = match self.serving_sorry() {
            Some(_) => 1,
            None if sorry.inhibit => 0,
            None => return None,
        };
        Some(Destination {
            weight,
            ..Destination::new(sorry_key(sorry, entry), method(sorry.forwarding))
        })
    }

    /// It in the kernel's table.
    pub(super) fn table_service(&self, key: ServiceKey) -> TableService {
        let config = &self.config;
        let mut service = TableService::new(key, config.scheduler);
        service.one_packet = config.one_packet;
        if let Some(persistence) = &config.persistence {
            let family = key.family();
            let mask = persistence.granularity;
            service.persistence = Some(Persistence {
                timeout: persistence.timeout,
                mask: mask.map_or(Netmask::host(family), |n| Netmask::prefix(family, n)),
            });
            service.engine = persistence.engine.clone();
        }
        service
    }

    /// Its addresses.
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.entries.iter().filter_map(|entry| match entry {
            ServiceKey::Address { address, .. } => Some(*address),
            ServiceKey::Fwmark { .. } => None,
        })
    }

    /// Whether it has an address at all: what has none can't be away.
    pub(super) fn has_addresses(&self) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| matches!(entry, ServiceKey::Address { .. }))
    }
}

/// What the kernel tells the sorry server of an entry by.
pub(super) const fn sorry_key(sorry: &SorryServer, entry: ServiceKey) -> DestinationKey {
    DestinationKey {
        address: sorry.address,
        port: port_in(sorry.forwarding, port_of(entry), sorry.port),
    }
}

/// The port of an entry; packets of a mark keep theirs.
pub(super) const fn port_of(entry: ServiceKey) -> u16 {
    match entry {
        ServiceKey::Address { port, .. } => port,
        ServiceKey::Fwmark { .. } => 0,
    }
}

pub(super) const fn method(forwarding: Forwarding) -> Method {
    match forwarding {
        Forwarding::Nat => Method::Masquerade,
        Forwarding::Direct => Method::Direct,
        Forwarding::Tunnel(tunnel) => Method::Tunnel(tunnel),
    }
}

/// What a service is in the kernel's table: one entry, or all of its group.
pub(super) fn entries(config: &VirtualServer, groups: &[ServiceGroup]) -> Vec<ServiceKey> {
    match &config.service {
        Service::Address {
            address,
            port,
            protocol,
        } => vec![ServiceKey::Address {
            protocol: *protocol,
            address: *address,
            port: *port,
        }],
        Service::Fwmark(mark) => vec![ServiceKey::Fwmark {
            family: config.family,
            mark: *mark,
        }],
        Service::Group { name, protocol } => {
            let group = groups.iter().find(|group| group.name == *name);
            let entries = group.into_iter().flat_map(|group| &group.entries);
            entries
                .flat_map(|entry| of_entry(entry, *protocol))
                .collect()
        }
    }
}

/// One service for each address and port of a range.
fn of_entry(entry: &ServiceEntry, protocol: Protocol) -> Vec<ServiceKey> {
    match entry {
        ServiceEntry::Fwmark { mark, family } => vec![ServiceKey::Fwmark {
            family: *family,
            mark: *mark,
        }],
        ServiceEntry::Range {
            first,
            count,
            ports: (low, high),
        } => {
            let addresses = (0..*count).filter_map(|step| advance(*first, step));
            let each = |address| {
                (*low..=*high).map(move |port| ServiceKey::Address {
                    protocol,
                    address,
                    port,
                })
            };
            addresses.flat_map(each).collect()
        }
    }
}

fn advance(first: IpAddr, step: u32) -> Option<IpAddr> {
    match first {
        IpAddr::V4(first) => first
            .to_bits()
            .checked_add(step)
            .map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(first) => {
            let bits = first.to_bits().checked_add(u128::from(step));
            bits.map(|bits| IpAddr::V6(bits.into()))
        }
    }
}
