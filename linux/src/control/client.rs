//! The asking end of the control socket.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::{Answer, Reason, Reply, Request, VERSION, What, place};
use crate::cli::exit;

/// How long an answer may take. A reload reads files, which may be on a slow disk.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody serves this socket.
    #[error("no bellwether is running here: nobody serves {path}{more}", path = .0.display(), more = others(.0))]
    NotRunning(PathBuf),
    /// The socket is not for this user.
    #[error("{}: not permitted; ask as root, or as a member of the socket's group", .0.display())]
    NotPermitted(PathBuf),
    /// The connection failed.
    #[error("{path}: {1}", path = .0.display())]
    Io(PathBuf, io::Error),
    /// The other end speaks another version, or is something else.
    #[error("{path}: {1}", path = .0.display())]
    Protocol(PathBuf, String),
    /// The daemon said no.
    #[error("refused: {1}")]
    Refused(Reason, String),
}

impl ClientError {
    /// What to exit with.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::NotRunning(_) => exit::NOT_RUNNING,
            Self::NotPermitted(_) | Self::Refused(Reason::NotPermitted, _) => exit::PERMISSION,
            Self::Io(..) | Self::Protocol(..) | Self::Refused(..) => exit::FAILURE,
        }
    }
}

/// A connection to a daemon.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: BufReader<UnixStream>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotRunning`], [`ClientError::NotPermitted`] or [`ClientError::Io`].
    pub fn connect(path: &Path) -> Result<Self, ClientError> {
        let path = path.to_owned();
        let stream = match UnixStream::connect(&path) {
            Ok(stream) => stream,
            Err(error) => {
                use io::ErrorKind::{ConnectionRefused, NotFound, PermissionDenied};
                let kind = error.kind();
                return Err(if [NotFound, ConnectionRefused].contains(&kind) {
                    ClientError::NotRunning(path)
                } else if kind == PermissionDenied {
                    ClientError::NotPermitted(path)
                } else {
                    ClientError::Io(path, error)
                });
            }
        };
        let bounded = stream.set_read_timeout(Some(PATIENCE));
        match bounded.and_then(|()| stream.set_write_timeout(Some(PATIENCE))) {
            Ok(()) => Ok(Self {
                path,
                stream: BufReader::new(stream),
            }),
            Err(error) => Err(ClientError::Io(path, error)),
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// Any but [`ClientError::NotRunning`].
    pub fn ask(&mut self, what: What) -> Result<Answer, ClientError> {
        let wrong = |text: String| ClientError::Protocol(self.path.clone(), text);
        let mut line =
            serde_json::to_string(&Request::new(what)).map_err(|e| wrong(e.to_string()))?;
        line.push('\n');
        let sent = self.stream.get_mut().write_all(line.as_bytes());
        let mut said = String::new();
        // Who is refused may find the connection closed behind the refusal.
        let read = self.stream.read_line(&mut said);
        if said.is_empty() {
            let error = sent.and(read.map(|_| ())).err();
            let error = error.unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into());
            return Err(ClientError::Io(self.path.clone(), error));
        }
        let reply: Reply = serde_json::from_str(&said).map_err(|error| {
            ClientError::Protocol(
                self.path.clone(),
                format!("an answer that is none: {error}"),
            )
        })?;
        if reply.bellwether != VERSION {
            let text = format!("it speaks version {} of the protocol", reply.bellwether);
            return Err(ClientError::Protocol(self.path.clone(), text));
        }
        match reply.answer {
            Answer::Refused { reason, message } => Err(ClientError::Refused(reason, message)),
            answer @ (Answer::Status { .. }
            | Answer::Plan { .. }
            | Answer::Reload(_)
            | Answer::Done) => Ok(answer),
        }
    }
}

/// What else could have been meant.
fn others(path: &Path) -> String {
    let others = place::all().into_iter().filter(|other| other != path);
    let others: Vec<String> = others.map(|other| other.display().to_string()).collect();
    if others.is_empty() {
        String::new()
    } else {
        format!("; there are: {} (choose with --socket)", others.join(", "))
    }
}
