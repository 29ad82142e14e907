//! The LVS part's threads: the one that keeps the kernel's table, and those that check real servers.
//!
//! Invariant: they run in the network namespace of the LVS part (keepalived: `net_namespace_ipvs`),
//! which is the daemon's unless the configuration says otherwise; the VRRP loop never waits for
//! them.
//!
//! Deliberately absent: what should be in the table and when it is looked at, and when checks are
//! made.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use bellwether_core::Event;
use bellwether_core::kernel::ipvs::IpvsError;
use bellwether_core::model::Config;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::inbox::Outbox;
use crate::ipvs::Ipvs;
use crate::ipvs::keeper::{self, Request};
use crate::prober::{Answer, Identifier, Prober};

/// The most threads that check real servers; each can make thousands of checks a second.
const MOST_THREADS: usize = 4;

/// What the VRRP loop asks of the LVS part's threads.
#[derive(Debug)]
pub(super) struct Threads {
    /// Keeps the table, which it opens at the first request.
    pub(super) table: Sender<Request>,
    /// Checks real servers.
    pub(super) prober: Prober,
}

/// Has checks show the certificate that a configuration names. One that can't be shown is said, and
/// what is shown stays as it is: SSL_GET of servers that ask for none goes on.
pub(super) fn identify(identifier: &Identifier, config: &Config) {
    let ssl = config.clone().into_parts().lvs.ssl;
    if let Err(error) = identifier.identify(ssl.as_ref()) {
        tracing::error!("SSL: {error}; SSL_GET shows no other certificate than before");
    }
}

/// Starts the threads.
///
/// # Errors
///
/// When the LVS part's network namespace can't be entered, with its name; when there is no thread
/// to be had.
pub(super) fn start(config: &Config, outbox: &Outbox) -> io::Result<Threads> {
    let namespace = config.globals().namespaces.ipvs.clone();
    let outbox = outbox.clone();
    let Some(namespace) = namespace else {
        return start_here(&outbox);
    };
    // Threads and their sockets are where the thread is that starts them.
    let starter = thread::spawn(move || {
        enter(namespace.as_str())?;
        start_here(&outbox)
    });
    starter
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the starting thread has panicked")))
}

fn start_here(outbox: &Outbox) -> io::Result<Threads> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let answers = outbox.clone();
    let answer: Answer = Arc::new(move |probe, result| {
        answers.event(Event::ProbeDone { probe, result });
    });
    let prober = Prober::start(threads.min(MOST_THREADS), &answer)?;
    let (table, requests) = channel();
    let outbox = outbox.clone();
    thread::Builder::new()
        .name("ipvs".to_owned())
        .spawn(move || {
            let mut lost = false;
            keeper::keep(&requests, Ipvs::open_or_load, |answer| {
                lost = tell(&outbox, answer, lost);
            });
        })?;
    Ok(Threads { table, prober })
}

/// Moves this thread into a network namespace.
fn enter(name: &str) -> io::Result<()> {
    let file = File::open(Path::new("/run/netns").join(name));
    let entered = file.and_then(|file| {
        let kind = Some(LinkNameSpaceType::Network);
        Ok(move_into_link_name_space(file.as_fd(), kind)?)
    });
    entered.map_err(|error| {
        let text = format!("can't enter the network namespace `{name}` of IPVS: {error}");
        io::Error::new(error.kind(), text)
    })
}

/// Hands an answer to the loop. Returns whether it was a lost one; several in a row are said once.
fn tell(outbox: &Outbox, answer: keeper::Answer, lost: bool) -> bool {
    match answer {
        keeper::Answer::Done(op, outcome) => {
            let is_lost = outcome == Err(IpvsError::Unknown);
            if is_lost && !lost {
                tracing::warn!("IPVS: answers of the kernel were lost; the table is looked at");
            }
            outbox.event(Event::TableDone { op, outcome });
            is_lost
        }
        keeper::Answer::Observed(found) => {
            outbox.event(Event::Table(found.map(Box::new)));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use bellwether_core::OpId;
    use bellwether_core::kernel::ipvs::Table;

    use super::*;
    use crate::inbox::{Input, channel};
    use crate::ipvs::keeper::Answer;

    #[test]
    fn every_answer_becomes_an_event() {
        let (outbox, mut inbox) = channel();
        let op = OpId(7);
        let outcome = Err(IpvsError::Unknown);
        assert!(tell(&outbox, Answer::Done(op, outcome.clone()), false));
        assert!(!tell(&outbox, Answer::Done(op, Ok(())), true));
        let table = Table::default();
        assert!(!tell(&outbox, Answer::Observed(Ok(table.clone())), true));
        let expected = [
            Event::TableDone { op, outcome },
            Event::TableDone {
                op,
                outcome: Ok(()),
            },
            Event::Table(Ok(Box::new(table))),
        ];
        for event in expected {
            let Ok(Input::Event(told)) = inbox.try_recv() else {
                panic!("{event:?} is not told");
            };
            assert_eq!(told, event);
        }
    }

    #[test]
    fn a_namespace_that_is_not_there_is_said_by_its_name() {
        let text = "net_namespace_ipvs no-such-namespace\n";
        let read = bellwether_config::parse("a", text, &bellwether_config::Options::default());
        let (outbox, _inbox) = channel();
        let error = start(&read.config.unwrap(), &outbox).unwrap_err();
        assert!(error.to_string().contains("`no-such-namespace`"), "{error}");
    }
}
