//! What a person should know of a run though it breaks no invariant.

use std::collections::BTreeSet;

use bellwether_core::effect::Mismatch;
use bellwether_core::id::InstanceKey;

use crate::log::{Entry, What};
use crate::run::Report;
use crate::scenario::Scenario;

/// One line for each pair of routers that disagree: adverts that one refuses of the other, and
/// adverts that it accepts though they differ from what it is configured to be.
#[must_use]
pub fn remarks(scenario: &Scenario, report: &Report) -> String {
    let mut seen = BTreeSet::new();
    let mut out = String::new();
    for entry in &report.log.entries {
        if let Some(line) = remark(scenario, report, entry)
            && seen.insert(line.clone())
        {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

fn remark(scenario: &Scenario, report: &Report, entry: &Entry) -> Option<String> {
    let node = report.log.name(entry.node?);
    if let What::AdvertRefused {
        instance,
        source,
        reason,
        ..
    } = &entry.what
    {
        let who = match instance {
            Some(instance) => format!("{node}/{}", name_of(scenario, entry, *instance)),
            None => node.to_owned(),
        };
        return Some(format!("note: {who} refuses adverts of {source}: {reason}"));
    }
    if let What::Mismatch {
        instance,
        source,
        what,
    } = &entry.what
    {
        let who = format!("{node}/{}", name_of(scenario, entry, *instance));
        let differs = differs(*what);
        return Some(format!(
            "note: {who} hears adverts of {source} that {differs}"
        ));
    }
    None
}

/// How an advert that is accepted differs, in words.
pub(super) const fn differs(what: Mismatch) -> &'static str {
    match what {
        Mismatch::Addresses => "list other virtual addresses than its own",
        Mismatch::Interval => "come at another interval than its own",
        Mismatch::SecondOwner => "claim priority 255, as it does itself",
    }
}

/// What the configuration calls an instance.
pub(super) fn name_of(scenario: &Scenario, entry: &Entry, key: InstanceKey) -> String {
    let node = entry.node.and_then(|node| scenario.nodes.get(node.index()));
    let mut instances = node.into_iter().flat_map(|node| node.config.instances());
    let named = instances.find(|instance| instance.key() == key);
    named.map_or_else(|| key.to_string(), |instance| instance.name.to_string())
}
