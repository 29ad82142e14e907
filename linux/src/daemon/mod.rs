//! The process: start, reload, status, stop.
//!
//! The main thread has a runtime for netlink, scripts and signals; the VRRP loop has a thread and
//! a runtime of its own (`router`). Invariant: a configuration is run only if it is sound and
//! every interface that it names exists; anything else changes nothing.
//!
//! A panic in any thread ends the process at once (SIGABRT): what is left in the kernel is found
//! and mended by the next start, which is better than half a daemon.

mod dump;
mod hooks;
mod lvs;
mod memory;
mod ports;
mod process;
mod reload;
mod router;
mod schedule;
mod signals;
mod system;

use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use bellwether_core::Event;
use bellwether_core::model::{Config, ScriptPolicy};
use bellwether_runtime::journal::Recorder;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, interval, sleep_until, timeout};

use crate::cli::{RunOptions, exit};
use crate::control::place;
use crate::control::server::{BindError, Command, Desk, Socket};
use crate::control::view::{About, Status};
use crate::fifo::Pipes;
use crate::inbox::{self, Outbox};
use crate::mail::Mailer;
use crate::misc::Commands;
use crate::netlink::Kernel;
use crate::notify::Notifier;
use crate::prober::Identifier;
use crate::script::Scripts;
use crate::track::Tracker;
use crate::{check, cli, journal, log, netlink, presence, record, terminal};
use dump::Dump;
use ports::Told;
use process::Starter;
use router::{Kept, Lines};
use schedule::Schedule;
use signals::{Signal, Signals};
use system::{PidFile, Watchdog};

/// How long handing over may take; the kernel answers within milliseconds.
const STOP: Duration = Duration::from_secs(5);
/// How long the last notification commands may take.
const NOTIFY_STOP: Duration = Duration::from_secs(5);

/// How long what was set in the kernel may take to be put back.
const KERNEL_STOP: Duration = Duration::from_secs(2);
/// How long scripts may take to be gone after SIGKILL.
const SCRIPTS_STOP: Duration = Duration::from_secs(1);
/// How long commands of checks may take to be gone, after they were asked to.
const CHECKS_STOP: Duration = Duration::from_secs(3);
/// How long the rest of the journal may take to be written.
const JOURNAL_STOP: Duration = Duration::from_secs(2);
/// Requests of the control socket that wait for the main thread.
const COMMANDS: usize = 16;

/// Runs in the foreground until told to stop.
#[must_use]
pub fn run(options: &RunOptions) -> ExitCode {
    run_with(options, Starter::nobody())
}

/// Runs as keepalived does: in the background, unless told not to.
#[must_use]
pub fn run_as_keepalived(options: &RunOptions) -> ExitCode {
    if options.dont_fork || options.config_test.is_some() || options.signum.is_some() {
        return run(options);
    }
    let mut options = options.clone();
    if let Ok(absolute) = std::path::absolute(&options.file) {
        options.file = absolute;
    }
    if let Some(Ok(absolute)) = options
        .journal()
        .map(|place| std::path::absolute(place.file))
    {
        options.journal = Some(absolute);
    }
    match Starter::go_to_background() {
        Ok(starter) => run_with(&options, starter),
        Err(error) => {
            anstream::eprintln!("bellwether: can't go to the background: {error}");
            ExitCode::from(exit::FAILURE)
        }
    }
}

fn run_with(options: &RunOptions, mut starter: Starter) -> ExitCode {
    let code = start(options, &mut starter).unwrap_or_else(|error| {
        anstream::eprintln!("bellwether: {error:#}");
        exit::FAILURE
    });
    starter.tell(code);
    ExitCode::from(code)
}

fn start(options: &RunOptions, starter: &mut Starter) -> anyhow::Result<u8> {
    if let Some(function) = options.signum {
        terminal::print(&format!("{}\n", signals::number(function)));
        return Ok(exit::OK);
    }
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
        let signals = Signals::new(options.ignore_sigint)?;
        let config = match reload::first(options).await {
            Ok(config) => config,
            Err(code) => return Ok(code),
        };
        let log = log::start(options, starter.is_background())?;
        die_of_panics();
        process::settle(options, &config);
        let socket = bind(options, &config)?;
        let pid_files = write_pid_files(options, &config, starter)?;
        if options.dump_conf {
            log_configuration(options);
        }
        let policy = config.globals().scripts.clone();
        hooks::run("startup script", policy.startup.as_ref(), &policy).await;
        let (recorder, written) = open_journal(options)?;
        let daemon = Daemon::start(options, signals, config, socket, recorder)?;
        starter.is_ready(options.log_console);
        let (code, config) = daemon.run().await;
        if let Some(written) = written
            && timeout(JOURNAL_STOP, written).await.is_err()
        {
            tracing::warn!("the journal's end is not written");
        }
        let policy = &config.globals().scripts;
        hooks::run("shutdown script", policy.shutdown.as_ref(), policy).await;
        drop(pid_files);
        tracing::info!("stopped");
        drop(log);
        Ok(code)
    })
}

