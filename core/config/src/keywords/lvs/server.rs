//! `virtual_server`.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::LazyLock;

use bellwether_core::model::lvs::{Forwarding, Protocol};
use bellwether_core::model::{Command, Hook, RunAs};
use bellwether_core::unit::Name;

use super::real::{self, RealDraft};
use super::timing::{Rows, Timed, Timing};
use super::{LvsDraft, forward};
use crate::build::statement::{Statement, block};
use crate::build::value::{UserGroup, Value, prefix, spanned};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::Table;
use crate::lexer::Word;
use crate::places::{Item, index};
use crate::registry::{Contents, Family, Grammar, Header, Place};
use crate::source::Span;

/// A port; 0: all ports.
pub(super) const PORT: Grammar = Grammar::number(0, 65_535);
/// A mark of a firewall.
pub(super) const MARK: Grammar = Grammar::number(1, 4_294_967_295);
/// An address and perhaps a port.
pub(super) const ADDRESS: Grammar =
    Grammar::Several(&[Grammar::Address(Family::Any), Grammar::Optional(&PORT)]);
/// What a virtual server is known by.
pub(super) const SERVICE: Grammar = Grammar::Either(&[
    Grammar::Several(&[Grammar::Literal("fwmark"), MARK]),
    Grammar::Several(&[Grammar::Literal("group"), Grammar::Name]),
    ADDRESS,
]);

const COUNT: Grammar = Grammar::number(0, 4_294_967_295);
const SCHEDULERS: &[&str] = &[
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos",
];
const PERSISTENCE: Grammar = Grammar::Integer {
    min: 0,
    max: 2_678_400,
    unit: "s",
};

type Row = crate::keywords::Row<ServerDraft>;

pub(super) static TABLE: LazyLock<Table<ServerDraft>> = LazyLock::new(|| {
    let lists = &[Rows::TIMEOUT, Rows::SCHEDULE, SERVICE_ROWS, FLAGS, SERVERS];
    Table::new(&[Place::VirtualServer], lists)
});

const SERVICE_ROWS: &[Row] = &[
    Row::new(
        "lb_algo",
        Grammar::Choice(SCHEDULERS),
        "The scheduler: how connections are shared out",
        |draft, cx, statement| draft.scheduler = scheduler(cx, statement),
    )
    .aliases(&["lvs_sched"])
    .default("wlc"),
    Row::new(
        "lb_kind",
        forward::METHOD,
        "The forwarding method: how packets reach the real servers",
        |draft, cx, statement| draft.method = forward::read(cx, statement),
    )
    .aliases(&["lvs_method"])
    .default("NAT"),
    Row::new(
        "protocol",
        Grammar::Choice(&["TCP", "UDP", "SCTP"]),
        "The protocol",
        |draft, cx, statement| {
            draft.has_protocol = Some(statement.head.span);
            draft.protocol = protocol(cx, statement);
        },
    )
    .default("UDP"),
    Row::new(
        "persistence_timeout",
        Grammar::Optional(&PERSISTENCE),
        "How long a client stays with its server after its last connection; 360 without a number",
        |draft, cx, statement| draft.persistence = persistence(cx, statement),
    )
    .default("none"),
    Row::new(
        "persistence_granularity",
        Grammar::Either(&[Grammar::number(1, 128), Grammar::Address(Family::V4)]),
        "Which clients count as one: a prefix length, or a netmask for IPv4",
        |draft, cx, statement| draft.granularity = granularity(cx, statement),
    )
    .default("each by itself"),
    Row::new(
        "persistence_engine",
        Grammar::Name,
        "What tells clients apart, instead of their address: `sip` is the only one",
        |draft, cx, statement| draft.engine = statement.value().name(cx).map(|name| name.value),
    ),
    Row::new(
        "ip_family",
        Grammar::Choice(&["inet", "inet6"]),
        "The address family of a firewall mark whose real servers are all reached by tunnels",
        |draft, cx, statement| draft.family = statement.choice(cx),
    )
    .default("that of its real servers"),
    Row::new(
        "quorum",
        COUNT,
        "How much live weight it needs",
        |draft, cx, statement| draft.quorum = count(cx, statement),
    )
    .default("1"),
    Row::new(
        "hysteresis",
        COUNT,
        "How far the live weight must pass the quorum to change anything",
        |draft, cx, statement| draft.hysteresis = statement.integer(cx),
    )
    .default("0"),
    Row::new(
        "quorum_up",
        Grammar::CommandAs,
        "A command to run when it has its quorum",
        |draft, cx, statement| draft.quorum_up = hook(cx, statement),
    ),
    Row::new(
        "quorum_down",
        Grammar::CommandAs,
        "A command to run when it has lost it",
        |draft, cx, statement| draft.quorum_down = hook(cx, statement),
    ),
    Row::new(
        "virtualhost",
        Grammar::Name,
        "The host name of its HTTP checks",
        |draft, cx, statement| {
            draft.virtualhost = statement.value().name(cx).map(|name| name.value)
        },
    ),
    Row::new(
        "snmp_name",
        Grammar::Name,
        "Its name for management systems",
        |draft, cx, statement| draft.snmp_name = statement.value().name(cx).map(|name| name.value),
    ),
    Row::new(
        "smtp_alert",
        Grammar::Bool,
        "Whether gain and loss of its quorum are mailed",
        |draft, cx, statement| draft.mail = statement.boolean(cx),
    )
    .default("`smtp_alert_checker`"),
    Row::new(
        "weight",
        Grammar::number(1, 2_147_483_647),
        "The weight of real servers that do not say theirs",
        |draft, cx, statement| draft.weight = statement.integer(cx).map(|n| n.value),
    )
    .default("1"),
    Row::new(
        "inhibit_on_failure",
        Grammar::Bool,
        "A real server that is down stays in the table with weight 0",
        |draft, cx, statement| draft.inhibit = statement.boolean(cx),
    )
    .default("off"),
    Row::ignored(
        "nat_mask",
        Grammar::Word,
        "A netmask for NAT",
        "NAT needs no netmask, and keepalived does not know the word any more",
    ),
];

