//! How far a long search is, on stderr.
//!
//! Invariant: what is printed here has no influence on what is found, and never goes to stdout.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

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
