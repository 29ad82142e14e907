//! One service in the table, and its destinations: wanted and believed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::OpId;
use crate::kernel::ipvs::{Destination, DestinationKey, Entry, IpvsOp, Service, ServiceKey};
use crate::lvs::plan::Seen as Known;
use crate::lvs::plan::{Seen, is_loss, of_destination, of_service};

/// A service in the table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Line {
    wanted: Option<Service>,
    seen: Known<Service>,
    state: Standing,
    /// Whether its removal is under way.
    removing: bool,
    #[serde(with = "crate::serial::pairs")]
    cells: BTreeMap<DestinationKey, Cell>,
    /// The destinations that may need an operation.
    touched: BTreeSet<DestinationKey>,
    /// How many are wanted with a weight.
    bearers: u32,
    /// How many of these are there with one.
    bearing: u32,
}

/// A destination in the table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Cell {
    wanted: Option<Destination>,
    seen: Known<Destination>,
    state: Standing,
}

/// What is going on with something in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    busy: bool,
    /// Whether it has failed, and rests.
    resting: bool,
    failures: u32,
    /// The last operation on it: a look that began before does not know of it.
    last: Option<OpId>,
}

impl Standing {
    const fn is_idle(self) -> bool {
        !self.busy && !self.resting
    }

    fn begin(&mut self, op: OpId) {
        self.busy = true;
        self.last = Some(op);
    }

    /// Takes in an answer. Returns how often it has failed in a row, if it rests now.
    fn end(&mut self, failed: bool) -> Option<u32> {
        self.busy = false;
        self.failures = if failed {
            self.failures.saturating_add(1)
        } else {
            0
        };
        self.resting = failed;
        failed.then_some(self.failures)
    }

    fn is_later_than(self, look: OpId) -> bool {
        self.busy || self.last.is_some_and(|last| last >= look)
    }
}

impl Cell {
    fn bears(&self) -> (u32, u32) {
        let wanted = self.wanted.is_some_and(|own| own.weight > 0);
        let there = match &self.seen {
            Seen::There(there) => there.weight > 0,
            Seen::Absent | Seen::Unknown => false,
        };
        (u32::from(wanted), u32::from(wanted && there))
    }
}

impl Line {
    pub(super) fn want(&mut self, wanted: Option<Service>) -> bool {
        let changed = self.wanted != wanted;
        self.wanted = wanted;
        changed
    }

    pub(super) fn want_destination(
        &mut self,
        key: DestinationKey,
        wanted: Option<Destination>,
    ) -> bool {
        if self.cells.get(&key).and_then(|cell| cell.wanted) == wanted {
            return false;
        }
        self.on_cell(key, |cell| cell.wanted = wanted);
        self.touched.insert(key);
        true
    }

    pub(super) fn wanted(&self) -> Vec<DestinationKey> {
        let wanted = self.cells.iter().filter(|(_, cell)| cell.wanted.is_some());
        wanted.map(|(key, _)| *key).collect()
    }

    /// The operations that can be asked for now, in order, the first of this id.
    pub(super) fn next(&mut self, key: ServiceKey, first: OpId, eager: bool) -> Vec<IpvsOp> {
        let mut ops = Vec::new();
        let wanted = of_service(key, self.wanted.as_ref(), &self.seen);
        if let Some(next) = wanted.filter(|_| self.state.is_idle()) {
            self.state.begin(first);
            self.removing = matches!(next, IpvsOp::RemoveService(_));
            ops.push(next);
        }
        // What goes takes its destinations along; what can't be made has none.
        let absent = !self.seen.is_there() && !self.state.busy;
        if self.wanted.is_none() || self.removing || absent {
            return ops;
        }
        let mut losses = Vec::new();
        for own in core::mem::take(&mut self.touched) {
            match self.next_of(key, own) {
                Some(next) if is_loss(&next) => losses.push((own, next)),
                Some(next) => self.begin(own, first, next, &mut ops),
                None => {}
            }
        }
        // Nothing goes before something bears the load, unless nothing is to bear it.
        let may_lose = self.bearers == 0 || self.bearing > 0 || eager;
        for (own, next) in losses {
            if may_lose {
                self.begin(own, first, next, &mut ops);
            } else {
                self.touched.insert(own);
            }
        }
        ops
    }

    /// The next operation on a destination. One that is busy or rests comes back by itself.
    fn next_of(&mut self, service: ServiceKey, own: DestinationKey) -> Option<IpvsOp> {
        let cell = self.cells.get(&own)?;
        if !cell.state.is_idle() {
            return None;
        }
        let next = of_destination(service, own, cell.wanted.as_ref(), &cell.seen);
        if next.is_none() && cell.wanted.is_none() {
            self.cells.remove(&own);
        }
        next
    }

