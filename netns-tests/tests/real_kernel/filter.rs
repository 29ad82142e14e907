//! What a master does not accept is dropped, and what virtual MACs would say of groups is said by
//! the interface below: the table of nftables, beside keepalived's.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{
    Capture, Conf, Host, Lab, Peer, Program, Signal, VIP, eventually, run,
};

use crate::support::{FIRST, SOON, Two};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "filter::ours_drops_what_it_does_not_accept",
        Share::Beside,
        || refuses(Bellwether, "no_accept"),
    ),
    (
        "filter::theirs_drops_what_it_does_not_accept",
        Share::Beside,
        || refuses(Keepalived, "no_accept"),
    ),
    ("filter::strict_mode_does_not_accept", Share::Beside, || {
        refuses(Bellwether, "strict_mode on")
    }),
    (
        "filter::somebody_flushes_all_tables",
        Share::Beside,
        flushed,
    ),
    (
        "filter::what_a_killed_daemon_left_is_gone",
        Share::Beside,
        leftover,
    ),
    (
        "filter::a_reload_to_accept_opens_the_address",
        Share::Beside,
        reloaded,
    ),
    (
        "filter::ours_keeps_virtual_macs_quiet",
        Share::Beside,
        || quiet(Bellwether),
    ),
    (
        "filter::theirs_keeps_virtual_macs_quiet",
        Share::Beside,
        || quiet(Keepalived),
    ),
];

const VIP6: &str = "2001:db8::100";

fn refusing(priority: u8, how: &str) -> Conf {
    let excluded = format!("virtual_ipaddress_excluded {{\n        {VIP6}/64\n    }}");
    Conf::v3(priority).line(how).line(&excluded)
}

fn refuses(program: Program, how: &str) -> Result<()> {
    let lab = with_ipv6()?;
    let client = lab.host(1).clone();
    client.ip("address add 2001:db8::2/64 dev eth0 nodad")?;
    let mut router = Peer::start(program, lab.host(0), &refusing(200, how))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    eventually(SOON, "the other address is there", || {
        match lab.host(0).has(VIP6) {
            Ok(true) => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })?;
    for address in [VIP, VIP6] {
        eventually(SOON, "it is dropped", || match answers(&client, address) {
            Ok(false) => Ok(()),
            seen => Err(format!("{address} answers: {seen:?}")),
        })?;
        // Who uses it as a gateway finds it all the same.
        let known = client.ip(&format!("neighbour show {address}"))?;
        ensure!(known.contains("lladdr"), "{address}: {known}");
    }
    ensure!(answers(&client, FIRST)?, "its own address is open");
    router.signal(Signal::TERM)?;
    router.wait_for_exit(SOON)?;
    ensure!(tables(lab.host(0))?.is_empty(), "{}", tables(lab.host(0))?);
    Ok(())
}

fn with_ipv6() -> Result<Lab> {
    let lab = Lab::pair()?;
    lab.host(0).speak_ipv6()?;
    lab.host(1).speak_ipv6()?;
    Ok(lab)
}

fn both() -> Result<Two> {
    let (first, second) = (refusing(200, "no_accept"), refusing(100, "no_accept"));
    Two::on(with_ipv6()?, [Bellwether; 2], &first, &second)
}

fn flushed() -> Result<()> {
    let two = both()?;
    let client = two.lab.host(1);
    ensure!(!elements(two.lab.host(0))?.is_empty());
    ensure!(
        elements(client)?.is_empty(),
        "a backup refuses nothing: {}",
        elements(client)?
    );
    inside(two.lab.host(0), &["nft", "flush", "ruleset"])?;
    eventually(SOON, "the table is there again", || {
        match elements(two.lab.host(0)) {
            Ok(text) if text.contains(VIP) && text.contains(VIP6) => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })?;
    ensure!(!answers(client, VIP)?);
    two.stays(&[0], Duration::from_millis(500))
}

fn leftover() -> Result<()> {
    let mut two = both()?;
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    ensure!(!elements(two.lab.host(0))?.is_empty());
    two.first = Peer::bellwether(two.lab.host(0), &Conf::v3(50))?;
    two.wait_for(&[1])?;
    eventually(SOON, "the table is gone", || {
        match tables(two.lab.host(0)) {
            Ok(text) if text.is_empty() => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })
}

fn reloaded() -> Result<()> {
    let two = both()?;
    let client = two.lab.host(1);
    ensure!(!answers(client, VIP)?);
    two.first.reload(&refusing(200, "accept").text())?;
    eventually(SOON, "it answers", || match answers(client, VIP) {
        Ok(true) => Ok(()),
        seen => Err(format!("{seen:?}")),
    })?;
    two.first.reload(&refusing(200, "no_accept").text())?;
    eventually(SOON, "it is dropped", || match answers(client, VIP) {
        Ok(false) => Ok(()),
        seen => Err(format!("{seen:?}")),
    })?;
    two.stays(&[0], Duration::from_millis(500))
}

/// A switch that hears a virtual MAC say which groups it is in would learn where the virtual
/// router is, from a backup.
fn quiet(program: Program) -> Result<()> {
    let lab = Lab::pair()?;
    let capture = Capture::start_filtered(lab.host(1), "igmp")?;
    let mut router = Peer::start(program, lab.host(0), &Conf::v3(200).line("use_vmac"))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    router.signal(Signal::TERM)?;
    router.wait_for_exit(SOON)?;
    std::thread::sleep(Duration::from_millis(500));
    let rows = capture.columns(["eth.src", "igmp.maddr"])?;
    ensure!(!rows.is_empty(), "nobody says which groups it is in");
    let mut loud = rows.iter().filter(|[from, _]| from.starts_with("00:00:5e"));
    ensure!(loud.next().is_none(), "{rows:?}");
    Ok(())
}

/// Whether an address answers at all: a port where nobody listens says so.
fn answers(from: &Host, address: &str) -> Result<bool> {
    let line = format!("timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/9' 2>/dev/null; echo $?");
    match inside(from, &["bash", "-c", &line])?.trim() {
        "1" => Ok(true),
        "124" => Ok(false),
        other => anyhow::bail!("{address}: {other}"),
    }
}

fn tables(host: &Host) -> Result<String> {
    inside(host, &["nft", "list", "tables"])
}

/// What a host's tables hold.
fn elements(host: &Host) -> Result<String> {
    let text = inside(host, &["nft", "list", "ruleset"])?;
    let from = text.lines().filter(|line| line.contains("elements ="));
    Ok(from.collect::<Vec<_>>().join("\n"))
}

fn inside(host: &Host, line: &[&str]) -> Result<String> {
    let mut whole = vec!["netns", "exec", host.namespace()];
    whole.extend(line);
    run("ip", &whole).with_context(|| line.join(" "))
}
