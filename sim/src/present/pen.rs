//! Reads the log entry by entry, knows how things stand, and writes it down row by row.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::id::InstanceKey;
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;

use super::cuts::Cuts;
use super::describe::describe_fault;
use super::owners::{Owners, Since};
use super::seconds;
use crate::log::{Entry, Log, NodeId, Phase, Process, What};
use crate::run::Report;
use crate::scenario::Scenario;

/// All that happens at one instant, and how things stand after it.
pub(super) struct Row {
    pub(super) at: Instant,
    pub(super) events: Vec<String>,
    pub(super) states: Vec<String>,
    pub(super) owners: Vec<String>,
    pub(super) marks: Vec<(Mark, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Links,
    Outage,
    Violation,
}

/// Reads the log and knows how things stand.
pub(super) struct Pen {
    pub(super) addresses: Vec<IpAddr>,
    instances: Vec<Vec<(InstanceKey, State)>>,
    processes: Vec<Running>,
    owners: Owners,
    cuts: Cuts,
    stations: Vec<Name>,
    since: BTreeMap<&'static str, Since>,
    violations: Vec<String>,
    /// Whether the last entry changed what the lanes show.
    pub(super) moved: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Running {
    No,
    Yes,
    Paused,
    Crashed,
}

impl Pen {
    pub(super) fn new(scenario: &Scenario, report: &Report) -> Self {
        let instances = scenario.nodes.iter().map(|node| {
            let keys = node
                .config
                .instances()
                .iter()
                .map(|i| (i.key(), State::Init));
            keys.collect()
        });
        let mut addresses: Vec<IpAddr> = report.availability.iter().map(|a| a.address).collect();
        addresses.dedup();
        Self {
            addresses,
            instances: instances.collect(),
            processes: vec![Running::No; scenario.nodes.len()],
            owners: Owners::default(),
            cuts: Cuts::new(report.log.stations.clone()),
            stations: report.log.stations.clone(),
            since: BTreeMap::new(),
            violations: Vec::new(),
            moved: false,
        }
    }

    /// Takes an entry in, and says what the event column shall tell of it.
    pub(super) fn read(&mut self, entry: &Entry, log: &Log) -> Option<String> {
        let before: Vec<_> = self.addresses.iter().map(|a| self.owners.of(*a)).collect();
        self.owners.read(entry);
        self.cuts.read(entry);
        let after: Vec<_> = self.addresses.iter().map(|a| self.owners.of(*a)).collect();
        self.moved = before != after;
        let node = entry.node;
        let name = node.map_or("", |node| log.name(node));
        if let What::Transition {
            instance,
            from,
            to,
            cause,
            ..
        } = &entry.what
        {
            self.set_state(node?, *instance, *to);
            return (*from != State::Init || *to != State::Backup)
                .then(|| format!("{name} {cause}"));
        }
        if let What::Process(process) = &entry.what {
            return self.read_process(node?, name, *process);
        }
        if let What::Fault(fault) = &entry.what {
            return Some(describe_fault(fault));
        }
        if let What::Phase(phase) = &entry.what {
            return match phase {
                Phase::Faults => Some("start".to_owned()),
                Phase::Stable => None,
                Phase::Healed => Some("all is mended".to_owned()),
                Phase::End => Some("end".to_owned()),
            };
        }
        if let What::Priority { from, to, .. } = &entry.what {
            return Some(format!("{name} prio {from}->{to}"));
        }
        if let What::Violation(violation) = &entry.what {
            self.violations.push(format!("!! {}", violation.invariant));
            self.moved = true;
        }
        None
    }

    fn set_state(&mut self, node: NodeId, instance: InstanceKey, state: State) {
        let all = self.instances.get_mut(node.index()).into_iter().flatten();
        for (key, held) in all {
            if *key == instance {
                *held = state;
            }
        }
        self.moved = true;
    }

    fn read_process(&mut self, node: NodeId, name: &str, process: Process) -> Option<String> {
        let (running, told) = match process {
            Process::Started => (Running::Yes, None),
            Process::Exited => (Running::No, Some(format!("{name} has stopped"))),
            Process::Killed | Process::PoweredOff => (Running::Crashed, None),
            Process::Paused => (Running::Paused, None),
            Process::Resumed { .. } => (Running::Yes, None),
            Process::Stopping | Process::PoweredOn | Process::Reloaded => return None,
        };
        if let Some(held) = self.processes.get_mut(node.index()) {
            *held = running;
        }
        if process == Process::Started {
            let all = self.instances.get_mut(node.index()).into_iter().flatten();
            all.for_each(|(_, state)| *state = State::Init);
        }
        self.moved = true;
        told
    }

    pub(super) fn finish_row(
        &mut self,
        at: Instant,
        events: &mut Vec<String>,
        rows: &mut Vec<Row>,
    ) {
        let row = Row {
            at,
            events: core::mem::take(events),
            states: (0..self.instances.len())
                .map(|place| self.letters(place))
                .collect(),
            owners: self.addresses.iter().map(|a| self.owner_cell(*a)).collect(),
            marks: self.marks(at),
        };
        let same = rows.last().is_some_and(|last| {
            row.events.is_empty()
                && row.states == last.states
                && row.owners == last.owners
                && !row.marks.iter().any(|(mark, _)| *mark == Mark::Violation)
        });
        if !same {
            rows.push(row);
        }
    }

    fn letters(&self, place: usize) -> String {
        let instances = self.instances.get(place).map_or(&[][..], Vec::as_slice);
        let letter = |state: State| match self.processes.get(place) {
            Some(Running::Yes) => match state {
                State::Init => 'I',
                State::Backup => 'b',
                State::Master => 'M',
                State::Fault => 'F',
            },
            Some(Running::Paused) => 'z',
            Some(Running::Crashed) => 'x',
            Some(Running::No) | None => '.',
        };
        instances.iter().map(|(_, state)| letter(*state)).collect()
    }

    fn owner_cell(&self, address: IpAddr) -> String {
        let owners = self.owners.of(address);
        if owners.is_empty() {
            return "-".to_owned();
        }
        let names = owners.iter().map(|node| self.stations.get(node.index()));
        let names: Vec<&str> = names.map(|name| name.map_or("?", Name::as_str)).collect();
        names.join("+")
    }

    fn marks(&mut self, at: Instant) -> Vec<(Mark, String)> {
        let mut marks = Vec::new();
        for address in self.addresses.clone() {
            let owners = self.owners.of(address).len();
            let dark = owners == 0 && self.owners.was_seen(address);
            for (word, holds) in [("DARK", dark), ("DUAL", owners > 1)] {
                let since = self.since.entry(word).or_default();
                if !holds {
                    since.remove(&address);
                    continue;
                }
                let begun = since.entry(address).or_insert(at);
                let text = if *begun == at {
                    format!("<< {word}")
                } else {
                    format!("<< {word} since {}", seconds(*begun))
                };
                marks.push((Mark::Outage, text));
            }
        }
        let nodes = self.processes.len();
        let is_node = |name: &Name| self.stations.iter().take(nodes).any(|n| n == name);
        let cuts = self.cuts.ways().filter(|(a, b)| is_node(a) && is_node(b));
        let cuts: Vec<String> = cuts.map(|(a, b)| format!("{a}-/>{b}")).collect();
        if !cuts.is_empty() {
            marks.push((Mark::Links, format!("[{}]", cuts.join(" "))));
        }
        let mut violations = core::mem::take(&mut self.violations);
        violations.dedup();
        marks.extend(violations.into_iter().map(|text| (Mark::Violation, text)));
        marks
    }
}
