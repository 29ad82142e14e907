//! A scenario as data: nodes, links, faults, and what is expected to come of them.
//!
//! Owns the data model only; reading it from TOML is the business of its loader. Everything has a
//! default, so that a scenario says what is special about it and nothing else.

pub mod connect;
pub mod language;
pub mod load;
pub mod save;
pub mod starter;
pub mod units;

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_core::Instant;
use bellwether_core::model::Config;
use bellwether_core::unit::{Family, IfName, Name};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::fault::TimedFault;
use crate::invariant::InvariantId;

/// A whole experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Its name, for people.
    pub name: String,
    /// What it shows, as prose.
    pub story: Option<String>,
    /// The seed of all random streams; default 0.
    pub seed: u64,
    /// With how many seeds it is to be run, from that one on; default 1.
    pub seeds: u32,
    /// The routers.
    pub nodes: Vec<NodeSpec>,
    /// How many clients each segment has; they talk to the virtual addresses. Default 1.
    pub clients: u32,
    /// What every link is like unless a fault says otherwise.
    pub links: LinkSpec,
    /// What breaks, in time order.
    pub faults: Vec<TimedFault>,
    /// When the first phase ends and everything is healed; default one settling time (computed from the
    /// configurations) after
    /// the last fault or expectation, whichever is later.
    pub fault_phase_end: Option<Instant>,
    /// What is mended at that moment; default everything.
    pub healing: Healing,
    /// How long the second phase lasts; default what L1 to L3 need to be decided.
    pub liveness: Option<Duration>,
    /// What is to be seen.
    pub expectations: Vec<Expectation>,
    /// The invariants that this scenario is to violate. It fails if one of them holds.
    pub expected_violations: Vec<InvariantId>,
    /// The invariants that are not checked.
    pub disabled: Vec<InvariantId>,
    /// Bounds other than the computed ones.
    pub bounds: BTreeMap<InvariantId, Duration>,
}

impl Scenario {
    /// A scenario of these nodes in which nothing breaks.
    #[must_use]
    pub fn new(name: &str, nodes: Vec<NodeSpec>) -> Self {
        Self {
            name: name.to_owned(),
            story: None,
            seed: 0,
            seeds: 1,
            nodes,
            clients: 1,
            links: LinkSpec::default(),
            faults: Vec::new(),
            fault_phase_end: None,
            healing: Healing::default(),
            liveness: None,
            expectations: Vec::new(),
            expected_violations: Vec::new(),
            disabled: Vec::new(),
            bounds: BTreeMap::new(),
        }
    }
}

/// A router of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Its name.
    pub name: Name,
    /// What it runs.
    pub config: Config,
    /// Its interfaces. Those that the configuration speaks of and that are not listed here are
    /// made by [`NodeSpec::fill_interfaces`].
    pub interfaces: BTreeMap<IfName, InterfaceSpec>,
    /// When its process starts; default at once.
    pub starts_at: Instant,
    /// How fast its clock runs, in parts per million off; default 0.
    pub clock_ppm: i32,
    /// Whether its kernel keeps the mark of who made an address (Linux 5.18 and later); default
    /// true. Without it, leftovers are known by the configuration alone.
    pub keeps_marks: bool,
}

impl NodeSpec {
    /// A node that starts at once, with one address on each interface of its configuration.
    ///
    /// `place` is its place among the nodes, from 0; the address is made from it.
    #[must_use]
    pub fn new(name: &str, config: Config, place: usize) -> Self {
        let mut node = Self {
            name: name.into(),
            config,
            interfaces: BTreeMap::new(),
            starts_at: Instant::ZERO,
            clock_ppm: 0,
            keeps_marks: true,
        };
        node.fill_interfaces(place);
        node
    }

