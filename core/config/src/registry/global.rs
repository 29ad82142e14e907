//! Keywords of `global_defs`.

use super::Contents::Unread as Lines;
use super::Grammar::{self, Block, Bool, Command, Flag, Integer, Unread, Word};
use super::{GlobalKey, Header, Key, Keyword, Place};

const GLOBAL: &[Place] = &[Place::Global];
/// keepalived: the longest delay that it can schedule.
const DELAY: Grammar = Integer {
    min: 0,
    max: 4_294,
    unit: "s",
};
const REFRESH: Grammar = Integer {
    min: 0,
    max: u32::MAX,
    unit: "s",
};
/// 0 is taken as 1. keepalived has no upper bound; the bound keeps a slip from flooding the LAN.
const COUNT: Grammar = Integer {
    min: 0,
    max: 1_000,
    unit: "",
};
const REST: Grammar = Unread {
    min: 0,
    max: usize::MAX,
};
const ONE: Grammar = Unread { min: 1, max: 1 };

const NO_MAIL: &str = "this version sends no mail";
const TUNING: &str = "it tunes keepalived's processes, which are not there";
const NO_LVS: &str = "this version has no LVS part";

const fn global(name: &'static str, doc: &'static str) -> Keyword {
    Keyword::new(name, GLOBAL, doc)
}

const fn set(name: &'static str, key: GlobalKey, takes: Grammar, doc: &'static str) -> Keyword {
    global(name, doc).takes(takes).key(Key::Global(key))
}

