//! One router: all its instances, scripts and kernel state, and the way between them.
//!
//! Owns the order of things: an event goes to whom it concerns, what that changes is planned
//! against the kernel, and what is then in place is announced. Instances never see each other, and
//! none sees the kernel but to read.

mod delays;
mod groups;
mod inputs;
mod lifecycle;
mod lvs;
mod roster;
mod routing;
mod snapshot;
mod statics;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::effect::{Carrier, Effect, Membership, Notice, Outbox};
use crate::event::{Event, LinkReport, Received, ScriptExit};
use crate::id::{AddressKey, InstanceKey, OpId, RunId};
use crate::kernel::{KernelError, KernelKey, KernelState, VirtualLink, Wanted};
use crate::lvs::Lvs;
use crate::model::{self, Config, Transport};
use crate::mutant::{self, Mutant};
use crate::time::Instant;
use crate::track::{TrackSet, TrackedRun, Verdict};
use crate::unit::{Family, IfName, Vrid};
use crate::vrrp::{Cause, Context, Instance, Limiter, WallClock};
use crate::wire::vrrp::{Packet, Rejection};
use delays::LinkDelays;
use groups::Group;
use roster::Roster;

/// Why a node wants to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TimerReason {
    /// A master's advert is due.
    Advert,
    /// A backup's master-down timer runs out.
    MasterDown,
    /// Gratuitous ARP is due again.
    Announce,
    /// A script is to be started.
    ScriptInterval,
    /// A script has run too long.
    ScriptTimeout,
    /// Processes have run, or not run, for long enough.
    ProcessDelay,
    /// A BFD packet is to be sent.
    BfdTransmit,
    /// A BFD session has heard nothing for its detection time.
    BfdDetection,
    /// A link has had its state for long enough.
    LinkDelay,
    /// Instances may start.
    StartupDelay,
    /// A failed kernel operation is to be tried again.
    KernelRetry,
    /// A real server is to be checked, or a check is to be given up.
    Check,
    /// The kernel's table of services is to be looked at, or changed again.
    TableRetry,
}

/// One router.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Node {
    config: Config,
    now: Instant,
    instances: Roster,
    groups: Vec<Group>,
    scripts: Vec<TrackedRun>,
    tracked: TrackSet,
    links: LinkDelays,
    /// Until when no instance starts, if that is still to come.
    held_until: Option<Instant>,
    kernel: KernelState,
    wall: WallClock,
    out: Outbox,
    next_run: u64,
    stray: BTreeMap<Rejection, u64>,
    /// How often an unknown virtual router is said.
    stray_said: Limiter,
    /// Interfaces that the configuration names no longer, and that still hold something of ours.
    leaving: BTreeSet<IfName>,
    /// The protocols whose routes and rules are followed.
    protocols: BTreeSet<u8>,
    /// How often the loss of something static is said.
    static_lost: Limiter,
    /// The addresses that the host was last said to have, on whatever interface.
    present: BTreeSet<IpAddr>,
    /// The LVS part; a node without services has none.
    lvs: Option<Box<Lvs>>,
    /// Whether something changed that the kernel or an announcement may depend on.
    unsettled: bool,
    /// What the kernel has just done.
    answered: Option<KernelKey>,
    life: Life,
    /// What is to be in the kernel whoever is master.
    standing: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Life {
    Running,
    /// Everything is handed over; the kernel's answers are awaited, but not for ever.
    Stopping {
        until: Instant,
        /// Whether that has passed, and what was asked then is all that is awaited.
        last_chance: bool,
    },
    Stopped,
}

impl Node {
    /// Starts a router. Poll effects and the timeout next.
    #[must_use]
    pub fn new(config: Config, now: Instant) -> Self {
        let mut node = Self {
            config: Config::default(),
            now,
            instances: Roster::default(),
            groups: Vec::new(),
            scripts: Vec::new(),
            tracked: TrackSet::default(),
            links: LinkDelays::default(),
            held_until: delays::held_until(config.globals(), now),
            kernel: KernelState::default(),
            wall: WallClock::default(),
            out: Outbox::default(),
            next_run: 0,
            stray: BTreeMap::new(),
            stray_said: Limiter::default(),
            leaving: BTreeSet::new(),
            protocols: BTreeSet::new(),
            static_lost: Limiter::default(),
            present: BTreeSet::new(),
            lvs: None,
            unsettled: false,
            answered: None,
            life: Life::Running,
            standing: Wanted::default(),
        };
        node.adopt(config);
        node.instances.refresh();
        node
    }

