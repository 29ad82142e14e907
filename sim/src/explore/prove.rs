//! All schedules of a small scope, none left out.
//!
//! Two scopes are walked through: every pattern in which the first adverts on each way may be lost,
//! and every placement of one or two faults of the battery on a grid of instants. Invariant: what
//! [`Scope`] counts is what is run; a bound that does not fit is refused, and never cut short.

use core::time::Duration;

use bellwether_core::Instant;
use bellwether_core::unit::Name;

use super::Base;
use super::battery::{self, Trouble};
use super::case::{Case, Origin};
use super::plan::in_order;
use crate::fault::{Fault, TimedFault};

/// How much is to be walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many adverts on each way may be lost or not.
    pub adverts: u32,
    /// How many faults there are at once: 0, 1 or 2.
    pub faults: u32,
    /// How many instants the grid has.
    pub instants: u32,
}

/// Everything within the bounds.
#[derive(Clone, Debug)]
pub struct Scope {
    base: Base,
    bounds: Bounds,
    ways: Vec<[Name; 2]>,
    troubles: Vec<Trouble>,
    grid: Vec<Instant>,
}

/// The bounds leave more cases than anybody waits for; nothing was run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{adverts} adverts on each of {ways} ways are 2^{bits} patterns of loss; at most 2^{MOST_BITS} \
     are walked through: take fewer adverts"
)]
pub struct TooMuch {
    /// How many adverts.
    pub adverts: u32,
    /// On how many ways.
    pub ways: usize,
    /// How many of them may be lost or not in all.
    pub bits: u32,
}

/// At most this many adverts may be lost or not.
pub const MOST_BITS: u32 = 20;

impl Scope {
    /// All that lies within the bounds.
    ///
    /// # Errors
    ///
    /// [`TooMuch`]
    pub fn new(base: Base, bounds: Bounds) -> Result<Self, TooMuch> {
        let names = base.names();
        let pairs = names.iter().flat_map(|from| {
            let others = names.iter().filter(move |to| *to != from);
            others.map(move |to| [from.clone(), to.clone()])
        });
        let ways: Vec<[Name; 2]> = pairs.collect();
        let count = u32::try_from(ways.len()).unwrap_or(u32::MAX);
        let bits = bounds.adverts.saturating_mul(count);
        if bits > MOST_BITS {
            return Err(TooMuch {
                adverts: bounds.adverts,
                ways: ways.len(),
                bits,
            });
        }
        // From a settled master on until a backup that hears nothing more has long taken over.
        let span = base.master_down + base.interval;
        let millis = span.as_millis() / u128::from(bounds.instants.max(1));
        let step = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
        let grid = (0..bounds.instants).map(|place| base.steady + step * place);
        Ok(Self {
            troubles: battery::troubles(&base),
            grid: grid.collect(),
            ways,
            bounds,
            base,
        })
    }

    /// How many adverts on each of the ways between this many nodes make at most 65 536 patterns.
    #[must_use]
    pub fn fitting_adverts(nodes: usize) -> u32 {
        let ways = u32::try_from(nodes * nodes.saturating_sub(1)).unwrap_or(u32::MAX);
        16_u32.checked_div(ways).unwrap_or(0)
    }

    /// What is explored.
    #[must_use]
    pub const fn base(&self) -> &Base {
        &self.base
    }

    /// How many patterns of loss there are.
    #[must_use]
    pub fn masks(&self) -> u64 {
        if self.bounds.adverts == 0 {
            return 0;
        }
        1 << (self.bounds.adverts * u32::try_from(self.ways.len()).unwrap_or_default())
    }

    /// How many placements of one fault there are.
    #[must_use]
    pub fn singles(&self) -> u64 {
        match self.bounds.faults {
            0 => 0,
            _ => self.placements(),
        }
    }

