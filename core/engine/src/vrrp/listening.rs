//! Since when a backup listens, and for how long it will before it takes over.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::timers::{master_down_interval, skew_time};
use crate::time::Instant;
use crate::unit::{AdvertInterval, Priority, Version};

/// Since when a backup listens, and for how long it will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listening {
    pub(super) since: Instant,
    pub(super) patience: Patience,
}

/// For how long a backup listens. Kept as a reason, so that the time can be computed anew when
/// the priority or the interval changes meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Patience {
    /// Master_Down_Interval: a master was heard, or may yet be.
    MasterDown,
    /// Skew_Time: the master has resigned.
    Skew,
    /// One interval and Skew_Time: we were deaf, and a living master has one more chance.
    Relisten,
}

impl Patience {
    /// The time itself.
    pub(super) fn span(
        self,
        version: Version,
        interval: AdvertInterval,
        priority: Priority,
        missed: u8,
    ) -> Duration {
        let skew = skew_time(version, interval, priority);
        match self {
            Self::MasterDown => master_down_interval(version, interval, priority, missed),
            Self::Skew => skew,
            Self::Relisten => interval.duration() + skew,
        }
    }
}
