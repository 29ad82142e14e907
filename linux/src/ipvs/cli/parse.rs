//! A command line as what it asks for.
//!
//! Invariant: a command is whole and allowed, or there is an error and nothing is done. What goes
//! with which command, and what an absent option means, are ipvsadm's.

use std::net::IpAddr;

use bellwether_core::kernel::ipvs::{
    Daemon, FLAG_FALLBACK, FLAG_PORT, IpvsOp, Method, Netmask, Persistence, Role, Service,
    ServiceKey, Timeouts,
};
use bellwether_core::model::lvs::{Protocol, Tunnel};
use bellwether_core::unit::{Family, IfName};

use super::Usage;
use super::address::{host_and_port, number, protocol_of};
use super::options::{Is, Opt, Verb};
use super::server;
use super::words::{self, Line, Word};

/// The longest persistence and connection timeout: 31 days.
const MAX_TIMEOUT: u32 = 2_678_400;

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Change the table.
    Change(IpvsOp),
    /// List something.
    List(Listing),
    /// Print the table as commands.
    Save {
        /// Addresses and ports as numbers.
        numeric: bool,
    },
    /// Read commands from standard input.
    Restore,
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// What is to be listed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) what: What,
    /// This service only.
    pub(super) service: Option<ServiceKey>,
    pub(super) numeric: bool,
    pub(super) exact: bool,
    pub(super) sorted: bool,
}

/// What is to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Table(Columns),
    Connections {
        /// With what persistence engines know.
        engines: bool,
    },
    Timeouts,
    Daemons,
}

/// What of a table is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    Plain,
    Tunnels,
    Thresholds,
    Persistent,
    Stats,
    Rates,
}

/// Reads a command line.
///
/// # Errors
///
/// Whatever is wrong with it.
pub(super) fn command(arguments: &[String]) -> Result<Command, Usage> {
    if arguments.is_empty() {
        return Ok(Command::List(listing(&Given::default())?));
    }
    let line = words::read(arguments)?;
    let given = Given::new(line)?;
    match given.verb {
        Verb::AddService => service(&given).map(IpvsOp::AddService).map(Command::Change),
        Verb::EditService => service(&given).map(IpvsOp::SetService).map(Command::Change),
        Verb::DeleteService => {
            let key = service_key(&given)?;
            Ok(Command::Change(IpvsOp::RemoveService(key)))
        }
        Verb::Clear => Ok(Command::Change(IpvsOp::Flush)),
        Verb::AddServer => {
            let (key, destination) = server::server(&given, service_key(&given)?)?;
            Ok(Command::Change(IpvsOp::AddDestination(key, destination)))
        }
        Verb::EditServer => {
            let (key, destination) = server::server(&given, service_key(&given)?)?;
            Ok(Command::Change(IpvsOp::SetDestination(key, destination)))
        }
        Verb::DeleteServer => {
            let key = service_key(&given)?;
            let server = server::server_key(&given, &key)?;
            Ok(Command::Change(IpvsOp::RemoveDestination(key, server)))
        }
        Verb::Zero => {
            let key = given.has_service().then(|| service_key(&given));
            Ok(Command::Change(IpvsOp::Zero(key.transpose()?)))
        }
        Verb::Set => timeouts(&given)
            .map(IpvsOp::SetTimeouts)
            .map(Command::Change),
        Verb::StartDaemon => daemon(&given).map(IpvsOp::StartDaemon).map(Command::Change),
        Verb::StopDaemon => {
            let role = role(&given)?;
            Ok(Command::Change(IpvsOp::StopDaemon(role)))
        }
        Verb::Save => Ok(Command::Save {
            numeric: given.has(Opt::Numeric),
        }),
        Verb::List => listing(&given).map(Command::List),
        Verb::Restore => Ok(Command::Restore),
        Verb::Help => Ok(Command::Help),
        Verb::Version => Ok(Command::Version),
    }
}

/// The options of one command, each at most once.
#[derive(Debug)]
pub(super) struct Given {
    verb: Verb,
    options: Vec<(Opt, Option<String>)>,
    /// What belongs to no option: the last two values of `--set`.
    loose: Vec<String>,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            verb: Verb::List,
            options: Vec::new(),
            loose: Vec::new(),
        }
    }
}

/// The options that say a service, and the protocol of those that have one.
const SERVICES: [(Opt, Option<Protocol>); 4] = [
    (Opt::TcpService, Some(Protocol::Tcp)),
    (Opt::UdpService, Some(Protocol::Udp)),
    (Opt::SctpService, Some(Protocol::Sctp)),
    (Opt::FwmarkService, None),
];

