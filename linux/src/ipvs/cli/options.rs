//! The options of ipvsadm.
//!
//! Invariant: [`ROWS`] is the one place that knows an option: the reader (`words`) and the help come
//! from it.

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    AddService,
    EditService,
    DeleteService,
    Clear,
    Restore,
    Save,
    AddServer,
    EditServer,
    DeleteServer,
    List,
    Zero,
    Set,
    StartDaemon,
    StopDaemon,
    Help,
    Version,
}

/// What goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opt {
    TcpService,
    UdpService,
    SctpService,
    FwmarkService,
    Ipv6,
    Scheduler,
    Engine,
    Persistent,
    Netmask,
    RealServer,
    Gatewaying,
    Ipip,
    Masquerading,
    TunType,
    TunPort,
    TunNocsum,
    TunCsum,
    TunRemcsum,
    Weight,
    UThreshold,
    LThreshold,
    Connection,
    Timeout,
    Daemon,
    Stats,
    Rate,
    Exact,
    Thresholds,
    PersistentConn,
    TunInfo,
    Nosort,
    Sort,
    Ops,
    Numeric,
    SchedFlags,
    SyncId,
    SyncMaxlen,
    McastInterface,
    McastGroup,
    McastPort,
    McastTtl,
}

/// What an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Verb(Verb),
    Opt(Opt),
}

impl Is {
    /// Its long name.
    fn name(self) -> &'static str {
        let row = ROWS.iter().find(|row| row.is == self);
        row.map_or("", |row| row.long)
    }
}

impl Verb {
    /// Its long name.
    pub(super) fn name(self) -> &'static str {
        Is::Verb(self).name()
    }
}

impl Opt {
    /// Its long name.
    pub(super) fn name(self) -> &'static str {
        Is::Opt(self).name()
    }
}

/// Whether an option has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// It has none.
    Nothing,
    /// It must have one.
    Value,
    /// It may have one.
    Perhaps,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) is: Is,
    pub(super) long: &'static str,
    pub(super) short: Option<char>,
    pub(super) takes: Takes,
    /// What its value is called in the help; empty: it has none.
    value: &'static str,
    help: &'static str,
}

const fn flag(is: Is, long: &'static str, short: Option<char>, help: &'static str) -> Row {
    Row {
        is,
        long,
        short,
        takes: Takes::Nothing,
        value: "",
        help,
    }
}

