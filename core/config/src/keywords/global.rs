//! `global_defs`.

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::GarpPolicy;
use bellwether_core::unit::{IfName, Name, Version};

use super::Table;
use super::garp::{COUNT, GarpDraft, REFRESH};
use super::instance::{note_strict, version};
use crate::build::statement::{Statement, block};
use crate::build::{Context, Spanned};
use crate::registry::{Contents, Grammar, Header, Place};

const ONE: Grammar = Grammar::Unread { min: 1, max: 1 };
const UPTO1: Grammar = Grammar::Unread { min: 0, max: 1 };
const UPTO2: Grammar = Grammar::Unread { min: 1, max: 2 };
const LINES: Grammar = Grammar::Block(Header::None, Contents::Unread);

const NO_MAIL: &str = "this version sends no mail";
const TUNING: &str = "it tunes keepalived's processes, which are not there";
const NO_LVS: &str = "this version has no LVS part";

type Row = super::Row<GlobalDraft>;

pub(super) static TABLE: LazyLock<Table<GlobalDraft>> =
    LazyLock::new(|| Table::new(&[Place::Global], &[ROWS, LATER]));

const ROWS: &[Row] = &[
    Row::new(
        "router_id",
        Grammar::Word,
        "What the node is called in logs and mails",
        |draft, cx, statement| {
            let text = statement.text(cx).map(|text| Name::from(&*text.value));
            draft.router_id = text.or(draft.router_id.take());
        },
    )
    .default("the host name"),
    Row::new(
        "vrrp_version",
        Grammar::number(2, 3),
        "The VRRP version of instances that do not say",
        |draft, cx, statement| draft.version = version(cx, statement).or(draft.version),
    )
    .default("2"),
    Row::new(
        "default_interface",
        Grammar::Interface,
        "The interface of instances that do not say",
        |draft, cx, statement| {
            draft.default_interface = statement.interface(cx).or(draft.default_interface);
        },
    ),
    Row::new(
        "vrrp_garp_master_delay",
        Grammar::DELAY,
        "Time to the second batch of gratuitous ARP; 0: none",
        |draft, cx, statement| draft.garp.delay = statement.whole_seconds(cx).or(draft.garp.delay),
    )
    .default("5"),
    Row::new(
        "vrrp_garp_master_repeat",
        COUNT,
        "Gratuitous ARPs in each batch of a new master",
        |draft, cx, statement| draft.garp.repeat = statement.count(cx).or(draft.garp.repeat),
    )
    .default("5"),
    Row::new(
        "vrrp_garp_master_refresh",
        REFRESH,
        "Time between gratuitous ARPs of a standing master; 0: none",
        |draft, cx, statement| {
            draft.garp.refresh = statement.whole_seconds(cx).or(draft.garp.refresh);
        },
    )
    .default("0"),
    Row::new(
        "vrrp_garp_master_refresh_repeat",
        COUNT,
        "Gratuitous ARPs in each refresh",
        |draft, cx, statement| {
            draft.garp.refresh_repeat = statement.count(cx).or(draft.garp.refresh_repeat);
        },
    )
    .default("1"),
    Row::new(
        "vrrp_min_garp",
        Grammar::Bool,
        "One gratuitous ARP, no second batch and no refresh",
        |draft, cx, statement| draft.min_garp = statement.boolean(cx).unwrap_or_default(),
    )
    .default("off"),
    Row::new(
        "vrrp_lower_prio_no_advert",
        Grammar::Bool,
        "A master does not answer an advert that loses against its own",
        |draft, cx, statement| {
            draft.lower_prio_no_advert = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "vrrp_higher_prio_send_advert",
        Grammar::Bool,
        "A master that steps down sends one last advert",
        |draft, cx, statement| draft.higher_prio_send_advert = statement.boolean(cx),
    )
    .default("on (keepalived: off)"),
    Row::new(
        "vrrp_owner_ignore_adverts",
        Grammar::Bool,
        "An address owner ignores adverts of others",
        |draft, cx, statement| {
            draft.owner_ignore_adverts = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "v3_checksum_as_v2",
        Grammar::Bool,
        "Version 3 checksums over IPv4 leave out the pseudo-header",
        |draft, cx, statement| draft.checksum_as_v2 = statement.boolean(cx).unwrap_or_default(),
    )
    .default("off"),
    Row::new(
        "vrrp_strict",
        Grammar::Bool,
        "Hold instances to the RFC",
        |draft, cx, statement| {
            let strict = statement.boolean(cx);
            note_strict(cx, strict, statement.head.span);
            draft.strict = strict.unwrap_or_default();
        },
    )
    .default("off"),
];

/// What holds for all instances that do not say otherwise.
#[derive(Debug, Default)]
pub(crate) struct GlobalDraft {
    pub(crate) router_id: Option<Name>,
    pub(crate) version: Option<Version>,
    pub(crate) default_interface: Option<Spanned<IfName>>,
    garp: GarpDraft,
    min_garp: bool,
    pub(crate) lower_prio_no_advert: bool,
    pub(crate) higher_prio_send_advert: Option<bool>,
    pub(crate) owner_ignore_adverts: bool,
    pub(crate) checksum_as_v2: bool,
    pub(crate) strict: bool,
}

impl GlobalDraft {
    /// How instances announce that do not say.
    pub(crate) fn garp(&self) -> GarpPolicy {
        if self.min_garp {
            return GarpPolicy {
                repeat: 1,
                delay: Duration::ZERO,
                refresh: Duration::ZERO,
                refresh_repeat: 1,
                losing_repeat: 1,
                losing_delay: Duration::ZERO,
                extra_interface: None,
            };
        }
        self.garp.over(GarpPolicy::default())
    }
}

/// Reads one `global_defs`; there may be several.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>, globals: &mut GlobalDraft) {
    block(cx, &TABLE, statement.nodes(), globals);
}

const LATER: &[Row] = &[
    Row::ignored("notification_email", LINES, "Who gets mails", NO_MAIL),
    Row::ignored(
        "notification_email_from",
        ONE,
        "The sender of mails",
        NO_MAIL,
    ),
    Row::ignored("smtp_server", UPTO2, "The mail server", NO_MAIL),
    Row::ignored(
        "smtp_helo_name",
        ONE,
        "How to greet the mail server",
        NO_MAIL,
    ),
    Row::ignored(
        "smtp_connect_timeout",
        ONE,
        "How long to wait for the mail server",
        NO_MAIL,
    ),
    Row::new(
        "smtp_alert",
        Grammar::Bool,
        "Mail at every change",
        |_, _, _| {},
    )
    .not_run("send no mail"),
    Row::new(
        "smtp_alert_vrrp",
        Grammar::Bool,
        "Mail at every change of state",
        |_, _, _| {},
    )
    .not_run("send no mail"),
    Row::ignored(
        "smtp_alert_checker",
        Grammar::Bool,
        "Mail at every change of a server",
        NO_LVS,
    ),
    Row::ignored(
        "no_email_faults",
        Grammar::Flag,
        "No mail at a fault",
        NO_MAIL,
    ),
    Row::new(
        "script_user",
        UPTO2,
        "The user and group that scripts run as",
        |_, _, _| {},
    )
    .not_run("run scripts as its own user"),
    Row::new(
        "enable_script_security",
        UPTO1,
        "Refuse scripts that others could change",
        |_, _, _| {},
    )
    .not_run("not look at the permissions of scripts"),
    Row::ignored(
        "use_symlink_paths",
        Grammar::Flag,
        "Run scripts by the path that is written",
        "scripts are always run by the path that is written",
    ),
    Row::new(
        "set_supplementary_groups",
        Grammar::Flag,
        "Give scripts the user's other groups",
        |_, _, _| {},
    )
    .not_run("not change the groups of scripts"),
    Row::new(
        "startup_script",
        Grammar::Command,
        "A command to run at the start",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "shutdown_script",
        Grammar::Command,
        "A command to run at the end",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::ignored(
        "startup_script_timeout",
        ONE,
        "How long it may take",
        "the script is not run",
    ),
    Row::ignored(
        "shutdown_script_timeout",
        ONE,
        "How long it may take",
        "the script is not run",
    ),
    Row::new(
        "notify_fifo",
        Grammar::REST,
        "A named pipe for all changes",
        |_, _, _| {},
    )
    .not_run("write no pipe"),
    Row::new(
        "notify_fifo_script",
        Grammar::Command,
        "A command that reads the pipe",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "vrrp_notify_fifo",
        Grammar::REST,
        "A named pipe for changes of state",
        |_, _, _| {},
    )
    .not_run("write no pipe"),
    Row::new(
        "vrrp_notify_fifo_script",
        Grammar::Command,
        "A command that reads the pipe",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::ignored(
        "lvs_notify_fifo",
        Grammar::REST,
        "A named pipe for changes of servers",
        NO_LVS,
    ),
    Row::ignored(
        "lvs_notify_fifo_script",
        Grammar::Command,
        "A command that reads the pipe",
        NO_LVS,
    ),
    Row::new(
        "vrrp_notify_priority_changes",
        Grammar::Bool,
        "Report changes of priority too",
        |_, _, _| {},
    )
    .not_run("not report them"),
    Row::new(
        "vrrp_mcast_group4",
        ONE,
        "The multicast group of IPv4 adverts",
        |_, _, _| {},
    )
    .default("224.0.0.18")
    .not_run_and_needed("advertise to 224.0.0.18, where its peers do not listen"),
    Row::ignored(
        "vrrp_mcast_group6",
        ONE,
        "The multicast group of IPv6 adverts",
        "there is no IPv6 part yet",
    )
    .default("ff02::12"),
    Row::new(
        "vrrp_down_timer_adverts",
        ONE,
        "How many intervals of silence mean that a master is gone",
        |_, _, _| {},
    )
    .default("3")
    .not_run_and_needed("take over after 3 intervals instead"),
    Row::new(
        "vrrp_garp_interval",
        ONE,
        "Spacing of gratuitous ARPs on an interface",
        |_, _, _| {},
    )
    .default("0")
    .not_run("send them without spacing"),
    Row::ignored(
        "vrrp_gna_interval",
        ONE,
        "Spacing of neighbour advertisements on an interface",
        "there is no IPv6 part yet",
    ),
    Row::new(
        "vrrp_garp_lower_prio_delay",
        ONE,
        "Time to the second batch after a losing advert",
        |_, _, _| {},
    )
    .not_run("use `vrrp_garp_master_delay`"),
    Row::new(
        "vrrp_garp_lower_prio_repeat",
        ONE,
        "Gratuitous ARPs after a losing advert",
        |_, _, _| {},
    )
    .not_run("use `vrrp_garp_master_repeat`"),
    Row::ignored(
        "vrrp_garp_extra_if",
        Grammar::REST,
        "Gratuitous ARP on the base interface too",
        "there are no virtual MACs yet",
    ),
    Row::ignored(
        "vrrp_skip_check_adv_addr",
        Grammar::Bool,
        "Compare the addresses of a known master's adverts once",
        "a difference in addresses is only reported, never a reason to drop",
    ),
    Row::ignored(
        "vrrp_check_unicast_src",
        Grammar::Flag,
        "Check the source of unicast adverts",
        "there is no unicast yet",
    ),
    Row::new(
        "vrrp_startup_delay",
        ONE,
        "How long to wait before the first election",
        |_, _, _| {},
    )
    .not_run_and_needed("take part in elections from the first moment"),
    Row::new(
        "vrrp_delay_after_boot",
        ONE,
        "How long after boot to wait before the first election",
        |_, _, _| {},
    )
    .not_run_and_needed("take part in elections from the first moment"),
    Row::new(
        "log_unknown_vrids",
        Grammar::Flag,
        "Log adverts of other virtual routers",
        |_, _, _| {},
    )
    .not_run("only count them"),
    Row::new(
        "disable_local_igmp",
        Grammar::Flag,
        "No IGMP for the VRRP group",
        |_, _, _| {},
    )
    .not_run("send IGMP reports"),
    Row::new(
        "dynamic_interfaces",
        Grammar::REST,
        "Interfaces may come and go",
        |_, _, _| {},
    )
    .not_run("insist that every interface exists at the start"),
    Row::ignored(
        "vrrp_iptables",
        Grammar::REST,
        "Chains for addresses that don't accept",
        "no firewall rule is made",
    ),
    Row::ignored(
        "vrrp_ipsets",
        Grammar::REST,
        "Sets for addresses that don't accept",
        "no firewall rule is made",
    ),
    Row::ignored(
        "nftables",
        Grammar::REST,
        "A table for addresses that don't accept",
        "no firewall rule is made",
    ),
    Row::ignored(
        "nftables_priority",
        ONE,
        "The priority of that table's chains",
        "no firewall rule is made",
    ),
    Row::ignored(
        "nftables_counters",
        Grammar::Flag,
        "Count in that table",
        "no firewall rule is made",
    ),
    Row::ignored(
        "nftables_ifindex",
        Grammar::Flag,
        "Name interfaces by index in that table",
        "no firewall rule is made",
    ),
    Row::ignored(
        "lvs_timeouts",
        Grammar::REST,
        "Timeouts of IPVS connections",
        NO_LVS,
    ),
    Row::ignored(
        "lvs_sync_daemon",
        Grammar::REST,
        "Synchronise IPVS connections",
        NO_LVS,
    ),
    Row::ignored(
        "lvs_flush",
        Grammar::Flag,
        "Empty the IPVS table at the start",
        NO_LVS,
    ),
    Row::ignored(
        "lvs_flush_on_stop",
        Grammar::REST,
        "Empty the IPVS table at the end",
        NO_LVS,
    )
    .aliases(&["lvs_flush_onstop"]),
    Row::ignored(
        "nftables_ipvs",
        Grammar::REST,
        "Mark packets for groups of virtual servers",
        NO_LVS,
    ),
    Row::ignored(
        "checker_log_all_failures",
        Grammar::Bool,
        "Log every failed check",
        NO_LVS,
    ),
    Row::ignored(
        "rs_init_notifies",
        Grammar::Flag,
        "Notify at the first state of a server",
        NO_LVS,
    ),
    Row::ignored(
        "no_checker_emails",
        Grammar::Flag,
        "No mails about servers",
        NO_LVS,
    ),
    Row::ignored(
        "max_auto_priority",
        UPTO1,
        "The highest real-time priority",
        TUNING,
    ),
    Row::ignored(
        "min_auto_priority_delay",
        ONE,
        "Lateness that raises the priority",
        TUNING,
    ),
    Row::ignored(
        "vrrp_priority",
        ONE,
        "Nice value of the VRRP process",
        TUNING,
    ),
    Row::ignored(
        "vrrp_rt_priority",
        ONE,
        "Real-time priority of the VRRP process",
        TUNING,
    ),
    Row::ignored(
        "vrrp_rlimit_rttime",
        ONE,
        "Real-time limit of the VRRP process",
        TUNING,
    )
    .aliases(&["vrrp_rlimit_rtime"]),
    Row::ignored(
        "vrrp_no_swap",
        Grammar::Flag,
        "Lock the VRRP process in memory",
        TUNING,
    ),
    Row::ignored(
        "vrrp_cpu_affinity",
        Grammar::REST,
        "Processors of the VRRP process",
        TUNING,
    ),
    Row::ignored(
        "checker_priority",
        ONE,
        "Nice value of the checker process",
        TUNING,
    ),
    Row::ignored(
        "checker_no_swap",
        Grammar::Flag,
        "Lock the checker process in memory",
        TUNING,
    ),
    Row::ignored(
        "process_names",
        Grammar::Flag,
        "Name the processes apart",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_cmd_rcv_bufs",
        ONE,
        "A netlink buffer's size",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_cmd_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_monitor_rcv_bufs",
        ONE,
        "A netlink buffer's size",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_monitor_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "vrrp_rx_bufs_policy",
        ONE,
        "How receive buffers are sized",
        TUNING,
    ),
    Row::ignored(
        "vrrp_rx_bufs_multiplier",
        ONE,
        "How many adverts a receive buffer holds",
        TUNING,
    ),
    Row::new(
        "umask",
        Grammar::REST,
        "Permissions of new files",
        |_, _, _| {},
    )
    .not_run("use the environment's"),
    Row::ignored(
        "random_seed",
        ONE,
        "Seed of random numbers",
        "none are drawn",
    ),
    Row::ignored(
        "reload_check_config",
        Grammar::REST,
        "Check a file before it is loaded",
        "a file is always checked before it is loaded",
    ),
    Row::new(
        "reload_time_file",
        ONE,
        "A file with the time of the next reload",
        |_, _, _| {},
    )
    .not_run("reload only when told to"),
    Row::ignored(
        "reload_repeat",
        Grammar::Flag,
        "Reload at that time every day",
        "see reload_time_file",
    ),
    Row::new(
        "reload_file",
        Grammar::REST,
        "A file that says that a reload is done",
        |_, _, _| {},
    )
    .not_run("not write it"),
    Row::new("snmp_socket", ONE, "The SNMP agent's socket", |_, _, _| {}).not_run("offer no SNMP"),
    Row::new(
        "enable_traps",
        Grammar::Flag,
        "Send SNMP traps",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new(
        "enable_snmp_vrrp",
        Grammar::Flag,
        "SNMP for VRRP",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new(
        "enable_snmp_checker",
        Grammar::Flag,
        "SNMP for checkers",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new(
        "enable_snmp_keepalived",
        Grammar::Flag,
        "SNMP",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new(
        "enable_snmp_rfc",
        Grammar::Flag,
        "The RFCs' SNMP tables",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new(
        "enable_snmp_rfcv2",
        Grammar::Flag,
        "RFC 2787's SNMP tables",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new(
        "enable_snmp_rfcv3",
        Grammar::Flag,
        "RFC 6527's SNMP tables",
        |_, _, _| {},
    )
    .not_run("offer no SNMP"),
    Row::new("enable_dbus", Grammar::Flag, "Offer D-Bus", |_, _, _| {}).not_run("offer no D-Bus"),
    Row::new("dbus_service_name", ONE, "The D-Bus name", |_, _, _| {}).not_run("offer no D-Bus"),
    Row::new("json_version", ONE, "The form of JSON dumps", |_, _, _| {})
        .not_run("use its own form"),
    Row::new(
        "state_dump_file",
        ONE,
        "Where to dump the state",
        |_, _, _| {},
    )
    .not_run("not dump it"),
    Row::new(
        "stats_dump_file",
        ONE,
        "Where to dump the counters",
        |_, _, _| {},
    )
    .not_run("not dump them"),
    Row::new("json_dump_file", ONE, "Where to dump JSON", |_, _, _| {}).not_run("not dump it"),
];
