//! `real_server`.

use std::net::IpAddr;
use std::sync::LazyLock;

use bellwether_core::model::lvs::{Forwarding, RealServerExtra};
use bellwether_core::unit::Name;

use super::check::{self, Pending};
use super::timing::{Rows, Timed, Timing};
use super::{forward, http, server, smtp, udp};
use crate::build::statement::{Statement, block};
use crate::build::{Context, Spanned};
use crate::keywords::Table;
use crate::places::{Item, index};
use crate::registry::{Grammar, Place};
use crate::source::Span;

const CONNECTIONS: Grammar = Grammar::number(0, 4_294_967_295);

type Row = crate::keywords::Row<RealDraft>;

pub(super) static TABLE: LazyLock<Table<RealDraft>> = LazyLock::new(|| {
    let lists = &[ROWS, Rows::TIMEOUT, Rows::SCHEDULE, CHECKERS];
    Table::new(&[Place::RealServer], lists)
});

const ROWS: &[Row] = &[
    Row::new(
        "weight",
        Grammar::number(0, 2_147_483_647),
        "Its share of the load; 0: it keeps its connections and takes no new ones",
        |draft, cx, statement| draft.weight = statement.integer(cx).map(|n| n.value),
    )
    .default("the virtual server's; 1"),
    Row::new(
        "lvs_method",
        forward::METHOD,
        "The forwarding method: how packets reach it",
        |draft, cx, statement| draft.method = forward::read(cx, statement),
    )
    .aliases(&["lb_kind"])
    .default("the virtual server's"),
    Row::new(
        "uthreshold",
        CONNECTIONS,
        "Connections at which it takes no more; 0: no limit",
        |draft, cx, statement| draft.uthreshold = statement.integer(cx).map(|n| n.value),
    )
    .default("0"),
    Row::new(
        "lthreshold",
        CONNECTIONS,
        "Connections at which it takes some again; 0: three quarters of `uthreshold`",
        |draft, cx, statement| draft.lthreshold = statement.integer(cx),
    )
    .default("0"),
    Row::new(
        "inhibit_on_failure",
        Grammar::Bool,
        "It stays in the table with weight 0 while it is down",
        |draft, cx, statement| draft.inhibit = statement.boolean(cx),
    )
    .default("the virtual server's; off"),
    Row::new(
        "notify_up",
        Grammar::CommandAs,
        "A command to run when it is up",
        |draft, cx, statement| draft.extra().notify_up = server::hook(cx, statement),
    ),
    Row::new(
        "notify_down",
        Grammar::CommandAs,
        "A command to run when it is down",
        |draft, cx, statement| draft.extra().notify_down = server::hook(cx, statement),
    ),
    Row::new(
        "smtp_alert",
        Grammar::Bool,
        "Whether its changes are mailed",
        |draft, cx, statement| draft.mail = statement.boolean(cx),
    )
    .default("`smtp_alert_checker`"),
    Row::new(
        "virtualhost",
        Grammar::Name,
        "The host name of its HTTP checks",
        |draft, cx, statement| draft.extra().virtualhost = name(cx, statement),
    )
    .default("the virtual server's"),
    Row::new(
        "snmp_name",
        Grammar::Name,
        "Its name for management systems",
        |draft, cx, statement| draft.extra().snmp_name = name(cx, statement),
    ),
];

