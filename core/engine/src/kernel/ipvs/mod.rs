//! The load balancer's table as the kernel has it: services, their destinations, the connection
//! timeouts and the synchronisation daemons; and what can be asked of it.
//!
//! Owns the values that cross the port to the kernel, and [`Table`], which is a kernel's table
//! without a kernel. Invariant: a value of these types is one that the kernel can hold, or one
//! that it refuses with an error that [`Table`] gives too; [`law`] states that as cases, which run
//! against the pure table and against the real one.
//!
//! Deliberately absent: which services there should be (that is [`crate::model::lvs`], with its
//! checkers and quorums), and counters, which nothing is decided by.

pub mod law;
mod table;

use core::fmt;
use core::num::NonZeroU32;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use table::{Entry, Table};

use crate::model::lvs::{Forwarding, HashFlags, Protocol, Scheduler, Tunnel};
use crate::unit::{Family, IfName, Name};

/// What the kernel tells a service by. The order is that of its variants and fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServiceKey {
    /// An address, a protocol and a port.
    Address {
        /// The protocol.
        protocol: Protocol,
        /// The virtual address; its family is the service's.
        address: IpAddr,
        /// The port; 0: all ports, which needs persistence.
        port: u16,
    },
    /// A firewall mark, which packets of one family carry.
    Fwmark {
        /// The family of the packets.
        family: Family,
        /// The mark.
        mark: NonZeroU32,
    },
}

impl ServiceKey {
    /// The family of the packets that the service takes.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Address { address, .. } => Family::of(*address),
            Self::Fwmark { family, .. } => *family,
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address {
                protocol,
                address,
                port,
            } => {
                let protocol = match protocol {
                    Protocol::Tcp => "TCP",
                    Protocol::Udp => "UDP",
                    Protocol::Sctp => "SCTP",
                };
                write!(
                    f,
                    "{protocol} {}",
                    std::net::SocketAddr::new(*address, *port)
                )
            }
            Self::Fwmark {
                family: Family::V4,
                mark,
            } => write!(f, "fwmark {mark}"),
            Self::Fwmark {
                family: Family::V6,
                mark,
            } => write!(f, "fwmark {mark} IPv6"),
        }
    }
}

/// A service, without its destinations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// What the kernel tells it by.
    pub key: ServiceKey,
    /// The scheduler's name, 1 to 15 bytes, as `wlc`.
    pub scheduler: Name,
    /// The scheduler's own flags: bits 0 to 2, which the kernel calls SCHED1 to SCHED3.
    pub scheduler_flags: u8,
    /// How clients stay with their server, if they do.
    pub persistence: Option<Persistence>,
    /// The persistence engine's name, 1 to 15 bytes; `sip` is the kernel's only one.
    pub engine: Option<Name>,
    /// Whether each packet is scheduled by itself; UDP only.
    pub one_packet: bool,
}

/// Bit of [`Service::scheduler_flags`]: an unavailable server is replaced by another.
pub const FLAG_FALLBACK: u8 = 1;

/// Bit of [`Service::scheduler_flags`]: the port is hashed too.
pub const FLAG_PORT: u8 = 2;

impl Service {
    /// A service that keeps no clients.
    #[must_use]
    pub fn new(key: ServiceKey, scheduler: Scheduler) -> Self {
        let (name, flags) = kernel_name(scheduler);
        Self {
            key,
            scheduler: name.into(),
            scheduler_flags: flags,
            persistence: None,
            engine: None,
            one_packet: false,
        }
    }
}

/// How clients stay with their server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// For how long after their last connection, in seconds.
    pub timeout: u32,
    /// Which clients count as one.
    pub mask: Netmask,
}

/// Which clients count as one. Its family must be the service's, or the kernel refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Netmask {
    /// The bits of an address that count; the kernel takes any pattern.
    V4(Ipv4Addr),
    /// Length of the common prefix, 1 to 128.
    V6(u8),
}

impl Netmask {
    /// Each client by itself.
    #[must_use]
    pub const fn host(family: Family) -> Self {
        match family {
            Family::V4 => Self::V4(Ipv4Addr::BROADCAST),
            Family::V6 => Self::V6(128),
        }
    }

