//! Whole files as tutorials have them, run as an operator runs them: a real server is stopped,
//! removed, started and added; all go down; the director fails over with its table.

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Peer, Program};

use crate::Test;
use crate::site::Site;

pub(crate) const TESTS: &[Test] = &[
    (
        "whole::direct_routing_with_pages_and_a_sorry_server",
        direct_routing,
    ),
    ("whole::masquerading_with_tcp_checks", masquerading),
];

const DR: &str = include_str!("fixtures/dr-http-sorry.conf");
const NAT: &str = include_str!("fixtures/nat-tcp.conf");

/// A director's configuration: the first is master.
fn of(text: &str, number: usize) -> String {
    match number {
        1 => text
            .replace("{state}", "MASTER")
            .replace("{priority}", "100"),
        _ => text
            .replace("{state}", "BACKUP")
            .replace("{priority}", "90"),
    }
}

fn start(site: &Site, text: &str, number: usize) -> Result<Peer> {
    let host = site.director(number);
    Peer::start_whole(Program::Bellwether, host, &of(text, number), &[])
}

fn direct_routing() -> Result<()> {
    let mut site = Site::new(3)?;
    for number in 1..=3 {
        site.serve_vip(number)?;
    }
    // The third is no real server: it says sorry.
    let mut first = start(&site, DR, 1)?;
    let second = start(&site, DR, 2)?;
    let service = "-A -t 192.0.2.100:80 -s rr";
    let row = |last: u8| format!("-a -t 192.0.2.100:80 -r 192.0.2.{last}:80 -g -w 1");
    let (web1, web2, sorry) = (row(4), row(5), row(6));
    site.wait_for(&["web1", "web2"])?;
    for director in 1..=2 {
        site.wait_for_table(director, &[service, &web1, &web2])?;
    }

    site.backend(1).down()?;
    site.wait_for_table(1, &[service, &web2])?;
    site.wait_for(&["web2", "web2"])?;

    site.backend(2).down()?;
    site.wait_for_table(1, &[service, &sorry])?;
    site.wait_for(&["web3"])?;

    site.backend(1).up()?;
    site.wait_for_table(1, &[service, &web1])?;
    site.wait_for(&["web1"])?;
    site.backend(2).up()?;
    site.wait_for(&["web1", "web2"])?;
    let said = first.ask("status")?;
    let said = String::from_utf8(said.stdout)?;
    ensure!(
        said.contains("[192.0.2.100]:tcp:80: quorum since"),
        "{said}"
    );

    first.kill()?;
    // Its kernel goes on with its address and its table until the other one has announced itself.
    second.wait_for_log("BACKUP -> MASTER", 1, crate::site::SOON)?;
    site.wait_for(&["web1", "web2"])?;
    site.wait_for_table(2, &[service, &web1, &web2])?;
    // What the killed one left is found again, and is no obstacle.
    let first = start(&site, DR, 1)?;
    site.wait_for_table(1, &[service, &web1, &web2])?;
    site.wait_for(&["web1", "web2"])?;
    ensure!(!first.log().contains("ERROR"), "{}", first.log());
    Ok(())
}

/// The director is the real servers' way back to the client.
fn masquerading() -> Result<()> {
    let mut site = Site::new(3)?;
    for number in 1..=3 {
        let host = site.server(number);
        host.ip("route add 192.0.2.1/32 via 192.0.2.101")?;
        crate::site::set(host, "net.ipv4.conf.all.accept_redirects=0")?;
        crate::site::set(host, "net.ipv4.conf.eth0.accept_redirects=0")?;
    }
    for number in 1..=2 {
        let host = site.director(number);
        crate::site::set(host, "net.ipv4.ip_forward=1")?;
        crate::site::set(host, "net.ipv4.conf.all.send_redirects=0")?;
        crate::site::set(host, "net.ipv4.conf.eth0.send_redirects=0")?;
    }
    let without_third = NAT.split("# third").next().unwrap_or_default().to_owned() + "}\n";
    let mut first = start(&site, NAT, 1)?;
    let second = start(&site, NAT, 2)?;
    site.wait_for(&["web1", "web2", "web3"])?;
    site.backend(2).down()?;
    site.wait_for(&["web1", "web3"])?;
    first.reload(&of(&without_third, 1))?;
    second.reload(&of(&without_third, 2))?;
    site.wait_for(&["web1"])?;
    site.backend(2).up()?;
    site.wait_for(&["web1", "web2"])?;
    first.reload(&of(NAT, 1))?;
    second.reload(&of(NAT, 2))?;
    site.wait_for(&["web1", "web2", "web3"])?;
    first.signal(bellwether_netns_tests::Signal::TERM)?;
    first.wait_for_exit(crate::site::SOON)?;
    ensure!(site.table(1)?.is_empty(), "{:?}", site.table(1)?);
    site.wait_for(&["web1", "web2", "web3"])
}
