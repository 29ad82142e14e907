//! Real servers as data: how each behaves when it is checked.
//!
//! A server belongs to the world and not to a node, so that all nodes that check it see the same.
//! One that nobody has spoken of is well. Deliberately absent: connections, bytes and pages; what
//! those come to is an answer of [`bellwether_core::lvs::ProbeResult`].

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;

use bellwether_core::event::ScriptExit;
use bellwether_core::lvs::{ProbeFailure, ProbeResult, ProbeSpec};
use bellwether_core::model::lvs::{Check, Url, UrlBody};
use serde::{Deserialize, Serialize};

use crate::scenario::units;

/// How long a check takes that nothing delays.
pub const CHECK: Duration = Duration::from_millis(1);

/// How a real server behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It is well.
    #[default]
    Ok,
    /// The host is there, and nobody listens on its ports.
    Refuse,
    /// The host is gone: nothing answers, not even with a refusal.
    Hang,
    /// Connections are accepted, and then nothing follows.
    HalfOpen,
    /// A byte comes now and then, so that no single wait is ever too long.
    Trickle,
    /// The connection ends in the middle of the answer.
    Reset,
    /// It is well, and takes this long to answer.
    Slow(#[serde(with = "units::span")] Duration),
    /// It answers HTTP with this status.
    Status(u16),
    /// What it answers has another body.
    WrongBody,
    /// What it answers is not the protocol.
    Garbage,
    /// Commands that check it end with this status.
    Exit(u8),
    /// It is well and refuses by turns, one letter for each check: `o` is well, `x` refuses.
    Flap(String),
}

/// What comes of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How long it takes.
    pub after: Duration,
    /// How it ends; none: the checker is never told.
    pub result: Option<ProbeResult>,
}

/// All real servers that are not simply well.
#[derive(Clone, Debug, Default)]
pub struct Backends {
    known: BTreeMap<IpAddr, Backend>,
}

#[derive(Clone, Debug, Default)]
struct Backend {
    health: Health,
    /// How many checks have met it as it is now.
    met: usize,
}

impl Backends {
    /// A server behaves so from now on.
    pub fn behave(&mut self, address: IpAddr, health: Health) {
        let backend = Backend { health, met: 0 };
        self.known.insert(address, backend);
    }

    /// All are well.
    pub fn heal(&mut self) {
        self.known.clear();
    }

    /// How a server behaves.
    #[must_use]
    pub fn health(&self, address: IpAddr) -> &Health {
        self.known
            .get(&address)
            .map_or(&Health::Ok, |own| &own.health)
    }

    /// A check meets a server. What is checked is the real server, wherever the check connects.
    pub fn meet(&mut self, spec: &ProbeSpec, page: Option<u16>) -> Ending {
        let Some(backend) = self.known.get_mut(&spec.server.address) else {
            return ending(&Health::Ok, spec, page);
        };
        let turn = backend.met;
        backend.met += 1;
        let Health::Flap(pattern) = &backend.health else {
            return ending(&backend.health, spec, page);
        };
        let letters: Vec<char> = pattern.chars().filter(|own| !own.is_whitespace()).collect();
        let letter = letters.get(turn % letters.len().max(1));
        let health = if letter == Some(&'x') {
            Health::Refuse
        } else {
            Health::Ok
        };
        ending(&health, spec, page)
    }
}

/// What comes of a check of a server that behaves so.
#[must_use]
pub fn ending(health: &Health, spec: &ProbeSpec, page: Option<u16>) -> Ending {
    let kind = Kind::of(&spec.check);
    let at_once = |result| Ending {
        after: CHECK,
        result: Some(result),
    };
    let fails = |why| at_once(ProbeResult::Failed(why));
    let timeout = Ending {
        after: spec.timeout,
        result: Some(ProbeResult::Failed(ProbeFailure::Timeout)),
    };
    let never = Ending {
        after: spec.deadline,
        result: None,
    };
    match (health, kind) {
        (Health::Exit(status), Kind::Command) => {
            at_once(ProbeResult::Exited(ScriptExit::Status(i32::from(*status))))
        }
        (Health::Refuse | Health::Reset, Kind::Command) => {
            at_once(ProbeResult::Exited(ScriptExit::Status(1)))
        }
        (Health::Hang | Health::HalfOpen | Health::Trickle, Kind::Command)
        | (Health::Trickle, Kind::Dialogue) => never,
        (Health::Refuse, Kind::Dialogue | Kind::Connect) => fails(ProbeFailure::Refused),
        (Health::Hang, _) | (Health::HalfOpen, Kind::Dialogue) => timeout,
        (Health::Reset, Kind::Dialogue) => fails(ProbeFailure::Closed),
        (Health::Slow(span), _) if *span > spec.timeout => timeout,
        (Health::Slow(span), _) => Ending {
            after: *span,
            result: Some(well(kind)),
        },
        (Health::Garbage, Kind::Dialogue) => {
            fails(ProbeFailure::Garbage("not the protocol".to_owned()))
        }
        (Health::Status(status), _) if refuses(&spec.check, page, *status) => {
            fails(ProbeFailure::Status(*status))
        }
        (Health::WrongBody, _) => match body(&spec.check, page) {
            Some(UrlBody::Digest(_)) => fails(ProbeFailure::Digest),
            Some(UrlBody::Regex(_)) => fails(ProbeFailure::Body),
            None => at_once(well(kind)),
        },
        (
            Health::Ok
            | Health::Refuse
            | Health::HalfOpen
            | Health::Trickle
            | Health::Reset
            | Health::Garbage
            | Health::Status(_)
            | Health::Exit(_)
            | Health::Flap(_),
            _,
        ) => at_once(well(kind)),
    }
}

/// What kinds of checks have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It ends when something has come through once.
    Connect,
    /// It goes on after that.
    Dialogue,
    /// It reaches the host and no port.
    Host,
    /// A command that knows how.
    Command,
}

impl Kind {
    const fn of(check: &Check) -> Self {
        match check {
            Check::Tcp | Check::Udp(_) => Self::Connect,
            Check::Http(_) | Check::Smtp(_) | Check::Dns(_) => Self::Dialogue,
            Check::Misc(_) => Self::Command,
            Check::Ping | Check::File(_) | Check::Bfd(_) => Self::Host,
        }
    }
}

const fn well(kind: Kind) -> ProbeResult {
    match kind {
        Kind::Command => ProbeResult::Exited(ScriptExit::Status(0)),
        Kind::Connect | Kind::Dialogue | Kind::Host => ProbeResult::Success,
    }
}

fn url(check: &Check, page: Option<u16>) -> Option<&Url> {
    let Check::Http(http) = check else {
        return None;
    };
    http.urls.get(usize::from(page.unwrap_or(0)))
}

fn body(check: &Check, page: Option<u16>) -> Option<&UrlBody> {
    url(check, page)?.body.as_ref()
}

/// keepalived: 200 to 299 is well, unless the page says otherwise.
fn refuses(check: &Check, page: Option<u16>, status: u16) -> bool {
    let Some(url) = url(check, page) else {
        return false;
    };
    let listed = url
        .status
        .iter()
        .any(|own| (own.first..=own.last).contains(&status));
    let usual = url.status.is_empty() && (200..=299).contains(&status);
    !listed && !usual
}
