//! `encap`: what packets of a route are wrapped in.

use std::net::IpAddr;
use std::sync::LazyLock;

use bellwether_core::model::Encap;
use bellwether_core::unit::Family as IpFamily;

use super::line::Options;
use crate::build::Context;
use crate::build::statement::Statement;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{Row, Table};
use crate::lexer::Word;
use crate::registry::{Family, Grammar, Place};

/// keepalived 2.2.7: the most labels.
const MOST_LABELS: usize = 2;
/// RFC 3032 2.1: a label has 20 bits.
const LARGEST_LABEL: u32 = 0xf_ffff;

type KindRow = Row<KindDraft>;
type TunnelRow = Row<TunnelDraft>;

pub(in crate::keywords) static KINDS: LazyLock<Table<KindDraft>> =
    LazyLock::new(|| Table::new(&[Place::EncapOption], &[KIND_ROWS]));
pub(in crate::keywords) static TUNNEL: LazyLock<Table<TunnelDraft>> =
    LazyLock::new(|| Table::new(&[Place::TunnelOption], &[TUNNEL_ROWS, V4_ROWS]));
pub(in crate::keywords) static TUNNEL6: LazyLock<Table<TunnelDraft>> =
    LazyLock::new(|| Table::new(&[Place::Tunnel6Option], &[TUNNEL_ROWS, V6_ROWS]));

/// What an `encap` says so far; one kind, if it is good.
#[derive(Debug, Default)]
pub(in crate::keywords) struct KindDraft {
    encap: Option<Encap>,
    /// Whether a kind is named at all.
    named: bool,
}

/// A tunnel so far.
#[derive(Debug, Default)]
pub(in crate::keywords) struct TunnelDraft {
    id: Option<u64>,
    destination: Option<IpAddr>,
    source: Option<IpAddr>,
    tos: Option<u8>,
    ttl: Option<u8>,
    flags: Option<u16>,
    wrong: bool,
}

const KIND_ROWS: &[KindRow] = &[
    KindRow::new(
        "mpls",
        Grammar::Word,
        "MPLS labels, from the outermost, with `/` between; at most 2",
        |draft, cx, statement| {
            draft.named = true;
            draft.encap = labels(cx, statement).map(Encap::Mpls);
        },
    ),
    KindRow::new(
        "ip",
        Grammar::Options(Place::TunnelOption),
        "An IPv4 tunnel",
        |draft, cx, statement| {
            draft.named = true;
            draft.encap = tunnel(cx, statement, IpFamily::V4, &TUNNEL);
        },
    ),
    KindRow::new(
        "ip6",
        Grammar::Options(Place::Tunnel6Option),
        "An IPv6 tunnel",
        |draft, cx, statement| {
            draft.named = true;
            draft.encap = tunnel(cx, statement, IpFamily::V6, &TUNNEL6);
        },
    ),
    KindRow::new(
        "ila",
        Grammar::Word,
        "The locator of identifier locator addressing: four groups of an IPv6 address",
        |draft, cx, statement| {
            draft.named = true;
            draft.encap = locator(cx, statement).map(Encap::Ila);
        },
    ),
];

const BYTE: Grammar = Grammar::number(0, 255);

const TUNNEL_ROWS: &[TunnelRow] = &[
    TunnelRow::new(
        "id",
        Grammar::Radix {
            min: 0,
            max: u64::MAX,
        },
        "The id of the tunnel",
        |draft, cx, statement| {
            let id = statement.value().radix(cx);
            draft.wrong |= id.is_none();
            draft.id = id.map(|id| id.value);
        },
    ),
    TunnelRow::new(
        "dst",
        Grammar::Address(Family::Any),
        "The far end",
        |draft, cx, statement| {
            let end = statement.address(cx);
            draft.wrong |= end.is_none();
            draft.destination = end.map(|end| end.value);
        },
    ),
    TunnelRow::new(
        "src",
        Grammar::Address(Family::Any),
        "The near end",
        |draft, cx, statement| {
            let end = statement.address(cx);
            draft.wrong |= end.is_none();
            draft.source = end.map(|end| end.value);
        },
    ),
    TunnelRow::new(
        "flags",
        Grammar::number(0, 65_535),
        "Flags of the tunnel",
        |draft, cx, statement| {
            let flags = statement.integer(cx);
            draft.wrong |= flags.is_none();
            draft.flags = flags.map(|flags| flags.value);
        },
    ),
];

