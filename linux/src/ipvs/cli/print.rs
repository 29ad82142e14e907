//! Tables, counters, daemons and connections as ipvsadm prints them, to the byte.
//!
//! What ipvsadm can't say is said all the same: flags of a scheduler that have no name of their
//! own, thresholds in a saved table, and marks from 2,147,483,648 up.

use core::fmt::Write as _;

use bellwether_core::kernel::ipvs::{
    Daemon, DestinationKey, Method, Persistence, Role, Service, ServiceKey, Timeouts,
};
use bellwether_core::kernel::ipvs::{FLAG_FALLBACK, FLAG_PORT, Netmask};
use bellwether_core::model::lvs::{Protocol, Tunnel, TunnelChecksum};
use bellwether_core::unit::Family;

use super::address::{Names, protocol_of};
use super::parse::Columns;
use crate::ipvs::{DestinationReport, Info, ServiceReport, Stats};

/// A service and its destinations, in the order in which they are to be printed.
pub(super) type Row = (ServiceReport, Vec<DestinationReport>);

/// Collects what is printed; writing to a `String` can't fail.
macro_rules! put {
    ($to:expr, $($format:tt)*) => {
        let _always_ok = writeln!($to, $($format)*);
    };
}

/// The version line, which a list of one service does without.
pub(super) fn version(info: Info) -> String {
    let (major, minor, patch) = info.version;
    format!(
        "IP Virtual Server version {major}.{minor}.{patch} (size={})\n",
        info.connection_table
    )
}

/// A table under its heading.
pub(super) fn table(rows: &[Row], columns: Columns, exact: bool, names: &Names) -> String {
    let mut text = heading(columns);
    for (report, destinations) in rows {
        service_line(&mut text, report, columns, exact, names);
        let protocol = protocol_of(&report.service.key);
        for destination in destinations {
            let key = destination.destination.key;
            let address = names.show(key.address, key.port, protocol);
            destination_line(&mut text, &address, destination, columns, exact);
        }
    }
    text
}

fn heading(columns: Columns) -> String {
    const SERVER: &str = "  -> RemoteAddress:Port";
    let plain = "Prot LocalAddress:Port Scheduler Flags\n";
    let wide = |rest: &str| format!("{:<33}{rest}\n{SERVER}\n", "Prot LocalAddress:Port");
    match columns {
        Columns::Plain => {
            format!("{plain}{SERVER}           Forward Weight ActiveConn InActConn\n")
        }
        Columns::Tunnels => {
            format!("{plain}{SERVER}           Forward TunnelInfo    Weight ActiveConn InActConn\n")
        }
        Columns::Stats => wide("    Conns   InPkts  OutPkts  InBytes OutBytes"),
        Columns::Rates => wide("      CPS    InPPS   OutPPS    InBPS   OutBPS"),
        Columns::Thresholds => wide(" Uthreshold Lthreshold ActiveConn InActConn "),
        Columns::Persistent => wide(" Weight    PersistConn ActiveConn InActConn "),
    }
}

fn service_line(
    text: &mut String,
    report: &ServiceReport,
    columns: Columns,
    exact: bool,
    names: &Names,
) {
    let service = &report.service;
    let name = service_name(&service.key, names);
    match columns {
        Columns::Stats => {
            put!(text, "{name:<33}{}", counters(&report.stats, exact));
        }
        Columns::Rates => {
            put!(text, "{name:<33}{}", rates(&report.stats, exact, true));
        }
        Columns::Plain | Columns::Tunnels | Columns::Thresholds | Columns::Persistent => {
            put!(text, "{name} {}{}", service.scheduler, properties(service));
        }
    }
}

fn service_name(key: &ServiceKey, names: &Names) -> String {
    match key {
        ServiceKey::Address {
            protocol,
            address,
            port,
        } => {
            let kind = match protocol {
                Protocol::Tcp => "TCP",
                Protocol::Udp => "UDP",
                Protocol::Sctp => "SCTP",
            };
            format!("{kind:<4} {}", names.show(*address, *port, Some(*protocol)))
        }
        ServiceKey::Fwmark {
            family: Family::V4,
            mark,
        } => format!("FWM  {mark}"),
        ServiceKey::Fwmark {
            family: Family::V6,
            mark,
        } => format!("FWM  {mark} IPv6"),
    }
}

