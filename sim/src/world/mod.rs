//! The world: nodes on a LAN, in exact nanoseconds, jumping over idle time.
//!
//! Owns what happens when. A [`World`] is plain data: cloning it forks the future, and two clones
//! have the same one. Invariant: events are taken by time, then faults before packets before
//! timers, then in the order in which they were made; and each thing that draws random numbers has
//! a stream of its own.
//!
//! | file | owns |
//! |---|---|
//! | `queue` | the order of things |
//! | `topology` | which instances are one virtual router |
//! | `host` | machine, process, clock |
//! | `input` | what nodes hear |
//! | `effects` | what nodes want done |
//! | `check` | whether a scenario speaks only of what it has |
//! | `faults` | what breaks, and what is mended |
//! | `bfd` | BFD packets on the LAN |
//! | `things` | files and processes that are tracked |
//! | `inject` | the stranger's bad adverts |
//! | `lvs` | checks of real servers, and the tables of services |
//! | `clients` | gratuitous ARP and revalidation |
//! | `tap` | what is on the wire, for who asks |
//! | `accounts` | how long each address had no owner, one, or several |
//!
//! Deliberately absent: judgement. What is right and wrong is [`crate::invariant`]'s business.

pub mod accounts;
mod bfd;
mod check;
mod clients;
mod digest;
mod effects;
mod faults;
pub mod host;
mod inject;
mod input;
mod lvs;
mod queue;
mod routing;
mod tap;
mod things;
pub mod topology;

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use bellwether_core::effect::Transmit;
use bellwether_core::event::Received;
use bellwether_core::model::Config;
use bellwether_core::unit::{Name, Vrid};
use bellwether_core::{Event, Instant, Node};
use bellwether_runtime::journal::Input as Told;

pub(crate) use faults::losses;

use crate::backend::Backends;
use crate::invariant::bounds;
use crate::kernel::Kernel;
use crate::lan::client::Client;
use crate::lan::{Lan, SegmentId};
use crate::log::{Entry, NodeId, Phase, StationId, What};
use crate::random::{Fnv, Stream};
use crate::replay::Tape;
use crate::scenario::{NodeSpec, Scenario, ScenarioError};
use crate::script::Script;
use crate::things::Things;
use accounts::Accounts;
pub(crate) use faults::longest_delay;
use host::{Clock, Host};
use queue::{Class, Happening, Queue};
use tap::Tap;
use topology::{MOST_NODES, Topology};

/// When the phases of a run begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    /// Everything is healed.
    pub heal_at: Instant,
    /// All must have converged.
    pub stable_at: Instant,
    /// The run is over.
    pub end_at: Instant,
}

/// A world.
#[derive(Clone, Debug)]
pub struct World {
    scenario: Arc<Scenario>,
    topology: Arc<Topology>,
    stations: Arc<[Name]>,
    phases: Phases,
    now: Instant,
    queue: Queue,
    /// Whose turn is next, and when; looked up after each step.
    upcoming: Option<(Instant, Turn)>,
    hosts: Vec<Host>,
    lan: Lan,
    stranger: Stream,
    /// The last advert with an authentication header of each virtual router, which anybody may
    /// have recorded.
    authenticated: BTreeMap<(SegmentId, Vrid), Arc<Transmit>>,
    accounts: Accounts,
    /// Nodes that were resumed and have not heard all that was waiting.
    waking: Vec<NodeId>,
    /// What happened in the last step.
    entries: Vec<Entry>,
    /// The advert that a node heard in the last step.
    received: Option<Received>,
    /// Real servers that are not simply well.
    backends: Backends,
    /// The frames that are recorded, if any are to be.
    tap: Option<Box<Tap>>,
    storms: u64,
    digest: Fnv,
    transitions: u64,
    /// The nodes' journals, if they are kept.
    tape: Option<Box<Tape>>,
}

impl World {
    /// A world at its first instant.
    ///
    /// # Errors
    ///
    /// When the scenario speaks of what it does not have.
    pub fn new(scenario: Arc<Scenario>, seed: u64) -> Result<Self, ScenarioError> {
        check::check(&scenario)?;
        if scenario.nodes.len() > MOST_NODES {
            return Err(ScenarioError::TooMany {
                most: MOST_NODES,
                what: "nodes",
            });
        }
        let topology = Topology::new(&scenario)?;
        let stations = stations(&scenario);
        let hosts = (0..)
            .zip(&scenario.nodes)
            .map(|(place, spec)| host(spec, place, seed, &scenario, &topology))
            .collect();
        let client = Client::new(topology.vips.iter().map(|vip| (vip.segment, vip.address)));
        let clients = scenario.stations_of_clients().map(|_| client.clone());
        let mut world = Self {
            lan: Lan::new(
                seed,
                topology.segments.clone(),
                &stations,
                clients.collect(),
                scenario.links,
            ),
            phases: bounds::phases(&scenario),
            accounts: Accounts::new(topology.vips.len()),
            topology: Arc::new(topology),
            stations: stations.into(),
            scenario,
            now: Instant::ZERO,
            queue: Queue::default(),
            upcoming: None,
            hosts,
            stranger: Stream::new(seed, &["stranger"]),
            authenticated: BTreeMap::new(),
            waking: Vec::new(),
            entries: Vec::new(),
            received: None,
            backends: Backends::default(),
            tap: None,
            storms: 0,
            digest: Fnv::default(),
            transitions: 0,
            tape: None,
        };
        world.schedule(seed);
        world.look_ahead();
        Ok(world)
    }

