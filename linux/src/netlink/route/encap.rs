//! What packets of a route are wrapped in.

use std::net::IpAddr;

use bellwether_core::model::Encap;
use bellwether_core::unit::Family;
use rtnetlink::packet_core::DefaultNla;
use rtnetlink::packet_route::route::{
    MplsLabel, RouteAttribute, RouteIp6Tunnel, RouteIp6TunnelFlags, RouteIpTunnel,
    RouteIpTunnelFlags, RouteLwEnCapType, RouteLwTunnelEncap, RouteMplsIpTunnel,
};

/// `ILA_ATTR_LOCATOR`.
const LOCATOR: u16 = 1;

/// The two attributes that wrap.
pub(super) fn attributes(encap: &Encap) -> [RouteAttribute; 2] {
    let (kind, told) = match encap {
        Encap::Mpls(labels) => (RouteLwEnCapType::Mpls, vec![mpls(labels)]),
        Encap::Ip {
            family: Family::V4, ..
        } => (RouteLwEnCapType::Ip, ipv4(encap)),
        Encap::Ip {
            family: Family::V6, ..
        } => (RouteLwEnCapType::Ip6, ipv6(encap)),
        Encap::Ila(locator) => {
            let locator = DefaultNla::new(LOCATOR, locator.to_be_bytes().to_vec());
            (
                RouteLwEnCapType::Ila,
                vec![RouteLwTunnelEncap::Other(locator)],
            )
        }
    };
    [RouteAttribute::EncapType(kind), RouteAttribute::Encap(told)]
}

fn mpls(labels: &[u32]) -> RouteLwTunnelEncap {
    let last = labels.len().saturating_sub(1);
    let label = |(place, label): (usize, &u32)| MplsLabel {
        label: *label,
        traffic_class: 0,
        bottom_of_stack: place == last,
        ttl: 0,
    };
    let labels = labels.iter().enumerate().map(label).collect();
    RouteLwTunnelEncap::Mpls(RouteMplsIpTunnel::Destination(labels))
}

fn ipv4(encap: &Encap) -> Vec<RouteLwTunnelEncap> {
    let Encap::Ip {
        id,
        destination,
        source,
        tos,
        ttl,
        flags,
        ..
    } = encap
    else {
        return Vec::new();
    };
    let v4 = |address: &IpAddr| match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    };
    let mut told = Vec::new();
    told.extend(id.map(RouteIpTunnel::Id));
    let ends = [
        destination
            .as_ref()
            .and_then(v4)
            .map(RouteIpTunnel::Destination),
        source.as_ref().and_then(v4).map(RouteIpTunnel::Source),
    ];
    told.extend(ends.into_iter().flatten());
    told.extend(tos.map(RouteIpTunnel::Tos));
    told.extend(ttl.map(RouteIpTunnel::Ttl));
    let flags = flags.map(RouteIpTunnelFlags::from_bits_retain);
    told.extend(flags.map(RouteIpTunnel::Flags));
    told.into_iter().map(RouteLwTunnelEncap::Ip).collect()
}

fn ipv6(encap: &Encap) -> Vec<RouteLwTunnelEncap> {
    let Encap::Ip {
        id,
        destination,
        source,
        tos,
        ttl,
        flags,
        ..
    } = encap
    else {
        return Vec::new();
    };
    let v6 = |address: &IpAddr| match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(*address),
    };
    let mut told = Vec::new();
    told.extend(id.map(RouteIp6Tunnel::Id));
    let ends = [
        destination
            .as_ref()
            .and_then(v6)
            .map(RouteIp6Tunnel::Destination),
        source.as_ref().and_then(v6).map(RouteIp6Tunnel::Source),
    ];
    told.extend(ends.into_iter().flatten());
    told.extend(tos.map(RouteIp6Tunnel::Tc));
    told.extend(ttl.map(RouteIp6Tunnel::Hoplimit));
    let flags = flags.map(RouteIp6TunnelFlags::from_bits_retain);
    told.extend(flags.map(RouteIp6Tunnel::Flags));
    told.into_iter().map(RouteLwTunnelEncap::Ip6).collect()
}
