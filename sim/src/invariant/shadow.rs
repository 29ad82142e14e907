//! What each instance may and must do, followed from outside.
//!
//! A shadow hears what its instance hears, and keeps two times: before the first a takeover is
//! premature, after the second it is late. Between the two the standard leaves room: where a rule
//! has an edge that two correct routers may see differently (a delay that ends in the very
//! nanosecond in which an advert comes), both answers are allowed.
//!
//! All times in here are the node's own, so that a clock's rate needs no margin.

use bellwether_core::Instant;
use bellwether_core::id::InstanceKey;
use bellwether_core::model::{Instance, Preemption};
use bellwether_core::track::Verdict;
use bellwether_core::unit::{IfName, Version};
use bellwether_core::vrrp::{Cause, State};

use super::authentic::Proved;
use super::bounds::{self, Longest, Pace, later, nanos};
use super::judge::{Heard, Judgement};
use super::needs::{depends_on, group_of};
use super::scripts::ScriptShadow;
use super::things::ThingShadows;
use crate::lan::SegmentId;
use crate::log::{NodeId, StationId};
use crate::world::World;

/// What is known of everything, beside what the world says itself.
#[derive(Clone, Debug)]
pub(super) struct Shadows {
    /// One for each member of the topology, in its order.
    pub(super) members: Vec<Shadow>,
    /// One for each node.
    pub(super) nodes: Vec<NodeShadow>,
    /// When a fault last happened.
    pub(super) fault_at: Instant,
    /// When an advert was last lost or damaged between two nodes.
    lost_at: Vec<Instant>,
    /// The scenario's longest intervals.
    pub(super) longest: Longest,
    /// What the step being looked at has shown so far.
    pub(super) step: Step,
}

/// What is known of a node.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeShadow {
    /// Its members, by their places.
    pub(super) members: Vec<usize>,
    /// Its scripts.
    pub(super) scripts: Vec<ScriptShadow>,
    /// What it has been told of its files and processes.
    pub(super) things: ThingShadows,
    /// Until when its instances wait, by its own clock.
    pub(super) held_until: Instant,
    /// Links that say otherwise, and when that counts, by its own clock.
    pub(super) changing: Vec<(IfName, bool, Instant)>,
    /// What it has been told of its interfaces.
    seen: Vec<(IfName, bool)>,
    /// When its kernel last refused an operation.
    pub(super) refused_at: Option<Instant>,
    /// When its process started or was resumed.
    pub(super) awake_since: Instant,
}

/// What one step has shown so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// The advert that was heard, by whom and what is to be made of it.
    pub(super) heard: Option<(NodeId, Option<usize>, Judgement)>,
    /// The adverts sent: by which member, of which priority.
    pub(super) sent: Vec<(usize, u8)>,
    /// The members that changed state, and the state that they were in before.
    pub(super) moved: Vec<(usize, State)>,
    /// Nodes whose kernels and states are to be looked at.
    pub(super) nodes: Vec<NodeId>,
    /// Nodes whose scripts are to be looked at.
    pub(super) scripts: Vec<NodeId>,
    /// Whether owners or clients changed.
    pub(super) vips: bool,
}

impl Step {
    /// Nothing has been seen of the next step.
    pub(super) fn clear(&mut self) {
        self.heard = None;
        self.sent.clear();
        self.moved.clear();
        self.nodes.clear();
        self.scripts.clear();
        self.vips = false;
    }

    /// A node's kernel or state is to be looked at.
    pub(super) fn touch(&mut self, node: NodeId) {
        if !self.nodes.contains(&node) {
            self.nodes.push(node);
        }
    }

    /// A node's scripts are to be looked at.
    pub(super) fn touch_scripts(&mut self, node: NodeId) {
        if !self.scripts.contains(&node) {
            self.scripts.push(node);
        }
    }

    /// Gives two lists back, so that their memory is used again.
    pub(super) fn keep(&mut self, scripts: Vec<NodeId>, nodes: Vec<NodeId>) {
        (self.scripts, self.nodes) = (scripts, nodes);
    }
}

/// What is known of an instance.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    /// Its node.
    pub(super) node: NodeId,
    /// Its identity.
    pub(super) key: InstanceKey,
    /// The segment that it speaks on.
    pub(super) segment: SegmentId,
    /// The virtual router that it plays.
    pub(super) group: usize,
    /// Its place in its node's configuration, if it is there now.
    slot: Option<usize>,
    /// Its state, as it said itself; `None` while no process runs.
    pub(super) state: Option<State>,
    /// Since when, in the world's time.
    pub(super) since: Instant,
    /// Its effective priority by our own arithmetic.
    pub(super) priority: u8,
    /// When that last changed, in the world's time.
    pub(super) priority_at: Instant,
    /// When it may and must take over.
    pub(super) window: Window,
    /// Since when it has heard a live master of lower priority (`preempt_delay`).
    preempt_clock: Option<u64>,
    /// The last advert that it surely accepted, its sender, and when.
    pub(super) accepted: Option<(StationId, Heard, Instant)>,
    /// The last advert of lower priority that it discarded: priority and time.
    pub(super) discarded: Option<(u8, Instant)>,
    /// What it heard last while it was master.
    pub(super) challenger: Option<(StationId, Heard)>,
    /// Adverts lost on their way here from the sender of the last accepted one, since then.
    pub(super) lost: u32,
    /// What it has sent and heard that proves adverts.
    pub(super) proved: Proved,
    /// When lateness is to be looked at, in the world's time.
    pub(super) deadline: Option<Instant>,
}

