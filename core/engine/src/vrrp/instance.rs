//! The data of one VRRP instance, what feeds it, and what can be asked of it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::adverts::Encoded;
use super::counters::{Counters, Limiter};
use super::hearing::Hearing;
use super::listening::{Listening, Patience};
use super::proof::{Proof, WallClock};
use super::timers::TimerTable;
use super::{Cause, State};
use crate::effect::{Effect, Notice, Outbox, Transition};
use crate::event::Received;
use crate::id::{AddressKey, InstanceKey};
use crate::kernel::{Address, KernelState, Wanted};
use crate::model::{self, SharedInstance};
use crate::mutant::{self, Mutant};
use crate::node::TimerReason;
use crate::notify::Notification;
use crate::time::Instant;
use crate::unit::{AdvertInterval, IfName, Name, Priority};
use crate::wire::vrrp::Rejection;

/// One virtual router as this node plays it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instance {
    pub(super) config: SharedInstance,
    pub(super) state: State,
    since: Instant,
    /// Why it entered that state; none before it has entered any.
    cause: Option<Cause>,
    pub(super) inputs: Inputs,
    pub(super) effective: Priority,
    pub(super) timers: TimerTable,
    /// Since when, and for how long, a backup listens.
    pub(super) listening: Listening,
    /// Master_Adver_Interval: what the master says of its interval (version 3), else ours.
    pub(super) master_interval: AdvertInterval,
    /// The master that was last accepted.
    pub(super) master: Option<(IpAddr, Priority)>,
    /// Since when a live master of lower priority has been heard (`preempt_delay`).
    pub(super) preempt_clock: Option<Instant>,
    /// The encoded adverts, for as long as nothing in them changes.
    pub(super) encoded: Option<Encoded>,
    /// The numbers that prove adverts, through all states and reloads.
    pub(super) proof: Proof,
    /// Addresses of this master that were not announced since they were last (re-)added.
    pub(super) unannounced: BTreeSet<AddressKey>,
    /// The notification that waits for the kernel.
    pub(super) notify: Option<Transition>,
    /// Whether it is in a sync group, and so is master only when all of the group can be.
    pub(super) grouped: bool,
    /// Why it would be master now, if its group were ready.
    pub(super) wants_master: Option<Cause>,
    /// Whether it has just answered a losing advert.
    pub(super) defended: bool,
    pub(super) counters: Counters,
    pub(super) hearing: Hearing,
    pub(super) mismatches: [Limiter; 3],
    pub(super) dual_master: Limiter,
    pub(super) address_lost: Limiter,
    /// When a losing advert was told of last.
    pub(super) told_lower: Option<Instant>,
}

/// What an instance acts in.
pub(crate) struct Context<'a> {
    pub(crate) now: Instant,
    pub(crate) kernel: &'a KernelState,
    pub(crate) out: &'a mut Outbox,
}

/// What the rest of the node knows that this instance depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    pub(crate) link: LinkInput,
    /// Sum of the trackers' contributions.
    pub(crate) weights: i32,
    /// A tracker of weight 0 has failed, and this is what its failure is called.
    pub(crate) fault: Option<Cause>,
    /// A tracker of weight 0 has no verdict yet.
    pub(crate) waiting: bool,
}

/// Whether the interfaces that an instance needs can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LinkInput {
    /// Not all have been reported yet.
    Unknown,
    /// One is down or gone, or there is no address to send from.
    Down,
    /// All are up; adverts go out from this address.
    Ready(IpAddr),
}

impl Instance {
    pub(crate) fn new(config: SharedInstance, now: Instant) -> Self {
        Self {
            state: State::Init,
            since: now,
            cause: None,
            inputs: Inputs {
                link: LinkInput::Unknown,
                weights: 0,
                fault: None,
                waiting: false,
            },
            effective: config.priority,
            timers: TimerTable::default(),
            listening: Listening {
                since: now,
                patience: Patience::MasterDown,
            },
            master_interval: config.advert_interval,
            master: None,
            preempt_clock: None,
            encoded: None,
            proof: Proof::default(),
            unannounced: BTreeSet::new(),
            notify: None,
            grouped: false,
            wants_master: None,
            defended: false,
            counters: Counters::default(),
            hearing: Hearing::default(),
            mismatches: Default::default(),
            dual_master: Limiter::default(),
            address_lost: Limiter::default(),
            told_lower: None,
            config,
        }
    }

