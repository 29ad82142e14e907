//! How the adverts of an instance travel.

use std::net::IpAddr;

use bellwether_core::model::{Peer, Transport};
use bellwether_core::unit::Family;

use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{GlobalDraft, InstanceDraft};
use crate::places::{Item, index};

/// The transport: unicast where there are peers, or none on purpose.
///
/// keepalived: other words about unicast, without a peer, leave an instance in multicast.
pub(super) fn make(
    cx: &mut Context<'_>,
    globals: &GlobalDraft,
    draft: &InstanceDraft,
    family: Family,
    strict: bool,
    at: u32,
) -> Transport {
    let peers = peers(cx, draft, family, at);
    let source = |cx: &mut Context<'_>, given: Option<Spanned<IpAddr>>| {
        let fitting = given.filter(|source| fits(cx, *source, family));
        fitting.map(|source| source.value)
    };
    if let (true, Some(first)) = (strict, draft.peers.first()) {
        let message = "in strict mode there is no unicast: these peers are left out";
        cx.warning(code::STRICT, first.span, message);
    }
    if !strict && !peers.is_empty() || draft.fault_without_peer.is_some() {
        let limits = |peer: &Peer| peer.min_ttl.is_some() || peer.max_ttl.is_some();
        return Transport::Unicast {
            source: source(cx, draft.unicast_source.or(draft.mcast_source)),
            // keepalived: a limit to the time to live checks the source too.
            check_source: globals.check_unicast_source
                || draft.check_unicast_source.is_some()
                || peers.iter().any(limits),
            peers,
            ttl: draft.unicast_ttl.map_or(255, |ttl| ttl.value),
            fault_without_peer: draft.fault_without_peer.is_some(),
        };
    }
    let lone = draft.unicast_source.map(|source| source.span);
    let lone = lone.or(draft.unicast_ttl.map(|ttl| ttl.span));
    if let (true, Some(span)) = (draft.peers.is_empty(), lone.or(draft.check_unicast_source)) {
        let message = "there is no `unicast_peer`: this instance advertises by multicast";
        let warning = Diagnostic::warning(code::NO_PEER, span, message);
        cx.push(warning.hint("add `unicast_peer { ADDRESS }`, or remove the words about unicast"));
    }
    Transport::Multicast {
        group: source(cx, draft.group).or(match family {
            Family::V4 => globals.group4,
            Family::V6 => globals.group6,
        }),
        source: source(cx, draft.mcast_source.or(draft.unicast_source)),
    }
}

fn peers(cx: &mut Context<'_>, draft: &InstanceDraft, family: Family, at: u32) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    for Spanned { value, span } in &draft.peers {
        let address = Spanned {
            value: value.address,
            span: *span,
        };
        if !fits(cx, address, family) {
            continue;
        }
        if peers.iter().any(|before| before.address == value.address) {
            let message = format!("{} is given twice; this one is dropped", value.address);
            cx.warning(code::DUPLICATE_ADDRESS, *span, message);
            continue;
        }
        let line = Item::InstanceLine(at, index(peers.len()));
        cx.places.record(line, "unicast_peer", *span);
        peers.push(*value);
    }
    peers
}

fn fits(cx: &mut Context<'_>, address: Spanned<IpAddr>, family: Family) -> bool {
    let fits = address.value.is_ipv4() == (family == Family::V4);
    if !fits {
        let own = match family {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        };
        let given = address.value;
        let message = format!("{given} is of another family: the instance speaks {own}");
        let error = Diagnostic::error(code::BAD_ADDRESS, address.span, message);
        cx.push(error.hint("the family of an instance is that of its first virtual address"));
    }
    fits
}
