//! A deterministic world for Bellwether nodes: high availability as plain `cargo test`.
//!
//! # Start here
//!
//! A [`Lab`] is made of configurations. It is run, broken, asked, and run on; simulated minutes take
//! less than a millisecond. Split brain, in full:
//!
//! ```
//! use core::time::Duration;
//! use bellwether_sim::{Lab, LabError};
//!
//! # const LB1: &str = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n \
//! #     priority 150\n virtual_ipaddress {\n 192.0.2.100\n }\n}";
//! # const LB2: &str = "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n \
//! #     priority 100\n virtual_ipaddress {\n 192.0.2.100\n }\n}";
//! fn a_partition_makes_two_masters_and_its_end_one() -> Result<(), LabError> {
//!     let mut lab = Lab::builder().node("lb1", LB1).node("lb2", LB2).build()?;
//!     lab.run_for(Duration::from_secs(10));
//!     lab.partition("lb1", "lb2")?;
//!     lab.run_for(Duration::from_secs(10));
//!     assert_eq!(lab.masters("VI_1")?, ["lb1", "lb2"]);
//!     lab.heal()?;
//!     lab.run_for(Duration::from_secs(10));
//!     assert_eq!(lab.masters("VI_1")?, ["lb1"]);
//!     lab.check()
//! }
//! # a_partition_makes_two_masters_and_its_end_one().unwrap();
//! ```
//!
//! | to do | use |
//! |---|---|
//! | break something | [`Lab::crash`], [`Lab::partition`], [`Lab::pause`] and their like; [`Lab::inflict`] of any [`fault::Fault`] |
//! | look | [`Lab::masters`], [`Lab::owners`], [`Lab::reached`], [`Lab::state`], [`Lab::status`] |
//! | hold something to be true always | [`Lab::check`] and [`Lab::finish`]; one's own: [`LabBuilder::always`], [`Rule`] |
//! | compare and keep | [`Lab::snapshot`], [`Lab::transitions`], [`Lab::timeline`], [`Lab::log`] |
//! | try many random worlds | [`LabBuilder::seed`], in a loop |
//! | hand it on | [`Lab::to_toml`]: a scenario file that `bellwether-sim run` replays |
//!
//! [`turmoil::Cluster`] puts routers into a turmoil simulation of one's own, where services run on
//! them and clients follow the address. The tests in `tests/library.rs` and
//! `tests/library_turmoil.rs` are there to be copied.
//!
//! # Behind it
//!
//! A [`scenario::Scenario`] says which routers there are, what their configurations are, and what
//! breaks when. It is run in a world of its own: a LAN with directed links, kernels that outlive
//! their processes, scripts, clients. The same scenario and seed give the same log, in any process
//! and on any machine.
//!
//! | room | owns |
//! |---|---|
//! | [`lab`] | the front door: a world step by step |
//! | [`scenario`], [`fault`] | experiments as data |
//! | [`log`], [`capture`] | the one event log; what was on the wire |
//! | [`world`] | what happens when: the event queue, machines, faults |
//! | [`lan`], [`kernel`], [`script`] | links, switches and clients; kernels; scripted scripts |
//! | [`random`], [`generate`] | random streams; random scenarios from seeds |
//! | [`invariant`], [`expectation`] | what must always hold; what a scenario expects to see |
//! | [`run`] | a run, and its report |
//! | [`explore`] | what goes wrong with given nodes: battery, swarm, shrinking, proofs |
//! | [`scenario::load`], [`scenario::save`] | scenario files |
//! | [`replay`] | a daemon's journal, run again, perhaps with another configuration |
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
pub mod replay;
pub mod run;
pub mod scenario;
pub mod script;
pub mod things;
pub mod turmoil;
pub mod world;

pub use lab::{Breach, Lab, LabBuilder, LabError, Moment, Rule, Snapshot};
