//! The LVS part: virtual servers, the real servers behind them, and how these are checked.
//!
//! There may be ten thousands of real servers, so what few of them have is behind a `Box`.

mod check;
mod real;

use core::num::NonZeroU32;
use core::time::Duration;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use check::{
    Check, Checker, DnsCheck, DnsType, FileCheck, HttpCheck, HttpProtocol, MiscCheck, RegexCheck,
    ReplyByte, Schedule, SmtpCheck, SmtpHost, Source, StatusRange, UdpCheck, Url, UrlBody,
};
pub use real::{Forwarding, RealServer, RealServerExtra, SorryServer, Tunnel, TunnelChecksum};

use super::Hook;
use crate::unit::{Family, Name};

/// A service whose load is balanced (keepalived: `virtual_server`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualServer {
    /// What it is known by.
    pub service: Service,
    /// Its address family.
    pub family: Family,
    /// How connections are shared out; default wlc.
    pub scheduler: Scheduler,
    /// Whether each packet is scheduled by itself (`ops`).
    pub one_packet: bool,
    /// How clients stay with their server, if they do.
    pub persistence: Option<Persistence>,
    /// How much live weight it needs; default 1, at least 1.
    pub quorum: u32,
    /// How far the weight must pass the quorum to change anything; default 0.
    pub hysteresis: u32,
    /// Who is told that it has its quorum or has lost it.
    pub notify: Option<Box<QuorumNotify>>,
    /// Whether its servers are down until their first check, and it starts without a quorum.
    pub alpha: bool,
    /// Whether the end of the daemon is told as servers going down.
    pub omega: bool,
    /// Whether its servers are checked only while its address is on this node.
    pub ha_suspend: bool,
    /// Whether changes are mailed; none: as the global settings say.
    pub mail: Option<bool>,
    /// The host name of its HTTP checks.
    pub virtualhost: Option<Name>,
    /// Its name for management systems.
    pub snmp_name: Option<Name>,
    /// Time between checks of a real server that does not say otherwise; default 60 s.
    #[serde(with = "crate::model::as_nanos")]
    pub delay_loop: Duration,
    /// The server when no quorum is left.
    pub sorry: Option<Box<SorryServer>>,
    /// The servers that bear its load, in the file's order.
    pub real_servers: Vec<RealServer>,
}

impl VirtualServer {
    /// A service with keepalived's defaults and no servers.
    #[must_use]
    pub const fn new(service: Service, family: Family) -> Self {
        Self {
            service,
            family,
            scheduler: Scheduler::Wlc,
            one_packet: false,
            persistence: None,
            quorum: 1,
            hysteresis: 0,
            notify: None,
            alpha: false,
            omega: false,
            ha_suspend: false,
            mail: None,
            virtualhost: None,
            snmp_name: None,
            delay_loop: Duration::from_secs(60),
            sorry: None,
            real_servers: Vec::new(),
        }
    }
}

/// What a service is known by: to the kernel, and before and after a reload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Service {
    /// An address and a port.
    Address {
        /// The address.
        address: IpAddr,
        /// The port; 0: all ports, which needs persistence.
        port: u16,
        /// The protocol; keepalived: UDP when the file gives none.
        protocol: Protocol,
    },
    /// A firewall mark.
    Fwmark(NonZeroU32),
    /// All entries of a `virtual_server_group`.
    Group {
        /// The group's name.
        name: Name,
        /// The protocol of its addresses.
        protocol: Protocol,
    },
}

/// A protocol whose load can be balanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// How connections are shared out, with the flags of those that have some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheduler {
    /// Round robin.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connections.
    Lc,
    /// Weighted least connections.
    Wlc,
    /// Locality-based least connections.
    Lblc,
    /// The same with replication.
    Lblcr,
    /// Destination hashing.
    Dh,
    /// Source hashing.
    Sh(HashFlags),
    /// Shortest expected delay.
    Sed,
    /// Never queue.
    Nq,
    /// Weighted fail over.
    Fo,
    /// Weighted overflow.
    Ovf,
    /// Maglev hashing.
    Mh(HashFlags),
    /// Power of two choices.
    Twos,
}

/// Flags of source and maglev hashing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashFlags {
    /// The port is hashed too (`sh-port`, `mh-port`).
    pub port: bool,
    /// An unavailable server is replaced by another (`sh-fallback`, `mh-fallback`).
    pub fallback: bool,
}

/// How clients stay with their server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// For how long after their last connection, in seconds: 1 to 2,678,400; default 360.
    pub timeout: u32,
    /// Which clients count as one: length of their common prefix; none: each by itself.
    pub granularity: Option<u8>,
    /// What tells clients apart; none: their address. `sip` is the kernel's only engine.
    pub engine: Option<Name>,
}

/// Who is told of a service's quorum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuorumNotify {
    /// When it has its quorum.
    pub up: Option<Hook>,
    /// When it has lost it.
    pub down: Option<Hook>,
}

/// Several services that are one (keepalived: `virtual_server_group`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceGroup {
    /// Its name.
    pub name: Name,
    /// Its entries, in the file's order.
    pub entries: Vec<ServiceEntry>,
}

/// One line of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceEntry {
    /// Addresses from `first`, so many, each with each port.
    Range {
        /// The first address.
        first: IpAddr,
        /// How many addresses, at least 1.
        count: u32,
        /// The first and the last port; the same for a single one.
        ports: (u16, u16),
    },
    /// A firewall mark.
    Fwmark {
        /// The mark.
        mark: NonZeroU32,
        /// The family of its packets.
        family: Family,
    },
}

/// Keys and certificates of SSL_GET (keepalived: `SSL`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ssl {
    /// Password of the key.
    pub password: Option<String>,
    /// File with the authorities.
    pub ca: Option<String>,
    /// File with the own certificate.
    pub certificate: Option<String>,
    /// File with its key.
    pub key: Option<String>,
}