const V4_ROWS: &[TunnelRow] = &[
    TunnelRow::new("tos", BYTE, "Type of service of the outer header", tos),
    TunnelRow::new("ttl", BYTE, "Time to live of the outer header", ttl),
];

const V6_ROWS: &[TunnelRow] = &[
    TunnelRow::new("tc", BYTE, "Traffic class of the outer header", tos),
    TunnelRow::new("hoplimit", BYTE, "Hop limit of the outer header", ttl),
];

fn tos(draft: &mut TunnelDraft, cx: &mut Context<'_>, statement: &Statement<'_, '_>) {
    let tos = statement.integer(cx);
    draft.wrong |= tos.is_none();
    draft.tos = tos.map(|tos| tos.value);
}

fn ttl(draft: &mut TunnelDraft, cx: &mut Context<'_>, statement: &Statement<'_, '_>) {
    let ttl = statement.integer(cx);
    draft.wrong |= ttl.is_none();
    draft.ttl = ttl.map(|ttl| ttl.value);
}

/// Reads what follows `encap`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Encap> {
    let options = Options {
        what: "`encap`",
        table: &KINDS,
        bare: |_, _, _| false,
    };
    let mut draft = KindDraft::default();
    options.words(cx, statement.args, &mut draft);
    if !draft.named {
        let message = "`encap` does not say what packets are wrapped in";
        let error = Diagnostic::error(code::MISSING_VALUE, statement.span(), message);
        cx.push(error.hint("it takes mpls, ip, ip6 or ila, and what belongs to it"));
    }
    draft.encap
}

fn tunnel(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    family: IpFamily,
    table: &'static Table<TunnelDraft>,
) -> Option<Encap> {
    let options = Options {
        what: "a tunnel",
        table,
        bare: |_: &mut TunnelDraft, _, _: &Word<'_>| false,
    };
    let mut draft = TunnelDraft::default();
    options.words(cx, statement.args, &mut draft);
    let ends = [draft.destination, draft.source].into_iter().flatten();
    let span = statement.span();
    if draft.wrong {
        return None;
    }
    for end in ends {
        if end.is_ipv4() != (family == IpFamily::V4) {
            let message =
                format!("{end} can't be an end of this tunnel: it is of the other family");
            cx.error(code::BAD_ROUTE, span, message);
            return None;
        }
    }
    if draft.destination.is_none() && draft.id.is_none() {
        let message = "a tunnel needs its far end or its id";
        cx.push(Diagnostic::error(code::BAD_ROUTE, span, message).hint("add `dst ADDRESS`"));
        return None;
    }
    Some(Encap::Ip {
        family,
        id: draft.id,
        destination: draft.destination,
        source: draft.source,
        tos: draft.tos,
        ttl: draft.ttl,
        flags: draft.flags,
    })
}

fn labels(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Vec<u32>> {
    let word = statement.word(cx)?;
    let labels: Option<Vec<u32>> = word
        .text
        .split('/')
        .map(|label| label.parse().ok().filter(|label| *label <= LARGEST_LABEL))
        .collect();
    let labels = labels.filter(|labels| labels.len() <= MOST_LABELS);
    if labels.is_none() {
        let message = format!("`{}` is not MPLS labels", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint(format!(
            "write up to {MOST_LABELS} labels with `/` between, each from 0 to {LARGEST_LABEL}"
        )));
    }
    labels
}

fn locator(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u64> {
    let word = statement.word(cx)?;
    let groups: Vec<&str> = word.text.split(':').collect();
    let group = |text: &&str| {
        let good = (1..=4).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit());
        good.then(|| u64::from_str_radix(text, 16).ok()).flatten()
    };
    let groups: Option<Vec<u64>> = groups.iter().map(group).collect();
    let Some([a, b, c, d]) = groups.as_deref() else {
        let message = format!("`{}` is not a locator", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint("write four groups of hexadecimal digits: `2001:db8:0:1`"));
        return None;
    };
    Some((a << 48) | (b << 32) | (c << 16) | d)
}
