//! `bfd_instance`.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::Bfd;
use bellwether_core::unit::{Name, Weight};

use super::Table;
use crate::build::statement::{Statement, block};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::{Family, Grammar, Place};
use crate::source::Span;

type Row = super::Row<BfdDraft>;

pub(super) static TABLE: LazyLock<Table<BfdDraft>> =
    LazyLock::new(|| Table::new(&[Place::Bfd], &[ROWS]));

const ADDRESS: Grammar = Grammar::Address(Family::Any);
/// What a packet can say in whole milliseconds: microseconds in 32 bits (RFC 5880 4.1).
const LONGEST: u64 = 4_294_967_000;
const INTERVAL: Grammar = Grammar::Millis {
    min: 1_000,
    max: LONGEST,
};
const IDLE: Grammar = Grammar::Millis {
    min: 1_000_000,
    max: LONGEST,
};
/// keepalived: the longest `idle_tx` that it thinks sensible.
const SENSIBLE: Duration = Duration::from_secs(10);

fn interval(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Duration> {
    statement
        .micros(cx)
        .map(|micros| Duration::from_micros(micros.value))
}

const ROWS: &[Row] = &[
    Row::new(
        "neighbor_ip",
        ADDRESS,
        "The other end; mandatory",
        |draft, cx, statement| {
            draft.written = true;
            draft.neighbor = statement.address(cx);
        },
    )
    .aliases(&["neighbour_ip"]),
    Row::new(
        "source_ip",
        ADDRESS,
        "The own address",
        |draft, cx, statement| draft.source = statement.address(cx),
    )
    .default("as the route says"),
    Row::new(
        "min_rx",
        INTERVAL,
        "The least time between received packets",
        |draft, cx, statement| draft.min_rx = interval(cx, statement),
    )
    .default("10"),
    Row::new(
        "min_tx",
        INTERVAL,
        "The least time between sent packets",
        |draft, cx, statement| draft.min_tx = interval(cx, statement),
    )
    .default("10"),
    Row::new(
        "idle_tx",
        IDLE,
        "The least time between packets while the session is down",
        |draft, cx, statement| {
            draft.idle_tx = interval(cx, statement);
            if draft.idle_tx.is_some_and(|idle| idle > SENSIBLE) {
                let message = "a session that is down speaks so seldom that it comes up late";
                let warning = Diagnostic::warning(code::OUT_OF_RANGE, statement.span(), message);
                cx.push(
                    warning.hint("10000, 10 seconds, is the most that keepalived calls sensible"),
                );
            }
        },
    )
    .default("1000"),
    Row::new(
        "multiplier",
        Grammar::BYTE,
        "How many packets may be missed",
        |draft, cx, statement| draft.multiplier = statement.integer(cx).map(|n| n.value),
    )
    .default("5"),
    Row::new(
        "passive",
        Grammar::Flag,
        "It waits for the other end to speak first",
        |draft, _, _| draft.passive = true,
    )
    .default("off"),
    Row::new(
        "ttl",
        Grammar::BYTE,
        "Time to live, or hop limit, of its packets",
        |draft, cx, statement| draft.ttl = statement.integer(cx).map(|n| n.value),
    )
    .aliases(&["hoplimit"])
    .default("255; packets of IPv6 are taken from 64 on"),
    Row::new(
        "max_hops",
        Grammar::number(-1, 255),
        "How much less than `ttl` received packets may have; -1 or 255: anything",
        |draft, cx, statement| {
            let hops = statement.integer::<i16>(cx).map(|n| n.value);
            draft.max_hops = hops.map(|hops| u8::try_from(hops).unwrap_or(u8::MAX));
        },
    )
    .default("0: single hop"),
    Row::new(
        "multihop",
        Grammar::Flag,
        "It uses the port of multihop sessions, 4784",
        |draft, _, _| draft.multihop = true,
    )
    .default("off")
    .since("after 2.2.7"),
    Row::new(
        "weight",
        Grammar::Weight,
        "What it does to priorities; 0: when it is down, it is a FAULT",
        |draft, cx, statement| draft.weight = statement.weight(cx).unwrap_or_default(),
    )
    .default("0"),
    Row::new(
        "vrrp",
        Grammar::Flag,
        "Instances may follow it; checkers may not, unless `checker` says so",
        |draft, _, _| draft.vrrp = true,
    )
    .default("both"),
    Row::new(
        "checker",
        Grammar::Flag,
        "Checkers may follow it; instances may not, unless `vrrp` says so",
        |draft, _, _| draft.checker = true,
    )
    .default("both"),
];

/// A BFD session as its block says.
#[derive(Debug, Default)]
pub(crate) struct BfdDraft {
    pub(crate) name: Option<Spanned<Name>>,
    pub(crate) span: Span,
    neighbor: Option<Spanned<IpAddr>>,
    /// Whether there is a neighbour at all, good or bad.
    written: bool,
    source: Option<Spanned<IpAddr>>,
    min_rx: Option<Duration>,
    min_tx: Option<Duration>,
    idle_tx: Option<Duration>,
    multiplier: Option<u8>,
    passive: bool,
    ttl: Option<u8>,
    max_hops: Option<u8>,
    multihop: bool,
    pub(crate) weight: (Weight, bool),
    vrrp: bool,
    checker: bool,
}

/// Reads one `bfd_instance`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> BfdDraft {
    let mut draft = BfdDraft {
        name: statement.block_name(cx),
        span: statement.span(),
        ..BfdDraft::default()
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    if let Some(name) = &draft.name
        && name.value.as_str().len() > 31
    {
        let message = "the name of a BFD session has at most 31 bytes";
        cx.error(code::OUT_OF_RANGE, name.span, message);
    }
    if !draft.written {
        let message = "this BFD session has no neighbour";
        let error = Diagnostic::error(code::NO_COMMAND, draft.span, message);
        cx.push(error.hint("add `neighbor_ip ADDRESS`"));
    }
    if let (Some(neighbor), Some(source)) = (draft.neighbor, draft.source)
        && neighbor.value.is_ipv4() != source.value.is_ipv4()
    {
        let message = "the source is of another family than the neighbour; it is ignored";
        let warning = Diagnostic::warning(code::BAD_ADDRESS, source.span, message);
        cx.push(warning.related(neighbor.span, "the neighbour"));
        draft.source = None;
    }
    draft
}

impl BfdDraft {
    /// The session; none if its name or its neighbour is missing.
    pub(crate) fn session(&self) -> Option<Bfd> {
        let mut bfd = Bfd::new(self.name.as_ref()?.value.clone(), self.neighbor?.value);
        bfd.source = self.source.map(|source| source.value);
        bfd.min_rx = self.min_rx.unwrap_or(bfd.min_rx);
        bfd.min_tx = self.min_tx.unwrap_or(bfd.min_tx);
        bfd.idle_tx = self.idle_tx.unwrap_or(bfd.idle_tx);
        bfd.multiplier = self.multiplier.unwrap_or(bfd.multiplier);
        bfd.passive = self.passive;
        bfd.ttl = self.ttl;
        bfd.max_hops = self.max_hops.unwrap_or(bfd.max_hops);
        bfd.multihop = self.multihop;
        (bfd.weight, bfd.reverse) = self.weight;
        if self.vrrp || self.checker {
            bfd.for_vrrp = self.vrrp;
            bfd.for_checkers = self.checker;
        }
        Some(bfd)
    }
}
