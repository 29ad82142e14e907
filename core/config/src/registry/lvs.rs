//! Keywords of the LVS part: enough to name them, and to say where they belong.

use super::Contents::{Keywords, Unread as Lines};
use super::Grammar::{self, Block, Unread};
use super::{Header, Keyword, Place};

const SERVER: &[Place] = &[Place::VirtualServer];
const EITHER: &[Place] = &[Place::VirtualServer, Place::RealServer];
const REAL: &[Place] = &[Place::RealServer];
const CHECK: &[Place] = &[Place::Checker];
const REST: Grammar = Unread {
    min: 0,
    max: usize::MAX,
};
const WITHOUT: &str = "not balance its load";

const fn row(name: &'static str, places: &'static [Place], doc: &'static str) -> Keyword {
    Keyword::new(name, places, doc).takes(REST).not_yet(WITHOUT)
}

const fn checker(name: &'static str, doc: &'static str) -> Keyword {
    row(name, REAL, doc).takes(Block(Header::None, Keywords(Place::Checker)))
}

/// The rows.
pub(super) const KEYWORDS: &[Keyword] = &[
    row(
        "virtual_server",
        &[Place::Top],
        "A service whose load is balanced",
    )
    .takes(Block(Header::Unread, Keywords(Place::VirtualServer))),
    row(
        "virtual_server_group",
        &[Place::Top],
        "Addresses of one service",
    )
    .takes(Block(Header::Name, Lines)),
    row("group", &[Place::Top], "Services that belong together")
        .takes(Block(Header::Unread, Lines)),
    row(
        "real_server",
        SERVER,
        "A server that bears a service's load",
    )
    .takes(Block(Header::Unread, Keywords(Place::RealServer))),
    row(
        "sorry_server",
        SERVER,
        "The server when all others are down",
    ),
    row(
        "sorry_server_inhibit",
        SERVER,
        "Keep it in the table with weight 0",
    ),
    row("delay_loop", SERVER, "Time between checks"),
    row("lb_algo", SERVER, "The scheduler").aliases(&["lvs_sched"]),
    row("lb_kind", EITHER, "The forwarding method").aliases(&["lvs_method"]),
    row("protocol", SERVER, "TCP, UDP or SCTP"),
    row(
        "persistence_timeout",
        SERVER,
        "How long a client stays with its server",
    ),
    row(
        "persistence_granularity",
        SERVER,
        "Which clients stay together",
    ),
    row("persistence_engine", SERVER, "What tells clients apart"),
    row("quorum", SERVER, "How much live weight a service needs"),
    row(
        "hysteresis",
        SERVER,
        "How far the weight must pass the quorum",
    ),
    row(
        "quorum_up",
        SERVER,
        "A command to run when it has its quorum",
    ),
    row(
        "quorum_down",
        SERVER,
        "A command to run when it has lost it",
    ),
    row(
        "ha_suspend",
        SERVER,
        "No checks while the address is elsewhere",
    ),
    row("omega", SERVER, "Notify at the end"),
    row("ops", SERVER, "Schedule every packet by itself"),
    row("ip_family", SERVER, "inet or inet6"),
    row("alpha", EITHER, "Servers are down until they are checked"),
    row("virtualhost", EITHER, "The host name of HTTP checks"),
    row("inhibit_on_failure", EITHER, "Weight 0 instead of removal"),
    row("uthreshold", REAL, "The most connections"),
    row(
        "lthreshold",
        REAL,
        "The connections at which it is used again",
    ),
    row("notify_up", REAL, "A command to run when it is up"),
    row("notify_down", REAL, "A command to run when it is down"),
    checker("TCP_CHECK", "It accepts a connection"),
    checker("HTTP_GET", "It answers a request"),
    checker("SSL_GET", "It answers a request over TLS"),
    checker("SMTP_CHECK", "It greets a mail client"),
    checker("DNS_CHECK", "It answers a query"),
    checker("MISC_CHECK", "A command says that it is well"),
    checker("UDP_CHECK", "It does not refuse a datagram"),
    checker("PING_CHECK", "It answers an echo request"),
    checker("FILE_CHECK", "A file says that it is well"),
    checker("BFD_CHECK", "Its BFD session is up"),
    row("connect_ip", CHECK, "The address to check"),
    row("connect_port", CHECK, "The port to check"),
    row(
        "connect_timeout",
        CHECK,
        "How long to wait for a connection",
    ),
    row("bindto", CHECK, "The address to check from"),
    row("retry", CHECK, "How often to try again"),
    row("nb_get_retry", CHECK, "How often to try again"),
    row(
        "delay_before_retry",
        CHECK,
        "How long to wait before trying again",
    ),
    row("warmup", CHECK, "How long to wait before the first check"),
    row("url", CHECK, "A request").takes(Block(Header::None, Lines)),
    row("misc_path", CHECK, "The command"),
    row("misc_timeout", CHECK, "How long the command may take"),
    row("misc_dynamic", CHECK, "Its exit status is the weight"),
];
