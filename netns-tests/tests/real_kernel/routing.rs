//! Routes, rules and what is static: wherever the master is, put back when somebody removes them,
//! found again after a crash, and the same as keepalived makes of the same file.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Conf, Host, Lab, Peer, Program, VIP, eventually, run, throughout};
use rustix::process::Signal;

use crate::support::{SOON, Two, rest, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "routing::routes_and_rules_move_with_the_master",
        Share::Beside,
        they_move,
    ),
    (
        "routing::what_somebody_removes_is_put_back",
        Share::Beside,
        they_heal,
    ),
    (
        "routing::what_a_crash_leaves_behind_is_found",
        Share::Beside,
        leftovers,
    ),
    (
        "routing::a_reload_touches_only_what_differs",
        Share::Beside,
        reload,
    ),
    (
        "routing::an_interface_that_comes_back_gets_everything_again",
        Share::Beside,
        interface_comes_back,
    ),
    (
        "routing::an_interface_that_comes_later_brings_its_instance_to_life",
        Share::Beside,
        interface_comes_late,
    ),
];

/// A route and a rule of each family, and one that goes nowhere.
fn routed(priority: u8) -> Conf {
    Conf::v3(priority)
        .line("virtual_routes {")
        .line("  10.1.0.0/16 via 192.0.2.77 dev eth0")
        .line("  default via 192.0.2.77 dev eth0 table 100")
        .line("  blackhole 10.2.0.0/16")
        .line("  2001:db8:1::/64 dev eth0 metric 50")
        .line("}")
        .line("virtual_rules {")
        .line("  from 10.3.0.0/16 table 100 priority 700")
        .line("  from 2001:db8:3::/64 table 100 priority 701")
        .line("}")
}

/// What [`routed`] makes, as `ip` names it.
const ALL: [&str; 6] = [
    "10.1.0.0/16 via 192.0.2.77 dev eth0",
    "default via 192.0.2.77 dev eth0 table 100",
    "blackhole 10.2.0.0/16",
    "2001:db8:1::/64 dev eth0",
    "700:",
    "701:",
];

/// All routes and rules of a host that nodes have made, one a line.
fn made(host: &Host) -> Result<String> {
    let mut text = String::new();
    for arguments in [
        "route show table all proto 18",
        "-6 route show table all proto 18",
    ] {
        text.push_str(&host.ip(arguments)?);
    }
    for arguments in ["rule show", "-6 rule show"] {
        let listed = host.ip(arguments)?;
        let ours = listed
            .lines()
            .filter(|line| line.contains("proto keepalived"));
        ours.for_each(|line| text.push_str(&format!("{line}\n")));
    }
    Ok(text)
}

fn wait_for_all(host: &Host, there: bool) -> Result<()> {
    let what = format!("routes and rules of {} there: {there}", host.namespace());
    eventually(SOON, &what, || {
        let made = made(host).map_err(|error| error.to_string())?;
        let seen = ALL.iter().filter(|wanted| made.contains(**wanted)).count();
        let good = if there {
            seen == ALL.len()
        } else {
            made.is_empty()
        };
        if good { Ok(()) } else { Err(made) }
    })
}

/// Two routers on a pair that speaks IPv6.
fn two() -> Result<Two> {
    let lab = Lab::pair()?;
    for place in 0..2 {
        lab.host(place).speak_ipv6()?;
    }
    Two::on(lab, [Program::Bellwether; 2], &routed(200), &routed(100))
}

fn they_move() -> Result<()> {
    let mut two = two()?;
    wait_for_all(two.lab.host(0), true)?;
    ensure!(made(two.lab.host(1))?.is_empty(), "a backup has some");
    two.first.signal(Signal::TERM)?;
    wait_for_all(two.lab.host(1), true)?;
    wait_for_all(two.lab.host(0), false)?;
    two.first.wait_for_exit(SOON)?;
    Ok(())
}

fn they_heal() -> Result<()> {
    let two = two()?;
    let host = two.lab.host(0);
    wait_for_all(host, true)?;
    let before = transitions(&two.first);
    host.ip("route flush table 100")?;
    wait_for_all(host, true)?;
    host.ip("route del blackhole 10.2.0.0/16 proto 18")?;
    host.ip("rule del priority 700")?;
    host.ip("-6 rule del priority 701")?;
    host.ip("-6 route del 2001:db8:1::/64 dev eth0 proto 18")?;
    wait_for_all(host, true)?;
    // Without a word of the kernel's: another takes the place of ours.
    host.ip("route replace 10.1.0.0/16 via 192.0.2.78 dev eth0")?;
    wait_for_all(host, true)?;
    // The address that all of this was added with, and the gateway's network with it.
    host.ip(&format!("address del {VIP}/32 dev eth0"))?;
    two.wait_for(&[0])?;
    wait_for_all(host, true)?;
    ensure!(transitions(&two.first) == before, "{}", two.first.log());
    two.first.wait_for_log("it is put back", 1, SOON)
}

