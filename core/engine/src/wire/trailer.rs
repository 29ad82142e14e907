//! The HMAC trailer behind an advert: draft-cassen-vrrp-auth-hmac-00, as keepalived 2.4 has it
//! (`auth_hmac`).
//!
//! 28 bytes behind the message, in both versions and families: the scheme (1), the key's number, two
//! zero bytes, when it was made ([`Stamp`], 8 bytes), and HMAC-SHA256 cut to 16 bytes. The code
//! covers a synthetic header of 20 bytes ([`Binding`]), the message with a checksum of zero, and the
//! trailer with a code of zero. It covers neither destination nor hop limit, so that the copies for
//! several peers carry one trailer.
//!
//! The message's checksum does not cover the trailer over IPv4, and does over IPv6, where kernels
//! compute it over all that follows the header.
//!
//! Deliberately absent: what has been heard before, and whose clock is right; see `vrrp::proof`.

use core::time::Duration;
use std::net::IpAddr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::checksum;
use super::vrrp::{Address, Rejection};
use crate::unit::{Family, Version};

/// Bytes of the trailer.
pub const LEN: usize = 28;

/// The only scheme there is: HMAC-SHA256, cut to 128 bits.
const SCHEME: u8 = 1;

/// Where the stamp and the code begin.
const STAMP_AT: usize = 4;
const CODE_AT: usize = 12;

/// Where an advert has its checksum.
const CHECKSUM: core::ops::Range<usize> = 6..8;

/// When a trailer was made, so that none is made twice: seconds since 1970 in the upper 32 bits, then
/// 1/65536 seconds, then a counter for what is made within one of those.
///
/// Compared as serial numbers (RFC 1982), so that the wrap of the seconds in 2106 goes unnoticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64);

impl Stamp {
    /// The stamp of a clock's reading: the time since 1970.
    #[must_use]
    pub fn of(unix: Duration) -> Self {
        // The wrap is part of the format.
        let seconds = unix.as_secs() << 32;
        let fraction = (u64::from(unix.subsec_nanos()) << 16) / 1_000_000_000;
        Self(seconds | fraction << 16)
    }

    /// Whether it was made later than another.
    #[must_use]
    pub const fn is_after(self, other: Self) -> bool {
        let ahead = self.0.wrapping_sub(other.0);
        ahead != 0 && ahead < 1 << 63
    }

    /// The next one that can be made.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// By how many whole seconds, at most 2^31, two stamps differ in their seconds, whichever is
    /// later.
    #[must_use]
    pub const fn seconds_from(self, other: Self) -> u64 {
        let ahead = (self.0 >> 32).wrapping_sub(other.0 >> 32) & 0xffff_ffff;
        let behind = ahead.wrapping_neg() & 0xffff_ffff;
        if ahead < behind { ahead } else { behind }
    }
}

/// What the code binds a message to, beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The protocol version.
    pub version: Version,
    /// The virtual router id.
    pub vrid: u8,
    /// The sender's address, as the IP header has it.
    pub source: IpAddr,
}

impl Binding {
    fn bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[1] = match self.version {
            Version::V2 => 2,
            Version::V3 => 3,
        };
        bytes[2] = self.vrid;
        match self.source {
            IpAddr::V4(source) => {
                bytes[0] = 4;
                bytes[4..8].copy_from_slice(&source.octets());
            }
            IpAddr::V6(source) => {
                bytes[0] = 6;
                bytes[4..].copy_from_slice(&source.octets());
            }
        }
        bytes
    }
}

/// A trailer of a known scheme. Whether it is authentic has not been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer<'a> {
    bytes: &'a [u8; LEN],
}

