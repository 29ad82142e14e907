//! One real server: its checkers' verdicts, and its weight.

use serde::{Deserialize, Serialize};

use super::ids::{CheckerId, ServiceId};
use super::words::ServerKey;
use crate::kernel::ipvs::{Destination, DestinationKey};
use crate::model::lvs::{Forwarding, RealServer};
use crate::time::Instant;

/// A real server and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServerState {
    pub(super) key: ServerKey,
    pub(super) service: ServiceId,
    /// As configured, without its checkers.
    pub(super) config: RealServer,
    pub(super) checkers: Vec<CheckerId>,
    /// How many of them find it down.
    pub(super) failing: u32,
    /// What its checkers add to its weight.
    pub(super) extra: i64,
    pub(super) up: bool,
    pub(super) since: Instant,
    /// Whether a first result has been told, or there is none to tell.
    pub(super) introduced: bool,
}

/// The largest weight; the kernel's is a signed number of 32 bits.
const MAX_WEIGHT: i64 = 0x7fff_ffff;

impl ServerState {
    /// Its weight with what its checkers say: keepalived adds up all of them.
    pub(super) fn weight(&self) -> u32 {
        let sum = i64::from(self.config.weight).saturating_add(self.extra);
        u32::try_from(sum.clamp(0, MAX_WEIGHT)).unwrap_or(0)
    }

    /// What it counts for its service's quorum.
    pub(super) fn live_weight(&self) -> u64 {
        if self.up { u64::from(self.weight()) } else { 0 }
    }

    /// It in the table of a service at this port, with this weight.
    pub(super) const fn destination(&self, port: u16, weight: u32) -> Destination {
        let RealServer {
            address,
            forwarding,
            uthreshold,
            lthreshold,
            ..
        } = self.config;
        let key = DestinationKey {
            address,
            port: port_in(forwarding, port, self.config.port),
        };
        Destination {
            key,
            method: super::service::method(forwarding),
            weight,
            uthreshold,
            lthreshold,
        }
    }
}

/// The port of a server in the table: without NAT it is the service's, whatever was written.
pub(super) const fn port_in(forwarding: Forwarding, service: u16, own: u16) -> u16 {
    match forwarding {
        Forwarding::Nat => own,
        Forwarding::Direct | Forwarding::Tunnel(_) => service,
    }
}
