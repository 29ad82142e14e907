//! The lines of `virtual_routes` and `static_routes`: as `ip route add` takes them, with
//! keepalived's additions.
//!
//! The destination is the word that is no option, wherever it stands; what holds between options
//! is checked when the line ends. Deliberately absent: names of tables and VRFs that only this
//! host knows.

mod encap;
pub(super) mod finish;
mod kinds;
pub(super) mod line;
mod metrics;
mod nexthop;
pub(super) mod takes;

use std::net::IpAddr;
use std::sync::LazyLock;

use bellwether_core::model::{Nexthop, Prefix, Route};
use bellwether_core::unit::Family as IpFamily;

use super::Table;
use crate::build::statement::Statement;
use crate::build::value::{prefix, spanned};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::lexer::Word;
use crate::registry::{AnyTable, Family, Grammar, Line, Place};
use crate::source::Span;
use line::Options;
use takes::{NUMBER, PROTOCOL, REALMS, TABLE_ID, TOS, VIA, host_name, is_name, named};

/// A line of a list of routes.
pub(super) const LINE: Line = Line {
    what: "a route",
    head: NETWORK,
    options: Some(Place::RouteOption),
};

/// A network, or all.
pub(super) const NETWORK: Grammar = Grammar::Either(&[
    Grammar::Prefix(Family::Any),
    Grammar::Choice(&["default", "all", "any"]),
]);

/// keepalived: what its own routes and rules are marked with.
pub(super) const KEEPALIVED: u8 = 18;

type Row = super::Row<RouteDraft>;

pub(super) static TABLE: LazyLock<Table<RouteDraft>> = LazyLock::new(|| {
    Table::new(
        &[Place::RouteOption],
        &[ROWS, kinds::KINDS, metrics::ROWS, kinds::LATER],
    )
});

/// All tables of routes.
pub(super) fn tables() -> impl Iterator<Item = &'static dyn AnyTable> {
    let own: [&'static dyn AnyTable; 5] = [
        &*TABLE,
        &*nexthop::TABLE,
        &*encap::KINDS,
        &*encap::TUNNEL,
        &*encap::TUNNEL6,
    ];
    own.into_iter()
}