    /// How many placements of two faults there are: the first is never after the second.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        let kinds = count(self.troubles.len());
        let instants = count(self.grid.len());
        match self.bounds.faults {
            0 | 1 => 0,
            _ => kinds * kinds * (instants * (instants + 1) / 2),
        }
    }

    /// How many cases there are in all.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.masks() + self.singles() + self.pairs()
    }

    /// The case of a number below [`Self::cases`].
    #[must_use]
    pub fn case(&self, number: u64) -> Case {
        let (masks, singles) = (self.masks(), self.singles());
        if number < masks {
            self.mask(number)
        } else if number < masks + singles {
            let (trouble, at) = self.placement(number - masks);
            self.placed(trouble.at(at), at)
        } else {
            self.pair(number - masks - singles)
        }
    }

    /// What was walked through, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let show = |span: Duration| crate::scenario::units::show_span(span);
        let mut words = Vec::new();
        if self.bounds.adverts > 0 {
            words.push(format!(
                "{} patterns of loss: each of the first {} adverts on each of {} ways arrives or \
                 is lost, from the start of all nodes on",
                self.masks(),
                self.bounds.adverts,
                self.ways.len()
            ));
        }
        let step = match self.grid[..] {
            [first, second, ..] => show(second.since(first)),
            _ => "0s".to_owned(),
        };
        let last = self.grid.last().copied().unwrap_or(self.base.steady);
        if self.bounds.faults > 0 {
            words.push(format!(
                "{} placements of one fault: each of the {} of the battery at each of {} instants \
                 from {} to {}, {step} apart, and mended {} later",
                self.singles(),
                self.troubles.len(),
                self.grid.len(),
                show(self.base.steady.since(Instant::ZERO)),
                show(last.since(Instant::ZERO)),
                show(self.base.hold)
            ));
        }
        if self.bounds.faults > 1 {
            words.push(format!(
                "{} placements of two faults: each pair of them at each pair of those instants, \
                 the second not before the first",
                self.pairs()
            ));
        }
        let lines: Vec<String> = words.iter().map(|line| format!("  {line}\n")).collect();
        lines.concat()
    }

    fn placements(&self) -> u64 {
        count(self.troubles.len()) * count(self.grid.len())
    }

    /// The bits of the number say which adverts are lost, way by way.
    fn mask(&self, number: u64) -> Case {
        let adverts = self.bounds.adverts;
        let mut faults = Vec::new();
        for (place, [from, to]) in (0_u32..).zip(&self.ways) {
            let own = number >> (place * adverts) & ((1 << adverts) - 1);
            if own == 0 {
                continue;
            }
            let letter = |bit: u32| if own >> bit & 1 == 1 { 'x' } else { 'o' };
            faults.push(TimedFault {
                at: Instant::ZERO,
                fault: Fault::LosePattern {
                    from: from.clone(),
                    to: to.clone(),
                    pattern: (0..adverts).map(letter).collect(),
                },
            });
        }
        let adverts = self.base.interval * adverts;
        let heal_at = self.base.steady + adverts + self.base.master_down;
        self.made(faults, heal_at)
    }

    fn placement(&self, number: u64) -> (&Trouble, Instant) {
        let instants = count(self.grid.len()).max(1);
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let trouble = &self.troubles[place(number / instants)];
        (trouble, self.grid[place(number % instants)])
    }

    fn pair(&self, number: u64) -> Case {
        let kinds = count(self.troubles.len()).max(1);
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let first = &self.troubles[place(number % kinds)];
        let second = &self.troubles[place(number / kinds % kinds)];
        let [one, other] = triangle(number / kinds / kinds);
        let (at, later) = (self.grid[place(one)], self.grid[place(other)]);
        let mut faults = first.at(at);
        faults.extend(second.at(later));
        in_order(&mut faults);
        self.placed(faults, later)
    }

    fn placed(&self, faults: Vec<TimedFault>, last: Instant) -> Case {
        self.made(faults, last + self.base.hold)
    }

    fn made(&self, faults: Vec<TimedFault>, heal_at: Instant) -> Case {
        Case {
            origin: Origin::Random,
            faults,
            heal_at,
            seed: self.base.scenario.seed,
        }
    }
}

/// The pair of places of a number, the first not above the second: (0, 0), (0, 1), (1, 1), (0, 2),
/// and so on.
fn triangle(number: u64) -> [u64; 2] {
    let (mut row, mut left) = (0, number);
    while left > row {
        left -= row + 1;
        row += 1;
    }
    [left, row]
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_instants_has_one_number() {
        let mut seen: Vec<[u64; 2]> = (0..10).map(triangle).collect();
        seen.sort_unstable();
        let all = (0..4).flat_map(|one| (one..4).map(move |other| [one, other]));
        assert_eq!(seen, all.collect::<Vec<_>>());
    }
}
