//! The Internet checksum (RFC 1071).

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
}
