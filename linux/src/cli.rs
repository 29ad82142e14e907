//! The command line, and what exit codes mean.
//!
//! keepalived's options mean here what they mean there, so that a service file needs no more than
//! another program name. `bellwether -f FILE` without a subcommand is `bellwether run -f FILE`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The file that is read when no other is named.
pub const DEFAULT_FILE: &str = "/etc/keepalived/keepalived.conf";

/// Exit codes. Where keepalived has a code for the same, it is the same.
pub mod exit {
    /// All is well; the daemon was told to stop, and did.
    pub const OK: u8 = 0;
    /// Something else went wrong. Of `check` and `--config-test`: the file has an error.
    pub const FAILURE: u8 = 1;
    /// The file has an error; nothing was started. Also clap's code for a bad command line.
    pub const CONFIG: u8 = 2;
    /// `CAP_NET_ADMIN` or `CAP_NET_RAW` is missing.
    pub const PERMISSION: u8 = 4;
    /// There is no such file, or it can't be read.
    pub const NO_CONFIG: u8 = 6;
}

const EXIT_CODES: &str = "\
Exit codes:
  0  stopped as told; check: the file is usable
  1  failure; check and --config-test: the file has an error
  2  bad command line, or the file has an error
  4  CAP_NET_ADMIN or CAP_NET_RAW is missing
  6  no such file, or it can't be read

Signals:
  SIGTERM, SIGINT  hand over and stop
  SIGHUP           read the file again; a bad one changes nothing
  SIGUSR1, SIGUSR2 log the status as JSON";

/// VRRP router for Linux: reads keepalived.conf, elects a master, moves addresses.
#[derive(Clone, Debug, Parser)]
#[command(name = "bellwether", version, after_help = EXIT_CODES)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `run` when not given.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `run`, where no subcommand is given.
    #[command(flatten)]
    pub run: RunOptions,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the router in the foreground until told to stop.
    #[command(after_help = EXIT_CODES)]
    Run(RunOptions),
    /// Check configuration files, on any machine, and say what is wrong with them.
    Check(CheckOptions),
}

/// Options of `run`.
#[derive(Args, Clone, Debug, Default)]
pub struct RunOptions {
    /// Configuration file.
    #[arg(
        short = 'f',
        long = "use-file",
        visible_alias = "file",
        value_name = "FILE"
    )]
    #[arg(default_value = DEFAULT_FILE)]
    pub file: PathBuf,
    /// Accepted for keepalived's sake: the process never leaves the foreground.
    #[arg(short = 'n', long)]
    pub dont_fork: bool,
    /// Accepted for keepalived's sake: the log always goes to standard error.
    #[arg(short = 'l', long)]
    pub log_console: bool,
    /// Log details too.
    #[arg(short = 'D', long)]
    pub log_detail: bool,
    /// Write the process id to this file, and remove the file at exit.
    #[arg(short = 'p', long = "pid", value_name = "FILE")]
    pub pid_file: Option<PathBuf>,
    /// Only check the file, and that this host has the interfaces that it names.
    #[arg(short = 't', long)]
    pub config_test: bool,
    /// Take unknown and misplaced keywords for errors.
    #[arg(long)]
    pub strict: bool,
}

/// Options of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckOptions {
    /// Configuration files, each of one node.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Take unknown and misplaced keywords for errors.
    #[arg(long)]
    pub strict: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split_whitespace()).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_keepalived_command_line_runs() {
        let cli = parse("bellwether -n -l -D -f /tmp/a.conf -p /run/a.pid");
        assert!(cli.command.is_none());
        assert_eq!(cli.run.file, PathBuf::from("/tmp/a.conf"));
        assert_eq!(cli.run.pid_file, Some(PathBuf::from("/run/a.pid")));
        assert!(cli.run.log_detail);
    }

    #[test]
    fn run_has_keepalived_s_default_file() {
        let Some(Command::Run(options)) = parse("bellwether run").command else {
            panic!("not run")
        };
        assert_eq!(
            options.file,
            PathBuf::from("/etc/keepalived/keepalived.conf")
        );
        assert!(!options.config_test);
    }

    #[test]
    fn check_wants_a_file() {
        assert!(Cli::try_parse_from(["bellwether", "check"]).is_err());
        let Some(Command::Check(options)) = parse("bellwether check --strict a b").command else {
            panic!("not check")
        };
        assert_eq!(options.files.len(), 2);
        assert!(options.strict);
    }
}
