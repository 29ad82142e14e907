//! What nodes hear: packets, answers, timers; and what becomes of it while they are paused.

use bellwether_core::effect::{Carrier, Membership, Transmit};
use bellwether_core::event::{LinkReport, ScriptExit};
use bellwether_core::id::RunId;
use bellwether_core::kernel::{Address, KernelKey, KernelOp};
use bellwether_core::mutant::{self, Mutant};
use bellwether_core::unit::{Family, IfName, Priority};
use bellwether_core::{Event, Instant};
use bellwether_runtime::journal::Input as Told;
use core::time::Duration;

use super::World;
use super::host::{Host, Input};
use super::queue::{ForProcess, Frame};
use crate::capture::Fate;
use crate::log::{self, Advert, Loss, NodeId, What};

/// How many events wait for a paused process before its socket drops new adverts. A default
/// buffer of 208 KiB holds about as many small packets.
const SOCKET_BUFFER: usize = 256;

/// How often in a row a timer may fire without time passing.
const STORM: u32 = 64;

impl Host {
    /// When the process wants to be called, in the world's time.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        let process = self.process.as_ref()?;
        if process.paused { None } else { process.timer }
    }

    /// What meets an advert that arrives here, if the process will not hear it.
    fn obstacle(&self, frame: &Frame) -> Option<Loss> {
        let Some(process) = self.process.as_ref() else {
            return Some(Loss::NotListening);
        };
        let carrier = self.kernel.interface(frame.interface);
        if carrier.is_none_or(|own| !own.link.up) {
            return Some(Loss::NoCarrier);
        }
        let destination = frame.packet.destination;
        let carrier = match frame.packet.header {
            None => Carrier::Plain,
            Some(_) => Carrier::Authenticated,
        };
        let hears = |own: &Membership| {
            // Who listens at all hears what is sent to this host itself.
            let meant = own.group == destination || !destination.is_multicast();
            let made = self.kernel.interface(own.interface);
            let made = made.and_then(|port| port.made.as_ref());
            // What comes in by an interface comes in by what stands on it too.
            made.map_or(own.interface, |link| link.base) == frame.interface
                && own.carrier == carrier
                && own.group.is_ipv4() == destination.is_ipv4()
                && meant
        };
        if !process.joined.iter().any(hears) {
            return Some(Loss::NotListening);
        }
        (process.paused && process.inbox.len() >= SOCKET_BUFFER).then_some(Loss::BufferFull)
    }
}

impl World {
    /// An advert arrives at a node.
    pub(super) fn deliver(&mut self, frame: Frame) {
        if let Some(why) = self.hosts[frame.to.index()].obstacle(&frame) {
            self.tap_fate(&frame.packet, frame.to.into(), Fate::Lost(why));
            let sender = frame.from.index() < self.hosts.len();
            if sender && self.hosts[frame.to.index()].powered {
                let advert = brief(frame.packet.interface, &frame.packet);
                let from = NodeId(frame.from.0);
                let to = frame.to;
                self.note(Some(from), What::AdvertLost { to, advert, why });
            }
            return;
        }
        let node = frame.to;
        self.tap_fate(&frame.packet, node.into(), Fate::Arrived);
        self.input(node, Input::Advert(frame));
    }

    /// A process hears something now, or when it is scheduled again.
    pub(super) fn input(&mut self, node: NodeId, input: Input) {
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        if process.paused {
            process.inbox.push_back(input);
        } else {
            self.hear(node, input);
        }
    }

    /// A process that was resumed hears the next thing that waited for it.
    pub(super) fn hear_one(&mut self, node: NodeId) {
        let process = self.hosts[node.index()].process.as_mut();
        let input = process.and_then(|process| process.inbox.pop_front());
        match input {
            Some(input) => self.hear(node, input),
            None => self.waking.retain(|waking| *waking != node),
        }
    }

    /// A node's timer fires.
    pub(super) fn fire(&mut self, node: NodeId) {
        let local = self.local(node);
        let now = self.now;
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        if let Some(tape) = &mut self.tape
            && let Some((_, reason)) = process.node.poll_timeout()
        {
            tape.tell(node, local, Told::Timeout(reason));
        }
        process.node.handle_timeout(local);
        self.flush(node);
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        if process.timer.is_some_and(|at| at <= now) {
            process.storm += 1;
        } else {
            process.storm = 0;
        }
        if process.storm > STORM {
            // The core would never let time pass. It is reported, and forced on.
            process.storm = 0;
            process.timer = Some(now + Duration::from_millis(1));
            self.storms += 1;
        }
    }

