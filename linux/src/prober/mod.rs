//! The threads that check real servers.
//!
//! Owns every check from its start to its answer. Invariant: each start is answered exactly once,
//! unless it was cancelled before; a check that is cancelled or answered holds nothing any more.
//! The threads have no real-time priority, whoever starts them (that of the VRRP loop is not
//! inherited): a thousand handshakes must not be in the way of one advert.
//!
//! Deliberately absent: when checks are made; commands (MISC_CHECK), files and BFD sessions, which
//! are no dialogues.

mod identity;
mod ports;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bellwether_core::lvs::{ProbeId, ProbeResult, ProbeSpec};
use bellwether_core::model::lvs::Ssl;
use bellwether_runtime::check::{self, Tls};
use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel,
};
use tokio::task::{AbortHandle, JoinSet, LocalSet};

pub use identity::IdentityError;
pub use ports::Sockets;

/// Where answers go. Called on a prober's thread, and must not block it.
pub type Answer = Arc<dyn Fn(ProbeId, ProbeResult) + Send + Sync>;

/// Checks real servers on threads of its own. Dropping it gives all checks up and ends the threads.
#[derive(Debug)]
pub struct Prober {
    threads: Vec<Lane>,
}

/// One thread and the way to it.
#[derive(Debug)]
struct Lane {
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Start(ProbeId, Arc<ProbeSpec>, Option<u16>),
    Cancel(ProbeId),
    /// Checks that start from now on speak TLS so.
    Speak(Tls),
}

impl Prober {
    /// Starts `threads` threads, at least one, in the network namespace of the calling thread.
    ///
    /// # Errors
    ///
    /// When there is no thread or no reactor to be had.
    pub fn start(threads: usize, answer: &Answer) -> io::Result<Self> {
        raise_limit();
        let tls = Tls::new(None).map_err(io::Error::other)?;
        let start = |number| Lane::start(number, tls.clone(), Arc::clone(answer));
        let threads = (0..threads.max(1)).map(start);
        Ok(Self {
            threads: threads.collect::<io::Result<_>>()?,
        })
    }

    /// Makes a check; see [`bellwether_core::port::ProbePort::start_probe`]. Never blocks.
    pub fn probe(&self, probe: ProbeId, spec: Arc<ProbeSpec>, page: Option<u16>) {
        self.order(probe, Order::Start(probe, spec, page));
    }

    /// Gives a check up; see [`bellwether_core::port::ProbePort::cancel_probe`]. Never blocks.
    pub fn cancel(&self, probe: ProbeId) {
        self.order(probe, Order::Cancel(probe));
    }

    /// A way to change the certificate that checks show, for whoever reads configurations.
    #[must_use]
    pub fn identifier(&self) -> Identifier {
        let orders = self.threads.iter().filter_map(|own| own.orders.as_ref());
        Identifier(orders.map(UnboundedSender::downgrade).collect())
    }

    /// Orders about one check go to the same thread, and so keep their order.
    fn order(&self, probe: ProbeId, order: Order) {
        let number = usize::try_from(probe.0).unwrap_or(0) % self.threads.len().max(1);
        if let Some(lane) = self.threads.get(number) {
            lane.send(order);
        }
    }
}

/// Changes the certificate that the checks of a prober show. Does not keep the prober alive.
#[derive(Clone, Debug)]
pub struct Identifier(Vec<WeakUnboundedSender<Order>>);

impl Identifier {
    /// From now on, shows the certificate of `ssl` to servers that ask SSL_GET for one; without
    /// `ssl`, or without a certificate in it, shows none. Reads files, and so may block.
    ///
    /// # Errors
    ///
    /// When the files can't be read, or have no certificate and key that go together; then nothing
    /// has changed.
    pub fn identify(&self, ssl: Option<&Ssl>) -> Result<(), IdentityError> {
        let tls = identity::tls(ssl)?;
        for orders in self.0.iter().filter_map(WeakUnboundedSender::upgrade) {
            // A thread that has ended makes no checks.
            let _ = orders.send(Order::Speak(tls.clone()));
        }
        Ok(())
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        for lane in &mut self.threads {
            lane.orders = None;
        }
        for lane in &mut self.threads {
            let ended = lane.thread.take().map(JoinHandle::join);
            if matches!(ended, Some(Err(_))) {
                tracing::error!("a thread of checks has panicked");
            }
        }
    }
}

impl Lane {
    fn start(number: usize, tls: Tls, answer: Answer) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (orders, receiver) = unbounded_channel();
        let thread = thread::Builder::new()
            .name(format!("check-{number}"))
            .spawn(move || {
                LocalSet::new().block_on(&runtime, serve(receiver, tls, answer));
            })?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    fn send(&self, order: Order) {
        let orders = self.orders.as_ref();
        if orders.is_none_or(|own| own.send(order).is_err()) {
            tracing::error!("a thread of checks has ended");
        }
    }
}

/// Makes checks until nobody can ask for any more; then gives up those under way.
async fn serve(mut orders: UnboundedReceiver<Order>, mut tls: Tls, answer: Answer) {
    let mut running: BTreeMap<ProbeId, AbortHandle> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Start(probe, spec, page)) => {
                    let tls = tls.clone();
                    let task = async move {
                        let result = check::probe(&Sockets, &tls, &spec, page, probe.0).await;
                        (probe, result)
                    };
                    running.insert(probe, tasks.spawn_local(task));
                }
                Some(Order::Cancel(probe)) => {
                    if let Some(task) = running.remove(&probe) {
                        task.abort();
                    }
                }
                Some(Order::Speak(other)) => tls = other,
                None => return,
            },
            Some(ended) = tasks.join_next() => match ended {
                // One that was cancelled as it ended is not answered.
                Ok((probe, result)) => if running.remove(&probe).is_some() {
                    answer(probe, result);
                },
                Err(error) if error.is_cancelled() => {}
                Err(error) => tracing::error!(%error, "a check has panicked"),
            },
        }
    }
}

/// Lets the process have as many sockets as it may: each check that waits holds one.
fn raise_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "can't raise the number of open files");
    }
}
