//! Routes and routing rules, as far as `ip route` and `ip rule` can say them.

use core::fmt;
use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::unit::{Family, IfName, Name};

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Prefix {
    /// Its address.
    pub address: IpAddr,
    /// Length of its prefix in bits.
    pub len: u8,
}

impl Prefix {
    /// The network itself, without the bits behind its prefix; none if it is all addresses.
    #[must_use]
    pub fn network(self) -> Option<Self> {
        if self.len == 0 {
            return None;
        }
        let shift = u32::from(self.len);
        let address = match self.address {
            IpAddr::V4(address) => {
                let host = u32::MAX.checked_shr(shift).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & !host).into()
            }
            IpAddr::V6(address) => {
                let host = u128::MAX.checked_shr(shift).unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & !host).into()
            }
        };
        Some(Self { address, ..self })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.len)
    }
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its family.
    pub family: Family,
    /// What happens to its packets.
    pub kind: RouteKind,
    /// Its destination; none: the default route.
    pub destination: Option<Prefix>,
    /// Of IPv6: the sources that it is for (`from`).
    pub from: Option<Prefix>,
    /// The preferred source address of own packets (`src`).
    pub source: Option<IpAddr>,
    /// The gateway, perhaps of the other family (`via`).
    pub via: Option<IpAddr>,
    /// The outgoing interface.
    pub dev: Option<IfName>,
    /// Whether the gateway is taken to be on the link.
    pub onlink: bool,
    /// What packets are wrapped in.
    pub encap: Option<Encap>,
    /// Several ways at once (`nexthop`).
    pub nexthops: Vec<Nexthop>,
    /// The table; none: main, or that of `vrf`.
    pub table: Option<u32>,
    /// The VRF whose table it is in.
    pub vrf: Option<IfName>,
    /// The metric (`metric`, `preference`).
    pub metric: Option<u32>,
    /// The scope as the kernel numbers it; none: as the kind says.
    pub scope: Option<u8>,
    /// The protocol that it is marked with; none: 18, keepalived's.
    pub protocol: Option<u8>,
    /// Type of service.
    pub tos: Option<u8>,
    /// Realms: to, and from above 16 bits.
    pub realms: Option<u32>,
    /// Of IPv6: the router preference (`pref`).
    pub pref: Option<RouterPreference>,
    /// Of MPLS: whether the time to live is propagated.
    pub ttl_propagate: Option<bool>,
    /// When it goes by itself.
    #[serde(default, with = "super::as_nanos_opt")]
    pub expires: Option<Duration>,
    /// Path attributes.
    pub metrics: Box<RouteMetrics>,
    /// How it joins those that are there.
    pub insertion: Insertion,
    /// Whether the state of its interfaces is followed; `no_track` unsets it, and so does a route
    /// without an interface.
    pub tracked: bool,
    /// Of a static route: the track group whose instances depend on it.
    pub track_group: Option<Name>,
}

impl Route {
    /// A unicast route with keepalived's defaults.
    #[must_use]
    pub fn new(family: Family, destination: Option<Prefix>) -> Self {
        Self {
            family,
            kind: RouteKind::Unicast,
            destination,
            from: None,
            source: None,
            via: None,
            dev: None,
            onlink: false,
            encap: None,
            nexthops: Vec::new(),
            table: None,
            vrf: None,
            metric: None,
            scope: None,
            protocol: None,
            tos: None,
            realms: None,
            pref: None,
            ttl_propagate: None,
            expires: None,
            metrics: Box::default(),
            insertion: Insertion::Prepend,
            tracked: true,
            track_group: None,
        }
    }
}

/// What happens to the packets of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RouteKind {
    /// They are forwarded.
    Unicast,
    /// They are delivered here.
    Local,
    /// They are delivered here as broadcasts.
    Broadcast,
    /// They are delivered here as anycasts.
    Anycast,
    /// They are multicast.
    Multicast,
    /// They are dropped silently.
    Blackhole,
    /// They are answered with "host unreachable".
    Unreachable,
    /// They are answered with "administratively prohibited".
    Prohibit,
    /// The lookup goes on in the next table.
    Throw,
}

/// How a route joins those that are there; keepalived: before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Insertion {
    /// It is added as the only one of its key.
    Add,
    /// It is added behind those that are there.
    Append,
    /// It is added before those that are there.
    Prepend,
}

/// One way of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nexthop {
    /// The gateway.
    pub via: Option<IpAddr>,
    /// The outgoing interface.
    pub dev: Option<IfName>,
    /// Its share, 1 to 256; 0 here means that the file gives none.
    pub weight: u16,
    /// Whether the gateway is taken to be on the link.
    pub onlink: bool,
    /// Realms.
    pub realms: Option<u32>,
    /// What packets are wrapped in.
    pub encap: Option<Encap>,
}

/// Router preference of RFC 4191.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouterPreference {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
}

