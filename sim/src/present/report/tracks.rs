//! How things stood from when to when, as the log tells it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::id::InstanceKey;
use bellwether_core::unit::{IfName, Name};
use bellwether_core::vrrp::State;
use serde::Serialize;

use crate::log::{Entry, NodeId, Process, StationId, What};
use crate::present::cuts::Cuts;
use crate::present::owners::Owners;
use crate::run::Report;
use crate::scenario::{NodeSpec, Scenario};

/// What a lane of an instance shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    /// Its process does not run.
    Off,
    /// It does, and the instance has not begun.
    Init,
    /// A backup.
    Backup,
    /// The master.
    Master,
    /// In FAULT.
    Fault,
    /// Its process was killed, or the power went.
    Crashed,
    /// Its process is not scheduled.
    Paused,
}

/// From when, until when, in nanoseconds, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span<T>(pub(super) u64, pub(super) u64, pub(super) T);

/// The spans of one lane, in order, without holes.
pub(super) type Lane<T> = Vec<Span<T>>;

/// Something that changes from time to time.
#[derive(Clone, Debug)]
struct Track<T> {
    spans: Lane<T>,
    since: u64,
    value: T,
}

impl<T: Clone + PartialEq> Track<T> {
    const fn new(value: T) -> Self {
        Self {
            spans: Vec::new(),
            since: 0,
            value,
        }
    }

    fn set(&mut self, at: Instant, value: T) {
        if value != self.value {
            self.close(at);
            self.value = value;
        }
    }

    fn close(&mut self, at: Instant) {
        let at = at.as_nanos();
        if at > self.since {
            self.spans.push(Span(self.since, at, self.value.clone()));
        }
        self.since = at;
    }

    fn finish(mut self, at: Instant) -> Lane<T> {
        self.close(at);
        self.spans
    }
}

/// All that changes.
pub(super) struct Tracks {
    nodes: Vec<Node>,
    addresses: Vec<Address>,
    /// The segment of each node's interfaces, but for those that nodes make.
    segments: Vec<BTreeMap<IfName, Name>>,
    owners: Owners,
    cuts: Cuts,
    ways: Track<Vec<(Name, Name)>>,
    clients: BTreeMap<(StationId, IpAddr), Track<Option<NodeId>>>,
}

/// A virtual address of a segment.
struct Address {
    segment: Name,
    address: IpAddr,
    track: Track<Vec<NodeId>>,
}

