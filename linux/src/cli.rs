//! The command line, and what exit codes mean.
//!
//! keepalived's options mean here what they mean there, so that a service file needs no more than
//! another program name. `bellwether -f FILE` without a subcommand is `bellwether run -f FILE`.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use bellwether_config::Options;
use clap::{Args, Parser, Subcommand};

mod control;
mod genhash;
mod run;
mod words;

pub use control::{PlanOptions, SocketOptions, StatusOptions};
pub use genhash::{Genhash, GenhashOptions};
pub use run::{Facility, RunOptions, SignalFunction};
pub use words::Topics;

/// The file that is read when no other is named.
pub const DEFAULT_FILE: &str = "/etc/keepalived/keepalived.conf";

/// Exit codes. Where keepalived has a code for the same, it is the same.
pub mod exit {
    /// All is well; the daemon was told to stop, and did.
    pub const OK: u8 = 0;
    /// Something else went wrong. Of `check`: a file has an error.
    pub const FAILURE: u8 = 1;
    /// The file has an error; nothing was started. Also clap's code for a bad command line.
    pub const CONFIG: u8 = 2;
    /// Of `plan --detailed-exitcode`: a reload would change something.
    pub const CHANGES: u8 = 2;
    /// No daemon is running here (as the LSB has it for service scripts).
    pub const NOT_RUNNING: u8 = 3;
    /// `CAP_NET_ADMIN` or `CAP_NET_RAW` is missing. Of requests: whoever asks may not.
    pub const PERMISSION: u8 = 4;
    /// There is no such file, or it can't be read; of `--config-test`: a file that must be included.
    pub const NO_CONFIG: u8 = 6;
    /// Of `status --exit-code`: an instance is BACKUP, and none is worse off.
    pub const SOME_BACKUP: u8 = 10;
    /// Of `status --exit-code`: an instance is in FAULT, or has not started yet.
    pub const SOME_FAULT: u8 = 11;
    /// Of `--config-test`: there is no such file, or it can't be read.
    pub const TEST_FATAL: u8 = 2;
    /// Of `--config-test`: the file has an error, with which nothing would start.
    pub const TEST_UNUSABLE: u8 = 4;
    /// Of `--config-test`: something is wrong, and the daemon would run all the same.
    pub const TEST_PROBLEMS: u8 = 5;
    /// Of `--config-test`: there are scripts, and `enable_script_security` is not set.
    pub const TEST_SCRIPT_SECURITY: u8 = 6;
}

const EXIT_CODES: &str = "\
Exit codes:
  0  stopped as told
  1  failure
  2  bad command line, or the file has an error
  4  CAP_NET_ADMIN or CAP_NET_RAW is missing
  6  no such file, or it can't be read

Exit codes of --config-test, as keepalived has them:
  0  nothing is wrong
  2  no such file, or it can't be read
  4  the file has an error: nothing would start
  5  something is wrong, and the daemon would run
  6  only this: there are scripts, and enable_script_security is not set

Signals, as keepalived has them:
  SIGTERM, SIGINT  hand over and stop
  SIGHUP           read the file again; a bad one changes nothing
  SIGUSR1          write the data to /tmp/keepalived.data (`state_dump_file`)
  SIGUSR2          write the statistics to /tmp/keepalived.stats (`stats_dump_file`)
  SIGRTMIN+2       write both as JSON to /tmp/keepalived.json (`json_dump_file`)
  SIGRTMAX-1       count from zero again

Called as `bellwether -f FILE`, without `run` and without -n, it goes to the background as
keepalived does; `bellwether run` stays in the foreground.";

const STATUS_HELP: &str = "\
Exit codes:
  0   the daemon has answered; with --exit-code: every instance asked for is MASTER
  1   failure
  3   no daemon is running here
  4   not permitted
  10  with --exit-code: an instance is BACKUP, and none is worse off
  11  with --exit-code: an instance is in FAULT, or has not started yet";

const RELOAD_HELP: &str = "\
Exit codes:
  0  the file is what is run now, whether that changed anything or not
  2  the file has errors, which are printed; the old configuration stays in force
  3  no daemon is running here
  4  not permitted
  6  no such file, or it can't be read; the old configuration stays in force";

const PLAN_HELP: &str = "\
Exit codes:
  0  told; with --detailed-exitcode: nothing would change
  1  a file has an error, or can't be read, or something else failed
  2  with --detailed-exitcode: something would change
  3  no daemon is running here; --against OLD.conf needs none";

const CHECK_HELP: &str = "\
Exit codes:
  0  every file is usable, perhaps with warnings
  1  a file has an error, or can't be read
  2  bad command line

A comment silences what is known: `# bellwether: allow(K0101)` at the end of a line, or alone
before a line or a block; `# bellwether: allow-file(K0101)` for a file. Errors can't be silenced.
`bellwether explain K0101` tells what a code means.";

