//! A host's ports and its source of events, over turmoil's UDP and the host's plain data.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;

use bellwether_core::bfd::TransmitBfd;
use bellwether_core::effect::{Announce, Carrier, Kill, Membership, Notice, Transmit};
use bellwether_core::event::Received;
use bellwether_core::kernel::KernelOp;
use bellwether_core::kernel::ipvs::IpvsOp;
use bellwether_core::lvs::{ProbeId, ProbeSpec};
use bellwether_core::model::Hook;
use bellwether_core::notify::Notification;
use bellwether_core::port::{
    JournalPort, KernelPort, NetPort, NotifyPort, ProbePort, ScriptPort, TablePort, TrackPort,
    WatchPort,
};
use bellwether_core::track::{Followed, TrackerKind};
use bellwether_core::unit::{IfName, Name};
use bellwether_core::{Event, Instant, OpId, RunId};
use bellwether_runtime::Source;
use turmoil::net::UdpSocket;

use super::clock::{Tick, TicksPerMilli, true_now};
use super::envelope::{AUTHENTICATED, Envelope, MAX_DATAGRAM, VRRP};
use super::gate::Entrance;
use super::host::Host;
use super::record::Recorder;
use super::wire::Wires;
use crate::log::What;
use crate::things::TrackedThing;

/// The UDP port that stands for IP protocol 112.
pub(super) const PORT: u16 = 112;

/// The multicast group that all hosts join.
pub(super) const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);

/// A host's end of the world.
#[derive(Clone, Debug)]
pub(super) struct HostPorts {
    pub(super) host: Rc<RefCell<Host>>,
    pub(super) socket: Rc<UdpSocket>,
    pub(super) wires: Rc<RefCell<Wires>>,
    pub(super) recorder: Recorder,
    pub(super) ticks: TicksPerMilli,
}

impl HostPorts {
    fn now(&self) -> Instant {
        self.host.borrow().moment
    }
}

impl NetPort for HostPorts {
    fn transmit(&mut self, advert: Transmit) {
        let host = self.host.borrow();
        let Some((segment, mac, true)) = host.port_of(advert.interface) else {
            return;
        };
        let sent_at = self.now();
        let envelope = Envelope {
            arrives_at: sent_at,
            hop_limit: advert.hop_limit,
            source: advert.source,
            destination: advert.destination,
            segment: segment.to_owned(),
            mac,
            protocol: match advert.header {
                None => VRRP,
                Some(_) => AUTHENTICATED,
            },
            header: advert.header,
            payload: advert.payload,
        };
        let from = self.recorder.node;
        self.wires.borrow_mut().send(&self.socket, from, &envelope);
    }

    fn announce(&mut self, announce: Announce) {
        let host = self.host.borrow();
        if let Some((_, _, true)) = host.port_of(announce.interface) {
            self.recorder.announced(self.now(), &announce);
        }
    }

    fn join(&mut self, membership: Membership) {
        self.host.borrow_mut().process.groups.insert(membership);
    }

    fn leave(&mut self, membership: Membership) {
        self.host.borrow_mut().process.groups.remove(&membership);
    }
}

impl KernelPort for HostPorts {
    fn apply(&mut self, op: OpId, action: KernelOp) {
        let now = self.now();
        let mut host = self.host.borrow_mut();
        if host.apply(now, op, action.clone()) {
            self.recorder.changed(now, &action);
        }
    }

    fn observe(&mut self, interface: IfName) {
        let now = self.now();
        self.host.borrow_mut().observe(now, interface);
    }

    fn observe_routing(&mut self, protocols: BTreeSet<u8>) {
        let now = self.now();
        self.host.borrow_mut().follow_routing(now, protocols);
    }
}

impl ScriptPort for HostPorts {
    fn start(&mut self, run: RunId, script: Name, _hook: Hook) {
        let now = self.now();
        self.host.borrow_mut().start_script(now, run, &script);
    }

    fn kill(&mut self, run: RunId, signal: Kill) {
        let now = self.now();
        self.host.borrow_mut().kill_script(now, run, signal);
    }
}

impl TrackPort for HostPorts {
    fn follow(&mut self, followed: Followed) {
        let now = self.now();
        self.host.borrow_mut().follow(now, &followed);
    }

    fn transmit_bfd(&mut self, _packet: TransmitBfd) {
        // `express` lets no session into a plan.
    }

    fn unfollow(&mut self, kind: TrackerKind, name: Name) {
        let thing = TrackedThing { kind, name };
        self.host.borrow_mut().unfollow(&thing);
    }
}

impl ProbePort for HostPorts {
    fn start_probe(&mut self, probe: ProbeId, spec: Arc<ProbeSpec>, page: Option<u16>) {
        let now = self.now();
        self.host.borrow_mut().start_probe(now, probe, &spec, page);
        self.recorder.write(now, What::ProbeStarted { probe, spec });
    }