const FLAGS: &[Row] = &[
    Row::new(
        "ops",
        Grammar::Bool,
        "Each packet is scheduled by itself; UDP only",
        |draft, cx, statement| draft.one_packet = flag(cx, statement),
    )
    .default("off"),
    Row::new(
        "omega",
        Grammar::Bool,
        "The end of the daemon is told as servers going down",
        |draft, cx, statement| draft.omega = flag(cx, statement).is_some(),
    )
    .default("off"),
    Row::new(
        "ha_suspend",
        Grammar::Bool,
        "Its servers are checked only while its address is on this node",
        |draft, cx, statement| draft.ha_suspend = flag(cx, statement).is_some(),
    )
    .default("off"),
    Row::ignored(
        "hashed",
        Grammar::Flag,
        "A flag that the kernel sets by itself",
        "the kernel sets it by itself",
    ),
    Row::new("sh-port", Grammar::Flag, PORT_FLAG, port_flag).default("off"),
    Row::new("mh-port", Grammar::Flag, PORT_FLAG, port_flag).default("off"),
    Row::new("flag-2", Grammar::Flag, PORT_FLAG, port_flag).default("off"),
    Row::new("sh-fallback", Grammar::Flag, FALLBACK, fallback_flag).default("off"),
    Row::new("mh-fallback", Grammar::Flag, FALLBACK, fallback_flag).default("off"),
    Row::new("flag-1", Grammar::Flag, FALLBACK, fallback_flag).default("off"),
    Row::ignored(
        "flag-3",
        Grammar::Flag,
        "A flag of schedulers",
        "no scheduler of the kernel looks at it",
    ),
];

const PORT_FLAG: &str = "Schedulers sh and mh hash the port too";
const FALLBACK: &str = "Schedulers sh and mh replace a server that takes no connections";

const fn port_flag(draft: &mut ServerDraft, _: &mut Context<'_>, statement: &Statement<'_, '_>) {
    draft.hash_port = Some(statement.head.span);
}

const fn fallback_flag(
    draft: &mut ServerDraft,
    _: &mut Context<'_>,
    statement: &Statement<'_, '_>,
) {
    draft.hash_fallback = Some(statement.head.span);
}

const SERVERS: &[Row] = &[
    Row::new(
        "sorry_server",
        ADDRESS,
        "The server when no quorum is left",
        |draft, cx, statement| draft.sorry = address_and_port(cx, statement),
    ),
    Row::new(
        "sorry_server_inhibit",
        Grammar::Bool,
        "It stays in the table with weight 0 while it is not needed",
        |draft, cx, statement| draft.sorry_inhibit = flag(cx, statement),
    )
    .default("off"),
    Row::new(
        "sorry_server_lvs_method",
        forward::METHOD,
        "How packets reach it",
        |draft, cx, statement| {
            draft.has_sorry_method = Some(statement.head.span);
            draft.sorry_method = forward::read(cx, statement);
        },
    )
    .default("`lb_kind`"),
    Row::new(
        "real_server",
        Grammar::Block(
            Header::Values(&ADDRESS),
            Contents::Keywords(Place::RealServer),
        ),
        "A server that bears its load",
        |draft, cx, statement| {
            let at = (draft.index, index(draft.reals.len()));
            let item = Item::RealServer(at.0, at.1);
            let real = cx.within(item, |cx| real::read(cx, statement, at));
            draft.wrong |= real.is_none();
            draft.reals.extend(real);
        },
    ),
];

