//! `global_defs`: settings of the LVS part.

use std::net::IpAddr;
use std::sync::LazyLock;

use bellwether_core::model::{FlushOnStop, LvsTimeouts, NftablesIpvs, SyncDaemon};
use bellwether_core::unit::Name;

use super::{GlobalDraft, Row};
use crate::build::Context;
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::keywords::Table;
use crate::registry::{Family, Grammar, Place};

const NO_MARKS: &str = "each address of a group is a service of its own, and needs no mark";
/// keepalived and the kernel: 0 to 31 days.
const TIMEOUT: Grammar = Grammar::Integer {
    min: 0,
    max: 2_678_400,
    unit: "s",
};
const MARK: Grammar = Grammar::number(1, 4_294_967_295);
const PRIORITY: Grammar = Grammar::number(-2_147_483_648, 2_147_483_647);

pub(in crate::keywords) static TIMEOUTS: LazyLock<Table<LvsTimeouts>> =
    LazyLock::new(|| Table::new(&[Place::LvsTimeoutOption], &[TIMEOUT_ROWS]));

const TIMEOUT_ROWS: &[crate::keywords::Row<LvsTimeouts>] = &[
    crate::keywords::Row::<LvsTimeouts>::new(
        "tcp",
        TIMEOUT,
        "Of TCP connections",
        |timeouts, cx, statement| timeouts.tcp = statement.integer(cx).map(|n| n.value),
    ),
    crate::keywords::Row::<LvsTimeouts>::new(
        "tcpfin",
        TIMEOUT,
        "Of TCP connections after a FIN",
        |timeouts, cx, statement| timeouts.tcp_fin = statement.integer(cx).map(|n| n.value),
    ),
    crate::keywords::Row::<LvsTimeouts>::new(
        "udp",
        TIMEOUT,
        "Of UDP flows",
        |timeouts, cx, statement| timeouts.udp = statement.integer(cx).map(|n| n.value),
    ),
];

pub(in crate::keywords) static SYNC: LazyLock<Table<SyncDraft>> =
    LazyLock::new(|| Table::new(&[Place::SyncDaemonOption], &[SYNC_ROWS]));

