//! Virtual links, as objects that are planned.
//!
//! They differ from others in one way: one that is only down, or not marked as ours, is not made
//! anew but mended, and what stands on it stays.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::VirtualLink;
use crate::unit::IfName;

/// What is to be done to virtual links.
#[derive(Debug)]
pub(super) struct LinkPlan {
    /// What goes, the last name first.
    pub(super) removals: Vec<IfName>,
    /// What is made, or mended.
    pub(super) additions: Vec<VirtualLink>,
}

/// The shortest way to the wanted links.
///
/// One that is there in the right shape is kept, whoever made it. One of another shape goes if it
/// is ours; somebody else's stays, and then there is no way.
pub(super) fn links(wanted: &[VirtualLink], observed: &BTreeMap<IfName, VirtualLink>) -> LinkPlan {
    let by_name: BTreeMap<_, _> = wanted.iter().map(|own| (own.name, own)).collect();
    let stale = observed.values().rev().filter(|there| {
        let fits = by_name
            .get(&there.name)
            .is_some_and(|own| own.is_shaped_like(there));
        there.ours && !fits
    });
    let removals: Vec<_> = stale.map(|there| there.name).collect();
    let mut planned = BTreeSet::new();
    let missing = wanted.iter().filter(|own| {
        let there = observed.get(&own.name);
        there != Some(*own) && planned.insert(own.name)
    });
    LinkPlan {
        additions: missing.cloned().collect(),
        removals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::VirtualKind;
    use crate::unit::Mac;

    fn link(name: &str, vrid: u8, ours: bool) -> VirtualLink {
        VirtualLink {
            name: name.parse().unwrap(),
            base: "eth0".parse().unwrap(),
            kind: VirtualKind::Macvlan {
                mac: Mac([0, 0, 0x5e, 0, 1, vrid]),
            },
            group: 0,
            up: true,
            ours,
        }
    }

    fn planned(wanted: &[VirtualLink], there: &[VirtualLink]) -> (Vec<String>, Vec<String>) {
        let observed = there.iter().map(|own| (own.name, own.clone())).collect();
        let LinkPlan {
            removals,
            additions,
        } = links(wanted, &observed);
        (
            removals.iter().map(ToString::to_string).collect(),
            additions.iter().map(|own| own.name.to_string()).collect(),
        )
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn what_is_as_it_should_be_stays() {
        let own = [link("vrrp.51", 51, true)];
        let (removals, additions) = planned(&own, &own);
        assert_eq!((removals, additions), (vec![], vec![]));
    }

    #[test]
    fn a_leftover_of_the_right_shape_is_adopted_and_not_made_anew() {
        let (removals, additions) =
            planned(&[link("vrrp.51", 51, true)], &[link("vrrp.51", 51, false)]);
        assert_eq!(removals, NONE);
        assert_eq!(additions, ["vrrp.51"], "to mark it");
    }

    #[test]
    fn one_that_somebody_took_down_is_mended_in_place() {
        let down = VirtualLink {
            up: false,
            ..link("vrrp.51", 51, true)
        };
        let (removals, additions) = planned(&[link("vrrp.51", 51, true)], &[down]);
        assert_eq!(removals, NONE);
        assert_eq!(additions, ["vrrp.51"]);
    }

    #[test]
    fn ours_of_another_shape_goes_and_somebody_else_s_never() {
        let want = [link("vrrp.51", 51, true)];
        let (removals, additions) = planned(&want, &[link("vrrp.51", 52, true)]);
        assert_eq!(removals, ["vrrp.51"]);
        assert_eq!(additions, ["vrrp.51"]);
        let (removals, _) = planned(&want, &[link("vrrp.51", 52, false)]);
        assert_eq!(removals, NONE);
        let (removals, _) = planned(&[], &[link("a", 1, false), link("b", 2, true)]);
        assert_eq!(removals, ["b"]);
    }
}
