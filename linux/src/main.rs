//! The daemon.

use std::process::ExitCode;

use bellwether_linux::cli::{Cli, Command};
use bellwether_linux::{check, daemon};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        None => daemon::run(&cli.run),
        Some(Command::Run(options)) => daemon::run(&options),
        Some(Command::Check(options)) => check::check(&options),
    }
}
