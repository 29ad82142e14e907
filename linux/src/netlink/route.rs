//! Routes as netlink messages, and the other way round.

mod encap;
mod metrics;

use std::collections::BTreeMap;
use std::net::IpAddr;

use bellwether_core::kernel::{RouteKey, Way};
use bellwether_core::model::{Nexthop, Prefix, Route, RouteKind, RouterPreference};
use bellwether_core::unit::{Family, IfName};
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteMplsTtlPropagation, RouteNextHop,
    RouteNextHopFlags, RoutePreference, RouteRealm, RouteScope, RouteType, RouteVia,
};

/// Indices of the interfaces that a route names.
pub(super) type Indices = BTreeMap<IfName, u32>;

/// Names of all interfaces.
pub(super) type Names = BTreeMap<u32, IfName>;

/// The message that adds a route.
pub(super) fn message(key: &RouteKey, route: &Route, indices: &Indices) -> RouteMessage {
    let mut message = head(key);
    message.header.scope = route.scope.map_or_else(|| scope(route), RouteScope::from);
    if route.onlink && route.nexthops.is_empty() {
        message.header.flags |= RouteFlags::Onlink;
    }
    let attributes = &mut message.attributes;
    if route.nexthops.is_empty() {
        attributes.extend(route.via.map(|via| gateway(route.family, via)));
        let index = route.dev.and_then(|dev| indices.get(&dev));
        attributes.extend(index.map(|index| RouteAttribute::Oif(*index)));
        attributes.extend(route.encap.iter().flat_map(encap::attributes));
    } else {
        let hops = route.nexthops.iter();
        let hops = hops.map(|hop| next_hop(route, hop, indices)).collect();
        attributes.push(RouteAttribute::MultiPath(hops));
    }
    attributes.extend(
        route
            .realms
            .map(|realms| RouteAttribute::Realm(realm(realms))),
    );
    attributes.extend(route.pref.map(preference));
    let propagation = |on| match on {
        true => RouteMplsTtlPropagation::Enabled,
        false => RouteMplsTtlPropagation::Disabled,
    };
    let propagated = route.ttl_propagate.map(propagation);
    attributes.extend(propagated.map(RouteAttribute::TtlPropagate));
    let seconds = route.expires.map(|span| span.as_secs());
    let seconds = seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
    attributes.extend(seconds.map(RouteAttribute::Expires));
    attributes.extend(metrics::attribute(&route.metrics));
    message
}

/// The message that names a route, and removes it.
pub(super) fn key_message(key: &RouteKey, indices: &Indices) -> RouteMessage {
    let mut message = head(key);
    // Of any scope.
    message.header.scope = RouteScope::NoWhere;
    match &key.ways[..] {
        [] => {}
        [way] => {
            let (via, dev) = ends(*way);
            let attributes = &mut message.attributes;
            attributes.extend(via.map(|via| gateway(key.family, via)));
            let index = dev.and_then(|dev| indices.get(&dev));
            attributes.extend(index.map(|index| RouteAttribute::Oif(*index)));
        }
        ways => {
            let hop = |way: &Way| {
                let (via, dev) = ends(*way);
                let mut hop = RouteNextHop::default();
                hop.interface_index = dev.and_then(|dev| indices.get(&dev)).copied().unwrap_or(0);
                hop.attributes
                    .extend(via.map(|via| gateway(key.family, via)));
                hop
            };
            let hops = ways.iter().map(hop).collect();
            message.attributes.push(RouteAttribute::MultiPath(hops));
        }
    }
    message
}

