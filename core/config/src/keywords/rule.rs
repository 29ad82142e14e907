//! The lines of `virtual_rules` and `static_rules`: as `ip rule add` takes them, with
//! keepalived's additions.

use std::net::IpAddr;
use std::sync::LazyLock;

use bellwether_core::model::{Prefix, Rule, RuleAction};
use bellwether_core::unit::{Family as IpFamily, IfName};

use super::route::finish::{family, reset};
use super::route::line::Options;
use super::route::takes::{REALMS, TABLE_ID, TOS, named};
use super::route::{KEEPALIVED, NETWORK, is_all, network, realms};
use super::{Row as AnyRow, Table};
use crate::build::statement::Statement;
use crate::build::value::prefix;
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::registry::{Grammar, Line, Place};
use crate::source::Span;

/// A line of a list of rules.
pub(super) const LINE: Line = Line {
    what: "a rule",
    head: Grammar::Options(Place::RuleOption),
    options: Some(Place::RuleOption),
};

const NUMBER: Grammar = Grammar::number(0, 0xffff_ffff);

/// The protocols of packets that people write by name.
const IP_PROTOCOL: Grammar = Grammar::Named {
    max: 255,
    names: &[
        ("icmp", 1),
        ("igmp", 2),
        ("tcp", 6),
        ("udp", 17),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("ipv6-icmp", 58),
        ("ospf", 89),
        ("vrrp", 112),
        ("sctp", 132),
        ("udplite", 136),
    ],
};

/// keepalived: the priority of the first rule that has none; each further one's is one less.
const PRIORITY: u32 = 16384;

type Row = AnyRow<RuleDraft>;

pub(super) static TABLE: LazyLock<Table<RuleDraft>> =
    LazyLock::new(|| Table::new(&[Place::RuleOption], &[SELECTORS, ACTIONS, REST]));

