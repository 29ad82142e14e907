//! The process: start, reload, status, stop.
//!
//! The main thread has a runtime for netlink, scripts and signals; the VRRP loop has a thread and
//! a runtime of its own (`router`). Invariant: a configuration is run only if it is sound and
//! every interface that it names exists; anything else changes nothing.
//!
//! A panic in any thread ends the process at once (SIGABRT): what is left in the kernel is found
//! and mended by the next start, which is better than half a daemon.

mod lvs;
mod ports;
mod router;
mod signals;
mod system;

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use bellwether_core::Event;
use bellwether_core::model::{Config, ScriptPolicy};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::cli::{RunOptions, exit};
use crate::fifo::Pipes;
use crate::inbox::{self, Outbox};
use crate::netlink::Kernel;
use crate::notify::Notifier;
use crate::script::Scripts;
use crate::track::Tracker;
use crate::{check, configuration, journal, log};
use ports::Told;
use router::Lines;
use signals::{Signal, Signals};
use system::PidFile;

/// How long handing over may take; the kernel answers within milliseconds.
const STOP: Duration = Duration::from_secs(5);
/// How long the last notification commands may take.
const NOTIFY_STOP: Duration = Duration::from_secs(5);
/// How long scripts may take to be gone after SIGKILL.
const SCRIPTS_STOP: Duration = Duration::from_secs(1);

/// Runs until told to stop.
#[must_use]
pub fn run(options: &RunOptions) -> ExitCode {
    match start(options) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("bellwether: {error:#}");
            ExitCode::from(exit::FAILURE)
        }
    }
}

fn start(options: &RunOptions) -> anyhow::Result<u8> {
    if let Some(log_file) = &options.config_test {
        return check::config_test(options, log_file.as_deref());
    }
    if let Err(missing) = system::check_capabilities() {
        anstream::eprintln!("bellwether: {missing}");
        return Ok(exit::PERMISSION);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // First, so that none of them can hit a process that does not listen yet.
        let signals = Signals::new()?;
        let config = match load(options).await {
            Ok(config) => config,
            Err(code) => return Ok(code),
        };
        let log = log::start(options.log_detail)?;
        die_of_panics();
        let pid_file = options
            .pid_file
            .as_deref()
            .map(PidFile::write)
            .transpose()?;
        let code = Daemon::start(options, signals, config)?.run().await;
        drop(pid_file);
        drop(log);
        Ok(code)
    })
}

/// The configuration, or the code to exit with.
async fn load(options: &RunOptions) -> Result<Config, u8> {
    let outcome = match configuration::load_here(&options.file, options.reading()).await {
        Ok(outcome) => outcome,
        Err(error) => {
            anstream::eprintln!("bellwether: {}: {error}", options.file.display());
            return Err(exit::NO_CONFIG);
        }
    };
    configuration::show(&outcome.diagnostics);
    outcome.config.ok_or(exit::CONFIG)
}

/// Makes a panic in any thread the end of the process, after the usual message.
fn die_of_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        std::process::abort();
    }));
}

/// The running process, as the main thread sees it.
struct Daemon {
    options: RunOptions,
    signals: Signals,
    config: Config,
    outbox: Outbox,
    told: UnboundedReceiver<Told>,
    router: oneshot::Receiver<io::Result<()>>,
    scripts: JoinHandle<()>,
    /// Who commands run as, for scripts and notifications alike.
    policy: watch::Sender<ScriptPolicy>,
    notifier: Notifier,
    pipes: Pipes,
    stop_by: Option<Instant>,
}

impl Daemon {
    /// Starts all threads and tasks. Must be called within the main runtime.
    fn start(options: &RunOptions, signals: Signals, config: Config) -> anyhow::Result<Self> {
        let (outbox, inbox) = inbox::channel();
        let (kernel, kernel_requests) = mpsc::unbounded_channel();
        let (scripts, script_requests) = mpsc::unbounded_channel();
        let (people, told) = mpsc::unbounded_channel();
        tokio::spawn(Kernel::new(kernel_requests, outbox.clone())?.run());
        let (policy, policies) = watch::channel(config.globals().scripts.clone());
        let runner = Scripts::new(script_requests, outbox.clone(), policies.clone());
        let script_task = tokio::spawn(runner.run());
        let (tracked, track_requests) = mpsc::unbounded_channel();
        tokio::spawn(Tracker::new(track_requests, outbox.clone()).run());
        let pipes = Pipes::open(&config.globals().fifos, &policies);
        let lines = Lines {
            inbox,
            kernel,
            scripts,
            tracked,
            people,
        };
        let instances = config.instances().len();
        let file = options.file.display();
        tracing::info!("starting with {instances} VRRP instances from {file}");
        Ok(Self {
            router: router::start(lvs::without(&config), lines)?,
            options: options.clone(),
            signals,
            config,
            outbox,
            told,
            scripts: script_task,
            policy,
            pipes,
            notifier: Notifier::new(policies),
            stop_by: None,
        })
    }

