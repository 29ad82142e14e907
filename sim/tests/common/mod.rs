//! Nodes and scenarios that several tests start from.

#![allow(dead_code, reason = "each test file uses some of these")]

use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::{Config, Instance, Parts, VirtualAddress};
use bellwether_core::unit::Priority;
use bellwether_sim::scenario::units::parse_span;
use bellwether_sim::scenario::{NodeSpec, Scenario};

/// The instant that a text such as `"3s"` says.
pub(crate) fn at(text: &str) -> Instant {
    Instant::ZERO + parse_span(text).unwrap()
}

/// VRID 51 on eth0 for 192.0.2.100, version 2, 1 s.
pub(crate) fn instance(priority: u8) -> Instance {
    let mut instance = Instance::new(
        "VI_1".into(),
        "eth0".parse().unwrap(),
        51.try_into().unwrap(),
    );
    instance.priority = Priority(priority);
    let address: IpAddr = "192.0.2.100".parse().unwrap();
    instance.virtual_addresses = vec![VirtualAddress::host(address)];
    instance
}

/// A configuration of one instance.
pub(crate) fn config(instance: Instance) -> Config {
    Config::new(Parts {
        instances: vec![instance],
        ..Parts::default()
    })
    .unwrap()
}

/// Node number `place + 1`, called `lb1` and so on.
pub(crate) fn node(place: usize, instance: Instance) -> NodeSpec {
    NodeSpec::new(&format!("lb{}", place + 1), config(instance), place)
}

/// Two nodes of these priorities.
pub(crate) fn pair(name: &str, first: u8, second: u8) -> Scenario {
    let nodes = vec![node(0, instance(first)), node(1, instance(second))];
    Scenario::new(name, nodes)
}
