//! What a host is besides its process: kernel, scripts, clock, and what the process waits for.
//!
//! Plain data, shared between the host's ports, which act on it, and the harness, which breaks it.
//! Its invariant: the kernel's part outlives the process, and the process' part dies with it.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bellwether_core::effect::{Kill, Membership};
use bellwether_core::event::{Link, LinkReport, ScriptExit};
use bellwether_core::kernel::ipvs::Table;
use bellwether_core::kernel::{Address, KernelError, KernelKey, KernelOp};
use bellwether_core::track::Followed;
use bellwether_core::unit::{IfName, Mac, Name};
use bellwether_core::{Event, Instant, OpId, RunId};
use tokio::sync::Notify;

use super::clock::{Oscillator, Tick};
use super::lvs::LvsSide;
use crate::kernel::Routing;
use crate::things::{Things, TrackedThing};

/// One host.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) oscillator: Oscillator,
    /// The true time of what the process does now: not after the tick that it does it in.
    pub(super) moment: Instant,
    pub(super) interfaces: BTreeMap<IfName, Interface>,
    pub(super) scripts: BTreeMap<Name, ScriptPlay>,
    pub(super) things: Things,
    /// Whether the kernel remembers who added an address.
    pub(super) keeps_marks: bool,
    /// Kernel operations that are still to be refused.
    pub(super) refusals: u32,
    /// Routes and rules of the kernel.
    pub(super) routing: Routing,
    pub(super) process: Process,
    /// Its real servers and its table of services.
    pub(super) lvs: LvsSide,
    /// Wakes the process when its inbox has something new.
    pub(super) wake: Rc<Notify>,
    /// Wakes the process when its clock runs otherwise.
    pub(super) retimed: Rc<Notify>,
}

/// An interface of a host's kernel.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    /// The segment that it is plugged into.
    pub(super) segment: String,
    pub(super) link: Link,
    /// Its addresses, the primary one first.
    pub(super) addresses: Vec<Address>,
    /// The addresses that it has after power came back.
    pub(super) own: Vec<Address>,
    /// When its carrier changed, and to what; it was up before.
    pub(super) carrier: Vec<(Instant, bool)>,
}

impl Interface {
    /// Whether it had its carrier at an instant, as far as is known now.
    fn was_up(&self, at: Instant) -> bool {
        let earlier = self
            .carrier
            .iter()
            .rev()
            .find(|(changed, _)| *changed <= at);
        earlier.is_none_or(|(_, up)| *up)
    }
}

/// How a script behaves from its next start on.
#[derive(Clone, Debug)]
pub(super) struct ScriptPlay {
    pub(super) conduct: Conduct,
    /// How long a run takes.
    pub(super) takes: Duration,
}

/// What a script's runs come to.
#[derive(Clone, Debug)]
pub(super) enum Conduct {
    Succeeds,
    Fails,
    Hangs,
    /// Success or failure in turn; the position of the next run.
    Flaps(Vec<bool>, usize),
}

impl Default for ScriptPlay {
    fn default() -> Self {
        Self {
            conduct: Conduct::Succeeds,
            takes: Duration::from_millis(10),
        }
    }
}

/// What belongs to the process and dies with it.
#[derive(Debug, Default)]
pub(super) struct Process {
    inbox: BTreeMap<(Instant, u64), Event>,
    sequence: u64,
    pub(super) groups: BTreeSet<Membership>,
    watched: BTreeSet<IfName>,
    /// The protocols whose routes and rules are followed.
    pub(super) protocols: BTreeSet<u8>,
    followed: BTreeSet<TrackedThing>,
    /// The runs that go on, with the place of their exit in the inbox, if they will end.
    runs: BTreeMap<RunId, Option<(Instant, u64)>>,
}

impl Host {
    /// The next event that is due by the tick that ends now, which is then the process' time.
    pub(super) fn take_due(&mut self, tick: Tick) -> Option<Event> {
        let entry = self.process.inbox.first_entry()?;
        let (at, _) = *entry.key();
        if at > tick.end {
            return None;
        }
        let event = entry.remove();
        self.reach(at, tick);
        if let Event::ScriptExited { run, .. } = &event {
            self.process.runs.remove(run);
        }
        Some(event)
    }

