//! One Bellwether and one keepalived over every way that adverts travel, each as master and as
//! backup: one master, a takeover after SIGKILL, the role taken back, a handover by priority 0.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Lab, Peer, Program, Signal, VIP, throughout};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "interop::ours_leads_v2_without_password",
        Share::Beside,
        || cell(OURS_FIRST, &V2_PLAIN),
    ),
    (
        "interop::theirs_leads_v2_without_password",
        Share::Beside,
        || cell(THEIRS_FIRST, &V2_PLAIN),
    ),
    ("interop::ours_leads_v2_pass_unicast", Share::Beside, || {
        cell(OURS_FIRST, &V2_UNICAST)
    }),
    (
        "interop::theirs_leads_v2_pass_unicast",
        Share::Beside,
        || cell(THEIRS_FIRST, &V2_UNICAST),
    ),
    ("interop::ours_leads_v3_unicast", Share::Beside, || {
        cell(OURS_FIRST, &V3_UNICAST)
    }),
    ("interop::theirs_leads_v3_unicast", Share::Beside, || {
        cell(THEIRS_FIRST, &V3_UNICAST)
    }),
    ("interop::ours_leads_v3_over_ipv6", Share::Beside, || {
        cell(OURS_FIRST, &V3_SIX)
    }),
    ("interop::theirs_leads_v3_over_ipv6", Share::Beside, || {
        cell(THEIRS_FIRST, &V3_SIX)
    }),
    (
        "interop::ours_leads_v3_over_ipv6_unicast",
        Share::Beside,
        || cell(OURS_FIRST, &V3_SIX_UNICAST),
    ),
    (
        "interop::theirs_leads_v3_over_ipv6_unicast",
        Share::Beside,
        || cell(THEIRS_FIRST, &V3_SIX_UNICAST),
    ),
];

const OURS_FIRST: [Program; 2] = [Bellwether, Keepalived];
const THEIRS_FIRST: [Program; 2] = [Keepalived, Bellwether];

/// One way of travelling.
struct Way {
    version: u8,
    /// Seconds, as the file says it.
    interval: &'static str,
    password: bool,
    /// The hosts' own addresses, where adverts go from one to the other.
    unicast: Option<[&'static str; 2]>,
    /// The virtual address that is looked for, and all of them as the file lists them.
    vip: &'static str,
    addresses: &'static [&'static str],
}

const V2_PLAIN: Way = Way {
    version: 2,
    interval: "1",
    password: false,
    unicast: None,
    vip: VIP,
    addresses: &[VIP],
};

const V2_UNICAST: Way = Way {
    password: true,
    unicast: Some(["192.0.2.1", "192.0.2.2"]),
    ..V2_PLAIN
};

const V3_UNICAST: Way = Way {
    version: 3,
    interval: "0.1",
    password: false,
    ..V2_UNICAST
};

const V3_SIX: Way = Way {
    version: 3,
    interval: "0.1",
    vip: SIX,
    addresses: &["fe80::100", SIX],
    ..V2_PLAIN
};

const V3_SIX_UNICAST: Way = Way {
    unicast: Some(["fd00::1", "fd00::2"]),
    ..V3_SIX
};

const SIX: &str = "fd00::100";

impl Way {
    fn file(&self, place: usize, priority: u8) -> String {
        let Self {
            version, interval, ..
        } = self;
        let mut lines = vec![
            "state BACKUP".to_owned(),
            "interface eth0".to_owned(),
            "virtual_router_id 51".to_owned(),
            format!("priority {priority}"),
            format!("advert_int {interval}"),
        ];
        if self.password {
            lines.push("authentication {\n auth_type PASS\n auth_pass bellwthr\n }".to_owned());
        }
        if let Some(own) = self.unicast {
            lines.push(format!("unicast_src_ip {}", own[place]));
            lines.push(format!("unicast_peer {{\n {}\n }}", own[1 - place]));
        }
        let addresses = self.addresses.join("\n  ");
        lines.push(format!("virtual_ipaddress {{\n  {addresses}\n }}"));
        format!(
            "global_defs {{\n vrrp_version {version}\n}}\n\nvrrp_instance VI_1 {{\n {}\n}}\n",
            lines.join("\n ")
        )
    }
}

fn cell(programs: [Program; 2], way: &Way) -> Result<()> {
    let lab = Lab::pair()?;
    for (place, own) in ["fd00::1", "fd00::2"].into_iter().enumerate() {
        lab.host(place).speak_ipv6()?;
        lab.host(place)
            .ip(&format!("address add {own}/64 dev eth0 nodad"))?;
    }
    let files = [way.file(0, 200), way.file(1, 100)];
    let mut first = Peer::start_with(programs[0], lab.host(0), &files[0])?;
    let wait = |owners: &[usize], what: &str, first: &Peer, second: Option<&Peer>| {
        lab.wait_for_owners(way.vip, owners, SOON).map_err(|error| {
            let second = second.map(Peer::log).unwrap_or_default();
            error.context(format!("{what}\nfirst:\n{}second:\n{second}", first.log()))
        })
    };
    wait(&[0], "the first leads alone", &first, None)?;
    let second = Peer::start_with(programs[1], lab.host(1), &files[1])?;
    second.wait_for_log("BACKUP", 1, SOON)?;
    let what = "the second listens";
    throughout(Duration::from_secs(4), what, || match lab.owners(way.vip) {
        Ok(owners) if owners == [0] => Ok(()),
        Ok(owners) => Err(format!("owners: {owners:?}\n{}", second.log())),
        Err(error) => Err(error.to_string()),
    })?;

    first.kill()?;
    wait(
        &[0, 1],
        "the second takes over from a killed one",
        &first,
        Some(&second),
    )?;
    first = Peer::start_with(programs[0], lab.host(0), &files[0])?;
    wait(&[0], "the first takes its role back", &first, Some(&second))?;
    second.wait_for_log("BACKUP", 2, SOON)?;

    let told = Instant::now();
    first.signal(Signal::TERM)?;
    wait(&[1], "the second hears priority 0", &first, Some(&second))?;
    let interval: f64 = way.interval.parse()?;
    let silence = Duration::from_secs_f64(interval * 3.0);
    let took = told.elapsed();
    ensure!(
        took < silence,
        "a handover took {took:?}, as long as silence"
    );
    first.wait_for_exit(SOON)?;
    Ok(())
}
