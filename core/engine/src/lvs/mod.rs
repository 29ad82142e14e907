//! The LVS part: services, their real servers, how these are checked, and the kernel's table that
//! follows.
//!
//! Owns the way of a verdict: a check's result moves its checker, that its server, that its
//! service's quorum, and what then is wanted in the table is planned against what is there.
//! Invariant: the table is wanted as a function of the configuration and the verdicts alone, so
//! that a reload, a restart and a repair end where a long life does. VRRP is not known here: what
//! it has to say comes as events, from [`crate::Node`].
//!
//! | file | owns |
//! |---|---|
//! | `probe` | what one check is, and how it ended |
//! | `checker` | one checker's schedule and verdict |
//! | `server`, `service` | one real server; one service, its quorum, and its part of the table |
//! | `verdict` | the way of a verdict through all of them |
//! | `adopt`, `enlist` | start, reload and stop; real servers and checkers that come and go |
//! | `plan` | the pure planner of the table |
//! | `ledger` | the table as it is wanted and believed, and what is under way |
//! | `told` | notifications |
//! | `snapshot` | status |
//!
//! Deliberately absent: how checks are carried out, and how the table is programmed.

mod adopt;
mod checker;
mod enlist;
mod ids;
mod ledger;
mod notice;
mod plan;
mod probe;
mod random;
mod server;
mod service;
mod snapshot;
mod told;
mod verdict;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

pub use notice::LvsNotice;
pub use plan::{Desired, plan};
pub use probe::{ProbeFailure, ProbeId, ProbeResult, ProbeSpec};
pub use words::ServerKey;

use serde::{Deserialize, Serialize};

use crate::effect::{Effect, Outbox};
use crate::id::OpId;
use crate::kernel::ipvs::{Daemon, IpvsError, Role, Table};
use crate::model::lvs::Service;
use crate::model::{Globals, LvsGlobals};
use crate::node::TimerReason;
use crate::time::Instant;
use crate::unit::Name;
use checker::CheckerRun;
use ids::{CheckerId, ServerId, ServiceId};
use ledger::Ledger;
use server::ServerState;
use service::ServiceState;

/// The LVS part of a node. One without services does nothing, and a node does not even have it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lvs {
    globals: LvsGlobals,
    services: BTreeMap<ServiceId, ServiceState>,
    servers: BTreeMap<ServerId, ServerState>,
    checkers: BTreeMap<CheckerId, CheckerRun>,
    #[serde(with = "crate::serial::pairs")]
    by_service: BTreeMap<Service, ServiceId>,
    /// The services in the file's order.
    order: Vec<ServiceId>,
    /// When each checker is due; the same as in [`CheckerRun::due`].
    timers: BTreeSet<(Instant, CheckerId)>,
    probes: BTreeMap<ProbeId, CheckerId>,
    files: BTreeMap<Name, Heard<i64>>,
    sessions: BTreeMap<Name, Heard<bool>>,
    ledger: Ledger,
    next_id: u32,
    next_probe: u64,
    stopping: bool,
}

/// Something that checkers hear of, what it is, and who listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Heard<T> {
    value: Option<T>,
    listeners: Vec<CheckerId>,
}

impl<T> Default for Heard<T> {
    fn default() -> Self {
        Self {
            value: None,
            listeners: Vec::new(),
        }
    }
}

/// What a call needs.
pub(crate) struct LvsContext<'c> {
    pub(crate) now: Instant,
    pub(crate) out: &'c mut Outbox,
}

impl Lvs {
    /// Whether a configuration needs an LVS part.
    pub(crate) fn is_needed(config: &crate::model::Config) -> bool {
        let Globals { lvs, .. } = config.globals();
        !config.virtual_servers().is_empty()
            || lvs.sync_daemon.is_some()
            || lvs.flush
            || lvs.timeouts != crate::model::LvsTimeouts::default()
    }

    /// Takes in how a check ended. An unknown or cancelled one changes nothing.
    pub(crate) fn probed(&mut self, cx: &mut LvsContext<'_>, probe: ProbeId, result: ProbeResult) {
        let Some(id) = self.probes.remove(&probe) else {
            return;
        };
        if let Some(checker) = self.checkers.get_mut(&id) {
            checker.under_way = None;
        }
        self.conclude(cx, id, result);
    }

    /// Takes in the answer to a change of the table.
    pub(crate) fn table_done(
        &mut self,
        cx: &mut LvsContext<'_>,
        op: OpId,
        outcome: Result<(), IpvsError>,
    ) {
        self.ledger.done(cx.now, op, outcome, cx.out);
    }

