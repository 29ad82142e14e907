//! Drain, fire, flush, wait.

use std::future::Future;

use bellwether_core::mutant::{self, Mutant};
use bellwether_core::port::{Clock, Ports, interpret};
use bellwether_core::{Event, Instant, Node};

/// Where events come from.
pub trait Source {
    /// The next event that has already arrived; never waits.
    ///
    /// Must look into the sockets themselves: what the kernel has queued has arrived.
    fn try_next(&mut self) -> Option<Event>;

    /// Waits until [`Self::try_next`] may have something. Cancel safe.
    fn ready(&mut self) -> impl Future<Output = ()>;

    /// Sees the node as it stands in each turn of the loop, before it waits: for answering those
    /// who ask for its status. Does nothing by default.
    fn inspect(&mut self, node: &Node, now: Instant) {
        let _ = (node, now);
    }
}

/// A clock that can also wait.
pub trait Timer: Clock {
    /// Waits until `deadline`, not less, and as little more as it can. Cancel safe.
    fn sleep_until(&mut self, deadline: Instant) -> impl Future<Output = ()>;
}

/// Events taken in a row before timers get a turn, so that a flood of packets can't stop them.
///
/// Larger than what a socket buffer of the default size holds in adverts, so that a node that
/// wakes from a pause hears all of them first.
const DRAIN_LIMIT: usize = 4096;

/// A node with the world that it acts on.
#[derive(Debug)]
pub struct Driver<S, P, T> {
    node: Node,
    source: S,
    ports: P,
    timer: T,
}

impl<S: Source, P: Ports, T: Timer> Driver<S, P, T> {
    /// Puts a node into its world. Nothing happens before [`Self::run`].
    pub fn new(node: Node, source: S, ports: P, timer: T) -> Self {
        Self {
            node,
            source,
            ports,
            timer,
        }
    }

    /// Runs until the node has stopped ([`bellwether_core::Effect::Stopped`]).
    ///
    /// Dropping the future between two awaits is a crash of the process: nothing more is sent.
    pub async fn run(mut self) {
        if self.flush() {
            return;
        }
        loop {
            let fire_first = mutant::is_active(Mutant::TimersBeforePackets);
            if (fire_first && self.fire()) || self.drain() || self.fire() {
                return;
            }
            self.source.inspect(&self.node, self.timer.now());
            let deadline = self
                .node
                .poll_timeout()
                .map_or(Instant::FAR_FUTURE, |(at, _)| at);
            tokio::select! {
                biased;
                () = self.source.ready() => {}
                () = self.timer.sleep_until(deadline) => {}
            }
        }
    }

    /// Hears all that has arrived. Returns whether the node has stopped.
    fn drain(&mut self) -> bool {
        for _ in 0..DRAIN_LIMIT {
            let Some(event) = self.source.try_next() else {
                return false;
            };
            self.node.handle(self.timer.now(), event);
            if self.flush() {
                return true;
            }
        }
        false
    }

    /// Fires all that is due. Returns whether the node has stopped.
    fn fire(&mut self) -> bool {
        self.node.handle_timeout(self.timer.now());
        self.flush()
    }

    /// Hands all effects to the ports, in order. Returns whether the node has stopped.
    fn flush(&mut self) -> bool {
        let now = self.timer.now();
        while let Some(effect) = self.node.poll_effect() {
            if interpret(&mut self.ports, now, effect) {
                return true;
            }
        }
        false
    }
}
