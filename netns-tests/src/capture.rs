//! What was on the wire, and tshark's word on it.
//!
//! tcpdump records, so that times are the kernel's; tshark reads, so that an implementation other
//! than ours says what the bytes mean. [`Capture::finish`] refuses a recording in which tshark
//! finds a malformed field or a bad checksum.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::command::run;
use crate::eventually::eventually;
use crate::topology::{Host, INTERFACE, scratch};

/// A recording that goes on.
#[derive(Debug)]
pub struct Capture {
    tcpdump: Child,
    folder: TempDir,
}

/// A recording that is over, in the order of time.
#[derive(Clone, Debug)]
pub struct Recording {
    /// All VRRP and ARP packets.
    pub packets: Vec<Packet>,
}

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, since the epoch.
    pub at: Duration,
    /// Ethernet source.
    pub mac: String,
    /// What it is.
    pub what: What,
}

/// What a packet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A VRRP advert.
    Advert(Advert),
    /// A gratuitous ARP: sender and target are this address.
    Gratuitous(Ipv4Addr),
    /// Any other ARP.
    Arp,
}

/// What an advert says, as tshark reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advert {
    /// IP source.
    pub source: Ipv4Addr,
    /// IP destination.
    pub destination: Ipv4Addr,
    /// Time to live.
    pub ttl: u8,
    /// Protocol version.
    pub version: u8,
    /// Virtual router id.
    pub vrid: u8,
    /// Priority.
    pub priority: u8,
    /// The virtual addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// The password of version 2.
    pub password: String,
}

/// The fields that tshark is asked for, in the order in which [`parse_line`] reads them.
const FIELDS: [&str; 18] = [
    "frame.time_epoch",
    "eth.src",
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "vrrp.version",
    "vrrp.virt_rtr_id",
    "vrrp.prio",
    "vrrp.ip_addr",
    "vrrp.auth_string",
    "arp.isgratuitous",
    "arp.src.proto_ipv4",
    "ip.checksum.status",
    "vrrp.checksum.status",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "_ws.col.Info",
];

/// tshark's number for a checksum that is right.
const GOOD: &str = "1";

/// tshark's numbers for expert remarks of the severities warning and error.
const REMARKS: [&str; 2] = ["6291456", "8388608"];

impl Capture {
    /// Starts to record VRRP and ARP on a host's interface, both directions.
    ///
    /// # Errors
    ///
    /// When tcpdump does not start.
    pub fn start(host: &Host) -> Result<Self> {
        Self::start_filtered(host, "vrrp or arp")
    }

    /// The same for whatever a filter of tcpdump's lets through.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_filtered(host: &Host, filter: &str) -> Result<Self> {
        let folder = scratch()?;
        let complaints = folder.path().join("tcpdump.log");
        let tcpdump = Command::new("ip")
            .args(["netns", "exec", host.namespace()])
            .args(["tcpdump", "-n", "-U", "--immediate-mode", "-Z", "root"])
            .args(["--time-stamp-precision=nano", "-i", INTERFACE, "-w"])
            .arg(folder.path().join("wire.pcap"))
            .arg(filter)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&complaints)?)
            .spawn()
            .context("can't start tcpdump")?;
        let capture = Self { tcpdump, folder };
        eventually(
            Duration::from_secs(10),
            "tcpdump listens",
            || match fs::read_to_string(&complaints) {
                Ok(text) if text.contains("listening on") => Ok(()),
                Ok(text) => Err(text),
                Err(error) => Err(error.to_string()),
            },
        )?;
        Ok(capture)
    }

    /// Ends the recording, has tshark judge it, and returns what it shows.
    ///
    /// # Errors
    ///
    /// When tshark finds a malformed field, a bad checksum or anything else to warn of.
    pub fn finish(mut self) -> Result<Recording> {
        self.stop()?;
        read(&self.folder.path().join("wire.pcap"))
    }

    /// Ends the recording, and returns of each packet what tshark says of these fields; empty where
    /// a packet has no such field, and the first where it has several.
    ///
    /// # Errors
    ///
    /// When tshark fails.
    pub fn columns<const N: usize>(mut self, fields: [&str; N]) -> Result<Vec<[String; N]>> {
        self.stop()?;
        let pcap = self.folder.path().join("wire.pcap");
        let pcap = pcap.to_str().context("a path is text")?;
        let mut arguments = vec!["-n", "-r", pcap, "-o", "ip.check_checksum:TRUE"];
        arguments.extend(["-T", "fields", "-E", "separator=|", "-E", "occurrence=f"]);
        arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
        let text = run("tshark", &arguments)?;
        let row = |line: &str| {
            let mut columns = line.split('|').map(str::to_owned);
            std::array::from_fn(|_| columns.next().unwrap_or_default())
        };
        Ok(text.lines().map(row).collect())
    }

    fn stop(&mut self) -> Result<()> {
        let pid = Pid::from_child(&self.tcpdump);
        kill_process(pid, Signal::INT)?;
        self.tcpdump.wait()?;
        Ok(())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        if let Ok(None) = self.tcpdump.try_wait() {
            let _ = self.tcpdump.kill();
            let _ = self.tcpdump.wait();
        }
    }
}