/// When a backup may, and when it must, take over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// When its timer was surely started last.
    sure: Mark,
    /// When its timer may have been started last.
    maybe: Mark,
    /// The shortest and the longest interval that it may have learned.
    heard: (u64, u64),
    /// The lowest and the highest priority that it has had since.
    priorities: (u8, u8),
    /// It need not take over before this.
    floor: u64,
    /// Since when it gives a living master one more interval, because it was deaf before.
    relisten: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    at: u64,
    resigned: bool,
}

impl Window {
    /// Before this a takeover is premature.
    #[must_use]
    pub(super) fn earliest(&self, pace: Pace) -> u64 {
        let patience = patience(self.sure, pace, self.heard.0, self.priorities.1);
        self.sure.at + patience
    }

    /// After this it is late.
    #[must_use]
    pub(super) fn latest(&self, pace: Pace) -> u64 {
        let patience = patience(self.maybe, pace, self.heard.1, self.priorities.0);
        let skew = bounds::skew(pace.version, self.heard.1, self.priorities.0);
        let relistens = self.relisten.map_or(0, |since| since + self.heard.1 + skew);
        (self.maybe.at + patience).max(self.floor).max(relistens)
    }

    /// Whether the master has resigned.
    #[must_use]
    pub(super) const fn resigned(&self) -> bool {
        self.maybe.resigned
    }

    /// The longest patience that it may have now.
    #[must_use]
    pub(super) fn patience(&self, pace: Pace) -> u64 {
        patience(self.maybe, pace, self.heard.1, self.priorities.0)
    }

    fn restart(&mut self, now: u64, resigned: bool, priority: u8) {
        self.sure = Mark { at: now, resigned };
        self.maybe = self.sure;
        self.priorities = (priority, priority);
        self.floor = 0;
        self.relisten = None;
    }

    /// The master resigned, but its timer may have run out before: a member of a sync group waits
    /// for the others then.
    fn resign_late(&mut self, now: u64) {
        self.maybe = Mark {
            at: now,
            resigned: true,
        };
        self.relisten = None;
    }

    fn restart_perhaps(&mut self, now: u64, interval: u64) {
        self.maybe = Mark {
            at: now,
            resigned: false,
        };
        self.heard = (self.heard.0.min(interval), self.heard.1.max(interval));
    }
}

fn patience(mark: Mark, pace: Pace, heard: u64, priority: u8) -> u64 {
    if mark.resigned {
        bounds::skew(pace.version, heard, priority)
    } else {
        bounds::master_down(pace, heard, priority)
    }
}

impl Shadows {
    /// Nothing runs yet.
    #[must_use]
    pub(super) fn new(world: &World) -> Self {
        let topology = world.topology();
        let mut nodes = vec![NodeShadow::default(); world.hosts().len()];
        let mut members = Vec::with_capacity(topology.members.len());
        for (place, member) in topology.members.iter().enumerate() {
            nodes[member.node.index()].members.push(place);
            members.push(Shadow::new(member));
        }
        Self {
            members,
            lost_at: vec![Instant::ZERO; nodes.len() * nodes.len()],
            nodes,
            fault_at: Instant::ZERO,
            longest: Longest::of(world.scenario()),
            step: Step::default(),
        }
    }

    /// When an advert was last lost or damaged from one node to another.
    #[must_use]
    pub(super) fn lost_at(&self, from: NodeId, to: NodeId) -> Instant {
        self.lost_at[from.index() * self.nodes.len() + to.index()]
    }

    /// An advert was lost or damaged.
    pub(super) fn lose(&mut self, at: Instant, from: NodeId, to: NodeId) {
        let place = from.index() * self.nodes.len() + to.index();
        self.lost_at[place] = at;
        for member in self.nodes[to.index()].members.clone() {
            let shadow = &mut self.members[member];
            if shadow.accepted.is_some_and(|(by, ..)| by == from.into()) {
                shadow.lost += 1;
            }
        }
    }

