//! Which tests may run beside each other.
//!
//! Namespaces are independent, so most tests can; one that measures milliseconds wants the machine
//! for itself. The lock is a file, because test runners may give each test a process of its own.

use std::fs::File;
use std::os::fd::OwnedFd;

use anyhow::Result;
use rustix::fs::{FlockOperation, flock};

/// A test's share of the machine, until dropped.
#[derive(Debug)]
pub struct Turn {
    _lock: OwnedFd,
}

/// Waits until no test measures.
///
/// # Errors
///
/// When the lock file can't be made.
pub fn beside_others() -> Result<Turn> {
    lock(FlockOperation::LockShared)
}

/// Waits until no other test runs.
///
/// # Errors
///
/// When the lock file can't be made.
pub fn alone() -> Result<Turn> {
    lock(FlockOperation::LockExclusive)
}

fn lock(how: FlockOperation) -> Result<Turn> {
    let file = File::create(std::env::temp_dir().join("bellwether-netns-tests.lock"))?;
    flock(&file, how)?;
    Ok(Turn { _lock: file.into() })
}
