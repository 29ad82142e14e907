//! One script: when it runs, how long it may, and what its results add up to.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{TrackerKind, Verdict};
use crate::effect::{Effect, Kill, Notice, Outbox};
use crate::event::ScriptExit;
use crate::id::RunId;
use crate::model::{self, Hook};
use crate::mutant::{self, Mutant};
use crate::node::TimerReason;
use crate::time::Instant;

/// keepalived: a run that ignores SIGTERM is killed two seconds later.
const KILL_GRACE: Duration = Duration::from_secs(2);

/// No script runs more often, or is given less time; a zero would keep a driver spinning.
const SHORTEST: Duration = Duration::from_millis(1);

/// A script and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrackedRun {
    pub(crate) config: model::Script,
    /// What each run executes.
    hook: Arc<Hook>,
    pub(crate) verdict: Verdict,
    pub(crate) runs: u64,
    /// Results in a row that contradict the verdict.
    streak: Streak,
    run: Option<Run>,
    next_start: Instant,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Streak {
    successes: u32,
    failures: u32,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Run {
    id: RunId,
    phase: Phase,
    /// When the phase ends.
    deadline: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Within its timeout.
    Running,
    /// Timed out: counted as failed, and sent SIGTERM.
    Terminated,
    /// Sent SIGKILL; only its exit is awaited.
    Killed,
}

impl TrackedRun {
    /// A script that starts at `now`.
    pub(crate) fn new(config: model::Script, now: Instant) -> Self {
        let verdict = if config.init_fail {
            Verdict::Down
        } else {
            Verdict::Unknown
        };
        Self {
            hook: hook_of(&config),
            config,
            verdict,
            runs: 0,
            streak: Streak::default(),
            run: None,
            next_start: now,
        }
    }

    pub(crate) const fn is_running(&self) -> bool {
        self.run.is_some()
    }

    /// When [`Self::handle_timeout`] is due next.
    pub(crate) fn poll_timeout(&self) -> (Instant, TimerReason) {
        let start = (self.next_start, TimerReason::ScriptInterval);
        match self.run {
            Some(Run {
                phase: Phase::Running | Phase::Terminated,
                deadline,
                ..
            }) if deadline < self.next_start => (deadline, TimerReason::ScriptTimeout),
            Some(_) | None => start,
        }
    }

    /// Starts, stops and counts whatever is due. Returns whether the verdict changed.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        next_run: &mut u64,
        out: &mut Outbox,
    ) -> bool {
        let lingers = self.run.is_some_and(|run| run.phase != Phase::Running);
        let mut changed = self.press(now, out);
        if self.next_start <= now {
            self.next_start = now + self.config.interval.max(SHORTEST);
            match self.run {
                None => self.start(now, next_run, out),
                // Not doubled. A run that won't even die is as good as failed, every time; one
                // that times out in this very instant has been counted by `press`.
                Some(_) if lingers => changed |= self.count(false, out),
                Some(_) => {}
            }
        }
        changed
    }

    /// Takes in the end of a run. Returns whether the verdict changed.
    pub(crate) fn exited(&mut self, id: RunId, exit: ScriptExit, out: &mut Outbox) -> bool {
        let Some(run) = self.run.filter(|run| run.id == id) else {
            return false;
        };
        self.run = None;
        // A run that timed out has been counted already.
        run.phase == Phase::Running && self.count(exit.is_success(), out)
    }

    /// Whether a script of this configuration tells of the same thing: what is known of it stays.
    pub(crate) fn goes_on_as(&self, config: &model::Script) -> bool {
        let own = &self.config;
        (&own.name, &own.command, &own.user) == (&config.name, &config.command, &config.user)
    }

    /// Counts, and is timed, as this configuration says from the next run on.
    pub(crate) fn reconfigure(&mut self, config: model::Script) {
        if self.config.interval != config.interval {
            let last = self.next_start.before(self.config.interval.max(SHORTEST));
            self.next_start = last + config.interval.max(SHORTEST);
        }
        self.hook = hook_of(&config);
        self.config = config;
    }

    /// Ends a run for good.
    pub(crate) fn abandon(&mut self, out: &mut Outbox) {
        if let Some(run) = self.run.take() {
            out.push(Effect::KillScript {
                run: run.id,
                signal: Kill::Terminate,
            });
        }
    }

    fn start(&mut self, now: Instant, next_run: &mut u64, out: &mut Outbox) {
        let id = RunId(*next_run);
        *next_run += 1;
        self.runs += 1;
        let deadline = now + self.config.timeout.max(SHORTEST);
        self.run = Some(Run {
            id,
            phase: Phase::Running,
            deadline,
        });
        out.push(Effect::StartScript {
            run: id,
            script: self.config.name.clone(),
            hook: Arc::clone(&self.hook),
        });
    }

    /// Signals a run that is over its time.
    fn press(&mut self, now: Instant, out: &mut Outbox) -> bool {
        let Some(run) = self.run.as_mut().filter(|run| run.deadline <= now) else {
            return false;
        };
        let (phase, signal) = match run.phase {
            Phase::Running => (Phase::Terminated, Kill::Terminate),
            Phase::Terminated => (Phase::Killed, Kill::Kill),
            Phase::Killed => return false,
        };
        run.phase = phase;
        run.deadline = now + KILL_GRACE;
        out.push(Effect::KillScript {
            run: run.id,
            signal,
        });
        if phase == Phase::Killed {
            return false;
        }
        out.notice(Notice::ScriptTimeout {
            script: self.config.name.clone(),
        });
        self.count(false, out)
    }

    /// Rise and fall count from the first result on.
    fn count(&mut self, success: bool, out: &mut Outbox) -> bool {
        self.streak = if success {
            Streak {
                successes: self.streak.successes.saturating_add(1),
                failures: 0,
            }
        } else {
            Streak {
                successes: 0,
                failures: self.streak.failures.saturating_add(1),
            }
        };
        let fall = if mutant::is_active(Mutant::FallIgnored) {
            1
        } else {
            self.config.fall
        };
        let to = if self.streak.successes >= self.config.rise.max(1) {
            Verdict::Up
        } else if self.streak.failures >= fall.max(1) {
            Verdict::Down
        } else {
            return false;
        };
        if to == self.verdict {
            return false;
        }
        let from = core::mem::replace(&mut self.verdict, to);
        out.notice(Notice::Verdict {
            kind: TrackerKind::Script,
            name: self.config.name.clone(),
            from,
            to,
        });
        true
    }
}

