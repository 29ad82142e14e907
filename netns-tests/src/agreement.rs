//! Agreement with keepalived about what a file means.
//!
//! keepalived says of a file whether it would run it, and of one that it would, what it understood
//! of it; both are compared with what Bellwether makes of the same file. What they don't agree on
//! is a defect, or it stands in the list of deliberate differences with its reason.
//!
//! Invariant: a difference in the list is one that is seen: a fixture shows it.

mod compare;
mod differences;
mod dump;
mod facts;
mod keepalived;
mod ours;
mod ours_lvs;
mod theirs;
mod theirs_lvs;

pub use compare::{Comparison, Finding, compare};
pub use differences::{Difference, Shows, differences};
pub use facts::{Disagreement, Facts};
pub use keepalived::{Half, INTERFACES, Judge, Verdict};