/// A rule whose options are still being read.
pub(super) struct RuleDraft {
    rule: Rule,
    /// What it does, each time that it is said.
    actions: Vec<(RuleAction, Span)>,
    /// Whether an action is given that can't be read, which is reported.
    wrong: bool,
    /// Where `inet6` is given.
    inet6: Option<Span>,
    /// Addresses that must be of one family.
    told: Vec<Spanned<IpAddr>>,
    protocol: Option<Span>,
    /// Where an option is given that only a lookup in a table has.
    of_lookup: Option<(&'static str, Span)>,
    /// Whether it is left out, as keepalived leaves it out.
    dropped: bool,
}

const SELECTORS: &[Row] = &[
    Row::new(
        "not",
        Grammar::Flag,
        "It is for packets that do not match",
        |draft, _, _| {
            draft.rule.not = true;
        },
    ),
    Row::new("from", NETWORK, "Sources", |draft, cx, statement| {
        draft.rule.from = selector(draft, cx, statement);
    })
    .default("all"),
    Row::new("to", NETWORK, "Destinations", |draft, cx, statement| {
        draft.rule.to = selector(draft, cx, statement);
    })
    .default("all"),
    Row::new(
        "iif",
        Grammar::Interface,
        "The incoming interface",
        |draft, cx, statement| {
            draft.rule.iif = interface(cx, statement);
        },
    )
    .aliases(&["dev"]),
    Row::new(
        "oif",
        Grammar::Interface,
        "The outgoing interface",
        |draft, cx, statement| {
            draft.rule.oif = interface(cx, statement);
        },
    ),
    Row::new(
        "fwmark",
        Grammar::Word,
        "The mark, and behind `/` which of its bits count",
        |draft, cx, statement| draft.rule.fwmark = fwmark(cx, statement),
    ),
    Row::new("tos", TOS, "The type of service", |draft, cx, statement| {
        draft.rule.tos = named(cx, statement, &mut draft.dropped);
    })
    .aliases(&["dsfield"]),
    Row::new(
        "tun_id",
        Grammar::Radix {
            min: 0,
            max: u64::MAX,
        },
        "The id of the tunnel that packets came by",
        |draft, cx, statement| {
            draft.rule.tun_id = statement.value().radix(cx).map(|id| id.value);
        },
    ),
    Row::new(
        "uidrange",
        Grammar::Word,
        "The first and the last user id of own packets, with `-` between",
        |draft, cx, statement| draft.rule.uid_range = range(cx, statement),
    ),
    Row::new(
        "ipproto",
        IP_PROTOCOL,
        "The protocol of packets",
        |draft, cx, statement| {
            let protocol = statement.value().named(cx);
            draft.rule.ip_protocol = protocol.and_then(|p| u8::try_from(p.value).ok());
        },
    )
    .aliases(&["ip_proto"]),
    Row::new(
        "sport",
        Grammar::Word,
        "The first and the last source port, with `-` between",
        |draft, cx, statement| draft.rule.source_ports = range(cx, statement),
    ),
    Row::new(
        "dport",
        Grammar::Word,
        "The first and the last destination port, with `-` between",
        |draft, cx, statement| draft.rule.destination_ports = range(cx, statement),
    ),
];

const ACTIONS: &[Row] = &[
    Row::new(
        "table",
        TABLE_ID,
        "The table to look in",
        |draft, cx, statement| {
            let table = named(cx, statement, &mut draft.dropped);
            draft.wrong |= table.is_none();
            if let Some(table) = table {
                draft
                    .actions
                    .push((RuleAction::Lookup(table), statement.span()));
            }
        },
    )
    .aliases(&["lookup"]),
    Row::new(
        "goto",
        NUMBER,
        "The priority of the rule to go on at, which is larger than its own",
        |draft, cx, statement| {
            let target = statement.integer(cx);
            draft.wrong |= target.is_none();
            if let Some(target) = target {
                draft
                    .actions
                    .push((RuleAction::Goto(target.value), statement.span()));
            }
        },
    ),
    Row::new(
        "nop",
        Grammar::Flag,
        "It does nothing",
        |draft, _, statement| {
            draft.actions.push((RuleAction::Nop, statement.span()));
        },
    ),
    Row::new(
        "blackhole",
        Grammar::Flag,
        "Packets are dropped silently",
        |draft, _, statement| {
            draft
                .actions
                .push((RuleAction::Blackhole, statement.span()));
        },
    ),
    Row::new(
        "prohibit",
        Grammar::Flag,
        "Packets are answered with \"prohibited\"",
        |draft, _, statement| draft.actions.push((RuleAction::Prohibit, statement.span())),
    ),
    Row::new(
        "unreachable",
        Grammar::Flag,
        "Packets are answered with \"unreachable\"",
        |draft, _, statement| {
            draft
                .actions
                .push((RuleAction::Unreachable, statement.span()))
        },
    ),
    Row::new(
        "type",
        Grammar::Choice(&["blackhole", "prohibit", "unreachable"]),
        "The same as that word alone",
        |draft, cx, statement| {
            let choice = statement.choice(cx);
            draft.wrong |= choice.is_none();
            let action = choice.map(|choice| match choice.value {
                "blackhole" => RuleAction::Blackhole,
                "prohibit" => RuleAction::Prohibit,
                _ => RuleAction::Unreachable,
            });
            draft
                .actions
                .extend(action.map(|action| (action, statement.span())));
        },
    ),
    Row::new(
        "l3mdev",
        Grammar::Flag,
        "Look in the table of the VRF of the interface",
        |draft, _, statement| draft.actions.push((RuleAction::L3Mdev, statement.span())),
    ),
];

const REST: &[Row] = &[
    Row::new(
        "priority",
        NUMBER,
        "Its place among the rules: small numbers first",
        |draft, cx, statement| {
            draft.rule.priority = statement.integer(cx).map(|priority| priority.value);
        },
    )
    .aliases(&["preference", "order"])
    .default("16384, and one less for each further rule"),
    Row::new(
        "realms",
        REALMS,
        "Realms: from and to, or to",
        |draft, cx, statement| {
            draft.of_lookup = Some(("realms", statement.head.span));
            draft.rule.realms = realms(cx, statement, &mut draft.dropped);
        },
    ),
    Row::new(
        "suppress_prefixlength",
        Grammar::number(0, 128),
        "Routes with prefixes up to this length do not count",
        |draft, cx, statement| {
            draft.of_lookup = Some(("suppress_prefixlength", statement.head.span));
            draft.rule.suppress_prefixlength = statement.integer(cx).map(|len| len.value);
        },
    ),
    Row::new(
        "suppress_ifgroup",
        Grammar::Named {
            max: u32::MAX,
            names: &[("default", 0)],
        },
        "Routes by interfaces of this group do not count",
        |draft, cx, statement| {
            draft.of_lookup = Some(("suppress_ifgroup", statement.head.span));
            draft.rule.suppress_ifgroup = named(cx, statement, &mut draft.dropped);
        },
    ),
    Row::new(
        "protocol",
        Grammar::number(0, 255),
        "Who made it, by number; any other than 18 needs `no_track`",
        |draft, cx, statement| {
            let protocol = statement.integer(cx);
            draft.protocol = protocol.map(|protocol| protocol.span);
            draft.rule.protocol = protocol.map(|protocol| protocol.value);
        },
    )
    .default("18, keepalived"),
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
        |draft, _, _| draft.rule.tracked = false,
    )
    .default("off"),
    Row::new(
        "track_group",
        Grammar::Name,
        "Of a static rule: the group whose instances are in FAULT without it",
        |draft, cx, statement| {
            draft.rule.track_group = statement.value().name(cx).map(|name| name.value);
        },
    ),
];

