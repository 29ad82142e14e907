//! Servers of pages, and checks of them.

use std::io::{BufRead as _, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bellwether_core::lvs::ProbeSpec;
use bellwether_core::model::lvs::{Check, HttpCheck, HttpProtocol, Url};

use crate::common::{PATIENCE, server, spec};

/// A page that any answer from 200 to 299 is well for.
pub(crate) fn url() -> Url {
    Url {
        path: "/".to_owned(),
        virtualhost: None,
        status: Vec::new(),
        body: None,
        tls_compliant: None,
    }
}

pub(crate) fn http(urls: Vec<Url>) -> HttpCheck {
    HttpCheck {
        tls: false,
        sni: false,
        sni_name: None,
        tls_compliant: false,
        protocol: HttpProtocol::default(),
        virtualhost: None,
        fast_recovery: false,
        urls,
    }
}

/// A check of one page of `target`.
pub(crate) fn page(target: SocketAddr, url: Url) -> ProbeSpec {
    spec(target, Check::Http(Box::new(http(vec![url]))))
}

/// Reads a request: all lines up to the empty one.
pub(crate) fn request(stream: &mut impl std::io::Read) -> Vec<String> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect()
}

/// A server that answers every request with these bytes and closes.
pub(crate) fn answers(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = answer.into();
    server(move |mut stream| {
        request(&mut stream);
        // Whoever checks may have had enough.
        let _ = stream.write_all(&answer);
    })
}

/// A server that never ends: it says `start`, and then `again` as often as it is let.
pub(crate) struct Endless {
    pub(crate) address: SocketAddr,
    written: Arc<AtomicU64>,
    ended: Arc<AtomicU64>,
}

impl Endless {
    pub(crate) fn new(start: &'static str, again: &'static [u8]) -> Self {
        let (written, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (counter, ending) = (Arc::clone(&written), Arc::clone(&ended));
        let address = server(move |mut stream: TcpStream| {
            if !start.is_empty() {
                request(&mut stream);
            }
            let mut told = stream.write_all(start.as_bytes());
            while told.is_ok() {
                told = stream.write_all(again);
                let length = u64::try_from(again.len()).unwrap();
                counter.fetch_add(length, Ordering::Relaxed);
            }
            let kind = told.unwrap_err().kind();
            assert!(matches!(
                kind,
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ));
            ending.fetch_add(1, Ordering::Release);
        });
        Self {
            address,
            written,
            ended,
        }
    }

    /// What it could write in bytes, now that the check has closed the connection.
    pub(crate) fn written(&self) -> u64 {
        let begin = Instant::now();
        while self.ended.load(Ordering::Acquire) == 0 {
            assert!(begin.elapsed() < PATIENCE, "the connection is still open");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.written.load(Ordering::Relaxed)
    }
}
