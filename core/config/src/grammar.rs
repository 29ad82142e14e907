//! The grammars of values: numbers, seconds, addresses, commands.
//!
//! Each takes the text of a word and gives a value or says what is wrong; none knows ranges,
//! keywords or spans. No floating point: seconds are read digit by digit into microseconds.

mod command;

use std::net::{IpAddr, Ipv4Addr};

use winnow::Parser;
use winnow::ascii::digit1;
use winnow::combinator::{alt, eof, opt, preceded, terminated};
use winnow::error::ContextError;
use winnow::token::{one_of, take_till};

pub(crate) use command::{argument, command, quoted, shell_word};

/// A whole number as it is written; too long ones saturate, so that they are out of any range.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let sign = opt(one_of::<_, _, ContextError>(['+', '-']));
    let (sign, digits): (Option<char>, &str) = terminated((sign, digit1), eof).parse(text).ok()?;
    let magnitude = digits.parse().unwrap_or(i64::MAX);
    Some(if sign == Some('-') {
        -magnitude
    } else {
        magnitude
    })
}

/// A number as C writes it: decimal, hexadecimal after `0x`, octal after `0`; too long ones
/// saturate.
pub(crate) fn radix(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    let good = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    good.then(|| u64::from_str_radix(digits, radix).unwrap_or(u64::MAX))
}

/// Six bytes in hexadecimal, one or two digits each, with colons.
pub(crate) fn mac(text: &str) -> Option<[u8; 6]> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        let part = parts.next().filter(|part| (1..=2).contains(&part.len()))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(bytes)
}

/// Seconds with decimals, in microseconds; digits beyond the sixth are dropped, numbers that are
/// too long saturate.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let point = || preceded::<_, _, _, ContextError, _, _>('.', opt(digit1));
    let with_whole = (digit1, opt(point())).map(|(whole, point)| (whole, point.flatten()));
    let without = preceded::<_, _, _, ContextError, _, _>('.', digit1);
    let without = without.map(|digits| ("0", Some(digits)));
    let (whole, fraction): (&str, Option<&str>) =
        preceded(opt('+'), terminated(alt((with_whole, without)), eof))
            .parse(text)
            .ok()?;
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    let micros = fraction
        .unwrap_or_default()
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(6)
        .fold(0, |sum: u64, digit| {
            sum.saturating_mul(10)
                .saturating_add(u64::from(digit.saturating_sub(b'0')))
        });
    Some(whole.saturating_mul(1_000_000).saturating_add(micros))
}

/// Milliseconds with decimals, in microseconds; digits beyond the third are dropped.
pub(crate) fn millis(text: &str) -> Option<u64> {
    seconds(text).map(|nanos| nanos / 1_000)
}

/// Microseconds as milliseconds with as many decimals as they need.
pub(crate) fn show_millis(micros: u64) -> String {
    show_seconds(micros.saturating_mul(1_000))
}

/// Microseconds as seconds with as many decimals as they need.
pub(crate) fn show_seconds(micros: u64) -> String {
    let fraction = format!("{:06}", micros % 1_000_000);
    let fraction = fraction.trim_end_matches('0');
    let whole = micros / 1_000_000;
    if fraction.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{fraction}")
    }
}

/// keepalived's words for yes and no.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressProblem {
    /// It is no address at all.
    Address,
    /// What follows its `/` is neither a number nor a netmask.
    Mask,
    /// Its prefix is longer than an address of its family.
    Prefix {
        /// The longest possible.
        max: u8,
    },
}

/// An address and the length of its prefix: `192.0.2.1`, `192.0.2.1/24`,
/// `192.0.2.1/255.255.255.0`, `2001:db8::1/64`.
pub(crate) fn address(text: &str) -> Result<(IpAddr, u8), AddressProblem> {
    let mask = opt(preceded('/', take_till(0.., |_| false)));
    let (address, mask): (&str, Option<&str>) = (take_till::<_, _, ContextError>(1.., '/'), mask)
        .parse(text)
        .map_err(|_| AddressProblem::Address)?;
    let address: IpAddr = address.parse().map_err(|_| AddressProblem::Address)?;
    let max = if address.is_ipv4() { 32 } else { 128 };
    let Some(mask) = mask else {
        return Ok((address, max));
    };
    if let (IpAddr::V4(_), Ok(netmask)) = (address, mask.parse::<Ipv4Addr>()) {
        let prefix = netmask_length(netmask).ok_or(AddressProblem::Mask)?;
        return Ok((address, prefix));
    }
    let number = digit1::<_, ContextError>
        .parse(mask)
        .map_err(|_| AddressProblem::Mask)?;
    match number.parse::<u8>() {
        Ok(prefix) if prefix <= max => Ok((address, prefix)),
        Ok(_) | Err(_) => Err(AddressProblem::Prefix { max }),
    }
}

