//! Which adverts a node may believe, decided a second time and from the bytes alone.
//!
//! Follows RFC 9568 7.1, RFC 3768 7.1 and RFC 2338's PASS, as the core does, in code that shares
//! nothing with the core's, so that a check that the core forgets is missed.

use std::net::{IpAddr, Ipv4Addr};

use bellwether_core::event::Received;
use bellwether_core::model::{Auth, Checksum, Instance, OwnerConflict};
use bellwether_core::unit::Version;

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
    pub source: Ipv4Addr,
    /// Its priority.
    pub priority: u8,
    /// Its interval in nanoseconds.
    pub interval: u64,
}

/// Judges an advert that reached an instance of this configuration, on a node of this address.
#[must_use]
pub fn judge(config: &Instance, own: Ipv4Addr, received: &Received) -> Judgement {
    match read(config, own, received) {
        Ok(heard) => Judgement::Believe(heard),
        Err(reason) => Judgement::Refuse(reason),
    }
}

fn read(config: &Instance, own: Ipv4Addr, received: &Received) -> Result<Heard, &'static str> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (received.source, received.destination)
    else {
        return Err("it is not IPv4");
    };
    let bytes = &*received.payload;
    let [first, _, priority, count, ..] = *bytes else {
        return Err("it is truncated");
    };
    if received.hop_limit != 255 {
        return Err("its TTL is not 255");
    }
    if destination != Ipv4Addr::new(224, 0, 0, 18) {
        return Err("it was not sent to 224.0.0.18");
    }
    let (nibble, trailer) = match config.version {
        Version::V2 => (2, 8),
        Version::V3 => (3, 0),
    };
    if first & 0x0f != 1 {
        return Err("it is not an advertisement");
    }
    if first >> 4 != nibble {
        return Err("it is of the other version");
    }
    let length = 8 + 4 * usize::from(count) + trailer;
    if bytes.len() != length {
        return Err("its length is not what its header says");
    }
    let pseudo = pseudo_header(config, source, destination, bytes.len());
    if ones_complement(&[&pseudo, bytes]) != 0xffff {
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
    Ok(Heard {
        source,
        priority,
        interval,
    })
}

fn check_v2(config: &Instance, bytes: &[u8]) -> Result<u64, &'static str> {
    let (kind, data) = (bytes[4], &bytes[bytes.len() - 8..]);
    match config.auth {
        Auth::None if kind != 0 => return Err("its authentication type differs"),
        Auth::Pass(_) if kind != 1 => return Err("its authentication type differs"),
        Auth::Pass(password) if data != password => return Err("its password differs"),
        Auth::Ah(_) if kind != 2 => return Err("its authentication type differs"),
        Auth::None | Auth::Pass(_) | Auth::Ah(_) => {}
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

fn pseudo_header(
    config: &Instance,
    source: Ipv4Addr,
    destination: Ipv4Addr,
    length: usize,
) -> [u8; 12] {
    let covers = match (config.version, config.checksum) {
        (Version::V3, Checksum::PseudoHeader) => true,
        (Version::V3, Checksum::MessageOnly) | (Version::V2, _) => false,
    };
    if !covers {
        return [0; 12];
    }
    let [a, b, c, d] = source.octets();
    let [e, f, g, h] = destination.octets();
    let [high, low] = u16::try_from(length).unwrap_or_default().to_be_bytes();
    [a, b, c, d, e, f, g, h, 0, 112, high, low]
}

/// The one's complement sum of 16-bit words over parts of even length (the last may be odd).
#[must_use]
pub(crate) fn ones_complement(parts: &[&[u8]]) -> u16 {
    let mut sum: u32 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            let low = pair.get(1).copied().unwrap_or_default();
            sum += u32::from(u16::from_be_bytes([pair[0], low]));
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
            payload: [
                0x21, 0x33, 0xc8, 0x01, 0x01, 0x01, 0x17, 0x19, 0xc0, 0x00, 0x02, 0x64, 0x73, 0x65,
                0x63, 0x72, 0x65, 0x74, 0x00, 0x00,
            ]
            .into(),
        }
    }

    const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

    #[test]
    fn a_right_advert_is_believed() {
        let judgement = judge(&instance(), OWN, &received());
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
            matches!(judge(&instance, OWN, &received), Judgement::Refuse(_))
        };
        assert!(refused(&|received, _| received.hop_limit = 254));
        assert!(refused(&|received, _| received.source = OWN.into()));
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
}
