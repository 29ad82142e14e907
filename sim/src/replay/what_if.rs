//! Where another configuration would have decided otherwise.
//!
//! Owns a second node, which has the other configuration and hears what the recorded one heard.
//! Invariant: with the same configuration it decides the same, at the same instants: a timer that
//! both have fires for both when the recorded loop came to it.
//!
//! Deliberately absent: peers that react. What they said is what was recorded, whoever is master
//! here; and the LVS part, which decides no election.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use bellwether_core::id::InstanceKey;
use bellwether_core::model::{Config, Lvs, LvsGlobals};
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;
use bellwether_core::{Effect, Event, Instant, Node};
use bellwether_runtime::journal::{Head, Input, Origin, Step, effects};

use super::answers::Answers;
use super::run::{RECORDED, Shown, entered, transitions};
use crate::log::{Entry, Log, NodeId, Process, What};

/// What the other node is called.
pub const STATION: &str = "what-if";

/// Its place in the log.
const WHAT_IF: NodeId = NodeId(1);

/// How far apart two changes may be that count as the same.
const SAME: Duration = Duration::from_millis(1);

/// How often in a row a timer may fire without time passing.
const STORM: u32 = 64;

/// A node that was not there.
#[derive(Clone, Debug)]
pub struct WhatIf {
    config: Config,
    node: Option<Node>,
    answers: Answers,
    now: Instant,
    shown: Shown,
    entries: Vec<Entry>,
}

/// A decision that would have been another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Otherwise {
    /// Of which instance.
    pub instance: InstanceKey,
    /// Its name.
    pub name: Name,
    /// The change that was recorded, if there was one.
    pub recorded: Option<Entry>,
    /// The change that there would have been, if any.
    pub what_if: Option<Entry>,
    /// For how long the two would have had different states, in all.
    pub differs_for: Duration,
}

impl Otherwise {
    /// The first instant at which the two differ.
    #[must_use]
    pub fn at(&self) -> Instant {
        let both = [&self.recorded, &self.what_if];
        let instants = both.into_iter().flatten().map(|entry| entry.at);
        instants.min().unwrap_or(Instant::ZERO)
    }
}

impl WhatIf {
    pub(super) fn new(config: &Config) -> Self {
        let mut parts = config.clone().into_parts();
        parts.lvs = Lvs::default();
        parts.globals.lvs = LvsGlobals::default();
        Self {
            // What FILE_CHECKs followed may be followed by nobody now, which is sound.
            config: Config::new(parts).unwrap_or_else(|_| config.clone()),
            node: None,
            answers: Answers::default(),
            now: Instant::ZERO,
            shown: Shown::default(),
            entries: Vec::new(),
        }
    }

    /// A stretch of the journal begins with `recorded`.
    pub(super) fn begin(&mut self, head: &Head, recorded: &Node, shown: Shown) {
        self.now = head.at;
        self.shown = shown;
        self.note(head.at, What::Process(Process::Started));
        match &head.from {
            Origin::Start(_) => {
                self.answers = Answers::default();
                self.node = Some(Node::new(self.config.clone(), head.at));
            }
            Origin::Life(_) => {
                self.answers = Answers::of_life(recorded);
                let mut node = recorded.clone();
                self.note_states(&node);
                node.handle(head.at, Event::Reload(Box::new(self.config.clone())));
                self.node = Some(node);
                self.flush(head.at);
            }
        }
    }

    /// The recorded node was told something, before which it waited for `due`.
    pub(super) fn step(&mut self, step: &Step, due: Option<Instant>) {
        let shared = due.unwrap_or(Instant::FAR_FUTURE);
        self.advance(shared.min(step.at));
        self.answers.learn(step);
        let events = match &step.input {
            Input::Start => Vec::new(),
            Input::Event(event) => self.answers.hear(event),
            Input::Timeout(_) => {
                if let Some(node) = &mut self.node {
                    node.handle_timeout(step.at);
                }
                Vec::new()
            }
        };
        for event in events {
            if let Some(node) = &mut self.node {
                node.handle(step.at, event);
            }
            self.flush(step.at);
        }
        self.flush(step.at);
        self.now = step.at;
    }

    /// The journal ends here.
    pub(super) fn end(&mut self, at: Instant) {
        self.advance(at);
    }

    /// Fires what is due before `until`.
    fn advance(&mut self, until: Instant) {
        let mut storm = 0;
        while let Some(node) = &mut self.node
            && let Some((at, _)) = node.poll_timeout()
            && at < until
            && storm < STORM
        {
            let at = at.max(self.now);
            storm = if at > self.now { 0 } else { storm + 1 };
            self.now = at;
            node.handle_timeout(at);
            self.flush(at);
        }
    }