    /// Keeps the nodes' journals from now on; they are kept from the start of a run, or not at all.
    pub(crate) fn keep_journals(&mut self) {
        let nodes = self.scenario.nodes.iter();
        self.tape = Some(Box::new(Tape::new(nodes.map(|node| node.name.clone()))));
    }

    /// The nodes' journals, if they were kept.
    pub(crate) fn take_journals(&mut self) -> Option<Tape> {
        self.tape.take().map(|tape| *tape)
    }

    /// When the next thing happens; `None` when the run is over.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        let at = if self.waking.is_empty() {
            self.upcoming.map_or(self.phases.end_at, |(at, _)| at)
        } else {
            self.now
        };
        (at < self.phases.end_at).then_some(at)
    }

    /// Lets the next thing happen. Returns whether there was one.
    ///
    /// What happened is in [`Self::entries`] until the next call.
    pub fn step(&mut self) -> bool {
        self.entries.clear();
        self.received = None;
        if let Some(node) = self.waking.first().copied() {
            self.hear_one(node);
            self.look_ahead();
            return true;
        }
        let Some((at, turn)) = self.upcoming.filter(|(at, _)| *at < self.phases.end_at) else {
            return false;
        };
        self.now = at;
        match turn {
            Turn::Timer(node) => self.fire(node),
            Turn::Queue => {
                if let Some(happening) = self.queue.pop() {
                    self.happen(happening);
                }
            }
        }
        self.look_ahead();
        true
    }

    /// Lets time pass in which nothing happens: not beyond [`Self::next_at`].
    pub(crate) fn wait_until(&mut self, at: Instant) {
        self.entries.clear();
        self.received = None;
        self.now = self.now.max(at);
    }

    /// Whether a fault happens with the next step, now.
    pub(crate) fn is_fault_due(&self) -> bool {
        let next = self.queue.next();
        self.waking.is_empty() && next.is_some_and(|next| next == (self.now, Class::Fault))
    }

    /// Brings the run to its end: no more steps follow.
    pub fn finish(&mut self) {
        self.entries.clear();
        self.received = None;
        self.now = self.phases.end_at;
        self.accounts.close(self.now);
        self.note(None, What::Phase(Phase::End));
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What happened in the last step, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The same, to keep it.
    pub fn take_entries(&mut self, into: &mut Vec<Entry>) {
        into.append(&mut self.entries);
    }

    /// The advert that a node heard in the last step, as it heard it.
    #[must_use]
    pub const fn received(&self) -> Option<&Received> {
        self.received.as_ref()
    }

    /// What is run.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Who belongs together.
    #[must_use]
    pub fn topology(&self) -> &Arc<Topology> {
        &self.topology
    }

    /// When the phases begin.
    #[must_use]
    pub const fn phases(&self) -> Phases {
        self.phases
    }

    /// The names of all stations.
    #[must_use]
    pub fn stations(&self) -> &[Name] {
        &self.stations
    }

    /// All machines, in the nodes' order.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The machine of a node.
    #[must_use]
    pub fn host(&self, node: NodeId) -> &Host {
        &self.hosts[node.index()]
    }

    /// The LAN.
    #[must_use]
    pub const fn lan(&self) -> &Lan {
        &self.lan
    }

    /// The configuration that a node runs, or would run.
    #[must_use]
    pub fn config(&self, node: NodeId) -> &Config {
        let spec = &self.scenario.nodes[node.index()];
        let reloaded = self.hosts[node.index()].reloaded.as_deref();
        reloaded.unwrap_or(&spec.config)
    }

    /// How long each virtual address had no owner, one, or several.
    #[must_use]
    pub const fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The stable hash of everything that has happened.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// How many transitions there have been.
    #[must_use]
    pub const fn transitions(&self) -> u64 {
        self.transitions
    }

    /// How often a timer fired again and again without time passing.
    #[must_use]
    pub const fn storms(&self) -> u64 {
        self.storms
    }

    /// Records that something happened now.
    fn note(&mut self, node: Option<NodeId>, what: What) {
        digest::fold(&mut self.digest, self.now, node, &what);
        self.entries.push(Entry {
            at: self.now,
            node,
            what,
        });
    }

    /// Looks up whose turn is next.
    fn look_ahead(&mut self) {
        let mut best = self
            .queue
            .next()
            .map(|(at, class)| ((at, class), Turn::Queue));
        for (place, host) in (0..).zip(&self.hosts) {
            let Some(at) = host.next_timer() else {
                continue;
            };
            let key = (at.max(self.now), Class::Timer);
            if best.is_none_or(|(known, _)| key < known) {
                best = Some((key, Turn::Timer(NodeId(place))));
            }
        }
        self.upcoming = best.map(|((at, _), turn)| (at, turn));
    }

    fn schedule(&mut self, seed: u64) {
        self.note(None, What::Phase(Phase::Faults));
        for (place, spec) in (0..).zip(&self.scenario.nodes) {
            let start = Happening::Start(NodeId(place));
            self.queue.push(spec.starts_at, Class::Packet, start);
        }
        for (place, timed) in self.scenario.faults.iter().enumerate() {
            self.queue
                .push(timed.at, Class::Fault, Happening::Fault(place));
        }
        self.schedule_phases();
        self.schedule_clients(seed);
    }

    fn schedule_phases(&mut self) {
        let Phases {
            heal_at, stable_at, ..
        } = self.phases;
        self.queue.push(heal_at, Class::Fault, Happening::Heal);
        self.queue.push(stable_at, Class::Timer, Happening::Stable);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Start(node) => self.start(node),
            Happening::Fault(place) => self.break_something(place),
            Happening::Heal => self.heal(),
            Happening::Stable => self.note(None, What::Phase(Phase::Stable)),
            Happening::Inject(place) => self.inject(place),
            Happening::Advert(frame) => self.deliver(frame),
            Happening::Bfd {
                to,
                segment,
                received,
            } => self.deliver_bfd(to, segment, received),
            Happening::Garp {
                from,
                client,
                vip,
                mac,
            } => self.client_hears(from, client, vip, mac),
            Happening::Revalidate { client, vip } => self.revalidate(client, vip),
            Happening::Process {
                node,
                incarnation,
                what,
            } => self.process_hears(node, incarnation, what),
        }
    }

    /// Starts a process on a machine that has power, if none runs there.
    fn start(&mut self, node: NodeId) {
        let local = self.local(node);
        if !self.hosts[node.index()].powered || self.hosts[node.index()].process.is_some() {
            return;
        }
        let config = self.config(node).clone();
        let clock = Event::WallClock { unix: self.unix() };
        if let Some(tape) = &mut self.tape {
            tape.start(node, local, &config);
            tape.tell(node, local, Told::Event(clock.clone()));
        }
        let mut core = Node::new(config, local);
        core.handle(local, clock);
        let host = &mut self.hosts[node.index()];
        host.incarnation += 1;
        host.process = Some(host::Process::new(core));
        host.kernel.routing.accept_all();
        self.note(Some(node), What::Process(crate::log::Process::Started));
        self.flush(node);
    }

    /// The true time since 1970: some day in 2023, and what has passed since.
    pub(crate) fn unix(&self) -> Duration {
        Duration::from_secs(1_700_000_000) + self.now.since(Instant::ZERO)
    }

    /// What a node's clock shows now.
    #[must_use]
    pub fn local(&self, node: NodeId) -> Instant {
        self.hosts[node.index()].clock.local(self.now)
    }
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The queue's.
    Queue,
    /// A node's timer's.
    Timer(NodeId),
}