    /// Takes one event in. Poll effects and the timeout next.
    ///
    /// `now` must not be before that of any earlier call; if it is, the earlier one counts.
    pub fn handle(&mut self, now: Instant, event: Event) {
        self.now = self.now.max(now);
        if self.life == Life::Stopped {
            return;
        }
        self.out.tick(self.now);
        match event {
            Event::Receive(received) => self.receive(&received),
            Event::Link(report) => self.link_reported(report),
            Event::Addresses {
                interface,
                addresses,
            } => {
                self.kernel.list(interface, addresses);
                self.kernel_changed();
            }
            Event::AddressAdded(address) => {
                if self.kernel.add(address) {
                    self.kernel_changed();
                }
            }
            Event::AddressRemoved(key) => self.address_removed(key),
            Event::Routing { routes, rules } => self.list_routing(routes, rules),
            Event::Found(key) => {
                self.kernel.found(key);
                self.unsettled = true;
            }
            Event::Lost(key) => self.routing_lost(&key),
            Event::VirtualLink { name, link } => {
                self.kernel.report_virtual(name, link);
                self.kernel_changed();
            }
            Event::Present(addresses) => {
                self.present = addresses;
                self.inform_lvs();
            }
            Event::KernelDone { op, outcome } => self.kernel_done(op, outcome),
            Event::ScriptExited { run, exit } => self.script_exited(run, exit),
            Event::ReceiveBfd(received) => {
                if self.tracked.receive_bfd(self.now, &received, &mut self.out) {
                    self.update_instances();
                    self.inform_lvs_of_trackers();
                }
            }
            Event::Sighting(sighting) => {
                if self.tracked.saw(self.now, sighting, &mut self.out) {
                    self.update_instances();
                    self.inform_lvs_of_trackers();
                }
            }
            Event::ProbeDone { probe, result } => {
                self.with_lvs(|lvs, cx| lvs.probed(cx, probe, result));
            }
            Event::TableDone { op, outcome } => {
                self.with_lvs(|lvs, cx| lvs.table_done(cx, op, outcome));
            }
            Event::Table(found) => {
                self.with_lvs(|lvs, cx| lvs.table_seen(cx, found.map(|table| *table)));
            }
            Event::WallClock { unix } => {
                self.wall.told = (self.now, unix);
                for instance in &mut self.instances {
                    instance.set_wall_clock(self.wall);
                }
            }
            Event::Reload(config) => self.adopt(*config),
            Event::ClearStatistics => self.clear_statistics(),
            Event::Shutdown => self.shut_down(),
        }
        self.settle();
        self.instances.refresh();
    }

