//! The VRRP loop's thread.
//!
//! It runs at real-time priority where it may. It needs little of the processor, but at once: on
//! a busy machine an ordinary thread waits several milliseconds for its turn, which is as long as
//! the skew time at an advertisement interval of 10 ms.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use bellwether_core::Node;
use bellwether_core::model::Config;
use bellwether_core::port::Clock;
use bellwether_runtime::Driver;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::ports::{Desk, Inlet, Told};
use crate::inbox::Inbox;
use crate::net::Net;
use crate::timer::MonotonicTimer;
use crate::{netlink, script, sys, track};

/// The loop's ways to and from the other threads.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) inbox: Inbox,
    pub(super) kernel: UnboundedSender<netlink::Request>,
    pub(super) scripts: UnboundedSender<script::Request>,
    pub(super) tracked: UnboundedSender<track::Request>,
    pub(super) people: UnboundedSender<Told>,
}

/// Starts the thread. What it sends back, once, is how it ended.
///
/// # Errors
///
/// When there is no thread to be had.
pub(super) fn start(config: Config, lines: Lines) -> io::Result<oneshot::Receiver<io::Result<()>>> {
    let (end, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name("vrrp".to_owned())
        .spawn(move || {
            if end.send(run(config, lines)).is_err() {
                tracing::debug!("nobody waits for the VRRP loop's end");
            }
        })?;
    Ok(ended)
}

fn run(config: Config, lines: Lines) -> io::Result<()> {
    if let Err(error) = sys::become_realtime() {
        tracing::warn!(%error, "no real-time priority; elections may be late on a busy machine");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let timer = MonotonicTimer::new()?;
        let net = Rc::new(RefCell::new(Net::new()?));
        let inlet = Inlet::new(lines.inbox, Rc::clone(&net));
        let desk = Desk {
            net,
            kernel: lines.kernel,
            scripts: lines.scripts,
            tracked: lines.tracked,
            people: lines.people,
        };
        let node = Node::new(config, timer.now());
        Driver::new(node, inlet, desk, timer).run().await;
        Ok(())
    })
}
