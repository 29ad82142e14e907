//! A router's machine: kernel, clock, scripts, and the process that runs the core.

use std::collections::{BTreeSet, VecDeque};

use bellwether_core::effect::Membership;
use bellwether_core::event::Received;
use bellwether_core::model::Config;
use bellwether_core::unit::{IfName, Name};
use bellwether_core::{Instant, Node};

use super::queue::Frame;
use crate::kernel::Kernel;
use crate::script::{Run, Script};
use crate::things::{Things, TrackedThing};

/// A router's machine.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name.
    pub name: Name,
    /// Whether it has power.
    pub powered: bool,
    /// Its kernel.
    pub kernel: Kernel,
    /// Its clock.
    pub clock: Clock,
    /// The process that runs the core, if one runs.
    pub process: Option<Process>,
    /// The scripts that its configurations speak of.
    pub scripts: Vec<Script>,
    /// The files and processes that its configurations speak of.
    pub things: Things,
    /// What it runs when it is started again, if that is not the scenario's configuration.
    pub(crate) reloaded: Option<Box<Config>>,
    /// Counts processes, so that what was meant for one does not reach the next.
    pub(crate) incarnation: u32,
    /// How far somebody has set its wall clock, in milliseconds. Nobody reads it.
    pub(crate) wall_clock_millis: i64,
}

/// A process that runs the core.
#[derive(Clone, Debug)]
pub struct Process {
    /// The core.
    pub node: Node,
    /// Whether it is not being scheduled.
    pub paused: bool,
    /// Whether it was told to stop.
    pub stopping: bool,
    /// What has arrived while it was not scheduled, in order.
    pub(crate) inbox: VecDeque<Input>,
    /// The groups that its sockets have joined.
    pub(crate) joined: Vec<Membership>,
    /// The interfaces that it watches.
    pub(crate) watched: Vec<IfName>,
    /// The protocols whose routes and rules it follows.
    pub(crate) protocols: BTreeSet<u8>,
    /// The files and processes that it looks at.
    pub(crate) followed: Vec<TrackedThing>,
    /// The script runs that have not ended.
    pub(crate) runs: Vec<Run>,
    /// When its next timer is due, in the world's time.
    pub(crate) timer: Option<Instant>,
    /// How often in a row a timer fired without time passing.
    pub(crate) storm: u32,
}

/// Something that a process hears.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// An advert.
    Advert(Frame),
    /// Anything else.
    Event(bellwether_core::Event),
}

impl Process {
    /// The adverts that wait in its socket, in order.
    pub fn waiting(&self) -> impl Iterator<Item = Received> + '_ {
        self.inbox.iter().filter_map(|input| match input {
            Input::Advert(frame) => Some(frame.received()),
            Input::Event(_) => None,
        })
    }

    /// A process that has just started.
    pub(crate) const fn new(node: Node) -> Self {
        Self {
            node,
            paused: false,
            stopping: false,
            inbox: VecDeque::new(),
            joined: Vec::new(),
            watched: Vec::new(),
            protocols: BTreeSet::new(),
            followed: Vec::new(),
            runs: Vec::new(),
            timer: None,
            storm: 0,
        }
    }
}

/// A clock that starts anywhere and runs as fast as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    real: Instant,
    local: Instant,
    ppm: i32,
}

const MILLION: u128 = 1_000_000;

impl Clock {
    /// A clock that shows `local` at the world's origin.
    #[must_use]
    pub const fn new(local: Instant, ppm: i32) -> Self {
        Self {
            real: Instant::ZERO,
            local,
            ppm,
        }
    }

    /// By how many parts per million it runs fast.
    #[must_use]
    pub const fn ppm(&self) -> i32 {
        self.ppm
    }

    /// Runs at another rate from now on.
    pub fn set_rate(&mut self, now: Instant, ppm: i32) {
        *self = Self {
            real: now,
            local: self.local(now),
            ppm: ppm.clamp(-500_000, 500_000),
        };
    }

    /// What it shows at an instant of the world.
    #[must_use]
    pub fn local(&self, real: Instant) -> Instant {
        let passed = real.since(self.real);
        if self.ppm == 0 {
            return self.local + passed;
        }
        let scaled = passed.as_nanos() * self.rate() / MILLION;
        self.local + duration(scaled)
    }

    /// The first instant of the world at which it shows `local` or more.
    #[must_use]
    pub fn real(&self, local: Instant) -> Instant {
        let passed = local.since(self.local);
        if self.ppm == 0 {
            return self.real + passed;
        }
        let scaled = (passed.as_nanos() * MILLION).div_ceil(self.rate());
        self.real + duration(scaled)
    }

    fn rate(&self) -> u128 {
        let rate = 1_000_000_i64 + i64::from(self.ppm);
        u128::try_from(rate).unwrap_or(MILLION)
    }
}

fn duration(nanos: u128) -> core::time::Duration {
    core::time::Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_reaches_its_deadlines_early_and_never_too_early() {
        let clock = Clock::new(Instant::from_millis(5_000), 100_000);
        // 10 % fast: 1.1 s pass on it in one second.
        assert_eq!(
            clock.local(Instant::from_millis(1_000)),
            Instant::from_millis(6_100)
        );
        for nanos in [1, 7, 999_999_999] {
            let deadline = Instant::from_nanos(5_000_000_000 + nanos);
            let real = clock.real(deadline);
            assert!(clock.local(real) >= deadline);
            let before = Instant::from_nanos(real.as_nanos() - 1);
            assert!(clock.local(before) < deadline);
        }
    }

    #[test]
    fn a_change_of_rate_is_not_a_step() {
        let mut clock = Clock::new(Instant::ZERO, 0);
        clock.set_rate(Instant::from_millis(1_000), -500_000);
        assert_eq!(
            clock.local(Instant::from_millis(1_000)),
            Instant::from_millis(1_000)
        );
        assert_eq!(
            clock.local(Instant::from_millis(3_000)),
            Instant::from_millis(2_000)
        );
    }
}
