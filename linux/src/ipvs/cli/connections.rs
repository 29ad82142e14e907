//! The connection table, from `/proc/net/ip_vs_conn` to what ipvsadm prints.
//!
//! The kernel has no other door to it. Its addresses are hexadecimal.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_core::model::lvs::Protocol;

use super::address::Names;

/// Where the table is, for the process's own network namespace.
pub(super) const FILE: &str = "/proc/net/ip_vs_conn";

/// The table as ipvsadm prints it, in the kernel's order; with what persistence engines know, if
/// asked for. A line that can't be read is left out.
pub(super) fn print(table: &str, engines: bool, names: &Names) -> String {
    let mut text = String::from("IPVS connection entries\n");
    text.push_str("pro expire state       source             virtual            destination");
    if engines {
        text.push_str("        pe name          pe_data");
    }
    text.push('\n');
    for line in table.lines().skip(1) {
        if let Some(connection) = Connection::read(line) {
            text.push_str(&connection.print(engines, names));
            text.push('\n');
        }
    }
    text
}

struct Connection<'a> {
    protocol: &'a str,
    ends: [(IpAddr, u16); 3],
    state: &'a str,
    /// Seconds until it is forgotten.
    expires: u64,
    /// Name and data of the persistence engine.
    engine: Option<(&'a str, &'a str)>,
}

impl<'a> Connection<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let protocol = words.next()?;
        let mut end = || {
            let address = address(words.next()?)?;
            let port = u16::from_str_radix(words.next()?, 16).ok()?;
            Some((address, port))
        };
        let ends = [end()?, end()?, end()?];
        Some(Self {
            protocol,
            ends,
            state: words.next()?,
            expires: words.next()?.parse().ok()?,
            engine: words
                .next()
                .map(|name| (name, words.next().unwrap_or_default())),
        })
    }

    fn print(&self, engines: bool, names: &Names) -> String {
        let protocol = match self.protocol {
            "TCP" => Some(Protocol::Tcp),
            "UDP" => Some(Protocol::Udp),
            "SCTP" => Some(Protocol::Sctp),
            _ => None,
        };
        let [source, virtual_, destination] = self
            .ends
            .map(|(address, port)| names.show(address, port, protocol));
        let (minutes, seconds) = (self.expires / 60, self.expires % 60);
        let line = format!(
            "{:<3} {minutes:02}:{seconds:02}  {:<11} {source:<18} {virtual_:<18} {destination}",
            self.protocol, self.state
        );
        match self.engine.filter(|_| engines) {
            // The destination is padded only where something follows it.
            Some((name, data)) => {
                let padding = 18_usize.saturating_sub(destination.len());
                format!("{line}{:padding$} {name:<16} {data}", "")
            }
            None => line,
        }
    }
}

/// Eight hexadecimal digits, or an IPv6 address in full.
fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let bits = u32::from_str_radix(text, 16).ok()?;
    Some(Ipv4Addr::from_bits(bits).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel 6.1 and ipvsadm 1.31 printed the same connections.
    #[test]
    fn connections_are_printed_as_ipvsadm_does() {
        let table = "\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0000201 0000 C0000201 0050 7F000001 1F90 ASSURED          49
TCP C0000201 ACAA C0000201 0050 7F000001 1F90 ESTABLISHED     899
TCP 2001:0db8:0000:0000:0000:0000:0000:0010 B448 2001:0db8:0000:0000:0000:0000:0000:0010 0050 \
0000:0000:0000:0000:0000:0000:0000:0001 1F90 ESTABLISHED     899
UDP C0000201 8E06 C0000201 0035 7F000001 14E9 UDP             299
garbage
";
        let expected = "\
IPVS connection entries
pro expire state       source             virtual            destination
TCP 00:49  ASSURED     192.0.2.1:0        192.0.2.1:80       127.0.0.1:8080
TCP 14:59  ESTABLISHED 192.0.2.1:44202    192.0.2.1:80       127.0.0.1:8080
TCP 14:59  ESTABLISHED [2001:db8::10]:46152 [2001:db8::10]:80  [::1]:8080
UDP 04:59  UDP         192.0.2.1:36358    192.0.2.1:53       127.0.0.1:5353
";
        assert_eq!(print(table, false, &Names::new(true)), expected);
    }
}