    /// Gives every interface that the configuration speaks of, and that has no description yet, a
    /// segment of its own name, and as primary address number `place + 1` of the /24 of the first
    /// IPv4 virtual address there (192.0.2.0/24 where there is none). Where that is a virtual
    /// address itself, 100 more. Where something is IPv6 there is a link-local address as well: see
    /// [`Self::add_link_locals`]. An interface that is only tracked has no address.
    pub fn fill_interfaces(&mut self, place: usize) {
        let number = number(place);
        for (interface, vips) in self.carriers() {
            let mut fours = vips.iter().filter_map(|vip| match vip {
                IpAddr::V4(address) => Some(*address),
                IpAddr::V6(_) => None,
            });
            let [a, b, c, _] = fours.next().map_or([192, 0, 2, 0], |vip| vip.octets());
            let mut address = Ipv4Addr::new(a, b, c, number);
            if vips.contains(&address.into()) {
                address = Ipv4Addr::new(a, b, c, number.saturating_add(100));
            }
            let own = Cidr {
                address: address.into(),
                prefix_len: 24,
            };
            self.add_interface(interface, vec![own]);
        }
        for interface in self.tracked() {
            self.add_interface(interface, Vec::new());
        }
        self.add_link_locals(place);
    }

    /// Gives every interface on which an instance speaks IPv6, or that is to carry an IPv6 virtual
    /// address, the link-local address `fe80::N/64`, where N is `place + 1`, unless it has one. Where
    /// that is a virtual address itself, 100 more.
    pub fn add_link_locals(&mut self, place: usize) {
        let number = number(place);
        let mut speaking = Vec::new();
        for instance in self.config.instances() {
            if instance.family == Family::V6 {
                speaking.push(instance.interface);
            }
        }
        for (interface, vips) in self.carriers() {
            let Some(spec) = self.interfaces.get_mut(&interface) else {
                continue;
            };
            let known = spec.addresses.iter().any(|own| match own.address {
                IpAddr::V4(_) => false,
                IpAddr::V6(address) => address.is_unicast_link_local(),
            });
            let wanted = speaking.contains(&interface) || vips.iter().any(IpAddr::is_ipv6);
            if known || !wanted {
                continue;
            }
            let local = |number: u8| {
                let last = u16::from(number);
                IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last))
            };
            let taken = vips.contains(&local(number));
            spec.addresses.push(Cidr {
                address: local(if taken { number + 100 } else { number }),
                prefix_len: 64,
            });
        }
    }

    fn add_interface(&mut self, interface: IfName, addresses: Vec<Cidr>) {
        self.interfaces
            .entry(interface)
            .or_insert_with(|| InterfaceSpec {
                segment: interface.as_str().into(),
                addresses,
            });
    }

    /// The interfaces that instances speak on or that carry their addresses, with those addresses.
    fn carriers(&self) -> BTreeMap<IfName, Vec<IpAddr>> {
        let mut carriers: BTreeMap<IfName, Vec<IpAddr>> = BTreeMap::new();
        for instance in self.config.instances() {
            carriers.entry(instance.interface).or_default();
            let listed = instance.virtual_addresses.iter();
            for vip in listed.chain(&instance.excluded_addresses) {
                let on = vip.dev.unwrap_or(instance.interface);
                carriers.entry(on).or_default().push(vip.address);
            }
        }
        carriers
    }

    /// The interfaces that instances and groups track.
    fn tracked(&self) -> Vec<IfName> {
        let instances = self.config.instances().iter().map(|own| &own.trackers);
        let groups = self.config.sync_groups().iter().map(|own| &own.trackers);
        let all = instances.chain(groups).flat_map(|own| &own.interfaces);
        let statics = &self.config.parts().statics;
        let carriers = statics.addresses.iter().filter_map(|own| own.dev);
        let routes = self.config.instances().iter().flat_map(|own| &own.routes);
        let routes = routes.chain(&statics.routes);
        all.map(|tracked| tracked.target)
            .chain(carriers)
            .chain(routes.flat_map(bellwether_core::model::Route::interfaces))
            .collect()
    }
}

/// What the addresses of a node at this place end with.
fn number(place: usize) -> u8 {
    u8::try_from(place.saturating_add(1)).unwrap_or(99).min(99)
}

/// An interface of a router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceSpec {
    /// The segment that it is plugged into. Interfaces of one segment hear each other, whatever
    /// each node calls its own.
    pub segment: Name,
    /// Its addresses; the first is the primary one. None means an instance there can't start.
    pub addresses: Vec<Cidr>,
}

/// An address with its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cidr {
    /// The address.
    pub address: IpAddr,
    /// Length of its prefix in bits.
    pub prefix_len: u8,
}

