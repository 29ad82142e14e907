//! What is known of a tracked thing.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What is known of a tracked thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Too few results yet.
    Unknown,
    /// It is well.
    Up,
    /// It is ill.
    Down,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}
