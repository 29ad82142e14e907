//! The read-only snapshot of a node.

use super::Node;
use super::groups::Group;
use crate::bfd::Session;
use crate::kernel::LinkKnowledge;
use crate::status::{
    AddressStatus, GroupStatus, InstanceStatus, NodeStatus, Reasons, ScriptStatus, TrackerStatus,
    family, why,
};
use crate::time::Instant;
use crate::track::Contribution;
use crate::vrrp::{Cause, Instance, LinkInput, State, needed_by};

impl Node {
    /// A snapshot for people, tests and metrics.
    #[must_use]
    pub fn status(&self, now: Instant) -> NodeStatus {
        let wanted = self.instances.iter().flat_map(|own| own.wanted().addresses);
        NodeStatus {
            at: now,
            instances: self
                .instances
                .iter()
                .map(|instance| self.instance(instance, now))
                .collect(),
            groups: self.groups.iter().map(|group| self.group(group)).collect(),
            scripts: self
                .scripts
                .iter()
                .map(|script| ScriptStatus {
                    name: script.config.name.clone(),
                    verdict: script.verdict,
                    runs: script.runs,
                    running: script.is_running(),
                })
                .collect(),
            bfd: self.tracked.bfd.iter().map(Session::status).collect(),
            bfd_refused: self.tracked.refused.clone(),
            desired: wanted.map(|address| address.key).collect(),
            observed: self.kernel.own_addresses().collect(),
            routing: self.kernel.own_routing().collect(),
            stray: self.stray.clone(),
            lvs: self.lvs.as_ref().map(|lvs| lvs.status()),
        }
    }

    fn instance(&self, instance: &Instance, now: Instant) -> InstanceStatus {
        let config = instance.config();
        let counters = instance.counters();
        let trackers = self.trackers(instance);
        let reasons = Reasons {
            obstacles: self.obstacles(instance),
            holding_back: self.holding_back(instance),
        };
        InstanceStatus {
            key: instance.key(),
            name: instance.name().clone(),
            state: instance.state(),
            since: instance.since(),
            cause: instance.cause(),
            why: why(instance, &reasons, now),
            group: self
                .group_of(instance)
                .map(|group| group.config.name.clone()),
            base_priority: config.priority,
            effective_priority: instance.effective_priority(),
            trackers,
            advert_interval: config.advert_interval,
            master_interval: instance.master_interval(),
            master: instance.master(),
            timer: instance.poll_timeout(),
            addresses: self.addresses(instance),
            heard: instance.hearing().heard(),
            refused: instance.hearing().refused(),
            masterships: counters.masterships,
            mastership_ends: counters.mastership_ends,
            adverts_sent: counters.sent,
            resignations_sent: counters.resignations_sent,
            adverts_accepted: counters.accepted,
            resignations_heard: counters.resignations_heard,
            other_addresses: counters.other_addresses,
            rejected: counters.all_rejected(),
        }
    }

    fn addresses(&self, instance: &Instance) -> Vec<AddressStatus> {
        let owned = instance.addresses().into_iter();
        let status = owned.map(|address| AddressStatus {
            key: address.key,
            desired: instance.state() == State::Master,
            observed: self.kernel.is_present(&address.key),
        });
        status.collect()
    }

    fn group(&self, group: &Group) -> GroupStatus {
        let mut states = group.members.iter().filter_map(|key| {
            let mut all = self.instances.iter();
            all.find(|instance| instance.key() == *key)
                .map(Instance::state)
        });
        let first = states.next();
        GroupStatus {
            name: group.config.name.clone(),
            members: group.config.members.clone(),
            state: first.filter(|first| states.all(|state| state == *first)),
        }
    }

    /// Everything that moves its priority or holds it back, with what that does now.
    fn trackers(&self, instance: &Instance) -> Vec<TrackerStatus> {
        let group = self.group_of(instance).map(|group| &group.config);
        let mut trackers = Vec::new();
        self.sights().each_tracked(instance, group, |seen| {
            let (contribution, fault) = match seen.what {
                Contribution::Weight(weight) => (weight, false),
                Contribution::Fault => (0, true),
                Contribution::Wait => (0, false),
            };
            trackers.push(TrackerStatus {
                kind: seen.kind,
                name: seen.name.into(),
                group: group
                    .filter(|_| seen.shared)
                    .map(|group| group.name.clone()),
                verdict: seen.verdict,
                number: seen.number,
                contribution,
                fault,
            });
        });
        trackers
    }

    /// What keeps an instance from taking part, or what it still waits for.
    fn obstacles(&self, instance: &Instance) -> Vec<String> {
        let inputs = instance.inputs();
        let config = instance.config();
        let mut found = Vec::new();
        for interface in needed_by(config) {
            match self.kernel.link(interface) {
                LinkKnowledge::Down => found.push(match self.kernel.exists(interface) {
                    Some(false) => format!("interface {interface} does not exist"),
                    Some(true) | None => format!("interface {interface} is down"),
                }),
                LinkKnowledge::Unknown => {
                    found.push(format!("interface {interface} has not been reported yet"));
                }
                LinkKnowledge::Up(_) => {}
            }
        }
        if found.is_empty() && inputs.link == LinkInput::Down {
            let (interface, family) = (config.interface, family(config));
            found.push(format!(
                "{interface} has no {family} address to advertise from"
            ));
        }
        if let Some(until) = self.held_until {
            let wait = until.since(self.now);
            found.push(format!("its start is delayed for another {wait:?}"));
        }
        let group = self.group_of(instance).map(|group| &group.config);
        let may_wait = instance.state() != State::Backup;
        self.sights().each_tracked(instance, group, |seen| {
            let (kind, name) = (seen.kind, seen.name);
            match seen.what {
                Contribution::Fault => found.push(format!("{kind} {name} has failed")),
                Contribution::Wait if may_wait => {
                    found.push(format!("{kind} {name} has no result yet"));
                }
                Contribution::Wait | Contribution::Weight(_) => {}
            }
        });
        if found.is_empty() && inputs.fault == Some(Cause::SyncGroup) {
            found.push(format!(
                "a member of its sync group is in FAULT: {}",
                self.holding_back(instance).join(", ")
            ));
        }
        found
    }

    /// The members of its group that could not be master now, with their states.
    fn holding_back(&self, instance: &Instance) -> Vec<String> {
        let Some(group) = self.group_of(instance) else {
            return Vec::new();
        };
        let others = self.instances.iter().filter(|other| {
            let able = other.state() == State::Master || other.wants_master().is_some();
            group.has(other) && other.key() != instance.key() && !able
        });
        others
            .map(|other| format!("{} is {}", other.name(), other.state()))
            .collect()
    }
}
