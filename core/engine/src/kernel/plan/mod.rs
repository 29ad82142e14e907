//! The pure planner: from what is there to what is wanted, in the fewest operations.
//!
//! Each kind of object has a file that says what it is told by; the way between two sets of one
//! kind is the same for all, in `kind`. Here is only the order of the kinds.

mod addresses;
mod kind;
mod links;
mod refusals;
mod routing;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Address, KernelOp, KernelRoute, KernelRule, Refusal, RouteKey, RuleKey, VirtualLink};
use crate::id::AddressKey;
use crate::unit::IfName;
use kind::difference;

/// What is wanted, and whose the rest is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// What is to be there.
    pub wanted: Wanted,
    /// What the configuration speaks of.
    pub claimed: Claims,
}

/// What is to be there, each kind in the order in which it is to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Interfaces.
    pub links: Vec<VirtualLink>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Routes.
    pub routes: Vec<KernelRoute>,
    /// Routing rules.
    pub rules: Vec<KernelRule>,
    /// Packets that are to be dropped.
    pub refusals: Vec<Refusal>,
}

/// What the configuration speaks of: ours to remove, whoever put it there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Addresses.
    pub addresses: BTreeSet<AddressKey>,
    /// Routes.
    pub routes: BTreeSet<RouteKey>,
    /// Routing rules.
    pub rules: BTreeSet<RuleKey>,
}

/// What is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// All interfaces of kinds that the node makes, on watched ones.
    pub links: BTreeMap<IfName, VirtualLink>,
    /// All addresses of the watched interfaces.
    #[serde(with = "crate::serial::pairs")]
    pub addresses: BTreeMap<AddressKey, Address>,
    /// Routes of the protocols that matter.
    #[serde(with = "crate::serial::pairs")]
    pub routes: BTreeMap<RouteKey, KernelRoute>,
    /// Routing rules of the protocols that matter.
    #[serde(with = "crate::serial::pairs")]
    pub rules: BTreeMap<RuleKey, KernelRule>,
    /// Packets that are dropped, by our table.
    #[serde(with = "crate::serial::pairs")]
    pub refusals: BTreeMap<Refusal, Refusal>,
}

impl Wanted {
    /// Wants also what `other` does.
    pub fn append(&mut self, other: Self) {
        let Self {
            mut links,
            mut addresses,
            mut routes,
            mut rules,
            mut refusals,
        } = other;
        self.links.append(&mut links);
        self.addresses.append(&mut addresses);
        self.routes.append(&mut routes);
        self.rules.append(&mut rules);
        self.refusals.append(&mut refusals);
    }
}

impl Observed {
    /// What is there once `op` is done.
    pub fn apply(&mut self, op: &KernelOp) {
        match op {
            KernelOp::AddAddress(address) => {
                self.addresses.insert(address.key, address.clone());
            }
            KernelOp::RemoveAddress(key) => {
                self.addresses.remove(key);
            }
            KernelOp::AddRoute { key, route } => {
                let added = KernelRoute {
                    key: (**key).clone(),
                    route: Some(route.clone()),
                };
                self.routes.insert(added.key.clone(), added);
            }
            KernelOp::RemoveRoute(key) => {
                self.routes.remove(&**key);
            }
            KernelOp::AddRule(key) => {
                let added = KernelRule {
                    key: key.clone(),
                    ours: true,
                };
                self.rules.insert(key.clone(), added);
            }
            KernelOp::RemoveRule(key) => {
                self.rules.remove(key);
            }
            KernelOp::AddLink(link) => {
                self.links.insert(link.name, link.clone());
            }
            KernelOp::RemoveLink(name) => {
                self.links.remove(name);
                self.addresses.retain(|key, _| key.interface != *name);
            }
            KernelOp::AddRefusal(own) => {
                self.refusals.insert(*own, *own);
            }
            KernelOp::RemoveRefusal(own) => {
                self.refusals.remove(own);
            }
        }
    }
}

/// The shortest ordered list of operations that makes `observed` what `desired` says.
///
/// Removals come first, so that an object whose attributes change is gone before it comes back;
/// what rests on others goes before them, and comes after them; an address is refused before it is
/// there, and until it is gone. An object that somebody else made
/// and that is wanted is left as it is, whatever its attributes; one that is neither ours nor
/// claimed is left alone.
#[must_use]
pub fn plan(desired: &Desired, observed: &Observed) -> Vec<KernelOp> {
    let Desired { wanted, claimed } = desired;
    let links = links::links(&wanted.links, &observed.links);
    let mut addresses = difference(&wanted.addresses, &claimed.addresses, &observed.addresses);
    if !links.removals.is_empty() {
        // What stands on an interface that is made anew goes with it.
        let mut left = observed.addresses.clone();
        left.retain(|key, _| !links.removals.contains(&key.interface));
        addresses.additions = difference(&wanted.addresses, &claimed.addresses, &left).additions;
    }
    let routes = difference(&wanted.routes, &claimed.routes, &observed.routes);
    let rules = difference(&wanted.rules, &claimed.rules, &observed.rules);
    let nothing = BTreeSet::new();
    let refusals = difference(&wanted.refusals, &nothing, &observed.refusals);

    let mut ops: Vec<_> = rules
        .removals
        .into_iter()
        .map(KernelOp::RemoveRule)
        .collect();
    let removed = routes.removals.into_iter().map(Box::new);
    ops.extend(removed.map(KernelOp::RemoveRoute));
    ops.extend(addresses.removals.into_iter().map(KernelOp::RemoveAddress));
    ops.extend(refusals.removals.into_iter().map(KernelOp::RemoveRefusal));
    ops.extend(links.removals.into_iter().map(KernelOp::RemoveLink));
    ops.extend(links.additions.into_iter().map(KernelOp::AddLink));
    ops.extend(refusals.additions.into_iter().map(KernelOp::AddRefusal));
    ops.extend(addresses.additions.into_iter().map(KernelOp::AddAddress));
    ops.extend(routes.additions.into_iter().filter_map(added_route));
    let added = rules.additions.into_iter().map(|rule| rule.key);
    ops.extend(added.map(KernelOp::AddRule));
    ops
}

