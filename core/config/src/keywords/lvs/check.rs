//! Checkers: what all of them have, and those of few words.

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::Command;
use bellwether_core::model::RunAs;
use bellwether_core::model::lvs::{
    Check, Checker, DnsCheck, DnsType, FileCheck, MiscCheck, Schedule, SmtpHost, Source,
};
use bellwether_core::unit::{IfName, Name};

use super::real::RealDraft;
use super::server::{host, run_as};
use super::timing::{Rows, Timed, Timing};
use crate::build::statement::{Statement, block};
use crate::build::value::Value;
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{Row, Table};
use crate::registry::{Family, Grammar, Place};
use crate::source::Span;

pub(super) static TCP: LazyLock<Table<Draft<()>>> =
    LazyLock::new(|| Draft::table(&[Place::TcpCheck], &[]));
pub(super) static PING: LazyLock<Table<Draft<()>>> =
    LazyLock::new(|| Draft::table(&[Place::PingCheck], &[]));
pub(super) static DNS: LazyLock<Table<Draft<DnsDraft>>> =
    LazyLock::new(|| Draft::table(&[Place::DnsCheck], DNS_ROWS));
pub(super) static MISC: LazyLock<Table<Draft<MiscDraft>>> = LazyLock::new(|| {
    let lists = &[MISC_ROWS, Rows::SCHEDULE, Draft::LOG];
    Table::new(&[Place::MiscCheck], lists)
});
pub(super) static FILE: LazyLock<Table<FileDraft>> =
    LazyLock::new(|| Table::new(&[Place::FileCheck], &[FILE_ROWS]));
pub(super) static BFD: LazyLock<Table<BfdDraft>> =
    LazyLock::new(|| Table::new(&[Place::BfdCheck], &[BFD_ROWS]));

const PORT: Grammar = Grammar::number(1, 65_535);

impl<K: 'static> Draft<K> {
    /// A table of a checker that connects.
    pub(super) fn table(places: &'static [Place], own: &[Row<Self>]) -> Table<Self> {
        let lists = &[own, Self::CONNECT, Rows::TIMEOUT, Rows::SCHEDULE, Self::LOG];
        Table::new(places, lists)
    }

    /// What is connected to, and from where.
    const CONNECT: &'static [Row<Self>] = &[
        Row::new(
            "connect_ip",
            Grammar::Address(Family::Any),
            "The address to connect to",
            |draft: &mut Self, cx, statement| {
                draft.base.connect_ip = statement.word(cx).and_then(|word| host(cx, word));
            },
        )
        .default("the real server's"),
        Row::new(
            "connect_port",
            PORT,
            "The port to connect to",
            |draft: &mut Self, cx, statement| {
                draft.base.connect_port = statement.integer(cx).map(|port| port.value);
            },
        )
        .default("the real server's"),
        Row::new(
            "bindto",
            Grammar::Address(Family::Any),
            "The address to connect from",
            |draft: &mut Self, cx, statement| draft.base.bind_to = statement.address(cx),
        ),
        Row::new(
            "bind_port",
            PORT,
            "The port to connect from",
            |draft: &mut Self, cx, statement| {
                draft.base.bind_port = statement.integer(cx).map(|port| port.value);
            },
        ),
        Row::new(
            "bind_if",
            Grammar::Interface,
            "The interface to connect from",
            |draft: &mut Self, cx, statement| {
                draft.base.bind_if = statement.interface(cx).map(|name| name.value);
            },
        ),
        Row::new(
            "fwmark",
            Grammar::number(0, 4_294_967_295),
            "The mark of its packets; 0: none",
            |draft: &mut Self, cx, statement| {
                draft.base.fwmark = statement.integer(cx).map(|mark| mark.value);
            },
        )
        .default("0"),
    ];

    /// What is logged.
    const LOG: &'static [Row<Self>] = &[Row::new(
        "log_all_failures",
        Grammar::Bool,
        "Every failure is logged, not only those that change a state",
        |draft: &mut Self, cx, statement| draft.base.log = statement.boolean(cx),
    )
    .default("`checker_log_all_failures`")];
}

/// A checker as its block says: what all have, and its own.
#[derive(Debug, Default)]
pub(super) struct Draft<K> {
    pub(super) base: Base,
    pub(super) own: K,
}

/// What all checkers have.
#[derive(Debug, Default)]
pub(super) struct Base {
    pub(super) timing: Timing,
    log: Option<bool>,
    connect_ip: Option<IpAddr>,
    connect_port: Option<u16>,
    bind_to: Option<Spanned<IpAddr>>,
    bind_port: Option<u16>,
    bind_if: Option<IfName>,
    fwmark: Option<u32>,
}

impl<K: 'static> Timed for Draft<K> {
    fn timing(&mut self) -> &mut Timing {
        &mut self.base.timing
    }
}