/// What follows the scheduler's name.
fn properties(service: &Service) -> String {
    let mut text = String::new();
    let flags = flag_names(service);
    if !flags.is_empty() {
        text.push_str(&format!(" ({flags})"));
    }
    if let Some(Persistence { timeout, mask }) = service.persistence {
        text.push_str(&format!(" persistent {timeout}"));
        if !mask.is_host() {
            text.push_str(&format!(" mask {}", mask_text(mask)));
        }
    }
    if let Some(engine) = &service.engine {
        text.push_str(&format!(" pe {engine}"));
    }
    if service.one_packet {
        text.push_str(" ops");
    }
    text
}

fn mask_text(mask: Netmask) -> String {
    match mask {
        Netmask::V4(mask) => mask.to_string(),
        Netmask::V6(length) => length.to_string(),
    }
}

/// The flags of a scheduler by their names, with commas.
fn flag_names(service: &Service) -> String {
    let names = match service.scheduler.as_str() {
        "sh" => ["sh-fallback", "sh-port"],
        "mh" => ["mh-fallback", "mh-port"],
        _ => ["flag-1", "flag-2"],
    };
    let bits = [
        (FLAG_FALLBACK, names[0]),
        (FLAG_PORT, names[1]),
        (4, "flag-3"),
    ];
    let set = bits
        .into_iter()
        .filter(|(bit, _)| service.scheduler_flags & bit != 0);
    set.map(|(_, name)| name).collect::<Vec<_>>().join(",")
}

fn destination_line(
    text: &mut String,
    address: &str,
    report: &DestinationReport,
    columns: Columns,
    exact: bool,
) {
    let DestinationReport {
        destination,
        active,
        inactive,
        persistent,
        stats,
    } = report;
    let weight = destination.weight;
    let method = method_name(destination.method);
    let connections = format!("{active:<10} {inactive:<10}");
    match columns {
        Columns::Plain => {
            put!(
                text,
                "  -> {address:<28} {method:<7} {weight:<6} {connections}"
            );
        }
        Columns::Tunnels => {
            let tunnel = tunnel_info(destination.method);
            put!(
                text,
                "  -> {address:<28} {method:<7} {tunnel:<13} {weight:<6} {connections}"
            );
        }
        Columns::Thresholds => {
            let (upper, lower) = (destination.uthreshold, destination.lthreshold);
            put!(
                text,
                "  -> {address:<28} {upper:<10} {lower:<10} {connections}"
            );
        }
        Columns::Persistent => {
            put!(
                text,
                "  -> {address:<28} {weight:<9} {persistent:<11} {connections}"
            );
        }
        Columns::Stats => {
            put!(text, "  -> {address:<28}{}", counters(stats, exact));
        }
        Columns::Rates => {
            put!(text, "  -> {address:<28}{}", rates(stats, exact, false));
        }
    }
}

const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Masquerade => "Masq",
        Method::Local => "Local",
        Method::Tunnel(_) => "Tunnel",
        Method::Direct => "Route",
        Method::Bypass => "Bypass",
    }
}

fn tunnel_info(method: Method) -> String {
    let Method::Tunnel(tunnel) = method else {
        return "n/a".to_owned();
    };
    let checksum = |checksum| match checksum {
        TunnelChecksum::None => "-c",
        TunnelChecksum::Full => "+c",
        TunnelChecksum::Remote => "r+c",
    };
    match tunnel {
        Tunnel::IpIp => "ipip".to_owned(),
        Tunnel::Gue {
            port,
            checksum: kind,
        } => format!("gue:{port}:{}", checksum(kind)),
        Tunnel::Gre { checksum: kind } => format!("gre:{}", checksum(kind)),
    }
}

fn counters(stats: &Stats, exact: bool) -> String {
    [
        stats.connections,
        stats.in_packets,
        stats.out_packets,
        stats.in_bytes,
        stats.out_bytes,
    ]
    .map(|number| large(number, exact))
    .concat()
}

/// ipvsadm scales a destination's rates of bytes only.
fn rates(stats: &Stats, exact: bool, is_service: bool) -> String {
    let few = [
        stats.connection_rate,
        stats.in_packet_rate,
        stats.out_packet_rate,
    ];
    let many = [stats.in_byte_rate, stats.out_byte_rate];
    let few = few.map(|number| large(number, exact || !is_service));
    let many = many.map(|number| large(number, exact));
    few.concat() + &many.concat()
}

/// A number in nine columns, if it can be: from 100,000,000 on in thousands, and so on.
fn large(number: u64, exact: bool) -> String {
    let (divisor, unit) = match number {
        _ if exact => return format!(" {number:>8}"),
        0..100_000_000 => return format!(" {number:>8}"),
        100_000_000..1_000_000_000 => (1_000, 'K'),
        1_000_000_000..100_000_000_000 => (1_000_000, 'M'),
        100_000_000_000..100_000_000_000_000 => (1_000_000_000, 'G'),
        100_000_000_000_000.. => (1_000_000_000_000, 'T'),
    };
    format!(" {:>7}{unit}", number / divisor)
}

