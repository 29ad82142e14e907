//! A deterministic world for Bellwether nodes.
//!
//! A [`scenario::Scenario`] says which routers there are, what their configurations are, and what
//! breaks when. It is run in a world of its own: a LAN with directed links, kernels that outlive
//! their processes, scripts, clients. The same scenario and seed give the same log, in any process
//! and on any machine.
//!
//! | room | owns |
//! |---|---|
//! | [`scenario`], [`fault`] | experiments as data |
//! | [`log`], [`capture`] | the one event log; what was on the wire |
//! | [`world`] | what happens when: the event queue, machines, faults |
//! | [`lan`], [`kernel`], [`script`] | links, switches and clients; kernels; scripted scripts |
//! | [`random`], [`generate`] | random streams; random scenarios from seeds |
//! | [`invariant`], [`expectation`] | what must always hold; what a scenario expects to see |
//! | [`run`] | a run, and its report |
//! | [`explore`] | what goes wrong with given nodes: battery, swarm, shrinking, proofs |
//! | [`scenario::load`], [`scenario::save`] | scenario files |
//! | [`present`], [`cli`] | lanes, transitions, summary; the command |
//! | [`turmoil`] | the same nodes as async drivers over simulated sockets |

pub mod backend;
pub mod capture;
pub mod cli;
pub mod expectation;
pub mod explore;
pub mod fault;
pub mod generate;
pub mod invariant;
pub mod kernel;
pub mod lab;
pub mod lan;
pub mod log;
mod notice;
pub mod present;
pub mod random;
pub mod run;
pub mod scenario;
pub mod script;
pub mod things;
pub mod turmoil;
pub mod world;

pub use lab::{Breach, Lab, LabBuilder, LabError, Moment, Rule, Snapshot};