/// The options that say how packets reach a server.
const METHODS: [(Opt, Method); 3] = [
    (Opt::Gatewaying, Method::Direct),
    (Opt::Ipip, Method::Tunnel(Tunnel::IpIp)),
    (Opt::Masquerading, Method::Masquerade),
];

impl Given {
    fn new(line: Line) -> Result<Self, Usage> {
        let mut words = line.words.into_iter();
        let (verb, value) = match words.next() {
            Some(Word {
                is: Is::Verb(verb),
                value,
                ..
            }) => (verb, value),
            Some(_) | None => return Err(Usage::no_command()),
        };
        let mut given = Self {
            verb,
            ..Self::default()
        };
        for word in words {
            let option = match word.is {
                Is::Opt(option) => option,
                Is::Verb(_) => {
                    return Err(Usage::wrong(format!("invalid option `{}'", word.shown)));
                }
            };
            given.check(option)?;
            given.options.push((option, word.value));
        }
        // What follows a command is its own.
        given.loose = value.into_iter().chain(line.loose).collect();
        let own = match verb {
            Verb::Set => 3,
            Verb::StartDaemon | Verb::StopDaemon => 1,
            Verb::AddService
            | Verb::EditService
            | Verb::DeleteService
            | Verb::Clear
            | Verb::Restore
            | Verb::Save
            | Verb::AddServer
            | Verb::EditServer
            | Verb::DeleteServer
            | Verb::List
            | Verb::Zero
            | Verb::Help
            | Verb::Version => 0,
        };
        match given.loose.get(own) {
            Some(word) => Err(Usage::wrong(format!("unexpected argument {word}"))),
            None => Ok(given),
        }
    }

    /// Whether one more option goes with what there is.
    fn check(&self, option: Opt) -> Result<(), Usage> {
        let what = group_name(option);
        let mut earlier = self.options.iter();
        if earlier.any(|(earlier, _)| group_name(*earlier) == what) {
            return Err(Usage::wrong(format!("multiple '{what}' options specified")));
        }
        if !allowed(self.verb).contains(&option) {
            let verb = self.verb.name();
            return Err(Usage::wrong(format!(
                "the option '{what}' makes no sense with '{verb}'"
            )));
        }
        Ok(())
    }

    pub(super) fn has(&self, option: Opt) -> bool {
        self.options.iter().any(|(given, _)| *given == option)
    }

    /// The value of an option; none too if it was left out.
    pub(super) fn value(&self, option: Opt) -> Option<&str> {
        let word = self.options.iter().find(|(given, _)| *given == option);
        word.and_then(|(_, value)| value.as_deref())
    }

    fn has_service(&self) -> bool {
        SERVICES.iter().any(|(option, _)| self.has(*option))
    }

    /// How packets are to reach a server, without a tunnel's own options.
    pub(super) fn method(&self) -> Method {
        let chosen = METHODS.into_iter().find(|(option, _)| self.has(*option));
        chosen.map_or(Method::Direct, |(_, method)| method)
    }

    /// The error that an option is needed.
    pub(super) fn needs(&self, what: &str) -> Usage {
        let verb = self.verb.name();
        Usage::wrong(format!("'{verb}' needs the option '{what}'"))
    }
}

/// What an option is called, or the options of which there can be one.
fn group_name(option: Opt) -> &'static str {
    if SERVICES.iter().any(|(service, _)| *service == option) {
        "service-address"
    } else if METHODS.iter().any(|(method, _)| *method == option) {
        "forwarding-method"
    } else {
        option.name()
    }
}

/// The options that go with a command.
#[rustfmt::skip]
const fn allowed(verb: Verb) -> &'static [Opt] {
    use Opt::*;
    match verb {
        Verb::AddService | Verb::EditService => &[
            TcpService, UdpService, SctpService, FwmarkService, Ipv6, Scheduler, Engine,
            Persistent, Netmask, SchedFlags, Ops,
        ],
        Verb::DeleteService | Verb::Zero => &[
            TcpService, UdpService, SctpService, FwmarkService, Ipv6,
        ],
        Verb::AddServer | Verb::EditServer => &[
            TcpService, UdpService, SctpService, FwmarkService, Ipv6, RealServer, Gatewaying,
            Ipip, Masquerading, TunType, TunPort, TunNocsum, TunCsum, TunRemcsum, Weight,
            UThreshold, LThreshold,
        ],
        Verb::DeleteServer => &[
            TcpService, UdpService, SctpService, FwmarkService, Ipv6, RealServer,
        ],
        Verb::List => &[
            TcpService, UdpService, SctpService, FwmarkService, Ipv6, Connection, Timeout, Daemon,
            Stats, Rate, Exact, Thresholds, PersistentConn, TunInfo, Nosort, Sort, Numeric,
        ],
        Verb::Save => &[Numeric],
        Verb::StartDaemon => &[
            SyncId, SyncMaxlen, McastInterface, McastGroup, McastPort, McastTtl,
        ],
        Verb::Clear | Verb::Restore | Verb::Set | Verb::StopDaemon | Verb::Help
        | Verb::Version => &[],
    }
}

