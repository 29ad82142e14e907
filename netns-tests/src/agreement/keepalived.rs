//! keepalived as a judge: what it says of a file, and what it understood.
//!
//! Nothing of it touches the host: each start has a network namespace of its own with the
//! interfaces [`INTERFACES`], and all that it starts ends with its process namespace.
//!
//! Without IPVS in the kernel, keepalived's checkers end before they say what they understood.
//! A small library is loaded into it that answers "done" to whatever it asks of IPVS.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::command::run;
use crate::topology::scratch;

/// The interfaces that it sees, all up; `eth0` has 192.0.2.1/24 and 2001:db8::1/64.
pub const INTERFACES: [&str; 4] = ["eth0", "eth1", "eth2", "eth3"];

/// How a namespace gets its interfaces.
const LINKS: &str = "\
link set lo up
link add eth0 type veth peer name eth1
link add eth2 type veth peer name eth3
link set eth0 up
link set eth1 up
link set eth2 up
link set eth3 up
addr add 192.0.2.1/24 dev eth0
addr add 2001:db8::1/64 dev eth0 nodad
";

/// Tests each file of a list, in one namespace: where the answer goes, and the file. One that hangs it has the code 124.
const TEST_EACH: &str = "\
ip -batch \"$1\" || exit 1
while read -r answer file; do
    timeout -k 1 10 keepalived -t -f \"$file\" >\"$answer.said\" 2>&1 </dev/null
    echo $? >\"$answer.code\"
done
";

/// Starts keepalived with the arguments after the first two, and ends it if it takes too long.
const START: &str = "\
ip -batch \"$1\" || exit 1
export LD_PRELOAD=\"$2\"
shift 2
exec timeout -k 1 20 keepalived \"$@\" 2>&1 </dev/null
";

/// What keepalived answers to "what is IPVS", and to all that follows.
const IPVS: &str = include_str!("../../fixtures/agreement/ipvs.c");

/// What `keepalived -t` says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its exit status: 0 clean, 5 with complaints, 6 only with the one that scripts are run
    /// though `enable_script_security` is not given; anything else: it would not run.
    pub code: i32,
    /// Its complaints, a line each.
    pub said: Vec<String>,
}

impl Verdict {
    /// Whether it would run, as far as it says. It ends when it is started with some mistakes that
    /// it only complains about here.
    #[must_use]
    pub const fn runs(&self) -> bool {
        matches!(self.code, 0 | 5 | 6)
    }
}

/// The halves of keepalived, each a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Virtual routers.
    Vrrp,
    /// Virtual servers.
    Lvs,
}

/// The installed keepalived.
#[derive(Debug)]
pub struct Judge {
    folder: TempDir,
}

impl Judge {
    /// Prepares what each start needs.
    ///
    /// # Errors
    ///
    /// When there is no C compiler.
    pub fn new() -> Result<Self> {
        let folder = scratch()?;
        fs::write(folder.path().join("links"), LINKS)?;
        let judge = Self { folder };
        let source = judge.path("ipvs.c");
        fs::write(&source, IPVS)?;
        let (from, to) = (source.display().to_string(), judge.path("ipvs.so"));
        let to = to.display().to_string();
        run("cc", &["-shared", "-fPIC", "-o", &to, &from])?;
        Ok(judge)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What `keepalived -t` says of each file.
    ///
    /// # Errors
    ///
    /// When it can't be started.
    pub fn verdicts(&self, files: &[PathBuf]) -> Result<Vec<Verdict>> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let list = folder.path().join("list");
        let links: Vec<PathBuf> = (0..files.len())
            .map(|place| folder.path().join(place.to_string()))
            .collect();
        let mut lines = String::new();
        for (file, link) in files.iter().zip(&links) {
            // A file's includes are looked for beside it, so it must stay where it is.
            lines.push_str(&format!("{} {}\n", link.display(), file.display()));
        }
        fs::write(&list, lines)?;
        let status = isolated(TEST_EACH, &[&self.path("links")])
            .stdin(fs::File::open(&list)?)
            .status()?;
        ensure!(status.success(), "can't make a namespace: {status}");
        links
            .iter()
            .zip(files)
            .map(|(link, file)| read_verdict(link, file))
            .collect()
    }

    /// What it understood of a file: its dump; none when it ends before that, because it can't run
    /// the file.
    ///
    /// # Errors
    ///
    /// When it can't be started.
    pub fn dump(&self, file: &Path, half: Half) -> Result<Option<String>> {
        let (only, last) = match half {
            Half::Vrrp => ("--vrrp", "------< Interfaces"),
            // The first thing that is done with what was understood.
            Half::Lvs => ("--check", "Activating BFD healthchecker"),
        };
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let mut arguments: Vec<String> = ["-n", "-l", "-d", "-D", "--no_bfd", only]
            .map(str::to_owned)
            .to_vec();
        for option in ["--pid", "--vrrp_pid", "--checkers_pid"] {
            let path = folder.path().join(option);
            arguments.push(format!("{option}={}", path.display()));
        }
        arguments.push(format!("--use-file={}", file.display()));
        let mut child = Running(
            isolated(START, &[&self.path("links"), &self.path("ipvs.so")])
                .args(&arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?,
        );
        let output = child.0.stdout.take().context("its output")?;
        let mut log = String::new();
        for line in BufReader::new(output).lines() {
            let line = line?;
            let done = line.contains(last);
            log.push_str(&line);
            log.push('\n');
            if done {
                return Ok(Some(log));
            }
        }
        ensure!(
            log.contains("Stopped"),
            "keepalived neither ran nor stopped:\n{log}"
        );
        Ok(None)
    }
}

/// A shell in namespaces of its own, which end with it.
fn isolated(script: &str, arguments: &[&Path]) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--pid", "--fork", "--kill-child=SIGKILL"])
        .args(["sh", "-c", script, "sh"])
        .args(arguments)
        .env("LC_ALL", "C");
    command
}

fn read_verdict(at: &Path, file: &Path) -> Result<Verdict> {
    let part = |ending: &str| {
        let path = at.with_extension(ending);
        fs::read(&path).with_context(|| path.display().to_string())
    };
    let code = String::from_utf8_lossy(&part("code")?).trim().parse()?;
    let said = String::from_utf8_lossy(&part("said")?)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.replace(&format!("{}: ", file.display()), ""))
        .collect();
    Ok(Verdict { code, said })
}

/// A process that does not outlive its handle.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