impl Scenario {
    /// The stations of the clients: they follow the nodes'.
    pub(crate) fn stations_of_clients(&self) -> impl Iterator<Item = StationId> + use<> {
        let first = u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        let count = u16::try_from(self.clients).unwrap_or(u16::MAX);
        (first..first.saturating_add(count)).map(StationId)
    }
}

/// The names of all stations: nodes, clients, and the stranger.
fn stations(scenario: &Scenario) -> Vec<Name> {
    let nodes = scenario.nodes.iter().map(|node| node.name.clone());
    let clients = (1..=scenario.clients).map(|number| Name::from(&*format!("client{number}")));
    nodes
        .chain(clients)
        .chain([Name::from("stranger")])
        .collect()
}

fn host(spec: &NodeSpec, place: u16, seed: u64, scenario: &Scenario, topology: &Topology) -> Host {
    let mut scripts: Vec<Script> = Vec::new();
    let later = || {
        let own = scenario.configs().filter(|(name, _)| **name == spec.name);
        own.skip(1).map(|(_, config)| config)
    };
    for config in [&spec.config].into_iter().chain(later()) {
        for script in config.scripts() {
            if scripts.iter().all(|known| known.name != script.name) {
                scripts.push(Script::new(script.name.clone()));
            }
        }
    }
    let mut stream = Stream::new(seed, &["clock", spec.name.as_str()]);
    let origin = Instant::ZERO + stream.span(core::time::Duration::from_secs(1 << 20));
    Host {
        name: spec.name.clone(),
        powered: true,
        kernel: Kernel::new(spec, place, |name| topology.segment(name)),
        clock: Clock::new(origin, spec.clock_ppm),
        process: None,
        scripts,
        things: Things::of([&spec.config].into_iter().chain(later())),
        reloaded: None,
        incarnation: 0,
        wall_clock_millis: 0,
    }
}
