//! BFD sessions: whether the way to a neighbour works, known within tens of milliseconds.
//!
//! RFC 5880 in asynchronous mode, over one hop (RFC 5881) or several (RFC 5883). Owns the state
//! machine of each session, its discriminator, its timers and its poll sequences. Invariant: a
//! session is up only while packets of its neighbour come within the detection time.
//!
//! Deliberately absent: authentication, the echo function, demand mode of our own (keepalived has
//! none of them); sockets.

mod jitter;
mod session;

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::unit::Name;

pub(crate) use session::Session;

/// A control packet, ready for the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransmitBfd {
    /// The session that it is of; its source port is the session's.
    pub session: Name,
    /// IP source; `None`: as the route says.
    pub source: Option<IpAddr>,
    /// IP destination.
    pub destination: IpAddr,
    /// UDP destination port: 3784, or 4784 over several hops.
    pub port: u16,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// The packet.
    #[serde(with = "crate::serial::hex")]
    pub payload: Arc<[u8]>,
}

/// A datagram that came to one of BFD's ports. The core checks all of it itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedBfd {
    /// IP source.
    pub source: IpAddr,
    /// The UDP port that it came to: 3784, or 4784 over several hops.
    pub port: u16,
    /// TTL or hop limit as received; 255 has crossed no router (RFC 5881 5).
    pub hop_limit: u8,
    /// The bytes behind the UDP header.
    #[serde(with = "crate::serial::hex")]
    pub payload: Arc<[u8]>,
}
