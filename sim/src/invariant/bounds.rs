//! How long things may take, computed from the configurations by arithmetic of our own.
//!
//! Deliberately absent: any call into the core's timers. RFC 3768 6.1 and RFC 9568 6.1 are worked
//! out here a second time, so that a core with a broken skew is caught.

use core::time::Duration;

use bellwether_core::Instant;
use bellwether_core::model::lvs::Check;
use bellwether_core::model::{Instance, Preemption, Trackers};
use bellwether_core::unit::Version;

use crate::kernel::KERNEL_DELAY;
use crate::scenario::Scenario;
use crate::world::Phases;

/// Rounding of clocks and skews.
pub const TOLERANCE: Duration = Duration::from_micros(2);

/// How long a kernel may take for all that one transition wants of it.
pub const KERNEL_SETTLES: Duration = Duration::from_millis(10);

/// How long the core rests a refused kernel operation, and some.
pub const KERNEL_RETRIES: Duration = Duration::from_millis(1_500);

/// An interval in nanoseconds.
#[must_use]
pub fn interval(instance: &Instance) -> u64 {
    u64::from(instance.advert_interval.centis()) * 10_000_000
}

/// Skew_Time in nanoseconds: a share of a second in version 2, of the heard interval in 3.
#[must_use]
pub const fn skew(version: Version, heard_interval: u64, priority: u8) -> u64 {
    let whole = match version {
        Version::V2 => 1_000_000_000,
        Version::V3 => heard_interval,
    };
    let share = match priority {
        255 => 1,
        _ => 256 - widen(priority),
    };
    whole * share / 256
}

/// Master_Down_Interval in nanoseconds.
#[must_use]
pub const fn master_down(pace: Pace, heard_interval: u64, priority: u8) -> u64 {
    widen(pace.missed) * heard_interval + skew(pace.version, heard_interval, priority)
}

/// What an instance's waiting depends on besides what it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Its version.
    pub version: Version,
    /// How many adverts in a row it misses (3; keepalived: `down_timer_adverts`).
    pub missed: u8,
}

impl Pace {
    /// That of a configuration.
    #[must_use]
    pub const fn of(instance: &Instance) -> Self {
        Self {
            version: instance.version,
            missed: instance.down_timer_adverts,
        }
    }
}

const fn widen(byte: u8) -> u64 {
    u64::from_le_bytes([byte, 0, 0, 0, 0, 0, 0, 0])
}

/// The longest of a scenario's intervals, and what follows from them, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    /// Advertisement interval.
    pub interval: u64,
    /// Master_Down_Interval, of the lowest priority that weights can bring about.
    pub master_down: u64,
    /// `preempt_delay`.
    pub preempt_delay: u64,
    /// Until every script's verdict is what its runs say.
    pub scripts: u64,
    /// Until a frame arrives.
    pub delay: u64,
    /// Until every real server's verdict is what its checks say.
    pub services: u64,
}

impl Longest {
    /// Reads all configurations of a scenario. Slow clocks make intervals longer.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let mut longest = Self::default();
        let instances = || {
            scenario
                .configs()
                .flat_map(|(_, config)| config.instances())
        };
        for instance in instances() {
            longest.interval = longest.interval.max(interval(instance));
        }
        for instance in instances() {
            let heard = match instance.version {
                Version::V2 => interval(instance),
                Version::V3 => longest.interval,
            };
            let down = master_down(
                Pace::of(instance),
                heard,
                lowest_priority(scenario, instance),
            );
            longest.master_down = longest.master_down.max(down);
            if let Preemption::Delayed(delay) = instance.preemption {
                longest.preempt_delay = longest.preempt_delay.max(nanos(delay));
            }
        }
        for script in scenario.configs().flat_map(|(_, config)| config.scripts()) {
            let rounds = u64::from(script.rise.max(script.fall).max(1));
            let settles = nanos(script.interval) * rounds + nanos(script.timeout);
            longest.scripts = longest.scripts.max(settles);
        }
        for processes in scenario
            .configs()
            .flat_map(|(_, own)| &own.parts().processes)
        {
            let delay = processes.fork_delay.max(processes.terminate_delay);
            longest.scripts = longest.scripts.max(nanos(delay));
        }
        for session in scenario.configs().flat_map(|(_, own)| &own.parts().bfd) {
            // Silence is noticed, and three packets bring it up again.
            let slowest = session.idle_tx.max(session.min_tx).max(session.min_rx);
            let rounds = u64::from(session.multiplier) + 3;
            longest.scripts = longest.scripts.max(nanos(slowest) * rounds);
        }
        for globals in scenario.configs().map(|(_, own)| own.globals()) {
            let links = globals.interface_delays.iter();
            let links = links.map(|own| nanos(own.up.max(own.down)));
            let slowest = links.max().unwrap_or_default();
            longest.scripts = longest.scripts.max(slowest) + nanos(globals.startup_delay);
        }
        longest.services = services(scenario);
        longest.delay = nanos(crate::world::longest_delay(scenario));
        let slowest = slowest_ppm(scenario);
        for span in [
            &mut longest.interval,
            &mut longest.master_down,
            &mut longest.preempt_delay,
            &mut longest.scripts,
            &mut longest.services,
        ] {
            *span = slowed(*span, slowest);
        }
        longest
    }

    /// How long after the last disturbance everything must have converged: scripts get their
    /// verdicts, a preempting backup waits out its delay and its master-down interval, and the
    /// loser hears of it.
    #[must_use]
    pub fn settling(&self) -> Duration {
        let kernel = nanos(KERNEL_SETTLES) + nanos(KERNEL_RETRIES);
        let elections = 2 * self.master_down + self.interval + 4 * self.delay;
        let elections = self.scripts + self.preempt_delay + elections;
        Duration::from_nanos(elections.max(self.services) + kernel)
    }
}