/// A virtual server as its block says.
#[derive(Debug, Default)]
pub(super) struct ServerDraft {
    /// Its place among the virtual servers of the file.
    pub(super) index: u32,
    /// Its keyword and header.
    pub(super) span: Span,
    pub(super) timing: Timing,
    pub(super) scheduler: Option<&'static str>,
    pub(super) method: Option<Forwarding>,
    pub(super) protocol: Option<Protocol>,
    pub(super) has_protocol: Option<Span>,
    pub(super) persistence: Option<u32>,
    pub(super) granularity: Option<Spanned<u8>>,
    pub(super) engine: Option<Name>,
    pub(super) family: Option<Spanned<&'static str>>,
    pub(super) quorum: Option<Spanned<u32>>,
    pub(super) hysteresis: Option<Spanned<u32>>,
    pub(super) quorum_up: Option<Hook>,
    pub(super) quorum_down: Option<Hook>,
    pub(super) virtualhost: Option<Name>,
    pub(super) snmp_name: Option<Name>,
    pub(super) mail: Option<bool>,
    pub(super) weight: Option<u32>,
    pub(super) inhibit: Option<bool>,
    pub(super) one_packet: Option<Span>,
    pub(super) omega: bool,
    pub(super) ha_suspend: bool,
    pub(super) hash_port: Option<Span>,
    pub(super) hash_fallback: Option<Span>,
    pub(super) sorry: Option<Spanned<(IpAddr, u16)>>,
    pub(super) sorry_inhibit: Option<Span>,
    pub(super) sorry_method: Option<Forwarding>,
    pub(super) has_sorry_method: Option<Span>,
    pub(super) reals: Vec<RealDraft>,
    /// Whether a real server is left out because it is wrong, which is reported.
    pub(super) wrong: bool,
}

impl Timed for ServerDraft {
    fn timing(&mut self) -> &mut Timing {
        &mut self.timing
    }
}

/// What a virtual server is known by, as its header says.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Address(IpAddr, u16),
    Fwmark(NonZeroU32),
    Group(Name),
}

/// Reads one `virtual_server`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>, lvs: &mut LvsDraft) {
    lvs.written = true;
    let known = known(cx, statement);
    let mut draft = ServerDraft {
        index: index(lvs.servers.len()),
        span: statement.span(),
        ..ServerDraft::default()
    };
    let places = cx.places.mark();
    cx.within(Item::VirtualServer(draft.index), |cx| {
        cx.place("virtual_server", draft.span);
        block(cx, &TABLE, statement.nodes(), &mut draft);
    });
    if let Some(known) = known {
        draft.finish(cx, known, lvs, places);
    }
}

