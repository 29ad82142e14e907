//! The control socket: how a person, or a program, talks to the running daemon.
//!
//! | file | owns |
//! |---|---|
//! | `mod` | the protocol: requests and answers as lines of JSON |
//! | `place` | where the socket is |
//! | `server` | the daemon's end |
//! | `client` | the other end |
//! | `view` | the status as JSON, with times of the wall clock |
//!
//! # Protocol
//!
//! One JSON object on each line, in both directions; an answer for each request, in order. Every
//! object carries `"bellwether": 1`, the version of the protocol. Whoever may open the socket may
//! ask for the status and for plans; only root, and the user that the daemon runs as, may ask for
//! anything that changes it (`SO_PEERCRED`).
//!
//! Invariant: a client can't hurt the daemon. Requests are bounded in size and time, so are the
//! clients in number, and none is served by the thread that routes.

pub mod client;
pub mod place;
pub mod server;
pub mod view;

use bellwether_core::model::Config;
use bellwether_core::reload::Plan;
use serde::{Deserialize, Serialize};

use view::Status;

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// A request.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The version of the protocol: [`VERSION`].
    pub bellwether: u32,
    /// What is asked for.
    #[serde(flatten)]
    pub what: What,
}

impl Request {
    /// A request of this version.
    #[must_use]
    pub const fn new(what: What) -> Self {
        Self {
            bellwether: VERSION,
            what,
        }
    }
}

/// What is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum What {
    /// How things are.
    Status,
    /// What a reload of this configuration would do.
    Plan {
        /// The configuration, as this same version has it in memory.
        config: Box<Config>,
    },
    /// Read the file again.
    Reload,
    /// Count from zero again.
    ClearStatistics,
    /// Hand over and stop.
    Stop,
}

impl What {
    /// Whether it changes the daemon, so that not everybody may ask for it.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        match self {
            Self::Status | Self::Plan { .. } => false,
            Self::Reload | Self::ClearStatistics | Self::Stop => true,
        }
    }
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The version of the protocol: [`VERSION`].
    pub bellwether: u32,
    /// The answer itself.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The answer itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// How things are.
    Status {
        /// It.
        status: Box<Status>,
    },
    /// What a reload would do.
    Plan {
        /// It, for programs.
        plan: Box<Plan>,
        /// It, for people.
        text: String,
    },
    /// What a reload did.
    Reload(Box<Reloaded>),
    /// It is done, or on its way.
    Done,
    /// It was not done.
    Refused {
        /// Why.
        reason: Reason,
        /// Why, in words.
        message: String,
    },
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is no request of this version.
    BadRequest,
    /// Whoever asks may not.
    NotPermitted,
    /// Too many others are asking.
    Busy,
    /// The daemon is stopping.
    Stopping,
}

/// What a reload did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reloaded {
    /// How it ended.
    pub outcome: Outcome,
    /// What there is to say about the file, for people; empty if nothing.
    pub diagnostics: String,
    /// What it changed, for programs; none unless it changed something.
    pub plan: Option<Plan>,
    /// What it changed, for people.
    pub text: String,
}

/// How a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The new configuration is run.
    Changed,
    /// The file says what is run already.
    Unchanged,
    /// The file can't be run; the old configuration stays in force.
    Refused,
    /// The file can't be read; the old configuration stays in force.
    Unreadable,
}
