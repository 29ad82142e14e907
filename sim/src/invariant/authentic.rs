//! Whether what stands around an advert proves its sender, decided a second time.
//!
//! RFC 2338 5.3.6.3 with RFC 2402, as keepalived reads them: HMAC-MD5-96 (RFC 2104, from its
//! definition) over IP header, authentication header and advert, with what routers change as zero.
//! Shares nothing with the core but the hash. Deliberately absent: options of the IP header, which
//! nobody in a simulation sends.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bellwether_core::event::Received;
use bellwether_core::model::{AntiReplay, HmacMode, Instance};
use md5::{Digest, Md5};
use sha2::Sha256;

/// What an instance has sent and heard that proves adverts.
#[derive(Clone, Debug, Default)]
pub(super) struct Proved {
    /// The highest number of an authentication header.
    pub(super) sequence: u32,
    /// The last stamp of an HMAC trailer, by sender.
    pub(super) stamps: BTreeMap<IpAddr, u64>,
    /// The true time, in seconds since 1970.
    pub(super) unix: u64,
}

/// Bytes of an HMAC trailer.
const TRAILER: usize = 28;

/// Looks for the trailer behind a message of `length` bytes: whether there is one to be believed.
/// draft-cassen-vrrp-auth-hmac-00, from its text.
pub(super) fn signed(
    config: &Instance,
    received: &Received,
    length: usize,
    proved: &mut Proved,
) -> Result<(), &'static str> {
    let Some(hmac) = &config.hmac else {
        return Ok(());
    };
    let Some((message, trailer)) = received.payload.split_at_checked(length) else {
        return Err("it is truncated");
    };
    if trailer.is_empty() {
        return match hmac.mode {
            HmacMode::Enforce => Err("it has no trailer"),
            HmacMode::Permissive | HmacMode::ReceiveOnly => Ok(()),
        };
    }
    if trailer.len() != TRAILER || trailer[0] != 1 || trailer[2..4] != [0, 0] {
        return Err("its trailer is malformed");
    }
    let key = hmac.keys.iter().find(|key| key.id == trailer[1]);
    let key = key.ok_or("its trailer has an unknown key")?;
    let mut text = vec![0; 20];
    text[1] = message[0] >> 4;
    text[2] = message[1];
    match received.source {
        IpAddr::V4(source) => {
            text[0] = 4;
            text[4..8].copy_from_slice(&source.octets());
        }
        IpAddr::V6(source) => {
            text[0] = 6;
            text[4..20].copy_from_slice(&source.octets());
        }
    }
    text.extend(&message[..6]);
    text.extend([0, 0]);
    text.extend(&message[8..]);
    text.extend(&trailer[..12]);
    text.extend([0; 16]);
    let pad = |with: u8| {
        let mut block = [with; 64];
        for (byte, own) in block.iter_mut().zip(&key.secret) {
            *byte ^= own;
        }
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(&text);
    let outer = Sha256::new().chain_update(pad(0x5c));
    let code = outer.chain_update(inner.finalize()).finalize();
    if trailer[12..] != code[..16] {
        return Err("its trailer does not verify");
    }
    let stamp = trailer[4..12]
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let window = hmac.time_window.map_or(5, |own| own.as_secs());
    let window = window.max(match hmac.time_window {
        None => 3 * u64::from(config.advert_interval.centis()) / 100,
        Some(_) => 0,
    });
    if hmac.anti_replay == AntiReplay::Time && (stamp >> 32).abs_diff(proved.unix) > window {
        return Err("its trailer is too old, or not made yet");
    }
    let last = proved.stamps.entry(received.source).or_default();
    if stamp <= *last {
        return Err("its trailer has been heard already");
    }
    *last = stamp;
    Ok(())
}

/// Bytes of an IP header without options, and of an authentication header.
const HEADERS: usize = 20 + 24;

