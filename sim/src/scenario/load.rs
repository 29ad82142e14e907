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
//! [`super::language`] has all keys, and `docs/scenarios.md` is made from it.
//!
//! Saved schedules ([`super::save`]) use the long forms: `{ from, to }` for a way, `cut-both`,
//! `heal-both` and `heal-all` for the rest, and the typed model for a configuration.

mod expect;
mod fault;
mod node;
mod problem;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use bellwether_core::Instant;
use toml::de::DeTable;

use super::{Healing, LinkSpec, Scenario, language};
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

fn read(context: &Context<'_>, root: &DeTable<'_>, problems: &mut Problems) -> Option<Loaded> {
    let keys = language::names(language::FILE);
    let file = Table::new("a scenario", root, 0..0, &keys, problems);
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
    scenario.seeds = seeds(&file, problems);
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

fn seeds(file: &Table<'_, '_>, problems: &mut Problems) -> u32 {
    let seeds = file.number("seeds", problems).unwrap_or(1);
    if seeds == 0
        && let Some(value) = file.get("seeds")
    {
        let hint = Some("write seeds = 1, or leave it out".to_owned());
        problems.add(value.span(), "no seed is no run", "here", hint);
    }
    seeds
}

fn mend(file: &Table<'_, '_>, problems: &mut Problems) -> Healing {
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
                let hint = nearest(other, language::MENDS).unwrap_or_else(|| {
                    format!("what can be mended is {}", listed(language::MENDS))
                });
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