/// VRRP router for Linux: reads keepalived.conf, elects a master, moves addresses.
#[derive(Clone, Debug, Parser)]
#[command(name = "bellwether", version, after_help = EXIT_CODES)]
#[command(disable_version_flag = true)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `run` when not given.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `run`, where no subcommand is given.
    #[command(flatten)]
    pub run: RunOptions,
    /// Print the version.
    #[arg(short = 'v', long, action = clap::ArgAction::Version)]
    pub version: Option<bool>,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the router in the foreground until told to stop.
    #[command(after_help = EXIT_CODES)]
    Run(Box<RunOptions>),
    /// Tell how things are with the running daemon, and why.
    #[command(after_help = STATUS_HELP)]
    Status(StatusOptions),
    /// Have the running daemon read its file again, and tell what that changed.
    #[command(after_help = RELOAD_HELP)]
    Reload(SocketOptions),
    /// Tell what a reload of a file would do, before it does it.
    #[command(after_help = PLAN_HELP)]
    Plan(PlanOptions),
    /// Check configuration files, on any machine, and say what is wrong with them.
    #[command(after_help = CHECK_HELP)]
    Check(CheckOptions),
    /// Tell what a code of a diagnostic, or a keyword, means; without one, list all codes.
    Explain(ExplainOptions),
    /// Print a configuration as TOML or as keepalived.conf, from either.
    Convert(ConvertOptions),
    /// Show and change the kernel's load balancer table, with ipvsadm's options; `-h` lists them.
    ///
    /// Called by the name `ipvsadm`, as by a link, the program is this command.
    #[command(disable_help_flag = true)]
    Ipvs {
        /// ipvsadm's command and options.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "OPTIONS"
        )]
        arguments: Vec<OsString>,
    },
    /// Print the MD5 digest of a page, for `digest` of HTTP_GET and SSL_GET; options and output are
    /// those of keepalived's genhash.
    ///
    /// Called by the name `genhash`, as by a link, the program is this command.
    Genhash(GenhashOptions),
    /// Print the JSON Schema of configurations in TOML, for editors.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, for `man -l -`.
    Man,
}

/// Options of `check`.
#[derive(Args, Clone, Debug)]
pub struct CheckOptions {
    /// Configuration files; several are the nodes of one cluster.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Take unknown and misplaced keywords for errors.
    #[arg(long)]
    pub strict: bool,
    /// How diagnostics are written.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Leave out warnings and notes of these codes.
    #[arg(long, value_delimiter = ',', value_name = "CODE")]
    #[arg(value_parser = words::Codes::new(&[]), hide_possible_values = true, ignore_case = true)]
    pub allow: Vec<String>,
    /// Take warnings and notes of these codes for errors; `warnings`: every warning.
    #[arg(long, value_delimiter = ',', value_name = "CODE|warnings")]
    #[arg(value_parser = words::Codes::new(&["warnings"]))]
    #[arg(hide_possible_values = true, ignore_case = true)]
    pub deny: Vec<String>,
    /// Check too what this host decides: that interfaces and scripts exist.
    #[arg(long)]
    pub host: bool,
    /// Take an include without a file that can be read for an error.
    #[arg(short = 'e', long)]
    pub all_config: bool,
    /// Which lines that start with `@` hold; default: none, with --host those of this host.
    #[arg(short = 'i', long, value_name = "ID")]
    pub config_id: Option<String>,
}

impl CheckOptions {
    /// How the files are read: everywhere alike, unless the host is asked for.
    #[must_use]
    pub fn reading(&self) -> Options {
        let reading = if self.host {
            of_this_host(self.strict, self.config_id.clone())
        } else {
            Options {
                strict: self.strict,
                config_id: self.config_id.clone(),
                ..Options::default()
            }
        };
        Options {
            all_includes: self.all_config,
            ..reading
        }
    }
}

/// How a file is read where it is run: `${_ENV NAME}` is a variable of this process, and
/// `${_RANDOM}` is another number in another process, and the same after a reload.
fn of_this_host(strict: bool, config_id: Option<String>) -> Options {
    let variable = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Options {
        strict,
        config_id: config_id.or_else(host_name),
        environment: env::vars_os().filter_map(variable).collect(),
        random_seed: u64::from(std::process::id()),
        ..Options::default()
    }
}

/// The first part of the host's name.
pub(crate) fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    let first = name.split('.').next()?;
    (!first.is_empty()).then(|| first.to_owned())
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: the line with a caret, and a hint.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// A line each, `file:line:column: error[CODE]: message`, for editors.
    Short,
}

/// Options of `convert`.
#[derive(Args, Clone, Debug)]
pub struct ConvertOptions {
    /// Configuration file; TOML if its name ends in `.toml`.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The language to print it in.
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub to: Language,
    /// Which lines that start with `@` hold; default: none.
    #[arg(short = 'i', long, value_name = "ID")]
    pub config_id: Option<String>,
}

impl ConvertOptions {
    /// How the file is read: everywhere alike.
    #[must_use]
    pub fn reading(&self) -> Options {
        Options {
            config_id: self.config_id.clone(),
            ..Options::default()
        }
    }
}

/// A language of configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// TOML
    Toml,
    /// keepalived.conf
    Keepalived,
}

/// Options of `explain`.
#[derive(Args, Clone, Debug)]
pub struct ExplainOptions {
    /// A code, as K0101, or a keyword, as priority.
    #[arg(value_name = "CODE|KEYWORD", value_parser = Topics)]
    #[arg(hide_possible_values = true, ignore_case = true)]
    pub topic: Option<String>,
}
