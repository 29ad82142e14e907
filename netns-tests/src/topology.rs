//! Hosts and wires, made of network namespaces.
//!
//! Owns every namespace of a test and all that runs in them: dropping a [`Lab`] ends the processes
//! and removes the namespaces, and making one first removes those of test runs that were killed.
//! Names carry the process id and a number, so that tests and test runs don't meet.
//!
//! Deliberately absent: netem (not every kernel has it). Packets are lost by nftables, cables are
//! pulled by taking a switch port down.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::command::{run, run_line};
use crate::eventually::eventually;

/// Every namespace of this library begins like this.
const PREFIX: &str = "bwt";

/// The interface that every host has.
pub const INTERFACE: &str = "eth0";

/// Hosts on one segment.
#[derive(Debug)]
pub struct Lab {
    hosts: Vec<Host>,
    switch: Option<String>,
}

/// One host: a namespace with one interface, [`INTERFACE`].
#[derive(Clone, Debug)]
pub struct Host {
    namespace: String,
    address: String,
    /// The switch's namespace and the port that this host is plugged into.
    port: Option<(String, String)>,
}

impl Lab {
    /// Two hosts joined by one veth pair: 192.0.2.1 and 192.0.2.2.
    ///
    /// A link that one of them takes down is down for both, as with a crossed cable.
    ///
    /// # Errors
    ///
    /// When the kernel refuses; what was made until then is removed.
    pub fn pair() -> Result<Self> {
        remove_leftovers();
        let base = unique_name();
        let mut lab = Self {
            hosts: Vec::new(),
            switch: None,
        };
        for number in 1..=2 {
            lab.add_host(&base, number, None)?;
        }
        let (a, b) = (
            lab.host(0).namespace.as_str(),
            lab.host(1).namespace.as_str(),
        );
        run_line(&format!(
            "ip -n {a} link add {INTERFACE} type veth peer name {INTERFACE} netns {b}"
        ))?;
        for host in &lab.hosts {
            host.configure()?;
        }
        lab.wait_for_carrier()?;
        Ok(lab)
    }

    /// `count` hosts (192.0.2.1 and up) on a switch of their own, so that a cable can be pulled
    /// for one of them alone.
    ///
    /// # Errors
    ///
    /// When the kernel refuses; what was made until then is removed.
    pub fn switched(count: u8) -> Result<Self> {
        remove_leftovers();
        let base = unique_name();
        let switch = format!("{base}-switch");
        let mut lab = Self {
            hosts: Vec::new(),
            switch: Some(switch.clone()),
        };
        add_namespace(&switch)?;
        run_line(&format!(
            "ip -n {switch} link add br0 type bridge forward_delay 0 stp_state 0 mcast_snooping 0"
        ))?;
        run_line(&format!("ip -n {switch} link set br0 up"))?;
        for number in 1..=count {
            let port = format!("port{number}");
            lab.add_host(&base, number, Some((switch.clone(), port.clone())))?;
            let host = lab.hosts.last().context("a host was just added")?;
            let namespace = &host.namespace;
            run_line(&format!(
                "ip -n {switch} link add {port} type veth peer name {INTERFACE} netns {namespace}"
            ))?;
            run_line(&format!("ip -n {switch} link set {port} master br0 up"))?;
            host.configure()?;
        }
        lab.wait_for_carrier()?;
        Ok(lab)
    }

