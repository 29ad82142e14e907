//! Routes as a kernel holds them, and what tells one from another.

use core::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{Nexthop, Prefix, Route, RouteKind};
use crate::unit::{Family, IfName};

/// The protocol id of our routes and rules: 18, `RTPROT_KEEPALIVED`.
///
/// keepalived marks its own with it, and `ip route` knows it by that name. Ours is the same, so
/// that a file gives the same routes, and what either of the two left behind is recognised by the
/// other. It is also why only one of them may run in a network namespace.
pub const ROUTE_PROTOCOL: u8 = 18;

/// The main table.
const MAIN: u32 = 254;

/// What the kernel takes for the metric of an IPv6 route that has none.
const METRIC_V6: u32 = 1024;

/// Identity of a route in a kernel.
///
/// The kernel tells routes apart by all of this, and tells all of this back as it was given; what
/// else a route has (its path attributes, its scope) it is free to fill in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RouteKey {
    /// Its family.
    pub family: Family,
    /// Its table.
    pub table: u32,
    /// Its destination; none: the default route.
    pub destination: Option<Prefix>,
    /// The sources that it is for, of IPv6; none: all.
    pub from: Option<Prefix>,
    /// Type of service, of IPv4; 0: any.
    pub tos: u8,
    /// Its metric.
    pub metric: u32,
    /// Who made it.
    pub protocol: u8,
    /// What happens to its packets.
    pub kind: RouteKind,
    /// The preferred source address of own packets.
    pub source: Option<IpAddr>,
    /// Where its packets go; empty for kinds that go nowhere.
    pub ways: Vec<Way>,
}

/// Where packets of a route go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Way {
    /// To a gateway, by whichever interface reaches it.
    Via(IpAddr),
    /// To a link-local gateway, which only its interface tells from others.
    LinkLocal(IpAddr, IfName),
    /// Out of an interface.
    Dev(IfName),
}

/// A route as it stands, or is to stand, in the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelRoute {
    /// What the kernel tells it by.
    pub key: RouteKey,
    /// All of it as it is, or was, asked for; none: it was found, and all that is known is its key.
    pub route: Option<Box<Route>>,
}

impl RouteKey {
    /// What a kernel tells this route by.
    #[must_use]
    pub fn of(route: &Route) -> Self {
        let (metric, tos) = match route.family {
            Family::V4 => (route.metric.unwrap_or(0), route.tos.unwrap_or(0)),
            // A metric of 0 is none to the kernel, and it has no type of service.
            Family::V6 => (route.metric.filter(|own| *own != 0).unwrap_or(METRIC_V6), 0),
        };
        Self {
            family: route.family,
            table: route.table.unwrap_or(MAIN),
            destination: route.destination.and_then(Prefix::network),
            from: route.from.and_then(Prefix::network),
            tos,
            metric,
            protocol: route.protocol.unwrap_or(ROUTE_PROTOCOL),
            kind: route.kind,
            source: route.source,
            ways: ways(route),
        }
    }

    /// Whether its protocol says that it is ours.
    #[must_use]
    pub const fn is_marked(&self) -> bool {
        self.protocol == ROUTE_PROTOCOL
    }

    /// Whether it leads through an interface by name.
    #[must_use]
    pub fn leads_through(&self, interface: IfName) -> bool {
        self.ways.iter().any(|way| match way {
            Way::Via(_) => false,
            Way::LinkLocal(_, dev) | Way::Dev(dev) => *dev == interface,
        })
    }
}

impl Way {
    /// What tells a way from others; none where there is neither a gateway nor an interface.
    #[must_use]
    pub fn new(via: Option<IpAddr>, dev: Option<IfName>) -> Option<Self> {
        match (via, dev) {
            (Some(IpAddr::V6(via)), Some(dev)) if via.is_unicast_link_local() => {
                Some(Self::LinkLocal(via.into(), dev))
            }
            (Some(via), _) => Some(Self::Via(via)),
            (None, Some(dev)) => Some(Self::Dev(dev)),
            (None, None) => None,
        }
    }
}

impl KernelRoute {
    /// A route that is asked for.
    #[must_use]
    pub fn wanted(route: &Route) -> Self {
        Self {
            key: RouteKey::of(route),
            route: Some(Box::new(route.clone())),
        }
    }
}

