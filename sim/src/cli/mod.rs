//! The command `bellwether-sim`.
//!
//! Owns its arguments, what it prints and its exit status: 0 when all holds, 1 when something does
//! not, 2 for input that can't be run. Deliberately absent: anything that decides an outcome.

mod explore;
mod new;
mod nodes;
mod progress;
mod prove;
mod replay;
mod run;
mod standard;
mod sweep;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use explore::ExploreArgs;
pub use new::NewArgs;
pub use nodes::NodesArgs;
pub use prove::ProveArgs;
pub use replay::ReplayArgs;
pub use standard::standard_scenario;

use crate::present::Palette;

/// See what your VRRP routers do when things break, before they break.
#[derive(Clone, Debug, Parser)]
#[command(name = "bellwether-sim", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the simulator can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run a scenario file, or your own keepalived.conf files through a standard scenario
    Run(RunArgs),
    /// Look for what goes wrong with your nodes: a battery of faults, pairs of them, random schedules
    Explore(ExploreArgs),
    /// Walk through all schedules of a small scope, none left out
    Prove(ProveArgs),
    /// Run a daemon's journal again: does this program decide the same, and what would another
    /// configuration have done?
    Replay(ReplayArgs),
    /// Write a commented scenario file for your nodes to start from
    New(NewArgs),
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "bellwether-sim run [OPTIONS] SCENARIO.toml\n       \
                      bellwether-sim run [OPTIONS] --node NAME=FILE --node NAME=FILE ...",
    after_help = "Exit status: 0 when every invariant and expectation holds, 1 when one does \
                  not, 2 for bad input.\n\n\
                  The standard scenario starts all nodes, kills the master, starts it again, \
                  cuts its links both ways and heals them; its times follow from the \
                  configurations."
)]
pub struct RunArgs {
    /// The scenario file
    #[arg(
        value_name = "SCENARIO.toml",
        required_unless_present = "node",
        conflicts_with = "node"
    )]
    pub scenario: Option<PathBuf>,
    /// A node with its keepalived.conf; give one for each node
    #[arg(long, value_name = "NAME=FILE", value_parser = parse_node)]
    pub node: Vec<(String, PathBuf)>,
    /// The seed of all random streams [default: the scenario's]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Print the whole event log as JSON lines, and last a summary object
    #[arg(long)]
    pub json: bool,
    /// Write the run as one HTML file: timeline, packets, verdicts; needs no network
    #[arg(long, value_name = "OUT.html")]
    pub report: Option<PathBuf>,
    /// Write all that was on the wire as pcapng, for Wireshark
    #[arg(long, value_name = "OUT.pcapng")]
    pub pcap: Option<PathBuf>,
    /// Write what each node's daemon would have written into its journal, as NAME.jsonl
    #[arg(long, value_name = "FOLDER")]
    pub journal: Option<PathBuf>,
}

fn parse_node(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), file.into()))
        }
        Some(_) | None => Err("write NAME=FILE, for example lb1=keepalived.conf".to_owned()),
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything holds: 0.
    Holds,
    /// Something does not hold: 1.
    Violated,
    /// The input can't be run: 2.
    BadInput,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Holds => 0,
            Status::Violated => 1,
            Status::BadInput => 2,
        })
    }
}

/// Runs the command that the process was started with, colours only on a terminal.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = anstream::stdout().lock();
    let mut err = anstream::stderr().lock();
    execute(&cli, Palette::COLOR, &mut out, &mut err).into()
}

/// Runs a command and prints to `out` and `err`.
///
/// A reader that has gone away (a closed pipe) ends the output and changes nothing else.
pub fn execute(cli: &Cli, palette: Palette, out: &mut dyn Write, err: &mut dyn Write) -> Status {
    match &cli.command {
        Command::Run(args) => run::run(args, palette, out, err),
        Command::Explore(args) => explore::explore(args, palette, out, err),
        Command::Prove(args) => prove::prove(args, palette, out, err),
        Command::Replay(args) => replay::run(args, palette, out, err),
        Command::New(args) => new::new(args, out, err),
    }
}

/// Prints a message; a closed stderr is nobody's concern.
fn say(err: &mut dyn Write, message: &str) {
    let _ = writeln!(err, "{message}");
}

/// How many threads there are to be: as many as asked for, or one for each processor.
fn jobs(asked: Option<usize>) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
    asked.unwrap_or_else(processors).max(1)
}
