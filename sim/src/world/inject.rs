//! The stranger: adverts that are right but for one thing, so that each is refused for that.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use bellwether_core::effect::Transmit;
use bellwether_core::model::{Auth, Checksum, Instance, Peer, Transport};
use bellwether_core::unit::{Family, Priority, Version, Vrid};
use bellwether_core::wire::vrrp::{Address, Body, HOP_LIMIT, Repr};

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
            let (segment, near) = (port.segment, port.primary(instance.family));
            if injection.kind == BadAdvert::Replayed {
                if let Some(packet) = self.authenticated.get(&(segment, instance.vrid)).cloned() {
                    self.broadcast(stranger, segment, &packet, true);
                }
                continue;
            }
            let Some(envelope) = Envelope::of(injection.kind, &instance, near) else {
                continue;
            };
            let packet = match (envelope.source, envelope.destination) {
                (IpAddr::V4(from), IpAddr::V4(to)) => {
                    let bytes = forge(injection, &instance, &used, (from, to), &mut self.stranger);
                    envelope.around(&instance, bytes)
                }
                (IpAddr::V6(from), IpAddr::V6(to)) => {
                    let bytes = forge(injection, &instance, &used, (from, to), &mut self.stranger);
                    envelope.around(&instance, bytes)
                }
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => continue,
            };
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

/// What is around a bad advert.
struct Envelope {
    source: IpAddr,
    destination: IpAddr,
    hop_limit: u8,
}

impl Envelope {
    /// As an honest sender's, but for what is to be wrong. `None` if nothing would be.
    fn of(kind: BadAdvert, instance: &Instance, near: Option<IpAddr>) -> Option<Self> {
        let stranger = stranger(instance.family, near);
        match &instance.transport {
            Transport::Multicast { group, .. } => {
                let hop_limit = match kind {
                    BadAdvert::WrongTtl => HOP_LIMIT - 1,
                    BadAdvert::WrongSource | BadAdvert::Replayed => return None,
                    BadAdvert::GlobalFirst if !instance.insists_on_link_local() => return None,
                    BadAdvert::Malformed
                    | BadAdvert::Truncated
                    | BadAdvert::Oversized
                    | BadAdvert::WrongAuth
                    | BadAdvert::ForeignVrid
                    | BadAdvert::WrongVersion
                    | BadAdvert::WrongType
                    | BadAdvert::WrongChecksum
                    | BadAdvert::ZeroInterval
                    | BadAdvert::NoAddress
                    | BadAdvert::GlobalFirst => HOP_LIMIT,
                };
                Some(Self {
                    source: stranger,
                    destination: group.unwrap_or(Transport::group(instance.family)),
                    hop_limit,
                })
            }
            Transport::Unicast {
                peers,
                check_source,
                ..
            } => {
                let narrow = |peer: &&Peer| peer.min_ttl.is_some_and(|least| least > 0);
                let (source, hop_limit) = match kind {
                    BadAdvert::WrongTtl => {
                        let peer = peers.iter().find(narrow)?;
                        (peer.address, peer.min_ttl? - 1)
                    }
                    // Strict mode, which refuses such a list, has no unicast.
                    BadAdvert::Replayed | BadAdvert::GlobalFirst => return None,
                    BadAdvert::WrongSource => check_source.then_some((stranger, HOP_LIMIT))?,
                    BadAdvert::Malformed
                    | BadAdvert::Truncated
                    | BadAdvert::Oversized
                    | BadAdvert::WrongAuth
                    | BadAdvert::ForeignVrid
                    | BadAdvert::WrongVersion
                    | BadAdvert::WrongType
                    | BadAdvert::WrongChecksum
                    | BadAdvert::ZeroInterval
                    | BadAdvert::NoAddress => {
                        let peer = peers.first()?;
                        (peer.address, peer.min_ttl.unwrap_or(HOP_LIMIT))
                    }
                };
                Some(Self {
                    source,
                    destination: near?,
                    hop_limit,
                })
            }
        }
    }

    fn around(self, instance: &Instance, bytes: Vec<u8>) -> Transmit {
        Transmit {
            interface: instance.interface,
            source: self.source,
            destination: self.destination,
            hop_limit: self.hop_limit,
            header: None,
            payload: bytes.into(),
        }
    }
}

/// The stranger's own address: number 250 of the /24, or of the link.
fn stranger(family: Family, near: Option<IpAddr>) -> IpAddr {
    match (family, near) {
        (Family::V6, _) => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 250).into(),
        (Family::V4, Some(IpAddr::V4(near))) => {
            let [a, b, c, _] = near.octets();
            Ipv4Addr::new(a, b, c, 250).into()
        }
        (Family::V4, Some(IpAddr::V6(_)) | None) => Ipv4Addr::new(192, 0, 2, 250).into(),
    }
}

/// An advert for an instance that is right but for one thing.
fn forge<A: Address>(
    injection: &Injection,
    instance: &Instance,
    used: &[Vrid],
    (source, destination): (A, A),
    stream: &mut Stream,
) -> Vec<u8> {
    let kind = injection.kind;
    let mut repr = honest(injection.priority, instance);
    match kind {
        // Who has no key makes no trailer; the rest is easily right.
        BadAdvert::WrongAuth if instance.hmac.is_some() => {}
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
        BadAdvert::GlobalFirst => {
            let global = IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 250]);
            repr.addresses = A::of(global).into_iter().chain(repr.addresses).collect();
        }
        BadAdvert::Malformed
        | BadAdvert::Truncated
        | BadAdvert::Oversized
        | BadAdvert::WrongTtl
        | BadAdvert::WrongType
        | BadAdvert::WrongChecksum
        | BadAdvert::ZeroInterval
        | BadAdvert::WrongSource
        | BadAdvert::Replayed => {}
    }
    let mut bytes = repr.emit(source, destination).to_vec();
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
        BadAdvert::ZeroInterval => {
            let ends = (source.into(), destination.into());
            zero_interval(&mut bytes, repr.version(), instance, ends);
        }
        BadAdvert::WrongTtl
        | BadAdvert::WrongAuth
        | BadAdvert::ForeignVrid
        | BadAdvert::WrongVersion
        | BadAdvert::NoAddress
        | BadAdvert::GlobalFirst
        | BadAdvert::WrongSource
        | BadAdvert::Replayed => {}
    }
    bytes
}

/// The advert that a node of this instance's configuration would send.
fn honest<A: Address>(priority: u8, instance: &Instance) -> Repr<A> {
    let addresses = instance.virtual_addresses.iter();
    Repr {
        vrid: instance.vrid,
        priority: Priority(priority),
        interval: instance.advert_interval,
        body: match instance.version {
            Version::V2 => Body::V2(instance.auth),
            Version::V3 => Body::V3(instance.checksum),
        },
        addresses: addresses.filter_map(|own| A::of(own.address)).collect(),
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
fn zero_interval(
    bytes: &mut [u8],
    version: Version,
    instance: &Instance,
    (source, destination): (IpAddr, IpAddr),
) {
    match version {
        Version::V2 => bytes[5] = 0,
        Version::V3 => (bytes[4], bytes[5]) = (0, 0),
    }
    (bytes[6], bytes[7]) = (0, 0);
    let length = bytes.len();
    let (pseudo, used) =
        crate::invariant::judge::pseudo_header(instance, source, destination, length);
    let sum = crate::invariant::judge::ones_complement(&[&pseudo[..used], bytes]);
    let [high, low] = (!sum).to_be_bytes();
    (bytes[6], bytes[7]) = (high, low);
}
