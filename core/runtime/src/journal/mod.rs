//! The journal: all that went into a node and all that came out, in a form that can be run again.
//!
//! Owns the form, and nothing else: JSON, one [`Line`] each. A journal is made of stretches. A
//! stretch begins with a [`Head`], which has everything that a node is made from: its configuration
//! when it was started, or the whole node when the stretch begins in the middle of its life. Then
//! comes one [`Step`] for each thing that happened to the node, with the effects that it wanted in
//! answer, in order. So every stretch can be run again without what was before it.
//!
//! Invariant: a step says all that the node's decision depended on. What the core is handed but
//! the journal does not have does not exist; the core is deterministic, and so the same steps give
//! the same effects wherever they are run.
//!
//! Deliberately absent: files, threads and clocks. Who records decides where the lines go
//! ([`Recorder`]); who reads decides where they come from.

mod read;

use std::fmt;

use bellwether_core::model::Config;
use bellwether_core::{Effect, Event, Instant, Node, TimerReason};
use serde::{Deserialize, Serialize};

pub use read::{Reader, Unreadable};

/// The number of this form. Another one means that this program can't read the journal.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// A stretch begins.
    Head(Box<Head>),
    /// Something happened.
    Step(Step),
}

/// What a stretch begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// Who wrote it, with its version: another version may decide otherwise.
    pub program: String,
    /// The node's name: the host's.
    pub host: String,
    /// What the wall clock said when the line was written, in nanoseconds since 1970; for people,
    /// and for putting files in order. None: there is no wall clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<u64>,
    /// The node's time.
    pub at: Instant,
    /// The number of the step that follows.
    pub step: u64,
    /// How many steps before this line could not be recorded.
    #[serde(default)]
    pub lost: u64,
    /// What the node is made from.
    pub from: Origin,
}

/// What a node is made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It is started with this configuration.
    Start(Box<Config>),
    /// It has lived for a while, and is like this.
    Life(Box<Node>),
}

impl Origin {
    /// The node, as it was before the step that follows.
    #[must_use]
    pub fn node(&self, at: Instant) -> Node {
        match self {
            Self::Start(config) => Node::new((**config).clone(), at),
            Self::Life(node) => (**node).clone(),
        }
    }

    /// The configuration that it runs.
    #[must_use]
    pub fn config(&self) -> &Config {
        match self {
            Self::Start(config) => config,
            Self::Life(node) => node.config(),
        }
    }
}

/// One thing that happened to a node, and what the node wanted done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number: 0 for the node's start, then one more each time.
    pub n: u64,
    /// When the node was told: nanoseconds of its own monotonic clock.
    pub at: Instant,
    /// What it was told.
    pub input: Input,
    /// What it wanted done, in order.
    pub effects: Vec<Effect>,
}

/// What a node is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Nothing yet: it has been started.
    Start,
    /// Something happened.
    Event(Event),
    /// The time has come that it asked for.
    Timeout(TimerReason),
}

impl Input {
    /// Tells a node. Its effects are to be polled next.
    pub fn tell(self, node: &mut Node, at: Instant) {
        match self {
            Self::Start => {}
            Self::Event(event) => node.handle(at, event),
            Self::Timeout(_) => node.handle_timeout(at),
        }
    }
}

/// Polls all effects of a node: what [`Step::effects`] is to be compared with.
pub fn effects(node: &mut Node) -> Vec<Effect> {
    std::iter::from_fn(|| node.poll_effect()).collect()
}

/// Hears all that goes into a node and all that comes out, as a [`crate::Driver`] hands it over.
///
/// A call must not wait: it is made by the loop that sends adverts.
pub trait Recorder: fmt::Debug + Send {
    /// Records what a node was told and what it wants done; it has been done by now. `node` is as
    /// it stands after that.
    fn record(&mut self, node: &Node, at: Instant, input: Input, effects: Vec<Effect>);
}
