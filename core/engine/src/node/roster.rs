//! All instances of a node, so found and so timed that one of a thousand costs no more than one of
//! ten.
//!
//! Invariant: after [`Roster::refresh`] the first of the agenda is the first of what the instances'
//! `poll_timeout` say, and none of these is missing. Every way to change an instance leads through
//! here and is remembered until then. What an instance no longer waits for stays in the agenda until
//! its time, or until there is more of that than of the rest: to add is cheaper than to remove.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use serde::{Deserialize, Serialize};

use super::TimerReason;
use crate::id::InstanceKey;
use crate::time::Instant;
use crate::vrrp::Instance;

/// The place of an instance in the configuration's order.
pub(super) type Place = usize;

/// All instances, in the configuration's order. What they wait for is asked of them when they are
/// read from a journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Instance>", into = "Vec<Instance>")]
pub(super) struct Roster {
    members: Vec<Instance>,
    places: BTreeMap<InstanceKey, Place>,
    /// What is due when, and what was: of each only what is `noted` counts.
    agenda: BinaryHeap<Reverse<(Instant, Place)>>,
    /// What each waits for.
    noted: Vec<Option<Instant>>,
    touched: Touched,
}

/// Whose timers the agenda may have wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Touched {
    These(Vec<Place>),
    All,
}

impl Default for Touched {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl From<Vec<Instance>> for Roster {
    fn from(members: Vec<Instance>) -> Self {
        let mut roster = Self::default();
        roster.replace(members);
        roster.refresh();
        roster
    }
}

impl From<Roster> for Vec<Instance> {
    fn from(roster: Roster) -> Self {
        roster.members
    }
}

impl Roster {
    /// Takes all out, to be put back by [`Self::replace`].
    pub(super) fn take(&mut self) -> Vec<Instance> {
        core::mem::take(self).members
    }

    /// Has these from now on.
    pub(super) fn replace(&mut self, members: Vec<Instance>) {
        let keys = members.iter().map(Instance::key);
        *self = Self {
            places: keys.zip(0..).collect(),
            agenda: BinaryHeap::new(),
            noted: vec![None; members.len()],
            touched: Touched::All,
            members,
        };
    }

    pub(super) fn as_slice(&self) -> &[Instance] {
        &self.members
    }

    pub(super) fn iter(&self) -> core::slice::Iter<'_, Instance> {
        self.members.iter()
    }

    /// All, to be changed.
    pub(super) fn iter_mut(&mut self) -> core::slice::IterMut<'_, Instance> {
        self.touched = Touched::All;
        self.members.iter_mut()
    }

    /// The place of the instance of this identity.
    pub(super) fn find(&self, key: &InstanceKey) -> Option<Place> {
        self.places.get(key).copied()
    }

    /// The places of those of which `holds` is true.
    pub(super) fn places_of(&self, holds: impl Fn(&Instance) -> bool) -> Vec<Place> {
        let all = self.members.iter().enumerate();
        all.filter(|(_, member)| holds(member))
            .map(|(place, _)| place)
            .collect()
    }

    /// One, to be changed.
    pub(super) fn at_mut(&mut self, place: Place) -> Option<&mut Instance> {
        let member = self.members.get_mut(place)?;
        if let Touched::These(places) = &mut self.touched
            && places.last() != Some(&place)
        {
            places.push(place);
        }
        Some(member)
    }

    /// Several, to be changed, in the configuration's order.
    pub(super) fn several_mut(&mut self, places: &BTreeSet<Place>) -> Vec<&mut Instance> {
        if let Touched::These(touched) = &mut self.touched {
            touched.extend(places);
        }
        let all = self.members.iter_mut().enumerate();
        all.filter(|(place, _)| places.contains(place))
            .map(|(_, member)| member)
            .collect()
    }

    /// Whether one of these places may have changed since the last [`Self::refresh`].
    pub(super) fn is_touched(&self, places: &BTreeSet<Place>) -> bool {
        match &self.touched {
            Touched::All => true,
            Touched::These(touched) => touched.iter().any(|place| places.contains(place)),
        }
    }

    /// Whether some instance has a timer due at `now`.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.agenda
            .peek()
            .is_some_and(|Reverse((at, _))| *at <= now)
    }

    /// Takes out the instances that have a timer due at `now`, in the configuration's order. Until
    /// the next [`Self::refresh`] they count as changed.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Place> {
        let mut due = Vec::new();
        while self.is_due(now) {
            let Some(Reverse((at, place))) = self.agenda.pop() else {
                break;
            };
            if self.noted.get(place) == Some(&Some(at)) {
                self.noted[place] = None;
                due.push(place);
            }
        }
        due.sort_unstable();
        if let Touched::These(places) = &mut self.touched {
            places.extend(&due);
        }
        due
    }

    /// The first timer of all, and what it is for.
    pub(super) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        let Reverse((_, place)) = self.agenda.peek()?;
        self.members.get(*place)?.poll_timeout()
    }

    /// Brings the agenda up to date.
    pub(super) fn refresh(&mut self) {
        match core::mem::take(&mut self.touched) {
            Touched::These(mut places) => {
                places.iter().for_each(|place| self.note(*place));
                // Its memory is used again.
                places.clear();
                self.touched = Touched::These(places);
            }
            Touched::All => (0..self.members.len()).for_each(|place| self.note(place)),
        }
        if self.agenda.len() > 4 * self.members.len() + 16 {
            let noted = &self.noted;
            self.agenda
                .retain(|Reverse((at, place))| noted.get(*place) == Some(&Some(*at)));
        }
        while let Some(Reverse((at, place))) = self.agenda.peek()
            && self.noted.get(*place) != Some(&Some(*at))
        {
            self.agenda.pop();
        }
    }

    fn note(&mut self, place: Place) {
        let (Some(member), Some(noted)) = (self.members.get(place), self.noted.get_mut(place))
        else {
            return;
        };
        let next = member.poll_timeout().map(|(at, _)| at);
        if core::mem::replace(noted, next) == next {
            return;
        }
        if let Some(at) = next {
            self.agenda.push(Reverse((at, place)));
        }
    }
}

impl<'a> IntoIterator for &'a mut Roster {
    type Item = &'a mut Instance;
    type IntoIter = core::slice::IterMut<'a, Instance>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