    /// Takes in the table as it was seen, or that it could not be.
    pub(crate) fn table_seen(&mut self, cx: &mut LvsContext<'_>, found: Result<Table, IpvsError>) {
        self.ledger.look(cx.now, found, cx.out);
    }

    /// Takes in the number of a tracked file; one that can't be read has none, which counts as 0
    /// (keepalived). The same number again changes nothing.
    pub(crate) fn file_changed(&mut self, cx: &mut LvsContext<'_>, file: &Name, value: i64) {
        let Some(heard) = self.files.get_mut(file) else {
            return;
        };
        if heard.value.replace(value) == Some(value) {
            return;
        }
        for id in heard.listeners.clone() {
            self.hear_file(cx, id, value);
        }
    }

    /// Takes in whether a BFD session is up. The same again changes nothing, and one that has not
    /// been up yet is not taken for a failed one (keepalived).
    pub(crate) fn session_changed(&mut self, cx: &mut LvsContext<'_>, session: &Name, up: bool) {
        let Some(heard) = self.sessions.get_mut(session) else {
            return;
        };
        if (!up && heard.value.is_none()) || heard.value.replace(up) == Some(up) {
            return;
        }
        for id in heard.listeners.clone() {
            self.hear_session(cx, id, up);
        }
    }

    /// Takes in which addresses are on this node now: services with `ha_suspend` are checked only
    /// while theirs is.
    pub(crate) fn addresses_changed(
        &mut self,
        cx: &mut LvsContext<'_>,
        is_here: impl Fn(IpAddr) -> bool,
    ) {
        let ids = self.services.values().filter(|own| own.config.ha_suspend);
        let ids: Vec<_> = ids.map(|own| own.id).collect();
        for id in ids {
            let Some(service) = self.services.get(&id) else {
                continue;
            };
            let mut addresses = service.addresses();
            let present = !service.has_addresses() || addresses.any(&is_here);
            drop(addresses);
            self.set_present(cx, id, present);
        }
    }

    /// Wants these synchronisation daemons to run; none: they are nobody's business.
    pub(crate) fn want_daemons(&mut self, daemons: Option<BTreeMap<Role, Daemon>>) {
        self.ledger.want_daemons(daemons);
    }

    /// Starts, gives up and repeats whatever is due. Early calls do nothing.
    pub(crate) fn handle_timeout(&mut self, cx: &mut LvsContext<'_>) {
        while let Some((at, id)) = self.timers.first().copied()
            && at <= cx.now
        {
            self.set_due(id, None);
            self.act(cx, id);
        }
    }

    /// When [`Self::handle_timeout`] is due next, and why.
    pub(crate) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        let check = self.timers.first().map(|(at, _)| (*at, TimerReason::Check));
        let table = self.ledger.poll_timeout();
        let table = table.map(|at| (at, TimerReason::TableRetry));
        check.into_iter().chain(table).min_by_key(|(at, _)| *at)
    }

    /// Asks the kernel for whatever is missing. Returns whether there was anything.
    pub(crate) fn settle(&mut self, cx: &mut LvsContext<'_>) -> bool {
        self.ledger.settle(cx.now, cx.out)
    }

    /// Whether the table is as it is wanted, as far as anybody can tell: one that can't be seen
    /// can't be waited for.
    pub(crate) fn is_clean(&self) -> bool {
        self.ledger.is_clean() || !self.ledger.is_seen()
    }

    /// A checker's time has come: to start, or to give up what is under way.
    fn act(&mut self, cx: &mut LvsContext<'_>, id: CheckerId) {
        let Some(checker) = self.checkers.get_mut(&id) else {
            return;
        };
        if let Some(probe) = checker.under_way.take() {
            self.probes.remove(&probe);
            cx.out.push(Effect::CancelProbe { probe });
            self.conclude(cx, id, ProbeResult::Failed(ProbeFailure::Timeout));
            return;
        }
        let Some(spec) = checker.spec.clone() else {
            return;
        };
        let probe = ProbeId(self.next_probe);
        self.next_probe += 1;
        checker.under_way = Some(probe);
        let (page, deadline) = (checker.page(), checker.deadline(cx.now));
        self.probes.insert(probe, id);
        self.set_due(id, Some(deadline));
        cx.out.push(Effect::StartProbe { probe, spec, page });
    }

    fn set_due(&mut self, id: CheckerId, due: Option<Instant>) {
        let Some(checker) = self.checkers.get_mut(&id) else {
            return;
        };
        if let Some(before) = core::mem::replace(&mut checker.due, due) {
            self.timers.remove(&(before, id));
        }
        if let Some(due) = due {
            self.timers.insert((due, id));
        }
    }

    const fn fresh(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }
}
