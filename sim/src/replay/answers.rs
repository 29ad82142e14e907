//! What the world answers to a node that never was.
//!
//! Owns the rules by which a journal, which has the answers to another node's requests, answers
//! these. Kernels do at once whatever is asked. A script exits as the recorded run of it did that
//! was under way at the same time, or else as the last one. Adverts, links, files, processes and
//! what others do to interfaces are as they were recorded.
//!
//! Deliberately absent: guesses at what a peer would have said.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bellwether_core::effect::Effect;
use bellwether_core::event::{LinkReport, ScriptExit};
use bellwether_core::id::{AddressKey, OpId, RunId};
use bellwether_core::kernel::{Address, KernelKey, KernelOp, RouteKey, RuleKey};
use bellwether_core::track::Sighting;
use bellwether_core::unit::{IfName, Name};
use bellwether_core::{Event, Node};
use bellwether_runtime::journal::{Input, Step};

/// What is known of the recorded world, and what the other node has asked of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    links: BTreeMap<IfName, LinkReport>,
    addresses: BTreeMap<IfName, Vec<Address>>,
    routing: Option<(Vec<RouteKey>, Vec<RuleKey>)>,
    sightings: BTreeMap<Name, Sighting>,
    /// What the recorded node has changed in its kernel.
    touched: BTreeSet<KernelKey>,
    /// What the other node has in its own.
    own: BTreeMap<KernelKey, Option<Address>>,
    /// Requests of the recorded node since the beginning: their answers are not for the other.
    ops: BTreeSet<OpId>,
    runs: BTreeMap<RunId, Name>,
    under_way: BTreeMap<Name, RunId>,
    last_exit: BTreeMap<Name, ScriptExit>,
    /// The other node's runs that wait for a recorded one to end.
    waiting: Vec<(RunId, Name)>,
    pending: VecDeque<Event>,
}

impl Answers {
    /// A world that a node has lived in for a while, and in which another goes on from there.
    pub(super) fn of_life(node: &Node) -> Self {
        let status = node.status(bellwether_core::Instant::ZERO);
        let addresses = status.observed.iter().copied().map(KernelKey::Address);
        let ours: Vec<KernelKey> = addresses.chain(status.routing).collect();
        Self {
            touched: ours.iter().cloned().collect(),
            own: ours.into_iter().map(|key| (key, None)).collect(),
            ..Self::default()
        }
    }

    /// Takes in what the recorded node was told and asked for.
    pub(super) fn learn(&mut self, step: &Step) {
        if let Input::Event(event) = &step.input {
            self.learn_event(event);
        }
        for effect in &step.effects {
            if let Effect::Kernel { op, action } = effect {
                self.ops.insert(*op);
                self.touched.insert(action.key());
            } else if let Effect::StartScript { run, script, .. } = effect {
                self.runs.insert(*run, script.clone());
                self.under_way.insert(script.clone(), *run);
            }
        }
    }

    fn learn_event(&mut self, event: &Event) {
        if let Event::Link(report) = event {
            self.links.insert(report.interface, report.clone());
        } else if let Event::Addresses {
            interface,
            addresses,
        } = event
        {
            self.addresses.insert(*interface, addresses.clone());
        } else if let Event::AddressAdded(address) = event {
            let list = self.addresses.entry(address.key.interface).or_default();
            list.retain(|known| known.key != address.key);
            list.push(address.clone());
        } else if let Event::AddressRemoved(key) = event {
            let list = self.addresses.entry(key.interface).or_default();
            list.retain(|known| known.key != *key);
        } else if let Event::Routing { routes, rules } = event {
            self.routing = Some((routes.clone(), rules.clone()));
        } else if let Event::Sighting(sighting) = event {
            self.sightings
                .insert(name_of(sighting).clone(), sighting.clone());
        } else if let Event::ScriptExited { run, exit } = event
            && let Some(script) = self.runs.get(run)
        {
            self.last_exit.insert(script.clone(), *exit);
            if self.under_way.get(script) == Some(run) {
                self.under_way.remove(script);
            }
        }
    }

    /// What the other node hears when the recorded one heard `event`.
    pub(super) fn hear(&mut self, event: &Event) -> Vec<Event> {
        if let Event::KernelDone { op, .. } = event {
            return self.unless(self.ops.contains(op), event);
        }
        if let Event::AddressAdded(address) = event {
            return self.unless_touched(&KernelKey::Address(address.key), event);
        }
        if let Event::AddressRemoved(key) = event {
            return self.unless_touched(&KernelKey::Address(*key), event);
        }
        if let Event::Found(key) | Event::Lost(key) = event {
            return self.unless_touched(key, event);
        }
        if let Event::Addresses { interface, .. } = event {
            return self.list(*interface).into_iter().collect();
        }
        if let Event::Routing { .. } = event {
            return self.list_routing().into_iter().collect();
        }
        if let Event::ScriptExited { run, exit } = event {
            let Some(script) = self.runs.get(run).cloned() else {
                return vec![event.clone()];
            };
            let (ended, waiting) = core::mem::take(&mut self.waiting)
                .into_iter()
                .partition(|(_, name)| *name == script);
            self.waiting = waiting;
            let ended: Vec<(RunId, Name)> = ended;
            let exit = *exit;
            let exited = |(run, _)| Event::ScriptExited { run, exit };
            return ended.into_iter().map(exited).collect();
        }
        // It has a configuration of its own, and no services.
        let not_its = matches!(
            event,
            Event::Reload(_) | Event::ProbeDone { .. } | Event::TableDone { .. } | Event::Table(_)
        );
        self.unless(not_its, event)
    }

