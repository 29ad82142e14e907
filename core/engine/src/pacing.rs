//! The spacing of announcements: `garp_group`, `vrrp_garp_interval`, `vrrp_gna_interval`.
//!
//! Owns the announcements that wait for their turn. Invariant: two announcements of one kind that
//! leave by interfaces of one group are never closer than the group's interval, and leave in the
//! order in which they were asked for; where no interval is given nothing waits.
//!
//! Deliberately absent: which announcements are due, and when; see [`crate::vrrp`].

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::effect::Announce;
use crate::model::{Config, Instance, Spacing};
use crate::mutant::{self, Mutant};
use crate::time::Instant;
use crate::unit::IfName;

/// All announcements that wait, and when each group may send again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pacer {
    /// What holds for interfaces that are in no group: each is one of its own.
    alone: Spacing,
    /// The groups, by their places in the configuration.
    spacings: Vec<Spacing>,
    group_of: BTreeMap<IfName, usize>,
    /// The interfaces below virtual ones: those share the spacing of what they stand on.
    base_of: BTreeMap<IfName, IfName>,
    #[serde(with = "crate::serial::pairs")]
    lanes: BTreeMap<(Lane, Kind), Beat>,
}

/// What shares one spacing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Lane {
    Group(usize),
    Alone(IfName),
}

/// Gratuitous ARP and unsolicited neighbour advertisements don't wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Kind {
    Arp,
    Neighbour,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Beat {
    /// When the next one may leave.
    next: Instant,
    waiting: VecDeque<Announce>,
}

impl Pacer {
    /// Spaces as this configuration says from now on. What waits goes on waiting, by the new
    /// spacing.
    pub(crate) fn configure(&mut self, config: &Config) {
        let groups = &config.parts().garp_groups;
        self.alone = config.globals().spacing;
        self.spacings = groups.iter().map(|group| group.spacing).collect();
        self.group_of = groups
            .iter()
            .enumerate()
            .flat_map(|(at, group)| group.interfaces.iter().map(move |name| (*name, at)))
            .collect();
        let links = config.instances().iter().flat_map(Instance::links);
        self.base_of = links.map(|link| (link.name, link.base)).collect();
        for ((_, kind), beat) in core::mem::take(&mut self.lanes) {
            for announce in beat.waiting {
                let lane = self.lane(announce.interface);
                let ours = self.lanes.entry((lane, kind)).or_default();
                ours.next = ours.next.max(beat.next);
                ours.waiting.push_back(announce);
            }
        }
    }

    /// Hands an announcement back if it may leave now; keeps it otherwise.
    pub(crate) fn admit(&mut self, now: Instant, announce: Announce) -> Option<Announce> {
        let (lane, kind) = self.place(&announce);
        let interval = self.interval(lane, kind);
        if interval.is_zero() || mutant::is_active(Mutant::PacingIgnored) {
            return Some(announce);
        }
        let beat = self.lanes.entry((lane, kind)).or_default();
        if beat.waiting.is_empty() && beat.next <= now {
            beat.next = now + interval;
            return Some(announce);
        }
        beat.waiting.push_back(announce);
        None
    }

    /// The next announcement that may leave by now.
    pub(crate) fn release(&mut self, now: Instant) -> Option<Announce> {
        let due =
            |(_, beat): &(&(Lane, Kind), &mut Beat)| !beat.waiting.is_empty() && beat.next <= now;
        let (place, beat) = self.lanes.iter_mut().find(due)?;
        let place = *place;
        let announce = beat.waiting.pop_front();
        let interval = self.interval(place.0, place.1);
        if let Some(beat) = self.lanes.get_mut(&place) {
            beat.next = now + interval;
        }
        announce
    }

    /// When [`Self::release`] has something.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self.lanes.values().filter(|beat| !beat.waiting.is_empty());
        waiting.map(|beat| beat.next).min()
    }

    /// Forgets what waits of announcements that are not true any more.
    pub(crate) fn retract(&mut self, untrue: impl Fn(&Announce) -> bool) {
        for beat in self.lanes.values_mut() {
            beat.waiting.retain(|announce| !untrue(announce));
        }
    }

    fn place(&self, announce: &Announce) -> (Lane, Kind) {
        let kind = if announce.address.is_ipv4() {
            Kind::Arp
        } else {
            Kind::Neighbour
        };
        (self.lane(announce.interface), kind)
    }

    fn lane(&self, interface: IfName) -> Lane {
        let base = self.base_of.get(&interface).copied().unwrap_or(interface);
        match self.group_of.get(&base) {
            Some(group) => Lane::Group(*group),
            None => Lane::Alone(base),
        }
    }

    fn interval(&self, lane: Lane, kind: Kind) -> Duration {
        let spacing = match lane {
            Lane::Group(at) => self.spacings.get(at).copied().unwrap_or_default(),
            Lane::Alone(_) => self.alone,
        };
        match kind {
            Kind::Arp => spacing.garp,
            Kind::Neighbour => spacing.gna,
        }
    }
}
