//! The Internet checksum (RFC 1071), and the pseudo-headers that some protocols begin it with.

use std::net::{Ipv4Addr, Ipv6Addr};

/// One's complement sum of big-endian 16-bit words, not yet complemented. An odd last byte counts
/// as the high half of a word.
#[must_use]
pub fn sum(bytes: &[u8], initial: u32) -> u32 {
    let mut words = bytes.chunks_exact(2);
    let mut total = initial;
    for word in words.by_ref() {
        total = total.wrapping_add(u32::from(u16::from_be_bytes([word[0], word[1]])));
    }
    if let [last] = words.remainder() {
        total = total.wrapping_add(u32::from(*last) << 8);
    }
    fold(total)
}

/// The checksum field's value for a sum.
#[must_use]
pub fn finish(sum: u32) -> u16 {
    let [_, _, high, low] = fold(sum).to_be_bytes();
    !u16::from_be_bytes([high, low])
}

/// The sum over the pseudo-header of a message of `len` bytes over IPv4: addresses, protocol and
/// length, as RFC 9293 3.1 draws it.
#[must_use]
pub fn pseudo_header_v4(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, len: usize) -> u32 {
    let total = sum(&source.octets(), length(len) + u32::from(protocol));
    sum(&destination.octets(), total)
}

/// The sum over the pseudo-header of a message of `len` bytes over IPv6: addresses, 32-bit length
/// and next header (RFC 8200 8.1).
#[must_use]
pub fn pseudo_header_v6(
    source: Ipv6Addr,
    destination: Ipv6Addr,
    next_header: u8,
    len: usize,
) -> u32 {
    let total = sum(&source.octets(), length(len) + u32::from(next_header));
    sum(&destination.octets(), total)
}

/// A length as a summand. No datagram is longer than 65535 bytes (RFC 791 3.1, RFC 8200 3).
fn length(len: usize) -> u32 {
    u32::from(u16::try_from(len).unwrap_or(u16::MAX))
}

fn fold(mut sum: u32) -> u32 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_example_of_rfc_1071() {
        // RFC 1071, section 3: the sum of these bytes is ddf2, its complement 220d.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(sum(&bytes, 0), 0xddf2);
        assert_eq!(finish(sum(&bytes, 0)), 0x220d);
    }

    #[test]
    fn an_odd_byte_is_the_high_half_of_a_word() {
        assert_eq!(sum(&[0x12], 0), 0x1200);
    }

    #[test]
    fn pseudo_headers_are_summed_word_by_word() {
        // By hand: c000 + 0201 + e000 + 0012 + 0070 + 000c = 1a28f -> a290.
        let group = Ipv4Addr::new(224, 0, 0, 18);
        assert_eq!(
            pseudo_header_v4(Ipv4Addr::new(192, 0, 2, 1), group, 112, 12),
            0xa290
        );
        // By hand: fe80 + 0001 + ff02 + 0012 + 003a + 0020 = 1fdef -> fdf0.
        let source = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
        let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);
        assert_eq!(pseudo_header_v6(source, group, 58, 32), 0xfdf0);
    }
}
