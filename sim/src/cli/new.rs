//! `bellwether-sim new`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::nodes::Nodes;
use super::{NodesArgs, Status, parse_node, say};
use crate::explore::Base;
use crate::scenario::starter::starter;

/// Arguments of `new`.
#[derive(Clone, Debug, Args)]
pub struct NewArgs {
    /// A node with its keepalived.conf; give one for each node
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_node, required = true)]
    pub node: Vec<(String, PathBuf)>,
    /// Where to write the scenario; paths of the nodes' files count from its folder [default:
    /// stdout]
    #[arg(long, short, value_name = "SCENARIO.toml")]
    pub output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

pub(super) fn new(args: &NewArgs, out: &mut dyn Write, err: &mut dyn Write) -> Status {
    match made(args, err) {
        Ok(text) => {
            // A reader that has gone away wants no more.
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            Status::Holds
        }
        Err(message) => {
            say(err, message.trim_end());
            Status::BadInput
        }
    }
}

/// Writes the file, and gives what is to be printed.
fn made(args: &NewArgs, err: &mut dyn Write) -> Result<String, String> {
    let nodes = NodesArgs {
        scenario: None,
        node: args.node.clone(),
    };
    let Nodes {
        scenario, warnings, ..
    } = nodes.read()?;
    if !warnings.is_empty() {
        say(err, warnings.trim_end());
    }
    let base = Base::new(&scenario).map_err(|error| format!("error: {error}"))?;
    let folder = args.output.as_ref().and_then(|path| path.parent());
    let files = args.node.iter().map(|(name, path)| {
        // From another folder only the whole path leads there.
        let elsewhere = folder.is_some_and(|folder| !folder.as_os_str().is_empty());
        let path = match std::fs::canonicalize(path) {
            Ok(whole) if elsewhere => whole,
            Ok(_) | Err(_) => path.clone(),
        };
        (name.clone(), path.display().to_string())
    });
    let files: Vec<(String, String)> = files.collect();
    let text = starter(&base, &files).map_err(|error| format!("error: {error}"))?;
    let Some(path) = &args.output else {
        return Ok(text);
    };
    let shown = path.display();
    if path.exists() && !args.force {
        return Err(format!(
            "error: '{shown}' is there already; --force writes over it"
        ));
    }
    std::fs::write(path, text).map_err(|error| format!("error: can't write '{shown}': {error}"))?;
    Ok(format!("{shown} is written; bellwether-sim run {shown}\n"))
}
