//! 1,000 instances over four interfaces, adverts each second: what they cost, and how long a
//! graceful stop takes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bellwether_netns_tests::{Peer, Program, Signal, Usage, eventually};

use crate::many::{Crowd, lab, owned};

const MASTER: Crowd = Crowd {
    v4: 250,
    v6: 0,
    interfaces: 4,
    priority: 200,
    advert: "1",
};
const BACKUP: Crowd = Crowd {
    priority: 100,
    ..MASTER
};

/// How long it is watched.
const SPAN: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it may take after SIGTERM until the peer has all addresses.
const ALLOWED: Duration = Duration::from_secs(1);

/// What one program needed.
struct Costs {
    master: Usage,
    backup: Usage,
    handover: Duration,
}

pub(crate) fn run() -> Result<bool> {
    println!("\n1,000 instances on four interfaces, adverts each second: processor time over");
    println!("{SPAN:?}, memory, and seconds from SIGTERM until the peer has all addresses");
    println!(
        "{:<12}{:>12}{:>12}{:>14}{:>14}{:>12}",
        "program", "master %", "backup %", "master KiB", "backup KiB", "handover s"
    );
    let ours = line(Program::Bellwether)?;
    let theirs = line(Program::Keepalived)?;
    let cheaper = ours.master.processor <= theirs.master.processor
        && ours.backup.processor <= theirs.backup.processor
        && ours.master.memory <= theirs.master.memory
        && ours.backup.memory <= theirs.backup.memory;
    Ok(cheaper && ours.handover <= ALLOWED)
}

fn line(program: Program) -> Result<Costs> {
    let costs = measure(program)?;
    let share = |usage: Usage| {
        let percent = usage.processor.as_secs_f64() / SPAN.as_secs_f64() * 100.0;
        format!("{percent:.2}")
    };
    println!(
        "{:<12}{:>12}{:>12}{:>14}{:>14}{:>12.2}",
        format!("{program:?}").to_lowercase(),
        share(costs.master),
        share(costs.backup),
        costs.master.memory,
        costs.backup.memory,
        costs.handover.as_secs_f64()
    );
    Ok(costs)
}

fn measure(program: Program) -> Result<Costs> {
    let lab = lab(MASTER.interfaces)?;
    let (first, second) = (lab.host(0), lab.host(1));
    let has_all = |host, who: &str| {
        eventually(
            PATIENCE,
            &format!("the {who} is master of all"),
            || match owned(host) {
                Ok(all) if all == MASTER.len() => Ok(()),
                Ok(some) => Err(format!("of {some}")),
                Err(error) => Err(error.to_string()),
            },
        )
    };
    let master = Peer::start_with(program, first, &MASTER.text())?;
    has_all(first, "first").with_context(|| master.log())?;
    let backup = Peer::start_with(program, second, &BACKUP.text())?;
    std::thread::sleep(Duration::from_secs(10));
    let before = (master.usage()?, backup.usage()?);
    std::thread::sleep(SPAN);
    let after = (master.usage()?, backup.usage()?);
    let start = Instant::now();
    master.signal(Signal::TERM)?;
    has_all(second, "second").with_context(|| backup.log())?;
    let handover = start.elapsed();
    let used = |before: Usage, after: Usage| Usage {
        processor: after.processor.saturating_sub(before.processor),
        ..after
    };
    Ok(Costs {
        master: used(before.0, after.0),
        backup: used(before.1, after.1),
        handover,
    })
}
