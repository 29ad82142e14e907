//! Looks for what goes wrong with a set of nodes: a standard battery of faults, pairs of them, and
//! random schedules from seeds.
//!
//! | file | owns |
//! |---|---|
//! | `base` | what is explored, and the times that follow from its configurations |
//! | `battery` | the named faults, and the moments at which they happen |
//! | `plan` | which case has which number |
//! | `swarm` | random schedules |
//! | `case` | one schedule, and what came of it |
//! | `coverage` | named situations, and in how many runs they were seen |
//! | `availability` | how long addresses had no owner, or two, by kind of fault |
//! | `findings` | what is legal and may surprise, with the reason |
//! | `crew` | many cases at once, in an order that does not depend on how many at once |
//! | `shrink` | the smallest schedule that still fails |
//! | `tally` | what all cases add up to |
//! | `report` | the same as text |
//! | `file` | the same as scenario files |
//! | `prove` | all schedules of a small scope |
//!
//! Invariant: what is found depends on the nodes, on the first seed and on how many schedules are
//! tried, and on nothing else: not on the number of threads, nor on the machine. Memory does not
//! grow with the number of schedules.
//!
//! Deliberately absent: judgement of its own. What is a violation is what [`crate::invariant`]
//! says; all else that is noticed is a finding, and says why it is legal.

pub mod availability;
pub mod base;
pub mod battery;
pub mod case;
pub mod coverage;
pub mod crew;
pub mod file;
pub mod findings;
pub mod plan;
pub mod prove;
pub mod report;
pub mod shrink;
mod swarm;
pub mod tally;

pub use base::Base;
pub use plan::Plan;
pub use tally::Tally;