const fn with(
    is: Is,
    (long, short): (&'static str, Option<char>),
    value: &'static str,
    help: &'static str,
) -> Row {
    Row {
        is,
        long,
        short,
        takes: Takes::Value,
        value,
        help,
    }
}

const fn perhaps(
    is: Is,
    (long, short): (&'static str, Option<char>),
    value: &'static str,
    help: &'static str,
) -> Row {
    Row {
        is,
        long,
        short,
        takes: Takes::Perhaps,
        value,
        help,
    }
}

/// All options. Where one has two names, the first row is the one that is shown.
pub(super) const ROWS: &[Row] = &[
    flag(
        Is::Verb(Verb::AddService),
        "add-service",
        Some('A'),
        "add a virtual service",
    ),
    flag(
        Is::Verb(Verb::EditService),
        "edit-service",
        Some('E'),
        "change one; what is not said is the default",
    ),
    flag(
        Is::Verb(Verb::DeleteService),
        "delete-service",
        Some('D'),
        "remove one and its servers",
    ),
    flag(
        Is::Verb(Verb::Clear),
        "clear",
        Some('C'),
        "remove everything",
    ),
    flag(
        Is::Verb(Verb::Restore),
        "restore",
        Some('R'),
        "read commands from standard input",
    ),
    flag(
        Is::Verb(Verb::Save),
        "save",
        Some('S'),
        "print the table as such commands",
    ),
    flag(
        Is::Verb(Verb::AddServer),
        "add-server",
        Some('a'),
        "add a real server",
    ),
    flag(
        Is::Verb(Verb::EditServer),
        "edit-server",
        Some('e'),
        "change one; what is not said is the default",
    ),
    flag(
        Is::Verb(Verb::DeleteServer),
        "delete-server",
        Some('d'),
        "remove one",
    ),
    flag(
        Is::Verb(Verb::List),
        "list",
        Some('L'),
        "list the table (also -l)",
    ),
    flag(Is::Verb(Verb::List), "list", Some('l'), ""),
    flag(
        Is::Verb(Verb::Zero),
        "zero",
        Some('Z'),
        "count anew, for one service or all",
    ),
    perhaps(
        Is::Verb(Verb::Set),
        ("set", None),
        "TCP TCPFIN UDP",
        "set the connection timeouts in seconds; 0: as it is",
    ),
    with(
        Is::Verb(Verb::StartDaemon),
        ("start-daemon", None),
        "ROLE",
        "start the synchronisation daemon: master or backup",
    ),
    with(
        Is::Verb(Verb::StopDaemon),
        ("stop-daemon", None),
        "ROLE",
        "stop it",
    ),
    flag(Is::Verb(Verb::Help), "help", Some('h'), "print this"),
    flag(
        Is::Verb(Verb::Version),
        "version",
        Some('v'),
        "print the version",
    ),
    with(
        Is::Opt(Opt::TcpService),
        ("tcp-service", Some('t')),
        "HOST[:PORT]",
        "a TCP service",
    ),
    with(
        Is::Opt(Opt::UdpService),
        ("udp-service", Some('u')),
        "HOST[:PORT]",
        "a UDP service",
    ),
    with(
        Is::Opt(Opt::SctpService),
        ("sctp-service", None),
        "HOST[:PORT]",
        "an SCTP service",
    ),
    with(
        Is::Opt(Opt::FwmarkService),
        ("fwmark-service", Some('f')),
        "MARK",
        "a firewall mark, above 0",
    ),
    flag(
        Is::Opt(Opt::Ipv6),
        "ipv6",
        Some('6'),
        "the mark is on IPv6 packets",
    ),
    with(
        Is::Opt(Opt::Scheduler),
        ("scheduler", Some('s')),
        "NAME",
        "how connections are shared out [wlc]",
    ),
    with(
        Is::Opt(Opt::Engine),
        ("pe", None),
        "NAME",
        "persistence engine: sip",
    ),
    perhaps(
        Is::Opt(Opt::Persistent),
        ("persistent", Some('p')),
        "SECONDS",
        "clients stay with their server [360]",
    ),
    with(
        Is::Opt(Opt::Netmask),
        ("netmask", Some('M')),
        "MASK",
        "which clients count as one: mask, or IPv6 prefix length",
    ),
    with(
        Is::Opt(Opt::RealServer),
        ("real-server", Some('r')),
        "HOST[:PORT]",
        "a real server",
    ),
    flag(
        Is::Opt(Opt::Gatewaying),
        "gatewaying",
        Some('g'),
        "direct routing (the default)",
    ),
    flag(Is::Opt(Opt::Ipip), "ipip", Some('i'), "a tunnel"),
    flag(Is::Opt(Opt::Masquerading), "masquerading", Some('m'), "NAT"),
    with(
        Is::Opt(Opt::TunType),
        ("tun-type", None),
        "KIND",
        "ipip, gue or gre [ipip]",
    ),
    with(
        Is::Opt(Opt::TunPort),
        ("tun-port", None),
        "PORT",
        "GUE's port",
    ),
    flag(
        Is::Opt(Opt::TunNocsum),
        "tun-nocsum",
        None,
        "GUE, GRE: without checksum (the default)",
    ),
    flag(
        Is::Opt(Opt::TunCsum),
        "tun-csum",
        None,
        "GUE, GRE: with checksum",
    ),
    flag(
        Is::Opt(Opt::TunRemcsum),
        "tun-remcsum",
        None,
        "GUE: with remote checksum offload",
    ),
    with(
        Is::Opt(Opt::Weight),
        ("weight", Some('w')),
        "NUMBER",
        "the server's share; 0 takes nothing new [1]",
    ),
    with(
        Is::Opt(Opt::UThreshold),
        ("u-threshold", Some('x')),
        "NUMBER",
        "connections at which it takes no more [0: no limit]",
    ),
    with(
        Is::Opt(Opt::LThreshold),
        ("l-threshold", Some('y')),
        "NUMBER",
        "connections below which it takes some again",
    ),
    flag(
        Is::Opt(Opt::Connection),
        "connection",
        Some('c'),
        "list connections",
    ),
    flag(
        Is::Opt(Opt::Timeout),
        "timeout",
        None,
        "list the connection timeouts",
    ),
    flag(
        Is::Opt(Opt::Daemon),
        "daemon",
        None,
        "list the synchronisation daemons",
    ),
    flag(Is::Opt(Opt::Stats), "stats", None, "list counters"),
    flag(Is::Opt(Opt::Rate), "rate", None, "list rates"),
    flag(Is::Opt(Opt::Exact), "exact", None, "numbers in full"),
    flag(
        Is::Opt(Opt::Thresholds),
        "thresholds",
        None,
        "list thresholds",
    ),
    flag(
        Is::Opt(Opt::PersistentConn),
        "persistent-conn",
        None,
        "list the clients that stay with their server",
    ),
    flag(Is::Opt(Opt::TunInfo), "tun-info", None, "list tunnels"),
    flag(
        Is::Opt(Opt::Nosort),
        "nosort",
        None,
        "in the kernel's order",
    ),
    flag(Is::Opt(Opt::Sort), "sort", None, "in order (the default)"),
    flag(
        Is::Opt(Opt::Ops),
        "ops",
        Some('o'),
        "schedule each packet by itself (UDP)",
    ),
    flag(
        Is::Opt(Opt::Numeric),
        "numeric",
        Some('n'),
        "addresses and ports as numbers",
    ),
    with(
        Is::Opt(Opt::SchedFlags),
        ("sched-flags", Some('b')),
        "FLAGS",
        "its flags, with commas: sh-port, sh-fallback, mh-..., flag-1 ...",
    ),
    with(
        Is::Opt(Opt::SyncId),
        ("syncid", None),
        "NUMBER",
        "the daemon's id, 0 to 255 [0]",
    ),
    with(
        Is::Opt(Opt::SyncMaxlen),
        ("sync-maxlen", None),
        "BYTES",
        "its longest message",
    ),
    with(
        Is::Opt(Opt::McastInterface),
        ("mcast-interface", None),
        "NAME",
        "its interface",
    ),
    with(
        Is::Opt(Opt::McastGroup),
        ("mcast-group", None),
        "ADDRESS",
        "its group [224.0.0.81]",
    ),
    with(
        Is::Opt(Opt::McastPort),
        ("mcast-port", None),
        "PORT",
        "its port [8848]",
    ),
    with(
        Is::Opt(Opt::McastTtl),
        ("mcast-ttl", None),
        "NUMBER",
        "its time to live [1]",
    ),
];

/// What the help says of all options.
pub(super) fn help() -> String {
    let mut text = String::from("Commands:\n");
    let mut in_options = false;
    for row in ROWS.iter().filter(|row| !row.help.is_empty()) {
        if !in_options && matches!(row.is, Is::Opt(_)) {
            in_options = true;
            text.push_str("\nOptions:\n");
        }
        let short = match row.short {
            Some(short) => format!("-{short},"),
            None => "   ".to_owned(),
        };
        let name = format!("--{} {}", row.long, row.value);
        text.push_str(&format!("  {short} {name:<30} {}\n", row.help));
    }
    text
}