/// A checker whose times and target depend on the blocks around it.
#[derive(Debug)]
pub(super) struct Pending {
    span: Span,
    base: Base,
    check: Check,
    kind: Kind,
    /// What a MISC_CHECK may take.
    misc_timeout: Option<Duration>,
    /// The servers of an SMTP_CHECK.
    hosts: Vec<Base>,
    /// A name that is defined elsewhere.
    pub(super) refers: Option<super::Reference>,
}

/// What kinds of checkers differ in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    retry: u32,
    /// Time before a retry; none: `delay_loop`.
    delay: Option<Duration>,
    /// Whether it connects to a port.
    port: bool,
}

impl Kind {
    pub(super) const TCP: Self = Self {
        retry: 1,
        delay: Some(Duration::from_secs(1)),
        port: true,
    };
    pub(super) const HTTP: Self = Self {
        delay: Some(Duration::from_secs(3)),
        ..Self::TCP
    };
    const DNS: Self = Self {
        retry: 3,
        delay: None,
        port: true,
    };
    const MISC: Self = Self {
        retry: 0,
        port: false,
        ..Self::TCP
    };
    const PING: Self = Self {
        port: false,
        ..Self::TCP
    };
}

impl Pending {
    pub(super) fn new(statement: &Statement<'_, '_>, base: Base, kind: Kind, check: Check) -> Self {
        Self {
            span: statement.head.span,
            base,
            check,
            kind,
            misc_timeout: None,
            hosts: Vec::new(),
            refers: None,
        }
    }

    pub(super) fn hosts(mut self, hosts: Vec<Base>) -> Self {
        self.hosts = hosts;
        self
    }

    /// The checker of a real server, whose table entry has port `port`; `outer` is what the blocks
    /// around it say.
    pub(super) fn finish(
        self,
        cx: &mut Context<'_>,
        outer: Timing,
        real: &RealDraft,
        port: u16,
    ) -> Checker {
        let Self { base, kind, .. } = self;
        let timing = base.timing.or(outer);
        let delay_loop = timing.delay_loop.unwrap_or(DELAY_LOOP);
        let delay_before_retry = timing.delay_before_retry.or(kind.delay);
        let schedule = Schedule {
            delay_loop,
            warmup: timing.warmup.unwrap_or(delay_loop),
            retry: timing.retry.unwrap_or(kind.retry),
            rise: 1,
            delay_before_retry: delay_before_retry.unwrap_or(delay_loop),
            alpha: timing.alpha.unwrap_or(false),
            log_all_failures: base.log.unwrap_or(false),
        };
        let mut check = self.check;
        if let Check::Misc(misc) = &mut check {
            misc.timeout = self.misc_timeout.unwrap_or(delay_loop);
        }
        if let Check::Smtp(smtp) = &mut check {
            let host = |host: &Base| SmtpHost {
                connect: host.connect(real, port),
                source: host.source(cx, real),
            };
            smtp.hosts = self.hosts.iter().map(host).collect();
        }
        let connect = base.connect(real, port);
        let portless = connect.map_or(port, |connect| connect.port()) == 0;
        if kind.port && portless && self.hosts.is_empty() {
            let message = "this checker has no port to connect to";
            let warning = Diagnostic::warning(code::NO_CHECK_PORT, self.span, message);
            cx.push(
                warning
                    .related(real.span, "the real server has none")
                    .hint("add `connect_port PORT`; port 0 never answers"),
            );
        }
        Checker {
            schedule,
            connect,
            timeout: timing.connect_timeout.unwrap_or(TIMEOUT),
            source: base.source(cx, real),
            check,
        }
    }
}

/// Time between checks.
pub(super) const DELAY_LOOP: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(5);

impl Base {
    /// What is connected to; none: the real server as the table has it. A port that the table
    /// can't have is still the one that is checked.
    fn connect(&self, real: &RealDraft, port: u16) -> Option<SocketAddr> {
        let written = if real.port == 0 { port } else { real.port };
        let address = self.connect_ip.unwrap_or(real.address);
        let target = SocketAddr::new(address, self.connect_port.unwrap_or(written));
        (target != SocketAddr::new(real.address, port)).then_some(target)
    }

    /// Where it is connected from. keepalived: not from an address of another family.
    fn source(&self, cx: &mut Context<'_>, real: &RealDraft) -> Option<Box<Source>> {
        let target = self.connect_ip.unwrap_or(real.address);
        let same = |from: &Spanned<IpAddr>| from.value.is_ipv4() == target.is_ipv4();
        if let Some(from) = self.bind_to.filter(|from| !same(from)) {
            let message = format!("{target} can't be reached from {}: no `bindto`", from.value);
            let warning = Diagnostic::warning(code::OTHER_FAMILY, from.span, message);
            cx.push(warning.hint("both addresses must be of one family"));
        }
        let source = Source {
            address: self.bind_to.filter(same).map(|from| from.value),
            port: self.bind_port.unwrap_or(0),
            interface: self.bind_if,
            fwmark: self.fwmark.unwrap_or(0),
        };
        (source != Source::default()).then(|| Box::new(source))
    }
}