/// Until every real server's verdict is what its checks say: what is under way ends, and then each
/// page is asked for once.
fn services(scenario: &Scenario) -> u64 {
    let services = scenario
        .configs()
        .flat_map(|(_, config)| config.virtual_servers());
    let servers = services.flat_map(|service| &service.real_servers);
    let each = servers.flat_map(|server| &server.checkers).map(|checker| {
        let (pages, waits) = match &checker.check {
            Check::Http(http) => (u64::try_from(http.urls.len()).unwrap_or(u64::MAX), 5),
            Check::Smtp(_) => (1, 4),
            Check::Tcp
            | Check::Dns(_)
            | Check::Misc(_)
            | Check::Udp(_)
            | Check::Ping
            | Check::File(_)
            | Check::Bfd(_) => (1, 1),
        };
        let misc = if let Check::Misc(misc) = &checker.check {
            nanos(misc.timeout)
        } else {
            0
        };
        let schedule = &checker.schedule;
        let round = nanos(schedule.delay_loop) + nanos(checker.timeout);
        nanos(schedule.warmup) + misc + nanos(checker.timeout) * waits + round * (pages + 1)
    });
    each.max().unwrap_or(0)
}

/// When the phases of a scenario begin, where it does not say so itself.
#[must_use]
pub fn phases(scenario: &Scenario) -> Phases {
    let longest = Longest::of(scenario);
    let settling = longest.settling();
    let heal_at = scenario.fault_phase_end.unwrap_or_else(|| {
        let faults = scenario.faults.iter().map(|timed| timed.at);
        let seen = scenario.expectations.iter().map(|own| own.when.end());
        let starts = scenario.nodes.iter().map(|node| node.starts_at);
        let last = faults.chain(seen).chain(starts).max();
        last.unwrap_or_default() + settling
    });
    let stable_at = heal_at + settling;
    let stability = Duration::from_nanos(10 * longest.master_down);
    let liveness = scenario
        .liveness
        .unwrap_or_else(|| settling.saturating_add(stability));
    // An expectation is decided when time has passed it, so time must do so.
    let seen = scenario.expectations.iter().map(|own| own.when.end());
    let last_seen = seen.max().unwrap_or_default() + KERNEL_DELAY;
    Phases {
        heal_at,
        stable_at,
        end_at: (heal_at + liveness).max(last_seen),
    }
}

/// The lowest priority that failing scripts and interfaces can bring an instance to: its own, and
/// those of any group.
fn lowest_priority(scenario: &Scenario, instance: &Instance) -> u8 {
    if instance.priority.is_owner() {
        return 255;
    }
    let groups = scenario
        .configs()
        .flat_map(|(_, config)| config.sync_groups());
    let shared = groups
        .filter(|group| group.members.contains(&instance.name))
        .map(|group| losses(&group.trackers));
    let sum = losses(&instance.trackers) + shared.min().unwrap_or_default();
    let lowest = (i32::from(instance.priority.0) + sum).clamp(1, 254);
    u8::try_from(lowest).unwrap_or(1)
}

/// What these trackers can take from a priority.
fn losses(trackers: &Trackers) -> i32 {
    let scripts = trackers.scripts.iter().map(|own| own.weight);
    let interfaces = trackers.interfaces.iter().map(|own| own.weight);
    let processes = trackers.processes.iter().map(|own| own.weight);
    let bfd = trackers.bfd.iter().map(|own| own.weight);
    let weights = scripts.chain(interfaces).chain(processes).chain(bfd);
    let weights = weights.map(|own| i32::from(own.get()));
    // Nobody knows what a file will hold.
    let files = trackers.files.iter().map(|_| -253);
    weights.map(|weight| weight.min(0)).chain(files).sum()
}

fn slowest_ppm(scenario: &Scenario) -> i32 {
    let own = scenario.nodes.iter().map(|node| node.clock_ppm);
    let later = scenario.faults.iter().filter_map(|timed| {
        if let crate::fault::Fault::ClockRate { ppm, .. } = timed.fault {
            Some(ppm)
        } else {
            None
        }
    });
    own.chain(later).min().unwrap_or_default().min(0)
}

/// How long a span of a clock takes in the world when that clock is slow.
fn slowed(span: u64, ppm: i32) -> u64 {
    let rate = 1_000_000 - u64::from(ppm.unsigned_abs().min(500_000));
    let scaled = u128::from(span) * 1_000_000 / u128::from(rate);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// A span in nanoseconds.
#[must_use]
pub fn nanos(span: Duration) -> u64 {
    bellwether_core::time::nanos(span)
}

/// An instant `nanos` later.
#[must_use]
pub fn later(at: Instant, nanos: u64) -> Instant {
    at + Duration::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_that_one_works_out_by_hand() {
        const SECOND: u64 = 1_000_000_000;
        // RFC 3768 6.1: 156/256 s; RFC 9568 6.1: 156/256 of 100 ms.
        assert_eq!(skew(Version::V2, 5 * SECOND, 100), 609_375_000);
        assert_eq!(skew(Version::V3, SECOND / 10, 100), 60_937_500);
        let pace = |missed| Pace {
            version: Version::V2,
            missed,
        };
        assert_eq!(master_down(pace(3), SECOND, 254), 3_007_812_500);
        assert_eq!(master_down(pace(5), SECOND, 254), 5_007_812_500);
        assert_eq!(skew(Version::V2, SECOND, 255), 3_906_250);
    }
}
