//! The standard scenario for a user's own files: what every pair should live through.

use core::time::Duration;

use bellwether_core::Instant;
use bellwether_core::model::{Config, Instance, Preemption, Tracked};
use bellwether_core::unit::{Name, Version};

use crate::fault::{Fault, TimedFault};
use crate::scenario::connect::connected_nodes;
use crate::scenario::{NodeSpec, Scenario};

/// Start, kill the master, start it again, cut its links both ways, heal.
///
/// Each step takes two of the longest master-down intervals of all configurations, and the
/// longest `preempt_delay`, so that one step's consequences are over before the next. The master
/// is the node with the highest priority, its scripts' positive weights included, of the first
/// node's first instance.
#[must_use]
pub fn standard_scenario(configs: Vec<(String, Config)>) -> Scenario {
    let nodes = connected_nodes(configs);
    let step = step(&nodes);
    let mut scenario = Scenario::new("The standard scenario", nodes);
    let Some(master) = expected_master(&scenario.nodes) else {
        return scenario;
    };
    scenario.story = Some(format!(
        "All nodes start. {master}, the expected master, is killed, and started again. Its links\n\
         are cut both ways, and healed. Between any two steps lies time enough to settle."
    ));
    let others = scenario.nodes.iter().map(|node| &node.name);
    let others: Vec<Name> = others.filter(|name| **name != master).cloned().collect();
    let mut faults = vec![
        (1, Fault::Crash(master.clone())),
        (2, Fault::Start(master.clone())),
    ];
    let cuts = others.into_iter().map(|other| [master.clone(), other]);
    faults.extend(cuts.map(|ends| (3, Fault::CutBoth(ends))));
    faults.push((4, Fault::HealAll {}));
    let timed = |(steps, fault)| TimedFault {
        at: Instant::ZERO + step * steps,
        fault,
    };
    scenario.faults = faults.into_iter().map(timed).collect();
    scenario
}

/// The time between two steps, in whole tenths of a second.
fn step(nodes: &[NodeSpec]) -> Duration {
    let instances = || nodes.iter().flat_map(|node| node.config.instances());
    let down = instances().map(master_down).max().unwrap_or_default();
    let delay = instances().map(|instance| match instance.preemption {
        Preemption::Delayed(delay) => delay,
        Preemption::Immediate | Preemption::Never => Duration::ZERO,
    });
    let needed = down * 2 + delay.max().unwrap_or_default();
    let tenths = needed.as_millis().div_ceil(100).max(10);
    Duration::from_millis(u64::try_from(tenths).unwrap_or(u64::MAX / 100) * 100)
}

/// Three intervals and the skew time (RFC 3768 6.1; RFC 9568 6.1).
fn master_down(instance: &Instance) -> Duration {
    let interval = instance.advert_interval.duration();
    let unit = match instance.version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => interval,
    };
    interval * 3 + unit * (256 - u32::from(instance.priority.0)) / 256
}

/// The node that is to win the election of the first node's first instance.
fn expected_master(nodes: &[NodeSpec]) -> Option<Name> {
    let vrid = nodes.first()?.config.instances().first()?.vrid;
    let candidates = nodes.iter().filter_map(|node| {
        let mut own = node.config.instances().iter();
        let instance = own.find(|instance| instance.vrid == vrid)?;
        Some((well_priority(instance), node))
    });
    // Of equals the last has the highest address.
    let best = candidates.max_by_key(|(priority, _)| *priority)?;
    Some(best.1.name.clone())
}

/// The effective priority while all scripts and processes are well.
fn well_priority(instance: &Instance) -> i32 {
    let base = i32::from(instance.priority.0);
    if instance.priority.is_owner() {
        return base;
    }
    let trackers = &instance.trackers;
    let gains = trackers.scripts.iter().chain(&trackers.processes);
    (base + gains.map(well_gain).sum::<i32>()).clamp(1, 254)
}

/// What something tracked adds or takes while it is well.
fn well_gain(tracked: &Tracked<Name>) -> i32 {
    let weight = i32::from(tracked.weight.get());
    if tracked.reverse {
        weight.min(0)
    } else {
        weight.max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_core::model::Parts;
    use bellwether_core::unit::Priority;

    fn config(interface: &str, vrid: u8, priority: u8) -> Config {
        let interface = interface.parse().unwrap();
        let mut instance = Instance::new("VI_1".into(), interface, vrid.try_into().unwrap());
        instance.priority = Priority(priority);
        let parts = Parts {
            instances: vec![instance],
            ..Parts::default()
        };
        Config::new(parts).unwrap()
    }

    #[test]
    fn the_steps_follow_from_the_slowest_configuration() {
        let pair = vec![
            ("lb1".to_owned(), config("eth0", 51, 100)),
            ("lb2".to_owned(), config("eth0", 51, 90)),
        ];
        let scenario = standard_scenario(pair);
        // Twice 3.6484375 s is 7.296875 s: 7.3 s.
        assert_eq!(scenario.faults[0].at, Instant::from_millis(7300));
        assert_eq!(scenario.faults[0].fault, Fault::Crash("lb1".into()));
        assert_eq!(scenario.faults[3].at, Instant::from_millis(29_200));
    }

    #[test]
    fn interfaces_of_one_virtual_router_share_a_segment_whatever_they_are_called() {
        let pair = |vrid| {
            vec![
                ("lb1".to_owned(), config("eth0", 51, 100)),
                ("lb2".to_owned(), config("ens33", vrid, 90)),
            ]
        };
        for vrid in [51, 52] {
            let scenario = standard_scenario(pair(vrid));
            let segment = |place: usize| {
                let interfaces = &scenario.nodes[place].interfaces;
                interfaces.values().next().unwrap().segment.clone()
            };
            assert_eq!(segment(0), segment(1), "vrid {vrid}");
        }
    }
}
