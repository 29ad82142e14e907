//! Keywords of `vrrp_instance`, of the blocks in it, and of `vrrp_sync_group`.

use super::Contents::{Addresses, Keywords, TrackedScripts, Unread as Lines};
use super::Grammar::{self, Block, Bool, Broadcast, Choice, Flag, Integer, Scope, Seconds};
use super::Grammar::{Command, Interface, Unread, Word};
use super::{AddressKey, AuthKey, Header, InstanceKey, Key, Keyword, Place};

const INSTANCE: &[Place] = &[Place::Instance];
/// Keywords that an instance and a sync group share.
const BOTH: &[Place] = &[Place::Instance, Place::SyncGroup];
const GROUP: &[Place] = &[Place::SyncGroup];
const OPTION: &[Place] = &[Place::AddressOption];
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
const BYTE: Grammar = Integer {
    min: 1,
    max: 255,
    unit: "",
};
const REST: Grammar = Unread {
    min: 0,
    max: usize::MAX,
};
const ONE: Grammar = Unread { min: 1, max: 1 };
const UPTO1: Grammar = Unread { min: 0, max: 1 };
const LINES: Grammar = Block(Header::None, Lines);

const NO_UNICAST: &str = "there is no unicast yet";
const NO_IPV6: &str = "it is for IPv6 addresses";
const NO_VMAC: &str = "there are no virtual MACs yet";

const fn row(name: &'static str, key: InstanceKey, takes: Grammar, doc: &'static str) -> Keyword {
    Keyword::new(name, INSTANCE, doc)
        .takes(takes)
        .key(Key::Instance(key))
}

const fn later(name: &'static str, takes: Grammar, doc: &'static str) -> Keyword {
    Keyword::new(name, INSTANCE, doc).takes(takes)
}

const fn both(name: &'static str, takes: Grammar, doc: &'static str) -> Keyword {
    Keyword::new(name, BOTH, doc).takes(takes)
}

const fn option(name: &'static str, takes: Grammar, doc: &'static str) -> Keyword {
    Keyword::new(name, OPTION, doc).takes(takes)
}

