//! Whom an instance has heard of late, and what it refused of whom.
//!
//! Invariant: bounded, whatever is sent: of more senders than [`KEPT`] the one that was heard
//! longest ago is forgotten.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::time::Instant;
use crate::unit::Priority;
use crate::wire::vrrp::Rejection;

/// How many senders, and how many refusals, are remembered.
pub const KEPT: usize = 8;

/// The latest advert of one sender that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Who sent it.
    pub source: IpAddr,
    /// With which priority.
    pub priority: Priority,
    /// When it was heard.
    pub at: Instant,
    /// How many were accepted of this sender since it was first heard.
    pub count: u64,
}

/// The latest advert of one sender that was refused for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Who sent it.
    pub source: IpAddr,
    /// Why it was refused.
    pub reason: Rejection,
    /// When that was.
    pub at: Instant,
    /// How often it was, since the first time.
    pub count: u64,
}

/// What one instance has heard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hearing {
    heard: Vec<Heard>,
    refused: Vec<Refused>,
}

impl Hearing {
    /// Every sender that was accepted, the latest first.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        let mut heard = self.heard.clone();
        heard.sort_by_key(|heard| core::cmp::Reverse(heard.at));
        heard
    }

    /// Every refusal that is remembered, the latest first.
    pub(crate) fn refused(&self) -> Vec<Refused> {
        let mut refused = self.refused.clone();
        refused.sort_by_key(|refused| core::cmp::Reverse(refused.at));
        refused
    }

    /// The latest advert that was accepted of a sender.
    pub(crate) fn of(&self, source: IpAddr) -> Option<&Heard> {
        self.heard.iter().find(|heard| heard.source == source)
    }

    pub(super) fn hear(&mut self, now: Instant, source: IpAddr, priority: Priority) {
        let new = Heard {
            source,
            priority,
            at: now,
            count: 0,
        };
        let known = |heard: &Heard| heard.source == source;
        let slot = slot(&mut self.heard, new, known, |heard| heard.at);
        (slot.priority, slot.at) = (priority, now);
        slot.count += 1;
    }

    pub(super) fn refuse(&mut self, now: Instant, source: IpAddr, reason: Rejection) {
        let new = Refused {
            source,
            reason,
            at: now,
            count: 0,
        };
        let known = |refused: &Refused| (refused.source, refused.reason) == (source, reason);
        let slot = slot(&mut self.refused, new, known, |refused| refused.at);
        slot.at = now;
        slot.count += 1;
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The entry that is `known`; else `new`, in the place of the oldest one if there are too many.
fn slot<T>(
    entries: &mut Vec<T>,
    new: T,
    known: impl Fn(&T) -> bool,
    at: impl Fn(&T) -> Instant,
) -> &mut T {
    let place = match entries.iter().position(known) {
        Some(place) => place,
        None if entries.len() < KEPT => {
            entries.push(new);
            entries.len() - 1
        }
        None => {
            let oldest = entries
                .iter()
                .enumerate()
                .min_by_key(|(_, entry)| at(entry));
            let place = oldest.map_or(0, |(place, _)| place);
            entries[place] = new;
            place
        }
    };
    &mut entries[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_senders_those_heard_longest_ago_are_forgotten() {
        let mut hearing = Hearing::default();
        for host in 0..20_u8 {
            let source = IpAddr::from([192, 0, 2, host]);
            hearing.hear(Instant::from_millis(u64::from(host)), source, Priority(90));
            hearing.refuse(
                Instant::from_millis(u64::from(host)),
                source,
                Rejection::Checksum,
            );
        }
        let sources: Vec<_> = hearing.heard().iter().map(|heard| heard.source).collect();
        let latest: Vec<IpAddr> = (12..20_u8)
            .rev()
            .map(|h| IpAddr::from([192, 0, 2, h]))
            .collect();
        assert_eq!(sources, latest);
        assert_eq!(hearing.refused().len(), KEPT);
    }

    #[test]
    fn a_sender_is_counted_and_its_latest_word_kept() {
        let mut hearing = Hearing::default();
        let source = IpAddr::from([192, 0, 2, 1]);
        hearing.hear(Instant::from_millis(1), source, Priority(90));
        hearing.hear(Instant::from_millis(2), source, Priority(80));
        let heard = hearing.heard();
        assert_eq!(
            (heard.len(), heard[0].count, heard[0].priority),
            (1, 2, Priority(80))
        );
        assert_eq!(
            hearing.of(source).map(|heard| heard.at),
            Some(Instant::from_millis(2))
        );
    }
}