    /// Serves signals until the VRRP loop has ended. Returns the exit code.
    async fn run(mut self) -> u8 {
        system::tell_systemd_ready();
        let code = loop {
            let stop_by = self.stop_by;
            let overdue = async {
                match stop_by {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                ended = &mut self.router => break Self::ended(ended, self.stop_by.is_some()),
                signal = self.signals.next() => self.handle(signal).await,
                Some(told) = self.told.recv() => self.tell(&told),
                () = overdue => {
                    tracing::error!("handing over takes longer than {STOP:?}; giving up");
                    break exit::FAILURE;
                }
            }
        };
        while let Ok(told) = self.told.try_recv() {
            self.tell(&told);
        }
        self.notifier.finish(NOTIFY_STOP).await;
        if timeout(SCRIPTS_STOP, self.scripts).await.is_err() {
            tracing::warn!("scripts are still running");
        }
        tracing::info!("stopped");
        code
    }

    fn ended(outcome: Result<io::Result<()>, oneshot::error::RecvError>, told: bool) -> u8 {
        match outcome {
            Ok(Ok(())) if told => exit::OK,
            Ok(Ok(())) => {
                tracing::error!("the VRRP loop has ended unasked");
                exit::FAILURE
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the VRRP loop could not start");
                exit::FAILURE
            }
            Err(_) => {
                tracing::error!("the VRRP loop has gone");
                exit::FAILURE
            }
        }
    }

    fn tell(&mut self, told: &Told) {
        match told {
            Told::Notice(notice) => journal::record(&self.config, notice),
            Told::Notification(notification) => {
                let change = notification.transition.as_ref();
                change.into_iter().for_each(system::tell_systemd_status);
                self.pipes.write(&notification.line());
                self.notifier.deliver(notification);
            }
        }
    }

    async fn handle(&mut self, signal: Signal) {
        match signal {
            Signal::Stop(name) => self.stop(name),
            Signal::Reload => self.reload().await,
            Signal::Status => self.log_status().await,
        }
    }

    fn stop(&mut self, name: &str) {
        if self.stop_by.is_some() {
            return;
        }
        tracing::info!("{name}: handing over");
        system::tell_systemd_stopping();
        self.stop_by = Some(Instant::now() + STOP);
        self.outbox.event(Event::Shutdown);
    }

    async fn reload(&mut self) {
        if self.stop_by.is_some() {
            return;
        }
        system::tell_systemd_reloading();
        self.take_new_configuration().await;
        system::tell_systemd_ready();
    }

    async fn take_new_configuration(&mut self) {
        let file = self.options.file.display();
        let reading = self.options.reading();
        let outcome = match configuration::load_here(&self.options.file, reading).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!("{file}: {error}; the old configuration stays in force");
                return;
            }
        };
        let said = outcome.diagnostics.render(false);
        let said = said.trim_end();
        match outcome.config {
            None => {
                tracing::error!("{file}: errors; the old configuration stays in force\n{said}");
            }
            Some(config) if config == self.config => tracing::info!("{file}: nothing changed"),
            Some(config) => {
                if outcome.diagnostics.is_empty() {
                    tracing::info!("{file}: new configuration");
                } else {
                    tracing::warn!("{file}: new configuration, with remarks\n{said}");
                }
                self.policy.send_replace(config.globals().scripts.clone());
                if config.globals().fifos != self.config.globals().fifos {
                    self.pipes = Pipes::open(&config.globals().fifos, &self.policy.subscribe());
                }
                let served = Box::new(lvs::without(&config));
                self.config = config;
                self.outbox.event(Event::Reload(served));
            }
        }
    }

    async fn log_status(&self) {
        let Ok(status) = self.outbox.ask_status().await else {
            return;
        };
        match serde_json::to_string(&status) {
            Ok(json) => tracing::info!("status {json}"),
            Err(error) => tracing::error!(%error, "the status can't be shown as JSON"),
        }
    }
}