/// Reads a `TCP_CHECK`.
pub(super) fn tcp(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = Draft::default();
    block(cx, &TCP, statement.nodes(), &mut draft);
    Some(Pending::new(statement, draft.base, Kind::TCP, Check::Tcp))
}

/// Reads a `PING_CHECK`.
pub(super) fn ping(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = Draft::default();
    block(cx, &PING, statement.nodes(), &mut draft);
    Some(Pending::new(statement, draft.base, Kind::PING, Check::Ping))
}

const DNS_TYPES: &[(&str, DnsType)] = &[
    ("A", DnsType::A),
    ("NS", DnsType::Ns),
    ("CNAME", DnsType::Cname),
    ("SOA", DnsType::Soa),
    ("MX", DnsType::Mx),
    ("TXT", DnsType::Txt),
    ("AAAA", DnsType::Aaaa),
    ("RRSIG", DnsType::Rrsig),
    ("DNSKEY", DnsType::Dnskey),
];
const DNS_NAMES: &[&str] = &[
    "A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY",
];

/// What a DNS_CHECK asks for.
#[derive(Debug, Default)]
pub(super) struct DnsDraft {
    kind: DnsType,
    name: Option<Name>,
}

const DNS_ROWS: &[Row<Draft<DnsDraft>>] = &[
    Row::<Draft<DnsDraft>>::new(
        "type",
        Grammar::Choice(DNS_NAMES),
        "What it asks for",
        |draft, cx, statement| draft.own.kind = dns_type(cx, statement).unwrap_or_default(),
    )
    .default("SOA"),
    Row::<Draft<DnsDraft>>::new(
        "name",
        Grammar::Name,
        "The name that it asks for",
        |draft, cx, statement| draft.own.name = dns_name(cx, statement),
    )
    .default("."),
];

/// Reads a `DNS_CHECK`.
pub(super) fn dns(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = Draft::<DnsDraft>::default();
    block(cx, &DNS, statement.nodes(), &mut draft);
    let DnsDraft { kind, name } = draft.own;
    let name = name.unwrap_or_else(|| Name::from("."));
    let check = Check::Dns(DnsCheck { kind, name });
    Some(Pending::new(statement, draft.base, Kind::DNS, check))
}