    /// Fires every timer that is due. Early calls do nothing. Poll effects and the timeout next.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.out.tick(self.now);
        match self.life {
            Life::Running => self.fire(),
            Life::Stopping { .. } => self.unsettled = true,
            Life::Stopped => {}
        }
        self.settle();
        self.instances.refresh();
    }

    /// The next effect, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.out.pop()
    }

    /// When [`Self::handle_timeout`] is to be called next, and why. Changes after every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        match self.life {
            Life::Running => {}
            Life::Stopping { until, .. } => {
                let retry = self.kernel.poll_timeout().unwrap_or(until);
                let table = self.lvs_timeout().map_or(until, |(at, _)| at);
                return Some((retry.min(until).min(table), TimerReason::KernelRetry));
            }
            Life::Stopped => return None,
        }
        let mut first = self.instances.poll_timeout();
        for script in &self.scripts {
            first = sooner(first, Some(script.poll_timeout()));
        }
        for tracked in self.tracked.poll_timeout() {
            first = sooner(first, Some(tracked));
        }
        first = sooner(first, self.links.poll_timeout());
        first = sooner(first, timer(self.held_until, TimerReason::StartupDelay));
        first = sooner(
            first,
            timer(self.kernel.poll_timeout(), TimerReason::KernelRetry),
        );
        first = sooner(first, self.lvs_timeout());
        sooner(first, timer(self.out.poll_timeout(), TimerReason::Announce))
    }

    /// The configuration that is being run.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Every instance, in the configuration's order.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        self.instances.as_slice()
    }

    /// The kernel as the node believes it to be.
    #[must_use]
    pub const fn kernel(&self) -> &KernelState {
        &self.kernel
    }

    /// What is known of a script, if there is one of this name.
    #[must_use]
    pub fn verdict(&self, script: &str) -> Option<Verdict> {
        let named = |run: &&TrackedRun| run.config.name.as_str() == script;
        self.scripts.iter().find(named).map(|run| run.verdict)
    }

    fn link_reported(&mut self, report: LinkReport) {
        let delays = &self.config.globals().interface_delays;
        if let Some(report) = self.links.admit(self.now, delays, report) {
            self.report_link(&report);
        }
    }

    fn address_removed(&mut self, key: AddressKey) {
        self.kernel.remove(key);
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        for instance in &mut self.instances {
            instance.address_lost(&mut cx, key);
        }
        self.kernel_changed();
    }

    fn kernel_done(&mut self, op: OpId, outcome: Result<(), KernelError>) {
        if let Some(answer) = self.kernel.done(self.now, op, outcome, &mut self.out) {
            self.unsettled |= answer.replan;
            if matches!(answer.key, KernelKey::Link(_)) {
                self.kernel_changed();
            }
            self.answered = Some(answer.key);
        }
        if self.has_ties() {
            self.update_instances();
        }
    }

    fn script_exited(&mut self, run: RunId, exit: ScriptExit) {
        let out = &mut self.out;
        let scripts = self.scripts.iter_mut();
        let results = scripts.map(|script| script.exited(run, exit, out));
        if results.fold(false, |any, changed| any | changed) {
            self.update_instances();
        }
    }

    fn fire(&mut self) {
        self.with_lvs(Lvs::handle_timeout);
        for report in self.links.due(self.now) {
            self.report_link(&report);
        }
        let mut verdicts_changed = self.tracked.handle_timeout(self.now, &mut self.out);
        if verdicts_changed {
            self.inform_lvs_of_trackers();
        }
        if self.held_until.is_some_and(|at| at <= self.now) {
            self.held_until = None;
            verdicts_changed = true;
        }
        for script in &mut self.scripts {
            verdicts_changed |= script.handle_timeout(self.now, &mut self.next_run, &mut self.out);
        }
        if verdicts_changed {
            self.update_instances();
            // Another priority may have moved a timer to what is past already.
            self.instances.refresh();
        }
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        for place in self.instances.take_due(self.now) {
            if let Some(instance) = self.instances.at_mut(place) {
                let before = instance.state();
                instance.handle_timeout(&mut cx);
                self.unsettled |= instance.state() != before;
            }
        }
        self.unsettled |= self.kernel.poll_timeout().is_some_and(|at| at <= self.now);
    }

    fn receive(&mut self, received: &Received) {
        let family = if received.source.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        };
        let vrid = Packet::peek_vrid(&received.payload).and_then(|raw| Vrid::try_from(raw).ok());
        // R6, R16: an instance is found by interface, VRID and family.
        let key = vrid.map(|vrid| InstanceKey {
            interface: self.kernel.base_of(received.interface),
            vrid,
            family,
        });
        let place = key.and_then(|key| self.instances.find(&key));
        let Some(instance) = place.and_then(|place| self.instances.at_mut(place)) else {
            let reason = Packet::parse(&received.payload)
                .err()
                .unwrap_or(Rejection::UnknownVrid);
            self.gone_astray(received, reason);
            return;
        };
        let before = instance.state();
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        instance.receive(&mut cx, received);
        self.unsettled |= instance.state() != before;
    }

    /// Counts an advert that no instance is meant by, and says so where that is wanted
    /// (keepalived: `log_unknown_vrids`).
    fn gone_astray(&mut self, received: &Received, reason: Rejection) {
        *self.stray.entry(reason).or_default() += 1;
        if !self.config.globals().log_unknown_vrids || reason != Rejection::UnknownVrid {
            return;
        }
        if let Some(suppressed) = self.stray_said.admit(self.now) {
            self.out.notice(Notice::Rejected {
                interface: received.interface,
                instance: None,
                source: received.source,
                reason,
                suppressed,
            });
        }
    }

    fn report_link(&mut self, report: &LinkReport) {
        let interface = report.interface;
        if self.kernel.report_link(interface, report.link) {
            for membership in memberships(&self.config) {
                if membership.interface == interface {
                    self.out.push(Effect::Join(membership));
                }
            }
            self.out.push(Effect::Observe { interface });
        }
        self.kernel_changed();
    }

    fn kernel_changed(&mut self) {
        self.update_instances();
        self.unsettled = true;
    }

    /// Tells every instance what it depends on.
    fn update_instances(&mut self) {
        if self.life != Life::Running {
            return;
        }
        let mut inputs: Vec<_> = self
            .instances
            .iter()
            .map(|instance| {
                let group = self.group_of(instance).map(|group| &group.config);
                self.sights().inputs(instance, group)
            })
            .collect();
        if self.has_ties() {
            self.tie_to_statics(&mut inputs);
        }
        for own in &mut inputs {
            own.waiting |= self.held_until.is_some();
        }
        for group in &self.groups {
            let pairs = self.instances.iter().zip(&mut inputs);
            let mut own: Vec<_> = pairs
                .filter(|(instance, _)| group.has(instance))
                .map(|(_, inputs)| inputs)
                .collect();
            Group::share(&mut own);
        }
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        for (instance, inputs) in self.instances.iter_mut().zip(inputs) {
            let before = instance.state();
            instance.update(&mut cx, inputs);
            self.unsettled |= instance.state() != before;
        }
    }

    /// All that is to be in the kernel now.
    fn wanted(&self) -> Wanted {
        let mut wanted = match self.life {
            Life::Running => statics::wanted(&self.config.parts().statics),
            Life::Stopping { .. } | Life::Stopped => Wanted::default(),
        };
        if self.life == Life::Running || mutant::is_active(Mutant::LinksKept) {
            wanted.append(self.standing.clone());
        }
        for instance in self.instances.iter() {
            wanted.append(instance.wanted());
        }
        wanted
    }

    /// Brings the kernel to what is wanted now, and announces what has got there.
    fn settle(&mut self) {
        self.synchronise();
        let answered = self.answered.take();
        let asked = if core::mem::take(&mut self.unsettled) {
            let wanted = self.wanted();
            let asked = self.kernel.reconcile(self.now, wanted, &mut self.out);
            let mut cx = Context {
                now: self.now,
                kernel: &self.kernel,
                out: &mut self.out,
            };
            for instance in &mut self.instances {
                instance.settle(&mut cx);
            }
            asked
        } else if let Some(key) = answered {
            self.settle_what_waits_for(&key);
            false
        } else {
            self.settle_lvs();
            return;
        };
        self.tell_groups();
        self.let_go();
        self.inform_lvs();
        let asked = self.settle_lvs() || asked;
        self.finish_stopping(asked);
    }

    /// Lets the instances go on that wait for this object: one of hundreds, after a takeover.
    fn settle_what_waits_for(&mut self, key: &KernelKey) {
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        let waiting = |instance: &Instance| instance.waits_for(key);
        for place in self.instances.places_of(waiting) {
            if let Some(instance) = self.instances.at_mut(place) {
                instance.settle(&mut cx);
            }
        }
    }
}

