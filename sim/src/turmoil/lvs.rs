//! A host's checks and table of services.
//!
//! Checks have their ending from [`crate::backend`], as in the event queue: what is shared with
//! turmoil's sockets is the driver's way with effects and events, not the checkers' dialogues.

use std::cell::RefCell;
use std::rc::Rc;

use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, Table};
use bellwether_core::lvs::{ProbeId, ProbeSpec};
use bellwether_core::{Event, Instant, OpId};

use super::host::Host;
use crate::backend::Backends;
use crate::fault::TableEvent;

/// What a host's kernel and its real servers are to the LVS part.
#[derive(Debug)]
pub(super) struct LvsSide {
    /// The same for all hosts.
    pub(super) backends: Rc<RefCell<Backends>>,
    pub(super) table: Table,
    pub(super) has_ipvs: bool,
}

impl LvsSide {
    pub(super) fn new(backends: Rc<RefCell<Backends>>) -> Self {
        Self {
            backends,
            table: Table::default(),
            has_ipvs: true,
        }
    }
}

impl Host {
    pub(super) fn start_probe(
        &mut self,
        now: Instant,
        probe: ProbeId,
        spec: &ProbeSpec,
        page: Option<u16>,
    ) {
        let ending = self.lvs.backends.borrow_mut().meet(spec, page);
        if let Some(result) = ending.result {
            self.post(now + ending.after, Event::ProbeDone { probe, result });
        }
    }

    /// Changes the table and answers. Returns whether it was changed.
    pub(super) fn change_table(&mut self, now: Instant, op: OpId, action: &IpvsOp) -> bool {
        let outcome = if !self.lvs.has_ipvs {
            Err(IpvsError::Unavailable)
        } else if self.refusals > 0 {
            self.refusals -= 1;
            Err(IpvsError::Other {
                errno: 105,
                message: "No buffer space available".to_owned(),
            })
        } else {
            self.lvs.table.apply(action)
        };
        let done = outcome.is_ok();
        self.post(now, Event::TableDone { op, outcome });
        done
    }

    pub(super) fn observe_table(&mut self, now: Instant) {
        let found = if self.lvs.has_ipvs {
            Ok(Box::new(self.lvs.table.clone()))
        } else {
            Err(IpvsError::Unavailable)
        };
        self.post(now, Event::Table(found));
    }

    /// Something happens to the table. Returns what was changed by hand.
    pub(super) fn happen_to_table(&mut self, event: TableEvent) -> Vec<IpvsOp> {
        let ops = match event {
            TableEvent::Cleared | TableEvent::Gone => vec![IpvsOp::Flush],
            TableEvent::Without(address) => {
                let services = self.lvs.table.services.iter();
                let removals = services.flat_map(|(service, entry)| {
                    let own = entry.destinations.keys();
                    let own = own.filter(move |key| key.address == address);
                    own.map(|key| IpvsOp::RemoveDestination(*service, *key))
                });
                removals.collect()
            }
            TableEvent::Back => Vec::new(),
        };
        self.lvs.has_ipvs = !matches!(event, TableEvent::Gone)
            && (self.lvs.has_ipvs || matches!(event, TableEvent::Back));
        let table = &mut self.lvs.table;
        ops.into_iter()
            .filter(|op| table.apply(op).is_ok())
            .collect()
    }
}
