//! The states of a virtual router, and why it changes them.

use core::fmt;

use serde::{Deserialize, Serialize};

/// State of a VRRP instance. RFC 9568 says Active where the field says Master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Not started: its interface or a script's first verdict is still awaited
    /// (RFC 9568: Initialize).
    Init,
    /// Listens to a master, ready to take over.
    Backup,
    /// Owns the virtual addresses and advertises (RFC 9568: Active).
    Master,
    /// Something that it can't do without is broken (keepalived's state; the RFCs have none).
    Fault,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Init => "INIT",
            Self::Backup => "BACKUP",
            Self::Master => "MASTER",
            Self::Fault => "FAULT",
        })
    }
}

/// Why an instance changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// All that it needs is there.
    Startup,
    /// It owns the addresses, and waits for nobody.
    Owner,
    /// No master was heard for the master-down interval.
    DownTimer,
    /// The master resigned, and nobody better came within the skew time.
    Resigned,
    /// A master of higher priority was heard.
    HigherPriority,
    /// A master of equal priority and higher address was heard.
    HigherAddress,
    /// Its interface went down, went away, or lost its address.
    LinkDown,
    /// A tracked script of weight 0 failed.
    ScriptFailed,
    /// The number in a tracked file means a fault.
    FileFailed,
    /// Too few, or too many, tracked processes run.
    ProcessFailed,
    /// A tracked BFD session of weight 0 is down.
    BfdDown,
    /// It is to advertise by unicast, and has no peer.
    NoPeer,
    /// Another instance of its sync group led: all follow.
    SyncGroup,
    /// What it lacked is back.
    Recovered,
    /// The node is stopping.
    Shutdown,
    /// A reload removed it.
    Removed,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Startup => "startup",
            Self::Owner => "owner",
            Self::DownTimer => "down-timer",
            Self::Resigned => "resigned",
            Self::HigherPriority => "higher-priority",
            Self::HigherAddress => "higher-address",
            Self::LinkDown => "link-down",
            Self::ScriptFailed => "script-failed",
            Self::FileFailed => "file-failed",
            Self::ProcessFailed => "process-failed",
            Self::BfdDown => "bfd-down",
            Self::NoPeer => "no-peer",
            Self::SyncGroup => "sync-group",
            Self::Recovered => "recovered",
            Self::Shutdown => "shutdown",
            Self::Removed => "removed",
        })
    }
}