/// What tells a route of which the kernel tells; `None` for what is no route of a table, and for
/// ways through interfaces that are not there any more.
pub(super) fn parse(message: &RouteMessage, names: &Names) -> Option<RouteKey> {
    let header = &message.header;
    if header.flags.contains(RouteFlags::Cloned) {
        return None;
    }
    let family = match header.address_family {
        AddressFamily::Inet => Family::V4,
        AddressFamily::Inet6 => Family::V6,
        _ => return None,
    };
    let mut key = RouteKey {
        family,
        table: header.table.into(),
        destination: None,
        from: None,
        tos: match family {
            Family::V4 => header.tos,
            Family::V6 => 0,
        },
        metric: 0,
        protocol: header.protocol.into(),
        kind: kind(header.kind)?,
        source: None,
        ways: Vec::new(),
    };
    let prefix = |address: &RouteAddress, len| {
        ip(address).and_then(|address| Prefix { address, len }.network())
    };
    let (mut via, mut index, mut hops) = (None, None, None);
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(address) => {
                key.destination = prefix(address, header.destination_prefix_length);
            }
            RouteAttribute::Source(address) => {
                key.from = prefix(address, header.source_prefix_length);
            }
            RouteAttribute::PrefSource(address) => key.source = ip(address),
            RouteAttribute::Priority(metric) => key.metric = *metric,
            RouteAttribute::Table(table) => key.table = *table,
            RouteAttribute::Oif(oif) => index = Some(*oif),
            RouteAttribute::MultiPath(listed) => hops = Some(listed),
            other => via = via.or(far_end(other)),
        }
    }
    let goes = match key.kind {
        RouteKind::Unicast
        | RouteKind::Local
        | RouteKind::Broadcast
        | RouteKind::Anycast
        | RouteKind::Multicast => true,
        RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit | RouteKind::Throw => {
            false
        }
    };
    let way = |via: Option<IpAddr>, index: Option<u32>| {
        let name = index.map(|index| names.get(&index).copied());
        match (via, name) {
            // Only a way that its interface tells needs the name.
            (_, Some(None)) if via.is_none_or(is_link_local) => None,
            (via, name) => Way::new(via, name.flatten()),
        }
    };
    if let Some(hops) = hops.filter(|_| goes) {
        for hop in hops {
            let via = hop.attributes.iter().find_map(far_end);
            key.ways.push(way(via, Some(hop.interface_index))?);
        }
    } else if goes && (via.is_some() || index.is_some()) {
        key.ways.push(way(via, index)?);
    }
    Some(key)
}

fn head(key: &RouteKey) -> RouteMessage {
    let mut message = RouteMessage::default();
    let header = &mut message.header;
    header.address_family = match key.family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    };
    header.tos = key.tos;
    header.table = u8::try_from(key.table).unwrap_or(0);
    header.protocol = key.protocol.into();
    header.kind = match key.kind {
        RouteKind::Unicast => RouteType::Unicast,
        RouteKind::Local => RouteType::Local,
        RouteKind::Broadcast => RouteType::Broadcast,
        RouteKind::Anycast => RouteType::Anycast,
        RouteKind::Multicast => RouteType::Multicast,
        RouteKind::Blackhole => RouteType::BlackHole,
        RouteKind::Unreachable => RouteType::Unreachable,
        RouteKind::Prohibit => RouteType::Prohibit,
        RouteKind::Throw => RouteType::Throw,
    };
    let attributes = &mut message.attributes;
    if u8::try_from(key.table).is_err() {
        attributes.push(RouteAttribute::Table(key.table));
    }
    if let Some(destination) = key.destination {
        message.header.destination_prefix_length = destination.len;
        attributes.push(RouteAttribute::Destination(address(destination.address)));
    }
    if let Some(from) = key.from {
        message.header.source_prefix_length = from.len;
        attributes.push(RouteAttribute::Source(address(from.address)));
    }
    attributes.extend(
        key.source
            .map(|source| RouteAttribute::PrefSource(address(source))),
    );
    if key.metric != 0 {
        attributes.push(RouteAttribute::Priority(key.metric));
    }
    message
}

/// The scope of a route that names none. keepalived: that of a unicast route is global, also of
/// one without a gateway; the others' are those of `ip route`.
const fn scope(route: &Route) -> RouteScope {
    match (route.family, route.kind) {
        (Family::V6, _)
        | (
            Family::V4,
            RouteKind::Unicast
            | RouteKind::Blackhole
            | RouteKind::Unreachable
            | RouteKind::Prohibit
            | RouteKind::Throw,
        ) => RouteScope::Universe,
        (Family::V4, RouteKind::Local) => RouteScope::Host,
        (Family::V4, RouteKind::Broadcast | RouteKind::Anycast | RouteKind::Multicast) => {
            RouteScope::Link
        }
    }
}

