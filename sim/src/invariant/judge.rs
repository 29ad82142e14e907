//! Which adverts a node may believe, decided a second time and from the bytes alone.
//!
//! Follows RFC 9568 7.1, RFC 3768 7.1 and RFC 2338's PASS, as the core does, in code that shares
//! nothing with the core's, so that a check that the core forgets is missed.

use std::net::IpAddr;

use bellwether_core::event::Received;
use bellwether_core::model::{Auth, Checksum, Instance, OwnerConflict, Transport};
use bellwether_core::unit::{Family, Version};

use super::authentic::{Proved, authentic, signed};

/// What a node is to make of an advert for one of its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is to be believed.
    Believe(Heard),
    /// It is to be refused, for this reason.
    Refuse(&'static str),
}

/// What a believable advert says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub source: IpAddr,
    /// Its priority.
    pub priority: u8,
    /// Its interval in nanoseconds.
    pub interval: u64,
}

/// Judges an advert that reached an instance of this configuration, on a node that sends from this
/// address. What proves adverts is moved by an authentic one, whatever else is wrong.
#[must_use]
pub(super) fn judge(
    config: &Instance,
    own: IpAddr,
    received: &Received,
    proved: &mut Proved,
) -> Judgement {
    let before = check_way(config, received)
        .and_then(|()| authentic(config, received, proved.sequence))
        .map(|number| proved.sequence = number.unwrap_or(proved.sequence));
    match before.and_then(|()| read(config, own, received, proved)) {
        Ok(heard) => Judgement::Believe(heard),
        Err(reason) => Judgement::Refuse(reason),
    }
}

fn read(
    config: &Instance,
    own: IpAddr,
    received: &Received,
    proved: &mut Proved,
) -> Result<Heard, &'static str> {
    let (source, destination) = (received.source, received.destination);
    let is_ours = |address: IpAddr| address.is_ipv4() == (config.family == Family::V4);
    if !is_ours(source) || !is_ours(destination) {
        return Err("it is of the other family");
    }
    let bytes = &*received.payload;
    let [first, _, priority, count, ..] = *bytes else {
        return Err("it is truncated");
    };
    let (nibble, trailer) = match (config.version, config.family) {
        (Version::V2, Family::V4) => (2, 8),
        // keepalived: no authentication over IPv6, not even room for it.
        (Version::V2, Family::V6) => (2, 0),
        (Version::V3, _) => (3, 0),
    };
    if first & 0x0f != 1 {
        return Err("it is not an advertisement");
    }
    if first >> 4 != nibble {
        return Err("it is of the other version");
    }
    let each = match config.family {
        Family::V4 => 4,
        Family::V6 => 16,
    };
    let length = 8 + each * usize::from(count) + trailer;
    signed(config, received, length, proved)?;
    let bytes = if config.hmac.is_some() && bytes.len() > length && config.family == Family::V4 {
        &bytes[..length]
    } else {
        bytes
    };
    if bytes.len() != length && (config.hmac.is_none() || config.family == Family::V4) {
        return Err("its length is not what its header says");
    }
    let (pseudo, length) = pseudo_header(config, source, destination, bytes.len());
    if ones_complement(&[&pseudo[..length], bytes]) != 0xffff {
        return Err("its checksum does not verify");
    }
    if source == own {
        return Err("it has our own address");
    }
    if config.priority.is_owner() && config.owner_conflict == OwnerConflict::Ignore {
        return Err("we own the addresses");
    }
    let interval = match config.version {
        Version::V2 => check_v2(config, bytes)?,
        Version::V3 => check_v3(bytes, count)?,
    };
    let local = |address: &[u8]| matches!(address, [0xfe, 0x80..=0xbf, ..]);
    let listed = config.virtual_addresses.first().map(|own| own.address);
    if let (true, Some(IpAddr::V6(own))) = (config.strict, listed)
        && local(&own.octets())
        && !local(bytes.get(8..).unwrap_or_default())
    {
        return Err("its first address is not link-local");
    }
    Ok(Heard {
        source,
        priority,
        interval,
    })
}

