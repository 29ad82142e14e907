//! What a verdict does to an instance: keepalived's table of weights.

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::model::Tracked;
use crate::unit::Weight;

/// What one tracker does to one instance now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Contribution {
    /// Adds to the priority; negative takes from it.
    Weight(i16),
    /// Holds the instance in FAULT.
    Fault,
    /// Holds the instance in INIT: weight 0, and nothing is known yet.
    Wait,
}

/// keepalived: a positive weight is added while the thing is well, a negative one while it is ill,
/// 0 is FAULT while it is ill, and `reverse` swaps well and ill. Before the first verdict a weight
/// adds nothing.
pub(crate) fn contribution<T>(tracked: &Tracked<T>, verdict: Verdict) -> Contribution {
    let well = match verdict {
        Verdict::Unknown if tracked.weight == Weight::FAULT => return Contribution::Wait,
        Verdict::Unknown => return Contribution::Weight(0),
        Verdict::Up => !tracked.reverse,
        Verdict::Down => tracked.reverse,
    };
    let counts =
        |applies: bool, weight: i16| Contribution::Weight(if applies { weight } else { 0 });
    match tracked.weight.get() {
        0 if well => Contribution::Weight(0),
        0 => Contribution::Fault,
        bonus @ 1.. => counts(well, bonus),
        malus => counts(!well, malus),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Name;

    #[test]
    fn weights_count_as_keepalived_counts_them() {
        use Contribution::{Fault, Wait, Weight as Adds};
        use Verdict::{Down, Unknown, Up};
        let table = [
            // weight, reverse, while unknown, while up, while down
            (20, false, Adds(0), Adds(20), Adds(0)),
            (-20, false, Adds(0), Adds(0), Adds(-20)),
            (0, false, Wait, Adds(0), Fault),
            (0, true, Wait, Fault, Adds(0)),
            // keepalived's table of `reverse` in its own words: +w adds while it is down, and -w
            // takes while it is up.
            (20, true, Adds(0), Adds(0), Adds(20)),
            (-20, true, Adds(0), Adds(-20), Adds(0)),
        ];
        for (weight, reverse, unknown, up, down) in table {
            let tracked = Tracked::<Name> {
                target: "chk".into(),
                weight: Weight::try_from(weight).unwrap(),
                reverse,
            };
            let seen = [Unknown, Up, Down].map(|verdict| contribution(&tracked, verdict));
            assert_eq!(
                seen,
                [unknown, up, down],
                "weight {weight} reverse {reverse}"
            );
        }
    }
}
