//! A site with a balanced service: a client, two directors and real servers on one segment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Result;
use bellwether_netns_tests::{Backend, Host, Lab, eventually, fetch, run};

/// The service's address.
pub(crate) const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);

/// A check each second, a retry, an election, and a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A client (host 0), two directors (1 and 2), and real servers (3 and up).
pub(crate) struct Site {
    // Dropped before the laboratory that they live in.
    backends: Vec<Backend>,
    pub(crate) lab: Lab,
}

impl Site {
    /// So many real servers at their hosts' addresses: 192.0.2.4 and up. Each serves its name:
    /// `web1` and up.
    pub(crate) fn new(servers: u8) -> Result<Self> {
        let lab = Lab::switched(3 + servers)?;
        let mut site = Self {
            backends: Vec::new(),
            lab,
        };
        for number in 1..=servers {
            let host = site.server(usize::from(number)).namespace();
            let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 80));
            let backend = Backend::start(host, everywhere, &format!("web{number}"))?;
            site.backends.push(backend);
        }
        Ok(site)
    }

    pub(crate) fn client(&self) -> &Host {
        self.lab.host(0)
    }

    /// 1 or 2.
    pub(crate) fn director(&self, number: usize) -> &Host {
        self.lab.host(number)
    }

    /// 1 and up.
    pub(crate) fn server(&self, number: usize) -> &Host {
        self.lab.host(2 + number)
    }

    /// 1 and up.
    pub(crate) fn backend(&mut self, number: usize) -> &mut Backend {
        &mut self.backends[number - 1]
    }

    /// Has a real server answer for the service's address without saying where it is, as direct
    /// routing and tunnels need it.
    pub(crate) fn serve_vip(&self, number: usize) -> Result<()> {
        let host = self.server(number);
        for setting in [
            "net.ipv4.conf.all.arp_ignore=1",
            "net.ipv4.conf.all.arp_announce=2",
            "net.ipv4.conf.all.rp_filter=0",
            "net.ipv4.conf.eth0.rp_filter=0",
        ] {
            set(host, setting)?;
        }
        host.ip(&format!("address add {VIP}/32 dev lo")).map(drop)
    }

    /// The page that the client gets from the service.
    pub(crate) fn fetch(&self) -> Result<String> {
        fetch(self.client().namespace(), IpAddr::V4(VIP), 80)
    }

    /// Waits until exactly these servers answer, in some order, in as many requests in a row.
    pub(crate) fn wait_for(&self, names: &[&str]) -> Result<()> {
        eventually(SOON, &format!("{names:?} answer"), || {
            let mut pages = Vec::new();
            for _ in names {
                pages.push(self.fetch().map_err(|error| format!("{error:#}"))?);
            }
            pages.sort();
            if pages == names {
                Ok(())
            } else {
                Err(format!("{pages:?}"))
            }
        })
    }

    /// A director's table, as `ipvsadm -Sn` prints it, sorted.
    pub(crate) fn table(&self, number: usize) -> Result<Vec<String>> {
        let namespace = self.director(number).namespace();
        let text = run("ip", &["netns", "exec", namespace, "ipvsadm", "-Sn"])?;
        let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        lines.sort();
        Ok(lines)
    }

    /// Waits until a director's table is this.
    pub(crate) fn wait_for_table(&self, number: usize, lines: &[&str]) -> Result<()> {
        let what = format!("director {number} has {lines:?}");
        eventually(SOON, &what, || match self.table(number) {
            Ok(table) if table == lines => Ok(()),
            Ok(table) => Err(format!("{table:?}")),
            Err(error) => Err(format!("{error:#}")),
        })
    }
}

/// Sets a kernel parameter of a host.
pub(crate) fn set(host: &Host, setting: &str) -> Result<()> {
    let words = ["netns", "exec", host.namespace(), "sysctl", "-qw", setting];
    run("ip", &words).map(drop)
}
