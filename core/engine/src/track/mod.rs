//! Tracked scripts: from exit statuses to verdicts to priorities.
//!
//! Owns the schedule of runs, the counting of rise and fall, and the arithmetic of effective
//! priorities. Deliberately absent: starting processes.

mod verdict;

pub use verdict::Verdict;
