//! Which adverts an instance accepts: RFC 9568 7.1 and RFC 3768 7.1, with RFC 2338's PASS.
//! What is around a message is `proof`'s.
//!
//! Invariant: what is refused here has changed nothing but the replay counters, which an authentic
//! header or trailer moves.

use std::net::IpAddr;

use super::proof::Proof;
use crate::event::Received;
use crate::model::{self, OwnerConflict, Peer, Transport};
use crate::mutant::{self, Mutant};
use crate::time::Instant;
use crate::unit::{AdvertInterval, Priority, Version};
use crate::wire::vrrp::{Address, HOP_LIMIT, Packet, Rejection};

/// What the state machine needs of an advert that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) source: IpAddr,
    pub(super) priority: Priority,
    pub(super) interval: AdvertInterval,
    /// R15: whether the sender's list of addresses is ours.
    pub(super) addresses_match: bool,
}

/// Runs all receive checks, in the order of RFC 9568 7.1.
pub(super) fn check(
    config: &model::Instance,
    own_address: IpAddr,
    received: &Received,
    (proof, now): (&mut Proof, Instant),
) -> Result<Accepted, Rejection> {
    match &config.transport {
        Transport::Multicast { group, .. } => {
            multicast(received, group.unwrap_or(Transport::group(config.family)))?;
        }
        Transport::Unicast {
            peers,
            check_source,
            ..
        } => unicast(received, peers, *check_source)?,
    }
    let bytes = proof.check(now, config, received)?;
    match (received.source, received.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let packet = Packet::parse_as(bytes)?.within(&received.payload);
            message(config, own_address, packet, source, destination)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let packet = Packet::parse_as(bytes)?.within(&received.payload);
            message(config, own_address, packet, source, destination)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {
            Err(Rejection::Destination)
        }
    }
}

/// The checks of the message itself.
fn message<A: Address>(
    config: &model::Instance,
    own_address: IpAddr,
    packet: Packet<'_, A>,
    source: A,
    destination: A,
) -> Result<Accepted, Rejection> {
    if packet.version() != config.version {
        return Err(Rejection::Version);
    }
    // R5.
    if !packet.checksum_is_valid(config.checksum, source, destination) {
        return Err(Rejection::Checksum);
    }
    // A9: a reflected packet of our own; keepalived drops it too.
    if source.into() == own_address {
        return Err(Rejection::OwnPacket);
    }
    // R7 as RFC 9568 7.1 has it, or not at all, by erratum 8298.
    if config.priority.is_owner() && config.owner_conflict == OwnerConflict::Ignore {
        return Err(Rejection::Owner);
    }
    let interval = match packet.version() {
        Version::V2 => check_v2(config, &packet)?,
        Version::V3 => check_v3(config, &packet)?,
    };
    let ours = config.virtual_addresses.iter().map(|own| own.address);
    Ok(Accepted {
        source: source.into(),
        priority: packet.priority(),
        interval,
        addresses_match: packet.addresses().map(Into::into).eq(ours),
    })
}

fn multicast(received: &Received, group: IpAddr) -> Result<(), Rejection> {
    // R1, RFC 9568 7.1: TTL 255 proves that the sender is on this link.
    if received.hop_limit != HOP_LIMIT && !mutant::is_active(Mutant::HopLimitIgnored) {
        return Err(Rejection::HopLimit);
    }
    // T1, RFC 9568 5.1.1.2; keepalived drops what is not sent in the instance's mode.
    if received.destination != group {
        return Err(Rejection::Destination);
    }
    Ok(())
}

/// keepalived: a unicast advert may have crossed routers, and may come from anybody, unless the
/// peers or `check_unicast_src` say otherwise.
fn unicast(received: &Received, peers: &[Peer], check_source: bool) -> Result<(), Rejection> {
    if received.destination.is_multicast() {
        return Err(Rejection::Destination);
    }
    let Some(peer) = peers.iter().find(|peer| peer.address == received.source) else {
        return if check_source && !mutant::is_active(Mutant::SourceUnchecked) {
            Err(Rejection::NotAPeer)
        } else {
            Ok(())
        };
    };
    let least = peer.min_ttl.is_none_or(|min| received.hop_limit >= min);
    let most = peer.max_ttl.is_none_or(|max| received.hop_limit <= max);
    if least && most {
        Ok(())
    } else {
        Err(Rejection::HopLimit)
    }
}

/// R8 and R10. R9 is not followed: like keepalived, a differing list is only logged.
fn check_v2<A: Address>(
    config: &model::Instance,
    packet: &Packet<'_, A>,
) -> Result<AdvertInterval, Rejection> {
    packet.check_auth(&config.auth)?;
    if packet.interval_centis() != config.advert_interval.centis() {
        return Err(Rejection::Interval);
    }
    Ok(config.advert_interval)
}

/// R11, R12 and R13: errata 8299, 8300 and 8301.
fn check_v3<A: Address>(
    config: &model::Instance,
    packet: &Packet<'_, A>,
) -> Result<AdvertInterval, Rejection> {
    let Some(first) = packet.addresses().next() else {
        return Err(Rejection::NoAddress);
    };
    if config.insists_on_link_local() && !model::Instance::may_come_first(first.into()) {
        return Err(Rejection::NotLinkLocal);
    }
    AdvertInterval::try_from(packet.interval_centis()).map_err(|_| Rejection::ZeroInterval)
}
