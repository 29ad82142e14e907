//! I6: states follow each other as the standard and keepalived's FAULT allow, and only masters
//! advertise.

use bellwether_core::unit::Priority;
use bellwether_core::vrrp::{Cause, State};

use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::world::World;

/// An instance said that it changed its state.
pub(super) fn changed(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    (from, to): (State, State),
    cause: Cause,
) {
    let shadow = &shadows.members[member];
    let now = world.now();
    let continues = shadow.state == Some(from);
    let owner = shadow
        .config(world)
        .is_some_and(|config| config.priority == Priority::OWNER);
    let legal = is_legal(from, to, cause, owner);
    findings.check(
        InvariantId::I6,
        continues && legal,
        now,
        &[shadow.node],
        || {
            format!(
                "{} went from {from} to {to} ({cause}), which {}",
                shadows.name(world, member),
                if legal {
                    "is not where it was"
                } else {
                    "the standard does not allow"
                }
            )
        },
    );
}

/// Looks at a whole step: who sent an advert must be, or have been, master.
pub(super) fn look(world: &World, shadows: &Shadows, findings: &mut Findings) {
    for (member, priority) in &shadows.step.sent {
        let shadow = &shadows.members[*member];
        let moved = shadows.step.moved.iter();
        let was = moved
            .clone()
            .any(|(who, before)| who == member && *before == State::Master);
        let is = shadow.state == Some(State::Master);
        let may = is || was;
        findings.check(InvariantId::I6, may, world.now(), &[shadow.node], || {
            let state = shadow.state.unwrap_or(State::Init);
            format!(
                "{} sent an advert of priority {priority} in state {state}",
                shadows.name(world, *member)
            )
        });
    }
}

/// RFC 9568 6.4, with keepalived's FAULT: only an owner skips BACKUP, and leaving FAULT or INIT
/// is for those who may start.
const fn is_legal(from: State, to: State, cause: Cause, owner: bool) -> bool {
    match (from, to) {
        (State::Init | State::Fault, State::Master) => owner && matches!(cause, Cause::Owner),
        (State::Init, State::Backup | State::Fault)
        | (State::Backup, State::Master | State::Fault | State::Init)
        | (State::Master, State::Backup | State::Fault | State::Init)
        | (State::Fault, State::Backup | State::Init) => true,
        (State::Init, State::Init)
        | (State::Backup, State::Backup)
        | (State::Master, State::Master)
        | (State::Fault, State::Fault) => false,
    }
}
