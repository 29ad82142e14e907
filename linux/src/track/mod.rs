//! What instances track besides links and scripts: files with a number, and processes.
//!
//! One task on the main thread, told what to look at by the VRRP loop. Invariant: what is followed
//! is reported once when it begins to be followed, and again whenever it is another.
//!
//! Deliberately absent: what a number or a count means. The core says.

mod connector;
mod file;
mod process;

use bellwether_core::Event;
use bellwether_core::track::{Followed, Sighting, TrackerKind};
use bellwether_core::unit::Name;
use tokio::sync::mpsc;

use crate::inbox::Outbox;
use file::Files;
use process::Processes;

/// What the VRRP loop asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// See [`bellwether_core::port::TrackPort::follow`].
    Follow(Followed),
    /// See [`bellwether_core::port::TrackPort::unfollow`].
    Unfollow(TrackerKind, Name),
}

/// The task that looks at files and processes.
#[derive(Debug)]
pub struct Tracker {
    requests: mpsc::UnboundedReceiver<Request>,
    outbox: Outbox,
    files: Files,
    processes: Processes,
}

impl Tracker {
    /// Nothing is looked at before [`Self::run`].
    #[must_use]
    pub fn new(requests: mpsc::UnboundedReceiver<Request>, outbox: Outbox) -> Self {
        Self {
            requests,
            outbox,
            files: Files::default(),
            processes: Processes::default(),
        }
    }

    /// Runs until nobody can ask for anything any more.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled.
    pub async fn run(mut self) {
        loop {
            let seen = tokio::select! {
                request = self.requests.recv() => match request {
                    Some(request) => self.serve(request),
                    None => return,
                },
                seen = self.files.changed() => seen,
                seen = self.processes.changed() => seen,
            };
            for sighting in seen {
                self.outbox.event(Event::Sighting(sighting));
            }
        }
    }

    fn serve(&mut self, request: Request) -> Vec<Sighting> {
        match request {
            Request::Follow(Followed::File(file)) => self.files.follow(&file),
            Request::Follow(Followed::Processes(processes)) => self.processes.follow(processes),
            // The VRRP loop has those: they need its timing.
            Request::Follow(Followed::Bfd(_)) => Vec::new(),
            Request::Unfollow(TrackerKind::File, name) => {
                self.files.unfollow(&name);
                Vec::new()
            }
            Request::Unfollow(TrackerKind::Process, name) => {
                self.processes.unfollow(&name);
                Vec::new()
            }
            Request::Unfollow(
                TrackerKind::Script | TrackerKind::Interface | TrackerKind::Bfd,
                _,
            ) => Vec::new(),
        }
    }
}
