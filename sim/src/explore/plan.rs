//! Which case has which number.
//!
//! First come the single faults of the battery at each moment, then their pairs, then random
//! schedules, without end. Invariant: the same base, first seed and depth give the same case for
//! a number, for ever.

use core::time::Duration;

use bellwether_core::Instant;

use super::Base;
use super::battery::{self, Moment, Trouble};
use super::case::{Case, Origin};
use super::swarm;
use crate::fault::TimedFault;

/// Which case has which number.
#[derive(Clone, Debug)]
pub struct Plan {
    base: Base,
    troubles: Vec<Trouble>,
    moments: Vec<Moment>,
    /// How long after the first fault the second one of a pair follows.
    offsets: Vec<Duration>,
    pairs: bool,
    first_seed: u64,
}

impl Plan {
    /// All single faults, their pairs if `pairs`, and random schedules from `first_seed` on.
    #[must_use]
    pub fn new(base: Base, pairs: bool, first_seed: u64) -> Self {
        let troubles = battery::troubles(&base);
        let moments = battery::moments(&base);
        let offsets = vec![
            Duration::from_millis(1),
            base.interval / 2,
            base.master_down.saturating_sub(base.interval / 4),
            base.hold,
        ];
        Self {
            base,
            troubles,
            moments,
            offsets,
            pairs,
            first_seed,
        }
    }

    /// What is explored.
    #[must_use]
    pub const fn base(&self) -> &Base {
        &self.base
    }

    /// The faults of the battery.
    #[must_use]
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// At how many moments each fault of the battery is tried.
    #[must_use]
    pub fn moments(&self) -> u64 {
        count(self.moments.len())
    }

    /// Whether there is a settled master at this moment.
    #[must_use]
    pub fn is_settled(&self, moment: usize) -> bool {
        self.moments.get(moment).is_some_and(|own| own.settled)
    }

    /// How many cases have one fault.
    #[must_use]
    pub fn singles(&self) -> u64 {
        count(self.troubles.len()) * count(self.moments.len())
    }

    /// How many cases have two.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        let kinds = count(self.troubles.len());
        if self.pairs {
            kinds * kinds * count(self.offsets.len())
        } else {
            0
        }
    }

    /// How many cases come before the random ones.
    #[must_use]
    pub fn battery(&self) -> u64 {
        self.singles() + self.pairs()
    }

    /// The case of a number.
    #[must_use]
    pub fn case(&self, number: u64) -> Case {
        let (singles, battery) = (self.singles(), self.battery());
        if number < singles {
            let (trouble, moment) = split(number, self.moments.len());
            self.single(trouble, moment)
        } else if number < battery {
            let (pair, offset) = split(number - singles, self.offsets.len());
            let (first, second) = split(count(pair), self.troubles.len());
            self.pair(first, second, offset)
        } else {
            let seed = self.first_seed.wrapping_add(number - battery);
            swarm::case(&self.base, seed)
        }
    }

    fn single(&self, trouble: usize, moment: usize) -> Case {
        let at = self.moments[moment].at;
        Case {
            origin: Origin::Single { trouble, moment },
            faults: self.troubles[trouble].at(at),
            heal_at: at + self.base.hold,
            seed: self.first_seed,
        }
    }

    fn pair(&self, first: usize, second: usize, offset: usize) -> Case {
        let at = self.base.steady + self.base.interval / 3;
        let later = at + self.offsets[offset];
        let mut faults = self.troubles[first].at(at);
        faults.extend(self.troubles[second].at(later));
        in_order(&mut faults);
        Case {
            origin: Origin::Pair { first, second },
            faults,
            heal_at: later + self.base.hold,
            seed: self.first_seed,
        }
    }

    /// What a case is called: its faults and the moment, or its seed.
    #[must_use]
    pub fn title(&self, case: &Case) -> String {
        match case.origin {
            Origin::Single { trouble, moment } => {
                let (what, when) = (&self.troubles[trouble], &self.moments[moment]);
                format!("{} {}", what.what, when.what)
            }
            Origin::Pair { first, second } => {
                let (first, second) = (&self.troubles[first], &self.troubles[second]);
                format!("{}, then {}", first.what, second.what)
            }
            Origin::Random => format!("random schedule {}", case.seed),
        }
    }
}

/// In time order, as a scenario wants it; what happens at one instant stays as it is.
pub(super) fn in_order(faults: &mut [TimedFault]) {
    faults.sort_by_key(|timed: &TimedFault| -> Instant { timed.at });
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A number as digits, the last one to the base `of`.
fn split(number: u64, of: usize) -> (usize, usize) {
    let of = count(of).max(1);
    let digit = |value| usize::try_from(value).unwrap_or(usize::MAX);
    (digit(number / of), digit(number % of))
}
