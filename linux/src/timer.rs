//! The monotonic clock, and waiting on it.
//!
//! A timerfd with an absolute deadline, because tokio's own timers count whole milliseconds and
//! round up: an advert that is due every 10 ms would come up to a tenth late each time.
//!
//! Instants are nanoseconds of `CLOCK_MONOTONIC`, so that those in a log can be compared with
//! those of any other program on the machine.

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;

use bellwether_core::Instant;
use bellwether_core::port::Clock;
use bellwether_runtime::Timer;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use crate::sys;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// The clock of the VRRP loop.
#[derive(Debug)]
pub struct MonotonicTimer {
    fd: AsyncFd<OwnedFd>,
    armed: Option<Instant>,
}

impl MonotonicTimer {
    /// Makes a timer. Must be called within a tokio runtime that has I/O enabled.
    ///
    /// # Errors
    ///
    /// Those of timerfd_create, and of the runtime's reactor.
    pub fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        Ok(Self {
            fd: sys::register(fd)?,
            armed: None,
        })
    }

    /// Sets the alarm, unless it is set to this already.
    fn arm(&mut self, deadline: Instant) -> io::Result<()> {
        if self.armed == Some(deadline) {
            return Ok(());
        }
        // A value of zero would disarm; a deadline in the past fires at once.
        let value = timespec(deadline.as_nanos().max(1));
        let once = Itimerspec {
            it_interval: timespec(0),
            it_value: value,
        };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &once)?;
        self.armed = Some(deadline);
        Ok(())
    }
}

impl Clock for MonotonicTimer {
    fn now(&self) -> Instant {
        monotonic_now()
    }
}

impl Timer for MonotonicTimer {
    async fn sleep_until(&mut self, deadline: Instant) {
        if deadline == Instant::FAR_FUTURE {
            return pending().await;
        }
        while self.now() < deadline {
            if let Err(error) = self.arm(deadline) {
                tracing::error!(%error, "can't set the timer");
                return;
            }
            // Readiness may be a leftover of an earlier deadline; the clock decides.
            match self.fd.readable().await {
                Ok(mut ready) => ready.clear_ready(),
                Err(error) => {
                    tracing::error!(%error, "can't wait for the timer");
                    return;
                }
            }
        }
    }
}

/// The present on `CLOCK_MONOTONIC`.
#[must_use]
pub fn monotonic_now() -> Instant {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
    Instant::from_nanos(
        seconds
            .saturating_mul(NANOS_PER_SECOND)
            .saturating_add(nanos),
    )
}

fn timespec(nanos: u64) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(nanos / NANOS_PER_SECOND).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(nanos % NANOS_PER_SECOND).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn on_a_runtime<T>(test: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test)
    }

    #[test]
    fn never_wakes_before_the_deadline() {
        on_a_runtime(async {
            let mut timer = MonotonicTimer::new().unwrap();
            for micros in [1, 50, 500, 1700, 3300] {
                let deadline = timer.now() + Duration::from_micros(micros);
                timer.sleep_until(deadline).await;
                assert!(timer.now() >= deadline);
            }
        });
    }

    #[test]
    fn a_past_deadline_does_not_wait() {
        on_a_runtime(async {
            let mut timer = MonotonicTimer::new().unwrap();
            timer.sleep_until(Instant::ZERO).await;
            let before = timer.now();
            timer.sleep_until(before).await;
        });
    }

    #[test]
    fn an_earlier_deadline_replaces_a_cancelled_later_one() {
        on_a_runtime(async {
            let mut timer = MonotonicTimer::new().unwrap();
            let start = timer.now();
            let cancelled = timer.sleep_until(start + Duration::from_secs(3600));
            let timeout = tokio::time::timeout(Duration::from_millis(5), cancelled);
            assert!(timeout.await.is_err());
            timer.sleep_until(start + Duration::from_millis(10)).await;
            assert!(timer.now().since(start) < Duration::from_secs(60));
        });
    }

    #[test]
    fn a_deadline_that_never_comes_waits_for_ever() {
        on_a_runtime(async {
            let mut timer = MonotonicTimer::new().unwrap();
            let never = timer.sleep_until(Instant::FAR_FUTURE);
            let timeout = tokio::time::timeout(Duration::from_millis(20), never);
            assert!(timeout.await.is_err());
        });
    }
}