const SYNC_ROWS: &[crate::keywords::Row<SyncDraft>] = &[
    crate::keywords::Row::<SyncDraft>::new(
        "inst",
        Grammar::Name,
        "The instance whose state it follows",
        |daemon, cx, statement| {
            daemon.instance = statement.value().name(cx).map(|name| name.value);
        },
    )
    .default("none: it is master and backup at once"),
    crate::keywords::Row::<SyncDraft>::new(
        "id",
        Grammar::number(0, 255),
        "Its number on the wire",
        |daemon, cx, statement| daemon.id = statement.integer(cx).map(|n| n.value),
    )
    .default("the VRID of the instance, else 0"),
    crate::keywords::Row::<SyncDraft>::new(
        "maxlen",
        Grammar::number(1, 65_507),
        "Its largest message, in bytes",
        |daemon, cx, statement| daemon.max_len = statement.integer(cx).map(|n| n.value),
    )
    .default("as the MTU says"),
    crate::keywords::Row::<SyncDraft>::new(
        "port",
        Grammar::number(1, 65_535),
        "Its UDP port",
        |daemon, cx, statement| daemon.port = statement.integer(cx).map(|n| n.value),
    )
    .default("8848"),
    crate::keywords::Row::<SyncDraft>::new(
        "ttl",
        Grammar::number(1, 255),
        "Its time to live",
        |daemon, cx, statement| daemon.ttl = statement.integer(cx).map(|n| n.value),
    )
    .default("1"),
    crate::keywords::Row::<SyncDraft>::new(
        "group",
        Grammar::Address(Family::Any),
        "Its multicast group",
        |daemon, cx, statement| daemon.group = super::multicast(cx, statement),
    )
    .default("224.0.0.81"),
];

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::new(
        "lvs_timeouts",
        Grammar::Options(Place::LvsTimeoutOption),
        "Timeouts of IPVS connections",
        |draft, cx, statement| {
            if let Some(head) = statement.word(cx) {
                let lines = Lines {
                    what: "`lvs_timeouts`",
                    options: &TIMEOUTS,
                    head: |_, _| LvsTimeouts::default(),
                    starts: |_| false,
                };
                lines.options(cx, head, statement.args, &mut draft.model.lvs.timeouts);
            }
        },
    )
    .default("left as they are"),
    Row::new(
        "lvs_sync_daemon",
        Grammar::Several(&[
            Grammar::Interface,
            Grammar::Options(Place::SyncDaemonOption),
        ]),
        "Synchronise IPVS connections",
        |draft, cx, statement| {
            let daemon = sync_daemon(cx, statement);
            draft.model.lvs.sync_daemon = daemon;
        },
    ),
    Row::new(
        "lvs_flush",
        Grammar::Flag,
        "Empty the IPVS table at the start",
        |draft, _, _| draft.model.lvs.flush = true,
    ),
    Row::new(
        "lvs_flush_on_stop",
        Grammar::Optional(&Grammar::Choice(&["VS"])),
        "Empty the IPVS table at the end; `VS`: only of the own virtual servers",
        |draft, cx, statement| {
            draft.model.lvs.flush_on_stop = match statement.value().given() {
                None => FlushOnStop::All,
                Some(value) if value.optional().choice(cx).is_some() => FlushOnStop::Services,
                Some(_) => FlushOnStop::OneByOne,
            };
        },
    )
    .aliases(&["lvs_flush_onstop"])
    .default("one by one"),
    Row::new(
        "nftables_ipvs",
        Grammar::Optional(&Grammar::Name),
        "A table that marks packets for groups of virtual servers",
        |draft, cx, statement| {
            let table = draft.nftables_ipvs();
            if !statement.args.is_empty()
                && let Some(name) = statement.value().name(cx)
            {
                table.table = name.value;
            }
        },
    )
    .default("`keepalived_ipvs`")
    .without_effect(NO_MARKS),
    Row::new(
        "nftables_ipvs_priority",
        PRIORITY,
        "The priority of that table's chains",
        |draft, cx, statement| {
            if let Some(priority) = statement.integer(cx) {
                draft.nftables_ipvs().priority = priority.value;
            }
        },
    )
    .without_effect(NO_MARKS),
    Row::new(
        "nftables_ipvs_start_fwmark",
        MARK,
        "The first mark",
        |draft, cx, statement| {
            if let Some(mark) = statement.integer(cx) {
                draft.nftables_ipvs().start_fwmark = mark.value;
            }
        },
    )
    .default("1000")
    .without_effect(NO_MARKS),
    Row::new(
        "checker_log_all_failures",
        Grammar::Bool,
        "Log every failed check, not only those that change a state",
        |draft, cx, statement| {
            draft.model.lvs.log_all_failures = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "rs_init_notifies",
        Grammar::Bool,
        "Tell the first state of a server too",
        |draft, cx, statement| {
            draft.model.lvs.rs_init_notifies = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
];

impl GlobalDraft {
    fn nftables_ipvs(&mut self) -> &mut NftablesIpvs {
        let nftables = &mut self.model.lvs.nftables;
        nftables.get_or_insert_with(|| NftablesIpvs {
            table: Name::from("keepalived_ipvs"),
            priority: -1,
            start_fwmark: 1_000,
        })
    }
}

/// What follows the interface.
#[derive(Debug, Default)]
pub(in crate::keywords) struct SyncDraft {
    instance: Option<Name>,
    id: Option<u8>,
    max_len: Option<u16>,
    port: Option<u16>,
    ttl: Option<u8>,
    group: Option<IpAddr>,
}

/// keepalived: the instance may follow the interface without `inst`.
fn sync_daemon(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<SyncDaemon> {
    let interface = statement.interface(cx)?;
    let mut draft = SyncDraft::default();
    let mut options = statement.args.get(1..).unwrap_or_default();
    if let [name, rest @ ..] = options
        && SYNC.find(&name.text).is_none()
    {
        draft.instance = Some(Name::from(&*name.text));
        options = rest;
    }
    let lines = Lines {
        what: "`lvs_sync_daemon`",
        options: &SYNC,
        head: |_, _| SyncDraft::default(),
        starts: |_| false,
    };
    lines.options(cx, statement.head, options, &mut draft);
    Some(SyncDaemon {
        interface: interface.value,
        instance: draft.instance,
        id: draft.id,
        max_len: draft.max_len,
        port: draft.port,
        ttl: draft.ttl,
        group: draft.group,
    })
}