fn leftovers() -> Result<()> {
    let mut two = two()?;
    wait_for_all(two.lab.host(0), true)?;
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    wait_for_all(two.lab.host(0), true)?;
    // Its successor is a backup, and has one route less.
    let less = Conf::v3(50)
        .line("virtual_rules {")
        .line("  from 10.3.0.0/16 table 100 priority 700")
        .line("}");
    let foreign = "route add 10.9.0.0/16 via 192.0.2.77 dev eth0 proto static";
    two.lab.host(0).ip(foreign)?;
    let _again = Peer::bellwether(two.lab.host(0), &less)?;
    wait_for_all(two.lab.host(0), false)?;
    two.wait_for(&[1])?;
    let routes = two.lab.host(0).ip("route show proto static")?;
    ensure!(routes.contains("10.9.0.0/16"), "what is foreign stays");
    Ok(())
}

fn reload() -> Result<()> {
    let two = two()?;
    let host = two.lab.host(0);
    wait_for_all(host, true)?;
    let before = transitions(&two.first);
    let mut monitor = Command::new("ip")
        .args([
            "-n",
            host.namespace(),
            "monitor",
            "route",
            "rule",
            "address",
        ])
        .stdout(Stdio::piped())
        .spawn()?;
    rest();
    let changed = routed(200).text().replace("10.1.0.0/16", "10.7.0.0/16");
    two.first.reload(&changed)?;
    eventually(SOON, "the other route", || {
        let made = made(host).map_err(|error| error.to_string())?;
        let good = made.contains("10.7.0.0/16") && !made.contains("10.1.0.0/16");
        if good { Ok(()) } else { Err(made) }
    })?;
    rest();
    monitor.kill()?;
    let seen = String::from_utf8(monitor.wait_with_output()?.stdout)?;
    let lines: Vec<_> = seen.lines().collect();
    ensure!(
        lines.len() == 2
            && lines[0].contains("Deleted 10.1.0.0/16")
            && lines[1].starts_with("10.7.0.0/16"),
        "{seen}"
    );
    ensure!(transitions(&two.first) == before, "{}", two.first.log());
    Ok(())
}

/// One more interface, `eth9`, with an address.
fn add_eth9(host: &Host) -> Result<()> {
    host.ip("link add eth9 type veth peer name eth9p")?;
    host.ip("address add 198.51.100.1/24 dev eth9")?;
    host.ip("link set eth9p up")?;
    host.ip("link set eth9 up")?;
    Ok(())
}

fn interface_comes_back() -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    add_eth9(host)?;
    let conf = Conf::v3(200)
        .address("198.51.100.100/24 dev eth9 no_track")
        .line("virtual_routes {")
        .line("  10.1.0.0/16 via 198.51.100.77 dev eth9 no_track")
        .line("}");
    let text = format!(
        "static_ipaddress {{\n 198.51.100.5/24 dev eth9\n}}\nstatic_routes {{\n 10.5.0.0/16 dev \
         eth9\n}}\n{}",
        conf.text()
    );
    let peer = Peer::start_with(Program::Bellwether, host, &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let complete = || {
        let there = host.ip("address show dev eth9").unwrap_or_default() + &made(host)?;
        let wanted = [
            "198.51.100.100/24",
            "198.51.100.5/24",
            "10.1.0.0/16",
            "10.5.0.0/16",
        ];
        ensure!(wanted.iter().all(|one| there.contains(one)), "{there}");
        anyhow::Ok(())
    };
    let wait = |what| eventually(SOON, what, || complete().map_err(|error| error.to_string()));
    wait("everything on eth9")?;
    let before = transitions(&peer);
    host.ip("link del eth9")?;
    rest();
    ensure!(made(host)?.is_empty(), "they went with their interface");
    add_eth9(host)?;
    wait("everything on another eth9")?;
    ensure!(transitions(&peer) == before, "{}", peer.log());
    host.ip("link set eth9 down")?;
    host.ip("link set eth9 up")?;
    wait("everything after it was down")?;
    ensure!(transitions(&peer) == before, "{}", peer.log());
    Ok(())
}

fn interface_comes_late() -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    let late = Conf::v3(200).text().replace("eth0", "eth9");
    let mut refused = Peer::start_with(Program::Bellwether, host, &late)?;
    let status = refused.wait_for_exit(SOON)?;
    ensure!(!status.success(), "{}", refused.log());
    let text = late.replace("global_defs {", "global_defs {\n dynamic_interfaces");
    let peer = Peer::start_with(Program::Bellwether, host, &text)?;
    peer.wait_for_log("FAULT", 1, SOON)?;
    throughout(Duration::from_millis(500), "no address", || {
        match host.has(VIP) {
            Ok(false) => Ok(()),
            Ok(true) => Err("it has".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })?;
    add_eth9(host)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    // And what goes comes back.
    run("ip", &["-n", host.namespace(), "link", "del", "eth9"]).context("eth9 goes")?;
    peer.wait_for_log("-> FAULT", 2, SOON)?;
    add_eth9(host)?;
    lab.wait_for_owners(VIP, &[0], SOON)
}
