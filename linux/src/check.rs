//! `bellwether check`.
//!
//! Invariant: without `--host` the answer is the same on every machine, and nothing but the named
//! files, and what they include, is read. Diagnostics are the product and go to standard output.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use bellwether_config::{Diagnostics, Levels, Outcome, Reader, lint, pair};
use bellwether_core::model::Config;

use crate::cli::{CheckOptions, Format, exit};
use crate::{configuration, terminal};

mod config_test;
pub(crate) mod host;
mod summary;

pub(crate) use config_test::config_test;

/// Checks each file, and several together. Succeeds when every one is usable.
#[must_use]
pub fn check(options: &CheckOptions) -> ExitCode {
    let read = match read(options) {
        Ok(read) => read,
        Err(error) => {
            terminal::complain(&format!("bellwether: {error:#}\n"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    let levels = levels(options);
    let (mut comparison, forecast) = compare(&read.nodes);
    comparison.apply(&levels);
    let mut all = read.unreadable;
    let mut understood = String::new();
    for (name, outcome) in read.nodes {
        let (diagnostics, config) = weigh(outcome, &levels);
        all.push(diagnostics);
        understood.extend(config.map(|config| summary::line(&name, &config)));
    }
    all.push(comparison);
    understood.push_str(&forecast);
    show(options.format, &all, &understood);
    let bad = all.iter().any(Diagnostics::has_errors);
    ExitCode::from(if bad { exit::FAILURE } else { exit::OK })
}

/// What came of the files.
#[derive(Default)]
struct Read {
    /// Those that can be read, with their names.
    nodes: Vec<(String, Outcome)>,
    unreadable: Vec<Diagnostics>,
}

fn read(options: &CheckOptions) -> anyhow::Result<Read> {
    let reader = Reader::new(options.reading());
    let mut read = Read::default();
    for path in &options.files {
        let name = path.display().to_string();
        match reader.load(path) {
            Ok(mut outcome) => {
                if options.host {
                    configuration::check_host(&mut outcome)?;
                }
                read.nodes.push((name, outcome));
            }
            Err(error) => read.unreadable.push(Diagnostics::unreadable(&name, &error)),
        }
    }
    Ok(read)
}

/// Where the nodes disagree, and what happens when something breaks, in words.
fn compare(nodes: &[(String, Outcome)]) -> (Diagnostics, String) {
    let files = nodes.iter().map(|(file, _)| file.as_str());
    let names = node_names(files.collect());
    let outcomes = nodes.iter().map(|(_, outcome)| outcome);
    let named: Vec<(&str, &Outcome)> = names.into_iter().zip(outcomes).collect();
    let report = pair::check(&named);
    let own: Vec<&Diagnostics> = nodes.iter().map(|(_, one)| &one.diagnostics).collect();
    let forecast = if report.prose.is_empty() {
        String::new()
    } else {
        format!("\n{}\n", report.prose.trim_end())
    };
    (Diagnostics::together(&own, report.diagnostics), forecast)
}

/// What nodes are called: as their files, without folder and extension if that tells them apart.
fn node_names<'f>(files: Vec<&'f str>) -> Vec<&'f str> {
    let stem = |file: &&'f str| Path::new(*file).file_stem()?.to_str();
    let stems: Option<Vec<&'f str>> = files.iter().map(stem).collect();
    let different: BTreeSet<&str> = stems.iter().flatten().copied().collect();
    match stems {
        Some(stems) if different.len() == files.len() => stems,
        Some(_) | None => files,
    }
}

/// The diagnostics after `levels`, and the configuration unless one of them is an error.
fn weigh(outcome: Outcome, levels: &Levels) -> (Diagnostics, Option<Config>) {
    let mut diagnostics = outcome.diagnostics;
    if let Some(config) = &outcome.config {
        for found in lint::file(config, &outcome.places) {
            diagnostics.add(found);
        }
    }
    diagnostics.apply(levels);
    let config = outcome.config.filter(|_| !diagnostics.has_errors());
    (diagnostics, config)
}

fn show(format: Format, all: &[Diagnostics], understood: &str) {
    let text = match format {
        Format::Json => bellwether_config::json(all),
        Format::Short => all.iter().map(Diagnostics::short).collect(),
        Format::Human => {
            let mut said: String = all.iter().map(|one| one.render(true)).collect();
            said.push_str(understood);
            said
        }
    };
    terminal::print(&text);
}

fn levels(options: &CheckOptions) -> Levels {
    let deny: BTreeSet<String> = options.deny.iter().cloned().collect();
    Levels {
        allow: options.allow.iter().cloned().collect(),
        deny_warnings: deny.contains("warnings"),
        deny,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_called_as_short_as_tells_them_apart() {
        assert_eq!(node_names(vec!["a/lb1.conf", "a/lb2.conf"]), ["lb1", "lb2"]);
        let same = ["lb1/keepalived.conf", "lb2/keepalived.conf"];
        assert_eq!(node_names(same.to_vec()), same);
    }
}
