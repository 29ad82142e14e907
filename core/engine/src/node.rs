//! One router: all its instances, scripts and kernel state, and the way between them.

use std::collections::VecDeque;

use crate::effect::Effect;
use crate::event::Event;
use crate::model::Config;
use crate::status::NodeStatus;
use crate::time::Instant;

/// Why a node wants to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerReason {
    /// A master's advert is due.
    Advert,
    /// A backup's master-down timer runs out.
    MasterDown,
    /// Gratuitous ARP is due again.
    Announce,
    /// A script is to be started.
    ScriptInterval,
    /// A script has run too long.
    ScriptTimeout,
    /// A failed kernel operation is to be tried again.
    KernelRetry,
}

/// One router.
#[derive(Clone, Debug)]
pub struct Node {
    config: Config,
    effects: VecDeque<Effect>,
}

impl Node {
    /// Starts a router. Poll effects and the timeout next.
    #[must_use]
    pub fn new(config: Config, _now: Instant) -> Self {
        Self {
            config,
            effects: VecDeque::new(),
        }
    }

    /// Takes one event in. Poll effects and the timeout next.
    ///
    /// `now` must not be before that of any earlier call; if it is, the earlier one counts.
    pub fn handle(&mut self, _now: Instant, _event: Event) {}

    /// Fires every timer that is due. Early calls do nothing. Poll effects and the timeout next.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// The next effect, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Self::handle_timeout`] is to be called next, and why. Changes after every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        None
    }

    /// The configuration that is being run.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// A snapshot for people, tests and metrics.
    #[must_use]
    pub fn status(&self, now: Instant) -> NodeStatus {
        NodeStatus {
            at: now,
            instances: Vec::new(),
            scripts: Vec::new(),
            desired: Vec::new(),
            observed: Vec::new(),
            stray: Default::default(),
        }
    }
}
