//! `bellwether check`.
//!
//! Invariant: without `--host` the answer is the same on every machine, and nothing but the named
//! files, and what they include, is read. Diagnostics are the product and go to standard output.

use std::collections::BTreeSet;
use std::process::ExitCode;

use bellwether_config::{Diagnostics, Levels, Outcome, Reader};
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
    let mut all = read.unreadable;
    let mut understood = String::new();
    for (name, outcome) in read.nodes {
        let (diagnostics, config) = weigh(outcome, &levels);
        all.push(diagnostics);
        understood.extend(config.map(|config| summary::line(&name, &config)));
    }
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

/// The diagnostics after `levels`, and the configuration unless one of them is an error.
fn weigh(outcome: Outcome, levels: &Levels) -> (Diagnostics, Option<Config>) {
    let mut diagnostics = outcome.diagnostics;
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