/// Reads all lines of a block, and adds the good ones to `rules`.
pub(super) fn read(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    rules: &mut Vec<Spanned<Rule>>,
) {
    let options = Options {
        what: LINE.what,
        table: &TABLE,
        bare: |_, _, _| false,
    };
    for node in statement.nodes() {
        let ([first, .., last] | [first @ last]) = &node.words[..] else {
            continue;
        };
        let span = first.span.to(last.span);
        let mut draft = RuleDraft {
            rule: Rule::new(IpFamily::V4, RuleAction::Nop),
            actions: Vec::new(),
            wrong: false,
            inet6: None,
            told: Vec::new(),
            protocol: None,
            of_lookup: None,
            dropped: false,
        };
        options.line(cx, node, &mut draft);
        let rule = draft.finish(cx, span);
        rules.extend(rule.map(|value| Spanned { value, span }));
    }
}

impl RuleDraft {
    /// Checks what holds between options, and reports it.
    fn finish(mut self, cx: &mut Context<'_>, span: Span) -> Option<Rule> {
        if self.wrong {
            return None;
        }
        let (action, at) = self.action(cx, span)?;
        self.rule.action = action;
        self.rule.family = family(cx, &self.told, self.inet6, "rule", code::BAD_RULE)?;
        let lookup = matches!(action, RuleAction::Lookup(_));
        if let Some((name, option)) = self.of_lookup.filter(|_| !lookup) {
            let message = format!("`{name}` is for rules that look in a table");
            let error = Diagnostic::error(code::BAD_RULE, option, message);
            cx.push(error.related(at, "this is what the rule does"));
            return None;
        }
        match (action, self.rule.priority) {
            (RuleAction::Lookup(0), _) => {
                cx.error(code::BAD_RULE, at, "there is no table 0 to look in");
                return None;
            }
            (RuleAction::Goto(target), Some(priority)) if target <= priority => {
                let message =
                    format!("this rule has priority {priority} and goes back to {target}");
                let error = Diagnostic::error(code::BAD_RULE, at, message);
                cx.push(error.hint("rules can only go on at a larger priority"));
                return None;
            }
            _ => {}
        }
        if self.dropped {
            return None;
        }
        if self.rule.priority.is_none() {
            let message = "this rule has no priority: it is 16384, or less for each further rule";
            let warning = Diagnostic::warning(code::NO_PREFERENCE, span, message);
            cx.push(warning.hint("add `priority N`, the same on all nodes"));
            let [of_ipv4, of_ipv6] = &mut cx.rules_without_priority;
            let before = match self.rule.family {
                IpFamily::V4 => of_ipv4,
                IpFamily::V6 => of_ipv6,
            };
            self.rule.priority = Some(PRIORITY.saturating_sub(*before));
            *before += 1;
        }
        if let Some(at) = self.protocol.filter(|_| self.rule.tracked)
            && self.rule.protocol != Some(KEEPALIVED)
        {
            reset(cx, at, "rule");
            self.rule.protocol = None;
        }
        Some(self.rule)
    }

