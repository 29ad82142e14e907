//! Notification commands, pipes and sync groups on a real kernel.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::Program::Bellwether;
use bellwether_netns_tests::{Lab, Peer, Signal, VIP, eventually, scratch};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "notify::commands_run_in_order_with_keepalived_s_arguments",
        Share::Beside,
        in_order,
    ),
    (
        "notify::a_slow_command_delays_only_those_behind_it",
        Share::Beside,
        slow,
    ),
    (
        "notify::the_pipe_gets_keepalived_s_lines",
        Share::Beside,
        pipe,
    ),
    (
        "notify::a_command_runs_as_the_user_that_the_file_names",
        Share::Beside,
        as_user,
    ),
    ("notify::a_sync_group_moves_as_one", Share::Beside, group),
];

/// A script that appends its name and its arguments to a file, after a rest.
fn recorder(folder: &Path, name: &str, rest: &str) -> Result<String> {
    let path = folder.join(name);
    let log = folder.join("told");
    let log = log.display();
    fs::write(
        &path,
        format!("#!/bin/sh\nsleep {rest}\necho \"{name} $*\" >> {log}\n"),
    )?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, mode)?;
    Ok(path.display().to_string())
}

/// One instance that leads by itself after 0.36 s.
fn file(lines: &str, globals: &str) -> String {
    format!(
        "global_defs {{\n vrrp_version 3\n script_user root\n {globals}\n}}\n\
         vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n advert_int 0.1\n \
         virtual_ipaddress {{\n {VIP}\n }}\n {lines}\n}}\n"
    )
}

