//! I27: a node that wakes hears what has arrived before it acts on old timers.
//!
//! Bound: the instant of waking. A backup whose master's adverts wait in its socket must not take
//! over then, and a master that a better one's adverts wait for must step down then.
//!
//! Other things wait too, and may come first: a new configuration or a script's end may raise a
//! node's priority in that instant. So adverts are measured against the highest priority that the
//! node has had in it, and no state is asked of a node that such a thing moved before.

use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::Preemption;
use bellwether_core::unit::Family;
use bellwether_core::vrrp::State;

use super::judge::{Heard, Judgement, judge};
use super::needs::source;
use super::shadow::{Shadow, Shadows};
use super::{Findings, InvariantId};
use crate::log::NodeId;
use crate::world::World;

/// What nodes that have just woken find waiting.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses {
    waking: Vec<Waking>,
}

#[derive(Clone, Copy, Debug)]
struct Waking {
    member: usize,
    at: Instant,
    was: State,
    /// Its own address.
    own: IpAddr,
    /// The last believable advert that waits.
    heard: Heard,
    /// The highest priority that it has had since it woke.
    highest: u8,
    /// Whether it keeps even a lesser master (`nopreempt`).
    patient: bool,
}

impl Waking {
    /// Whether the advert that waits keeps it from being master.
    fn is_outranked(&self, highest: u8) -> bool {
        let heard = self.heard;
        let outranks = match self.was {
            State::Master => (heard.priority, heard.source) > (highest, self.own),
            State::Backup => heard.priority >= highest || self.patient,
            State::Init | State::Fault => false,
        };
        outranks && heard.priority != 0
    }
}

impl Pauses {
    /// A node was resumed: looks into its socket.
    pub(super) fn woke(&mut self, world: &World, shadows: &Shadows, node: NodeId) {
        for member in &shadows.nodes[node.index()].members {
            let shadow = &shadows.members[*member];
            self.waking.extend(waits(world, shadow, *member));
        }
    }

    /// An instance became master.
    pub(super) fn took_over(
        &mut self,
        world: &World,
        shadows: &Shadows,
        findings: &mut Findings,
        member: usize,
    ) {
        let woken = self.waking.iter().find(|own| own.member == member);
        let Some(woken) = woken else {
            return;
        };
        let shadow = &shadows.members[member];
        let waited = woken.was == State::Backup && shadow.since < woken.at;
        let outranked = woken.is_outranked(woken.highest.max(shadow.priority));
        let spurious = waited && outranked && woken.at == world.now();
        let node = shadow.node;
        findings.check(InvariantId::I27, !spurious, world.now(), &[node], || {
            format!(
                "{} became MASTER in the instant it woke, with its master's adverts waiting to be \
                 read",
                shadows.name(world, member)
            )
        });
    }

    /// Looks at who has been awake for a while.
    pub(super) fn look(&mut self, world: &World, shadows: &Shadows, findings: &mut Findings) {
        if self.waking.is_empty() {
            return;
        }
        let now = world.now();
        let (over, fresh): (Vec<_>, Vec<_>) = self.waking.drain(..).partition(|own| own.at < now);
        self.waking = fresh;
        for woken in &mut self.waking {
            let priority = shadows.members[woken.member].priority;
            woken.highest = woken.highest.max(priority);
        }
        for woken in over {
            let shadow = &shadows.members[woken.member];
            let stays = shadow.state == Some(State::Master) && shadow.since < woken.at;
            let outranked = woken.is_outranked(woken.highest);
            let holds = !(woken.was == State::Master && outranked && stays);
            findings.check(InvariantId::I27, holds, now, &[shadow.node], || {
                format!(
                    "{} woke, found the adverts of a better master waiting, and stays MASTER",
                    shadows.name(world, woken.member)
                )
            });
        }
    }
}

/// What an instance that has just woken finds waiting: nothing, if no advert that it must believe.
fn waits(world: &World, shadow: &Shadow, member: usize) -> Option<Waking> {
    let was = shadow.state?;
    let config = shadow.config(world)?;
    let host = world.host(shadow.node);
    let own = source(config, &host.kernel)?;
    let process = host.process.as_ref()?;
    let mut last = None;
    let mut proved = shadow.proved.clone();
    for received in process.waiting() {
        let meant = received.interface == shadow.key.interface
            && Family::of(received.source) == shadow.key.family
            && received.payload.get(1) == Some(&shadow.key.vrid.get());
        if !meant {
            continue;
        }
        if let Judgement::Believe(heard) = judge(config, own, &received, &mut proved) {
            last = Some(heard);
        }
    }
    Some(Waking {
        member,
        at: world.now(),
        was,
        own,
        heard: last?,
        highest: shadow.priority,
        patient: config.preemption == Preemption::Never && !config.priority.is_owner(),
    })
}
