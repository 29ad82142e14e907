//! The pure core of Bellwether: it decides, and does nothing else.
//!
//! Everything that happens to a node is an [`Event`]; everything that it wants done is an
//! [`Effect`]. A [`Node`] never reads a clock, opens a socket, starts a process or draws a random
//! number: time is an argument, and the world is behind the ports of [`port`]. The same bytes in,
//! at the same instants, give the same bytes out, in any process and on any machine.
//!
//! ```
//! use bellwether_core::{Instant, Node, model::Config};
//!
//! let mut node = Node::new(Config::default(), Instant::ZERO);
//! assert!(node.poll_effect().is_none(), "a node without instances wants nothing");
//! assert!(node.poll_timeout().is_none(), "and waits for nothing");
//! ```
//!
//! # Rooms
//!
//! | room | owns |
//! |---|---|
//! | [`time`], [`mod@unit`], [`id`] | instants, the units of the field, names that survive a reload |
//! | [`event`], [`effect`], [`node`] | what goes in, what comes out, and the router between them |
//! | [`wire`] | VRRP and its authentication header, ARP, NDP, ICMP echo, BFD: Packet and Repr pairs |
//! | [`model`] | the typed configuration |
//! | [`vrrp`] | the state machine of one virtual router |
//! | [`track`] | what is tracked: results to verdicts to priorities |
//! | [`bfd`] | BFD sessions |
//! | [`kernel`] | desired and observed addresses, and the plan between them |
//! | [`lvs`] | services, real servers, their checks, and the table that follows |
//! | [`notify`] | what is told of a change, to whom, in which words |
//! | [`reload`] | what a new configuration changes |
//! | [`status`] | one read-only snapshot |
//! | [`port`] | the traits that adapters implement |
//!
//! # Deliberately absent
//!
//! No async, no threads, no logging framework, no floating point, no hash maps. Each would make
//! two runs differ, or hide where time passes.

pub mod bfd;
pub mod effect;
pub mod event;
pub mod id;
pub mod kernel;
pub mod lvs;
pub mod model;
pub mod mutant;
pub mod node;
pub mod notify;
mod pacing;
pub mod port;
pub mod reload;
mod serial;
pub mod status;
pub mod time;
pub mod track;
pub mod unit;
pub mod vrrp;
pub mod wire;

pub use effect::{Effect, Notice};
pub use event::Event;
pub use id::{InstanceKey, OpId, RunId};
pub use node::{Node, TimerReason};
pub use time::Instant;
