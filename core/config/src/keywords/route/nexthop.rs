//! `nexthop`: one way of several.

use std::sync::LazyLock;

use bellwether_core::model::Nexthop;
use std::net::IpAddr;

use super::encap;
use super::line::Options;
use super::takes::{REALMS, VIA};
use super::{Via, realms, via};
use crate::build::statement::Statement;
use crate::build::{Context, Spanned};
use crate::keywords::{Row as AnyRow, Table};
use crate::registry::{Grammar, Place};

type Row = AnyRow<NexthopDraft>;

pub(in crate::keywords) static TABLE: LazyLock<Table<NexthopDraft>> =
    LazyLock::new(|| Table::new(&[Place::NextHopOption], &[ROWS]));

/// A way so far.
#[derive(Debug, Default)]
pub(in crate::keywords) struct NexthopDraft {
    pub(super) nexthop: Nexthop,
    /// The gateway, if its family is not given with it.
    pub(super) told: Option<Spanned<IpAddr>>,
    /// Whether the route is left out, which is reported.
    pub(super) dropped: bool,
}

const ROWS: &[Row] = &[
    Row::new("via", VIA, "The gateway", |draft, cx, statement| {
        if let Some(Via { address, family }) = via(cx, statement) {
            draft.nexthop.via = Some(address.value);
            draft.told = (!family).then_some(address);
        }
    }),
    Row::new(
        "dev",
        Grammar::Interface,
        "The outgoing interface",
        |draft, cx, statement| {
            let dev = statement.interface(cx);
            cx.interfaces.extend(dev.map(|dev| (dev.value, dev.span)));
            draft.nexthop.dev = dev.map(|dev| dev.value);
        },
    ),
    Row::new(
        "weight",
        Grammar::number(1, 256),
        "Its share of the packets",
        |draft, cx, statement| {
            let weight = statement.integer(cx);
            draft.nexthop.weight = weight.map_or(0, |weight| weight.value);
        },
    )
    .default("1"),
    Row::new(
        "onlink",
        Grammar::Flag,
        "The gateway is taken to be on the link",
        |draft, _, _| draft.nexthop.onlink = true,
    ),
    Row::new(
        "realms",
        REALMS,
        "Realms: from and to, or to",
        |draft, cx, statement| {
            draft.nexthop.realms = realms(cx, statement, &mut draft.dropped);
        },
    ),
    Row::new(
        "encap",
        Grammar::Options(Place::EncapOption),
        "What packets are wrapped in",
        |draft, cx, statement| draft.nexthop.encap = encap::read(cx, statement),
    ),
];

/// Reads what follows `nexthop`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> NexthopDraft {
    let options = Options {
        what: "a next hop",
        table: &TABLE,
        bare: |_, _, _| false,
    };
    let mut draft = NexthopDraft::default();
    options.words(cx, statement.args, &mut draft);
    draft
}
