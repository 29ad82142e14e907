//! What travels in a UDP datagram in place of an IP packet of protocol 112.
//!
//! turmoil has neither raw sockets nor TTLs, so everything that the core checks about an advert's
//! IP header travels beside the advert. The core's own checks then work unchanged.

use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::unit::Mac;
use serde::{Deserialize, Serialize};

/// One Ethernet frame's worth of VRRP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// When the frame reaches the other end of the wire, if turmoil's pipe is faster than that.
    pub arrives_at: Instant,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// IP source.
    pub source: IpAddr,
    /// IP destination.
    pub destination: IpAddr,
    /// The segment that the sender's interface is plugged into.
    pub segment: String,
    /// Ethernet source.
    pub mac: Mac,
    /// IP protocol: 112, or 51 before an authentication header.
    pub protocol: u8,
    /// What is before the message where there is an authentication header; see
    /// [`bellwether_core::event::Received`].
    pub header: Option<Arc<[u8]>>,
    /// The VRRP message.
    pub payload: Arc<[u8]>,
}

/// IP protocol number of VRRP.
pub const VRRP: u8 = 112;

/// IP protocol number of the authentication header.
pub(super) const AUTHENTICATED: u8 = 51;

/// The largest datagram that is read; an advert of 255 IPv6 addresses takes 4088 bytes, and its text
/// form at most four times that.
pub(super) const MAX_DATAGRAM: usize = 20_480;

impl Envelope {
    /// The datagram; empty only if a text could not be made, which no envelope causes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a datagram; `None` where it is not an envelope.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_advert_fits_and_comes_back_as_it_went() {
        let envelope = Envelope {
            arrives_at: Instant::from_nanos(u64::MAX),
            hop_limit: 255,
            source: "192.0.2.1".parse().unwrap(),
            destination: "224.0.0.18".parse().unwrap(),
            segment: "eth0".to_owned(),
            mac: Mac([0xff; 6]),
            protocol: VRRP,
            header: None,
            // 255 IPv6 addresses: 8 bytes, and the addresses.
            payload: vec![0xff; 8 + 255 * 16].into(),
        };
        let bytes = envelope.to_bytes();
        assert!(bytes.len() <= MAX_DATAGRAM);
        assert_eq!(Envelope::from_bytes(&bytes), Some(envelope));
        assert_eq!(Envelope::from_bytes(b"not an envelope"), None);
    }
}
