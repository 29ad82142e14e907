//! Commands that run once: before everything else, and after it (keepalived: `startup_script`,
//! `shutdown_script`).

use bellwether_core::model::{ScriptPolicy, TimedHook};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::timeout;

use crate::launch::launch;

/// Runs a command, and waits for it, but not longer than it may take; then it is killed.
pub(super) async fn run(what: &str, timed: Option<&TimedHook>, policy: &ScriptPolicy) {
    let Some(TimedHook {
        hook,
        timeout: limit,
    }) = timed
    else {
        return;
    };
    let mut child = match launch(hook, policy) {
        Ok(child) => child,
        Err(error) => {
            tracing::error!(%error, "can't run the {what}");
            return;
        }
    };
    let group = child.id().and_then(|id| i32::try_from(id).ok());
    match timeout(*limit, child.wait()).await {
        Ok(Ok(status)) if status.success() => tracing::info!("the {what} is done"),
        Ok(Ok(status)) => tracing::warn!(%status, "the {what} failed"),
        Ok(Err(error)) => tracing::warn!(%error, "the {what} was lost"),
        Err(_) => {
            tracing::warn!("the {what} took longer than {limit:?}; it is killed");
            if let Some(group) = group.and_then(Pid::from_raw) {
                // It may have ended meanwhile.
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait().await;
        }
    }
}
