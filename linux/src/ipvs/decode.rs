//! Answers of the kernel as values.
//!
//! Invariant: total. What is missing or makes no sense is an error that names the attribute; what a
//! later kernel adds is passed over.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_core::kernel::ipvs::{
    Daemon, Destination, DestinationKey, Method, Netmask, Persistence, Role, Service, ServiceKey,
    Timeouts,
};
use bellwether_core::model::lvs::{Protocol, Tunnel, TunnelChecksum};
use bellwether_core::unit::{Family, IfName};
use neli::FromBytes;
use neli::attr::Attribute as _;
use neli::genl::Nlattr;
use neli::types::{Buffer, GenlBuffer};

use super::family::{
    AF_INET, AF_INET6, daemon, dest, flag, info, method, service, stats, top, tunnel,
};
use super::{DestinationReport, Info, ServiceReport, Stats};

/// Attributes of a message, or nested ones.
pub(super) type Attributes = GenlBuffer<u16, Buffer>;

/// A value, or what was wrong with the answer.
pub(super) type Decoded<T> = Result<T, String>;

/// The number of a family, as the controller of families answers.
pub(super) fn family_number(attributes: &Attributes) -> Decoded<u16> {
    const FAMILY_ID: u16 = 1;
    number(attributes, FAMILY_ID)
}

/// One service with its counters.
pub(super) fn service(message: &Attributes) -> Decoded<ServiceReport> {
    let attributes = &nested(message, top::SERVICE)?;
    Ok(ServiceReport {
        service: service_values(attributes)?,
        stats: statistics(attributes, service::STATS64, service::STATS)?,
    })
}

fn service_values(attributes: &Attributes) -> Decoded<Service> {
    let family = family(number(attributes, service::AF)?)?;
    let key = service_key(attributes, family)?;
    let [low, high] = bytes::<8>(attributes, service::FLAGS)
        .map(|bytes| [0, 4].map(|at| four(&bytes, at)))?
        .map(u32::from_ne_bytes);
    let flags = low & high;
    let persistence = if flags & flag::PERSISTENT == 0 {
        None
    } else {
        Some(Persistence {
            timeout: number(attributes, service::TIMEOUT)?,
            mask: netmask(attributes, family)?,
        })
    };
    let scheduler_flags = u8::try_from((flags >> flag::SCHEDULER_SHIFT) & 7).unwrap_or_default();
    Ok(Service {
        key,
        scheduler: text(attributes, service::SCHED_NAME)?.as_str().into(),
        scheduler_flags,
        persistence,
        engine: match find(attributes, service::PE_NAME) {
            Some(_) => Some(text(attributes, service::PE_NAME)?.as_str().into()),
            None => None,
        },
        one_packet: flags & flag::ONE_PACKET != 0,
    })
}

/// One destination, which belongs to a service of this family, with its counters.
pub(super) fn destination(message: &Attributes, of: Family) -> Decoded<DestinationReport> {
    let attributes = &nested(message, top::DEST)?;
    Ok(DestinationReport {
        destination: destination_values(attributes, of)?,
        active: number(attributes, dest::ACTIVE_CONNS)?,
        inactive: number(attributes, dest::INACT_CONNS)?,
        persistent: number(attributes, dest::PERSIST_CONNS)?,
        stats: statistics(attributes, dest::STATS64, dest::STATS)?,
    })
}

fn destination_values(attributes: &Attributes, of: Family) -> Decoded<Destination> {
    let own = match find(attributes, dest::ADDR_FAMILY) {
        Some(_) => number(attributes, dest::ADDR_FAMILY)?,
        None => 0,
    };
    let own = if own == 0 { of } else { family(own)? };
    let key = DestinationKey {
        address: address(bytes(attributes, dest::ADDR)?, own),
        port: u16::from_be_bytes(bytes(attributes, dest::PORT)?),
    };
    Ok(Destination {
        key,
        method: forwarding(attributes)?,
        weight: number(attributes, dest::WEIGHT)?,
        uthreshold: number(attributes, dest::U_THRESH)?,
        lthreshold: number(attributes, dest::L_THRESH)?,
    })
}

