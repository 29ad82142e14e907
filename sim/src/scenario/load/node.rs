//! Nodes and their configurations.

use std::path::Path;

use bellwether_config::{Options, Outcome, Reader};
use bellwether_core::Instant;
use bellwether_core::model::Config;
use bellwether_core::unit::IfName;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use super::Context;
use super::problem::Problems;
use super::table::{At, Table};
use crate::scenario::language::{NODE, names};
use crate::scenario::{Cidr, InterfaceSpec, NodeSpec};

/// Reads one `[[node]]`.
pub(super) fn read(
    context: &Context<'_>,
    value: &Spanned<DeValue<'_>>,
    place: usize,
    warnings: &mut String,
    problems: &mut Problems,
) -> Option<NodeSpec> {
    let table = Table::of("a node", value, &names(NODE), problems)?;
    let name = table.text("name", problems);
    if table.get("name").is_none() {
        let hint = "faults and expectations call the node by its name: name = \"lb1\"";
        table.missing("name", hint, problems);
    }
    let config = config(context, &table, warnings, problems);
    let mut node = NodeSpec::new(name?.value, config?, place);
    node.clock_ppm = table.number("clock-ppm", problems).unwrap_or(0);
    node.keeps_marks = table.flag("keeps-marks", problems).unwrap_or(true);
    if let Some(at) = table.time("starts-at", problems) {
        node.starts_at = Instant::ZERO + at.value;
    }
    interfaces(&table, &mut node, problems);
    if let Some(address) = table.text("address", problems) {
        own_address(&mut node, &address, problems);
    }
    node.add_link_locals(place);
    Some(node)
}

/// The configuration that `config` or `config-file` of a table gives.
pub(super) fn config(
    context: &Context<'_>,
    table: &Table<'_, '_>,
    warnings: &mut String,
    problems: &mut Problems,
) -> Option<Config> {
    match (table.get("config"), table.get("config-file")) {
        (Some(value), None) if value.get_ref().is_table() => typed(value, problems),
        (Some(_), None) => {
            let text = table.text("config", problems)?;
            let text = in_place(&text, problems);
            // The scenario is TOML; what stands in it is not.
            let reader = Reader::new(Options::default());
            let outcome = reader.parse_keepalived(context.file_name, text);
            accept(outcome.to_run(), warnings, problems)
        }
        (None, Some(_)) => {
            let path = table.text("config-file", problems)?;
            match bellwether_config::load(&context.folder.join(path.value), &Options::default()) {
                Ok(outcome) => accept(outcome.to_run(), warnings, problems),
                Err(error) => {
                    let message = format!("can't read '{}': {error}", path.value);
                    let hint = "the path is relative to the scenario's folder".to_owned();
                    problems.add(path.span, message, "this file", Some(hint));
                    None
                }
            }
        }
        (None, None) => {
            let hint = "write the keepalived.conf inline, config = \"\"\"...\"\"\", or name a \
                        file, config-file = \"lb1.conf\"";
            table.missing("config", hint, problems);
            None
        }
        (Some(_), Some(file)) => {
            let message = "`config` and `config-file` exclude each other";
            problems.add(file.span(), message, "one too many", None);
            None
        }
    }
}

