//! IPv6 on the wire and in the kernel: announcements, duplicate address detection, both families of
//! one instance, and the tie-break by link-local address; beside keepalived.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Capture, Host, Lab, Peer, Program, VIP, eventually, throughout};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "ipv6::both_families_are_announced",
        Share::Beside,
        both_families_are_announced,
    ),
    (
        "ipv6::a_tentative_address_is_waited_for",
        Share::Beside,
        a_tentative_address_is_waited_for,
    ),
    (
        "ipv6::the_greater_link_local_address_wins",
        Share::Beside,
        the_greater_link_local_address_wins,
    ),
];

const LOCAL: &str = "fe80::100";
const GLOBAL: &str = "fd00::100";

fn file(priority: u8) -> String {
    format!(
        "vrrp_instance VI_6 {{\n interface eth0\n virtual_router_id 51\n priority {priority}\n \
         advert_int 0.1\n garp_master_delay 0\n virtual_ipaddress {{\n  {LOCAL}/64\n  \
         {GLOBAL}/64\n }}\n virtual_ipaddress_excluded {{\n  {VIP}\n }}\n}}\n"
    )
}

/// Sets what a kernel does about IPv6 on the interface of a host.
fn set(host: &Host, settings: &[&str]) -> Result<()> {
    for setting in settings {
        host.sysctl(&format!("net.ipv6.conf.eth0.{setting}"))?;
    }
    Ok(())
}

/// Gives a host this link-local address and no other, at once.
fn only(host: &Host, local: &str) -> Result<()> {
    host.ip("link set eth0 addrgenmode none")?;
    set(host, &["disable_ipv6=0"])?;
    host.ip("-6 addr flush dev eth0")?;
    host.ip(&format!("addr add {local}/64 dev eth0 nodad"))
        .map(drop)
}

/// RFC 9568 6.4.1 and RFC 4861 4.4: to all nodes, override, not solicited, with the MAC that the
/// address is at; keepalived's are the same. The kernel detects duplicates for nobody's addresses.
fn both_families_are_announced() -> Result<()> {
    let mut seen = Vec::new();
    for program in [Keepalived, Bellwether] {
        let lab = Lab::pair()?;
        only(lab.host(0), "fe80::a1")?;
        only(lab.host(1), "fe80::a2")?;
        set(lab.host(0), &["accept_dad=1", "dad_transmits=1"])?;
        let capture = Capture::start_filtered(lab.host(1), "arp or (icmp6 and ip6[40] == 136)")?;
        let _peer = Peer::start_with(program, lab.host(0), &file(100))?;
        for address in [LOCAL, GLOBAL, VIP] {
            lab.wait_for_owners(address, &[0], SOON)?;
        }
        let text = lab.host(0).ip("-6 addr show dev eth0")?;
        ensure!(!text.contains("tentative"), "{program:?}: {text}");
        std::thread::sleep(Duration::from_millis(300));
        let packets = capture.columns([
            "icmpv6.nd.na.target_address",
            "ipv6.dst",
            "ipv6.hlim",
            "icmpv6.nd.na.flag.s",
            "icmpv6.nd.na.flag.o",
            "icmpv6.nd.na.flag.r",
            "arp.src.proto_ipv4",
            "icmpv6.opt.linkaddr",
            "eth.src",
        ])?;
        let of = |address: &str| {
            let own = packets
                .iter()
                .filter(|row| row[0] == address || row[6] == address);
            own.cloned().collect::<Vec<_>>()
        };
        for address in [LOCAL, GLOBAL] {
            let own = of(address);
            ensure!(own.len() == 5, "{program:?}, {address}: {packets:?}");
            for row in &own {
                ensure!(row[7] == row[8], "{program:?}: {row:?}");
            }
        }
        ensure!(of(VIP).len() == 5, "{program:?}: {packets:?}");
        let facts = |row: &[String; 9]| row[..7].to_vec();
        seen.push([LOCAL, GLOBAL, VIP].map(|address| facts(&of(address)[0])));
    }
    ensure!(seen[0] == seen[1], "{seen:#?}");
    ensure!(
        seen[1][0][1] == "ff02::1" && seen[1][0][2] == "255",
        "{seen:#?}"
    );
    Ok(())
}

/// An address of which the kernel does not know yet whether somebody else has it can't be spoken
/// from: the router starts once it can.
fn a_tentative_address_is_waited_for() -> Result<()> {
    let lab = Lab::pair()?;
    let host = lab.host(0);
    host.ip("link set eth0 addrgenmode none")?;
    set(host, &["accept_dad=1", "dad_transmits=8", "disable_ipv6=0"])?;
    host.ip("-6 addr flush dev eth0")?;
    host.ip("addr add fe80::a1/64 dev eth0")?;
    let text = host.ip("-6 addr show dev eth0")?;
    ensure!(text.contains("tentative"), "{text}");
    let peer = Peer::start_with(Bellwether, host, &file(100))?;
    let settled = || match host.ip("-6 addr show dev eth0") {
        Ok(text) if !text.contains("tentative") => Ok(()),
        Ok(_) if peer.log().contains("MASTER") => Ok(()),
        Ok(text) => Err(text),
        Err(error) => Err(error.to_string()),
    };
    eventually(Duration::from_secs(20), "the kernel is sure", settled)?;
    lab.wait_for_owners(GLOBAL, &[0], SOON)?;
    let text = host.ip("-6 addr show dev eth0")?;
    ensure!(
        !text.contains("tentative"),
        "master before it could speak: {text}"
    );
    Ok(())
}

/// RFC 9568 6.4.3: of equal priorities; addresses compare in network order.
fn the_greater_link_local_address_wins() -> Result<()> {
    let pairs: [[Program; 2]; 3] = [
        [Bellwether, Bellwether],
        [Bellwether, Keepalived],
        [Keepalived, Bellwether],
    ];
    for programs in pairs {
        let lab = Lab::pair()?;
        // As signed bytes the second would be the lesser.
        only(lab.host(0), "fe80::7f")?;
        only(lab.host(1), "fe80::80")?;
        let _first = Peer::start_with(programs[0], lab.host(0), &file(100))?;
        lab.wait_for_owners(GLOBAL, &[0], SOON)?;
        for place in 0..2 {
            lab.host(place).drop_incoming("ip6 nexthdr 112")?;
        }
        let _second = Peer::start_with(programs[1], lab.host(1), &file(100))?;
        lab.wait_for_owners(GLOBAL, &[0, 1], SOON)?;
        for place in 0..2 {
            lab.host(place).hear_all()?;
        }
        lab.wait_for_owners(GLOBAL, &[1], SOON)?;
        let stays = || match lab.owners(GLOBAL) {
            Ok(owners) if owners == [1] => Ok(()),
            Ok(owners) => Err(format!("{owners:?}")),
            Err(error) => Err(error.to_string()),
        };
        throughout(Duration::from_millis(800), "the second stays", stays)?;
    }
    Ok(())
}