impl Recording {
    /// The adverts of one sender, with their times.
    #[must_use]
    pub fn adverts_of(&self, source: &str) -> Vec<(Duration, &Advert)> {
        self.adverts()
            .into_iter()
            .filter(|(_, advert)| advert.source.to_string() == source)
            .collect()
    }

    /// All adverts, with their times.
    #[must_use]
    pub fn adverts(&self) -> Vec<(Duration, &Advert)> {
        self.packets
            .iter()
            .filter_map(|packet| match &packet.what {
                What::Advert(advert) => Some((packet.at, advert)),
                What::Gratuitous(_) | What::Arp => None,
            })
            .collect()
    }

    /// The gratuitous ARPs for an address, with time and Ethernet source.
    #[must_use]
    pub fn gratuitous(&self, address: &str) -> Vec<(Duration, &str)> {
        self.packets
            .iter()
            .filter_map(|packet| match &packet.what {
                What::Gratuitous(found) if found.to_string() == address => {
                    Some((packet.at, packet.mac.as_str()))
                }
                What::Gratuitous(_) | What::Advert(_) | What::Arp => None,
            })
            .collect()
    }

    /// The time from the last advert of one sender, other than a resignation, to the first later
    /// one of another.
    ///
    /// # Errors
    ///
    /// When one of them sent none.
    pub fn gap(&self, from: &str, to: &str) -> Result<Duration> {
        let last = self
            .adverts_of(from)
            .into_iter()
            .rfind(|(_, advert)| advert.priority > 0)
            .with_context(|| format!("no advert of {from} in\n{}", self.summary()))?
            .0;
        let first = self
            .adverts_of(to)
            .into_iter()
            .find(|(at, _)| *at > last)
            .with_context(|| format!("no later advert of {to} in\n{}", self.summary()))?
            .0;
        Ok(first.saturating_sub(last))
    }

    /// One line for each packet, for failures.
    #[must_use]
    pub fn summary(&self) -> String {
        let start = self
            .packets
            .first()
            .map_or(Duration::ZERO, |first| first.at);
        self.packets
            .iter()
            .map(|packet| {
                let at = packet.at.saturating_sub(start).as_secs_f64();
                match &packet.what {
                    What::Advert(advert) => format!(
                        "{at:10.6}  {} advert, priority {}\n",
                        advert.source, advert.priority
                    ),
                    What::Gratuitous(address) => {
                        format!("{at:10.6}  {} gratuitous ARP for {address}\n", packet.mac)
                    }
                    What::Arp => format!("{at:10.6}  {} ARP\n", packet.mac),
                }
            })
            .collect()
    }
}

/// Reads and judges a recording.
fn read(file: &Path) -> Result<Recording> {
    let file = file.to_string_lossy();
    let mut arguments = vec!["-n", "-r", &file, "-o", "ip.check_checksum:TRUE"];
    // An address that moves is a duplicate to tshark, and the point of the exercise to us.
    arguments.extend(["-o", "arp.detect_duplicate_ips:FALSE"]);
    arguments.extend(["-T", "fields", "-E", "separator=|", "-E", "occurrence=a"]);
    for field in FIELDS {
        arguments.extend(["-e", field]);
    }
    let text = run("tshark", &arguments)?;
    let mut packets = Vec::new();
    for line in text.lines() {
        packets.push(parse_line(line).with_context(|| format!("tshark printed {line:?}"))?);
    }
    packets.sort_by_key(|packet| packet.at);
    Ok(Recording { packets })
}

