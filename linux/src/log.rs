//! The log: lines on standard error, in a file and in the system's log, written by a thread of its
//! own.
//!
//! Invariant: no thread that logs ever waits for who reads the log. When the reader is too slow,
//! lines are lost, and their number is told. The level is "info", or "debug" with `--log-detail`;
//! the environment variable `BELLWETHER_LOG` overrides it: a level, or `target=level` pairs
//! separated by commas.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, sync_channel};
use std::time::Duration;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Facility, RunOptions};

/// Lines that wait for the reader before any is lost.
const QUEUE: usize = 4096;
/// How long the end of the process waits for the reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the system's log takes lines.
const SYSTEM_LOG: &str = "/dev/log";

enum Entry {
    Line(Sink, Vec<u8>),
    Flush(mpsc::Sender<()>),
}

/// Where a line goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Console,
    File,
    System,
}

/// Writes out what is still queued when dropped.
#[derive(Debug)]
pub(crate) struct Log(SyncSender<Entry>);

/// Starts the log of this process, to where the command line says.
///
/// # Errors
///
/// When there is no thread to be had, a log already, or the log file can't be opened.
pub(crate) fn start(options: &RunOptions, background: bool) -> anyhow::Result<Log> {
    let (sender, receiver) = sync_channel(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    let to_system = (background || options.log_facility.is_some()) && !options.no_syslog;
    let out = Out {
        file: options.log_file.as_deref().map(open).transpose()?,
        system: to_system.then(UnixDatagram::unbound).transpose()?,
        lost: Arc::clone(&lost),
    };
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || out.write_all(&receiver))?;
    let level = if options.log_detail {
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
    let lines = |sink, facility| Lines {
        sink,
        facility,
        level: None,
        queue: sender.clone(),
        lost: Arc::clone(&lost),
    };
    let facility = options.log_facility.unwrap_or(Facility::DAEMON);
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let to_console = !background || options.log_console;
    // systemd's journal stamps lines itself.
    let stamped = std::env::var_os("JOURNAL_STREAM").is_none();
    let mut layers = Vec::new();
    if to_console {
        let lines = lines(Sink::Console, facility);
        layers.push(layer(lines, colours, stamped, true));
    }
    if options.log_file.is_some() {
        layers.push(layer(lines(Sink::File, facility), false, true, true));
    }
    if to_system {
        layers.push(layer(lines(Sink::System, facility), false, false, false));
    }
    let outcome = tracing_subscriber::registry()
        .with(filter)
        .with(layers)
        .try_init();
    outcome?;
    if let Some(Err(error)) = parsed {
        tracing::warn!("BELLWETHER_LOG: {error}; the level is {level}");
    }
    Ok(Log(sender))
}

/// What makes lines of events.
fn layer<S>(lines: Lines, colours: bool, stamped: bool, levels: bool) -> AnyLayer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let layer = fmt::layer()
        .with_target(false)
        .with_ansi(colours)
        .with_level(levels)
        .with_writer(lines);
    if stamped {
        layer.boxed()
    } else {
        layer.without_time().boxed()
    }
}

type AnyLayer<S> = Box<dyn Layer<S> + Send + Sync>;

fn open(path: &Path) -> anyhow::Result<File> {
    let opened = File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    opened.map_err(|error| anyhow::anyhow!("log file {}: {error}", path.display()))
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

/// Where lines end up.
struct Out {
    file: Option<File>,
    system: Option<UnixDatagram>,
    lost: Arc<AtomicU64>,
}

impl Out {
    fn write_all(mut self, entries: &Receiver<Entry>) {
        for entry in entries {
            match entry {
                Entry::Line(sink, line) => self.write(sink, &line),
                Entry::Flush(done) => {
                    let _ = io::stderr().flush();
                    let _ = done.send(());
                }
            }
            let count = self.lost.swap(0, Ordering::Relaxed);
            if count > 0 {
                let line = format!("{count} lines were lost: the log is read too slowly\n");
                self.write(Sink::Console, line.as_bytes());
            }
        }
    }

    /// A log that nobody can read any more is no reason to stop routing.
    fn write(&mut self, sink: Sink, line: &[u8]) {
        let _ = match sink {
            Sink::Console => io::stderr().write_all(line),
            Sink::File => self
                .file
                .as_mut()
                .map_or(Ok(()), |file| file.write_all(line)),
            Sink::System => self.system.as_ref().map_or(Ok(()), |system| {
                system.send_to(line, SYSTEM_LOG).map(|_| ())
            }),
        };
    }
}

/// Queues whole lines.
#[derive(Clone)]
struct Lines {
    sink: Sink,
    facility: Facility,
    /// Of the line that is about to come.
    level: Option<Level>,
    queue: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let bytes = match (self.sink, self.level) {
            (Sink::System, Some(level)) => {
                let head = head(self.facility, level);
                [head.as_bytes(), line.trim_ascii_end()].concat()
            }
            (Sink::Console | Sink::File | Sink::System, _) => line.to_vec(),
        };
        if self.queue.try_send(Entry::Line(self.sink, bytes)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What goes before a line for the system's log (RFC 3164 4.1.1): facility times 8 and severity,
/// and who logs. The log's own end adds the date.
fn head(facility: Facility, level: Level) -> String {
    let severity = if level == Level::ERROR {
        3
    } else if level == Level::WARN {
        4
    } else if level == Level::INFO {
        6
    } else {
        7
    };
    let priority = u32::from(facility.0) * 8 + severity;
    format!("<{priority}>bellwether[{}]: ", std::process::id())
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Self {
        Self {
            level: Some(*meta.level()),
            ..self.clone()
        }
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
            sink: Sink::Console,
            facility: Facility::DAEMON,
            level: None,
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

    #[test]
    fn the_system_log_is_told_facility_and_severity() {
        // RFC 3164 4.1.1: local0 (16) and warning (4): 16 x 8 + 4.
        assert!(head(Facility(16), Level::WARN).starts_with("<132>bellwether["));
        assert!(head(Facility::DAEMON, Level::INFO).starts_with("<30>bellwether["));
    }
}
