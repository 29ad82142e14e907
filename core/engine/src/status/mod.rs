//! One read-only snapshot of a node, which feeds JSON, text, invariants and metrics.
//!
//! Everything in it is plain data; instants are the driver's, and [`NodeStatus::at`] says which
//! one the snapshot is of, so that a reader can tell how long ago the others were.

mod why;

mod lvs;

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use lvs::{CheckerStatus, LvsStatus, ServerStatus, ServiceStatus};

use crate::id::{AddressKey, InstanceKey};
use crate::kernel::KernelKey;
use crate::node::TimerReason;
use crate::time::Instant;
use crate::track::{TrackerKind, Verdict};
use crate::unit::{AdvertInterval, Name, Priority};
use crate::vrrp::{Cause, Heard, Refused, State};
use crate::wire::bfd;
use crate::wire::vrrp::Rejection;

pub use why::span;
pub(crate) use why::{Reasons, family, why};

/// A node at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// When the snapshot was taken.
    pub at: Instant,
    /// Every instance, in the configuration's order.
    pub instances: Vec<InstanceStatus>,
    /// Every sync group, in the configuration's order.
    pub groups: Vec<GroupStatus>,
    /// Every script, in the configuration's order.
    pub scripts: Vec<ScriptStatus>,
    /// Every BFD session, in the configuration's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bfd: Vec<BfdStatus>,
    /// BFD packets that changed nothing, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bfd_refused: BTreeMap<bfd::Rejection, u64>,
    /// The addresses that the node wants in the kernel now.
    pub desired: Vec<AddressKey>,
    /// The addresses that it believes to be there and its own.
    pub observed: Vec<AddressKey>,
    /// The routes and rules that it believes to be there and its own.
    pub routing: Vec<KernelKey>,
    /// Adverts for a VRID that no instance has, by reason.
    pub stray: BTreeMap<Rejection, u64>,
    /// The LVS part, if there is one.
    pub lvs: Option<LvsStatus>,
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
    /// Why it entered that state; none where it has not left the one that it started in.
    pub cause: Option<Cause>,
    /// Why it is, or is not, master, in words that a person can act on.
    pub why: String,
    /// The sync group that it is in.
    pub group: Option<Name>,
    /// The configured priority.
    pub base_priority: Priority,
    /// The priority that counts now.
    pub effective_priority: Priority,
    /// What each tracker adds to or takes from it.
    pub trackers: Vec<TrackerStatus>,
    /// The configured interval.
    pub advert_interval: AdvertInterval,
    /// The interval that the master is believed to keep.
    pub master_interval: AdvertInterval,
    /// The master that was last accepted, with its priority.
    pub master: Option<(IpAddr, Priority)>,
    /// What it waits for next, and until when.
    pub timer: Option<(Instant, TimerReason)>,
    /// The addresses that a master owns, whether they are wanted and whether they are there.
    pub addresses: Vec<AddressStatus>,
    /// Whom it has accepted adverts of, the latest first; at most [`crate::vrrp::KEPT`].
    pub heard: Vec<Heard>,
    /// What it has refused of whom, the latest first; at most [`crate::vrrp::KEPT`].
    pub refused: Vec<Refused>,
    /// Times that it became master.
    pub masterships: u64,
    /// Times that it was master no longer.
    pub mastership_ends: u64,
    /// Adverts sent since the start; one to several peers counts once.
    pub adverts_sent: u64,
    /// Those among them of priority 0.
    pub resignations_sent: u64,
    /// Adverts accepted since the start.
    pub adverts_accepted: u64,
    /// Those among them of priority 0.
    pub resignations_heard: u64,
    /// Those among them with another list of addresses than ours.
    pub other_addresses: u64,
    /// Adverts refused since the start, by reason; those never seen are absent.
    pub rejected: BTreeMap<Rejection, u64>,
}

/// One address of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressStatus {
    /// The address.
    pub key: AddressKey,
    /// Whether it is to be there now: whether the instance is master.
    pub desired: bool,
    /// Whether it is there.
    pub observed: bool,
}

/// One sync group at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupStatus {
    /// Its name.
    pub name: Name,
    /// Its members, in the configuration's order.
    pub members: Vec<Name>,
    /// The state that all members share; none while they are on the way.
    pub state: Option<State>,
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
    /// The number that a file holds, or of processes that run, once that is known; other things
    /// have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What it adds to or takes from the priority now.
    pub contribution: i16,
    /// Whether it holds the instance in FAULT now.
    pub fault: bool,
}

/// One BFD session at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BfdStatus {
    /// Its name.
    pub name: Name,
    /// The other end.
    pub neighbor: IpAddr,
    /// Our name for it (`bfd.LocalDiscr`).
    pub discriminator: u32,
    /// Its state.
    pub state: bfd::State,
    /// When it entered that state.
    pub since: Instant,
    /// The other end's state, as it said last; none while nothing is heard.
    pub remote_state: Option<bfd::State>,
    /// Why it last went down (RFC 5880 4.1).
    pub diagnostic: String,
    /// How often it sends, without jitter; none where the other end wants nothing.
    pub transmit_interval: Option<Duration>,
    /// After how much silence it is down; none while nothing is heard.
    pub detection_time: Option<Duration>,
    /// Packets sent since the start.
    pub sent: u64,
    /// Packets received and believed since the start.
    pub received: u64,
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
