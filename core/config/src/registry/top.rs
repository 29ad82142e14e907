//! Keywords outside of any block, and `include`, which may stand anywhere.

use super::Contents::{Keywords, Unread as Lines};
use super::Grammar::{self, Block, Unread};
use super::{Header, Key, Keyword, Place, TopKey};

const TOP: &[Place] = &[Place::Top];
const REST: Grammar = Unread {
    min: 0,
    max: usize::MAX,
};
const ONE: Grammar = Unread { min: 1, max: 1 };

const TUNING: &str = "it tunes keepalived's processes, which are not there";
const NO_LVS: &str = "this version has no LVS part";

const fn top(name: &'static str, doc: &'static str) -> Keyword {
    Keyword::new(name, TOP, doc)
}

/// The rows.
pub(super) const KEYWORDS: &[Keyword] = &[
    top("global_defs", "What holds for the whole node")
        .takes(Block(Header::None, Keywords(Place::Global)))
        .key(Key::Top(TopKey::GlobalDefs)),
    top("vrrp_script", "A command that instances can track")
        .takes(Block(Header::Name, Keywords(Place::Script)))
        .key(Key::Top(TopKey::Script)),
    top("vrrp_instance", "A virtual router as this node plays it")
        .takes(Block(Header::Name, Keywords(Place::Instance)))
        .key(Key::Top(TopKey::Instance)),
    top(
        "vrrp_sync_group",
        "Instances that change their state together",
    )
    .takes(Block(Header::Name, Keywords(Place::SyncGroup)))
    .not_yet_and_needed("let its instances be master on different nodes"),
    top("track_file", "A file whose number changes priorities")
        .aliases(&["vrrp_track_file"])
        .takes(Block(Header::Name, Lines))
        .not_yet("not follow the file"),
    top(
        "vrrp_track_process",
        "A process whose presence changes priorities",
    )
    .takes(Block(Header::Name, Lines))
    .not_yet("not follow the process"),
    top("bfd_instance", "A BFD session")
        .takes(Block(Header::Name, Lines))
        .not_yet("open no BFD session"),
    top(
        "garp_group",
        "Interfaces that share the spacing of gratuitous ARP",
    )
    .takes(Block(Header::None, Lines))
    .not_yet("not space announcements"),
    top("linkbeat_interfaces", "Interfaces whose link is polled")
        .takes(Block(Header::None, Lines))
        .not_yet("follow link changes as the kernel reports them"),
    top(
        "interface_up_down_delays",
        "How long an interface must keep its state",
    )
    .takes(Block(Header::None, Lines))
    .not_yet("follow link changes at once"),
    top("track_group", "Ties static addresses to instances")
        .takes(Block(Header::Name, Lines))
        .not_yet("not tie static addresses to instances"),
    top("static_ipaddress", "Addresses that the node always has")
        .takes(Block(Header::None, Lines))
        .not_yet("not set these addresses"),
    top("static_routes", "Routes that the node always has")
        .takes(Block(Header::None, Lines))
        .not_yet("not set these routes"),
    top("static_rules", "Rules that the node always has")
        .takes(Block(Header::None, Lines))
        .not_yet("not set these rules"),
    top("net_namespace", "The network namespace to run in")
        .takes(ONE)
        .not_yet_and_needed("run in another network namespace than the file says"),
    top(
        "net_namespace_ipvs",
        "The network namespace of the LVS part",
    )
    .takes(ONE)
    .without_effect(NO_LVS),
    top(
        "namespace_with_ipsets",
        "Allow ipsets in a namespace on old kernels",
    )
    .without_effect("no ipset is made"),
    top(
        "instance",
        "The name of this daemon among several on one host",
    )
    .takes(ONE)
    .without_effect("there are no pid files to tell apart"),
    top("use_pid_dir", "Keep pid files in /run/keepalived")
        .without_effect("there are no pid files"),
    top(
        "linkbeat_use_polling",
        "Poll links instead of following the kernel",
    )
    .without_effect("link changes are followed as the kernel reports them"),
    top(
        "child_wait_time",
        "How long to wait for child processes at the end",
    )
    .takes(ONE)
    .without_effect(TUNING),
    Keyword::new(
        "include",
        &[Place::Anywhere],
        "Reads other files in its place",
    )
    .aliases(&["includer", "includem", "includew", "includeb", "includea"])
    .takes(REST)
    .not_yet_and_needed("leave out what stands in the included files"),
];