fn next_hop(route: &Route, hop: &Nexthop, indices: &Indices) -> RouteNextHop {
    let dev = hop.dev.or(route.dev);
    let mut next = RouteNextHop::default();
    next.interface_index = dev.and_then(|dev| indices.get(&dev)).copied().unwrap_or(0);
    // The kernel counts shares from 0.
    next.hops = u8::try_from(hop.weight.saturating_sub(1)).unwrap_or(u8::MAX);
    if hop.onlink || route.onlink {
        next.flags |= RouteNextHopFlags::Onlink;
    }
    let attributes = &mut next.attributes;
    attributes.extend(hop.via.map(|via| gateway(route.family, via)));
    attributes.extend(
        hop.realms
            .map(|realms| RouteAttribute::Realm(realm(realms))),
    );
    attributes.extend(hop.encap.iter().flat_map(encap::attributes));
    next
}

/// A gateway, perhaps of the other family.
fn gateway(family: Family, via: IpAddr) -> RouteAttribute {
    match (family, via) {
        (Family::V4, IpAddr::V6(via)) => RouteAttribute::Via(RouteVia::Inet6(via)),
        (Family::V6, IpAddr::V4(via)) => RouteAttribute::Via(RouteVia::Inet(via)),
        (Family::V4, IpAddr::V4(_)) | (Family::V6, IpAddr::V6(_)) => {
            RouteAttribute::Gateway(address(via))
        }
    }
}

/// The gateway that an attribute names, if it does.
fn far_end(attribute: &RouteAttribute) -> Option<IpAddr> {
    match attribute {
        RouteAttribute::Gateway(address) => ip(address),
        RouteAttribute::Via(RouteVia::Inet(via)) => Some((*via).into()),
        RouteAttribute::Via(RouteVia::Inet6(via)) => Some((*via).into()),
        _ => None,
    }
}

const fn ends(way: Way) -> (Option<IpAddr>, Option<IfName>) {
    match way {
        Way::Via(via) => (Some(via), None),
        Way::LinkLocal(via, dev) => (Some(via), Some(dev)),
        Way::Dev(dev) => (None, Some(dev)),
    }
}

const fn is_link_local(via: IpAddr) -> bool {
    match via {
        IpAddr::V4(_) => false,
        IpAddr::V6(via) => via.is_unicast_link_local(),
    }
}

fn kind(kind: RouteType) -> Option<RouteKind> {
    Some(match kind {
        RouteType::Unicast => RouteKind::Unicast,
        RouteType::Local => RouteKind::Local,
        RouteType::Broadcast => RouteKind::Broadcast,
        RouteType::Anycast => RouteKind::Anycast,
        RouteType::Multicast => RouteKind::Multicast,
        RouteType::BlackHole => RouteKind::Blackhole,
        RouteType::Unreachable => RouteKind::Unreachable,
        RouteType::Prohibit => RouteKind::Prohibit,
        RouteType::Throw => RouteKind::Throw,
        _ => return None,
    })
}

const fn preference(pref: RouterPreference) -> RouteAttribute {
    RouteAttribute::Preference(match pref {
        RouterPreference::Low => RoutePreference::Low,
        RouterPreference::Medium => RoutePreference::Medium,
        RouterPreference::High => RoutePreference::High,
    })
}

/// Realms: to, and from above 16 bits.
pub(super) fn realm(realms: u32) -> RouteRealm {
    let [to_low, to_high, from_low, from_high] = realms.to_le_bytes();
    RouteRealm {
        source: u16::from_le_bytes([from_low, from_high]),
        destination: u16::from_le_bytes([to_low, to_high]),
    }
}

const fn address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(address) => RouteAddress::Inet(address),
        IpAddr::V6(address) => RouteAddress::Inet6(address),
    }
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some((*address).into()),
        RouteAddress::Inet6(address) => Some((*address).into()),
        _ => None,
    }
}
