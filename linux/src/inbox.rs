//! The way into the VRRP loop from all other threads.
//!
//! One channel, so that answers and reports keep the order in which they were sent. Unbounded,
//! because what travels here is bounded by what the loop has asked for, and a sender must never
//! wait for the loop.

use bellwether_core::status::NodeStatus;
use bellwether_core::{Event, Instant, Node};
use tokio::sync::{mpsc, oneshot};

/// What other threads send to the loop.
#[derive(Debug)]
pub enum Input {
    /// Something happened.
    Event(Event),
    /// Somebody wants to know how things are.
    Status(oneshot::Sender<NodeStatus>),
    /// Somebody wants to try something on a copy of the node, as it is at this instant.
    Copy(oneshot::Sender<Box<(Node, Instant)>>),
}

/// The sending end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox(mpsc::UnboundedSender<Input>);

/// The receiving end.
pub type Inbox = mpsc::UnboundedReceiver<Input>;

/// Makes both ends.
#[must_use]
pub fn channel() -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Outbox(sender), receiver)
}

impl Outbox {
    /// Tells the loop of an event. A loop that has ended hears nothing.
    pub fn event(&self, event: Event) {
        self.input(Input::Event(event));
    }

    /// Asks the loop for its status; the receiver fails when the loop has ended.
    #[must_use]
    pub fn ask_status(&self) -> oneshot::Receiver<NodeStatus> {
        let (sender, receiver) = oneshot::channel();
        self.input(Input::Status(sender));
        receiver
    }

    /// Asks the loop for a copy of its node, as it is at some instant; the receiver fails when the
    /// loop has ended.
    #[must_use]
    pub fn ask_copy(&self) -> oneshot::Receiver<Box<(Node, Instant)>> {
        let (sender, receiver) = oneshot::channel();
        self.input(Input::Copy(sender));
        receiver
    }

    fn input(&self, input: Input) {
        if self.0.send(input).is_err() {
            tracing::debug!("the VRRP loop has ended; an event for it was dropped");
        }
    }
}
