//! Routes and rules: which are followed, and what their coming and going means.

use std::collections::BTreeSet;

use super::Node;
use crate::effect::{Effect, Notice};
use crate::kernel::{KernelKey, ROUTE_PROTOCOL, RouteKey, RuleKey};
use crate::model::{Config, Route, Rule};
use crate::vrrp::Context;

impl Node {
    /// Follows the routes and rules of whatever protocols `config` has, if that is new.
    pub(super) fn follow_routing(&mut self, config: &Config) {
        let protocols = protocols(config);
        if protocols != self.protocols {
            self.protocols.clone_from(&protocols);
            self.out.push(Effect::ObserveRouting { protocols });
        }
    }

    /// Takes in the whole list of routes and rules.
    pub(super) fn list_routing(&mut self, routes: Vec<RouteKey>, rules: Vec<RuleKey>) {
        for key in self.kernel.list_routing(routes, rules) {
            self.say_lost(&key);
        }
        self.unsettled = true;
    }

    /// A route or a rule went.
    pub(super) fn routing_lost(&mut self, key: &KernelKey) {
        if self.kernel.lost(key) {
            self.say_lost(key);
        }
        self.unsettled = true;
    }

    fn say_lost(&mut self, key: &KernelKey) {
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        for instance in &mut self.instances {
            instance.routing_lost(&mut cx, key);
        }
        if is_static(&self.config, key) && self.static_lost.admit(self.now).is_some() {
            self.out.notice(Notice::RoutingLost {
                instance: None,
                object: key.clone(),
            });
        }
    }
}

fn is_static(config: &Config, key: &KernelKey) -> bool {
    let statics = &config.parts().statics;
    match key {
        KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => false,
        KernelKey::Route(key) => statics.routes.iter().any(|own| RouteKey::of(own) == **key),
        KernelKey::Rule(key) => statics.rules.iter().any(|own| RuleKey::of(own) == *key),
    }
}

/// All routes and rules that a configuration speaks of.
pub(super) fn spoken_of(
    config: &Config,
) -> (impl Iterator<Item = &Route>, impl Iterator<Item = &Rule>) {
    let statics = &config.parts().statics;
    let instances = config.instances().iter();
    let routes = instances.clone().flat_map(|own| &own.routes);
    let rules = instances.flat_map(|own| &own.rules);
    (
        statics.routes.iter().chain(routes),
        statics.rules.iter().chain(rules),
    )
}

/// The protocols whose routes and rules matter; none where the configuration has no route and no
/// rule: what keepalived or another node made is not ours to look at then.
fn protocols(config: &Config) -> BTreeSet<u8> {
    let (routes, rules) = spoken_of(config);
    let routes = routes.map(|own| own.protocol.unwrap_or(ROUTE_PROTOCOL));
    let rules = rules.map(|own| own.protocol.unwrap_or(ROUTE_PROTOCOL));
    let mut protocols: BTreeSet<_> = routes.chain(rules).collect();
    if !protocols.is_empty() {
        protocols.insert(ROUTE_PROTOCOL);
    }
    protocols
}