/// The prefix length of a netmask, unless it has a hole.
fn netmask_length(netmask: Ipv4Addr) -> Option<u8> {
    let bits = netmask.to_bits();
    let ones = bits.leading_ones();
    (ones == bits.count_ones())
        .then(|| u8::try_from(ones).ok())
        .flatten()
}

/// What the kernel calls a scope.
pub(crate) fn scope(text: &str) -> Option<u8> {
    match text {
        "global" => Some(0),
        "site" => Some(200),
        "link" => Some(253),
        "host" => Some(254),
        "nowhere" => Some(255),
        _ => digit1::<_, ContextError>.parse(text).ok()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_whole() {
        assert_eq!(integer("100"), Some(100));
        assert_eq!(integer("+20"), Some(20));
        assert_eq!(integer("-7"), Some(-7));
        assert_eq!(integer("99999999999999999999"), Some(i64::MAX));
        for bad in ["", "1.5", "0x20", "1 ", "-", "1e3", "\u{661}"] {
            assert_eq!(integer(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn seconds_are_read_without_rounding() {
        assert_eq!(seconds("1"), Some(1_000_000));
        assert_eq!(seconds("0.01"), Some(10_000));
        assert_eq!(seconds("40.95"), Some(40_950_000));
        assert_eq!(seconds(".5"), Some(500_000));
        assert_eq!(seconds("3."), Some(3_000_000));
        assert_eq!(seconds("0.1234567"), Some(123_456));
        assert_eq!(seconds("99999999999999999999"), Some(u64::MAX));
        for bad in ["", ".", "-1", "1s", "1,5", "1.2.3", "abc"] {
            assert_eq!(seconds(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn seconds_are_shown_with_the_decimals_they_need() {
        assert_eq!(show_seconds(40_950_000), "40.95");
        assert_eq!(show_seconds(255_000_000), "255");
        assert_eq!(show_seconds(1_000), "0.001");
    }

    #[test]
    fn milliseconds_have_three_decimals() {
        assert_eq!(millis("3.312"), Some(3_312));
        assert_eq!(millis("3.3129"), Some(3_312));
        assert_eq!(millis("4294967"), Some(4_294_967_000));
        assert_eq!(show_millis(3_312), "3.312");
        assert_eq!(show_millis(10_000), "10");
    }

    #[test]
    fn addresses_have_a_prefix_or_a_netmask_or_neither() {
        let v4 = |last| IpAddr::from([192, 0, 2, last]);
        assert_eq!(address("192.0.2.1"), Ok((v4(1), 32)));
        assert_eq!(address("192.0.2.1/24"), Ok((v4(1), 24)));
        assert_eq!(address("192.0.2.1/0"), Ok((v4(1), 0)));
        assert_eq!(address("192.0.2.1/255.255.255.0"), Ok((v4(1), 24)));
        let v6: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(address("2001:db8::1"), Ok((v6, 128)));
        assert_eq!(address("2001:db8::1/64"), Ok((v6, 64)));
    }

    #[test]
    fn addresses_that_do_not_parse_say_why() {
        assert_eq!(address("300.1.1.1"), Err(AddressProblem::Address));
        assert_eq!(address("192.0.2"), Err(AddressProblem::Address));
        assert_eq!(address("/24"), Err(AddressProblem::Address));
        assert_eq!(address("192.0.2.1/"), Err(AddressProblem::Mask));
        assert_eq!(address("192.0.2.1/a"), Err(AddressProblem::Mask));
        assert_eq!(address("192.0.2.1/255.0.255.0"), Err(AddressProblem::Mask));
        assert_eq!(
            address("192.0.2.1/33"),
            Err(AddressProblem::Prefix { max: 32 })
        );
        assert_eq!(
            address("2001:db8::1/129"),
            Err(AddressProblem::Prefix { max: 128 })
        );
        assert_eq!(
            address("192.0.2.1/999999"),
            Err(AddressProblem::Prefix { max: 32 })
        );
    }

    #[test]
    fn scopes_are_the_kernels_numbers() {
        let names = ["global", "site", "link", "host", "nowhere", "42"];
        assert_eq!(names.map(scope), [0, 200, 253, 254, 255, 42].map(Some));
        assert_eq!(["256", "lan", ""].map(scope), [None; 3]);
    }
}
