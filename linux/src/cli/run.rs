//! Options of `run`: keepalived's, with keepalived's meanings where they make sense here.

use std::path::PathBuf;

use bellwether_config::Options;
use clap::Args;

use super::{DEFAULT_FILE, of_this_host};
use crate::record::Place;

const LOG: &str = "Log";
const PARTS: &str = "Parts";
const PROCESS: &str = "Process";
const CONTROL: &str = "Control";
const JOURNAL: &str = "Journal";
const COMPATIBLE: &str = "Accepted for keepalived's sake";

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
    /// Only check the file, on this host, and say what is wrong, to standard error or to a file.
    #[arg(short = 't', long, value_name = "LOG_FILE")]
    #[arg(num_args = 0..=1, require_equals = true)]
    pub config_test: Option<Option<PathBuf>>,
    /// Take unknown and misplaced keywords for errors.
    #[arg(long)]
    pub strict: bool,
    /// Take an include without a file that can be read for an error.
    #[arg(short = 'e', long)]
    pub all_config: bool,
    /// Which lines that start with `@` hold; default: the first part of the host's name.
    #[arg(short = 'i', long, value_name = "ID")]
    pub config_id: Option<String>,

    /// Stay in the foreground; `bellwether run` always does.
    #[arg(short = 'n', long, help_heading = PROCESS)]
    pub dont_fork: bool,
    /// Write the process id to this file, and remove the file at exit.
    #[arg(short = 'p', long = "pid", value_name = "FILE", help_heading = PROCESS)]
    pub pid_file: Option<PathBuf>,
    /// The same, for scripts that signal keepalived's VRRP process.
    #[arg(short = 'r', long = "vrrp_pid", value_name = "FILE", help_heading = PROCESS)]
    pub vrrp_pid_file: Option<PathBuf>,
    /// The same, for scripts that signal keepalived's checkers.
    #[arg(short = 'c', long = "checkers_pid", value_name = "FILE", help_heading = PROCESS)]
    pub checkers_pid_file: Option<PathBuf>,
    /// The same, for scripts that signal keepalived's BFD process.
    #[arg(short = 'b', long = "bfd_pid", value_name = "FILE", help_heading = PROCESS)]
    pub bfd_pid_file: Option<PathBuf>,
    /// Permissions that new files do not get, such as 027; overrides the file's `umask`.
    #[arg(short = 'u', long, value_name = "MASK", value_parser = mask, help_heading = PROCESS)]
    pub umask: Option<u32>,
    /// Run in this network namespace; overrides the file's `net_namespace`.
    #[arg(short = 's', long, value_name = "NAME", help_heading = PROCESS)]
    pub namespace: Option<String>,
    /// Leave virtual addresses where they are at the end.
    #[arg(short = 'V', long = "dont-release-vrrp", help_heading = PROCESS)]
    pub keep_addresses: bool,
    /// Leave the load balancer's table as it is at the end.
    #[arg(short = 'I', long = "dont-release-ipvs", help_heading = PROCESS)]
    pub keep_table: bool,
    /// Allow a core dump of any size.
    #[arg(short = 'm', long, help_heading = PROCESS)]
    pub core_dump: bool,
    /// The same, with this pattern of names, for the whole host.
    #[arg(short = 'M', long, value_name = "PATTERN", help_heading = PROCESS)]
    #[arg(num_args = 0..=1, default_missing_value = "core")]
    pub core_dump_pattern: Option<String>,
    /// Do not stop on SIGINT.
    #[arg(long, help_heading = PROCESS)]
    pub ignore_sigint: bool,
    /// Print the number of the signal that asks for this, and exit.
    #[arg(long, value_name = "SIGFUNC", ignore_case = true, help_heading = PROCESS)]
    pub signum: Option<SignalFunction>,

    /// Log to standard error; only a process in the background does not anyway.
    #[arg(short = 'l', long, help_heading = LOG)]
    pub log_console: bool,
    /// Log details too.
    #[arg(short = 'D', long, help_heading = LOG)]
    pub log_detail: bool,
    /// Log to the system log too, as this facility: 0 to 7, local0 to local7, user or daemon.
    #[arg(short = 'S', long, value_name = "FACILITY", help_heading = LOG)]
    pub log_facility: Option<Facility>,
    /// Log to a file too, which is added to.
    #[arg(short = 'g', long, value_name = "FILE", help_heading = LOG)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "/tmp/bellwether.log")]
    pub log_file: Option<PathBuf>,
    /// Never log to the system log.
    #[arg(short = 'G', long, help_heading = LOG)]
    pub no_syslog: bool,
    /// Log the configuration at the start, as it was understood.
    #[arg(short = 'd', long, help_heading = LOG)]
    pub dump_conf: bool,

    /// Only the VRRP part, without virtual servers.
    #[arg(short = 'P', long = "vrrp", help_heading = PARTS)]
    pub only_vrrp: bool,
    /// Only the part with virtual servers, without VRRP.
    #[arg(short = 'C', long = "check", help_heading = PARTS)]
    pub only_checkers: bool,

    /// Control socket; default: one for each network namespace in /run/bellwether.
    #[arg(long, value_name = "PATH", help_heading = CONTROL)]
    pub control_socket: Option<PathBuf>,
    /// A group whose members may ask for the status and for plans.
    #[arg(long, value_name = "GROUP", help_heading = CONTROL)]
    pub control_group: Option<String>,

    /// Record all that happens in this file, for `bellwether-sim replay`; it holds passwords, and is
    /// for its owner only [env: BELLWETHER_JOURNAL]
    #[arg(long, value_name = "FILE", help_heading = JOURNAL)]
    pub journal: Option<PathBuf>,
    /// Begin a new file when the journal has so many MiB; older ones are FILE.1, FILE.2 and so on
    #[arg(long, value_name = "MIB", default_value_t = 16, help_heading = JOURNAL)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub journal_size: u64,
    /// Keep so many files, the current one included
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = JOURNAL)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub journal_files: u32,

    /// What there is to accept without effect.
    #[command(flatten)]
    pub compatible: Compatible,
}

