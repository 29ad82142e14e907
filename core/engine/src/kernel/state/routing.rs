//! Routes and rules as a node believes them to be.
//!
//! A kernel tells only what tells a route from others. What else was asked of it is remembered
//! here, and trusted for as long as the route is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kernel::{KernelKey, KernelRoute, KernelRule, Observed, RouteKey, RuleKey};
use crate::model::Route;

/// Routes and rules as a node believes them to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Routing {
    /// Whether they have been listed since the node started.
    pub(super) listed: bool,
    #[serde(with = "crate::serial::pairs")]
    routes: BTreeMap<RouteKey, KernelRoute>,
    #[serde(with = "crate::serial::pairs")]
    rules: BTreeMap<RuleKey, KernelRule>,
}

impl Routing {
    /// Takes in the whole list. Returns what was believed to be there and is not.
    pub(super) fn list(&mut self, routes: Vec<RouteKey>, rules: Vec<RuleKey>) -> Vec<KernelKey> {
        self.listed = true;
        let mut old_routes = core::mem::take(&mut self.routes);
        let mut old_rules = core::mem::take(&mut self.rules);
        for key in routes {
            let old = old_routes.remove(&key);
            self.add_route(key, old.and_then(|old| old.route));
        }
        for key in rules {
            let ours = old_rules.remove(&key).is_some_and(|old| old.ours);
            self.add_rule(key, ours);
        }
        // What was to go by itself has gone, and that is no loss.
        let (expired, gone): (Vec<_>, Vec<_>) = old_routes.into_values().partition(expires);
        for route in expired {
            self.routes.insert(route.key.clone(), route);
        }
        let routes = gone.into_iter().map(|route| route.key.into());
        routes
            .chain(old_rules.into_keys().map(KernelKey::Rule))
            .collect()
    }

    /// An object came. One that is known is what it was.
    pub(super) fn found(&mut self, key: KernelKey) {
        match key {
            KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => {}
            KernelKey::Route(key) => {
                if !self.routes.contains_key(&*key) {
                    self.add_route(*key, None);
                }
            }
            KernelKey::Rule(key) => self.add_rule(key, false),
        }
    }

    /// An object went. Returns whether that is a loss.
    pub(super) fn lost(&mut self, key: &KernelKey) -> bool {
        match key {
            KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => false,
            KernelKey::Route(key) => {
                if self.routes.get(&**key).is_some_and(expires) {
                    return false;
                }
                self.routes.remove(&**key).is_some()
            }
            KernelKey::Rule(key) => self.rules.remove(key).is_some(),
        }
    }

    /// We have added a route, or what is known of one is this.
    pub(super) fn add_route(&mut self, key: RouteKey, route: Option<Box<Route>>) {
        self.routes.insert(key.clone(), KernelRoute { key, route });
    }

    /// A rule is there; `ours`: by our hand.
    pub(super) fn add_rule(&mut self, key: RuleKey, ours: bool) {
        let before = self.rules.get(&key).is_some_and(|own| own.ours);
        let mut found = KernelRule::found(key);
        found.ours |= ours || before;
        self.rules.insert(found.key.clone(), found);
    }

    /// We have removed a route.
    pub(super) fn remove_route(&mut self, key: &RouteKey) {
        self.routes.remove(key);
    }

    /// We have removed a rule.
    pub(super) fn remove_rule(&mut self, key: &RuleKey) {
        self.rules.remove(key);
    }

    /// Forgets the routes that an interface took with it.
    pub(super) fn interface_gone(&mut self, interface: crate::unit::IfName) {
        self.routes.retain(|key, _| !key.leads_through(interface));
    }

    pub(super) fn observe(&self, observed: &mut Observed) {
        observed.routes.clone_from(&self.routes);
        observed.rules.clone_from(&self.rules);
    }

    /// The routes and rules that are believed to be there and ours.
    pub(super) fn own(&self) -> impl Iterator<Item = KernelKey> + '_ {
        let ours = |route: &&KernelRoute| route.key.is_marked() || route.route.is_some();
        let routes = self.routes.values().filter(ours);
        let rules = self.rules.values().filter(|rule| rule.ours);
        routes
            .map(|route| KernelKey::from(route.key.clone()))
            .chain(rules.map(|rule| KernelKey::Rule(rule.key.clone())))
    }
}

/// Whether a route of ours was to go by itself.
fn expires(route: &KernelRoute) -> bool {
    let asked = route.route.as_ref();
    asked.is_some_and(|route| route.expires.is_some())
}