struct Node {
    process: Running,
    instances: Vec<(InstanceKey, State, Track<Role>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Running {
    No,
    Yes,
    Paused,
    Crashed,
}

/// How things stood, lane by lane.
pub(super) struct Finished {
    /// For each node and instance.
    pub(super) roles: Vec<Vec<Lane<Role>>>,
    /// For each address, in the order of the report's availability: the nodes that carried it.
    pub(super) owners: Vec<Lane<Vec<NodeId>>>,
    /// The ways that were cut.
    pub(super) cuts: Lane<Vec<(Name, Name)>>,
    /// For each client and address: the node that it sent to.
    pub(super) clients: Vec<(StationId, IpAddr, Lane<Option<NodeId>>)>,
}

impl Tracks {
    /// Reads the whole log.
    pub(super) fn read(scenario: &Scenario, report: &Report) -> Finished {
        let mut tracks = Self::new(scenario, report);
        for entry in &report.log.entries {
            tracks.take(entry);
        }
        tracks.finish(report.ended_at)
    }

    fn new(scenario: &Scenario, report: &Report) -> Self {
        let nodes = scenario.nodes.iter().map(|node| Node {
            process: Running::No,
            instances: node
                .config
                .instances()
                .iter()
                .map(|own| (own.key(), State::Init, Track::new(Role::Off)))
                .collect(),
        });
        let addresses = report.availability.iter();
        Self {
            nodes: nodes.collect(),
            addresses: addresses
                .map(|own| Address {
                    segment: own.segment.clone(),
                    address: own.address,
                    track: Track::new(Vec::new()),
                })
                .collect(),
            segments: scenario.nodes.iter().map(segments).collect(),
            owners: Owners::default(),
            cuts: Cuts::new(report.log.stations.clone()),
            ways: Track::new(Vec::new()),
            clients: BTreeMap::new(),
        }
    }

    fn take(&mut self, entry: &Entry) {
        let what = &entry.what;
        self.cuts.read(entry);
        if matches!(what, What::Fault(_) | What::Phase(_)) {
            self.ways.set(entry.at, self.cuts.ways().cloned().collect());
        }
        if let What::ClientArp {
            client,
            address,
            node,
        } = what
        {
            let track = self.clients.entry((*client, *address));
            track
                .or_insert_with(|| Track::new(None))
                .set(entry.at, *node);
        }
        self.owners.read(entry);
        let moves_addresses = matches!(
            what,
            What::AddressAdded(_) | What::AddressRemoved(_) | What::Link { .. } | What::Process(_)
        );
        if moves_addresses {
            for own in &mut self.addresses {
                let there = |node: NodeId, interface: IfName| {
                    let known = self.segments.get(node.index());
                    let segment = known.and_then(|all| all.get(&interface));
                    segment.is_none_or(|segment| *segment == own.segment)
                };
                let owners = self.owners.of_those(own.address, there);
                own.track.set(entry.at, owners);
            }
        }
        let node = entry.node.and_then(|node| self.nodes.get_mut(node.index()));
        if let Some(node) = node {
            node.take(entry.at, what);
        }
    }

    fn finish(self, at: Instant) -> Finished {
        let roles = self.nodes.into_iter().map(|node| {
            let all = node.instances.into_iter();
            all.map(|(_, _, track)| track.finish(at)).collect()
        });
        let owners = self.addresses.into_iter();
        let clients = self.clients.into_iter();
        Finished {
            roles: roles.collect(),
            owners: owners.map(|own| own.track.finish(at)).collect(),
            cuts: self.ways.finish(at),
            clients: clients
                .map(|((client, address), track)| (client, address, track.finish(at)))
                .collect(),
        }
    }
}

fn segments(node: &NodeSpec) -> BTreeMap<IfName, Name> {
    let interfaces = node.interfaces.iter();
    interfaces
        .map(|(name, own)| (*name, own.segment.clone()))
        .collect()
}

impl Node {
    fn take(&mut self, at: Instant, what: &What) {
        if let What::Transition { instance, to, .. } = what {
            let own = self.instances.iter_mut().find(|own| own.0 == *instance);
            if let Some((_, state, _)) = own {
                *state = *to;
            }
        } else if let What::Process(process) = what {
            match process {
                Process::Started => {
                    self.process = Running::Yes;
                    self.instances
                        .iter_mut()
                        .for_each(|own| own.1 = State::Init);
                }
                Process::Exited => self.process = Running::No,
                Process::Killed | Process::PoweredOff => self.process = Running::Crashed,
                Process::Paused => self.process = Running::Paused,
                Process::Resumed { .. } => self.process = Running::Yes,
                Process::Stopping | Process::PoweredOn | Process::Reloaded => {}
            }
        } else {
            return;
        }
        for (_, state, track) in &mut self.instances {
            let role = match self.process {
                Running::No => Role::Off,
                Running::Crashed => Role::Crashed,
                Running::Paused => Role::Paused,
                Running::Yes => match state {
                    State::Init => Role::Init,
                    State::Backup => Role::Backup,
                    State::Master => Role::Master,
                    State::Fault => Role::Fault,
                },
            };
            track.set(at, role);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::scenario::load::load;

    fn sum<T>(lane: &[Span<T>], counts: impl Fn(&T) -> bool) -> u64 {
        let counted = lane.iter().filter(|own| counts(&own.2));
        counted.map(|Span(from, to, _)| to - from).sum()
    }

    #[test]
    fn what_the_lanes_show_is_what_the_world_has_counted() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|own| own != "toml") || path.ends_with("Cargo.toml") {
                continue;
            }
            let scenario = Arc::new(load(&path).unwrap().scenario);
            let report = crate::run::run(&scenario, scenario.seed).unwrap();
            let shown = Tracks::read(&scenario, &report);
            for (own, lane) in report.availability.iter().zip(&shown.owners) {
                let counted = [own.dark_ns, own.single_ns, own.dual_ns];
                let shown = [
                    sum(lane, |nodes| nodes.is_empty()),
                    sum(lane, |nodes| nodes.len() == 1),
                    sum(lane, |nodes| nodes.len() > 1),
                ];
                assert_eq!(shown, counted, "{} of {}", own.address, path.display());
            }
            for lane in shown.roles.iter().flatten() {
                let whole = report.ended_at.as_nanos();
                assert_eq!(sum(lane, |_| true), whole, "no holes");
                assert!(lane.windows(2).all(|two| two[0].1 == two[1].0));
            }
            seen += 1;
        }
        assert!(seen > 40, "{seen} scenarios");
    }
}
