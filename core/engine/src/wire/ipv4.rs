//! The IPv4 header (RFC 791 3.1), for protocols that must see it whole: the authentication header
//! covers it, and a raw socket hands it over with every datagram.
//!
//! Deliberately absent: writing options, and fragments; the kernel puts fragments together before
//! a raw socket sees them. The header's own checksum is not verified: the kernel has done that.

use std::net::Ipv4Addr;

use super::checksum;

/// Bytes of a header without options.
pub const HEADER_LEN: usize = 20;

/// Network control (RFC 2474 4.2.2.2), which keepalived marks its adverts with.
pub const CLASS_CONTROL: u8 = 0xc0;

const DONT_FRAGMENT: [u8; 2] = [0x40, 0];

/// A datagram that is as long as its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    header: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Looks at a datagram as a raw socket hands it over. Bytes beyond its length are padding and
    /// are left out.
    ///
    /// # Errors
    ///
    /// What keeps it from being a whole IPv4 datagram; see [`Malformed`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let [first, _, high, low, ..] = *bytes else {
            return Err(Malformed::Truncated);
        };
        if first >> 4 != 4 {
            return Err(Malformed::Version);
        }
        let header_len = usize::from(first & 0x0f) * 4;
        let total_len = usize::from(u16::from_be_bytes([high, low]));
        if header_len < HEADER_LEN || total_len < header_len {
            return Err(Malformed::Length);
        }
        let whole = bytes.get(..total_len).ok_or(Malformed::Truncated)?;
        let (header, payload) = whole.split_at(header_len);
        if [header[6] & 0x3f, header[7]] != [0, 0] {
            return Err(Malformed::Fragment);
        }
        Ok(Self { header, payload })
    }

    /// The header, with its options.
    #[must_use]
    pub const fn header(&self) -> &'a [u8] {
        self.header
    }

    /// The bytes behind the header.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The identification: what tells one datagram's fragments from another's.
    #[must_use]
    pub const fn identification(&self) -> u16 {
        u16::from_be_bytes([self.header[4], self.header[5]])
    }

    /// The time to live as it arrived.
    #[must_use]
    pub const fn hop_limit(&self) -> u8 {
        self.header[8]
    }

    /// The protocol of the payload.
    #[must_use]
    pub const fn protocol(&self) -> u8 {
        self.header[9]
    }

    /// The source address.
    #[must_use]
    pub const fn source(&self) -> Ipv4Addr {
        self.address(12)
    }

    /// The destination address.
    #[must_use]
    pub const fn destination(&self) -> Ipv4Addr {
        self.address(16)
    }

    const fn address(&self, at: usize) -> Ipv4Addr {
        let header = self.header;
        Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3])
    }
}

/// Why bytes are not one whole IPv4 datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter than any header, or than its own header says.
    #[error("truncated")]
    Truncated,
    /// Not IPv4.
    #[error("not IPv4")]
    Version,
    /// A header of fewer than 20 bytes, or longer than the datagram.
    #[error("impossible header length")]
    Length,
    /// A part of a datagram.
    #[error("a fragment")]
    Fragment,
}

/// A header without options, of a datagram that is not a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// The traffic class: DSCP and ECN.
    pub class: u8,
    /// The identification. A kernel that is handed a header with 0 puts a number of its own there.
    pub identification: u16,
    /// Whether routers may not cut the datagram up.
    pub dont_fragment: bool,
    /// The time to live.
    pub hop_limit: u8,
    /// The protocol of the payload.
    pub protocol: u8,
    /// The source address.
    pub source: Ipv4Addr,
    /// The destination address.
    pub destination: Ipv4Addr,
}

