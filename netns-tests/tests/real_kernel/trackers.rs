//! Trackers that need a real kernel's interfaces, addresses and processes; where keepalived has
//! the same, it is asked too.

use std::fs;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Conf, Lab, Peer, Program, VIP, scratch};

use crate::support::{SOON, Two};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "trackers::an_interface_with_a_weight_moves_the_master",
        Share::Beside,
        || interface("weight -150"),
    ),
    (
        "trackers::an_interface_without_a_weight_is_a_fault",
        Share::Beside,
        || interface(""),
    ),
    (
        "trackers::ours_keeps_its_role_without_its_interface_if_told_to",
        Share::Beside,
        || careless(Bellwether),
    ),
    (
        "trackers::theirs_keeps_its_role_without_its_interface_if_told_to",
        Share::Beside,
        || careless(Keepalived),
    ),
    (
        "trackers::ours_is_in_fault_without_its_source_address",
        Share::Beside,
        source_address,
    ),
    (
        "trackers::a_process_is_told_by_its_parameters",
        Share::Beside,
        parameters,
    ),
    (
        "trackers::a_file_moves_a_whole_sync_group",
        Share::Beside,
        group,
    ),
];

/// A cable that has nothing to do with VRRP is pulled, and plugged in again.
fn interface(weight: &str) -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0).clone();
    host.ip("link add up0 type veth peer name up1")?;
    host.ip("link set up0 up")?;
    host.ip("link set up1 up")?;
    let line = format!("track_interface {{\n        up0 {weight}\n    }}");
    let first = Conf::v3(200).line(&line);
    let two = Two::on(lab, [Bellwether; 2], &first, &Conf::v3(100))?;
    host.ip("link set up1 down")?;
    two.wait_for(&[1])?;
    let in_fault = two.first.log().contains("MASTER -> FAULT");
    ensure!(in_fault == weight.is_empty(), "{}", two.first.log());
    host.ip("link set up1 up")?;
    two.wait_for(&[0])
}

/// keepalived: `dont_track_primary`.
fn careless(program: Program) -> Result<()> {
    let lab = Lab::switched(2)?;
    let conf = Conf::v3(200).line("dont_track_primary");
    let router = Peer::start(program, lab.host(0), &conf)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    lab.host(0).set_cable(false)?;
    std::thread::sleep(std::time::Duration::from_secs(1));
    lab.host(0).set_cable(true)?;
    std::thread::sleep(std::time::Duration::from_secs(1));
    ensure!(lab.host(0).has(VIP)?, "{}", router.log());
    ensure!(!router.log().contains("FAULT"), "{}", router.log());
    Ok(())
}

/// keepalived: `track_src_ip`; 2.2.7 did not notice when it was tried on this kernel.
fn source_address() -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    host.ip("address add 192.0.2.9/24 dev eth0")?;
    let conf = Conf::v3(200)
        .line("mcast_src_ip 192.0.2.9")
        .line("track_src_ip");
    let router = Peer::bellwether(host, &conf)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    host.ip("address del 192.0.2.9/24 dev eth0")?;
    router.wait_for_log("FAULT", 1, SOON)?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    host.ip("address add 192.0.2.9/24 dev eth0")?;
    lab.wait_for_owners(VIP, &[0], SOON)
}

/// Ends a process at the end of a test.
struct Sleeper(Child);

impl Sleeper {
    fn start(seconds: &str) -> Result<Self> {
        let mut command = Command::new("/usr/bin/sleep");
        let child = command.arg(seconds).stdin(Stdio::null()).spawn();
        Ok(Self(child.context("sleep")?))
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn parameters() -> Result<()> {
    let wanted = format!("86{:05}", std::process::id());
    let other = format!("87{:05}", std::process::id());
    let block = format!(
        "vrrp_track_process p {{\n    process /usr/bin/sleep {wanted}\n    full_command\n    \
         param_match exact\n}}\n\n"
    );
    let _other = Sleeper::start(&other)?;
    let sleeper = Sleeper::start(&wanted)?;
    let lab = Lab::pair()?;
    let conf = Conf::v3(200).line("track_process {\n        p\n    }");
    let text = block + &conf.text();
    let router = Peer::start_with(Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    drop(sleeper);
    // The other one goes on, and does not count.
    router.wait_for_log("MASTER -> FAULT", 1, SOON)?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    let _again = Sleeper::start(&wanted)?;
    lab.wait_for_owners(VIP, &[0], SOON)
}

const OUTSIDE: &str = "198.51.100.100";

/// Two instances on one wire, in a group that tracks a file.
fn grouped(priority: u8, file: &str) -> String {
    let group = format!(
        "track_file drain {{\n    file {file}\n    init_file 0\n}}\n\nvrrp_sync_group g {{\n    \
         sync_group_tracking_weight\n    group {{\n        VI_1\n        VI_2\n    }}\n    \
         track_file {{\n        drain weight 1\n    }}\n}}\n\n"
    );
    let first = Conf::v3(priority).text();
    let (_, second) = first.split_once("vrrp_instance").unwrap_or_default();
    let second = second
        .replace("VI_1", "VI_2")
        .replace("virtual_router_id 51", "virtual_router_id 52")
        .replace(VIP, OUTSIDE);
    let (globals, _) = first.split_once("vrrp_instance").unwrap_or_default();
    let instance = first.strip_prefix(globals).unwrap_or_default();
    format!("{globals}{group}{instance}\nvrrp_instance{second}")
}

fn group() -> Result<()> {
    let folder = scratch()?;
    let number = folder.path().join("drain");
    let text = |priority, name: &str| {
        let path = folder.path().join(name);
        grouped(priority, &path.display().to_string())
    };
    let lab = Lab::pair()?;
    let _first = Peer::start_with(Bellwether, lab.host(0), &text(200, "drain"))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let _second = Peer::start_with(Bellwether, lab.host(1), &text(100, "other"))?;
    let both = |owner: usize| -> Result<()> {
        lab.wait_for_owners(VIP, &[owner], SOON)?;
        lab.wait_for_owners(OUTSIDE, &[owner], SOON)
    };
    both(0)?;
    fs::write(&number, "-150\n")?;
    both(1)?;
    fs::write(&number, "0\n")?;
    both(0)
}
