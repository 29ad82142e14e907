//! FRR's vrrpd as the other router.
//!
//! vrrpd adds no address: its virtual addresses lie on a macvlan with the virtual MAC, made by hand,
//! which it takes up and down. So who is master is asked of vrrpd, and not of the kernel.
//!
//! Invariant: no process outlives its handle.

use std::process::Child;
use std::time::Duration;

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::command::run;
use crate::eventually::eventually;
use crate::frr::{daemon, zebra};
use crate::topology::{Host, INTERFACE};

/// The macvlan of its virtual router.
const MACVLAN: &str = "vrrp";

/// One virtual router as vrrpd plays it, in version 3.
#[derive(Clone, Copy, Debug)]
pub struct Role<'a> {
    /// Its virtual router id.
    pub vrid: u8,
    /// Its priority.
    pub priority: u8,
    /// How often it advertises, in milliseconds; a multiple of 10.
    pub interval: u16,
    /// Its virtual addresses, all of one family.
    pub addresses: &'a [&'a str],
    /// Those of them that lie on the macvlan, with prefix length.
    pub carried: &'a [&'a str],
}

impl Role<'_> {
    fn is_v6(&self) -> bool {
        self.addresses.iter().any(|address| address.contains(':'))
    }

    fn conf(&self) -> String {
        let word = if self.is_v6() { "ipv6" } else { "ip" };
        let head = format!("vrrp {}", self.vrid);
        let mut lines = vec![
            format!("interface {INTERFACE}"),
            format!(" {head} version 3"),
            format!(" {head} priority {}", self.priority),
            format!(" {head} advertisement-interval {}", self.interval),
        ];
        let addresses = self.addresses.iter();
        lines.extend(addresses.map(|address| format!(" {head} {word} {address}")));
        lines.push("!\n".to_owned());
        lines.join("\n")
    }
}

/// A running vrrpd, with the zebra that it needs.
#[derive(Debug)]
pub struct Vrrpd {
    vrrpd: Child,
    zebra: Child,
    folder: TempDir,
    namespace: String,
    is_v6: bool,
}

impl Vrrpd {
    /// Starts it on a host, on which a macvlan is made if there is none yet.
    ///
    /// # Errors
    ///
    /// When the kernel refuses the macvlan, or it can't be started.
    pub fn start(host: &Host, role: &Role<'_>) -> Result<Self> {
        if host.ip(&format!("link show dev {MACVLAN}")).is_err() {
            macvlan(host, role)?;
        }
        let (folder, zebra) = zebra(host, "vrrpd", &role.conf())?;
        Ok(Self {
            vrrpd: daemon(host, "vrrpd", folder.path(), &[])?,
            zebra,
            folder,
            namespace: host.namespace().to_owned(),
            is_v6: role.is_v6(),
        })
    }

    /// Waits until it says that it is `Master` or `Backup`.
    ///
    /// # Errors
    ///
    /// When it does not before the deadline.
    pub fn wait_for(&self, state: &str, deadline: Duration) -> Result<()> {
        eventually(deadline, &format!("vrrpd is {state}"), || {
            match self.state() {
                Ok(seen) if seen == state => Ok(()),
                Ok(seen) => Err(seen),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    /// What it says that it is: `Initialize`, `Backup` or `Master`.
    ///
    /// # Errors
    ///
    /// When it can't be asked.
    pub fn state(&self) -> Result<String> {
        let at = self.folder.path().display().to_string();
        let text = run("vtysh", &["--vty_socket", &at, "-c", "show vrrp json"])?;
        let family = if self.is_v6 { "\"v6\":{" } else { "\"v4\":{" };
        let own = text.split_once(family).map(|(_, own)| own);
        let status = own.and_then(|own| own.split_once("\"status\":\""));
        let word = status.and_then(|(_, rest)| rest.split_once('"'));
        word.map(|(word, _)| word.to_owned())
            .ok_or_else(|| anyhow::anyhow!("no status in {text}"))
    }

    /// Kills it as a crash would: vrrpd alone, so that its macvlan stays as it is.
    ///
    /// # Errors
    ///
    /// When it was gone already.
    pub fn kill(&mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.vrrpd), Signal::KILL)?;
        self.vrrpd.wait()?;
        Ok(())
    }

    /// Ends it as an operator would, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// When it does not end before the deadline.
    pub fn stop(&mut self, deadline: Duration) -> Result<()> {
        kill_process(Pid::from_child(&self.vrrpd), Signal::TERM)?;
        let vrrpd = &mut self.vrrpd;
        eventually(deadline, "vrrpd exits", || match vrrpd.try_wait() {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err("still running".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }
}

impl Drop for Vrrpd {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("vrrpd in {}: {:?}", self.namespace, self.state());
        }
        for child in [&mut self.vrrpd, &mut self.zebra] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// As FRR's manual has it: bridge mode, the virtual MAC (RFC 9568 7.3), and a link-local address
/// that does not come of that MAC (7.4).
fn macvlan(host: &Host, role: &Role<'_>) -> Result<()> {
    let family = if role.is_v6() { 2 } else { 1 };
    host.ip(&format!(
        "link add {MACVLAN} link {INTERFACE} type macvlan mode bridge"
    ))?;
    host.ip(&format!(
        "link set {MACVLAN} address 00:00:5e:00:{family:02x}:{:02x}",
        role.vrid
    ))?;
    host.ip(&format!("link set {MACVLAN} addrgenmode random"))?;
    // Its adverts leave from the link-local address, which would be a duplicate suspect for a second.
    host.sysctl(&format!("net.ipv6.conf.{MACVLAN}.accept_dad=0"))?;
    for address in role.carried {
        let nodad = if role.is_v6() { " nodad" } else { "" };
        host.ip(&format!("address add {address} dev {MACVLAN}{nodad}"))?;
    }
    host.ip(&format!("link set {MACVLAN} up")).map(drop)
}