/// Options that a service file of keepalived may have, and that change nothing here.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = COMPATIBLE)]
pub struct Compatible {
    /// BFD has no process of its own here; a session runs where the file has one.
    #[arg(short = 'B', long = "no_bfd")]
    pub no_bfd: bool,
    /// There are no child processes to force.
    #[arg(long)]
    pub all: bool,
    /// There are no child processes to start again.
    #[arg(short = 'R', long)]
    pub dont_respawn: bool,
    /// Addresses are always dropped when a master steps down.
    #[arg(short = 'X', long)]
    pub release_vips: bool,
    /// Changes of addresses are logged with --log-detail.
    #[arg(short = 'a', long)]
    pub address_monitoring: bool,
    /// There is no SNMP agent; see `bellwether status --json`.
    #[arg(short = 'x', long)]
    pub snmp: bool,
    /// There is no SNMP agent.
    #[arg(short = 'A', long, value_name = "FILE")]
    pub snmp_agent_socket: Option<PathBuf>,
    /// Every line is written at once.
    #[arg(long)]
    pub flush_log_file: bool,
}

impl RunOptions {
    /// How the file is read: with the host's name and environment, as keepalived does.
    #[must_use]
    pub fn reading(&self) -> Options {
        Options {
            all_includes: self.all_config,
            ..of_this_host(self.strict, self.config_id.clone())
        }
    }

    /// Where the journal goes, if there is to be one: as the command line says, else the environment
    /// variable `BELLWETHER_JOURNAL`. An empty name is none.
    pub(crate) fn journal(&self) -> Option<Place> {
        let variable = || std::env::var_os("BELLWETHER_JOURNAL").map(PathBuf::from);
        let file = self.journal.clone().or_else(variable);
        let file = file.filter(|file| !file.as_os_str().is_empty())?;
        Some(Place {
            file,
            limit: self.journal_size << 20,
            count: self.journal_files,
        })
    }

    /// Every file that the process id is to be written to.
    pub fn pid_files(&self) -> impl Iterator<Item = &PathBuf> {
        let files = [
            &self.pid_file,
            &self.vrrp_pid_file,
            &self.checkers_pid_file,
            &self.bfd_pid_file,
        ];
        files.into_iter().flatten()
    }
}

/// What a signal asks for, by keepalived's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SignalFunction {
    /// Hand over and stop.
    Stop,
    /// Read the file again.
    Reload,
    /// Write the data.
    Data,
    /// Write the statistics.
    Stats,
    /// Count from zero again.
    StatsClear,
    /// Write JSON.
    Json,
}

/// Where the system log puts what is logged: syslog's number of a facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(pub u8);

impl Facility {
    /// keepalived's default.
    pub const DAEMON: Self = Self(3);
}

impl std::str::FromStr for Facility {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let local = |digit: &str| match digit.parse() {
            Ok(number @ 0..=7_u8) => Ok(Self(16 + number)),
            Ok(_) | Err(_) => Err("0 to 7, local0 to local7, user or daemon".to_owned()),
        };
        match text.to_ascii_lowercase().as_str() {
            "user" => Ok(Self(1)),
            "daemon" => Ok(Self::DAEMON),
            other => local(other.strip_prefix("local").unwrap_or(other)),
        }
    }
}

/// A file mode: octal with a leading 0, hexadecimal with 0x, else decimal, as keepalived reads it.
fn mask(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None if text.starts_with('0') => u32::from_str_radix(text, 8),
        None => text.parse(),
    };
    let mask = parsed.map_err(|error| error.to_string())?;
    if mask <= 0o777 {
        Ok(mask)
    } else {
        Err("at most 0777".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_are_keepalived_s() {
        // RFC 3164 4.1.1: user is 1, daemon 3, local0 to local7 are 16 to 23.
        let number = |text: &str| text.parse::<Facility>().map(|facility| facility.0);
        assert_eq!(number("user"), Ok(1));
        assert_eq!(number("daemon"), Ok(3));
        assert_eq!(number("0"), Ok(16));
        assert_eq!(number("local7"), Ok(23));
        assert!(number("8").is_err() && number("mail").is_err());
    }

    #[test]
    fn a_mask_is_octal_with_a_leading_zero() {
        assert_eq!(mask("027"), Ok(0o27));
        assert_eq!(mask("18"), Ok(18));
        assert!(mask("01000").is_err() && mask("x").is_err());
    }
}
