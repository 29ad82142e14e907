//! When a backup takes over: I2, I3, I4, I5, I9, I10, I12.
//!
//! Bounds: the master-down interval, or after a resignation the skew time, of the backup itself,
//! on its own clock, from the last advert that it accepted. Nothing is added for delay or jitter:
//! what counts is when the advert was heard, not when it was sent.

use core::time::Duration;

use bellwether_core::Instant;
use bellwether_core::model::Preemption;
use bellwether_core::vrrp::{Cause, State};

use super::bounds::{TOLERANCE, later, nanos};
use super::needs::mates;
use super::shadow::{LATE, Shadow, Shadows};
use super::{Findings, InvariantId};
use crate::log::NodeId;
use crate::world::World;

/// A backup became master.
pub(super) fn took_over(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    cause: Cause,
) {
    let shadow = &shadows.members[member];
    let (Some(pace), Some(config)) = (shadow.pace(world), shadow.config(world)) else {
        return;
    };
    if cause == Cause::Owner {
        return;
    }
    let now = nanos(world.local(shadow.node).since(Instant::ZERO));
    let earliest = shadow.window.earliest(pace);
    let in_time = now + nanos(TOLERANCE) >= earliest;
    let heard_lower = shadow
        .accepted
        .is_some_and(|(_, heard, _)| heard.priority < shadow.priority);
    let (id, rule) = match config.preemption {
        Preemption::Never if heard_lower => (InvariantId::I5, "nopreempt is set"),
        Preemption::Delayed(_) if heard_lower => (InvariantId::I12, "preempt_delay has not passed"),
        Preemption::Never | Preemption::Delayed(_) | Preemption::Immediate => {
            (InvariantId::I3, "its master is alive")
        }
    };
    findings.bound(id, Duration::from_nanos(shadow.window.patience(pace)));
    findings.check(id, in_time, world.now(), &[shadow.node], || {
        let early = Duration::from_nanos(earliest.saturating_sub(now));
        let last = shadow.accepted.map_or(String::new(), |(_, heard, at)| {
            format!(
                "; at {at} it accepted an advert of priority {} from {}",
                heard.priority, heard.source
            )
        });
        format!(
            "{} took over {} {early:?} too early, and {rule}{last}",
            shadows.name(world, member),
            config.name
        )
    });
    let id = lateness(shadow, world.now());
    findings.check(id, true, world.now(), &[], String::new);
    check_losses(world, shadows, findings, member);
}

/// A master stopped, a script failed, or its sync group stepped down: it must have resigned first (rule A3; keepalived does so
/// on a fault too).
pub(super) fn left(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    cause: Cause,
) {
    let graceful = matches!(
        cause,
        Cause::Shutdown
            | Cause::Removed
            | Cause::ScriptFailed
            | Cause::FileFailed
            | Cause::ProcessFailed
            | Cause::BfdDown
            | Cause::NoPeer
            | Cause::SyncGroup
    );
    if !graceful {
        return;
    }
    let shadow = &shadows.members[member];
    let resigned = shadows.step.sent.contains(&(member, 0));
    findings.check(
        InvariantId::I10,
        resigned,
        world.now(),
        &[shadow.node],
        || {
            format!(
                "{} gave up being master ({cause}) without an advert of priority 0",
                shadows.name(world, member)
            )
        },
    );
}

/// Looks whether a backup that should have taken over by now has not.
///
/// Returns when it is to be looked at again.
pub(super) fn look(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    at: Instant,
) -> Option<Instant> {
    let shadow = &shadows.members[member];
    let pace = shadow.pace(world)?;
    if shadow.state != Some(State::Backup) || !shadows.is_awake(world, member) {
        return None;
    }
    let clock = world.host(shadow.node).clock;
    let latest = Instant::from_nanos(latest(world, shadows, member)?);
    if clock.local(at) <= latest {
        return Some(later(clock.real(latest), LATE));
    }
    let id = lateness(shadow, at);
    let patience = Duration::from_nanos(shadow.window.patience(pace));
    findings.bound(id, patience);
    findings.check(id, false, at, &[shadow.node], || {
        late_words(world, shadows, member, id, patience)
    });
    None
}

