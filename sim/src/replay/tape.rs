//! The journals of simulated nodes: what their daemons would have written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bellwether_core::model::Config;
use bellwether_core::unit::Name;
use bellwether_core::{Effect, Instant};
use bellwether_runtime::journal::{FORMAT, Head, Input, Line, Origin, Step};

use crate::log::NodeId;

/// One journal for each node.
#[derive(Clone, Debug)]
pub struct Tape {
    nodes: Vec<Journal>,
}

#[derive(Clone, Debug)]
struct Journal {
    host: Name,
    lines: Vec<Line>,
    next: u64,
}

impl Tape {
    /// Nothing has happened yet to nodes of these names.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = Name>) -> Self {
        let journal = |host| Journal {
            host,
            lines: Vec::new(),
            next: 0,
        };
        Self {
            nodes: names.into_iter().map(journal).collect(),
        }
    }

    /// A process starts.
    pub(crate) fn start(&mut self, node: NodeId, at: Instant, config: &Config) {
        let Some(journal) = self.nodes.get_mut(node.index()) else {
            return;
        };
        journal.next = 0;
        journal.lines.push(Line::Head(Box::new(Head {
            format: FORMAT,
            program: format!("bellwether-sim {}", env!("CARGO_PKG_VERSION")),
            host: journal.host.clone().to_string(),
            written: None,
            at,
            step: 0,
            lost: 0,
            from: Origin::Start(Box::new(config.clone())),
        })));
    }

    /// A node is told something.
    pub(crate) fn tell(&mut self, node: NodeId, at: Instant, input: Input) {
        let Some(journal) = self.nodes.get_mut(node.index()) else {
            return;
        };
        let n = journal.next;
        journal.next += 1;
        journal.lines.push(Line::Step(Step {
            n,
            at,
            input,
            effects: Vec::new(),
        }));
    }

    /// A node wants something done, in answer to what it was told last.
    pub(crate) fn want(&mut self, node: NodeId, effect: Effect) {
        let journal = self.nodes.get_mut(node.index());
        if let Some(Line::Step(step)) = journal.and_then(|journal| journal.lines.last_mut()) {
            step.effects.push(effect);
        }
    }

    /// The journal of one node, in the form of the daemon's.
    #[must_use]
    pub fn journal(&self, node: NodeId) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(journal) = self.nodes.get(node.index()) {
            // Writing to memory does not fail.
            let _ = write(journal, &mut out);
        }
        out
    }

    /// Writes `NAME.jsonl` for each node into a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for journal in &self.nodes {
            let file = File::create(folder.join(format!("{}.jsonl", journal.host)))?;
            let mut out = BufWriter::new(file);
            write(journal, &mut out)?;
            out.flush()?;
        }
        Ok(())
    }
}

fn write(journal: &Journal, out: &mut dyn Write) -> io::Result<()> {
    for line in &journal.lines {
        serde_json::to_writer(&mut *out, line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
