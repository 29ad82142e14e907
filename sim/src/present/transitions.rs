//! The compact transition log: what snapshots hold, and what people grep.

use core::fmt::Write as _;
use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::id::InstanceKey;

use super::describe::{describe_expectation, describe_fault};
use super::remarks::name_of;
use super::seconds;
use crate::log::{Entry, Phase, Process, What};
use crate::run::Report;
use crate::scenario::Scenario;

/// One line for each transition, change of an effective priority, fault, phase and violation, and
/// for each process that ends by itself.
#[must_use]
pub fn transitions(scenario: &Scenario, report: &Report) -> String {
    let mut out = String::new();
    for (place, entry) in report.log.entries.iter().enumerate() {
        if let Some(text) = line(scenario, report, place, entry) {
            // Writing to a string does not fail.
            let _ = writeln!(out, "t={:>8}s  {text}", seconds(entry.at));
        }
    }
    out
}

fn line(scenario: &Scenario, report: &Report, place: usize, entry: &Entry) -> Option<String> {
    let node = entry.node.map_or("", |node| report.log.name(node));
    if let What::Transition {
        instance,
        name,
        from,
        to,
        cause,
        priority,
    } = &entry.what
    {
        let who = format!("{node}/{name}");
        let how = format!("{from}->{to}");
        let virtuals = virtuals(scenario, entry, *instance);
        let addresses = addresses_after(report, place, *instance, &virtuals);
        let text = format!("{who:<10}  {how:<15} cause={cause:<15} prio={priority:<3}{addresses}");
        return Some(text.trim_end().to_owned());
    }
    if let What::Priority { instance, from, to } = &entry.what {
        let who = format!("{node}/{}", name_of(scenario, entry, *instance));
        return Some(format!("{who:<10}  prio {from}->{to}"));
    }
    if let What::Lvs(notice) = &entry.what {
        return Some(format!("{node:<10}  {notice}"));
    }
    if let What::Fault(fault) = &entry.what {
        return Some(format!("-- {}", describe_fault(fault)));
    }
    if let What::Phase(Phase::Healed) = &entry.what {
        return Some("== all is mended".to_owned());
    }
    if let What::Phase(Phase::End) = &entry.what {
        return Some("== end".to_owned());
    }
    if let What::Process(Process::Exited) = &entry.what {
        return Some(format!("-- {node} has stopped"));
    }
    if let What::Violation(violation) = &entry.what {
        let id = violation.invariant;
        return Some(format!("!! {id} {}: {}", id.name(), violation.message));
    }
    if let What::Expectation {
        index,
        met: false,
        seen,
    } = &entry.what
    {
        let expectation = scenario.expectations.get(usize::try_from(*index).ok()?)?;
        let expected = describe_expectation(expectation);
        return Some(format!("!! expected that {expected}, but {seen}"));
    }
    None
}

/// The virtual addresses of the instance that a transition is about.
fn virtuals(scenario: &Scenario, transition: &Entry, instance: InstanceKey) -> Vec<IpAddr> {
    let node = transition
        .node
        .and_then(|node| scenario.nodes.get(node.index()));
    let instances = node.into_iter().flat_map(|node| node.config.instances());
    instances
        .filter(|candidate| candidate.key() == instance)
        .flat_map(|own| own.virtual_addresses.iter().chain(&own.excluded_addresses))
        .map(|virtual_address| virtual_address.address)
        .collect()
}

/// What the node gained and lost of these addresses by the transition at `place`:
/// `  vip+[192.0.2.100]`.
fn addresses_after(
    report: &Report,
    place: usize,
    instance: InstanceKey,
    virtuals: &[IpAddr],
) -> String {
    let entries = report.log.entries.get(place..).unwrap_or_default();
    let Some((transition, later)) = entries.split_first() else {
        return String::new();
    };
    let soon = transition.at + Duration::from_millis(100);
    let later = later.iter().take_while(|entry| entry.at <= soon);
    let (mut gained, mut lost) = (Vec::new(), Vec::new());
    for entry in later.filter(|entry| entry.node == transition.node) {
        let what = &entry.what;
        if matches!(what, What::Process(_))
            || matches!(what, What::Transition { instance: next, .. } if *next == instance)
        {
            break;
        }
        if let What::AddressAdded(key) = what
            && virtuals.contains(&key.address)
        {
            gained.push(key.address.to_string());
        } else if let What::AddressRemoved(key) = what
            && virtuals.contains(&key.address)
        {
            lost.push(key.address.to_string());
        }
    }
    let mut text = String::new();
    for (sign, addresses) in [('+', gained), ('-', lost)] {
        if !addresses.is_empty() {
            let _ = write!(text, "  vip{sign}[{}]", addresses.join(" "));
        }
    }
    text
}
