//! What a node's kernel should have of routes and rules: part of I15.
//!
//! Not counted: what leads through an interface that is down or gone, which no kernel takes; and
//! what a node of whose configuration has neither route nor rule has found, which it does not
//! look at.

use bellwether_core::kernel::{KernelKey, ROUTE_PROTOCOL, RouteKey, RuleKey};
use bellwether_core::model::{Config, Route, Rule};
use bellwether_core::vrrp::State;

use super::shadow::Shadows;
use crate::log::NodeId;
use crate::world::World;

/// What is wrong with the routes and rules of a node, in words.
pub(super) fn difference(world: &World, shadows: &Shadows, node: NodeId) -> Option<String> {
    let config = world.config(node);
    if !speaks_of_routing(config) {
        return None;
    }
    let host = world.host(node);
    let there = &host.kernel.routing;
    let wanted = wanted(world, shadows, node);
    let possible = |route: &Route| {
        let mut devs = route.interfaces();
        devs.all(|dev| host.kernel.interface(dev).is_some_and(|own| own.link.up))
    };
    let missing = wanted.iter().find(|(key, route)| {
        let can_be = route.as_ref().is_none_or(possible);
        can_be && !there.has(key)
    });
    if let Some((key, _)) = missing {
        return Some(format!("should have, and its kernel has not had, {key}"));
    }
    let mut all = there.all();
    let surplus = all.find(|key| is_ours(key) && wanted.iter().all(|(want, _)| want != key));
    surplus.map(|key| format!("should not have, and its kernel has had, {key}"))
}

/// The routes and rules of its own that a node has left behind.
pub(super) fn left_behind(world: &World, node: NodeId) -> Option<KernelKey> {
    if !speaks_of_routing(world.config(node)) {
        return None;
    }
    let mut all = world.host(node).kernel.routing.all();
    all.find(is_ours)
}

fn speaks_of_routing(config: &Config) -> bool {
    let statics = &config.parts().statics;
    let of_instance = config
        .instances()
        .iter()
        .any(|own| !own.routes.is_empty() || !own.rules.is_empty());
    of_instance || !statics.routes.is_empty() || !statics.rules.is_empty()
}

fn is_ours(key: &KernelKey) -> bool {
    match key {
        KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => false,
        KernelKey::Route(key) => key.protocol == ROUTE_PROTOCOL,
        KernelKey::Rule(key) => key.rule().protocol == Some(ROUTE_PROTOCOL),
    }
}

/// All that a node should have, with the route where it is one.
fn wanted(world: &World, shadows: &Shadows, node: NodeId) -> Vec<(KernelKey, Option<Route>)> {
    let of_routes = |routes: &[Route]| -> Vec<_> {
        let entry = |own: &Route| (KernelKey::from(RouteKey::of(own)), Some(own.clone()));
        routes.iter().map(entry).collect()
    };
    let of_rules = |rules: &[Rule]| -> Vec<_> {
        let entry = |own: &Rule| (KernelKey::from(RuleKey::of(own)), None);
        rules.iter().map(entry).collect()
    };
    let mut wanted = Vec::new();
    let stopping = { &world.host(node).process }.as_ref();
    if stopping.is_some_and(|process| !process.stopping) {
        let statics = &world.config(node).parts().statics;
        wanted.extend(of_routes(&statics.routes));
        wanted.extend(of_rules(&statics.rules));
    }
    for member in &shadows.nodes[node.index()].members {
        let shadow = &shadows.members[*member];
        if shadow.state != Some(State::Master) {
            continue;
        }
        if let Some(config) = shadow.config(world) {
            wanted.extend(of_routes(&config.routes));
            wanted.extend(of_rules(&config.rules));
        }
    }
    wanted
}
