//! Adverts and announcements on a wire, IPv4 and IPv6, as tshark reads them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bellwether_netns_tests::{Host, INTERFACE, eventually, run, scratch};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A recording that goes on.
pub(crate) struct Sniffer {
    tcpdump: Child,
    folder: TempDir,
}

/// One packet.
pub(crate) struct Seen {
    /// When, since the epoch.
    pub(crate) at: Duration,
    /// Ethernet source.
    pub(crate) mac: String,
    pub(crate) what: What,
}

/// What a packet is.
pub(crate) enum What {
    /// An advert of this virtual router, with its priority.
    Advert { router: Router, priority: u8 },
    /// A gratuitous ARP or an unsolicited neighbour advertisement for this address.
    Announcement { address: String },
}

/// Which virtual router: its VRID, and whether it is one of IPv6.
pub(crate) type Router = (bool, u8);

const FIELDS: [&str; 8] = [
    "frame.time_epoch",
    "eth.src",
    "ip.src",
    "ipv6.src",
    "vrrp.virt_rtr_id",
    "vrrp.prio",
    "arp.src.proto_ipv4",
    "icmpv6.nd.na.target_address",
];

impl Sniffer {
    /// Records what matches `filter`, a tcpdump expression.
    pub(crate) fn start(host: &Host, filter: &str) -> Result<Self> {
        let folder = scratch()?;
        let complaints = folder.path().join("tcpdump.log");
        let tcpdump = Command::new("ip")
            .args(["netns", "exec", host.namespace()])
            .args([
                "tcpdump", "-n", "-U", "-Z", "root", "-B", "65536", "-s", "128",
            ])
            .args(["--time-stamp-precision=nano", "-i", INTERFACE, "-w"])
            .arg(folder.path().join("wire.pcap"))
            .arg(filter)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&complaints)?)
            .spawn()
            .context("can't start tcpdump")?;
        let sniffer = Self { tcpdump, folder };
        let listens = || match fs::read_to_string(&complaints) {
            Ok(text) if text.contains("listening on") => Ok(()),
            Ok(text) => Err(text),
            Err(error) => Err(error.to_string()),
        };
        eventually(Duration::from_secs(10), "tcpdump listens", listens)?;
        Ok(sniffer)
    }

    /// Ends the recording and returns it, in the order of time.
    pub(crate) fn finish(mut self) -> Result<Vec<Seen>> {
        // What tcpdump has not read from its buffer yet is still to come.
        std::thread::sleep(Duration::from_millis(500));
        kill_process(Pid::from_child(&self.tcpdump), Signal::INT)?;
        self.tcpdump.wait()?;
        let file = self.folder.path().join("wire.pcap");
        let file = file.to_string_lossy();
        let mut arguments = vec!["-n", "-r", &file, "-T", "fields", "-E", "separator=|"];
        arguments.extend(["-E", "occurrence=f"]);
        for field in FIELDS {
            arguments.extend(["-e", field]);
        }
        let text = run("tshark", &arguments)?;
        Ok(text.lines().filter_map(parse).collect())
    }
}

impl Drop for Sniffer {
    fn drop(&mut self) {
        if let Ok(None) = self.tcpdump.try_wait() {
            let _ = self.tcpdump.kill();
            let _ = self.tcpdump.wait();
        }
    }
}

fn parse(line: &str) -> Option<Seen> {
    let fields: Vec<&str> = line.split('|').collect();
    let [time, mac, _, v6, vrid, priority, arp, na] = fields.as_slice() else {
        return None;
    };
    let (seconds, fraction) = time.split_once('.')?;
    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let what = if vrid.is_empty() {
        let address = [arp, na].into_iter().find(|address| !address.is_empty())?;
        What::Announcement {
            address: (*address).to_owned(),
        }
    } else {
        What::Advert {
            router: (!v6.is_empty(), vrid.parse().ok()?),
            priority: priority.parse().ok()?,
        }
    };
    Some(Seen {
        at: Duration::new(seconds.parse().ok()?, nanos),
        mac: (*mac).to_owned(),
        what,
    })
}

/// The time of each virtual router's last advert from this hardware address that is no resignation.
pub(crate) fn last_adverts(seen: &[Seen], from: &str) -> BTreeMap<Router, Duration> {
    let adverts = seen.iter().filter_map(|packet| match packet.what {
        What::Advert { router, priority } if priority > 0 && packet.mac == from => {
            Some((router, packet.at))
        }
        What::Advert { .. } | What::Announcement { .. } => None,
    });
    adverts.collect()
}
