//! Writes a scenario as a file that [`super::load`] reads back: for generated and shrunk
//! schedules, which are replayed from it.
//!
//! Configurations are written as the typed model, not as keepalived.conf: what is replayed must be
//! exactly what was run. Deliberately absent: prose.

use core::time::Duration;
use std::collections::BTreeMap;

use bellwether_core::Instant;
use bellwether_core::model::Config;
use bellwether_core::unit::Name;
use serde::Serialize;
use thiserror::Error;

use super::units::show_span;
use super::{Expectation, Expected, Healing, LinkSpec, NodeSpec, Scenario, When};
use crate::fault::TimedFault;
use crate::invariant::InvariantId;

/// A scenario can't be written as TOML; nothing was written.
#[derive(Clone, Debug, Error)]
#[error("this scenario can't be written as TOML: {0}")]
pub struct SaveError(#[from] toml::ser::Error);

/// A scenario as the text of a scenario file.
///
/// # Errors
///
/// [`SaveError`] for numbers beyond what TOML can hold.
pub fn to_toml(scenario: &Scenario) -> Result<String, SaveError> {
    Ok(toml::to_string(&File::of(scenario, &BTreeMap::new()))?)
}

/// The same for people: where a node's keepalived.conf is among `texts`, by the node's name, it is
/// written instead of the typed model. It must read as that model.
///
/// # Errors
///
/// [`SaveError`] for numbers beyond what TOML can hold.
pub fn to_readable_toml(
    scenario: &Scenario,
    texts: &BTreeMap<Name, String>,
) -> Result<String, SaveError> {
    Ok(toml::to_string(&File::of(scenario, texts))?)
}

/// The file, key by key; what is as it is by default is left out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct File<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<&'a str>,
    seed: u64,
    #[serde(skip_serializing_if = "is_one")]
    seeds: u32,
    clients: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expect_violations: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignore: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heal_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    liveness: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<Vec<&'static str>>,
    network: &'a LinkSpec,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    bounds: BTreeMap<&'static str, String>,
    node: Vec<Node<'a>>,
    #[serde(skip_serializing_if = "<[TimedFault]>::is_empty")]
    fault: &'a [TimedFault],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expect: Vec<Expect<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Node<'a> {
    name: &'a str,
    starts_at: String,
    clock_ppm: i32,
    keeps_marks: bool,
    interfaces: BTreeMap<&'a str, Interface<'a>>,
    config: Text<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Keepalived(&'a str),
    Model(&'a Config),
}

#[derive(Serialize)]
struct Interface<'a> {
    segment: &'a str,
    addresses: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Expect<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<[String; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    throughout: Option<[String; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    never: Option<[String; 2]>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    master: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    clients_reach: BTreeMap<&'a str, &'a str>,
}

impl<'a> File<'a> {
    fn of(scenario: &'a Scenario, texts: &'a BTreeMap<Name, String>) -> Self {
        let names = |ids: &[InvariantId]| ids.iter().map(|id| id.name()).collect();
        let bounds = scenario.bounds.iter();
        Self {
            title: &scenario.name,
            story: scenario.story.as_deref(),
            seed: scenario.seed,
            seeds: scenario.seeds,
            clients: scenario.clients,
            expect_violations: names(&scenario.expected_violations),
            ignore: names(&scenario.disabled),
            heal_at: scenario.fault_phase_end.map(show_instant),
            liveness: scenario.liveness.map(show_span),
            mend: (scenario.healing != Healing::default()).then(|| mended(scenario.healing)),
            network: &scenario.links,
            bounds: bounds
                .map(|(id, bound): (_, &Duration)| (id.name(), show_span(*bound)))
                .collect(),
            node: scenario
                .nodes
                .iter()
                .map(|node| Node::of(node, texts.get(&node.name)))
                .collect(),
            fault: &scenario.faults,
            expect: scenario.expectations.iter().map(Expect::of).collect(),
        }
    }
}

impl<'a> Node<'a> {
    fn of(node: &'a NodeSpec, text: Option<&'a String>) -> Self {
        let interfaces = node.interfaces.iter().map(|(name, spec)| {
            let addresses = spec.addresses.iter();
            let interface = Interface {
                segment: spec.segment.as_str(),
                addresses: addresses
                    .map(|a| format!("{}/{}", a.address, a.prefix_len))
                    .collect(),
            };
            (name.as_str(), interface)
        });
        Self {
            name: node.name.as_str(),
            starts_at: show_instant(node.starts_at),
            clock_ppm: node.clock_ppm,
            keeps_marks: node.keeps_marks,
            interfaces: interfaces.collect(),
            config: text.map_or(Text::Model(&node.config), |text| Text::Keepalived(text)),
        }
    }
}

impl<'a> Expect<'a> {
    fn of(expectation: &'a Expectation) -> Self {
        let mut expect = Self {
            at: None,
            within: None,
            throughout: None,
            never: None,
            master: BTreeMap::new(),
            clients_reach: BTreeMap::new(),
        };
        match expectation.when {
            When::At(at) => expect.at = Some(show_instant(at)),
            When::Within { from, to } => {
                expect.within = Some([show_instant(from), show_instant(to)]);
            }
            When::Throughout { from, to } => {
                expect.throughout = Some([show_instant(from), show_instant(to)]);
            }
            When::Never { from, to } => {
                expect.never = Some([show_instant(from), show_instant(to)]);
            }
        }
        let instance = expectation.instance.as_str();
        match &expectation.expected {
            Expected::Master(node) => expect.master.insert(instance, node.as_str()),
            Expected::Nobody => expect.master.insert(instance, "nobody"),
            Expected::Several => expect.master.insert(instance, "several"),
            Expected::ClientsReach(node) => expect.clients_reach.insert(instance, node.as_str()),
        };
        expect
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
const fn is_one(seeds: &u32) -> bool {
    *seeds == 1
}

fn mended(healing: Healing) -> Vec<&'static str> {
    let kinds = [
        (healing.start, "start"),
        (healing.resume, "resume"),
        (healing.links, "links"),
        (healing.scripts, "scripts"),
        (healing.clocks, "clocks"),
        (healing.backends, "backends"),
    ];
    let mended = kinds.into_iter().filter(|(mended, _)| *mended);
    mended.map(|(_, word)| word).collect()
}

fn show_instant(at: Instant) -> String {
    show_span(at.since(Instant::ZERO))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::load::parse;

    /// A scenario with something under every key.
    const EVERYTHING: &str = r#"
title = "Everything"
story = "Once."
seed = 9
seeds = 3
clients = 2
network = { delay = "1ms", jitter = "2ms" }
expect-violations = ["one-master"]
ignore = ["wall-clock"]
bounds = { one-master = "2s" }
heal-at = "40s"
mend = ["links"]
liveness = "7s"

[[node]]
name = "lb1"
starts-at = "1s"
clock-ppm = -20
keeps-marks = false
config = """
global_defs {
    router_id R1
}
vrrp_script chk {
    script "/bin/check it"
    weight -20
    fall 3
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    preempt_delay 3
    authentication {
        auth_type PASS
        auth_pass sesame
    }
    track_script {
        chk
    }
    virtual_ipaddress {
        192.0.2.100/24 dev eth1 label eth1:v
    }
}
"""

[[node]]
name = "lb2"
interfaces = { eth0 = { address = "192.0.2.12/24", segment = "lan" } }
config = """
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    nopreempt
    version 3
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.100
    }
}
"""

[[fault]]
at = "2s"
cut = "lb1 <-> lb2"

[[fault]]
at = "3s"
script-fail = { node = "lb1", script = "chk", takes = "20ms" }

[[fault]]
at = "4s"
burst-loss = { from = "lb1", to = "lb2", enter = "1.5%", leave = "20%" }

[[fault]]
at = "4s"
lose-pattern = { from = "lb1", to = "lb2", pattern = "oxx" }

[[fault]]
at = "5s"
heal = "all"

[[expect]]
at = "6s"
master = { VI_1 = "several" }

[[expect]]
throughout = ["6s", "7s"]
clients-reach = { VI_1 = "lb2" }

[[expect]]
never = ["6s", "8s"]
master = { VI_1 = "nobody" }
"#;

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let folder = Path::new("");
        let first = parse("everything.toml", EVERYTHING, folder)
            .unwrap()
            .scenario;
        let text = to_toml(&first).unwrap();
        let second = match parse("saved.toml", &text, folder) {
            Ok(loaded) => loaded.scenario,
            Err(problems) => panic!("{problems}\n{text}"),
        };
        assert_eq!(second, first, "{text}");
    }
}
