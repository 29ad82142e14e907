//! The nodes that a command is about: a scenario file's, or the user's own files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bellwether_core::unit::Name;
use clap::Args;

use super::parse_node;
use crate::scenario::Scenario;
use crate::scenario::connect::connected_nodes;
use crate::scenario::load::{LoadError, load, load_config};

/// Which nodes a command is about.
#[derive(Clone, Debug, Args)]
pub struct NodesArgs {
    /// A scenario file, of which the nodes, clients and links are taken
    #[arg(
        value_name = "SCENARIO.toml",
        required_unless_present = "node",
        conflicts_with = "node"
    )]
    pub scenario: Option<PathBuf>,
    /// A node with its keepalived.conf; give one for each node
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_node)]
    pub node: Vec<(String, PathBuf)>,
}

/// The nodes, ready to be run.
pub(super) struct Nodes {
    /// A scenario of them.
    pub(super) scenario: Scenario,
    /// Their files, by their names.
    pub(super) texts: BTreeMap<Name, String>,
    /// Warnings about the files, ready to print; empty if there are none.
    pub(super) warnings: String,
}

impl NodesArgs {
    /// Reads the files, or says what is wrong with them.
    pub(super) fn read(&self) -> Result<Nodes, String> {
        if let Some(path) = &self.scenario {
            let loaded = load(path).map_err(|error| match error {
                LoadError::Wrong(problems) => problems.render(true),
                error @ LoadError::Unreadable { .. } => format!("error: {error}"),
            })?;
            return Ok(Nodes {
                scenario: loaded.scenario,
                texts: BTreeMap::new(),
                warnings: loaded.warnings,
            });
        }
        let mut warnings = String::new();
        let mut configs: Vec<(String, _)> = Vec::new();
        let mut texts = BTreeMap::new();
        for (name, path) in &self.node {
            if configs.iter().any(|(other, _)| other == name) {
                return Err(format!("error: two nodes are called `{name}`"));
            }
            let (config, more) = load_config(path)?;
            let has_any = !config.instances().is_empty() || !config.virtual_servers().is_empty();
            if !has_any {
                let path = path.display();
                return Err(format!(
                    "error: '{path}' has no vrrp_instance and no virtual_server, so there is \
                     nothing to run"
                ));
            }
            warnings.push_str(&more);
            if let Ok(text) = std::fs::read_to_string(path) {
                texts.insert(Name::from(&**name), text);
            }
            configs.push((name.clone(), config));
        }
        Ok(Nodes {
            scenario: Scenario::new("Exploration", connected_nodes(configs)),
            texts,
            warnings,
        })
    }
}
