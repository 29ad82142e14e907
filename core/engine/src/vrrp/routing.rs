//! Routes and rules of a master: which it wants, and what it says when one is taken from it.

use super::State;
use super::instance::{Context, Instance};
use crate::effect::Notice;
use crate::kernel::{KernelKey, KernelRoute, KernelRule, RouteKey, RuleKey};
use crate::mutant::{self, Mutant};
use crate::unit::IfName;

impl Instance {
    /// The routes that it has as a master.
    pub(super) fn routes(&self) -> Vec<KernelRoute> {
        if mutant::is_active(Mutant::RoutesForgotten) {
            return Vec::new();
        }
        self.config.routes.iter().map(KernelRoute::wanted).collect()
    }

    /// The rules that it has as a master.
    pub(super) fn rules(&self) -> Vec<KernelRule> {
        self.config.rules.iter().map(KernelRule::wanted).collect()
    }

    /// A route or a rule of a master went, by somebody else's hand: it will be added again.
    pub(crate) fn routing_lost(&mut self, cx: &mut Context<'_>, key: &KernelKey) {
        if self.state != State::Master || !self.speaks_of(key) {
            return;
        }
        if self.address_lost.admit(cx.now).is_some() {
            cx.out.notice(Notice::RoutingLost {
                instance: Some(self.key()),
                object: key.clone(),
            });
        }
    }

    /// Whether the kernel owes it an answer about a route or a rule.
    pub(super) fn awaits_routing(&self, cx: &Context<'_>) -> bool {
        let config = &self.config;
        let routes = config.routes.iter().map(|own| RouteKey::of(own).into());
        let rules = config.rules.iter().map(|own| RuleKey::of(own).into());
        routes
            .chain(rules)
            .any(|key: KernelKey| cx.kernel.is_pending(&key))
    }

    fn speaks_of(&self, key: &KernelKey) -> bool {
        let config = &self.config;
        match key {
            KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => false,
            KernelKey::Route(key) => config.routes.iter().any(|own| RouteKey::of(own) == **key),
            KernelKey::Rule(key) => config.rules.iter().any(|own| RuleKey::of(own) == *key),
        }
    }
}

/// The interfaces that routes and rules of this configuration name, and whether their state
/// counts.
pub(super) fn devs(config: &crate::model::Instance) -> impl Iterator<Item = (IfName, bool)> + '_ {
    let of_route = |own: &crate::model::Route| {
        let tracked = own.tracked;
        let devs: Vec<_> = own.interfaces().map(|dev| (dev, tracked)).collect();
        devs
    };
    let of_rule = |own: &crate::model::Rule| {
        let tracked = own.tracked;
        [own.iif, own.oif]
            .into_iter()
            .flatten()
            .map(move |dev| (dev, tracked))
    };
    let routes = config.routes.iter().flat_map(of_route);
    routes.chain(config.rules.iter().flat_map(of_rule))
}
