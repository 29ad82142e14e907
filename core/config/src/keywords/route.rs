//! The lines of `virtual_routes` and `static_routes`: as `ip route add` takes them, with
//! keepalived's additions.
//!
//! The destination is the word that is no option, wherever it stands; what holds between options
//! is checked when the line ends. Deliberately absent: names of tables and VRFs that only this
//! host knows.

mod encap;
pub(super) mod line;
mod metrics;
mod nexthop;

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::{Insertion, Prefix, Route, RouteKind, RouterPreference};
use bellwether_core::unit::Family as IpFamily;

use super::Table;
use crate::build::statement::Statement;
use crate::build::value::{prefix, spanned};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::grammar;
use crate::lexer::Word;
use crate::registry::{AnyTable, Family, Grammar, Keyword, Line, Place, Status};
use crate::source::Span;
use line::Options;

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

const WITHOUT: &str = "not set these routes";

/// The protocols that iproute2 names.
const PROTOCOL: Grammar = Grammar::Named {
    max: 255,
    names: &[
        ("unspec", 0),
        ("redirect", 1),
        ("kernel", 2),
        ("boot", 3),
        ("static", 4),
        ("gated", 8),
        ("ra", 9),
        ("mrt", 10),
        ("zebra", 11),
        ("bird", 12),
        ("dnrouted", 13),
        ("xorp", 14),
        ("ntk", 15),
        ("dhcp", 16),
        ("keepalived", 18),
        ("babel", 42),
        ("openr", 99),
        ("bgp", 186),
        ("isis", 187),
        ("ospf", 188),
        ("rip", 189),
        ("eigrp", 192),
    ],
};

/// The tables that every kernel has.
pub(super) const TABLE_ID: Grammar = Grammar::Named {
    max: u32::MAX,
    names: &[("main", 254), ("local", 255), ("default", 253)],
};

/// The types of service that iproute2 names.
pub(super) const TOS: Grammar = Grammar::Named {
    max: 255,
    names: &[
        ("default", 0),
        ("AF11", 0x28),
        ("AF12", 0x30),
        ("AF13", 0x38),
        ("AF21", 0x48),
        ("AF22", 0x50),
        ("AF23", 0x58),
        ("AF31", 0x68),
        ("AF32", 0x70),
        ("AF33", 0x78),
        ("AF41", 0x88),
        ("AF42", 0x90),
        ("AF43", 0x98),
        ("CS1", 0x20),
        ("CS2", 0x40),
        ("CS3", 0x60),
        ("CS4", 0x80),
        ("CS5", 0xa0),
        ("CS6", 0xc0),
        ("CS7", 0xe0),
        ("EF", 0xb8),
    ],
};

const NUMBER: Grammar = Grammar::number(0, 0xffff_ffff);
pub(super) const REALMS: Grammar = Grammar::Word;
const VIA: Grammar = Grammar::Several(&[
    Grammar::Optional(&Grammar::Choice(&["inet", "inet6"])),
    Grammar::Address(Family::Any),
]);

type Row = super::Row<RouteDraft>;

pub(super) static TABLE: LazyLock<Table<RouteDraft>> =
    LazyLock::new(|| Table::new(&[Place::RouteOption], &[ROWS, KINDS, metrics::ROWS, LATER]));

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
    )
    .not_run(WITHOUT),
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
    )
    .not_run(WITHOUT),
    Row::new(
        "src",
        Grammar::Address(Family::Any),
        "The source address of own packets",
        |draft, cx, statement| {
            let source = statement.address(cx);
            draft.told.extend(source);
            draft.route.source = source.map(|source| source.value);
        },
    )
    .not_run(WITHOUT),
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
    )
    .not_run(WITHOUT),
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
    )
    .not_run(WITHOUT),
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
            draft.route.nexthops.push(bellwether_core::model::Nexthop {
                via: Some(address.value),
                ..Default::default()
            });
        },
    )
    .not_run(WITHOUT),
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
    .aliases(&["oif"])
    .not_run(WITHOUT),
    Row::new(
        "onlink",
        Grammar::Flag,
        "The gateway is taken to be on the link",
        |draft, _, _| draft.route.onlink = true,
    )
    .not_run(WITHOUT),
    Row::new(
        "nexthop",
        Grammar::Options(Place::NextHopOption),
        "One way of several; nothing else follows the last",
        |draft, cx, statement| {
            let nexthop::NexthopDraft { nexthop, told } = nexthop::read(cx, statement);
            draft.told.extend(told);
            draft.route.nexthops.push(nexthop);
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "encap",
        Grammar::Options(Place::EncapOption),
        "What packets are wrapped in",
        |draft, cx, statement| draft.route.encap = encap::read(cx, statement),
    )
    .not_run(WITHOUT),
    Row::new(
        "table",
        TABLE_ID,
        "The table that it is in",
        |draft, cx, statement| {
            draft.route.table = statement.value().named(cx).map(|table| table.value);
        },
    )
    .default("main")
    .not_run(WITHOUT),
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
    .not_run(WITHOUT),
    Row::new(
        "metric",
        NUMBER,
        "The smallest wins",
        |draft, cx, statement| {
            draft.route.metric = statement.integer(cx).map(|metric| metric.value);
        },
    )
    .aliases(&["preference", "priority"])
    .default("0, or 1024 of IPv6")
    .not_run(WITHOUT),
    Row::new(
        "scope",
        Grammar::Scope,
        "How far it is valid",
        |draft, cx, statement| {
            draft.route.scope = scope(cx, statement);
        },
    )
    .default("link without a gateway, else global")
    .not_run(WITHOUT),
    Row::new(
        "protocol",
        PROTOCOL,
        "Who made it; any other than keepalived needs `no_track`",
        |draft, cx, statement| {
            let protocol = statement.value().named(cx);
            draft.protocol = protocol.map(|protocol| protocol.span);
            draft.route.protocol = protocol.and_then(|p| u8::try_from(p.value).ok());
        },
    )
    .default("keepalived")
    .not_run(WITHOUT),
    Row::new(
        "tos",
        TOS,
        "The type of service that it is for",
        |draft, cx, statement| {
            let tos = statement.value().named(cx);
            draft.route.tos = tos.and_then(|tos| u8::try_from(tos.value).ok());
        },
    )
    .aliases(&["dsfield"])
    .not_run(WITHOUT),
    Row::new(
        "realms",
        REALMS,
        "Realms: from and to, or to",
        |draft, cx, statement| {
            draft.route.realms = realms(cx, statement);
        },
    )
    .not_run(WITHOUT),
];

