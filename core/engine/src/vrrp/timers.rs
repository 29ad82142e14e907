//! The timer table of an instance, and the two intervals that all elections rest on.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mutant::{self, Mutant};
use crate::node::TimerReason;
use crate::time::{Instant, nanos};
use crate::unit::{AdvertInterval, Priority, Version};

/// Skew_Time (RFC 3768 6.1, RFC 9568 6.1), exact to the nanosecond.
///
/// Version 2: `(256 - priority) / 256` seconds, whatever the interval. Version 3: that share of
/// the master's interval. Rounded to whole centiseconds, as some implementations do, up to 26
/// priorities tie at 100 ms adverts, and all of them at 10 ms.
#[must_use]
pub fn skew_time(version: Version, interval: AdvertInterval, priority: Priority) -> Duration {
    if mutant::is_active(Mutant::NoSkew) {
        return Duration::ZERO;
    }
    let whole = match version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => interval.duration(),
    };
    Duration::from_nanos(nanos(whole) * (256 - u64::from(priority.0)) / 256)
}

/// Master_Down_Interval (RFC 3768 6.1), Active_Down_Interval (RFC 9568 6.1): `missed` adverts in a
/// row, which is 3 in the RFCs (keepalived: `down_timer_adverts`), and the skew.
#[must_use]
pub fn master_down_interval(
    version: Version,
    interval: AdvertInterval,
    priority: Priority,
    missed: u8,
) -> Duration {
    let missed = if mutant::is_active(Mutant::AlwaysThreeMissed) {
        3
    } else {
        u32::from(missed)
    };
    interval.duration() * missed + skew_time(version, interval, priority)
}

/// What an instance can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// Master: the next advert is due (Adver_Timer).
    Advert,
    /// Backup: the master is given up (Master_Down_Timer).
    MasterDown,
    /// Master: the second batch of gratuitous ARP is due.
    SecondBatch,
    /// Master: the second batch after a losing advert is due.
    LosingBatch,
    /// Master: the periodic gratuitous ARP is due.
    Refresh,
    /// Master: announcements where no adverts leave are due.
    Extra,
}

impl Timer {
    const ALL: [Self; 6] = [
        Self::Advert,
        Self::MasterDown,
        Self::SecondBatch,
        Self::LosingBatch,
        Self::Refresh,
        Self::Extra,
    ];

    const fn slot(self) -> usize {
        match self {
            Self::Advert => 0,
            Self::MasterDown => 1,
            Self::SecondBatch => 2,
            Self::LosingBatch => 3,
            Self::Refresh => 4,
            Self::Extra => 5,
        }
    }

    pub(super) const fn reason(self) -> TimerReason {
        match self {
            Self::Advert => TimerReason::Advert,
            Self::MasterDown => TimerReason::MasterDown,
            Self::SecondBatch | Self::LosingBatch | Self::Refresh | Self::Extra => {
                TimerReason::Announce
            }
        }
    }
}

/// When each timer fires, if it is armed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TimerTable([Option<Instant>; Timer::ALL.len()]);

impl TimerTable {
    pub(super) fn arm(&mut self, timer: Timer, at: Instant) {
        self.0[timer.slot()] = Some(at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.0[timer.slot()] = None;
    }

    pub(super) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// The timer that fires first; of two at one instant, the first of [`Timer::ALL`].
    pub(super) fn next(&self) -> Option<(Instant, Timer)> {
        let mut first: Option<(Instant, Timer)> = None;
        for timer in Timer::ALL {
            if let Some(at) = self.0[timer.slot()]
                && first.is_none_or(|(known, _)| at < known)
            {
                first = Some((at, timer));
            }
        }
        first
    }

    /// Disarms and returns the first timer that is due, with the time that it was armed for.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        let (at, timer) = self.next().filter(|(at, _)| *at <= now)?;
        self.0[timer.slot()] = None;
        Some((at, timer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(centis: u16) -> AdvertInterval {
        AdvertInterval::try_from(centis).unwrap()
    }

    #[test]
    fn version_2_skews_in_seconds_whatever_the_interval() {
        // RFC 3768 6.1 by hand: 156/256 s = 609.375 ms; 3 x 1 s + that; 3 x 5 s + that.
        let skew = |centis| skew_time(Version::V2, interval(centis), Priority(100));
        assert_eq!(skew(100), Duration::from_micros(609_375));
        assert_eq!(skew(500), Duration::from_micros(609_375));
        let down = |centis| master_down_interval(Version::V2, interval(centis), Priority(100), 3);
        assert_eq!(down(100), Duration::from_micros(3_609_375));
        assert_eq!(down(500), Duration::from_micros(15_609_375));
    }

    #[test]
    fn version_3_skews_by_its_share_of_the_interval() {
        // RFC 9568 6.1 by hand: 156/256 of 10 cs = 6.09375 cs; of 1 cs = 0.609375 cs.
        let down = |centis| master_down_interval(Version::V3, interval(centis), Priority(100), 3);
        assert_eq!(down(10), Duration::from_nanos(360_937_500));
        assert_eq!(down(1), Duration::from_nanos(36_093_750));
    }

    #[test]
    fn no_two_priorities_share_a_skew_even_at_ten_milliseconds() {
        for priority in 1..255 {
            let skew = |p| skew_time(Version::V3, interval(1), Priority(p));
            assert!(skew(priority) > skew(priority + 1), "{priority}");
        }
    }

    #[test]
    fn the_longest_interval_does_not_overflow() {
        // 3 x 40.95 s + 255/256 x 40.95 s, in nanoseconds.
        let down = master_down_interval(Version::V3, interval(4095), Priority(1), 3);
        assert_eq!(down, Duration::from_nanos(122_850_000_000 + 40_790_039_062));
    }

    #[test]
    fn timers_come_out_in_order_and_once() {
        let mut table = TimerTable::default();
        table.arm(Timer::Refresh, Instant::from_millis(20));
        table.arm(Timer::Advert, Instant::from_millis(10));
        assert_eq!(table.take_due(Instant::from_millis(9)), None);
        let now = Instant::from_millis(30);
        assert_eq!(
            table.take_due(now),
            Some((Instant::from_millis(10), Timer::Advert))
        );
        assert_eq!(
            table.take_due(now),
            Some((Instant::from_millis(20), Timer::Refresh))
        );
        assert_eq!(table.take_due(now), None);
    }
}
