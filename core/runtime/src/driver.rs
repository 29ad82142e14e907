//! Drain, fire, flush, wait.

use std::future::Future;

use bellwether_core::mutant::{self, Mutant};
use bellwether_core::port::{Clock, Ports, interpret};
use bellwether_core::{Event, Instant, Node};

use crate::journal::{Input, Recorder};

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
    recorder: Option<Box<dyn Recorder>>,
}

impl<S: Source, P: Ports, T: Timer> Driver<S, P, T> {
    /// Puts a node into its world. Nothing happens before [`Self::run`].
    pub fn new(node: Node, source: S, ports: P, timer: T) -> Self {
        Self {
            node,
            source,
            ports,
            timer,
            recorder: None,
        }
    }

    /// Has all that happens recorded; by default nothing is.
    #[must_use]
    pub fn recorded_by(mut self, recorder: Box<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Runs until the node has stopped ([`bellwether_core::Effect::Stopped`]).
    ///
    /// Dropping the future between two awaits is a crash of the process: nothing more is sent.
    pub async fn run(mut self) {
        let told = self.recorder.is_some().then(|| Input::Start.into());
        if self.flush(self.timer.now(), told) {
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
            let is_recorded = self.recorder.is_some();
            let told = is_recorded.then(|| Input::Event(event.clone()).into());
            let now = self.timer.now();
            self.node.handle(now, event);
            if self.flush(now, told) {
                return true;
            }
        }
        false
    }

    /// Fires all that is due. Returns whether the node has stopped.
    fn fire(&mut self) -> bool {
        let now = self.timer.now();
        let due = self
            .recorder
            .as_ref()
            .and_then(|_| self.node.poll_timeout());
        self.node.handle_timeout(now);
        let recorded = due.map(|(at, reason)| Recorded {
            input: Input::Timeout(reason),
            // An early call does nothing, and then it is nothing to record.
            unless_idle: now < at,
        });
        self.flush(now, recorded)
    }

    /// Hands all effects to the ports, in order, and records them as the answer to what the node
    /// was told at `at`. Returns whether the node has stopped.
    fn flush(&mut self, at: Instant, told: Option<Recorded>) -> bool {
        let now = self.timer.now();
        let mut effects = Vec::new();
        let mut has_stopped = false;
        while !has_stopped && let Some(effect) = self.node.poll_effect() {
            if told.is_some() {
                effects.push(effect.clone());
            }
            has_stopped = interpret(&mut self.ports, now, effect);
        }
        if let (Some(recorder), Some(told)) = (&mut self.recorder, told)
            && !(told.unless_idle && effects.is_empty())
        {
            recorder.record(&self.node, at, told.input, effects);
        }
        has_stopped
    }
}

/// What a node was told, for the journal.
struct Recorded {
    input: Input,
    /// Whether it is nothing to record if the node wants nothing done.
    unless_idle: bool,
}

impl From<Input> for Recorded {
    fn from(input: Input) -> Self {
        Self {
            input,
            unless_idle: false,
        }
    }
}
