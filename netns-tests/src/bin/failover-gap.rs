//! Measures how long a virtual address is dark after its master was killed: Bellwether and
//! keepalived in the same run, on real namespaces. `ci/bench` calls it; needs root.
//!
//! The gap is taken from the wire: from the last advert of the killed master to the first of its
//! backup. The protocol's bound is three intervals and the backup's skew time.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Capture, Conf, Lab, Peer, Program, VIP, alone, bellwether, obstacle};

/// Rounds of each kind, unless the command line says otherwise.
const ROUNDS: usize = 5;

/// By how much the median of ours may pass the protocol's bound.
const ALLOWED: Duration = Duration::from_millis(1);

/// The backup's priority, from which its skew time follows.
const BACKUP_PRIORITY: u8 = 100;

/// One line of the table.
struct Kind {
    name: &'static str,
    conf: fn(u8) -> Conf,
    advert: Duration,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "1 s (v2, PASS)",
        conf: Conf::v2,
        advert: Duration::from_secs(1),
    },
    Kind {
        name: "100 ms (v3)",
        conf: Conf::v3,
        advert: Duration::from_millis(100),
    },
    Kind {
        name: "10 ms (v3)",
        conf: |priority| Conf::v3(priority).every("0.01"),
        advert: Duration::from_millis(10),
    },
];

fn main() -> Result<ExitCode> {
    let rounds = match std::env::args().nth(1) {
        Some(text) => text.parse().context("usage: failover-gap [ROUNDS]")?,
        None => ROUNDS,
    };
    ensure!(rounds > 0, "usage: failover-gap [ROUNDS]");
    if let Some(why) = obstacle() {
        eprintln!("SKIPPED ({why})");
        return Ok(ExitCode::FAILURE);
    }
    let _turn = alone()?;
    println!("bellwether: {}", bellwether()?.display());
    println!("{rounds} rounds each; milliseconds from the last advert of a killed master to the");
    println!("first of its backup, and by how much the median passes the protocol's bound\n");
    println!(
        "{:<16}{:<12}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "interval", "program", "bound", "median", "least", "most", "over"
    );
    let mut kept = true;
    for kind in &KINDS {
        for program in [Program::Bellwether, Program::Keepalived] {
            let over = line(kind, program, rounds)?;
            kept &= program == Program::Keepalived || over <= ALLOWED;
        }
    }
    if kept {
        println!("\nBellwether keeps within {ALLOWED:?} of the bound.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nBellwether passes the bound by more than {ALLOWED:?}.");
    Ok(ExitCode::FAILURE)
}

/// Measures and prints one line; returns by how much the median passes the bound.
fn line(kind: &Kind, program: Program, rounds: usize) -> Result<Duration> {
    let mut gaps = (0..rounds)
        .map(|_| measure(kind, program))
        .collect::<Result<Vec<_>>>()?;
    gaps.sort_unstable();
    let median = gaps[gaps.len() / 2];
    let bound = bound(kind);
    let over = median.saturating_sub(bound);
    let millis = |span: Duration| format!("{:.3}", span.as_secs_f64() * 1e3);
    println!(
        "{:<16}{:<12}{:>10}{:>10}{:>10}{:>10}{:>10}",
        kind.name,
        format!("{program:?}").to_lowercase(),
        millis(bound),
        millis(median),
        millis(gaps[0]),
        millis(gaps[gaps.len() - 1]),
        millis(over),
    );
    Ok(over)
}

/// Three intervals and the skew time, of the interval in version 3 and of a second, which is the
/// interval here, in version 2.
fn bound(kind: &Kind) -> Duration {
    kind.advert * 3 + kind.advert * (256 - u32::from(BACKUP_PRIORITY)) / 256
}

fn measure(kind: &Kind, program: Program) -> Result<Duration> {
    let soon = Duration::from_secs(10);
    let lab = Lab::pair()?;
    let mut master = Peer::start(program, lab.host(0), &(kind.conf)(200))?;
    lab.wait_for_owners(VIP, &[0], soon)?;
    let backup = Peer::start(program, lab.host(1), &(kind.conf)(BACKUP_PRIORITY))?;
    backup.wait_for_log("BACKUP", 1, soon)?;
    let capture = Capture::start(lab.host(1))?;
    std::thread::sleep((kind.advert * 2).max(Duration::from_millis(500)));
    master.kill()?;
    // Not polled while the timer runs: that would be work beside what is measured.
    std::thread::sleep(kind.advert * 4);
    lab.wait_for_owners(VIP, &[0, 1], soon)?;
    capture
        .finish()?
        .gap(lab.host(0).address(), lab.host(1).address())
}
