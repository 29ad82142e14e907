//! Why an advert is refused.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why an advert was refused. Each has a counter of its own, and none changes anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rejection {
    /// R4: shorter than its own header says, or than any advert.
    Truncated,
    /// R4: longer than its own header says.
    Oversized,
    /// R1: TTL or hop limit is not 255, so it crossed a router.
    HopLimit,
    /// R2: a version that nobody speaks, or not the instance's.
    Version,
    /// R3: not an advertisement.
    Type,
    /// R5: the checksum does not verify.
    Checksum,
    /// R6: no instance with this VRID on this interface.
    UnknownVrid,
    /// R7: we own the addresses, and are told to listen to nobody.
    Owner,
    /// R8: another authentication type than ours, or an unknown one.
    AuthType,
    /// R8: the wrong password.
    AuthData,
    /// R8: not behind an authentication header, or behind one that is malformed.
    AuthHeader,
    /// R8: an authentication header whose index is not its sender's address.
    AuthIndex,
    /// R8: a sequence number that has been heard already: a replay.
    AuthReplay,
    /// R8: an integrity check value that does not verify: the wrong key, or a changed packet.
    AuthIntegrity,
    /// R8: no HMAC trailer, or a malformed one.
    AuthTrailer,
    /// R8: an HMAC trailer of a key that we don't have.
    AuthKey,
    /// R8: an HMAC trailer of too long ago, or of too far in the future: clocks differ, or a replay.
    AuthStale,
    /// R10: version 2 with another interval than ours.
    Interval,
    /// R11: no address at all.
    NoAddress,
    /// R12: over IPv6, a first address that is not link-local (erratum 8300).
    NotLinkLocal,
    /// R13: an interval of zero.
    ZeroInterval,
    /// Not sent to the VRRP group; or, with unicast, sent to a group.
    Destination,
    /// With unicast and `check_unicast_src`: from somebody who is no peer.
    NotAPeer,
    /// From our own address: our own packet, reflected.
    OwnPacket,
    /// The instance is not listening (S3: Initialize ignores everything; FAULT likewise).
    NotListening,
}

/// All reasons, in the order of their counters.
pub const REJECTIONS: [Rejection; 25] = [
    Rejection::Truncated,
    Rejection::Oversized,
    Rejection::HopLimit,
    Rejection::Version,
    Rejection::Type,
    Rejection::Checksum,
    Rejection::UnknownVrid,
    Rejection::Owner,
    Rejection::AuthType,
    Rejection::AuthData,
    Rejection::AuthHeader,
    Rejection::AuthIndex,
    Rejection::AuthReplay,
    Rejection::AuthIntegrity,
    Rejection::AuthTrailer,
    Rejection::AuthKey,
    Rejection::AuthStale,
    Rejection::Interval,
    Rejection::NoAddress,
    Rejection::NotLinkLocal,
    Rejection::ZeroInterval,
    Rejection::Destination,
    Rejection::NotAPeer,
    Rejection::OwnPacket,
    Rejection::NotListening,
];

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Truncated => "truncated",
            Self::Oversized => "oversized",
            Self::HopLimit => "hop limit is not 255",
            Self::Version => "wrong version",
            Self::Type => "not an advertisement",
            Self::Checksum => "bad checksum",
            Self::UnknownVrid => "unknown virtual_router_id",
            Self::Owner => "we own the addresses",
            Self::AuthType => "wrong auth_type",
            Self::AuthData => "wrong auth_pass",
            Self::AuthHeader => "no authentication header",
            Self::AuthIndex => "authentication header of another sender",
            Self::AuthReplay => "replayed",
            Self::AuthIntegrity => "wrong key, or changed on its way",
            Self::AuthTrailer => "no auth_hmac trailer",
            Self::AuthKey => "an auth_hmac key that is not ours",
            Self::AuthStale => "made too long ago, or the clocks differ",
            Self::Interval => "advert_int differs",
            Self::NoAddress => "no address",
            Self::NotLinkLocal => "first address is not link-local",
            Self::ZeroInterval => "interval of zero",
            Self::Destination => "wrong destination",
            Self::NotAPeer => "not a unicast peer",
            Self::OwnPacket => "our own packet",
            Self::NotListening => "not listening",
        })
    }
}
