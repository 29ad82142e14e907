//! VRRP adverts of versions 2 and 3, over IPv4 and IPv6.
//!
//! [`Packet`] reads, [`Repr`] writes; both are of one [`Address`] family, IPv4 unless said. Which
//! of the fields an instance likes is its own business (`vrrp::receive`); here stands only what
//! every advert must be to be one. Around an advert of authentication type 2 is the header of
//! [`super::ah`].
//!
//! Deliberately absent: keepalived's HMAC trailer (`auth_hmac`).

mod address;
#[cfg(test)]
mod ipv6_tests;
mod packet;
mod rejection;
mod repr;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use address::Address;
pub use packet::Packet;
pub use rejection::{REJECTIONS, Rejection};
pub use repr::{Body, Repr};

use crate::model::Checksum;
use crate::unit::{Family, Version};

/// IP protocol number of VRRP (RFC 9568 5.1.1.4, 5.1.2.4).
pub const PROTOCOL: u8 = 112;

/// The group that adverts are sent to over IPv4 (RFC 9568 5.1.1.2).
pub const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);

/// The group that adverts are sent to over IPv6 (RFC 9568 5.1.2.2).
pub const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);

/// TTL of every advert, and the only one that is accepted (RFC 9568 5.1.1.3).
pub const HOP_LIMIT: u8 = 255;

/// Bytes before the addresses, in both versions.
const HEADER_LEN: usize = 8;

/// Bytes of version 2's authentication data, behind the addresses.
const AUTH_LEN: usize = 8;

/// Authentication type 0: none (RFC 2338 5.3.6).
const AUTH_NONE: u8 = 0;

/// Authentication type 1: a password in clear text (RFC 2338 5.3.6.2).
const AUTH_PASS: u8 = 1;

/// Authentication type 2: the IP authentication header (RFC 2338 5.3.6.3).
const AUTH_AH: u8 = 2;

/// Bytes behind the addresses: the authentication data, which only version 2 over IPv4 has.
/// keepalived: nothing is behind them in version 2 over IPv6, whatever its type.
fn trailer_len<A: Address>(version: Version) -> usize {
    match (version, A::FAMILY) {
        (Version::V2, Family::V4) => AUTH_LEN,
        (Version::V2, Family::V6) | (Version::V3, Family::V4 | Family::V6) => 0,
    }
}

/// What the sum over a message of `len` bytes begins with. Only IPv4 has a choice of forms, and
/// only in version 3 (disagreement D1 of the RFCs).
///
/// Over IPv6 it is the pseudo-header (RFC 9568 5.2.8); keepalived: in version 2 too.
fn initial_sum<A: Address>(
    version: Version,
    form: Checksum,
    source: A,
    destination: A,
    len: usize,
) -> u32 {
    match (version, A::FAMILY, form) {
        (Version::V2, Family::V4, _) | (Version::V3, Family::V4, Checksum::MessageOnly) => 0,
        (Version::V3, Family::V4, Checksum::PseudoHeader)
        | (Version::V2 | Version::V3, Family::V6, _) => {
            A::pseudo_header_sum(source, destination, len)
        }
    }
}