fn service_key(given: &Given) -> Result<ServiceKey, Usage> {
    let mut services = SERVICES.into_iter();
    let (option, protocol) = services
        .find(|(option, _)| given.has(*option))
        .ok_or_else(|| given.needs("service-address"))?;
    let text = given.value(option).unwrap_or_default();
    let Some(protocol) = protocol else {
        return mark(text, given.has(Opt::Ipv6));
    };
    if given.has(Opt::Ipv6) {
        return Err(Usage::wrong("-6 goes with -f only"));
    }
    let (address, port) = host_and_port(text, Some(protocol))
        .ok_or_else(|| Usage::wrong(format!("illegal virtual server address[:port] `{text}'")))?;
    Ok(ServiceKey::Address {
        protocol,
        address,
        port: port.unwrap_or(0),
    })
}

fn mark(text: &str, is_ipv6: bool) -> Result<ServiceKey, Usage> {
    let mark = number("fwmark", text, (1, u32::MAX))?;
    let family = if is_ipv6 { Family::V6 } else { Family::V4 };
    match mark.try_into() {
        Ok(mark) => Ok(ServiceKey::Fwmark { family, mark }),
        Err(_) => Err(Usage::wrong("a fwmark of 0")),
    }
}

fn service(given: &Given) -> Result<Service, Usage> {
    let key = service_key(given)?;
    let scheduler = match given.value(Opt::Scheduler) {
        None | Some("") => "wlc",
        Some(name) => kernel_name("scheduler", name)?,
    };
    let one_packet = given.has(Opt::Ops);
    if one_packet && matches!(protocol_of(&key), Some(Protocol::Tcp | Protocol::Sctp)) {
        return Err(Usage::wrong(
            "one-packet scheduling is for UDP services only",
        ));
    }
    let persistence = persistence(given, key.family())?;
    if persistence.is_none() && matches!(key, ServiceKey::Address { port: 0, .. }) {
        return Err(Usage::wrong(
            "port 0 is every port, which needs persistence (-p)",
        ));
    }
    Ok(Service {
        key,
        scheduler: scheduler.into(),
        scheduler_flags: flags(given.value(Opt::SchedFlags).unwrap_or_default(), scheduler)?,
        persistence,
        engine: match given.value(Opt::Engine) {
            Some(name) => Some(kernel_name("persistence engine", name)?.into()),
            None => None,
        },
        one_packet,
    })
}

/// The kernel takes names of 15 bytes; it would look for a longer one under its beginning.
fn kernel_name<'a>(what: &str, name: &'a str) -> Result<&'a str, Usage> {
    if (1..=15).contains(&name.len()) && !name.contains('\0') {
        Ok(name)
    } else {
        Err(Usage::wrong(format!("illegal {what} `{name}'")))
    }
}

fn persistence(given: &Given, family: Family) -> Result<Option<Persistence>, Usage> {
    let mask = match given.value(Opt::Netmask) {
        Some(text) => netmask(text, family)?,
        None => Netmask::host(family),
    };
    if !given.has(Opt::Persistent) {
        return Ok(None);
    }
    let timeout = match given.value(Opt::Persistent) {
        Some(text) => number("persistence timeout", text, (1, MAX_TIMEOUT))?,
        None => 360,
    };
    Ok(Some(Persistence { timeout, mask }))
}

fn netmask(text: &str, family: Family) -> Result<Netmask, Usage> {
    match family {
        Family::V4 => text.parse().map(Netmask::V4).map_err(|_| {
            Usage::wrong(format!(
                "illegal netmask `{text}': one like 255.255.255.0 is needed"
            ))
        }),
        Family::V6 => {
            let length = number("prefix length", text, (1, 128))?;
            Ok(Netmask::prefix(
                family,
                u8::try_from(length).unwrap_or(u8::MAX),
            ))
        }
    }
}

fn flags(text: &str, scheduler: &str) -> Result<u8, Usage> {
    let mut bits = 0;
    for name in text.split(',').filter(|name| !name.is_empty()) {
        let (of, bit) = match name {
            "flag-1" => ("", 1),
            "flag-2" => ("", 2),
            "flag-3" => ("", 4),
            "sh-fallback" => ("sh", FLAG_FALLBACK),
            "sh-port" => ("sh", FLAG_PORT),
            "mh-fallback" => ("mh", FLAG_FALLBACK),
            "mh-port" => ("mh", FLAG_PORT),
            _ => {
                return Err(Usage::wrong(format!("invalid scheduler flag `{name}'")));
            }
        };
        if !of.is_empty() && of != scheduler {
            return Err(Usage::wrong(format!(
                "incompatible scheduler flag `{name}': the scheduler is {scheduler}"
            )));
        }
        bits |= bit;
    }
    Ok(bits)
}

