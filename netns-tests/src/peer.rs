//! Routers under test: Bellwether's daemon and keepalived, behind one handle.
//!
//! Invariant: no process outlives its handle. Deliberately absent: any look into a daemon; tests
//! judge by what the wire, the kernel and the log show.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::conf::Conf;
use crate::eventually::eventually;
use crate::topology::{Host, scratch};
use crate::usage::Usage;

/// The environment variable that names the `bellwether` to test, instead of building one.
pub const BINARY: &str = "BELLWETHER_BIN";

/// Which program a router runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Ours.
    Bellwether,
    /// Debian's keepalived.
    Keepalived,
}

/// A running router.
#[derive(Debug)]
pub struct Peer {
    program: Program,
    child: Child,
    folder: TempDir,
}

impl Peer {
    /// Starts a program on a host with this configuration.
    ///
    /// # Errors
    ///
    /// When it can't be started, or Bellwether can't be built.
    pub fn start(program: Program, host: &Host, conf: &Conf) -> Result<Self> {
        Self::start_with(program, host, &conf.text())
    }

    /// The same with a configuration that is text already.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_with(program: Program, host: &Host, text: &str) -> Result<Self> {
        Self::start_with_options(program, host, text, &[])
    }

    /// The same with more options; `{folder}` in one stands for the folder of its files.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_with_options(
        program: Program,
        host: &Host,
        text: &str,
        options: &[&str],
    ) -> Result<Self> {
        let only_vrrp: &[&str] = match program {
            Program::Bellwether => &[],
            Program::Keepalived => &["-P"],
        };
        Self::start_whole(program, host, text, &[only_vrrp, options].concat())
    }

    /// The same with all that the configuration has: keepalived ends where it has virtual servers
    /// and the kernel has no IPVS.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_whole(
        program: Program,
        host: &Host,
        text: &str,
        options: &[&str],
    ) -> Result<Self> {
        let folder = scratch()?;
        let file = folder.path().join("keepalived.conf");
        let place = folder.path().display().to_string();
        let in_place = |text: &str| text.replace("{folder}", &place);
        fs::write(&file, in_place(text))?;
        let log = File::create(folder.path().join("log"))?;
        let mut command = Command::new("ip");
        command.args(["netns", "exec", host.namespace()]);
        match program {
            Program::Bellwether => {
                command.arg(bellwether()?).arg("run").arg("-f").arg(&file);
                if !options.contains(&"--control-socket") {
                    let socket = folder.path().join("control.sock");
                    command.arg("--control-socket").arg(socket);
                }
            }
            Program::Keepalived => {
                command
                    .args(["keepalived", "-n", "-l", "-D", "-f"])
                    .arg(&file);
                command.arg("-p").arg(folder.path().join("parent.pid"));
                command.arg("-r").arg(folder.path().join("vrrp.pid"));
                // Each process has a file of its own, and one that is there stops all of them.
                command.arg("-b").arg(folder.path().join("bfd.pid"));
                command.arg("-c").arg(folder.path().join("checkers.pid"));
            }
        }
        command.args(options.iter().map(|option| in_place(option)));
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("can't start {program:?}"))?;
        Ok(Self {
            program,
            child,
            folder,
        })
    }

    /// Starts our daemon.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn bellwether(host: &Host, conf: &Conf) -> Result<Self> {
        Self::start(Program::Bellwether, host, conf)
    }

    /// Starts keepalived.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn keepalived(host: &Host, conf: &Conf) -> Result<Self> {
        Self::start(Program::Keepalived, host, conf)
    }

    /// Signals it: all of its processes where the signal can't be caught, else the first one.
    ///
    /// # Errors
    ///
    /// When there is no such process any more.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_child(&self.child);
        let everybody = [Signal::KILL, Signal::STOP, Signal::CONT];
        if everybody.contains(&signal) {
            kill_process_group(pid, signal)?;
        } else {
            rustix::process::kill_process(pid, signal)?;
        }
        Ok(())
    }

    /// Kills it as a crash would, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// When it was gone already.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.child.wait()?;
        Ok(())
    }

    /// Writes another configuration into its file and tells it to read that (SIGHUP).
    ///
    /// # Errors
    ///
    /// When the file can't be written or the process is gone.
    pub fn reload(&self, text: &str) -> Result<()> {
        let place = self.folder.path().display().to_string();
        fs::write(self.file(), text.replace("{folder}", &place))?;
        self.signal(Signal::HUP)
    }

    /// The id of its first process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder of its files: its configuration, its log, its control socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the `bellwether` command says about this daemon: a subcommand with its arguments, such
    /// as `status --json`.
    ///
    /// # Errors
    ///
    /// When the command can't be run.
    pub fn ask(&self, line: &str) -> Result<Output> {
        let mut command = Command::new(bellwether()?);
        command.args(line.split_whitespace());
        command
            .arg("--socket")
            .arg(self.folder().join("control.sock"));
        Ok(command.current_dir(self.folder()).output()?)
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// When it has not ended before the deadline.
    pub fn wait_for_exit(&mut self, deadline: Duration) -> Result<ExitStatus> {
        let what = format!("{:?} exits", self.program);
        let child = &mut self.child;
        eventually(deadline, &what, || match child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("still running".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// What its processes have used so far.
    ///
    /// # Errors
    ///
    /// When it does not run any more.
    pub fn usage(&self) -> Result<Usage> {
        // It leads a group of its own, and its children stay in it.
        Usage::of_group(Pid::from_child(&self.child).as_raw_nonzero().get())
    }

    /// Whether it runs.
    ///
    /// # Errors
    ///
    /// When the kernel can't say.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// All that it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until its log has this text at least `times` times.
    ///
    /// # Errors
    ///
    /// When it has not before the deadline.
    pub fn wait_for_log(&self, text: &str, times: usize, deadline: Duration) -> Result<()> {
        let what = format!("{:?} logs {text:?} {times} times", self.program);
        eventually(deadline, &what, || {
            let log = self.log();
            let seen = log.matches(text).count();
            if seen >= times {
                Ok(())
            } else {
                Err(format!("{seen} times in\n{log}"))
            }
        })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("keepalived.conf")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of {:?}:\n{}---", self.program, self.log());
        }
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The daemon to test: what [`BINARY`] names, else the one beside this test program, built now.
///
/// # Errors
///
/// When it can't be built or is not there.
pub fn bellwether() -> Result<&'static Path> {
    static PLACE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PLACE
        .get_or_init(|| find_or_build().map_err(|error| format!("{error:#}")))
        .as_deref()
        .map_err(|error| anyhow::anyhow!("{error}"))
}

fn find_or_build() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(BINARY) {
        let path = PathBuf::from(named)
            .canonicalize()
            .with_context(|| format!("{BINARY} names a file that is not there"))?;
        return Ok(path);
    }
    // TARGET/PROFILE/deps/real_kernel-HASH, or TARGET/PROFILE/failover-gap.
    let own = std::env::current_exe()?;
    let profile = own
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps"))
        .context("a test program lies in a folder")?;
    let target = profile
        .parent()
        .context("a profile's folder has a parent")?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut build = Command::new(cargo);
    build
        .args([
            "build",
            "--quiet",
            "-p",
            "bellwether-linux",
            "--bin",
            "bellwether",
        ])
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    if profile.ends_with("release") {
        build.arg("--release");
    }
    if !build.stdin(Stdio::null()).status()?.success() {
        bail!("the bellwether daemon does not build; name a built one with {BINARY}");
    }
    Ok(profile.join("bellwether"))
}
