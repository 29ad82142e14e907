//! BFD sessions with others: FRR's bfdd, keepalived, and each other.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Conf, Frr, Lab, Peer, Program, VIP, is_required};

use crate::support::{SLACK, SOON, rest, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    ("bfd::with_frr", Share::Beside, frr),
    ("bfd::with_keepalived", Share::Beside, keepalived),
    (
        "bfd::with_keepalived_over_ipv6",
        Share::Beside,
        keepalived_six,
    ),
    ("bfd::with_each_other", Share::Beside, each_other),
];

/// Three packets of 100 ms may be missed.
const DETECTION: Duration = Duration::from_millis(300);

/// A configuration with a session to the host of this number, and what tracks it.
fn conf(priority: u8, neighbor: u8, weight: &str) -> String {
    let own = 3 - neighbor;
    let block = format!(
        "bfd_instance b {{\n    neighbor_ip 192.0.2.{neighbor}\n    source_ip 192.0.2.{own}\n    \
         min_rx 100\n    min_tx 100\n    multiplier 3\n}}\n\n"
    );
    let track = format!("track_bfd {{\n        b {weight}\n    }}");
    block + &Conf::v3(priority).line(&track).text()
}

/// Waits for a line that must come within the detection time, and a little.
fn soon_after(since: Instant, peer: &Peer, line: &str) -> Result<()> {
    peer.wait_for_log(line, 1, SOON)?;
    let took = since.elapsed();
    ensure!(took <= DETECTION + SLACK, "{line:?} took {took:?}");
    Ok(())
}

fn frr() -> Result<()> {
    if !Frr::is_installed() {
        ensure!(!is_required(), "needs the package frr");
        eprintln!("\nSKIPPED (needs the package frr): no BFD session with FRR was seen\n");
        return Ok(());
    }
    let lab = Lab::pair()?;
    let ours = Peer::start_with(Program::Bellwether, lab.host(0), &conf(200, 2, "weight 0"))?;
    // Without its session it can't be master.
    ours.wait_for_log("INIT -> FAULT (bfd-down)", 1, SOON)?;
    let peer = " peer 192.0.2.1 local-address 192.0.2.2\n  detect-multiplier 3\n  \
                receive-interval 100\n  transmit-interval 100\n  no shutdown\n !\n";
    let mut frr = Frr::start(lab.host(1), peer)?;
    ours.wait_for_log("BFD session b: up", 1, SOON)?;
    frr.wait_for("up", SOON)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    // Both keep it up: nobody's timers are shorter than what the other one keeps to.
    rest();
    rest();
    ensure!(
        !ours.log().contains("BFD session b: down ("),
        "{}",
        ours.log()
    );
    frr.wait_for("up", SOON)?;
    let killed = Instant::now();
    frr.kill()?;
    soon_after(killed, &ours, "MASTER -> FAULT (bfd-down)")?;
    let why = "BFD session b: down (control detection time expired)";
    ours.wait_for_log(why, 1, SOON)?;
    lab.wait_for_owners(VIP, &[], SOON)?;

    // And the other way round: FRR notices that we are gone.
    drop(frr);
    let frr = Frr::start(lab.host(1), peer)?;
    ours.wait_for_log("BFD session b: up", 2, SOON)?;
    frr.wait_for("up", SOON)?;
    drop(ours);
    frr.wait_for("down", SOON)
}

fn keepalived() -> Result<()> {
    let lab = Lab::pair()?;
    let mut ours = Peer::start_with(Program::Bellwether, lab.host(0), &conf(200, 2, "weight 0"))?;
    ours.wait_for_log("INIT -> FAULT (bfd-down)", 1, SOON)?;
    let text = conf(100, 1, "weight 20");
    let mut theirs = Peer::start_with(Program::Keepalived, lab.host(1), &text)?;
    ours.wait_for_log("BFD session b: up", 1, SOON)?;
    theirs.wait_for_log("effective priority from 100 to 120", 1, SOON)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    rest();
    rest();
    ensure!(
        !ours.log().contains("BFD session b: down ("),
        "{}",
        ours.log()
    );
    // keepalived dies: no packet says so, only silence.
    let killed = Instant::now();
    theirs.kill()?;
    soon_after(killed, &ours, "MASTER -> FAULT (bfd-down)")?;

    let theirs = Peer::start_with(Program::Keepalived, lab.host(1), &text)?;
    theirs.wait_for_log("effective priority from 100 to 120", 1, SOON)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    // We die, and keepalived notices by its session.
    ours.kill()?;
    theirs.wait_for_log("effective priority from 120 to 100", 1, SOON)?;
    Ok(())
}

/// Over IPv6 keepalived's packets have a hop limit of 64, where RFC 5881 wants 255.
fn keepalived_six() -> Result<()> {
    let lab = Lab::pair()?;
    for place in [0, 1] {
        lab.host(place).speak_ipv6()?;
        let own = place + 1;
        lab.host(place)
            .ip(&format!("address add 2001:db8::{own}/64 dev eth0 nodad"))?;
    }
    let six = |text: &str| {
        let text = text.replace("neighbor_ip 192.0.2.", "neighbor_ip 2001:db8::");
        text.replace("source_ip 192.0.2.", "source_ip 2001:db8::")
    };
    let text = six(&conf(200, 2, "weight 0"));
    let ours = Peer::start_with(Program::Bellwether, lab.host(0), &text)?;
    let text = six(&conf(100, 1, "weight 20"));
    let theirs = Peer::start_with(Program::Keepalived, lab.host(1), &text)?;
    ours.wait_for_log("BFD session b: up", 1, SOON)?;
    theirs.wait_for_log("effective priority from 100 to 120", 1, SOON)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    drop(ours);
    theirs.wait_for_log("effective priority from 120 to 100", 1, SOON)
}

fn each_other() -> Result<()> {
    let lab = Lab::pair()?;
    let first = Peer::start_with(
        Program::Bellwether,
        lab.host(0),
        &conf(150, 2, "weight -100"),
    )?;
    let second = Peer::start_with(
        Program::Bellwether,
        lab.host(1),
        &conf(100, 1, "weight 20 reverse"),
    )?;
    for peer in [&first, &second] {
        peer.wait_for_log("BFD session b: up", 1, SOON)?;
    }
    lab.wait_for_owners(VIP, &[0], SOON)?;
    // Who stops says so, and the other one does not wait for silence.
    drop(first.signal(rustix::process::Signal::TERM));
    second.wait_for_log(
        "BFD session b: down (neighbor signaled session down)",
        1,
        SOON,
    )?;
    lab.wait_for_owners(VIP, &[1], SOON)?;
    ensure!(!transitions(&second).is_empty());
    Ok(())
}