    /// The one thing that it does.
    fn action(&self, cx: &mut Context<'_>, span: Span) -> Option<(RuleAction, Span)> {
        match self.actions[..] {
            [only] => Some(only),
            [] => {
                let message = "this rule does nothing";
                let error = Diagnostic::error(code::BAD_RULE, span, message);
                cx.push(error.hint("add `table N`, or another thing that a rule can do"));
                None
            }
            [(_, first), (_, second), ..] => {
                let message = "a rule does one thing, and this is a second";
                let error = Diagnostic::error(code::BAD_RULE, second, message);
                cx.push(error.related(first, "the first"));
                None
            }
        }
    }
}

/// A network that is selected; none: all, or it is wrong.
fn selector(
    draft: &mut RuleDraft,
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
) -> Option<Prefix> {
    let word = statement.word(cx)?;
    if is_all(&word.text) {
        return None;
    }
    if let Some(meant) = truncated(&word.text) {
        let message = format!("`{}` is not a network; this rule is left out", word.text);
        let warning = Diagnostic::warning(code::BAD_NETWORK, word.span, message);
        cx.push(warning.hint(format!(
            "did you mean `{meant}`? keepalived leaves it out too"
        )));
        draft.dropped = true;
        return None;
    }
    let prefix = prefix(cx, word)?;
    draft
        .told
        .extend(prefix.convert(|(address, _)| Some(address)));
    Some(network(prefix.value))
}

/// The network that three numbers with a point behind them stand for: a sample that came with
/// keepalived has such, and files were made from it.
fn truncated(text: &str) -> Option<String> {
    let (address, length) = text.split_once('/')?;
    let meant = format!("{address}0/{length}");
    let short = address.ends_with('.') && grammar::address(&meant).is_ok();
    short.then_some(meant)
}

fn interface(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<IfName> {
    let interface = statement.interface(cx);
    let named = interface.map(|named| (named.value, named.span));
    cx.interfaces.extend(named);
    interface.map(|named| named.value)
}

/// `MARK` or `MARK/MASK`.
fn fwmark(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<(u32, u32)> {
    let word = statement.word(cx)?;
    let one = |text: &str| grammar::radix(text).and_then(|n| u32::try_from(n).ok());
    let mark = match word.text.split_once('/') {
        Some((mark, mask)) => one(mark).zip(one(mask)),
        None => one(&word.text).map(|mark| (mark, u32::MAX)),
    };
    if mark.is_none() {
        let message = format!("`{}` is not a mark", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint("write `MARK` or `MARK/MASK`, each a number of 32 bits"));
    }
    mark
}

/// `FIRST-LAST`.
fn range<T: Ord + std::str::FromStr>(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
) -> Option<(T, T)> {
    let word = statement.word(cx)?;
    let ends = word.text.split_once('-');
    let ends = ends.and_then(|(first, last)| first.parse().ok().zip(last.parse().ok()));
    let range = ends.filter(|(first, last)| first <= last);
    if range.is_none() {
        let message = format!(
            "`{}` is not a range for `{}`",
            word.text, statement.keyword.name
        );
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint("write `FIRST-LAST`, also for one number: `80-80`"));
    }
    range
}