fn known(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Known> {
    let head = statement.word(cx)?;
    let rest = Value {
        name: statement.keyword.name,
        grammar: MARK,
        words: statement.args.get(1..).unwrap_or_default(),
        at: head.span,
    };
    match &*head.text {
        "fwmark" => {
            let mark = rest.integer(cx)?.value;
            NonZeroU32::new(mark).map(Known::Fwmark)
        }
        "group" => {
            let grammar = Grammar::Name;
            let name = Value { grammar, ..rest }.name(cx)?;
            Some(Known::Group(name.value))
        }
        _ => {
            let (address, port) = address_and_port(cx, statement)?.value;
            Some(Known::Address(address, port))
        }
    }
}

/// An address, and a port or 0.
pub(super) fn address_and_port(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
) -> Option<Spanned<(IpAddr, u16)>> {
    let word = statement.word(cx)?;
    let address = host(cx, word);
    let port = match statement.args.get(1..2) {
        Some(words @ [word]) if word.text != "dev" => {
            let port = Value {
                name: statement.keyword.name,
                grammar: PORT,
                words,
                at: word.span,
            };
            port.integer(cx)?.value
        }
        Some(_) | None => 0,
    };
    Some(spanned(word, (address?, port)))
}

/// An address by itself; a prefix length is ignored, as keepalived does.
pub(super) fn host(cx: &mut Context<'_>, word: &Word<'_>) -> Option<IpAddr> {
    if let Ok(address) = word.text.parse() {
        return Some(address);
    }
    let unbracketed = word
        .text
        .strip_prefix('[')
        .and_then(|text| text.split_once(']'));
    if let Some((address, port)) = unbracketed {
        let message = format!("`{}` is not an IP address", word.text);
        let error = Diagnostic::error(code::BAD_ADDRESS, word.span, message);
        let port = port.strip_prefix(':').unwrap_or("PORT");
        cx.push(error.hint(format!("write `{address} {port}`")));
        return None;
    }
    let (address, _) = prefix(cx, word)?.value;
    let message = format!("this stands for {address} alone: its prefix length is ignored");
    let severity = cx.lenient();
    cx.push(Diagnostic::new(
        severity,
        code::EXTRA_WORDS,
        word.span,
        message,
    ));
    Some(address)
}

/// keepalived: a name that it does not know leaves the default, wlc.
fn scheduler(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<&'static str> {
    let word = statement.word(cx)?;
    if let Some(known) = SCHEDULERS.iter().find(|name| **name == word.text) {
        return Some(known);
    }
    let message = format!("there is no scheduler `{}`; wlc is used", word.text);
    let warning = Diagnostic::new(cx.lenient(), code::UNKNOWN_SCHEDULER, word.span, message);
    let near = cx.nearest_of(SCHEDULERS.iter().copied(), &word.text);
    cx.push(match near.filter(|near| *near != "wlc") {
        Some(near) => warning.hint(format!("did you mean `{near}`?")),
        None => warning.hint(format!("it takes one of: {}", SCHEDULERS.join(", "))),
    });
    None
}

/// keepalived: in capitals or not.
fn protocol(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Protocol> {
    let word = statement.word(cx)?;
    if word.text.eq_ignore_ascii_case("TCP") {
        Some(Protocol::Tcp)
    } else if word.text.eq_ignore_ascii_case("UDP") {
        Some(Protocol::Udp)
    } else if word.text.eq_ignore_ascii_case("SCTP") {
        Some(Protocol::Sctp)
    } else {
        statement
            .value()
            .bad_word(cx, word, &["TCP", "UDP", "SCTP"]);
        None
    }
}

/// keepalived: 0 is an error there, after which there is no persistence.
fn persistence(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u32> {
    if statement.args.is_empty() {
        return Some(360);
    }
    let grammar = PERSISTENCE;
    let value = statement.value();
    let Spanned { value, span } = Value { grammar, ..value }.integer::<u32>(cx)?;
    if value == 0 {
        let message = "`persistence_timeout 0` means no persistence";
        let warning = Diagnostic::new(cx.lenient(), code::NO_PERSISTENCE, span, message);
        cx.push(warning.hint("remove the line to say so, or give the time in seconds"));
    }
    Some(value).filter(|seconds| *seconds > 0)
}

fn granularity(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<u8>> {
    let word = statement.word(cx)?;
    if let Ok(mask) = word.text.parse::<std::net::Ipv4Addr>() {
        let bits = mask.to_bits();
        if bits == 0 || bits.leading_ones() != bits.count_ones() {
            let message = format!("`{}` is not a netmask", word.text);
            cx.error(code::BAD_ADDRESS, word.span, message);
            return None;
        }
        let length = u8::try_from(bits.leading_ones()).ok()?;
        return Some(spanned(word, length));
    }
    let grammar = Grammar::number(1, 128);
    let value = statement.value();
    Value { grammar, ..value }.integer(cx)
}

/// A count of which 0 is taken as 1.
fn count(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<u32>> {
    let Spanned { value, span } = statement.integer::<u32>(cx)?;
    if value == 0 {
        let message = format!(
            "`{}` is at least 1; 0 is taken as 1",
            statement.keyword.name
        );
        cx.warning(code::CLAMPED, span, message);
    }
    let value = value.max(1);
    Some(Spanned { value, span })
}

/// Where it is written, if it is on.
fn flag(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Span> {
    let on = statement.boolean(cx)?;
    on.then_some(statement.head.span)
}

/// A command, and who runs it.
pub(super) fn hook(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Hook> {
    let (Spanned { value: command, .. }, user): (Spanned<Command>, _) =
        statement.value().command_as(cx)?;
    let user = user.map(run_as);
    Some(Hook::new(command, user))
}

/// A user and a group as the model has them.
pub(super) fn run_as(user: UserGroup) -> RunAs {
    let UserGroup { user, group } = user;
    RunAs { user, group }
}

/// Addresses and ports that were seen.
pub(super) type Taken = BTreeSet<(IpAddr, u16)>;
