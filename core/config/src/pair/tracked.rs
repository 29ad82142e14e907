//! What an instance tracks, as far as its fate depends on it.
//!
//! The arithmetic of weights is that of the core's `track` and `vrrp` rooms, which keep theirs to
//! themselves; it stands here once, with its sources. A test holds this copy against a simulation.
//!
//! Deliberately absent: what a tracked file's number is. Only a file of weight 0 has a failure.

use core::fmt;
use core::time::Duration;

use bellwether_core::model::{Config, Instance, Parts, SyncGroup, Tracked, Trackers};
use bellwether_core::unit::{IfName, Name, Priority};

/// Something that can fail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The interface that the instance speaks on.
    OwnInterface(IfName),
    /// Another interface.
    Interface(IfName),
    /// A script.
    Script(Name),
    /// A file: its number is not 0.
    File(Name),
    /// A process.
    Process(Name),
    /// A BFD session.
    Bfd(Name),
}

impl Object {
    /// What its failure is called, as the end of a sentence that starts with "if".
    pub(super) const fn failure(&self) -> &'static str {
        match self {
            Self::OwnInterface(_) | Self::Interface(_) => "goes down",
            Self::Script(_) => "fails",
            Self::File(_) => "is not 0",
            Self::Process(_) => "is not running",
            Self::Bfd(_) => "is down",
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnInterface(name) | Self::Interface(name) => fmt::Display::fmt(name, f),
            Self::Script(name) => fmt::Display::fmt(name, f),
            Self::File(name) => write!(f, "the number of file {name}"),
            Self::Process(name) => write!(f, "process {name}"),
            Self::Bfd(name) => write!(f, "BFD session {name}"),
        }
    }
}

/// Something tracked, with what it does to one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tracker {
    pub(super) object: Object,
    /// 0 is FAULT.
    pub(super) weight: i16,
    pub(super) reverse: bool,
    /// In words, how long it may take until a failure counts; empty: no time.
    pub(super) notice: String,
}

/// What something tracked does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Adds(i16),
    Fault,
}

impl Tracker {
    /// keepalived: a positive weight is added while the thing is well, a negative one while it is
    /// ill, 0 is FAULT while it is ill, and `reverse` swaps well and ill.
    pub(super) const fn effect(&self, up: bool) -> Effect {
        let well = up != self.reverse;
        match self.weight {
            0 if well => Effect::Adds(0),
            0 => Effect::Fault,
            bonus @ 1.. => Effect::Adds(if well { bonus } else { 0 }),
            malus => Effect::Adds(if well { 0 } else { malus }),
        }
    }
}

/// keepalived: base plus contributions, clamped to 1..=254; an owner's never moves.
pub(super) fn effective(base: Priority, contributions: i32) -> Priority {
    if base.is_owner() {
        return base;
    }
    let sum = i32::from(base.0).saturating_add(contributions);
    Priority(u8::try_from(sum.clamp(1, 254)).unwrap_or(254))
}

/// Everything whose failure concerns an instance, what it can't do without first.
///
/// keepalived: in a sync group, a FAULT of one member is one of all; without
/// `sync_group_tracking_weight` a weighted script of a member or of the group is left out, and a
/// weighted interface is a FAULT.
pub(super) fn of(config: &Config, instance: &Instance) -> Vec<Tracker> {
    let parts = config.parts();
    let mut all = Vec::new();
    if instance.track_primary {
        let own = Object::OwnInterface(instance.interface);
        add(&mut all, fault(own));
    }
    needed_interfaces(&mut all, instance);
    let group = parts
        .sync_groups
        .iter()
        .find(|group| group.members.contains(&instance.name));
    let grouped = group.is_some_and(|group| !group.tracking_weight);
    for tracker in listed(parts, &instance.trackers) {
        add_in_group(&mut all, tracker, grouped);
    }
    if let Some(group) = group {
        of_group(&mut all, parts, group, instance);
    }
    // An owner's priority never moves.
    if instance.priority.is_owner() {
        all.retain(|tracker| tracker.weight == 0);
    }
    all
}

fn of_group(all: &mut Vec<Tracker>, parts: &Parts, group: &SyncGroup, own: &Instance) {
    for tracker in listed(parts, &group.trackers) {
        add_in_group(all, tracker, !group.tracking_weight);
    }
    let is_sibling = |one: &&Instance| one.name != own.name && group.members.contains(&one.name);
    for sibling in parts.instances.iter().filter(is_sibling) {
        if sibling.track_primary {
            add(all, fault(Object::Interface(sibling.interface)));
        }
        needed_interfaces(all, sibling);
        for tracker in listed(parts, &sibling.trackers) {
            if tracker.weight == 0 {
                add(all, tracker);
            }
        }
    }
}

