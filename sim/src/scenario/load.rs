//! Reads a scenario file: TOML that is meant to be read as prose.
//!
//! ```toml
//! title = "A crash of the master costs one master-down interval"
//! story = """
//! The backup can't know that the master is dead; it can only miss its adverts.
//! """
//!
//! [[node]]
//! name = "lb1"
//! config = """
//! vrrp_instance VI_1 {
//!     interface eth0
//!     virtual_router_id 51
//!     priority 100
//!     virtual_ipaddress {
//!         192.0.2.100
//!     }
//! }
//! """
//!
//! [[node]]
//! name = "lb2"
//! config-file = "lb2.conf"
//!
//! [[fault]]
//! at = "10s"
//! crash = "lb1"
//!
//! [[expect]]
//! at = "15s"
//! master = { VI_1 = "lb2" }
//! ```
//!
//! # Keys of the file
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `title` | what the scenario shows, in one line | the file's name |
//! | `story` | what it shows, as prose | none |
//! | `seed` | seed of all random streams; `--seed` overrides it | 0 |
//! | `clients` | clients on each segment, which talk to the virtual addresses | 1 |
//! | `network` | `{ delay = "100us", jitter = "0s" }` of every link | those |
//! | `[[node]]` | a router, at least one | |
//! | `[[fault]]` | what breaks, in time order | none |
//! | `[[expect]]` | what is to be seen | none |
//! | `expect-violations` | invariants that are to be violated: `["one-master"]` | none |
//! | `ignore` | invariants that are not checked | none |
//! | `bounds` | bounds other than the computed ones: `{ one-master = "2s" }` | none |
//! | `heal-at` | when everything is mended, and liveness begins to count | computed |
//! | `mend` | what is mended then, of `start`, `resume`, `links`, `scripts`, `clocks` | all |
//! | `liveness` | how long the run goes on after that | computed |
//!
//! # A node
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `name` | its name | |
//! | `config` | its keepalived.conf, inline | |
//! | `config-file` | its keepalived.conf, as a path from the scenario's folder | |
//! | `address` | the own address of its only interface, with prefix | made up |
//! | `interfaces` | `{ eth0 = { address = "192.0.2.1/24", segment = "lan" } }` | made up |
//! | `starts-at` | when its process starts | `"0s"` |
//! | `clock-ppm` | how much its clock runs fast, in parts per million | 0 |
//! | `keeps-marks` | whether its kernel remembers who added an address | `true` |
//!
//! Interfaces of one segment hear each other; by default the segment is the interface's name.
//!
//! # A fault
//!
//! `at`, and one of these keys. Wherever a way is wanted, `"lb1 -> lb2"` is one direction; `cut`
//! and `heal` also take `"lb1 <-> lb2"`, and `heal` takes `"all"`.
//!
//! | key | value |
//! |---|---|
//! | `crash`, `power-off`, `start`, `stop`, `pause`, `resume`, `isolate` | a node |
//! | `reload` | `{ node, config }` or `{ node, config-file }` |
//! | `cut`, `heal`, `lose-resignation` | a way |
//! | `lose-next` | `{ from, to, count }` |
//! | `loss`, `duplicate`, `corrupt` | `{ from, to, percent = "20%" }` |
//! | `burst-loss` | `{ from, to, enter = "2%", leave = "30%" }` |
//! | `delay` | `{ from, to, base = "5ms", jitter = "1ms" }` |
//! | `reorder` | `{ from, to, percent, by = "2ms" }` |
//! | `link-down`, `link-up` | `{ node, interface }` |
//! | `script-ok`, `script-fail`, `script-hang` | `{ node, script, takes = "10ms" }` |
//! | `flap` | `{ node, script, pattern = "oox" }`: `o` succeeds, `x` fails |
//! | `file` | `{ node, file, content = "-20" }`; without `content` it is removed |
//! | `processes` | `{ node, process, count = 0 }` |
//! | `clock-rate` | `{ node, ppm }` |
//! | `clock-step` | `{ node, millis }` |
//! | `remove-address` | `{ node, address }` |
//! | `kernel-errors` | `{ node, count }` |
//! | `inject` | `{ kind = "wrong-ttl", toward = "lb2", count = 5 }` |
//!
//! Saved schedules ([`super::save`]) use the long forms: `{ from, to }` for a way, `cut-both`,
//! `heal-both` and `heal-all` for the rest, and the typed model for a configuration.
//!
//! # An expectation
//!
//! `at = "5s"`, or `within = ["5s", "6s"]` for some instant of a span, or
//! `throughout = ["5s", "20s"]` for every one; and `master = { VI_1 = "lb2" }`, where the value is
//! a node, `"nobody"` or `"several"`, or `clients-reach = { VI_1 = "lb2" }`.

mod expect;
mod fault;
mod node;
mod problem;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use bellwether_core::Instant;
use toml::de::DeTable;

use super::{Healing, LinkSpec, Scenario};
use crate::invariant::{INVARIANTS, InvariantId};

pub use node::load_config;
pub use problem::Problems;

