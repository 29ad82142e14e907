//! Routes, rules and filters of a simulated kernel.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_core::kernel::{KernelKey, Refusal, RouteKey, RuleKey};
use bellwether_core::model::Route;
use bellwether_core::unit::IfName;

/// Routes and rules that nodes, or people, have set, and what nodes have it drop.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    /// Each route, with the interfaces that it needs.
    routes: BTreeMap<RouteKey, Vec<IfName>>,
    rules: BTreeSet<RuleKey>,
    refusals: BTreeSet<Refusal>,
}

impl Routing {
    /// Adds a route. Returns whether it is new.
    pub fn add_route(&mut self, key: &RouteKey, route: &Route) -> bool {
        let devs = route.interfaces().collect();
        self.routes.insert(key.clone(), devs).is_none()
    }

    /// Removes a route. Returns whether it was there.
    pub fn remove_route(&mut self, key: &RouteKey) -> bool {
        self.routes.remove(key).is_some()
    }

    /// Adds a rule. Returns whether it is new.
    pub fn add_rule(&mut self, key: &RuleKey) -> bool {
        self.rules.insert(key.clone())
    }

    /// Removes a rule. Returns whether it was there.
    pub fn remove_rule(&mut self, key: &RuleKey) -> bool {
        self.rules.remove(key)
    }

    /// Drops packets of an address. Returns whether that is new.
    pub fn refuse(&mut self, refusal: Refusal) -> bool {
        self.refusals.insert(refusal)
    }

    /// Drops them no longer. Returns whether it did.
    pub fn accept(&mut self, refusal: &Refusal) -> bool {
        self.refusals.remove(refusal)
    }

    /// Drops nothing any more: a process begins with an empty table.
    pub fn accept_all(&mut self) {
        self.refusals.clear();
    }

    /// All that is dropped.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> + '_ {
        self.refusals.iter()
    }

    /// Drops what leads through an interface, without a word, as Linux does. Returns whether there
    /// was anything.
    pub fn interface_down(&mut self, name: IfName) -> bool {
        let before = self.routes.len();
        self.routes.retain(|_, devs| !devs.contains(&name));
        self.routes.len() != before
    }

    /// Whether an object is there.
    #[must_use]
    pub fn has(&self, object: &KernelKey) -> bool {
        match object {
            KernelKey::Link(_) | KernelKey::Address(_) => false,
            KernelKey::Route(key) => self.routes.contains_key(&**key),
            KernelKey::Rule(key) => self.rules.contains(key),
            KernelKey::Refusal(key) => self.refusals.contains(key),
        }
    }

    /// The routes of these protocols.
    #[must_use]
    pub fn routes(&self, protocols: &BTreeSet<u8>) -> Vec<RouteKey> {
        let keys = self.routes.keys();
        keys.filter(|key| protocols.contains(&key.protocol))
            .cloned()
            .collect()
    }

    /// The rules of these protocols.
    #[must_use]
    pub fn rules(&self, protocols: &BTreeSet<u8>) -> Vec<RuleKey> {
        let of = |key: &&RuleKey| {
            key.rule()
                .protocol
                .is_some_and(|own| protocols.contains(&own))
        };
        self.rules.iter().filter(of).cloned().collect()
    }

    /// All routes and rules.
    pub fn all(&self) -> impl Iterator<Item = KernelKey> + '_ {
        let routes = self.routes.keys().cloned().map(KernelKey::from);
        routes.chain(self.rules.iter().cloned().map(KernelKey::from))
    }
}
