//! One of the two directors that are compared: a namespace with a daemon and a table of its own,
//! and a second one with its real servers, 10.0.0.1 to 10.0.0.4.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bellwether_netns_tests::{Backend, Host, Lab, Peer, Program, Signal, run, scratch};
use tempfile::TempDir;

use crate::script::Step;

/// How many real servers there are.
const SERVERS: u8 = 4;

/// How long a daemon may take to end.
const END: Duration = Duration::from_secs(15);

/// One of the two.
pub(crate) struct Side {
    program: Program,
    // Dropped before the laboratory that it lives in.
    peer: Option<Peer>,
    backends: Vec<Backend>,
    place: TempDir,
    lab: Lab,
}

impl Side {
    pub(crate) fn new(program: Program) -> Result<Self> {
        let lab = Lab::switched(2)?;
        lab.host(0).ip("address add 10.0.0.100/24 dev eth0")?;
        let mut backends = Vec::new();
        for number in 1..=SERVERS {
            let host = lab.host(1);
            host.ip(&format!("address add 10.0.0.{number}/24 dev eth0"))?;
            let address = SocketAddr::from(([10, 0, 0, number], 80));
            backends.push(Backend::start(host.namespace(), address, "page")?);
        }
        let side = Self {
            program,
            peer: None,
            backends,
            place: scratch()?,
            lab,
        };
        side.write("number", "0")?;
        side.write("status", "0")?;
        let script = format!("#!/bin/sh\nexit `cat {}/status`\n", side.place());
        side.write("check", &script)?;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(side.place.path().join("check"), mode)?;
        Ok(side)
    }

    pub(crate) fn start(&mut self, config: &str) -> Result<()> {
        let text = self.text(config);
        let peer = Peer::start_whole(self.program, self.director(), &text, &[])?;
        self.peer = Some(peer);
        Ok(())
    }

    pub(crate) fn take(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Down(number) => self.backend(*number)?.down(),
            Step::Up(number) => self.backend(*number)?.up(),
            Step::Answers(number, status) => {
                self.backend(*number)?.answer(*status);
                Ok(())
            }
            Step::Exits(status) => self.write("status", &status.to_string()),
            Step::Holds(text) => self.write("number", text),
            Step::Reload(config) => {
                let text = self.text(config);
                self.peer()?.reload(&text)
            }
            Step::Ipvsadm(words) => self.ipvsadm(words).map(drop),
            Step::Ip(words) => self.director().ip(words).map(drop),
            Step::Stop => {
                self.peer()?.signal(Signal::TERM)?;
                self.peer()?.wait_for_exit(END).map(drop)
            }
        }
    }

    /// The table, its timeouts and its daemons, each line in its place whatever the kernel's order
    /// is.
    pub(crate) fn table(&self) -> Result<String> {
        let mut services = sorted(&self.ipvsadm("-Sn")?);
        // That does not show thresholds.
        let thresholds = self.ipvsadm("-Ln --thresholds")?;
        let limited = thresholds.lines().filter(|line| {
            let columns: Vec<_> = line.split_whitespace().collect();
            columns.len() == 6 && columns[1..] != ["0"; 5] && line.trim_start().starts_with("->")
        });
        services.extend(limited.filter_map(|line| {
            let columns: Vec<_> = line.split_whitespace().collect();
            (columns[2] != "0" || columns[3] != "0")
                .then(|| format!("{} -x {} -y {}", columns[1], columns[2], columns[3]))
        }));
        services.push(self.ipvsadm("-L --timeout")?);
        services.push(sorted(&self.ipvsadm("-L --daemon -n")?).join("\n"));
        Ok(services.join("\n").trim().to_owned())
    }

    /// What the daemon has said.
    pub(crate) fn log(&self) -> String {
        self.peer.as_ref().map_or_else(String::new, Peer::log)
    }

    pub(crate) fn is_running(&mut self) -> Result<bool> {
        match &mut self.peer {
            Some(peer) => peer.is_running(),
            None => Ok(false),
        }
    }

    fn director(&self) -> &Host {
        self.lab.host(0)
    }

    fn peer(&mut self) -> Result<&mut Peer> {
        self.peer.as_mut().context("the daemon was not started")
    }

    fn backend(&mut self, number: u8) -> Result<&mut Backend> {
        let place = usize::from(number).checked_sub(1);
        match place.and_then(|place| self.backends.get_mut(place)) {
            Some(backend) => Ok(backend),
            None => bail!("there is no real server {number}"),
        }
    }

    fn ipvsadm(&self, words: &str) -> Result<String> {
        let mut all = vec!["netns", "exec", self.director().namespace(), "ipvsadm"];
        all.extend(words.split_whitespace());
        run("ip", &all)
    }

    fn place(&self) -> String {
        self.place.path().display().to_string()
    }

    fn text(&self, config: &str) -> String {
        config.replace("{place}", &self.place())
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        // In one go, as keepalived reads a file when its writer closes it.
        Ok(fs::write(
            self.place.path().join(name),
            format!("{text}\n"),
        )?)
    }
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    lines
}