const CHECKERS: &[Row] = &[
    Row::new(
        "TCP_CHECK",
        Grammar::block(Place::TcpCheck),
        "It is well if it accepts a connection",
        |draft, cx, statement| draft.check(cx, statement, check::tcp),
    ),
    Row::new(
        "HTTP_GET",
        Grammar::block(Place::HttpGet),
        "It is well if it gives pages as they should be",
        |draft, cx, statement| draft.check(cx, statement, http::plain),
    ),
    Row::new(
        "SSL_GET",
        Grammar::block(Place::SslGet),
        "The same over TLS; no certificate is verified",
        |draft, cx, statement| draft.check(cx, statement, http::tls),
    ),
    Row::new(
        "SMTP_CHECK",
        Grammar::block(Place::SmtpCheck),
        "It is well if it greets as a mail server",
        |draft, cx, statement| draft.check(cx, statement, smtp::read),
    ),
    Row::new(
        "DNS_CHECK",
        Grammar::block(Place::DnsCheck),
        "It is well if it answers a query without an error",
        |draft, cx, statement| draft.check(cx, statement, check::dns),
    ),
    Row::new(
        "MISC_CHECK",
        Grammar::block(Place::MiscCheck),
        "It is well if a command says so",
        |draft, cx, statement| draft.check(cx, statement, check::misc),
    ),
    Row::new(
        "UDP_CHECK",
        Grammar::block(Place::UdpCheck),
        "It is well unless a datagram to it is refused",
        |draft, cx, statement| draft.check(cx, statement, udp::read),
    ),
    Row::new(
        "PING_CHECK",
        Grammar::block(Place::PingCheck),
        "It is well if it answers an echo request",
        |draft, cx, statement| draft.check(cx, statement, check::ping),
    ),
    Row::new(
        "FILE_CHECK",
        Grammar::block(Place::FileCheck),
        "The number of a tracked file moves its weight",
        |draft, cx, statement| draft.check(cx, statement, check::file),
    ),
    Row::new(
        "BFD_CHECK",
        Grammar::block(Place::BfdCheck),
        "It is well while a BFD session is up",
        |draft, cx, statement| draft.check(cx, statement, check::bfd),
    ),
];

/// What reads a checker; none if it is wrong, which is reported.
type ReadCheck = fn(&mut Context<'_>, &Statement<'_, '_>) -> Option<Pending>;

/// A real server as its block says.
#[derive(Debug)]
pub(super) struct RealDraft {
    /// Its place, among those of the file and of its virtual server.
    at: (u32, u32),
    pub(super) address: IpAddr,
    /// 0: none was given.
    pub(super) port: u16,
    /// Its keyword and header.
    pub(super) span: Span,
    pub(super) timing: Timing,
    pub(super) weight: Option<u32>,
    pub(super) method: Option<Forwarding>,
    pub(super) uthreshold: Option<u32>,
    pub(super) lthreshold: Option<Spanned<u32>>,
    pub(super) inhibit: Option<bool>,
    pub(super) mail: Option<bool>,
    pub(super) extra: Option<Box<RealServerExtra>>,
    pub(super) checkers: Vec<Pending>,
}

impl RealDraft {
    fn extra(&mut self) -> &mut RealServerExtra {
        self.extra.get_or_insert_default()
    }

    fn check(&mut self, cx: &mut Context<'_>, statement: &Statement<'_, '_>, read: ReadCheck) {
        let (server, real) = self.at;
        let item = Item::Checker(server, real, index(self.checkers.len()));
        let checker = cx.within(item, |cx| {
            cx.place(statement.keyword.name, statement.head.span);
            read(cx, statement)
        });
        self.checkers.extend(checker);
    }
}

impl Timed for RealDraft {
    fn timing(&mut self) -> &mut Timing {
        &mut self.timing
    }
}

/// Reads one `real_server`; none if its address is wrong, which is reported.
pub(super) fn read(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    at: (u32, u32),
) -> Option<RealDraft> {
    let header = server::address_and_port(cx, statement);
    let (address, port) = header.map_or((IpAddr::from([0; 4]), 0), |header| header.value);
    let span = statement.span();
    cx.place("real_server", span);
    let mut draft = RealDraft {
        at,
        address,
        port,
        span,
        timing: Timing::default(),
        weight: None,
        method: None,
        uthreshold: None,
        lthreshold: None,
        inhibit: None,
        mail: None,
        extra: None,
        checkers: Vec::new(),
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    header.map(|_| draft)
}

fn name(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Name> {
    statement.value().name(cx).map(|name| name.value)
}