    /// What a node has been told of an interface.
    #[must_use]
    pub(super) fn seen(&self, node: NodeId, interface: IfName) -> Verdict {
        let mut all = self.nodes[node.index()].seen.iter();
        match all.find(|(name, _)| *name == interface) {
            None => Verdict::Unknown,
            Some((_, true)) => Verdict::Up,
            Some((_, false)) => Verdict::Down,
        }
    }

    /// Whether a member's process runs and is scheduled.
    #[must_use]
    pub(super) fn is_awake(&self, world: &World, member: usize) -> bool {
        let process = world.host(self.members[member].node).process.as_ref();
        process.is_some_and(|process| !process.paused)
    }

    /// Whether a member is a master that runs.
    #[must_use]
    pub(super) fn leads(&self, world: &World, member: usize) -> bool {
        self.members[member].state == Some(State::Master) && self.is_awake(world, member)
    }

    /// The name of a member's node.
    #[must_use]
    pub(super) fn name<'a>(&self, world: &'a World, member: usize) -> &'a str {
        world.host(self.members[member].node).name.as_str()
    }
}

impl NodeShadow {
    /// Its process has just started: it has been told nothing.
    pub(super) fn boot(&mut self, now: Instant) {
        self.awake_since = now;
        self.seen.clear();
        self.changing.clear();
        self.things.forget();
    }

    /// It is told how an interface is. Returns whether it has come back.
    pub(super) fn see(&mut self, interface: IfName, up: bool) -> bool {
        match self.seen.iter_mut().find(|(name, _)| *name == interface) {
            Some((_, known)) => !core::mem::replace(known, up) && up,
            None => {
                self.seen.push((interface, up));
                false
            }
        }
    }

    /// It runs another configuration: it forgets what that does not depend on.
    pub(super) fn reconfigure(&mut self, config: &bellwether_core::model::Config) {
        self.seen.retain(|(name, _)| depends_on(config, *name));
        self.things.reconfigure(config);
    }
}

impl Shadow {
    fn new(member: &crate::world::topology::Member) -> Self {
        Self {
            node: member.node,
            key: member.key,
            segment: member.segment,
            group: member.group,
            slot: None,
            state: None,
            since: Instant::ZERO,
            priority: 0,
            priority_at: Instant::ZERO,
            window: Window::default(),
            preempt_clock: None,
            accepted: None,
            discarded: None,
            challenger: None,
            lost: 0,
            proved: Proved::default(),
            deadline: None,
        }
    }

