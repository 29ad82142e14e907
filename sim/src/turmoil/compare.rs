//! Whether two engines saw the same transitions.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;

use bellwether_core::Instant;
use bellwether_core::id::InstanceKey;
use bellwether_core::vrrp::{Cause, State};

use crate::log::{Entry, NodeId, What};

/// The first way in which two engines' transitions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(String);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Difference {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    at: Instant,
    from: State,
    to: State,
    cause: Cause,
}

/// Compares the transitions of two logs up to `until`: each instance of each node must go through
/// the same states for the same causes, at instants at most `tolerance` apart. Transitions within
/// `tolerance` of `until` may be missing on one side.
///
/// # Errors
///
/// The first [`Difference`], in words.
pub fn same_transitions(
    expected: &[Entry],
    seen: &[Entry],
    until: Instant,
    tolerance: Duration,
) -> Result<usize, Difference> {
    let (expected, seen) = (steps(expected, until), steps(seen, until));
    let mut compared = 0;
    let instances: std::collections::BTreeSet<_> = expected.keys().chain(seen.keys()).collect();
    for instance in instances {
        let empty = Vec::new();
        let left = expected.get(instance).unwrap_or(&empty);
        let right = seen.get(instance).unwrap_or(&empty);
        for place in 0..left.len().max(right.len()) {
            match (left.get(place), right.get(place)) {
                (Some(a), Some(b)) if alike(a, b, tolerance) => compared += 1,
                (Some(only), None) | (None, Some(only)) if only.at + tolerance >= until => {}
                (a, b) => return Err(difference(instance, a, b)),
            }
        }
    }
    Ok(compared)
}

fn alike(a: &Step, b: &Step, tolerance: Duration) -> bool {
    let apart = a.at.since(b.at).max(b.at.since(a.at));
    (a.from, a.to, a.cause) == (b.from, b.to, b.cause) && apart <= tolerance
}

fn steps(entries: &[Entry], until: Instant) -> BTreeMap<(NodeId, InstanceKey), Vec<Step>> {
    let mut all: BTreeMap<_, Vec<Step>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.at <= until) {
        if let (
            Some(node),
            What::Transition {
                instance,
                from,
                to,
                cause,
                ..
            },
        ) = (entry.node, &entry.what)
        {
            all.entry((node, *instance)).or_default().push(Step {
                at: entry.at,
                from: *from,
                to: *to,
                cause: *cause,
            });
        }
    }
    all
}

fn difference(
    (node, instance): &(NodeId, InstanceKey),
    a: Option<&Step>,
    b: Option<&Step>,
) -> Difference {
    let show = |step: Option<&Step>| {
        step.map_or_else(
            || "no transition".to_owned(),
            |s| format!("{} {}->{} ({})", s.at, s.from, s.to, s.cause),
        )
    };
    Difference(format!(
        "node {}, instance {instance}: the event queue has {}, turmoil has {}",
        node.0,
        show(a),
        show(b)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_core::unit::{Family, Priority};

    /// A transition of node 0's one instance to MASTER.
    fn entry(millis: u64, cause: Cause) -> Entry {
        let instance = InstanceKey {
            interface: "eth0".parse().unwrap(),
            vrid: 51.try_into().unwrap(),
            family: Family::V4,
        };
        Entry {
            at: Instant::from_millis(millis),
            node: Some(NodeId(0)),
            what: What::Transition {
                instance,
                name: "VI_1".into(),
                from: State::Backup,
                to: State::Master,
                cause,
                priority: Priority(100),
            },
        }
    }

    const TOLERANCE: Duration = Duration::from_millis(2);

    fn compare(expected: &[Entry], seen: &[Entry]) -> Result<usize, Difference> {
        same_transitions(expected, seen, Instant::from_millis(10_000), TOLERANCE)
    }

    #[test]
    fn a_few_ticks_apart_is_the_same_and_more_is_not() {
        let expected = [entry(100, Cause::DownTimer)];
        assert_eq!(compare(&expected, &[entry(102, Cause::DownTimer)]), Ok(1));
        assert_eq!(compare(&expected, &[entry(98, Cause::DownTimer)]), Ok(1));
        assert!(compare(&expected, &[entry(103, Cause::DownTimer)]).is_err());
    }

    #[test]
    fn another_cause_and_a_missing_or_additional_transition_are_differences() {
        let one = [entry(100, Cause::DownTimer)];
        let two = [entry(100, Cause::DownTimer), entry(500, Cause::DownTimer)];
        assert!(compare(&one, &[entry(100, Cause::Resigned)]).is_err());
        assert!(compare(&two, &one).is_err() && compare(&one, &two).is_err());
        let difference = compare(&two, &one).unwrap_err().to_string();
        assert!(
            difference.contains("0.500000000s BACKUP->MASTER"),
            "{difference}"
        );
    }

    #[test]
    fn what_happens_at_the_very_end_may_be_missing_on_one_side() {
        let end = [entry(9_999, Cause::DownTimer)];
        assert_eq!(compare(&end, &[]), Ok(0));
        assert!(compare(&[entry(9_990, Cause::DownTimer)], &[]).is_err());
    }
}