/// How it came here. By multicast it is from this link, which its TTL proves, and for the group. By
/// unicast (keepalived's, no RFC has it) it may come from afar and from anybody, unless the
/// configuration says otherwise.
fn check_way(config: &Instance, received: &Received) -> Result<(), &'static str> {
    let (hops, to) = (received.hop_limit, received.destination);
    let (peers, check_source) = match &config.transport {
        Transport::Multicast { group, .. } => {
            let usual = match config.family {
                Family::V4 => IpAddr::from([224, 0, 0, 18]),
                Family::V6 => IpAddr::from([0xff02, 0, 0, 0, 0, 0, 0, 0x12_u16]),
            };
            return if hops != 255 {
                Err("its TTL is not 255")
            } else if to != group.unwrap_or(usual) {
                Err("it was not sent to the group")
            } else {
                Ok(())
            };
        }
        Transport::Unicast {
            peers,
            check_source,
            ..
        } => (peers, *check_source),
    };
    if to.is_multicast() {
        return Err("it was sent to a group");
    }
    match peers.iter().find(|peer| peer.address == received.source) {
        None if check_source => Err("its source is no peer"),
        None => Ok(()),
        Some(peer) if hops < peer.min_ttl.unwrap_or(0) => Err("its TTL is below its peer's least"),
        Some(peer) if hops > peer.max_ttl.unwrap_or(255) => Err("its TTL is above its peer's most"),
        Some(_) => Ok(()),
    }
}

fn check_v2(config: &Instance, bytes: &[u8]) -> Result<u64, &'static str> {
    if config.family == Family::V4 {
        let (kind, data) = (bytes[4], &bytes[bytes.len() - 8..]);
        match config.auth {
            Auth::None if kind != 0 => return Err("its authentication type differs"),
            Auth::Pass(_) if kind != 1 => return Err("its authentication type differs"),
            Auth::Pass(password) if data != password => return Err("its password differs"),
            Auth::Ah(_) if kind != 2 => return Err("its authentication type differs"),
            Auth::None | Auth::Pass(_) | Auth::Ah(_) => {}
        }
    } else if bytes[4] != 0 {
        return Err("its authentication type differs");
    }
    let seconds = u16::from(bytes[5]);
    if seconds * 100 != config.advert_interval.centis() {
        return Err("its interval differs");
    }
    Ok(u64::from(seconds) * 1_000_000_000)
}

fn check_v3(bytes: &[u8], count: u8) -> Result<u64, &'static str> {
    let centis = u16::from_be_bytes([bytes[4] & 0x0f, bytes[5]]);
    match (count, centis) {
        (0, _) => Err("it has no address"),
        (_, 0) => Err("its interval is zero"),
        (_, centis) => Ok(u64::from(centis) * 10_000_000),
    }
}

/// What the checksum covers besides the message: nothing, or the pseudo-header of RFC 8200 8.1,
/// which is also the field's reading of RFC 5798 for IPv4, with shorter addresses and length. How many
/// of the bytes it has comes with it.
#[must_use]
pub(crate) fn pseudo_header(
    config: &Instance,
    source: IpAddr,
    destination: IpAddr,
    length: usize,
) -> ([u8; 40], usize) {
    let mut bytes = [0; 40];
    let [high, low] = u16::try_from(length).unwrap_or_default().to_be_bytes();
    match (config.version, config.checksum, source, destination) {
        (Version::V3, Checksum::PseudoHeader, IpAddr::V4(source), IpAddr::V4(destination)) => {
            bytes[..4].copy_from_slice(&source.octets());
            bytes[4..8].copy_from_slice(&destination.octets());
            bytes[8..12].copy_from_slice(&[0, 112, high, low]);
            (bytes, 12)
        }
        (_, _, IpAddr::V6(source), IpAddr::V6(destination)) => {
            bytes[..16].copy_from_slice(&source.octets());
            bytes[16..32].copy_from_slice(&destination.octets());
            bytes[32..].copy_from_slice(&[0, 0, high, low, 0, 0, 0, 112]);
            (bytes, 40)
        }
        (Version::V2 | Version::V3, _, _, _) => (bytes, 0),
    }
}

