//! The election: what an accepted advert, a timer and a broken part do to the state.
//!
//! Each branch names its rule: S, B and A rules are RFC 9568 6.4.1, 6.4.2 and 6.4.3 (RFC 3768
//! has the same sections), and "keepalived:" marks what only the field has.

use core::time::Duration;
use std::net::IpAddr;

use super::instance::{Context, Instance, LinkInput};
use super::listening::{Listening, Patience};
use super::receive::Accepted;
use super::timers::{Timer, skew_time};
use super::{Cause, State};
use crate::effect::{Effect, Notice};
use crate::model::{LosingAdvert, Preemption};
use crate::mutant::{self, Mutant};
use crate::notify::{Notification, Subject, Told};
use crate::time::Instant;
use crate::unit::{Priority, Version};

impl Instance {
    /// Starts, faults or recovers, by what the instance depends on.
    pub(super) fn gate(&mut self, cx: &mut Context<'_>) {
        let link = (self.inputs.link == LinkInput::Down).then_some(Cause::LinkDown);
        let broken = self.inputs.fault.or(link);
        let ready = matches!(self.inputs.link, LinkInput::Ready(_)) && !self.inputs.waiting;
        match (self.state, broken) {
            (State::Init, None) if ready => self.startup(cx, Cause::Startup),
            (State::Fault, None) if ready => self.startup(cx, Cause::Recovered),
            (State::Init | State::Backup, Some(cause)) => self.enter(cx, State::Fault, cause),
            (State::Master, Some(cause)) => {
                // keepalived: a master that faults resigns, so that nobody waits for it.
                self.send_resignation(cx);
                self.enter(cx, State::Fault, cause);
            }
            (State::Init | State::Backup | State::Master | State::Fault, None)
            | (State::Fault, Some(_)) => {}
        }
    }

    /// Takes in an advert that passed all checks.
    pub(super) fn elect(&mut self, cx: &mut Context<'_>, own: IpAddr, advert: Accepted) {
        match self.state {
            State::Backup => self.backup_hears(cx, advert),
            State::Master => self.master_hears(cx, own, advert),
            State::Init | State::Fault => {}
        }
    }

