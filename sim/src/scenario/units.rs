//! Times and shares as people write them: `"3s"`, `"250ms"`, `"2.5%"`. Exact, without floats.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use bellwether_core::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A text is not a time or a share; nothing was built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{text}' is not {what}")]
pub struct BadUnit {
    /// The text.
    pub text: String,
    /// What it should have been, with an example.
    pub what: &'static str,
}

const TIME: &str = "a time such as \"3s\", \"250ms\", \"1.5s\", \"2m\"";
const SHARE: &str = "a share such as \"5%\" or \"0.25%\"";

/// Reads a time: a decimal number and one of `ns us ms s m h`.
///
/// # Errors
///
/// [`BadUnit`] for any other text, and for fractions of a nanosecond.
pub fn parse_span(text: &str) -> Result<Duration, BadUnit> {
    let bad = || BadUnit {
        text: text.to_owned(),
        what: TIME,
    };
    let text = text.trim();
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or_else(bad)?;
    let (number, unit) = text.split_at(split);
    let scale: u64 = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(bad()),
    };
    let nanos = decimal(number.trim(), scale).ok_or_else(bad)?;
    Ok(Duration::from_nanos(nanos))
}

/// Writes a time in the largest unit that keeps it whole.
#[must_use]
pub fn show_span(span: Duration) -> String {
    let nanos = bellwether_core::time::nanos(span);
    let units = [
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    for (scale, unit) in units {
        if nanos.is_multiple_of(scale) {
            return format!("{}{unit}", nanos / scale);
        }
    }
    format!("{nanos}ns")
}

/// `number` times `scale`, when that is whole.
fn decimal(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut total = whole.checked_mul(scale)?;
    let mut unit = scale;
    for digit in fraction.bytes() {
        let digit = u64::from(digit - b'0');
        if !unit.is_multiple_of(10) && digit != 0 {
            return None;
        }
        unit /= 10;
        total = total.checked_add(digit.checked_mul(unit)?)?;
    }
    Some(total)
}

/// A part of a whole, in parts per million: 0 to 1 000 000, written as a percentage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    /// None of it.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self(1_000_000);

    /// A share of whole percents; more than 100 are 100.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        let percent = if percent > 100 { 100 } else { percent };
        Self(percent.saturating_mul(10_000))
    }

    /// A share in parts per million; more than a million are a million.
    #[must_use]
    pub const fn ppm(ppm: u32) -> Self {
        Self(if ppm > 1_000_000 { 1_000_000 } else { ppm })
    }

    /// In parts per million.
    #[must_use]
    pub const fn as_ppm(self) -> u32 {
        self.0
    }
}

impl FromStr for Share {
    type Err = BadUnit;

    fn from_str(text: &str) -> Result<Self, BadUnit> {
        let bad = || BadUnit {
            text: text.to_owned(),
            what: SHARE,
        };
        let number = text.trim().strip_suffix('%').ok_or_else(bad)?;
        let ppm = decimal(number.trim(), 10_000).ok_or_else(bad)?;
        match u32::try_from(ppm) {
            Ok(ppm) if ppm <= 1_000_000 => Ok(Self(ppm)),
            Ok(_) | Err(_) => Err(bad()),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return write!(f, "{whole}%");
        }
        let digits = format!("{rest:04}");
        write!(f, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Serde for spans as text.
pub mod span {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    /// Writes a span as text.
    ///
    /// # Errors
    ///
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&super::show_span(*span))
    }

    /// Reads a span from text.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and texts that are no times.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse_span(&text).map_err(serde::de::Error::custom)
    }
}

/// Serde for instants as the time since the run began, as text.
pub mod instant {
    use super::{Deserialize, Deserializer, Instant, Serializer};

    /// Writes an instant as text.
    ///
    /// # Errors
    ///
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&super::show_span(at.since(Instant::ZERO)))
    }

    /// Reads an instant from text.
    ///
    /// # Errors
    ///
    /// Those of the deserializer, and texts that are no times.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = String::deserialize(deserializer)?;
        let span = super::parse_span(&text).map_err(serde::de::Error::custom)?;
        Ok(Instant::ZERO + span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_and_come_back_as_they_went() {
        assert_eq!(parse_span("3s"), Ok(Duration::from_secs(3)));
        assert_eq!(parse_span("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(
            parse_span("3.609375s"),
            Ok(Duration::from_nanos(3_609_375_000))
        );
        assert_eq!(parse_span("2m"), Ok(Duration::from_secs(120)));
        assert!(parse_span("3").is_err() && parse_span("s").is_err());
        assert!(parse_span("0.5ns").is_err() && parse_span("-1s").is_err());
        assert_eq!(show_span(Duration::from_millis(1500)), "1500ms");
        assert_eq!(show_span(Duration::ZERO), "0s");
    }

    #[test]
    fn shares_are_percentages_down_to_a_millionth() {
        assert_eq!("2.5%".parse::<Share>().map(Share::as_ppm), Ok(25_000));
        assert_eq!(Share::ppm(25_001).to_string(), "2.5001%");
        assert_eq!(Share::percent(100), Share::ALL);
        assert!("101%".parse::<Share>().is_err() && "5".parse::<Share>().is_err());
    }
}