/// Looks at what an instance of this configuration hears, after `highest` was the highest number
/// that it sent or heard. The number of an authentic header, which counts from now on; `None` where
/// there is to be no header, and is none.
pub(super) fn authentic(
    config: &Instance,
    received: &Received,
    highest: u32,
) -> Result<Option<u32>, &'static str> {
    let (key, header) = match (config.header_key(), received.header.as_deref()) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err("it has an authentication header"),
        (Some(_), None) => return Err("it has no authentication header"),
        (Some(key), Some(header)) => (key, header),
    };
    if header.len() != HEADERS || header[20..22] != [112, 4] {
        return Err("its authentication header is malformed");
    }
    if header[24..28] != header[12..16] {
        return Err("its authentication header is of another sender");
    }
    let number = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
    if number <= highest {
        return Err("its authentication header has been heard already");
    }
    if header[32..] != code(key, header, &received.payload)[..12] {
        return Err("its authentication header does not verify");
    }
    Ok(Some(number))
}

fn code(key: [u8; 8], header: &[u8], message: &[u8]) -> [u8; 16] {
    let mut text = header.to_vec();
    let by_multicast = (224..240).contains(&text[16]);
    let zero = [1, 6, 7, 10, 11];
    let ttl = (!by_multicast).then_some(8);
    for at in zero.into_iter().chain(ttl).chain(32..HEADERS) {
        text[at] = 0;
    }
    text.extend(message);
    let pad = |with: u8| {
        let mut block = [with; 64];
        for (byte, own) in block.iter_mut().zip(key) {
            *byte ^= own;
        }
        block
    };
    let inner = Md5::new().chain_update(pad(0x36)).chain_update(&text);
    let outer = Md5::new().chain_update(pad(0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use bellwether_core::model::Auth;

    use super::*;

    /// From the wire: keepalived 2.2.7, `auth_type AH`, `auth_pass secret`, its second advert.
    const HEADER: [u8; HEADERS] = [
        0x45, 0xc0, 0x00, 0x44, 0x00, 0x02, 0x00, 0x00, 0xff, 0x33, 0x18, 0xb1, 0xc0, 0x00, 0x02,
        0x01, 0xe0, 0x00, 0x00, 0x12, 0x70, 0x04, 0x00, 0x00, 0xc0, 0x00, 0x02, 0x01, 0x00, 0x00,
        0x00, 0x02, 0x12, 0x89, 0x3d, 0x80, 0x0f, 0xf6, 0xd6, 0xde, 0x19, 0x17, 0xf1, 0x34,
    ];
    const MESSAGE: [u8; 24] = [
        0x21, 0x33, 0xc8, 0x02, 0x02, 0x01, 0x8f, 0xfe, 0xc0, 0x00, 0x02, 0x64, 0xc0, 0x00, 0x02,
        0x65, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];

    fn instance() -> Instance {
        let vrid = 51_u8.try_into().unwrap();
        let mut instance = Instance::new("VI_1".into(), "eth0".parse().unwrap(), vrid);
        instance.auth = Auth::Ah(*b"secret\0\0");
        instance
    }

    fn received() -> Received {
        Received {
            interface: "eth0".parse().unwrap(),
            source: "192.0.2.1".parse().unwrap(),
            destination: "224.0.0.18".parse().unwrap(),
            hop_limit: 255,
            header: Some(HEADER.into()),
            payload: MESSAGE.into(),
        }
    }

    #[test]
    fn what_keepalived_sent_is_authentic_once() {
        assert_eq!(authentic(&instance(), &received(), 1), Ok(Some(2)));
        assert!(authentic(&instance(), &received(), 2).is_err());
    }

    #[test]
    fn one_changed_bit_shows() {
        let mut received = received();
        received.payload = crate::lan::link::flipped(&received.payload, 17);
        assert!(authentic(&instance(), &received, 1).is_err());
    }

    #[test]
    fn with_and_without_don_t_mix() {
        let mut plain = received();
        plain.header = None;
        assert!(authentic(&instance(), &plain, 0).is_err());
        let mut open = instance();
        open.auth = Auth::None;
        assert!(authentic(&open, &received(), 0).is_err());
        assert_eq!(authentic(&open, &plain, 0), Ok(None));
    }
}
