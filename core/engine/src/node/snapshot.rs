//! The read-only snapshot of a node.

use super::Node;
use crate::status::{InstanceStatus, NodeStatus, ScriptStatus, TrackerStatus};
use crate::time::Instant;
use crate::track::Contribution;
use crate::vrrp::Instance;

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
                .map(|instance| self.instance(instance))
                .collect(),
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
            desired: wanted.map(|address| address.key).collect(),
            observed: self.kernel.own_addresses().collect(),
            stray: self.stray.clone(),
        }
    }

    fn instance(&self, instance: &Instance) -> InstanceStatus {
        InstanceStatus {
            key: instance.key(),
            name: instance.name().clone(),
            state: instance.state(),
            since: instance.since(),
            base_priority: instance.config().priority,
            effective_priority: instance.effective_priority(),
            trackers: self.trackers(instance),
            master: instance.master(),

            adverts_sent: instance.counters().sent,
            adverts_accepted: instance.counters().accepted,
            rejected: instance.counters().all_rejected(),
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
}
