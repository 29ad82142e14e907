//! The rules of the LVS part, one behaviour each, both sides of each threshold.
//!
//! What keepalived does was seen on a real one: 2.2.7 on Linux 6.1, the table after every step.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test's helpers may fail as a test does, and look for one effect among many"
)]

mod checker;
mod groups;
mod heard;
mod ledger;
#[cfg(feature = "mutants")]
mod mutants;
mod node;
mod pages;
mod planner;
mod quorum;
mod reload;
mod scale;
mod sorry;
mod stop;
mod support;
mod suspend;
mod weights;
