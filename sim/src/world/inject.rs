//! The stranger: adverts that are right but for one thing, so that each is refused for that.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bellwether_core::effect::Transmit;
use bellwether_core::model::{Auth, Checksum, Instance};
use bellwether_core::unit::{Priority, Version, Vrid};
use bellwether_core::wire::vrrp::{Body, GROUP_V4, HOP_LIMIT, Repr};

use super::World;
use super::queue::{Class, Happening};
use crate::fault::{BadAdvert, Fault, Injection};
use crate::log::StationId;
use crate::random::Stream;

impl World {
    /// Sends one of a fault's bad adverts for each instance that it is meant for.
    pub(super) fn inject(&mut self, place: usize) {
        let scenario = Arc::clone(&self.scenario);
        let Some(Fault::Inject(injection)) = scenario.faults.get(place).map(|own| &own.fault)
        else {
            return;
        };
        let Some(toward) = self.node_named(&injection.toward) else {
            return;
        };
        let meant = |own: &&Instance| injection.vrid.is_none_or(|vrid| vrid == own.vrid);
        let config = self.config(toward);
        let instances: Vec<Instance> = config.instances().iter().filter(meant).cloned().collect();
        let used: Vec<Vrid> = config.instances().iter().map(|own| own.vrid).collect();
        let stranger = StationId(u16::try_from(self.stations.len() - 1).unwrap_or(u16::MAX));
        for instance in instances {
            let kernel = &self.hosts[toward.index()].kernel;
            let Some(port) = kernel.interface(instance.interface) else {
                continue;
            };
            let (segment, near) = (port.segment, port.primary());
            let packet = forge(injection, &instance, &used, near, &mut self.stranger);
            self.broadcast(stranger, segment, &Arc::new(packet), true);
        }
    }

    /// Sends the first of a fault's bad adverts now, and the others in time.
    pub(super) fn inject_all(&mut self, place: usize, injection: &Injection) {
        for number in 0..injection.count {
            let at = self.now + injection.every.saturating_mul(number);
            self.queue.push(at, Class::Packet, Happening::Inject(place));
        }
    }
}

/// An advert for an instance that is right but for one thing.
fn forge(
    injection: &Injection,
    instance: &Instance,
    used: &[Vrid],
    near: Option<Ipv4Addr>,
    stream: &mut Stream,
) -> Transmit {
    let [a, b, c, _] = near.unwrap_or(Ipv4Addr::new(192, 0, 2, 1)).octets();
    let source = Ipv4Addr::new(a, b, c, 250);
    let kind = injection.kind;
    let mut repr = honest(injection.priority, instance);
    match kind {
        BadAdvert::WrongAuth => repr.body = wrong_auth(repr.body),
        BadAdvert::WrongVersion => repr.body = other_version(repr.body),
        BadAdvert::ForeignVrid => {
            let free = (1..=255_u8)
                .rev()
                .filter_map(|raw| Vrid::try_from(raw).ok());
            let mut free = free.filter(|vrid| !used.contains(vrid));
            repr.vrid = free.next().unwrap_or(repr.vrid);
        }
        BadAdvert::NoAddress => repr.addresses.clear(),
        BadAdvert::Malformed
        | BadAdvert::Truncated
        | BadAdvert::Oversized
        | BadAdvert::WrongTtl
        | BadAdvert::WrongType
        | BadAdvert::WrongChecksum
        | BadAdvert::ZeroInterval => {}
    }
    let mut bytes = repr.emit(source, GROUP_V4).to_vec();
    match kind {
        BadAdvert::Malformed => {
            let length = stream.below(64);
            bytes = (0..length)
                .map(|_| u8::try_from(stream.below(256)).unwrap_or_default())
                .collect();
            // A random checksum may verify; this type never is an advert's.
            if let Some(first) = bytes.first_mut() {
                *first &= 0xf0;
            }
        }
        BadAdvert::Truncated => {
            let keep = stream.below(u32::try_from(bytes.len()).unwrap_or_default());
            bytes.truncate(usize::try_from(keep).unwrap_or_default());
        }
        BadAdvert::Oversized => bytes.push(0),
        BadAdvert::WrongType => bytes[0] = (bytes[0] & 0xf0) | 2,
        BadAdvert::WrongChecksum => bytes[6] ^= 0x40,
        BadAdvert::ZeroInterval => zero_interval(&mut bytes, repr.version(), instance, source),
        BadAdvert::WrongTtl
        | BadAdvert::WrongAuth
        | BadAdvert::ForeignVrid
        | BadAdvert::WrongVersion
        | BadAdvert::NoAddress => {}
    }
    Transmit {
        interface: instance.interface,
        source: IpAddr::V4(source),
        destination: IpAddr::V4(GROUP_V4),
        hop_limit: if kind == BadAdvert::WrongTtl {
            HOP_LIMIT - 1
        } else {
            HOP_LIMIT
        },
        payload: bytes.into(),
    }
}

/// The advert that a node of this instance's configuration would send.
fn honest(priority: u8, instance: &Instance) -> Repr {
    let addresses = instance.virtual_addresses.iter();
    Repr {
        vrid: instance.vrid,
        priority: Priority(priority),
        interval: instance.advert_interval,
        body: match instance.version {
            Version::V2 => Body::V2(instance.auth),
            Version::V3 => Body::V3(instance.checksum),
        },
        addresses: addresses
            .filter_map(|own| match own.address {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
            .collect(),
    }
}

fn wrong_auth(body: Body) -> Body {
    match body {
        Body::V2(Auth::None | Auth::Ah(_)) => Body::V2(Auth::Pass(*b"stranger")),
        Body::V2(Auth::Pass(mut password)) => {
            password[0] ^= 1;
            Body::V2(Auth::Pass(password))
        }
        // Version 3 has no authentication: what a version 2 router would send is wrong there.
        Body::V3(_) => Body::V2(Auth::Pass(*b"stranger")),
    }
}

const fn other_version(body: Body) -> Body {
    match body {
        Body::V2(_) => Body::V3(Checksum::PseudoHeader),
        Body::V3(_) => Body::V2(Auth::None),
    }
}

/// Writes an interval of zero, and mends the checksum.
fn zero_interval(bytes: &mut [u8], version: Version, instance: &Instance, source: Ipv4Addr) {
    match version {
        Version::V2 => bytes[5] = 0,
        Version::V3 => (bytes[4], bytes[5]) = (0, 0),
    }
    (bytes[6], bytes[7]) = (0, 0);
    let pseudo = match (version, instance.checksum) {
        (Version::V3, Checksum::PseudoHeader) => {
            let length = u16::try_from(bytes.len()).unwrap_or_default();
            let [high, low] = length.to_be_bytes();
            let [a, b, c, d] = source.octets();
            let [e, f, g, h] = GROUP_V4.octets();
            vec![a, b, c, d, e, f, g, h, 0, 112, high, low]
        }
        (Version::V3, Checksum::MessageOnly) | (Version::V2, _) => Vec::new(),
    };
    let sum = crate::invariant::judge::ones_complement(&[&pseudo, bytes]);
    let [high, low] = (!sum).to_be_bytes();
    (bytes[6], bytes[7]) = (high, low);
}
