//! What people see of a run: lanes, the compact transition log, the summary.
//!
//! Everything is made from the one event log and its report; nothing here decides anything.
//! Plain ASCII, so that it can be piped, diffed and kept as a snapshot; colours only where a
//! [`Palette`] has them.

mod cuts;
mod describe;
mod lanes;
mod owners;
mod palette;
mod pen;
mod remarks;
mod report;
mod summary;
mod transitions;
mod words;

pub use describe::{describe_expectation, describe_fault};
pub use lanes::{lanes, lanes_around};
pub use palette::Palette;
pub use remarks::remarks;
pub use report::write_report;
pub use summary::{availability, conclusion, summary, verdicts_in_brief};
pub use transitions::transitions;
pub use words::describe_entry;

use bellwether_core::Instant;

/// An instant in seconds with milliseconds, cut off and not rounded: `3.609`.
fn seconds(at: Instant) -> String {
    let millis = at.as_nanos() / 1_000_000;
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Nanoseconds as milliseconds with a tenth, cut off: `3648.4`.
fn millis(nanos: u64) -> String {
    let tenths = nanos / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}
