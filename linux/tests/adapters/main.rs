//! The adapters against the real kernel: the law of each port, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

mod common;
mod net;
mod netlink;
mod routing;
mod script;
