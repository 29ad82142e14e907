//! The status for other programs and for people: times of the wall clock, and durations.
//!
//! The core knows only a clock without a date; this adds the date, by both clocks at the moment of
//! the snapshot.

mod lvs;

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_core::Instant;
use bellwether_core::status::{
    AddressStatus, GroupStatus, InstanceStatus, NodeStatus, ScriptStatus, TrackerStatus,
};
use bellwether_core::unit::Priority;
use bellwether_core::vrrp::{Cause, State};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use lvs::{Checker, Lvs, Server, Service};

/// What a daemon is, and how things are with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// When the snapshot was taken.
    pub at: Timestamp,
    /// The daemon.
    pub daemon: About,
    /// Every instance, in the configuration's order.
    pub instances: Vec<Instance>,
    /// Every sync group, in the configuration's order.
    pub groups: Vec<GroupStatus>,
    /// Every script, in the configuration's order.
    pub scripts: Vec<ScriptStatus>,
    /// Adverts for a VRID that no instance has, by reason.
    pub stray: BTreeMap<String, u64>,
    /// The LVS part, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lvs: Option<Lvs>,
}

/// What a daemon is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// When it was started.
    pub started: Timestamp,
    /// Its file.
    pub file: String,
    /// When a reload last changed what it runs.
    pub reloaded: Option<Timestamp>,
    /// When a reload was last refused, and stayed so.
    pub refused: Option<Timestamp>,
}

/// One instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// The interface that it speaks on.
    pub interface: String,
    /// Its virtual router id.
    pub vrid: u8,
    /// `V4` or `V6`.
    pub family: bellwether_core::unit::Family,
    /// Its state.
    pub state: State,
    /// When it entered that state.
    pub since: Timestamp,
    /// Seconds since then.
    pub seconds: f64,
    /// Why it entered that state.
    pub cause: Option<Cause>,
    /// Why it is, or is not, master, in words.
    pub why: String,
    /// The sync group that it is in.
    pub group: Option<String>,
    /// Its priority.
    pub priority: Counted,
    /// The master that was last accepted.
    pub master: Option<Other>,
    /// The addresses that a master owns.
    pub addresses: Vec<AddressStatus>,
    /// Whom it has accepted adverts of, the latest first.
    pub heard: Vec<Other>,
    /// What it has refused of whom, the latest first.
    pub refused: Vec<Refused>,
    /// What it has counted.
    pub counters: Counters,
}

/// A priority, and what it is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counted {
    /// The one that counts now: base and contributions, within 1 to 254, unless the base is 255.
    pub effective: Priority,
    /// The configured one.
    pub base: Priority,
    /// What each tracker adds to or takes from it.
    pub trackers: Vec<TrackerStatus>,
}

/// Another router.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Other {
    /// Its address.
    pub source: String,
    /// The priority that it advertised.
    pub priority: Priority,
    /// When it was last heard.
    pub at: Option<Timestamp>,
    /// Seconds since then.
    pub seconds: Option<f64>,
    /// How many of its adverts were accepted.
    pub count: u64,
}

/// Adverts that were refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refused {
    /// Who sent them.
    pub source: String,
    /// Why they were refused.
    pub reason: String,
    /// When the last one was.
    pub at: Timestamp,
    /// Seconds since then.
    pub seconds: f64,
    /// How many.
    pub count: u64,
}

/// What an instance has counted since the start, or since it was told to count anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counters {
    /// Times that it became master.
    pub masterships: u64,
    /// Times that it was master no longer.
    pub mastership_ends: u64,
    /// Adverts sent.
    pub adverts_sent: u64,
    /// Those of priority 0.
    pub resignations_sent: u64,
    /// Adverts accepted.
    pub adverts_accepted: u64,
    /// Those of priority 0.
    pub resignations_heard: u64,
    /// Those with another list of addresses than ours.
    pub other_addresses: u64,
    /// Adverts refused, by reason.
    pub refused: BTreeMap<String, u64>,
}

/// Both clocks at one moment.
#[derive(Clone, Copy)]
struct Clocks {
    wall: Timestamp,
    monotonic: Instant,
}

impl Clocks {
    fn date(self, at: Instant) -> Timestamp {
        let ago = SignedDuration::try_from(self.monotonic.since(at)).unwrap_or_default();
        self.wall.checked_sub(ago).unwrap_or(self.wall)
    }

    fn seconds(self, at: Instant) -> f64 {
        rounded(self.monotonic.since(at))
    }
}

/// Whole milliseconds, as seconds.
fn rounded(span: Duration) -> f64 {
    Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

impl Status {
    /// The core's snapshot, which was taken just now, with dates.
    #[must_use]
    pub fn of(status: NodeStatus, daemon: About) -> Self {
        let clocks = Clocks {
            wall: Timestamp::now(),
            monotonic: status.at,
        };
        let instances = status.instances.into_iter();
        let stray = status.stray.into_iter();
        Self {
            at: clocks.wall,
            daemon,
            instances: instances.map(|one| Instance::of(one, clocks)).collect(),
            groups: status.groups,
            scripts: status.scripts,
            stray: stray.map(|(why, count)| (why.to_string(), count)).collect(),
            lvs: status.lvs.map(|lvs| Lvs::of(lvs, clocks)),
        }
    }
}

impl Instance {
    fn of(status: InstanceStatus, clocks: Clocks) -> Self {
        let heard: Vec<Other> = status
            .heard
            .iter()
            .map(|one| Other {
                source: one.source.to_string(),
                priority: one.priority,
                at: Some(clocks.date(one.at)),
                seconds: Some(clocks.seconds(one.at)),
                count: one.count,
            })
            .collect();
        let master = status.master.map(|(source, priority)| {
            let source = source.to_string();
            let known = heard.iter().find(|one| one.source == source);
            Other {
                priority,
                at: known.and_then(|one| one.at),
                seconds: known.and_then(|one| one.seconds),
                count: known.map_or(0, |one| one.count),
                source,
            }
        });
        let refused = status.refused.iter().map(|one| Refused {
            source: one.source.to_string(),
            reason: one.reason.to_string(),
            at: clocks.date(one.at),
            seconds: clocks.seconds(one.at),
            count: one.count,
        });
        let rejected = status.rejected.iter();
        Self {
            refused: refused.collect(),
            counters: Counters {
                masterships: status.masterships,
                mastership_ends: status.mastership_ends,
                adverts_sent: status.adverts_sent,
                resignations_sent: status.resignations_sent,
                adverts_accepted: status.adverts_accepted,
                resignations_heard: status.resignations_heard,
                other_addresses: status.other_addresses,
                refused: rejected
                    .map(|(why, count)| (why.to_string(), *count))
                    .collect(),
            },
            name: status.name.to_string(),
            interface: status.key.interface.to_string(),
            vrid: status.key.vrid.get(),
            family: status.key.family,
            state: status.state,
            since: clocks.date(status.since),
            seconds: clocks.seconds(status.since),
            cause: status.cause,
            why: status.why,
            group: status.group.map(|name| name.to_string()),
            priority: Counted {
                effective: status.effective_priority,
                base: status.base_priority,
                trackers: status.trackers,
            },
            master,
            addresses: status.addresses,
            heard,
        }
    }
}