fn hook_of(config: &model::Script) -> Arc<Hook> {
    Arc::new(Hook::new(config.command.clone(), config.user.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Command, Script};

    struct Bench {
        script: TrackedRun,
        ids: u64,
        out: Outbox,
    }

    impl Bench {
        fn new(change: impl FnOnce(&mut Script)) -> Self {
            let mut config = Script::new("chk".into(), Command(vec!["/bin/true".into()]));
            change(&mut config);
            let script = TrackedRun::new(config, Instant::ZERO);
            Self {
                script,
                ids: 0,
                out: Outbox::default(),
            }
        }

        fn at(&mut self, millis: u64) -> Vec<Effect> {
            self.script
                .handle_timeout(Instant::from_millis(millis), &mut self.ids, &mut self.out);
            core::iter::from_fn(|| self.out.pop()).collect()
        }

        /// Ends the run that was started last.
        fn exit(&mut self, status: i32) -> Verdict {
            let exit = ScriptExit::Status(status);
            self.script.exited(RunId(self.ids - 1), exit, &mut self.out);
            while self.out.pop().is_some() {}
            self.script.verdict
        }

        fn verdicts(&mut self, statuses: &[i32]) -> Vec<Verdict> {
            let mut second = self.script.runs * 1000;
            let mut verdicts = Vec::new();
            for status in statuses {
                self.at(second);
                second += 1000;
                verdicts.push(self.exit(*status));
            }
            verdicts
        }
    }

    #[test]
    fn rise_and_fall_count_from_the_first_result_and_only_in_a_row() {
        use Verdict::{Down, Unknown, Up};
        let mut bench = Bench::new(|script| (script.rise, script.fall) = (2, 3));
        let seen = bench.verdicts(&[0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0]);
        let expected = [Unknown, Up, Up, Up, Up, Up, Up, Down, Down, Down, Down, Up];
        assert_eq!(seen, expected);
    }

    #[test]
    fn init_fail_is_down_until_it_has_risen() {
        let mut bench = Bench::new(|script| (script.rise, script.init_fail) = (2, true));
        assert_eq!(bench.script.verdict, Verdict::Down);
        assert_eq!(bench.verdicts(&[0, 0]), [Verdict::Down, Verdict::Up]);
    }

    #[test]
    fn a_hanging_run_fails_at_its_timeout_and_is_killed_two_seconds_later() {
        let mut bench = Bench::new(|script| script.timeout = Duration::from_millis(400));
        assert!(matches!(
            bench.at(0)[..],
            [Effect::StartScript { run: RunId(0), .. }]
        ));
        assert_eq!(bench.script.poll_timeout().0, Instant::from_millis(400));
        let kill = |signal| Effect::KillScript {
            run: RunId(0),
            signal,
        };
        assert_eq!(bench.at(400)[0], kill(Kill::Terminate));
        assert_eq!(bench.script.verdict, Verdict::Down);
        assert_eq!(bench.at(1000), [], "no second run beside the first");
        assert_eq!(bench.at(2400)[0], kill(Kill::Kill));
        bench.exit(0);
        assert_eq!(
            bench.script.verdict,
            Verdict::Down,
            "a late success does not count"
        );
        assert!(matches!(
            bench.at(3400)[..],
            [Effect::StartScript { run: RunId(1), .. }]
        ));
    }

    #[test]
    fn a_run_that_times_out_as_the_next_is_due_has_failed_once() {
        // The default timeout is the interval, so this is what every hanging script does.
        let mut bench = Bench::new(|script| script.fall = 2);
        bench.at(0);
        bench.at(1000);
        assert_ne!(bench.script.verdict, Verdict::Down, "one failure of two");
        bench.at(2000);
        assert_eq!(bench.script.verdict, Verdict::Down, "it still won't die");
    }

    #[test]
    fn what_can_not_be_started_has_failed() {
        let mut bench = Bench::new(|_| ());
        bench.at(0);
        bench
            .script
            .exited(RunId(0), ScriptExit::NotStarted, &mut bench.out);
        assert_eq!(bench.script.verdict, Verdict::Down);
    }

    #[test]
    fn the_exit_of_another_run_changes_nothing() {
        let mut bench = Bench::new(|_| ());
        bench.at(0);
        assert!(
            !bench
                .script
                .exited(RunId(9), ScriptExit::Status(0), &mut bench.out)
        );
        assert!(bench.script.is_running());
    }
}
