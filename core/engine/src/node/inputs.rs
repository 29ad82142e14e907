//! What each instance depends on: links, trackers and its source address.

use std::net::IpAddr;

use super::Node;
use super::groups::counting;
use crate::bfd::Session;
use crate::kernel::{KernelKey, KernelState, LinkKnowledge};
use crate::model::{self, SyncGroup, Tracked, Transport};
use crate::mutant::{self, Mutant};
use crate::track::{
    Contribution, TrackSet, TrackedRun, TrackerKind, Verdict, contribution, file_contribution,
};
use crate::unit::{IfName, Name};
use crate::vrrp::{Cause, Inputs, Instance, LinkInput, needed_by};

/// What is known of everything that can be tracked.
#[derive(Clone, Copy)]
pub(super) struct Sights<'n> {
    pub(super) kernel: &'n KernelState,
    pub(super) scripts: &'n [TrackedRun],
    pub(super) tracked: &'n TrackSet,
}

/// One thing that is tracked, and what it does to the instance now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'t> {
    pub(super) kind: TrackerKind,
    pub(super) name: &'t str,
    /// Whether the instance's group tracks it, and not the instance itself.
    pub(super) shared: bool,
    pub(super) verdict: Verdict,
    /// What a file holds, once it was read; or how many processes run, once they were counted.
    pub(super) number: Option<i64>,
    pub(super) what: Contribution,
}

impl<'t> Seen<'t> {
    fn of<T>(
        kind: TrackerKind,
        name: &'t str,
        verdict: Verdict,
        tracked: &Tracked<T>,
        shared: bool,
    ) -> Self {
        Self {
            kind,
            name,
            shared,
            verdict,
            number: None,
            what: contribution(tracked, verdict),
        }
    }

    /// What a fault of it is called.
    const fn cause(&self) -> Cause {
        match self.kind {
            TrackerKind::Script => Cause::ScriptFailed,
            TrackerKind::Interface => Cause::LinkDown,
            TrackerKind::File => Cause::FileFailed,
            TrackerKind::Process => Cause::ProcessFailed,
            TrackerKind::Bfd => Cause::BfdDown,
        }
    }
}

