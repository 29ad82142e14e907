//! What a look at the whole table means.

use std::collections::BTreeMap;

use super::{LOOK_EVERY, Ledger, rest};
use crate::effect::{Notice, Outbox};
use crate::id::OpId;
use crate::kernel::ipvs::{IpvsError, ServiceKey, Table};
use crate::lvs::LvsNotice;
use crate::time::Instant;

impl Ledger {
    /// Takes in the table as it was when it was looked at, or that it could not be.
    ///
    /// What was asked for after that is not in it; the answers to that are believed instead.
    pub(in crate::lvs) fn look(
        &mut self,
        now: Instant,
        found: Result<Table, IpvsError>,
        out: &mut Outbox,
    ) {
        let look = self.looking.take().unwrap_or(OpId(self.next_op));
        match found {
            Ok(table) => {
                self.failed_looks = 0;
                self.next_look = Some(now + LOOK_EVERY);
                self.adopt(look, table, out);
            }
            Err(error) => {
                self.seen = false;
                self.failed_looks = self.failed_looks.saturating_add(1);
                self.next_look = Some(now + rest(self.failed_looks));
                if self.failed_looks == 1 {
                    out.notice(Notice::Lvs(LvsNotice::TableUnavailable { error }));
                }
            }
        }
    }

    fn adopt(&mut self, look: OpId, table: Table, out: &mut Outbox) {
        let was_seen = core::mem::replace(&mut self.seen, true);
        let Table {
            mut services,
            daemons,
            timeouts,
        } = table;
        if self.flush {
            // All of it goes before anything else is asked for.
            services = BTreeMap::new();
        }
        let keys: Vec<ServiceKey> = self.lines.keys().copied().collect();
        for key in keys {
            let Some(line) = self.lines.get_mut(&key) else {
                continue;
            };
            let changes = line.look(services.remove(&key), look);
            if changes > 0 {
                self.touched.insert(key);
            }
            if changes > 0 && was_seen {
                let changed = LvsNotice::TableChanged {
                    service: key,
                    changes,
                };
                out.notice(Notice::Lvs(changed));
            }
        }
        if !self.settings_under_way() {
            self.settings_touched |= self.running != daemons || self.holding != timeouts;
            self.settings_touched |= !was_seen;
            self.running = daemons;
            self.holding = timeouts;
        }
    }

    fn settings_under_way(&self) -> bool {
        let mut pending = self.pending.values();
        pending.any(|op| super::op_service(op).is_none())
    }
}
