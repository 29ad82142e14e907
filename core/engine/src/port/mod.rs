//! What an adapter implements: synchronous, object-safe sinks.
//!
//! The law of every port: a call takes one effect, never blocks, and never answers. Where an
//! answer is due, it comes later as an [`crate::Event`], exactly one for each id. Calls arrive in
//! the order of the effect queue, and what one port is told takes effect in that order.
//!
//! Deliberately absent: errors. A call that can't be carried out answers with an event where it
//! has an id, and is otherwise logged and forgotten, as a packet is that the wire loses.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bfd::TransmitBfd;
use crate::effect::{Announce, Kill, Membership, Notice, Transmit};
use crate::id::{OpId, RunId};
use crate::kernel::KernelOp;
use crate::kernel::ipvs::IpvsOp;
use crate::lvs::{ProbeId, ProbeSpec};
use crate::model::Hook;
use crate::notify::Notification;
use crate::time::Instant;
use crate::track::{Followed, TrackerKind};
use crate::unit::{IfName, Name};

/// Sends and receives on the wire.
pub trait NetPort {
    /// Sends an advert.
    fn transmit(&mut self, advert: Transmit);
    /// Broadcasts a gratuitous ARP.
    fn announce(&mut self, announce: Announce);
    /// Receives VRRP of this group from now on, each datagram as one [`crate::Event::Receive`].
    fn join(&mut self, membership: Membership);
    /// Stops that.
    fn leave(&mut self, membership: Membership);
}

/// Changes and lists durable kernel state.
pub trait KernelPort {
    /// Makes one change; answered by [`crate::Event::KernelDone`] with the same id.
    ///
    /// Adding what is there and removing what is gone are successes.
    fn apply(&mut self, op: OpId, action: KernelOp);
    /// Lists an interface's addresses; answered by [`crate::Event::Addresses`], empty where there
    /// is no such interface.
    fn observe(&mut self, interface: IfName);
    /// Lists routes and rules of these protocols, answered by [`crate::Event::Routing`], and
    /// reports their coming and going from now on as [`crate::Event::Found`] and
    /// [`crate::Event::Lost`]. Of no protocol: stops that, without an answer.
    ///
    /// Where the kernel drops routes without a word (with their interface, or with the address
    /// that they send from), the adapter lists all again by itself.
    fn observe_routing(&mut self, protocols: BTreeSet<u8>);
}

/// Runs tracked scripts.
pub trait ScriptPort {
    /// Starts a run in a process group of its own; answered by [`crate::Event::ScriptExited`].
    fn start(&mut self, run: RunId, script: Name, hook: Hook);
    /// Signals the process group of a run. A run that is over is left alone.
    fn kill(&mut self, run: RunId, signal: Kill);
}

/// Looks at what instances track besides links and scripts.
pub trait TrackPort {
    /// Reports this now, and at every change, as [`crate::Event::Sighting`]; of a BFD session, each
    /// datagram that comes to its port as [`crate::Event::ReceiveBfd`].
    ///
    /// What can't be looked at is reported as missing, or as none at all.
    fn follow(&mut self, followed: Followed);
    /// Sends a control packet of a BFD session that is followed.
    fn transmit_bfd(&mut self, packet: TransmitBfd);
    /// Stops that.
    fn unfollow(&mut self, kind: TrackerKind, name: Name);
}

/// Checks real servers.
pub trait ProbePort {
    /// Starts a check; answered by [`crate::Event::ProbeDone`]. `page` says which of an HTTP
    /// check's pages is asked for, from 0; none: it has no pages.
    ///
    /// The adapter keeps to the timeouts of `spec`; when its deadline passes the core cancels it.
    fn start_probe(&mut self, probe: ProbeId, spec: Arc<ProbeSpec>, page: Option<u16>);
    /// Gives a check up. One that is over is left alone; an answer is not heard any more.
    fn cancel_probe(&mut self, probe: ProbeId);
}

/// Changes and lists the kernel's table of services.
pub trait TablePort {
    /// Makes one change, behind all earlier ones; answered by [`crate::Event::TableDone`], in the
    /// order of the changes. An adapter may have many under way at once.
    ///
    /// What is there already or gone already is the kernel's error, and the answer.
    fn change_table(&mut self, op: OpId, action: IpvsOp);
    /// Lists the table, behind all earlier changes; answered by [`crate::Event::Table`].
    fn observe_table(&mut self);
}

/// Tells people and notification scripts.
pub trait NotifyPort {
    /// Delivers one transition. Deliveries of one instance keep their order.
    fn deliver(&mut self, notification: Notification);
}

/// Watches what changes by itself.
pub trait WatchPort {
    /// Reports this interface's state now, and at every change, as [`crate::Event::Link`], and
    /// address changes as [`crate::Event::AddressAdded`] and [`crate::Event::AddressRemoved`].
    ///
    /// What stands on it of the kinds that nodes make is reported as
    /// [`crate::Event::VirtualLink`], before the interface itself the first time.
    fn watch(&mut self, interface: IfName);
    /// Stops that.
    fn unwatch(&mut self, interface: IfName);
}

/// Keeps what people read later.
pub trait JournalPort {
    /// Records one notice.
    fn record(&mut self, now: Instant, notice: Notice);
}

/// Tells drivers the time. The core never sees one.
pub trait Clock {
    /// Monotonic time since the driver's origin.
    fn now(&self) -> Instant;
}

/// All ports of one node.
pub trait Ports:
    NetPort
    + KernelPort
    + ScriptPort
    + TrackPort
    + ProbePort
    + TablePort
    + NotifyPort
    + WatchPort
    + JournalPort
{
}

impl<T> Ports for T where
    T: NetPort
        + KernelPort
        + ScriptPort
        + TrackPort
        + ProbePort
        + TablePort
        + NotifyPort
        + WatchPort
        + JournalPort
{
}

/// Hands one effect to the port that it names.
///
/// Returns whether the node is done ([`crate::Effect::Stopped`]).
pub fn interpret(ports: &mut dyn Ports, now: Instant, effect: crate::Effect) -> bool {
    use crate::Effect;
    match effect {
        Effect::Transmit(advert) => ports.transmit(advert),
        Effect::Announce(announce) => ports.announce(announce),
        Effect::Join(membership) => ports.join(membership),
        Effect::Leave(membership) => ports.leave(membership),
        Effect::Kernel { op, action } => ports.apply(op, action),
        Effect::Observe { interface } => ports.observe(interface),
        Effect::ObserveRouting { protocols } => ports.observe_routing(protocols),
        Effect::Watch { interface } => ports.watch(interface),
        Effect::Unwatch { interface } => ports.unwatch(interface),
        Effect::StartScript { run, script, hook } => {
            ports.start(run, script, Arc::unwrap_or_clone(hook));
        }
        Effect::KillScript { run, signal } => ports.kill(run, signal),
        Effect::Follow(followed) => ports.follow(*followed),
        Effect::TransmitBfd(packet) => ports.transmit_bfd(packet),
        Effect::Unfollow { kind, name } => ports.unfollow(kind, name),
        Effect::StartProbe { probe, spec, page } => ports.start_probe(probe, spec, page),
        Effect::CancelProbe { probe } => ports.cancel_probe(probe),
        Effect::Table { op, action } => ports.change_table(op, action),
        Effect::ObserveTable => ports.observe_table(),
        Effect::Notify(notification) => ports.deliver(notification),
        Effect::Notice(notice) => ports.record(now, notice),
        Effect::Stopped => return true,
    }
    false
}
