//! Tracked scripts: from exit statuses to verdicts to priorities.
//!
//! Owns the schedule of runs, the counting of rise and fall, and what a verdict does to a
//! priority. Invariant: contributions are recomputed from the verdicts each time, never added up,
//! so that no sequence of results can make a priority drift.
//!
//! Deliberately absent: starting processes.

mod contribution;
mod kind;
mod script;
mod verdict;

pub(crate) use contribution::{Contribution, contribution};
pub use kind::TrackerKind;
pub(crate) use script::TrackedRun;
pub use verdict::Verdict;