impl Route {
    /// The interfaces that it names.
    pub fn interfaces(&self) -> impl Iterator<Item = IfName> + '_ {
        let hops = self.nexthops.iter().filter_map(|hop| hop.dev);
        self.dev.into_iter().chain(hops)
    }
}

/// Where packets of this route go, by what the kernel tells back.
fn ways(route: &Route) -> Vec<Way> {
    match route.kind {
        RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit | RouteKind::Throw => {
            return Vec::new();
        }
        RouteKind::Unicast
        | RouteKind::Local
        | RouteKind::Broadcast
        | RouteKind::Anycast
        | RouteKind::Multicast => {}
    }
    let own = Way::new(route.via, route.dev);
    // `dev` beside several ways is that of those that name none.
    let of = |hop: &Nexthop| Way::new(hop.via, hop.dev.or(route.dev));
    let hops = route.nexthops.iter().filter_map(of);
    if route.nexthops.is_empty() {
        own.into_iter().collect()
    } else {
        hops.collect()
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RouteKind::Unicast => {}
            RouteKind::Local => f.write_str("local ")?,
            RouteKind::Broadcast => f.write_str("broadcast ")?,
            RouteKind::Anycast => f.write_str("anycast ")?,
            RouteKind::Multicast => f.write_str("multicast ")?,
            RouteKind::Blackhole => f.write_str("blackhole ")?,
            RouteKind::Unreachable => f.write_str("unreachable ")?,
            RouteKind::Prohibit => f.write_str("prohibit ")?,
            RouteKind::Throw => f.write_str("throw ")?,
        }
        match (self.destination, self.family) {
            (Some(network), _) => write!(f, "{network}")?,
            (None, Family::V4) => f.write_str("default")?,
            (None, Family::V6) => f.write_str("default inet6")?,
        }
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        for way in &self.ways {
            match way {
                Way::Via(via) => write!(f, " via {via}")?,
                Way::LinkLocal(via, dev) => write!(f, " via {via} dev {dev}")?,
                Way::Dev(dev) => write!(f, " dev {dev}")?,
            }
        }
        if self.table != MAIN {
            write!(f, " table {}", self.table)?;
        }
        let unsaid = match self.family {
            Family::V4 => 0,
            Family::V6 => METRIC_V6,
        };
        if self.metric != unsaid {
            write!(f, " metric {}", self.metric)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(address: &str, len: u8) -> Prefix {
        let address = address.parse().unwrap();
        Prefix { address, len }
    }

    #[test]
    fn what_the_kernel_fills_in_is_filled_in() {
        let v4 = RouteKey::of(&Route::new(Family::V4, Some(prefix("10.1.2.3", 8))));
        assert_eq!(v4.destination, Some(prefix("10.0.0.0", 8)));
        assert_eq!((v4.table, v4.metric, v4.protocol), (254, 0, 18));
        let v6 = RouteKey::of(&Route::new(Family::V6, Some(prefix("::", 0))));
        assert_eq!((v6.destination, v6.metric), (None, 1024));
    }

    #[test]
    fn only_a_link_local_gateway_needs_its_interface() {
        let dev: IfName = "eth0".parse().unwrap();
        let (near, far) = ("fe80::1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        assert_eq!(
            Way::new(Some(near), Some(dev)),
            Some(Way::LinkLocal(near, dev))
        );
        assert_eq!(Way::new(Some(far), Some(dev)), Some(Way::Via(far)));
        assert_eq!(Way::new(None, Some(dev)), Some(Way::Dev(dev)));
    }

    #[test]
    fn a_route_reads_as_ip_route_would_say_it() {
        let mut route = Route::new(Family::V4, Some(prefix("192.168.9.0", 24)));
        route.via = Some("192.0.2.1".parse().unwrap());
        route.table = Some(7);
        let said = RouteKey::of(&route).to_string();
        assert_eq!(said, "192.168.9.0/24 via 192.0.2.1 table 7");
        route.kind = RouteKind::Blackhole;
        let said = RouteKey::of(&route).to_string();
        assert_eq!(said, "blackhole 192.168.9.0/24 table 7");
    }
}