/// The rows.
pub(super) const KEYWORDS: &[Keyword] = &[
    row(
        "state",
        InstanceKey::State,
        Choice(&["MASTER", "BACKUP"]),
        "MASTER without a priority means 255; it does not shorten an election",
    )
    .default("BACKUP"),
    row(
        "interface",
        InstanceKey::Interface,
        Interface,
        "The interface that it speaks on",
    )
    .default("`default_interface`"),
    row(
        "virtual_router_id",
        InstanceKey::VirtualRouterId,
        BYTE,
        "Its number on the LAN; mandatory",
    ),
    row(
        "priority",
        InstanceKey::Priority,
        BYTE,
        "Its rank; 255 owns the addresses",
    )
    .default("100, or 255 with `state MASTER`"),
    row(
        "advert_int",
        InstanceKey::AdvertInt,
        Seconds {
            min: 10_000,
            max: 255_000_000,
        },
        "Time between adverts; whole seconds in version 2, at most 40.95 s in version 3",
    )
    .default("1"),
    row(
        "version",
        InstanceKey::Version,
        Integer {
            min: 2,
            max: 3,
            unit: "",
        },
        "Its VRRP version",
    )
    .default("`vrrp_version`"),
    row(
        "nopreempt",
        InstanceKey::NoPreempt,
        Flag,
        "It leaves a live master of lower priority alone",
    )
    .default("off"),
    row(
        "preempt",
        InstanceKey::Preempt,
        Flag,
        "It takes over from a live master of lower priority",
    )
    .default("on"),
    row(
        "preempt_delay",
        InstanceKey::PreemptDelay,
        Seconds {
            min: 0,
            max: 1_000_000_000,
        },
        "How long it leaves such a master alone",
    )
    .default("0"),
    row(
        "authentication",
        InstanceKey::Authentication,
        Block(Header::None, Keywords(Place::Authentication)),
        "The password of version 2",
    )
    .default("none"),
    row(
        "track_script",
        InstanceKey::TrackScript,
        Block(Header::None, TrackedScripts),
        "The scripts that move its priority",
    ),
    row(
        "virtual_ipaddress",
        InstanceKey::VirtualAddresses,
        Block(Header::None, Addresses),
        "The addresses that a master owns, as its adverts list them",
    ),
    row(
        "no_virtual_ipaddress",
        InstanceKey::NoVirtualAddress,
        Flag,
        "It has no address on purpose",
    )
    .default("off"),
    row(
        "garp_master_delay",
        InstanceKey::GarpDelay,
        DELAY,
        "Time to the second batch of gratuitous ARP; 0: none",
    )
    .default("`vrrp_garp_master_delay`"),
    row(
        "garp_master_repeat",
        InstanceKey::GarpRepeat,
        COUNT,
        "Gratuitous ARPs in each batch of a new master",
    )
    .default("`vrrp_garp_master_repeat`"),
    row(
        "garp_master_refresh",
        InstanceKey::GarpRefresh,
        REFRESH,
        "Time between gratuitous ARPs of a standing master; 0: none",
    )
    .default("`vrrp_garp_master_refresh`"),
    row(
        "garp_master_refresh_repeat",
        InstanceKey::GarpRefreshRepeat,
        COUNT,
        "Gratuitous ARPs in each refresh",
    )
    .default("`vrrp_garp_master_refresh_repeat`"),
    row(
        "lower_prio_no_advert",
        InstanceKey::LowerPrioNoAdvert,
        Bool,
        "A master does not answer an advert that loses against its own",
    )
    .default("`vrrp_lower_prio_no_advert`"),
    row(
        "higher_prio_send_advert",
        InstanceKey::HigherPrioSendAdvert,
        Bool,
        "A master that steps down sends one last advert",
    )
    .default("`vrrp_higher_prio_send_advert`"),
    row(
        "owner_ignore_adverts",
        InstanceKey::OwnerIgnoreAdverts,
        Bool,
        "An address owner ignores adverts of others",
    )
    .default("`vrrp_owner_ignore_adverts`"),
    row(
        "strict_mode",
        InstanceKey::Strict,
        Bool,
        "Hold it to the RFC",
    )
    .default("`vrrp_strict`"),
    Keyword::new(
        "auth_type",
        &[Place::Authentication],
        "The kind of authentication",
    )
    .takes(Choice(&["PASS", "AH"]))
    .key(Key::Auth(AuthKey::Type))
    .default("none"),
    Keyword::new(
        "auth_pass",
        &[Place::Authentication],
        "The password; 8 bytes count",
    )
    .takes(Word)
    .key(Key::Auth(AuthKey::Password)),
    option("dev", Interface, "The interface that carries the address")
        .key(Key::Address(AddressKey::Dev))
        .default("the instance's"),
    option(
        "label",
        Word,
        "What `ip address` shows beside it; at most 15 bytes",
    )
    .key(Key::Address(AddressKey::Label)),
    option(
        "brd",
        Broadcast,
        "Its broadcast address; `+` and `-` compute it",
    )
    .aliases(&["broadcast"])
    .key(Key::Address(AddressKey::Broadcast)),
    option("scope", Scope, "How far it is valid")
        .key(Key::Address(AddressKey::Scope))
        .default("global"),
    option(
        "peer",
        ONE,
        "The address at the other end of a point-to-point link",
    )
    .not_yet_and_needed("set the address without its peer"),
    option("use_vmac", Flag, "Put it on the virtual MAC's interface")
        .not_yet_and_needed("put the address on another interface"),
    option("no_track", Flag, "Its interface's state does not matter")
        .without_effect("only the instance's own interface is watched yet"),
    option(
        "track_group",
        ONE,
        "The group that its interface's state matters to",
    )
    .without_effect("only the instance's own interface is watched yet"),
    option("home", Flag, "It is a home address").without_effect(NO_IPV6),
    option("-nodad", Flag, "No duplicate address detection").without_effect(NO_IPV6),
    option("mngtmpaddr", Flag, "It manages temporary addresses").without_effect(NO_IPV6),
    option("noprefixroute", Flag, "No route for its prefix").not_yet("make that route"),
    option("autojoin", Flag, "Join its multicast group").not_yet("not join it"),
    option("preferred_lft", ONE, "How long it is preferred").not_yet("prefer it forever"),
    later(
        "unicast_peer",
        LINES,
        "The nodes to advertise to, instead of a multicast group",
    )
    .not_yet_and_needed("advertise by multicast, which its peers do not listen to"),
    later(
        "unicast_src_ip",
        ONE,
        "The source address of unicast adverts",
    )
    .not_yet("use the first address of the interface"),
    later("unicast_ttl", ONE, "The TTL of unicast adverts").without_effect(NO_UNICAST),
    later(
        "check_unicast_src",
        Flag,
        "Check the source of unicast adverts",
    )
    .without_effect(NO_UNICAST),
    later(
        "unicast_fault_no_peer",
        Flag,
        "Without a peer it is in FAULT",
    )
    .without_effect(NO_UNICAST),
    later(
        "old_unicast_checksum",
        REST,
        "An old checksum of unicast adverts",
    )
    .without_effect(NO_UNICAST),
    later(
        "mcast_src_ip",
        ONE,
        "The source address of multicast adverts",
    )
    .not_yet("use the first address of the interface"),
    later("mcast_dst_ip", ONE, "The multicast group of its adverts")
        .not_yet_and_needed("advertise to 224.0.0.18, where its peers do not listen"),
    later(
        "track_src_ip",
        Flag,
        "Without its source address it is in FAULT",
    )
    .not_yet("not watch that address"),
    later(
        "use_vmac",
        REST,
        "Own the addresses with the virtual router's MAC",
    )
    .not_yet_and_needed("answer with the interface's own MAC"),
    later(
        "use_vmac_addr",
        REST,
        "Virtual MACs for addresses on other interfaces",
    )
    .not_yet_and_needed("answer with the interfaces' own MACs"),
    later(
        "use_ipvlan",
        REST,
        "Own the addresses on an ipvlan interface",
    )
    .not_yet_and_needed("put the addresses on another interface"),
    later("vmac_xmit_base", Flag, "Advertise from the base interface").without_effect(NO_VMAC),
    later(
        "garp_extra_if",
        REST,
        "Gratuitous ARP on the base interface too",
    )
    .without_effect(NO_VMAC),
    later("native_ipv6", Flag, "It speaks IPv6").not_yet_and_needed("speak IPv4"),
    later("vrf", ONE, "The VRF of its interface").not_yet("not look at the VRF"),
    later(
        "virtual_ipaddress_excluded",
        LINES,
        "Addresses that adverts do not list",
    )
    .not_yet_and_needed("never set these addresses"),
    later("virtual_routes", LINES, "Routes that a master has").not_yet("not set them"),
    later("virtual_rules", LINES, "Rules that a master has").not_yet("not set them"),
    later(
        "promote_secondaries",
        Flag,
        "Keep secondary addresses of the interface",
    )
    .not_yet("leave the interface's setting alone"),
    later(
        "accept",
        Flag,
        "A master that is not the owner answers on its addresses",
    )
    .without_effect("addresses always answer"),
    later(
        "no_accept",
        Flag,
        "A master that is not the owner drops what is for its addresses",
    )
    .not_yet("let the addresses answer"),
    later(
        "dont_track_primary",
        Flag,
        "Its interface's state does not matter",
    )
    .not_yet("be in FAULT while its interface is down"),
    later(
        "down_timer_adverts",
        ONE,
        "How many intervals of silence mean that the master is gone",
    )
    .default("3")
    .not_yet_and_needed("take over after 3 intervals instead"),
    later(
        "timer_expired_backup",
        REST,
        "After a late timer it is a backup first",
    )
    .without_effect("what arrived is always heard before a timer fires"),
    later(
        "skip_check_adv_addr",
        Bool,
        "Compare the addresses of a known master's adverts once",
    )
    .without_effect("a difference in addresses is only reported, never a reason to drop"),
    later("auth_hmac", LINES, "Authentication by HMAC")
        .not_yet_and_needed("send and accept adverts without it"),
    later(
        "garp_lower_prio_delay",
        ONE,
        "Time to the second batch after a losing advert",
    )
    .not_yet("use `garp_master_delay`"),
    later(
        "garp_lower_prio_repeat",
        ONE,
        "Gratuitous ARPs after a losing advert",
    )
    .not_yet("use `garp_master_repeat`"),
    later("kernel_rx_buf_size", ONE, "The size of its receive buffer")
        .without_effect("the kernel's default is used"),
    later("debug", UPTO1, "How much it logs").without_effect("the log has its own levels"),
    later(
        "linkbeat_use_polling",
        Flag,
        "Poll the link instead of following the kernel",
    )
    .without_effect("link changes are followed as the kernel reports them"),
    later(
        "lvs_sync_daemon_interface",
        ONE,
        "Where IPVS connections are synchronised",
    )
    .without_effect("this version has no LVS part"),
    later(
        "notify_deleted",
        Command,
        "A command to run when it is deleted",
    )
    .not_yet("not run it"),
    later(
        "notify_master_rx_lower_pri",
        Command,
        "A command to run when a losing advert is heard",
    )
    .not_yet("not run it"),
    both(
        "notify",
        Command,
        "A command to run at every change of state",
    )
    .not_yet("not run it"),
    both(
        "notify_master",
        Command,
        "A command to run on becoming master",
    )
    .not_yet("not run it"),
    both(
        "notify_backup",
        Command,
        "A command to run on becoming backup",
    )
    .not_yet("not run it"),
    both(
        "notify_fault",
        Command,
        "A command to run on entering FAULT",
    )
    .not_yet("not run it"),
    both("notify_stop", Command, "A command to run at the end").not_yet("not run it"),
    both(
        "notify_priority_changes",
        Bool,
        "Report changes of priority too",
    )
    .not_yet("not report them"),
    both("smtp_alert", Bool, "Mail at every change of state").not_yet("send no mail"),
    both(
        "track_interface",
        LINES,
        "Other interfaces whose link matters",
    )
    .not_yet("not fail over when one of them goes down"),
    both(
        "track_file",
        LINES,
        "Files whose number changes its priority",
    )
    .aliases(&["vrrp_track_file"])
    .not_yet("not follow them"),
    both(
        "track_process",
        LINES,
        "Processes whose presence changes its priority",
    )
    .not_yet("not follow them"),
    both(
        "track_bfd",
        LINES,
        "BFD sessions whose state changes its priority",
    )
    .not_yet("not follow them"),
    Keyword::new("group", GROUP, "The instances of the group")
        .takes(LINES)
        .not_yet("let them change apart"),
    Keyword::new(
        "track_script",
        GROUP,
        "Scripts that all its instances track",
    )
    .takes(LINES)
    .not_yet("not track them"),
    Keyword::new("global_tracking", GROUP, "Obsolete").without_effect("keepalived ignores it too"),
    Keyword::new(
        "sync_group_tracking_weight",
        GROUP,
        "Let members use weights",
    )
    .not_yet("let members use weights"),
];
