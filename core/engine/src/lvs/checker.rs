//! One checker: when it runs, and what its results add up to.
//!
//! Invariant: at most one check of a checker is under way. Deliberately absent: what its verdict
//! means for the server; that is the server's business.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ids::ServerId;
use super::probe::{ProbeFailure, ProbeId, ProbeSpec};
use crate::model::lvs::{Check, Schedule};
use crate::mutant::{self, Mutant};
use crate::time::Instant;

/// Nothing is checked more often, or given less time; a zero would keep a driver spinning.
const SHORTEST: Duration = Duration::from_millis(1);

/// A checker and what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CheckerRun {
    pub(super) server: ServerId,
    /// What is done; none when it is only heard of: FILE_CHECK and BFD_CHECK.
    pub(super) spec: Option<Arc<ProbeSpec>>,
    /// The check as configured, to know it again after a reload, when it is not in `spec`.
    pub(super) heard: Option<Check>,
    pub(super) schedule: Schedule,
    /// Whether it finds the server well.
    pub(super) up: bool,
    /// Whether that is more than the assumption that it started with.
    pub(super) judged: bool,
    /// What it adds to the server's weight.
    pub(super) weight: i64,
    /// How its last check ended.
    pub(super) last: Option<Result<(), ProbeFailure>>,
    /// When it was last known.
    pub(super) heard_at: Option<Instant>,
    pub(super) under_way: Option<ProbeId>,
    /// When it is to be started, or given up.
    pub(super) due: Option<Instant>,
    /// Failures in a row that it was tried again after.
    failures: u32,
    /// Successes in a row while it is down.
    successes: u32,
    pages: Pages,
}

/// The pages of an HTTP check; keepalived asks for one at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pages {
    count: u16,
    /// The next one.
    next: u16,
    /// How many have been well in a row, since they were last all well or one failed.
    well: u16,
    fast: bool,
}

impl Pages {
    fn of(check: &Check) -> Self {
        let Check::Http(http) = check else {
            return Self::default();
        };
        Self {
            count: u16::try_from(http.urls.len()).unwrap_or(u16::MAX),
            fast: http.fast_recovery,
            ..Self::default()
        }
    }

    /// Counts a page that is well. Returns whether all are.
    fn succeed(&mut self) -> bool {
        if self.count < 2 {
            return true;
        }
        self.next = (self.next + 1) % self.count;
        self.well = (self.well + 1) % self.count;
        self.well == 0
    }
}

impl CheckerRun {
    /// A checker that assumes the best, or with `alpha` the worst.
    pub(super) fn new(
        server: ServerId,
        spec: Option<Arc<ProbeSpec>>,
        heard: Option<Check>,
        schedule: Schedule,
    ) -> Self {
        let check = spec.as_ref().map(|spec| &spec.check).or(heard.as_ref());
        let pages = check.map(Pages::of).unwrap_or_default();
        // A session that nobody has heard of yet is not taken for a failed one.
        let up = !schedule.alpha;
        Self {
            server,
            spec,
            heard,
            schedule,
            up,
            judged: false,
            weight: 0,
            last: None,
            heard_at: None,
            under_way: None,
            due: None,
            failures: 0,
            successes: 0,
            pages,
        }
    }

    /// The page that the next check asks for; none: it has no pages.
    pub(super) const fn page(&self) -> Option<u16> {
        if self.pages.count == 0 {
            None
        } else {
            Some(self.pages.next)
        }
    }

    /// Counts a result. Returns how long to wait before the next check.
    pub(super) fn count(&mut self, now: Instant, result: Result<(), ProbeFailure>) -> Duration {
        let success = result.is_ok();
        self.last = Some(result);
        self.heard_at = Some(now);
        let wait = if success { self.succeed() } else { self.fail() };
        wait.max(if wait.is_zero() { wait } else { SHORTEST })
    }

    /// When a check that starts now is given up.
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        let longest = self.spec.as_ref().map_or(SHORTEST, |spec| spec.deadline);
        now + longest.max(SHORTEST)
    }

    /// Whether its last check failed.
    pub(super) const fn is_failing(&self) -> bool {
        matches!(self.last, Some(Err(_)))
    }

    /// How many failures in a row have not counted yet.
    pub(super) const fn retries(&self) -> u32 {
        self.failures
    }

    fn succeed(&mut self) -> Duration {
        self.failures = 0;
        let all = self.pages.succeed();
        if self.up && self.judged {
            return self.every();
        }
        if !all {
            let wait = if self.pages.fast {
                Duration::ZERO
            } else {
                self.every()
            };
            return wait;
        }
        self.successes = self.successes.saturating_add(1);
        if self.up || self.successes >= self.schedule.rise.max(1) {
            self.up = true;
            self.judged = true;
            self.successes = 0;
        }
        self.every()
    }

    fn fail(&mut self) -> Duration {
        self.successes = 0;
        self.pages.well = 0;
        // keepalived: the first check of all counts at once, whatever `retry` says.
        let first = !self.judged;
        let retry = if mutant::is_active(Mutant::RetryIgnored) {
            0
        } else {
            self.schedule.retry
        };
        if self.up && !first && self.failures < retry {
            self.failures += 1;
            return self.schedule.delay_before_retry.max(SHORTEST);
        }
        self.up = false;
        self.judged = true;
        self.failures = 0;
        self.every()
    }

    fn every(&self) -> Duration {
        self.schedule.delay_loop.max(SHORTEST)
    }
}