impl<'a> Trailer<'a> {
    /// Looks at the bytes behind a message.
    ///
    /// # Errors
    ///
    /// [`Rejection::AuthTrailer`] for another length or scheme, or reserved bytes that are not
    /// zero.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Rejection> {
        let bytes: &[u8; LEN] = bytes.try_into().map_err(|_| Rejection::AuthTrailer)?;
        if bytes[0] != SCHEME || bytes[2..STAMP_AT] != [0, 0] {
            return Err(Rejection::AuthTrailer);
        }
        Ok(Self { bytes })
    }

    /// The number of the key that it was made with.
    #[must_use]
    pub const fn key_id(&self) -> u8 {
        self.bytes[1]
    }

    /// When it was made.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        let [_, _, _, _, a, b, c, d, e, f, g, h, ..] = *self.bytes;
        Stamp(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Whether a holder of the key made it for this message.
    ///
    /// # Errors
    ///
    /// [`Rejection::AuthIntegrity`]. The comparison takes the same time whatever differs.
    pub fn verify(&self, secret: &[u8], binding: Binding, message: &[u8]) -> Result<(), Rejection> {
        cover(secret, binding, message, &self.bytes[..CODE_AT])
            .verify_truncated_left(&self.bytes[CODE_AT..])
            .map_err(|_| Rejection::AuthIntegrity)
    }
}

/// The trailer for a message.
#[must_use]
pub fn sign(
    (key_id, secret): (u8, &[u8]),
    stamp: Stamp,
    binding: Binding,
    message: &[u8],
) -> [u8; LEN] {
    let mut trailer = [0; LEN];
    (trailer[0], trailer[1]) = (SCHEME, key_id);
    trailer[STAMP_AT..CODE_AT].copy_from_slice(&stamp.0.to_be_bytes());
    let code = cover(secret, binding, message, &trailer[..CODE_AT]);
    let code = code.finalize().into_bytes();
    trailer[CODE_AT..].copy_from_slice(&code[..LEN - CODE_AT]);
    trailer
}

/// A message and its trailer, as they travel.
#[must_use]
pub fn join<A: Address>(
    message: &[u8],
    trailer: [u8; LEN],
    source: A,
    destination: A,
) -> Arc<[u8]> {
    let mut bytes = [message, &trailer].concat();
    if A::FAMILY == Family::V6 && bytes.len() >= CHECKSUM.end {
        bytes[CHECKSUM].fill(0);
        let initial = A::pseudo_header_sum(source, destination, bytes.len());
        let sum = checksum::finish(checksum::sum(&bytes, initial)).to_be_bytes();
        bytes[CHECKSUM].copy_from_slice(&sum);
    }
    bytes.into()
}

/// The code over all that it covers; see the module's documentation.
fn cover(secret: &[u8], binding: Binding, message: &[u8], prefix: &[u8]) -> Hmac<Sha256> {
    // RFC 2104 2: a key of more than a block is hashed first, which no key of 64 bytes is.
    let mut mac = new_mac(secret).chain_update(binding.bytes());
    if let (Some(before), Some(after)) =
        (message.get(..CHECKSUM.start), message.get(CHECKSUM.end..))
    {
        mac = mac
            .chain_update(before)
            .chain_update([0; 2])
            .chain_update(after);
    } else {
        mac = mac.chain_update(message);
    }
    mac.chain_update(prefix).chain_update([0; LEN - CODE_AT])
}

