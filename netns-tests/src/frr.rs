//! FRR's bfdd as the other end of a BFD session.
//!
//! Invariant: no process outlives its handle. FRR's daemons give up their rights, so their folder
//! is theirs.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::command::run;
use crate::eventually::eventually;
use crate::topology::{Host, scratch};

/// Where Debian has FRR's daemons.
const DAEMONS: &str = "/usr/lib/frr";

/// How long they may take to start.
const START: Duration = Duration::from_secs(10);

/// A running bfdd, with the zebra that it needs.
#[derive(Debug)]
pub struct Frr {
    zebra: Child,
    bfdd: Child,
    folder: TempDir,
}

impl Frr {
    /// Whether it is installed here.
    #[must_use]
    pub fn is_installed() -> bool {
        fs::exists(format!("{DAEMONS}/bfdd")).unwrap_or(false)
    }

    /// Starts both daemons on a host. `peers` is what stands in the `bfd` block.
    ///
    /// # Errors
    ///
    /// When they can't be started.
    pub fn start(host: &Host, peers: &str) -> Result<Self> {
        let (folder, zebra) = zebra(host, "bfdd", &format!("bfd\n{peers}!\n"))?;
        let control = format!("{}/bfdd.sock", folder.path().display());
        Ok(Self {
            bfdd: daemon(host, "bfdd", folder.path(), &["--bfdctl", &control])?,
            zebra,
            folder,
        })
    }

    /// Waits until its session is in this state: `up` or `down`.
    ///
    /// # Errors
    ///
    /// When it is not before the deadline.
    pub fn wait_for(&self, state: &str, deadline: Duration) -> Result<()> {
        let at = self.folder.path().display().to_string();
        let wanted = format!("\"status\":\"{state}\"");
        let what = format!("FRR's session is {state}");
        eventually(deadline, &what, || {
            let show = ["--vty_socket", &at, "-c", "show bfd peers json"];
            match run("vtysh", &show) {
                Ok(text) if text.contains(&wanted) => Ok(()),
                Ok(text) => Err(text),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    /// Kills bfdd as a crash would.
    ///
    /// # Errors
    ///
    /// When it was gone already.
    pub fn kill(&mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.bfdd), Signal::KILL)?;
        self.bfdd.wait()?;
        Ok(())
    }
}

impl Drop for Frr {
    fn drop(&mut self) {
        for child in [&mut self.bfdd, &mut self.zebra] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts zebra, which every other daemon needs, and waits until it listens; beside it, in the folder
/// of both, lies the configuration of the daemon of this name.
pub(crate) fn zebra(host: &Host, name: &str, conf: &str) -> Result<(TempDir, Child)> {
    let folder = scratch()?;
    fs::write(folder.path().join("zebra.conf"), "")?;
    fs::write(folder.path().join(format!("{name}.conf")), conf)?;
    run(
        "chown",
        &["-R", "frr:frr", &folder.path().display().to_string()],
    )?;
    let mut zebra = daemon(host, "zebra", folder.path(), &[])?;
    let listens = eventually(START, "zebra listens", || {
        match fs::exists(folder.path().join("zserv.api")) {
            Ok(true) => Ok(()),
            Ok(false) => Err("not yet".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    });
    if listens.is_err() {
        let _ = zebra.kill();
        let _ = zebra.wait();
    }
    listens.map(|()| (folder, zebra))
}

/// Starts one of FRR's daemons with its files in this folder.
pub(crate) fn daemon(host: &Host, name: &str, at: &Path, more: &[&str]) -> Result<Child> {
    let program = format!("{DAEMONS}/{name}");
    if !fs::exists(&program)? {
        bail!("needs the package frr");
    }
    let at = at.display();
    Command::new("ip")
        .args(["netns", "exec", host.namespace(), &program])
        .args(["-u", "frr", "-g", "frr", "-P", "0"])
        .args(["--vty_socket", &at.to_string()])
        .args(["-f", &format!("{at}/{name}.conf")])
        .args(["-i", &format!("{at}/{name}.pid")])
        .args(["-z", &format!("{at}/zserv.api")])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("can't start {name}"))
}