    /// The process does now what was due at `at`.
    pub(super) fn reach(&mut self, at: Instant, tick: Tick) {
        self.moment = self.moment.max(tick.place(at));
    }

    /// When the next event is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.process.inbox.first_key_value().map(|((at, _), _)| *at)
    }

    /// Queues an event for the process.
    pub(super) fn post(&mut self, at: Instant, event: Event) -> (Instant, u64) {
        self.process.sequence += 1;
        let place = (at, self.process.sequence);
        self.process.inbox.insert(place, event);
        self.wake.notify_one();
        place
    }

    /// Forgets all that the process knew and awaited.
    pub(super) fn process_died(&mut self) {
        self.process = Process::default();
        // The next one begins with an empty table.
        self.routing.accept_all();
    }

    /// Forgets all addresses but the hosts' own, and whatever else was done to its kernel.
    pub(super) fn power_off(&mut self, now: Instant) {
        self.process_died();
        for interface in self.interfaces.values_mut() {
            interface.addresses.clone_from(&interface.own);
            interface.link.up = true;
            interface.carrier.push((now, true));
        }
        self.refusals = 0;
        self.routing = Routing::default();
        self.lvs.table = Table::default();
    }

    /// Sets an interface's carrier.
    pub(super) fn set_link(&mut self, now: Instant, name: IfName, up: bool) {
        let Some(interface) = self.interfaces.get_mut(&name) else {
            return;
        };
        interface.link.up = up;
        interface.carrier.push((now, up));
        let report = LinkReport {
            interface: name,
            link: Some(interface.link),
        };
        if self.process.watched.contains(&name) {
            self.post(now, Event::Link(report));
        }
        self.routes_fall(now, name, up);
    }

    /// Makes one change to the kernel, and answers it.
    pub(super) fn apply(&mut self, now: Instant, op: OpId, action: KernelOp) -> bool {
        let outcome = self.change(now, action);
        let done = outcome.is_ok();
        self.post(now, Event::KernelDone { op, outcome });
        done
    }

    fn change(&mut self, now: Instant, action: KernelOp) -> Result<(), KernelError> {
        if self.refusals > 0 {
            self.refusals -= 1;
            return Err(KernelError::Other {
                errno: 105,
                message: "No buffer space available".to_owned(),
            });
        }
        let key = match action.key() {
            KernelKey::Address(key) => key,
            KernelKey::Route(_) | KernelKey::Rule(_) | KernelKey::Refusal(_) => {
                return self.change_routing(now, &action);
            }
            // No such scenario is played here; see `express`.
            KernelKey::Link(_) => return Err(KernelError::NoInterface),
        };
        let interface = self
            .interfaces
            .get_mut(&key.interface)
            .ok_or(KernelError::NoInterface)?;
        let there = interface.addresses.iter().position(|a| a.key == key);
        let echo = match (action, there) {
            (KernelOp::AddAddress(mut address), None) => {
                address.ours &= self.keeps_marks;
                interface.addresses.push(address.clone());
                Some(Event::AddressAdded(address))
            }
            (KernelOp::RemoveAddress(key), Some(index)) => {
                interface.addresses.remove(index);
                Some(Event::AddressRemoved(key))
            }
            (
                KernelOp::AddAddress(_)
                | KernelOp::RemoveAddress(_)
                | KernelOp::AddLink(_)
                | KernelOp::RemoveLink(_)
                | KernelOp::AddRoute { .. }
                | KernelOp::RemoveRoute(_)
                | KernelOp::AddRule(_)
                | KernelOp::RemoveRule(_)
                | KernelOp::AddRefusal(_)
                | KernelOp::RemoveRefusal(_),
                _,
            ) => None,
        };
        if let Some(echo) = echo
            && self.process.watched.contains(&key.interface)
        {
            self.post(now, echo);
        }
        Ok(())
    }

    /// Removes an address by somebody else's hand.
    pub(super) fn strip(&mut self, now: Instant, address: std::net::IpAddr) {
        let keys: Vec<_> = self
            .interfaces
            .values()
            .flat_map(|interface| &interface.addresses)
            .filter(|a| a.key.address == address)
            .map(|a| a.key)
            .collect();
        for key in keys {
            if let Some(interface) = self.interfaces.get_mut(&key.interface) {
                interface.addresses.retain(|a| a.key != key);
            }
            if self.process.watched.contains(&key.interface) {
                self.post(now, Event::AddressRemoved(key));
            }
        }
    }

    pub(super) fn observe(&mut self, now: Instant, interface: IfName) {
        let addresses = self
            .interfaces
            .get(&interface)
            .map(|found| found.addresses.clone())
            .unwrap_or_default();
        let event = Event::Addresses {
            interface,
            addresses,
        };
        self.post(now, event);
    }

    pub(super) fn watch(&mut self, now: Instant, interface: IfName) {
        self.process.watched.insert(interface);
        let link = self.interfaces.get(&interface).map(|found| found.link);
        self.post(now, Event::Link(LinkReport { interface, link }));
    }

    pub(super) fn unwatch(&mut self, interface: IfName) {
        self.process.watched.remove(&interface);
    }

    pub(super) fn follow(&mut self, now: Instant, followed: &Followed) {
        let thing = TrackedThing::of(followed);
        self.things.begin(followed);
        self.process.followed.insert(thing.clone());
        self.show(now, &thing);
    }

    pub(super) fn unfollow(&mut self, thing: &TrackedThing) {
        self.process.followed.remove(thing);
    }

    /// Tells the process of something, if it wants to be told.
    pub(super) fn show(&mut self, now: Instant, thing: &TrackedThing) {
        if self.process.followed.contains(thing)
            && let Some(sighting) = self.things.look(thing.kind, &thing.name)
        {
            self.post(now, Event::Sighting(sighting));
        }
    }

    pub(super) fn start_script(&mut self, now: Instant, run: RunId, script: &Name) {
        let Some(play) = self.scripts.get_mut(script) else {
            let exit = ScriptExit::NotStarted;
            self.post(now, Event::ScriptExited { run, exit });
            return;
        };
        let takes = play.takes;
        let status = match &mut play.conduct {
            Conduct::Succeeds => Some(0),
            Conduct::Fails => Some(1),
            Conduct::Hangs => None,
            Conduct::Flaps(pattern, next) => {
                let well = pattern.get(*next).copied().unwrap_or(true);
                *next = (*next + 1) % pattern.len().max(1);
                Some(i32::from(!well))
            }
        };
        let place = status.map(|status| {
            let exit = ScriptExit::Status(status);
            self.post(now + takes, Event::ScriptExited { run, exit })
        });
        self.process.runs.insert(run, place);
    }

    pub(super) fn kill_script(&mut self, now: Instant, run: RunId, signal: Kill) {
        let Some(place) = self.process.runs.remove(&run) else {
            return;
        };
        if let Some(place) = place {
            self.process.inbox.remove(&place);
        }
        let exit = ScriptExit::Signal(match signal {
            Kill::Terminate => 15,
            Kill::Kill => 9,
        });
        let place = self.post(now, Event::ScriptExited { run, exit });
        self.process.runs.insert(run, Some(place));
    }

    /// The segment, hardware address and state of an interface.
    pub(super) fn port_of(&self, interface: IfName) -> Option<(&str, Mac, bool)> {
        let found = self.interfaces.get(&interface)?;
        Some((&found.segment, found.link.mac, found.link.up))
    }

    /// Whether an interface has this address.
    pub(super) fn holds(&self, interface: IfName, address: std::net::IpAddr) -> bool {
        let found = self.interfaces.get(&interface);
        found.is_some_and(|own| own.addresses.iter().any(|held| held.key.address == address))
    }

    /// The interfaces on `segment` that were up at an instant.
    pub(super) fn plugged_into(&self, segment: &str, at: Instant) -> Vec<IfName> {
        self.interfaces
            .iter()
            .filter(|(_, interface)| interface.segment == segment && interface.was_up(at))
            .map(|(name, _)| *name)
            .collect()
    }
}
