//! Stops a host the way SIGSTOP or a hypervisor does.
//!
//! turmoil can't freeze a host, so its source and its timer wait here: while the gate is shut
//! nothing is read, no timer fires, and packets stay in the socket.

use tokio::sync::watch;

/// The handle by which the harness pauses and resumes a host.
#[derive(Debug)]
pub(super) struct Gate(watch::Sender<bool>);

impl Gate {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(true))
    }

    pub(super) fn set_open(&self, open: bool) {
        self.0.send_replace(open);
    }

    /// The side that a host waits at.
    pub(super) fn entrance(&self) -> Entrance {
        Entrance(self.0.subscribe())
    }
}

/// Where a host waits while it is paused.
#[derive(Clone, Debug)]
pub(super) struct Entrance(watch::Receiver<bool>);

impl Entrance {
    pub(super) fn is_open(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the gate is open. Cancel safe.
    pub(super) async fn opened(&mut self) {
        if self.0.wait_for(|open| *open).await.is_err() {
            // The harness is gone, and the host with it.
            core::future::pending::<()>().await;
        }
    }
}
