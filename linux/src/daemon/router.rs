//! The VRRP loop's thread.
//!
//! It runs at real-time priority where it may. It needs little of the processor, but at once: on
//! a busy machine an ordinary thread waits several milliseconds for its turn, which is as long as
//! the skew time at an advertisement interval of 10 ms.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bellwether_core::Node;
use bellwether_core::model::Config;
use bellwether_core::port::Clock;
use bellwether_runtime::Driver;
use bellwether_runtime::journal::Recorder;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::ports::{Desk, Inlet, Told};
use super::{lvs, process};
use crate::inbox::{Inbox, Outbox};
use crate::net::{BfdNet, Net};
use crate::timer::MonotonicTimer;
use crate::{misc, netlink, script, track};

/// The loop's ways to and from the other threads.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) inbox: Inbox,
    pub(super) kernel: UnboundedSender<netlink::Request>,
    pub(super) scripts: UnboundedSender<script::Request>,
    pub(super) tracked: UnboundedSender<track::Request>,
    pub(super) lvs: lvs::Threads,
    pub(super) commands: UnboundedSender<misc::Request>,
    pub(super) people: UnboundedSender<Told>,
    pub(super) keep: Kept,
    /// What the journal is written with, if there is one.
    pub(super) recorder: Option<Box<dyn Recorder>>,
}

/// What stays in the kernel at the end.
#[derive(Debug)]
pub(super) struct Kept {
    /// From when on.
    pub(super) begun: Keep,
    /// Whether addresses stay (keepalived: `--dont-release-vrrp`).
    pub(super) addresses: bool,
    /// Whether the table stays (keepalived: `--dont-release-ipvs`).
    pub(super) table: bool,
    /// The way of the answers to what is not done then.
    pub(super) outbox: Outbox,
}

impl Kept {
    /// Whether changes to addresses are not made any more.
    pub(super) fn are_addresses(&self) -> bool {
        self.addresses && self.begun.has_begun()
    }

    /// Whether changes to the table are not made any more.
    pub(super) fn is_table(&self) -> bool {
        self.table && self.begun.has_begun()
    }
}

/// Whether the end has begun, from when on what is to stay in the kernel is left there.
#[derive(Clone, Debug, Default)]
pub(super) struct Keep(Arc<AtomicBool>);

impl Keep {
    /// From now on.
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
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
    process::schedule_vrrp(&config.globals().tuning);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let timer = MonotonicTimer::new()?;
        let net = Rc::new(RefCell::new(Net::new()?));
        let bfd = Rc::new(RefCell::new(BfdNet::default()));
        let inlet = Inlet::new(lines.inbox, Rc::clone(&net), Rc::clone(&bfd));
        let desk = Desk {
            net,
            bfd,
            kernel: lines.kernel,
            scripts: lines.scripts,
            tracked: lines.tracked,
            lvs: lines.lvs,
            commands: lines.commands,
            people: lines.people,
            keep: lines.keep,
        };
        let node = Node::new(config, timer.now());
        let mut driver = Driver::new(node, inlet, desk, timer);
        if let Some(recorder) = lines.recorder {
            driver = driver.recorded_by(recorder);
        }
        driver.run().await;
        Ok(())
    })
}
