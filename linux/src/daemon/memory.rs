//! Memory that only a start or a reload needs.
//!
//! A large file's tree, the kernel's answers about all addresses and what is said of each instance
//! are many times what stays, and the allocator keeps what is freed. Of the program itself two thirds
//! are used once: whatever reads files, parses them and starts threads. Here both are let go.

use std::time::Duration;

use tokio::time::sleep;

use crate::sys;

/// When a start's or a reload's work is done: a master of a thousand has all its addresses by then.
const CALM: Duration = Duration::from_secs(5);

/// Gives back what is free once it is calm, beside whatever else happens.
pub(super) fn return_when_calm() {
    tokio::spawn(async {
        sleep(CALM).await;
        sys::return_freed_memory();
        if let Err(error) = sys::forget_used_text() {
            tracing::debug!(%error, "the text that was used stays mapped");
        }
    });
}
