//! `vrrp_instance`: how its adverts travel.

use std::sync::LazyLock;

use bellwether_core::model::Peer;

use super::InstanceDraft;
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::build::value::{Value, spanned};
use crate::build::{Context, Spanned};
use crate::grammar;
use crate::keywords::{Row, Table};
use crate::registry::{Family, Grammar, Line, Place};

const ADDRESS: Grammar = Grammar::Address(Family::Any);
const TTL: Grammar = Grammar::number(0, 255);

/// A line of `unicast_peer`.
const PEER: Line = Line {
    what: "a peer",
    head: ADDRESS,
    options: Some(Place::PeerOption),
};

/// The rows.
pub(super) const ROWS: &[Row<InstanceDraft>] = &[
    Row::<InstanceDraft>::new(
        "mcast_src_ip",
        ADDRESS,
        "The source address of multicast adverts",
        |draft, cx, statement| draft.mcast_source = statement.address(cx),
    )
    .default("the first address of the interface"),
    Row::<InstanceDraft>::new(
        "mcast_dst_ip",
        ADDRESS,
        "The multicast group of its adverts",
        |draft, cx, statement| draft.group = statement.address(cx),
    )
    .default("`vrrp_mcast_group4` or `vrrp_mcast_group6`"),
    Row::<InstanceDraft>::new(
        "unicast_src_ip",
        ADDRESS,
        "The source address of unicast adverts",
        |draft, cx, statement| draft.unicast_source = statement.address(cx),
    )
    .default("the first address of the interface"),
    Row::<InstanceDraft>::new(
        "unicast_peer",
        Grammar::lines(&PEER),
        "The nodes to advertise to, instead of a multicast group",
        |draft, cx, statement| peers(cx, statement, &mut draft.peers),
    ),
    Row::<InstanceDraft>::new(
        "unicast_ttl",
        TTL,
        "Time to live of unicast adverts",
        |draft, cx, statement| draft.unicast_ttl = statement.integer(cx),
    )
    .default("255"),
    Row::<InstanceDraft>::new(
        "check_unicast_src",
        Grammar::Flag,
        "Drop unicast adverts from others than the peers",
        |draft, _, statement| draft.check_unicast_source = Some(statement.head.span),
    )
    .default("off"),
    Row::<InstanceDraft>::new(
        "unicast_fault_no_peer",
        Grammar::Flag,
        "Without a peer it is in FAULT",
        |draft, _, statement| draft.fault_without_peer = Some(statement.head.span),
    )
    .default("off: without a peer it is multicast"),
    Row::<InstanceDraft>::ignored(
        "old_unicast_checksum",
        Grammar::Optional(&Grammar::Literal("never")),
        "The checksum of keepalived before 1.3.7 in unicast adverts of version 3",
        "that version is long gone",
    ),
];

pub(in crate::keywords) static PEER_OPTIONS: LazyLock<Table<PeerDraft>> =
    LazyLock::new(|| Table::new(&[Place::PeerOption], &[OPTIONS]));

const OPTIONS: &[Row<PeerDraft>] = &[
    Row::<PeerDraft>::new(
        "min_ttl",
        TTL,
        "The smallest time to live of its adverts that is believed",
        |draft, cx, statement| draft.min_ttl = statement.integer(cx).map(|n| n.value),
    )
    .default("any"),
    Row::<PeerDraft>::new(
        "max_ttl",
        TTL,
        "The largest time to live of its adverts that is believed",
        |draft, cx, statement| draft.max_ttl = statement.integer(cx).map(|n| n.value),
    )
    .default("any"),
];

/// A peer as a line says.
pub(in crate::keywords) struct PeerDraft {
    address: Option<std::net::IpAddr>,
    min_ttl: Option<u8>,
    max_ttl: Option<u8>,
}

fn peers(cx: &mut Context<'_>, statement: &Statement<'_, '_>, peers: &mut Vec<Spanned<Peer>>) {
    let lines = Lines {
        what: PEER.what,
        options: &PEER_OPTIONS,
        head: |cx, word| PeerDraft {
            address: Value::of("unicast_peer", ADDRESS, word)
                .address(cx)
                .map(|address| address.value),
            min_ttl: None,
            max_ttl: None,
        },
        starts: |word| grammar::address(&word.text).is_ok(),
    };
    lines.read(cx, statement.nodes(), &mut |_, draft, head| {
        let PeerDraft {
            address,
            min_ttl,
            max_ttl,
        } = draft;
        let peer = address.map(|address| Peer {
            address,
            min_ttl,
            max_ttl,
        });
        peers.extend(peer.map(|peer| spanned(head, peer)));
    });
}
