//! The IP authentication header around version 2 adverts: RFC 2338 5.3.6.3, RFC 2402, RFC 2403.
//!
//! What stands in the header, and what its integrity check value covers, is keepalived's choice,
//! since only another keepalived is to understand it:
//!
//! - The security parameters index is the sender's IPv4 address; a receiver compares.
//! - The value is HMAC-MD5-96 under `auth_pass`, over the IP header, this header (with the value
//!   zero) and the advert. In the IP header the traffic class, the fragment field and the header
//!   checksum count as zero. So does the TTL of a unicast packet, but not that of a multicast one,
//!   although RFC 2402 3.3.3.1.1.1 calls it mutable: keepalived refuses the RFC's form there.
//! - One [`Counter`] serves an instance in both directions, whoever sends: an advert must carry a
//!   higher number than any that was sent or accepted before. So a backup that takes over goes on
//!   from its master's numbers.
//!
//! Invariant: what [`Packet::authenticate`] has refused has moved no counter.
//!
//! Deliberately absent: IPv6 (keepalived sends no such header there), other algorithms, and a
//! window for packets out of order.

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};
use std::net::Ipv4Addr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde::{Deserialize, Serialize};

use super::ipv4;
use super::vrrp::{self, Rejection};

/// IP protocol number of the authentication header (RFC 2402 2).
pub const PROTOCOL: u8 = 51;

/// Bytes of the header: six words.
pub const LEN: usize = 24;

/// The header's length field: its words less two (RFC 2402 2.2).
const LENGTH: u8 = 4;

/// Where the integrity check value begins.
const ICV_AT: usize = 12;

/// Bytes of HMAC-MD5-96's value (RFC 2403 2).
const ICV_LEN: usize = LEN - ICV_AT;

/// Bytes of MD5's block, to which HMAC pads its key with zeros (RFC 2104 2).
const BLOCK_LEN: usize = 64;

/// The shared key: `auth_pass`, padded with zeros.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 8]);

impl Key {
    fn mac(self) -> Hmac<Md5> {
        let mut block = [0; BLOCK_LEN];
        block[..self.0.len()].copy_from_slice(&self.0);
        Hmac::new(&block.into())
    }
}

impl From<[u8; 8]> for Key {
    fn from(password: [u8; 8]) -> Self {
        Self(password)
    }
}

/// Keeps the key out of logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The sequence numbers of one instance, sent and accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counter {
    highest: u32,
}

impl Counter {
    /// The highest number that was sent or accepted; 0 before the first.
    #[must_use]
    pub const fn highest(self) -> u32 {
        self.highest
    }

    /// Takes the next number to send with.
    ///
    /// Numbers end at 4294967295, after 13 years of ten adverts a second; from then on all adverts
    /// carry that one and are refused, as RFC 2402 3.3.2 wants it: the key is used up.
    pub const fn issue(&mut self) -> NonZeroU32 {
        let next = NonZeroU32::MIN.saturating_add(self.highest);
        self.highest = next.get();
        next
    }

    /// Whether a number is new.
    ///
    /// # Errors
    ///
    /// [`Rejection::AuthReplay`] for any number that is not higher than all before, so 0 always.
    pub const fn check(self, sequence: u32) -> Result<(), Rejection> {
        if sequence > self.highest {
            Ok(())
        } else {
            Err(Rejection::AuthReplay)
        }
    }

    /// Remembers the number of a packet that was authenticated. keepalived: whether the advert in
    /// it is accepted does not matter.
    pub const fn advance(&mut self, sequence: u32) {
        if sequence > self.highest {
            self.highest = sequence;
        }
    }
}

/// Splits a whole IPv4 datagram in front of what an authentication header of 24 bytes carries.
/// The message is empty where the datagram is too short for one; nothing else is looked at.
#[must_use]
pub fn split(datagram: &[u8]) -> (&[u8], &[u8]) {
    let words = datagram.first().map_or(0, |first| first & 0x0f);
    let before = usize::from(words) * 4 + LEN;
    datagram.split_at(before.min(datagram.len()))
}

/// A datagram whose authentication header is well formed. Whether it is authentic has not been
/// looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    ip: ipv4::Packet<'a>,
}

