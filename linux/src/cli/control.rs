//! Options of the subcommands that talk to the running daemon.

use std::path::PathBuf;

use clap::Args;

use crate::control::place;

/// Which daemon is meant.
#[derive(Args, Clone, Debug, Default)]
pub struct SocketOptions {
    /// Control socket of the daemon; default: that of this network namespace.
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// The daemon in this network namespace, as `ip netns` names it.
    #[arg(short = 's', long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The daemon of this name (`instance` in its file).
    #[arg(long, value_name = "NAME")]
    pub instance: Option<String>,
}

impl SocketOptions {
    /// Where the socket is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        let named = self.socket.clone();
        let (instance, namespace) = (self.instance.as_deref(), self.namespace.as_deref());
        named.unwrap_or_else(|| place::to_ask(instance, namespace))
    }
}

/// Options of `status`.
#[derive(Args, Clone, Debug, Default)]
pub struct StatusOptions {
    /// Only these instances.
    #[arg(value_name = "INSTANCE")]
    pub instances: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Print it anew, every so many seconds, until interrupted.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "1")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub watch: Option<u32>,
    /// Tell by the exit code whether every instance is MASTER.
    #[arg(long)]
    pub exit_code: bool,
    /// Which daemon is meant.
    #[command(flatten)]
    pub socket: SocketOptions,
}

/// Options of `plan`.
#[derive(Args, Clone, Debug)]
pub struct PlanOptions {
    /// The new configuration.
    #[arg(value_name = "NEW.conf")]
    pub file: PathBuf,
    /// What it is compared with: the running daemon, or another file.
    #[arg(long, value_name = "RUNNING|OLD.conf", default_value = "RUNNING")]
    pub against: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 if something would change.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Take unknown and misplaced keywords for errors.
    #[arg(long)]
    pub strict: bool,
    /// Which lines that start with `@` hold; default: the first part of the host's name.
    #[arg(short = 'i', long, value_name = "ID")]
    pub config_id: Option<String>,
    /// Which daemon is meant.
    #[command(flatten)]
    pub socket: SocketOptions,
}

impl PlanOptions {
    /// The file to compare with; none: the running daemon.
    #[must_use]
    pub fn old(&self) -> Option<&PathBuf> {
        let running = self.against.as_os_str().eq_ignore_ascii_case("running");
        (!running).then_some(&self.against)
    }

    /// How files are read: as the daemon reads them.
    #[must_use]
    pub fn reading(&self) -> bellwether_config::Options {
        super::of_this_host(self.strict, self.config_id.clone())
    }
}
