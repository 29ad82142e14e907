//! One Bellwether and one keepalived over every way that adverts travel, each as master and as
//! backup: one master, a takeover after SIGKILL, the role taken back, a handover by priority 0. What
//! was on the wire is judged by tshark.
//!
//! The cells are made of their dimensions, so that none is forgotten; one that can't be has its
//! reason beside its name, and is listed as ignored.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Capture, Lab, Peer, Program, Signal, VIP, throughout};

use crate::support::SOON;

/// The link-local address that adverts over IPv6 begin with, and the one that is looked for.
const LOCAL: &str = "fe80::100";
const SIX: &str = "fd00::100";

/// The hosts' own addresses.
const HOSTS_V4: [&str; 2] = ["192.0.2.1", "192.0.2.2"];
const HOSTS_V6: [&str; 2] = ["fd00::1", "fd00::2"];

/// 32 bytes, and nobody's.
const KEY: &str = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// High, so that the skew times are short.
const PRIORITIES: [u8; 2] = [250, 240];

/// What proves an advert's sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Nothing,
    Pass,
    Ah,
    Hmac,
}

/// One cell of the matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    version: u8,
    six: bool,
    proof: Proof,
    unicast: bool,
    vmac: bool,
    /// The program with the higher priority first.
    programs: [Program; 2],
}

/// All cells, also those that can't be.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for version in [2, 3] {
        for six in [false, true] {
            for proof in [Proof::Nothing, Proof::Pass, Proof::Ah, Proof::Hmac] {
                for unicast in [false, true] {
                    for vmac in [false, true] {
                        cells.extend(pairs(proof).iter().map(|programs| Cell {
                            version,
                            six,
                            proof,
                            unicast,
                            vmac,
                            programs: *programs,
                        }));
                    }
                }
            }
        }
    }
    cells
}

/// Who meets whom. keepalived 2.2.7 has no `auth_hmac`, so that two of ours meet there.
const fn pairs(proof: Proof) -> &'static [[Program; 2]] {
    match proof {
        Proof::Nothing | Proof::Pass | Proof::Ah => {
            &[[Bellwether, Keepalived], [Keepalived, Bellwether]]
        }
        Proof::Hmac => &[[Bellwether, Bellwether]],
    }
}

impl Cell {
    /// Its name as a test: `interop::ours_leads_v2_ipv4_ah_unicast`.
    pub(crate) fn name(&self) -> String {
        let mut words = vec![
            match self.programs {
                [Bellwether, Bellwether] => "ours_alone",
                [Bellwether, Keepalived] => "ours_leads",
                [Keepalived, _] => "theirs_leads",
            }
            .to_owned(),
        ];
        words.push(format!("v{}", self.version));
        words.push(if self.six { "ipv6" } else { "ipv4" }.to_owned());
        words.extend(match self.proof {
            Proof::Nothing => None,
            Proof::Pass => Some("pass".to_owned()),
            Proof::Ah => Some("ah".to_owned()),
            Proof::Hmac => Some("hmac".to_owned()),
        });
        words.push(if self.unicast { "unicast" } else { "multicast" }.to_owned());
        words.extend(self.vmac.then(|| "vmac".to_owned()));
        format!("interop::{}", words.join("_"))
    }

