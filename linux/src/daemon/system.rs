//! The process's standing with the kernel and with systemd.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bellwether_core::effect::Transition;
use rustix::thread::{CapabilitySet, capabilities};
use sd_notify::NotifyState;
use tokio::time::Interval;

use crate::inbox::Outbox;
use crate::journal;

/// Says what is missing, if this process may not do what it must.
pub(super) fn check_capabilities() -> Result<(), String> {
    let held = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    let needed = [
        (CapabilitySet::NET_ADMIN, "CAP_NET_ADMIN"),
        (CapabilitySet::NET_RAW, "CAP_NET_RAW"),
    ];
    let missing: Vec<&str> = needed
        .iter()
        .filter(|(capability, _)| !held.contains(*capability))
        .map(|(_, name)| *name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not permitted: this process lacks {}; start it as root, or grant it to the service",
        missing.join(" and ")
    ))
}

/// A file that holds the process id, and is removed with this value.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
    text: String,
}

impl PidFile {
    /// Writes the file, over whatever was there.
    ///
    /// # Errors
    ///
    /// Those of writing, with the path.
    pub(super) fn write(path: &Path) -> anyhow::Result<Self> {
        let text = format!("{}\n", std::process::id());
        if let Some(folder) = path.parent() {
            // If that fails, so does writing.
            let _ = fs::create_dir_all(folder);
        }
        fs::write(path, &text)
            .map_err(|error| anyhow::anyhow!("pid file {}: {error}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let is_ours = fs::read_to_string(&self.path).is_ok_and(|text| text == self.text);
        if is_ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(file = %self.path.display(), %error, "can't remove the pid file");
        }
    }
}

/// What systemd's watchdog wants: a word in time, as long as the VRRP loop answers.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// When a word is due; none where systemd does not watch.
    ticks: Option<Interval>,
}

impl Watchdog {
    /// As systemd asks for it (`WatchdogSec=`). Must be called within a tokio runtime.
    pub(super) fn of_systemd() -> Self {
        let allowed = sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero());
        Self {
            // Twice in the time that it allows, as its manual recommends.
            ticks: allowed.map(|allowed| tokio::time::interval(allowed / 2)),
        }
    }

    /// Waits until a word is due. Cancel safe.
    pub(super) async fn due(&mut self) {
        match &mut self.ticks {
            Some(ticks) => {
                ticks.tick().await;
            }
            None => std::future::pending().await,
        }
    }

    /// Speaks, if the VRRP loop answers in time.
    pub(super) async fn feed(&self, outbox: &Outbox) {
        let Some(ticks) = &self.ticks else { return };
        match tokio::time::timeout(ticks.period(), outbox.ask_status()).await {
            Ok(Ok(_)) => tell(&[NotifyState::Watchdog]),
            Ok(Err(_)) | Err(_) => tracing::error!("the VRRP loop does not answer"),
        }
    }
}

/// All of these do nothing where systemd did not start the process.
pub(super) fn tell_systemd_ready() {
    tell(&[NotifyState::Ready]);
}

/// A reload begins; [`tell_systemd_ready`] ends it.
pub(super) fn tell_systemd_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => log_failure(&error),
    }
}

/// The end begins.
pub(super) fn tell_systemd_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// What `systemctl status` shows: the last transition.
pub(super) fn tell_systemd_status(transition: &Transition) {
    tell(&[NotifyState::Status(&journal::sentence(transition))]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        log_failure(&error);
    }
}

fn log_failure(error: &io::Error) {
    tracing::debug!(%error, "systemd was not told");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_goes_with_the_process_unless_it_is_another_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let file = PidFile::write(&path).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(written.trim(), std::process::id().to_string());
        drop(file);
        assert!(!path.exists());

        let file = PidFile::write(&path).unwrap();
        fs::write(&path, "1\n").unwrap();
        drop(file);
        assert!(path.exists());
    }
}