    /// Something that was meant for one process happens, if it is still the same one.
    pub(super) fn process_hears(&mut self, node: NodeId, incarnation: u32, what: ForProcess) {
        if self.hosts[node.index()].incarnation != incarnation {
            return;
        }
        match what {
            ForProcess::Kernel { op, action } => {
                let outcome = self.operate(node, &action);
                self.input(node, Input::Event(Event::KernelDone { op, outcome }));
            }
            ForProcess::List(interface) => {
                let found = self.hosts[node.index()].kernel.interface(interface);
                let addresses = found.map(|own| own.addresses.clone()).unwrap_or_default();
                let event = Event::Addresses {
                    interface,
                    addresses,
                };
                self.input(node, Input::Event(event));
            }
            ForProcess::ListRouting => self.list_routing(node),
            ForProcess::Table { op, action } => {
                let outcome = self.change_table(node, &action);
                self.input(node, Input::Event(Event::TableDone { op, outcome }));
            }
            ForProcess::ListTable => self.list_table(node),
            ForProcess::Probe { probe, result } => {
                self.input(node, Input::Event(Event::ProbeDone { probe, result }));
            }
            ForProcess::Report(interface) => self.report(node, interface),
            ForProcess::Look(thing) => self.show(node, &thing),
            ForProcess::ScriptExit {
                run,
                exit,
                signalled,
            } => {
                let Some(process) = self.hosts[node.index()].process.as_mut() else {
                    return;
                };
                let ends = |own: &crate::script::Run| own.id == run && own.signalled == signalled;
                let Some(place) = process.runs.iter().position(ends) else {
                    return;
                };
                process.runs[place].signalled = true;
                self.input(node, Input::Event(Event::ScriptExited { run, exit }));
            }
        }
    }

    /// The kernel does an operation, and tells who watches.
    pub(super) fn operate(
        &mut self,
        node: NodeId,
        action: &KernelOp,
    ) -> Result<(), bellwether_core::kernel::KernelError> {
        let before = match action {
            KernelOp::RemoveLink(name) => {
                let found = self.hosts[node.index()].kernel.interface(*name);
                found.map(|own| own.addresses.clone()).unwrap_or_default()
            }
            KernelOp::AddAddress(_)
            | KernelOp::RemoveAddress(_)
            | KernelOp::AddRoute { .. }
            | KernelOp::RemoveRoute(_)
            | KernelOp::AddRule(_)
            | KernelOp::RemoveRule(_)
            | KernelOp::AddRefusal(_)
            | KernelOp::RemoveRefusal(_)
            | KernelOp::AddLink(_) => Vec::new(),
        };
        let changed = self.hosts[node.index()].kernel.apply(action)?;
        if !changed {
            return Ok(());
        }
        let key = match action.key() {
            KernelKey::Address(key) => key,
            object @ (KernelKey::Route(_) | KernelKey::Rule(_) | KernelKey::Refusal(_)) => {
                self.tell_of_routing(node, object);
                return Ok(());
            }
            KernelKey::Link(name) => {
                self.tell_made(node, name, before);
                return Ok(());
            }
        };
        let found = self.hosts[node.index()].kernel.interface(key.interface);
        let added = found.and_then(|own| own.find(&key)).cloned();
        let (what, event) = match added {
            Some(address) => (What::AddressAdded(key), Event::AddressAdded(address)),
            None => (What::AddressRemoved(key), Event::AddressRemoved(key)),
        };
        self.note(Some(node), what);
        self.count_owners(key.address);
        let process = self.hosts[node.index()].process.as_ref();
        if process.is_some_and(|process| process.watched.contains(&key.interface)) {
            self.input(node, Input::Event(event));
        }
        Ok(())
    }

    /// An interface was made, changed or removed, with the addresses that it had.
    fn tell_made(&mut self, node: NodeId, name: IfName, gone: Vec<Address>) {
        let watches = |world: &Self, interface: IfName| {
            let process = world.hosts[node.index()].process.as_ref();
            process.is_some_and(|process| process.watched.contains(&interface))
        };
        for address in gone {
            self.note(Some(node), What::AddressRemoved(address.key));
            self.count_owners(address.key.address);
            if watches(self, name) {
                let event = Event::AddressRemoved(address.key);
                self.input(node, Input::Event(event));
            }
        }
        let found = self.hosts[node.index()].kernel.interface(name);
        let link = found.and_then(|own| own.made.clone());
        // What has gone was on a watched interface, or nobody would have made it.
        if link.as_ref().is_none_or(|link| watches(self, link.base)) {
            self.input(node, Input::Event(Event::VirtualLink { name, link }));
        }
        if watches(self, name) {
            self.report_link(node, name);
        }
    }