/// The operation that adds a route; none for one of which only the key is known, which nobody wants.
fn added_route(wanted: KernelRoute) -> Option<KernelOp> {
    let KernelRoute { key, route } = wanted;
    Some(KernelOp::AddRoute {
        key: Box::new(key),
        route: route?,
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;

    use super::*;
    use crate::kernel::{AddressOptions, KernelKey};

    fn address(host: u8, ours: bool, label: Option<&str>) -> Address {
        Address {
            key: AddressKey {
                interface: "eth0".parse().unwrap(),
                address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
                prefix_len: 32,
            },
            label: label.map(str::to_owned),
            broadcast: None,
            scope: 0,
            options: AddressOptions::default(),
            ours,
        }
    }

    fn there(addresses: impl IntoIterator<Item = Address>) -> Observed {
        Observed {
            addresses: addresses
                .into_iter()
                .map(|address| (address.key, address))
                .collect(),
            ..Observed::default()
        }
    }

    fn want(addresses: Vec<Address>, claimed: &[u8]) -> Desired {
        let claimed = claimed
            .iter()
            .map(|host| address(*host, true, None).key)
            .collect();
        Desired {
            wanted: Wanted {
                addresses,
                ..Wanted::default()
            },
            claimed: Claims {
                addresses: claimed,
                ..Claims::default()
            },
        }
    }

    #[test]
    fn what_a_dead_predecessor_left_is_removed_and_what_is_foreign_is_not() {
        let observed = there([address(1, false, None), address(100, false, None)]);
        let ops = plan(&want(vec![], &[100]), &observed);
        assert_eq!(ops, [KernelOp::RemoveAddress(address(100, true, None).key)]);
    }

    #[test]
    fn an_address_of_ours_that_the_configuration_forgot_is_removed() {
        let observed = there([address(77, true, None)]);
        assert_eq!(plan(&want(vec![], &[]), &observed).len(), 1);
    }

    #[test]
    fn a_wanted_address_that_somebody_else_made_is_adopted_as_it_is() {
        let observed = there([address(100, false, Some("eth0:1"))]);
        assert_eq!(
            plan(&want(vec![address(100, true, None)], &[100]), &observed),
            []
        );
    }

    #[test]
    fn a_changed_label_takes_the_address_away_before_it_comes_back() {
        let new = address(100, true, Some("eth0:vip"));
        let ops = plan(
            &want(vec![new.clone()], &[100]),
            &there([address(100, true, None)]),
        );
        assert_eq!(
            ops,
            [KernelOp::RemoveAddress(new.key), KernelOp::AddAddress(new)]
        );
    }

    #[test]
    fn additions_keep_the_order_of_the_configuration() {
        let wanted = vec![address(9, true, None), address(3, true, None)];
        let ops = plan(&want(wanted.clone(), &[3, 9]), &there([]));
        assert_eq!(
            ops,
            wanted
                .into_iter()
                .map(KernelOp::AddAddress)
                .collect::<Vec<_>>()
        );
    }

    fn any_address() -> impl Strategy<Value = Address> {
        let label = prop::option::of(Just("eth0:1"));
        (1..12_u8, any::<bool>(), label).prop_map(|(host, ours, label)| address(host, ours, label))
    }

    proptest! {
        #[test]
        fn a_plan_reaches_its_goal_and_touches_nothing_foreign(
            wanted in prop::collection::vec(any_address(), 0..8),
            claims in prop::collection::vec(1..12_u8, 0..8),
            existing in prop::collection::vec(any_address(), 0..8),
        ) {
            let mut seen = BTreeSet::new();
            let wanted: Vec<_> = wanted
                .into_iter()
                .map(|address| Address { ours: true, ..address })
                .filter(|address| seen.insert(address.key))
                .collect();
            let desired = want(wanted, &claims);
            let before = there(existing);
            let mut after = before.clone();
            for op in plan(&desired, &before) {
                let KernelKey::Address(key) = op.key() else {
                    panic!("{op:?}");
                };
                let exists = after.addresses.contains_key(&key);
                prop_assert_eq!(exists, matches!(op, KernelOp::RemoveAddress(_)));
                after.apply(&op);
            }
            prop_assert_eq!(plan(&desired, &after), vec![], "a second plan is empty");
            for address in &desired.wanted.addresses {
                prop_assert!(after.addresses.contains_key(&address.key));
            }
            for (key, address) in &before.addresses {
                let spoken_of = desired.claimed.addresses.contains(key)
                    || desired.wanted.addresses.iter().any(|wanted| wanted.key == *key);
                if !address.ours && !spoken_of {
                    prop_assert_eq!(after.addresses.get(key), Some(address));
                }
            }
            for (key, address) in &after.addresses {
                let wanted = desired.wanted.addresses.iter().any(|wanted| wanted.key == *key);
                prop_assert!(wanted || !(address.ours || desired.claimed.addresses.contains(key)));
            }
        }
    }
}
