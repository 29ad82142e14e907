//! BFD control packets: RFC 5880 4.1, over one hop (RFC 5881).
//!
//! [`Packet::parse`] makes those checks of RFC 5880 6.8.6 that need no session; which session a
//! packet is for, and whether its hop limit will do, is the session's business.
//!
//! Deliberately absent: authentication (keepalived has none; a packet that has is refused, as
//! 6.8.6 says), the echo function, demand mode.

use core::fmt;
use core::num::{NonZeroU8, NonZeroU32};
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// UDP port of control packets over one hop (RFC 5881 4).
pub const PORT: u16 = 3784;

/// UDP port of control packets over several hops (RFC 5883 5).
pub const PORT_MULTIHOP: u16 = 4784;

/// UDP ports that control packets come from (RFC 5881 4).
pub const SOURCE_PORTS: core::ops::RangeInclusive<u16> = 49_152..=65_535;

/// TTL or hop limit of control packets over one hop (RFC 5881 5).
pub const HOP_LIMIT: u8 = 255;

/// Bytes of a control packet without authentication.
pub const LEN: usize = 24;

/// Bytes of the shortest control packet with authentication (RFC 5880 6.8.6).
const LEN_WITH_AUTH: usize = 26;

const VERSION: u8 = 1;
const POLL: u8 = 0x20;
const FINAL: u8 = 0x10;
const INDEPENDENT: u8 = 0x08;
const AUTH: u8 = 0x04;
const DEMAND: u8 = 0x02;
const MULTIPOINT: u8 = 0x01;

/// State of a session as one end sees it (RFC 5880 4.1, 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Held down by its operator, which says nothing about the path.
    AdminDown,
    /// Nothing is heard, or the other end is not ready.
    Down,
    /// The other end is heard, and does not hear us yet.
    Init,
    /// Both ends hear each other.
    Up,
}

/// Why a session last left [`State::Up`]: a 5-bit code (RFC 5880 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Diagnostic(u8);

impl Diagnostic {
    /// No reason.
    pub const NONE: Self = Self(0);
    /// Nothing was heard within the detection time.
    pub const DETECTION_TIME_EXPIRED: Self = Self(1);
    /// The echo function failed.
    pub const ECHO_FAILED: Self = Self(2);
    /// The other end said that the session is down.
    pub const NEIGHBOR_SIGNALED_DOWN: Self = Self(3);
    /// The forwarding plane was reset.
    pub const FORWARDING_PLANE_RESET: Self = Self(4);
    /// The path is down.
    pub const PATH_DOWN: Self = Self(5);
    /// A path that is part of this one is down.
    pub const CONCATENATED_PATH_DOWN: Self = Self(6);
    /// An operator held it down.
    pub const ADMINISTRATIVELY_DOWN: Self = Self(7);
    /// A path that is part of the way back is down.
    pub const REVERSE_CONCATENATED_PATH_DOWN: Self = Self(8);

    /// The code, 0 to 31.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            0 => "no diagnostic",
            1 => "control detection time expired",
            2 => "echo function failed",
            3 => "neighbor signaled session down",
            4 => "forwarding plane reset",
            5 => "path down",
            6 => "concatenated path down",
            7 => "administratively down",
            8 => "reverse concatenated path down",
            _ => "reserved diagnostic",
        })
    }
}

/// An interval in microseconds, as packets carry it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub u32);

impl Micros {
    /// The interval as a duration.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_micros(u64::from(self.0))
    }
}

/// Part of a poll sequence, by which one end tells the other of new timers (RFC 5880 6.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sequence {
    /// None is under way.
    Idle,
    /// An answer is asked for.
    Poll,
    /// This is the answer.
    Final,
}

/// A control packet that passed the checks which need no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    bytes: &'a [u8; LEN],
}

impl<'a> Packet<'a> {
    /// Looks at the payload of a UDP datagram. Bytes beyond the packet's own length are left out.
    ///
    /// # Errors
    ///
    /// The first check of RFC 5880 6.8.6 that does not hold; see [`Rejection`].
    pub fn parse(payload: &'a [u8]) -> Result<Self, Rejection> {
        let Some((bytes, rest)) = payload.split_first_chunk::<LEN>() else {
            return Err(Rejection::Truncated);
        };
        let packet = Self { bytes };
        if bytes[0] >> 5 != VERSION {
            return Err(Rejection::Version);
        }
        let len = usize::from(bytes[3]);
        let shortest = if packet.flag(AUTH) {
            LEN_WITH_AUTH
        } else {
            LEN
        };
        if len < shortest {
            return Err(Rejection::Length);
        }
        if len > LEN + rest.len() {
            return Err(Rejection::Truncated);
        }
        if bytes[2] == 0 {
            return Err(Rejection::DetectMultiplier);
        }
        if packet.flag(MULTIPOINT) {
            return Err(Rejection::Multipoint);
        }
        if packet.word(4) == 0 {
            return Err(Rejection::MyDiscriminator);
        }
        let unknown = packet.your_discriminator().is_none();
        if unknown && matches!(packet.state(), State::Init | State::Up) {
            return Err(Rejection::YourDiscriminator);
        }
        if packet.flag(AUTH) {
            return Err(Rejection::Authentication);
        }
        Ok(packet)
    }

    /// Why the sender's session last went down.
    #[must_use]
    pub const fn diagnostic(&self) -> Diagnostic {
        Diagnostic(self.bytes[0] & 0x1f)
    }

