//! Addresses, ports and numbers as ipvsadm takes and prints them.
//!
//! Names of services come from `/etc/services` alone, names of hosts from the resolver.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

use bellwether_core::kernel::ipvs::ServiceKey;
use bellwether_core::model::lvs::Protocol;
use bellwether_core::unit::Family;

use super::Usage;

/// An address, and the port if there was one.
pub(super) type HostPort = (IpAddr, Option<u16>);

/// Reads `host`, `host:port`, `[address]`, `[address]:port` or a bare IPv6 address.
pub(super) fn host_and_port(text: &str, protocol: Option<Protocol>) -> Option<HostPort> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(read_port(port, protocol)?),
            None if port.is_empty() => None,
            None => return None,
        };
        return Some((address.into(), port));
    }
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Some((address.into(), None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(read_port(port, protocol)?)),
        None => (text, None),
    };
    Some((resolve(host)?, port))
}

/// A host's address: IPv4 if it has one.
fn resolve(host: &str) -> Option<IpAddr> {
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some(address.into());
    }
    if host.is_empty() {
        return None;
    }
    let found: Vec<IpAddr> = (host, 0)
        .to_socket_addrs()
        .ok()?
        .map(|to| to.ip())
        .collect();
    let first_of = |family| found.iter().find(|address| Family::of(**address) == family);
    first_of(Family::V4).or(first_of(Family::V6)).copied()
}

fn read_port(text: &str, protocol: Option<Protocol>) -> Option<u16> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.parse().ok();
    }
    let protocol = protocol_name(protocol?);
    port_of(&services(), text, protocol)
}

/// A number of a range, or what is wrong with it.
pub(super) fn number(what: &str, text: &str, range: (u32, u32)) -> Result<u32, Usage> {
    let number = text.trim_start().parse::<u32>().ok();
    number
        .filter(|number| (range.0..=range.1).contains(number))
        .ok_or_else(|| {
            let (first, last) = range;
            Usage::wrong(format!(
                "illegal {what} `{text}': a number from {first} to {last} is needed"
            ))
        })
}

/// How addresses and ports are printed.
#[derive(Debug, Default)]
pub(super) struct Names {
    numeric: bool,
    services: OnceCell<String>,
    hosts: RefCell<BTreeMap<Ipv4Addr, String>>,
}

impl Names {
    /// As numbers, or as names where there are some.
    pub(super) fn new(numeric: bool) -> Self {
        Self {
            numeric,
            ..Self::default()
        }
    }

    /// `address:port`. IPv6 addresses stay numbers, as ipvsadm leaves them; so do ports that belong
    /// to no protocol.
    pub(super) fn show(&self, address: IpAddr, port: u16, protocol: Option<Protocol>) -> String {
        format!("{}:{}", self.host(address), self.port(port, protocol))
    }

    fn host(&self, address: IpAddr) -> String {
        match address {
            IpAddr::V6(address) => format!("[{address}]"),
            IpAddr::V4(address) if self.numeric => address.to_string(),
            IpAddr::V4(address) => self
                .hosts
                .borrow_mut()
                .entry(address)
                .or_insert_with(|| {
                    dns_lookup::lookup_addr(&address.into()).unwrap_or_else(|_| address.to_string())
                })
                .clone(),
        }
    }

    fn port(&self, port: u16, protocol: Option<Protocol>) -> String {
        let name = protocol.filter(|_| !self.numeric).and_then(|protocol| {
            let services = self.services.get_or_init(services);
            name_of(services, port, protocol_name(protocol))
        });
        name.unwrap_or_else(|| port.to_string())
    }
}

/// The protocol of a service's ports; a mark has none.
pub(super) const fn protocol_of(key: &ServiceKey) -> Option<Protocol> {
    match key {
        ServiceKey::Address { protocol, .. } => Some(*protocol),
        ServiceKey::Fwmark { .. } => None,
    }
}

const fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

fn services() -> String {
    fs::read_to_string("/etc/services").unwrap_or_default()
}

/// The lines of `/etc/services`: a name, its port and protocol, and other names.
fn entries(services: &str) -> impl Iterator<Item = (&str, u16, &str, Vec<&str>)> {
    services.lines().filter_map(|line| {
        let line = line.split('#').next()?;
        let mut words = line.split_whitespace();
        let name = words.next()?;
        let (port, protocol) = words.next()?.split_once('/')?;
        Some((name, port.parse().ok()?, protocol, words.collect()))
    })
}

fn name_of(services: &str, port: u16, protocol: &str) -> Option<String> {
    entries(services)
        .find(|entry| (entry.1, entry.2) == (port, protocol))
        .map(|entry| entry.0.to_owned())
}

fn port_of(services: &str, name: &str, protocol: &str) -> Option<u16> {
    entries(services)
        .find(|entry| entry.2 == protocol && (entry.0 == name || entry.3.contains(&name)))
        .map(|entry| entry.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_address_has_many_shapes() {
        let tcp = Some(Protocol::Tcp);
        let read = |text| host_and_port(text, tcp);
        let four: IpAddr = "192.0.2.1".parse().unwrap();
        let six: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(read("192.0.2.1"), Some((four, None)));
        assert_eq!(read("192.0.2.1:080"), Some((four, Some(80))));
        assert_eq!(read("[2001:db8::1]:80"), Some((six, Some(80))));
        assert_eq!(read("[2001:db8::1]"), Some((six, None)));
        assert_eq!(read("2001:db8::1"), Some((six, None)));
        for wrong in [
            "",
            ":80",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "192.0.2.1:-1",
            "192.0.2.1:0x50",
            "[2001:db8::1]:80x",
            "[2001:db8::1]80",
            "[192.0.2.1]:80",
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn ports_have_names_by_protocol() {
        let file = "# a comment\nhttp\t80/tcp\twww # WorldWideWeb\ndomain 53/udp\n\nbroken\n";
        assert_eq!(name_of(file, 80, "tcp"), Some("http".to_owned()));
        assert_eq!(name_of(file, 80, "udp"), None);
        assert_eq!(port_of(file, "www", "tcp"), Some(80));
        assert_eq!(port_of(file, "domain", "tcp"), None);
    }

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(number("weight", "010", (0, 20)), Ok(10));
        assert_eq!(number("weight", " +5", (0, 20)), Ok(5));
        for wrong in ["", "x", "-1", "21", "0x1", "99999999999"] {
            assert!(number("weight", wrong, (0, 20)).is_err(), "{wrong:?}");
        }
    }
}
