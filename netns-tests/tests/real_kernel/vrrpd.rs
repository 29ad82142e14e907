//! One Bellwether and one FRR vrrpd, each as master and as backup, over IPv4 and IPv6: one master, a
//! takeover after SIGKILL, the role taken back, a handover by priority 0. What was on the wire is
//! judged by tshark.
//!
//! Over IPv6 vrrpd's file lists a global address alone, as FRR's manual does: an advert that erratum
//! 8300 of RFC 9568 would have dropped, and that the field sends.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use bellwether_netns_tests::{
    Capture, Lab, Peer, Program, Role, Signal, VIP, Vrrpd, eventually, is_required, throughout,
};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    ("vrrpd::ours_leads_ipv4", Share::Beside, || {
        play(true, false)
    }),
    ("vrrpd::ours_leads_ipv6", Share::Beside, || play(true, true)),
    ("vrrpd::theirs_leads_ipv4", Share::Beside, || {
        play(false, false)
    }),
    ("vrrpd::theirs_leads_ipv6", Share::Beside, || {
        play(false, true)
    }),
];

const SIX: &str = "fd00::100";
const INTERVAL: Duration = Duration::from_millis(300);

/// High, so that the skew times are short; the first host has the greater one.
const PRIORITIES: [u8; 2] = [250, 240];

/// A router of either program, on its host.
enum Router {
    Ours(Peer),
    Theirs(Vrrpd),
}

/// One cell: who leads, over which family, and where.
struct Cell {
    ours_lead: bool,
    six: bool,
    lab: Lab,
}

fn play(ours_lead: bool, six: bool) -> Result<()> {
    if !bellwether_netns_tests::Frr::is_installed() {
        ensure!(!is_required(), "needs the package frr");
        eprintln!("\nSKIPPED (needs the package frr): FRR's vrrpd was not met\n");
        return Ok(());
    }
    let lab = Lab::pair()?;
    for (place, own) in ["fd00::1/64", "fd00::2/64"].into_iter().enumerate() {
        lab.host(place).speak_ipv6()?;
        lab.host(place)
            .ip(&format!("address add {own} dev eth0 nodad"))?;
    }
    let cell = Cell {
        ours_lead,
        six,
        lab,
    };
    let filter = "ip proto 112 or ip6 proto 112";
    let capture = Capture::start_filtered(cell.lab.host(1), filter)?;
    cell.elect()?;
    cell.judge(capture)
}

impl Cell {
    fn start(&self, place: usize) -> Result<Router> {
        let host = self.lab.host(place);
        if (place == 0) == self.ours_lead {
            let peer = Peer::start_with(Program::Bellwether, host, &self.file(place))?;
            return Ok(Router::Ours(peer));
        }
        let (address, carried) = match self.six {
            true => (SIX, format!("{SIX}/64")),
            false => (VIP, format!("{VIP}/24")),
        };
        let role = Role {
            vrid: 51,
            priority: PRIORITIES[place],
            interval: 300,
            addresses: &[address],
            carried: &[&carried],
        };
        Vrrpd::start(host, &role).map(Router::Theirs)
    }

    fn file(&self, place: usize) -> String {
        let address = if self.six { SIX } else { VIP };
        format!(
            "global_defs {{\n vrrp_version 3\n}}\nvrrp_instance VI_1 {{\n interface eth0\n \
             virtual_router_id 51\n priority {}\n advert_int 0.3\n virtual_ipaddress {{\n  \
             {address}\n }}\n}}\n",
            PRIORITIES[place]
        )
    }

    /// The same scenes as in the matrix with keepalived.
    fn elect(&self) -> Result<()> {
        let mut first = self.start(0)?;
        first.becomes(self, "Master")?;
        let second = self.start(1)?;
        second.becomes(self, "Backup")?;
        // Longer than its master-down interval.
        throughout(INTERVAL * 13 / 4, "the second listens", || {
            match second.state(self) {
                Ok(state) if state == "Backup" => Ok(()),
                Ok(state) => Err(state),
                Err(error) => Err(error.to_string()),
            }
        })?;
        first.kill()?;
        second.becomes(self, "Master")?;
        drop(first);
        first = self.start(0)?;
        first.becomes(self, "Master")?;
        second.becomes(self, "Backup")?;
        // The interval of a master that has just spoken is over.
        std::thread::sleep(INTERVAL * 2);
        first.stop()?;
        second.becomes(self, "Master")?;
        std::thread::sleep(INTERVAL * 2);
        Ok(())
    }