/// A route whose options are still being read.
pub(super) struct RouteDraft {
    route: Route,
    /// Where the destination is given, good or bad.
    destination: Option<Span>,
    /// Where `inet6` is given.
    inet6: Option<Span>,
    /// Addresses that must be of one family.
    told: Vec<Spanned<IpAddr>>,
    protocol: Option<Span>,
    /// Whether it is left out, which is reported.
    dropped: bool,
    /// Where an option is given that only IPv6 has.
    only_ipv6: Option<(&'static str, Span)>,
}

const ROWS: &[Row] = &[
    Row::new(
        "to",
        NETWORK,
        "The destination, which may stand alone",
        |draft, cx, statement| {
            if let Some(word) = statement.word(cx) {
                destination(draft, cx, word);
            }
        },
    ),
    Row::new(
        "from",
        Grammar::Prefix(Family::V6),
        "The sources that it is for; IPv6 only",
        |draft, cx, statement| {
            let from = statement.value().prefix(cx);
            draft
                .told
                .extend(from.and_then(|from| from.convert(|(address, _)| Some(address))));
            draft.route.from = from.map(|from| network(from.value));
        },
    ),
    Row::new(
        "src",
        Grammar::Address(Family::Any),
        "The source address of own packets",
        |draft, cx, statement| {
            let source = statement.address(cx);
            draft.told.extend(source);
            draft.route.source = source.map(|source| source.value);
        },
    ),
    Row::new(
        "via",
        VIA,
        "The gateway, perhaps of the other family",
        |draft, cx, statement| {
            if let Some(Via { address, family }) = via(cx, statement) {
                draft.told.extend((!family).then_some(address));
                draft.route.via = Some(address.value);
            }
        },
    ),
    Row::new(
        "gw",
        Grammar::Address(Family::Any),
        "The gateway, as it was written of old",
        |draft, cx, statement| {
            deprecated(cx, statement, "via");
            let address = statement.address(cx);
            draft.told.extend(address);
            draft.route.via = address.map(|address| address.value);
        },
    ),
    Row::new(
        "or",
        Grammar::Address(Family::Any),
        "A second gateway, as it was written of old",
        |draft, cx, statement| {
            deprecated(cx, statement, "nexthop");
            let Some(address) = statement.address(cx) else {
                return;
            };
            draft.told.push(address);
            draft.route.nexthops.push(Nexthop {
                via: Some(address.value),
                ..Default::default()
            });
        },
    ),
    Row::new(
        "dev",
        Grammar::Interface,
        "The outgoing interface",
        |draft, cx, statement| {
            let dev = statement.interface(cx);
            cx.interfaces.extend(dev.map(|dev| (dev.value, dev.span)));
            draft.route.dev = dev.map(|dev| dev.value);
        },
    )
    .aliases(&["oif"]),
    Row::new(
        "onlink",
        Grammar::Flag,
        "The gateway is taken to be on the link",
        |draft, _, _| draft.route.onlink = true,
    ),
    Row::new(
        "nexthop",
        Grammar::Options(Place::NextHopOption),
        "One way of several; nothing else follows the last",
        |draft, cx, statement| {
            let read = nexthop::read(cx, statement);
            let nexthop::NexthopDraft {
                nexthop,
                told,
                dropped,
            } = read;
            draft.dropped |= dropped;
            draft.told.extend(told);
            draft.route.nexthops.push(nexthop);
        },
    ),
    Row::new(
        "encap",
        Grammar::Options(Place::EncapOption),
        "What packets are wrapped in",
        |draft, cx, statement| draft.route.encap = encap::read(cx, statement),
    ),
    Row::new(
        "table",
        TABLE_ID,
        "The table that it is in",
        |draft, cx, statement| {
            draft.route.table = named(cx, statement, &mut draft.dropped);
        },
    )
    .default("main"),
    Row::new(
        "vrf",
        Grammar::Interface,
        "The VRF whose table it is in",
        |draft, cx, statement| {
            let vrf = statement.interface(cx);
            cx.interfaces.extend(vrf.map(|vrf| (vrf.value, vrf.span)));
            draft.route.vrf = vrf.map(|vrf| vrf.value);
        },
    )
    .not_run_and_needed("look in the main table instead"),
    Row::new(
        "metric",
        NUMBER,
        "The smallest wins",
        |draft, cx, statement| {
            draft.route.metric = statement.integer(cx).map(|metric| metric.value);
        },
    )
    .aliases(&["preference", "priority"])
    .default("0, or 1024 of IPv6"),
    Row::new(
        "scope",
        Grammar::Scope,
        "How far it is valid",
        |draft, cx, statement| {
            draft.route.scope = scope(cx, statement);
        },
    )
    .default("link without a gateway, else global"),
    Row::new(
        "protocol",
        PROTOCOL,
        "Who made it; any other than keepalived needs `no_track`",
        |draft, cx, statement| {
            draft.route.protocol = named(cx, statement, &mut draft.dropped);
            draft.protocol = draft.route.protocol.map(|_| statement.value().span());
        },
    )
    .default("keepalived"),
    Row::new(
        "tos",
        TOS,
        "The type of service that it is for",
        |draft, cx, statement| {
            draft.route.tos = named(cx, statement, &mut draft.dropped);
        },
    )
    .aliases(&["dsfield"]),
    Row::new(
        "realms",
        REALMS,
        "Realms: from and to, or to",
        |draft, cx, statement| {
            draft.route.realms = realms(cx, statement, &mut draft.dropped);
        },
    ),
];

/// Reads all lines of a block, and adds the good ones to `routes`.
pub(super) fn read(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    routes: &mut Vec<Spanned<Route>>,
) {
    let options = Options {
        what: LINE.what,
        table: &TABLE,
        bare: |draft, cx, word| {
            let network = grammar::address(&word.text).is_ok() || is_all(&word.text);
            let written_as_one = word.text.contains(['.', ':', '/']);
            if network || written_as_one {
                destination(draft, cx, word);
            }
            network || written_as_one
        },
    };
    for node in statement.nodes() {
        let ([first, .., last] | [first @ last]) = &node.words[..] else {
            continue;
        };
        let span = first.span.to(last.span);
        let mut draft = RouteDraft {
            route: Route::new(IpFamily::V4, None),
            destination: None,
            inet6: None,
            told: Vec::new(),
            protocol: None,
            dropped: false,
            only_ipv6: None,
        };
        options.line(cx, node, &mut draft);
        let route = draft.finish(cx, span);
        routes.extend(route.map(|value| Spanned { value, span }));
    }
}

/// Whether a word means all addresses.
pub(super) fn is_all(text: &str) -> bool {
    matches!(text, "default" | "all" | "any")
}

/// A network as the model has it.
pub(super) const fn network((address, len): (IpAddr, u8)) -> Prefix {
    Prefix { address, len }
}

fn destination(draft: &mut RouteDraft, cx: &mut Context<'_>, word: &Word<'_>) {
    if let Some(before) = draft.destination.replace(word.span) {
        let message = "a second destination; the last counts";
        let warning = Diagnostic::warning(code::REPEATED, word.span, message);
        cx.push(warning.related(before, "the first"));
    }
    if is_all(&word.text) {
        draft.route.destination = None;
        return;
    }
    let prefix = prefix(cx, word);
    draft
        .told
        .extend(prefix.and_then(|prefix| prefix.convert(|(address, _)| Some(address))));
    draft.route.destination = prefix.map(|prefix| network(prefix.value));
}

/// A gateway.
struct Via {
    address: Spanned<IpAddr>,
    /// Whether its family is given with it.
    family: bool,
}

fn via(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Via> {
    let mut parts = statement.value().parts().into_iter();
    let family = parts.next()?.words.first();
    let address = parts.next()?.address(cx)?;
    if let Some(family) = family
        && (family.text == "inet6") != address.value.is_ipv6()
    {
        let message = format!("{} is not of the family `{}`", address.value, family.text);
        cx.error(code::BAD_ADDRESS, address.span, message);
        return None;
    }
    let family = family.is_some();
    Some(Via { address, family })
}

/// `TO` or `FROM/TO`, each of 16 bits.
pub(super) fn realms(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    dropped: &mut bool,
) -> Option<u32> {
    let word = statement.word(cx)?;
    let one = |text: &str| grammar::radix(text).and_then(|n| u16::try_from(n).ok());
    let realms = match word.text.split_once('/') {
        Some((from, to)) => one(from).zip(one(to)),
        None => one(&word.text).map(|to| (0, to)),
    };
    let Some((from, to)) = realms else {
        if word.text.split('/').any(is_name) {
            host_name(cx, word);
            *dropped = true;
            return None;
        }
        let message = format!("`{}` is not realms", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint("write `TO` or `FROM/TO`, each a number to 65535"));
        return None;
    };
    Some((u32::from(from) << 16) | u32::from(to))
}

fn scope(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u8> {
    let word = statement.word(cx)?;
    let scope = grammar::scope(&word.text);
    if scope.is_none() {
        let takes = ["global", "site", "link", "host", "nowhere"];
        statement.value().bad_word(cx, word, &takes);
    }
    scope
}

fn deprecated(cx: &mut Context<'_>, statement: &Statement<'_, '_>, now: &str) {
    let word = spanned(statement.head, ());
    let message = format!("`{}` is written `{now}` today", statement.keyword.name);
    cx.warning(code::LEGACY, word.span, message);
}
