//! Real servers, and how packets reach them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Checker;
use crate::model::Hook;
use crate::unit::Name;

/// A server that bears a service's load (keepalived: `real_server`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealServer {
    /// Its address.
    pub address: IpAddr,
    /// Its port. DR and TUN: the service's.
    pub port: u16,
    /// Its share, 0 to 2,147,483,647; 0 lets connections end and takes no new ones. Default 1.
    pub weight: u32,
    /// How packets reach it; default the service's.
    pub forwarding: Forwarding,
    /// Connections at which it takes no more; 0: no limit.
    pub uthreshold: u32,
    /// Connections at which it takes some again; 0: three quarters of the limit.
    pub lthreshold: u32,
    /// Whether it stays in the table with weight 0 while it is down.
    pub inhibit_on_failure: bool,
    /// Whether its changes are mailed; none: as the service says.
    pub mail: Option<bool>,
    /// What few servers have.
    pub extra: Option<Box<RealServerExtra>>,
    /// How it is checked; all must be well. None: it is always up.
    pub checkers: Vec<Checker>,
}

/// What few real servers have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealServerExtra {
    /// Told when it is up.
    pub notify_up: Option<Hook>,
    /// Told when it is down.
    pub notify_down: Option<Hook>,
    /// The host name of its HTTP checks; none: as the service says.
    pub virtualhost: Option<Name>,
    /// Its name for management systems.
    pub snmp_name: Option<Name>,
}

impl RealServer {
    /// A server with keepalived's defaults.
    #[must_use]
    pub const fn new(address: IpAddr, port: u16, forwarding: Forwarding) -> Self {
        Self {
            address,
            port,
            weight: 1,
            forwarding,
            uthreshold: 0,
            lthreshold: 0,
            inhibit_on_failure: false,
            mail: None,
            extra: None,
            checkers: Vec::new(),
        }
    }
}

/// The server when no quorum is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SorryServer {
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// How packets reach it; default the service's.
    pub forwarding: Forwarding,
    /// Whether it stays in the table with weight 0 while it is not needed.
    pub inhibit: bool,
}

/// How packets reach a server; keepalived's default is NAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Forwarding {
    /// By changing their destination.
    Nat,
    /// By direct routing: only the frame's destination changes.
    Direct,
    /// By wrapping them.
    Tunnel(Tunnel),
}

/// What packets are wrapped in; default ipip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tunnel {
    /// IP in IP.
    IpIp,
    /// Generic UDP encapsulation.
    Gue {
        /// UDP port, at least 1.
        port: u16,
        /// Its checksum.
        checksum: TunnelChecksum,
    },
    /// Generic routing encapsulation.
    Gre {
        /// Its checksum.
        checksum: TunnelChecksum,
    },
}

/// Checksum of a tunnel; default none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TunnelChecksum {
    /// None.
    #[default]
    None,
    /// The tunnel's own.
    Full,
    /// Remote checksum offload; GUE only.
    Remote,
}
