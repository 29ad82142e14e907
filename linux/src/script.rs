//! Tracked scripts as child processes.
//!
//! Owns every child from its start to its end, each in a process group of its own, so that what a
//! script has started ends with it. Invariant: each start is answered by exactly one
//! [`Event::ScriptExited`], also when there was nothing to start.
//!
//! Deliberately absent: time. The core says when a run has taken too long.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use bellwether_core::effect::Kill;
use bellwether_core::event::ScriptExit;
use bellwether_core::model::{Hook, ScriptPolicy};
use bellwether_core::unit::Name;
use bellwether_core::{Event, RunId};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::inbox::Outbox;
use crate::launch::launch;

/// What the VRRP loop asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// See [`bellwether_core::port::ScriptPort::start`].
    Start(RunId, Name, Hook),
    /// See [`bellwether_core::port::ScriptPort::kill`].
    Kill(RunId, Kill),
}

/// The task that starts and ends scripts.
#[derive(Debug)]
pub struct Scripts {
    requests: mpsc::UnboundedReceiver<Request>,
    outbox: Outbox,
    policy: watch::Receiver<ScriptPolicy>,
    runs: BTreeMap<RunId, mpsc::UnboundedSender<Kill>>,
    attendants: JoinSet<()>,
}

impl Scripts {
    /// Nothing is started before [`Self::run`].
    #[must_use]
    pub fn new(
        requests: mpsc::UnboundedReceiver<Request>,
        outbox: Outbox,
        policy: watch::Receiver<ScriptPolicy>,
    ) -> Self {
        Self {
            requests,
            outbox,
            policy,
            runs: BTreeMap::new(),
            attendants: JoinSet::new(),
        }
    }

    /// Runs until nobody can ask for anything any more; then ends all that still runs.
    ///
    /// Must be called within a tokio runtime that has I/O enabled.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                Some(_) = self.attendants.join_next() => {
                    self.runs.retain(|_, kills| !kills.is_closed());
                }
                request = self.requests.recv() => match request {
                    Some(Request::Start(run, name, hook)) => self.start(run, &name, &hook),
                    Some(Request::Kill(run, kill)) => self.kill(run, kill),
                    None => break,
                },
            }
        }
        for run in self.runs.keys() {
            self.kill(*run, Kill::Kill);
        }
        while self.attendants.join_next().await.is_some() {}
    }

    fn start(&mut self, run: RunId, name: &Name, hook: &Hook) {
        let launched = launch(hook, &self.policy.borrow());
        let child = match launched {
            Ok(child) => child,
            Err(error) => {
                let command = hook.command.0.join(" ");
                tracing::warn!(script = %name, %command, %error, "can't start the script");
                self.outbox.event(Event::ScriptExited {
                    run,
                    exit: ScriptExit::NotStarted,
                });
                return;
            }
        };
        let (sender, kills) = mpsc::unbounded_channel();
        self.runs.insert(run, sender);
        let outbox = self.outbox.clone();
        self.attendants.spawn(async move {
            let exit = attend(child, kills).await;
            outbox.event(Event::ScriptExited { run, exit });
        });
    }

    fn kill(&self, run: RunId, kill: Kill) {
        if let Some(kills) = self.runs.get(&run) {
            // One that is over does not hear it, and need not.
            let _ = kills.send(kill);
        }
    }
}

/// Waits for a child's end, and hands on the signals that are asked for meanwhile.
pub(crate) async fn attend(
    mut child: Child,
    mut kills: mpsc::UnboundedReceiver<Kill>,
) -> ScriptExit {
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    let mut killed = false;
    loop {
        tokio::select! {
            biased;
            status = child.wait() => {
                if killed && let Some(group) = group {
                    // Its leader is gone; what the leader left behind must not stay. The id can't
                    // belong to others yet while the group has members, and if it has none the
                    // kernel has not come round to it.
                    signal(group, Signal::KILL);
                }
                return status.map_or(ScriptExit::NotStarted, exit);
            }
            Some(kill) = kills.recv() => {
                killed = true;
                if let Some(group) = group {
                    signal(group, match kill {
                        Kill::Terminate => Signal::TERM,
                        Kill::Kill => Signal::KILL,
                    });
                }
            }
        }
    }
}

fn signal(group: Pid, signal: Signal) {
    match kill_process_group(group, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => tracing::warn!(?group, ?signal, %error, "can't signal a script"),
    }
}

fn exit(status: ExitStatus) -> ScriptExit {
    match (status.code(), status.signal()) {
        (Some(code), _) => ScriptExit::Status(code),
        (None, Some(signal)) => ScriptExit::Signal(signal),
        (None, None) => ScriptExit::NotStarted,
    }
}