use problem::{listed, nearest};
use table::{At, Table, time};

/// A scenario, with what there is to say about its configurations.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Warnings about the nodes' configurations, ready to print; empty if there are none.
    pub warnings: String,
}

/// Why a file gave no scenario.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file can't be read.
    #[error("can't read '{path}': {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is wrong; the problems say where.
    #[error("{0}")]
    Wrong(Problems),
}

/// Reads the scenario in the file at `path`.
///
/// # Errors
///
/// [`LoadError`]; all problems of the file at once.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let text = std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable {
        path: path.display().to_string(),
        source,
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&path.display().to_string(), &text, folder).map_err(LoadError::Wrong)
}

/// Reads a scenario from `text`; `file_name` is what messages call it, and `folder` is where its
/// `config-file` paths begin.
///
/// # Errors
///
/// All [`Problems`] of the text at once.
pub fn parse(file_name: &str, text: &str, folder: &Path) -> Result<Loaded, Problems> {
    let mut problems = Problems::new(file_name, text);
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = format!("this is not TOML: {}", error.message());
            problems.add(span, message, "here", None);
            return Err(problems);
        }
    };
    let context = Context { file_name, folder };
    let loaded = read(&context, document.get_ref(), &mut problems);
    match loaded {
        Some(loaded) if problems.is_empty() => Ok(loaded),
        Some(_) | None => Err(problems),
    }
}

/// Where a scenario's text comes from.
struct Context<'a> {
    file_name: &'a str,
    folder: &'a Path,
}

const KEYS: [&str; 14] = [
    "title",
    "story",
    "seed",
    "clients",
    "network",
    "node",
    "fault",
    "expect",
    "expect-violations",
    "ignore",
    "bounds",
    "heal-at",
    "mend",
    "liveness",
];

fn read(context: &Context<'_>, root: &DeTable<'_>, problems: &mut Problems) -> Option<Loaded> {
    let file = Table::new("a scenario", root, 0..0, &KEYS, problems);
    let mut warnings = String::new();
    let mut nodes = Vec::new();
    for value in file.tables("node", problems) {
        let place = nodes.len();
        nodes.extend(node::read(context, value, place, &mut warnings, problems));
    }
    if file.get("node").is_none() {
        let hint = "describe each router: [[node]] with `name` and `config`";
        file.missing("node", hint, problems);
    }
    let stem = Path::new(context.file_name).file_stem();
    let stem = stem.map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let title = file
        .text("title", problems)
        .map(|title| title.value.to_owned());
    let mut scenario = Scenario::new(&title.unwrap_or(stem), nodes);
    let story = file.text("story", problems);
    scenario.story = story.map(|story| story.value.trim().to_owned());
    scenario.seed = file.number("seed", problems).unwrap_or(0);
    scenario.clients = file.number("clients", problems).unwrap_or(scenario.clients);
    scenario.links = network(&file, problems);
    scenario.healing = mend(&file, problems);
    scenario.expected_violations = invariants(&file, "expect-violations", problems);
    scenario.disabled = invariants(&file, "ignore", problems);
    scenario.bounds = bounds(&file, problems);
    let heal_at = file.time("heal-at", problems);
    scenario.fault_phase_end = heal_at.map(|at| Instant::ZERO + at.value);
    scenario.liveness = file.time("liveness", problems).map(|span| span.value);

    let names = Names::of(&scenario);
    let mut last = None;
    for value in file.tables("fault", problems) {
        if let Some(timed) = fault::read(context, value, &names, &mut warnings, problems) {
            if let Some(before) = last.filter(|before| timed.at < *before) {
                let message =
                    format!("this fault is before the one above it, which is at {before}");
                let hint = Some("write faults in the order in which they happen".to_owned());
                problems.add(value.span(), message, "too early", hint);
            }
            last = Some(timed.at);
            scenario.faults.push(timed);
        }
    }
    for value in file.tables("expect", problems) {
        expect::read(value, &names, &mut scenario.expectations, problems);
    }
    Some(Loaded { scenario, warnings })
}

/// The names that a scenario's faults and expectations may speak of.
struct Names {
    nodes: Vec<String>,
    clients: Vec<String>,
    instances: Vec<String>,
    scripts: Vec<String>,
    files: Vec<String>,
    processes: Vec<String>,
}

impl Names {
    fn of(scenario: &Scenario) -> Self {
        let configs = || scenario.nodes.iter().map(|node| &node.config);
        let instances = configs().flat_map(|c| c.instances().iter().map(|i| i.name.to_string()));
        let files = configs().flat_map(|config| &config.parts().files);
        let processes = configs().flat_map(|config| &config.parts().processes);
        let scripts = configs().flat_map(|c| c.scripts().iter().map(|s| s.name.to_string()));
        Self {
            nodes: scenario.nodes.iter().map(|n| n.name.to_string()).collect(),
            clients: (1..=scenario.clients)
                .map(|n| format!("client{n}"))
                .collect(),
            instances: instances.collect(),
            scripts: scripts.collect(),
            files: files.map(|own| own.name.to_string()).collect(),
            processes: processes.map(|own| own.name.to_string()).collect(),
        }
    }

