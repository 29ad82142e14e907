//! The rules of VRRP and of this core, one file for each part of behaviour.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test's helpers may fail as a test does, and look for one effect among many"
)]

mod authentication;
mod backup;
mod bfd;
mod delays;
mod followed;
mod groups;
mod interfaces;
mod ipv6;
mod kernel;
mod master;
mod pacing;
mod plan;
mod plan_fields;
mod preempt;
mod receive;
mod refusing;
mod reload;
mod routing;
mod serial;
mod startup;
mod status;
mod support;
mod tracking;
mod trailer;
mod unicast;
mod vmac;
mod wire;
