//! Keywords outside of any block, and `include`, which may stand anywhere.

use std::sync::LazyLock;

use super::bfd::{self, BfdDraft};
use super::garp_group::{self, GarpGroupDraft};
use super::global::{self, GlobalDraft};
use super::instance::{self, InstanceDraft};
use super::lvs::{self, LvsDraft};
use super::script::{self, ScriptDraft};
use super::statics::{self, StaticsDraft};
use super::sync_group::{self, SyncGroupDraft};
use super::track::file::{self, FileDraft};
use super::track::process::{self, ProcessDraft};
use super::{Table, linkbeat};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::places::{Item, index};
use crate::registry::{Grammar, Place};

/// Every driver that polls a transceiver tells the kernel of its link, and asking for the same by
/// ioctl gives the kernel's own answer (`netif_carrier_ok`), only later.
const LINKS: &str = "the kernel reports at once what a poll would find";
const TUNING: &str = "it tunes keepalived's processes, which are not there";

type Row = super::Row<Drafts>;

pub(crate) static TOP: LazyLock<Table<Drafts>> =
    LazyLock::new(|| Table::new(&[Place::Top], &[ROWS, statics::TOP, lvs::TOP]));

pub(crate) static ANYWHERE: LazyLock<Table<()>> =
    LazyLock::new(|| Table::new(&[Place::Anywhere], &[EVERYWHERE]));

/// Everything that a file says, block by block, before it is put together.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    pub(crate) globals: GlobalDraft,
    pub(crate) scripts: Vec<ScriptDraft>,
    pub(crate) instances: Vec<InstanceDraft>,
    pub(crate) sync_groups: Vec<SyncGroupDraft>,
    pub(crate) statics: StaticsDraft,
    pub(crate) files: Vec<FileDraft>,
    pub(crate) processes: Vec<ProcessDraft>,
    pub(crate) bfd: Vec<BfdDraft>,
    pub(crate) garp_groups: Vec<GarpGroupDraft>,
    pub(crate) lvs: LvsDraft,
}

const ROWS: &[Row] = &[
    Row::new(
        "global_defs",
        Grammar::block(Place::Global),
        "What holds for the whole node",
        |drafts, cx, statement| global::read(cx, statement, &mut drafts.globals),
    ),
    Row::new(
        "vrrp_script",
        Grammar::named_block(Place::Script),
        "A command that instances can track",
        |drafts, cx, statement| {
            let item = Item::Script(index(drafts.scripts.len()));
            let draft = cx.within(item, |cx| script::read(cx, statement));
            drafts.scripts.push(draft);
        },
    ),
    Row::new(
        "vrrp_instance",
        Grammar::named_block(Place::Instance),
        "A virtual router as this node plays it",
        |drafts, cx, statement| {
            let item = Item::Instance(index(drafts.instances.len()));
            let draft = cx.within(item, |cx| instance::read(cx, statement));
            drafts.instances.push(draft);
        },
    ),
    Row::new(
        "vrrp_sync_group",
        Grammar::named_block(Place::SyncGroup),
        "Instances that change their state together",
        |drafts, cx, statement| {
            let item = Item::SyncGroup(index(drafts.sync_groups.len()));
            let draft = cx.within(item, |cx| sync_group::read(cx, statement));
            drafts.sync_groups.push(draft);
        },
    ),
    Row::new(
        "track_file",
        Grammar::named_block(Place::TrackFile),
        "A file whose number changes priorities",
        |drafts, cx, statement| {
            let item = Item::TrackFile(index(drafts.files.len()));
            let draft = cx.within(item, |cx| file::read(cx, statement));
            drafts.files.push(draft);
        },
    )
    .aliases(&["vrrp_track_file"]),
    Row::new(
        "vrrp_track_process",
        Grammar::named_block(Place::TrackProcess),
        "Processes whose presence changes priorities",
        |drafts, cx, statement| {
            let item = Item::Process(index(drafts.processes.len()));
            let draft = cx.within(item, |cx| process::read(cx, statement));
            drafts.processes.push(draft);
        },
    ),
    Row::new(
        "bfd_instance",
        Grammar::named_block(Place::Bfd),
        "A BFD session",
        |drafts, cx, statement| {
            let item = Item::Bfd(index(drafts.bfd.len()));
            let draft = cx.within(item, |cx| bfd::read(cx, statement));
            drafts.bfd.push(draft);
        },
    ),
    Row::new(
        "garp_group",
        Grammar::block(Place::GarpGroup),
        "Interfaces that share the spacing of gratuitous ARP",
        |drafts, cx, statement| drafts.garp_groups.push(garp_group::read(cx, statement)),
    ),
    Row::new(
        "linkbeat_interfaces",
        Grammar::lines(&linkbeat::INTERFACE),
        "Interfaces whose link is polled",
        |drafts, cx, statement| {
            let interfaces = linkbeat::interfaces(cx, statement);
            drafts.globals.model.linkbeat.extend(interfaces);
        },
    )
    .without_effect(LINKS),
    Row::new(
        "interface_up_down_delays",
        Grammar::lines(&linkbeat::DELAYED),
        "How long an interface must keep its state",
        |drafts, cx, statement| {
            let delays = linkbeat::delays(cx, statement);
            drafts.globals.model.interface_delays.extend(delays);
        },
    ),
    Row::new(
        "net_namespace",
        Grammar::Name,
        "The network namespace to run in",
        |drafts, cx, statement| {
            let name = statement.value().name(cx);
            drafts.globals.model.namespaces.all = name.map(|name| name.value);
        },
    ),
    Row::new(
        "net_namespace_ipvs",
        Grammar::Name,
        "The network namespace of the LVS part",
        |drafts, cx, statement| {
            let name = statement.value().name(cx);
            drafts.globals.model.namespaces.ipvs = name.map(|name| name.value);
        },
    ),
    Row::ignored(
        "namespace_with_ipsets",
        Grammar::Flag,
        "Allow ipsets in a namespace on old kernels",
        "no ipset is made",
    ),
    Row::new(
        "instance",
        Grammar::Name,
        "The name of this daemon among several on one host",
        |drafts, cx, statement| {
            let name = statement.value().name(cx);
            drafts.globals.model.instance_name = name.map(|name| name.value);
        },
    ),
    Row::new(
        "use_pid_dir",
        Grammar::Flag,
        "Keep the file with the process id in /run/bellwether",
        |drafts, _, _| drafts.globals.model.use_pid_dir = true,
    ),
    Row::ignored(
        "linkbeat_use_polling",
        Grammar::Flag,
        "Poll links instead of following the kernel",
        LINKS,
    ),
    Row::ignored(
        "child_wait_time",
        Grammar::DELAY,
        "How long to wait for child processes at the end",
        TUNING,
    )
    .default("5"),
];

const EVERYWHERE: &[super::Row<()>] = &[super::Row::new(
    "include",
    Grammar::REST,
    "Reads other files in its place",
    |(), cx, statement| {
        // One that names a file and starts its line is read before there are statements.
        let message = "`include` stands first on its line, with the name of a file";
        let error = Diagnostic::error(code::INCLUDE_MISSING, statement.head.span, message);
        cx.push(error.hint("write `include FILE` on a line of its own"));
    },
)
.aliases(&["includer", "includem", "includew", "includeb", "includea"])];
