//! What signals mean: keepalived's meanings, by keepalived's numbers.

use std::io;

use tokio::signal::unix::{self, SignalKind, signal};

use crate::cli::SignalFunction;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGTERM or SIGINT (its name): hand over and stop.
    Stop(&'static str),
    /// SIGHUP: read the file again.
    Reload,
    /// SIGUSR1: write the data.
    Data,
    /// SIGUSR2: write the statistics.
    Statistics,
    /// SIGRTMIN+2: write JSON.
    Json,
    /// SIGRTMAX-1: count from zero again.
    Clear,
}

/// The number of the signal that asks for something.
pub(super) fn number(function: SignalFunction) -> i32 {
    match function {
        SignalFunction::Stop => libc::SIGTERM,
        SignalFunction::Reload => libc::SIGHUP,
        SignalFunction::Data => libc::SIGUSR1,
        SignalFunction::Stats => libc::SIGUSR2,
        SignalFunction::Json => libc::SIGRTMIN() + 2,
        SignalFunction::StatsClear => libc::SIGRTMAX() - 1,
    }
}

/// Listens to signals.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    /// Whether SIGINT is heard and not followed.
    deaf_to_interrupt: bool,
    hangup: unix::Signal,
    data: unix::Signal,
    statistics: unix::Signal,
    json: unix::Signal,
    clear: unix::Signal,
}

impl Signals {
    /// Listens from now on. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Those of sigaction.
    pub(super) fn new(ignore_interrupt: bool) -> io::Result<Self> {
        let of = |function| signal(SignalKind::from_raw(number(function)));
        Ok(Self {
            terminate: of(SignalFunction::Stop)?,
            interrupt: signal(SignalKind::interrupt())?,
            deaf_to_interrupt: ignore_interrupt,
            hangup: of(SignalFunction::Reload)?,
            data: of(SignalFunction::Data)?,
            statistics: of(SignalFunction::Stats)?,
            json: of(SignalFunction::Json)?,
            clear: of(SignalFunction::StatsClear)?,
        })
    }

    /// The next signal. Cancel safe.
    pub(super) async fn next(&mut self) -> Signal {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return Signal::Stop("SIGTERM"),
                _ = self.interrupt.recv() => {
                    if !self.deaf_to_interrupt {
                        return Signal::Stop("SIGINT");
                    }
                }
                _ = self.hangup.recv() => return Signal::Reload,
                _ = self.data.recv() => return Signal::Data,
                _ = self.statistics.recv() => return Signal::Statistics,
                _ = self.json.recv() => return Signal::Json,
                _ = self.clear.recv() => return Signal::Clear,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `keepalived --signum=...` of 2.2.7 on Debian's glibc.
    #[test]
    fn numbers_are_keepalived_s() {
        assert_eq!(number(SignalFunction::Stop), 15);
        assert_eq!(number(SignalFunction::Reload), 1);
        assert_eq!(number(SignalFunction::Data), 10);
        assert_eq!(number(SignalFunction::Stats), 12);
        if cfg!(target_env = "gnu") {
            assert_eq!(number(SignalFunction::Json), 36);
            assert_eq!(number(SignalFunction::StatsClear), 63);
        }
    }
}