/// What happens to packets.
const KINDS: &[Row] = &[
    kind(
        "unicast",
        "Packets are forwarded, as by default",
        |draft, _, _| {
            draft.route.kind = RouteKind::Unicast;
        },
    ),
    kind("local", "Packets are delivered here", |draft, _, _| {
        draft.route.kind = RouteKind::Local;
    }),
    kind(
        "broadcast",
        "Packets are delivered here as broadcasts",
        |draft, _, _| {
            draft.route.kind = RouteKind::Broadcast;
        },
    ),
    kind(
        "anycast",
        "Packets are delivered here as anycasts",
        |draft, _, _| {
            draft.route.kind = RouteKind::Anycast;
        },
    ),
    kind("multicast", "Packets are multicast", |draft, _, _| {
        draft.route.kind = RouteKind::Multicast;
    }),
    kind(
        "blackhole",
        "Packets are dropped silently",
        |draft, _, _| {
            draft.route.kind = RouteKind::Blackhole;
        },
    ),
    kind(
        "unreachable",
        "Packets are answered with \"unreachable\"",
        |draft, _, _| {
            draft.route.kind = RouteKind::Unreachable;
        },
    ),
    kind(
        "prohibit",
        "Packets are answered with \"prohibited\"",
        |draft, _, _| {
            draft.route.kind = RouteKind::Prohibit;
        },
    ),
    kind(
        "throw",
        "The lookup ends without a route in this table",
        |draft, _, _| {
            draft.route.kind = RouteKind::Throw;
        },
    ),
    refused(
        "nat",
        "Addresses are translated",
        "the kernel has had no such routes since 2.6",
    ),
    refused(
        "xresolve",
        "An outside resolver is asked",
        "no kernel has such routes",
    ),
];

const fn kind(name: &'static str, doc: &'static str, act: super::Act<RouteDraft>) -> Row {
    Row::new(name, Grammar::Flag, doc, act).not_run(WITHOUT)
}

const fn refused(name: &'static str, doc: &'static str, reason: &'static str) -> Row {
    let keyword = Keyword {
        status: Status::Refused { reason },
        ..Keyword::new(name, Grammar::Flag, doc)
    };
    let act: super::Act<RouteDraft> = |_, _, _| {};
    Row { keyword, act }
}

