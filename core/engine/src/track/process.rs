//! Tracked processes: from a count to a verdict, with a delay each way.

use serde::{Deserialize, Serialize};

use super::{TrackerKind, Verdict};
use crate::effect::{Notice, Outbox};
use crate::model;
use crate::mutant::{self, Mutant};
use crate::node::TimerReason;
use crate::time::Instant;

/// Processes, and what is known of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrackedProcess {
    pub(crate) config: model::TrackProcess,
    pub(crate) verdict: Verdict,
    /// How many run; `None` until they were first counted.
    count: Option<u32>,
    /// The count says otherwise than the verdict, and counts from this instant on.
    change_at: Option<Instant>,
}

impl TrackedProcess {
    pub(crate) const fn new(config: model::TrackProcess) -> Self {
        Self {
            config,
            verdict: Verdict::Unknown,
            count: None,
            change_at: None,
        }
    }

    /// How many run, once they were counted.
    pub(crate) const fn count(&self) -> Option<u32> {
        self.count
    }

    /// Takes in how many run now. Returns whether the verdict changed.
    ///
    /// keepalived: the first count decides at once; later ones only after `fork_delay`, where a
    /// process has started, or `terminate_delay`, where one has ended. A count that says the old
    /// thing again meanwhile ends the wait.
    pub(crate) fn counted(&mut self, now: Instant, count: u32, out: &mut Outbox) -> bool {
        let before = self.count.replace(count);
        if self.says() == self.verdict {
            self.change_at = None;
            return false;
        }
        let delay = match before {
            None => core::time::Duration::ZERO,
            Some(before) if count > before => self.config.fork_delay,
            Some(_) => self.config.terminate_delay,
        };
        self.change_at.get_or_insert(now + delay);
        self.handle_timeout(now, out)
    }

    /// Believes the count, if it has lasted. Returns whether the verdict changed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) -> bool {
        if self.change_at.is_none_or(|at| at > now) {
            return false;
        }
        self.change_at = None;
        let to = self.says();
        let from = core::mem::replace(&mut self.verdict, to);
        out.notice(Notice::Verdict {
            kind: TrackerKind::Process,
            name: self.config.name.clone(),
            from,
            to,
        });
        true
    }

    /// When [`Self::handle_timeout`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.change_at.map(|at| (at, TimerReason::ProcessDelay))
    }

    /// keepalived: well from `quorum` to `quorum_max`, both included; a `quorum_max` of 0 means
    /// that none may run.
    fn says(&self) -> Verdict {
        let Some(count) = self.count else {
            return Verdict::Unknown;
        };
        let most = self.config.quorum_max;
        let least = match most {
            Some(0) => 0,
            Some(_) | None if mutant::is_active(Mutant::QuorumIgnored) => 1,
            Some(_) | None => self.config.quorum,
        };
        if count >= least && most.is_none_or(|most| count <= most) {
            Verdict::Up
        } else {
            Verdict::Down
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::model::TrackProcess;

    fn processes(change: impl FnOnce(&mut TrackProcess)) -> TrackedProcess {
        let mut config = TrackProcess::new("p".into(), "haproxy");
        change(&mut config);
        TrackedProcess::new(config)
    }

    #[test]
    fn both_sides_of_the_quorum() {
        use Verdict::{Down, Up};
        let mut bench = processes(|own| (own.quorum, own.quorum_max) = (2, Some(3)));
        let mut out = Outbox::default();
        for (count, expected) in [(1, Down), (2, Up), (3, Up), (4, Down), (0, Down)] {
            bench.counted(Instant::ZERO, count, &mut out);
            assert_eq!(bench.verdict, expected, "{count}");
        }
    }

    #[test]
    fn a_greatest_number_of_0_means_that_none_may_run() {
        let mut bench = processes(|own| own.quorum_max = Some(0));
        let mut out = Outbox::default();
        bench.counted(Instant::ZERO, 0, &mut out);
        assert_eq!(bench.verdict, Verdict::Up);
        bench.counted(Instant::ZERO, 1, &mut out);
        assert_eq!(bench.verdict, Verdict::Down);
    }

    #[test]
    fn a_restart_that_is_quicker_than_the_delay_is_not_noticed() {
        let mut bench = processes(|own| own.terminate_delay = Duration::from_millis(500));
        let mut out = Outbox::default();
        let at = Instant::from_millis;
        assert!(bench.counted(at(0), 1, &mut out), "the first count decides");
        assert!(!bench.counted(at(1000), 0, &mut out));
        assert!(!bench.handle_timeout(at(1499), &mut out));
        assert!(!bench.counted(at(1499), 1, &mut out));
        assert_eq!(bench.poll_timeout(), None);
        assert!(!bench.counted(at(2000), 0, &mut out));
        assert_eq!(bench.poll_timeout().map(|(at, _)| at), Some(at(2500)));
        assert!(bench.handle_timeout(at(2500), &mut out));
        assert_eq!(bench.verdict, Verdict::Down);
        assert!(bench.counted(at(2600), 1, &mut out), "no delay for a start");
    }

    #[test]
    fn each_direction_has_its_own_delay() {
        let mut bench = processes(|own| own.fork_delay = Duration::from_millis(300));
        let mut out = Outbox::default();
        let at = Instant::from_millis;
        bench.counted(at(0), 0, &mut out);
        assert!(!bench.counted(at(10), 1, &mut out));
        assert!(bench.handle_timeout(at(310), &mut out));
        assert!(bench.counted(at(400), 0, &mut out), "no delay for an end");
    }
}
