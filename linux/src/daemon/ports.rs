//! The core's ports and its source of events, as the VRRP loop has them on Linux.
//!
//! Adverts and gratuitous ARP are sent here and now; everything else goes to the main thread.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bellwether_core::bfd::TransmitBfd;
use bellwether_core::effect::{Announce, Kill, Membership, Notice, Transmit};
use bellwether_core::kernel::KernelOp;
use bellwether_core::kernel::ipvs::IpvsOp;
use bellwether_core::lvs::{ProbeId, ProbeSpec};
use bellwether_core::model::Hook;
use bellwether_core::model::lvs::Check;
use bellwether_core::notify::Notification;
use bellwether_core::port::{
    JournalPort, KernelPort, NetPort, NotifyPort, ProbePort, ScriptPort, TablePort, TrackPort,
    WatchPort,
};
use bellwether_core::status::NodeStatus;
use bellwether_core::track::{Followed, TrackerKind};
use bellwether_core::unit::{IfName, Name};
use bellwether_core::{Event, Instant, Node, OpId, RunId};
use bellwether_runtime::Source;
use rustix::time::{ClockId, Timespec, clock_gettime};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::lvs;
use super::router::Kept;
use crate::inbox::{Inbox, Input};
use crate::ipvs::keeper;
use crate::net::{BfdNet, Net};
use crate::{misc, netlink, script, track};

/// What people are to be told, by the main thread: forming lines takes time, and the core says that
/// an instance is master before it hands over the advert that makes it so.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// One line for the log.
    Notice(Notice),
    /// A transition whose work is done.
    Notification(Notification),
}

/// Where the loop's events come from: other threads, and the raw sockets.
#[derive(Debug)]
pub(super) struct Inlet {
    inbox: Inbox,
    net: Rc<RefCell<Net>>,
    bfd: Rc<RefCell<BfdNet>>,
    /// What was taken out of the inbox while waiting.
    taken: Option<Input>,
    /// Whether the last look found nothing: only then may there be waiting.
    empty: bool,
    /// By how much the wall clock was ahead of the monotonic one when the core was told of it.
    ahead: Option<Duration>,
    status_wanted: Vec<oneshot::Sender<NodeStatus>>,
    copies_wanted: Vec<oneshot::Sender<Box<(Node, Instant)>>>,
}

impl Inlet {
    pub(super) const fn new(inbox: Inbox, net: Rc<RefCell<Net>>, bfd: Rc<RefCell<BfdNet>>) -> Self {
        Self {
            inbox,
            net,
            bfd,
            taken: None,
            empty: false,
            ahead: None,
            status_wanted: Vec::new(),
            copies_wanted: Vec::new(),
        }
    }

    /// What the wall clock says, if that is news. Slewing is followed in steps of this size.
    fn clock_was_set(&mut self) -> Option<Event> {
        const NEWS: Duration = Duration::from_millis(20);
        let unix = span(clock_gettime(ClockId::Realtime));
        let ahead = unix.saturating_sub(span(clock_gettime(ClockId::Monotonic)));
        if self.ahead.is_some_and(|known| known.abs_diff(ahead) < NEWS) {
            return None;
        }
        self.ahead = Some(ahead);
        Some(Event::WallClock { unix })
    }

    /// The next event from other threads.
    fn told(&mut self) -> Option<Event> {
        loop {
            let input = self.taken.take().or_else(|| self.inbox.try_recv().ok())?;
            match input {
                Input::Status(answer) => self.status_wanted.push(answer),
                Input::Copy(answer) => self.copies_wanted.push(answer),
                Input::Event(event) => {
                    if let Event::Link(report) = &event {
                        self.net.borrow_mut().link_changed(report);
                    }
                    return Some(event);
                }
            }
        }
    }
}

impl Source for Inlet {
    fn try_next(&mut self) -> Option<Event> {
        let event = self.clock_was_set().or_else(|| self.told()).or_else(|| {
            let received = self.net.borrow_mut().receive();
            received.map(Event::Receive)
        });
        let event = event.or_else(|| {
            let received = self.bfd.borrow_mut().receive();
            received.map(Event::ReceiveBfd)
        });
        self.empty = event.is_none();
        event
    }

    async fn ready(&mut self) {
        poll_fn(|context| {
            if !self.empty || self.taken.is_some() {
                return Poll::Ready(());
            }
            if let Poll::Ready(Some(input)) = self.inbox.poll_recv(context) {
                self.taken = Some(input);
                return Poll::Ready(());
            }
            // Both are asked, so that both wake the loop.
            let bfd = self.bfd.borrow().poll_ready(context);
            match self.net.borrow().poll_ready(context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => bfd,
            }
        })
        .await;
    }

    fn inspect(&mut self, node: &Node, now: Instant) {
        for answer in self.status_wanted.drain(..) {
            if answer.send(node.status(now)).is_err() {
                tracing::debug!("nobody waits for the status any more");
            }
        }
        for answer in self.copies_wanted.drain(..) {
            if answer.send(Box::new((node.clone(), now))).is_err() {
                tracing::debug!("nobody waits for the copy any more");
            }
        }
    }
}

