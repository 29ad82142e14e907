//! The lines of `virtual_ipaddress`.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use bellwether_core::model::{AddressFlags, VirtualAddress};

use super::Table;
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::build::value::{prefix, spanned};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::registry::{Family, Grammar, Line, Place};

/// A line of a list of addresses.
pub(super) const LINE: Line = Line {
    what: "an address",
    head: Grammar::Prefix(Family::Any),
    options: Some(Place::AddressOption),
};

type Row = super::Row<AddressDraft>;

pub(super) static OPTIONS: LazyLock<Table<AddressDraft>> =
    LazyLock::new(|| Table::new(&[Place::AddressOption], &[ROWS]));

const ROWS: &[Row] = &[
    Row::new(
        "dev",
        Grammar::Interface,
        "The interface that carries the address",
        |draft, cx, statement| {
            let dev = statement.interface(cx);
            cx.interfaces
                .extend(dev.iter().map(|dev| (dev.value, dev.span)));
            if let (Some(address), Some(dev)) = (&mut draft.address, dev) {
                address.dev = Some(dev.value);
            }
        },
    )
    .default("the instance's"),
    Row::new(
        "label",
        Grammar::Word,
        "What `ip address` shows beside it; at most 15 bytes",
        |draft, cx, statement| {
            let label = label(cx, statement);
            if let (Some(address), Some(label)) = (&mut draft.address, label) {
                address.label = Some(label);
            }
        },
    ),
    Row::new(
        "brd",
        Grammar::Broadcast,
        "Its broadcast address; `+` and `-` compute it",
        |draft, cx, statement| draft.broadcast = broadcast(cx, statement),
    )
    .aliases(&["broadcast"]),
    Row::new(
        "scope",
        Grammar::Scope,
        "How far it is valid",
        |draft, cx, statement| {
            let Some(word) = statement.word(cx) else {
                return;
            };
            let scope = grammar::scope(&word.text);
            if scope.is_none() {
                let takes = ["global", "site", "link", "host", "nowhere"];
                statement.value().bad_word(cx, word, &takes);
            }
            if let (Some(address), Some(scope)) = (&mut draft.address, scope) {
                address.scope = scope;
            }
        },
    )
    .default("global"),
    Row::new(
        "peer",
        Grammar::Prefix(Family::Any),
        "The address at the other end of a point-to-point link, whose prefix is that of both",
        |draft, cx, statement| {
            let peer = statement.value().prefix(cx);
            if let (Some(address), Some(peer)) = (&mut draft.address, peer) {
                let (far, prefix_len) = peer.value;
                (address.peer, address.prefix_len) = (Some(far), prefix_len);
            }
        },
    ),
    Row::new(
        "use_vmac",
        Grammar::Flag,
        "Put it on an interface with the virtual router's MAC, also where `dev` is another one",
        |draft, _, _| {
            if let Some(address) = &mut draft.address {
                address.on_vmac = true;
            }
        },
    ),
    Row::new(
        "no_track",
        Grammar::Flag,
        "Its interface's state does not matter",
        |draft, _, _| {
            if let Some(address) = &mut draft.address {
                address.tracked = false;
            }
        },
    ),
    Row::new(
        "track_group",
        Grammar::Name,
        "Of a static address: the group whose instances are in FAULT without it",
        |draft, cx, statement| {
            let name = statement.value().name(cx);
            if let Some(address) = &mut draft.address {
                address.track_group = name.map(|name| name.value);
            }
        },
    ),
    Row::new(
        "home",
        Grammar::Flag,
        "It is a home address; IPv6 only",
        |draft, _, _| draft.flags.home = true,
    )
    .default("off"),
    Row::new(
        "-nodad",
        Grammar::Flag,
        "No duplicate address detection, which there is not anyway; IPv6 only",
        |draft, _, _| draft.flags.nodad = true,
    )
    .default("off"),
    Row::new(
        "mngtmpaddr",
        Grammar::Flag,
        "It manages temporary addresses; IPv6 only",
        |draft, _, _| draft.flags.mngtmpaddr = true,
    )
    .default("off"),
    Row::new(
        "noprefixroute",
        Grammar::Flag,
        "No route for its prefix",
        |draft, _, _| draft.flags.noprefixroute = true,
    )
    .default("off"),
    Row::new(
        "autojoin",
        Grammar::Flag,
        "Join its multicast group",
        |draft, _, _| draft.flags.autojoin = true,
    )
    .default("off"),
    Row::new(
        "preferred_lft",
        Grammar::Word,
        "For how many seconds an IPv6 address is preferred, or `forever`; 0: for outgoing use it is not",
        |draft, cx, statement| draft.preferred = preferred(cx, statement),
    )
    .default("`forever`, or 0 for an IPv6 address of /128"),
];

