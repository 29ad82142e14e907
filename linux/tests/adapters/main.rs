//! The adapters against the real kernel: the law of each port, seen from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;
mod net;
mod netlink;
mod script;
