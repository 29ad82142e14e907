//! What a reload changes of an instance that goes on.
//!
//! Invariant: the state stays, and so does all that was learnt of others. What a changed field
//! needs beyond being read the next time stands here, field by field in [`needs`].

use std::collections::BTreeSet;

use super::State;
use super::instance::{Context, Instance};
use super::timers::Timer;
use crate::model::{self, SharedInstance};
use crate::time::Instant;

/// What a standing master has to do at once for a changed configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Needs {
    /// Its adverts differ in how often they come, or in what others need to accept them: they say
    /// so at once, so that nobody gives it up meanwhile.
    advert: bool,
    /// The periodic announcements have another period.
    refresh: bool,
}

impl Instance {
    /// Runs a changed configuration of the same key, without giving up the state.
    pub(crate) fn reconfigure(&mut self, cx: &mut Context<'_>, config: SharedInstance) {
        let wanted: BTreeSet<_> = self.addresses().into_iter().map(|own| own.key).collect();
        let needs = needs(&self.config, &config);
        if self.master.is_none() {
            // What a master said of its interval holds until it says otherwise (P1).
            self.master_interval = config.advert_interval;
        }
        self.retract(cx, |key| {
            let mut kept = config
                .virtual_addresses
                .iter()
                .chain(&config.excluded_addresses);
            kept.all(|own| own.on(config.interface).key != *key)
        });
        self.config = config;
        self.encoded = None;
        self.recompute_priority(cx);
        self.rearm_master_down();
        if self.state != State::Master {
            return;
        }
        let added = self.addresses().into_iter().map(|own| own.key);
        self.unannounced
            .extend(added.filter(|key| !wanted.contains(key)));
        if needs.advert {
            self.send_advert(cx);
            self.arm_advert(cx.now);
        }
        if needs.refresh {
            self.timers.stop(Timer::Refresh);
            self.timers.stop(Timer::Extra);
            self.arm_refresh(cx.now);
            self.arm_extra(cx.now);
        }
    }

    /// Has the same from a new configuration, so that the old one is no longer kept.
    pub(crate) fn read_from(&mut self, config: SharedInstance) {
        self.config = config;
    }

    /// Starts its timers anew, which no reload may do to what it does not change: a broken core's.
    pub(crate) fn rearm(&mut self, now: Instant) {
        self.listening.since = now;
        self.rearm_master_down();
        if self.state == State::Master {
            self.arm_advert(now);
        }
    }

    /// Counts and remembers from nothing again (keepalived: the signal STATS_CLEAR).
    pub(crate) fn clear_statistics(&mut self) {
        self.counters.clear();
        self.hearing.clear();
    }
}

fn needs(old: &model::Instance, new: &model::Instance) -> Needs {
    Needs {
        advert: old.advert_interval != new.advert_interval
            || old.version != new.version
            || old.auth != new.auth
            || old.checksum != new.checksum
            || old.transport != new.transport,
        refresh: (old.garp.refresh, old.garp.extra) != (new.garp.refresh, new.garp.extra),
    }
}
