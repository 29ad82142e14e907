//! Requests as the kernel reads them.
//!
//! Invariant: what the kernel replaces with every change (persistence, flags, thresholds, tunnel)
//! is in every change; addresses have 16 bytes, with zeros after an IPv4 one.

use std::net::IpAddr;

use bellwether_core::kernel::ipvs::{
    Daemon, Destination, DestinationKey, IpvsOp, Method, Netmask, Role, Service, ServiceKey,
    Timeouts,
};
use bellwether_core::model::lvs::{Protocol, Tunnel, TunnelChecksum};
use bellwether_core::unit::Family;
use neli::genl::{AttrTypeBuilder, Genlmsghdr, GenlmsghdrBuilder, Nlattr, NlattrBuilder};
use neli::types::{Buffer, GenlBuffer};
use neli::{Size, ToBytes};

use super::family::{
    self, AF_INET, AF_INET6, command, daemon, dest, flag, method, service, top, tunnel,
};

/// One request or answer, without the outermost header.
pub(super) type Body = Genlmsghdr<u8, u16>;

/// One attribute.
type Attribute = Nlattr<u16, Buffer>;

/// Attributes, or why a library could not write one.
type Attributes = Result<Vec<Attribute>, String>;

/// The request of a change.
pub(super) fn change(op: &IpvsOp) -> Result<Body, String> {
    let with_service = |number, key, full: Option<&Service>| {
        let nested = nest(top::SERVICE, service_attributes(key, full)?)?;
        body(number, [nested])
    };
    let with_both = |number, key, destination, full: Option<&Destination>| {
        let service = nest(top::SERVICE, service_attributes(key, None)?)?;
        let nested = nest(top::DEST, destination_attributes(destination, full)?)?;
        body(number, [service, nested])
    };
    match op {
        IpvsOp::AddService(full) => with_service(command::NEW_SERVICE, &full.key, Some(full)),
        IpvsOp::SetService(full) => with_service(command::SET_SERVICE, &full.key, Some(full)),
        IpvsOp::RemoveService(key) => with_service(command::DEL_SERVICE, key, None),
        IpvsOp::AddDestination(key, full) => {
            with_both(command::NEW_DEST, key, &full.key, Some(full))
        }
        IpvsOp::SetDestination(key, full) => {
            with_both(command::SET_DEST, key, &full.key, Some(full))
        }
        IpvsOp::RemoveDestination(key, destination) => {
            with_both(command::DEL_DEST, key, destination, None)
        }
        IpvsOp::Flush => body(command::FLUSH, []),
        IpvsOp::Zero(None) => body(command::ZERO, []),
        IpvsOp::Zero(Some(key)) => with_service(command::ZERO, key, None),
        IpvsOp::StartDaemon(full) => {
            let nested = nest(top::DAEMON, daemon_attributes(full)?)?;
            body(command::NEW_DAEMON, [nested])
        }
        IpvsOp::StopDaemon(role) => {
            let nested = nest(top::DAEMON, vec![attribute(daemon::STATE, state(*role))?])?;
            body(command::DEL_DAEMON, [nested])
        }
        IpvsOp::SetTimeouts(timeouts) => body(command::SET_CONFIG, timeout_attributes(*timeouts)?),
    }
}

/// A question that has no argument.
pub(super) fn question(number: u8) -> Result<Body, String> {
    body(number, [])
}

/// A question about one service.
pub(super) fn question_about(number: u8, key: &ServiceKey) -> Result<Body, String> {
    body(
        number,
        [nest(top::SERVICE, service_attributes(key, None)?)?],
    )
}

/// The question for a family's number, which another family answers.
pub(super) fn family_question(name: &str) -> Result<Body, String> {
    const GET_FAMILY: u8 = 3;
    const FAMILY_NAME: u16 = 2;
    GenlmsghdrBuilder::default()
        .cmd(GET_FAMILY)
        .version(2)
        .attrs([attribute(FAMILY_NAME, name)?].into_iter().collect())
        .build()
        .map_err(|error| error.to_string())
}

fn body(number: u8, attributes: impl IntoIterator<Item = Attribute>) -> Result<Body, String> {
    GenlmsghdrBuilder::default()
        .cmd(number)
        .version(family::VERSION)
        .attrs(attributes.into_iter().collect())
        .build()
        .map_err(|error| error.to_string())
}

fn service_attributes(key: &ServiceKey, full: Option<&Service>) -> Attributes {
    let mut attributes = vec![attribute(service::AF, family_number(key.family()))?];
    match key {
        ServiceKey::Address {
            protocol,
            address,
            port,
        } => attributes.extend([
            attribute(service::PROTOCOL, protocol_number(*protocol))?,
            attribute(service::ADDR, sixteen(*address))?,
            attribute(service::PORT, port.to_be_bytes())?,
        ]),
        ServiceKey::Fwmark { mark, .. } => {
            attributes.push(attribute(service::FWMARK, mark.get())?);
        }
    }
    if let Some(full) = full {
        attributes.extend(service_values(full)?);
    }
    Ok(attributes)
}

fn service_values(full: &Service) -> Attributes {
    let mut flags = u32::from(full.scheduler_flags & 7) << flag::SCHEDULER_SHIFT;
    if full.persistence.is_some() {
        flags |= flag::PERSISTENT;
    }
    if full.one_packet {
        flags |= flag::ONE_PACKET;
    }
    let timeout = full.persistence.map_or(0, |kept| kept.timeout);
    let mask = full
        .persistence
        .map_or_else(|| Netmask::host(full.key.family()), |kept| kept.mask);
    let mask = match mask {
        Netmask::V4(mask) => attribute(service::NETMASK, mask.octets())?,
        Netmask::V6(length) => attribute(service::NETMASK, u32::from(length))?,
    };
    let mut attributes = vec![
        attribute(service::SCHED_NAME, full.scheduler.as_str())?,
        attribute(service::FLAGS, flags_and_mask(flags))?,
        attribute(service::TIMEOUT, timeout)?,
        mask,
    ];
    if let Some(engine) = &full.engine {
        attributes.push(attribute(service::PE_NAME, engine.as_str())?);
    }
    Ok(attributes)
}