/// What the journal is written with, and what ends when all of it is written.
type Journal = (Option<Box<dyn Recorder>>, Option<oneshot::Receiver<()>>);

/// Opens the journal, if there is to be one.
fn open_journal(options: &RunOptions) -> anyhow::Result<Journal> {
    let Some(place) = options.journal() else {
        return Ok((None, None));
    };
    let file = place.file.display().to_string();
    let host = cli::host_name().unwrap_or_default();
    let (recorder, written) =
        record::start(place, &host).with_context(|| format!("can't write the journal {file}"))?;
    tracing::info!("journal {file}");
    Ok((Some(recorder), Some(written)))
}

/// The control socket. Without one the daemon routes all the same, unless another daemon has it,
/// or the command line asked for this one.
fn bind(options: &RunOptions, config: &Config) -> anyhow::Result<Option<Socket>> {
    let named = options.control_socket.as_ref();
    let instance = config.globals().instance_name.as_ref();
    let path = named.cloned();
    let path = path.unwrap_or_else(|| place::to_serve(instance.map(|name| name.as_str())));
    match Socket::bind(&path, options.control_group.as_deref()) {
        Ok(socket) => Ok(Some(socket)),
        Err(error @ BindError::Io(..)) if named.is_none() => {
            tracing::warn!("{error}; nobody can ask for the status");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The files that hold the process id: those that the command line names; else, in the
/// background or with `use_pid_dir`, the usual one.
fn write_pid_files(
    options: &RunOptions,
    config: &Config,
    starter: &Starter,
) -> anyhow::Result<Vec<PidFile>> {
    let mut paths: Vec<PathBuf> = options.pid_files().cloned().collect();
    let globals = config.globals();
    if options.pid_file.is_none() && (starter.is_background() || globals.use_pid_dir) {
        let name = globals.instance_name.as_ref();
        let name = name.map_or("bellwether", |name| name.as_str());
        let folder = if globals.use_pid_dir {
            place::FOLDER
        } else {
            "/run"
        };
        paths.push(format!("{folder}/{name}.pid").into());
    }
    paths.iter().map(|path| PidFile::write(path)).collect()
}

/// keepalived, -d.
fn log_configuration(options: &RunOptions) {
    let reader = bellwether_config::Reader::new(options.reading());
    match reader.convert_file(&options.file, bellwether_config::To::Keepalived) {
        Ok(converted) => {
            let lines = converted.text.trim_end().lines().map(without_secret);
            let text = lines.collect::<Vec<_>>().join("\n");
            tracing::info!("configuration:\n{text}");
        }
        Err(error) => tracing::warn!(%error, "can't show the configuration"),
    }
}

/// A line of a configuration, without the secret that it may hold.
fn without_secret(line: &str) -> &str {
    const SECRETS: [&str; 3] = ["auth_pass", "password", "key"];
    let first = line.split_whitespace().next().unwrap_or_default();
    if SECRETS.contains(&first) {
        "(a line with a secret)"
    } else {
        line
    }
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
    commands: mpsc::Receiver<Command>,
    about: watch::Sender<About>,
    /// Serves the control socket; none where there is none.
    control: Option<JoinHandle<()>>,
    router: oneshot::Receiver<io::Result<()>>,
    scripts: JoinHandle<()>,
    /// Runs the commands of checks.
    misc: JoinHandle<()>,
    /// Whether the host's addresses are to be looked at.
    presence: watch::Sender<bool>,
    /// What checks show of this host.
    identifier: Identifier,
    kernel: UnboundedSender<netlink::Request>,
    /// Puts back what was set in the kernel, once nobody asks for anything any more.
    kernel_task: JoinHandle<()>,
    /// Who commands run as, for scripts and notifications alike.
    policy: watch::Sender<ScriptPolicy>,
    notifier: Notifier,
    mailer: Mailer,
    pipes: Pipes,
    schedule: Schedule,
    looks: Interval,
    watchdog: Watchdog,
    stop_by: Option<Instant>,
    /// Whether what is to stay stays, which holds from the stop on.
    keep: router::Keep,
}

/// What the main thread does next.
enum Turn {
    RouterEnded(Result<io::Result<()>, oneshot::error::RecvError>),
    Signal(Signal),
    Told(Told),
    Command(Command),
    Look,
    Watchdog,
    Overdue,
}

/// What the control socket's answers come from, and what it asks of the main thread.
fn desk(outbox: &Outbox, about: watch::Receiver<About>) -> (Desk, mpsc::Receiver<Command>) {
    let (commands, requests) = mpsc::channel(COMMANDS);
    let outbox = outbox.clone();
    let desk = Desk {
        outbox,
        commands,
        about,
    };
    (desk, requests)
}

fn say_what_starts(options: &RunOptions, config: &Config) {
    let instances = config.instances().len();
    let services = config.virtual_servers().len();
    let file = options.file.display();
    tracing::info!(
        "starting with {instances} VRRP instances and {services} virtual servers from {file}"
    );
}

impl Daemon {
    /// Starts all threads and tasks. Must be called within the main runtime.
    fn start(
        options: &RunOptions,
        signals: Signals,
        config: Config,
        socket: Option<Socket>,
        recorder: Option<Box<dyn Recorder>>,
    ) -> anyhow::Result<Self> {
        let (outbox, inbox) = inbox::channel();
        let (kernel, kernel_requests) = mpsc::unbounded_channel();
        let (scripts, script_requests) = mpsc::unbounded_channel();
        let (people, told) = mpsc::unbounded_channel();
        let kernel_task = tokio::spawn(Kernel::new(kernel_requests, outbox.clone())?.run());
        let settings = reload::settings(options, &config);
        if kernel.send(settings).is_err() {
            tracing::debug!("the kernel's task has gone");
        }
        let (policy, policies) = watch::channel(config.globals().scripts.clone());
        let runner = Scripts::new(script_requests, outbox.clone(), policies.clone());
        let script_task = tokio::spawn(runner.run());
        let (tracked, track_requests) = mpsc::unbounded_channel();
        tokio::spawn(Tracker::new(track_requests, outbox.clone()).run());
        let (commands, command_requests) = mpsc::unbounded_channel();
        let runner = Commands::new(command_requests, outbox.clone(), policies.clone());
        let command_task = tokio::spawn(runner.run());
        let (presence, present) = watch::channel(presence::is_needed(&config));
        tokio::spawn(presence::tell(present, outbox.clone()));
        let pipes = Pipes::open(&config.globals().fifos, &policies);
        let keep = router::Keep::default();
        let lvs = lvs::start(&config, &outbox)?;
        let identifier = lvs.prober.identifier();
        lvs::identify(&identifier, &config);
        let lines = Lines {
            inbox,
            kernel: kernel.clone(),
            scripts,
            tracked,
            lvs,
            commands,
            people,
            keep: Kept {
                begun: keep.clone(),
                addresses: options.keep_addresses,
                table: options.keep_table,
                outbox: outbox.clone(),
            },
            recorder,
        };
        let (about, about_now) = watch::channel(about(options));
        let (desk, requests) = desk(&outbox, about_now);
        say_what_starts(options, &config);
        Ok(Self {
            router: router::start(config.clone(), lines)?,
            control: socket.map(|socket| tokio::spawn(serve(socket, desk))),
            schedule: Schedule::new(&config.globals().reload),
            looks: interval(schedule::LOOK),
            options: options.clone(),
            signals,
            config,
            outbox,
            told,
            commands: requests,
            about,
            scripts: script_task,
            misc: command_task,
            presence,
            identifier,
            kernel,
            kernel_task,
            policy,
            pipes,
            notifier: Notifier::new(policies),
            watchdog: Watchdog::of_systemd(),
            mailer: Mailer::new(),
            stop_by: None,
            keep,
        })
    }

    /// Serves signals and requests until the VRRP loop has ended. Returns the exit code, and the
    /// configuration that was run last.
    async fn run(mut self) -> (u8, Config) {
        system::tell_systemd_ready();
        memory::return_when_calm();
        let code = loop {
            match self.turn().await {
                Turn::RouterEnded(ended) => break Self::ended(ended, self.stop_by.is_some()),
                Turn::Signal(signal) => self.handle(signal).await,
                Turn::Told(told) => self.tell(&told),
                Turn::Command(command) => self.obey(command).await,
                Turn::Look => {
                    if self.schedule.is_due(jiff::Timestamp::now()) {
                        tracing::info!("it is time for a reload");
                        self.handle(Signal::Reload).await;
                    }
                }
                Turn::Watchdog => self.watchdog.feed(&self.outbox).await,
                Turn::Overdue => {
                    tracing::error!("handing over takes longer than {STOP:?}; giving up");
                    break exit::FAILURE;
                }
            }
        };
        if let Some(control) = self.control.take() {
            control.abort();
        }
        while let Ok(told) = self.told.try_recv() {
            self.tell(&told);
        }
        drop(self.kernel);
        if timeout(KERNEL_STOP, self.kernel_task).await.is_err() {
            tracing::warn!("not all that was set in the kernel is put back");
        }
        self.notifier.finish(NOTIFY_STOP).await;
        self.mailer.finish(NOTIFY_STOP).await;
        if timeout(SCRIPTS_STOP, self.scripts).await.is_err() {
            tracing::warn!("scripts are still running");
        }
        if timeout(CHECKS_STOP, self.misc).await.is_err() {
            tracing::warn!("commands of checks are still running");
        }
        (code, self.config)
    }

    /// Waits for what is to be done next.
    async fn turn(&mut self) -> Turn {
        let stop_by = self.stop_by;
        let overdue = async {
            match stop_by {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        let is_on = self.schedule.is_on();
        tokio::select! {
            ended = &mut self.router => Turn::RouterEnded(ended),
            signal = self.signals.next() => Turn::Signal(signal),
            Some(told) = self.told.recv() => Turn::Told(told),
            Some(command) = self.commands.recv() => Turn::Command(command),
            _ = self.looks.tick(), if is_on => Turn::Look,
            () = self.watchdog.due() => Turn::Watchdog,
            () = overdue => Turn::Overdue,
        }
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
                let line = notification.line();
                if notification.subject.is_lvs() {
                    self.pipes.write_lvs(&line);
                } else {
                    self.pipes.write_vrrp(&line);
                }
                self.notifier.deliver(notification);
                self.mailer.deliver(&self.config, notification);
            }
        }
    }

    async fn handle(&mut self, signal: Signal) {
        match signal {
            Signal::Stop(name) => self.stop(name),
            Signal::Reload if self.stop_by.is_some() => {}
            Signal::Reload => {
                self.reload().await;
            }
            Signal::Data => self.dump(Dump::Data).await,
            Signal::Statistics => self.dump(Dump::Statistics).await,
            Signal::Json => self.dump(Dump::Json).await,
            Signal::Clear => {
                tracing::info!("counting from zero again");
                self.outbox.event(Event::ClearStatistics);
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Stop => self.stop("asked by the control socket"),
            // Whoever asked finds that nobody answers.
            Command::Reload(_) if self.stop_by.is_some() => {}
            Command::Reload(answer) => {
                let reloaded = self.reload().await;
                if answer.send(reloaded).is_err() {
                    tracing::debug!("nobody waits for the end of the reload any more");
                }
            }
        }
    }

    fn stop(&mut self, why: &str) {
        if self.stop_by.is_some() {
            return;
        }
        tracing::info!("{why}: handing over");
        system::tell_systemd_stopping();
        self.stop_by = Some(Instant::now() + STOP);
        self.keep.begin();
        self.outbox.event(Event::Shutdown);
    }

    async fn dump(&self, what: Dump) {
        let Ok(status) = self.outbox.ask_status().await else {
            return;
        };
        let status = Status::of(status, self.about.borrow().clone());
        match what.write(&self.config, &status) {
            Ok(path) => tracing::info!("written: {}", path.display()),
            Err(error) => tracing::error!("{error:#}"),
        }
    }
}

fn about(options: &RunOptions) -> About {
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started: jiff::Timestamp::now(),
        file: options.file.display().to_string(),
        reloaded: None,
        refused: None,
    }
}

async fn serve(socket: Socket, desk: Desk) {
    tracing::info!("control socket {}", socket.path().display());
    if let Err(error) = socket.serve(desk).await {
        tracing::error!(%error, "the control socket is served no longer");
    }
}
