//! What a configuration says of the host and of the process as a whole: scheduling, memory, and
//! parameters of interfaces.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Conf, Host, Lab, Peer, Program, Signal, VIP, eventually, run};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "host::the_vrrp_thread_has_the_lowest_real_time_priority",
        Share::Beside,
        || scheduled("", "2 1"),
    ),
    (
        "host::the_vrrp_thread_has_the_priority_that_is_asked_for",
        Share::Beside,
        || scheduled("vrrp_rt_priority 7", "2 7"),
    ),
    (
        "host::without_automatic_priority_it_is_ordinary",
        Share::Beside,
        || scheduled("max_auto_priority -1", "0 0"),
    ),
    (
        "host::nice_values_limits_locks_and_processors_are_set",
        Share::Beside,
        settled,
    ),
    (
        "host::ours_promotes_secondaries_while_it_runs",
        Share::Beside,
        || promotes(Program::Bellwether),
    ),
    (
        "host::theirs_promotes_secondaries_while_it_runs",
        Share::Beside,
        || promotes(Program::Keepalived),
    ),
    (
        "host::an_interface_that_comes_back_promotes_secondaries_too",
        Share::Beside,
        promotes_again,
    ),
    (
        "host::ours_holds_back_reports_of_local_groups",
        Share::Beside,
        || holds_back(Program::Bellwether),
    ),
    (
        "host::theirs_holds_back_reports_of_local_groups",
        Share::Beside,
        || holds_back(Program::Keepalived),
    ),
];

/// A configuration with one more line in `global_defs`.
fn with_global(line: &str) -> String {
    let text = Conf::v3(200).text();
    text.replacen("global_defs {", &format!("global_defs {{\n    {line}"), 1)
}

fn master(text: &str) -> Result<(Lab, Peer)> {
    let lab = Lab::pair()?;
    let router = Peer::start_with(Program::Bellwether, lab.host(0), text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    Ok((lab, router))
}

/// The VRRP thread's policy (0: ordinary, 2: round robin) and real-time priority.
fn scheduled(line: &str, wanted: &str) -> Result<()> {
    let (_lab, router) = master(&with_global(line))?;
    let stat = thread_file(&router, "stat")?;
    // proc(5): the fields after the name begin with the third; 40 is rt_priority, 41 policy.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let (priority, policy) = (fields.get(37), fields.get(38));
    let seen = format!(
        "{} {}",
        policy.copied().unwrap_or_default(),
        priority.copied().unwrap_or_default()
    );
    let seen = if seen.starts_with('1') {
        // First in, first out serves as well.
        seen.replacen('1', "2", 1)
    } else {
        seen
    };
    ensure!(seen == wanted, "{seen}: {stat}\n{}", router.log());
    Ok(())
}

fn settled() -> Result<()> {
    let text = with_global(
        "vrrp_priority -5\n    vrrp_no_swap\n    vrrp_cpu_affinity 0\n    vrrp_rlimit_rttime 500000",
    );
    let (_lab, router) = master(&text)?;
    let stat = thread_file(&router, "stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    // Field 19 is nice.
    ensure!(fields.split_whitespace().nth(16) == Some("-5"), "{stat}");
    let status = thread_file(&router, "status")?;
    let line = |name: &str| -> Result<String> {
        let found = status.lines().find_map(|line| line.strip_prefix(name));
        Ok(found
            .with_context(|| format!("no {name}"))?
            .trim()
            .to_owned())
    };
    ensure!(line("Cpus_allowed_list:")? == "0", "{status}");
    ensure!(line("VmLck:")? != "0 kB", "{status}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", router.pid()))?;
    let limit = limits
        .lines()
        .find(|line| line.contains("realtime timeout"));
    ensure!(
        limit.is_some_and(|line| line.contains("500000")),
        "{limits}"
    );
    Ok(())
}

/// A file of the thread that VRRP has for itself.
fn thread_file(router: &Peer, file: &str) -> Result<String> {
    for entry in fs::read_dir(format!("/proc/{}/task", router.pid()))? {
        let folder = entry?.path();
        if fs::read_to_string(folder.join("comm"))?.trim() == "vrrp" {
            return Ok(fs::read_to_string(folder.join(file))?);
        }
    }
    anyhow::bail!("it has no thread called vrrp")
}

const PROMOTE: &str = "net/ipv4/conf/eth0/promote_secondaries";
const LOCAL_IGMP: &str = "net/ipv4/igmp_link_local_mcast_reports";

fn promotes(program: Program) -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    set(host, PROMOTE, "0")?;
    let conf = Conf::v3(200)
        .line("promote_secondaries")
        .address("198.51.100.1/24")
        .address("198.51.100.2/24");
    let mut router = Peer::start(program, host, &conf)?;
    lab.wait_for_owners("198.51.100.2", &[0], SOON)?;
    ensure!(setting(host, PROMOTE)? == "1");
    router.signal(Signal::TERM)?;
    router.wait_for_exit(SOON)?;
    ensure!(setting(host, PROMOTE)? == "0", "it is put back");
    Ok(())
}

fn promotes_again() -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    let conf = Conf::v3(200).line("promote_secondaries");
    let global = conf
        .text()
        .replacen("global_defs {", "global_defs {\n    dynamic_interfaces", 1);
    let _router = Peer::start_with(Program::Bellwether, host, &global)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    host.ip("link set eth0 down")?;
    host.ip("link set eth0 name gone0")?;
    set(host, "net/ipv4/conf/gone0/promote_secondaries", "0")?;
    host.ip("link set gone0 name eth0")?;
    host.ip("link set eth0 up")?;
    eventually(SOON, "it is set again", || match setting(host, PROMOTE) {
        Ok(value) if value == "1" => Ok(()),
        seen => Err(format!("{seen:?}")),
    })
}

fn holds_back(program: Program) -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    set(host, LOCAL_IGMP, "1")?;
    let text = with_global("disable_local_igmp");
    let mut router = Peer::start_with(program, host, &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    ensure!(setting(host, LOCAL_IGMP)? == "0");
    router.signal(Signal::TERM)?;
    router.wait_for_exit(SOON)?;
    ensure!(setting(host, LOCAL_IGMP)? == "1", "it is put back");
    Ok(())
}

fn setting(host: &Host, name: &str) -> Result<String> {
    let path = format!("/proc/sys/{name}");
    let line = ["netns", "exec", host.namespace(), "cat", &path];
    Ok(run("ip", &line)?.trim().to_owned())
}

fn set(host: &Host, name: &str, value: &str) -> Result<()> {
    let setting = format!("{}={value}", name.replace('/', "."));
    let line = ["netns", "exec", host.namespace(), "sysctl", "-qw", &setting];
    run("ip", &line).map(drop)
}