impl<'a> Packet<'a> {
    /// Looks at a whole IPv4 datagram, as a raw socket hands it over.
    ///
    /// # Errors
    ///
    /// [`Rejection::Truncated`], or [`Rejection::AuthHeader`] for what is not IPv4, not behind an
    /// authentication header of 24 bytes, or not VRRP.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Rejection> {
        let ip = ipv4::Packet::parse(datagram)?;
        if ip.protocol() != PROTOCOL {
            return Err(Rejection::AuthHeader);
        }
        let payload = ip.payload();
        if payload.len() < LEN {
            return Err(Rejection::Truncated);
        }
        if [payload[0], payload[1]] != [vrrp::PROTOCOL, LENGTH] {
            return Err(Rejection::AuthHeader);
        }
        Ok(Self { ip })
    }

    /// The IP header around it.
    #[must_use]
    pub const fn ip(&self) -> ipv4::Packet<'a> {
        self.ip
    }

    /// The security parameters index.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.word(4)
    }

    /// The sequence number.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.word(8)
    }

    /// The advert.
    #[must_use]
    pub fn message(&self) -> &'a [u8] {
        &self.ip.payload()[LEN..]
    }

    /// R8: whether a holder of the key sent it, to us for the first time, and nobody changed it.
    /// On success [`Counter::advance`] is to follow.
    ///
    /// # Errors
    ///
    /// [`Rejection::AuthIndex`], [`Rejection::AuthReplay`] or [`Rejection::AuthIntegrity`]. The
    /// comparison takes the same time whatever differs.
    pub fn authenticate(&self, key: Key, counter: Counter) -> Result<(), Rejection> {
        if self.index() != u32::from(self.ip.source()) {
            return Err(Rejection::AuthIndex);
        }
        counter.check(self.sequence())?;
        let (header, message) = self.ip.payload().split_at(LEN);
        let sent = &header[ICV_AT..];
        cover(key, self.ip.header(), &header[..ICV_AT], message)
            .verify_truncated_left(sent)
            .map_err(|_| Rejection::AuthIntegrity)
    }

    fn word(&self, at: usize) -> u32 {
        let bytes = self.ip.payload();
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    }
}

impl From<ipv4::Malformed> for Rejection {
    fn from(malformed: ipv4::Malformed) -> Self {
        match malformed {
            ipv4::Malformed::Truncated => Self::Truncated,
            ipv4::Malformed::Version | ipv4::Malformed::Length | ipv4::Malformed::Fragment => {
                Self::AuthHeader
            }
        }
    }
}

/// What is around an advert that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// IP source.
    pub source: Ipv4Addr,
    /// IP destination: a group or a peer.
    pub destination: Ipv4Addr,
    /// TTL; the value does not cover it in a unicast packet.
    pub hop_limit: u8,
    /// The datagram's identification. The value covers it, so the kernel must not choose it, as
    /// it does for 0.
    pub identification: NonZeroU16,
    /// The sequence number: [`Counter::issue`].
    pub sequence: NonZeroU32,
}

impl Repr {
    /// What stands before the advert `message` in the IPv4 datagram around it: the IP header,
    /// final, and this header. For a socket that takes the IP header from us. An advert has at
    /// most 1036 bytes.
    #[must_use]
    pub fn emit(&self, key: Key, message: &[u8]) -> Arc<[u8]> {
        let ip = ipv4::Repr {
            class: ipv4::CLASS_CONTROL,
            identification: self.identification.get(),
            dont_fragment: false,
            hop_limit: self.hop_limit,
            protocol: PROTOCOL,
            source: self.source,
            destination: self.destination,
        };
        let ip = ip.emit(LEN + message.len());
        let mut header = [0; ICV_AT];
        (header[0], header[1]) = (vrrp::PROTOCOL, LENGTH);
        header[4..8].copy_from_slice(&self.source.octets());
        header[8..].copy_from_slice(&self.sequence.get().to_be_bytes());
        let value = cover(key, &ip, &header, message).finalize().into_bytes();
        let mut bytes = Vec::with_capacity(ip.len() + LEN);
        bytes.extend(ip);
        bytes.extend(header);
        bytes.extend(&value[..ICV_LEN]);
        bytes.into()
    }
}

/// The code over all that the integrity check value covers; see the module's documentation.
fn cover(key: Key, ip: &[u8], header: &[u8], message: &[u8]) -> Hmac<Md5> {
    let (fixed, options) = ip.split_at(ipv4::HEADER_LEN);
    let mut immutable = [0; ipv4::HEADER_LEN];
    immutable.copy_from_slice(fixed);
    immutable[1] = 0;
    immutable[6..8].fill(0);
    immutable[10..12].fill(0);
    // The destination's first byte: 224 to 239 are groups.
    if immutable[16] & 0xf0 != 0xe0 {
        immutable[8] = 0;
    }
    key.mac()
        .chain_update(immutable)
        .chain_update(options)
        .chain_update(header)
        .chain_update([0; ICV_LEN])
        .chain_update(message)
}

#[cfg(test)]
mod tests;
