//! What holds for the whole node: `global_defs`, and keywords outside of any block.

use core::time::Duration;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Fifo, Hook, Mail, RunAs, Spacing};
use crate::unit::{IfName, Name};

/// What holds for the whole node. Defaults of instances (GARP, version, strict ...) are not here:
/// they are in the instances already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Globals {
    /// What this router is called in logs and mails; none: the host's name.
    pub router_id: Option<Name>,
    /// Mail settings, if any keyword of mail is there.
    pub mail: Option<Mail>,
    /// Pipes that events are written to.
    pub fifos: Fifos,
    /// Who runs scripts, and which are refused.
    pub scripts: ScriptPolicy,
    /// The network namespaces to run in.
    pub namespaces: Namespaces,
    /// Several daemons on one host: this one's name (keepalived: `instance`).
    pub instance_name: Option<Name>,
    /// What happens to interfaces that are not there.
    pub dynamic_interfaces: DynamicInterfaces,
    /// How long instances wait at the start (keepalived: `vrrp_startup_delay`).
    #[serde(with = "super::as_nanos")]
    pub startup_delay: Duration,
    /// The same, counted from the host's start (keepalived: `vrrp_delay_after_boot`).
    #[serde(with = "super::as_nanos")]
    pub delay_after_boot: Duration,
    /// Whether adverts of unknown VRIDs are logged.
    pub log_unknown_vrids: bool,
    /// How far apart announcements are on an interface that is in no `garp_group`.
    pub spacing: Spacing,
    /// How packets to addresses are dropped that a master must not accept.
    pub firewall: Option<Firewall>,
    /// Whether nothing is said of memberships of the link's own groups
    /// (keepalived: `disable_local_igmp`).
    #[serde(default)]
    pub no_local_igmp: bool,
    /// How VRRP, checkers and BFD are scheduled.
    pub tuning: Tuning,
    /// What a reload looks at.
    pub reload: ReloadPolicy,
    /// Interfaces whose state must last before it counts.
    pub interface_delays: Vec<InterfaceDelay>,
    /// Interfaces whose link is polled (keepalived: `linkbeat_interfaces`).
    pub linkbeat: Vec<Linkbeat>,
    /// The LVS part's settings.
    pub lvs: LvsGlobals,
    /// Where dumps are written.
    pub dumps: Dumps,
    /// Whether the file with the process id is in the daemon's own folder
    /// (keepalived: `use_pid_dir`).
    #[serde(default)]
    pub use_pid_dir: bool,
    /// File mode bits that new files do not get; none: the process's.
    pub umask: Option<u32>,
}

/// Pipes that events are written to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fifos {
    /// All events.
    pub all: Option<Fifo>,
    /// Events of VRRP.
    pub vrrp: Option<Fifo>,
    /// Events of the LVS part.
    pub lvs: Option<Fifo>,
    /// Whether a reload writes the states again.
    pub states_on_reload: bool,
}

/// Who runs scripts, and which are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptPolicy {
    /// Who runs them; none: `keepalived_script` if there is such a user, else the daemon's own.
    pub user: Option<RunAs>,
    /// Whether scripts that run as root are refused when others can change them
    /// (keepalived: `enable_script_security`).
    pub security: bool,
    /// Whether a path is used as it is written, with its symbolic links.
    pub symlink_paths: bool,
    /// Whether scripts get their user's supplementary groups.
    pub supplementary_groups: bool,
    /// What is run before anything else, and how long it may take.
    pub startup: Option<TimedHook>,
    /// What is run after everything else, and how long it may take.
    pub shutdown: Option<TimedHook>,
}

/// A command with a time that it may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedHook {
    /// The command.
    pub hook: Hook,
    /// How long it may take; default 10 s.
    #[serde(with = "super::as_nanos")]
    pub timeout: Duration,
}

/// The network namespaces to run in; none: the one that it is started in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces {
    /// Of the whole daemon.
    pub all: Option<Name>,
    /// Of its IPVS part.
    pub ipvs: Option<Name>,
}

/// What happens to interfaces that are not there; default off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DynamicInterfaces {
    /// The file is an error.
    #[default]
    Off,
    /// Their instances wait for them in FAULT.
    On,
    /// The same, and an interface may come back as another kind.
    AllowIfChanges,
}

/// How packets to virtual addresses are dropped that a master must not accept, by nftables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// The table; default `bellwether`.
    pub table: Name,
    /// The priority of its chains; default -1.
    pub priority: i32,
    /// Whether its rules count packets.
    pub counters: bool,
    /// Whether rules were to name interfaces by index; they name them by name.
    pub ifindex: bool,
}

