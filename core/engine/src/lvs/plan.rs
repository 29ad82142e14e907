//! The pure planner of the table: from what is there to what is wanted, in order.
//!
//! Invariant: `plan(d, d)` is empty; applying `plan(d, o)` to `o` gives `d` as far as it speaks of
//! it; a service that `d` neither wants nor calls its own is never touched; and a service that has
//! a destination before and after is never without one in between. So everything is added before
//! anything is removed, and weights rise before they fall.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::kernel::ipvs::{
    Daemon, Destination, DestinationKey, Entry, IpvsOp, Role, Service, ServiceKey, Table, Timeouts,
};

/// What is wanted of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// The services that are to be there, with exactly these destinations.
    #[serde(with = "crate::serial::pairs")]
    pub services: BTreeMap<ServiceKey, Entry>,
    /// Services that are ours to remove when they are not wanted.
    pub ours: BTreeSet<ServiceKey>,
    /// The daemons that are to run; none: whatever runs is somebody else's business.
    pub daemons: Option<BTreeMap<Role, Daemon>>,
    /// The timeouts that are to hold; 0: whatever it is.
    pub timeouts: Option<Timeouts>,
}

/// What is known of something in the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Seen<T> {
    /// It is not there.
    #[default]
    Absent,
    /// It is there, and that is all that is known.
    Unknown,
    /// It is there, and like this.
    There(T),
}

impl<T> Seen<T> {
    pub(super) const fn is_there(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

impl<T> From<Option<T>> for Seen<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Absent, Self::There)
    }
}

/// The next change to one service, if it needs one. One that is to go takes its destinations along.
pub(super) fn of_service(
    key: ServiceKey,
    wanted: Option<&Service>,
    seen: &Seen<Service>,
) -> Option<IpvsOp> {
    match (wanted, seen) {
        (None, Seen::Absent) => None,
        (None, Seen::Unknown | Seen::There(_)) => Some(IpvsOp::RemoveService(key)),
        (Some(wanted), Seen::Absent) => Some(IpvsOp::AddService(wanted.clone())),
        (Some(wanted), Seen::There(there)) if there == wanted => None,
        (Some(wanted), Seen::Unknown | Seen::There(_)) => Some(IpvsOp::SetService(wanted.clone())),
    }
}

/// The next change to one destination, if it needs one.
pub(super) fn of_destination(
    service: ServiceKey,
    key: DestinationKey,
    wanted: Option<&Destination>,
    seen: &Seen<Destination>,
) -> Option<IpvsOp> {
    match (wanted, seen) {
        (None, Seen::Absent) => None,
        (None, Seen::Unknown | Seen::There(_)) => Some(IpvsOp::RemoveDestination(service, key)),
        (Some(wanted), Seen::Absent) => Some(IpvsOp::AddDestination(service, *wanted)),
        (Some(wanted), Seen::There(there)) if there == wanted => None,
        (Some(wanted), Seen::Unknown | Seen::There(_)) => {
            Some(IpvsOp::SetDestination(service, *wanted))
        }
    }
}

/// Whether a change takes away from what a service can bear: it loses a destination, or one takes
/// no new connections any more.
pub(super) const fn is_loss(op: &IpvsOp) -> bool {
    match op {
        IpvsOp::RemoveDestination(..) => true,
        IpvsOp::SetDestination(_, destination) => destination.weight == 0,
        IpvsOp::AddService(_)
        | IpvsOp::SetService(_)
        | IpvsOp::RemoveService(_)
        | IpvsOp::AddDestination(..)
        | IpvsOp::Flush
        | IpvsOp::Zero(_)
        | IpvsOp::StartDaemon(_)
        | IpvsOp::StopDaemon(_)
        | IpvsOp::SetTimeouts(_) => false,
    }
}

/// The ordered list of operations that makes `observed` what `desired` says.
#[must_use]
pub fn plan(desired: &Desired, observed: &Table) -> Vec<IpvsOp> {
    let mut ops = Vec::new();
    for (key, entry) in &desired.services {
        let there = observed.services.get(key);
        let seen = Seen::from(there.map(|entry| entry.service.clone()));
        ops.extend(of_service(*key, Some(&entry.service), &seen));
        ops.extend(of_destinations(*key, entry, there));
    }
    for key in &desired.ours {
        if !desired.services.contains_key(key) && observed.services.contains_key(key) {
            ops.push(IpvsOp::RemoveService(*key));
        }
    }
    if let Some(daemons) = &desired.daemons {
        ops.extend(of_daemons(daemons, &observed.daemons));
    }
    ops.extend(of_timeouts(desired.timeouts, observed.timeouts));
    ops
}

fn of_destinations(key: ServiceKey, entry: &Entry, there: Option<&Entry>) -> Vec<IpvsOp> {
    let empty = BTreeMap::new();
    let there = there.map_or(&empty, |entry| &entry.destinations);
    let wanted = &entry.destinations;
    let all: BTreeSet<_> = there.keys().chain(wanted.keys()).copied().collect();
    let next = |own: DestinationKey| {
        let seen = Seen::from(there.get(&own).copied());
        of_destination(key, own, wanted.get(&own), &seen)
    };
    let (losses, gains): (Vec<_>, Vec<_>) = all.into_iter().filter_map(next).partition(is_loss);
    [gains, losses].concat()
}

/// What runs and is not wanted, or is another, stops before what is wanted starts.
pub(super) fn of_daemons(
    wanted: &BTreeMap<Role, Daemon>,
    there: &BTreeMap<Role, Daemon>,
) -> Vec<IpvsOp> {
    let same = |own: &Daemon| wanted.get(&own.role).is_some_and(|wanted| is(wanted, own));
    let stops = there.values().filter(|own| !same(own));
    let stops = stops.map(|own| IpvsOp::StopDaemon(own.role));
    let starts = wanted
        .values()
        .filter(|own| !there.get(&own.role).is_some_and(|there| is(own, there)));
    stops
        .chain(starts.copied().map(IpvsOp::StartDaemon))
        .collect()
}

/// Whether a daemon that runs, with the kernel's defaults filled in, is the wanted one.
fn is(wanted: &Daemon, there: &Daemon) -> bool {
    fn meets<T: PartialEq>(wanted: Option<T>, there: Option<T>) -> bool {
        wanted.is_none() || wanted == there
    }
    (wanted.role, wanted.interface, wanted.sync_id) == (there.role, there.interface, there.sync_id)
        && meets(wanted.max_len, there.max_len)
        && meets(wanted.port, there.port)
        && meets(wanted.ttl, there.ttl)
        && meets(wanted.group, there.group)
}

/// Timeouts of which one is another than it is to be.
pub(super) fn of_timeouts(wanted: Option<Timeouts>, there: Timeouts) -> Option<IpvsOp> {
    let wanted = wanted?;
    let differs = |wanted: u32, there: u32| wanted != 0 && wanted != there;
    let any = differs(wanted.tcp, there.tcp)
        || differs(wanted.tcp_fin, there.tcp_fin)
        || differs(wanted.udp, there.udp);
    any.then_some(IpvsOp::SetTimeouts(wanted))
}
