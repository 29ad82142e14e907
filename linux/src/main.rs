//! The `bellwether` command.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use bellwether_linux::cli::{Cli, Command};
use bellwether_linux::{check, completions, convert, daemon, explain, ipvs, plan, status};
use clap::Parser;

fn main() -> ExitCode {
    let mut arguments = env::args_os();
    let program = arguments.next().map(PathBuf::from).unwrap_or_default();
    if program.file_name().is_some_and(|name| name == "ipvsadm") {
        return ipvs::cli::run(arguments.collect());
    }
    let cli = Cli::parse();
    match cli.command {
        None => daemon::run_as_keepalived(&cli.run),
        Some(Command::Run(options)) => daemon::run(&options),
        Some(Command::Status(options)) => status::status(&options),
        Some(Command::Reload(options)) => status::reload(&options),
        Some(Command::Plan(options)) => plan::plan(&options),
        Some(Command::Check(options)) => check::check(&options),
        Some(Command::Explain(options)) => explain::explain(&options),
        Some(Command::Convert(options)) => convert::convert(&options),
        Some(Command::Ipvs { arguments }) => ipvs::cli::run(arguments),
        Some(Command::Schema) => convert::schema(),
        Some(Command::Completions { shell }) => completions::completions(shell),
        Some(Command::Man) => completions::man(),
    }
}
