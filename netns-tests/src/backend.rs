//! A real server of a load balancer: a web server in a namespace, which can be stopped and started.
//!
//! Invariant: a stopped server refuses connections, as one does whose process is gone.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use crate::inside::inside;

/// How often the listener is looked at.
const POLL: Duration = Duration::from_millis(10);
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(2);

/// A web server whose only page is its name.
#[derive(Debug)]
pub struct Backend {
    namespace: String,
    address: SocketAddr,
    name: String,
    status: Arc<AtomicU16>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Backend {
    /// Starts one in this namespace.
    ///
    /// # Errors
    ///
    /// When the address can't be had.
    pub fn start(namespace: &str, address: SocketAddr, name: &str) -> Result<Self> {
        let mut backend = Self {
            namespace: namespace.to_owned(),
            address,
            name: name.to_owned(),
            status: Arc::new(AtomicU16::new(200)),
            running: None,
        };
        backend.up()?;
        Ok(backend)
    }

    /// Starts it again.
    ///
    /// # Errors
    ///
    /// When the address can't be had.
    pub fn up(&mut self) -> Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let address = self.address;
        let listener = inside(&self.namespace, move || {
            let listener = TcpListener::bind(address).with_context(|| address.to_string())?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        })?;
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let (name, status) = (self.name.clone(), Arc::clone(&self.status));
        let thread = spawn(move || serve(&listener, &told, &name, &status));
        self.running = Some(Running { stop, thread });
        Ok(())
    }

    /// Stops it.
    ///
    /// # Errors
    ///
    /// When it has panicked.
    pub fn down(&mut self) -> Result<()> {
        let Some(running) = self.running.take() else {
            return Ok(());
        };
        running.stop.store(true, Ordering::Release);
        running.thread.join().map_err(|_| anyhow!("it panicked"))
    }

    /// Answers with this HTTP status from now on; 200 at first.
    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Release);
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _gone = self.down();
    }
}

fn serve(listener: &TcpListener, stop: &AtomicBool, name: &str, status: &Arc<AtomicU16>) {
    while !stop.load(Ordering::Acquire) {
        match listener.accept() {
            Ok((stream, _)) => {
                let (name, status) = (name.to_owned(), status.load(Ordering::Acquire));
                spawn(move || {
                    // A check may only have connected.
                    let _gone = reply(stream, &name, status);
                });
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(POLL),
            Err(_) => return,
        }
    }
}

fn reply(mut stream: TcpStream, name: &str, status: u16) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            some => request.extend_from_slice(&part[..some]),
        }
    }
    let length = name.len();
    write!(
        stream,
        "HTTP/1.0 {status} As told\r\nContent-Length: {length}\r\n\r\n{name}"
    )
}

/// Asks a web server for its page, from this namespace. Returns the page.
///
/// # Errors
///
/// When there is no connection, or no answer in time.
pub fn fetch(namespace: &str, address: IpAddr, port: u16) -> Result<String> {
    inside(namespace, move || {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (_, page) = text.split_once("\r\n\r\n").context("no head ends")?;
        Ok(page.to_owned())
    })
}
