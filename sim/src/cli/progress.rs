//! How far a long search is, on stderr.
//!
//! Invariant: what is printed here has no influence on what is found, and never goes to stdout.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::run::Watcher;
use crate::world::World;

/// Says from time to time how far a search is.
pub(super) struct Progress {
    begin: Instant,
    last: Option<Instant>,
    every: Duration,
    /// Whether one line is written over again and again.
    live: bool,
    quiet: bool,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let live = std::io::stderr().is_terminal();
        let seconds = if live { 1 } else { 10 };
        Self {
            begin: Instant::now(),
            last: None,
            every: Duration::from_secs(seconds),
            live,
            quiet,
        }
    }

    /// How long the search has been going on.
    pub(super) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Says how many are done, if it is time to say something again.
    pub(super) fn tell(&mut self, done: u64, words: &str, err: &mut dyn Write) {
        let due = self.last.unwrap_or(self.begin).elapsed() >= self.every;
        if self.quiet || !due {
            return;
        }
        self.last = Some(Instant::now());
        let line = self.line(done, words);
        // A closed stderr is nobody's concern.
        let _ = if self.live {
            write!(err, "\r\u{1b}[K{line}").and_then(|()| err.flush())
        } else {
            writeln!(err, "{line}")
        };
    }

    /// Says how many were done in all.
    pub(super) fn finish(&self, done: u64, words: &str, err: &mut dyn Write) {
        if self.quiet {
            return;
        }
        let start = if self.live { "\r\u{1b}[K" } else { "" };
        let _ = writeln!(err, "{start}{}", self.line(done, words));
    }

    fn line(&self, done: u64, words: &str) -> String {
        let millis = self.elapsed().as_millis().max(1);
        let rate = u128::from(done) * 1_000 / millis;
        let (seconds, tenths) = (millis / 1_000, millis % 1_000 / 100);
        format!("{done} schedules in {seconds}.{tenths} s, {rate} a second; {words}")
    }
}

/// Says how far a run is: on a terminal only, in one line that goes again, and not before it has
/// taken a while.
pub(super) struct Ticker<'a> {
    err: &'a mut dyn Write,
    /// When to say something next; none: never.
    due: Option<Instant>,
    shown: bool,
    steps: u32,
}

/// How many steps of a world are made between two looks at the clock.
const STEPS: u32 = 1024;

impl<'a> Ticker<'a> {
    pub(super) fn new(err: &'a mut dyn Write) -> Self {
        let live = std::io::stderr().is_terminal();
        let due = live.then(|| Instant::now() + Duration::from_secs(1));
        Self {
            err,
            due,
            shown: false,
            steps: 0,
        }
    }

    /// Says how far it is, if it is time to.
    pub(super) fn tick(&mut self, words: impl FnOnce() -> String) {
        let Some(due) = self.due else {
            return;
        };
        let now = Instant::now();
        if now < due {
            return;
        }
        self.due = Some(now + Duration::from_millis(200));
        self.shown = true;
        // A closed stderr is nobody's concern.
        let _ = write!(self.err, "\r\u{1b}[K{}", words()).and_then(|()| self.err.flush());
    }

    /// Wipes the line away.
    pub(super) fn finish(self) {
        if self.shown {
            let _ = write!(self.err, "\r\u{1b}[K").and_then(|()| self.err.flush());
        }
    }
}

impl Watcher for Ticker<'_> {
    fn passes(&mut self, _: &World, _: bellwether_core::Instant) {}

    fn stepped(&mut self, world: &World) {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(STEPS) {
            self.tick(|| {
                let second = |at: bellwether_core::Instant| at.as_nanos() / 1_000_000_000;
                let (now, end) = (second(world.now()), second(world.phases().end_at));
                format!("{now} of {end} simulated seconds")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_when_it_is_due_and_wiped_away() {
        let mut said = Vec::new();
        let mut ticker = Ticker::new(&mut said);
        ticker.due = Some(Instant::now());
        ticker.tick(|| "7 of 9".to_owned());
        ticker.tick(|| "too soon".to_owned());
        ticker.finish();
        assert_eq!(said, b"\r\x1b[K7 of 9\r\x1b[K");
    }

    #[test]
    fn a_pipe_hears_nothing() {
        let mut said = Vec::new();
        let mut ticker = Ticker::new(&mut said);
        ticker.due = None;
        ticker.tick(|| "7 of 9".to_owned());
        ticker.finish();
        assert!(said.is_empty());
    }
}
