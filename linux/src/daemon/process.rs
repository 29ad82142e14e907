//! What kind of process the daemon is: its namespace, its files' modes, its scheduling, and
//! whether it is in the background.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use bellwether_core::model::{Config, PartTuning, Tuning};
use rustix::process::{Resource, Rlimit};
use rustix::thread::{CpuSet, LinkNameSpaceType};

use crate::cli::{RunOptions, exit};
use crate::sys;

/// Enters the network namespace that the command line or the configuration names.
///
/// Must be called before any thread is started that should be in it.
///
/// # Errors
///
/// Those of opening `/run/netns/NAME` and of setns, with the name.
pub(super) fn enter_namespace(options: &RunOptions, config: &Config) -> io::Result<()> {
    let configured = config.globals().namespaces.all.as_ref();
    let configured = configured.map(|name| name.as_str());
    let Some(name) = options.namespace.as_deref().or(configured) else {
        return Ok(());
    };
    let place = Path::new("/run/netns").join(name);
    let entered = File::open(place).and_then(|file| {
        let kind = Some(LinkNameSpaceType::Network);
        Ok(rustix::thread::move_into_link_name_space(
            file.as_fd(),
            kind,
        )?)
    });
    entered.map_err(|error| {
        let text = format!("can't enter the network namespace `{name}`: {error}");
        io::Error::new(error.kind(), text)
    })
}

/// Sets what the command line and the configuration say of the process as a whole.
pub(super) fn settle(options: &RunOptions, config: &Config) {
    if let Some(mask) = options.umask.or(config.globals().umask) {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
    }
    if options.core_dump || options.core_dump_pattern.is_some() {
        let unlimited = Rlimit {
            current: None,
            maximum: None,
        };
        if let Err(error) = rustix::process::setrlimit(Resource::Core, unlimited) {
            tracing::warn!(%error, "core dumps stay bounded");
        }
    }
    if let Some(pattern) = &options.core_dump_pattern
        && let Err(error) = fs::write("/proc/sys/kernel/core_pattern", pattern)
    {
        tracing::warn!(%error, "can't set the pattern of core dumps");
    }
    let tuning = &config.globals().tuning;
    let parts = [&tuning.vrrp, &tuning.checker, &tuning.bfd];
    if parts.iter().any(|part| part.no_swap) {
        use rustix::mm::MlockAllFlags;
        let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE;
        if let Err(error) = rustix::mm::mlockall(all) {
            tracing::warn!(%error, "can't lock the process in memory");
        }
    }
    if let Some(micros) = tuning.vrrp.rlimit_rttime
        && let Err(error) = limit_realtime(micros)
    {
        tracing::warn!(%error, "can't limit real-time runs");
    }
}

fn limit_realtime(micros: u64) -> io::Result<()> {
    let limit = Rlimit {
        current: Some(micros),
        maximum: Some(micros),
    };
    Ok(rustix::process::setrlimit(Resource::Rttime, limit)?)
}

/// Schedules the calling thread, which is the VRRP loop's.
///
/// Without a word in the configuration it gets the lowest real-time priority;
/// `max_auto_priority -1` leaves it ordinary.
pub(super) fn schedule_vrrp(tuning: &Tuning) {
    let PartTuning {
        priority,
        rt_priority,
        rlimit_rttime: _,
        no_swap: _,
        cpu_affinity,
    } = &tuning.vrrp;
    if !cpu_affinity.is_empty() {
        let mut processors = CpuSet::new();
        let known = cpu_affinity.iter().filter_map(|n| usize::try_from(*n).ok());
        let known = known.filter(|number| *number < CpuSet::MAX_CPU);
        known.for_each(|number| processors.set(number));
        if let Err(error) = rustix::thread::sched_setaffinity(None, &processors) {
            tracing::warn!(%error, "can't keep VRRP to its processors");
        }
    }
    if let Some(nice) = priority
        && let Err(error) = sys::set_nice(i32::from(*nice))
    {
        tracing::warn!(%error, "can't set the nice value of VRRP");
    }
    let by_itself = priority.is_none() && tuning.max_auto_priority != Some(-1);
    let wanted = rt_priority.map(i32::from).or(by_itself.then_some(1));
    if let Some(wanted) = wanted
        && let Err(error) = sys::become_realtime(wanted)
    {
        tracing::warn!(%error, "no real-time priority; elections may be late on a busy machine");
    }
}

/// The way to tell whoever started a process in the background how that went.
#[derive(Debug)]
pub(super) struct Starter(Option<OwnedFd>);

impl Starter {
    /// Nobody waits: the process stays in the foreground.
    pub(super) const fn nobody() -> Self {
        Self(None)
    }

    /// Goes to the background. Returns in the child alone; the parent exits with what the child
    /// tells, or with a failure if the child tells nothing.
    ///
    /// Must be called while there is one thread only.
    ///
    /// # Errors
    ///
    /// Those of pipe, fork and setsid.
    pub(super) fn go_to_background() -> io::Result<Self> {
        let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        if sys::fork()? {
            drop(write);
            let mut code = [exit::FAILURE];
            // A child that dies says nothing, and the code stays a failure.
            let _ = File::from(read).read_exact(&mut code);
            std::process::exit(i32::from(code[0]));
        }
        drop(read);
        rustix::process::setsid()?;
        // Not being the leader of its session, it never gets a terminal again.
        if sys::fork()? {
            std::process::exit(0);
        }
        Ok(Self(Some(write)))
    }

    /// Whether this process is in the background.
    pub(super) const fn is_background(&self) -> bool {
        self.0.is_some()
    }

    /// Tells that all is well, and leaves the folder and the terminal, but for standard error if
    /// that is the log's.
    pub(super) fn is_ready(&mut self, keep_error: bool) {
        if self.0.is_none() {
            return;
        }
        self.tell(exit::OK);
        let left = rustix::process::chdir("/").map_err(io::Error::from);
        let silent = left.and_then(|()| File::options().read(true).write(true).open("/dev/null"));
        let silent = silent.and_then(|null| {
            rustix::stdio::dup2_stdin(&null)?;
            rustix::stdio::dup2_stdout(&null)?;
            if keep_error {
                return Ok(());
            }
            Ok(rustix::stdio::dup2_stderr(&null)?)
        });
        if let Err(error) = silent {
            tracing::warn!(%error, "can't leave the terminal");
        }
    }

    /// Tells which code to exit with.
    pub(super) fn tell(&mut self, code: u8) {
        if let Some(pipe) = self.0.take() {
            // Whoever waited may have been killed.
            let _ = File::from(pipe).write_all(&[code]);
        }
    }
}