fn told(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("told")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn in_order() -> Result<()> {
    let (lab, place) = (Lab::pair()?, scratch()?);
    let folder = place.path();
    let lines = ["master", "backup", "stop"]
        .map(|state| recorder(folder, state, "0").map(|path| format!("notify_{state} {path}")));
    let lines = lines.into_iter().collect::<Result<Vec<_>>>()?.join("\n ");
    let any = recorder(folder, "any", "0")?;
    let text = file(&format!("{lines}\n notify \"{any} extra\""), "");
    let mut peer = Peer::start_with(Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    peer.signal(Signal::TERM)?;
    peer.wait_for_exit(SOON)?;
    let expected = [
        "backup ",
        "any extra INSTANCE VI_1 BACKUP 100",
        "master ",
        "any extra INSTANCE VI_1 MASTER 100",
        "stop ",
        "any extra INSTANCE VI_1 STOP 100",
    ];
    ensure!(
        told(folder) == expected,
        "{:?}\n{}",
        told(folder),
        peer.log()
    );
    Ok(())
}

fn slow() -> Result<()> {
    let (lab, place) = (Lab::pair()?, scratch()?);
    let folder = place.path();
    let (slow, quick) = (
        recorder(folder, "slow", "1")?,
        recorder(folder, "quick", "0")?,
    );
    let text = file(&format!("notify_backup {slow}\n notify_master {quick}"), "");
    let _peer = Peer::start_with(Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    // The address moved after 0.36 s; the slow command of BACKUP takes a second and is told first.
    ensure!(
        told(folder).is_empty(),
        "the address did not wait for the command"
    );
    eventually(SOON, "both have run, in order", || match told(folder) {
        seen if seen == ["slow ", "quick "] => Ok(()),
        seen => Err(format!("{seen:?}")),
    })
}

fn pipe() -> Result<()> {
    let (lab, place) = (Lab::pair()?, scratch()?);
    let fifo = place.path().join("fifo");
    let copy = place.path().join("copy");
    let reader = place.path().join("reader");
    fs::write(
        &reader,
        format!("#!/bin/sh\nexec cat \"$1\" > {}\n", copy.display()),
    )?;
    fs::set_permissions(&reader, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let globals = format!(
        "vrrp_notify_fifo {}\n vrrp_notify_fifo_script {}",
        fifo.display(),
        reader.display()
    );
    let _peer = Peer::start_with(Bellwether, lab.host(0), &file("", &globals))?;
    let expected = "INSTANCE \"VI_1\" BACKUP 100\nINSTANCE \"VI_1\" MASTER 100\n";
    eventually(
        SOON,
        "the reader got both lines",
        || match fs::read_to_string(&copy) {
            Ok(text) if text == expected => Ok(()),
            other => Err(format!("{other:?}")),
        },
    )
}

fn as_user() -> Result<()> {
    let (lab, place) = (Lab::pair()?, scratch()?);
    let folder = place.path();
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
    let script = folder.join("who");
    let log = folder.join("told");
    fs::write(&script, format!("#!/bin/sh\nid -un >> {}\n", log.display()))?;
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let text = file(&format!("notify_master {} nobody", script.display()), "");
    let peer = Peer::start_with(Bellwether, lab.host(0), &text)?;
    eventually(SOON, "the script ran as nobody", || match told(folder) {
        seen if seen == ["nobody"] => Ok(()),
        seen => Err(format!("{seen:?}\n{}", peer.log())),
    })
}

/// Two instances on two segments: when one segment of the master dies, both addresses move.
fn group() -> Result<()> {
    const INSIDE: &str = "10.0.0.100";
    let lab = Lab::pair()?;
    let (a, b) = (lab.host(0).namespace(), lab.host(1).namespace());
    lab.host(0)
        .ip(&format!("link add eth1 type veth peer name eth1 netns {b}"))?;
    for (place, own) in ["10.0.0.1", "10.0.0.2"].into_iter().enumerate() {
        lab.host(place)
            .ip(&format!("address add {own}/24 dev eth1"))?;
        lab.host(place).ip("link set eth1 up")?;
    }
    let text = |priority: u8| {
        let instance = |name: &str, interface: &str, vrid: u8, vip: &str| {
            format!(
                "vrrp_instance {name} {{\n interface {interface}\n virtual_router_id {vrid}\n \
                 priority {priority}\n advert_int 0.1\n virtual_ipaddress {{\n {vip}\n }}\n}}\n"
            )
        };
        format!(
            "global_defs {{\n vrrp_version 3\n}}\n{}{}vrrp_sync_group VG_1 {{\n group {{\n \
             VI_1\n VI_2\n }}\n}}\n",
            instance("VI_1", "eth0", 51, VIP),
            instance("VI_2", "eth1", 52, INSIDE)
        )
    };
    let first = Peer::start_with(Bellwether, lab.host(0), &text(200))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let second = Peer::start_with(Bellwether, lab.host(1), &text(100))?;
    second.wait_for_log("BACKUP", 2, SOON)?;
    lab.wait_for_owners(INSIDE, &[0], SOON)?;
    // The inside wire is deaf towards the second: it alone would take the inside address.
    let rules = "add table netdev lab; add chain netdev lab in { type filter hook ingress device \
                 eth1 priority 0 ; }; add rule netdev lab in ip protocol 112 drop";
    bellwether_netns_tests::run("ip", &["netns", "exec", b, "nft", rules])?;
    std::thread::sleep(Duration::from_secs(2));
    let owners = (lab.owners(VIP)?, lab.owners(INSIDE)?);
    ensure!(
        owners == (vec![0], vec![0]),
        "half a group moved: {owners:?}\n{}",
        second.log()
    );
    // The outside wire of the first dies: both addresses move.
    let cut = bellwether_netns_tests::run("ip", &["-n", a, "link", "set", "eth1", "down"]);
    cut.context("can't take the inside wire down")?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    ensure!(
        lab.owners(INSIDE)?.is_empty(),
        "a crossed cable is down on both: {}",
        first.log()
    );
    lab.host(0).ip("link set eth1 up")?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    lab.wait_for_owners(INSIDE, &[0], SOON)
}
