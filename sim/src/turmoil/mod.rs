//! The same nodes as async drivers in turmoil's world of simulated sockets.
//!
//! The event queue calls the core directly; here [`bellwether_runtime::Driver`] does, as on Linux,
//! over turmoil's UDP, tokio's timers and `select!`. What the event queue can't find is found
//! here: a wake-up that is lost, a future that is not cancel safe, timers that fire before packets
//! are read. Both engines must give the same transitions: [`same_transitions`].
//!
//! turmoil's time goes in ticks, and a host's in nanoseconds: what was due within a tick is done at
//! the time at which it was due, by the host's clock, so that nothing adds up that is only turmoil's.
//!
//! A [`Cluster`] is the same in a simulation of one's own.
//!
//! Adverts travel as [`Envelope`]s in UDP multicast. Kernel, scripts and gratuitous ARP are plain
//! data, and the wires are the event queue's own links, with the same random streams. A scenario's
//! checks have their endings from its backends; [`Sockets`] is what the checkers' real dialogues
//! speak through in a world of turmoil's. Deliberately absent: clients, strangers and invariants; the event queue has them.

mod actor;
mod clock;
mod cluster;
mod compare;
mod envelope;
mod express;
mod gate;
mod harness;
mod host;
mod lvs;
mod ports;
mod record;
mod routing;
mod sockets;
mod stage;
mod wire;

pub use clock::TicksPerMilli;
pub use cluster::{Cluster, Router};
pub use compare::{Difference, same_transitions};
pub use envelope::{Envelope, VRRP};
pub use express::{TurmoilPlan, WhyNot, express};
pub use harness::{PlayError, Timetable, play};
pub use sockets::{Partner, Sockets};
