//! The LVS part at one instant.

use serde::{Deserialize, Serialize};

use crate::kernel::ipvs::ServiceKey;
use crate::lvs::{ProbeFailure, ServerKey};
use crate::model::lvs::Service;
use crate::time::Instant;

/// The LVS part at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LvsStatus {
    /// Every service, in the configuration's order.
    pub services: Vec<ServiceStatus>,
    /// Whether the kernel's table can be seen.
    pub table_seen: bool,
    /// Whether every change to it has been answered, and none has failed.
    pub table_settled: bool,
}

/// One service at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Its identity.
    pub service: Service,
    /// What it is in the kernel's table.
    pub entries: Vec<ServiceKey>,
    /// How much live weight it needs.
    pub quorum: u32,
    /// How far that must be passed to change anything.
    pub hysteresis: u32,
    /// Sum of the weights of the servers that are up.
    pub live_weight: u64,
    /// Whether it has its quorum.
    pub quorum_up: bool,
    /// When it was gained or lost.
    pub since: Instant,
    /// Whether the sorry server bears its load.
    pub sorry_serves: bool,
    /// Whether its checks are suspended, because its address is not on this node (`ha_suspend`).
    pub suspended: bool,
    /// Its real servers, in the configuration's order.
    pub servers: Vec<ServerStatus>,
}

/// One real server at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// Its identity.
    pub server: ServerKey,
    /// Whether all its checkers find it well.
    pub up: bool,
    /// When that changed.
    pub since: Instant,
    /// The configured weight.
    pub configured_weight: u32,
    /// The same with what its checkers say.
    pub effective_weight: u32,
    /// The weight that is wanted in the table; none: it is not wanted there.
    pub table_weight: Option<u32>,
    /// Its checkers, in the configuration's order.
    pub checkers: Vec<CheckerStatus>,
}

/// One checker at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckerStatus {
    /// What it is called in a configuration: `TCP_CHECK`.
    pub kind: String,
    /// Whether it finds the server well, or assumes so.
    pub up: bool,
    /// Whether that comes from a check, not from an assumption.
    pub checked: bool,
    /// How its last check ended; none: there was none yet.
    pub last: Option<Result<(), ProbeFailure>>,
    /// When.
    pub last_at: Option<Instant>,
    /// How many failures in a row it has been tried again after, without counting yet.
    pub retries: u32,
    /// Whether a check is under way.
    pub under_way: bool,
    /// What it adds to the server's weight.
    pub weight: i64,
}
