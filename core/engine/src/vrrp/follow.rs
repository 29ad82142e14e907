//! A member of a sync group: it says what it would do, and follows what the group does.

use super::instance::{Context, Instance};
use super::timers::Timer;
use super::{Cause, State};
use crate::mutant::{self, Mutant};

impl Instance {
    pub(crate) const fn set_grouped(&mut self, grouped: bool) {
        self.grouped = grouped;
    }

    /// Why it would be master now, if its group were ready.
    pub(crate) const fn wants_master(&self) -> Option<Cause> {
        self.wants_master
    }

    /// Whether a notification of it still waits for the kernel.
    pub(crate) const fn owes_notification(&self) -> bool {
        self.notify.is_some()
    }

    /// Every other member is, or could be, master.
    pub(crate) fn follow_to_master(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(cause) = self.wants_master.take() else {
            return false;
        };
        self.take_mastership(cx, cause);
        true
    }

    /// Another member had to step down: nobody of the group stays.
    pub(crate) fn follow_to_backup(&mut self, cx: &mut Context<'_>) {
        if self.state == State::Master && !mutant::is_active(Mutant::StaysBehind) {
            self.send_resignation(cx);
            self.master_interval = self.config.advert_interval;
            self.become_backup(cx, Cause::SyncGroup);
        }
    }

    /// Whether it has answered a losing advert since this was last asked.
    pub(crate) const fn take_defended(&mut self) -> bool {
        core::mem::replace(&mut self.defended, false)
    }

    /// Announces as after a losing advert that was heard by another member.
    pub(crate) fn announce_again(&mut self, cx: &mut Context<'_>) {
        if self.state == State::Master {
            self.announce_all(cx, self.config.garp.losing_repeat);
            self.arm_batch(cx.now, Timer::LosingBatch, self.config.garp.losing_delay);
        }
    }
}
