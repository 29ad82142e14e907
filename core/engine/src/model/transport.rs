//! How adverts travel: multicast or unicast, with which interface and which proof of origin.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::unit::{Family, IfName, Name};

/// How adverts reach the other routers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// To a multicast group: 224.0.0.18 or ff02::12 (RFC 9568 5.1).
    Multicast {
        /// Another group (keepalived: `vrrp_mcast_group4`, `vrrp_mcast_group6`, `mcast_dst_ip`).
        group: Option<IpAddr>,
        /// Another source than the interface's first address (keepalived: `mcast_src_ip`).
        source: Option<IpAddr>,
    },
    /// To each peer by itself (keepalived: `unicast_peer`; no RFC).
    Unicast {
        /// Another source than the interface's first address (keepalived: `unicast_src_ip`).
        source: Option<IpAddr>,
        /// The other routers.
        peers: Vec<Peer>,
        /// Time to live of sent adverts, 0 to 255; default 255 (keepalived: `unicast_ttl`).
        ttl: u8,
        /// Whether adverts from others than the peers are dropped
        /// (keepalived: `check_unicast_src`).
        check_source: bool,
        /// Whether having no peer is a fault (keepalived: `unicast_fault_no_peer`).
        fault_without_peer: bool,
    },
}

impl Transport {
    /// The group of IPv4 adverts: RFC 9568 5.1.1.2.
    pub const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
    /// The group of IPv6 adverts: RFC 9568 5.1.2.2.
    pub const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);

    /// The group of a family's adverts where the file names no other.
    #[must_use]
    pub const fn group(family: Family) -> IpAddr {
        match family {
            Family::V4 => IpAddr::V4(Self::GROUP_V4),
            Family::V6 => IpAddr::V6(Self::GROUP_V6),
        }
    }
}

impl Default for Transport {
    fn default() -> Self {
        Self::Multicast {
            group: None,
            source: None,
        }
    }
}

/// A router that adverts are sent to by unicast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// The smallest time to live of its adverts that is believed; none: any.
    pub min_ttl: Option<u8>,
    /// The largest; none: any.
    pub max_ttl: Option<u8>,
}

/// HMAC-SHA256 authentication (keepalived 2.4: `auth_hmac`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HmacAuth {
    /// The keys that are accepted.
    pub keys: Vec<HmacKey>,
    /// The id of the key that is used for sending.
    pub active_key: u8,
    /// How far a sender's clock may be off, 1 to 300 s; none: the larger of 3 adverts and 5 s.
    #[serde(default, with = "super::as_nanos_opt")]
    pub time_window: Option<Duration>,
    /// How repeated packets are told.
    pub anti_replay: AntiReplay,
    /// What happens to packets without a good trailer.
    pub mode: HmacMode,
}

/// One key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HmacKey {
    /// Its number on the wire, 1 to 255.
    pub id: u8,
    /// Its 32 to 64 bytes.
    pub secret: Vec<u8>,
}

impl core::fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { id, secret } = self;
        write!(f, "HmacKey {{ id: {id}, secret: {} bytes }}", secret.len())
    }
}

/// How repeated packets are told; default by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AntiReplay {
    /// A trailer is no older than the window, and later than its sender's last. Clocks must agree.
    #[default]
    Time,
    /// A trailer is later than its sender's last, whatever the clocks say.
    Monotonic,
}

/// What happens to packets without an HMAC trailer; a bad one is dropped always. Default enforce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HmacMode {
    /// They are dropped.
    #[default]
    Enforce,
    /// They are accepted, with a warning; own packets have a trailer.
    Permissive,
    /// They are accepted; own packets have no trailer.
    ReceiveOnly,
}

/// Shared spacing of announcements on a set of interfaces (keepalived: `garp_group`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarpGroup {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Its interfaces.
    pub interfaces: Vec<IfName>,
    /// How far apart announcements are that leave by any of them.
    pub spacing: Spacing,
}

/// How far apart two announcements are; default none (keepalived: `vrrp_garp_interval`,
/// `vrrp_gna_interval`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spacing {
    /// Time between two gratuitous ARPs; 0: none.
    #[serde(with = "super::as_nanos")]
    pub garp: Duration,
    /// Time between two unsolicited neighbour advertisements; 0: none.
    #[serde(with = "super::as_nanos")]
    pub gna: Duration,
}
