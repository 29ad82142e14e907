//! What was on the wire: every frame that a station sent, and what became of it.
//!
//! Owns the recording that [`crate::run::run_captured`] makes, and the file that Wireshark opens.
//! Invariant: a frame is recorded once, when it enters its segment, with the world's time; what a
//! link damages is a frame of its own. A world that is not asked to record does nothing for it.
//!
//! Deliberately absent: what clients ask and are answered, because clients have no addresses; and
//! what leaves by an interface without carrier, because it is on no wire.

pub mod decode;
mod ethernet;
mod pcapng;

use bellwether_core::Instant;
use bellwether_core::unit::Name;

pub(crate) use ethernet::{Ends, advert, announcement, bfd};

use crate::lan::link::Passage;
use crate::log::{Loss, StationId};

/// All frames of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The names of the segments.
    pub segments: Vec<Name>,
    /// The names of all stations; a [`StationId`] is a place in this list.
    pub stations: Vec<Name>,
    /// The frames, in the order in which they were sent.
    pub frames: Vec<Captured>,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// When it was sent, in the world's time.
    pub at: Instant,
    /// On which segment, as a place among [`Capture::segments`].
    pub segment: usize,
    /// Who sent it.
    pub from: StationId,
    /// The station that has this instead of what was sent, because its link changed a bit.
    pub damaged_for: Option<StationId>,
    /// The Ethernet frame, without padding and check sequence.
    pub bytes: Vec<u8>,
    /// What became of it, station by station, in the order in which that was known. A station
    /// that is off, or is not meant, is not among them.
    pub copies: Vec<Copy>,
}

/// What became of a frame on its way to one station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// For whom it was.
    pub to: StationId,
    /// When it arrived, or when it was lost.
    pub at: Instant,
    /// Which of the two.
    pub fate: Fate,
}

/// How a frame's way to one station ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived. A process that is paused hears it later.
    Arrived,
    /// It was lost.
    Lost(Loss),
}

impl Copy {
    /// What becomes of a frame that a link carries, or does not, from `now` on.
    pub(crate) fn over(to: StationId, now: Instant, carried: Result<Passage, Loss>) -> Self {
        match carried {
            Ok(passage) => Self {
                to,
                at: now + passage.delay,
                fate: Fate::Arrived,
            },
            Err(why) => Self {
                to,
                at: now,
                fate: Fate::Lost(why),
            },
        }
    }
}

impl Capture {
    /// The name of a station.
    #[must_use]
    pub fn name(&self, station: StationId) -> &str {
        self.stations.get(station.index()).map_or("?", Name::as_str)
    }
}

impl Loss {
    /// Why, in a few words: `the way is cut`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Cut => "the way is cut",
            Self::Random => "lost on the way",
            Self::NoCarrier => "no carrier",
            Self::NotListening => "nobody listens",
            Self::BufferFull => "the socket is full",
        }
    }
}