    /// The host with this place, from 0.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn host(&self, place: usize) -> &Host {
        &self.hosts[place]
    }

    /// The hosts whose kernels have this address.
    ///
    /// # Errors
    ///
    /// When a kernel can't be asked.
    pub fn owners(&self, address: &str) -> Result<Vec<usize>> {
        let mut owners = Vec::new();
        for (place, host) in self.hosts.iter().enumerate() {
            if host.has(address)? {
                owners.push(place);
            }
        }
        Ok(owners)
    }

    /// Waits until exactly these hosts have the address.
    ///
    /// # Errors
    ///
    /// When they don't before the deadline.
    pub fn wait_for_owners(
        &self,
        address: &str,
        owners: &[usize],
        deadline: Duration,
    ) -> Result<()> {
        let what = format!("{address} is on hosts {owners:?}");
        eventually(deadline, &what, || match self.owners(address) {
            Ok(seen) if seen == owners => Ok(()),
            Ok(seen) => Err(format!("on hosts {seen:?}")),
            Err(error) => Err(error.to_string()),
        })
    }

    fn add_host(&mut self, base: &str, number: u8, port: Option<(String, String)>) -> Result<()> {
        let host = Host {
            namespace: format!("{base}-{number}"),
            address: format!("192.0.2.{number}"),
            port,
        };
        let namespace = host.namespace.clone();
        self.hosts.push(host);
        add_namespace(&namespace)
    }

    fn wait_for_carrier(&self) -> Result<()> {
        for host in &self.hosts {
            eventually(Duration::from_secs(5), "the link is up", || {
                match host.link() {
                    Ok(text) if text.contains("LOWER_UP") => Ok(()),
                    Ok(text) => Err(text),
                    Err(error) => Err(error.to_string()),
                }
            })?;
        }
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let hosts = self.hosts.iter().map(|host| host.namespace.as_str());
        for namespace in hosts.chain(self.switch.as_deref()) {
            remove_namespace(namespace);
        }
    }
}

impl Host {
    /// Its namespace's name, for `ip netns exec`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its own address, without prefix length.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs `ip` in it, with arguments separated by spaces.
    ///
    /// # Errors
    ///
    /// When the command fails.
    pub fn ip(&self, arguments: &str) -> Result<String> {
        run_line(&format!("ip -n {} {arguments}", self.namespace))
    }

    /// Its IPv4 addresses with prefix length, in the kernel's order.
    ///
    /// # Errors
    ///
    /// When its kernel can't be asked.
    pub fn addresses(&self) -> Result<Vec<String>> {
        let text = self.ip(&format!("-o -4 addr show dev {INTERFACE}"))?;
        Ok(text
            .lines()
            .filter_map(|line| line.split_whitespace().nth(3))
            .map(str::to_owned)
            .collect())
    }

    /// Whether it has this address, whatever the prefix length.
    ///
    /// # Errors
    ///
    /// When its kernel can't be asked.
    pub fn has(&self, address: &str) -> Result<bool> {
        let found = self.ip(&format!("-o addr show to {address}"))?;
        Ok(!found.trim().is_empty())
    }

    /// Lets it speak IPv6, with a link-local address that is there at once.
    ///
    /// # Errors
    ///
    /// When the kernel refuses.
    pub fn speak_ipv6(&self) -> Result<()> {
        for setting in [
            "net.ipv6.conf.all.accept_dad=0",
            &format!("net.ipv6.conf.{INTERFACE}.accept_dad=0"),
            "net.ipv6.conf.all.disable_ipv6=0",
            &format!("net.ipv6.conf.{INTERFACE}.disable_ipv6=0"),
        ] {
            self.sysctl(setting)?;
        }
        Ok(())
    }

    /// Writes a setting of its kernel, `name=value` as `sysctl -w` takes it.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or it can't have the value.
    pub fn sysctl(&self, setting: &str) -> Result<()> {
        let namespace = &self.namespace;
        run(
            "ip",
            &["netns", "exec", namespace, "sysctl", "-qw", setting],
        )
        .map(drop)
    }

    /// Plugs its cable in or pulls it, at the switch; on a pair, takes its own end up or down.
    ///
    /// # Errors
    ///
    /// When the kernel refuses.
    pub fn set_cable(&self, plugged: bool) -> Result<()> {
        let (namespace, interface) = match &self.port {
            Some((switch, port)) => (switch.as_str(), port.as_str()),
            None => (self.namespace.as_str(), INTERFACE),
        };
        let word = if plugged { "up" } else { "down" };
        run_line(&format!("ip -n {namespace} link set {interface} {word}")).map(drop)
    }

