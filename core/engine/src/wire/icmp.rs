//! Echo requests and replies: ICMP (RFC 792) and ICMPv6 (RFC 4443 4).
//!
//! The two differ in their type numbers and in the pseudo-header that ICMPv6's checksum begins
//! with, so one [`Repr`] serves both.
//!
//! Deliberately absent: all other messages. A `destination unreachable` is the kernel's to
//! interpret; it comes back as an error of the socket.

use std::net::Ipv6Addr;

use super::checksum;
use super::ndp::NEXT_HEADER;

/// Bytes before the data.
pub const HEADER_LEN: usize = 8;

/// Question or answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// "Are you there?"
    Request,
    /// The same data back.
    Reply,
}

/// An echo message whose checksum verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

impl<'a> Packet<'a> {
    /// Looks at the bytes behind an IPv4 header.
    ///
    /// # Errors
    ///
    /// What keeps it from being an echo message; see [`Rejection`].
    pub fn parse_v4(bytes: &'a [u8]) -> Result<Self, Rejection> {
        Self::parse(bytes, V4, 0)
    }

    /// Looks at the bytes behind an IPv6 header.
    ///
    /// # Errors
    ///
    /// What keeps it from being an echo message; see [`Rejection`].
    pub fn parse_v6(
        bytes: &'a [u8],
        source: Ipv6Addr,
        destination: Ipv6Addr,
    ) -> Result<Self, Rejection> {
        let pseudo = checksum::pseudo_header_v6(source, destination, NEXT_HEADER, bytes.len());
        Self::parse(bytes, V6, pseudo)
    }

    /// Question or answer.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Who asks: by custom one number for each process.
    #[must_use]
    pub const fn identifier(&self) -> u16 {
        u16::from_be_bytes([self.bytes[4], self.bytes[5]])
    }

    /// Which question.
    #[must_use]
    pub const fn sequence(&self) -> u16 {
        u16::from_be_bytes([self.bytes[6], self.bytes[7]])
    }

    /// What an answer repeats.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        &self.bytes[HEADER_LEN..]
    }

    fn parse(bytes: &'a [u8], types: Types, initial: u32) -> Result<Self, Rejection> {
        let [first, code, ..] = *bytes else {
            return Err(Rejection::Truncated);
        };
        let kind = if first == types.request {
            Kind::Request
        } else if first == types.reply {
            Kind::Reply
        } else {
            return Err(Rejection::Type);
        };
        if bytes.len() < HEADER_LEN {
            return Err(Rejection::Truncated);
        }
        if checksum::finish(checksum::sum(bytes, initial)) != 0 {
            return Err(Rejection::Checksum);
        }
        if code != 0 {
            return Err(Rejection::Code);
        }
        Ok(Self { bytes, kind })
    }
}

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Rejection {
    /// Shorter than 8 bytes.
    #[error("truncated")]
    Truncated,
    /// Not an echo message.
    #[error("not an echo message")]
    Type,
    /// The checksum does not verify.
    #[error("bad checksum")]
    Checksum,
    /// A code other than 0.
    #[error("unknown code")]
    Code,
}

/// An echo message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr<'a> {
    /// Question or answer.
    pub kind: Kind,
    /// Who asks. A kernel's ping socket puts its own number there.
    pub identifier: u16,
    /// Which question.
    pub sequence: u16,
    /// What an answer is to repeat; at most 65507 bytes fit in a datagram.
    pub data: &'a [u8],
}

impl Repr<'_> {
    /// The message for a datagram over IPv4.
    #[must_use]
    pub fn emit_v4(&self) -> Vec<u8> {
        self.emit(V4, 0)
    }

    /// The message for a datagram over IPv6.
    #[must_use]
    pub fn emit_v6(&self, source: Ipv6Addr, destination: Ipv6Addr) -> Vec<u8> {
        let len = HEADER_LEN + self.data.len();
        let pseudo = checksum::pseudo_header_v6(source, destination, NEXT_HEADER, len);
        self.emit(V6, pseudo)
    }

    fn emit(&self, types: Types, initial: u32) -> Vec<u8> {
        let first = match self.kind {
            Kind::Request => types.request,
            Kind::Reply => types.reply,
        };
        let mut bytes = Vec::with_capacity(HEADER_LEN + self.data.len());
        bytes.extend([first, 0, 0, 0]);
        bytes.extend(self.identifier.to_be_bytes());
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.data);
        let sum = checksum::finish(checksum::sum(&bytes, initial));
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
        bytes
    }
}

/// The type numbers of one protocol.
#[derive(Clone, Copy)]
struct Types {
    request: u8,
    reply: u8,
}

/// RFC 792, page 14.
const V4: Types = Types {
    request: 8,
    reply: 0,
};

/// RFC 4443 4.1, 4.2.
const V6: Types = Types {
    request: 128,
    reply: 129,
};

#[cfg(test)]
mod tests {
    use etherparse::{IcmpEchoHeader, Icmpv4Header, Icmpv4Type, Icmpv6Header, Icmpv6Type};
    use proptest::prelude::*;

    use super::*;

    const HOST: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    const PEER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
    const DATA: &[u8] = b"bellwether!";