/// Reads all lines of a block, and adds the good ones to `addresses`.
pub(super) fn read(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    addresses: &mut Vec<Spanned<VirtualAddress>>,
) {
    let lines = Lines {
        what: LINE.what,
        options: &OPTIONS,
        head: |cx, word| AddressDraft {
            address: prefix(cx, word).map(|prefix| {
                let (address, prefix_len) = prefix.value;
                let mut virtual_address = VirtualAddress::host(address);
                virtual_address.prefix_len = prefix_len;
                virtual_address
            }),
            broadcast: None,
            flags: AddressFlags::default(),
            preferred: Preferred::Unsaid,
        },
        starts: |word| grammar::address(&word.text).is_ok(),
    };
    lines.read(cx, statement.nodes(), &mut |cx, draft, head| {
        let address = draft.finish(cx);
        addresses.extend(address.map(|address| spanned(head, address)));
    });
}

/// An address whose options are still being read.
pub(super) struct AddressDraft {
    /// None if it does not parse; its options are read all the same.
    address: Option<VirtualAddress>,
    broadcast: Option<Spanned<Broadcast>>,
    flags: AddressFlags,
    preferred: Preferred,
}

/// What `preferred_lft` says.
#[derive(Clone, Copy)]
enum Preferred {
    Unsaid,
    Forever,
    For(Duration),
}

/// What `brd` says.
#[derive(Clone, Copy)]
enum Broadcast {
    /// All host bits set.
    Highest,
    /// All host bits clear.
    Lowest,
    Address(Ipv4Addr),
}

impl AddressDraft {
    /// Computes the broadcast address, for which the prefix must be known.
    fn finish(self, cx: &mut Context<'_>) -> Option<VirtualAddress> {
        let mut address = self.address?;
        let ipv6 = address.address.is_ipv6();
        address.flags = AddressFlags {
            home: self.flags.home && ipv6,
            nodad: self.flags.nodad && ipv6,
            mngtmpaddr: self.flags.mngtmpaddr && ipv6,
            ..self.flags
        };
        // keepalived: it is for IPv6, and an address of /128 is none that connections go out from.
        address.preferred = match self.preferred {
            Preferred::Unsaid if address.prefix_len == 128 => Some(Duration::ZERO),
            Preferred::Unsaid | Preferred::Forever => None,
            Preferred::For(span) => Some(span),
        };
        address.preferred = address.preferred.filter(|_| ipv6);
        let (Some(broadcast), IpAddr::V4(v4)) = (self.broadcast, address.address) else {
            return Some(address);
        };
        let host_bits = u32::MAX
            .checked_shr(u32::from(address.prefix_len))
            .unwrap_or(0);
        let network = v4.to_bits() & !host_bits;
        address.broadcast = match broadcast.value {
            Broadcast::Address(given) => Some(given),
            Broadcast::Highest | Broadcast::Lowest if address.prefix_len > 30 => {
                let length = address.prefix_len;
                let message = format!("a /{length} has no broadcast address; `brd` is ignored");
                cx.warning(code::BAD_ADDRESS, broadcast.span, message);
                None
            }
            Broadcast::Highest => Some(Ipv4Addr::from_bits(network | host_bits)),
            Broadcast::Lowest => Some(Ipv4Addr::from_bits(network)),
        };
        Some(address)
    }
}

fn label(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<String> {
    let label = statement.text(cx)?;
    if label.value.len() > 15 {
        let length = label.value.len();
        let message = format!("this label has {length} bytes; the kernel takes at most 15");
        cx.error(code::LONG_LABEL, label.span, message);
        return None;
    }
    Some(label.value)
}

fn preferred(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Preferred {
    let Some(word) = statement.word(cx) else {
        return Preferred::Unsaid;
    };
    if word.text == "forever" {
        return Preferred::Forever;
    }
    let Ok(seconds) = word.text.parse::<u32>() else {
        statement
            .value()
            .bad_word(cx, word, &["forever", "SECONDS"]);
        return Preferred::Unsaid;
    };
    Preferred::For(Duration::from_secs(seconds.into()))
}

fn broadcast(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<Broadcast>> {
    let word = statement.word(cx)?;
    let value = match &*word.text {
        "+" => Broadcast::Highest,
        "-" => Broadcast::Lowest,
        text => match text.parse() {
            Ok(address) => Broadcast::Address(address),
            Err(_) => {
                let message = format!("`{text}` is not a broadcast address");
                let error = Diagnostic::error(code::BAD_ADDRESS, word.span, message);
                cx.push(error.hint("write `+`, `-` or an IPv4 address"));
                return None;
            }
        },
    };
    Some(spanned(word, value))
}
