//! Who is told of what happens: scripts, FIFOs and mail.

use core::ops::{Deref, DerefMut};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Command;

/// A user, and perhaps a group, that a command runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunAs {
    /// The user's name or number.
    pub user: String,
    /// The group's; none: the user's own.
    pub group: Option<String>,
}

/// A command that is run when something happens. No wider than a pointer: most of the places for
/// one are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hook(Box<Run>);

/// What a [`Hook`] points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What is run.
    pub command: Command,
    /// Who it runs as; none: as `script_user` says.
    pub user: Option<RunAs>,
}

impl Hook {
    /// Has this command run by that user; none: as `script_user` says.
    #[must_use]
    pub fn new(command: Command, user: Option<RunAs>) -> Self {
        Self(Box::new(Run { command, user }))
    }
}

impl Deref for Hook {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.0
    }
}

impl DerefMut for Hook {
    fn deref_mut(&mut self) -> &mut Run {
        &mut self.0
    }
}

/// Who is told of the transitions of an instance or a sync group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// On becoming master.
    pub master: Option<Hook>,
    /// On becoming backup.
    pub backup: Option<Hook>,
    /// On entering FAULT.
    pub fault: Option<Hook>,
    /// When the daemon stops.
    pub stop: Option<Hook>,
    /// When a reload removes it.
    pub deleted: Option<Hook>,
    /// When a master hears a lower priority.
    pub master_rx_lower_pri: Option<Hook>,
    /// On every transition, with kind, name, state and priority as arguments.
    pub any: Option<Hook>,
    /// Whether a change of the effective priority is told too.
    pub priority_changes: bool,
    /// Whether transitions are mailed; none: as the global `smtp_alert` says.
    pub mail: Option<bool>,
}

/// A named pipe that events are written to, as lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fifo {
    /// Its path.
    pub path: String,
    /// Who owns it; none: the daemon's user.
    pub owner: Option<RunAs>,
    /// A program that is started to read it, and started again when it ends.
    pub script: Option<Hook>,
}

/// Where and how mail is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Addressees.
    pub to: Vec<String>,
    /// Sender; none: the daemon's user at its host.
    pub from: Option<String>,
    /// The mail server's name or address; none: no mail is sent.
    pub server: Option<String>,
    /// Its port; default 25.
    pub port: u16,
    /// What the daemon calls itself; none: the host's name.
    pub helo_name: Option<String>,
    /// How long connecting may take; default 30 s.
    #[serde(with = "super::as_nanos")]
    pub connect_timeout: Duration,
    /// Default for everything that can mail.
    pub alert: Option<bool>,
    /// Default for instances and groups; none: as `alert`.
    pub alert_vrrp: Option<bool>,
    /// Default for real servers and quorums; none: as `alert`.
    pub alert_checker: Option<bool>,
    /// Whether entering FAULT is mailed; default true.
    pub faults: bool,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            from: None,
            server: None,
            port: 25,
            helo_name: None,
            connect_timeout: Duration::from_secs(30),
            alert: None,
            alert_vrrp: None,
            alert_checker: None,
            faults: true,
        }
    }
}
