//! Why an instance is, or is not, master: one sentence for people.
//!
//! Invariant: it names what a person can look at or change: a priority, a sender, a keyword, an
//! interface, a tracker.

use core::time::Duration;
use std::net::IpAddr;

use crate::model::{self, Preemption};
use crate::time::Instant;
use crate::unit::Priority;
use crate::vrrp::{Cause, Instance, State, master_down_interval};

/// What only the node knows about an instance.
pub(crate) struct Reasons {
    /// What keeps it from taking part, or what is still waited for: each a clause, as
    /// `interface eth0 is down`.
    pub(crate) obstacles: Vec<String>,
    /// Members of its sync group that could not be master now.
    pub(crate) holding_back: Vec<String>,
}

/// Why `instance` is in its state at `now`.
pub(crate) fn why(instance: &Instance, reasons: &Reasons, now: Instant) -> String {
    match instance.state() {
        State::Master => master(instance, now),
        State::Backup => backup(instance, reasons, now),
        State::Fault if reasons.obstacles.is_empty() => {
            "FAULT because another member of its sync group is in FAULT".to_owned()
        }
        State::Fault => format!("FAULT because {}", reasons.obstacles.join(", and ")),
        State::Init if reasons.obstacles.is_empty() => "INIT: it has not been started".to_owned(),
        State::Init => format!("INIT because {}", reasons.obstacles.join(", and ")),
    }
}

fn master(instance: &Instance, now: Instant) -> String {
    let config = instance.config();
    let down = master_down_interval(
        config.version,
        instance.master_interval(),
        instance.effective_priority(),
        config.down_timer_adverts,
    );
    let known = instance.cause();
    let cause = if known == Some(Cause::Owner) {
        "it owns the addresses (priority 255)".to_owned()
    } else if known == Some(Cause::Resigned) {
        "the master before it resigned".to_owned()
    } else {
        let span = span(down);
        format!("no advert that outranks it was heard for the master-down interval ({span})")
    };
    let own = instance.effective_priority();
    let rival = instance.hearing().heard().into_iter().next();
    let still_there = |rival: &crate::vrrp::Heard| {
        let lately = rival.at > instance.since() && now.since(rival.at) < down;
        lately && rival.priority != Priority::RESIGN
    };
    match rival.filter(still_there) {
        Some(rival) => format!(
            "MASTER because {cause}; {} is master too, with priority {} against {own}",
            rival.source, rival.priority
        ),
        None => format!("MASTER with priority {own} because {cause}"),
    }
}

fn backup(instance: &Instance, reasons: &Reasons, now: Instant) -> String {
    if instance.wants_master().is_some() {
        let others = reasons.holding_back.join(", ");
        return format!("BACKUP because the rest of its sync group can't be master yet: {others}");
    }
    let takes_over = match instance.poll_timeout() {
        Some((at, _)) => format!("takes over in {}", span(at.since(now))),
        None => "waits".to_owned(),
    };
    let outranking = instance.hearing().heard().into_iter().find(|heard| {
        let current = instance
            .master()
            .is_none_or(|(known, _)| known == heard.source);
        current && heard.at >= instance.since() && heard.priority != Priority::RESIGN
    });
    let known = instance.master().map(|(source, priority)| {
        let at = instance.hearing().of(source).map(|heard| heard.at);
        (source, priority, at)
    });
    let lesser = outranking.map(|heard| (heard.source, heard.priority, Some(heard.at)));
    match known.or(lesser) {
        Some((source, priority, at)) => {
            let ago = at.map_or_else(String::new, |at| {
                format!(", last heard {} ago", span(now.since(at)))
            });
            against(instance, (source, priority), &ago, &takes_over, now)
        }
        None => format!("BACKUP: no master is heard; {takes_over} unless one is"),
    }
}

/// A backup that hears a master.
fn against(
    instance: &Instance,
    (source, priority): (IpAddr, Priority),
    ago: &str,
    takes_over: &str,
    now: Instant,
) -> String {
    let own = instance.effective_priority();
    if priority > own {
        return format!("BACKUP because {source} advertises priority {priority} > {own}{ago}");
    }
    if priority == own {
        return format!(
            "BACKUP because {source} is master with the same priority, {own}, and a backup does \
             not replace an equal{ago}"
        );
    }
    let lower = format!("{source} advertises priority {priority} < {own}{ago}");
    match instance.config().preemption {
        Preemption::Never => {
            format!("BACKUP though {lower}: nopreempt leaves a living master in place")
        }
        Preemption::Delayed(delay) => {
            let since = instance.preempts_since().unwrap_or(now);
            let rest = delay.saturating_sub(now.since(since));
            if rest.is_zero() {
                format!("BACKUP though {lower}: preempt_delay is over, and it {takes_over}")
            } else {
                let rest = span(rest);
                format!("BACKUP though {lower}: preempt_delay lasts {rest} more")
            }
        }
        Preemption::Immediate => format!("BACKUP though {lower}: it {takes_over}"),
    }
}

/// A span as people read it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 1 h`.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..=9 => {
            // Tenths, or hundredths where tenths would say nothing.
            let millis = span.as_millis();
            if millis < 100 {
                format!("0.{:02} s", millis / 10)
            } else {
                format!("{}.{} s", millis / 1000, millis % 1000 / 100)
            }
        }
        10..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min {} s", seconds / 60, seconds % 60),
        7_200..=172_799 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Which family of address an instance lacks.
pub(crate) const fn family(config: &model::Instance) -> &'static str {
    match config.family {
        crate::unit::Family::V4 => "IPv4",
        crate::unit::Family::V6 => "link-local IPv6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_as_fine_as_people_need() {
        let table = [
            (0, "0.00 s"),
            (40, "0.04 s"),
            (400, "0.4 s"),
            (9_999, "9.9 s"),
            (10_000, "10 s"),
            (119_000, "119 s"),
            (185_000, "3 min 5 s"),
            (7_800_000, "2 h 10 min"),
            (435_600_000, "5 d 1 h"),
        ];
        for (millis, words) in table {
            assert_eq!(span(Duration::from_millis(millis)), words);
        }
    }
}