/// One synchronisation daemon.
pub(super) fn daemon(message: &Attributes) -> Decoded<Daemon> {
    let attributes = &nested(message, top::DAEMON)?;
    let role = match number(attributes, daemon::STATE)? {
        daemon::MASTER => Role::Master,
        daemon::BACKUP => Role::Backup,
        other => return Err(format!("a daemon of state {other}")),
    };
    let interface: IfName = text(attributes, daemon::MCAST_IFN)?
        .parse()
        .map_err(|error| format!("a daemon's interface: {error}"))?;
    let sync_id: u32 = number(attributes, daemon::SYNC_ID)?;
    let group = if find(attributes, daemon::MCAST_GROUP6).is_some() {
        let octets: [u8; 16] = bytes(attributes, daemon::MCAST_GROUP6)?;
        Some(IpAddr::V6(Ipv6Addr::from(octets)))
    } else if find(attributes, daemon::MCAST_GROUP).is_some() {
        let octets: [u8; 4] = bytes(attributes, daemon::MCAST_GROUP)?;
        Some(IpAddr::V4(Ipv4Addr::from(octets)))
    } else {
        None
    };
    Ok(Daemon {
        role,
        interface,
        sync_id: u8::try_from(sync_id).map_err(|_| format!("a daemon's id is {sync_id}"))?,
        max_len: optional(attributes, daemon::SYNC_MAXLEN)?,
        group,
        port: optional(attributes, daemon::MCAST_PORT)?,
        ttl: optional(attributes, daemon::MCAST_TTL)?,
    })
}

/// The connection timeouts.
pub(super) fn timeouts(message: &Attributes) -> Decoded<Timeouts> {
    Ok(Timeouts {
        tcp: number(message, top::TIMEOUT_TCP)?,
        tcp_fin: number(message, top::TIMEOUT_TCP_FIN)?,
        udp: number(message, top::TIMEOUT_UDP)?,
    })
}

/// What the kernel says of itself.
pub(super) fn info(message: &Attributes) -> Decoded<Info> {
    let version: u32 = number(message, info::VERSION)?;
    let [_, major, minor, patch] = version.to_be_bytes();
    Ok(Info {
        version: (major, minor, patch),
        connection_table: number(message, info::CONN_TAB_SIZE)?,
    })
}

fn service_key(attributes: &Attributes, family: Family) -> Decoded<ServiceKey> {
    if find(attributes, service::FWMARK).is_some() {
        let mark: u32 = number(attributes, service::FWMARK)?;
        let mark = mark.try_into().map_err(|_| "a firewall mark of 0")?;
        return Ok(ServiceKey::Fwmark { family, mark });
    }
    let protocol = match number(attributes, service::PROTOCOL)? {
        6_u16 => Protocol::Tcp,
        17 => Protocol::Udp,
        132 => Protocol::Sctp,
        other => return Err(format!("a service of protocol {other}")),
    };
    Ok(ServiceKey::Address {
        protocol,
        address: address(bytes(attributes, service::ADDR)?, family),
        port: u16::from_be_bytes(bytes(attributes, service::PORT)?),
    })
}

fn netmask(attributes: &Attributes, family: Family) -> Decoded<Netmask> {
    let raw: [u8; 4] = bytes(attributes, service::NETMASK)?;
    match family {
        Family::V4 => Ok(Netmask::V4(Ipv4Addr::from(raw))),
        Family::V6 => {
            let length = u32::from_ne_bytes(raw);
            let length = u8::try_from(length).map_err(|_| format!("a prefix of {length} bits"))?;
            Ok(Netmask::V6(length))
        }
    }
}

fn forwarding(attributes: &Attributes) -> Decoded<Method> {
    let raw: u32 = number(attributes, dest::FWD_METHOD)?;
    match raw & method::MASK {
        method::MASQUERADE => Ok(Method::Masquerade),
        method::LOCAL => Ok(Method::Local),
        method::TUNNEL => tunnel(attributes).map(Method::Tunnel),
        method::DIRECT => Ok(Method::Direct),
        method::BYPASS => Ok(Method::Bypass),
        other => Err(format!("a forwarding method of {other}")),
    }
}

