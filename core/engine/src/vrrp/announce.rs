//! Gratuitous ARP: when, how often, and before which notification.
//!
//! Invariant: an address is announced only once it is in the kernel (RFC 9568 6.4.1, rule N5), and
//! the MASTER notification waits until the kernel has answered for every address.

use core::time::Duration;
use std::collections::BTreeSet;

use super::State;
use super::instance::{Context, Instance};
use super::timers::Timer;
use crate::effect::{Announce, Effect, Notice};
use crate::id::AddressKey;
use crate::kernel::KernelKey;
use crate::model::ExtraAnnouncements;
use crate::mutant::{self, Mutant};
use crate::notify::Notification;
use crate::time::Instant;

impl Instance {
    /// A new master owes an announcement of each address.
    pub(super) fn begin_announcing(&mut self, now: Instant) {
        self.unannounced = self
            .addresses()
            .into_iter()
            .map(|address| address.key)
            .collect();
        self.arm_refresh(now);
        self.arm_extra(now);
    }

    /// An address that a master holds went, by somebody else's hand: it will be added again, and
    /// must be announced again.
    pub(crate) fn address_lost(&mut self, cx: &mut Context<'_>, key: AddressKey) {
        if self.state != State::Master || self.addresses().iter().all(|own| own.key != key) {
            return;
        }
        self.unannounced.insert(key);
        if self.address_lost.admit(cx.now).is_some() {
            cx.out.notice(Notice::AddressLost {
                instance: self.key(),
                address: key,
            });
        }
    }

    /// Announces what the kernel has got by now, and notifies once it has answered for all.
    pub(crate) fn settle(&mut self, cx: &mut Context<'_>) {
        self.owe_what_is_dark(cx);
        let reaches = |key: &AddressKey| cx.kernel.link_up(key.interface).is_some();
        let ready: Vec<_> = self
            .unannounced
            .iter()
            .copied()
            .filter(|key| cx.kernel.is_present(key) && reaches(key))
            .collect();
        for key in &ready {
            self.unannounced.remove(key);
            self.announce(cx, *key, self.config.garp.repeat);
        }
        if self.unannounced.is_empty() {
            // A tree that has had an element keeps room for eleven.
            self.unannounced = BTreeSet::new();
        }
        if !ready.is_empty() {
            self.arm_batch(cx.now, Timer::SecondBatch, self.config.garp.delay);
        }
        let waits = self
            .unannounced
            .iter()
            .any(|key| cx.kernel.is_pending(&KernelKey::Address(*key)));
        let waits = waits || (self.notify.is_some() && self.awaits_routing(cx));
        if !waits && let Some(transition) = self.notify.take() {
            let told = Notification::of_transition(transition, &self.config.notify);
            cx.out.push(Effect::Notify(told));
        }
    }

    /// Whether [`Self::settle`] may go on once the kernel has answered for this object.
    pub(crate) fn waits_for(&self, key: &KernelKey) -> bool {
        match key {
            KernelKey::Link(_) | KernelKey::Refusal(_) => false,
            KernelKey::Address(key) => self.unannounced.contains(key),
            KernelKey::Route(_) | KernelKey::Rule(_) => self.notify.is_some(),
        }
    }

    /// A master that keeps its role without its interface (keepalived: `dont_track_primary`)
    /// announces again when that is back: others may have been heard there meanwhile.
    fn owe_what_is_dark(&mut self, cx: &Context<'_>) {
        if self.state != State::Master {
            return;
        }
        let config = &self.config;
        let listed = config.virtual_addresses.iter();
        for own in listed.chain(&config.excluded_addresses) {
            let carrier = own.carrier(config.interface);
            if cx.kernel.link_up(carrier).is_none() {
                self.unannounced.insert(own.on(config.interface).key);
            }
        }
    }

    /// Announces every address that is in the kernel.
    pub(super) fn announce_all(&mut self, cx: &mut Context<'_>, times: u32) {
        for address in self.addresses() {
            if cx.kernel.is_present(&address.key) {
                self.announce(cx, address.key, times);
            }
        }
    }

    /// keepalived, garp_master_delay and garp_lower_prio_delay: some switches miss the first batch.
    pub(super) fn arm_batch(&mut self, now: Instant, batch: Timer, delay: Duration) {
        if !delay.is_zero() {
            self.timers.arm(batch, now + delay);
        }
    }

    /// keepalived, garp_master_refresh.
    pub(super) fn arm_refresh(&mut self, now: Instant) {
        let refresh = self.config.garp.refresh;
        if !refresh.is_zero() {
            self.timers.arm(Timer::Refresh, now + refresh);
        }
    }

    /// keepalived, garp_extra_if: once for each address that no advert's source speaks for.
    pub(super) fn announce_elsewhere(&mut self, cx: &mut Context<'_>) {
        let ExtraAnnouncements { all, .. } = self.config.garp.extra;
        for address in self.addresses() {
            let key = address.key;
            let chosen = all || self.config.is_virtual(key.interface);
            if key.interface != self.config.wire() && chosen && cx.kernel.is_present(&key) {
                self.announce(cx, key, 1);
            }
        }
    }

    pub(super) fn arm_extra(&mut self, now: Instant) {
        let every = self.config.garp.extra.every;
        if !every.is_zero() {
            self.timers.arm(Timer::Extra, now + every);
        }
    }

    /// What still waits for its turn of these addresses is not true any more.
    pub(super) fn retract(&self, cx: &mut Context<'_>, of: impl Fn(&AddressKey) -> bool) {
        let own = self.addresses().into_iter().map(|own| own.key);
        let own: Vec<_> = own.filter(of).collect();
        cx.out.pacer().retract(|waiting| {
            let here = |key: &AddressKey| {
                (key.interface, key.address) == (waiting.interface, waiting.address)
            };
            own.iter().any(here)
        });
    }

    fn announce(&self, cx: &mut Context<'_>, key: AddressKey, times: u32) {
        let Some(link) = cx.kernel.link_up(key.interface) else {
            return;
        };
        if mutant::is_active(Mutant::NoGarp) {
            return;
        }
        let mac = if mutant::is_active(Mutant::BaseMacAnnounced) {
            let base = cx.kernel.link_up(self.config.interface);
            base.map_or(link.mac, |base| base.mac)
        } else {
            link.mac
        };
        for _ in 0..times {
            cx.out.push(Effect::Announce(Announce {
                interface: key.interface,
                address: key.address,
                mac,
            }));
        }
    }
}