    fn cancel_probe(&mut self, probe: ProbeId) {
        // The core does not hear an answer that comes in spite of that.
        self.recorder
            .write(self.now(), What::ProbeCancelled { probe });
    }
}

impl TablePort for HostPorts {
    fn change_table(&mut self, op: OpId, action: IpvsOp) {
        let now = self.now();
        if self.host.borrow_mut().change_table(now, op, &action) {
            self.recorder
                .write(now, What::TableChanged(Box::new(action)));
        }
    }

    fn observe_table(&mut self) {
        let now = self.now();
        self.host.borrow_mut().observe_table(now);
    }
}

impl NotifyPort for HostPorts {
    fn deliver(&mut self, _notification: Notification) {
        // Nobody here is to be told; the transition itself is in the journal.
    }
}

impl WatchPort for HostPorts {
    fn watch(&mut self, interface: IfName) {
        let now = self.now();
        self.host.borrow_mut().watch(now, interface);
    }

    fn unwatch(&mut self, interface: IfName) {
        self.host.borrow_mut().unwatch(interface);
    }
}

impl JournalPort for HostPorts {
    fn record(&mut self, _now: Instant, notice: Notice) {
        // `_now` is the host's own clock; the log tells the true time.
        self.recorder.noticed(self.now(), notice);
    }
}

/// Where a host's events come from: its socket, and its own kernel and scripts.
#[derive(Debug)]
pub(super) struct HostSource {
    ports: HostPorts,
    entrance: Entrance,
}

impl HostSource {
    pub(super) fn new(ports: HostPorts, entrance: Entrance) -> Self {
        Self { ports, entrance }
    }

    /// Moves what is in the socket to the inbox, each datagram at the instant of its arrival, so
    /// that a host that wakes learns of packets and links in the order in which they came.
    fn read_socket(&mut self) {
        let mut buffer = [0; MAX_DATAGRAM];
        while let Ok((len, _)) = self.ports.socket.try_recv_from(&mut buffer) {
            let envelope = buffer.get(..len).and_then(Envelope::from_bytes);
            let Some(envelope) = envelope else {
                continue;
            };
            let events = self.unpack(&envelope);
            let mut host = self.ports.host.borrow_mut();
            for event in events {
                host.post(envelope.arrives_at, event);
            }
        }
    }

    /// Makes an event for every interface that has joined an envelope's group on its segment.
    fn unpack(&self, envelope: &Envelope) -> Vec<Event> {
        let mut events = Vec::new();
        let carrier = match envelope.protocol {
            VRRP => Carrier::Plain,
            AUTHENTICATED => Carrier::Authenticated,
            _ => return events,
        };
        let host = self.ports.host.borrow();
        for interface in host.plugged_into(&envelope.segment, envelope.arrives_at) {
            let to = envelope.destination;
            let hears = |own: &Membership| {
                // Who listens at all hears what is sent to this host itself.
                let meant = own.group == to || (!to.is_multicast() && host.holds(interface, to));
                own.interface == interface
                    && own.carrier == carrier
                    && own.group.is_ipv4() == to.is_ipv4()
                    && meant
            };
            if host.process.groups.iter().any(hears) {
                events.push(Event::Receive(Received {
                    interface,
                    source: envelope.source,
                    destination: envelope.destination,
                    hop_limit: envelope.hop_limit,
                    header: envelope.header.clone(),
                    payload: envelope.payload.clone(),
                }));
            }
        }
        events
    }
}

impl Source for HostSource {
    fn try_next(&mut self) -> Option<Event> {
        if !self.entrance.is_open() {
            return None;
        }
        self.read_socket();
        let tick = Tick::now(self.ports.ticks);
        self.ports.host.borrow_mut().take_due(tick)
    }

    async fn ready(&mut self) {
        self.entrance.opened().await;
        let (wake, due) = {
            let host = self.ports.host.borrow();
            (host.wake.clone(), host.next_due())
        };
        let now = true_now(self.ports.ticks);
        let wait = due.map(|at| self.ports.ticks.stretch(at.since(now)));
        tokio::select! {
            biased;
            _ = self.ports.socket.readable() => {}
            () = wake.notified() => {}
            () = sleep_or_never(wait) => {}
        }
        self.entrance.opened().await;
    }
}

async fn sleep_or_never(wait: Option<core::time::Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => core::future::pending().await,
    }
}

/// Binds the socket that stands for IP protocol 112 on this host.
pub(super) async fn open_socket() -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)).await?;
    socket.join_multicast_v4(GROUP, Ipv4Addr::UNSPECIFIED)?;
    socket.set_multicast_loop_v4(false)?;
    Ok(socket)
}