const LATER: &[Row] = &[
    Row::new(
        "pref",
        Grammar::Choice(&["low", "medium", "high"]),
        "The router preference of RFC 4191; IPv6 only",
        |draft, cx, statement| {
            draft.only_ipv6 = Some(("pref", statement.head.span));
            draft.route.pref = statement.choice(cx).map(|choice| match choice.value {
                "low" => RouterPreference::Low,
                "high" => RouterPreference::High,
                _ => RouterPreference::Medium,
            });
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "expires",
        Grammar::Integer {
            min: 0,
            max: 0xffff_ffff,
            unit: "s",
        },
        "When it goes by itself; IPv6 only",
        |draft, cx, statement| {
            draft.only_ipv6 = Some(("expires", statement.head.span));
            let seconds = statement.integer::<u32>(cx);
            draft.route.expires = seconds.map(|s| Duration::from_secs(s.value.into()));
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "ttl-propagate",
        Grammar::Choice(&["enabled", "disabled"]),
        "Whether MPLS takes over the time to live",
        |draft, cx, statement| {
            let choice = statement.choice(cx);
            draft.route.ttl_propagate = choice.map(|choice| choice.value == "enabled");
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "add",
        Grammar::Flag,
        "It is the only one of its key",
        |draft, _, _| {
            draft.route.insertion = Insertion::Add;
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "append",
        Grammar::Flag,
        "It comes behind those that are there",
        |draft, _, _| {
            draft.route.insertion = Insertion::Append;
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "prepend",
        Grammar::Flag,
        "It comes before those that are there",
        |draft, _, _| {
            draft.route.insertion = Insertion::Prepend;
        },
    )
    .default("on")
    .not_run(WITHOUT),
    Row::new(
        "inet6",
        Grammar::Flag,
        "It is IPv6, if no address tells",
        |draft, _, statement| {
            draft.inet6 = Some(statement.head.span);
        },
    )
    .not_run(WITHOUT),
    Row::new(
        "no_track",
        Grammar::Flag,
        "It is not put back when it goes, and that is no FAULT",
        |draft, _, _| draft.route.tracked = false,
    )
    .default("off")
    .not_run(WITHOUT),
    Row::new(
        "track_group",
        Grammar::Name,
        "Of a static route: the group whose instances are in FAULT without it",
        |draft, cx, statement| {
            draft.route.track_group = statement.value().name(cx).map(|name| name.value);
        },
    )
    .not_run(WITHOUT),
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
            only_ipv6: None,
        };
        options.line(cx, node, &mut draft);
        let route = draft.finish(cx, span);
        routes.extend(route.map(|value| Spanned { value, span }));
    }
}

impl RouteDraft {
    /// Checks what holds between options, and reports it.
    fn finish(mut self, cx: &mut Context<'_>, span: Span) -> Option<Route> {
        if self.destination.is_none() {
            let message = "this route has no destination";
            let error = Diagnostic::error(code::BAD_ROUTE, span, message);
            cx.push(error.hint("write a network or `default` first"));
            return None;
        }
        self.route.family = family(cx, &self.told, self.inet6, "route", code::BAD_ROUTE)?;
        if let (Some((name, at)), IpFamily::V4) = (self.only_ipv6, self.route.family) {
            let message = format!("`{name}` is for IPv6, and this route is IPv4");
            cx.error(code::BAD_ROUTE, at, message);
            return None;
        }
        let route = &mut self.route;
        // keepalived: `via A or B` are two ways.
        if !route.nexthops.is_empty()
            && let Some(via) = route.via.take()
        {
            let first = bellwether_core::model::Nexthop {
                via: Some(via),
                ..Default::default()
            };
            route.nexthops.insert(0, first);
        }
        if let Some(at) = self.protocol.filter(|_| route.tracked)
            && route.protocol != Some(KEEPALIVED)
        {
            reset(cx, at, "route");
            route.protocol = None;
        }
        // keepalived: what has no interface can't be followed.
        if route.tracked && route.dev.is_none() {
            if route.kind == RouteKind::Unicast {
                let message = "this route has no interface, so its loss is not noticed";
                let note = Diagnostic::new(Severity::Note, code::UNTRACKED, span, message);
                cx.push(note.hint("add `dev INTERFACE`, or `no_track` if that is meant"));
            }
            route.tracked = false;
        }
        Some(self.route)
    }
}

/// The family of all addresses of a line; none if they differ, which is reported.
pub(super) fn family(
    cx: &mut Context<'_>,
    told: &[Spanned<IpAddr>],
    inet6: Option<Span>,
    what: &str,
    code: &'static str,
) -> Option<IpFamily> {
    let Some(first) = told.first() else {
        let family = inet6.map_or(IpFamily::V4, |_| IpFamily::V6);
        return Some(family);
    };
    let ipv4 = first.value.is_ipv4();
    if let Some(other) = told.iter().find(|other| other.value.is_ipv4() != ipv4) {
        let message = format!("this {what} mixes IPv4 and IPv6");
        let error = Diagnostic::error(code, other.span, message);
        cx.push(error.related(first.span, "the first address"));
        return None;
    }
    if let Some(at) = inet6.filter(|_| ipv4) {
        let message = format!("`inet6` can't be: this {what} has an IPv4 address");
        cx.push(Diagnostic::error(code, at, message).related(first.span, "the address"));
        return None;
    }
    Some(if ipv4 { IpFamily::V4 } else { IpFamily::V6 })
}

/// Says that the protocol of something that is tracked is taken as keepalived's.
pub(super) fn reset(cx: &mut Context<'_>, at: Span, what: &str) {
    let message = format!("a {what} that is tracked has the protocol keepalived, which is taken");
    let warning = Diagnostic::warning(code::PROTOCOL_RESET, at, message);
    cx.push(warning.hint("add `no_track` to keep this protocol"));
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
pub(super) fn realms(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u32> {
    let word = statement.word(cx)?;
    let one = |text: &str| grammar::radix(text).and_then(|n| u16::try_from(n).ok());
    let realms = match word.text.split_once('/') {
        Some((from, to)) => one(from).zip(one(to)),
        None => one(&word.text).map(|to| (0, to)),
    };
    let Some((from, to)) = realms else {
        let message = format!("`{}` is not realms", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint("write `TO` or `FROM/TO`, each a number to 65535"));
        return None;
    };
    Some(u32::from(from) << 16 | u32::from(to))
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
