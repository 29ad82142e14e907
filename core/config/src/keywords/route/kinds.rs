//! What a route does, how it is inserted, and who follows it.

use std::time::Duration;

use bellwether_core::model::{Insertion, RouteKind, RouterPreference};

use super::{RouteDraft, Row};
use crate::registry::{Grammar, Keyword, Status};

/// What happens to packets.
pub(super) const KINDS: &[Row] = &[
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

const fn kind(name: &'static str, doc: &'static str, act: crate::keywords::Act<RouteDraft>) -> Row {
    Row::new(name, Grammar::Flag, doc, act)
}

const fn refused(name: &'static str, doc: &'static str, reason: &'static str) -> Row {
    let keyword = Keyword {
        status: Status::Refused { reason },
        ..Keyword::new(name, Grammar::Flag, doc)
    };
    let act: crate::keywords::Act<RouteDraft> = |_, _, _| {};
    Row { keyword, act }
}

pub(super) const LATER: &[Row] = &[
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
    ),
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
    ),
    Row::new(
        "ttl-propagate",
        Grammar::Choice(&["enabled", "disabled"]),
        "Whether MPLS takes over the time to live",
        |draft, cx, statement| {
            let choice = statement.choice(cx);
            draft.route.ttl_propagate = choice.map(|choice| choice.value == "enabled");
        },
    ),
    Row::new(
        "add",
        Grammar::Flag,
        "It is the only one of its key",
        |draft, _, _| {
            draft.route.insertion = Insertion::Add;
        },
    ),
    Row::new(
        "append",
        Grammar::Flag,
        "It comes behind those that are there",
        |draft, _, _| {
            draft.route.insertion = Insertion::Append;
        },
    ),
    Row::new(
        "prepend",
        Grammar::Flag,
        "It comes before those that are there",
        |draft, _, _| {
            draft.route.insertion = Insertion::Prepend;
        },
    )
    .default("on"),
    Row::new(
        "inet6",
        Grammar::Flag,
        "It is IPv6, if no address tells",
        |draft, _, statement| {
            draft.inet6 = Some(statement.head.span);
        },
    ),
    Row::new(
        "no_track",
        Grammar::Flag,
        "It is not put back when it goes, and that is no FAULT",
        |draft, _, _| draft.route.tracked = false,
    )
    .default("off"),
    Row::new(
        "track_group",
        Grammar::Name,
        "Of a static route: the group whose instances are in FAULT without it",
        |draft, cx, statement| {
            draft.route.track_group = statement.value().name(cx).map(|name| name.value);
        },
    ),
];