    /// The clients of a prefix; a length past the family's is the family's.
    #[must_use]
    pub fn prefix(family: Family, length: u8) -> Self {
        match family {
            Family::V4 => {
                let bits = u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(length)));
                Self::V4(Ipv4Addr::from_bits(bits.unwrap_or(0)))
            }
            Family::V6 => Self::V6(length.min(128)),
        }
    }

    /// The family whose addresses it masks.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    /// Whether each client counts by itself.
    #[must_use]
    pub fn is_host(self) -> bool {
        self == Self::host(self.family())
    }
}

/// What the kernel tells a destination of a service by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DestinationKey {
    /// The server's address; of another family than the service's in tunnels only.
    pub address: IpAddr,
    /// The server's port; 0 behind a firewall mark: as the client asked.
    pub port: u16,
}

impl fmt::Display for DestinationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::net::SocketAddr::new(self.address, self.port).fmt(f)
    }
}

/// A destination of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// What the kernel tells it by.
    pub key: DestinationKey,
    /// How packets reach it.
    pub method: Method,
    /// Its share, 0 to 2,147,483,647; 0 takes no new connections.
    pub weight: u32,
    /// Connections at which it takes no more; 0: no limit.
    pub uthreshold: u32,
    /// Connections below which it takes some again, at most `uthreshold`; 0: three quarters of it.
    pub lthreshold: u32,
}

impl Destination {
    /// A destination of weight 1 without limits.
    #[must_use]
    pub const fn new(key: DestinationKey, method: Method) -> Self {
        Self {
            key,
            method,
            weight: 1,
            uthreshold: 0,
            lthreshold: 0,
        }
    }
}

/// How packets reach a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// By changing their destination (NAT).
    Masquerade,
    /// It is this host.
    Local,
    /// By wrapping them.
    Tunnel(Tunnel),
    /// By direct routing.
    Direct,
    /// Past the balancer, as the kernel's own cache bypass does.
    Bypass,
}

impl From<Forwarding> for Method {
    fn from(forwarding: Forwarding) -> Self {
        match forwarding {
            Forwarding::Nat => Self::Masquerade,
            Forwarding::Direct => Self::Direct,
            Forwarding::Tunnel(tunnel) => Self::Tunnel(tunnel),
        }
    }
}

/// Which half of the connection synchronisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Sends connections.
    Master,
    /// Receives connections.
    Backup,
}

/// A synchronisation daemon of the kernel. What is `None` is left to the kernel, whose answers
/// have every field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    /// Which half. A host can run one of each at the same time.
    pub role: Role,
    /// The interface that it speaks on, which must be up and do multicast.
    pub interface: IfName,
    /// Its id, 0 to 255; a backup with 0 hears all.
    pub sync_id: u8,
    /// Longest message in bytes; default: as the MTU says.
    pub max_len: Option<u16>,
    /// Multicast group; default 224.0.0.81.
    pub group: Option<IpAddr>,
    /// UDP port; default 8848.
    pub port: Option<u16>,
    /// Time to live; default 1.
    pub ttl: Option<u8>,
}

impl Daemon {
    /// A daemon with the kernel's defaults.
    #[must_use]
    pub const fn new(role: Role, interface: IfName, sync_id: u8) -> Self {
        Self {
            role,
            interface,
            sync_id,
            max_len: None,
            group: None,
            port: None,
            ttl: None,
        }
    }
}

/// How long the kernel remembers idle connections, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// TCP; default 900. To set 0 is to leave it as it is, here and below.
    pub tcp: u32,
    /// TCP after a FIN; default 120.
    pub tcp_fin: u32,
    /// UDP; default 300.
    pub udp: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            tcp: 900,
            tcp_fin: 120,
            udp: 300,
        }
    }
}

/// One change to the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IpvsOp {
    /// Add a service.
    AddService(Service),
    /// Replace all that a service has but its destinations and counters.
    SetService(Service),
    /// Remove a service and its destinations.
    RemoveService(ServiceKey),
    /// Add a destination.
    AddDestination(ServiceKey, Destination),
    /// Replace all that a destination has but its connections and counters.
    SetDestination(ServiceKey, Destination),
    /// Remove a destination. Its connections stay, and go nowhere.
    RemoveDestination(ServiceKey, DestinationKey),
    /// Remove all services.
    Flush,
    /// Begin to count anew: a service and its destinations, or all.
    Zero(Option<ServiceKey>),
    /// Start a synchronisation daemon.
    StartDaemon(Daemon),
    /// Stop one.
    StopDaemon(Role),
    /// Set the connection timeouts.
    SetTimeouts(Timeouts),
}