    /// Tells a node, the first time, what stands on one of its interfaces, and how that is.
    fn report(&mut self, node: NodeId, interface: IfName) {
        for link in self.hosts[node.index()].kernel.standing_on(interface) {
            let event = Event::VirtualLink {
                name: link.name,
                link: Some(link),
            };
            self.input(node, Input::Event(event));
        }
        self.report_link(node, interface);
    }

    /// Tells a node how one of its interfaces is.
    pub(super) fn report_link(&mut self, node: NodeId, interface: IfName) {
        let found = self.hosts[node.index()].kernel.interface(interface);
        let report = LinkReport {
            interface,
            link: found.map(|own| own.link),
        };
        self.input(node, Input::Event(Event::Link(report)));
    }

    /// Resumes a paused process: what waits for it is heard before its timers fire.
    pub(super) fn resume(&mut self, node: NodeId) {
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        if !core::mem::take(&mut process.paused) {
            return;
        }
        let waiting = u32::try_from(process.inbox.len()).unwrap_or(u32::MAX);
        let resumed = log::Process::Resumed { waiting };
        self.note(Some(node), What::Process(resumed));
        if mutant::is_active(Mutant::TimersBeforePackets) {
            self.fire(node);
        }
        self.waking.push(node);
    }

    fn hear(&mut self, node: NodeId, input: Input) {
        let event = match input {
            Input::Event(event) => {
                self.note_event(node, &event);
                event
            }
            Input::Advert(frame) => {
                let advert = brief(frame.interface, &frame.packet);
                let delivered = What::AdvertDelivered {
                    from: frame.from,
                    advert,
                    tampered: frame.tampered,
                };
                self.note(Some(node), delivered);
                let received = frame.received();
                self.received = Some(received.clone());
                Event::Receive(received)
            }
        };
        let local = self.local(node);
        if let Some(process) = self.hosts[node.index()].process.as_mut() {
            if let Some(tape) = &mut self.tape {
                tape.tell(node, local, Told::Event(event.clone()));
            }
            process.node.handle(local, event);
            self.flush(node);
        }
    }

    /// Records what a process is about to hear.
    fn note_event(&mut self, node: NodeId, event: &Event) {
        match event {
            Event::ScriptExited { run, exit } => self.note_exit(node, *run, *exit),
            Event::Reload(config) => {
                self.hosts[node.index()].reloaded = Some(config.clone());
                self.note(Some(node), What::Process(log::Process::Reloaded));
            }
            Event::Link(report) => {
                let seen = What::LinkSeen {
                    interface: report.interface,
                    up: report.link.is_some_and(|link| link.up),
                };
                self.note(Some(node), seen);
            }
            Event::ReceiveBfd(received) => self.note_bfd(node, received),
            Event::Sighting(sighting) => {
                self.note(Some(node), What::Sighted(sighting.clone()));
            }
            Event::ProbeDone { probe, result } => {
                let (probe, result) = (*probe, result.clone());
                self.note(Some(node), What::ProbeEnded { probe, result });
            }
            Event::Receive(_)
            | Event::TableDone { .. }
            | Event::Table(_)
            | Event::Addresses { .. }
            | Event::AddressAdded(_)
            | Event::AddressRemoved(_)
            | Event::Present(_)
            | Event::Routing { .. }
            | Event::Found(_)
            | Event::Lost(_)
            | Event::KernelDone { .. }
            | Event::WallClock { .. }
            | Event::ClearStatistics
            | Event::VirtualLink { .. }
            | Event::Shutdown => {}
        }
    }

    fn note_exit(&mut self, node: NodeId, run: RunId, exit: ScriptExit) {
        let Some(process) = self.hosts[node.index()].process.as_mut() else {
            return;
        };
        let Some(place) = process.runs.iter().position(|own| own.id == run) else {
            return;
        };
        let script = process.runs.swap_remove(place).script;
        let exited = What::ScriptExited { run, script, exit };
        self.note(Some(node), exited);
    }
}

/// An advert in brief, whatever its bytes are.
pub(super) fn brief(interface: IfName, packet: &Transmit) -> Advert {
    let payload = &packet.payload;
    Advert {
        interface,
        family: Family::of(packet.source),
        vrid: payload.get(1).copied().unwrap_or_default(),
        priority: Priority(payload.get(2).copied().unwrap_or_default()),
    }
}
