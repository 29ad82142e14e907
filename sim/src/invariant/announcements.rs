//! I16: a new master announces each of its addresses, and a challenged one answers and announces
//! again.
//!
//! Bound: [`super::bounds::KERNEL_SETTLES`] from the transition, since the address must be in the
//! kernel first; the answer to a losing advert (RFC 9568 6.4.3) is due in the same instant.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::{Instance, LosingAdvert, VirtualAddress};
use bellwether_core::unit::IfName;
use bellwether_core::vrrp::State;

use super::bounds::{KERNEL_RETRIES, KERNEL_SETTLES, TOLERANCE};
use super::judge::Heard;
use super::needs::{base_of, longest_wait, owned, spacing};
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::log::NodeId;
use crate::world::World;

/// What each member still has to announce.
#[derive(Clone, Debug)]
pub(super) struct Announcements {
    owed: Vec<Owed>,
    /// When each node last announced an address of a family by an interface, on its own clock.
    left: BTreeMap<(NodeId, IfName, bool), Instant>,
}

#[derive(Clone, Debug, Default)]
struct Owed {
    addresses: Vec<IpAddr>,
    due: Instant,
    /// When it last announced anything.
    last: Instant,
    /// When, on its own clock, a second batch after a losing advert is due, and since when it has
    /// been in one piece.
    second: Option<(Instant, Instant)>,
}

/// Why announcements are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// It has just become master.
    New,
    /// It heard a lesser master.
    Challenged,
    /// An interface is back, and it was master all the time.
    Back(IfName),
}

impl Announcements {
    /// Nobody owes anything.
    #[must_use]
    pub(super) fn new(world: &World) -> Self {
        Self {
            owed: vec![Owed::default(); world.topology().members.len()],
            left: BTreeMap::new(),
        }
    }

    /// A member became master, or was challenged. Returns when it is to be looked at.
    pub(super) fn owe(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        member: usize,
        why: Due,
    ) -> Option<Instant> {
        let shadow = &shadows.members[member];
        let config = shadow.config(world)?;
        let (times, back) = match why {
            Due::New => (config.garp.repeat, None),
            Due::Back(interface) => (config.garp.repeat, Some(interface)),
            Due::Challenged => (config.garp.losing_repeat, None),
        };
        if times == 0 {
            return None;
        }
        let on = |own: &VirtualAddress| own.carrier(config.interface);
        let meant = owned(config).filter(|own| back.is_none_or(|name| on(own) == name));
        let owed = &mut self.owed[member];
        owed.addresses.clear();
        owed.addresses.extend(meant.map(|own| own.address));
        let waits = longest_wait(world.config(shadow.node));
        let bound = findings.bound(InvariantId::I16, KERNEL_SETTLES + waits);
        owed.due = world.now() + bound;
        Some(owed.due)
    }

    /// A member need not announce any more.
    pub(super) fn forgive(&mut self, member: usize) {
        self.owed[member].addresses.clear();
        self.owed[member].second = None;
    }

    /// A node announced an address.
    pub(super) fn announced(
        &mut self,
        shadows: &Shadows,
        node: NodeId,
        address: IpAddr,
        now: Instant,
    ) {
        for member in &shadows.nodes[node.index()].members {
            self.owed[*member].last = now;
            self.owed[*member].addresses.retain(|own| *own != address);
        }
    }

    /// A node announced an address by an interface: not sooner than it should after the last one
    /// (keepalived: `garp_group`, `vrrp_garp_interval`).
    pub(super) fn spaced(
        &mut self,
        world: &World,
        findings: &mut Findings,
        node: NodeId,
        (interface, address): (IfName, IpAddr),
    ) {
        let config = world.config(node);
        let (interval, shared) = spacing(config, interface, address);
        let base = base_of(config, interface);
        let now = world.local(node);
        let family = address.is_ipv4();
        if !interval.is_zero() {
            let lasts = shared
                .iter()
                .filter_map(|name| self.left.get(&(node, *name, family)));
            let last = lasts.max().copied();
            let holds = last.is_none_or(|last| now.since(last) + TOLERANCE >= interval);
            findings.check(InvariantId::I16, holds, world.now(), &[node], || {
                let apart = last.map(|last| now.since(last)).unwrap_or_default();
                format!(
                    "{} announced {address} by {interface} {apart:?} after the one before, and \
                     should wait for {interval:?}",
                    world.host(node).name
                )
            });
        }
        self.left.insert((node, base, family), now);
    }

    /// A new process knows nothing of what the one before it has sent.
    pub(super) fn started(&mut self, node: NodeId) {
        self.left.retain(|(of, _, _), _| *of != node);
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
        let mut missing = core::mem::take(&mut owed.addresses);
        let config = shadow.config(world)?;
        // What can't be heard anyway is owed when the interface is back.
        missing.retain(|address| is_carried(world, shadow.node, config, *address));
        if missing.is_empty() {
            return None;
        }
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

    /// A member has heard a lesser master. Returns when a second batch must have followed
    /// (keepalived: `garp_lower_prio_delay`).
    pub(super) fn expect_second(
        &mut self,
        world: &World,
        shadows: &Shadows,
        member: usize,
    ) -> Option<Instant> {
        let shadow = &shadows.members[member];
        let config = shadow.config(world)?;
        let delay = config.garp.losing_delay;
        let leads = shadow.state == Some(State::Master);
        let answers = config.losing_advert == LosingAdvert::Answer;
        if !leads || !answers || delay.is_zero() || config.garp.losing_repeat == 0 {
            return None;
        }
        let due = world.local(shadow.node) + delay;
        self.owed[member].second = Some((due, world.now()));
        let waits = longest_wait(world.config(shadow.node));
        Some(world.host(shadow.node).clock.real(due) + KERNEL_SETTLES + waits)
    }

    /// Looks whether the second batch has come. Returns when it is to be looked at again.
    pub(super) fn look_for_second(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        member: usize,
        at: Instant,
    ) -> Option<Instant> {
        let shadow = &shadows.members[member];
        let (due, since) = self.owed[member].second?;
        let clock = world.host(shadow.node).clock;
        if clock.local(at) < due {
            let waits = longest_wait(world.config(shadow.node));
            return Some(clock.real(due) + KERNEL_SETTLES + waits);
        }
        self.owed[member].second = None;
        let config = shadow.config(world)?;
        let of = &shadows.nodes[shadow.node.index()];
        // Whatever else has happened to it meanwhile is an excuse.
        let steady = shadows.leads(world, member)
            && shadow.since < since
            && of.awake_since < since
            && shadows.fault_at < since
            && of.refused_at.is_none_or(|at| at < since)
            && owned(config).any(|own| is_carried(world, shadow.node, config, own.address));
        if !steady {
            return None;
        }
        let came = clock.local(self.owed[member].last) + TOLERANCE >= due;
        findings.check(InvariantId::I16, came, at, &[shadow.node], || {
            format!(
                "{} heard a lesser master at {since} and has not announced its addresses a second \
                 time",
                shadows.name(world, member)
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

/// Whether an address of an instance is on an interface that has carrier.
fn is_carried(world: &World, node: NodeId, config: &Instance, address: IpAddr) -> bool {
    let mut own = owned(config).filter(|own| own.address == address);
    own.any(|own| {
        let name = own.carrier(config.interface);
        let port = world.host(node).kernel.interface(name);
        port.is_some_and(|port| port.link.up)
    })
}
