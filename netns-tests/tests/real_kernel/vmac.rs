//! Virtual MACs (RFC 9568 7.3): a client's ARP cache outlives a failover, beside keepalived too,
//! and what the interfaces need comes and goes with them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Capture, Conf, Host, Lab, Peer, Program, Signal, VIP, eventually};

use crate::support::{SOON, Two, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "vmac::ours_hands_over_to_theirs_and_no_client_notices",
        Share::Beside,
        || unnoticed([Bellwether, Keepalived]),
    ),
    (
        "vmac::theirs_hands_over_to_ours_and_no_client_notices",
        Share::Beside,
        || unnoticed([Keepalived, Bellwether]),
    ),
    (
        "vmac::what_a_killed_daemon_left_is_taken_over",
        Share::Beside,
        leftover,
    ),
    (
        "vmac::an_interface_removed_by_hand_comes_back",
        Share::Beside,
        removed_by_hand,
    ),
    (
        "vmac::by_the_base_only_announcements_have_the_virtual_mac",
        Share::Beside,
        by_the_base,
    ),
];

/// Of VRID 51 over IPv4 (RFC 9568 7.3).
const MAC: &str = "00:00:5e:00:01:33";
const NAME: &str = "vrrp.51";

fn with_vmac(priority: u8) -> Conf {
    Conf::v3(priority).line("use_vmac")
}

fn unnoticed(programs: [Program; 2]) -> Result<()> {
    let lab = Lab::switched(3)?;
    let client = lab.host(2).clone();
    for (place, program) in programs.into_iter().enumerate() {
        // Else keepalived's host asks for its clients in the name of the virtual address, with the
        // MAC of the interface below. Ours sets it itself.
        let setting = "net.ipv4.conf.eth0.arp_announce=2";
        if program == Keepalived {
            inside(lab.host(place), &["sysctl", "-qw", setting])?;
        }
    }
    let mut two = Two::on(lab, programs, &with_vmac(200), &with_vmac(100))?;
    reaches(&client)?;
    ensure!(neighbour(&client)?.contains(MAC), "{}", neighbour(&client)?);
    let capture = Capture::start(&client)?;
    two.first.signal(Signal::TERM)?;
    two.wait_for(&[1])?;
    // No new entry: the one that there is still leads to the address.
    reaches(&client)?;
    ensure!(neighbour(&client)?.contains(MAC), "{}", neighbour(&client)?);
    two.first.wait_for_exit(SOON)?;
    std::thread::sleep(Duration::from_millis(500));
    let rows = capture.columns(["eth.src", "vrrp.prio", "arp.isgratuitous"])?;
    let told = rows
        .iter()
        .filter(|[_, priority, gratuitous]| !priority.is_empty() || !gratuitous.is_empty());
    let mut count = 0;
    for row in told {
        count += 1;
        ensure!(row[0] == MAC, "{row:?} of {rows:?}");
    }
    ensure!(count >= 5, "{rows:?}");
    Ok(())
}

fn leftover() -> Result<()> {
    let mut two = Two::start(&with_vmac(200), &with_vmac(100))?;
    let before = index(two.lab.host(0))?.context("there is no virtual interface")?;
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    two.first = Peer::bellwether(two.lab.host(0), &with_vmac(50))?;
    two.wait_for(&[1])?;
    ensure!(
        index(two.lab.host(0))? == Some(before),
        "it was made anew: {}",
        two.first.log()
    );
    two.first.signal(Signal::TERM)?;
    ensure!(two.first.wait_for_exit(SOON)?.success());
    ensure!(index(two.lab.host(0))?.is_none(), "it was left behind");
    // The second has not been killed, and puts back what it changed.
    ensure!(sysctl(two.lab.host(1), "eth0/arp_ignore")? == "1");
    two.second.signal(Signal::TERM)?;
    ensure!(two.second.wait_for_exit(SOON)?.success());
    ensure!(sysctl(two.lab.host(1), "eth0/arp_ignore")? == "0");
    Ok(())
}

fn removed_by_hand() -> Result<()> {
    let two = Two::start(&with_vmac(200), &with_vmac(100))?;
    let before = index(two.lab.host(0))?;
    two.lab.host(0).ip(&format!("link del {NAME}"))?;
    eventually(SOON, "another interface has the address", || {
        match (two.lab.host(0).has(VIP), index(two.lab.host(0))) {
            (Ok(true), Ok(now)) if now.is_some() && now != before => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })?;
    two.lab.host(0).ip(&format!("link set {NAME} down"))?;
    eventually(SOON, "it is up again", || {
        match two.lab.host(0).ip(&format!("link show {NAME} up")) {
            Ok(text) if text.contains(NAME) => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })?;
    two.wait_for(&[0])?;
    let seen = transitions(&two.first);
    let last = seen.last().map(String::as_str);
    ensure!(last == Some("BACKUP -> MASTER (down-timer)"), "{seen:?}");
    ensure!(transitions(&two.second).len() == 1, "the backup saw it");
    Ok(())
}

fn by_the_base() -> Result<()> {
    let lab = Lab::switched(2)?;
    let capture = Capture::start(lab.host(1))?;
    let conf = with_vmac(200).line("vmac_xmit_base");
    let first = Peer::bellwether(lab.host(0), &conf)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    first.wait_for_log("MASTER", 1, SOON)?;
    std::thread::sleep(Duration::from_millis(500));
    let rows = capture.columns(["eth.src", "vrrp.prio", "arp.isgratuitous"])?;
    for [source, priority, gratuitous] in &rows {
        ensure!(priority.is_empty() || source != MAC, "{rows:?}");
        ensure!(gratuitous.is_empty() || source == MAC, "{rows:?}");
    }
    ensure!(rows.len() >= 5, "{rows:?}");
    Ok(())
}

/// Knocks at a closed port of the virtual address until its host says so.
fn reaches(client: &Host) -> Result<()> {
    let knock = format!("exec 3<>/dev/tcp/{VIP}/9");
    eventually(SOON, "the address answers", || {
        let output = std::process::Command::new("ip")
            .args(["netns", "exec", client.namespace()])
            .args(["timeout", "1", "bash", "-c", &knock])
            .output();
        match output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()) {
            Ok(said) if said.contains("refused") => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })
}

fn neighbour(client: &Host) -> Result<String> {
    client.ip(&format!("neigh show {VIP}"))
}

fn index(host: &Host) -> Result<Option<u32>> {
    let links = host.ip("-o link show")?;
    let line = links
        .lines()
        .find(|line| line.contains(&format!("{NAME}@")));
    let number = line.and_then(|line| line.split(':').next());
    Ok(number.map(str::parse).transpose()?)
}

fn sysctl(host: &Host, name: &str) -> Result<String> {
    let path = format!("/proc/sys/net/ipv4/conf/{name}");
    Ok(inside(host, &["cat", &path])?.trim().to_owned())
}

fn inside(host: &Host, command: &[&str]) -> Result<String> {
    let output = std::process::Command::new("ip")
        .args(["netns", "exec", host.namespace()])
        .args(command)
        .output()?;
    ensure!(output.status.success(), "{command:?}: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
