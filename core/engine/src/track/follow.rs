//! What a node asks the world to look at for it, and what the world answers.

use serde::{Deserialize, Serialize};

use super::FileContent;
use crate::model::{Bfd, TrackFile, TrackProcess};
use crate::unit::Name;

/// Something that a node wants to be told of, now and at every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Followed {
    /// A file. What [`TrackFile::init`] says is written to it first, once.
    File(TrackFile),
    /// Processes, to be counted. Zombies do not run.
    Processes(TrackProcess),
    /// A BFD session: datagrams to its port are to be received, and its packets sent.
    Bfd(Bfd),
}

impl Followed {
    /// The name of its block in the configuration.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Self::File(file) => &file.name,
            Self::Processes(processes) => &processes.name,
            Self::Bfd(session) => &session.name,
        }
    }
}

/// What somebody saw of something that a node follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sighting {
    /// What a file holds now.
    File {
        /// The name of its `track_file`.
        file: Name,
        /// What it holds.
        content: FileContent,
    },
    /// How many processes run now.
    Processes {
        /// The name of their `vrrp_track_process`.
        processes: Name,
        /// How many of them run.
        count: u32,
    },
}
