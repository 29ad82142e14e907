//! What is tracked: from exit statuses, numbers in files and counts of processes to verdicts, and
//! from verdicts to priorities.
//!
//! Owns the schedule of scripts' runs, the counting of rise and fall, the delays of processes, and
//! what each does to a priority. Invariant: contributions are recomputed from what is known each
//! time, never added up, so that no sequence of results can make a priority drift.
//!
//! Deliberately absent: starting scripts, reading files, counting processes.

mod contribution;
mod file;
mod follow;
mod kind;
mod process;
mod script;
mod set;
mod verdict;

pub(crate) use contribution::{Contribution, contribution};
pub use file::FileContent;
pub(crate) use file::{TrackedFile, file_contribution};
pub use follow::{Followed, Sighting};
pub use kind::TrackerKind;
pub(crate) use process::TrackedProcess;
pub(crate) use script::TrackedRun;
pub(crate) use set::TrackSet;
pub use verdict::Verdict;