/// The first of two times; of two at one instant the one that is asked first.
fn sooner(
    one: Option<(Instant, TimerReason)>,
    other: Option<(Instant, TimerReason)>,
) -> Option<(Instant, TimerReason)> {
    match (one, other) {
        (Some(first), Some(second)) if second.0 < first.0 => other,
        (Some(_), _) => one,
        (None, _) => other,
    }
}

fn timer(at: Option<Instant>, reason: TimerReason) -> Option<(Instant, TimerReason)> {
    at.map(|at| (at, reason))
}

/// Every interface that is made for a node's instances.
fn links(config: &Config) -> impl Iterator<Item = VirtualLink> {
    config.instances().iter().flat_map(model::Instance::links)
}

/// What is to be in the kernel whoever is master.
fn standing(config: &Config) -> Wanted {
    let own = config.instances().iter();
    let own = own.filter_map(|config| Some((config.ipvlan_address()?, config.interface)));
    Wanted {
        links: links(config).collect(),
        addresses: own.map(|(address, on)| address.on(on)).collect(),
        ..Wanted::default()
    }
}

/// How adverts reach a node's instances, each way once.
fn memberships(config: &Config) -> BTreeSet<Membership> {
    let ways = |instance: &model::Instance| {
        let plain = membership(instance);
        let authenticated = instance.header_key().map(|_| Membership {
            carrier: Carrier::Authenticated,
            ..plain
        });
        // What comes without the header is heard too, so that somebody is told of it.
        [Some(plain), authenticated]
    };
    let all = config.instances().iter().flat_map(ways);
    all.flatten().collect()
}

/// How adverts of an instance reach it.
fn membership(config: &model::Instance) -> Membership {
    Membership {
        interface: config.ear(),
        group: match &config.transport {
            Transport::Multicast { group, .. } => group.unwrap_or(Transport::group(config.family)),
            Transport::Unicast { .. } => Membership::unicast(config.family),
        },
        carrier: Carrier::Plain,
    }
}
