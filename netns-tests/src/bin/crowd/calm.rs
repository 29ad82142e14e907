//! 200 instances with adverts each 10 ms on both nodes: a backup that keeps calm sends nothing.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bellwether_netns_tests::{Peer, Program, eventually};
use tempfile::TempDir;

use crate::many::{Crowd, lab, mac, owned};
use crate::sniffer::{Sniffer, What};

const MASTER: Crowd = Crowd {
    v4: 200,
    v6: 0,
    interfaces: 1,
    priority: 200,
    advert: "0.01",
};
const BACKUP: Crowd = Crowd {
    priority: 100,
    ..MASTER
};

/// How long it is watched.
const SPAN: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run() -> Result<bool> {
    println!(
        "\n200 instances, adverts each 10 ms, two nodes, one minute: spurious takeovers (first"
    );
    println!("adverts of a backup whose master lives)");
    println!(
        "{:<12}{:>12}{:>24}",
        "program", "alone", "beside a compilation"
    );
    let mut kept = true;
    for program in [Program::Bellwether, Program::Keepalived] {
        let (alone, beside) = (measure(program, false)?, measure(program, true)?);
        println!(
            "{:<12}{alone:>12}{beside:>24}",
            format!("{program:?}").to_lowercase()
        );
        kept &= program == Program::Keepalived || alone + beside == 0;
    }
    Ok(kept)
}

fn measure(program: Program, busy: bool) -> Result<usize> {
    let lab = lab(1)?;
    let (first, second) = (lab.host(0), lab.host(1));
    let master = Peer::start_with(program, first, &MASTER.text())?;
    eventually(PATIENCE, "the first is master of all", || {
        match owned(first) {
            Ok(all) if all == MASTER.len() => Ok(()),
            Ok(some) => Err(format!("of {some}")),
            Err(error) => Err(error.to_string()),
        }
    })
    .with_context(|| master.log())?;
    let _backup = Peer::start_with(program, second, &BACKUP.text())?;
    std::thread::sleep(Duration::from_secs(5));
    let own = mac(second)?;
    let sniffer = Sniffer::start(first, &format!("ip proto 112 and ether src {own}"))?;
    let compilation = busy.then(Compilation::start).transpose()?;
    std::thread::sleep(SPAN);
    drop(compilation);
    Ok(takeovers(&sniffer.finish()?))
}

/// Adverts of a backup, counted once for each time that it was master: what follows another advert
/// of the same router within three intervals belongs to the same time.
fn takeovers(seen: &[crate::sniffer::Seen]) -> usize {
    let mut last = std::collections::BTreeMap::new();
    let mut count = 0;
    for packet in seen {
        let What::Advert { router, priority } = packet.what else {
            continue;
        };
        if priority == 0 {
            continue;
        }
        let before = last.insert(router, packet.at);
        let goes_on = |before: Duration| packet.at < before + Duration::from_millis(30);
        count += usize::from(!before.is_some_and(goes_on));
    }
    count
}

/// A compiler that works on all processors until dropped.
struct Compilation {
    shell: Child,
    _folder: TempDir,
}

impl Compilation {
    fn start() -> Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let folder = bellwether_netns_tests::scratch()?;
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let place = folder.path().display();
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let line = format!(
            "while :; do {cargo} build --quiet --release --manifest-path {manifest} \
             -p bellwether-config --target-dir {place}; rm -rf {place}/*; done"
        );
        let shell = Command::new("sh")
            .args(["-c", &line])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("can't start a shell")?;
        Ok(Self {
            shell,
            _folder: folder,
        })
    }
}

impl Drop for Compilation {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let _ = kill_process_group(Pid::from_child(&self.shell), Signal::KILL);
        let _ = self.shell.wait();
    }
}