    /// From the wire: what Linux sent and answered for this data, of odd length.
    const REQUEST_V4: [u8; 8] = [0x08, 0x00, 0xa4, 0xb2, 0x12, 0x34, 0x00, 0x07];
    const REPLY_V4: [u8; 8] = [0x00, 0x00, 0xac, 0xb2, 0x12, 0x34, 0x00, 0x07];
    const REQUEST_V6: [u8; 8] = [0x80, 0x00, 0xa0, 0x00, 0x43, 0x21, 0x00, 0x09];
    const REPLY_V6: [u8; 8] = [0x81, 0x00, 0x9f, 0x00, 0x43, 0x21, 0x00, 0x09];

    fn repr(kind: Kind, identifier: u16, sequence: u16) -> Repr<'static> {
        Repr {
            kind,
            identifier,
            sequence,
            data: DATA,
        }
    }

    #[test]
    fn requests_are_linux_s_byte_for_byte() {
        let v4 = repr(Kind::Request, 0x1234, 7).emit_v4();
        assert_eq!(v4, [&REQUEST_V4, DATA].concat());
        let v6 = repr(Kind::Request, 0x4321, 9).emit_v6(PEER, HOST);
        assert_eq!(v6, [&REQUEST_V6, DATA].concat());
    }

    #[test]
    fn linux_s_replies_are_read() {
        let bytes = [&REPLY_V4, DATA].concat();
        let v4 = Packet::parse_v4(&bytes).unwrap();
        assert_eq!((v4.kind(), v4.identifier()), (Kind::Reply, 0x1234));
        assert_eq!((v4.sequence(), v4.data()), (7, DATA));
        let bytes = [&REPLY_V6, DATA].concat();
        let v6 = Packet::parse_v6(&bytes, HOST, PEER).unwrap();
        assert_eq!((v6.kind(), v6.identifier()), (Kind::Reply, 0x4321));
        assert_eq!((v6.sequence(), v6.data()), (9, DATA));
    }

    #[test]
    fn each_reason_has_a_name() {
        let bytes = [&REPLY_V4, DATA].concat();
        let with = |at: usize, value: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            Packet::parse_v4(&bytes).err()
        };
        assert_eq!(with(0, 3), Some(Rejection::Type));
        assert_eq!(with(9, 0), Some(Rejection::Checksum));
        // Code 1, and one less in the checksum.
        let mut coded = bytes.clone();
        (coded[1], coded[3]) = (1, 0xb1);
        assert_eq!(Packet::parse_v4(&coded), Err(Rejection::Code));
        for len in 0..HEADER_LEN {
            assert_eq!(Packet::parse_v4(&bytes[..len]), Err(Rejection::Truncated));
        }
        let request = [&REQUEST_V6, DATA].concat();
        assert_eq!(
            Packet::parse_v4(&request),
            Err(Rejection::Type),
            "of the other family"
        );
        assert_eq!(
            Packet::parse_v6(&request, HOST, HOST),
            Err(Rejection::Checksum),
            "for somebody else"
        );
    }

    proptest! {
        #[test]
        fn etherparse_reads_what_is_written(
            id: u16,
            seq: u16,
            from: u128,
            to: u128,
            data in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let repr = Repr { kind: Kind::Request, identifier: id, sequence: seq, data: &data };
            let echo = IcmpEchoHeader { id, seq };
            let bytes = repr.emit_v4();
            let (header, rest) = Icmpv4Header::from_slice(&bytes).unwrap();
            prop_assert_eq!(&header.icmp_type, &Icmpv4Type::EchoRequest(echo));
            prop_assert_eq!(header.checksum, header.icmp_type.calc_checksum(rest));
            let (source, destination) = (Ipv6Addr::from(from), Ipv6Addr::from(to));
            let bytes = repr.emit_v6(source, destination);
            let (header, rest) = Icmpv6Header::from_slice(&bytes).unwrap();
            prop_assert_eq!(&header.icmp_type, &Icmpv6Type::EchoRequest(echo));
            let theirs =
                header.icmp_type.calc_checksum(source.octets(), destination.octets(), rest);
            prop_assert_eq!(header.checksum, theirs.unwrap());
            prop_assert_eq!(rest, &data[..]);
        }

        #[test]
        fn what_is_written_is_read(
            reply: bool,
            identifier: u16,
            sequence: u16,
            from: u128,
            to: u128,
            data in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let kind = if reply { Kind::Reply } else { Kind::Request };
            let repr = Repr { kind, identifier, sequence, data: &data };
            let v4 = repr.emit_v4();
            let (source, destination) = (Ipv6Addr::from(from), Ipv6Addr::from(to));
            let v6 = repr.emit_v6(source, destination);
            for packet in [
                Packet::parse_v4(&v4).unwrap(),
                Packet::parse_v6(&v6, source, destination).unwrap(),
            ] {
                prop_assert_eq!(packet.kind(), kind);
                prop_assert_eq!((packet.identifier(), packet.sequence()), (identifier, sequence));
                prop_assert_eq!(packet.data(), &data[..]);
            }
        }

        #[test]
        fn any_bytes_give_a_view_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _: Option<Packet<'_>> = Packet::parse_v4(&bytes).ok();
            let _: Option<Packet<'_>> = Packet::parse_v6(&bytes, HOST, PEER).ok();
        }
    }
}
