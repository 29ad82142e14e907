//! The `bellwether` command.

use std::env;
use std::iter::once;
use std::path::PathBuf;
use std::process::ExitCode;

use bellwether_linux::cli::{Cli, Command, Genhash};
use bellwether_linux::{check, completions, convert, daemon, explain, genhash, ipvs, plan, status};
use clap::Parser;

fn main() -> ExitCode {
    let mut arguments = env::args_os();
    let program = arguments.next().map(PathBuf::from).unwrap_or_default();
    if program.file_name().is_some_and(|name| name == "ipvsadm") {
        return ipvs::cli::run(arguments.collect());
    }
    if program.file_name().is_some_and(|name| name == "genhash") {
        return genhash::genhash(&Genhash::parse().options);
    }
    let mut arguments = arguments.peekable();
    if arguments
        .next_if(|first| first == "--genhash" || first == "-T")
        .is_some()
    {
        // keepalived: as its first option.
        let arguments = once("genhash".into()).chain(arguments);
        return genhash::genhash(&Genhash::parse_from(arguments).options);
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
        Some(Command::Genhash(options)) => genhash::genhash(&options),
        Some(Command::Schema) => convert::schema(),
        Some(Command::Completions { shell }) => completions::completions(shell),
        Some(Command::Man) => completions::man(),
    }
}