/// The connection timeouts.
pub(super) fn timeouts(timeouts: Timeouts) -> String {
    let Timeouts { tcp, tcp_fin, udp } = timeouts;
    format!("Timeout (tcp tcpfin udp): {tcp} {tcp_fin} {udp}\n")
}

/// The synchronisation daemons, a line each.
pub(super) fn daemons(daemons: &[Daemon]) -> String {
    let mut text = String::new();
    for daemon in daemons {
        let role = match daemon.role {
            Role::Master => "master",
            Role::Backup => "backup",
        };
        let group = daemon
            .group
            .map_or_else(|| "224.0.0.81".to_owned(), |group| group.to_string());
        put!(
            text,
            "{role} sync daemon (mcast={}, syncid={}, maxlen={}, group={group}, port={}, ttl={})",
            daemon.interface,
            daemon.sync_id,
            daemon.max_len.unwrap_or_default(),
            daemon.port.unwrap_or(8848),
            daemon.ttl.unwrap_or(1)
        );
    }
    text
}

/// A table as commands, from which it can be restored.
pub(super) fn save(rows: &[Row], names: &Names) -> String {
    let mut text = String::new();
    for (report, destinations) in rows {
        let service = &report.service;
        let address = service_option(&service.key, names);
        put!(
            text,
            "-A {address} -s {}{}",
            service.scheduler,
            saved_properties(service)
        );
        for report in destinations {
            let destination = report.destination;
            let DestinationKey { address: to, port } = destination.key;
            let to = names.show(to, port, protocol_of(&service.key));
            let (method, tunnel) = method_options(destination.method);
            let mut line = format!("-a {address} -r {to} {method} -w {}", destination.weight);
            if destination.uthreshold != 0 {
                line.push_str(&format!(" -x {}", destination.uthreshold));
            }
            if destination.lthreshold != 0 {
                line.push_str(&format!(" -y {}", destination.lthreshold));
            }
            put!(text, "{line}{tunnel}");
        }
    }
    text
}

fn service_option(key: &ServiceKey, names: &Names) -> String {
    match key {
        ServiceKey::Address {
            protocol,
            address,
            port,
        } => {
            let option = match protocol {
                Protocol::Tcp => "-t",
                Protocol::Udp => "-u",
                Protocol::Sctp => "--sctp-service",
            };
            format!("{option} {}", names.show(*address, *port, Some(*protocol)))
        }
        ServiceKey::Fwmark {
            family: Family::V4,
            mark,
        } => format!("-f {mark}"),
        ServiceKey::Fwmark {
            family: Family::V6,
            mark,
        } => format!("-f {mark} -6"),
    }
}

fn saved_properties(service: &Service) -> String {
    let mut text = String::new();
    if let Some(Persistence { timeout, mask }) = service.persistence {
        text.push_str(&format!(" -p {timeout}"));
        if !mask.is_host() {
            text.push_str(&format!(" -M {}", mask_text(mask)));
        }
    }
    if let Some(engine) = &service.engine {
        text.push_str(&format!(" --pe {engine}"));
    }
    if service.one_packet {
        text.push_str(" -o");
    }
    let flags = flag_names(service);
    if !flags.is_empty() {
        text.push_str(&format!(" -b {flags}"));
    }
    text
}

/// The option of a method, and what follows the numbers. A server on this host is one that the
/// kernel found to be so; it is asked for by direct routing.
fn method_options(method: Method) -> (&'static str, String) {
    let checksum = |checksum| match checksum {
        TunnelChecksum::None => "--tun-nocsum",
        TunnelChecksum::Full => "--tun-csum",
        TunnelChecksum::Remote => "--tun-remcsum",
    };
    match method {
        Method::Masquerade => ("-m", String::new()),
        Method::Direct | Method::Local | Method::Bypass => ("-g", String::new()),
        Method::Tunnel(Tunnel::IpIp) => ("-i", " --tun-type ipip".to_owned()),
        Method::Tunnel(Tunnel::Gue {
            port,
            checksum: kind,
        }) => (
            "-i",
            format!(" --tun-type gue --tun-port {port} {}", checksum(kind)),
        ),
        Method::Tunnel(Tunnel::Gre { checksum: kind }) => {
            ("-i", format!(" --tun-type gre {}", checksum(kind)))
        }
    }
}
