//! The addresses of an instance, and its family.

use std::collections::BTreeMap;

use bellwether_core::model::VirtualAddress;
use bellwether_core::unit::Family;

use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::InstanceDraft;
use crate::places::{Item, index};

/// The family of an instance: that of its first address.
pub(super) fn family(draft: &InstanceDraft) -> Family {
    let first = draft.addresses.first().map(|first| first.value.address);
    let peer = draft.peers.first().map(|peer| peer.value.address);
    let source = draft.mcast_source.or(draft.unicast_source);
    let told = first.or(peer).or(source.map(|source| source.value));
    match told {
        Some(address) if address.is_ipv6() => Family::V6,
        Some(_) => Family::V4,
        None if draft.native_ipv6 => Family::V6,
        None => Family::V4,
    }
}

/// The addresses that adverts list: those of the family; keepalived drops the others.
pub(super) fn listed(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    family: Family,
    at: u32,
) -> Vec<VirtualAddress> {
    let Some(first) = draft.addresses.first() else {
        if !draft.has_addresses {
            let message = "this instance has no virtual address: it is elected and moves nothing";
            let warning = Diagnostic::warning(code::NO_ADDRESS, draft.span, message);
            cx.push(warning.hint("add `virtual_ipaddress { ... }`"));
        }
        return Vec::new();
    };
    // RFC 9568 5.2.4; of IPv6, what fits in 1500 bytes.
    let (own, other, most) = match family {
        Family::V4 => ("IPv4", "an IPv4 address", 255),
        Family::V6 => ("IPv6", "an IPv6 address", 89),
    };
    let mut of_family = Vec::new();
    for address in &draft.addresses {
        if address.value.address.is_ipv4() == (family == Family::V4) {
            of_family.push(address);
            continue;
        }
        let dropped = address.value.address;
        let message = format!("{dropped} is dropped: the instance speaks {own}");
        let warning = Diagnostic::warning(code::MIXED_FAMILIES, address.span, message);
        let because = format!("because its first address is {other}");
        cx.push(
            warning
                .related(first.span, because)
                .hint("keepalived drops it too: an instance has one family"),
        );
    }
    let kept = distinct(cx, of_family.into_iter(), at, "virtual_ipaddress");
    if let Some(extra) = kept.get(most) {
        let nth = most.saturating_add(1);
        let message = format!("an advert lists at most {most} addresses; this is the {nth}th");
        let error = Diagnostic::error(code::TOO_MANY_ADDRESSES, extra.span, message);
        cx.push(error.hint("share them out to several instances"));
    }
    values(kept)
}

/// The addresses that adverts do not list, of either family.
pub(super) fn excluded(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    at: u32,
) -> Vec<VirtualAddress> {
    let kept = distinct(cx, draft.excluded.iter(), at, "virtual_ipaddress_excluded");
    values(kept)
}

/// Without their places. What is collected from a vector keeps its room, which a thousand instances
/// would keep for as long as the daemon runs.
fn values(kept: Vec<Spanned<VirtualAddress>>) -> Vec<VirtualAddress> {
    let mut values: Vec<_> = kept.into_iter().map(|address| address.value).collect();
    values.shrink_to_fit();
    values
}

fn distinct<'d>(
    cx: &mut Context<'_>,
    addresses: impl Iterator<Item = &'d Spanned<VirtualAddress>>,
    at: u32,
    keyword: &'static str,
) -> Vec<Spanned<VirtualAddress>> {
    let mut seen = BTreeMap::new();
    let mut kept: Vec<Spanned<VirtualAddress>> = Vec::new();
    for Spanned { value, span } in addresses {
        let key = (value.address, value.prefix_len, value.dev);
        if let Some(before) = seen.get(&key) {
            let message = format!("{} is given twice; this one is dropped", value.address);
            let warning = Diagnostic::warning(code::DUPLICATE_ADDRESS, *span, message);
            cx.push(warning.related(*before, "the first"));
            continue;
        }
        seen.insert(key, *span);
        let line = Item::InstanceLine(at, index(kept.len()));
        cx.places.record(line, keyword, *span);
        kept.push(Spanned {
            value: value.clone(),
            span: *span,
        });
    }
    kept
}