    /// Its configuration now.
    #[must_use]
    pub(super) fn config<'a>(&self, world: &'a World) -> Option<&'a Instance> {
        world.config(self.node).instances().get(self.slot?)
    }

    /// Its process has started, or was given another configuration.
    pub(super) fn configure(&mut self, world: &World) {
        let all = world.config(self.node).instances();
        self.slot = all.iter().position(|own| own.key() == self.key);
        if self.slot.is_none() {
            self.proved = Proved::default();
        }
    }

    /// Its process is new: it knows nothing.
    pub(super) fn boot(&mut self, world: &World) {
        self.configure(world);
        self.state = self.slot.map(|_| State::Init);
        self.since = world.now();
        self.forget();
    }

    /// Its process is gone.
    pub(super) fn die(&mut self, now: Instant) {
        self.state = None;
        self.since = now;
        self.forget();
    }

    /// It changed its state.
    pub(super) fn enter(&mut self, world: &World, to: State, cause: Cause) {
        let from = self.state;
        self.state = Some(to);
        self.since = world.now();
        self.preempt_clock = None;
        self.discarded = None;
        self.deadline = None;
        let challenger = self.challenger.take();
        let Some(config) = self.config(world) else {
            return;
        };
        if to == State::Backup {
            // Who follows its sync group has heard of no new master.
            let yielded = from == Some(State::Master) && cause != Cause::SyncGroup;
            let adopted = challenger.filter(|_| yielded);
            let interval = adopted.map_or(bounds::interval(config), |(_, heard)| heard.interval);
            let interval = learned(config, interval);
            self.window.heard = (interval, interval);
            let now = nanos(world.local(self.node).since(Instant::ZERO));
            self.window.restart(now, false, self.priority);
            self.accepted = adopted.map(|(by, heard)| (by, heard, self.since));
            self.lost = 0;
            self.arm(world, Pace::of(config));
        }
    }

    /// It heard a believable advert.
    pub(super) fn hear(&mut self, world: &World, from: StationId, heard: Heard) {
        match self.state {
            Some(State::Backup) => self.hear_as_backup(world, from, heard),
            Some(State::Master) => self.challenger = Some((from, heard)),
            Some(State::Init | State::Fault) | None => {}
        }
    }

    /// Its effective priority changed: keepalived moves a running timer, the RFCs don't say.
    pub(super) fn set_priority(&mut self, world: &World, priority: u8) {
        if priority == self.priority {
            return;
        }
        self.priority = priority;
        self.priority_at = world.now();
        let (low, high) = self.window.priorities;
        self.window.priorities = (low.min(priority), high.max(priority));
        let now = nanos(world.local(self.node).since(Instant::ZERO));
        self.window.floor = self.window.floor.max(now);
        if let (Some(State::Backup), Some(pace)) = (self.state, self.pace(world)) {
            self.arm(world, pace);
        }
    }

    /// Its process was resumed: it was deaf, and may give a living master one more interval.
    pub(super) fn wake(&mut self, world: &World) {
        let Some(config) = self.config(world) else {
            return;
        };
        self.window.relisten = Some(nanos(world.local(self.node).since(Instant::ZERO)));
        if self.state == Some(State::Backup) {
            self.arm(world, Pace::of(config));
        }
    }

    /// Nothing is known of its timer before it hears something again.
    pub(super) fn blur(&mut self, world: &World) {
        let Some(config) = self.config(world) else {
            return;
        };
        let interval = learned(config, bounds::interval(config));
        self.window.sure.at = 0;
        self.window.sure.resigned = true;
        self.window.priorities = (1, 254);
        let now = nanos(world.local(self.node).since(Instant::ZERO));
        self.window.restart_perhaps(now, interval);
        if self.state == Some(State::Backup) {
            self.arm(world, Pace::of(config));
        }
    }

    /// What its waiting depends on.
    #[must_use]
    pub(super) fn pace(&self, world: &World) -> Option<Pace> {
        self.config(world).map(Pace::of)
    }

    /// Looks again when lateness would show.
    pub(super) fn arm(&mut self, world: &World, pace: Pace) {
        let latest = Instant::from_nanos(self.window.latest(pace));
        let real = world.host(self.node).clock.real(latest);
        self.deadline = Some(later(real, LATE));
    }

    fn forget(&mut self) {
        self.window = Window::default();
        self.preempt_clock = None;
        self.accepted = None;
        self.discarded = None;
        self.challenger = None;
        self.lost = 0;
        self.proved = Proved::default();
        self.deadline = None;
    }

    fn hear_as_backup(&mut self, world: &World, from: StationId, heard: Heard) {
        let Some(config) = self.config(world) else {
            return;
        };
        let now = nanos(world.local(self.node).since(Instant::ZERO));
        let accepted = if heard.priority == 0 {
            // B4. A resignation starts no preempt delay.
            let grouped = group_of(world.config(self.node), config).is_some();
            if grouped && now + nanos(bounds::TOLERANCE) >= self.window.earliest(Pace::of(config)) {
                self.window.resign_late(now);
            } else {
                self.window.restart(now, true, self.priority);
            }
            true
        } else {
            self.hear_master(world, config, now, heard)
        };
        if accepted {
            self.accepted = Some((from, heard, world.now()));
            self.lost = 0;
        }
        self.arm(world, Pace::of(config));
    }

    /// It heard a living master. Returns whether it surely accepted it.
    fn hear_master(&mut self, world: &World, config: &Instance, now: u64, heard: Heard) -> bool {
        let interval = learned(config, heard.interval);
        match self.patience_with(config, now, heard.priority) {
            Patience::Accept => {
                // B5.
                self.window.heard = (interval, interval);
                self.window.restart(now, false, self.priority);
                true
            }
            Patience::Unclear => {
                self.window.restart_perhaps(now, interval);
                false
            }
            Patience::Discard => {
                // B6.
                self.discarded = Some((heard.priority, world.now()));
                false
            }
        }
    }

    /// Whether an advert of this priority keeps it waiting.
    fn patience_with(&mut self, config: &Instance, now: u64, priority: u8) -> Patience {
        if priority >= self.priority {
            self.preempt_clock = None;
            return Patience::Accept;
        }
        match config.preemption {
            Preemption::Immediate => Patience::Discard,
            _ if config.priority.is_owner() => Patience::Discard,
            Preemption::Never => Patience::Accept,
            Preemption::Delayed(delay) => {
                let since = *self.preempt_clock.get_or_insert(now);
                let (passed, delay) = (now - since, nanos(delay));
                let edge = nanos(bounds::TOLERANCE);
                if passed + edge < delay {
                    Patience::Accept
                } else if passed > delay + edge {
                    Patience::Discard
                } else {
                    Patience::Unclear
                }
            }
        }
    }
}

/// How much later than it must a takeover may show: the kernel's word of a fault may be on its
/// way, and then no takeover is due.
pub(super) const LATE: u64 = 200_000;

enum Patience {
    Accept,
    Unclear,
    Discard,
}

/// P1, P2: version 2 counts in its own interval, version 3 in the master's.
fn learned(config: &Instance, heard: u64) -> u64 {
    match config.version {
        Version::V2 => bounds::interval(config),
        Version::V3 => heard,
    }
}
