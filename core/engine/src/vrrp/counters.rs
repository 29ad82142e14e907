//! What an instance has sent, accepted and refused, and how often it says so.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Instant;
use crate::wire::vrrp::Rejection;

/// One word per reason and minute: enough to find a mistake, too little to fill a disk.
const QUIET: Duration = Duration::from_secs(60);

/// Counters since the start; they survive every change of state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counters {
    pub(crate) sent: u64,
    pub(crate) accepted: u64,
    /// Times that it became master.
    pub(crate) masterships: u64,
    /// Times that it was master no longer.
    pub(crate) mastership_ends: u64,
    /// Adverts of priority 0 that it sent.
    pub(crate) resignations_sent: u64,
    /// Adverts of priority 0 that it accepted.
    pub(crate) resignations_heard: u64,
    /// Accepted adverts with another list of addresses.
    pub(crate) other_addresses: u64,
    /// By reason, of those that have occurred: most never do.
    rejected: BTreeMap<Rejection, Rejected>,
}

/// The refusals for one reason.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Rejected {
    count: u64,
    said: Limiter,
}

impl Counters {
    /// Counts one refused advert. Returns how many were passed over in silence since the last
    /// word, if it is time for another one.
    pub(super) fn reject(&mut self, now: Instant, reason: Rejection) -> Option<u64> {
        let rejected = self.rejected.entry(reason).or_default();
        rejected.count += 1;
        rejected.said.admit(now)
    }

    /// Counts from zero again; what was said a moment ago is not said again at once.
    pub(super) fn clear(&mut self) {
        let mut rejected = core::mem::take(&mut self.rejected);
        for rejected in rejected.values_mut() {
            rejected.count = 0;
        }
        *self = Self {
            rejected,
            ..Self::default()
        };
    }

    /// How often an advert was refused for this reason.
    pub(super) fn rejected(&self, reason: Rejection) -> u64 {
        self.rejected
            .get(&reason)
            .map_or(0, |rejected| rejected.count)
    }

    /// All reasons that have occurred.
    pub(crate) fn all_rejected(&self) -> BTreeMap<Rejection, u64> {
        let counts = self.rejected.iter();
        let counts = counts.map(|(reason, rejected)| (*reason, rejected.count));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

/// Lets the first through, and then one in a while.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Limiter {
    last: Option<Instant>,
    suppressed: u64,
}

impl Limiter {
    pub(crate) fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.since(last) < QUIET) {
            self.suppressed += 1;
            return None;
        }
        self.last = Some(now);
        Some(core::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_counts_and_one_a_minute_is_said() {
        let mut counters = Counters::default();
        let said: Vec<_> = (0..61)
            .filter_map(|second| {
                counters.reject(Instant::from_millis(second * 1000), Rejection::Checksum)
            })
            .collect();
        assert_eq!(
            said,
            [0, 59],
            "the first at once, and the 61st with 59 in silence"
        );
        assert_eq!(counters.rejected(Rejection::Checksum), 61);
        assert_eq!(counters.rejected(Rejection::AuthData), 0);
    }
}