    /// Does all that the node wants done, and tells it the answers.
    fn flush(&mut self, at: Instant) {
        while let Some(node) = &mut self.node {
            let wanted = effects(node);
            let is_idle = wanted.is_empty();
            for effect in wanted {
                self.carry_out(at, effect);
            }
            match self.answers.next() {
                Some(answer) => {
                    if let Some(node) = &mut self.node {
                        node.handle(at, answer);
                    }
                }
                None if is_idle => return,
                None => {}
            }
        }
    }

    fn carry_out(&mut self, at: Instant, effect: Effect) {
        if let Effect::Notice(notice) = effect {
            self.note(at, notice.into());
        } else if effect == Effect::Stopped {
            self.note(at, What::Process(Process::Exited));
        } else {
            self.answers.ask(effect);
        }
    }

    fn note_states(&mut self, node: &Node) {
        for instance in node.instances() {
            if instance.state() != State::Init {
                let what = entered(instance);
                self.note(self.now, what);
            }
        }
    }

    fn note(&mut self, at: Instant, what: What) {
        self.entries.push(Entry {
            at: self.shown.at(at),
            node: Some(WHAT_IF),
            what,
        });
    }

    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        core::mem::take(&mut self.entries)
    }

    /// The configuration that it runs: the other one, without its LVS part.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}

/// Where the two nodes of a replay's log differ: for each instance that does, the first change that
/// only one of them made, the earliest instance first.
#[must_use]
pub fn differences(log: &Log, ended_at: Instant) -> Vec<Otherwise> {
    let recorded = transitions(&log.entries, RECORDED);
    let what_if = transitions(&log.entries, WHAT_IF);
    let keys = recorded.keys().chain(what_if.keys());
    let keys: BTreeSet<InstanceKey> = keys.copied().collect();
    let none = Vec::new();
    let mut all: Vec<Otherwise> = keys
        .into_iter()
        .filter_map(|key| {
            let ours = recorded.get(&key).unwrap_or(&none);
            let theirs = what_if.get(&key).unwrap_or(&none);
            differs(key, ours, theirs, ended_at)
        })
        .collect();
    all.sort_by_key(Otherwise::at);
    all
}

fn differs(
    instance: InstanceKey,
    recorded: &[&Entry],
    what_if: &[&Entry],
    ended_at: Instant,
) -> Option<Otherwise> {
    let same = recorded.iter().zip(what_if);
    let same = same.take_while(|(a, b)| is_same(a, b)).count();
    let (ours, theirs) = (recorded.get(same), what_if.get(same));
    let name = [ours, theirs].into_iter().flatten().find_map(|entry| {
        if let What::Transition { name, .. } = &entry.what {
            Some(name.clone())
        } else {
            None
        }
    })?;
    // A change that is made later, or to something else, is told of only if it is made at all.
    Some(Otherwise {
        instance,
        name,
        recorded: ours.map(|entry| (*entry).clone()),
        what_if: theirs.map(|entry| (*entry).clone()),
        differs_for: apart(recorded, what_if, ended_at),
    })
}

fn is_same(ours: &Entry, theirs: &Entry) -> bool {
    let apart = ours.at.since(theirs.at).max(theirs.at.since(ours.at));
    apart <= SAME && state_of(ours) == state_of(theirs)
}

fn state_of(entry: &Entry) -> Option<State> {
    if let What::Transition { to, .. } = &entry.what {
        Some(*to)
    } else {
        None
    }
}

/// For how long the two have different states.
fn apart(recorded: &[&Entry], what_if: &[&Entry], ended_at: Instant) -> Duration {
    let mut changes: BTreeMap<Instant, [Option<State>; 2]> = BTreeMap::new();
    for (place, list) in [recorded, what_if].into_iter().enumerate() {
        for entry in list {
            let change = changes.entry(entry.at).or_default();
            if let Some(slot) = change.get_mut(place) {
                *slot = state_of(entry);
            }
        }
    }
    let mut states = [None, None];
    let mut since = Instant::ZERO;
    let mut sum = Duration::ZERO;
    for (at, change) in changes.into_iter().chain([(ended_at, [None, None])]) {
        if states[0] != states[1] {
            sum += at.since(since);
        }
        since = at;
        for (state, new) in states.iter_mut().zip(change) {
            *state = new.or(*state);
        }
    }
    sum
}
