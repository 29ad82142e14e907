//! The one async driver loop that runs a [`Node`](bellwether_core::Node) over any implementation of its ports, and the
//! dialogues of its checkers.
//!
//! The same loop runs on real Linux and inside turmoil; only the [`Source`], the [`Timer`] and the
//! ports differ. Its invariant: **what has already arrived is heard before a timer fires**. A node
//! that wakes from a pause longer than its master-down interval finds its master's adverts in the
//! socket buffer, and must not take over from a master that is alive.
//!
//! [`check`] has what a checker says to a real server and hears from it, over the streams and
//! datagrams of [`check::port`].
//!
//! [`journal`] has the form in which all that happens to a node is recorded.
//!
//! Deliberately absent: sockets, processes, clocks. They are behind the traits.

pub mod check;
mod driver;
pub mod journal;

pub use driver::{Driver, Source, Timer};
