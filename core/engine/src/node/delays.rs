//! Link changes that must last before they count (keepalived: `interface_up_down_delays`), and the
//! time before any instance starts (keepalived: `vrrp_startup_delay`, `vrrp_delay_after_boot`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TimerReason;
use crate::event::{Link, LinkReport};
use crate::model::{Globals, InterfaceDelay};
use crate::time::Instant;
use crate::unit::IfName;

/// What is known of links, and what does not count yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LinkDelays {
    /// The state of each link that counts.
    counted: BTreeMap<IfName, Link>,
    /// What each link says otherwise, and when that counts.
    waiting: BTreeMap<IfName, (Instant, LinkReport)>,
}

impl LinkDelays {
    /// Takes a report in. Returns it if it counts at once.
    ///
    /// keepalived: a change counts once it has lasted for the interface's delay; a link that is
    /// again as it was before that has not changed. An interface that is new, another one, or gone
    /// has no state that could last.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        delays: &[InterfaceDelay],
        report: LinkReport,
    ) -> Option<LinkReport> {
        let interface = report.interface;
        let known = self.counted.get(&interface);
        let delay = match (known, report.link) {
            (Some(known), Some(link)) if known.index == link.index && known.up != link.up => {
                let delay = delays.iter().find(|own| own.interface == interface);
                delay.map(|own| if link.up { own.up } else { own.down })
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        match delay.filter(|delay| !delay.is_zero()) {
            Some(delay) => {
                let waiting = self.waiting.get(&interface);
                let at = waiting.map_or(now + delay, |(at, _)| *at);
                self.waiting.insert(interface, (at, report));
                None
            }
            None => {
                self.waiting.remove(&interface);
                self.count(&report);
                Some(report)
            }
        }
    }

    /// Everything that has lasted long enough.
    pub(super) fn due(&mut self, now: Instant) -> Vec<LinkReport> {
        let mut due = Vec::new();
        self.waiting.retain(|_, (at, report)| {
            let lasts = *at <= now;
            if lasts {
                due.push(report.clone());
            }
            !lasts
        });
        due.iter().for_each(|report| self.count(report));
        due
    }

    /// When [`Self::due`] has something.
    pub(super) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        let next = self.waiting.values().map(|(at, _)| *at).min();
        next.map(|at| (at, TimerReason::LinkDelay))
    }

    fn count(&mut self, report: &LinkReport) {
        match report.link {
            Some(link) => self.counted.insert(report.interface, link),
            None => self.counted.remove(&report.interface),
        };
    }
}

/// Until when no instance of a node that starts at `now` starts, if that is still to come.
///
/// The clock of an instant counts from the host's start.
pub(super) fn held_until(globals: &Globals, now: Instant) -> Option<Instant> {
    let started = now + globals.startup_delay;
    let booted = Instant::ZERO + globals.delay_after_boot;
    let until = started.max(booted);
    (until > now).then_some(until)
}
