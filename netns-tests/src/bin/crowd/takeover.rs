//! A node with 255 instances of IPv4 and 255 of IPv6 on one interface is killed.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Peer, Program, eventually};

use crate::many::{Crowd, lab, mac, owned};
use crate::sniffer::{Seen, Sniffer, What, last_adverts};

const MASTER: Crowd = Crowd {
    v4: 255,
    v6: 255,
    interfaces: 1,
    priority: 200,
    advert: "0.1",
};
const BACKUP: Crowd = Crowd {
    priority: 100,
    ..MASTER
};
const ADVERT: Duration = Duration::from_millis(100);

/// How long after the protocol's bound the last address may move.
const ALLOWED: Duration = Duration::from_millis(50);

/// Start-up of everything, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run() -> Result<bool> {
    println!(
        "\n510 instances on one interface (255 IPv4, 255 IPv6), adverts each 100 ms; the master"
    );
    println!("is killed: milliseconds past the protocol's bound until an address was announced");
    println!(
        "{:<12}{:>10}{:>10}{:>10}{:>10}",
        "program", "astray", "moved", "median", "last"
    );
    println!("(astray: addresses that the backup had taken while its master lived)");
    let mut kept = true;
    for program in [Program::Bellwether, Program::Keepalived] {
        let (astray, over) = measure(program)?;
        let last = over.last().copied().unwrap_or_default();
        let millis = |span: Duration| format!("{:.1}", span.as_secs_f64() * 1e3);
        println!(
            "{:<12}{astray:>10}{:>10}{:>10}{:>10}",
            format!("{program:?}").to_lowercase(),
            over.len(),
            millis(over.get(over.len() / 2).copied().unwrap_or_default()),
            millis(last)
        );
        let all_in_time = astray == 0 && over.len() == MASTER.len() && last <= ALLOWED;
        kept &= program == Program::Keepalived || all_in_time;
    }
    Ok(kept)
}

/// How many addresses the backup had already, and by how much each of the others was announced after
/// the bound, in ascending order.
fn measure(program: Program) -> Result<(usize, Vec<Duration>)> {
    let lab = lab(1)?;
    let (first, second) = (lab.host(0), lab.host(1));
    let mut master = Peer::start_with(program, first, &MASTER.text())?;
    eventually(PATIENCE, "the first is master of all", || {
        match owned(first) {
            Ok(all) if all == MASTER.len() => Ok(()),
            Ok(some) => Err(format!("of {some}")),
            Err(error) => Err(error.to_string()),
        }
    })
    .with_context(|| master.log())?;
    let backup = Peer::start_with(program, second, &BACKUP.text())?;
    std::thread::sleep(Duration::from_secs(5));
    let astray = owned(second)?;

    let filter = "ip proto 112 or ip6 proto 112 or arp or (icmp6 and ip6[40] == 136)";
    let sniffer = Sniffer::start(second, filter)?;
    std::thread::sleep(ADVERT * 5);
    master.kill()?;
    std::thread::sleep(Duration::from_secs(5));
    let seen = sniffer.finish()?;
    let mut over = lateness(&seen, &mac(first)?, &mac(second)?);
    over.sort_unstable();
    ensure!(
        astray > 0 || !over.is_empty(),
        "nothing was announced:\n{}",
        backup.log()
    );
    Ok((astray, over))
}

/// Three intervals and the skew time: (256 - 100) / 256 of an interval.
fn bound() -> Duration {
    ADVERT * 3 + ADVERT * 156 / 256
}

fn lateness(seen: &[Seen], master: &str, backup: &str) -> Vec<Duration> {
    let last = last_adverts(seen, master);
    let announced = |router: (bool, u8)| {
        let (of_v6, vrid) = router;
        let own = if of_v6 {
            format!("fe80::bee:0:{vrid:x}")
        } else {
            format!("10.100.{vrid}.100")
        };
        seen.iter().find_map(|packet| match &packet.what {
            What::Announcement { address } if packet.mac == backup && *address == own => {
                Some(packet.at)
            }
            What::Announcement { .. } | What::Advert { .. } => None,
        })
    };
    let late = |(router, last): (&(bool, u8), &Duration)| {
        Some(announced(*router)?.saturating_sub(*last + bound()))
    };
    last.iter().filter_map(late).collect()
}