/// keepalived: in capitals or not.
fn dns_type(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<DnsType> {
    let word = statement.word(cx)?;
    let of = |(name, _): &&(&str, DnsType)| name.eq_ignore_ascii_case(&word.text);
    let Some((_, kind)) = DNS_TYPES.iter().find(of) else {
        statement.value().bad_word(cx, word, DNS_NAMES);
        return None;
    };
    Some(*kind)
}

fn dns_name(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Name> {
    let name = statement.value().name(cx)?;
    let text = name.value.as_str();
    let labels = text.strip_suffix('.').unwrap_or(text);
    let bad = |label: &str| label.is_empty() || label.len() > 63;
    if text != "." && (labels.split('.').any(bad) || text.len() > 254) {
        let message = format!("`{text}` is not a name that DNS knows: labels have 1 to 63 bytes");
        cx.error(code::BAD_WORD, name.span, message);
        return None;
    }
    Some(name.value)
}

/// What a MISC_CHECK runs.
#[derive(Debug, Default)]
pub(super) struct MiscDraft {
    /// Whether there is a `misc_path`, good or bad.
    has_command: bool,
    command: Option<Command>,
    timeout: Option<Duration>,
    dynamic: bool,
    user: Option<RunAs>,
}

const MISC_ROWS: &[Row<Draft<MiscDraft>>] = &[
    Row::<Draft<MiscDraft>>::new(
        "misc_path",
        Grammar::Command,
        "The command; exit status 0 means well",
        |draft, cx, statement| {
            draft.own.has_command = true;
            draft.own.command = statement.command(cx).map(|command| command.value);
        },
    ),
    Row::<Draft<MiscDraft>>::new(
        "misc_timeout",
        Grammar::DELAY,
        "How long it may take; 0: as long as `delay_loop`",
        |draft, cx, statement| {
            let timeout = statement.whole_seconds(cx);
            draft.own.timeout = timeout.filter(|timeout| !timeout.is_zero());
        },
    )
    .default("`delay_loop`"),
    Row::<Draft<MiscDraft>>::new(
        "misc_dynamic",
        Grammar::Bool,
        "An exit status of 2 to 255 means well, and sets the weight to 0 to 253",
        |draft, cx, statement| draft.own.dynamic = statement.boolean(cx).unwrap_or(false),
    )
    .default("off"),
    Row::<Draft<MiscDraft>>::new(
        "user",
        Grammar::User,
        "The user and group that it runs as",
        |draft, cx, statement| draft.own.user = statement.value().user(cx).map(run_as),
    )
    .default("`script_user`"),
];

/// Reads a `MISC_CHECK`.
pub(super) fn misc(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = Draft::<MiscDraft>::default();
    block(cx, &MISC, statement.nodes(), &mut draft);
    let own = draft.own;
    if !own.has_command {
        let hint = "add `misc_path \"/path/to/command\"`";
        incomplete(cx, statement, "has no command to run", hint);
    }
    let check = Check::Misc(Box::new(MiscCheck {
        command: own.command?,
        user: own.user,
        timeout: DELAY_LOOP,
        dynamic: own.dynamic,
    }));
    Some(Pending {
        misc_timeout: own.timeout,
        ..Pending::new(statement, draft.base, Kind::MISC, check)
    })
}

/// keepalived leaves such a checker out, and takes the server for well.
pub(super) fn incomplete(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    lacks: &str,
    hint: &str,
) {
    let message = format!("this {} {lacks}", statement.keyword.name);
    let error = Diagnostic::error(code::INCOMPLETE_CHECK, statement.head.span, message);
    cx.push(error.hint(hint));
}

/// What a FILE_CHECK follows.
#[derive(Debug, Default)]
pub(super) struct FileDraft {
    has_file: bool,
    file: Option<Spanned<Name>>,
    weight: Option<i32>,
    reverse: bool,
}

/// The largest factor of a file's number.
const FACTOR: i64 = 2_147_483_647;

const FILE_ROWS: &[Row<FileDraft>] = &[
    Row::<FileDraft>::new(
        "track_file",
        Grammar::Name,
        "The name of the `track_file`",
        |draft, cx, statement| {
            draft.has_file = true;
            draft.file = statement.value().name(cx);
        },
    ),
    Row::<FileDraft>::new(
        "weight",
        Grammar::Several(&[
            Grammar::number(-FACTOR, FACTOR),
            Grammar::Optional(&Grammar::Literal("reverse")),
        ]),
        "What its number is multiplied by",
        |draft, cx, statement| file_weight(cx, statement, draft),
    )
    .default("the `track_file`'s"),
    Row::<FileDraft>::ignored(
        "dynamic",
        Grammar::Bool,
        "The number moves the weight",
        "the number always moves the weight",
    )
    .since("after 2.2.7"),
];

fn file_weight(cx: &mut Context<'_>, statement: &Statement<'_, '_>, draft: &mut FileDraft) {
    let grammar = Grammar::number(-FACTOR, FACTOR);
    let value = statement.value();
    let weight: Option<Spanned<i32>> = Value { grammar, ..value }.integer(cx);
    draft.weight = weight.map(|weight| weight.value);
    match statement.args.get(1) {
        None => draft.reverse = false,
        Some(word) if word.text == "reverse" => draft.reverse = true,
        Some(word) => value.bad_word(cx, word, &["reverse"]),
    }
}

/// Reads a `FILE_CHECK`.
pub(super) fn file(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = FileDraft::default();
    block(cx, &FILE, statement.nodes(), &mut draft);
    if !draft.has_file {
        incomplete(
            cx,
            statement,
            "has no file to follow",
            "add `track_file NAME`",
        );
    }
    let name = draft.file?;
    let check = Check::File(FileCheck {
        file: name.value.clone(),
        weight: draft.weight,
        reverse: draft.reverse,
    });
    let kind = super::Referred::File;
    Some(Pending {
        refers: Some(super::Reference { kind, name }),
        ..Pending::new(statement, Base::default(), Kind::PING, check)
    })
}

/// What a BFD_CHECK follows.
#[derive(Debug, Default)]
pub(super) struct BfdDraft {
    has_name: bool,
    name: Option<Spanned<Name>>,
}

const BFD_ROWS: &[Row<BfdDraft>] = &[Row::<BfdDraft>::new(
    "name",
    Grammar::Name,
    "The name of the `bfd_instance`",
    |draft, cx, statement| {
        draft.has_name = true;
        draft.name = statement.value().name(cx);
    },
)];

/// Reads a `BFD_CHECK`.
pub(super) fn bfd(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = BfdDraft::default();
    block(cx, &BFD, statement.nodes(), &mut draft);
    if !draft.has_name {
        incomplete(cx, statement, "has no session to follow", "add `name NAME`");
    }
    let name = draft.name?;
    let check = Check::Bfd(name.value.clone());
    let kind = super::Referred::Bfd;
    Some(Pending {
        refers: Some(super::Reference { kind, name }),
        ..Pending::new(statement, Base::default(), Kind::PING, check)
    })
}
