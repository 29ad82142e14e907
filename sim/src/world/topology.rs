//! Who belongs together: instances to virtual routers, virtual addresses to both.
//!
//! Invariant: fixed for a whole run. Configurations that nodes are only given later are read too,
//! so that a member's place never changes.
//!
//! Two instances are one virtual router when, on one segment, they share a virtual address or a
//! VRID: two nodes that should agree on the VRID and don't are still meant to be one.

use std::net::IpAddr;

use bellwether_core::id::InstanceKey;
use bellwether_core::model::{Config, Instance};
use bellwether_core::unit::Name;

use crate::fault::Fault;
use crate::lan::SegmentId;
use crate::log::NodeId;
use crate::scenario::{Scenario, ScenarioError};

/// All virtual routers of a world.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// The names of the segments.
    pub segments: Vec<Name>,
    /// Every instance that a node has or is ever given, in the nodes' order.
    pub members: Vec<Member>,
    /// Every virtual router.
    pub groups: Vec<Group>,
    /// Every virtual address.
    pub vips: Vec<Vip>,
}

/// An instance on a node.
#[derive(Clone, Debug)]
pub struct Member {
    /// The node.
    pub node: NodeId,
    /// Its identity there.
    pub key: InstanceKey,
    /// Its name.
    pub name: Name,
    /// The segment that it speaks on.
    pub segment: SegmentId,
    /// The virtual router that it plays, by its place.
    pub group: usize,
}

/// A virtual router.
#[derive(Clone, Debug)]
pub struct Group {
    /// The name that its first instance has.
    pub name: Name,
    /// Its instances, by their places.
    pub members: Vec<usize>,
    /// Its addresses, by their places.
    pub vips: Vec<usize>,
}

/// A virtual address.
#[derive(Clone, Debug)]
pub struct Vip {
    /// The segment that it lives on.
    pub segment: SegmentId,
    /// The address.
    pub address: IpAddr,
    /// The virtual router that it belongs to, by its place.
    pub group: usize,
}

/// More members than this are refused, so that a set of them fits in a machine word.
pub const MOST_NODES: usize = 64;

impl Topology {
    /// Reads all configurations of a scenario.
    ///
    /// # Errors
    ///
    /// A fault that gives a configuration to a node that does not exist.
    pub fn new(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let mut topology = Self::default();
        for (place, node) in (0_u16..).zip(&scenario.nodes) {
            topology.read(scenario, NodeId(place), &node.config);
            for timed in &scenario.faults {
                if let Fault::Reload { node: name, config } = &timed.fault
                    && *name == node.name
                {
                    topology.read(scenario, NodeId(place), config);
                }
            }
        }
        topology.collect_groups();
        Ok(topology)
    }

    /// The place of an instance.
    #[must_use]
    pub fn member(&self, node: NodeId, key: &InstanceKey) -> Option<usize> {
        self.members
            .iter()
            .position(|own| own.node == node && own.key == *key)
    }

    /// The virtual router in which some instance is called so.
    #[must_use]
    pub fn group_named(&self, name: &Name) -> Option<usize> {
        self.members
            .iter()
            .find(|own| own.name == *name)
            .map(|own| own.group)
    }

    /// The place of a virtual address.
    #[must_use]
    pub fn vip(&self, segment: SegmentId, address: IpAddr) -> Option<usize> {
        self.vips
            .iter()
            .position(|own| own.segment == segment && own.address == address)
    }

    /// The segment of this name.
    #[must_use]
    pub fn segment(&self, name: &str) -> SegmentId {
        let found = self.segments.iter().position(|own| own.as_str() == name);
        SegmentId(found.unwrap_or_default())
    }

    fn read(&mut self, scenario: &Scenario, node: NodeId, config: &Config) {
        let spec = &scenario.nodes[node.index()];
        for interface in spec.interfaces.values() {
            if !self.segments.contains(&interface.segment) {
                self.segments.push(interface.segment.clone());
            }
        }
        let segment_of = |name| spec.interfaces.get(&name).map(|own| &own.segment);
        for instance in config.instances() {
            let Some(segment) = segment_of(instance.interface) else {
                continue;
            };
            let segment = self.segment(segment.as_str());
            let vips = self.vips_of(instance, segment_of);
            self.join(node, instance, segment, &vips);
        }
    }

    /// The places of an instance's addresses; new ones are added, as of no virtual router yet.
    fn vips_of<'a>(
        &mut self,
        instance: &Instance,
        segment_of: impl Fn(bellwether_core::unit::IfName) -> Option<&'a Name>,
    ) -> Vec<usize> {
        let mut places = Vec::with_capacity(instance.virtual_addresses.len());
        let listed = instance.virtual_addresses.iter();
        for own in listed.chain(&instance.excluded_addresses) {
            let Some(segment) = segment_of(own.dev.unwrap_or(instance.interface)) else {
                continue;
            };
            let segment = self.segment(segment.as_str());
            let place = self.vip(segment, own.address).unwrap_or(self.vips.len());
            if place == self.vips.len() {
                self.vips.push(Vip {
                    segment,
                    address: own.address,
                    group: usize::MAX,
                });
            }
            places.push(place);
        }
        places
    }

    fn join(&mut self, node: NodeId, instance: &Instance, segment: SegmentId, vips: &[usize]) {
        let key = instance.key();
        let same_router = |own: &&Member| {
            own.segment == segment && own.key.vrid == key.vrid && own.key.family == key.family
        };
        let by_vrid = self.members.iter().find(same_router).map(|own| own.group);
        let by_vip = vips.iter().map(|vip| self.vips[*vip].group);
        let known: Vec<usize> = by_vrid
            .into_iter()
            .chain(by_vip)
            .filter(|group| *group != usize::MAX)
            .collect();
        let group = known
            .iter()
            .copied()
            .min()
            .unwrap_or_else(|| self.next_group());
        for member in &mut self.members {
            if known.contains(&member.group) {
                member.group = group;
            }
        }
        for (place, vip) in self.vips.iter_mut().enumerate() {
            if known.contains(&vip.group) || vips.contains(&place) {
                vip.group = group;
            }
        }
        if self.member(node, &key).is_none() {
            self.members.push(Member {
                node,
                key,
                name: instance.name.clone(),
                segment,
                group,
            });
        }
    }

    fn next_group(&self) -> usize {
        let used = self.members.iter().map(|own| own.group);
        used.max().map_or(0, |most| most + 1)
    }

    /// Numbers the groups without gaps, and lists what belongs to each.
    fn collect_groups(&mut self) {
        let mut numbers: Vec<usize> = self.members.iter().map(|own| own.group).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let place = |group: usize| numbers.binary_search(&group).unwrap_or_default();
        for member in &mut self.members {
            member.group = place(member.group);
        }
        for vip in &mut self.vips {
            vip.group = place(vip.group);
        }
        for group in 0..numbers.len() {
            let of = |own: &Member| own.group == group;
            let members: Vec<usize> = (0..self.members.len())
                .filter(|place| of(&self.members[*place]))
                .collect();
            let Some(first) = members.first() else {
                continue;
            };
            self.groups.push(Group {
                name: self.members[*first].name.clone(),
                vips: (0..self.vips.len())
                    .filter(|place| self.vips[*place].group == group)
                    .collect(),
                members,
            });
        }
    }
}