    /// What tshark says of all adverts: right in themselves, and one master at a time.
    fn judge(&self, capture: Capture) -> Result<()> {
        let packets = capture.columns([
            "eth.src",
            "ip.ttl",
            "ipv6.hlim",
            "vrrp.version",
            "vrrp.virt_rtr_id",
            "vrrp.prio",
            "vrrp.checksum.status",
            "_ws.malformed",
            "frame.time_epoch",
        ])?;
        let mut leads: Vec<(u8, usize)> = Vec::new();
        let mut resigned: Option<f64> = None;
        let mut answered = None;
        for packet in &packets {
            let [_, v4, v6, version, vrid, prio, sum, bad, at] = packet;
            let words = [version, vrid, sum, bad].map(String::as_str);
            ensure!(words == ["3", "51", "1", ""], "tshark dislikes {packet:?}");
            ensure!(
                (v4 == "255" || v6 == "255") && self.six == v4.is_empty(),
                "{packet:?}"
            );
            let (priority, at): (u8, f64) = (prio.parse()?, at.parse()?);
            match (priority, resigned) {
                (0, None) => resigned = Some(at),
                (0, Some(_)) => bail!("a second resignation"),
                (_, Some(_)) => answered = answered.or(Some(at)),
                (_, None) => {}
            }
            match leads.last_mut() {
                Some((last, count)) if *last == priority => *count += 1,
                _ => leads.push((priority, 1)),
            }
        }
        // The loser may send one more advert when it hears the winner's (a farewell, or one that
        // had left already); nothing else of it is between the winner's.
        leads.retain(|(priority, count)| *count > 1 || *priority == 0);
        leads.dedup_by_key(|(priority, _)| *priority);
        let order: Vec<u8> = leads.iter().map(|(priority, _)| *priority).collect();
        ensure!(order == [250, 240, 250, 0, 240], "{order:?} in {packets:?}");
        let (Some(resigned), Some(answered)) = (resigned, answered) else {
            bail!("no resignation, or nobody took over");
        };
        // Without priority 0: three intervals after the last advert, which was one ago at most.
        let took = answered - resigned;
        let bound = (INTERVAL * 2).as_secs_f64();
        ensure!(took < bound, "the handover took {took} s");
        Ok(())
    }

    fn place(&self, router: &Router) -> usize {
        match router {
            Router::Ours(_) => usize::from(!self.ours_lead),
            Router::Theirs(_) => usize::from(self.ours_lead),
        }
    }
}

impl Router {
    /// Waits until it is `Master` or `Backup`, in vrrpd's words.
    fn becomes(&self, cell: &Cell, state: &str) -> Result<()> {
        eventually(
            SOON,
            &format!("host {} is {state}", cell.place(self)),
            || match self.state(cell) {
                Ok(seen) if seen == state => Ok(()),
                Ok(seen) => Err(seen),
                Err(error) => Err(error.to_string()),
            },
        )
    }

    /// Ours by its log and by what the kernel has, which must agree; theirs by what it says.
    fn state(&self, cell: &Cell) -> Result<String> {
        let peer = match self {
            Self::Ours(peer) => peer,
            Self::Theirs(vrrpd) => return vrrpd.state(),
        };
        let address = if cell.six { SIX } else { VIP };
        let owns = cell.lab.host(cell.place(self)).has(address)?;
        let log = peer.log();
        let entered = log.lines().rev().find(|line| line.contains(" -> "));
        let word = match entered {
            Some(line) if line.contains("-> MASTER") && owns => "Master",
            Some(line) if line.contains("-> BACKUP") && !owns => "Backup",
            _ => "on its way",
        };
        Ok(word.to_owned())
    }

    fn kill(&mut self) -> Result<()> {
        match self {
            Self::Ours(peer) => peer.kill(),
            Self::Theirs(vrrpd) => vrrpd.kill(),
        }
    }

    fn stop(&mut self) -> Result<()> {
        match self {
            Self::Ours(peer) => {
                peer.signal(Signal::TERM)?;
                peer.wait_for_exit(SOON).map(drop)
            }
            Self::Theirs(vrrpd) => vrrpd.stop(SOON),
        }
    }
}
