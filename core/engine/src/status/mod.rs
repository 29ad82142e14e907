//! One read-only snapshot of a node, which feeds JSON, text, invariants and metrics.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::id::{AddressKey, InstanceKey};
use crate::time::Instant;
use crate::track::{TrackerKind, Verdict};
use crate::unit::{Name, Priority};
use crate::vrrp::State;
use crate::wire::vrrp::Rejection;

/// A node at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// When the snapshot was taken.
    pub at: Instant,
    /// Every instance, in the configuration's order.
    pub instances: Vec<InstanceStatus>,
    /// Every script, in the configuration's order.
    pub scripts: Vec<ScriptStatus>,
    /// The addresses that the node wants in the kernel now.
    pub desired: Vec<AddressKey>,
    /// The addresses that it believes to be there and its own.
    pub observed: Vec<AddressKey>,
    /// Adverts for a VRID that no instance has, by reason.
    pub stray: BTreeMap<Rejection, u64>,
}

/// One instance at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    /// Its identity.
    pub key: InstanceKey,
    /// Its name.
    pub name: Name,
    /// Its state.
    pub state: State,
    /// When it entered that state.
    pub since: Instant,
    /// The configured priority.
    pub base_priority: Priority,
    /// The priority that counts now.
    pub effective_priority: Priority,
    /// What each tracker adds to or takes from it.
    pub trackers: Vec<TrackerStatus>,
    /// The master that was last accepted, with its priority.
    pub master: Option<(IpAddr, Priority)>,
    /// Adverts sent since the start.
    pub adverts_sent: u64,
    /// Adverts accepted since the start.
    pub adverts_accepted: u64,
    /// Adverts refused since the start, by reason; those never seen are absent.
    pub rejected: BTreeMap<Rejection, u64>,
}

/// What one tracked thing does to one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackerStatus {
    /// Of which kind it is.
    pub kind: TrackerKind,
    /// What it is called: the name of its block, or of the interface.
    pub name: Name,
    /// The sync group that tracks it for all its members; `None` where the instance itself does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Name>,
    /// What is known of it. A file is up as soon as it was read, unless its number is a fault.
    pub verdict: Verdict,
    /// The number that a file holds, once it was read; only files have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What it adds to or takes from the priority now.
    pub contribution: i16,
    /// Whether it holds the instance in FAULT now.
    pub fault: bool,
}

/// One script at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptStatus {
    /// Its name.
    pub name: Name,
    /// What is known of it.
    pub verdict: Verdict,
    /// Runs started since the start.
    pub runs: u64,
    /// Whether a run is going on.
    pub running: bool,
}
