//! Packets of clients, by each way that a kernel can send them to a real server.

use anyhow::Result;
use bellwether_netns_tests::{Peer, Program};

use crate::Test;
use crate::site::{Site, VIP, set};

pub(crate) const TESTS: &[Test] = &[
    ("traffic::direct_routing", direct),
    ("traffic::masquerading", masqueraded),
    ("traffic::tunnels", tunnelled),
];

/// One director that has the address itself; two real servers that are reached like this.
fn through(site: &Site, kind: &str) -> Result<Peer> {
    let servers: String = (4..=5)
        .map(|last| {
            format!(
                "real_server 192.0.2.{last} 80 {{\n TCP_CHECK {{\n connect_timeout 2\n }}\n}}\n"
            )
        })
        .collect();
    let text = format!(
        "virtual_server {VIP} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind {kind}\n \
         protocol TCP\n {servers}\n}}\n"
    );
    let director = site.director(1);
    director.ip(&format!("address add {VIP}/32 dev eth0"))?;
    Peer::start_whole(Program::Bellwether, director, &text, &[])
}

fn direct() -> Result<()> {
    let site = Site::new(2)?;
    site.serve_vip(1)?;
    site.serve_vip(2)?;
    let _director = through(&site, "DR")?;
    site.wait_for(&["web1", "web2"])
}

fn masqueraded() -> Result<()> {
    let site = Site::new(2)?;
    let director = site.director(1);
    set(director, "net.ipv4.ip_forward=1")?;
    for setting in ["all", "eth0"] {
        let setting = format!("net.ipv4.conf.{setting}.send_redirects=0");
        set(director, &setting)?;
    }
    for number in 1..=2 {
        let way_back = format!("route add 192.0.2.1/32 via {}", director.address());
        site.server(number).ip(&way_back)?;
    }
    let _director = through(&site, "NAT")?;
    site.wait_for(&["web1", "web2"])
}

fn tunnelled() -> Result<()> {
    let site = Site::new(2)?;
    for number in 1..=2 {
        site.serve_vip(number)?;
        let host = site.server(number);
        let own = host.address().to_owned();
        host.ip(&format!("link add tun1 type ipip local {own}"))?;
        host.ip("link set tun1 up")?;
        set(host, "net.ipv4.conf.tun1.rp_filter=0")?;
    }
    let _director = through(&site, "TUN")?;
    site.wait_for(&["web1", "web2"])
}
