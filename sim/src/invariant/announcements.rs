//! I16: a new master announces each of its addresses, and a challenged one answers and announces
//! again.
//!
//! Bound: [`super::bounds::KERNEL_SETTLES`] from the transition, since the address must be in the
//! kernel first; the answer to a losing advert (RFC 9568 6.4.3) is due in the same instant.

use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::LosingAdvert;
use bellwether_core::vrrp::State;

use super::bounds::{KERNEL_RETRIES, KERNEL_SETTLES};
use super::judge::Heard;
use super::needs::owned;
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::world::World;

/// What each member still has to announce.
#[derive(Clone, Debug)]
pub(super) struct Announcements {
    owed: Vec<Owed>,
}

#[derive(Clone, Debug, Default)]
struct Owed {
    addresses: Vec<IpAddr>,
    due: Instant,
}

impl Announcements {
    /// Nobody owes anything.
    #[must_use]
    pub(super) fn new(world: &World) -> Self {
        Self {
            owed: vec![Owed::default(); world.topology().members.len()],
        }
    }

    /// A member became master, or was challenged. Returns when it is to be looked at.
    pub(super) fn owe(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        member: usize,
    ) -> Option<Instant> {
        let shadow = &shadows.members[member];
        let config = shadow.config(world)?;
        if config.garp.repeat == 0 {
            return None;
        }
        let owed = &mut self.owed[member];
        owed.addresses.clear();
        owed.addresses.extend(owned(config).map(|own| own.address));
        let bound = findings.bound(InvariantId::I16, KERNEL_SETTLES);
        owed.due = world.now() + bound;
        Some(owed.due)
    }

    /// A member need not announce any more.
    pub(super) fn forgive(&mut self, member: usize) {
        self.owed[member].addresses.clear();
    }

    /// A node announced an address.
    pub(super) fn announced(
        &mut self,
        shadows: &Shadows,
        node: crate::log::NodeId,
        address: IpAddr,
    ) {
        for member in &shadows.nodes[node.index()].members {
            self.owed[*member].addresses.retain(|own| *own != address);
        }
    }

    /// A master heard an advert that loses against its own: the answer is due in this step.
    pub(super) fn challenged(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        member: usize,
        heard: Heard,
    ) -> Option<Instant> {
        let shadow = &shadows.members[member];
        let config = shadow.config(world)?;
        if config.losing_advert == LosingAdvert::Discard || shadow.state != Some(State::Master) {
            return None;
        }
        let sent = shadows.step.sent.iter();
        let answered = sent.clone().any(|(who, _)| *who == member);
        findings.check(
            InvariantId::I16,
            answered,
            world.now(),
            &[shadow.node],
            || {
                format!(
                    "{} (priority {}) heard a lesser master, {} (priority {}), and did not answer",
                    shadows.name(world, member),
                    shadow.priority,
                    heard.source,
                    heard.priority
                )
            },
        );
        None
    }

    /// Looks at what is due. Returns when it is to be looked at again.
    pub(super) fn look(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        member: usize,
        at: Instant,
    ) -> Option<Instant> {
        let owed = &mut self.owed[member];
        let shadow = &shadows.members[member];
        if owed.addresses.is_empty() {
            return None;
        }
        if !shadows.leads(world, member) {
            owed.addresses.clear();
            return None;
        }
        let refused = shadows.nodes[shadow.node.index()].refused_at;
        let due = refused.map_or(owed.due, |at| owed.due.max(at + KERNEL_RETRIES));
        if at < due {
            return Some(due);
        }
        let missing = core::mem::take(&mut owed.addresses);
        findings.check(InvariantId::I16, false, at, &[shadow.node], || {
            let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
            format!(
                "{} is master and has not announced {}",
                shadows.name(world, member),
                list.join(", ")
            )
        });
        None
    }

    /// Counts what was announced in time.
    pub(super) fn settled(&self, findings: &mut Findings, member: usize, at: Instant) {
        if self.owed[member].addresses.is_empty() {
            findings.check(InvariantId::I16, true, at, &[], String::new);
        }
    }
}