fn parse_line(line: &str) -> Result<Packet> {
    let mut fields = line.splitn(FIELDS.len(), '|');
    let mut next = || fields.next().context("a field is missing");
    let at = parse_time(next()?)?;
    let mac = next()?.to_owned();
    let [source, destination, ttl] = [next()?, next()?, next()?];
    let [version, vrid, priority] = [next()?, next()?, next()?];
    let [addresses, password] = [next()?, next()?];
    let [gratuitous, sender] = [next()?, next()?];
    let [ip_checksum, vrrp_checksum] = [next()?, next()?];
    let [malformed, severities, remarks] = [next()?, next()?, next()?];
    let info = next()?;
    if !malformed.is_empty() {
        bail!("malformed: {info}");
    }
    if severities.split(',').any(|found| REMARKS.contains(&found)) {
        bail!("tshark remarks: {remarks}: {info}");
    }
    let what = if !version.is_empty() {
        if ip_checksum != GOOD || vrrp_checksum != GOOD {
            bail!("checksum status: IP {ip_checksum}, VRRP {vrrp_checksum}: {info}");
        }
        What::Advert(Advert {
            source: source.parse()?,
            destination: destination.parse()?,
            ttl: ttl.parse()?,
            version: version.parse()?,
            vrid: vrid.parse()?,
            priority: priority.parse()?,
            addresses: addresses
                .split(',')
                .filter(|address| !address.is_empty())
                .map(str::parse)
                .collect::<Result<_, _>>()?,
            password: password.trim_end_matches('\0').to_owned(),
        })
    } else if ["1", "True"].contains(&gratuitous) {
        What::Gratuitous(sender.parse()?)
    } else {
        What::Arp
    };
    Ok(Packet { at, mac, what })
}

/// `1700000000.123456789` as a time since the epoch, without a float in between.
fn parse_time(text: &str) -> Result<Duration> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = format!("{fraction:0<9}");
    let nanos = digits.get(..9).context("less than nine digits")?.parse()?;
    Ok(Duration::new(seconds.parse()?, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVERT: &str = "1700000000.000000500|02:00:00:00:00:01|192.0.2.1|224.0.0.18|255|3|51|\
                          100|192.0.2.100,192.0.2.101||||1|1||||Announcement (v3)";

    #[test]
    fn an_advert_is_read() {
        let packet = parse_line(ADVERT).expect("a good line");
        assert_eq!(packet.at, Duration::new(1_700_000_000, 500));
        let What::Advert(advert) = packet.what else {
            panic!("not an advert: {packet:?}");
        };
        assert_eq!((advert.ttl, advert.vrid, advert.priority), (255, 51, 100));
        assert_eq!(advert.addresses.len(), 2);
    }

    #[test]
    fn a_bad_checksum_or_a_malformed_field_is_refused() {
        let wrong_vrrp = ADVERT.replace("|1|1||", "|1|0||");
        let wrong_ip = ADVERT.replace("|1|1||", "|0|1||");
        let malformed = ADVERT.replace("|1|1||", "|1|1|Malformed Packet|");
        let warned = ADVERT.replace("|1|1|||", "|1|1||6291456|odd");
        for bad in [wrong_vrrp, wrong_ip, malformed, warned] {
            assert!(parse_line(&bad).is_err(), "accepted {bad}");
        }
    }

    #[test]
    fn the_gap_does_not_start_at_a_resignation() {
        let mut packets = Vec::new();
        for (millis, source, priority) in [
            (0, "192.0.2.1", 200),
            (40, "192.0.2.1", 0),
            (100, "192.0.2.2", 100),
        ] {
            let mut packet = parse_line(ADVERT).expect("a good line");
            packet.at = Duration::from_millis(millis);
            if let What::Advert(advert) = &mut packet.what {
                advert.source = source.parse().expect("an address");
                advert.priority = priority;
            }
            packets.push(packet);
        }
        let gap = Recording { packets }.gap("192.0.2.1", "192.0.2.2");
        assert_eq!(gap.expect("both sent"), Duration::from_millis(100));
    }
}