/// What a link is like while nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSpec {
    /// The shortest time that a frame takes; default 100 us.
    #[serde(with = "units::span")]
    pub delay: Duration,
    /// The most that is added to it, evenly drawn; default none.
    #[serde(with = "units::span")]
    pub jitter: Duration,
}

impl Default for LinkSpec {
    fn default() -> Self {
        Self {
            delay: Duration::from_micros(100),
            jitter: Duration::ZERO,
        }
    }
}

/// What is mended when the fault phase ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healing {
    /// Processes that don't run are started, hosts that are off powered on.
    pub start: bool,
    /// Paused processes are resumed.
    pub resume: bool,
    /// Links are as they are by default, interfaces have their carrier.
    pub links: bool,
    /// Scripts succeed.
    pub scripts: bool,
    /// Clocks run at their nodes' own rate.
    pub clocks: bool,
    /// Real servers are well.
    pub backends: bool,
}

impl Healing {
    /// Nothing is mended: the second phase shows that what is broken is at least stable.
    pub const NOTHING: Self = Self {
        start: false,
        resume: false,
        links: false,
        scripts: false,
        clocks: false,
        backends: false,
    };
}

impl Default for Healing {
    fn default() -> Self {
        Self {
            start: true,
            resume: true,
            links: true,
            scripts: true,
            clocks: true,
            backends: true,
        }
    }
}

/// Something that is to be seen of one virtual router.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// When.
    pub when: When,
    /// Of which: the name of an instance, on whichever node it is called so. Where nodes call
    /// one virtual router differently, either name will do.
    pub instance: Name,
    /// What.
    pub expected: Expected,
}

/// When something is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// At this instant, after everything that happens at it.
    At(Instant),
    /// At some instant of this span, both ends included.
    Within {
        /// Its begin.
        from: Instant,
        /// Its end.
        to: Instant,
    },
    /// At every instant of this span, both ends included.
    Throughout {
        /// Its begin.
        from: Instant,
        /// Its end.
        to: Instant,
    },
    /// At no instant of this span, both ends included.
    Never {
        /// Its begin.
        from: Instant,
        /// Its end.
        to: Instant,
    },
}

impl When {
    /// The last instant that it speaks of.
    #[must_use]
    pub const fn end(self) -> Instant {
        match self {
            Self::At(at) => at,
            Self::Within { to, .. } | Self::Throughout { to, .. } | Self::Never { to, .. } => to,
        }
    }

    /// The first instant that it speaks of.
    #[must_use]
    pub const fn begin(self) -> Instant {
        match self {
            Self::At(at) => at,
            Self::Within { from, .. }
            | Self::Throughout { from, .. }
            | Self::Never { from, .. } => from,
        }
    }
}

/// What is to be seen. A master is a running, unpaused process in state MASTER.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// This node is master, and no other.
    Master(Name),
    /// Nobody is master.
    Nobody,
    /// Two or more are masters.
    Several,
    /// Every client sends to this node, whoever is master.
    ClientsReach(Name),
}

/// A scenario speaks of something that it does not have; nothing was run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// A name that no node and no client has.
    #[error("there is no node or client '{name}'")]
    UnknownStation {
        /// The name.
        name: Name,
    },
    /// An interface that the node does not have.
    #[error("node '{node}' has no interface '{interface}'")]
    UnknownInterface {
        /// The node.
        node: Name,
        /// The interface.
        interface: IfName,
    },
    /// A script that the node does not have.
    #[error("node '{node}' has no script '{script}'")]
    UnknownScript {
        /// The node.
        node: Name,
        /// The script.
        script: Name,
    },
    /// A tracked file or process that the node does not have.
    #[error("node '{node}' tracks no '{name}'")]
    UnknownThing {
        /// The node.
        node: Name,
        /// What it is called.
        name: Name,
    },
    /// An instance that no node has.
    #[error("no node has an instance '{instance}'")]
    UnknownInstance {
        /// The instance.
        instance: Name,
    },
    /// Two nodes of one name.
    #[error("there are two nodes '{name}'")]
    DuplicateNode {
        /// The name.
        name: Name,
    },
    /// More nodes, clients or instances than one world holds.
    #[error("a world holds at most {most} {what}")]
    TooMany {
        /// How many there may be.
        most: usize,
        /// Of what.
        what: &'static str,
    },
}
