//! I27: a node that wakes hears what has arrived before it acts on old timers.
//!
//! Bound: the instant of waking. A backup whose master's adverts wait in its socket must not take
//! over then, and a master that a better one's adverts wait for must step down then.

use bellwether_core::Instant;
use bellwether_core::model::Preemption;
use bellwether_core::vrrp::State;

use super::judge::{Judgement, judge};
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
    /// The last believable advert that waits outranks it.
    outranked: bool,
}

impl Pauses {
    /// A node was resumed: looks into its socket.
    pub(super) fn woke(&mut self, world: &World, shadows: &Shadows, node: NodeId) {
        for member in &shadows.nodes[node.index()].members {
            let shadow = &shadows.members[*member];
            let Some(was) = shadow.state else {
                continue;
            };
            if let Some(outranked) = waits(world, shadow) {
                self.waking.push(Waking {
                    member: *member,
                    at: world.now(),
                    was,
                    outranked,
                });
            }
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
        // Another thing that waited may have changed its state or its priority first.
        let same = shadow.since < woken.at && shadow.priority_at < woken.at;
        let waited = woken.was == State::Backup && woken.outranked && same;
        let spurious = waited && woken.at == world.now();
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
        for woken in over {
            let shadow = &shadows.members[woken.member];
            let stays = shadow.state == Some(State::Master) && shadow.since < woken.at;
            let holds = !(woken.was == State::Master && woken.outranked && stays);
            findings.check(InvariantId::I27, holds, now, &[shadow.node], || {
                format!(
                    "{} woke, found the adverts of a better master waiting, and stays MASTER",
                    shadows.name(world, woken.member)
                )
            });
        }
    }
}

/// Whether adverts wait for an instance that it must believe, and whether the last of them keeps
/// it from being master.
fn waits(world: &World, shadow: &Shadow) -> Option<bool> {
    let config = shadow.config(world)?;
    let host = world.host(shadow.node);
    let own = host.kernel.interface(shadow.key.interface)?.primary()?;
    let process = host.process.as_ref()?;
    let mut last = None;
    for received in process.waiting() {
        let meant = received.interface == shadow.key.interface
            && received.payload.get(1) == Some(&shadow.key.vrid.get());
        if !meant {
            continue;
        }
        if let Judgement::Believe(heard) = judge(config, own, &received) {
            last = Some(heard);
        }
    }
    let heard = last?;
    let rank = (heard.priority, heard.source) > (shadow.priority, own);
    let patient = config.preemption == Preemption::Never && !config.priority.is_owner();
    let outranks = match shadow.state? {
        State::Master => rank,
        State::Backup => heard.priority >= shadow.priority || patient,
        State::Init | State::Fault => false,
    };
    Some(outranks && heard.priority != 0)
}
