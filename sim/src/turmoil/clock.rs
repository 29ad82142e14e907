//! The time of a host: turmoil's, made finer, and run at the host's own rate.

use core::time::Duration;
use std::cell::RefCell;
use std::rc::Rc;

use bellwether_core::Instant;
use bellwether_core::port::Clock;
use bellwether_core::time::nanos;
use bellwether_runtime::Timer;

use super::gate::Entrance;
use super::host::Host;

/// turmoil's ticks in one millisecond of the scenario.
///
/// tokio's timers and turmoil's latencies know nothing finer than a millisecond, which is more
/// than the skew between neighbouring priorities at short intervals. So a millisecond of the
/// scenario is played as this many of turmoil's. What is done within a tick is done in the order of
/// its times, as far as one host goes, and at these times by the host's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicksPerMilli(pub u32);

impl TicksPerMilli {
    /// How long turmoil takes over `span` of the scenario.
    pub(super) fn stretch(self, span: Duration) -> Duration {
        span.saturating_mul(self.0)
    }

    /// The instant of the scenario at which turmoil has run for `elapsed`.
    pub(super) fn instant(self, elapsed: Duration) -> Instant {
        Instant::from_nanos(nanos(elapsed) / u64::from(self.0.max(1)))
    }

    /// The length of one tick in the scenario's time.
    #[must_use]
    pub fn tick(self) -> Duration {
        Duration::from_millis(1) / self.0.max(1)
    }
}

/// A clock that may run fast or slow: its reading at one instant, and its rate since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Oscillator {
    since: Instant,
    reading: Instant,
    ppm: i32,
}

impl Oscillator {
    const MILLION: u128 = 1_000_000;

    /// What it reads at the true instant `now`.
    pub(super) fn read(self, now: Instant) -> Instant {
        let elapsed = u128::from(nanos(now.since(self.since)));
        let local = elapsed * self.parts() / Self::MILLION;
        self.reading + Duration::from_nanos(u64::try_from(local).unwrap_or(u64::MAX))
    }

    /// The first true instant at which it reads `reading` or more.
    pub(super) fn when(self, reading: Instant) -> Instant {
        let local = u128::from(nanos(reading.since(self.reading)));
        let elapsed = (local * Self::MILLION).div_ceil(self.parts());
        self.since + Duration::from_nanos(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// Changes its rate from the true instant `now` on.
    pub(super) fn set_rate(&mut self, now: Instant, ppm: i32) {
        *self = Self {
            since: now,
            reading: self.read(now),
            ppm,
        };
    }

    /// How many of its millionths pass in one true one million of them; never 0.
    fn parts(self) -> u128 {
        u128::try_from(1_000_000 + i64::from(self.ppm)).map_or(1, |parts| parts.max(1))
    }
}

/// A host's clock, and what waits for it.
#[derive(Debug)]
pub(super) struct HostTimer {
    pub(super) host: Rc<RefCell<Host>>,
    pub(super) entrance: Entrance,
    pub(super) ticks: TicksPerMilli,
}

/// A tick of turmoil's, in the scenario's time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tick {
    /// When it ends: what turmoil's clock shows.
    pub(super) end: Instant,
    /// How long it is.
    length: Duration,
}

impl Tick {
    /// The tick in which the host that is running now runs.
    pub(super) fn now(ticks: TicksPerMilli) -> Self {
        Self {
            end: true_now(ticks),
            length: ticks.tick(),
        }
    }

    /// The time of something that was due at `at` and is done in this tick: that time itself where
    /// nothing but the length of turmoil's ticks has made it late. So a timer that is armed again and
    /// again does not fall behind by a part of a tick each time. What is later than that, after a
    /// pause, is done now.
    pub(super) fn place(self, at: Instant) -> Instant {
        if self.end.since(at) <= self.length * TICKS_BEHIND {
            at.min(self.end)
        } else {
            self.end
        }
    }
}

/// How many ticks turmoil itself may be late with something: a timer waits for the next tick, and a
/// datagram that leaves then for one or two more.
const TICKS_BEHIND: u32 = 4;

/// The scenario's time on the host that is running now.
pub(super) fn true_now(ticks: TicksPerMilli) -> Instant {
    ticks.instant(turmoil::sim_elapsed().unwrap_or_default())
}

impl Clock for HostTimer {
    fn now(&self) -> Instant {
        let host = self.host.borrow();
        host.oscillator.read(host.moment)
    }
}

impl Timer for HostTimer {
    async fn sleep_until(&mut self, deadline: Instant) {
        if deadline == Instant::FAR_FUTURE {
            core::future::pending::<()>().await;
        }
        let retimed = self.host.borrow().retimed.clone();
        loop {
            let changed = retimed.notified();
            let at = self.host.borrow().oscillator.when(deadline);
            let wait = self.ticks.stretch(at.since(true_now(self.ticks)));
            if wait.is_zero() {
                break;
            }
            tokio::select! {
                biased;
                () = changed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.entrance.opened().await;
        let mut host = self.host.borrow_mut();
        let at = host.oscillator.when(deadline);
        host.reach(at, Tick::now(self.ticks));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_two_percent_fast_reads_102_seconds_after_100() {
        let mut clock = Oscillator::default();
        clock.set_rate(Instant::from_millis(10_000), 20_000);
        assert_eq!(
            clock.read(Instant::from_millis(110_000)),
            Instant::from_millis(112_000)
        );
        assert_eq!(
            clock.when(Instant::from_millis(112_000)),
            Instant::from_millis(110_000)
        );
        assert_eq!(
            clock.read(Instant::from_millis(10_000)),
            Instant::from_millis(10_000)
        );
    }

    #[test]
    fn waiting_for_a_reading_never_ends_early() {
        let mut clock = Oscillator::default();
        clock.set_rate(Instant::ZERO, 7);
        for nanos in [1, 3, 999_999, 1_000_001, 3_609_375_000] {
            let reading = Instant::from_nanos(nanos);
            assert!(clock.read(clock.when(reading)) >= reading, "{nanos}");
        }
    }
}
