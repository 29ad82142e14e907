//! Reading the file: at the start, and again.
//!
//! Invariant: a file is read, checked and planned as a whole before the node hears of it; one that
//! can't be run changes nothing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bellwether_core::Event;
use bellwether_core::model::{Config, Lvs, LvsGlobals, Parts};
use bellwether_core::reload::Plan;
use bellwether_core::vrrp::State;
use tokio::time::timeout;

use super::{Daemon, memory, process, system};
use crate::cli::{RunOptions, exit};
use crate::configuration;
use crate::control::{Outcome, Reloaded};
use crate::fifo::Pipes;
use crate::inbox::Outbox;
use crate::netlink::{self, Settings};
use crate::presence;

/// How long the VRRP loop may take to say how it is; it answers within milliseconds.
const ANSWER: Duration = Duration::from_secs(5);

/// The configuration to start with, in the network namespace that it asks for; or the code to
/// exit with.
pub(super) async fn first(options: &RunOptions) -> Result<Config, u8> {
    let read = configuration::load_here(&options.file, options.reading(), |config| {
        process::enter_namespace(options, config)
    });
    let outcome = match read.await {
        Ok(outcome) => outcome,
        Err(error) => {
            anstream::eprintln!("bellwether: {}: {error}", options.file.display());
            return Err(exit::NO_CONFIG);
        }
    };
    configuration::show(&outcome.diagnostics);
    let config = outcome.config.ok_or(exit::CONFIG)?;
    only_wanted(config, options).ok_or(exit::CONFIG)
}

/// Without the parts that the command line leaves out (keepalived: `-P`, `-C`; both mean both).
fn only_wanted(config: Config, options: &RunOptions) -> Option<Config> {
    if options.only_vrrp == options.only_checkers {
        return Some(config);
    }
    let mut parts = config.into_parts();
    if options.only_vrrp {
        parts.lvs = Lvs::default();
        // keepalived: the synchronisation daemon follows an instance, and so belongs to VRRP.
        parts.globals.lvs = LvsGlobals {
            sync_daemon: parts.globals.lvs.sync_daemon,
            ..LvsGlobals::default()
        };
    } else {
        let Parts {
            mut globals,
            files,
            bfd,
            lvs,
            ..
        } = parts;
        globals.lvs.sync_daemon = None;
        parts = Parts {
            globals,
            files,
            bfd,
            lvs,
            ..Parts::default()
        };
    }
    Config::new(parts).ok()
}

impl Daemon {
    /// Reads the file again, and runs it if it is good.
    pub(super) async fn reload(&mut self) -> Reloaded {
        system::tell_systemd_reloading();
        let hold = self.config.globals().reload.hold_file.clone();
        let held = hold.as_deref().map(Path::new).map(HoldFile::new);
        let reloaded = self.take_new_configuration(held).await;
        memory::return_when_calm();
        system::tell_systemd_ready();
        let now = jiff::Timestamp::now();
        self.about.send_modify(|about| match reloaded.outcome {
            Outcome::Changed => (about.reloaded, about.refused) = (Some(now), None),
            Outcome::Unchanged => about.refused = None,
            Outcome::Refused | Outcome::Unreadable => about.refused = Some(now),
        });
        reloaded
    }

    async fn take_new_configuration(&mut self, held: Option<HoldFile<'_>>) -> Reloaded {
        let file = self.options.file.display().to_string();
        let reading = self.options.reading();
        let outcome = configuration::load_here(&self.options.file, reading, |_| Ok(())).await;
        drop(held);
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!("{file}: {error}; the old configuration stays in force");
                let said = format!("bellwether: {file}: {error}\n");
                return ended(Outcome::Unreadable, said, None);
            }
        };
        let said = outcome.diagnostics.render(false);
        let config = outcome
            .config
            .and_then(|new| only_wanted(new, &self.options));
        match config {
            None => {
                let lines = said.trim_end();
                tracing::error!("{file}: errors; the old configuration stays in force\n{lines}");
                ended(Outcome::Refused, said, None)
            }
            Some(config) if config == self.config => {
                tracing::info!("{file}: nothing changed");
                self.write_states().await;
                ended(Outcome::Unchanged, said, None)
            }
            Some(config) => {
                if !outcome.diagnostics.is_empty() {
                    tracing::warn!(
                        "{file}: new configuration, with remarks\n{}",
                        said.trim_end()
                    );
                }
                let plan = self.run_new(config).await;
                self.write_states().await;
                ended(Outcome::Changed, said, plan)
            }
        }
    }

    /// Runs a good configuration from now on. Returns what that changes.
    async fn run_new(&mut self, config: Config) -> Option<Plan> {
        let file = self.options.file.display().to_string();
        let plan = plan(&self.outbox, &config).await;
        let told = plan.as_ref().map_or_else(String::new, Plan::to_string);
        tracing::info!("{file}: new configuration\n{}", told.trim_end());
        self.policy.send_replace(config.globals().scripts.clone());
        if config.globals().fifos != self.config.globals().fifos {
            self.pipes = Pipes::open(&config.globals().fifos, &self.policy.subscribe());
        }
        self.schedule.configure(&config.globals().reload);
        super::lvs::identify(&self.identifier, &config);
        if self.kernel.send(settings(&self.options, &config)).is_err() {
            tracing::debug!("the kernel's task has gone");
        }
        self.presence.send_replace(presence::is_needed(&config));
        self.config = config.clone();
        self.outbox.event(Event::Reload(Box::new(config)));
        // What is asked behind it is answered only when it is done.
        let done = timeout(ANSWER, self.outbox.ask_status()).await;
        if !matches!(done, Ok(Ok(_))) {
            tracing::warn!("the VRRP loop is slow to take the new configuration");
        }
        plan
    }

    /// keepalived, fifo_write_vrrp_states_on_reload: whoever reads the pipes hears how it is.
    async fn write_states(&mut self) {
        if !self.config.globals().fifos.states_on_reload {
            return;
        }
        let Ok(Ok(status)) = timeout(ANSWER, self.outbox.ask_status()).await else {
            return;
        };
        for instance in &status.instances {
            let (name, priority) = (&instance.name, instance.effective_priority);
            if let Some(state) = spoken(instance.state) {
                self.pipes
                    .write_vrrp(&format!("INSTANCE \"{name}\" {state} {priority}"));
            }
        }
        for group in &status.groups {
            if let Some(state) = group.state.and_then(spoken) {
                self.pipes
                    .write_vrrp(&format!("GROUP \"{}\" {state} 0", group.name));
            }
        }
    }
}