/// Where the loop's effects go.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) net: Rc<RefCell<Net>>,
    pub(super) bfd: Rc<RefCell<BfdNet>>,
    pub(super) kernel: UnboundedSender<netlink::Request>,
    pub(super) scripts: UnboundedSender<script::Request>,
    pub(super) tracked: UnboundedSender<track::Request>,
    pub(super) lvs: lvs::Threads,
    pub(super) commands: UnboundedSender<misc::Request>,
    pub(super) people: UnboundedSender<Told>,
    pub(super) keep: Kept,
}

impl Desk {
    fn kernel(&self, request: netlink::Request) {
        send(&self.kernel, request);
    }

    fn ask_keeper(&self, request: keeper::Request) {
        if self.lvs.table.send(request).is_err() {
            tracing::debug!("nobody keeps the table any more");
        }
    }
}

impl NetPort for Desk {
    fn transmit(&mut self, advert: Transmit) {
        self.net.borrow_mut().transmit(&advert);
    }

    fn announce(&mut self, announce: Announce) {
        self.net.borrow_mut().announce(&announce);
    }

    fn join(&mut self, membership: Membership) {
        self.net.borrow_mut().join(membership);
    }

    fn leave(&mut self, membership: Membership) {
        self.net.borrow_mut().leave(membership);
    }
}

impl KernelPort for Desk {
    fn apply(&mut self, op: OpId, action: KernelOp) {
        if self.keep.are_addresses() {
            let outcome = Ok(());
            return self.keep.outbox.event(Event::KernelDone { op, outcome });
        }
        self.kernel(netlink::Request::Apply(op, action));
    }

    fn observe(&mut self, interface: IfName) {
        self.kernel(netlink::Request::Observe(interface));
    }

    fn observe_routing(&mut self, protocols: BTreeSet<u8>) {
        self.kernel(netlink::Request::ObserveRouting(protocols));
    }
}

impl WatchPort for Desk {
    fn watch(&mut self, interface: IfName) {
        self.kernel(netlink::Request::Watch(interface));
    }

    fn unwatch(&mut self, interface: IfName) {
        self.kernel(netlink::Request::Unwatch(interface));
    }
}

impl ScriptPort for Desk {
    fn start(&mut self, run: RunId, script: Name, hook: Hook) {
        send(&self.scripts, script::Request::Start(run, script, hook));
    }

    fn kill(&mut self, run: RunId, signal: Kill) {
        send(&self.scripts, script::Request::Kill(run, signal));
    }
}

impl TrackPort for Desk {
    fn follow(&mut self, followed: Followed) {
        if let Followed::Bfd(session) = &followed {
            self.bfd.borrow_mut().follow(session);
            return;
        }
        send(&self.tracked, track::Request::Follow(followed));
    }

    fn transmit_bfd(&mut self, packet: TransmitBfd) {
        self.bfd.borrow_mut().transmit(&packet);
    }

    fn unfollow(&mut self, kind: TrackerKind, name: Name) {
        if kind == TrackerKind::Bfd {
            self.bfd.borrow_mut().unfollow(&name);
            return;
        }
        send(&self.tracked, track::Request::Unfollow(kind, name));
    }
}

impl ProbePort for Desk {
    fn start_probe(&mut self, probe: ProbeId, spec: Arc<ProbeSpec>, page: Option<u16>) {
        if let Check::Misc(check) = &spec.check {
            let hook = Hook::new(check.command.clone(), check.user.clone());
            return send(&self.commands, misc::Request::Start(probe, hook));
        }
        self.lvs.prober.probe(probe, spec, page);
    }

    fn cancel_probe(&mut self, probe: ProbeId) {
        // Of one of the two: whose it is not leaves it alone.
        self.lvs.prober.cancel(probe);
        send(&self.commands, misc::Request::Cancel(probe));
    }
}

impl TablePort for Desk {
    fn change_table(&mut self, op: OpId, action: IpvsOp) {
        if self.keep.is_table() {
            let outcome = Ok(());
            return self.keep.outbox.event(Event::TableDone { op, outcome });
        }
        tracing::debug!("IPVS: asked for {action:?}");
        self.ask_keeper(keeper::Request::Apply(op, action));
    }

    fn observe_table(&mut self) {
        self.ask_keeper(keeper::Request::Observe);
    }
}

impl NotifyPort for Desk {
    fn deliver(&mut self, notification: Notification) {
        send(&self.people, Told::Notification(notification));
    }
}

impl JournalPort for Desk {
    fn record(&mut self, _now: Instant, notice: Notice) {
        send(&self.people, Told::Notice(notice));
    }
}

/// Hands something to the main thread, which is only gone when the process is.
fn send<T>(to: &UnboundedSender<T>, what: T) {
    if to.send(what).is_err() {
        tracing::debug!("the main thread has gone");
    }
}

/// A clock's reading; one before its origin is that.
fn span(time: Timespec) -> Duration {
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}
