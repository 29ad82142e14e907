//! Work that is done in a network namespace by this process itself.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Does something in a namespace, on a thread of its own, and waits for it.
///
/// Sockets that it makes, and processes that it starts, stay there.
///
/// # Errors
///
/// When there is no such namespace; those of the work.
pub fn inside<T: Send + 'static>(
    namespace: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let place = Path::new("/run/netns").join(namespace);
    let file = File::open(&place).with_context(|| place.display().to_string())?;
    let thread = std::thread::spawn(move || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        work()
    });
    thread.join().map_err(|_| anyhow!("it panicked"))?
}
