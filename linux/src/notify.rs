//! Notification commands and FIFOs.
//!
//! Invariant: commands of one instance or group run one after the other, in the order of what they
//! tell of; those of different ones do not wait for each other. A command that hangs is killed, so
//! that the ones behind it get their turn (keepalived starts all at once, and waits for none).

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_core::model::{Hook, ScriptPolicy};
use bellwether_core::notify::{Notification, Subject};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::launch::launch;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the commands of all notifications.
#[derive(Debug)]
pub struct Notifier {
    policy: watch::Receiver<ScriptPolicy>,
    queues: BTreeMap<Subject, mpsc::UnboundedSender<Vec<Hook>>>,
    workers: JoinSet<()>,
}

impl Notifier {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(policy: watch::Receiver<ScriptPolicy>) -> Self {
        Self {
            policy,
            queues: BTreeMap::new(),
            workers: JoinSet::new(),
        }
    }

    /// Runs the commands of a notification, behind those of earlier ones of the same subject.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled.
    pub fn deliver(&mut self, notification: &Notification) {
        if notification.hooks.is_empty() {
            return;
        }
        let subject = notification.subject.clone();
        let queue = self.queues.entry(subject).or_insert_with(|| {
            let (sender, hooks) = mpsc::unbounded_channel();
            self.workers.spawn(work(hooks, self.policy.clone()));
            sender
        });
        // The worker ends only after this sender has.
        let _ = queue.send(notification.hooks.clone());
    }

    /// Waits until all commands have run, but not longer than `limit`; then those that still run
    /// are left to themselves, as keepalived leaves them.
    pub async fn finish(mut self, limit: Duration) {
        self.queues.clear();
        let all = async { while self.workers.join_next().await.is_some() {} };
        if timeout(limit, all).await.is_err() {
            tracing::warn!("notification commands are still running");
        }
    }
}

async fn work(
    mut queue: mpsc::UnboundedReceiver<Vec<Hook>>,
    policy: watch::Receiver<ScriptPolicy>,
) {
    while let Some(hooks) = queue.recv().await {
        for hook in hooks {
            let current = policy.borrow().clone();
            run(&hook, &current).await;
        }
    }
}

async fn run(hook: &Hook, policy: &ScriptPolicy) {
    let command = hook.command.0.join(" ");
    let mut child = match launch(hook, policy) {
        Ok(child) => child,
        Err(error) => {
            tracing::warn!(%command, %error, "can't run the notification command");
            return;
        }
    };
    let group = child.id().and_then(|id| i32::try_from(id).ok());
    match timeout(PATIENCE, child.wait()).await {
        Ok(Ok(status)) if status.success() => tracing::debug!(%command, "notified"),
        Ok(Ok(status)) => tracing::info!(%command, %status, "the notification command failed"),
        Ok(Err(error)) => tracing::warn!(%command, %error, "lost the notification command"),
        Err(_) => {
            tracing::warn!(%command, "the notification command takes too long; it is killed");
            if let Some(group) = group.and_then(Pid::from_raw) {
                // It may have ended meanwhile.
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait().await;
        }
    }
}
