//! Routes and rules: how a kernel's come and go, what a process is told of them, and interfaces
//! that go and come again.

use std::collections::BTreeSet;

use bellwether_core::Event;
use bellwether_core::kernel::{KernelKey, KernelOp};
use bellwether_core::unit::IfName;

use super::World;
use super::host::Input;
use super::queue::ForProcess;
use crate::kernel::KERNEL_DELAY;
use crate::log::{NodeId, What};

impl World {
    /// A process follows routes and rules of these protocols from now on.
    pub(super) fn follow_routing(&mut self, node: NodeId, protocols: BTreeSet<u8>) {
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        process.protocols = protocols;
        if !process.protocols.is_empty() {
            self.later(node, KERNEL_DELAY, ForProcess::ListRouting);
        }
    }

    /// Tells a process of all routes and rules that it follows.
    pub(super) fn list_routing(&mut self, node: NodeId) {
        let host = &self.hosts[node.index()];
        let Some(process) = host.process.as_ref() else {
            return;
        };
        let (routes, rules) = (
            host.kernel.routing.routes(&process.protocols),
            host.kernel.routing.rules(&process.protocols),
        );
        self.input(node, Input::Event(Event::Routing { routes, rules }));
    }

    /// A route or a rule has come or gone: records it, and tells who follows it.
    pub(super) fn tell_of_routing(&mut self, node: NodeId, object: KernelKey) {
        let host = &self.hosts[node.index()];
        let there = host.kernel.routing.has(&object);
        let protocol = match &object {
            KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => None,
            KernelKey::Route(key) => Some(key.protocol),
            KernelKey::Rule(key) => key.rule().protocol,
        };
        let follows = |process: &super::host::Process| {
            protocol.is_some_and(|own| process.protocols.contains(&own))
        };
        let followed = host.process.as_ref().is_some_and(follows);
        let routing = What::Routing {
            object: object.clone(),
            there,
        };
        self.note(Some(node), routing);
        if followed {
            let event = if there {
                Event::Found(object)
            } else {
                Event::Lost(object)
            };
            self.input(node, Input::Event(event));
        }
    }

    /// Somebody removes all routes and rules that nodes have set.
    pub(super) fn remove_routes(&mut self, node: NodeId) {
        let all: Vec<_> = self.hosts[node.index()].kernel.routing.all().collect();
        let refusals = core::mem::take(&mut self.hosts[node.index()].kernel.errors);
        for object in all {
            let action = match object {
                KernelKey::Link(_) | KernelKey::Address(_) | KernelKey::Refusal(_) => continue,
                KernelKey::Route(key) => KernelOp::RemoveRoute(key),
                KernelKey::Rule(key) => KernelOp::RemoveRule(key),
            };
            // By hand, so that no refusal is in store for it.
            let _ = self.operate(node, &action);
        }
        self.hosts[node.index()].kernel.errors = refusals;
    }

    /// An interface is gone, or has lost its carrier: Linux drops its routes without a word, and
    /// an adapter that knows it lists them again.
    pub(super) fn routes_fall(&mut self, node: NodeId, interface: IfName) {
        let host = &mut self.hosts[node.index()];
        let before: Vec<_> = host.kernel.routing.all().collect();
        host.kernel.drop_routes(interface);
        let routing = &host.kernel.routing;
        let fallen = before.into_iter().filter(|object| !routing.has(object));
        let fallen: Vec<_> = fallen.collect();
        let follows = host
            .process
            .as_ref()
            .is_some_and(|own| !own.protocols.is_empty());
        if fallen.is_empty() {
            return;
        }
        for object in fallen {
            let there = false;
            self.note(Some(node), What::Routing { object, there });
        }
        if follows {
            self.later(node, KERNEL_DELAY, ForProcess::ListRouting);
        }
    }

    /// An interface goes, or comes again with another index.
    pub(super) fn set_presence(&mut self, node: NodeId, interface: IfName, present: bool) {
        if !present {
            // What stands on it goes first.
            let host = &mut self.hosts[node.index()];
            let refusals = core::mem::take(&mut host.kernel.errors);
            for link in host.kernel.standing_on(interface) {
                let _ = self.operate(node, &KernelOp::RemoveLink(link.name));
            }
            self.hosts[node.index()].kernel.errors = refusals;
        }
        let host = &mut self.hosts[node.index()];
        let before: Vec<_> = host.kernel.routing.all().collect();
        let changed = if present {
            host.kernel.bring_back(interface)
        } else {
            host.kernel.take_away(interface)
        };
        if !changed {
            return;
        }
        if let Some(process) = host.process.as_mut() {
            process.joined.retain(|own| own.interface != interface);
        }
        let routing = &host.kernel.routing;
        let fallen = before.into_iter().filter(|object| !routing.has(object));
        let fallen: Vec<_> = fallen.collect();
        let process = host.process.as_ref();
        let watched = process.is_some_and(|own| own.watched.contains(&interface));
        let follows = process.is_some_and(|own| !own.protocols.is_empty());
        self.note(
            Some(node),
            What::Link {
                interface,
                up: present,
            },
        );
        self.count_all_owners();
        for object in fallen {
            let there = false;
            self.note(Some(node), What::Routing { object, there });
        }
        if watched {
            self.later(node, KERNEL_DELAY, ForProcess::Report(interface));
        }
        if follows {
            self.later(node, KERNEL_DELAY, ForProcess::ListRouting);
        }
    }
}