    /// Drops what comes in from now on and matches an nftables expression, such as
    /// `ip protocol 112`; [`Self::hear_all`] ends it.
    ///
    /// # Errors
    ///
    /// When nft refuses.
    pub fn drop_incoming(&self, matching: &str) -> Result<()> {
        let rules = format!(
            "add table netdev lab; add chain netdev lab in \
             {{ type filter hook ingress device {INTERFACE} priority 0 ; }}; \
             add rule netdev lab in {matching} drop"
        );
        run("ip", &["netns", "exec", &self.namespace, "nft", &rules]).map(drop)
    }

    /// Ends all drops.
    ///
    /// # Errors
    ///
    /// When nft refuses, or nothing was dropped.
    pub fn hear_all(&self) -> Result<()> {
        run_line(&format!(
            "ip netns exec {} nft delete table netdev lab",
            self.namespace
        ))
        .map(drop)
    }

    fn link(&self) -> Result<String> {
        self.ip(&format!("-o link show dev {INTERFACE}"))
    }

    fn configure(&self) -> Result<()> {
        self.ip(&format!("addr add {}/24 dev {INTERFACE}", self.address))?;
        self.ip("link set lo up")?;
        self.ip(&format!("link set {INTERFACE} up"))?;
        Ok(())
    }
}

fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}-{}-{number}", std::process::id())
}

fn add_namespace(name: &str) -> Result<()> {
    run("ip", &["netns", "add", name])?;
    // Router solicitations and duplicate address detection of IPv6 would only be noise.
    let quiet = "net.ipv6.conf.all.disable_ipv6=1";
    let _ = run("ip", &["netns", "exec", name, "sysctl", "-qw", quiet]);
    Ok(())
}

/// Ends what runs in a namespace and removes it. Goes on whatever fails: it is called by drops.
fn remove_namespace(name: &str) {
    for process in run("ip", &["netns", "pids", name])
        .unwrap_or_default()
        .split_whitespace()
    {
        let _ = run("kill", &["-9", process]);
    }
    let _ = run("ip", &["netns", "del", name]);
}

/// A folder for a test's files, removed with its handle; that of a killed run by the next run.
///
/// # Errors
///
/// When it can't be made.
pub fn scratch() -> Result<TempDir> {
    let prefix = format!("{PREFIX}-{}-", std::process::id());
    Ok(tempfile::Builder::new().prefix(&prefix).tempdir()?)
}

/// Removes the namespaces and files of test processes that are gone.
fn remove_leftovers() {
    let is_left =
        |name: &str| owner(name).is_some_and(|process| !Path::new("/proc").join(process).exists());
    let listing = run("ip", &["netns", "list"]).unwrap_or_default();
    for name in listing.lines().filter_map(|line| line.split(' ').next()) {
        if is_left(name) {
            remove_namespace(name);
        }
    }
    for entry in std::fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        if entry.file_name().to_str().is_some_and(is_left) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The process that made a namespace, if it is one of ours: the number in `bwt-NUMBER-...`.
fn owner(namespace: &str) -> Option<&str> {
    let mut parts = namespace.split('-');
    (parts.next() == Some(PREFIX))
        .then(|| parts.next())
        .flatten()
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_namespaces_of_this_library_have_an_owner() {
        assert_eq!(owner("bwt-17-0-1"), Some("17"));
        assert_eq!(owner("bwt-17-0-switch"), Some("17"));
        assert_eq!(owner("bwt--0"), None);
        assert_eq!(owner("bwt-x-0"), None);
        assert_eq!(owner("blue"), None);
        assert_eq!(owner("bw-17-0-1"), None);
    }

    #[test]
    fn names_are_never_used_twice() {
        assert_ne!(unique_name(), unique_name());
    }
}