    /// Fires every timer that is due.
    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        while let Some((due, timer)) = self.timers.take_due(cx.now) {
            match timer {
                // A4: advert, and again in an interval.
                Timer::Advert => {
                    self.send_advert(cx);
                    self.arm_advert(cx.now);
                }
                Timer::MasterDown => self.give_up_master(cx, due),
                Timer::SecondBatch => self.announce_all(cx, self.config.garp.repeat),
                Timer::LosingBatch if mutant::is_active(Mutant::NoLosingBatch) => {}
                Timer::LosingBatch => self.announce_all(cx, self.config.garp.losing_repeat),
                Timer::Refresh => {
                    self.announce_all(cx, self.config.garp.refresh_repeat);
                    self.arm_refresh(cx.now);
                }
                Timer::Extra => {
                    self.announce_elsewhere(cx);
                    self.arm_extra(cx.now);
                }
            }
        }
    }

    /// A3 and B2: hands over and goes back to Initialize, for ever or until started again.
    pub(crate) fn shut_down(&mut self, cx: &mut Context<'_>, cause: Cause) {
        match self.state {
            State::Master => {
                self.send_resignation(cx);
                self.enter(cx, State::Init, cause);
            }
            State::Backup | State::Fault => self.enter(cx, State::Init, cause),
            State::Init => {}
        }
    }

    /// Moves a running Master_Down_Timer to where priority and interval now put it.
    pub(super) fn rearm_master_down(&mut self) {
        if self.state == State::Backup {
            let at = self.listening.since + self.patience();
            self.timers.arm(Timer::MasterDown, at);
        }
    }

    fn startup(&mut self, cx: &mut Context<'_>, cause: Cause) {
        self.master = None;
        self.master_interval = self.config.advert_interval;
        if self.config.priority.is_owner() {
            // S1, P5: the owner waits for nobody.
            self.become_master(cx, Cause::Owner);
        } else {
            // S2.
            self.become_backup(cx, cause);
        }
    }

    fn backup_hears(&mut self, cx: &mut Context<'_>, advert: Accepted) {
        if advert.priority == Priority::RESIGN {
            // B4: the interval of a resignation is not adopted.
            if !mutant::is_active(Mutant::PriorityZeroIgnored) {
                self.master = None;
                self.listen(cx.now, Patience::Skew);
            }
            return;
        }
        // B7: addresses are never compared here, so an equal priority is accepted.
        let outranks_us = advert.priority >= self.effective;
        if outranks_us {
            // keepalived: a better master cancels a running preempt delay.
            self.preempt_clock = None;
        }
        if outranks_us || !self.may_preempt(cx.now) {
            // B5, B8, P3.
            self.wants_master = None;
            self.master = Some((advert.source, advert.priority));
            self.master_interval = advert.interval;
            self.listen(cx.now, Patience::MasterDown);
        } else if mutant::is_active(Mutant::LowerAdvertResetsTimer) {
            self.listen(cx.now, Patience::MasterDown);
        }
        // B6: otherwise the timer runs on, and we take over when it ends.
    }

    /// Whether a live master of lower priority is to be replaced now.
    fn may_preempt(&mut self, now: Instant) -> bool {
        if self.config.priority.is_owner() || mutant::is_active(Mutant::PreemptIgnored) {
            // P5: the owner preempts whatever Preempt_Mode says.
            return true;
        }
        match self.config.preemption {
            Preemption::Immediate => true,
            Preemption::Never => false,
            Preemption::Delayed(delay) => {
                // keepalived: the clock starts at the first advert of such a master.
                let heard_since = *self.preempt_clock.get_or_insert(now);
                now.since(heard_since) >= delay
            }
        }
    }

    fn master_hears(&mut self, cx: &mut Context<'_>, own: IpAddr, advert: Accepted) {
        if advert.priority == Priority::RESIGN {
            // A5: somebody resigns, so everybody else is about to take over: speak up.
            self.send_advert(cx);
            self.arm_advert(cx.now);
            return;
        }
        if self.dual_master.admit(cx.now).is_some() {
            cx.out.notice(Notice::DualMaster {
                instance: self.key(),
                peer: advert.source,
                priority: advert.priority,
            });
        }
        match self.outranked_by(own, &advert) {
            // A6. A8: Preempt_Mode does not matter here.
            Some(cause) => self.yield_to(cx, &advert, cause),
            // A7.
            None => {
                self.defend(cx);
                self.tell_of_loser(cx);
            }
        }
    }

    /// A6: the greater priority wins; of equal ones the greater address, in network order.
    fn outranked_by(&self, own: IpAddr, advert: &Accepted) -> Option<Cause> {
        let reversed = mutant::is_active(Mutant::TieBreakReversed)
            || (own.is_ipv6() && mutant::is_active(Mutant::TieBreakReversedOverIpv6));
        if advert.priority > self.effective {
            Some(Cause::HigherPriority)
        } else if advert.priority == self.effective && ((advert.source > own) != reversed) {
            Some(Cause::HigherAddress)
        } else {
            None
        }
    }

    fn yield_to(&mut self, cx: &mut Context<'_>, advert: &Accepted, cause: Cause) {
        if self.config.farewell_advert {
            // keepalived, higher_prio_send_advert: the winner learns of us, and announces again.
            self.send_advert(cx);
        }
        self.master = Some((advert.source, advert.priority));
        self.master_interval = advert.interval;
        self.become_backup(cx, cause);
    }

    /// RFC 9568 6.4.3 (rule D2): the loser is told at once, unless `lower_prio_no_advert`.
    /// keepalived: clients are told in either case, so that they come back from the loser.
    fn defend(&mut self, cx: &mut Context<'_>) {
        if mutant::is_active(Mutant::LosingAdvertIgnored) {
            return;
        }
        match self.config.losing_advert {
            LosingAdvert::Answer => self.send_advert(cx),
            LosingAdvert::Discard => {}
        }
        if self.grouped {
            self.defended = true;
        } else {
            self.announce_again(cx);
        }
    }

    /// keepalived, notify_master_rx_lower_pri: told for each losing advert, whether it is answered
    /// or not. Here at most once in an interval, so that a flood starts no flood of commands, and
    /// not before it has been told that this node is master.
    fn tell_of_loser(&mut self, cx: &mut Context<'_>) {
        let interval = self.config.advert_interval.duration();
        let recent = |last| cx.now.since(last) < interval;
        if self.notify.is_some() || self.told_lower.is_some_and(recent) {
            return;
        }
        self.told_lower = Some(cx.now);
        let subject = Subject::Instance {
            key: self.key(),
            name: self.config.name.clone(),
        };
        let told = Told::MasterRxLowerPri;
        let notify = &self.config.notify;
        cx.out.push(Effect::Notify(Notification::new(
            subject,
            told,
            self.effective,
            notify,
        )));
    }

    fn give_up_master(&mut self, cx: &mut Context<'_>, due: Instant) {
        let late = cx.now.since(due);
        if late > self.skew() {
            cx.out.notice(Notice::Late {
                instance: self.key(),
                by: late,
            });
        }
        if late >= self.master_interval.duration() {
            // Not in the RFCs: we were deaf for an interval or more (a paused machine, a starved
            // process). Nobody was heard because nobody could be; listen before believing.
            self.listen(cx.now, Patience::Relisten);
            return;
        }
        // B3, or keepalived's and the RFCs' takeover after B4.
        let cause = match self.listening.patience {
            Patience::MasterDown | Patience::Relisten => Cause::DownTimer,
            Patience::Skew => Cause::Resigned,
        };
        self.become_master(cx, cause);
    }

    /// Becomes master; in a sync group, as soon as all others can.
    fn become_master(&mut self, cx: &mut Context<'_>, cause: Cause) {
        if !self.grouped || mutant::is_active(Mutant::LeadsAlone) {
            self.take_mastership(cx, cause);
            return;
        }
        if self.state != State::Backup {
            self.become_backup(cx, cause);
        }
        self.wants_master = Some(cause);
        self.listen(cx.now, Patience::MasterDown);
    }

    pub(super) fn take_mastership(&mut self, cx: &mut Context<'_>, cause: Cause) {
        self.send_advert(cx);
        self.enter(cx, State::Master, cause);
        self.master = None;
        self.arm_advert(cx.now);
        self.begin_announcing(cx.now);
    }

    pub(super) fn become_backup(&mut self, cx: &mut Context<'_>, cause: Cause) {
        self.enter(cx, State::Backup, cause);
        self.listen(cx.now, Patience::MasterDown);
    }

    fn listen(&mut self, now: Instant, patience: Patience) {
        self.listening = Listening {
            since: now,
            patience,
        };
        self.rearm_master_down();
    }

    fn patience(&self) -> Duration {
        let Listening { patience, .. } = self.listening;
        let config = &self.config;
        let interval = self.heard_interval();
        patience.span(
            config.version,
            interval,
            self.effective,
            config.down_timer_adverts,
        )
    }

    fn skew(&self) -> Duration {
        skew_time(self.config.version, self.heard_interval(), self.effective)
    }

    /// P1, P2: version 2 counts in its own interval, version 3 in the master's.
    fn heard_interval(&self) -> crate::unit::AdvertInterval {
        match self.config.version {
            Version::V2 => self.config.advert_interval,
            Version::V3 => self.master_interval,
        }
    }

    /// P4: what we send is governed by our own interval.
    pub(super) fn arm_advert(&mut self, now: Instant) {
        self.timers
            .arm(Timer::Advert, now + self.config.advert_interval.duration());
    }
}