/// The one's complement sum of 16-bit words over parts of even length (the last may be odd).
#[must_use]
pub(crate) fn ones_complement(parts: &[&[u8]]) -> u16 {
    let mut sum: u32 = 0;
    for part in parts {
        let mut pairs = part.chunks_exact(2);
        for pair in pairs.by_ref() {
            sum += u32::from(u16::from_be_bytes([pair[0], pair[1]]));
        }
        for last in pairs.remainder() {
            sum += u32::from(u16::from_be_bytes([*last, 0]));
        }
    }
    while let Ok(carry @ 1..) = u16::try_from(sum >> 16) {
        sum = (sum & 0xffff) + u32::from(carry);
    }
    u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Instance {
        let vrid = 51_u8.try_into().unwrap();
        let mut instance = Instance::new("VI_1".into(), "eth0".parse().unwrap(), vrid);
        instance.auth = Auth::Pass(*b"secret\0\0");
        instance
    }

    /// Version 2, VRID 51, priority 200, 192.0.2.100, 1 s, PASS "secret", laid out by hand.
    fn received() -> Received {
        Received {
            interface: "eth0".parse().unwrap(),
            source: "192.0.2.1".parse().unwrap(),
            destination: "224.0.0.18".parse().unwrap(),
            hop_limit: 255,
            header: None,
            payload: [
                0x21, 0x33, 0xc8, 0x01, 0x01, 0x01, 0x17, 0x19, 0xc0, 0x00, 0x02, 0x64, 0x73, 0x65,
                0x63, 0x72, 0x65, 0x74, 0x00, 0x00,
            ]
            .into(),
        }
    }

    const OWN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn a_right_advert_is_believed() {
        let judgement = judge(&instance(), OWN, &received(), &mut Proved::default());
        let Judgement::Believe(heard) = judgement else {
            panic!("{judgement:?}")
        };
        assert_eq!((heard.priority, heard.interval), (200, 1_000_000_000));
    }

    #[test]
    fn each_wrong_thing_is_refused() {
        let refused = |change: &dyn Fn(&mut Received, &mut Instance)| {
            let (mut received, mut instance) = (received(), instance());
            change(&mut received, &mut instance);
            matches!(
                judge(&instance, OWN, &received, &mut Proved::default()),
                Judgement::Refuse(_)
            )
        };
        assert!(refused(&|received, _| received.hop_limit = 254));
        assert!(refused(&|received, _| received.source = OWN));
        assert!(refused(&|_, instance| instance.version = Version::V3));
        assert!(refused(&|_, instance| instance.auth = Auth::None));
        assert!(refused(
            &|_, instance| instance.auth = Auth::Pass(*b"Secret\0\0")
        ));
        assert!(refused(&|_, instance| {
            instance.advert_interval = 200_u16.try_into().unwrap();
        }));
        assert!(refused(&|received, _| {
            received.payload = crate::lan::link::flipped(&received.payload, 101);
        }));
    }

    /// VRID 51 over IPv6, version 3, priority 200, fe80::100, 1 s, laid out by hand.
    ///
    /// 3133 + c801 + 0064 + fe80 + 0100 = 1f918, and of the pseudo-header
    /// fe80 + 0001 + ff02 + 0012 + 0018 + 0070 = 1fe1d; 3f735 -> f738, complement 08c7.
    fn received_v6() -> Received {
        let mut payload = vec![0x31, 0x33, 0xc8, 0x01, 0x00, 0x64, 0x08, 0xc7];
        payload.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x00]);
        Received {
            interface: "eth0".parse().unwrap(),
            source: "fe80::1".parse().unwrap(),
            destination: "ff02::12".parse().unwrap(),
            hop_limit: 255,
            header: None,
            payload: payload.into(),
        }
    }

    #[test]
    fn an_ipv6_advert_is_believed_over_ipv6_only() {
        let mut config = instance();
        (config.family, config.version) = (Family::V6, Version::V3);
        let own = "fe80::2".parse().unwrap();
        let judgement = judge(&config, own, &received_v6(), &mut Proved::default());
        assert!(matches!(judgement, Judgement::Believe(_)), "{judgement:?}");
        let mut other = received_v6();
        other.source = "fe80::3".parse().unwrap();
        let judgement = judge(&config, own, &other, &mut Proved::default());
        let checksum = Judgement::Refuse("its checksum does not verify");
        assert_eq!(judgement, checksum, "it covers the source");
        config.family = Family::V4;
        let judgement = judge(&config, own, &received_v6(), &mut Proved::default());
        assert!(matches!(judgement, Judgement::Refuse(_)), "{judgement:?}");
    }

    #[test]
    fn unicast_believes_anybody_and_any_ttl_unless_told_otherwise() {
        use bellwether_core::model::Peer;
        let judged = |source: &str, least: Option<u8>, check_source: bool, hops: u8| {
            let (mut config, mut received) = (instance(), received());
            config.transport = Transport::Unicast {
                source: None,
                peers: vec![Peer {
                    address: "192.0.2.1".parse().unwrap(),
                    min_ttl: least,
                    max_ttl: None,
                }],
                ttl: 255,
                check_source,
                fault_without_peer: false,
            };
            received.source = source.parse().unwrap();
            received.destination = OWN;
            received.hop_limit = hops;
            matches!(
                judge(&config, OWN, &received, &mut Proved::default()),
                Judgement::Believe(_)
            )
        };
        assert!(judged("192.0.2.1", None, true, 3));
        assert!(judged("192.0.2.9", None, false, 3));
        assert!(!judged("192.0.2.9", None, true, 255));
        assert!(judged("192.0.2.1", Some(254), true, 254));
        assert!(!judged("192.0.2.1", Some(254), true, 253));
        assert!(
            judged("192.0.2.9", Some(254), false, 3),
            "no peer, no limit"
        );
    }
}
