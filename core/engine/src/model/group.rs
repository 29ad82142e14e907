//! Instances that stand or fall together, and things that stand or fall with instances.

use serde::{Deserialize, Serialize};

use super::{Notify, Trackers};
use crate::unit::Name;

/// Instances that change their state together (keepalived: `vrrp_sync_group`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncGroup {
    /// Its name.
    pub name: Name,
    /// Its instances, by name; none twice.
    pub members: Vec<Name>,
    /// What puts all of them in FAULT, or moves the priority of all.
    pub trackers: Trackers,
    /// Whether weights of members' trackers count; else a member's weighted tracker is a FAULT
    /// or is left out (keepalived: `sync_group_tracking_weight`).
    pub tracking_weight: bool,
    /// Who is told of its transitions, and how.
    pub notify: Notify,
}

impl SyncGroup {
    /// A group with keepalived's defaults.
    #[must_use]
    pub fn new(name: Name, members: Vec<Name>) -> Self {
        Self {
            name,
            members,
            trackers: Trackers::default(),
            tracking_weight: false,
            notify: Notify::default(),
        }
    }
}

/// Ties static addresses, routes and rules to instances (keepalived: `track_group`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackGroup {
    /// Its name.
    pub name: Name,
    /// Its instances, by name.
    pub members: Vec<Name>,
}