fn timeouts(given: &Given) -> Result<Timeouts, Usage> {
    let [tcp, tcp_fin, udp] = &given.loose[..] else {
        return Err(Usage::wrong("--set needs 3 timeouts"));
    };
    let read = |text: &str| number("timeout", text, (0, MAX_TIMEOUT));
    Ok(Timeouts {
        tcp: read(tcp)?,
        tcp_fin: read(tcp_fin)?,
        udp: read(udp)?,
    })
}

fn role(given: &Given) -> Result<Role, Usage> {
    match given.loose.first().map(String::as_str) {
        Some("master") => Ok(Role::Master),
        Some("backup") => Ok(Role::Backup),
        Some(other) => Err(Usage::wrong(format!(
            "illegal role `{other}': master or backup is needed"
        ))),
        None => Err(given.needs("ROLE")),
    }
}

fn daemon(given: &Given) -> Result<Daemon, Usage> {
    let role = role(given)?;
    let interface = given
        .value(Opt::McastInterface)
        .ok_or_else(|| given.needs("mcast-interface"))?;
    let interface: IfName = interface
        .parse()
        .map_err(|error| Usage::wrong(format!("mcast-interface `{interface}': {error}")))?;
    let small = |option: Opt, range| match given.value(option) {
        Some(text) => number(option.name(), text, range).map(Some),
        None => Ok(None),
    };
    let sync_id = small(Opt::SyncId, (0, 255))?.unwrap_or(0);
    let ttl = small(Opt::McastTtl, (1, 255))?;
    let group = match given.value(Opt::McastGroup) {
        Some(text) => Some(multicast(text)?),
        None => None,
    };
    Ok(Daemon {
        role,
        interface,
        sync_id: u8::try_from(sync_id).unwrap_or_default(),
        // An IPv4 message has headers of 20 and 8 bytes.
        max_len: small(Opt::SyncMaxlen, (1, 65_535 - 20 - 8))?.and_then(|n| n.try_into().ok()),
        group,
        port: small(Opt::McastPort, (1, 65_535))?.and_then(|n| n.try_into().ok()),
        ttl: ttl.and_then(|n| n.try_into().ok()),
    })
}

fn multicast(text: &str) -> Result<IpAddr, Usage> {
    text.parse()
        .ok()
        .filter(IpAddr::is_multicast)
        .ok_or_else(|| Usage::wrong(format!("invalid mcast-group `{text}'")))
}

fn listing(given: &Given) -> Result<Listing, Usage> {
    let what = [
        (
            Opt::Connection,
            What::Connections {
                engines: given.has(Opt::PersistentConn),
            },
        ),
        (Opt::Timeout, What::Timeouts),
        (Opt::Daemon, What::Daemons),
    ];
    let mut asked = what.into_iter().filter(|(option, _)| given.has(*option));
    let columns = [
        (Opt::Stats, Columns::Stats),
        (Opt::Rate, Columns::Rates),
        (Opt::Thresholds, Columns::Thresholds),
        (Opt::PersistentConn, Columns::Persistent),
        (Opt::TunInfo, Columns::Tunnels),
    ];
    let conflict = |one: Opt, other: &str| {
        Usage::wrong(format!(
            "'{}' conflicts with '{other}' in the 'list' command",
            one.name()
        ))
    };
    let first = asked.next();
    if let Some((option, _)) = first {
        if let Some((other, _)) = asked.next() {
            return Err(conflict(option, other.name()));
        }
        if given.has_service() {
            return Err(conflict(option, "service-address"));
        }
        let odd = |column: &Opt| {
            let engines = option == Opt::Connection && *column == Opt::PersistentConn;
            given.has(*column) && !engines && *column != Opt::TunInfo
        };
        if let Some((other, _)) = columns.iter().find(|(column, _)| odd(column)) {
            return Err(conflict(option, other.name()));
        }
    }
    let column = columns.into_iter().find(|(option, _)| given.has(*option));
    let columns = column.map_or(Columns::Plain, |(_, columns)| columns);
    if given.has(Opt::Ipv6) && !given.has(Opt::FwmarkService) {
        return Err(Usage::wrong("-6 goes with -f only"));
    }
    let service = given.has_service().then(|| service_key(given));
    Ok(Listing {
        what: first.map_or(What::Table(columns), |(_, what)| what),
        service: service.transpose()?,
        numeric: given.has(Opt::Numeric),
        exact: given.has(Opt::Exact),
        sorted: !given.has(Opt::Nosort),
    })
}
