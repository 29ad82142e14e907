//! The kernel as a node believes it to be: interfaces, addresses, and operations under way.

mod routing;

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{
    Address, Claims, Desired, KernelError, KernelKey, KernelOp, Observed, Refusal, RouteKey,
    RuleKey, VirtualLink, Wanted, plan,
};
use crate::effect::{Effect, Notice, Outbox};
use crate::event::Link;
use crate::id::{AddressKey, OpId};
use crate::mutant::{self, Mutant};
use crate::time::Instant;
use crate::unit::{Family, IfName};
use routing::Routing;

/// How long a failed operation rests before it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The kernel as a node believes it to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KernelState {
    interfaces: BTreeMap<IfName, Interface>,
    routing: Routing,
    /// Interfaces of kinds that the node makes.
    links: BTreeMap<IfName, VirtualLink>,
    /// What each of those that the configuration speaks of stands on.
    bases: BTreeMap<IfName, IfName>,
    /// What is dropped by our table, which is empty when a process starts.
    #[serde(with = "crate::serial::pairs")]
    refusals: BTreeMap<Refusal, Refusal>,
    /// Operations that await their answer. They take effect in the order of their ids.
    pending: BTreeMap<OpId, KernelOp>,
    /// How many of them there are for each object.
    #[serde(with = "crate::serial::pairs")]
    under_way: BTreeMap<KernelKey, usize>,
    next_op: u64,
    /// Whether something that is wanted could not be asked for yet.
    left_out: bool,
    /// Objects whose last operation failed, and when they are tried again.
    #[serde(with = "crate::serial::pairs")]
    resting: BTreeMap<KernelKey, Instant>,
    /// Objects whose last operation failed, whether or not another is under way.
    failing: BTreeSet<KernelKey>,
    /// What the configuration speaks of.
    claimed: Claims,
    /// The addresses that the node always has.
    statics: BTreeSet<AddressKey>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Interface {
    /// `None` until the first report; then whether there is such an interface.
    #[serde(with = "crate::serial::twice")]
    link: Option<Option<Link>>,
    /// Whether its addresses have been listed since it was last reported new.
    listed: bool,
    /// In the kernel's order: the first one is the primary.
    addresses: Vec<Address>,
    /// The keys of `addresses`: there may be hundreds, and each is asked for often.
    keys: BTreeSet<AddressKey>,
}

impl Interface {
    fn set_addresses(&mut self, addresses: Vec<Address>) {
        self.keys = addresses.iter().map(|own| own.key).collect();
        self.addresses = addresses;
    }
}

/// What an answer of the kernel was about.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) key: KernelKey,
    /// Whether there may be something to ask for now. What was done as expected changes nothing
    /// between what is wanted and what will be there.
    pub(crate) replan: bool,
}

/// What is known of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKnowledge {
    /// It has not been reported, or its addresses have not been listed.
    Unknown,
    /// It is down, or does not exist.
    Down,
    /// It is up.
    Up(Link),
}

impl KernelState {
    /// The interfaces whose reports count, and what is ours to remove.
    pub(crate) fn configure(
        &mut self,
        interfaces: &BTreeSet<IfName>,
        claimed: Claims,
        statics: BTreeSet<AddressKey>,
    ) {
        self.interfaces.retain(|name, _| interfaces.contains(name));
        for name in interfaces {
            self.interfaces.entry(*name).or_default();
        }
        self.claimed = claimed;
        self.statics = statics;
    }

    /// Reports of an interface count no longer.
    pub(crate) fn forget(&mut self, interface: IfName) {
        self.interfaces.remove(&interface);
    }

    /// The interfaces that the configuration speaks of, and what they stand on.
    pub(crate) fn configure_links(&mut self, links: impl Iterator<Item = VirtualLink>) {
        self.bases = links.map(|link| (link.name, link.base)).collect();
    }

    /// What an interface stands on, if it is one that the node makes; else itself.
    pub(crate) fn base_of(&self, interface: IfName) -> IfName {
        self.bases.get(&interface).copied().unwrap_or(interface)
    }

    /// A virtual link came or changed, or has gone.
    pub(crate) fn report_virtual(&mut self, name: IfName, link: Option<VirtualLink>) {
        match link {
            Some(link) => {
                // Our own mark is not forgotten when somebody takes it off.
                let known = self.links.get(&name).is_some_and(|own| own.ours);
                let ours = link.ours || known;
                self.links.insert(name, VirtualLink { ours, ..link });
            }
            None => {
                self.links.remove(&name);
            }
        }
    }

