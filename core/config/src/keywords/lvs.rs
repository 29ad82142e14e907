//! Keywords of the LVS part: enough to name them, and to say where they belong.

use std::sync::LazyLock;

use super::{Drafts, Row, Table};
use crate::build::statement::block;
use crate::registry::{AnyTable, Contents, Grammar, Header, Place};

const LINES: Grammar = Grammar::Block(Header::None, Contents::Unread);
const WITHOUT: &str = "not balance its load";

/// What a file says about virtual servers.
#[derive(Debug, Default)]
pub(crate) struct LvsDraft;

/// The rows of the top level.
pub(super) const TOP: &[Row<Drafts>] = &[
    Row::<Drafts>::new(
        "virtual_server",
        Grammar::Block(Header::Unread, Contents::Keywords(Place::VirtualServer)),
        "A service whose load is balanced",
        |drafts, cx, statement| block(cx, &VIRTUAL_SERVER, statement.nodes(), &mut drafts.lvs),
    )
    .not_run(WITHOUT),
    Row::<Drafts>::new(
        "virtual_server_group",
        Grammar::Block(Header::Name, Contents::Unread),
        "Addresses of one service",
        |_, _, _| {},
    )
    .not_run(WITHOUT),
    Row::<Drafts>::new(
        "group",
        Grammar::Block(Header::Unread, Contents::Unread),
        "Services that belong together",
        |_, _, _| {},
    )
    .not_run(WITHOUT),
];

pub(super) static VIRTUAL_SERVER: LazyLock<Table<LvsDraft>> =
    LazyLock::new(|| Table::new(&[Place::VirtualServer], &[SERVER]));

pub(super) static REAL_SERVER: LazyLock<Table<Real>> =
    LazyLock::new(|| Table::new(&[Place::RealServer], &[REAL]));

/// A real server as its block says.
pub(super) struct Real;

/// All tables of the LVS part.
pub(super) fn tables() -> impl Iterator<Item = &'static dyn AnyTable> {
    let own: [&'static dyn AnyTable; 2] = [&*VIRTUAL_SERVER, &*REAL_SERVER];
    own.into_iter()
}

const SERVER: &[Row<LvsDraft>] = &[
    Row::<LvsDraft>::new(
        "real_server",
        Grammar::Block(Header::Unread, Contents::Keywords(Place::RealServer)),
        "A server that bears a service's load",
        |_, cx, statement| block(cx, &REAL_SERVER, statement.nodes(), &mut Real),
    ),
    Row::<LvsDraft>::new(
        "sorry_server",
        Grammar::REST,
        "The server when all others are down",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "sorry_server_inhibit",
        Grammar::REST,
        "Keep it in the table with weight 0",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "delay_loop",
        Grammar::REST,
        "Time between checks",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new("lb_algo", Grammar::REST, "The scheduler", |_, _, _| {})
        .aliases(&["lvs_sched"]),
    Row::<LvsDraft>::new(
        "lb_kind",
        Grammar::REST,
        "The forwarding method",
        |_, _, _| {},
    )
    .aliases(&["lvs_method"]),
    Row::<LvsDraft>::new("protocol", Grammar::REST, "TCP, UDP or SCTP", |_, _, _| {}),
    Row::<LvsDraft>::new(
        "persistence_timeout",
        Grammar::REST,
        "How long a client stays with its server",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "persistence_granularity",
        Grammar::REST,
        "Which clients stay together",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "persistence_engine",
        Grammar::REST,
        "What tells clients apart",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "quorum",
        Grammar::REST,
        "How much live weight a service needs",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "hysteresis",
        Grammar::REST,
        "How far the weight must pass the quorum",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "quorum_up",
        Grammar::REST,
        "A command to run when it has its quorum",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "quorum_down",
        Grammar::REST,
        "A command to run when it has lost it",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "ha_suspend",
        Grammar::REST,
        "No checks while the address is elsewhere",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new("omega", Grammar::REST, "Notify at the end", |_, _, _| {}),
    Row::<LvsDraft>::new(
        "ops",
        Grammar::REST,
        "Schedule every packet by itself",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new("ip_family", Grammar::REST, "inet or inet6", |_, _, _| {}),
    Row::<LvsDraft>::new(
        "alpha",
        Grammar::REST,
        "Servers are down until they are checked",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "virtualhost",
        Grammar::REST,
        "The host name of HTTP checks",
        |_, _, _| {},
    ),
    Row::<LvsDraft>::new(
        "inhibit_on_failure",
        Grammar::REST,
        "Weight 0 instead of removal",
        |_, _, _| {},
    ),
];

const REAL: &[Row<Real>] = &[
    Row::<Real>::new(
        "weight",
        Grammar::REST,
        "Its share of the load",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "lb_kind",
        Grammar::REST,
        "The forwarding method",
        |_, _, _| {},
    )
    .aliases(&["lvs_method"]),
    Row::<Real>::new(
        "alpha",
        Grammar::REST,
        "Servers are down until they are checked",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "virtualhost",
        Grammar::REST,
        "The host name of HTTP checks",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "inhibit_on_failure",
        Grammar::REST,
        "Weight 0 instead of removal",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "uthreshold",
        Grammar::REST,
        "The most connections",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "lthreshold",
        Grammar::REST,
        "The connections at which it is used again",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "notify_up",
        Grammar::REST,
        "A command to run when it is up",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "notify_down",
        Grammar::REST,
        "A command to run when it is down",
        |_, _, _| {},
    ),
    Row::<Real>::new("TCP_CHECK", LINES, "It accepts a connection", |_, _, _| {}),
    Row::<Real>::new("HTTP_GET", LINES, "It answers a request", |_, _, _| {}),
    Row::<Real>::new(
        "SSL_GET",
        LINES,
        "It answers a request over TLS",
        |_, _, _| {},
    ),
    Row::<Real>::new("SMTP_CHECK", LINES, "It greets a mail client", |_, _, _| {}),
    Row::<Real>::new("DNS_CHECK", LINES, "It answers a query", |_, _, _| {}),
    Row::<Real>::new(
        "MISC_CHECK",
        LINES,
        "A command says that it is well",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "UDP_CHECK",
        LINES,
        "It does not refuse a datagram",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "PING_CHECK",
        LINES,
        "It answers an echo request",
        |_, _, _| {},
    ),
    Row::<Real>::new(
        "FILE_CHECK",
        LINES,
        "A file says that it is well",
        |_, _, _| {},
    ),
    Row::<Real>::new("BFD_CHECK", LINES, "Its BFD session is up", |_, _, _| {}),
];
