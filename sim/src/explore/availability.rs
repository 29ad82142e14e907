//! How long addresses had no owner, or two, by kind of fault.
//!
//! Invariant: memory does not grow with the number of runs. Times are kept in whole milliseconds
//! of three significant digits; the worst one is exact.

use std::collections::BTreeMap;

/// Many spans, of which median, 99th percentile and worst can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    counts: BTreeMap<u64, u64>,
    total: u64,
    worst_ms: u64,
}

impl Spans {
    /// Counts a span of this many nanoseconds.
    pub fn add(&mut self, nanos: u64) {
        let ms = nanos / 1_000_000;
        *self.counts.entry(three_digits(ms)).or_default() += 1;
        self.total += 1;
        self.worst_ms = self.worst_ms.max(ms);
    }

    /// How many spans there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The smallest span, in milliseconds, that at least this share of all does not exceed.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (ms, count) in &self.counts {
            seen += count;
            if seen >= rank {
                return *ms;
            }
        }
        0
    }

    /// The longest span in milliseconds.
    #[must_use]
    pub const fn worst(&self) -> u64 {
        self.worst_ms
    }
}

/// A number with all but its first three digits 0.
const fn three_digits(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 1_000 {
        unit *= 10;
    }
    number / unit * unit
}

/// What came of all runs of one kind of fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The worst address of each run without an owner.
    pub dark: Spans,
    /// The worst address of each run with two owners or more.
    pub dual: Spans,
    /// In how many runs something was still wrong when the fault had lasted long enough.
    pub lost: u64,
}

impl Row {
    /// Counts a run.
    pub fn add(&mut self, dark_ns: u64, dual_ns: u64, survived: bool) {
        self.dark.add(dark_ns);
        self.dual.add(dual_ns);
        self.lost += u64::from(!survived);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_that_one_counts_by_hand() {
        let mut spans = Spans::default();
        for ms in 1..=200 {
            spans.add(ms * 1_000_000);
        }
        assert_eq!(spans.percentile(50), 100);
        assert_eq!(spans.percentile(99), 198);
        assert_eq!(spans.worst(), 200);
    }

    #[test]
    fn many_digits_do_not_make_many_rows() {
        assert_eq!(three_digits(999), 999);
        assert_eq!(three_digits(12_345), 12_300);
        let mut spans = Spans::default();
        for ms in 0..100_000 {
            spans.add(ms * 1_000_000);
        }
        // 1000 below 1000, then 900 for each factor of ten.
        assert_eq!(spans.counts.len(), 1_000 + 900 + 900);
        assert_eq!(spans.worst(), 99_999);
    }
}