/// What is set in the kernel besides what the core asks for.
pub(super) fn settings(options: &RunOptions, config: &Config) -> netlink::Request {
    netlink::Request::Configure(Box::new(Settings {
        stays: options.keep_addresses,
        ..Settings::of(config)
    }))
}

/// The state as pipes tell it; of a start that still waits nothing is told.
fn spoken(state: State) -> Option<State> {
    (state != State::Init).then_some(state)
}

fn ended(outcome: Outcome, diagnostics: String, plan: Option<Plan>) -> Reloaded {
    Reloaded {
        outcome,
        diagnostics,
        text: plan.as_ref().map_or_else(String::new, Plan::to_string),
        plan,
    }
}

/// What a reload would do, tried on a copy of the running node.
async fn plan(outbox: &Outbox, config: &Config) -> Option<Plan> {
    let copy = timeout(ANSWER, outbox.ask_copy()).await.ok()?.ok()?;
    let config = config.clone();
    let work = tokio::task::spawn_blocking(move || {
        let (node, now) = *copy;
        node.plan(now, &config)
    });
    work.await.ok()
}

/// A file that is there, and empty, while a configuration is read (keepalived: `reload_file`):
/// who writes configurations waits until it is gone.
struct HoldFile<'p>(&'p Path);

impl<'p> HoldFile<'p> {
    fn new(path: &'p Path) -> Self {
        if let Some(folder) = path.parent() {
            // If that fails, so does what follows.
            let _ = fs::create_dir_all(folder);
        }
        if let Err(error) = fs::write(path, "") {
            tracing::warn!(file = %path.display(), %error, "can't write the reload file");
        }
        Self(path)
    }
}

impl Drop for HoldFile<'_> {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "global_defs {\n lvs_flush\n lvs_sync_daemon eth0 a\n}\n\
        track_file f {\n file /run/f\n}\nvrrp_instance a {\n interface eth0\n virtual_router_id 7\n \
        virtual_ipaddress {\n 192.0.2.1/24\n }\n}\nvirtual_server 192.0.2.1 80 {\n \
        protocol TCP\n real_server 192.0.2.9 80 {\n FILE_CHECK {\n track_file f\n }\n }\n}\n";

    fn left(only_vrrp: bool, only_checkers: bool) -> (usize, usize, bool, bool) {
        let outcome = bellwether_config::parse("a", BOTH, &bellwether_config::Options::default());
        let options = RunOptions {
            only_vrrp,
            only_checkers,
            ..RunOptions::default()
        };
        let config = only_wanted(outcome.config.unwrap(), &options).unwrap();
        let lvs = &config.globals().lvs;
        (
            config.instances().len(),
            config.virtual_servers().len(),
            lvs.flush,
            lvs.sync_daemon.is_some(),
        )
    }

    #[test]
    fn parts_can_be_left_out_as_in_keepalived() {
        assert_eq!(left(false, false), (1, 1, true, true));
        assert_eq!(left(true, false), (1, 0, false, true));
        assert_eq!(left(false, true), (0, 1, true, false));
        assert_eq!(left(true, true), (1, 1, true, true), "-P and -C: both");
    }

    #[test]
    fn the_reload_file_is_there_while_it_is_held() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("deeper/keepalived.reload");
        let held = HoldFile::new(&path);
        assert_eq!(fs::read(&path).unwrap(), b"");
        drop(held);
        assert!(!path.exists());
    }
}