    fn begin(&mut self, own: DestinationKey, first: OpId, next: IpvsOp, ops: &mut Vec<IpvsOp>) {
        let ahead = u64::try_from(ops.len()).unwrap_or(u64::MAX);
        if let Some(cell) = self.cells.get_mut(&own) {
            cell.state.begin(OpId(first.0.saturating_add(ahead)));
            ops.push(next);
        }
    }

    /// Lets what rested be tried again: a destination, or the service.
    pub(super) fn wake(&mut self, key: Option<DestinationKey>) {
        match key {
            None => self.state.resting = false,
            Some(key) => {
                if let Some(cell) = self.cells.get_mut(&key) {
                    cell.state.resting = false;
                    self.touched.insert(key);
                }
            }
        }
    }

    /// Whether nothing is wanted, nothing is there, and nothing is awaited.
    pub(super) fn is_nothing(&self) -> bool {
        let gone = self.wanted.is_none() && !self.seen.is_there() && !self.state.busy;
        gone && self.cells.values().all(|cell| !cell.state.busy)
    }

    /// It as it is believed to be in the kernel, if it is there.
    pub(super) fn believed(&self) -> Option<Entry> {
        let Seen::There(service) = &self.seen else {
            return None;
        };
        let there = |(key, cell): (&DestinationKey, &Cell)| match cell.seen {
            Seen::There(own) => Some((*key, own)),
            Seen::Absent | Seen::Unknown => None,
        };
        Some(Entry {
            service: service.clone(),
            destinations: self.cells.iter().filter_map(there).collect(),
        })
    }

    /// The answer to an operation on the service. Returns for how long it rests, if it does.
    pub(super) fn service_answered(&mut self, seen: Known<Service>, failed: bool) -> Option<u32> {
        self.removing = false;
        if !seen.is_there() {
            self.lose_all();
        }
        self.seen = seen;
        self.state.end(failed)
    }

    /// The answer to an operation on a destination; `seen` is what is known of it now. Returns how
    /// often it has failed, if it rests now.
    pub(super) fn answered(
        &mut self,
        key: DestinationKey,
        seen: Option<Known<Destination>>,
        failed: bool,
    ) -> Option<u32> {
        self.touched.insert(key);
        let mut rests = None;
        self.on_cell(key, |cell| {
            if let Some(seen) = seen {
                cell.seen = seen;
            }
            rests = cell.state.end(failed);
        });
        rests
    }

    /// The service has gone, with its destinations.
    pub(super) fn vanish(&mut self) {
        self.seen = Seen::Absent;
        self.lose_all();
    }

    /// What is known of the service itself.
    pub(super) const fn seen(&self) -> &Known<Service> {
        &self.seen
    }

    fn lose_all(&mut self) {
        let keys: Vec<_> = self.cells.keys().copied().collect();
        for key in keys {
            self.on_cell(key, |cell| cell.seen = Seen::Absent);
            self.touched.insert(key);
        }
    }

    /// Takes in how the kernel has it, as of a look that began before the operation `look`.
    /// Returns how much of it somebody else has changed.
    pub(super) fn look(&mut self, there: Option<Entry>, look: OpId) -> u32 {
        let mut changes = 0;
        let mut destinations = BTreeMap::new();
        let service = there.map(|entry| {
            destinations = entry.destinations;
            entry.service
        });
        if !self.state.is_later_than(look) {
            let seen = Seen::from(service);
            changes += u32::from(self.seen != seen);
            self.seen = seen;
        }
        let known: BTreeSet<_> = self.cells.keys().copied().collect();
        let found = destinations.keys().copied();
        for key in found.chain(known).collect::<BTreeSet<_>>() {
            let seen = Seen::from(destinations.get(&key).copied());
            let mut changed = false;
            self.on_cell(key, |cell| {
                if !cell.state.is_later_than(look) && cell.seen != seen {
                    cell.seen = seen;
                    changed = true;
                }
            });
            if changed {
                changes += 1;
                self.touched.insert(key);
            }
        }
        changes
    }

    fn on_cell(&mut self, key: DestinationKey, change: impl FnOnce(&mut Cell)) {
        let cell = self.cells.entry(key).or_default();
        let (bears, bearing) = cell.bears();
        change(cell);
        let (will_bear, will_be_bearing) = cell.bears();
        self.bearers = self.bearers + will_bear - bears;
        self.bearing = self.bearing + will_be_bearing - bearing;
    }
}