    /// What is known of an interface.
    #[must_use]
    pub fn link(&self, interface: IfName) -> LinkKnowledge {
        let Some(entry) = self.interfaces.get(&interface) else {
            return LinkKnowledge::Unknown;
        };
        match entry.link {
            None => LinkKnowledge::Unknown,
            Some(Some(link)) if link.up && entry.listed => LinkKnowledge::Up(link),
            Some(Some(link)) if link.up => LinkKnowledge::Unknown,
            Some(Some(_) | None) => LinkKnowledge::Down,
        }
    }

    /// Whether an interface is there and up, if that has been told; its addresses need not be known.
    #[must_use]
    pub fn carrier(&self, interface: IfName) -> Option<bool> {
        let told = self.interfaces.get(&interface)?.link;
        told.map(|link| link.is_some_and(|link| link.up))
    }

    /// Whether an interface has an address that we put there, or is about to get or lose one.
    pub(crate) fn holds_ours(&self, interface: IfName) -> bool {
        let entry = self.interfaces.get(&interface);
        let marked = entry.is_some_and(|entry| entry.addresses.iter().any(|own| own.ours));
        marked || self.pending.values().any(|op| op.key().concerns(interface))
    }

    /// Whether there is such an interface, if that has been told.
    #[must_use]
    pub fn exists(&self, interface: IfName) -> Option<bool> {
        let told = self.interfaces.get(&interface)?.link;
        told.map(|link| link.is_some())
    }

    /// The interface, if it is up and known.
    #[must_use]
    pub fn link_up(&self, interface: IfName) -> Option<Link> {
        match self.link(interface) {
            LinkKnowledge::Up(link) => Some(link),
            LinkKnowledge::Unknown | LinkKnowledge::Down => None,
        }
    }

    /// The address that adverts go out from: the first of the family that is not a virtual one
    /// (T4). Over IPv6 it is link-local (RFC 9568 5.1.2.1).
    #[must_use]
    pub fn primary_address(&self, interface: IfName, family: Family) -> Option<IpAddr> {
        let entry = self.interfaces.get(&interface)?;
        let real = entry.addresses.iter().filter(|own| !self.is_virtual(own));
        let mut addresses = real.map(|own| own.key.address);
        addresses.find(|address| match (address, family) {
            (IpAddr::V4(_), Family::V4) => true,
            (IpAddr::V6(address), Family::V6) => address.is_unicast_link_local(),
            (IpAddr::V4(_), Family::V6) | (IpAddr::V6(_), Family::V4) => false,
        })
    }

    /// Whether an interface has an address, of whatever prefix.
    #[must_use]
    pub fn has_address(&self, interface: IfName, address: IpAddr) -> bool {
        let entry = self.interfaces.get(&interface);
        entry.is_some_and(|entry| entry.addresses.iter().any(|own| own.key.address == address))
    }

    /// Whether any interface that is watched has an address.
    #[must_use]
    pub fn carries(&self, address: IpAddr) -> bool {
        let mut interfaces = self.interfaces.values();
        interfaces.any(|entry| entry.addresses.iter().any(|own| own.key.address == address))
    }

    /// Whether an address is there, and no removal of it is under way.
    #[must_use]
    pub fn is_present(&self, key: &AddressKey) -> bool {
        let there = self
            .interfaces
            .get(&key.interface)
            .is_some_and(|entry| entry.keys.contains(key));
        there && !self.is_pending(&KernelKey::Address(*key))
    }

    /// An address that comes and goes with a master. What the node always has is not virtual.
    fn is_virtual(&self, own: &Address) -> bool {
        let key = &own.key;
        self.claimed.addresses.contains(key) || (own.ours && !self.statics.contains(key))
    }

    /// Whether the kernel refused an object when it was last asked.
    #[must_use]
    pub fn is_failing(&self, key: &KernelKey) -> bool {
        self.failing.contains(key)
    }

    /// Whether an operation on an object awaits its answer.
    #[must_use]
    pub fn is_pending(&self, key: &KernelKey) -> bool {
        self.under_way.contains_key(key)
    }