    /// The sender's state.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.bytes[1] >> 6 {
            0 => State::AdminDown,
            1 => State::Down,
            2 => State::Init,
            _ => State::Up,
        }
    }

    /// Whether the sender asks for an answer with [`Self::is_final`].
    #[must_use]
    pub const fn is_poll(&self) -> bool {
        self.flag(POLL)
    }

    /// Whether this answers a poll. RFC 5880 4.1 forbids to send both, and asks nobody to refuse
    /// it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.flag(FINAL)
    }

    /// Whether the sender's BFD does not share fate with its control plane.
    #[must_use]
    pub const fn is_control_plane_independent(&self) -> bool {
        self.flag(INDEPENDENT)
    }

    /// Whether the sender wants no periodic packets (RFC 5880 6.6).
    #[must_use]
    pub const fn is_demand(&self) -> bool {
        self.flag(DEMAND)
    }

    /// How many packets in a row the sender's peer may miss.
    #[must_use]
    pub const fn detect_multiplier(&self) -> u8 {
        self.bytes[2]
    }

    /// The sender's name for the session; never 0.
    #[must_use]
    pub const fn my_discriminator(&self) -> u32 {
        self.word(4)
    }

    /// The receiver's name for the session, if the sender knows it. If not, the session is found
    /// by addresses.
    #[must_use]
    pub const fn your_discriminator(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.word(8))
    }

    /// The least time that the sender would leave between its packets.
    #[must_use]
    pub const fn desired_min_tx(&self) -> Micros {
        Micros(self.word(12))
    }

    /// The least time between packets that the sender can keep up with; 0: it wants none.
    #[must_use]
    pub const fn required_min_rx(&self) -> Micros {
        Micros(self.word(16))
    }

    /// The same for echo packets; 0: it answers none.
    #[must_use]
    pub const fn required_min_echo_rx(&self) -> Micros {
        Micros(self.word(20))
    }

    const fn flag(&self, bit: u8) -> bool {
        self.bytes[1] & bit != 0
    }

    const fn word(&self, at: usize) -> u32 {
        let bytes = self.bytes;
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    }
}

/// Why a control packet is refused: RFC 5880 6.8.6, in its order, and RFC 5881 5.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
pub enum Rejection {
    /// Not version 1.
    #[error("wrong version")]
    Version,
    /// A length field of less than 24 bytes, or 26 with authentication.
    #[error("impossible length field")]
    Length,
    /// Fewer bytes than any packet has, or than the length field says.
    #[error("truncated")]
    Truncated,
    /// A detection multiplier of 0.
    #[error("detection multiplier of 0")]
    DetectMultiplier,
    /// The multipoint bit, which is for the future.
    #[error("multipoint bit is set")]
    Multipoint,
    /// A sender without a discriminator.
    #[error("no discriminator of its own")]
    MyDiscriminator,
    /// Init or Up, but without our discriminator: who has not heard us can be neither.
    #[error("init or up without our discriminator")]
    YourDiscriminator,
    /// Authentication, which no session uses.
    #[error("authentication that we do not use")]
    Authentication,
    /// No session has that discriminator, or those addresses.
    #[error("no such session")]
    UnknownSession,
    /// It crossed more routers than the session allows: any, over one hop.
    #[error("hop limit is too low")]
    HopLimit,
}

/// All reasons, in the order of their counters.
pub const REJECTIONS: [Rejection; 10] = [
    Rejection::Version,
    Rejection::Length,
    Rejection::Truncated,
    Rejection::DetectMultiplier,
    Rejection::Multipoint,
    Rejection::MyDiscriminator,
    Rejection::YourDiscriminator,
    Rejection::Authentication,
    Rejection::UnknownSession,
    Rejection::HopLimit,
];

/// A control packet without authentication, of a sender that has neither demand mode nor echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Why the session last went down.
    pub diagnostic: Diagnostic,
    /// The state, and what only a known peer has.
    pub peer: Peer,
    /// Part of a poll sequence.
    pub sequence: Sequence,
    /// How many packets in a row the peer may miss.
    pub detect_multiplier: NonZeroU8,
    /// Our name for the session.
    pub my_discriminator: NonZeroU32,
    /// The least time that we would leave between our packets.
    pub desired_min_tx: Micros,
    /// The least time between packets that we can keep up with; 0: we want none.
    pub required_min_rx: Micros,
}

/// What is known of the other end. Without its discriminator a session can't be Init or Up
/// (RFC 5880 6.8.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Never heard, or forgotten: Down.
    Unknown,
    /// Never heard, or forgotten, and held down by us: AdminDown.
    UnknownAdminDown,
    /// Heard.
    Known {
        /// Our state.
        state: State,
        /// Its name for the session.
        discriminator: NonZeroU32,
    },
}

impl Repr {
    /// The packet.
    #[must_use]
    pub fn emit(&self) -> [u8; LEN] {
        let (state, yours) = match self.peer {
            Peer::Unknown => (State::Down, 0),
            Peer::UnknownAdminDown => (State::AdminDown, 0),
            Peer::Known {
                state,
                discriminator,
            } => (state, discriminator.get()),
        };
        let state = match state {
            State::AdminDown => 0,
            State::Down => 0x40,
            State::Init => 0x80,
            State::Up => 0xc0,
        };
        let flags = match self.sequence {
            Sequence::Idle => 0,
            Sequence::Poll => POLL,
            Sequence::Final => FINAL,
        };
        let mut bytes = [0; LEN];
        bytes[0] = VERSION << 5 | self.diagnostic.0 & 0x1f;
        bytes[1] = state | flags;
        bytes[2] = self.detect_multiplier.get();
        bytes[3] = 24;
        bytes[4..8].copy_from_slice(&self.my_discriminator.get().to_be_bytes());
        bytes[8..12].copy_from_slice(&yours.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.desired_min_tx.0.to_be_bytes());
        bytes[16..20].copy_from_slice(&self.required_min_rx.0.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests;
