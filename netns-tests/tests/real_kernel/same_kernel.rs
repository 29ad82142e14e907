//! The same file makes the same addresses, routes and rules in a kernel, whether keepalived runs it
//! or Bellwether: `ip` judges.

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Conf, Host, Lab, Peer, Program, VIP, eventually};
use rustix::process::Signal;
use serde_json::Value;

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[(
    "same_kernel::keepalived_and_we_make_the_same_of_a_file",
    Share::Beside,
    the_same,
)];

// Not among them, because keepalived 2.2.7 reads but does not do it: `via A or B`, `via inet6`, and
// `peer`; and because it takes the gateway for the destination: `default inet6`.

/// A name, lines outside of any instance, and lines of the instance.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "plain routes",
        "",
        &[
            "virtual_routes {",
            "10.1.0.0/24 via 192.0.2.77 dev eth0",
            "10.1.1.0/24 dev eth0",
            "10.1.2.0/24 via 192.0.2.77",
            "src 192.0.2.1 10.1.3.0/24 via 192.0.2.77 dev eth0",
            "}",
        ],
    ),
    (
        "kinds",
        "",
        &[
            "virtual_routes {",
            "blackhole 10.2.0.0/24",
            "unreachable 10.2.1.0/24",
            "prohibit 10.2.2.0/24",
            "throw 10.2.3.0/24 table 100",
            "blackhole 2001:db8:2::/64",
            "unreachable 2001:db8:2:1::/64",
            "}",
        ],
    ),
    (
        "tables, metrics, scope and tos",
        "",
        &[
            "virtual_routes {",
            "10.3.0.0/24 via 192.0.2.77 dev eth0 table 100",
            "10.3.1.0/24 dev eth0 table 70000 metric 5",
            "10.3.2.0/24 dev eth0 scope link preference 12",
            "10.3.3.0/24 dev eth0 scope global",
            "10.3.4.0/24 via 192.0.2.77 dev eth0 tos 0x10",
            "default via 192.0.2.77 dev eth0 table 100",
            "}",
        ],
    ),
    (
        "path attributes",
        "",
        &[
            "virtual_routes {",
            "10.4.0.0/24 via 192.0.2.77 dev eth0 mtu 1400 hoplimit 9 advmss 1300 window 105",
            "10.4.1.0/24 via 192.0.2.77 dev eth0 rtt 100 rttvar 60 reordering 5 cwnd 10",
            "10.4.2.0/24 via 192.0.2.77 dev eth0 mtu lock 1300 ssthresh lock 107 rto_min 200",
            "10.4.3.0/24 via 192.0.2.77 dev eth0 initcwnd 10 initrwnd 11 quickack 1 features ecn",
            "10.4.4.0/24 via 192.0.2.77 dev eth0 rtt 20ms rttvar 2s congctl cubic",
            "}",
        ],
    ),
    (
        "several ways",
        "",
        &[
            "virtual_routes {",
            "10.5.0.0/24 nexthop via 192.0.2.77 dev eth0 weight 1 nexthop via 192.0.2.78 dev eth0 \
         weight 5",
            "10.5.1.0/24 nexthop via 198.51.100.9 dev eth0 onlink nexthop via 192.0.2.78 dev eth0",
            "2001:db8:5::/64 nexthop via fe80::77 dev eth0 nexthop via fe80::78 dev eth0 weight 3",
            "}",
        ],
    ),
    (
        "IPv6",
        "",
        &[
            "virtual_routes {",
            "2001:db8:6::/64 dev eth0",
            "2001:db8:6:1::/64 via fe80::77 dev eth0 metric 77",
            "2001:db8:6:2::/64 via fe80::77 dev eth0 table 100 mtu 1300 pref high",
            "2000::/3 via fe80::77 dev eth0 table 100",
            "}",
        ],
    ),
    (
        "tunnels",
        "",
        &[
            "virtual_routes {",
            "10.7.0.0/24 encap ip id 5 dst 192.0.2.9 ttl 7 dev eth0",
            "}",
        ],
    ),
    (
        "rules",
        "",
        &[
            "virtual_rules {",
            "from 192.0.2.0/24 table 100 priority 100",
            "to 10.0.0.0/8 table 70000 priority 101",
            "from 192.0.2.0/24 to 10.0.0.0/8 iif eth0 table 100 priority 102",
            "oif eth0 table 100 priority 103",
            "fwmark 5 table 100 priority 105",
            "fwmark 0x10/0xff tos 0x10 table 100 priority 106",
            "not from 192.0.2.0/24 table 100 priority 108",
            "from 192.0.2.1 blackhole priority 109",
            "from 192.0.2.1 prohibit priority 110",
            "from 192.0.2.1 unreachable priority 111",
            "from 192.0.2.0/24 goto 200 priority 113",
            "to 192.0.2.9 suppress_prefixlength 0 table 100 priority 114",
            "}",
        ],
    ),
    (
        "more rules",
        "",
        &[
            "virtual_rules {",
            "uidrange 1000-2000 table 100 priority 114",
            "ipproto udp sport 10-20 dport 53-54 table 100 priority 115",
            "from 2001:db8::/32 to 2001:db8:1::/64 table 100 priority 131",
            "from 2001:db8::1 unreachable priority 133",
            "}",
        ],
    ),
    (
        "rules without a priority",
        "static_rules {\n to 10.90.0.0/16 table 100\n}\n",
        &[
            "virtual_rules {",
            "from 10.91.0.0/16 table 100",
            "from 10.92.0.0/16 table 100",
            "from 2001:db8:9::/64 table 100",
            "}",
        ],
    ),
    (
        "what is static",
        "static_ipaddress {\n 10.50.0.1/24 brd + dev eth0\n 2001:db8:50::1/64 dev eth0\n}\n\
         static_routes {\n 10.51.0.0/24 via 10.50.0.9 dev eth0\n 2001:db8:51::/64 dev eth0\n}\n\
         static_rules {\n from 10.52.0.0/24 table 100 priority 300\n}\n",
        &[],
    ),
    (
        "options of addresses",
        "",
        &[
            "virtual_ipaddress_excluded {",
            "10.61.0.1/24 brd + dev eth0 noprefixroute label eth0:x",
            "10.62.0.1/24 dev eth0 scope link preferred_lft 0",
            "2001:db8:60::1 dev eth0",
            "2001:db8:60::2 dev eth0 preferred_lft forever",
            "2001:db8:61::1/64 dev eth0 noprefixroute",
            "2001:db8:62::1/64 dev eth0 home mngtmpaddr",
            "}",
        ],
    ),
];

