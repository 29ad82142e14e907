//! Routes and rules of the real kernel: changed, listed, and followed.
//!
//! The kernel does not tell of every route that it drops: those that go with their interface, with
//! the address that they send from, or because another was put in their place, go without a word.
//! So after every change that may have that effect all are listed again.

use std::collections::BTreeSet;

use bellwether_core::Event;
use bellwether_core::kernel::{KernelError, KernelKey, RouteKey, RuleKey, Way};
use bellwether_core::model::Route;
use bellwether_core::unit::Family;

use super::route::{Indices, Names};
use super::{Kernel, LIST_TRIES, route, rule};
use crate::journal;

/// What is followed of routes and rules.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// The protocols whose routes and rules matter; none: nothing is followed.
    pub(super) protocols: BTreeSet<u8>,
    /// All interfaces.
    pub(super) names: Names,
    /// Whether the kernel may have dropped something without a word.
    pub(super) stale: bool,
}

impl Followed {
    /// Something happened that may take routes with it.
    pub(super) fn doubt(&mut self) {
        self.stale |= !self.protocols.is_empty();
    }

    /// The route of a message, if it is followed.
    pub(super) fn route(
        &mut self,
        message: &rtnetlink::packet_route::route::RouteMessage,
    ) -> Option<KernelKey> {
        if !self.protocols.contains(&message.header.protocol.into()) {
            return None;
        }
        let key = route::parse(message, &self.names);
        if key.is_none() {
            self.doubt();
        }
        key.map(KernelKey::from)
    }

    /// The rule of a message, if it is followed.
    pub(super) fn rule(
        &self,
        message: &rtnetlink::packet_route::rule::RuleMessage,
    ) -> Option<KernelKey> {
        let key = rule::parse(message)?;
        let protocol = key.rule().protocol?;
        let followed = self.protocols.contains(&protocol);
        followed.then_some(KernelKey::Rule(key))
    }
}

impl Kernel {
    /// Follows routes and rules of these protocols from now on, and lists them.
    pub(super) async fn observe_routing(&mut self, protocols: BTreeSet<u8>) {
        let follows = !protocols.is_empty();
        let followed = !self.followed.protocols.is_empty();
        self.followed.protocols = protocols;
        self.followed.stale = false;
        if follows != followed {
            // A socket can't join more groups once it is being read.
            self.resynchronise(follows).await;
        } else if follows {
            self.list_routing().await;
        }
    }

    /// Lists all routes and rules that are followed.
    pub(super) async fn list_routing(&mut self) {
        if self.followed.protocols.is_empty() {
            return;
        }
        for _ in 0..LIST_TRIES {
            self.hear_waiting().await;
            self.followed.stale = false;
            match self.listed().await {
                Ok((routes, rules)) => {
                    if self.hear_waiting().await {
                        continue;
                    }
                    self.outbox.event(Event::Routing { routes, rules });
                    return;
                }
                Err(error) => {
                    let error = journal::describe(&error);
                    tracing::warn!(error, "can't list routes and rules");
                }
            }
        }
        // Changes never cease: what was seen last is near enough, and each change is told too.
        if let Ok((routes, rules)) = self.listed().await {
            self.outbox.event(Event::Routing { routes, rules });
        }
    }

    async fn listed(&mut self) -> Result<(Vec<RouteKey>, Vec<RuleKey>), KernelError> {
        self.followed.names = self.wire.names().await?;
        let (mut routes, mut rules) = (Vec::new(), Vec::new());
        for family in [Family::V4, Family::V6] {
            for protocol in self.followed.protocols.clone() {
                let listed = self.wire.routes(family, protocol).await?;
                let names = &self.followed.names;
                routes.extend(listed.iter().filter_map(|own| route::parse(own, names)));
            }
            let listed = self.wire.rules(family).await?;
            let followed = |message| match self.followed.rule(message)? {
                KernelKey::Rule(key) => Some(key),
                KernelKey::Link(_)
                | KernelKey::Address(_)
                | KernelKey::Route(_)
                | KernelKey::Refusal(_) => None,
            };
            rules.extend(listed.iter().filter_map(followed));
        }
        Ok((routes, rules))
    }

    pub(super) async fn add_route(
        &mut self,
        key: &RouteKey,
        wanted: &Route,
    ) -> Result<(), KernelError> {
        let mut indices = Indices::new();
        for dev in wanted.interfaces() {
            let index = self.index(dev).await?.ok_or(KernelError::NoInterface)?;
            indices.insert(dev, index);
        }
        let message = route::message(key, wanted, &indices);
        match self.wire.add_route(message, wanted.insertion).await {
            Err(KernelError::Other { errno, .. }) if errno == libc::EEXIST => {
                self.followed.names = self.wire.names().await?;
                let listed = self.wire.routes(key.family, key.protocol).await?;
                let mut listed = listed
                    .iter()
                    .filter_map(|own| route::parse(own, &self.followed.names));
                if listed.any(|own| own == *key) {
                    Ok(())
                } else {
                    Err(super::wire::kernel_error(libc::EEXIST))
                }
            }
            outcome => outcome,
        }
    }

    pub(super) async fn remove_route(&mut self, key: &RouteKey) -> Result<(), KernelError> {
        let mut indices = Indices::new();
        for way in &key.ways {
            let (Way::LinkLocal(_, dev) | Way::Dev(dev)) = way else {
                continue;
            };
            let Some(index) = self.index(*dev).await? else {
                // It has gone with its interface.
                return Ok(());
            };
            indices.insert(*dev, index);
        }
        let message = route::key_message(key, &indices);
        match self.wire.remove_route(message).await {
            Err(KernelError::Other { errno, .. })
                if errno == libc::ESRCH || errno == libc::ENOENT =>
            {
                Ok(())
            }
            Err(KernelError::NoInterface) => Ok(()),
            outcome => outcome,
        }
    }

    pub(super) async fn add_rule(&mut self, key: &RuleKey) -> Result<(), KernelError> {
        match self.wire.add_rule(rule::message(key)).await {
            Err(KernelError::Other { errno, .. }) if errno == libc::EEXIST => Ok(()),
            outcome => outcome,
        }
    }

    pub(super) async fn remove_rule(&mut self, key: &RuleKey) -> Result<(), KernelError> {
        match self.wire.remove_rule(rule::message(key)).await {
            Err(KernelError::Other { errno, .. }) if errno == libc::ENOENT => Ok(()),
            outcome => outcome,
        }
    }
}
