//! Which ways are cut, as the log tells it.

use std::collections::BTreeSet;

use bellwether_core::unit::Name;

use crate::fault::Fault;
use crate::log::{Entry, Phase, What};

/// The ways that are cut while a log is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Cuts {
    stations: Vec<Name>,
    cut: BTreeSet<(Name, Name)>,
}

impl Cuts {
    /// Nothing is cut between these stations.
    pub(super) fn new(stations: Vec<Name>) -> Self {
        Self {
            stations,
            cut: BTreeSet::new(),
        }
    }

    /// The ways that are cut, from one station to another.
    pub(super) fn ways(&self) -> impl Iterator<Item = &(Name, Name)> {
        self.cut.iter()
    }

    /// Takes one entry in.
    pub(super) fn read(&mut self, entry: &Entry) {
        if let What::Fault(fault) = &entry.what {
            self.read_fault(fault);
        } else if let What::Phase(Phase::Healed) = &entry.what {
            self.cut.clear();
        }
    }

    fn read_fault(&mut self, fault: &Fault) {
        if let Fault::Cut(way) = fault {
            self.set(&way.from, &way.to, true);
        } else if let Fault::Heal(way) = fault {
            self.set(&way.from, &way.to, false);
        } else if let Fault::CutBoth([a, b]) = fault {
            self.set(a, b, true);
            self.set(b, a, true);
        } else if let Fault::HealBoth([a, b]) = fault {
            self.set(a, b, false);
            self.set(b, a, false);
        } else if let Fault::Isolate(station) = fault {
            for other in self.stations.iter().filter(|other| *other != station) {
                self.cut.insert((station.clone(), other.clone()));
                self.cut.insert((other.clone(), station.clone()));
            }
        } else if matches!(fault, Fault::HealAll {}) {
            self.cut.clear();
        }
    }

    fn set(&mut self, from: &Name, to: &Name, cut: bool) {
        let way = (from.clone(), to.clone());
        if cut {
            self.cut.insert(way);
        } else {
            self.cut.remove(&way);
        }
    }
}