    /// Why there is no such thing, if there is none.
    pub(crate) fn absent(&self) -> Option<&'static str> {
        match (self.proof, self.version, self.six) {
            (Proof::Pass | Proof::Ah, 3, _) => return Some("version 3 has no authentication"),
            (Proof::Pass | Proof::Ah, _, true) => return Some("IPv6 has no authentication"),
            // keepalived 2.2.7 takes such a file, and advertises in version 3.
            (Proof::Nothing, 2, true) => return Some("IPv6 has version 3 only"),
            (Proof::Hmac, 2, true) => return Some("IPv6 has version 3 only"),
            (Proof::Nothing | Proof::Pass | Proof::Ah | Proof::Hmac, _, _) => {}
        }
        let read = bellwether_config::parse("cell.conf", &self.file(0), &Default::default());
        let unfit = |entry: &bellwether_config::NotRun| {
            entry.severity == bellwether_config::Severity::Error
        };
        read.not_run
            .iter()
            .any(unfit)
            .then_some("this build can't run it")
    }

    fn file(&self, place: usize) -> String {
        let mut lines = vec![
            "state BACKUP".to_owned(),
            "interface eth0".to_owned(),
            "virtual_router_id 51".to_owned(),
            format!("priority {}", PRIORITIES[place]),
            format!("advert_int {}", self.interval()),
        ];
        let proof = match self.proof {
            Proof::Nothing => None,
            Proof::Pass => Some("PASS"),
            Proof::Ah => Some("AH"),
            Proof::Hmac => {
                lines.push(format!("auth_hmac {{\n  key 1 {KEY}\n }}"));
                None
            }
        };
        lines.extend(proof.map(|kind| {
            format!("authentication {{\n  auth_type {kind}\n  auth_pass bellwthr\n }}")
        }));
        if self.vmac {
            lines.push("use_vmac".to_owned());
        }
        if self.unicast {
            let own = if self.six { HOSTS_V6 } else { HOSTS_V4 };
            lines.push(format!("unicast_src_ip {}", own[place]));
            lines.push(format!("unicast_peer {{\n  {}\n }}", own[1 - place]));
        }
        let addresses = match self.six {
            true => format!("{LOCAL}\n  {SIX}"),
            false => VIP.to_owned(),
        };
        lines.push(format!("virtual_ipaddress {{\n  {addresses}\n }}"));
        format!(
            "global_defs {{\n vrrp_version {}\n}}\n\nvrrp_instance VI_1 {{\n {}\n}}\n",
            self.version,
            lines.join("\n ")
        )
    }

    /// Seconds, as the file says it: the shortest that version 2 can; with version 3, one that a busy
    /// machine does not blur.
    const fn interval(&self) -> &'static str {
        match self.version {
            2 => "1",
            _ => "0.3",
        }
    }

    const fn vip(&self) -> &'static str {
        if self.six { SIX } else { VIP }
    }

    /// Plays it.
    pub(crate) fn play(&self) -> Result<()> {
        let lab = Lab::pair()?;
        for (place, own) in HOSTS_V6.into_iter().enumerate() {
            lab.host(place).speak_ipv6()?;
            lab.host(place)
                .ip(&format!("address add {own}/64 dev eth0 nodad"))?;
        }
        let filter = "ip proto 112 or ip proto 51 or ip6 proto 112";
        let capture = Capture::start_filtered(lab.host(1), filter)?;
        self.elect(&lab)?;
        self.judge(capture)
    }

    fn elect(&self, lab: &Lab) -> Result<()> {
        let interval = Duration::from_secs_f64(self.interval().parse()?);
        let files = [self.file(0), self.file(1)];
        let mut first = Peer::start_with(self.programs[0], lab.host(0), &files[0])?;
        let wait = |owners: &[usize], what: &str, first: &Peer, second: Option<&Peer>| {
            lab.wait_for_owners(self.vip(), owners, SOON)
                .map_err(|error| {
                    let second = second.map(Peer::log).unwrap_or_default();
                    error.context(format!("{what}\nfirst:\n{}second:\n{second}", first.log()))
                })
        };
        wait(&[0], "the first leads alone", &first, None)?;
        let second = Peer::start_with(self.programs[1], lab.host(1), &files[1])?;
        second.wait_for_log("BACKUP", 1, SOON)?;
        let what = "the second listens";
        // Longer than its master-down interval.
        throughout(interval * 13 / 4, what, || match lab.owners(self.vip()) {
            Ok(owners) if owners == [0] => Ok(()),
            Ok(owners) => Err(format!("owners: {owners:?}\n{}", second.log())),
            Err(error) => Err(error.to_string()),
        })?;

        first.kill()?;
        let takes_over = "the second takes over from a killed one";
        wait(&[0, 1], takes_over, &first, Some(&second))?;
        first = Peer::start_with(self.programs[0], lab.host(0), &files[0])?;
        wait(&[0], "the first takes its role back", &first, Some(&second))?;
        second.wait_for_log("BACKUP", 2, SOON)?;

        first.signal(Signal::TERM)?;
        wait(&[1], "the second hears priority 0", &first, Some(&second))?;
        first.wait_for_exit(SOON)?;
        Ok(())
    }

    /// What tshark says of all adverts.
    #[expect(
        clippy::too_many_lines,
        reason = "one check for each field of a packet"
    )]
    fn judge(&self, capture: Capture) -> Result<()> {
        let packets = capture.columns([
            "ip.src",
            "ipv6.src",
            "ip.proto",
            "ip.ttl",
            "ipv6.hlim",
            "vrrp.version",
            "vrrp.virt_rtr_id",
            "vrrp.prio",
            "vrrp.auth_type",
            "vrrp.checksum.status",
            "ah.spi",
            "ah.sequence",
            "_ws.malformed",
            "frame.time_epoch",
        ])?;
        let mut numbers = [0_u64; 2];
        let mut resigned: Option<f64> = None;
        let mut answered = None;
        for packet in &packets {
            let [
                v4,
                v6,
                proto,
                ttl,
                hops,
                version,
                vrid,
                prio,
                kind,
                sum,
                spi,
                number,
                bad,
                at,
            ] = packet;
            // tshark takes the trailer for a part of the message, over which the sum is wrong.
            let sum = if self.proof == Proof::Hmac && !self.six {
                "1"
            } else {
                sum
            };
            let right = (version, vrid.as_str(), sum, bad.as_str())
                == (&self.version.to_string(), "51", "1", "");
            ensure!(right, "tshark dislikes {packet:?}");
            // keepalived 2.2.7 sends unicast over IPv6 with the kernel's own hop limit.
            let near = [ttl, hops].map(String::as_str).contains(&"255");
            ensure!(near || (self.six && self.unicast), "{packet:?}");
            ensure!(
                self.six == v4.is_empty() && self.six != v6.is_empty(),
                "{packet:?}"
            );
            let at: f64 = at.parse()?;
            match (prio.as_str(), resigned) {
                ("0", None) => resigned = Some(at),
                ("0", Some(_)) => bail!("a second resignation"),
                (_, Some(_)) => answered = answered.or(Some(at)),
                (_, None) => {}
            }
            if (self.version, self.six) == (2, false) {
                let (carrier, type_of) = match self.proof {
                    Proof::Nothing => ("112", "0"),
                    Proof::Pass => ("112", "1"),
                    Proof::Ah => ("51", "2"),
                    Proof::Hmac => ("112", "0"),
                };
                ensure!(
                    (proto.as_str(), kind.as_str()) == (carrier, type_of),
                    "{packet:?}"
                );
            }
            if self.proof == Proof::Ah {
                let place = usize::from(v4 == HOSTS_V4[1]);
                let own = format!("0x{:08x}", u32::from(v4.parse::<std::net::Ipv4Addr>()?));
                let number = number.parse()?;
                ensure!(
                    *spi == own && number > numbers[place],
                    "{packet:?} after {numbers:?}"
                );
                numbers[place] = number;
            }
        }
        let senders: BTreeSet<_> = packets
            .iter()
            .map(|packet| (&packet[0], &packet[1]))
            .collect();
        ensure!(senders.len() >= 2, "one of them was silent: {senders:?}");
        let (Some(resigned), Some(answered)) = (resigned, answered) else {
            bail!("no resignation, or nobody took over");
        };
        let (took, interval) = (answered - resigned, self.interval().parse::<f64>()?);
        // Without it: three intervals after the last advert, which was an interval ago at most.
        ensure!(took < interval, "the handover took {took} s");
        Ok(())
    }
}
