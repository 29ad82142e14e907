//! A daemon's journal, run again: the decisions of that night, on a laptop.
//!
//! Owns the comparison of what a node wanted then with what this program's core wants now, step by
//! step, and the question what another configuration would have done ([`what_if`]). Invariant: the
//! node that is run is told exactly what the journal says, at the instants that it says; the first
//! effect that differs ends the replay.
//!
//! Deliberately absent: the form of a journal, which is [`bellwether_runtime::journal`]'s, and a
//! world. Peers, kernels and scripts do again what they did, whatever the node says.

mod answers;
mod run;
mod show;
mod source;
mod tape;
pub mod what_if;

pub use run::{Difference, Outcome, Replay, replay};
pub use show::{show, verdict};
pub use source::{JournalError, Source, open};
pub use tape::Tape;
