//! The log: lines on standard error, written by a thread of their own.
//!
//! Invariant: no thread that logs ever waits for who reads the log. When the reader is too slow,
//! lines are lost, and their number is told. The level is "info", or "debug" with `--log-detail`;
//! the environment variable `BELLWETHER_LOG` overrides it: a level, or `target=level` pairs separated by commas.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that wait for the reader before any is lost.
const QUEUE: usize = 4096;
/// How long the end of the process waits for the reader.
const PATIENCE: Duration = Duration::from_secs(1);

enum Entry {
    Line(Vec<u8>),
    Flush(mpsc::Sender<()>),
}

/// Writes out what is still queued when dropped.
#[derive(Debug)]
pub(crate) struct Log(SyncSender<Entry>);

/// Starts the log of this process.
///
/// # Errors
///
/// When there is no thread to be had, or a log already.
pub(crate) fn start(detail: bool) -> anyhow::Result<Log> {
    let (sender, receiver) = sync_channel(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&lost);
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_all(&receiver, &counter))?;
    let level = if detail {
        "debug,netlink_proto=info"
    } else {
        "info"
    };
    let asked = std::env::var("BELLWETHER_LOG").ok();
    let parsed = asked.as_deref().map(str::parse::<Targets>);
    let filter = match &parsed {
        Some(Ok(targets)) => targets.clone(),
        Some(Err(_)) | None => level.parse()?,
    };
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(colours)
        .with_target(false)
        .with_writer(Lines {
            queue: sender.clone(),
            lost,
        });
    // systemd's journal stamps lines itself.
    let outcome = if std::env::var_os("JOURNAL_STREAM").is_some() {
        builder.without_time().finish().with(filter).try_init()
    } else {
        builder.finish().with(filter).try_init()
    };
    outcome?;
    if let Some(Err(error)) = parsed {
        tracing::warn!("BELLWETHER_LOG: {error}; the level is {level}");
    }
    Ok(Log(sender))
}

impl Drop for Log {
    fn drop(&mut self) {
        let (done, is_done) = mpsc::channel();
        if self.0.try_send(Entry::Flush(done)).is_ok() {
            // Whoever reads slower than this loses the end.
            let _ = is_done.recv_timeout(PATIENCE);
        }
    }
}

fn write_all(entries: &Receiver<Entry>, lost: &AtomicU64) {
    let mut out = io::stderr();
    for entry in entries {
        match entry {
            Entry::Line(line) => {
                // A log that nobody can read any more is no reason to stop routing.
                let _ = out.write_all(&line);
            }
            Entry::Flush(done) => {
                let _ = out.flush();
                let _ = done.send(());
            }
        }
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            let _ = writeln!(out, "{count} lines were lost: the log is read too slowly");
        }
    }
}

/// Queues whole lines.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_nobody_reads_loses_lines_and_never_waits() {
        let (queue, receiver) = sync_channel(2);
        let lost = Arc::new(AtomicU64::new(0));
        let mut lines = Lines {
            queue,
            lost: Arc::clone(&lost),
        };
        for _ in 0..5 {
            lines.write_all(b"line\n").unwrap();
        }
        assert_eq!(lost.load(Ordering::Relaxed), 3);
        drop(receiver);
        lines.write_all(b"line\n").unwrap();
    }
}
