//! The journal of a daemon: all that its node hears and wants, in a file that can be run again.
//!
//! Owns the way from the VRRP loop to the file. The loop hands values over a queue that never makes
//! it wait; a thread of its own makes text of them. Invariant: what stands in the file can be run
//! again. A full queue loses steps, and then the next line is a [`Head`] with the whole node and
//! the number of what was lost.
//!
//! The file has everything that the node knows, passwords too, and is therefore for its owner only.
//!
//! Deliberately absent: the form of the lines, which is [`bellwether_runtime::journal`]'s.

mod files;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bellwether_core::{Effect, Instant, Node};
use bellwether_runtime::journal::{FORMAT, Head, Input, Line, Origin, Recorder, Step};
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::oneshot;

pub(crate) use files::Files;
use writer::Writer;

/// How many lines may wait for the thread: several seconds' worth of a node with a thousand
/// instances.
const QUEUE: usize = 8192;

/// Where a journal goes, and how long it may get.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: PathBuf,
    /// From how many bytes on a new file is begun.
    pub(crate) limit: u64,
    /// How many files there are to be, the current one included; at least 1.
    pub(crate) count: u32,
}

/// Starts the thread. Returns what the VRRP loop records with, and what is told when everything is
/// written, once that is dropped.
///
/// # Errors
///
/// When the file can't be opened, is no journal, or there is no thread to be had.
pub(crate) fn start(
    place: Place,
    host: &str,
) -> io::Result<(Box<dyn Recorder>, oneshot::Receiver<()>)> {
    let files = Files::open(place)?;
    let (queue, lines) = mpsc::channel(QUEUE);
    let wish = Wish::default();
    let writer = Writer::new(files, wish.clone());
    let (end, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || {
            writer.run(lines);
            if end.send(()).is_err() {
                tracing::debug!("nobody waits for the journal's end");
            }
        })?;
    let recording = Recording::new(queue, wish, host);
    Ok((Box::new(recording), ended))
}

/// The thread's wish for the whole node, so that it can begin a new file.
#[derive(Clone, Debug, Default)]
struct Wish(Arc<AtomicBool>);

impl Wish {
    fn make(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether there is one, which is then fulfilled.
    fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

/// The VRRP loop's end of the queue.
#[derive(Debug)]
struct Recording {
    queue: Sender<Line>,
    wish: Wish,
    host: String,
    /// The number of the next step.
    next: u64,
    /// How many steps were lost since the last line.
    lost: u64,
}

impl Recording {
    fn new(queue: Sender<Line>, wish: Wish, host: &str) -> Self {
        Self {
            queue,
            wish,
            host: host.to_owned(),
            next: 0,
            lost: 0,
        }
    }

    fn head(&self, at: Instant, from: Origin) -> Line {
        Line::Head(Box::new(Head {
            format: FORMAT,
            program: format!("bellwether {}", env!("CARGO_PKG_VERSION")),
            host: self.host.clone(),
            written: None,
            at,
            step: self.next,
            lost: self.lost,
            from,
        }))
    }

    /// Whether there is room enough to go on after a loss: not for the next moment only.
    fn has_calmed(&self) -> bool {
        self.queue.capacity() > self.queue.max_capacity() / 2
    }
}

impl Recorder for Recording {
    fn record(&mut self, node: &Node, at: Instant, input: Input, effects: Vec<Effect>) {
        if input == Input::Start {
            let start = Origin::Start(Box::new(node.config().clone()));
            if self.queue.try_send(self.head(at, start)).is_err() {
                self.lost += 1;
            }
        }
        let n = self.next;
        self.next += 1;
        let step = Step {
            n,
            at,
            input,
            effects,
        };
        // Behind a gap, a step is of no use before the node is known again.
        if self.lost > 0 || self.queue.try_send(Line::Step(step)).is_err() {
            self.lost += 1;
        }
        let is_wanted = if self.lost > 0 {
            self.has_calmed()
        } else {
            self.wish.take()
        };
        if is_wanted && let Ok(room) = self.queue.try_reserve() {
            room.send(self.head(at, Origin::Life(Box::new(node.clone()))));
            self.lost = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use bellwether_core::model::Config;
    use bellwether_core::{Event, TimerReason};

    use super::*;

    fn kinds(lines: &mut mpsc::Receiver<Line>) -> Vec<String> {
        let lines = std::iter::from_fn(|| lines.try_recv().ok());
        let kind = |line| match line {
            Line::Step(step) => format!("step {}", step.n),
            Line::Head(head) => {
                let from = match head.from {
                    Origin::Start(_) => "start",
                    Origin::Life(_) => "life",
                };
                format!("{from} before {}, lost {}", head.step, head.lost)
            }
        };
        lines.map(kind).collect()
    }

    #[test]
    fn a_full_queue_is_a_gap_that_the_next_head_tells_of() {
        let (queue, mut lines) = mpsc::channel(4);
        let mut recording = Recording::new(queue, Wish::default(), "lb1");
        let node = Node::new(Config::default(), Instant::ZERO);
        let mut record = |input| recording.record(&node, Instant::ZERO, input, Vec::new());
        record(Input::Start);
        for _ in 0..5 {
            record(Input::Event(Event::ClearStatistics));
        }
        let before = ["start before 0, lost 0", "step 0", "step 1", "step 2"];
        assert_eq!(kinds(&mut lines), before);
        record(Input::Timeout(TimerReason::Advert));
        record(Input::Timeout(TimerReason::Advert));
        assert_eq!(kinds(&mut lines), ["life before 7, lost 4", "step 7"]);
    }

    #[test]
    fn the_node_comes_once_for_each_wish() {
        let (queue, mut lines) = mpsc::channel(10);
        let wish = Wish::default();
        let mut recording = Recording::new(queue, wish.clone(), "lb1");
        let node = Node::new(Config::default(), Instant::ZERO);
        let mut record = |input| recording.record(&node, Instant::ZERO, input, Vec::new());
        record(Input::Start);
        wish.make();
        record(Input::Event(Event::ClearStatistics));
        record(Input::Event(Event::ClearStatistics));
        let all = [
            "start before 0, lost 0",
            "step 0",
            "step 1",
            "life before 2, lost 0",
            "step 2",
        ];
        assert_eq!(kinds(&mut lines), all);
    }
}
