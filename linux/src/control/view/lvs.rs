//! The LVS part for other programs and for people.

use bellwether_core::status::{CheckerStatus, LvsStatus, ServerStatus, ServiceStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Clocks;

/// The LVS part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lvs {
    /// Whether the kernel's table can be seen.
    pub table_seen: bool,
    /// Whether every change to it has been answered, and none has failed.
    pub table_settled: bool,
    /// Every virtual server, in the configuration's order.
    pub services: Vec<Service>,
}

/// One virtual server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// What keepalived calls it: `[192.0.2.1]:tcp:80`.
    pub name: String,
    /// What it is in the kernel's table: several of a group.
    pub entries: Vec<String>,
    /// How much live weight it needs.
    pub quorum: u32,
    /// How far that must be passed to change anything.
    pub hysteresis: u32,
    /// Sum of the weights of the servers that are up.
    pub live_weight: u64,
    /// Whether it has its quorum.
    pub quorum_up: bool,
    /// When it was gained or lost.
    pub since: Timestamp,
    /// Seconds since then.
    pub seconds: f64,
    /// Whether the sorry server bears its load.
    pub sorry_serves: bool,
    /// Whether its checks are suspended, because its address is not on this node.
    pub suspended: bool,
    /// Its real servers, in the configuration's order.
    pub servers: Vec<Server>,
}

/// One real server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    /// Its address.
    pub address: std::net::IpAddr,
    /// Its port; 0 where packets keep theirs.
    pub port: u16,
    /// Whether all its checkers find it well.
    pub up: bool,
    /// When that changed.
    pub since: Timestamp,
    /// Seconds since then.
    pub seconds: f64,
    /// The configured weight.
    pub configured_weight: u32,
    /// The same with what its checkers say.
    pub effective_weight: u32,
    /// The weight that is wanted in the table; none: it is not wanted there.
    pub table_weight: Option<u32>,
    /// Its checkers, in the configuration's order.
    pub checkers: Vec<Checker>,
}

/// One checker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checker {
    /// What it is called in a configuration: `TCP_CHECK`.
    pub kind: String,
    /// Whether it finds the server well, or assumes so.
    pub up: bool,
    /// Whether that comes from a check, not from an assumption.
    pub checked: bool,
    /// Why its last check failed; none: it did not, or there was none yet.
    pub failure: Option<String>,
    /// When that was.
    pub at: Option<Timestamp>,
    /// Seconds since then.
    pub seconds: Option<f64>,
    /// How many failures in a row it has been tried again after, without counting yet.
    pub retries: u32,
    /// Whether a check is under way.
    pub under_way: bool,
    /// What it adds to the server's weight.
    pub weight: i64,
}

impl Lvs {
    pub(super) fn of(status: LvsStatus, clocks: Clocks) -> Self {
        let services = status.services.into_iter();
        Self {
            table_seen: status.table_seen,
            table_settled: status.table_settled,
            services: services.map(|own| Service::of(own, clocks)).collect(),
        }
    }
}

impl Service {
    fn of(status: ServiceStatus, clocks: Clocks) -> Self {
        let servers = status.servers.into_iter();
        Self {
            name: status.service.to_string(),
            entries: status.entries.iter().map(ToString::to_string).collect(),
            quorum: status.quorum,
            hysteresis: status.hysteresis,
            live_weight: status.live_weight,
            quorum_up: status.quorum_up,
            since: clocks.date(status.since),
            seconds: clocks.seconds(status.since),
            sorry_serves: status.sorry_serves,
            suspended: status.suspended,
            servers: servers.map(|own| Server::of(own, clocks)).collect(),
        }
    }
}

impl Server {
    fn of(status: ServerStatus, clocks: Clocks) -> Self {
        let checkers = status.checkers.into_iter();
        Self {
            address: status.server.address,
            port: status.server.port,
            up: status.up,
            since: clocks.date(status.since),
            seconds: clocks.seconds(status.since),
            configured_weight: status.configured_weight,
            effective_weight: status.effective_weight,
            table_weight: status.table_weight,
            checkers: checkers.map(|own| Checker::of(own, clocks)).collect(),
        }
    }
}

impl Checker {
    fn of(status: CheckerStatus, clocks: Clocks) -> Self {
        let failure = status.last.and_then(Result::err);
        Self {
            kind: status.kind,
            up: status.up,
            checked: status.checked,
            failure: failure.map(|why| why.to_string()),
            at: status.last_at.map(|at| clocks.date(at)),
            seconds: status.last_at.map(|at| clocks.seconds(at)),
            retries: status.retries,
            under_way: status.under_way,
            weight: status.weight,
        }
    }
}
