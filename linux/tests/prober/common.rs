//! A prober, and checks for it.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bellwether_core::lvs::{ProbeId, ProbeResult, ProbeSpec, ServerKey};
use bellwether_core::model::lvs::{Check, Protocol, Service};
use bellwether_linux::prober::{Answer, Prober};

/// How long anything may take that takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A prober and its answers.
pub(crate) struct Bench {
    pub(crate) prober: Prober,
    answers: Receiver<(ProbeId, ProbeResult)>,
    next: AtomicU64,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let (sender, answers) = channel();
        let sender = Mutex::new(sender);
        let answer: Answer = Arc::new(move |probe, result| {
            sender.lock().unwrap().send((probe, result)).unwrap();
        });
        Self {
            prober: Prober::start(1, &answer).unwrap(),
            answers,
            next: AtomicU64::new(1),
        }
    }

    /// Makes one check and waits for its answer.
    pub(crate) fn check(&self, spec: ProbeSpec, page: Option<u16>) -> ProbeResult {
        let probe = self.start(spec, page);
        let (answered, result) = self.answers.recv_timeout(PATIENCE).unwrap();
        assert_eq!(answered, probe);
        result
    }

    pub(crate) fn start(&self, spec: ProbeSpec, page: Option<u16>) -> ProbeId {
        let probe = ProbeId(self.next.fetch_add(1, Ordering::Relaxed));
        self.prober.probe(probe, Arc::new(spec), page);
        probe
    }

    /// The next answer, if one comes within `limit`.
    pub(crate) fn answer(&self, limit: Duration) -> Option<(ProbeId, ProbeResult)> {
        match self.answers.recv_timeout(limit) {
            Ok(answer) => Some(answer),
            Err(RecvTimeoutError::Timeout) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

/// How one check ends, in words: `ok`, or the reason.
pub(crate) fn outcome(spec: ProbeSpec, page: Option<u16>) -> String {
    words(&Bench::new().check(spec, page))
}

pub(crate) fn words(result: &ProbeResult) -> String {
    match result {
        ProbeResult::Success => "ok".to_owned(),
        ProbeResult::Failed(failure) => failure.to_string(),
        ProbeResult::Exited(exit) => panic!("no command was run: {exit:?}"),
    }
}

/// A check of `target`, with plenty of time.
pub(crate) fn spec(target: SocketAddr, check: Check) -> ProbeSpec {
    ProbeSpec {
        server: ServerKey {
            service: Service::Address {
                address: Ipv4Addr::new(192, 0, 2, 1).into(),
                port: 80,
                protocol: Protocol::Tcp,
            },
            address: target.ip(),
            port: target.port(),
        },
        target,
        source: None,
        timeout: Duration::from_secs(10),
        deadline: Duration::from_secs(15),
        virtualhost: None,
        check,
    }
}

/// A server that hands each connection to `serve`, on a thread of its own.
pub(crate) fn server(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap());
        }
    });
    address
}

/// A server that says something to whoever connects, and then closes.
pub(crate) fn says(text: &'static [u8]) -> SocketAddr {
    server(move |mut stream| {
        // Whoever checks may have gone.
        let _ = stream.write_all(text);
    })
}