    /// Its identity.
    #[must_use]
    pub fn key(&self) -> InstanceKey {
        self.config.key()
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.config.name
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> &model::Instance {
        &self.config
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// When it entered that state.
    #[must_use]
    pub const fn since(&self) -> Instant {
        self.since
    }

    /// Why it entered that state; none where it has not left the one that it started in.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// The priority that counts now.
    #[must_use]
    pub const fn effective_priority(&self) -> Priority {
        self.effective
    }

    /// The master that was last accepted, with its priority.
    #[must_use]
    pub const fn master(&self) -> Option<(IpAddr, Priority)> {
        self.master
    }

    /// The interval that the master is believed to keep.
    #[must_use]
    pub const fn master_interval(&self) -> AdvertInterval {
        self.master_interval
    }

    /// How often an advert was refused for this reason.
    #[must_use]
    pub fn rejected(&self, reason: Rejection) -> u64 {
        self.counters.rejected(reason)
    }

    pub(crate) const fn hearing(&self) -> &Hearing {
        &self.hearing
    }

    pub(crate) const fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Whether a better master is waited out (`preempt_delay`), and since when.
    pub(crate) const fn preempts_since(&self) -> Option<Instant> {
        self.preempt_clock
    }

    pub(crate) const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What it wants in the kernel now.
    pub(crate) fn wanted(&self) -> Wanted {
        if self.state == State::Master || mutant::is_active(Mutant::AddressesKept) {
            Wanted {
                addresses: self.addresses(),
                routes: self.routes(),
                rules: self.rules(),
                refusals: self.refusals(),
                ..Wanted::default()
            }
        } else {
            Wanted::default()
        }
    }

    /// The addresses that it owns as a master.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let interface = self.config.interface;
        let listed = self.config.virtual_addresses.iter();
        let excluded: &[_] = if mutant::is_active(Mutant::ExcludedForgotten) {
            &[]
        } else {
            &self.config.excluded_addresses
        };
        listed
            .chain(excluded)
            .map(|address| address.on(interface))
            .collect()
    }

    /// Takes in what the rest of the node knows now.
    pub(crate) fn update(&mut self, cx: &mut Context<'_>, inputs: Inputs) {
        self.inputs = inputs;
        self.recompute_priority(cx);
        self.gate(cx);
    }

    /// Hears what the wall clock says.
    pub(crate) const fn set_wall_clock(&mut self, wall: WallClock) {
        self.proof.wall = wall;
    }

    /// Takes in an advert for this VRID.
    pub(crate) fn receive(&mut self, cx: &mut Context<'_>, received: &Received) {
        let LinkInput::Ready(own) = self.inputs.link else {
            self.counters.reject(cx.now, Rejection::NotListening);
            return;
        };
        // S3: Initialize ignores everything; so does FAULT.
        if matches!(self.state, State::Init | State::Fault) {
            self.counters.reject(cx.now, Rejection::NotListening);
            return;
        }
        match super::receive::check(&self.config, own, received, (&mut self.proof, cx.now)) {
            Ok(accepted) => {
                self.counters.accepted += 1;
                self.hearing
                    .hear(cx.now, accepted.source, accepted.priority);
                self.counters.resignations_heard +=
                    u64::from(accepted.priority == Priority::RESIGN);
                self.counters.other_addresses += u64::from(!accepted.addresses_match);
                self.note_mismatches(cx, &accepted);
                self.elect(cx, own, accepted);
            }
            Err(reason) => self.refuse(cx, received, reason),
        }
    }

    /// When [`Self::handle_timeout`] is due next.
    pub(crate) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.timers.next().map(|(at, timer)| (at, timer.reason()))
    }

    pub(super) fn enter(&mut self, cx: &mut Context<'_>, to: State, cause: Cause) {
        let transition = Transition {
            instance: self.key(),
            name: self.config.name.clone(),
            from: self.state,
            to,
            cause,
            priority: self.effective,
        };
        self.counters.masterships += u64::from(to == State::Master);
        self.counters.mastership_ends += u64::from(self.state == State::Master);
        if self.state == State::Master {
            self.retract(cx, |_| true);
        }
        self.state = to;
        self.since = cx.now;
        self.cause = Some(cause);
        self.timers.stop_all();
        self.unannounced.clear();
        self.preempt_clock = None;
        self.wants_master = None;
        self.dual_master = Limiter::default();
        cx.out.notice(Notice::Transition(transition.clone()));
        // I23: one notification per transition, in order, even where one still waited.
        if let Some(earlier) = self.notify.replace(transition) {
            let told = Notification::of_transition(earlier, &self.config.notify);
            cx.out.push(Effect::Notify(told));
        }
    }

