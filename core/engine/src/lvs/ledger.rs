//! The kernel's table as a node wants it, as it believes it to be, and what is under way between.
//!
//! Invariant: one operation for each service and each destination at a time; what has failed rests
//! before it is tried again; and nothing is taken from a service that has not yet got what is to
//! bear its load instead. Only what has changed is looked at: a verdict on one server of ten
//! thousand costs as much as on one of two.
//!
//! | file | owns |
//! |---|---|
//! | `line` | one service in the table, and its destinations |
//! | `answer` | what the kernel's answers mean |
//! | `sight` | what a look at the whole table means |
//! | this one | what is wanted, and what is asked when |

mod answer;
mod line;
mod sight;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::plan;
use crate::effect::{Effect, Outbox};
use crate::id::OpId;
use crate::kernel::ipvs::{
    Daemon, Destination, DestinationKey, IpvsOp, Role, Service, ServiceKey, Table, Timeouts,
};
use crate::mutant::{self, Mutant};
use crate::time::Instant;
use line::Line;

/// How long what has failed rests; doubled each time, up to [`LONGEST_REST`].
const REST: Duration = Duration::from_secs(1);

const LONGEST_REST: Duration = Duration::from_secs(60);

/// How often the table is looked at for what somebody else has changed: ip_vs tells nobody.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The kernel's table as a node believes it to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    #[serde(with = "crate::serial::pairs")]
    lines: BTreeMap<ServiceKey, Line>,
    /// What may need an operation.
    touched: BTreeSet<ServiceKey>,
    daemons: Option<BTreeMap<Role, Daemon>>,
    running: BTreeMap<Role, Daemon>,
    timeouts: Option<Timeouts>,
    holding: Timeouts,
    /// Whether daemons and timeouts may need an operation.
    settings_touched: bool,
    /// The operations that have not been answered.
    pending: BTreeMap<OpId, IpvsOp>,
    /// What has failed, by when it is tried again.
    resting: BTreeSet<(Instant, ServiceKey, Option<DestinationKey>)>,
    settings_rest: Option<Instant>,
    /// The first operation that follows the look that is under way.
    looking: Option<OpId>,
    next_look: Option<Instant>,
    failed_looks: u32,
    /// Whether the table has been seen: nothing is changed unseen.
    seen: bool,
    /// Whether the whole table is to be emptied before anything else.
    flush: bool,
    next_op: u64,
}

impl Ledger {
    /// Empties the whole table once, as soon as it can be seen.
    pub(super) const fn flush_first(&mut self) {
        self.flush = true;
    }

    /// Empties the whole table, and wants nothing any more.
    pub(super) fn flush_all(&mut self) {
        self.lines.clear();
        self.touched.clear();
        self.resting.clear();
        self.flush = true;
    }

    /// Wants a service, or wants it no more.
    pub(super) fn want_service(&mut self, key: ServiceKey, wanted: Option<Service>) {
        let line = self.lines.entry(key).or_default();
        if line.want(wanted) {
            self.touched.insert(key);
        }
    }

    /// Wants a destination, or wants it no more.
    pub(super) fn want(
        &mut self,
        service: ServiceKey,
        key: DestinationKey,
        wanted: Option<Destination>,
    ) {
        let line = self.lines.entry(service).or_default();
        if line.want_destination(key, wanted) {
            self.touched.insert(service);
        }
    }

    /// The destinations that are wanted of a service.
    pub(super) fn wanted(&self, service: ServiceKey) -> Vec<DestinationKey> {
        let line = self.lines.get(&service);
        line.map(Line::wanted).unwrap_or_default()
    }

    /// Wants these daemons to run; none: they are nobody's business.
    pub(super) fn want_daemons(&mut self, daemons: Option<BTreeMap<Role, Daemon>>) {
        self.settings_touched |= self.daemons != daemons;
        self.daemons = daemons;
    }

    /// Wants these timeouts to hold.
    pub(super) fn want_timeouts(&mut self, timeouts: Option<Timeouts>) {
        self.settings_touched |= self.timeouts != timeouts;
        self.timeouts = timeouts;
    }

    /// Whether everything has been answered, and nothing has failed.
    pub(super) fn is_clean(&self) -> bool {
        self.pending.is_empty() && self.resting.is_empty() && self.settings_rest.is_none()
    }

    /// Lets whatever failed be tried again at once.
    pub(super) fn retry_now(&mut self) {
        for (_, service, key) in core::mem::take(&mut self.resting) {
            self.wake(service, key);
        }
        if self.settings_rest.take().is_some() {
            self.settings_touched = true;
        }
    }

