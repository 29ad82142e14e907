//! What an instance or a sync group tracks, and the things that can be tracked.

use core::time::Duration;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::unit::{IfName, Name, Weight};

/// Everything that an instance or a group tracks, in the file's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trackers {
    /// Scripts, by name.
    pub scripts: Vec<Tracked<Name>>,
    /// Interfaces.
    pub interfaces: Vec<Tracked<IfName>>,
    /// Files, by the name of their `track_file`.
    pub files: Vec<Tracked<Name>>,
    /// Processes, by the name of their `vrrp_track_process`.
    pub processes: Vec<Tracked<Name>>,
    /// BFD sessions, by name.
    pub bfd: Vec<Tracked<Name>>,
}

impl Trackers {
    /// Only these scripts.
    #[must_use]
    pub fn of_scripts(scripts: Vec<Tracked<Name>>) -> Self {
        Self {
            scripts,
            ..Self::default()
        }
    }
}

/// Something tracked, with what it does to the priority of the one who tracks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked<T> {
    /// What is tracked.
    pub target: T,
    /// What it does: a positive weight is added while it is well, a negative one while it is not;
    /// 0 means that its failure is a FAULT. A file's number is multiplied by it.
    pub weight: Weight,
    /// Whether well counts as failed and failed as well.
    pub reverse: bool,
}

impl<T> Tracked<T> {
    /// Tracks `target` with a weight.
    #[must_use]
    pub const fn new(target: T, weight: Weight) -> Self {
        Self {
            target,
            weight,
            reverse: false,
        }
    }
}

/// A file whose first number moves priorities (keepalived: `track_file`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFile {
    /// Its name.
    pub name: Name,
    /// The file's path.
    pub path: String,
    /// What its number is multiplied by, unless the one who tracks it says otherwise; default 1.
    pub weight: Weight,
    /// Whether the product is negated.
    pub reverse: bool,
    /// The number that is written to the file at the start, if it is to be written.
    pub init: Option<InitFile>,
}

impl TrackFile {
    /// A file that is left alone, of weight 1.
    #[must_use]
    pub fn new(name: Name, path: &str) -> Self {
        Self {
            name,
            path: path.to_owned(),
            weight: Weight::try_from(1_i16).unwrap_or_default(),
            reverse: false,
            init: None,
        }
    }
}

/// What is written to a tracked file at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitFile {
    /// The number; default 0.
    pub value: i64,
    /// Whether an existing file is overwritten.
    pub overwrite: bool,
}

/// Processes that are counted (keepalived: `vrrp_track_process`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackProcess {
    /// Its name.
    pub name: Name,
    /// The program's name, or its path with `full_command`.
    pub program: String,
    /// The parameters that it must have, and how they are compared.
    pub parameters: Option<(Vec<String>, ParamMatch)>,
    /// Whether the whole command line is compared instead of the process name.
    pub full_command: bool,
    /// What it does to priorities, unless the one who tracks it says otherwise; default 0: FAULT.
    pub weight: Weight,
    /// Whether well counts as failed and failed as well.
    pub reverse: bool,
    /// How many must run; default 1.
    pub quorum: u32,
    /// How many may run; none: any number.
    pub quorum_max: Option<u32>,
    /// How long a start must last to count.
    #[serde(with = "super::as_nanos")]
    pub fork_delay: Duration,
    /// How long an end must last to count.
    #[serde(with = "super::as_nanos")]
    pub terminate_delay: Duration,
}

impl TrackProcess {
    /// Processes of this name, with keepalived's defaults.
    #[must_use]
    pub fn new(name: Name, program: &str) -> Self {
        Self {
            name,
            program: program.to_owned(),
            parameters: None,
            full_command: false,
            weight: Weight::FAULT,
            reverse: false,
            quorum: 1,
            quorum_max: None,
            fork_delay: Duration::ZERO,
            terminate_delay: Duration::ZERO,
        }
    }
}

/// How a process's parameters are compared; default exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParamMatch {
    /// All of them are the same.
    #[default]
    Exact,
    /// The first ones are the same, and the last of those may go on.
    Initial,
    /// The first ones are the same.
    Partial,
}

/// A BFD session (keepalived: `bfd_instance`; RFC 5880).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bfd {
    /// Its name, at most 31 bytes.
    pub name: Name,
    /// The other end.
    pub neighbor: IpAddr,
    /// The own address; none: as the route says.
    pub source: Option<IpAddr>,
    /// The least time between received packets; default 10 ms.
    #[serde(with = "super::as_nanos")]
    pub min_rx: Duration,
    /// The least time between sent packets; default 10 ms.
    #[serde(with = "super::as_nanos")]
    pub min_tx: Duration,
    /// The least time between sent packets while the session is down; default 1 s.
    #[serde(with = "super::as_nanos")]
    pub idle_tx: Duration,
    /// How many packets may be missed, 1 to 255; default 5.
    pub multiplier: u8,
    /// Whether it waits for the other end to speak first.
    pub passive: bool,
    /// Time to live of sent packets, 1 to 255, and where `max_hops` counts from in received ones;
    /// default: see [`Bfd::sent_ttl`] and [`Bfd::least_ttl`].
    pub ttl: Option<u8>,
    /// How much less than `ttl` received packets may have; default 0: single hop, 255: anything.
    pub max_hops: u8,
    /// Whether it uses the multihop port, 4784.
    pub multihop: bool,
    /// What it does to priorities, unless the one who tracks it says otherwise; default 0: FAULT.
    pub weight: Weight,
    /// Whether up counts as failed and down as well.
    pub reverse: bool,
    /// Whether instances follow it.
    pub for_vrrp: bool,
    /// Whether checkers follow it.
    pub for_checkers: bool,
}

impl Bfd {
    /// A session with keepalived's defaults.
    #[must_use]
    pub fn new(name: Name, neighbor: IpAddr) -> Self {
        Self {
            name,
            neighbor,
            source: None,
            min_rx: Duration::from_millis(10),
            min_tx: Duration::from_millis(10),
            idle_tx: Duration::from_secs(1),
            multiplier: 5,
            passive: false,
            ttl: None,
            max_hops: 0,
            multihop: false,
            weight: Weight::FAULT,
            reverse: false,
            for_vrrp: true,
            for_checkers: true,
        }
    }

    /// The time to live of sent packets; default 255, which is what RFC 5881 5 wants to see.
    #[must_use]
    pub const fn sent_ttl(&self) -> u8 {
        match self.ttl {
            Some(ttl) => ttl,
            None => u8::MAX,
        }
    }

    /// The least time to live that received packets may have.
    ///
    /// keepalived: its own `ttl` less `max_hops`, where the own is 255 unless told, but 64 for IPv6:
    /// its packets must be taken, so the default is 64 here too, where RFC 5881 5 would have 255.
    #[must_use]
    pub const fn least_ttl(&self) -> u8 {
        let own = match self.ttl {
            Some(ttl) => ttl,
            None if self.neighbor.is_ipv4() => u8::MAX,
            None => 64,
        };
        if self.multihop && self.max_hops == 0 {
            return 0;
        }
        own.saturating_sub(self.max_hops)
    }
}