    fn unless(&self, left_out: bool, event: &Event) -> Vec<Event> {
        if left_out {
            Vec::new()
        } else {
            vec![event.clone()]
        }
    }

    fn unless_touched(&self, key: &KernelKey, event: &Event) -> Vec<Event> {
        self.unless(self.touched.contains(key), event)
    }

    /// The next answer to what the other node has asked for.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.pending.pop_front()
    }

    /// The other node wants something done.
    pub(super) fn ask(&mut self, effect: Effect) {
        if let Effect::Kernel { op, action } = effect {
            self.operate(action);
            let outcome = Ok(());
            self.pending.push_back(Event::KernelDone { op, outcome });
        } else if let Effect::Watch { interface } = effect {
            let known = self.links.get(&interface).cloned();
            self.pending.extend(known.map(Event::Link));
        } else if let Effect::Observe { interface } = effect {
            let known = self.list(interface);
            self.pending.extend(known);
        } else if let Effect::ObserveRouting { .. } = effect {
            let known = self.list_routing();
            self.pending.extend(known);
        } else if let Effect::Follow(followed) = effect {
            let known = self.sightings.get(followed.name()).cloned();
            self.pending.extend(known.map(Event::Sighting));
        } else if let Effect::StartScript { run, script, .. } = effect {
            match self.last_exit.get(&script) {
                Some(exit) if !self.under_way.contains_key(&script) => {
                    let exit = *exit;
                    self.pending.push_back(Event::ScriptExited { run, exit });
                }
                Some(_) | None => self.waiting.push((run, script)),
            }
        } else if let Effect::KillScript { run, .. } = effect {
            let before = self.waiting.len();
            self.waiting.retain(|(waiting, _)| *waiting != run);
            if self.waiting.len() < before {
                let exit = ScriptExit::Signal(15);
                self.pending.push_back(Event::ScriptExited { run, exit });
            }
        }
    }

    fn operate(&mut self, action: KernelOp) {
        let key = action.key();
        let change = match action {
            KernelOp::AddAddress(address) => {
                self.own.insert(key, Some(address.clone()));
                Event::AddressAdded(address)
            }
            KernelOp::RemoveAddress(address) => {
                self.own.remove(&key);
                Event::AddressRemoved(address)
            }
            KernelOp::AddRoute { .. } | KernelOp::AddRule(_) => {
                self.own.insert(key.clone(), None);
                Event::Found(key)
            }
            KernelOp::RemoveRoute(_) | KernelOp::RemoveRule(_) => {
                self.own.remove(&key);
                Event::Lost(key)
            }
            // Interfaces are there as they were recorded.
            KernelOp::AddLink(_)
            | KernelOp::RemoveLink(_)
            | KernelOp::AddRefusal(_)
            | KernelOp::RemoveRefusal(_) => return,
        };
        self.pending.push_back(change);
    }

    /// An interface's addresses: those that others have made, and the other node's own.
    fn list(&self, interface: IfName) -> Option<Event> {
        let known = self.addresses.get(&interface)?;
        let stays = |address: &&Address| self.is_there(&KernelKey::Address(address.key));
        let mut addresses: Vec<Address> = known.iter().filter(stays).cloned().collect();
        let listed: BTreeSet<AddressKey> = addresses.iter().map(|own| own.key).collect();
        let own = self.own.values().flatten();
        let own = own.filter(|own| own.key.interface == interface && !listed.contains(&own.key));
        addresses.extend(own.cloned());
        Some(Event::Addresses {
            interface,
            addresses,
        })
    }

    fn list_routing(&self) -> Option<Event> {
        let (routes, rules) = self.routing.clone()?;
        let route = |key: &RouteKey| KernelKey::Route(Box::new(key.clone()));
        let rule = |key: &RuleKey| KernelKey::Rule(key.clone());
        let mut routes: BTreeSet<RouteKey> = routes.into_iter().collect();
        let mut rules: BTreeSet<RuleKey> = rules.into_iter().collect();
        routes.retain(|key| self.is_there(&route(key)));
        rules.retain(|key| self.is_there(&rule(key)));
        for own in self.own.keys() {
            if let KernelKey::Route(key) = own {
                routes.insert((**key).clone());
            } else if let KernelKey::Rule(key) = own {
                rules.insert(key.clone());
            }
        }
        Some(Event::Routing {
            routes: routes.into_iter().collect(),
            rules: rules.into_iter().collect(),
        })
    }

    /// Whether what was recorded in the kernel is there for the other node too.
    fn is_there(&self, key: &KernelKey) -> bool {
        !self.touched.contains(key) || self.own.contains_key(key)
    }
}

fn name_of(sighting: &Sighting) -> &Name {
    match sighting {
        Sighting::File { file, .. } => file,
        Sighting::Processes { processes, .. } => processes,
    }
}