    /// Whether the table has been seen.
    pub(super) const fn is_seen(&self) -> bool {
        self.seen
    }

    /// When [`Self::settle`] is worth another try.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        // Nothing is tried again unseen.
        let resting = self.resting.first().map(|(at, ..)| *at);
        let resting = resting.filter(|_| self.seen);
        let settings = self.settings_rest.filter(|_| self.seen);
        let look = self.next_look.filter(|_| self.looking.is_none());
        [resting, settings, look].into_iter().flatten().min()
    }

    /// Asks for whatever can be asked for now. Returns whether there was anything.
    pub(super) fn settle(&mut self, now: Instant, out: &mut Outbox) -> bool {
        self.look_if_due(now, out);
        if !self.seen {
            return false;
        }
        while let Some((at, service, key)) = self.resting.first().copied()
            && at <= now
        {
            self.resting.pop_first();
            self.wake(service, key);
        }
        if self.settings_rest.is_some_and(|at| at <= now) {
            self.settings_rest = None;
            self.settings_touched = true;
        }
        let before = self.next_op;
        if core::mem::take(&mut self.flush) {
            self.ask(IpvsOp::Flush, out);
        }
        while let Some(key) = self.touched.pop_first() {
            self.settle_line(key, out);
        }
        if core::mem::take(&mut self.settings_touched) {
            self.settle_settings(out);
        }
        self.next_op != before
    }

    /// Looks at the table as soon as it may.
    pub(super) fn look_soon(&mut self, now: Instant) {
        let soon = now + if self.seen { REST } else { Duration::ZERO };
        self.next_look = Some(self.next_look.map_or(soon, |at| at.min(soon)));
    }

    fn look_if_due(&mut self, now: Instant, out: &mut Outbox) {
        if self.looking.is_none() && self.next_look.is_some_and(|at| at <= now) {
            self.next_look = None;
            self.looking = Some(OpId(self.next_op));
            out.push(Effect::ObserveTable);
        }
    }

    fn settle_line(&mut self, key: ServiceKey, out: &mut Outbox) {
        let Some(line) = self.lines.get_mut(&key) else {
            return;
        };
        let eager = mutant::is_active(Mutant::RemovedBeforeAdded);
        let ops = line.next(key, OpId(self.next_op), eager);
        if line.is_nothing() {
            self.lines.remove(&key);
        }
        for op in ops {
            self.ask(op, out);
        }
    }

    fn settle_settings(&mut self, out: &mut Outbox) {
        let under_way = self.pending.values().any(|op| op_service(op).is_none());
        if under_way || self.settings_rest.is_some() {
            return;
        }
        let daemons = self.daemons.as_ref();
        let mut ops = daemons.map_or_else(Vec::new, |own| plan::of_daemons(own, &self.running));
        ops.extend(plan::of_timeouts(self.timeouts, self.holding));
        for op in ops {
            self.ask(op, out);
        }
    }

    fn ask(&mut self, action: IpvsOp, out: &mut Outbox) {
        let op = OpId(self.next_op);
        self.next_op += 1;
        self.pending.insert(op, action.clone());
        out.push(Effect::Table { op, action });
    }

    fn wake(&mut self, service: ServiceKey, key: Option<DestinationKey>) {
        if let Some(line) = self.lines.get_mut(&service) {
            line.wake(key);
            self.touched.insert(service);
        }
    }
}

/// The service that an operation is about, if it is about one.
const fn op_service(op: &IpvsOp) -> Option<ServiceKey> {
    match op {
        IpvsOp::AddService(service) | IpvsOp::SetService(service) => Some(service.key),
        IpvsOp::RemoveService(key)
        | IpvsOp::AddDestination(key, _)
        | IpvsOp::SetDestination(key, _)
        | IpvsOp::RemoveDestination(key, _) => Some(*key),
        IpvsOp::Zero(_)
        | IpvsOp::Flush
        | IpvsOp::StartDaemon(_)
        | IpvsOp::StopDaemon(_)
        | IpvsOp::SetTimeouts(_) => None,
    }
}

/// The whole table as it is believed to be, for status and tests.
impl From<&Ledger> for Table {
    fn from(ledger: &Ledger) -> Self {
        let lines = ledger.lines.iter();
        Self {
            services: lines
                .filter_map(|(key, line)| Some((*key, line.believed()?)))
                .collect(),
            daemons: ledger.running.clone(),
            timeouts: ledger.holding,
        }
    }
}

/// How long something rests that has failed so often.
fn rest(failures: u32) -> Duration {
    let doubled = REST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST_REST)
}
