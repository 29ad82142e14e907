//! What is worth recording of the LVS part.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::probe::ProbeFailure;
use super::words::ServerKey;
use crate::kernel::ipvs::{IpvsError, IpvsOp, ServiceKey};
use crate::model::lvs::Service;

/// Something worth recording of the LVS part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LvsNotice {
    /// A real server is up or down from now on.
    Server {
        /// Which.
        server: ServerKey,
        /// Whether it is up.
        up: bool,
        /// Why it is down; none when a checker has gone, or it is up.
        reason: Option<ProbeFailure>,
    },
    /// A service has its quorum, or has lost it.
    Quorum {
        /// Which.
        service: Service,
        /// Whether it has it.
        up: bool,
        /// Sum of the weights of the servers that are up.
        weight: u64,
    },
    /// A server's weight is another, by what its checkers say.
    Weight {
        /// Which.
        server: ServerKey,
        /// Before.
        from: u32,
        /// After.
        to: u32,
    },
    /// A check failed that does not change anything yet; only when all are to be logged.
    CheckFailed {
        /// Which server's.
        server: ServerKey,
        /// Which of its checkers, from 0.
        checker: u32,
        /// Why.
        reason: ProbeFailure,
    },
    /// The checks of a service are suspended, or go on (`ha_suspend`).
    Suspended {
        /// Which.
        service: Service,
        /// Whether they are suspended.
        suspended: bool,
    },
    /// A change to the kernel's table failed; it is tried again.
    TableFailed {
        /// The change.
        action: IpvsOp,
        /// The kernel's word.
        error: IpvsError,
    },
    /// The table can't be seen or changed. VRRP goes on; it is looked for again and again.
    TableUnavailable {
        /// Why.
        error: IpvsError,
    },
    /// Somebody else changed a service of ours; it is put right.
    TableChanged {
        /// Which.
        service: ServiceKey,
        /// How many of its parts: itself and its destinations.
        changes: u32,
    },
}

impl LvsNotice {
    /// Whether somebody should look at it.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        match self {
            Self::Server { up, .. } | Self::Quorum { up, .. } => !*up,
            Self::Weight { .. } | Self::CheckFailed { .. } | Self::Suspended { .. } => false,
            Self::TableFailed { .. }
            | Self::TableUnavailable { .. }
            | Self::TableChanged { .. } => true,
        }
    }
}

/// One line for a log.
impl fmt::Display for LvsNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { server, up, reason } => {
                write!(f, "RS {server}: {}", if *up { "up" } else { "down" })?;
                match reason {
                    Some(reason) => write!(f, " ({reason})"),
                    None => Ok(()),
                }
            }
            Self::Quorum {
                service,
                up,
                weight,
            } => {
                let quorum = if *up {
                    "has its quorum"
                } else {
                    "has no quorum"
                };
                write!(f, "VS {service}: {quorum} (live weight {weight})")
            }
            Self::Weight { server, from, to } => write!(f, "RS {server}: weight {from} -> {to}"),
            Self::CheckFailed {
                server,
                checker,
                reason,
            } => write!(f, "RS {server}: check {checker} failed ({reason})"),
            Self::Suspended { service, suspended } => {
                let checks = if *suspended { "suspended" } else { "running" };
                write!(f, "VS {service}: checks are {checks}")
            }
            Self::TableFailed { action, error } => write!(f, "IPVS: {action:?}: {error}"),
            Self::TableUnavailable { error } => write!(f, "IPVS: {error}"),
            Self::TableChanged { service, changes } => {
                write!(
                    f,
                    "IPVS: somebody else changed {changes} parts of {service}"
                )
            }
        }
    }
}
