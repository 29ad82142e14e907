//! How a real server is checked.

use core::time::Duration;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::model::Command;
use crate::unit::{IfName, Name};

/// One checker of a real server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checker {
    /// When it runs, and how often it tries.
    pub schedule: Schedule,
    /// What is connected to, when that is not the real server itself.
    pub connect: Option<SocketAddr>,
    /// How long connecting, and each answer, may take; default 5 s.
    #[serde(with = "crate::model::as_nanos")]
    pub timeout: Duration,
    /// Where it is connected from, if the file says.
    pub source: Option<Box<Source>>,
    /// What is done.
    pub check: Check,
}

/// When a checker runs, and how often it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Time between two checks; default the service's.
    #[serde(with = "crate::model::as_nanos")]
    pub delay_loop: Duration,
    /// The most time before the first check, of which a random part is waited; default
    /// `delay_loop`.
    #[serde(with = "crate::model::as_nanos")]
    pub warmup: Duration,
    /// How often a failed check is tried again; default by kind.
    pub retry: u32,
    /// How many checks in a row must be well before a server that is down is up; default 1.
    /// keepalived has no such setting: there one is enough.
    pub rise: u32,
    /// Time before each retry; default by kind.
    #[serde(with = "crate::model::as_nanos")]
    pub delay_before_retry: Duration,
    /// Whether the server is down until the first success.
    pub alpha: bool,
    /// Whether every failure is logged, not only those that change a state.
    pub log_all_failures: bool,
}

/// Where a check is made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The address.
    pub address: Option<IpAddr>,
    /// The port; 0: any.
    pub port: u16,
    /// The interface.
    pub interface: Option<IfName>,
    /// The mark of its packets; 0: none.
    pub fwmark: u32,
}

/// What a checker does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// It connects.
    Tcp,
    /// It asks for pages.
    Http(Box<HttpCheck>),
    /// It greets a mail server.
    Smtp(Box<SmtpCheck>),
    /// It asks a name server.
    Dns(DnsCheck),
    /// It runs a command.
    Misc(Box<MiscCheck>),
    /// It sends a datagram.
    Udp(Box<UdpCheck>),
    /// It sends an echo request.
    Ping,
    /// It reads the number of a tracked file.
    File(FileCheck),
    /// It follows a BFD session.
    Bfd(Name),
}

/// HTTP_GET and SSL_GET.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Whether it names the host in its TLS greeting.
    pub sni: bool,
    /// The host that it names there; none: the host name of its requests.
    pub sni_name: Option<Name>,
    /// Whether a TLS connection must be closed by the rules.
    pub tls_compliant: bool,
    /// The form of its requests; default 1.0.
    pub protocol: HttpProtocol,
    /// The host name of its requests; none: as the real server says, or the address.
    pub virtualhost: Option<Name>,
    /// Whether, when it is down, all pages are asked for at once (`fast_recovery`).
    pub fast_recovery: bool,
    /// The pages, at least one.
    pub urls: Vec<Url>,
}

/// The form of HTTP requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpProtocol {
    /// HTTP/1.0.
    #[default]
    V1_0,
    /// HTTP/1.0 with `Connection: close`.
    V1_0Close,
    /// HTTP/1.1 with `Connection: close`.
    V1_1,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// Its path, from the first `/`.
    pub path: String,
    /// The host name of its request; none: as the check says.
    pub virtualhost: Option<Name>,
    /// The status codes that are well; empty: 200 to 299.
    pub status: Vec<StatusRange>,
    /// What its body must be; none: anything.
    pub body: Option<UrlBody>,
    /// Whether a TLS connection must be closed by the rules; none: as the check says.
    pub tls_compliant: Option<bool>,
}

/// Status codes from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRange {
    /// 100 to 999.
    pub first: u16,
    /// Not below `first`.
    pub last: u16,
}

/// What a body must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UrlBody {
    /// Its MD5 digest.
    Digest([u8; 16]),
    /// Matched by an expression.
    Regex(RegexCheck),
}

/// An expression that a body must match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegexCheck {
    /// The expression, as PCRE2 writes them.
    pub pattern: String,
    /// Options of PCRE2, by name.
    pub options: Vec<String>,
    /// Whether it must not match (`regex_no_match`).
    pub negate: bool,
    /// The first byte that counts.
    pub min_offset: u64,
    /// The byte after the last that a match may start at; none: the end.
    pub max_offset: Option<u64>,
}

/// SMTP_CHECK.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpCheck {
    /// What it calls itself; none: `smtp.keepalived.org`, as keepalived does.
    pub helo_name: Option<String>,
    /// Other servers than the real server, all of which must be well.
    pub hosts: Vec<SmtpHost>,
}

/// One server of an SMTP_CHECK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpHost {
    /// What is connected to; none: the real server.
    pub connect: Option<SocketAddr>,
    /// Where from.
    pub source: Option<Box<Source>>,
}

/// DNS_CHECK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsCheck {
    /// What it asks for; default SOA.
    pub kind: DnsType,
    /// The name; default the root.
    pub name: Name,
}

/// What a DNS_CHECK asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsType {
    /// IPv4 addresses.
    A,
    /// Name servers.
    Ns,
    /// Another name.
    Cname,
    /// Start of authority.
    #[default]
    Soa,
    /// Mail servers.
    Mx,
    /// Text.
    Txt,
    /// IPv6 addresses.
    Aaaa,
    /// A signature.
    Rrsig,
    /// A key.
    Dnskey,
}

/// MISC_CHECK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MiscCheck {
    /// The command; exit status 0 means well.
    pub command: Command,
    /// Who it runs as.
    pub user: Option<crate::model::RunAs>,
    /// How long it may take; default `delay_loop`.
    #[serde(with = "crate::model::as_nanos")]
    pub timeout: Duration,
    /// Whether an exit status of 2 to 255 sets the weight to 0 to 253.
    pub dynamic: bool,
}

/// UDP_CHECK.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UdpCheck {
    /// What is sent; none: the kernel's default of one byte.
    pub payload: Option<Vec<u8>>,
    /// Whether there must be an answer.
    pub require_reply: bool,
    /// What it must start with, as far as both go; empty: anything.
    pub reply: Vec<ReplyByte>,
    /// Its shortest length in bytes; default 0.
    pub min_reply_len: u16,
    /// Its longest; default 255.
    pub max_reply_len: u16,
}

/// A byte of a datagram, of which perhaps not all bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyByte {
    /// The byte; bits that do not count are 0.
    pub value: u8,
    /// The bits that count.
    pub mask: u8,
}

impl Check {
    /// What it is called in a configuration: `TCP_CHECK`.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Tcp => "TCP_CHECK",
            Self::Http(http) if http.tls => "SSL_GET",
            Self::Http(_) => "HTTP_GET",
            Self::Smtp(_) => "SMTP_CHECK",
            Self::Dns(_) => "DNS_CHECK",
            Self::Misc(_) => "MISC_CHECK",
            Self::Udp(_) => "UDP_CHECK",
            Self::Ping => "PING_CHECK",
            Self::File(_) => "FILE_CHECK",
            Self::Bfd(_) => "BFD_CHECK",
        }
    }
}

/// FILE_CHECK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCheck {
    /// The name of the `track_file`.
    pub file: Name,
    /// What its number is multiplied by, within ±2,147,483,647; none: as the file says.
    pub weight: Option<i32>,
    /// Whether the product is negated.
    pub reverse: bool,
}
