//! The commands of MISC_CHECKs.
//!
//! Owns every one from its start to its end. Invariant: each start is answered by exactly one
//! [`Event::ProbeDone`], also when there was nothing to start, unless it is given up before.
//! One that is given up is asked to end, and killed when it has not after `GRACE` (keepalived
//! gives it 2 s too).
//!
//! Deliberately absent: what an exit status means, and how long a command may take.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_core::Event;
use bellwether_core::effect::Kill;
use bellwether_core::event::ScriptExit;
use bellwether_core::lvs::{ProbeId, ProbeResult};
use bellwether_core::model::{Hook, ScriptPolicy};
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::inbox::Outbox;
use crate::launch::launch;
use crate::script::attend;

/// How long a command that is given up has to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// What the VRRP loop asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// See [`bellwether_core::port::ProbePort::start_probe`].
    Start(ProbeId, Hook),
    /// See [`bellwether_core::port::ProbePort::cancel_probe`]; of other checks than these: nothing.
    Cancel(ProbeId),
}

/// The task that runs the commands.
#[derive(Debug)]
pub struct Commands {
    requests: mpsc::UnboundedReceiver<Request>,
    outbox: Outbox,
    policy: watch::Receiver<ScriptPolicy>,
    runs: BTreeMap<ProbeId, oneshot::Sender<()>>,
    attendants: JoinSet<ProbeId>,
}

impl Commands {
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

    /// Runs until nobody can ask for anything any more; then gives up all that still runs.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                Some(ended) = self.attendants.join_next() => {
                    if let Ok(probe) = ended {
                        self.runs.remove(&probe);
                    }
                }
                request = self.requests.recv() => match request {
                    Some(Request::Start(probe, hook)) => self.start(probe, &hook),
                    // One that is over, or another's, is not here.
                    Some(Request::Cancel(probe)) => drop(self.runs.remove(&probe)),
                    None => break,
                },
            }
        }
        self.runs.clear();
        while self.attendants.join_next().await.is_some() {}
    }

    fn start(&mut self, probe: ProbeId, hook: &Hook) {
        let launched = launch(hook, &self.policy.borrow());
        let child = match launched {
            Ok(child) => child,
            Err(error) => {
                let command = hook.command.0.join(" ");
                tracing::warn!(%command, %error, "can't start the command of a check");
                return tell(&self.outbox, probe, ScriptExit::NotStarted);
            }
        };
        let (keep, given_up) = oneshot::channel();
        self.runs.insert(probe, keep);
        let outbox = self.outbox.clone();
        self.attendants.spawn(async move {
            if let Some(exit) = outcome(child, given_up).await {
                tell(&outbox, probe, exit);
            }
            probe
        });
    }
}

fn tell(outbox: &Outbox, probe: ProbeId, exit: ScriptExit) {
    let result = ProbeResult::Exited(exit);
    outbox.event(Event::ProbeDone { probe, result });
}

/// How a command ended; none: it was given up.
async fn outcome(child: Child, given_up: oneshot::Receiver<()>) -> Option<ScriptExit> {
    let (signals, kills) = mpsc::unbounded_channel();
    let attended = attend(child, kills);
    tokio::pin!(attended);
    tokio::select! {
        biased;
        exit = &mut attended => return Some(exit),
        // Nobody says anything here: the other end is dropped.
        _ = given_up => {}
    }
    for signal in [Kill::Terminate, Kill::Kill] {
        // It is heard as long as the command runs.
        let _ = signals.send(signal);
        if timeout(GRACE, &mut attended).await.is_ok() {
            break;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use bellwether_core::model::Command;

    use super::*;
    use crate::inbox::{Input, channel};

    fn shell(text: &str) -> Hook {
        Hook::new(
            Command(vec!["/bin/sh".into(), "-c".into(), text.into()]),
            None,
        )
    }

    /// What the loop hears of these requests, when all commands have ended.
    fn heard(requests: Vec<Request>, pause: Duration) -> Vec<(ProbeId, ProbeResult)> {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let (outbox, mut inbox) = channel();
        runtime.block_on(async {
            let (ask, asked) = mpsc::unbounded_channel();
            let (_, policy) = watch::channel(ScriptPolicy::default());
            let commands = tokio::spawn(Commands::new(asked, outbox, policy).run());
            for request in requests {
                ask.send(request).unwrap();
                tokio::time::sleep(pause).await;
            }
            drop(ask);
            commands.await.unwrap();
        });
        let mut all = Vec::new();
        while let Ok(Input::Event(Event::ProbeDone { probe, result })) = inbox.try_recv() {
            all.push((probe, result));
        }
        all
    }

    #[test]
    fn a_command_s_status_is_the_answer_and_so_is_that_there_is_none() {
        let missing = Hook::new(Command(vec!["/no/such/program".into()]), None);
        let requests = vec![
            Request::Start(ProbeId(1), shell("exit 7")),
            Request::Start(ProbeId(2), shell("kill -9 $$")),
            Request::Start(ProbeId(3), missing),
            Request::Cancel(ProbeId(99)),
        ];
        let exited = |id, exit| (ProbeId(id), ProbeResult::Exited(exit));
        let expected = [
            exited(1, ScriptExit::Status(7)),
            exited(2, ScriptExit::Signal(9)),
            exited(3, ScriptExit::NotStarted),
        ];
        assert_eq!(heard(requests, Duration::from_millis(200)), expected);
    }

    /// What it has started ends with it, and it can't refuse to.
    #[test]
    fn one_that_is_given_up_is_killed_with_all_that_it_started_and_says_nothing() {
        let place = tempfile::tempdir().unwrap();
        let sign = place.path().join("alive");
        let stubborn = format!("trap '' TERM; (sleep 3.5; touch {}) & wait", sign.display());
        let requests = vec![
            Request::Start(ProbeId(1), shell(&stubborn)),
            Request::Cancel(ProbeId(1)),
        ];
        let start = Instant::now();
        assert_eq!(heard(requests, Duration::from_millis(300)), []);
        assert!(start.elapsed() >= GRACE, "it was given its time");
        std::thread::sleep(Duration::from_millis(2000));
        assert!(!sign.exists());
    }
}