fn new_mac(secret: &[u8]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    for (byte, own) in block.iter_mut().zip(secret) {
        *byte = *own;
    }
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 00 01 .. 1f.
    fn key() -> Vec<u8> {
        (0..32).collect()
    }

    /// The images of draft-cassen-vrrp-auth-hmac-00, appendix: VRID 51, priority 200, the stamp
    /// 0x6800000080000000; once over IPv4 from 198.51.100.10, once over IPv6 from fe80::10 to
    /// fe80::20.
    const V4: &str = "3133c80100644402c0000264\
                      010100006800000080000000\
                      1b84bc4e8e43892dc6d98448f8ee2265";
    const V6: &str = "3133c8010064a2e9\
                      fe800000000000000000000000000100\
                      010100006800000080000000\
                      c8c56146ebfd66ee10ec4d8186461b78";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).unwrap());
        pairs
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect()
    }

    fn binding(source: &str) -> Binding {
        Binding {
            version: Version::V3,
            vrid: 51,
            source: source.parse().unwrap(),
        }
    }

    #[test]
    fn the_code_is_hmac_sha256() {
        // RFC 4231 4.3, test case 2.
        let code = new_mac(b"Jefe").chain_update("what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(code.finalize().into_bytes()[..], bytes(expected));
    }

    #[test]
    fn what_is_signed_is_the_draft_s_byte_for_byte() {
        let stamp = Stamp::of(Duration::new(0x6800_0000, 500_000_000));
        for (image, source, len) in [(V4, "198.51.100.10", 12), (V6, "fe80::10", 24)] {
            let image = bytes(image);
            let (message, trailer) = image.split_at(len);
            let key = key();
            assert_eq!(
                sign((1, &key), stamp, binding(source), message)[..],
                *trailer
            );
            let read = Trailer::parse(trailer).unwrap();
            assert_eq!((read.key_id(), read.stamp()), (1, stamp));
            assert_eq!(read.verify(&key, binding(source), message), Ok(()));
        }
    }

    #[test]
    fn the_checksum_covers_the_trailer_over_ipv6_only() {
        let (image, v4) = (bytes(V6), bytes(V4));
        let ends = ["fe80::10", "fe80::20"].map(|end| end.parse::<std::net::Ipv6Addr>().unwrap());
        let trailer = image[24..].try_into().unwrap();
        assert_eq!(*join(&image[..24], trailer, ends[0], ends[1]), *image);
        let ends = [1, 2].map(|last| std::net::Ipv4Addr::new(192, 0, 2, last));
        let trailer = v4[12..].try_into().unwrap();
        assert_eq!(*join(&v4[..12], trailer, ends[0], ends[1]), *v4);
    }

    #[test]
    fn each_changed_byte_shows_but_for_the_checksum() {
        let image = bytes(V6);
        for at in 0..image.len() {
            let mut changed = image.clone();
            changed[at] ^= 1;
            let (message, trailer) = changed.split_at(24);
            let judged = Trailer::parse(trailer)
                .and_then(|own| own.verify(&key(), binding("fe80::10"), message));
            let expected = match at {
                6 | 7 => Ok(()),
                24 | 26 | 27 => Err(Rejection::AuthTrailer),
                _ => Err(Rejection::AuthIntegrity),
            };
            // The key's number chooses the key; here it is the same one whatever it says.
            assert_eq!(judged, expected, "byte {at}");
        }
        let (message, trailer) = image.split_at(24);
        let read = Trailer::parse(trailer).unwrap();
        let elsewhere = read.verify(&key(), binding("fe80::11"), message);
        assert_eq!(elsewhere, Err(Rejection::AuthIntegrity));
        let mut other = binding("fe80::10");
        other.vrid = 52;
        assert_eq!(
            read.verify(&key(), other, message),
            Err(Rejection::AuthIntegrity)
        );
    }

    #[test]
    fn stamps_are_serial_numbers() {
        let at = |seconds: u64| Stamp::of(Duration::from_secs(seconds));
        assert!(at(5).is_after(at(4)) && !at(4).is_after(at(5)) && !at(5).is_after(at(5)));
        assert!(at(5).next().is_after(at(5)));
        let wrap = 1 << 32;
        assert!(at(wrap + 1).is_after(at(wrap - 1)), "in 2106");
        assert_eq!(at(wrap + 1).seconds_from(at(wrap - 1)), 2);
        assert_eq!(at(10).seconds_from(at(14)), 4);
        // Half a second is 0x8000 of 0x10000.
        let half = Stamp::of(Duration::new(1, 500_000_000));
        assert_eq!(half, Stamp(0x0000_0001_8000_0000));
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(
            trailer in prop::collection::vec(any::<u8>(), 0..40),
            message in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            if let Ok(read) = Trailer::parse(&trailer) {
                prop_assert!(read.verify(&key(), binding("192.0.2.1"), &message).is_err());
            }
        }
    }
}
