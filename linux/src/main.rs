//! The `bellwether` command.

use std::process::ExitCode;

use bellwether_linux::cli::{Cli, Command};
use bellwether_linux::{check, completions, convert, daemon, explain};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        None => daemon::run(&cli.run),
        Some(Command::Run(options)) => daemon::run(&options),
        Some(Command::Check(options)) => check::check(&options),
        Some(Command::Explain(options)) => explain::explain(&options),
        Some(Command::Convert(options)) => convert::convert(&options),
        Some(Command::Schema) => convert::schema(),
        Some(Command::Completions { shell }) => completions::completions(shell),
        Some(Command::Man) => completions::man(),
    }
}
