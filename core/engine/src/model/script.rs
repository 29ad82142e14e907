//! A tracked script: `vrrp_script` of keepalived.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::RunAs;
use crate::unit::{Name, Weight};

/// A command that tells, by its exit status, whether something is well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// The name that instances track it by.
    pub name: Name,
    /// What to execute; no shell is involved.
    pub command: Command,
    /// Time from one start to the next; default 1 s. A run that is still going is not doubled.
    #[serde(with = "super::as_nanos")]
    pub interval: Duration,
    /// How long a run may take before it has failed; default the interval.
    #[serde(with = "super::as_nanos")]
    pub timeout: Duration,
    /// How many successes in a row make it well; default 1.
    pub rise: u32,
    /// How many failures in a row make it ill; default 1.
    pub fall: u32,
    /// Whether it counts as failed until it has been well `rise` times; default false.
    pub init_fail: bool,
    /// What it does to the priority of an instance that does not say otherwise; default 0: FAULT.
    pub weight: Weight,
    /// Whether success counts as failure and failure as success; default false.
    pub reverse: bool,
    /// Who it runs as; none: as `script_user` says.
    pub user: Option<RunAs>,
}

impl Script {
    /// A script with keepalived's defaults.
    #[must_use]
    pub fn new(name: Name, command: Command) -> Self {
        Self {
            name,
            command,
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            rise: 1,
            fall: 1,
            init_fail: false,
            weight: Weight::FAULT,
            reverse: false,
            user: None,
        }
    }
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Command(pub Vec<String>);