/// Which bits are set, and which count: all, so that what is not asked for goes.
fn flags_and_mask(flags: u32) -> [u8; 8] {
    let mut bytes = [0xff; 8];
    bytes[..4].copy_from_slice(&flags.to_ne_bytes());
    bytes
}

fn destination_attributes(key: &DestinationKey, full: Option<&Destination>) -> Attributes {
    let mut attributes = vec![
        attribute(dest::ADDR, sixteen(key.address))?,
        attribute(dest::PORT, key.port.to_be_bytes())?,
        attribute(dest::ADDR_FAMILY, family_number(Family::of(key.address)))?,
    ];
    let Some(full) = full else {
        return Ok(attributes);
    };
    let (kind, port, flags) = match full.method {
        Method::Tunnel(kind) => tunnel_values(kind),
        Method::Masquerade | Method::Local | Method::Direct | Method::Bypass => {
            (tunnel::IPIP, 0, 0)
        }
    };
    attributes.extend([
        attribute(dest::FWD_METHOD, method_number(full.method))?,
        attribute(dest::WEIGHT, full.weight)?,
        attribute(dest::U_THRESH, full.uthreshold)?,
        attribute(dest::L_THRESH, full.lthreshold)?,
        attribute(dest::TUN_TYPE, kind)?,
        attribute(dest::TUN_PORT, port.to_be_bytes())?,
        attribute(dest::TUN_FLAGS, flags)?,
    ]);
    Ok(attributes)
}

const fn tunnel_values(kind: Tunnel) -> (u8, u16, u16) {
    match kind {
        Tunnel::IpIp => (tunnel::IPIP, 0, 0),
        Tunnel::Gue { port, checksum } => (tunnel::GUE, port, checksum_flags(checksum)),
        Tunnel::Gre { checksum } => (tunnel::GRE, 0, checksum_flags(checksum)),
    }
}

const fn checksum_flags(checksum: TunnelChecksum) -> u16 {
    match checksum {
        TunnelChecksum::None => 0,
        TunnelChecksum::Full => tunnel::CHECKSUM,
        TunnelChecksum::Remote => tunnel::REMOTE_CHECKSUM,
    }
}

const fn method_number(method: Method) -> u32 {
    match method {
        Method::Masquerade => method::MASQUERADE,
        Method::Local => method::LOCAL,
        Method::Tunnel(_) => method::TUNNEL,
        Method::Direct => method::DIRECT,
        Method::Bypass => method::BYPASS,
    }
}

fn daemon_attributes(full: &Daemon) -> Attributes {
    let mut attributes = vec![
        attribute(daemon::STATE, state(full.role))?,
        attribute(daemon::MCAST_IFN, full.interface.as_str())?,
        attribute(daemon::SYNC_ID, u32::from(full.sync_id))?,
    ];
    if let Some(length) = full.max_len {
        attributes.push(attribute(daemon::SYNC_MAXLEN, length)?);
    }
    match full.group {
        Some(IpAddr::V4(group)) => {
            attributes.push(attribute(daemon::MCAST_GROUP, group.octets())?);
        }
        Some(IpAddr::V6(group)) => {
            attributes.push(attribute(daemon::MCAST_GROUP6, group.octets())?);
        }
        None => {}
    }
    if let Some(port) = full.port {
        // The one port that the kernel wants in its own byte order.
        attributes.push(attribute(daemon::MCAST_PORT, port)?);
    }
    if let Some(ttl) = full.ttl {
        attributes.push(attribute(daemon::MCAST_TTL, ttl)?);
    }
    Ok(attributes)
}

const fn state(role: Role) -> u32 {
    match role {
        Role::Master => daemon::MASTER,
        Role::Backup => daemon::BACKUP,
    }
}

fn timeout_attributes(timeouts: Timeouts) -> Attributes {
    Ok(vec![
        attribute(top::TIMEOUT_TCP, timeouts.tcp)?,
        attribute(top::TIMEOUT_TCP_FIN, timeouts.tcp_fin)?,
        attribute(top::TIMEOUT_UDP, timeouts.udp)?,
    ])
}

const fn family_number(family: Family) -> u16 {
    match family {
        Family::V4 => AF_INET,
        Family::V6 => AF_INET6,
    }
}

const fn protocol_number(protocol: Protocol) -> u16 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
    }
}

fn sixteen(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&address.octets());
            bytes
        }
        IpAddr::V6(address) => address.octets(),
    }
}

fn attribute<P: Size + ToBytes>(kind: u16, payload: P) -> Result<Attribute, String> {
    let kind = AttrTypeBuilder::default()
        .nla_type(kind)
        .build()
        .map_err(|error| error.to_string())?;
    NlattrBuilder::default()
        .nla_type(kind)
        .nla_payload(payload)
        .build()
        .map_err(|error| error.to_string())
}

/// An attribute of attributes. The kernel reads it with and without the mark that says so; libnl
/// sets it.
fn nest(kind: u16, attributes: Vec<Attribute>) -> Result<Attribute, String> {
    let kind = AttrTypeBuilder::default()
        .nla_type(kind)
        .nla_nested(true)
        .build()
        .map_err(|error| error.to_string())?;
    let payload: GenlBuffer<u16, Buffer> = attributes.into_iter().collect();
    NlattrBuilder::default()
        .nla_type(kind)
        .nla_payload(payload)
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
