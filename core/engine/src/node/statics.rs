//! What the node always has (keepalived: `static_ipaddress`, `static_routes`, `static_rules`),
//! and the instances that are tied to it (`track_group`).

use std::collections::BTreeSet;

use super::Node;
use crate::id::AddressKey;
use crate::kernel::{KernelKey, KernelRoute, KernelRule, KernelState, RouteKey, RuleKey, Wanted};
use crate::model::{Statics, TrackGroup};
use crate::mutant::{self, Mutant};
use crate::unit::{IfName, Name};
use crate::vrrp::{Cause, Inputs};

/// All that is to be there, whoever is master.
pub(super) fn wanted(statics: &Statics) -> Wanted {
    if mutant::is_active(Mutant::StaticsForgotten) {
        return Wanted::default();
    }
    let addresses = statics.addresses.iter();
    Wanted {
        addresses: addresses.filter_map(|own| Some(own.on(own.dev?))).collect(),
        routes: statics.routes.iter().map(KernelRoute::wanted).collect(),
        rules: statics.rules.iter().map(KernelRule::wanted).collect(),
        ..Wanted::default()
    }
}

/// The addresses among it.
pub(super) fn addresses(statics: &Statics) -> BTreeSet<AddressKey> {
    let addresses = statics.addresses.iter();
    addresses
        .filter_map(|own| Some(own.on(own.dev?).key))
        .collect()
}

/// Every interface that it names.
pub(super) fn interfaces(statics: &Statics) -> impl Iterator<Item = IfName> + '_ {
    ties(statics).flat_map(|tie| tie.interfaces)
}

/// Whether something that an instance is tied to can't be: its interface is down or gone, or the
/// kernel refuses it. `None`: that is not known yet.
fn fails(statics: &Statics, member: &Name, kernel: &KernelState) -> Option<bool> {
    let has_it = |group: &&TrackGroup| group.members.contains(member);
    let groups = statics.track_groups.iter().filter(has_it);
    let groups: Vec<_> = groups.map(|group| &group.name).collect();
    let tied = |tie: &Tie<'_>| tie.group.is_some_and(|name| groups.contains(&name));
    let mut unknown = false;
    for tie in ties(statics).filter(tied) {
        if kernel.is_failing(&tie.key) {
            return Some(true);
        }
        for dev in tie.interfaces {
            match kernel.carrier(dev) {
                Some(false) => return Some(true),
                Some(true) => {}
                None => unknown = true,
            }
        }
    }
    (!unknown).then_some(false)
}

/// Something that the node always has, and what is tied to it.
struct Tie<'s> {
    group: Option<&'s Name>,
    key: KernelKey,
    interfaces: Vec<IfName>,
}

fn ties(statics: &Statics) -> impl Iterator<Item = Tie<'_>> {
    let addresses = statics.addresses.iter().filter_map(|own| {
        Some(Tie {
            group: own.track_group.as_ref(),
            key: own.on(own.dev?).key.into(),
            interfaces: own.dev.into_iter().collect(),
        })
    });
    let routes = statics.routes.iter().map(|own| Tie {
        group: own.track_group.as_ref(),
        key: RouteKey::of(own).into(),
        interfaces: own.interfaces().collect(),
    });
    let rules = statics.rules.iter().map(|own| Tie {
        group: own.track_group.as_ref(),
        key: RuleKey::of(own).into(),
        interfaces: [own.iif, own.oif].into_iter().flatten().collect(),
    });
    addresses.chain(routes).chain(rules)
}

impl Node {
    /// Whether the kernel's answers may put an instance in FAULT.
    pub(super) fn has_ties(&self) -> bool {
        !self.config.parts().statics.track_groups.is_empty()
    }

    /// Adds to what each instance depends on the static things that it is tied to.
    pub(super) fn tie_to_statics(&self, inputs: &mut [Inputs]) {
        let statics = &self.config.parts().statics;
        for (instance, inputs) in self.instances.iter().zip(inputs) {
            match fails(statics, instance.name(), &self.kernel) {
                Some(false) => {}
                Some(true) => inputs.fault = inputs.fault.or(Some(Cause::LinkDown)),
                None => inputs.waiting = true,
            }
        }
    }
}
