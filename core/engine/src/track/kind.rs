//! What kind of thing is tracked.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What kind of thing is tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrackerKind {
    /// A script (keepalived: `vrrp_script`).
    Script,
    /// Another interface (keepalived: `track_interface`).
    Interface,
    /// A file with a number (keepalived: `track_file`).
    File,
    /// Processes that are counted (keepalived: `vrrp_track_process`).
    Process,
    /// A BFD session (keepalived: `bfd_instance`).
    Bfd,
}

impl fmt::Display for TrackerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Script => "script",
            Self::Interface => "interface",
            Self::File => "file",
            Self::Process => "process",
            Self::Bfd => "BFD session",
        })
    }
}
