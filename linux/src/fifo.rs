//! Named pipes that events are written to, one line each (keepalived: `notify_fifo`).
//!
//! Invariant: writing never waits. A pipe that is full, because nobody reads it, loses lines, and
//! that is said once. The pipe is opened for reading too, so that lines stay in it until somebody
//! comes.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use bellwether_core::model::{Fifo, Fifos, Hook, ScriptPolicy};
use rustix::fs::{Mode, OFlags};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::launch::launch;

/// How long a reading script that ended rests before it is started again.
const REST: Duration = Duration::from_secs(1);

/// The pipes that tell of changes.
#[derive(Debug)]
pub struct Pipes(Vec<(Tells, Pipe)>);

/// What a pipe tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    Everything,
    Vrrp,
    Lvs,
}

#[derive(Debug)]
struct Pipe {
    fifo: Fifo,
    file: std::fs::File,
    /// Whether it was made here, and so is removed at the end.
    made: bool,
    full: bool,
    reader: Option<JoinHandle<()>>,
}

impl Pipes {
    /// Makes and opens the pipes of a configuration, and starts their readers. One that can't be
    /// opened is said so and left out.
    ///
    /// Must be called within a tokio runtime.
    #[must_use]
    pub fn open(fifos: &Fifos, policy: &watch::Receiver<ScriptPolicy>) -> Self {
        let wanted = [
            (Tells::Everything, &fifos.all),
            (Tells::Vrrp, &fifos.vrrp),
            (Tells::Lvs, &fifos.lvs),
        ];
        let opened = wanted.into_iter().filter_map(|(tells, fifo)| {
            let fifo = fifo.as_ref()?;
            let opened = Pipe::open(fifo, policy).inspect_err(|error| {
                tracing::warn!(path = %fifo.path, %error, "can't open the notification pipe");
            });
            Some((tells, opened.ok()?))
        });
        Self(opened.collect())
    }

    /// Writes one line about VRRP, without its line end, to every pipe that tells of that.
    pub fn write_vrrp(&mut self, line: &str) {
        self.write(Tells::Vrrp, line);
    }

    /// The same about servers and quorums.
    pub fn write_lvs(&mut self, line: &str) {
        self.write(Tells::Lvs, line);
    }

    fn write(&mut self, what: Tells, line: &str) {
        for (tells, pipe) in &mut self.0 {
            if *tells == what || *tells == Tells::Everything {
                pipe.write(line);
            }
        }
    }
}

impl Pipe {
    fn open(fifo: &Fifo, policy: &watch::Receiver<ScriptPolicy>) -> io::Result<Self> {
        let mode = Mode::RUSR | Mode::WUSR;
        let made = match rustix::fs::mkfifoat(rustix::fs::CWD, &fifo.path, mode) {
            Ok(()) => true,
            Err(rustix::io::Errno::EXIST) => false,
            Err(error) => return Err(error.into()),
        };
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits());
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.map_err(io::Error::other)?)
            .open(&fifo.path)?;
        if !std::os::unix::fs::FileTypeExt::is_fifo(&file.metadata()?.file_type()) {
            return Err(io::Error::other("it is there and is no named pipe"));
        }
        let reader = fifo.script.clone().map(|mut hook| {
            // keepalived: the path of the pipe is the last argument.
            hook.command.0.push(fifo.path.clone());
            tokio::spawn(keep_running(hook, policy.clone()))
        });
        Ok(Self {
            fifo: fifo.clone(),
            file,
            made,
            full: false,
            reader,
        })
    }

    fn write(&mut self, line: &str) {
        let outcome = self.file.write_all(format!("{line}\n").as_bytes());
        if let Err(error) = &outcome
            && !self.full
        {
            let path = &self.fifo.path;
            tracing::warn!(%path, %error, "a notification did not fit in the pipe");
        }
        self.full = outcome.is_err();
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
        if self.made {
            // Somebody may have removed it already.
            let _ = std::fs::remove_file(&self.fifo.path);
        }
    }
}

/// Runs a reader, and runs it again when it ends.
async fn keep_running(hook: Hook, policy: watch::Receiver<ScriptPolicy>) {
    loop {
        let current = policy.borrow().clone();
        match launch(&hook, &current) {
            Ok(mut child) => {
                let group = Group(child.id());
                let _ = child.wait().await;
                drop(group);
            }
            Err(error) => tracing::warn!(%error, "can't start the reader of a pipe"),
        }
        sleep(REST).await;
    }
}

/// A process group that ends with this value.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    #[test]
    fn lines_wait_in_the_pipe_and_a_full_pipe_does_not_block() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("fifo").display().to_string();
        let fifos = Fifos {
            vrrp: Some(Fifo {
                path: path.clone(),
                owner: None,
                script: None,
            }),
            ..Fifos::default()
        };
        let (_, policy) = watch::channel(ScriptPolicy::default());
        let mut pipes = Pipes::open(&fifos, &policy);
        pipes.write_vrrp("INSTANCE \"VI_1\" MASTER 100");
        for _ in 0..10_000 {
            pipes.write_vrrp("INSTANCE \"VI_1\" BACKUP 100");
        }
        let reader = std::fs::File::open(&path).unwrap();
        let first = BufReader::new(reader).lines().next().unwrap().unwrap();
        assert_eq!(first, "INSTANCE \"VI_1\" MASTER 100");
        drop(pipes);
        assert!(
            !std::path::Path::new(&path).exists(),
            "what was made is removed"
        );
    }

    #[test]
    fn each_pipe_has_the_lines_that_are_its_own() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name).display().to_string();
        let fifo = |name: &str| {
            Some(Fifo {
                path: path(name),
                owner: None,
                script: None,
            })
        };
        let fifos = Fifos {
            all: fifo("all"),
            vrrp: fifo("vrrp"),
            lvs: fifo("lvs"),
            ..Fifos::default()
        };
        let (_, policy) = watch::channel(ScriptPolicy::default());
        let mut pipes = Pipes::open(&fifos, &policy);
        pipes.write_vrrp("GROUP \"G\" MASTER 0");
        pipes.write_lvs("VS [192.0.2.1]:tcp:80 UP");
        pipes.write_vrrp("end");
        pipes.write_lvs("end");
        let lines = |name: &str, count| {
            let reader = BufReader::new(std::fs::File::open(path(name)).unwrap());
            let lines = reader.lines().take(count).map(Result::unwrap);
            lines.collect::<Vec<_>>()
        };
        let (vrrp, lvs) = ("GROUP \"G\" MASTER 0", "VS [192.0.2.1]:tcp:80 UP");
        assert_eq!(lines("all", 4), [vrrp, lvs, "end", "end"]);
        assert_eq!(lines("vrrp", 2), [vrrp, "end"]);
        assert_eq!(lines("lvs", 2), [lvs, "end"]);
    }
}
