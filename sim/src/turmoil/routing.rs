//! Routes and rules of a host's kernel.

use std::collections::BTreeSet;

use bellwether_core::kernel::{KernelError, KernelKey, KernelOp};
use bellwether_core::unit::IfName;
use bellwether_core::{Event, Instant};

use super::host::Host;

impl Host {
    /// The process follows routes and rules of these protocols from now on.
    pub(super) fn follow_routing(&mut self, now: Instant, protocols: BTreeSet<u8>) {
        self.process.protocols = protocols;
        self.list_routing(now);
    }

    /// Changes a route or a rule, and reports it.
    pub(super) fn change_routing(
        &mut self,
        now: Instant,
        action: &KernelOp,
    ) -> Result<(), KernelError> {
        let changed = match action {
            KernelOp::AddAddress(_)
            | KernelOp::RemoveAddress(_)
            | KernelOp::AddLink(_)
            | KernelOp::RemoveLink(_) => false,
            KernelOp::AddRoute { key, route } => {
                for dev in route.interfaces() {
                    let own = self.interfaces.get(&dev).ok_or(KernelError::NoInterface)?;
                    if !own.link.up {
                        return Err(KernelError::Other {
                            errno: 100,
                            message: "Network is down".to_owned(),
                        });
                    }
                }
                self.routing.add_route(key, route)
            }
            KernelOp::RemoveRoute(key) => self.routing.remove_route(key),
            KernelOp::AddRule(key) => self.routing.add_rule(key),
            KernelOp::RemoveRule(key) => self.routing.remove_rule(key),
            KernelOp::AddRefusal(own) => self.routing.refuse(*own),
            KernelOp::RemoveRefusal(own) => self.routing.accept(own),
        };
        if changed {
            self.tell_of_routing(now, action.key());
        }
        Ok(())
    }

    /// Removes all routes and rules by somebody else's hand.
    pub(super) fn strip_routes(&mut self, now: Instant) {
        let all: Vec<_> = self.routing.all().collect();
        for object in all {
            match &object {
                KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => continue,
                KernelKey::Route(key) => self.routing.remove_route(key),
                KernelKey::Rule(key) => self.routing.remove_rule(key),
            };
            self.tell_of_routing(now, object);
        }
    }

    /// An interface has lost its carrier, and its routes with it.
    pub(super) fn routes_fall(&mut self, now: Instant, name: IfName, up: bool) {
        if !up && self.routing.interface_down(name) {
            self.list_routing(now);
        }
    }

    fn list_routing(&mut self, now: Instant) {
        let protocols = &self.process.protocols;
        if protocols.is_empty() {
            return;
        }
        let (routes, rules) = (
            self.routing.routes(protocols),
            self.routing.rules(protocols),
        );
        self.post(now, Event::Routing { routes, rules });
    }

    fn tell_of_routing(&mut self, now: Instant, object: KernelKey) {
        let protocol = match &object {
            KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => None,
            KernelKey::Route(key) => Some(key.protocol),
            KernelKey::Rule(key) => key.rule().protocol,
        };
        if !protocol.is_some_and(|own| self.process.protocols.contains(&own)) {
            return;
        }
        let event = if self.routing.has(&object) {
            Event::Found(object)
        } else {
            Event::Lost(object)
        };
        self.post(now, event);
    }
}