/// How the parts of the daemon are scheduled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// The VRRP part.
    pub vrrp: PartTuning,
    /// The checkers.
    pub checker: PartTuning,
    /// The BFD part.
    pub bfd: PartTuning,
    /// The highest real-time priority that is taken without being asked; -1: none.
    pub max_auto_priority: Option<i32>,
}

/// How one part of the daemon is scheduled; each is left as it is when none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartTuning {
    /// Nice value, -20 to 19.
    pub priority: Option<i8>,
    /// Real-time priority, 1 to 99.
    pub rt_priority: Option<u8>,
    /// Longest real-time run without a pause in microseconds.
    pub rlimit_rttime: Option<u64>,
    /// Whether its memory is locked.
    pub no_swap: bool,
    /// The processors that it may use; empty: all.
    pub cpu_affinity: Vec<u32>,
}

/// What a reload looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadPolicy {
    /// A file with the time of the next reload.
    pub time_file: Option<String>,
    /// Whether that time comes every day.
    pub repeat: bool,
    /// A file whose presence holds reloads back until it is gone.
    pub hold_file: Option<String>,
}

/// An interface whose state must last before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceDelay {
    /// The interface.
    pub interface: IfName,
    /// How long it must be down.
    #[serde(with = "super::as_nanos")]
    pub down: Duration,
    /// How long it must be up.
    #[serde(with = "super::as_nanos")]
    pub up: Duration,
}

/// An interface whose link is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linkbeat {
    /// The interface.
    pub interface: IfName,
    /// How; none: the first way that works.
    pub method: Option<LinkbeatMethod>,
}

/// How a link is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkbeatMethod {
    /// SIOCGMIIREG.
    Mii,
    /// SIOCETHTOOL.
    Ethtool,
    /// The interface's flags.
    Ioctl,
}

/// Settings of the LVS part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LvsGlobals {
    /// Connection timeouts in seconds, 0 to 2,678,400; none: left as they are.
    pub timeouts: LvsTimeouts,
    /// The connection synchronisation daemon.
    pub sync_daemon: Option<SyncDaemon>,
    /// Whether the whole table is emptied at the start.
    pub flush: bool,
    /// What is removed at the end.
    pub flush_on_stop: FlushOnStop,
    /// How groups with ranges are marked, if by nftables.
    pub nftables: Option<NftablesIpvs>,
    /// Whether the first result of every real server is told.
    pub rs_init_notifies: bool,
    /// Whether every failed check is logged, not only those that change a state.
    pub log_all_failures: bool,
    /// Whether checkers send no mail.
    pub no_mail: bool,
}

/// Connection timeouts in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LvsTimeouts {
    /// Of TCP connections.
    pub tcp: Option<u32>,
    /// Of TCP connections after a FIN.
    pub tcp_fin: Option<u32>,
    /// Of UDP flows.
    pub udp: Option<u32>,
}

/// The connection synchronisation daemon (keepalived: `lvs_sync_daemon`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncDaemon {
    /// The interface that it speaks on.
    pub interface: IfName,
    /// The instance whose state it follows; none: it is master and backup at once.
    pub instance: Option<Name>,
    /// Its id, 0 to 255; none: the instance's VRID.
    pub id: Option<u8>,
    /// Largest message in bytes; none: as the MTU says.
    pub max_len: Option<u16>,
    /// UDP port; none: 8848.
    pub port: Option<u16>,
    /// Time to live; none: 1.
    pub ttl: Option<u8>,
    /// Multicast group; none: 224.0.0.81.
    pub group: Option<IpAddr>,
}

/// What is removed from the table at the end; default each service by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlushOnStop {
    /// Each destination and service by itself.
    #[default]
    OneByOne,
    /// Each service at once.
    Services,
    /// The whole table.
    All,
}

/// How groups with ranges are marked by nftables (keepalived: `nftables_ipvs`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NftablesIpvs {
    /// The table; default `keepalived_ipvs`.
    pub table: Name,
    /// The priority of its chains.
    pub priority: i32,
    /// The first mark; default 1000.
    pub start_fwmark: u32,
}

/// Where dumps are written; each is keepalived's place when none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dumps {
    /// Of the data (SIGUSR1).
    pub state: Option<String>,
    /// Of the statistics (SIGUSR2).
    pub stats: Option<String>,
    /// Of the JSON.
    pub json: Option<String>,
    /// The form of the JSON, 1 or 2; default 1.
    pub json_version: Option<u8>,
    /// Whether file names carry the name of the instance or namespace.
    pub use_instance: bool,
}
