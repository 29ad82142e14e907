//! VRRP adverts of versions 2 and 3 over IPv4.
//!
//! [`Packet`] reads, [`Repr`] writes. Which of the fields an instance likes is its own business
//! (`vrrp::receive`); here stands only what every advert must be to be one.
//!
//! Deliberately absent: IPv6, the authentication header, and keepalived's HMAC trailer.

mod packet;
mod rejection;
mod repr;

use std::net::Ipv4Addr;

pub use packet::Packet;
pub use rejection::{REJECTIONS, Rejection};
pub use repr::{Body, Repr};

/// IP protocol number of VRRP (RFC 9568 5.1.1.4).
pub const PROTOCOL: u8 = 112;

/// The group that adverts are sent to (RFC 9568 5.1.1.2).
pub const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);

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
/// RFC 2338 5.3.6.3: the IP authentication header.
const AUTH_AH: u8 = 2;

/// The sum over the pseudo-header of `source`, `destination`, VRRP and `len`: RFC 2460 8.1's form
/// applied to IPv4, as the field reads RFC 5798 5.2.8.
fn pseudo_header_sum(source: Ipv4Addr, destination: Ipv4Addr, len: usize) -> u32 {
    let [high, low] = u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes();
    let mut header = [0; 12];
    header[..4].copy_from_slice(&source.octets());
    header[4..8].copy_from_slice(&destination.octets());
    header[8..].copy_from_slice(&[0, PROTOCOL, high, low]);
    crate::wire::checksum::sum(&header, 0)
}
