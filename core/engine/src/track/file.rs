//! A tracked file: from its text to a number, from the number to a priority.

use serde::{Deserialize, Serialize};

use super::Contribution;
use crate::effect::{Notice, Outbox};
use crate::model::{self, Tracked};
use crate::mutant::{self, Mutant};
use crate::unit::Name;

/// What a tracked file holds.
///
/// keepalived: the file begins with a number, which may be octal (`010`) or hexadecimal (`0x10`);
/// what follows it does not matter. No file, or none that can be read, or no number, is 0; a
/// number beyond 32 bits is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FileContent {
    /// This number.
    Number(i32),
    /// There is no such file: 0.
    Missing,
    /// The file can't be read: 0.
    Unreadable,
    /// It does not begin with a number: 0.
    NoNumber,
    /// Its number is beyond 32 bits: the one before it goes on to count.
    OutOfRange,
}

impl FileContent {
    /// How many bytes of a file may matter.
    pub const LONGEST: usize = 128;

    /// Reads the beginning of a file, as C's `strtol` does with base 0.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let text = text.trim_ascii_start();
        let (negative, text) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            Some(_) | None => (false, text),
        };
        let (base, digits) = match text {
            [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => {
                (16, rest)
            }
            [b'0', ..] => (8, text),
            _ => (10, text),
        };
        let digits = digits
            .iter()
            .map_while(|byte| char::from(*byte).to_digit(base));
        let sum = digits.fold(None, |sum: Option<i64>, digit| {
            let scaled = sum.unwrap_or(0).saturating_mul(i64::from(base));
            Some(scaled.saturating_add(i64::from(digit)))
        });
        match sum.map(|sum| i32::try_from(if negative { -sum } else { sum })) {
            None => Self::NoNumber,
            Some(Err(_)) => Self::OutOfRange,
            Some(Ok(number)) => Self::Number(number),
        }
    }
}

/// A file, and the number that it was last seen to hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrackedFile {
    pub(crate) config: model::TrackFile,
    /// `None` until it was first read.
    pub(crate) number: Option<i32>,
    content: Option<FileContent>,
}

impl TrackedFile {
    pub(crate) const fn new(config: model::TrackFile) -> Self {
        Self {
            config,
            number: None,
            content: None,
        }
    }

    /// Takes in what was read. Returns whether its number changed.
    pub(crate) fn seen(&mut self, content: FileContent, out: &mut Outbox) -> bool {
        let number = match content {
            FileContent::Number(number) => number,
            FileContent::Missing | FileContent::Unreadable | FileContent::NoNumber => 0,
            FileContent::OutOfRange => self.number.unwrap_or(0),
        };
        if self.content.replace(content) != Some(content) {
            out.notice(Notice::File {
                file: self.config.name.clone(),
                content,
                number,
            });
        }
        self.number.replace(number) != Some(number)
    }
}

/// keepalived: a file's number is multiplied by the weight, and by -1 with `reverse`, within -254
/// to 253; -254 is a FAULT. With weight 0 any number but 0 is a FAULT, and with `reverse` 0 is.
pub(crate) fn file_contribution(tracked: &Tracked<Name>, number: Option<i32>) -> Contribution {
    let weight = i64::from(tracked.weight.get());
    let Some(number) = number else {
        return match weight {
            0 => Contribution::Wait,
            _ => Contribution::Weight(0),
        };
    };
    if weight == 0 {
        return match (number == 0) == tracked.reverse {
            true => Contribution::Fault,
            false => Contribution::Weight(0),
        };
    }
    let weight = match mutant::is_active(Mutant::FileWeightIgnored) {
        true => weight.signum(),
        false => weight,
    };
    let sign = if tracked.reverse { -1 } else { 1 };
    match (i64::from(number) * weight * sign).clamp(-254, 253) {
        -254 => Contribution::Fault,
        product => Contribution::Weight(i16::try_from(product).unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Weight;

    #[test]
    fn a_number_is_read_as_keepalived_reads_it() {
        use FileContent::{NoNumber, Number, OutOfRange};
        // Each of these was seen in keepalived 2.2.7, by the priority that came of it.
        let table = [
            ("5\n", Number(5)),
            (" 7\n", Number(7)),
            ("+8\n", Number(8)),
            ("-253\n", Number(-253)),
            ("0x10\n", Number(16)),
            ("010\n", Number(8)),
            ("12abc\n", Number(12)),
            ("3 4\n", Number(3)),
            ("2.5\n", Number(2)),
            ("\n\n 4", Number(4)),
            ("abc\n", NoNumber),
            ("\n", NoNumber),
            ("", NoNumber),
            ("-", NoNumber),
            ("99999999999\n", OutOfRange),
            ("-99999999999\n", OutOfRange),
            ("2147483647", Number(i32::MAX)),
            ("2147483648", OutOfRange),
            ("-2147483648", Number(i32::MIN)),
            ("99999999999999999999999999", OutOfRange),
            ("0x", Number(0)),
        ];
        for (text, expected) in table {
            assert_eq!(FileContent::parse(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn a_product_is_clamped_and_far_below_zero_it_is_a_fault() {
        use Contribution::{Fault, Wait, Weight as Adds};
        let table = [
            // weight, reverse, number, what it does
            (1, false, Some(5), Adds(5)),
            (3, false, Some(-7), Adds(-21)),
            (-3, false, Some(7), Adds(-21)),
            (1, true, Some(5), Adds(-5)),
            (1, false, Some(253), Adds(253)),
            (1, false, Some(254), Adds(253)),
            (1, false, Some(i32::MAX), Adds(253)),
            (1, false, Some(-253), Adds(-253)),
            (1, false, Some(-254), Fault),
            (2, false, Some(-127), Fault),
            (253, true, Some(i32::MAX), Fault),
            (253, false, Some(i32::MIN), Fault),
            (0, false, Some(0), Adds(0)),
            (0, false, Some(1), Fault),
            (0, false, Some(-1), Fault),
            (0, true, Some(0), Fault),
            (0, true, Some(9), Adds(0)),
            (0, false, None, Wait),
            (5, false, None, Adds(0)),
        ];
        for (weight, reverse, number, expected) in table {
            let tracked = Tracked::<Name> {
                target: "f".into(),
                weight: Weight::try_from(weight).unwrap(),
                reverse,
            };
            let what = file_contribution(&tracked, number);
            assert_eq!(what, expected, "{weight} {reverse} {number:?}");
        }
    }
}