    /// Whether every operation has been answered, and none has failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.pending.is_empty() && self.resting.is_empty()
    }

    /// Every address that is believed to be there and ours.
    pub(crate) fn own_addresses(&self) -> impl Iterator<Item = AddressKey> + '_ {
        let all = self.interfaces.values().flat_map(|entry| &entry.addresses);
        all.filter(|own| own.ours || self.claimed.addresses.contains(&own.key))
            .map(|own| own.key)
    }

    /// Takes in a link report. Returns whether the interface is new, so that it must be listed.
    pub(crate) fn report_link(&mut self, interface: IfName, link: Option<Link>) -> bool {
        let Some(entry) = self.interfaces.get_mut(&interface) else {
            return false;
        };
        let index = |link: Option<Link>| link.map(|link| link.index);
        let is_new = index(link).is_some() && index(entry.link.flatten()) != index(link);
        if is_new || link.is_none() {
            entry.set_addresses(Vec::new());
            entry.listed = false;
            self.routing.interface_gone(interface);
        }
        if link.is_some_and(|link| link.up) {
            // Whatever failed while it was down or gone is worth another try at once.
            let bases = &self.bases;
            let on_it = |key: &KernelKey| match key {
                KernelKey::Link(name) => bases.get(name) == Some(&interface),
                KernelKey::Address(_)
                | KernelKey::Route(_)
                | KernelKey::Rule(_)
                | KernelKey::Refusal(_) => false,
            };
            self.resting
                .retain(|key, _| !key.concerns(interface) && !on_it(key));
        }
        entry.link = Some(link);
        is_new
    }

    /// Takes in the whole list of an interface's addresses.
    pub(crate) fn list(&mut self, interface: IfName, addresses: Vec<Address>) {
        let Some(entry) = self.interfaces.get_mut(&interface) else {
            return;
        };
        let before = core::mem::take(&mut entry.addresses);
        // A kernel that keeps no protocol id forgets the mark; we don't.
        let marked = |there: Address| {
            let known = before.iter().find(|own| own.key == there.key && own.ours);
            known.map_or(there.clone(), |own| own.seen_as(there))
        };
        entry.set_addresses(addresses.into_iter().map(marked).collect());
        entry.listed = true;
    }

    /// An address came or changed. Returns whether that is news: not what was known already, nor
    /// the echo of what was asked for.
    pub(crate) fn add(&mut self, address: Address) -> bool {
        let same = |own: &Address| own.key == address.key && own.seen_as(address.clone()) == *own;
        let echoes = |op: &KernelOp| matches!(op, KernelOp::AddAddress(own) if same(own));
        let key = KernelKey::Address(address.key);
        let expected = self.is_pending(&key) && self.pending.values().any(echoes);
        let Some(entry) = self.interfaces.get_mut(&address.key.interface) else {
            return false;
        };
        if entry.keys.insert(address.key) {
            entry.addresses.push(address);
            return !expected;
        }
        let mut known = entry.addresses.iter_mut();
        let Some(own) = known.find(|own| own.key == address.key) else {
            return false;
        };
        let now = own.seen_as(address);
        let changed = *own != now;
        *own = now;
        changed && !expected
    }

    /// We have added an address.
    fn added(&mut self, address: Address) {
        let interface = self.interfaces.get_mut(&address.key.interface);
        let mut all = interface.into_iter().flat_map(|entry| &mut entry.addresses);
        match all.find(|own| own.key == address.key) {
            Some(own) => *own = address,
            None => drop(self.add(address)),
        }
    }

    /// An address went. Returns whether that is news, and not the echo of what was asked for.
    pub(crate) fn remove(&mut self, key: AddressKey) -> bool {
        let Some(entry) = self.interfaces.get_mut(&key.interface) else {
            return false;
        };
        if !entry.keys.remove(&key) {
            return false;
        }
        entry.addresses.retain(|own| own.key != key);
        let asked_for = |op: &KernelOp| matches!(op, KernelOp::RemoveAddress(own) if *own == key);
        !(self.is_pending(&KernelKey::Address(key)) && self.pending.values().any(asked_for))
    }

    /// Takes in the whole list of routes and rules. Returns what was believed to be there and has
    /// gone.
    pub(crate) fn list_routing(
        &mut self,
        routes: Vec<RouteKey>,
        rules: Vec<RuleKey>,
    ) -> Vec<KernelKey> {
        let mut lost = self.routing.list(routes, rules);
        lost.retain(|key| !self.is_pending(key));
        lost
    }

    /// A route or a rule came.
    pub(crate) fn found(&mut self, key: KernelKey) {
        self.routing.found(key);
    }

    /// A route or a rule went. Returns whether somebody else's hand was in it.
    pub(crate) fn lost(&mut self, key: &KernelKey) -> bool {
        self.routing.lost(key) && !self.is_pending(key)
    }

    /// The routes and rules that are believed to be there and ours.
    pub(crate) fn own_routing(&self) -> impl Iterator<Item = KernelKey> + '_ {
        self.routing.own()
    }

    /// Takes in the answer to an operation. An unknown id changes nothing.
    pub(crate) fn done(
        &mut self,
        now: Instant,
        op: OpId,
        outcome: Result<(), KernelError>,
        out: &mut Outbox,
    ) -> Option<Answer> {
        let action = self.pending.remove(&op)?;
        let key = action.key();
        if let Some(count) = self.under_way.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&key);
            }
        }
        match outcome {
            Ok(()) => {
                self.resting.remove(&key);
                self.failing.remove(&key);
                let replan = self.left_out;
                match action {
                    KernelOp::AddAddress(address) => self.added(address),
                    KernelOp::RemoveAddress(key) => drop(self.remove(key)),
                    KernelOp::AddRoute { key, route } => self.routing.add_route(*key, Some(route)),
                    KernelOp::RemoveRoute(key) => self.routing.remove_route(&key),
                    KernelOp::AddRule(key) => self.routing.add_rule(key, true),
                    KernelOp::RemoveRule(key) => self.routing.remove_rule(&key),
                    KernelOp::AddLink(link) => {
                        self.links.insert(link.name, link);
                    }
                    KernelOp::RemoveLink(name) => {
                        self.links.remove(&name);
                    }
                    KernelOp::AddRefusal(own) => {
                        self.refusals.insert(own, own);
                    }
                    KernelOp::RemoveRefusal(own) => {
                        self.refusals.remove(&own);
                    }
                }
                Some(Answer { key, replan })
            }
            Err(error) => {
                self.failing.insert(key.clone());
                self.resting.insert(key.clone(), now + RETRY);
                out.notice(Notice::KernelFailed { action, error });
                Some(Answer { key, replan: true })
            }
        }
    }

    /// Asks for whatever is missing between what is wanted and what will be there once all that
    /// is under way is done. Returns whether there was anything.
    pub(crate) fn reconcile(&mut self, now: Instant, wanted: Wanted, out: &mut Outbox) -> bool {
        let mut asked = false;
        self.left_out = false;
        self.resting.retain(|_, until| *until > now);
        let claimed = if mutant::is_active(Mutant::LeftoversKept) {
            Claims::default()
        } else {
            self.claimed.clone()
        };
        let desired = Desired { wanted, claimed };
        for action in plan(&desired, &self.expected()) {
            let key = action.key();
            if !self.can_do(&action) || self.resting.contains_key(&key) {
                self.left_out = true;
                continue;
            }
            let op = OpId(self.next_op);
            self.next_op += 1;
            *self.under_way.entry(key).or_default() += 1;
            self.pending.insert(op, action.clone());
            out.push(Effect::Kernel { op, action });
            asked = true;
        }
        asked
    }

    /// Lets whatever failed be tried again at once.
    pub(crate) fn retry_now(&mut self) {
        self.resting.clear();
    }

    /// When [`Self::reconcile`] is worth another try.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.resting.values().min().copied()
    }

    fn expected(&self) -> Observed {
        let mut observed = Observed {
            links: self.links.clone(),
            refusals: self.refusals.clone(),
            ..Observed::default()
        };
        let all = self.interfaces.values().flat_map(|entry| &entry.addresses);
        observed
            .addresses
            .extend(all.map(|own| (own.key, own.clone())));
        self.routing.observe(&mut observed);
        for op in self.pending.values() {
            observed.apply(op);
        }
        observed
    }

    fn can_do(&self, action: &KernelOp) -> bool {
        let exists = |name: &IfName| {
            let entry = self.interfaces.get(name);
            entry.is_some_and(|entry| entry.link.flatten().is_some())
        };
        match action {
            KernelOp::AddLink(VirtualLink { name, .. }) | KernelOp::RemoveLink(name) => {
                self.bases.get(name).is_none_or(exists)
            }
            KernelOp::AddAddress(Address { key, .. }) | KernelOp::RemoveAddress(key) => self
                .interfaces
                .get(&key.interface)
                .is_some_and(|entry| entry.listed && entry.link.flatten().is_some()),
            // The kernel takes no route through an interface that is down.
            KernelOp::AddRoute { route, .. } => {
                let up = |dev| self.carrier(dev) == Some(true);
                self.routing.listed && route.interfaces().all(up)
            }
            KernelOp::RemoveRoute(_) | KernelOp::AddRule(_) | KernelOp::RemoveRule(_) => {
                self.routing.listed
            }
            KernelOp::AddRefusal(_) | KernelOp::RemoveRefusal(_) => true,
        }
    }
}
