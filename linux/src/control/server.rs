//! The daemon's end of the control socket.
//!
//! Invariant: whoever holds the lock beside the socket is the one daemon that serves it; what it
//! finds in the socket's place is a dead one's, and is replaced.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bellwether_core::reload::Plan;
use rustix::fs::{FlockOperation, Mode, flock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::view::{About, Status};
use super::{Answer, Reason, Reloaded, Reply, Request, VERSION, What};
use crate::inbox::Outbox;

/// Clients at once.
const CLIENTS: usize = 32;
/// Bytes of a request by who may only look: a plan of a small configuration fits.
const SMALL: usize = 1 << 20;
/// Bytes of a request by root: a configuration of ten thousand services fits.
const LARGE: usize = 1 << 28;
/// How long a client may think, and how long it may take to read an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What only the main thread can do.
#[derive(Debug)]
pub enum Command {
    /// Read the file again.
    Reload(oneshot::Sender<Reloaded>),
    /// Hand over and stop.
    Stop,
}

/// A socket that is bound and not yet served.
#[derive(Debug)]
pub struct Socket {
    listener: std::os::unix::net::UnixListener,
    path: PathBuf,
    /// Held for as long as the daemon lives.
    _lock: File,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another daemon serves it.
    #[error("another bellwether is running{0}: it serves {path}", path = .1.display())]
    Taken(String, PathBuf),
    /// There is no such group.
    #[error("there is no group `{0}` for the control socket")]
    NoGroup(String),
    /// It can't be made.
    #[error("control socket {path}: {1}", path = .0.display())]
    Io(PathBuf, io::Error),
}

impl Socket {
    /// Makes the socket, for its owner alone, or for a group too.
    ///
    /// # Errors
    ///
    /// See [`BindError`]; nothing is left behind.
    pub fn bind(path: &Path, group: Option<&str>) -> Result<Self, BindError> {
        let failed = |error: io::Error| BindError::Io(path.to_owned(), error);
        let group = group.map(group_id).transpose()?;
        if let Some(folder) = path.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o755).create(folder);
            made.map_err(failed)?;
        }
        let lock = lock(path)?;
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        // Nobody can connect before the mode is set.
        let before = rustix::process::umask(Mode::from_raw_mode(0o177));
        let bound = std::os::unix::net::UnixListener::bind(path);
        rustix::process::umask(before);
        let listener = bound.map_err(failed)?;
        if let Some(group) = group {
            std::os::unix::fs::chown(path, None, Some(group)).map_err(failed)?;
            fs::set_permissions(path, Permissions::from_mode(0o660)).map_err(failed)?;
        }
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves it until dropped.
    ///
    /// # Errors
    ///
    /// Those of registering the socket with the runtime.
    pub async fn serve(self, desk: Desk) -> io::Result<()> {
        let listener = UnixListener::from_std(self.listener.try_clone()?)?;
        let desk = Arc::new(desk);
        let seats = Arc::new(Semaphore::new(CLIENTS));
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, most likely; better soon than never.
                    tracing::debug!(%error, "a client of the control socket was lost");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let desk = Arc::clone(&desk);
            let seat = Arc::clone(&seats).try_acquire_owned();
            tokio::spawn(async move {
                let served = match seat {
                    Ok(_seat) => serve(stream, &desk).await,
                    Err(_) => refuse(stream, Reason::Busy, "too many clients").await,
                };
                if let Err(error) = served {
                    tracing::debug!(%error, "a client of the control socket has gone");
                }
            });
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.path);
    }
}

/// What requests are answered from.
#[derive(Debug)]
pub struct Desk {
    /// The way to the VRRP loop.
    pub outbox: Outbox,
    /// The way to the main thread.
    pub commands: mpsc::Sender<Command>,
    /// What the daemon is.
    pub about: tokio::sync::watch::Receiver<About>,
}

/// Serves one client until it has gone.
async fn serve(mut stream: UnixStream, desk: &Desk) -> io::Result<()> {
    let user = stream.peer_cred()?.uid();
    let may_change = user == 0 || user == rustix::process::geteuid().as_raw();
    let limit = if may_change { LARGE } else { SMALL };
    let mut buffer = Vec::new();
    loop {
        let read = timeout(PATIENCE, read_line(&mut stream, &mut buffer, limit));
        let line = match read.await {
            Ok(line) => line?,
            // It has had its time.
            Err(_) => return Ok(()),
        };
        let Some(line) = line else { return Ok(()) };
        let Some(line) = line.within() else {
            let text = format!("a request has at most {limit} bytes");
            return refuse(stream, Reason::BadRequest, &text).await;
        };
        let answer = answer(line, may_change, desk).await;
        send(&mut stream, answer).await?;
    }
}

/// A line, or the knowledge that it is too long.
enum Line {
    Within(Vec<u8>),
    TooLong,
}

impl Line {
    fn within(self) -> Option<Vec<u8>> {
        match self {
            Self::Within(line) => Some(line),
            Self::TooLong => None,
        }
    }
}

