//! The read-only snapshot of a node.

use super::Node;
use crate::status::{InstanceStatus, NodeStatus, ScriptStatus, TrackerStatus};
use crate::time::Instant;
use crate::track::{Contribution, Verdict, contribution};
use crate::vrrp::Instance;

impl Node {
    /// A snapshot for people, tests and metrics.
    #[must_use]
    pub fn status(&self, now: Instant) -> NodeStatus {
        let wanted = self.instances.iter().flat_map(Instance::wanted);
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
        let tracked = &instance.config().trackers.scripts;
        InstanceStatus {
            key: instance.key(),
            name: instance.name().clone(),
            state: instance.state(),
            since: instance.since(),
            base_priority: instance.config().priority,
            effective_priority: instance.effective_priority(),
            trackers: tracked
                .iter()
                .map(|tracked| self.tracker(tracked))
                .collect(),
            master: instance.master(),

            adverts_sent: instance.counters().sent,
            adverts_accepted: instance.counters().accepted,
            rejected: instance.counters().all_rejected(),
        }
    }

    fn tracker(&self, tracked: &crate::model::Tracked<crate::unit::Name>) -> TrackerStatus {
        let verdict = self
            .verdict(tracked.target.as_str())
            .unwrap_or(Verdict::Unknown);
        let (contribution, fault) = match contribution(tracked, verdict) {
            Contribution::Weight(weight) => (weight, false),
            Contribution::Fault => (0, true),
            Contribution::Wait => (0, false),
        };
        TrackerStatus {
            script: tracked.target.clone(),
            verdict,
            contribution,
            fault,
        }
    }
}