    /// Reports `name` if no node is called so.
    fn check_node(&self, name: &At<&str>, problems: &mut Problems) -> bool {
        check("node", name, &self.nodes, &[], problems)
    }

    /// Reports `name` if no node and no client is called so.
    fn check_station(&self, name: &At<&str>, problems: &mut Problems) -> bool {
        check("node", name, &self.nodes, &self.clients, problems)
    }

    /// Reports `name` if no node has such an instance.
    fn check_instance(&self, name: &At<&str>, problems: &mut Problems) -> bool {
        check("instance", name, &self.instances, &[], problems)
    }

    /// Reports `name` if no node has such a script.
    fn check_script(&self, name: &At<&str>, problems: &mut Problems) -> bool {
        check("script", name, &self.scripts, &[], problems)
    }

    /// Reports `name` if no node has such a tracked file.
    fn check_file(&self, name: &At<&str>, problems: &mut Problems) -> bool {
        check("tracked file", name, &self.files, &[], problems)
    }

    /// Reports `name` if no node tracks such processes.
    fn check_process(&self, name: &At<&str>, problems: &mut Problems) -> bool {
        check("tracked process", name, &self.processes, &[], problems)
    }
}

/// Reports `name` if it is in neither list.
fn check(
    what: &str,
    name: &At<&str>,
    known: &[String],
    also: &[String],
    problems: &mut Problems,
) -> bool {
    let all: Vec<&str> = known.iter().chain(also).map(String::as_str).collect();
    if all.contains(&name.value) {
        return true;
    }
    let mut distinct: Vec<&str> = known.iter().map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let hint = match nearest(name.value, &all) {
        Some(hint) => hint,
        None if distinct.is_empty() => format!("there is no {what} at all"),
        None => format!("there is {}", listed(&distinct)),
    };
    let message = format!("there is no {what} `{}`", name.value);
    problems.add(
        name.span.clone(),
        message,
        format!("no such {what}"),
        Some(hint),
    );
    false
}

fn network(file: &Table<'_, '_>, problems: &mut Problems) -> LinkSpec {
    let mut links = LinkSpec::default();
    let Some(value) = file.get("network") else {
        return links;
    };
    if let Some(table) = Table::of("the network", value, &["delay", "jitter"], problems) {
        let delay = table.time("delay", problems);
        links.delay = delay.map_or(links.delay, |delay| delay.value);
        let jitter = table.time("jitter", problems);
        links.jitter = jitter.map_or(links.jitter, |jitter| jitter.value);
    }
    links
}

fn mend(file: &Table<'_, '_>, problems: &mut Problems) -> Healing {
    const KINDS: [&str; 6] = ["start", "resume", "links", "scripts", "clocks", "backends"];
    if file.get("mend").is_none() {
        return Healing::default();
    }
    let mut healing = Healing::NOTHING;
    for kind in file.texts("mend", problems) {
        match kind.value {
            "start" => healing.start = true,
            "resume" => healing.resume = true,
            "links" => healing.links = true,
            "scripts" => healing.scripts = true,
            "clocks" => healing.clocks = true,
            "backends" => healing.backends = true,
            other => {
                let hint = nearest(other, &KINDS)
                    .unwrap_or_else(|| format!("what can be mended is {}", listed(&KINDS)));
                let message = format!("`{other}` is nothing that can be mended");
                problems.add(kind.span, message, "here", Some(hint));
            }
        }
    }
    healing
}

fn invariants(file: &Table<'_, '_>, key: &str, problems: &mut Problems) -> Vec<InvariantId> {
    let names = file.texts(key, problems);
    names
        .iter()
        .filter_map(|name| invariant(name, problems))
        .collect()
}

fn invariant(name: &At<&str>, problems: &mut Problems) -> Option<InvariantId> {
    let found = name.value.parse().ok();
    if found.is_none() {
        let known = INVARIANTS.map(InvariantId::name);
        let hint = nearest(name.value, &known)
            .unwrap_or_else(|| format!("the invariants are {}", listed(&known)));
        let message = format!("there is no invariant `{}`", name.value);
        problems.add(name.span.clone(), message, "no such invariant", Some(hint));
    }
    found
}

fn bounds(
    file: &Table<'_, '_>,
    problems: &mut Problems,
) -> BTreeMap<InvariantId, core::time::Duration> {
    let Some(value) = file.get("bounds") else {
        return BTreeMap::new();
    };
    let Some(table) = value.get_ref().as_table() else {
        table::wrong_type(value, "a table such as { one-master = \"2s\" }", problems);
        return BTreeMap::new();
    };
    let mut bounds = BTreeMap::new();
    for (key, value) in table {
        let name = At {
            value: key.get_ref().as_ref(),
            span: key.span(),
        };
        if let (Some(id), Some(bound)) = (invariant(&name, problems), time(value, problems)) {
            bounds.insert(id, bound.value);
        }
    }
    bounds
}

#[cfg(test)]
mod tests;