fn the_same() -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    host.speak_ipv6()?;
    let mut differing = Vec::new();
    for (name, outside, lines) in CASES {
        let conf = lines
            .iter()
            .fold(Conf::v3(200), |conf, line| conf.line(line));
        let text = format!("{outside}{}", conf.text());
        let theirs = made_by(Program::Keepalived, host, &text)?;
        let ours = made_by(Program::Bellwether, host, &text)?;
        for (place, (their, our)) in theirs.iter().zip(&ours).enumerate() {
            let only_in = |one: &[Value], other: &[Value]| -> Vec<String> {
                let lacking = one.iter().filter(|entry| !other.contains(entry));
                lacking.map(Value::to_string).collect()
            };
            let (lost, more) = (only_in(their, our), only_in(our, their));
            if !lost.is_empty() || !more.is_empty() {
                let shown = format!(
                    "{name}, {}:\n  keepalived: {}\n  bellwether: {}",
                    ASKED[place],
                    lost.join("\n    "),
                    more.join("\n    ")
                );
                differing.push(shown);
            }
        }
    }
    ensure!(differing.is_empty(), "{}", differing.join("\n"));
    Ok(())
}

/// What is compared.
const ASKED: [&str; 5] = [
    "-j -d address show",
    "-j -d route show table all",
    "-6 -j -d route show table all",
    "-j -d rule show",
    "-6 -j -d rule show",
];

/// What a program makes of a file as a master, and that it takes all of it away again.
fn made_by(program: Program, host: &Host, text: &str) -> Result<[Vec<Value>; 5]> {
    let before = state(host)?;
    let mut peer = Peer::start_with(program, host, text)?;
    eventually(SOON, "it is master", || match host.has(VIP) {
        Ok(true) => Ok(()),
        Ok(false) => Err(peer.log()),
        Err(error) => Err(error.to_string()),
    })?;
    crate::support::rest();
    let made = state(host)?;
    peer.signal(Signal::TERM)?;
    peer.wait_for_exit(SOON)?;
    eventually(SOON, "nothing is left", || {
        let left = state(host).map_err(|error| error.to_string())?;
        if left == before {
            Ok(())
        } else {
            Err(format!("{program:?}: {left:?}\n{before:?}"))
        }
    })?;
    Ok(made)
}

fn state(host: &Host) -> Result<[Vec<Value>; 5]> {
    let mut all = ASKED.map(|_| Vec::new());
    for (place, arguments) in ASKED.iter().enumerate() {
        let listed: Vec<Value> = serde_json::from_str(&host.ip(arguments)?)?;
        let entries = listed
            .into_iter()
            .flat_map(|entry| match entry.get("addr_info") {
                Some(Value::Array(addresses)) => addresses.clone(),
                Some(_) | None => vec![entry],
            });
        all[place] = entries.map(without_marks).collect();
    }
    Ok(all)
}

/// Without the mark of who made an address, which keepalived does not leave, and what counts down.
fn without_marks(mut entry: Value) -> Value {
    if let Some(fields) = entry.as_object_mut() {
        fields.retain(|key, _| key != "expires" && key != "used");
        if fields.contains_key("local") {
            fields.remove("protocol");
        }
    }
    entry
}
