//! The IP header that a raw socket hands over in front of each datagram.

use std::net::Ipv4Addr;

/// What the core wants to know of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) ttl: u8,
    /// What follows the header and its options.
    pub(super) payload: &'a [u8],
    /// All of the datagram, without padding.
    pub(super) whole: &'a [u8],
}

/// Takes a datagram apart; `None` for what is no IPv4 datagram, which the kernel never hands over.
pub(super) fn parse(datagram: &[u8]) -> Option<Header<'_>> {
    let first = *datagram.first()?;
    let header_len = usize::from(first & 0x0f) * 4;
    if first >> 4 != 4 || header_len < 20 {
        return None;
    }
    let total_len = usize::from(u16::from_be_bytes([*datagram.get(2)?, *datagram.get(3)?]));
    let octets = |at: usize| -> Option<Ipv4Addr> {
        let bytes: [u8; 4] = datagram.get(at..at + 4)?.try_into().ok()?;
        Some(Ipv4Addr::from(bytes))
    };
    // What lies behind the total length is padding of the link.
    let whole = datagram.get(..total_len.min(datagram.len()))?;
    Some(Header {
        source: octets(12)?,
        destination: octets(16)?,
        ttl: *datagram.get(8)?,
        payload: whole.get(header_len..)?,
        whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 791 3.1: version 4, five words, TTL 255, protocol 112, 192.0.2.1 to 224.0.0.18.
    const PLAIN: [u8; 24] = [
        0x45, 0xc0, 0, 24, 0, 1, 0, 0, 255, 112, 0, 0, 192, 0, 2, 1, 224, 0, 0, 18, 0x21, 7, 100, 0,
    ];

    #[test]
    fn tells_ttl_addresses_and_payload() {
        let header = parse(&PLAIN).unwrap();
        assert_eq!(header.source, Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(header.destination, Ipv4Addr::new(224, 0, 0, 18));
        assert_eq!(header.ttl, 255);
        assert_eq!(header.payload, [0x21, 7, 100, 0]);
    }

    #[test]
    fn skips_options_and_padding() {
        let mut long = PLAIN.to_vec();
        long[0] = 0x46;
        assert!(parse(&long).unwrap().payload.is_empty());
        let mut padded = PLAIN.to_vec();
        padded.extend([0; 22]);
        assert_eq!(parse(&padded).unwrap().payload.len(), 4);
    }

    #[test]
    fn refuses_what_is_no_ipv4_datagram() {
        for length in 0..20 {
            assert_eq!(parse(&PLAIN[..length]), None);
        }
        let mut six = PLAIN;
        six[0] = 0x60;
        assert_eq!(parse(&six), None);
        let mut short_header = PLAIN;
        short_header[0] = 0x44;
        assert_eq!(parse(&short_header), None);
        let mut short_total = PLAIN;
        short_total[3] = 19;
        assert_eq!(parse(&short_total), None);
    }
}