/// Path attributes of a route; each is the kernel's default when none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteMetrics {
    /// Largest packet in bytes, and whether path MTU discovery may not change it.
    pub mtu: Option<(u32, bool)>,
    /// Hop limit of own packets.
    pub hoplimit: Option<u8>,
    /// Maximum segment size told to peers in bytes, and whether it is locked.
    pub advmss: Option<(u32, bool)>,
    /// First estimate of the round trip in milliseconds, and whether it is locked.
    pub rtt: Option<(u32, bool)>,
    /// First estimate of its variance in milliseconds, and whether it is locked.
    pub rttvar: Option<(u32, bool)>,
    /// Path reordering, and whether it is locked.
    pub reordering: Option<(u32, bool)>,
    /// Largest window told to peers in bytes.
    pub window: Option<u32>,
    /// Clamp of the congestion window in segments, and whether it is locked.
    pub cwnd: Option<(u32, bool)>,
    /// Slow start threshold in segments, and whether it is locked.
    pub ssthresh: Option<(u32, bool)>,
    /// Shortest retransmission timeout in milliseconds, and whether it is locked.
    pub rto_min: Option<(u32, bool)>,
    /// First congestion window in segments.
    pub initcwnd: Option<u32>,
    /// First receive window in segments.
    pub initrwnd: Option<u32>,
    /// Whether acknowledgements are sent at once.
    pub quickack: Option<bool>,
    /// Whether explicit congestion notification is asked for (`features ecn`).
    pub ecn: bool,
    /// Whether TCP fast open works without a cookie.
    pub fastopen_no_cookie: Option<bool>,
    /// Congestion control, and whether it is locked.
    pub congctl: Option<(String, bool)>,
}

/// What packets of a route are wrapped in; the arguments are those of `ip route`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encap {
    /// MPLS labels, from the outermost.
    Mpls(Vec<u32>),
    /// An IPv4 or IPv6 tunnel.
    Ip {
        /// The family of the tunnel.
        family: Family,
        /// Tunnel id.
        id: Option<u64>,
        /// Far end.
        destination: Option<IpAddr>,
        /// Near end.
        source: Option<IpAddr>,
        /// Type of service, or traffic class.
        tos: Option<u8>,
        /// Time to live, or hop limit.
        ttl: Option<u8>,
        /// Tunnel flags.
        flags: Option<u16>,
    },
    /// Identifier locator addressing.
    Ila(u64),
}

/// A routing rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// Its family.
    pub family: Family,
    /// What it does.
    pub action: RuleAction,
    /// Whether it is for packets that do not match.
    pub not: bool,
    /// Sources.
    pub from: Option<Prefix>,
    /// Destinations.
    pub to: Option<Prefix>,
    /// Incoming interface.
    pub iif: Option<IfName>,
    /// Outgoing interface.
    pub oif: Option<IfName>,
    /// Mark, and which bits of it count.
    pub fwmark: Option<(u32, u32)>,
    /// Type of service.
    pub tos: Option<u8>,
    /// Its place among the rules; none: keepalived counts down from 16384.
    pub priority: Option<u32>,
    /// Realms.
    pub realms: Option<u32>,
    /// Routes with prefixes up to this length do not count.
    pub suppress_prefixlength: Option<u8>,
    /// Routes by interfaces of this group do not count.
    pub suppress_ifgroup: Option<u32>,
    /// Tunnel id.
    pub tun_id: Option<u64>,
    /// First and last user id.
    pub uid_range: Option<(u32, u32)>,
    /// The protocol that it is marked with.
    pub protocol: Option<u8>,
    /// The protocol of its packets.
    pub ip_protocol: Option<u8>,
    /// First and last source port.
    pub source_ports: Option<(u16, u16)>,
    /// First and last destination port.
    pub destination_ports: Option<(u16, u16)>,
    /// Whether the state of its interfaces is followed: `no_track` unsets it.
    pub tracked: bool,
    /// Of a static rule: the track group whose instances depend on it.
    pub track_group: Option<Name>,
}

impl Rule {
    /// A rule with keepalived's defaults.
    #[must_use]
    pub const fn new(family: Family, action: RuleAction) -> Self {
        Self {
            family,
            action,
            not: false,
            from: None,
            to: None,
            iif: None,
            oif: None,
            fwmark: None,
            tos: None,
            priority: None,
            realms: None,
            suppress_prefixlength: None,
            suppress_ifgroup: None,
            tun_id: None,
            uid_range: None,
            protocol: None,
            ip_protocol: None,
            source_ports: None,
            destination_ports: None,
            tracked: true,
            track_group: None,
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RuleAction {
    /// The lookup goes on in a table.
    Lookup(u32),
    /// The lookup goes on in the table of the layer 3 master device of the interface.
    L3Mdev,
    /// The rules go on at this priority.
    Goto(u32),
    /// Nothing.
    Nop,
    /// Packets are dropped silently.
    Blackhole,
    /// Packets are answered with "administratively prohibited".
    Prohibit,
    /// Packets are answered with "network unreachable".
    Unreachable,
}