/// A kernel that knows of no kinds of tunnels has IP in IP only.
fn tunnel(attributes: &Attributes) -> Decoded<Tunnel> {
    let kind = optional(attributes, dest::TUN_TYPE)?.unwrap_or(tunnel::IPIP);
    let flags: u16 = optional(attributes, dest::TUN_FLAGS)?.unwrap_or(0);
    let checksum = if flags & tunnel::REMOTE_CHECKSUM != 0 {
        TunnelChecksum::Remote
    } else if flags & tunnel::CHECKSUM != 0 {
        TunnelChecksum::Full
    } else {
        TunnelChecksum::None
    };
    match kind {
        tunnel::IPIP => Ok(Tunnel::IpIp),
        tunnel::GUE => Ok(Tunnel::Gue {
            port: u16::from_be_bytes(bytes(attributes, dest::TUN_PORT)?),
            checksum,
        }),
        tunnel::GRE => Ok(Tunnel::Gre { checksum }),
        other => Err(format!("a tunnel of kind {other}")),
    }
}

/// Those of 64 bits where the kernel has them (since 4.1), else those of 32.
fn statistics(attributes: &Attributes, wide: u16, narrow: u16) -> Decoded<Stats> {
    let is_wide = find(attributes, wide).is_some();
    let kind = if is_wide { wide } else { narrow };
    let counters = &nested(attributes, kind)?;
    let read = |kind: u16| -> Decoded<u64> {
        if is_wide || matches!(kind, stats::INBYTES | stats::OUTBYTES) {
            number(counters, kind)
        } else {
            number::<u32>(counters, kind).map(u64::from)
        }
    };
    Ok(Stats {
        connections: read(stats::CONNS)?,
        in_packets: read(stats::INPKTS)?,
        out_packets: read(stats::OUTPKTS)?,
        in_bytes: read(stats::INBYTES)?,
        out_bytes: read(stats::OUTBYTES)?,
        connection_rate: read(stats::CPS)?,
        in_packet_rate: read(stats::INPPS)?,
        out_packet_rate: read(stats::OUTPPS)?,
        in_byte_rate: read(stats::INBPS)?,
        out_byte_rate: read(stats::OUTBPS)?,
    })
}

fn family(number: u16) -> Decoded<Family> {
    match number {
        AF_INET => Ok(Family::V4),
        AF_INET6 => Ok(Family::V6),
        other => Err(format!("an address family of {other}")),
    }
}

fn address(bytes: [u8; 16], family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(four(&bytes, 0))),
        Family::V6 => IpAddr::V6(Ipv6Addr::from(bytes)),
    }
}

/// Four bytes from a place on; the places are those of this file.
fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    four
}

fn find(attributes: &Attributes, kind: u16) -> Option<&Nlattr<u16, Buffer>> {
    attributes
        .iter()
        .find(|attribute| *attribute.nla_type().nla_type() == kind)
}

fn get(attributes: &Attributes, kind: u16) -> Decoded<&Nlattr<u16, Buffer>> {
    find(attributes, kind).ok_or_else(|| format!("attribute {kind} is missing"))
}

/// Attributes within an attribute, whether or not it is marked to have some: the kernel's are not.
fn nested(attributes: &Attributes, kind: u16) -> Decoded<Attributes> {
    get(attributes, kind)?
        .get_payload_as_with_len()
        .map_err(|error| format!("attribute {kind}: {error}"))
}

fn number<N: FromBytes>(attributes: &Attributes, kind: u16) -> Decoded<N> {
    get(attributes, kind)?
        .get_payload_as()
        .map_err(|error| format!("attribute {kind}: {error}"))
}

fn optional<N: FromBytes>(attributes: &Attributes, kind: u16) -> Decoded<Option<N>> {
    match find(attributes, kind) {
        Some(_) => number(attributes, kind).map(Some),
        None => Ok(None),
    }
}

fn bytes<const N: usize>(attributes: &Attributes, kind: u16) -> Decoded<[u8; N]> {
    number(attributes, kind)
}

/// Text up to its first NUL.
fn text(attributes: &Attributes, kind: u16) -> Decoded<String> {
    let payload = get(attributes, kind)?.nla_payload().as_ref();
    let text = payload.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8(text.to_vec()).map_err(|_| format!("attribute {kind} is no text"))
}

#[cfg(test)]
mod tests;
