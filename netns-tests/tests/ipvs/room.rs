//! A network namespace with a table of its own, and the programs that look into it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};
use bellwether_linux::ipvs::Ipvs;
use bellwether_netns_tests::{bellwether, run_line};

/// Why rooms can't be made here, if they can't.
pub(crate) fn obstacle() -> Option<String> {
    let installed = |tool: &str| {
        ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
            .iter()
            .any(|folder| Path::new(folder).join(tool).is_file())
    };
    for (tool, package) in [
        ("ip", "iproute2"),
        ("ipvsadm", "ipvsadm"),
        ("setpriv", "util-linux"),
    ] {
        if !installed(tool) {
            return Some(format!("needs the package {package}"));
        }
    }
    Room::new()
        .err()
        .map(|error| format!("needs root: {error:#}"))
}

/// A program with ipvsadm's command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Debian's.
    Theirs,
    /// Ours.
    Ours,
}

/// Both.
pub(crate) const BOTH: [Program; 2] = [Program::Theirs, Program::Ours];

/// What a program said, and its exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A network namespace, until dropped.
#[derive(Debug)]
pub(crate) struct Room {
    name: String,
}

impl Room {
    pub(crate) fn new() -> Result<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("bwv-{}-{number}", std::process::id());
        run_line(&format!("ip netns add {name}"))?;
        let room = Self { name };
        run_line(&format!("ip -n {} link set lo up", room.name))?;
        Ok(room)
    }

    /// Runs `ip` in it.
    pub(crate) fn ip(&self, line: &str) -> Result<()> {
        run_line(&format!("ip -n {} {line}", self.name)).map(drop)
    }

    fn path(&self) -> PathBuf {
        Path::new("/run/netns").join(&self.name)
    }

    /// Its table.
    pub(crate) fn table(&self) -> Result<Ipvs> {
        Ok(Ipvs::open_in(&self.path())?)
    }

    /// Does something in it, on a thread of its own.
    pub(crate) fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        bellwether_netns_tests::inside(&self.name, work)
    }

    /// Runs a command without the right to administer the network.
    pub(crate) fn without_rights(&self, program: Program, line: &str) -> Result<Said> {
        self.run(program, &["setpriv", "--bounding-set=-net_admin"], line, "")
    }

    /// Runs a command whose words are separated by spaces, with this on its standard input.
    pub(crate) fn feed(&self, program: Program, line: &str, input: &str) -> Result<Said> {
        self.run(program, &[], line, input)
    }

    fn run(&self, program: Program, within: &[&str], line: &str, input: &str) -> Result<Said> {
        let ours = bellwether()?.to_path_buf();
        let mut words: Vec<PathBuf> = within.iter().map(PathBuf::from).collect();
        match program {
            Program::Theirs => words.push("ipvsadm".into()),
            Program::Ours => words.extend([ours, "ipvs".into()]),
        }
        words.extend(line.split_whitespace().map(PathBuf::from));
        let input = input.to_owned();
        // A process is in the namespace of the thread that starts it.
        self.within(move || run(&words, &input))
    }

    /// Runs a command.
    pub(crate) fn say(&self, program: Program, line: &str) -> Result<Said> {
        self.feed(program, line, "")
    }

    /// Runs a command that must succeed in silence.
    pub(crate) fn must(&self, program: Program, line: &str) -> Result<()> {
        let said = self.say(program, line)?;
        ensure!(
            (said.status, said.out.as_str(), said.err.as_str()) == (0, "", ""),
            "{program:?} {line}: {said:?}"
        );
        Ok(())
    }

    /// Restores a table, which must succeed in silence.
    pub(crate) fn restore(&self, program: Program, text: &str) -> Result<()> {
        let said = self.feed(program, "-R", text)?;
        ensure!(
            (said.status, said.out.as_str(), said.err.as_str()) == (0, "", ""),
            "{program:?} -R: {said:?}"
        );
        Ok(())
    }

    /// What a command prints, which must succeed.
    pub(crate) fn prints(&self, program: Program, line: &str) -> Result<String> {
        let said = self.say(program, line)?;
        ensure!(said.status == 0, "{program:?} {line}: {said:?}");
        Ok(said.out)
    }
}

/// Runs a command to its end.
fn run(words: &[PathBuf], input: &str) -> Result<Said> {
    let (program, arguments) = words.split_first().context("an empty command")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut pipe = child.stdin.take().context("standard input")?;
    // Who does not read it is not to be waited for.
    let _unread = pipe.write_all(input.as_bytes());
    drop(pipe);
    let output = child.wait_with_output()?;
    Ok(Said {
        status: output.status.code().context("ended by a signal")?,
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}

impl Drop for Room {
    fn drop(&mut self) {
        let _gone = run_line(&format!("ip netns del {}", self.name));
    }
}