impl Sights<'_> {
    /// What `instance` depends on, with the trackers of its group, if it is in one.
    pub(super) fn inputs(&self, instance: &Instance, group: Option<&SyncGroup>) -> Inputs {
        let mut inputs = Inputs {
            link: self.link(instance.config()),
            weights: 0,
            fault: lacks_peer(instance.config()).then_some(Cause::NoPeer),
            waiting: false,
        };
        self.each_tracked(instance, group, |seen| inputs.add(&seen));
        inputs
    }

    /// Shows everything that an instance tracks, and that its group tracks for it.
    pub(super) fn each_tracked(
        &self,
        instance: &Instance,
        group: Option<&SyncGroup>,
        mut show: impl FnMut(Seen<'_>),
    ) {
        let own = counting(&instance.config().trackers, group);
        let shared = group.map(|group| (&group.trackers, true));
        for (trackers, shared) in [Some((&*own, false)), shared].into_iter().flatten() {
            for tracked in &trackers.scripts {
                let verdict = self.script(&tracked.target);
                let name = tracked.target.as_str();
                show(Seen::of(
                    TrackerKind::Script,
                    name,
                    verdict,
                    tracked,
                    shared,
                ));
            }
            for tracked in &trackers.interfaces {
                let verdict = self.interface(tracked.target);
                let name = tracked.target.as_str();
                show(Seen::of(
                    TrackerKind::Interface,
                    name,
                    verdict,
                    tracked,
                    shared,
                ));
            }
            for tracked in &trackers.files {
                show(self.file(tracked, shared));
            }
            for tracked in &trackers.processes {
                let (verdict, count) = self.process(&tracked.target);
                let name = tracked.target.as_str();
                let seen = Seen::of(TrackerKind::Process, name, verdict, tracked, shared);
                show(Seen {
                    number: count.map(i64::from),
                    ..seen
                });
            }
            for tracked in &trackers.bfd {
                let verdict = self.session(&tracked.target);
                let name = tracked.target.as_str();
                let seen = Seen::of(TrackerKind::Bfd, name, verdict, tracked, shared);
                show(seen);
            }
        }
    }

    pub(super) fn script(&self, name: &Name) -> Verdict {
        let run = self.scripts.iter().find(|run| run.config.name == *name);
        run.map_or(Verdict::Unknown, |run| run.verdict)
    }

    pub(super) fn interface(&self, interface: IfName) -> Verdict {
        match self.kernel.carrier(interface) {
            None => Verdict::Unknown,
            Some(false) => Verdict::Down,
            Some(true) if mutant::is_active(Mutant::InterfaceUnread) => Verdict::Unknown,
            Some(true) => Verdict::Up,
        }
    }

    fn file<'t>(&self, tracked: &'t Tracked<Name>, shared: bool) -> Seen<'t> {
        let mut files = self.tracked.files.iter();
        let number = files
            .find(|own| own.config.name == tracked.target)
            .and_then(|own| own.number);
        let what = file_contribution(tracked, number);
        Seen {
            kind: TrackerKind::File,
            name: tracked.target.as_str(),
            shared,
            verdict: match (number, what) {
                (None, _) => Verdict::Unknown,
                (Some(_), Contribution::Fault) => Verdict::Down,
                (Some(_), Contribution::Weight(_) | Contribution::Wait) => Verdict::Up,
            },
            number: number.map(i64::from),
            what,
        }
    }

    fn session(&self, name: &Name) -> Verdict {
        let mut sessions = self.tracked.bfd.iter();
        let known = sessions.find(|own| own.config.name == *name);
        known.map_or(Verdict::Unknown, Session::verdict)
    }

    fn process(&self, name: &Name) -> (Verdict, Option<u32>) {
        let mut processes = self.tracked.processes.iter();
        let known = processes.find(|own| own.config.name == *name);
        known.map_or((Verdict::Unknown, None), |own| (own.verdict, own.count()))
    }

    fn link(&self, config: &model::Instance) -> LinkInput {
        let mut unknown = false;
        for interface in needed_by(config) {
            match self.kernel.link(interface) {
                LinkKnowledge::Down => return LinkInput::Down,
                LinkKnowledge::Unknown => unknown = true,
                LinkKnowledge::Up(_) => {}
            }
        }
        if let Some(vmac) = &config.vmac
            && self.kernel.link_up(vmac.name).is_none()
        {
            // It is ours to make: only where that fails it is missing.
            if self.kernel.is_failing(&KernelKey::Link(vmac.name)) {
                return LinkInput::Down;
            }
            unknown = true;
        }
        if unknown || self.kernel.link(config.interface) == LinkKnowledge::Unknown {
            return LinkInput::Unknown;
        }
        // T4: without an address of its own it can't advertise.
        self.source(config)
            .map_or(LinkInput::Down, LinkInput::Ready)
    }

    /// The address that adverts go out from: the configured one, or the interface's first.
    fn source(&self, config: &model::Instance) -> Option<IpAddr> {
        let configured = match &config.transport {
            Transport::Multicast { source, .. } | Transport::Unicast { source, .. } => *source,
        };
        let interface = config.interface;
        match configured {
            // keepalived, track_src_ip: it must be there; else it is the administrator's word.
            Some(source) if config.track_source => {
                let there = self.kernel.has_address(interface, source);
                there.then_some(source)
            }
            Some(source) => Some(source),
            None => config.ipvlan_address().map_or_else(
                || self.kernel.primary_address(interface, config.family),
                |own| Some(own.address),
            ),
        }
    }
}

/// keepalived, unicast_fault_no_peer: who has nobody to advertise to is no master in the dark.
const fn lacks_peer(config: &model::Instance) -> bool {
    match &config.transport {
        Transport::Multicast { .. } => false,
        Transport::Unicast {
            peers,
            fault_without_peer,
            ..
        } => *fault_without_peer && peers.is_empty(),
    }
}

impl Inputs {
    /// Whether the instance can't take part.
    pub(super) fn is_broken(&self) -> bool {
        self.fault.is_some() || self.link == LinkInput::Down
    }

    /// Whether it is not known yet whether it can.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting || self.link == LinkInput::Unknown
    }

    fn add(&mut self, seen: &Seen<'_>) {
        match seen.what {
            Contribution::Weight(weight) => self.weights += i32::from(weight),
            Contribution::Fault => self.fault = self.fault.or(Some(seen.cause())),
            Contribution::Wait => self.waiting = true,
        }
    }
}

/// Everything that instances and groups track, with whether a weight of 0 counts.
pub(super) fn scripts_in_use(config: &model::Config) -> impl Iterator<Item = &Tracked<Name>> {
    let instances = config.instances().iter().map(|instance| &instance.trackers);
    let groups = config.sync_groups().iter().map(|group| &group.trackers);
    instances
        .chain(groups)
        .flat_map(|trackers| &trackers.scripts)
}

impl Node {
    pub(super) fn sights(&self) -> Sights<'_> {
        Sights {
            kernel: &self.kernel,
            scripts: &self.scripts,
            tracked: &self.tracked,
        }
    }
}