/// Why the kernel did not do it. The table is as it was, unless it is [`Self::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum IpvsError {
    /// There is such a service already (EEXIST).
    #[error("the service exists already")]
    ServiceExists,
    /// There is no such service (ESRCH).
    #[error("there is no such service")]
    NoService,
    /// The service has such a destination already (EEXIST).
    #[error("the destination exists already")]
    DestinationExists,
    /// The service has no such destination (ENOENT).
    #[error("there is no such destination")]
    NoDestination,
    /// The kernel has no such scheduler or persistence engine (ENOENT).
    #[error("the kernel has no such scheduler or persistence engine")]
    NoScheduler,
    /// A daemon of that role runs already (EEXIST).
    #[error("the daemon runs already")]
    DaemonRuns,
    /// No daemon of that role runs (ESRCH).
    #[error("no such daemon runs")]
    NoDaemon,
    /// A weight above 2,147,483,647, or a lower threshold above the upper one (ERANGE).
    #[error("a weight or threshold is out of range")]
    OutOfRange,
    /// What was asked makes no sense to the kernel (EINVAL).
    #[error("the kernel refuses it as invalid")]
    Invalid,
    /// There is no such interface (ENODEV).
    #[error("there is no such interface")]
    NoInterface,
    /// We may not (EPERM).
    #[error("CAP_NET_ADMIN is missing")]
    Denied,
    /// The kernel has no IPVS.
    #[error("the kernel has no IPVS: load the module with `modprobe ip_vs`")]
    Unavailable,
    /// The answer was lost. It may have been done: look at the table.
    #[error("the kernel's answer was lost")]
    Unknown,
    /// Anything else, as an errno and its text.
    #[error("{message}")]
    Other {
        /// The errno, positive; 0 where there is none.
        errno: i32,
        /// What it means.
        message: String,
    },
}

/// A scheduler as the kernel calls it, and its flags there.
pub(crate) const fn kernel_name(scheduler: Scheduler) -> (&'static str, u8) {
    match scheduler {
        Scheduler::Rr => ("rr", 0),
        Scheduler::Wrr => ("wrr", 0),
        Scheduler::Lc => ("lc", 0),
        Scheduler::Wlc => ("wlc", 0),
        Scheduler::Lblc => ("lblc", 0),
        Scheduler::Lblcr => ("lblcr", 0),
        Scheduler::Dh => ("dh", 0),
        Scheduler::Sh(flags) => ("sh", hash_flags(flags)),
        Scheduler::Sed => ("sed", 0),
        Scheduler::Nq => ("nq", 0),
        Scheduler::Fo => ("fo", 0),
        Scheduler::Ovf => ("ovf", 0),
        Scheduler::Mh(flags) => ("mh", hash_flags(flags)),
        Scheduler::Twos => ("twos", 0),
    }
}

const fn hash_flags(flags: HashFlags) -> u8 {
    let fallback = if flags.fallback { FLAG_FALLBACK } else { 0 };
    let port = if flags.port { FLAG_PORT } else { 0 };
    fallback | port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_mask_at_both_ends() {
        let mask = |length| Netmask::prefix(Family::V4, length);
        assert_eq!(mask(0), Netmask::V4(Ipv4Addr::UNSPECIFIED));
        assert_eq!(mask(24), Netmask::V4(Ipv4Addr::new(255, 255, 255, 0)));
        assert_eq!(mask(32), Netmask::host(Family::V4));
        assert_eq!(mask(200), Netmask::host(Family::V4));
        assert_eq!(Netmask::prefix(Family::V6, 64), Netmask::V6(64));
        assert!(Netmask::prefix(Family::V6, 255).is_host());
    }

    #[test]
    fn hashing_has_the_kernels_flags() {
        let flags = HashFlags {
            port: true,
            fallback: false,
        };
        let key = ServiceKey::Fwmark {
            family: Family::V4,
            mark: NonZeroU32::MIN,
        };
        let service = Service::new(key, Scheduler::Mh(flags));
        assert_eq!(
            (service.scheduler.as_str(), service.scheduler_flags),
            ("mh", 2)
        );
    }
}