/// keepalived tracks the interfaces of addresses too, unless `no_track`.
fn needed_interfaces(all: &mut Vec<Tracker>, instance: &Instance) {
    let addresses = instance.virtual_addresses.iter();
    for address in addresses.chain(&instance.excluded_addresses) {
        if let Some(dev) = address.dev.filter(|_| address.tracked) {
            add(all, fault(Object::Interface(dev)));
        }
    }
}

fn fault(object: Object) -> Tracker {
    Tracker {
        object,
        weight: 0,
        reverse: false,
        notice: String::new(),
    }
}

/// Adds it, unless the same thing is there.
fn add(all: &mut Vec<Tracker>, tracker: Tracker) {
    let interface = |object: &Object| match object {
        Object::OwnInterface(name) | Object::Interface(name) => Some(*name),
        Object::Script(_) | Object::File(_) | Object::Process(_) | Object::Bfd(_) => None,
    };
    let same = |one: &Tracker| {
        let both = (interface(&one.object), interface(&tracker.object));
        one.object == tracker.object || (both.0.is_some() && both.0 == both.1)
    };
    if !all.iter().any(same) {
        all.push(tracker);
    }
}

fn add_in_group(all: &mut Vec<Tracker>, tracker: Tracker, unweighted: bool) {
    if tracker.weight == 0 || !unweighted {
        add(all, tracker);
    } else if matches!(tracker.object, Object::Interface(_)) {
        add(all, fault(tracker.object));
    }
}

fn listed(parts: &Parts, trackers: &Trackers) -> Vec<Tracker> {
    let mut all = Vec::new();
    for tracked in &trackers.scripts {
        let script = parts.scripts.iter().find(|one| one.name == tracked.target);
        let notice = script.map(|script| runs(script.fall, script.interval));
        let object = Object::Script(tracked.target.clone());
        all.push(tracker(tracked, object, notice.unwrap_or_default()));
    }
    for tracked in &trackers.interfaces {
        let object = Object::Interface(tracked.target);
        all.push(tracker(tracked, object, String::new()));
    }
    // A weighted file has no failure, only a number.
    for tracked in trackers.files.iter().filter(|one| one.weight.get() == 0) {
        let object = Object::File(tracked.target.clone());
        all.push(tracker(tracked, object, String::new()));
    }
    for tracked in &trackers.processes {
        let object = Object::Process(tracked.target.clone());
        let process = parts.processes.iter();
        let mut delay = process
            .filter(|one| one.name == tracked.target && !one.terminate_delay.is_zero())
            .map(|one| format!("noticed after {}", super::seconds(one.terminate_delay)));
        all.push(tracker(
            tracked,
            object,
            delay.next_back().unwrap_or_default(),
        ));
    }
    for tracked in &trackers.bfd {
        let object = Object::Bfd(tracked.target.clone());
        all.push(tracker(tracked, object, String::new()));
    }
    all
}

fn runs(fall: u32, interval: Duration) -> String {
    let fall = fall.max(1);
    let span = super::seconds(interval.saturating_mul(fall));
    if fall == 1 {
        format!("noticed within {span}")
    } else {
        format!("noticed within {span}, after {fall} runs")
    }
}

fn tracker<T>(tracked: &Tracked<T>, object: Object, notice: String) -> Tracker {
    Tracker {
        object,
        weight: tracked.weight.get(),
        reverse: tracked.reverse,
        notice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_clamped_to_what_a_backup_may_have() {
        assert_eq!(effective(Priority(150), -60), Priority(90));
        assert_eq!(effective(Priority(20), -60), Priority(1));
        assert_eq!(effective(Priority(240), 60), Priority(254));
        assert_eq!(effective(Priority::OWNER, -60), Priority::OWNER);
    }

    #[test]
    fn reverse_swaps_well_and_ill() {
        let with = |weight, reverse| Tracker {
            weight,
            reverse,
            ..fault(Object::Script("chk".into()))
        };
        let both = |tracker: Tracker| (tracker.effect(true), tracker.effect(false));
        use Effect::{Adds, Fault};
        assert_eq!(both(with(-20, false)), (Adds(0), Adds(-20)));
        assert_eq!(both(with(20, false)), (Adds(20), Adds(0)));
        assert_eq!(both(with(-20, true)), (Adds(-20), Adds(0)));
        assert_eq!(both(with(20, true)), (Adds(0), Adds(20)));
        assert_eq!(both(with(0, true)), (Fault, Adds(0)));
    }
}