/// After this a takeover is late: for a member of a sync group, when all of them are ready. `None`
/// if another member can't be.
fn latest(world: &World, shadows: &Shadows, member: usize) -> Option<u64> {
    let mut latest = 0;
    for mate in mates(world, shadows, member) {
        let shadow = &shadows.members[mate];
        match shadow.state? {
            State::Backup => latest = latest.max(shadow.window.latest(shadow.pace(world)?)),
            State::Master => {}
            State::Init | State::Fault => return None,
        }
    }
    Some(latest)
}

fn late_words(
    world: &World,
    shadows: &Shadows,
    member: usize,
    id: InvariantId,
    patience: Duration,
) -> String {
    let shadow = &shadows.members[member];
    let name = shadows.name(world, member);
    let priority = shadow.priority;
    match (id, shadow.discarded) {
        (InvariantId::I10, _) => {
            format!("{name} heard its master resign and has not taken over within {patience:?}")
        }
        (InvariantId::I2, Some((lower, _))) => format!(
            "{name} (priority {priority}) is still BACKUP, though for {patience:?} it has heard \
             no master but one of priority {lower}"
        ),
        _ => format!(
            "{name} (priority {priority}) is still BACKUP, though it has heard no master for \
             {patience:?}"
        ),
    }
}

/// Which invariant a late takeover violates.
fn lateness(shadow: &Shadow, now: Instant) -> InvariantId {
    if shadow.window.resigned() {
        return InvariantId::I10;
    }
    let lately = |at: Instant| now.since(at) < Duration::from_secs(300);
    match shadow.discarded {
        Some((_, at)) if lately(at) => InvariantId::I2,
        Some(_) | None => InvariantId::I9,
    }
}

/// I4: a backup that gave up a master that is alive, connected and unchanged must have lost as
/// many adverts in a row as it takes.
fn check_losses(world: &World, shadows: &Shadows, findings: &mut Findings, member: usize) {
    let shadow = &shadows.members[member];
    let Some((from, heard, at)) = shadow.accepted else {
        return;
    };
    if heard.priority == 0 || from.index() >= shadows.nodes.len() {
        return;
    }
    let sender = NodeId(from.0);
    let of = &shadows.nodes[sender.index()];
    let same = |place: &&usize| {
        let own = &shadows.members[**place];
        own.group == shadow.group && own.segment == shadow.segment
    };
    let Some(master) = of.members.iter().find(same) else {
        return;
    };
    // The advert says what its sender was when it was sent, which may be before what looks older:
    // a priority lowered, or a link broken, while it was on its way.
    let sent = at.before(Duration::from_nanos(shadows.longest.delay));
    let steady = is_steady(world, shadows, *master, sent)
        && is_steady_link(world, shadows, member, from, sent);
    if !steady {
        return;
    }
    let outranks = heard.priority >= shadow.priority && shadow.priority_at < at;
    let Some(config) = shadow.config(world) else {
        return;
    };
    if !outranks && config.preemption != Preemption::Never {
        return;
    }
    let missed = u32::from(config.down_timer_adverts);
    let holds = shadow.lost >= missed;
    let nodes = [shadow.node, sender];
    findings.check(InvariantId::I4, holds, world.now(), &nodes, || {
        format!(
            "{} gave up {}, which is alive, after {} lost adverts; it takes {missed} in a row",
            shadows.name(world, member),
            world.host(sender).name,
            shadow.lost
        )
    });
}

/// Whether a master has been one, unchanged, since before an instant.
fn is_steady(world: &World, shadows: &Shadows, master: usize, since: Instant) -> bool {
    let shadow = &shadows.members[master];
    shadows.leads(world, master)
        && shadow.since < since
        && shadow.priority_at < since
        && shadows.nodes[shadow.node.index()].awake_since < since
}

/// Whether nothing but loss has happened to a link, and both clocks are right.
fn is_steady_link(
    world: &World,
    shadows: &Shadows,
    member: usize,
    from: crate::log::StationId,
    since: Instant,
) -> bool {
    let shadow = &shadows.members[member];
    let link = world.lan().link(shadow.segment, from, shadow.node.into());
    let right = |node: NodeId| world.host(node).clock.ppm() == 0;
    link.is_orderly()
        && shadows.fault_at < since
        && shadows.nodes[shadow.node.index()].awake_since < since
        && right(shadow.node)
        && right(NodeId(from.0))
}