impl Repr {
    /// The header of a datagram with `payload_len` bytes behind it, of which 65515 is the most
    /// that can be said.
    #[must_use]
    pub fn emit(&self, payload_len: usize) -> [u8; HEADER_LEN] {
        let total = u16::try_from(HEADER_LEN + payload_len).unwrap_or(u16::MAX);
        let mut header = [0; HEADER_LEN];
        (header[0], header[1]) = (0x45, self.class);
        header[2..4].copy_from_slice(&total.to_be_bytes());
        header[4..6].copy_from_slice(&self.identification.to_be_bytes());
        if self.dont_fragment {
            header[6..8].copy_from_slice(&DONT_FRAGMENT);
        }
        (header[8], header[9]) = (self.hop_limit, self.protocol);
        header[12..16].copy_from_slice(&self.source.octets());
        header[16..].copy_from_slice(&self.destination.octets());
        let sum = checksum::finish(checksum::sum(&header, 0));
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        header
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_repr() -> impl Strategy<Value = Repr> {
        (
            any::<[u8; 3]>(),
            any::<u16>(),
            any::<bool>(),
            any::<[u32; 2]>(),
        )
            .prop_map(
                |([class, hop_limit, protocol], identification, dont_fragment, [from, to])| Repr {
                    class,
                    identification,
                    dont_fragment,
                    hop_limit,
                    protocol,
                    source: from.into(),
                    destination: to.into(),
                },
            )
    }

    #[test]
    fn parts_of_datagrams_and_other_versions_are_named() {
        let repr = Repr {
            class: 0,
            identification: 1,
            dont_fragment: false,
            hop_limit: 255,
            protocol: 112,
            source: Ipv4Addr::new(192, 0, 2, 1),
            destination: Ipv4Addr::new(224, 0, 0, 18),
        };
        let header = repr.emit(0);
        let with = |at: usize, value: u8| {
            let mut bytes = header;
            bytes[at] = value;
            Packet::parse(&bytes).map(|_| ())
        };
        assert_eq!(with(0, 0x65), Err(Malformed::Version));
        assert_eq!(with(0, 0x44), Err(Malformed::Length));
        assert_eq!(
            with(0, 0x46),
            Err(Malformed::Length),
            "longer than the datagram"
        );
        assert_eq!(with(3, 21), Err(Malformed::Truncated));
        assert_eq!(
            with(6, 0x20),
            Err(Malformed::Fragment),
            "more of it follows"
        );
        assert_eq!(with(7, 1), Err(Malformed::Fragment), "a later part");
        assert_eq!(with(6, 0x40), Ok(()), "whole, and not to be cut up");
        assert_eq!(Packet::parse(&header[..3]), Err(Malformed::Truncated));
        assert_eq!(Packet::parse(&header[..19]), Err(Malformed::Truncated));
    }

    proptest! {
        #[test]
        fn etherparse_reads_what_is_written(repr in any_repr(), len in 0..1400_u16) {
            let header = repr.emit(usize::from(len));
            let (theirs, _) = etherparse::Ipv4Header::from_slice(&header).unwrap();
            prop_assert_eq!(theirs.dscp.value() << 2 | theirs.ecn.value(), repr.class);
            prop_assert_eq!(theirs.identification, repr.identification);
            prop_assert_eq!(theirs.dont_fragment, repr.dont_fragment);
            prop_assert_eq!(theirs.time_to_live, repr.hop_limit);
            prop_assert_eq!(theirs.protocol.0, repr.protocol);
            prop_assert_eq!(Ipv4Addr::from(theirs.source), repr.source);
            prop_assert_eq!(Ipv4Addr::from(theirs.destination), repr.destination);
            prop_assert_eq!(theirs.payload_len().unwrap(), len);
            prop_assert_eq!(theirs.header_checksum, theirs.calc_header_checksum());
        }

        #[test]
        fn what_is_written_is_read(
            repr in any_repr(),
            payload in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut bytes = repr.emit(payload.len()).to_vec();
            bytes.extend(&payload);
            bytes.extend([0xaa; 7]);
            let packet = Packet::parse(&bytes).unwrap();
            prop_assert_eq!(packet.payload(), &payload[..], "padding is left out");
            prop_assert_eq!(packet.identification(), repr.identification);
            prop_assert_eq!(packet.hop_limit(), repr.hop_limit);
            prop_assert_eq!(packet.protocol(), repr.protocol);
            prop_assert_eq!(packet.source(), repr.source);
            prop_assert_eq!(packet.destination(), repr.destination);
        }

        #[test]
        fn any_bytes_give_a_view_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.header().len() + packet.payload().len() <= bytes.len());
            }
        }
    }
}
