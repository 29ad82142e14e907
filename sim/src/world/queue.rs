//! What is to happen, in order: by time, then faults before packets before timers, then first
//! come, first served.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::bfd::ReceivedBfd;
use bellwether_core::effect::Transmit;
use bellwether_core::event::{Received, ScriptExit};
use bellwether_core::id::{OpId, RunId};
use bellwether_core::kernel::KernelOp;
use bellwether_core::kernel::ipvs::IpvsOp;
use bellwether_core::lvs::{ProbeId, ProbeResult};
use bellwether_core::unit::{IfName, Mac};

use crate::lan::SegmentId;
use crate::log::{NodeId, StationId};
use crate::things::TrackedThing;

/// Which of several things at one instant goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Faults.
    Fault,
    /// Packets, and every other thing that a node hears.
    Packet,
    /// Timers. Those of nodes are not queued: each node has one.
    Timer,
}

/// Something that will happen.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A node's process starts for the first time.
    Start(NodeId),
    /// A fault of the scenario, by its place.
    Fault(usize),
    /// The fault phase ends.
    Heal,
    /// All must have converged.
    Stable,
    /// The stranger sends an advert of a fault, by its place.
    Inject(usize),
    /// An advert arrives.
    Advert(Frame),
    /// A BFD packet arrives.
    Bfd {
        /// At which node.
        to: NodeId,
        /// On which segment.
        segment: SegmentId,
        /// The packet.
        received: ReceivedBfd,
    },
    /// A gratuitous ARP arrives at a client.
    Garp {
        /// Who announces.
        from: NodeId,
        /// Which client hears it.
        client: StationId,
        /// For which virtual address, by its place.
        vip: usize,
        /// The hardware address announced.
        mac: Mac,
    },
    /// A client makes sure of an entry of its cache.
    Revalidate {
        /// Which client.
        client: StationId,
        /// Which virtual address, by its place.
        vip: usize,
    },
    /// Something happens to a process, unless it is another one by then.
    Process {
        /// On which node.
        node: NodeId,
        /// The process that it is meant for.
        incarnation: u32,
        /// What.
        what: ForProcess,
    },
}

/// Something that happens to one process.
#[derive(Clone, Debug)]
pub(crate) enum ForProcess {
    /// The kernel does an operation and answers.
    Kernel {
        /// Which.
        op: OpId,
        /// What to do; boxed, because it would make everything else in the queue larger.
        action: Box<KernelOp>,
    },
    /// The kernel lists an interface's addresses.
    List(IfName),
    /// The kernel lists the routes and rules that are followed.
    ListRouting,
    /// The kernel reports an interface.
    Report(IfName),
    /// A file is read, or processes are counted.
    Look(TrackedThing),
    /// The kernel changes its table of services and answers.
    Table {
        /// Which change.
        op: OpId,
        /// What to do.
        action: Box<IpvsOp>,
    },
    /// The kernel lists its table of services.
    ListTable,
    /// A check of a real server ends.
    Probe {
        /// Which.
        probe: ProbeId,
        /// How.
        result: ProbeResult,
    },
    /// A script's run ends.
    ScriptExit {
        /// Which run.
        run: RunId,
        /// How.
        exit: ScriptExit,
        /// Whether a signal ended it.
        signalled: bool,
    },
}

/// An advert on its way to one node.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Who sent it.
    pub(crate) from: StationId,
    /// Who will hear it.
    pub(crate) to: NodeId,
    /// By which of its interfaces.
    pub(crate) interface: IfName,
    /// Whether the stranger made it, or a link damaged it.
    pub(crate) tampered: bool,
    /// What was sent.
    pub(crate) packet: Arc<Transmit>,
}

impl Frame {
    /// The advert as a node's socket gives it.
    pub(crate) fn received(&self) -> Received {
        Received {
            interface: self.interface,
            source: self.packet.source,
            destination: self.packet.destination,
            hop_limit: self.packet.hop_limit,
            header: self.packet.header.clone(),
            payload: Arc::clone(&self.packet.payload),
        }
    }
}

/// The queue. What is to happen stays where it was put, and only its key is moved to keep order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<Key>>,
    sequence: u64,
    /// What is to happen, by the places that keys end with.
    happenings: Vec<Option<Happening>>,
    /// Places without anything.
    free: Vec<usize>,
}

/// When, of which class, after how many others, and at which place.
type Key = (Instant, Class, u64, usize);

impl Queue {
    /// Adds something.
    pub(crate) fn push(&mut self, at: Instant, class: Class, what: Happening) {
        self.sequence += 1;
        let place = match self.free.pop() {
            Some(place) => {
                self.happenings[place] = Some(what);
                place
            }
            None => {
                self.happenings.push(Some(what));
                self.happenings.len() - 1
            }
        };
        self.heap.push(Reverse((at, class, self.sequence, place)));
    }

    /// When the next thing happens, and of which class it is.
    pub(crate) fn next(&self) -> Option<(Instant, Class)> {
        let Reverse((at, class, ..)) = self.heap.peek()?;
        Some((*at, *class))
    }

    /// Takes the next thing out.
    pub(crate) fn pop(&mut self) -> Option<Happening> {
        let Reverse((.., place)) = self.heap.pop()?;
        self.free.push(place);
        self.happenings.get_mut(place)?.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_one_instant_faults_go_before_packets_before_timers() {
        let mut queue = Queue::default();
        let at = Instant::from_millis(1);
        queue.push(at, Class::Timer, Happening::Stable);
        queue.push(at, Class::Packet, Happening::Start(NodeId(1)));
        queue.push(at, Class::Packet, Happening::Start(NodeId(2)));
        queue.push(at, Class::Fault, Happening::Heal);
        assert!(matches!(queue.pop(), Some(Happening::Heal)));
        assert!(matches!(queue.pop(), Some(Happening::Start(NodeId(1)))));
        assert!(matches!(queue.pop(), Some(Happening::Start(NodeId(2)))));
        assert!(matches!(queue.pop(), Some(Happening::Stable)));
    }
}