    pub(super) fn recompute_priority(&mut self, cx: &mut Context<'_>) {
        let effective = effective_priority(self.config.priority, self.inputs.weights);
        if effective == self.effective {
            return;
        }
        let from = core::mem::replace(&mut self.effective, effective);
        cx.out.notice(Notice::Priority {
            instance: self.key(),
            from,
            to: effective,
        });
        // keepalived: a change of priority moves the running timer by the difference in skew.
        self.rearm_master_down();
    }

    fn refuse(&mut self, cx: &mut Context<'_>, received: &Received, reason: Rejection) {
        self.hearing.refuse(cx.now, received.source, reason);
        if let Some(suppressed) = self.counters.reject(cx.now, reason) {
            cx.out.notice(Notice::Rejected {
                interface: received.interface,
                instance: Some(self.key()),
                source: received.source,
                reason,
                suppressed,
            });
        }
    }

    fn note_mismatches(&mut self, cx: &mut Context<'_>, advert: &super::receive::Accepted) {
        use crate::effect::Mismatch;
        // keepalived, skip_check_adv_addr: a master that was heard before is not asked again.
        let known = self
            .master
            .is_some_and(|(master, _)| master == advert.source);
        let compared = !(known && self.config.skip_check_addresses);
        let second_owner = self.config.priority.is_owner() && advert.priority.is_owner();
        let found = [
            (Mismatch::Addresses, compared && !advert.addresses_match),
            (
                Mismatch::Interval,
                advert.interval != self.config.advert_interval,
            ),
            (Mismatch::SecondOwner, second_owner),
        ];
        for ((what, differs), limiter) in found.into_iter().zip(&mut self.mismatches) {
            if differs && limiter.admit(cx.now).is_some() {
                let source = advert.source;
                cx.out.notice(Notice::Mismatch {
                    instance: self.config.key(),
                    source,
                    what,
                });
            }
        }
    }
}

/// Every interface whose state an instance of this configuration has to know.
pub(crate) fn interfaces_of(config: &model::Instance) -> BTreeSet<IfName> {
    let tracked = config.trackers.interfaces.iter();
    needed_by(config)
        .chain([config.interface])
        .chain(config.links().into_iter().map(|link| link.name))
        .chain(tracked.map(|tracked| tracked.target))
        .chain(devs(config).map(|(dev, _)| dev))
        .collect()
}

/// Every interface that it can't do without: its own, and those of its addresses, routes and
/// rules, unless the
/// configuration says that they don't matter (keepalived: `dont_track_primary`, `no_track`).
pub(crate) fn needed_by(config: &model::Instance) -> impl Iterator<Item = IfName> {
    let primary = config.track_primary.then_some(config.interface);
    let tracked = move |(_, tracked): &(IfName, bool)| *tracked && config.track_primary;
    let carriers = devs(config).filter(tracked).map(|(dev, _)| dev);
    primary.into_iter().chain(carriers)
}

/// The other interfaces that its addresses, routes and rules name, and whether their state counts.
fn devs(config: &model::Instance) -> impl Iterator<Item = (IfName, bool)> {
    let addresses = config.virtual_addresses.iter();
    addresses
        .chain(&config.excluded_addresses)
        .filter_map(|address| Some((address.dev?, address.tracked)))
        .chain(super::routing::devs(config))
}

/// keepalived: base plus contributions, clamped to 1..=254; an owner's never moves.
fn effective_priority(base: Priority, weights: i32) -> Priority {
    if base.is_owner() {
        return base;
    }
    let times = if mutant::is_active(Mutant::WeightTwice) {
        2
    } else {
        1
    };
    let sum = i32::from(base.0).saturating_add(weights.saturating_mul(times));
    Priority(u8::try_from(sum.clamp(1, 254)).unwrap_or(254))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effective_priority_is_clamped_and_an_owner_never_moves() {
        assert_eq!(effective_priority(Priority(100), -20), Priority(80));
        assert_eq!(effective_priority(Priority(100), -253), Priority(1));
        assert_eq!(effective_priority(Priority(250), 10), Priority(254));
        assert_eq!(effective_priority(Priority::OWNER, -253), Priority::OWNER);
        assert_eq!(effective_priority(Priority(1), i32::MIN), Priority(1));
    }
}
