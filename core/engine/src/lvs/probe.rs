//! What one check of a real server is, and how it ended.
//!
//! Owns the words between the schedule and whoever carries checks out. Deliberately absent: how a
//! check is carried out; that is an adapter's, behind [`crate::port::ProbePort`].

use core::fmt;
use core::time::Duration;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::ServerKey;
use crate::event::ScriptExit;
use crate::model::lvs::{Check, Source};
use crate::unit::Name;

/// One check that awaits its answer. Never reused within a node's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProbeId(pub u64);

/// What is to be done, the same at every check of one checker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeSpec {
    /// The real server that is checked.
    pub server: ServerKey,
    /// What is connected to: the real server, unless the checker says otherwise.
    pub target: SocketAddr,
    /// Where from, if the configuration says.
    pub source: Option<Box<Source>>,
    /// How long connecting, and each answer, may take; default 5 s.
    #[serde(with = "crate::model::as_nanos")]
    pub timeout: Duration,
    /// How long all of it may take. The core gives up then, whatever the adapter does; keepalived
    /// has no such limit, so that a server that answers a byte at a time holds a check for long.
    #[serde(with = "crate::model::as_nanos")]
    pub deadline: Duration,
    /// The host name of HTTP requests that name none of their own: the checker's, else the real
    /// server's, else the service's.
    pub virtualhost: Option<Name>,
    /// What is done. Never [`Check::File`] and [`Check::Bfd`]: those are heard, not done.
    pub check: Check,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeResult {
    /// The server is well.
    Success,
    /// It is not.
    Failed(ProbeFailure),
    /// The command of a MISC_CHECK ended; what its status means depends on `misc_dynamic`.
    Exited(ScriptExit),
}

/// Why a check failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeFailure {
    /// Nobody listens there.
    Refused,
    /// There is no way there.
    Unreachable,
    /// Something took longer than it may.
    Timeout,
    /// The connection ended before the answer did.
    Closed,
    /// An HTTP status that is not well.
    Status(u16),
    /// A body whose MD5 is another.
    Digest,
    /// A body, or a datagram, that is not as it must be.
    Body,
    /// What came is not the protocol.
    Garbage(String),
    /// No TLS could be agreed on.
    Tls(String),
    /// A mail or name server said no, with its code.
    Code(u16),
    /// A command ended with this status, or could not be started or ended by itself.
    Exit(ScriptExit),
    /// The tracked file says that the server is down.
    File,
    /// The BFD session is down.
    Bfd,
    /// Anything else.
    Other(String),
}

impl fmt::Display for ProbeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("connection refused"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Timeout => f.write_str("timed out"),
            Self::Closed => f.write_str("closed before the answer was complete"),
            Self::Status(status) => write!(f, "HTTP status {status}"),
            Self::Digest => f.write_str("the body has another digest"),
            Self::Body => f.write_str("the answer is not as it must be"),
            Self::Garbage(what) => write!(f, "not understood: {what}"),
            Self::Tls(what) => write!(f, "TLS: {what}"),
            Self::Code(code) => write!(f, "answered with code {code}"),
            Self::Exit(ScriptExit::Status(status)) => write!(f, "exit status {status}"),
            Self::Exit(ScriptExit::Signal(signal)) => write!(f, "ended by signal {signal}"),
            Self::Exit(ScriptExit::NotStarted) => f.write_str("could not be started"),
            Self::File => f.write_str("the tracked file says down"),
            Self::Bfd => f.write_str("the BFD session is down"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// When a check is given up, whatever the adapter does: after as many timeouts as there are answers
/// to wait for, and where that is one, after two. An adapter that has much to do begins late, and
/// its own limit, which counts from there, is the one that speaks of the server.
pub(super) fn deadline(check: &Check, timeout: Duration) -> Duration {
    let steps = match check {
        // Connecting, TLS, the head, and the body as long as both.
        Check::Http(_) => 5,
        // Connecting, banner, HELO, QUIT, for each host.
        Check::Smtp(check) => u32::try_from(check.hosts.len().max(1))
            .unwrap_or(u32::MAX)
            .saturating_mul(4),
        Check::Misc(check) => return check.timeout,
        Check::Tcp
        | Check::Dns(_)
        | Check::Udp(_)
        | Check::Ping
        | Check::File(_)
        | Check::Bfd(_) => 2,
    };
    timeout.saturating_mul(steps)
}