/// A configuration as saved schedules hold it: the model itself.
fn typed(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Config> {
    match Config::deserialize(ValueDeserializer::from(value.clone())) {
        Ok(config) => Some(config),
        Err(error) => {
            let span = error.span().unwrap_or_else(|| value.span());
            problems.add(span, error.message(), "here", None);
            None
        }
    }
}

/// The text with as many lines before it as stand before it in the scenario, so that diagnostics
/// name the scenario's lines.
fn in_place(text: &At<&str>, problems: &Problems) -> String {
    let quoted = problems.slice(text.span.clone());
    let opening = quoted.len() - quoted.trim_start_matches(['"', '\'']).len();
    let mut start = text.span.start + opening;
    // TOML drops one line break right after three opening quotes.
    if opening >= 3 {
        let rest = problems.slice(start..text.span.end);
        start += ["\r\n", "\n"]
            .into_iter()
            .find(|line_break| rest.starts_with(line_break))
            .map_or(0, str::len);
    }
    "\n".repeat(problems.line_of(start) - 1) + text.value
}

/// Takes a configuration, or its errors.
fn accept(outcome: Outcome, warnings: &mut String, problems: &mut Problems) -> Option<Config> {
    if outcome.diagnostics.has_errors() || outcome.config.is_none() {
        problems.add_rendered(outcome.diagnostics.render(true));
        return None;
    }
    if !outcome.diagnostics.is_empty() {
        warnings.push_str(&outcome.diagnostics.render(false));
    }
    outcome.config
}

fn interfaces(table: &Table<'_, '_>, node: &mut NodeSpec, problems: &mut Problems) {
    let Some(value) = table.get("interfaces") else {
        return;
    };
    let Some(inner) = value.get_ref().as_table() else {
        super::table::wrong_type(value, "a table of interfaces", problems);
        return;
    };
    for (key, value) in inner {
        let Ok(name) = key.get_ref().parse::<IfName>() else {
            let message = format!("`{}` can't be an interface's name", key.get_ref());
            problems.add(key.span(), message, "here", None);
            continue;
        };
        let known = ["address", "addresses", "segment"];
        let Some(table) = Table::of("an interface", value, &known, problems) else {
            continue;
        };
        let mut spec = node.interfaces.remove(&name).unwrap_or(InterfaceSpec {
            segment: name.as_str().into(),
            addresses: Vec::new(),
        });
        if let Some(segment) = table.text("segment", problems) {
            spec.segment = segment.value.into();
        }
        let mut texts = table.texts("addresses", problems);
        texts.extend(table.text("address", problems));
        let addresses: Vec<Cidr> = texts.iter().filter_map(|t| cidr(t, problems)).collect();
        if !texts.is_empty() {
            spec.addresses = addresses;
        }
        node.interfaces.insert(name, spec);
    }
}

fn own_address(node: &mut NodeSpec, address: &At<&str>, problems: &mut Problems) {
    let Some(cidr) = cidr(address, problems) else {
        return;
    };
    let count = node.interfaces.len();
    match node.interfaces.values_mut().next() {
        Some(interface) if count == 1 => interface.addresses = vec![cidr],
        Some(_) | None => {
            let message = format!("node `{}` has {count} interfaces, not one", node.name);
            let hint = "use interfaces = { eth0 = { address = \"...\" } }".to_owned();
            problems.add(address.span.clone(), message, "whose?", Some(hint));
        }
    }
}

fn cidr(text: &At<&str>, problems: &mut Problems) -> Option<Cidr> {
    let parsed = text.value.split_once('/').and_then(|(address, prefix)| {
        let address: std::net::IpAddr = address.parse().ok()?;
        let prefix_len: u8 = prefix.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (prefix_len <= most).then_some(Cidr {
            address,
            prefix_len,
        })
    });
    if parsed.is_none() {
        let message = format!("`{}` is not an address with a prefix", text.value);
        let hint = "write \"192.0.2.1/24\"".to_owned();
        problems.add(text.span.clone(), message, "here", Some(hint));
    }
    parsed
}

/// Reads a keepalived.conf that is not part of a scenario, and gives its warnings, ready to print in
/// colours.
///
/// # Errors
///
/// What is wrong with the file, ready to print in colours.
pub fn load_config(path: &Path) -> Result<(Config, String), String> {
    let outcome = bellwether_config::load(path, &Options::default())
        .map_err(|error| format!("error: can't read '{}': {error}", path.display()))?;
    let outcome = outcome.to_run();
    let rendered = outcome.diagnostics.render(true);
    match outcome.config {
        Some(config) if !outcome.diagnostics.has_errors() => Ok((config, rendered)),
        Some(_) | None => Err(rendered),
    }
}