/// The next line, without its end; none at the end of the stream. What is behind it stays in
/// `buffer`.
async fn read_line(
    stream: &mut UnixStream,
    buffer: &mut Vec<u8>,
    limit: usize,
) -> io::Result<Option<Line>> {
    let mut searched = 0;
    loop {
        if let Some(at) = buffer[searched..].iter().position(|byte| *byte == b'\n') {
            let rest = buffer.split_off(searched + at + 1);
            let mut line = std::mem::replace(buffer, rest);
            line.pop();
            return Ok(Some(Line::Within(line)));
        }
        if buffer.len() > limit {
            return Ok(Some(Line::TooLong));
        }
        searched = buffer.len();
        let mut chunk = [0; 16_384];
        match stream.read(&mut chunk).await? {
            0 => return Ok(None),
            count => buffer.extend_from_slice(&chunk[..count]),
        }
    }
}

async fn answer(line: Vec<u8>, may_change: bool, desk: &Desk) -> Answer {
    // On a thread of its own: a configuration of ten thousand services takes a while to read.
    let parse = move || serde_json::from_slice::<Request>(&line);
    let request = match tokio::task::spawn_blocking(parse).await {
        Ok(Ok(request)) if request.bellwether == VERSION => request,
        Ok(Ok(request)) => {
            let other = request.bellwether;
            let text = format!("this is version {VERSION} of the protocol, and not {other}");
            return refusal(Reason::BadRequest, &text);
        }
        Ok(Err(error)) => return refusal(Reason::BadRequest, &error.to_string()),
        Err(error) => return refusal(Reason::BadRequest, &error.to_string()),
    };
    if request.what.is_privileged() && !may_change {
        let text = "only root, and the user that the daemon runs as, may do that";
        return refusal(Reason::NotPermitted, text);
    }
    let done = match request.what {
        What::Status => status(desk).await,
        What::Plan { config } => plan(desk, *config).await,
        What::Reload => reload(desk).await,
        What::ClearStatistics => {
            desk.outbox.event(bellwether_core::Event::ClearStatistics);
            Some(Answer::Done)
        }
        What::Stop => {
            let sent = desk.commands.send(Command::Stop).await;
            sent.is_ok().then_some(Answer::Done)
        }
    };
    done.unwrap_or_else(|| refusal(Reason::Stopping, "the daemon is stopping"))
}

async fn status(desk: &Desk) -> Option<Answer> {
    let status = desk.outbox.ask_status().await.ok()?;
    let about = desk.about.borrow().clone();
    let status = Box::new(Status::of(status, about));
    Some(Answer::Status { status })
}

async fn plan(desk: &Desk, config: bellwether_core::model::Config) -> Option<Answer> {
    let copy = desk.outbox.ask_copy().await.ok()?;
    let work = tokio::task::spawn_blocking(move || {
        let (node, now) = *copy;
        let plan = node.plan(now, &config);
        let text = plan.to_string();
        (plan, text)
    });
    let (plan, text): (Plan, String) = work.await.ok()?;
    let plan = Box::new(plan);
    Some(Answer::Plan { plan, text })
}

async fn reload(desk: &Desk) -> Option<Answer> {
    let (done, is_done) = oneshot::channel();
    desk.commands.send(Command::Reload(done)).await.ok()?;
    let reloaded = is_done.await.ok()?;
    Some(Answer::Reload(Box::new(reloaded)))
}

fn refusal(reason: Reason, message: &str) -> Answer {
    Answer::Refused {
        reason,
        message: message.to_owned(),
    }
}

async fn refuse(mut stream: UnixStream, reason: Reason, message: &str) -> io::Result<()> {
    send(&mut stream, refusal(reason, message)).await
}

/// Sends an answer to a client that reads; one that doesn't is left.
async fn send(stream: &mut UnixStream, answer: Answer) -> io::Result<()> {
    let reply = Reply {
        bellwether: VERSION,
        answer,
    };
    let mut line = serde_json::to_vec(&reply)?;
    line.push(b'\n');
    match timeout(PATIENCE, stream.write_all(&line)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Takes the lock beside the socket.
fn lock(path: &Path) -> Result<File, BindError> {
    let place = path.with_extension("lock");
    let failed = |error: io::Error| BindError::Io(place.clone(), error);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.mode(0o600).open(&place).map_err(failed)?;
    if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
        if error != rustix::io::Errno::WOULDBLOCK {
            return Err(failed(error.into()));
        }
        let mut pid = String::new();
        // The number is a courtesy.
        let _ = file.read_to_string(&mut pid);
        let pid = match pid.trim() {
            "" => String::new(),
            pid => format!(" (pid {pid})"),
        };
        return Err(BindError::Taken(pid, path.to_owned()));
    }
    let written = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(failed)?;
    Ok(file)
}

fn group_id(name: &str) -> Result<u32, BindError> {
    let known = uzers::get_group_by_name(name).map(|group| group.gid());
    let known = known.or_else(|| name.parse().ok());
    known.ok_or_else(|| BindError::NoGroup(name.to_owned()))
}