/// The rows.
pub(super) const KEYWORDS: &[Keyword] = &[
    set(
        "router_id",
        GlobalKey::RouterId,
        Word,
        "What the node is called in logs and mails",
    )
    .default("the host name"),
    set(
        "vrrp_version",
        GlobalKey::Version,
        Integer {
            min: 2,
            max: 3,
            unit: "",
        },
        "The VRRP version of instances that do not say",
    )
    .default("2"),
    set(
        "default_interface",
        GlobalKey::DefaultInterface,
        Grammar::Interface,
        "The interface of instances that do not say",
    ),
    set(
        "vrrp_garp_master_delay",
        GlobalKey::GarpDelay,
        DELAY,
        "Time to the second batch of gratuitous ARP; 0: none",
    )
    .default("5"),
    set(
        "vrrp_garp_master_repeat",
        GlobalKey::GarpRepeat,
        COUNT,
        "Gratuitous ARPs in each batch of a new master",
    )
    .default("5"),
    set(
        "vrrp_garp_master_refresh",
        GlobalKey::GarpRefresh,
        REFRESH,
        "Time between gratuitous ARPs of a standing master; 0: none",
    )
    .default("0"),
    set(
        "vrrp_garp_master_refresh_repeat",
        GlobalKey::GarpRefreshRepeat,
        COUNT,
        "Gratuitous ARPs in each refresh",
    )
    .default("1"),
    set(
        "vrrp_min_garp",
        GlobalKey::MinGarp,
        Bool,
        "One gratuitous ARP, no second batch and no refresh",
    )
    .default("off"),
    set(
        "vrrp_lower_prio_no_advert",
        GlobalKey::LowerPrioNoAdvert,
        Bool,
        "A master does not answer an advert that loses against its own",
    )
    .default("off"),
    set(
        "vrrp_higher_prio_send_advert",
        GlobalKey::HigherPrioSendAdvert,
        Bool,
        "A master that steps down sends one last advert",
    )
    .default("on (keepalived: off)"),
    set(
        "vrrp_owner_ignore_adverts",
        GlobalKey::OwnerIgnoreAdverts,
        Bool,
        "An address owner ignores adverts of others",
    )
    .default("off"),
    set(
        "v3_checksum_as_v2",
        GlobalKey::ChecksumAsV2,
        Bool,
        "Version 3 checksums over IPv4 leave out the pseudo-header",
    )
    .default("off"),
    set(
        "vrrp_strict",
        GlobalKey::Strict,
        Bool,
        "Hold instances to the RFC",
    )
    .default("off"),
    global("notification_email", "Who gets mails")
        .takes(Block(Header::None, Lines))
        .without_effect(NO_MAIL),
    global("notification_email_from", "The sender of mails")
        .takes(ONE)
        .without_effect(NO_MAIL),
    global("smtp_server", "The mail server")
        .takes(Unread { min: 1, max: 2 })
        .without_effect(NO_MAIL),
    global("smtp_helo_name", "How to greet the mail server")
        .takes(ONE)
        .without_effect(NO_MAIL),
    global(
        "smtp_connect_timeout",
        "How long to wait for the mail server",
    )
    .takes(ONE)
    .without_effect(NO_MAIL),
    global("smtp_alert", "Mail at every change")
        .takes(Bool)
        .not_yet("send no mail"),
    global("smtp_alert_vrrp", "Mail at every change of state")
        .takes(Bool)
        .not_yet("send no mail"),
    global("smtp_alert_checker", "Mail at every change of a server")
        .takes(Bool)
        .without_effect(NO_LVS),
    global("no_email_faults", "No mail at a fault").without_effect(NO_MAIL),
    global("script_user", "The user and group that scripts run as")
        .takes(Unread { min: 1, max: 2 })
        .not_yet("run scripts as its own user"),
    global(
        "enable_script_security",
        "Refuse scripts that others could change",
    )
    .takes(Unread { min: 0, max: 1 })
    .not_yet("not look at the permissions of scripts"),
    global(
        "use_symlink_paths",
        "Run scripts by the path that is written",
    )
    .without_effect("scripts are always run by the path that is written"),
    global(
        "set_supplementary_groups",
        "Give scripts the user's other groups",
    )
    .not_yet("not change the groups of scripts"),
    global("startup_script", "A command to run at the start")
        .takes(Command)
        .not_yet("not run it"),
    global("shutdown_script", "A command to run at the end")
        .takes(Command)
        .not_yet("not run it"),
    global("startup_script_timeout", "How long it may take")
        .takes(ONE)
        .without_effect("the script is not run"),
    global("shutdown_script_timeout", "How long it may take")
        .takes(ONE)
        .without_effect("the script is not run"),
    global("notify_fifo", "A named pipe for all changes")
        .takes(REST)
        .not_yet("write no pipe"),
    global("notify_fifo_script", "A command that reads the pipe")
        .takes(Command)
        .not_yet("not run it"),
    global("vrrp_notify_fifo", "A named pipe for changes of state")
        .takes(REST)
        .not_yet("write no pipe"),
    global("vrrp_notify_fifo_script", "A command that reads the pipe")
        .takes(Command)
        .not_yet("not run it"),
    global("lvs_notify_fifo", "A named pipe for changes of servers")
        .takes(REST)
        .without_effect(NO_LVS),
    global("lvs_notify_fifo_script", "A command that reads the pipe")
        .takes(Command)
        .without_effect(NO_LVS),
    global(
        "vrrp_notify_priority_changes",
        "Report changes of priority too",
    )
    .takes(Bool)
    .not_yet("not report them"),
    global("vrrp_mcast_group4", "The multicast group of IPv4 adverts")
        .takes(ONE)
        .default("224.0.0.18")
        .not_yet_and_needed("advertise to 224.0.0.18, where its peers do not listen"),
    global("vrrp_mcast_group6", "The multicast group of IPv6 adverts")
        .takes(ONE)
        .default("ff02::12")
        .without_effect("there is no IPv6 part yet"),
    global(
        "vrrp_down_timer_adverts",
        "How many intervals of silence mean that a master is gone",
    )
    .takes(ONE)
    .default("3")
    .not_yet_and_needed("take over after 3 intervals instead"),
    global(
        "vrrp_garp_interval",
        "Spacing of gratuitous ARPs on an interface",
    )
    .takes(ONE)
    .default("0")
    .not_yet("send them without spacing"),
    global(
        "vrrp_gna_interval",
        "Spacing of neighbour advertisements on an interface",
    )
    .takes(ONE)
    .without_effect("there is no IPv6 part yet"),
    global(
        "vrrp_garp_lower_prio_delay",
        "Time to the second batch after a losing advert",
    )
    .takes(ONE)
    .not_yet("use `vrrp_garp_master_delay`"),
    global(
        "vrrp_garp_lower_prio_repeat",
        "Gratuitous ARPs after a losing advert",
    )
    .takes(ONE)
    .not_yet("use `vrrp_garp_master_repeat`"),
    global(
        "vrrp_garp_extra_if",
        "Gratuitous ARP on the base interface too",
    )
    .takes(REST)
    .without_effect("there are no virtual MACs yet"),
    global(
        "vrrp_skip_check_adv_addr",
        "Compare the addresses of a known master's adverts once",
    )
    .takes(Bool)
    .without_effect("a difference in addresses is only reported, never a reason to drop"),
    global(
        "vrrp_check_unicast_src",
        "Check the source of unicast adverts",
    )
    .without_effect("there is no unicast yet"),
    global(
        "vrrp_startup_delay",
        "How long to wait before the first election",
    )
    .takes(ONE)
    .not_yet_and_needed("take part in elections from the first moment"),
    global(
        "vrrp_delay_after_boot",
        "How long after boot to wait before the first election",
    )
    .takes(ONE)
    .not_yet_and_needed("take part in elections from the first moment"),
    global("log_unknown_vrids", "Log adverts of other virtual routers").not_yet("only count them"),
    global("disable_local_igmp", "No IGMP for the VRRP group").not_yet("send IGMP reports"),
    global("dynamic_interfaces", "Interfaces may come and go")
        .takes(REST)
        .not_yet("insist that every interface exists at the start"),
    global("vrrp_iptables", "Chains for addresses that don't accept")
        .takes(REST)
        .without_effect("no firewall rule is made"),
    global("vrrp_ipsets", "Sets for addresses that don't accept")
        .takes(REST)
        .without_effect("no firewall rule is made"),
    global("nftables", "A table for addresses that don't accept")
        .takes(REST)
        .without_effect("no firewall rule is made"),
    global("nftables_priority", "The priority of that table's chains")
        .takes(ONE)
        .without_effect("no firewall rule is made"),
    global("nftables_counters", "Count in that table").without_effect("no firewall rule is made"),
    global("nftables_ifindex", "Name interfaces by index in that table")
        .without_effect("no firewall rule is made"),
    global("lvs_timeouts", "Timeouts of IPVS connections")
        .takes(REST)
        .without_effect(NO_LVS),
    global("lvs_sync_daemon", "Synchronise IPVS connections")
        .takes(REST)
        .without_effect(NO_LVS),
    global("lvs_flush", "Empty the IPVS table at the start").without_effect(NO_LVS),
    global("lvs_flush_on_stop", "Empty the IPVS table at the end")
        .aliases(&["lvs_flush_onstop"])
        .takes(REST)
        .without_effect(NO_LVS),
    global(
        "nftables_ipvs",
        "Mark packets for groups of virtual servers",
    )
    .takes(REST)
    .without_effect(NO_LVS),
    global("checker_log_all_failures", "Log every failed check")
        .takes(Bool)
        .without_effect(NO_LVS),
    global("rs_init_notifies", "Notify at the first state of a server").without_effect(NO_LVS),
    global("no_checker_emails", "No mails about servers").without_effect(NO_LVS),
    global("max_auto_priority", "The highest real-time priority")
        .takes(Unread { min: 0, max: 1 })
        .without_effect(TUNING),
    global(
        "min_auto_priority_delay",
        "Lateness that raises the priority",
    )
    .takes(ONE)
    .without_effect(TUNING),
    global("vrrp_priority", "Nice value of the VRRP process")
        .takes(ONE)
        .without_effect(TUNING),
    global("vrrp_rt_priority", "Real-time priority of the VRRP process")
        .takes(ONE)
        .without_effect(TUNING),
    global("vrrp_rlimit_rttime", "Real-time limit of the VRRP process")
        .aliases(&["vrrp_rlimit_rtime"])
        .takes(ONE)
        .without_effect(TUNING),
    global("vrrp_no_swap", "Lock the VRRP process in memory").without_effect(TUNING),
    global("vrrp_cpu_affinity", "Processors of the VRRP process")
        .takes(REST)
        .without_effect(TUNING),
    global("checker_priority", "Nice value of the checker process")
        .takes(ONE)
        .without_effect(TUNING),
    global("checker_no_swap", "Lock the checker process in memory").without_effect(TUNING),
    global("process_names", "Name the processes apart").without_effect(TUNING),
    global("vrrp_netlink_cmd_rcv_bufs", "A netlink buffer's size")
        .takes(ONE)
        .without_effect(TUNING),
    global("vrrp_netlink_cmd_rcv_bufs_force", "Force that size")
        .takes(Bool)
        .without_effect(TUNING),
    global("vrrp_netlink_monitor_rcv_bufs", "A netlink buffer's size")
        .takes(ONE)
        .without_effect(TUNING),
    global("vrrp_netlink_monitor_rcv_bufs_force", "Force that size")
        .takes(Bool)
        .without_effect(TUNING),
    global("vrrp_rx_bufs_policy", "How receive buffers are sized")
        .takes(ONE)
        .without_effect(TUNING),
    global(
        "vrrp_rx_bufs_multiplier",
        "How many adverts a receive buffer holds",
    )
    .takes(ONE)
    .without_effect(TUNING),
    global("umask", "Permissions of new files")
        .takes(REST)
        .not_yet("use the environment's"),
    global("random_seed", "Seed of random numbers")
        .takes(ONE)
        .without_effect("none are drawn"),
    global("reload_check_config", "Check a file before it is loaded")
        .takes(REST)
        .without_effect("a file is always checked before it is loaded"),
    global(
        "reload_time_file",
        "A file with the time of the next reload",
    )
    .takes(ONE)
    .not_yet("reload only when told to"),
    global("reload_repeat", "Reload at that time every day").without_effect("see reload_time_file"),
    global("reload_file", "A file that says that a reload is done")
        .takes(REST)
        .not_yet("not write it"),
    global("snmp_socket", "The SNMP agent's socket")
        .takes(ONE)
        .not_yet("offer no SNMP"),
    global("enable_traps", "Send SNMP traps")
        .takes(Flag)
        .not_yet("offer no SNMP"),
    global("enable_snmp_vrrp", "SNMP for VRRP").not_yet("offer no SNMP"),
    global("enable_snmp_checker", "SNMP for checkers").not_yet("offer no SNMP"),
    global("enable_snmp_keepalived", "SNMP").not_yet("offer no SNMP"),
    global("enable_snmp_rfc", "The RFCs' SNMP tables").not_yet("offer no SNMP"),
    global("enable_snmp_rfcv2", "RFC 2787's SNMP tables").not_yet("offer no SNMP"),
    global("enable_snmp_rfcv3", "RFC 6527's SNMP tables").not_yet("offer no SNMP"),
    global("enable_dbus", "Offer D-Bus").not_yet("offer no D-Bus"),
    global("dbus_service_name", "The D-Bus name")
        .takes(ONE)
        .not_yet("offer no D-Bus"),
    global("json_version", "The form of JSON dumps")
        .takes(ONE)
        .not_yet("use its own form"),
    global("state_dump_file", "Where to dump the state")
        .takes(ONE)
        .not_yet("not dump it"),
    global("stats_dump_file", "Where to dump the counters")
        .takes(ONE)
        .not_yet("not dump them"),
    global("json_dump_file", "Where to dump JSON")
        .takes(ONE)
        .not_yet("not dump it"),
];
